/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See chain.h. */
#include "chain.h"

void twice(uint64_t n)
{
#line 200
	burn(n);
	NO_TAIL_CALL();
}
