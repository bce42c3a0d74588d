/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two functions, with .debug_frame only, or with .eh_frame. */
#ifndef EH_FRAME
	.cfi_sections .debug_frame
#endif
	.text
	.globl entry, frame, frame_1
	.skip 64, 0xc3
entry:
	.cfi_startproc
	.cfi_undefined rip
	nop
	.cfi_endproc
	.p2align 4
frame:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset rbp, -16
frame_1:
	movq	%rsp, %rbp
	.cfi_def_cfa_register rbp
	nop
	.cfi_endproc
	.section .note.GNU-stack, "", @progbits
