// SPDX-License-Identifier: GPL-2.0-or-later
/* So far the leaf alone. */
#include "profiler/copy_unwind.h"

#include <errno.h>
#include <stdlib.h>

struct copy_unwinder {
	const struct modules *modules;
};

int copy_unwinder_create(const struct modules *modules, struct copy_unwinder **ret)
{
	*ret = malloc(sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	(*ret)->modules = modules;
	return 0;
}

void copy_unwinder_destroy(struct copy_unwinder *unwinder)
{
	free(unwinder);
}

int copy_unwind(struct copy_unwinder *unwinder, const struct process *process,
		const struct stack_copy *copy, uint64_t *addresses, uint32_t max, uint32_t *ret_n,
		enum wire_result *ret_result)
{
	(void)unwinder, (void)process, (void)max;
	addresses[0] = copy->registers[DWARF_RA] | WIRE_EXACT;
	*ret_n = 1;
	*ret_result = WIRE_UNSUPPORTED;
	return 0;
}
