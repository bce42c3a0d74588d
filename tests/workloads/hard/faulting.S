/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For edges.c: a function whose first instruction raises a signal, right behind another one. */
	.text
	.globl before_it
	.type before_it, @function
before_it:
	.cfi_startproc
	nop
	ret
	.cfi_endproc
	.size before_it, . - before_it

	.globl faulting
	.type faulting, @function
faulting:
	.cfi_startproc
	ud2			/* line 17: the first byte of the function */
	ret
	.cfi_endproc
	.size faulting, . - faulting
	.section .note.GNU-stack, "", @progbits
