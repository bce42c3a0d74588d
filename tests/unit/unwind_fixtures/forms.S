/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One function for each form of call-frame information. A label stands where
 * the test looks; labels NAME_1, NAME_2 ... follow each other in a function.
 * Nothing here is ever executed.
 */
	.text

#define FUNCTION(name) .p2align 4; .globl name; .type name, @function; name: .cfi_startproc
#define END_FUNCTION(name) .cfi_endproc; .size name, . - name
#define LABEL(name) .globl name; name:

/* Before everything: a function without any of it, and the entry point. */
	.skip 64, 0xc3
LABEL(entry)
	.skip 512, 0xc3
LABEL(entry_end)

/* As gcc realigns a stack. */
FUNCTION(realign)
	leaq	8(%rsp), %r10
	.cfi_def_cfa r10, 0
LABEL(realign_1)
	andq	$-32, %rsp
	pushq	-8(%r10)
	pushq	%rbp
	movq	%rsp, %rbp
	.cfi_escape 0x10, 6, 2, 0x76, 0		/* rbp at *(rbp + 0) */
LABEL(realign_2)
	pushq	%rbx
	.cfi_escape 0x10, 3, 2, 0x76, 0x70	/* rbx at *(rbp - 16) */
	pushq	%r10
	.cfi_escape 0x0f, 3, 0x76, 0x78, 0x06	/* CFA *(rbp - 8) */
LABEL(realign_3)
	nop
	popq	%r10
	.cfi_def_cfa r10, 0
LABEL(realign_4)
	popq	%rbx
	popq	%rbp
	leaq	-8(%r10), %rsp
	.cfi_def_cfa rsp, 8
	.cfi_restore rbp
	.cfi_restore rbx
LABEL(realign_5)
	ret
END_FUNCTION(realign)

/* Seven rows, each one or two bytes after the last. */
FUNCTION(pushes)
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_offset rbp, -48
LABEL(pushes_1)
	.cfi_remember_state
	nop
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	popq	%r12
	.cfi_adjust_cfa_offset -8
	popq	%r13
	.cfi_adjust_cfa_offset -8
	ret
LABEL(pushes_2)
	.cfi_restore_state
	nop
	nop
LABEL(pushes_3)
	.cfi_adjust_cfa_offset 256		/* no step */
	nop
END_FUNCTION(pushes)

FUNCTION(remember)
	subq	$24, %rsp
	.cfi_def_cfa_offset 32
	.cfi_remember_state
	.cfi_remember_state
	addq	$24, %rsp
	.cfi_def_cfa_offset 8
LABEL(remember_1)
	ret
LABEL(remember_2)
	.cfi_restore_state
	nop
LABEL(remember_3)
	.cfi_def_cfa rax, 80
	nop
LABEL(remember_4)
	.cfi_restore_state
	nop
LABEL(remember_5)
	.cfi_escape 0x0b			/* restore_state, one too many */
	nop
END_FUNCTION(remember)

FUNCTION(plt_11)
	.cfi_escape 0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22
	.skip 32
END_FUNCTION(plt_11)
FUNCTION(plt_10)
	.cfi_escape 0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3a, 0x2a, 0x33, 0x24, 0x22
	.skip 32
END_FUNCTION(plt_10)
/* Almost the same: the CFA is 16 above rsp. */
FUNCTION(plt_almost)
	.cfi_escape 0x0f, 11, 0x77, 16, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22
	.skip 32
END_FUNCTION(plt_almost)

/* As glibc has it: its FDE begins one byte early. */
	.skip 32
	.cfi_startproc
	.cfi_signal_frame
	.cfi_escape 0x0f, 4, 0x77, 0xa0, 1, 0x06	/* CFA *(rsp + 160) */
	.cfi_escape 0x10, 16, 3, 0x77, 0xa8, 1		/* RA at *(rsp + 168) */
LABEL(signal_early)
	nop
LABEL(signal)
	nop
	nop
	.cfi_endproc
FUNCTION(signal_other)
	.cfi_signal_frame
	nop
END_FUNCTION(signal_other)

/* By their bytes alone, the second one inside of an FDE that tells nothing of a signal. */
	.skip 32
LABEL(trampoline_early)
	nop
LABEL(trampoline)
	movq	$15, %rax
	syscall
LABEL(trampoline_end)
	.skip 32
FUNCTION(trampoline_short)
	movl	$15, %eax
	syscall
END_FUNCTION(trampoline_short)
	.skip 32

/* As vfork() has it. */
FUNCTION(ra_register)
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	.cfi_register rip, rdi
LABEL(ra_register_1)
	nop
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	.cfi_offset rip, -8
LABEL(ra_register_2)
	ret
END_FUNCTION(ra_register)

FUNCTION(ra_undefined)
	.cfi_undefined rip
	nop
END_FUNCTION(ra_undefined)

/* As longjmp() has it. */
FUNCTION(sp_register)
	.cfi_def_cfa rdi, 0
	.cfi_register rsp, r8
	.cfi_register rbp, r9
	.cfi_register rip, rdx
	.cfi_offset rbx, 0
	nop
END_FUNCTION(sp_register)
/* As setcontext() has it. */
FUNCTION(sp_memory)
	.cfi_def_cfa rdi, 0
	.cfi_offset rsp, 160
	.cfi_offset rip, 168
	nop
END_FUNCTION(sp_memory)

/* As ld.so's lazy binding has it. */
FUNCTION(cfa_rbx)
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_offset rbx, -16
LABEL(cfa_rbx_1)
	movq	%rsp, %rbx
	.cfi_def_cfa_register rbx
LABEL(cfa_rbx_2)
	nop
END_FUNCTION(cfa_rbx)

/* As OpenSSL has them. */
FUNCTION(openssl)
	.cfi_escape 0x0f, 6, 0x77, 0x98, 1, 0x06, 0x23, 8	/* *(rsp + 152) + 8 */
	nop
LABEL(openssl_1)
	/* *(rsp + 8 + r9 * 8) + 8 */
	.cfi_escape 0x0f, 10, 0x77, 8, 0x79, 0, 0x38, 0x1e, 0x22, 0x06, 0x23, 8
	nop
LABEL(openssl_2)
	.cfi_escape 0x0f, 4, 0x77, 0, 0x06, 0x38		/* ends in a literal */
	nop
LABEL(openssl_3)
	.cfi_escape 0x0f, 5, 0x77, 0, 0x06, 0x38, 0x22		/* *(rsp) + 8 */
	nop
LABEL(openssl_4)
	.cfi_escape 0x0f, 2, 0x7b, 24				/* r11 + 24 */
	nop
END_FUNCTION(openssl)

/* The part of a function that is rarely executed: it begins with a frame. */
	.section .text.unlikely, "ax"
FUNCTION(cold)
	.cfi_def_cfa rbp, 16
	.cfi_offset rbp, -16
	.cfi_offset rbx, -24
	nop
END_FUNCTION(cold)
	.text

FUNCTION(escapes)
	.cfi_escape 0x2e, 16			/* GNU_args_size */
	.cfi_escape 0x05, 6, 4			/* offset_extended rbp, at CFA - 32 */
	nop
LABEL(escapes_1)
	.cfi_escape 0x12, 6, 0x7e		/* def_cfa_sf rbp, 16 */
	.cfi_escape 0x11, 3, 5			/* offset_extended_sf rbx, at CFA - 40 */
	nop
LABEL(escapes_2)
	.cfi_escape 0x13, 0x7d			/* def_cfa_offset_sf 24 */
	.cfi_escape 0x06, 6			/* restore_extended rbp */
	.cfi_escape 0x08, 3			/* same_value rbx */
	nop
LABEL(escapes_3)
	.cfi_escape 0x14, 7, 0			/* val_offset rsp: it is the CFA, as Go says */
	.cfi_escape 0x07, 6			/* undefined rbp */
	.cfi_escape 0x2f, 3, 6			/* GNU_negative_offset_extended rbx: CFA + 48 */
	nop
LABEL(escapes_4)
	.cfi_escape 0x16, 6, 2, 0x7c, 0		/* val_expression rbp: r12 */
	.cfi_escape 0x16, 3, 2, 0x7c, 8		/* val_expression rbx: r12 + 8 */
	nop
LABEL(escapes_5)
	.cfi_escape 0x15, 7, 1			/* val_offset_sf rsp: CFA - 8 */
	nop
LABEL(escapes_6)
	.cfi_escape 0x14, 7, 0
	.cfi_escape 0x3c			/* nobody knows */
	nop
LABEL(escapes_7)
	nop
END_FUNCTION(escapes)

/* Frames that are too large for a rule's offsets. */
FUNCTION(large)
	.cfi_def_cfa_offset 0x7ffffff0
	.cfi_offset rbp, -32768
	nop
LABEL(large_1)
	.cfi_offset rbp, -32776
	nop
LABEL(large_2)
	.cfi_escape 0x0c, 7, 0x80, 0x80, 0x80, 0x80, 0x10	/* def_cfa rsp, 1 << 32 */
	nop
END_FUNCTION(large)

/* Over three pages, with a change of rule in the third. */
	.p2align 16
FUNCTION(wide)
	.skip 0x21000
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
LABEL(wide_1)
	nop
END_FUNCTION(wide)

LABEL(gap)
	.skip 64, 0xc3
FUNCTION(last)
	ret
END_FUNCTION(last)
LABEL(end)
	.section .note.GNU-stack, "", @progbits
