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
	MAPPING_STEPS = 17, /* of a binary search among 65,536 and more mappings */
	ROW_STEPS = 17,
	/* From the stack pointer at the signal trampoline to struct sigcontext: uc_flags, uc_link,
	 * uc_stack. arch/x86/include/uapi/asm/sigcontext.h, asm-generic/ucontext.h. */
	SIGCONTEXT_OFFSET = 40,
	SAVED_WORDS = 8, /* the return address and all registers that a callee saves */
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

/* The mapping that holds an address, or NULL. The last one is tried first: neighbours on the
 * stack often lie in one module. */
static __always_inline const struct unwind_mapping *cfi_mapping(struct unwind *unwind, uint64_t pc)
{
	uint32_t low = unwind->first_mapping, high = low + unwind->n_mappings;
	uint32_t last = unwind->last_mapping;
	const struct unwind_mapping *mapping = bpf_map_lookup_elem(&unwind_mappings, &last);

	if (mapping && last >= low && last < high && pc >= mapping->start && pc < mapping->end &&
	    mapping->owner == unwind->owner)
		return mapping;
	for (int i = 0; i < MAPPING_STEPS && low < high; i++) {
		uint32_t middle = low + (high - low) / 2;

		mapping = bpf_map_lookup_elem(&unwind_mappings, &middle);
		if (!mapping)
			return NULL;
		if (pc < mapping->start) {
			high = middle;
		} else if (pc >= mapping->end) {
			low = middle + 1;
		} else {
			unwind->last_mapping = middle;
			return mapping->owner == unwind->owner ? mapping : NULL;
		}
	}
	return NULL;
}

/* The last row of the page at or below the address: its first row begins at 0. */
static __always_inline const struct unwind_rule *cfi_row(const struct unwind_map_page *page,
							 uint16_t pc, uint32_t *distance)
{
	uint32_t zero = 0, chunk_number = page->chunk, first = page->first;
	uint32_t low = 0, high = page->n_rows;
	const struct unwind_chunk *chunk;
	uint32_t rule;
	void *map = bpf_map_lookup_elem(&unwind_chunks, &chunk_number);

	if (!map || !high)
		return NULL;
	chunk = bpf_map_lookup_elem(map, &zero);
	if (!chunk)
		return NULL;
	/* Invariant: row low is at or below the address, row high is above it. */
	for (int i = 0; i < ROW_STEPS && high - low > 1; i++) {
		uint32_t middle = low + (high - low) / 2;

		if (chunk->rows[(first + middle) & (CHUNK_ROWS - 1)].pc <= pc)
			low = middle;
		else
			high = middle;
	}
	*distance = pc - chunk->rows[(first + low) & (CHUNK_ROWS - 1)].pc;
	rule = chunk->rows[(first + low) & (CHUNK_ROWS - 1)].rule;
	return bpf_map_lookup_elem(&unwind_rules, &rule);
}

/* NULL, and the reason in result: no mapping, or no table for it. */
static __always_inline const struct unwind_rule *cfi_rule(struct unwind *unwind, uint64_t pc,
							  uint32_t *result)
{
	const struct unwind_mapping *mapping = cfi_mapping(unwind, pc);
	const struct unwind_module *module;
	const struct unwind_map_page *page;
	uint32_t number;
	uint64_t vaddr;

	if (!mapping) {
		*result = unwind->n_mappings ? WIRE_UNMAPPED : WIRE_NO_TABLE;
		return NULL;
	}
	*result = WIRE_NO_TABLE;
	number = mapping->module;
	module = bpf_map_lookup_elem(&unwind_modules, &number);
	if (!module)
		return NULL;
	vaddr = pc - mapping->bias;
	number = (vaddr >> UNWIND_PAGE_SHIFT) - module->page;
	if (number >= module->n_pages)
		return NULL;
	number += module->first_page;
	page = bpf_map_lookup_elem(&unwind_pages, &number);
	return page ? cfi_row(page, vaddr, &unwind->distance) : NULL;
}

/* A register by its DWARF number: three are followed all the way, all others are known only
 * where a tick or a signal interrupted. */
static __always_inline bool cfi_register(const struct unwind *unwind, uint32_t number,
					 uint64_t *ret)
{
	switch (number) {
	case 3:
		*ret = unwind->bx;
		return unwind->bx_known;
	case 6:
		*ret = unwind->fp;
		return true;
	case 7:
		*ret = unwind->sp;
		return true;
	default:
		if (unwind->returned)
			return false;
		*ret = unwind->registers->dwarf[number & 15];
		return true;
	}
}

static __always_inline bool read_user_u64(uint64_t address, uint64_t *ret)
{
	return !bpf_probe_read_user(ret, sizeof(*ret), (const void *)address);
}

/* 0 or the reason why there is no CFA. */
static __always_inline uint32_t cfi_cfa(const struct unwind *unwind,
					const struct unwind_rule *rule, uint64_t *ret)
{
	uint64_t base;

	if (rule->cfa == UNWIND_CFA_PLT) {
		*ret = unwind->sp + 8 + ((unwind->ip & 15) >= (uint32_t)rule->cfa_offset) * 8;
		return 0;
	}
	if (!cfi_register(unwind, rule->cfa_register, &base))
		return WIRE_UNSUPPORTED;
	if (rule->cfa == UNWIND_CFA_REGISTER) {
		*ret = base + (int64_t)unwind_cfa_offset(rule, unwind->distance);
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
		if (!read_user_u64(base, &base))
			return WIRE_UNREADABLE;
		base += (int64_t)rule->cfa_extra;
	}
	*ret = base;
	return 0;
}

/* What a function has pushed first lies right below its CFA, so one read mostly brings all. */
struct saved {
	uint64_t words[SAVED_WORDS];
	bool there;
};

static __always_inline bool saved_read(const struct saved *saved, uint64_t cfa, int64_t offset,
				       uint64_t *ret)
{
	uint64_t index = (uint64_t)(offset + SAVED_WORDS * 8) / 8;

	if (saved->there && !(offset & 7) && index < SAVED_WORDS) {
		*ret = saved->words[index & (SAVED_WORDS - 1)];
		return true;
	}
	return read_user_u64(cfa + offset, ret);
}

static __always_inline uint32_t cfi_apply(struct unwind *unwind, const struct unwind_rule *rule)
{
	uint64_t cfa, ip, fp = unwind->fp, bx = unwind->bx;
	bool bx_known = unwind->bx_known;
	uint32_t reason = cfi_cfa(unwind, rule, &cfa);
	struct saved saved;

	if (reason)
		return reason;
	/* A caller's frame lies above; only a frame that was interrupted can have none of its own. */
	if (cfa <= unwind->sp && (unwind->returned || cfa < unwind->sp))
		return WIRE_BAD_CFA;
	saved.there = !bpf_probe_read_user(saved.words, sizeof(saved.words),
					   (const void *)(cfa - sizeof(saved.words)));
	switch (rule->ra) {
	case UNWIND_AT_CFA:
		if (!saved_read(&saved, cfa, rule->ra_offset, &ip))
			return WIRE_UNREADABLE;
		break;
	case UNWIND_IN_REGISTER:
		if (!cfi_register(unwind, rule->ra_offset, &ip))
			return WIRE_UNSUPPORTED;
		break;
	default:
		return WIRE_UNSUPPORTED;
	}
	if (rule->fp == UNWIND_AT_CFA && !saved_read(&saved, cfa, rule->fp_offset, &fp))
		return WIRE_UNREADABLE;
	if (rule->fp == UNWIND_AT_FP &&
	    !read_user_u64(unwind->fp + (int64_t)rule->fp_offset, &fp))
		return WIRE_UNREADABLE;
	if (rule->bx == UNWIND_AT_CFA)
		bx_known = saved_read(&saved, cfa, rule->bx_offset, &bx);
	else if (rule->bx == UNWIND_AT_FP)
		bx_known = read_user_u64(unwind->fp + (int64_t)rule->bx_offset, &bx);
	else if (rule->bx != UNWIND_SAME)
		bx_known = false;
	unwind->ip = ip;
	unwind->sp = cfa;
	unwind->fp = fp;
	unwind->bx = bx;
	unwind->bx_known = bx_known;
	unwind->returned = true;
	return 0;
}

/* The kernel put all registers on the stack when it delivered the signal. */
static __always_inline uint32_t cfi_signal(struct unwind *unwind)
{
	struct sigcontext context;
	struct dwarf_registers *registers = unwind->registers;

	if (bpf_probe_read_user(&context, sizeof(context),
				(const void *)(unwind->sp + SIGCONTEXT_OFFSET)))
		return WIRE_UNREADABLE;
	registers_of_sigcontext(registers, &context);
	/* The trampoline was not called either: nothing lies before it. */
	unwind->addresses[(unwind->n - 1) & (WIRE_MAX_USER_FRAMES - 1)] |= WIRE_EXACT;
	unwind->ip = context.ip;
	unwind->sp = context.sp;
	unwind->fp = context.bp;
	unwind->bx = context.bx;
	unwind->bx_known = true;
	unwind->returned = false;
	return 0;
}

/* Finds the tables of the process, if they are of this very image. */
static __always_inline void cfi_begin(struct unwind *unwind, const struct wire_sample *sample)
{
	const struct unwind_process *process =
		bpf_map_lookup_elem(&unwind_processes, &sample->pid);

	unwind->n_mappings = 0;
	if (!process || process->start_ns != sample->start_ns ||
	    process->exec_id != sample->exec_id)
		return;
	unwind->first_mapping = unwind->last_mapping = process->first_mapping;
	unwind->n_mappings = process->n_mappings;
	unwind->owner = process->owner;
}

/* 0 or the reason; WIRE_WHOLE needs no other sign than `ended`. */
static __always_inline uint32_t cfi_step(struct unwind *unwind, bool *ended)
{
	uint64_t pc = unwind->ip - unwind->returned;
	uint32_t reason = WIRE_NO_TABLE;
	const struct unwind_rule *rule = cfi_rule(unwind, pc, &reason);

	*ended = false;
	if (!rule || rule->cfa == UNWIND_CFA_NONE) {
		uint32_t fp_reason = fp_step(unwind, ended);

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
		return cfi_apply(unwind, rule);
	}
}

#endif
