// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls a function on another stack: rbp keeps the old one, and the CFA says so. The stack goes on
 * there.
 * Stack: MAIN;main;on_other_stack;called;inner;burn
 */
#include "unwind.h"

FRAME void inner(double seconds);
FRAME void inner(double seconds)
{
	burn(seconds);
	NO_TAIL_CALL();
}

FRAME void called(double seconds);
FRAME void called(double seconds)
{
	inner(seconds);
	NO_TAIL_CALL();
}

void on_other_stack(double seconds, void *top);
__asm__(".text\n"
	".globl on_other_stack\n"
	".type on_other_stack, @function\n"
	"on_other_stack:\n"
	"	.cfi_startproc\n"
	"	push %rbp\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset %rbp, 0\n"
	"	mov %rsp, %rbp\n"
	"	.cfi_def_cfa_register %rbp\n"
	"	mov %rdi, %rsp\n"
	"	call called\n"
	"	mov %rbp, %rsp\n"
	"	.cfi_def_cfa_register %rsp\n"
	"	pop %rbp\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size on_other_stack, . - on_other_stack\n");

int main(int argc, char **argv)
{
	static _Alignas(64) char below[65536];
	double seconds = seconds_argument(argc, argv);

	warm_up();
	on_other_stack(seconds, below + sizeof(below));
	return 0;
}
