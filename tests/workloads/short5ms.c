/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lives about 5 ms, and spends them in `burn`, called from `main`. Linked
 * statically, so that next to no user time goes into starting up.
 */
#include "workload.h"

FRAME void burn(void)
{
	spin_for(0.005);
}

int main(void)
{
	burn();
	return 0;
}
