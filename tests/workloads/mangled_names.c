/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Burns the seconds given (0.6) in equal parts in functions with the mangled
 * names of C++ `ns::Widget<int>::spin(long)`, of Rust's old scheme
 * `mycrate::engine::run` and of its new one `mycrate::fast_path`, and of D
 * `mymodule.spin(char)`.
 */
#include <unistd.h>

#include "workload.h"

#define MANGLED(function, symbol)                   \
	void function(double s) __asm__(symbol);    \
	FRAME void function(double s)               \
	{                                           \
		spin_for(s);                        \
	}

MANGLED(cxx, "_ZN2ns6WidgetIiE4spinEl")
MANGLED(rust_legacy, "_ZN7mycrate6engine3run17h0123456789abcdefE")
MANGLED(rust_v0, "_RNvCs1234_7mycrate9fast_path")
MANGLED(d, "_D8mymodule4spinFaZv")

int main(int argc, char **argv)
{
	double part = seconds_argument(argc, argv, 1, 0.6) / 4;

	printf("pid=%d\n", getpid());
	fflush(stdout);
	cxx(part);
	rust_legacy(part);
	rust_v0(part);
	d(part);
	NO_TAIL_CALL();
	print_cpu_seconds();
	return 0;
}
