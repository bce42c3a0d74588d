/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hand-written assembly leaves in a symbol table. Each block is 16 bytes,
 * so that block N begins at labels_begin + 16 * N.
 */
	.macro block
	.balign 16, 0xcc
	.endm
	.macro filled
	.skip 16, 0x90
	.endm

	.section labels, "ax", @progbits
	.balign 64
	.globl labels_begin
	.hidden labels_begin
	.type labels_begin, @function
labels_begin:			/* block 0: sized */
	filled
	.size labels_begin, 16

	filled			/* block 1: nothing covers it, and no FDE */

sizeless_first:			/* block 2: no type, no size: to the next symbol */
	filled
	filled			/* block 3: still sizeless_first */

	.type sizeless_function, @function
sizeless_function:		/* block 4: a function of size 0, with an FDE */
	.cfi_startproc
	filled
	.cfi_endproc
	filled			/* block 5: behind its FDE: nobody's */

sizeless_before_fde:		/* block 6: ends where the next FDE begins */
	filled
	.cfi_startproc
	filled			/* block 7: an FDE without a symbol */
	.cfi_endproc

	.globl outer
	.hidden outer
	.type outer, @function
outer:				/* block 8: sized, 4 blocks */
	filled
label_inside:			/* block 9: a label inside counts for nothing */
	filled
	.type inner, @function
inner:				/* block 10: a sized one inside names */
	filled
	.size inner, 16
	filled			/* block 11: outer again */
	.size outer, 64
	filled			/* block 12: nobody's; label_inside does not reach here */

	.globl label_caller
	.hidden label_caller
	.type label_caller, @function
label_caller:			/* block 13 */
	.cfi_startproc
	xorl %eax, %eax
	ret
	.skip 13, 0x90
	.cfi_endproc
	.size label_caller, 16

sizeless_before_data:		/* block 14: ends where data begins */
	filled

not_code:			/* block 15: data amid code keeps its type, and names no code */
	.type not_code, @object
	filled
	.size not_code, 16

	.altmacro		/* block 16: as when a linker folds identical code */
	.macro alias n
	.type many_names_\n, @function
many_names_\n:
	.size many_names_\n, 16
	.endm
	.set n, 0
	.rept 300
	alias %n
	.set n, n + 1
	.endr
	.type many, @function
many:				/* the shortest of 301 */
	filled
	.size many, 16

sizeless_last:			/* block 17: ends with the section */
	filled

	.section .note.GNU-stack, "", @progbits
