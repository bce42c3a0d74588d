// SPDX-License-Identifier: GPL-2.0-or-later
/* What stubs.c calls. */
#include "unwind.h"

FRAME void callee(void);
FRAME void callee(void)
{
}
