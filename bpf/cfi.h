/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwinding by table: one step finds the mapping of the program counter, the
 * module's page of rows, the row by binary search in plain memory, and applies
 * its rule. Where no table covers the address (JIT, hand-written assembly) it
 * steps by frame pointer, and goes on with tables below.
 */
#ifndef FLAMETAP_BPF_CFI_H
#define FLAMETAP_BPF_CFI_H

enum {
	CHUNK_ROWS = UNWIND_CHUNK_ROWS,
	MAPPING_STEPS = 18, /* of a binary search among UNWIND_MAX_MAPPINGS */
	ROW_STEPS = 17,
	FOUND_SHIFT = 29, /* what was found is looked up again after 2^29 ns: 0.54 s */
	FOUND_BITS = 4,
	SAVED_BYTES = 64, /* the return address and all registers that a callee saves */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, int32_t);
	__type(value, struct unwind_process);
} unwind_processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, UNWIND_MAX_MAPPINGS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, uint32_t);
	__type(value, struct unwind_mapping);
} unwind_mappings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, UNWIND_MAX_MODULES);
	__type(key, uint32_t);
	__type(value, struct unwind_module);
} unwind_modules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, UNWIND_MAP_PAGES);
	__type(key, uint32_t);
	__type(value, struct unwind_map_page);
} unwind_pages SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, UNWIND_MAX_RULES);
	__type(key, uint32_t);
	__type(value, struct unwind_rule);
} unwind_rules SEC(".maps");

struct unwind_chunk {
	struct unwind_row rows[CHUNK_ROWS];
};

struct unwind_chunk_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(key_size, sizeof(uint32_t));
	__uint(value_size, sizeof(struct unwind_chunk));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, UNWIND_MAX_CHUNKS);
	__type(key, uint32_t);
	__array(values, struct unwind_chunk_map);
} unwind_chunks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, uint32_t);
	__type(value, struct unwind_marks);
} unwind_marks SEC(".maps");

/*
 * The searches are global functions: the verifier looks at each once, for all
 * arguments, and not again on every path that leads to it. Both are written
 * without a branch on what they compare, which would double the paths in each
 * round. Linux 5.6.
 */
enum { CFI_NONE = -1, CFI_NOT_YET = -2 };

/* All ones when a is above b, else 0; both below 2^63. */
static __always_inline uint64_t mask_above(uint64_t a, uint64_t b)
{
	return (uint64_t)((int64_t)(b - a) >> 63);
}

/* The last of n mappings that begins at or below the address: the first one, if none does. */
__noinline int cfi_find_mapping(uint64_t pc, uint32_t first, uint32_t n)
{
	for (int i = 0; i < MAPPING_STEPS && n > 1; i++) {
		uint32_t half = n / 2, middle = first + half;
		const struct unwind_mapping *mapping =
			bpf_map_lookup_elem(&unwind_mappings, &middle);

		if (!mapping)
			return CFI_NONE;
		first += half & ~mask_above(mapping->start, pc);
		n -= half;
	}
	return first;
}

/* The last row at or below the address among those of its page: rule << 16 | distance, or
 * CFI_NONE; CFI_NOT_YET where the module's table is still to come. A page's first row holds from
 * its first byte. */
__noinline long cfi_find_row(uint64_t vaddr, uint32_t module_number)
{
	const struct unwind_module *module = bpf_map_lookup_elem(&unwind_modules, &module_number);
	const struct unwind_chunk *chunk;
	const struct unwind_map_page *page;
	struct unwind_marks *marks;
	uint32_t zero = 0, number, first, n, n_pages, mark;
	uint16_t pc = vaddr;
	void *map;

	if (!module)
		return CFI_NONE;
	/* Read before the rest, which is right as long as it is not 0. */
	n_pages = module->n_pages;
	asm volatile("" ::: "memory");
	number = (vaddr >> UNWIND_PAGE_SHIFT) - module->page;
	marks = bpf_map_lookup_elem(&unwind_marks, &zero);
	if (!marks)
		return CFI_NONE;
	/* Not where the lookup needs it: the verifier does not follow it there. */
	mark = module_number;
	barrier_var(mark);
	mark &= UNWIND_MAX_MODULES - 1;
	if (number >= n_pages) {
		if (n_pages || module->never)
			return CFI_NONE;
		marks->missed[mark]++;
		return CFI_NOT_YET;
	}
	/* All CPUs read it, so that it is written only when that changes something. */
	if (!marks->used[mark])
		marks->used[mark] = 1;
	number += module->first_page;
	page = bpf_map_lookup_elem(&unwind_pages, &number);
	if (!page || !page->n_rows)
		return CFI_NONE;
	first = page->first;
	n = page->n_rows;
	number = page->chunk;
	map = bpf_map_lookup_elem(&unwind_chunks, &number);
	chunk = map ? bpf_map_lookup_elem(map, &zero) : NULL;
	if (!chunk)
		return CFI_NONE;
	for (int i = 0; i < ROW_STEPS && n > 1; i++) {
		uint32_t half = n / 2;

		first += half & ~mask_above(chunk->rows[(first + half) & (CHUNK_ROWS - 1)].pc, pc);
		n -= half;
	}
	first &= CHUNK_ROWS - 1;
	return (long)chunk->rows[first].rule << 16 | (uint16_t)(pc - chunk->rows[first].pc);
}

/* As cfi_find_row(), and the reason in result: no mapping, or no table for it. The last mapping is
 * tried first: neighbours on the stack often lie in one module. */
static __always_inline long cfi_search(struct unwind *unwind, uint64_t pc, uint32_t *result)
{
	struct walk *walk = unwind->walk;
	uint32_t index = walk->last_mapping;
	const struct unwind_mapping *mapping = bpf_map_lookup_elem(&unwind_mappings, &index);
	uint64_t start, end, bias;
	uint32_t module;

	*result = WIRE_NO_TABLE;
	if (!mapping || pc < mapping->start || pc >= mapping->end) {
		index = cfi_find_mapping(pc, unwind->first_mapping, unwind->n_mappings);
		mapping = bpf_map_lookup_elem(&unwind_mappings, &index);
	}
	if (!mapping)
		return CFI_NONE;
	start = mapping->start;
	end = mapping->end;
	bias = mapping->bias;
	module = mapping->module;
	/* The owner is read last: then all was its own. */
	asm volatile("" ::: "memory");
	if (mapping->owner != unwind->owner)
		return CFI_NOT_YET;
	if (pc < start || pc >= end) {
		*result = WIRE_UNMAPPED;
		/* What is executed is mapped, only since later than the tables, and so is what a
		 * table led to; but where a frame pointer led to, there need be nothing. */
		walk->pending |= !walk->guessed;
		return CFI_NONE;
	}
	walk->last_mapping = index;
	return cfi_find_row(pc - bias, module);
}

/*
 * NULL, and the reason in result. What was found is kept, as stacks share most
 * of their frames: a process whose mappings change is another owner, and a
 * rule's number stays the rule's. It is kept for half a second, so that user
 * space sees again and again which tables are in use. What was not found is
 * not kept: it may come.
 */
static __always_inline const struct unwind_rule *cfi_rule(struct unwind *unwind, uint64_t pc,
							  uint32_t *result)
{
	struct walk *walk = unwind->walk;
	struct walk_found *found = walk_found(walk, pc, unwind->found_key);
	uint32_t index;

	*result = WIRE_NO_TABLE;
	if (!unwind->n_mappings)
		return NULL;
	if (found->pc != pc || found->key != unwind->found_key) {
		long row = cfi_search(unwind, pc, result);

		if (row < 0) {
			walk->pending |= row == CFI_NOT_YET;
			return NULL;
		}
		found->pc = pc;
		found->key = unwind->found_key;
		found->rule = row >> 16;
		found->distance = row;
	}
	walk->distance = found->distance;
	index = found->rule;
	return bpf_map_lookup_elem(&unwind_rules, &index);
}

/* A register by its DWARF number: rbx, rbp and rsp are followed all the way, all others are
 * known only where a tick or a signal interrupted. */
static __always_inline bool cfi_register(const struct unwind *unwind, uint32_t number,
					 uint64_t *ret)
{
	*ret = unwind->scratch->registers.dwarf[number & 15];
	return unwind->walk->known >> (number & 15) & 1;
}

/* 0 or the reason why there is no CFA. */
static __always_inline uint32_t cfi_cfa(const struct unwind *unwind,
					const struct unwind_rule *rule, uint64_t *ret)
{
	const struct walk *walk = unwind->walk;
	uint64_t base;

	if (rule->cfa == UNWIND_CFA_PLT) {
		*ret = walk->sp + 8 + ((walk->ip & 15) >= (uint32_t)rule->cfa_offset) * 8;
		return 0;
	}
	if (!cfi_register(unwind, rule->cfa_register, &base))
		return WIRE_UNSUPPORTED;
	if (rule->cfa == UNWIND_CFA_REGISTER) {
		*ret = base + (int64_t)unwind_cfa_offset(rule, walk->distance);
		return 0;
	}
	base += (int64_t)rule->cfa_offset;
	if (rule->cfa == UNWIND_CFA_INDEXED) {
		uint64_t index;

		if (!cfi_register(unwind, rule->cfa_index, &index))
			return WIRE_UNSUPPORTED;
		base += 8 * index;
	}
	if (rule->cfa == UNWIND_CFA_DEREF || rule->cfa == UNWIND_CFA_INDEXED) {
		if (!read_user_u64(unwind->task, base, &base))
			return WIRE_UNREADABLE;
		base += (int64_t)rule->cfa_extra;
	}
	*ret = base;
	return 0;
}

static __always_inline uint32_t cfi_apply(struct unwind *unwind, const struct unwind_rule *rule)
{
	struct walk *walk = unwind->walk;
	uint64_t cfa, ip, fp = walk->fp, bx = unwind->scratch->registers.dwarf[DWARF_RBX];
	uint32_t bx_known = walk->known & 1 << DWARF_RBX;
	uint32_t reason = cfi_cfa(unwind, rule, &cfa);
	uint64_t saved;
	bool own_fp;

	if (reason)
		return reason;
	/* A caller's frame lies above; only a frame that was interrupted can have none of its own. */
	if (cfa <= walk->sp && (walk->returned || cfa < walk->sp))
		return WIRE_BAD_CFA;
	/* What a function has pushed first lies right below its CFA. */
	saved = cfa - SAVED_BYTES;
	walk_move_window(unwind->task, walk, saved > walk->sp ? saved : walk->sp, cfa);
	switch (rule->ra) {
	case UNWIND_AT_CFA:
		if (!walk_read(unwind->task, walk, cfa + (int64_t)rule->ra_offset, &ip))
			return WIRE_UNREADABLE;
		break;
	case UNWIND_IN_REGISTER:
		if (!cfi_register(unwind, rule->ra_offset, &ip))
			return WIRE_UNSUPPORTED;
		break;
	default:
		return WIRE_UNSUPPORTED;
	}
	if (rule->fp == UNWIND_AT_CFA &&
	    !walk_read(unwind->task, walk, cfa + (int64_t)rule->fp_offset, &fp))
		return WIRE_UNREADABLE;
	/* gcc does not tell that a function which aligned its stack has popped rbp again, three
	 * instructions before its end: rbp is the frame's own only as long as it points into it. */
	own_fp = walk->fp >= walk->sp && walk->fp < cfa;
	if (rule->fp == UNWIND_AT_FP && own_fp &&
	    !read_user_u64(unwind->task, walk->fp + (int64_t)rule->fp_offset, &fp))
		return WIRE_UNREADABLE;
	if (rule->bx == UNWIND_AT_CFA)
		bx_known = walk_read(unwind->task, walk, cfa + (int64_t)rule->bx_offset, &bx) << DWARF_RBX;
	else if (rule->bx == UNWIND_AT_FP && own_fp)
		bx_known = read_user_u64(unwind->task, walk->fp + (int64_t)rule->bx_offset, &bx) << DWARF_RBX;
	else if (rule->bx != UNWIND_SAME && rule->bx != UNWIND_AT_FP)
		bx_known = 0;
	unwind->scratch->registers.dwarf[DWARF_RBX] = bx;
	unwind_return(unwind, ip, cfa, fp, bx_known);
	return 0;
}

/* The kernel put all registers on the stack when it delivered the signal. */
static __always_inline uint32_t cfi_signal(struct unwind *unwind)
{
	struct walk *walk = unwind->walk;
	struct sigcontext *context = &unwind->scratch->context;

	if (read_user(unwind->task, context, sizeof(*context),
		      walk->sp + UNWIND_SIGCONTEXT_OFFSET))
		return WIRE_UNREADABLE;
	registers_of_sigcontext(&unwind->scratch->registers, context);
	/* The trampoline was not called either: nothing lies before it. */
	unwind->addresses[(walk->n - 1) & (WIRE_MAX_USER_FRAMES - 1)] |= WIRE_EXACT;
	walk->ip = context->ip;
	walk->sp = context->sp;
	walk->fp = context->bp;
	walk->known = 0xffff;
	walk->returned = false;
	walk->guessed = false;
	return 0;
}

/* Finds the tables of the process, if they are of this very image. */
static __always_inline void cfi_begin(struct unwind *unwind, const struct wire_sample *sample)
{
	const struct unwind_process *process =
		bpf_map_lookup_elem(&unwind_processes, &sample->pid);

	unwind->n_mappings = 0;
	unwind->pending = true;
	if (!process || process->start_ns != sample->start_ns ||
	    process->exec_id != sample->exec_id)
		return;
	unwind->first_mapping = process->first_mapping;
	unwind->n_mappings = process->n_mappings;
	unwind->pending = !process->n_mappings;
	unwind->owner = process->owner;
	unwind->found_key = process->owner << FOUND_BITS |
			    (sample->time_ns >> FOUND_SHIFT & ((1 << FOUND_BITS) - 1));
}

/* 0 or the reason; WIRE_WHOLE needs no other sign than `ended`. */
static __always_inline uint32_t cfi_step(struct unwind *unwind, bool *ended)
{
	const struct walk *walk = unwind->walk;
	bool returned = walk->returned;
	uint64_t pc = walk->ip - returned;
	uint32_t reason = WIRE_NO_TABLE;
	const struct unwind_rule *rule = cfi_rule(unwind, pc, &reason);

	*ended = false;
	if (!rule || rule->cfa == UNWIND_CFA_NONE) {
		uint32_t fp_reason = fp_step(unwind, true, ended);

		/* It proves nothing where rbp may hold anything. */
		if (*ended)
			return reason;
		/* Why there was no table says more than where the frame pointers broke. */
		return fp_reason ? reason : 0;
	}
	switch (rule->cfa) {
	case UNWIND_CFA_END:
		*ended = true;
		return 0;
	case UNWIND_CFA_SIGNAL:
		return cfi_signal(unwind);
	case UNWIND_CFA_UNSUPPORTED:
		return WIRE_UNSUPPORTED;
	default:
		reason = cfi_apply(unwind, rule);
		if (reason || walk->ip)
			return reason;
		/* A stack that was made by hand ends where nothing is to be returned to. Tables are
		 * right where calls are; where a tick comes, some are not, and find a 0 anywhere. */
		*ended = returned;
		return returned ? 0 : WIRE_BAD_CFA;
	}
}

#endif
