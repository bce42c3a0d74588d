/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands for a vmlinux: 64 bytes of _stext, into which something is inlined,
 * then 64 of another function, and what compilers put between. The test knows lines and sizes.
 */
static inline __attribute__((always_inline)) void put_in(void)
{
#line 100 "kernel_fixture.c"
	__asm__ volatile(".skip 64, 0x90");
}

__attribute__((section(".made"), naked)) void _stext(void)
{
#line 200 "kernel_fixture.c"
	put_in();
}

__attribute__((section(".made"), naked)) void after(void)
{
#line 300 "kernel_fixture.c"
	__asm__ volatile(".skip 64, 0x90");
}
