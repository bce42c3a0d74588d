/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A function in a header. */
extern volatile int sink;

static inline __attribute__((always_inline)) int twice(int x)
{
	sink++;
	return 2 * x + sink;
}
