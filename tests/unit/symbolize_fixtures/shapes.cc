// SPDX-License-Identifier: GPL-2.0-or-later
// C++ names of several kinds; the tests have their demangled forms literally.
namespace shapes
{
volatile int sink;

template <typename T> struct Box {
	T value;
	__attribute__((noinline, used)) explicit Box(T v) : value(v)
	{
		sink += int(v);
	}
	__attribute__((noinline, used)) bool operator<(const Box &other) const
	{
		sink += 1;
		return value < other.value;
	}
};

__attribute__((noinline, used)) int area(int width, const char *name)
{
	sink += width;
	return sink + *name;
}

namespace
{
__attribute__((noinline, used)) int hidden(unsigned long x)
{
	sink -= int(x);
	return sink;
}
}
}

int main()
{
	shapes::Box<int> a(1), b(2);
	shapes::Box<long> c(3);

	return shapes::area(a < b, "x") + shapes::hidden(c.value) == 4;
}
