/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions that call burn(seconds in xmm0); those without .cfi are in no table. */
	.text

/* Tells of all that it does, and it does not save rbp where compilers do. */
	.globl	with_cfi
	.type	with_cfi, @function
with_cfi:
	.cfi_startproc
	sub	$40, %rsp
	.cfi_adjust_cfa_offset 40
	mov	%rbp, 16(%rsp)
	.cfi_rel_offset %rbp, 16
	mov	$-1, %rbp
	call	without_cfi
	mov	16(%rsp), %rbp
	.cfi_restore %rbp
	add	$40, %rsp
	.cfi_adjust_cfa_offset -40
	ret
	.cfi_endproc
	.size	with_cfi, . - with_cfi

/* Tells nothing, but has a frame pointer, as JIT compilers' code. */
	.p2align 4
	.globl	without_cfi
	.type	without_cfi, @function
without_cfi:
	push	%rbp
	mov	%rsp, %rbp
	sub	$64, %rsp
	call	without_cfi_either
	leave
	ret
	.size	without_cfi, . - without_cfi

	.p2align 4
	.globl	without_cfi_either
	.type	without_cfi_either, @function
without_cfi_either:
	push	%rbp
	mov	%rsp, %rbp
	call	burn
	pop	%rbp
	ret
	.size	without_cfi_either, . - without_cfi_either
/* What follows has a table again, and is no padding of it. */
	.fill	64, 1, 0x90

	.section .note.GNU-stack,"",@progbits
