// SPDX-License-Identifier: GPL-2.0-or-later
/* A list of CPUs comes in; a set that sched_setaffinity() takes goes out. */
#include "profiler/ab_pin.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MOST_CPUS = 1 << 16 }; /* the kernel's own limit is 2^13 */

static bool take_number(const char **text, size_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	*ret = strtoul(*text, &end, 10);
	*text = end;
	return *ret < MOST_CPUS;
}

static bool take_list(struct ab_pin *pin, const char *text)
{
	size_t first, last;

	for (;;) {
		if (!take_number(&text, &first))
			return false;
		last = first;
		if (*text == '-' && (text++, !take_number(&text, &last) || last < first))
			return false;
		for (size_t cpu = first; cpu <= last; cpu++)
			CPU_SET_S(cpu, pin->size, pin->cpus);
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
}

int ab_pin_init(struct ab_pin *pin, const char *text, const char **ret_why)
{
	cpu_set_t *allowed = CPU_ALLOC(MOST_CPUS);
	int err = 0;

	*ret_why = "out of memory";
	pin->size = CPU_ALLOC_SIZE(MOST_CPUS);
	pin->cpus = CPU_ALLOC(MOST_CPUS);
	if (!pin->cpus || !allowed) {
		CPU_FREE(allowed);
		return -ENOMEM;
	}
	CPU_ZERO_S(pin->size, pin->cpus);
	CPU_ZERO_S(pin->size, allowed);
	if (!take_list(pin, text)) {
		*ret_why = "not a list of CPUs; as in 2 or 0-3,6";
		err = -EINVAL;
	} else if (sched_getaffinity(0, pin->size, allowed)) {
		*ret_why = "the CPUs that may be used cannot be asked for";
		err = -errno;
	} else {
		CPU_AND_S(pin->size, allowed, allowed, pin->cpus);
		if (!CPU_EQUAL_S(pin->size, allowed, pin->cpus)) {
			*ret_why = "names a CPU that is not there, or may not be used; see nproc "
				   "and taskset -p $$";
			err = -EINVAL;
		}
	}
	CPU_FREE(allowed);
	return err;
}

void ab_pin_deinit(struct ab_pin *pin)
{
	CPU_FREE(pin->cpus);
	pin->cpus = NULL;
}
