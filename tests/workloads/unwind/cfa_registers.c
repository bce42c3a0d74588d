// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assembly whose frame address stands on a register that is not rsp, rbp or rbx, while it calls
 * others, as libraries of hand-written code do: on_r12 and so on align the stack, and tell the
 * truth about it.
 * Stack: MAIN;main;on_r12;called_back;burn
 * Stack: MAIN;main;on_r13;called_back;burn
 * Stack: MAIN;main;on_r14;called_back;burn
 * Stack: MAIN;main;on_r15;called_back;burn
 */
#include "unwind.h"

FRAME void called_back(double seconds);
FRAME void called_back(double seconds)
{
	burn(seconds);
	NO_TAIL_CALL();
}

#define ON_REGISTER(r)                                                          \
	void on_##r(double seconds);                                            \
	__asm__(".text\n"                                                       \
		".globl on_" #r "\n"                                            \
		".type on_" #r ", @function\n"                                  \
		"on_" #r ":\n"                                                  \
		"	.cfi_startproc\n"                                       \
		"	push %" #r "\n"                                         \
		"	.cfi_adjust_cfa_offset 8\n"                             \
		"	.cfi_rel_offset %" #r ", 0\n"                           \
		"	mov %rsp, %" #r "\n"                                    \
		"	.cfi_def_cfa_register %" #r "\n"                        \
		"	sub $64, %rsp\n"                                        \
		"	and $-64, %rsp\n"                                       \
		"	call called_back\n"                                     \
		"	mov %" #r ", %rsp\n"                                    \
		"	.cfi_def_cfa_register %rsp\n"                           \
		"	pop %" #r "\n"                                          \
		"	.cfi_adjust_cfa_offset -8\n"                            \
		"	.cfi_restore %" #r "\n"                                 \
		"	ret\n"                                                  \
		"	.cfi_endproc\n"                                         \
		".size on_" #r ", . - on_" #r "\n");
ON_REGISTER(r12)
ON_REGISTER(r13)
ON_REGISTER(r14)
ON_REGISTER(r15)

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv) / 2;

	warm_up();
	on_r12(seconds);
	on_r13(seconds);
	on_r14(seconds);
	on_r15(seconds);
	return 0;
}
