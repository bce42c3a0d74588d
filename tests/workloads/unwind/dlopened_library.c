// SPDX-License-Identifier: GPL-2.0-or-later
/* What dlopened.c opens: it calls back. */
#include "unwind.h"

FRAME void in_library(void (*function)(double), double seconds);
FRAME void in_library(void (*function)(double), double seconds)
{
	function(seconds);
	NO_TAIL_CALL();
}
