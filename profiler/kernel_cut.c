// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of the tracing are known by the names of their functions, looked up once each. */
#include "profiler/kernel_cut.h"

#include <string.h>

#include "symbolize/symbolizer.h"

enum { MOST_OWN = 16 /* the scheduler is found among so many, or not at all */ };

enum kernel_kind {
	KERNEL_PLAIN,
	KERNEL_TRACING,   /* a BPF program, and what calls it */
	KERNEL_SCHEDULE,  /* where a thread leaves the CPU */
	KERNEL_INTERRUPT, /* where what was interrupted ends */
};

static const struct {
	const char *start; /* of the name */
	enum kernel_kind kind;
} rows[] = {
	{"__schedule", KERNEL_SCHEDULE}, /* and __schedule_loop */
	{"bpf_", KERNEL_TRACING},
	{"__bpf_", KERNEL_TRACING},
	{"__traceiter_", KERNEL_TRACING},
	{"trace_call_bpf", KERNEL_TRACING},
	{"asm_sysvec_", KERNEL_INTERRUPT},
	{"asm_common_interrupt", KERNEL_INTERRUPT},
	{"asm_exc_", KERNEL_INTERRUPT},
	{"ret_from_intr", KERNEL_INTERRUPT},
};

void kernel_cut_init(struct kernel_cut *cut, struct symbolizer *symbolizer)
{
	*cut = (struct kernel_cut){ .symbolizer = symbolizer };
}

void kernel_cut_deinit(struct kernel_cut *cut)
{
	idmap_deinit(&cut->kinds);
}

static enum kernel_kind look_up(const struct kernel_cut *cut, uint64_t address)
{
	struct kernel_symbol symbol;

	if (!symbolizer_kernel(cut->symbolizer, address, &symbol) || !symbol.name)
		return KERNEL_PLAIN;
	if (symbol.module && !strcmp(symbol.module, "bpf"))
		return KERNEL_TRACING;
	if (!strcmp(symbol.name, "schedule"))
		return KERNEL_SCHEDULE;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strncmp(symbol.name, rows[i].start, strlen(rows[i].start)))
			return rows[i].kind;
	return KERNEL_PLAIN;
}

/* What returns to an address was called before it. */
static enum kernel_kind kind_of(struct kernel_cut *cut, uint64_t address)
{
	uint32_t kind;

	if (idmap_find(&cut->kinds, address, &kind))
		return kind;
	kind = look_up(cut, address - 1);
	/* Without memory it is looked up again. */
	(void)!idmap_put(&cut->kinds, address, kind);
	return kind;
}

static uint32_t leave_tracing(struct kernel_cut *cut, const uint64_t *addresses, uint32_t n)
{
	uint32_t i = 0;

	while (i < n && kind_of(cut, addresses[i]) == KERNEL_TRACING)
		i++;
	return i;
}

/* The kernel's own list of a sleeping thread's stack begins above the scheduler, too. */
uint32_t kernel_cut_wait(struct kernel_cut *cut, const uint64_t *addresses, uint32_t n)
{
	uint32_t i = 0;

	while (i < n && i < MOST_OWN && kind_of(cut, addresses[i]) != KERNEL_SCHEDULE)
		i++;
	if (i == n || i == MOST_OWN)
		return leave_tracing(cut, addresses, n);
	while (i + 1 < n && kind_of(cut, addresses[i]) == KERNEL_SCHEDULE)
		i++;
	return i;
}

uint32_t kernel_cut_waker(struct kernel_cut *cut, const uint64_t *addresses, uint32_t n,
			  bool interrupt, uint32_t *ret_n)
{
	uint32_t first = leave_tracing(cut, addresses, n);

	*ret_n = n - first;
	for (uint32_t i = first; interrupt && i < n; i++) {
		if (kind_of(cut, addresses[i]) != KERNEL_INTERRUPT)
			continue;
		*ret_n = i + 1 - first;
		break;
	}
	return first;
}
