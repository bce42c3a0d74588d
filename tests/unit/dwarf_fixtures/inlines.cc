/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * C++: methods, templates, namespaces, lambdas, classes in functions, with
 * what the standard library inlines.
 */
#include <algorithm>
#include <map>
#include <string>
#include <vector>

volatile int sink;

namespace outer_space {
namespace {
template <class T> inline T larger(T a, T b)
{
	sink = sink + 1;
	return a < b ? b : a;
}

struct Shape {
	int a, b;
	inline int area() const { return larger(a, b) * b; }
	virtual int weight() { return area() + sink; }
	virtual ~Shape() { sink = sink + a; }
};

struct Square : Shape {
	explicit Square(int x) : Shape{} { a = b = x; }
	int weight() override
	{
		struct Local {
			int twice(int x) { return larger(2 * x, sink + 0); }
			__attribute__((noinline)) int thrice(int x) { return x * 3 + sink; }
		} local;
		return local.twice(a) + local.thrice(b) + Shape::weight();
	}
};
}

__attribute__((noinline)) int count(std::vector<int> &list)
{
	std::sort(list.begin(), list.end(), [](int x, int y) { return larger(x, y) == x; });
	return std::count_if(list.begin(), list.end(), [&](int x) { return x > list[0]; });
}

__attribute__((noinline)) int names(const std::vector<std::string> &list)
{
	std::map<std::string, int> seen;

	for (const auto &name : list)
		seen[name + "!"] += name.size();
	return seen.empty() ? 0 : seen.begin()->second;
}

/* What is in it, its entry in DWARF too, is one function's; the other name is an alias. */
__attribute__((noinline)) int function_of_two_names(int x)
{
	return larger(x, 5) + sink;
}
int alias(int) __attribute__((alias("_ZN11outer_space21function_of_two_namesEi")));
}

int main(int argc, char **argv)
{
	std::vector<int> numbers;
	std::vector<std::string> words(argv, argv + argc);
	outer_space::Shape *shape = new outer_space::Square(argc);

	for (int i = 0; i < argc; i++)
		numbers.push_back(i * 7919 % 31);
	int result = outer_space::count(numbers) + outer_space::names(words) + shape->weight() +
		     outer_space::function_of_two_names(argc);
	delete shape;
	return result;
}
