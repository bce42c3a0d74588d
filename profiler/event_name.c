// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An event's name comes in, type and config of perf_event_open go out. The
 * first name of a row is the canonical one; aliases are perf's.
 */
#include "profiler/event_name.h"

#include <ctype.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

#define HARDWARE(name) PERF_TYPE_HARDWARE, PERF_COUNT_HW_##name
#define SOFTWARE(name) PERF_TYPE_SOFTWARE, PERF_COUNT_SW_##name

static const struct {
	const char *name, *alias;
	uint32_t type;
	uint64_t config;
} events[] = {
	{"cycles", "cpu-cycles", HARDWARE(CPU_CYCLES)},
	{"instructions", NULL, HARDWARE(INSTRUCTIONS)},
	{"cache-references", NULL, HARDWARE(CACHE_REFERENCES)},
	{"cache-misses", NULL, HARDWARE(CACHE_MISSES)},
	{"branches", "branch-instructions", HARDWARE(BRANCH_INSTRUCTIONS)},
	{"branch-misses", NULL, HARDWARE(BRANCH_MISSES)},
	{"bus-cycles", NULL, HARDWARE(BUS_CYCLES)},
	{"ref-cycles", NULL, HARDWARE(REF_CPU_CYCLES)},
	{"stalled-cycles-frontend", "idle-cycles-frontend", HARDWARE(STALLED_CYCLES_FRONTEND)},
	{"stalled-cycles-backend", "idle-cycles-backend", HARDWARE(STALLED_CYCLES_BACKEND)},
	{"cpu-clock", NULL, SOFTWARE(CPU_CLOCK)},
	{"task-clock", NULL, SOFTWARE(TASK_CLOCK)},
	{"page-faults", "faults", SOFTWARE(PAGE_FAULTS)},
	{"minor-faults", NULL, SOFTWARE(PAGE_FAULTS_MIN)},
	{"major-faults", NULL, SOFTWARE(PAGE_FAULTS_MAJ)},
	{"context-switches", "cs", SOFTWARE(CONTEXT_SWITCHES)},
	{"cpu-migrations", "migrations", SOFTWARE(CPU_MIGRATIONS)},
	{"alignment-faults", NULL, SOFTWARE(ALIGNMENT_FAULTS)},
	{"emulation-faults", NULL, SOFTWARE(EMULATION_FAULTS)},
};

/* Cache events by their full names, so that the canonical name needs no memory. */
#define CACHE(cache, op, result)                                                                   \
	PERF_TYPE_HW_CACHE, PERF_COUNT_HW_CACHE_##cache | PERF_COUNT_HW_CACHE_OP_##op << 8 |       \
				    PERF_COUNT_HW_CACHE_RESULT_##result << 16

#define CACHE_ROWS(name, cache)                                                                    \
	{name "-loads", CACHE(cache, READ, ACCESS)},                                               \
		{name "-load-misses", CACHE(cache, READ, MISS)},                                   \
		{name "-stores", CACHE(cache, WRITE, ACCESS)},                                     \
		{name "-store-misses", CACHE(cache, WRITE, MISS)},                                 \
		{name "-prefetches", CACHE(cache, PREFETCH, ACCESS)},                              \
	{                                                                                          \
		name "-prefetch-misses", CACHE(cache, PREFETCH, MISS)                              \
	}

static const struct {
	const char *name;
	uint32_t type;
	uint64_t config;
} cache_events[] = {
	CACHE_ROWS("L1-dcache", L1D), CACHE_ROWS("L1-icache", L1I), CACHE_ROWS("LLC", LL),
	CACHE_ROWS("dTLB", DTLB),     CACHE_ROWS("iTLB", ITLB),	    CACHE_ROWS("branch", BPU),
	CACHE_ROWS("node", NODE),
};

#define N_OF(array) (sizeof(array) / sizeof(*(array)))

/* "r" and up to 16 hexadecimal digits: the PMU's own code. */
static int parse_raw(const char *text, uint64_t *ret)
{
	uint64_t config = 0;
	size_t n = strspn(text, "0123456789abcdefABCDEF");

	if (!n || n > 16 || text[n])
		return -EINVAL;
	for (; *text; text++)
		config = config << 4 |
			 (uint64_t)(isdigit((unsigned char)*text)
					    ? *text - '0'
					    : tolower((unsigned char)*text) - 'a' + 10);
	*ret = config;
	return 0;
}

int event_name_parse(const char *text, struct event_options *ret, const char **ret_why)
{
	uint64_t config;

	for (size_t i = 0; i < N_OF(events); i++) {
		if (strcmp(text, events[i].name) &&
		    (!events[i].alias || strcmp(text, events[i].alias)))
			continue;
		*ret = (struct event_options){events[i].name, events[i].type, events[i].config};
		return 0;
	}
	for (size_t i = 0; i < N_OF(cache_events); i++) {
		if (strcmp(text, cache_events[i].name))
			continue;
		*ret = (struct event_options){cache_events[i].name, cache_events[i].type,
					      cache_events[i].config};
		return 0;
	}
	if (*text == 'r' && !parse_raw(text + 1, &config)) {
		*ret = (struct event_options){text, PERF_TYPE_RAW, config};
		return 0;
	}
	if (strchr(text, ':'))
		*ret_why = "tracepoints and modifiers are not available in this version; "
			   "of modifiers, --user-only and --kernel-only do the same";
	else
		*ret_why = "no such event; see the list in flametap cpu --help";
	return -EINVAL;
}

const char *event_name_get(unsigned int i)
{
	return i < N_OF(events) ? events[i].name : NULL;
}
