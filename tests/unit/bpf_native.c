// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel side of the unwind tables in plain memory, and the walk over it.
 * All that depends on the shape of the maps stands here.
 */
#include "bpf_native.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf_stubs.h"
#include "bpf/unwind_table.h"
/* The C library has one of that name. */
#define sigcontext kernel_sigcontext
#include "bpf/x86_64.h"
#include "bpf/unwind.h"

#include "profiler/capture_tables.h"

enum { MAX_CHUNKS = 64 };

static struct unwind_rule rules[UNWIND_MAX_RULES];
static struct unwind_map_page pages[UNWIND_MAP_PAGES];
static struct unwind_module modules_map[UNWIND_MAX_MODULES];
static struct unwind_mapping mappings[UNWIND_MAX_MAPPINGS];
static struct unwind_process process_entry;
static pid_t process_pid;
static struct unwind_chunk *chunks[MAX_CHUNKS];
static struct walk cpu_walk;
static struct unwind_marks marks;

/* Of the walk that is under way. */
static struct native_walk *walk;
static native_read_fn read_memory;
static void *read_ctx;

void *stub_lookup(const void *map, const void *key)
{
	uint32_t i = *(const uint32_t *)key;

	walk->n_lookups++;
	if (map == &unwind_rules)
		return i < UNWIND_MAX_RULES ? &rules[i] : NULL;
	if (map == &unwind_pages)
		return i < UNWIND_MAP_PAGES ? &pages[i] : NULL;
	if (map == &unwind_modules)
		return i < UNWIND_MAX_MODULES ? &modules_map[i] : NULL;
	if (map == &unwind_mappings)
		return i < UNWIND_MAX_MAPPINGS ? &mappings[i] : NULL;
	if (map == &unwind_processes)
		return (pid_t)i == process_pid ? &process_entry : NULL;
	if (map == &unwind_chunks)
		return i < MAX_CHUNKS ? chunks[i] : NULL;
	if (map == &walks)
		return &cpu_walk;
	if (map == &unwind_marks)
		return &marks;
	return (void *)map; /* an inner map, whose one value it is */
}

static int read_own(uint64_t address, void *to, size_t n)
{
	struct iovec local = { to, n }, remote = { (void *)address, n };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)n ? 0 : -14;
}

long stub_read_user(void *to, uint32_t size, const void *from)
{
	int err;

	walk->n_reads++;
	err = read_memory ? read_memory(read_ctx, (uint64_t)from, to, size) :
			    read_own((uint64_t)from, to, size);
	/* As the kernel does. */
	if (err)
		memset(to, 0, size);
	return err;
}

int capture_put_rules(const struct capture_tables *maps, uint32_t first,
		      const struct unwind_rule *values, uint32_t n)
{
	(void)maps;
	memcpy(rules + first, values, n * sizeof(*values));
	return 0;
}

int capture_put_pages(const struct capture_tables *maps, uint32_t first,
		      const struct unwind_map_page *values, uint32_t n)
{
	(void)maps;
	memcpy(pages + first, values, n * sizeof(*values));
	return 0;
}

int capture_put_module(const struct capture_tables *maps, uint32_t number,
		       const struct unwind_module *module)
{
	(void)maps;
	modules_map[number] = *module;
	return 0;
}

int capture_map_mappings(const struct capture_tables *maps, struct unwind_mapping **ret)
{
	(void)maps;
	*ret = mappings;
	return 0;
}

void capture_unmap_mappings(struct unwind_mapping *unmapped)
{
	(void)unmapped;
}

int capture_put_process(const struct capture_tables *maps, pid_t pid,
			const struct unwind_process *process)
{
	(void)maps;
	process_pid = pid;
	process_entry = *process;
	return 0;
}

void capture_drop_process(const struct capture_tables *maps, pid_t pid)
{
	(void)maps, (void)pid;
	memset(&process_entry, 0, sizeof(process_entry));
}

/* Freed with the chunk that they are in. */
void capture_unmap_chunk(struct unwind_row *rows)
{
	(void)rows;
}

int capture_add_chunk(const struct capture_tables *maps, uint32_t number,
		      struct unwind_row **ret)
{
	(void)maps;
	if (number >= MAX_CHUNKS)
		return -ENOSPC;
	chunks[number] = calloc(1, sizeof(**chunks));
	if (!chunks[number])
		return -ENOMEM;
	*ret = chunks[number]->rows;
	return 0;
}

void native_move_owner(int by)
{
	process_entry.owner += by;
}

void native_hide_table(uint64_t address, bool hidden)
{
	static uint32_t n_pages;

	for (uint32_t i = 0; i < process_entry.n_mappings; i++) {
		const struct unwind_mapping *mapping = &mappings[process_entry.first_mapping + i];
		struct unwind_module *module = &modules_map[mapping->module];

		if (address < mapping->start || address >= mapping->end)
			continue;
		if (hidden)
			n_pages = module->n_pages;
		module->n_pages = hidden ? 0 : n_pages;
	}
}

void native_reset(void)
{
	memset(rules, 0, sizeof(rules));
	memset(pages, 0, sizeof(pages));
	memset(modules_map, 0, sizeof(modules_map));
	memset(mappings, 0, sizeof(mappings));
	memset(&process_entry, 0, sizeof(process_entry));
	memset(&cpu_walk, 0, sizeof(cpu_walk));
	process_pid = 0;
	for (size_t i = 0; i < MAX_CHUNKS; i++) {
		free(chunks[i]);
		chunks[i] = NULL;
	}
}

void native_walk(int pid, const struct native_registers *registers, native_read_fn read, void *ctx,
		 struct native_walk *ret)
{
	struct register_scratch scratch = {};
	struct unwind unwind = { .addresses = ret->addresses, .scratch = &scratch, .cfi = true };
	const struct wire_sample sample = {
		.pid = pid,
		.start_ns = NATIVE_START_NS,
		.exec_id = NATIVE_EXEC_ID,
	};
	const struct registers start = {
		.ip = registers->dwarf[DWARF_RA],
		.sp = registers->dwarf[DWARF_RSP],
		.fp = registers->dwarf[DWARF_RBP],
	};

	ret->n_lookups = ret->n_reads = 0;
	walk = ret;
	read_memory = read;
	read_ctx = ctx;
	memcpy(scratch.registers.dwarf, registers->dwarf, sizeof(scratch.registers.dwarf));
	cfi_begin(&unwind, &sample);
	unwind_user(&unwind, &start, true);
	ret->n = unwind.n;
	ret->result = unwind.result;
}
