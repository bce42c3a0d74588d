// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls an empty function of a library all the time, through a stub of the PLT. With LD_BIND_NOT
 * ld.so looks its name up in each call: the stub has pushed two words then, and ld.so's own
 * functions, which keep all registers, lie between.
 * Stack: MAIN;main;work
 * Stack: MAIN;main;work;callee
 * Stack: MAIN;main;work;STUB
 * Stack: MAIN;main;work;callee;LDSO
 * Stack: MAIN;main;work;LDSO*1-9
 * Stack: MAIN;main;work;STUB;LDSO*1-9
 */
#include "unwind.h"

void callee(void);

FRAME void work(double seconds);
FRAME void work(double seconds)
{
	double end = cpu_s() + seconds;

	while (cpu_s() < end)
		for (int i = 0; i < 5000; i++)
			callee();
}

int main(int argc, char **argv)
{
	warm_up();
	work(seconds_argument(argc, argv));
	return 0;
}
