// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Steps from frame to frame. libunwind takes one step at a time, from
 * registers that are set for it, and is asked only where an FDE covers the
 * address: its own guesses, its idea of an end and of the stack pointer are
 * not those of the kernel side. The step is in two parts, what the FDE says and
 * its application, so that the first is remembered here.
 */
#include "profiler/copy_unwind.h"

#include <errno.h>
#include <libunwind.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/copy_cfi.h"
#include "profiler/copy_fde.h"
#include "profiler/copy_memory.h"
#include "profiler/copy_state.h"

/* In libunwind's library, not in its headers. */
extern int _Ux86_64_dwarf_search_unwind_table(unw_addr_space_t space, unw_word_t ip,
					      unw_dyn_info_t *di, unw_proc_info_t *pi,
					      int need_unwind_info, void *arg);

/* libunwind is shown a search table of one entry. */
#define TABLE_ADDRESS (UINT64_MAX & ~(uint64_t)15)

enum {
	/* Reads of memory, and bytes of programs: a stack takes 10,000 when nothing is remembered
	 * of it; at the limit it takes 10 ms. */
	MOST_WORK = 1 << 20,
	AROUND_FP = 128,
};

/* struct sigcontext, by DWARF number. */
static const uint8_t sigcontext[DWARF_N_REGISTERS] = { 8, 9, 10, 11, 12, 13, 14, 15, 5,
						       4, 6, 3,	 1,  0,	 2,  7,	 16 };

struct frame {
	uint64_t registers[DWARF_N_REGISTERS];
	uint32_t known; /* which of them are this frame's, a bit each */
	bool returned;  /* its program counter is where a call returns to */
};

struct copy_unwinder {
	struct copy_cfi cfi;
	struct copy_states states;
	struct copy_memory memory;
	unw_addr_space_t space; /* one serves all: nothing is remembered in it */
	/* The step in work. */
	struct frame frame;
	struct copy_place place;
	struct copy_fde fde;
	uint64_t table; /* int32_t start_ip_offset, fde_offset */
	uint32_t failure; /* enum wire_result of the first read that failed; 0: none */
	uint32_t work;
};

static uint64_t frame_pc(const struct frame *frame)
{
	return frame->registers[DWARF_RA] - frame->returned;
}

static int find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *info, int need,
			  void *arg)
{
	struct copy_unwinder *unwinder = arg;
	const struct copy_fde *fde = &unwinder->fde;
	unw_dyn_info_t table = { .format = UNW_INFO_FORMAT_REMOTE_TABLE };
	bool made;

	/* Any other error would make libunwind guess. */
	made = unwinder->place.where == COPY_FDE && copy_fde_make(&unwinder->place, &unwinder->fde);
	unwinder->work += fde->program_bytes;
	if (!made || ip < fde->start || ip >= fde->end)
		return -UNW_EINVAL;
	table.start_ip = fde->start;
	table.end_ip = fde->end;
	table.u.rti.segbase = fde->fde.address;
	table.u.rti.table_data = TABLE_ADDRESS;
	table.u.rti.table_len = 1;
	/* Begins here, and its FDE is at segbase. */
	unwinder->table = (uint32_t)(ip - table.u.rti.segbase);
	return _Ux86_64_dwarf_search_unwind_table(space, ip, &table, info, need, arg) ?
		       -UNW_EINVAL : 0;
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *arg)
{
	(void)space, (void)info, (void)arg;
}

static int get_dyn_info_list(unw_addr_space_t space, unw_word_t *ret, void *arg)
{
	(void)space, (void)ret, (void)arg;
	return -UNW_ENOINFO;
}

static int access_mem(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write,
		      void *arg)
{
	struct copy_unwinder *unwinder = arg;
	uint32_t reason;

	(void)space;
	if (write || unwinder->work++ > MOST_WORK)
		return -UNW_EINVAL;
	if (address == TABLE_ADDRESS) {
		*value = unwinder->table;
		return 0;
	}
	if (address & COPY_FDE_SPACE)
		return copy_fde_read(&unwinder->fde, &unwinder->cfi, address, value) ?
			       0 : -UNW_EINVAL;
	reason = copy_memory_read(&unwinder->memory, address, value, sizeof(*value));
	if (reason && !unwinder->failure)
		unwinder->failure = reason;
	return reason ? -UNW_EINVAL : 0;
}

/* libunwind's numbers of registers are DWARF's. */
static int access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write,
		      void *arg)
{
	const struct copy_unwinder *unwinder = arg;
	const struct frame *frame = &unwinder->frame;

	(void)space;
	if (write || number < 0 || number >= DWARF_N_REGISTERS || !(frame->known >> number & 1))
		return -UNW_EBADREG;
	*value = number == DWARF_RA ? frame_pc(frame) : frame->registers[number];
	return 0;
}

static int access_fpreg(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write,
			void *arg)
{
	(void)space, (void)number, (void)value, (void)write, (void)arg;
	return -UNW_EBADREG;
}

static int resume(unw_addr_space_t space, unw_cursor_t *cursor, void *arg)
{
	(void)space, (void)cursor, (void)arg;
	return -UNW_EINVAL;
}

static int get_proc_name(unw_addr_space_t space, unw_word_t address, char *name, size_t size,
			 unw_word_t *offset, void *arg)
{
	(void)space, (void)address, (void)name, (void)size, (void)offset, (void)arg;
	return -UNW_ENOINFO;
}

static const unw_accessors_t accessors = {
	.find_proc_info = find_proc_info,
	.put_unwind_info = put_unwind_info,
	.get_dyn_info_list_addr = get_dyn_info_list,
	.access_mem = access_mem,
	.access_reg = access_reg,
	.access_fpreg = access_fpreg,
	.resume = resume,
	.get_proc_name = get_proc_name,
};

int copy_unwinder_create(const struct modules *modules, struct copy_unwinder **ret)
{
	struct copy_unwinder *unwinder = calloc(1, sizeof(*unwinder));

	if (!unwinder)
		return -ENOMEM;
	copy_cfi_init(&unwinder->cfi, modules);
	unwinder->memory.modules = modules;
	unwinder->space = unw_create_addr_space((unw_accessors_t *)&accessors, 0);
	if (!unwinder->space || copy_states_init(&unwinder->states)) {
		copy_unwinder_destroy(unwinder);
		return -ENOMEM;
	}
	unw_set_caching_policy(unwinder->space, UNW_CACHE_NONE);
	*ret = unwinder;
	return 0;
}

void copy_unwinder_destroy(struct copy_unwinder *unwinder)
{
	if (!unwinder)
		return;
	if (unwinder->space)
		unw_destroy_addr_space(unwinder->space);
	copy_states_deinit(&unwinder->states);
	copy_cfi_deinit(&unwinder->cfi);
	free(unwinder);
}

struct copy_unwind_stats copy_unwinder_stats(const struct copy_unwinder *unwinder)
{
	return (struct copy_unwind_stats){
		.n_modules = unwinder->cfi.n_read,
		.n_evicted = unwinder->cfi.n_evicted,
	};
}

/* 0, or the reason why the caller's frame cannot be read. */
static uint32_t read_memory(struct copy_unwinder *unwinder, uint64_t address, void *to, size_t n)
{
	unwinder->work++;
	return copy_memory_read(&unwinder->memory, address, to, n);
}

/* Of a caller that was reached by frame pointer nothing else is known. */
static uint32_t step_by_frame_pointer(struct copy_unwinder *unwinder, bool *ended)
{
	struct frame *frame = &unwinder->frame;
	uint64_t fp = frame->registers[DWARF_RBP];
	uint64_t words[2]; /* the caller's frame pointer, the return address */
	uint32_t reason;

	*ended = !fp;
	if (!fp)
		return 0;
	if (fp < frame->registers[DWARF_RSP] || fp & 7)
		return WIRE_FRAME_POINTER;
	reason = read_memory(unwinder, fp, words, sizeof(words));
	if (reason)
		return reason;
	*ended = !words[1];
	frame->registers[DWARF_RBP] = words[0];
	frame->registers[DWARF_RSP] = fp + sizeof(words);
	frame->registers[DWARF_RA] = words[1];
	frame->known = 1 << DWARF_RBP | 1 << DWARF_RSP | 1 << DWARF_RA;
	frame->returned = true;
	return 0;
}

/* Code that no call-frame information covers. */
static uint32_t step_across_gap(struct copy_unwinder *unwinder, uint32_t why)
{
	bool ended;
	uint32_t reason = step_by_frame_pointer(unwinder, &ended);

	/* Why there was none says more than where the frame pointers broke. An end proves nothing
	 * where rbp may hold anything. */
	if (reason == WIRE_COPY_SHORT || reason == WIRE_COPY_LOST)
		return reason;
	return reason || ended ? why : 0;
}

static uint32_t step_out_of_call(struct copy_unwinder *unwinder)
{
	struct frame *frame = &unwinder->frame;
	uint32_t reason = read_memory(unwinder, frame->registers[DWARF_RSP],
				      &frame->registers[DWARF_RA], sizeof(uint64_t));

	frame->registers[DWARF_RSP] += sizeof(uint64_t);
	frame->returned = true;
	return reason;
}

static uint32_t step_out_of_signal(struct copy_unwinder *unwinder)
{
	struct frame *frame = &unwinder->frame;
	uint64_t words[DWARF_N_REGISTERS];
	uint32_t reason = read_memory(unwinder, frame->registers[DWARF_RSP] +
						     UNWIND_SIGCONTEXT_OFFSET,
				      words, sizeof(words));

	if (reason)
		return reason;
	for (uint32_t i = 0; i < DWARF_N_REGISTERS; i++)
		frame->registers[sigcontext[i]] = words[i];
	frame->known = (1 << DWARF_N_REGISTERS) - 1;
	frame->returned = false;
	return 0;
}

/* libunwind takes the CFA for the caller's stack pointer. longjmp() has it in a register, a signal
 * frame in memory. */
static uint32_t find_sp(struct copy_unwinder *unwinder, unw_cursor_t *cursor, uint64_t cfa,
			uint64_t *ret)
{
	unw_save_loc_t place;

	*ret = cfa;
	if (unw_get_save_loc(cursor, UNW_X86_64_RSP, &place))
		return 0;
	if (place.type == UNW_SLT_MEMORY)
		return read_memory(unwinder, place.u.addr, ret, sizeof(*ret));
	if (place.type == UNW_SLT_REG && place.u.regnum != UNW_X86_64_RSP)
		return access_reg(NULL, place.u.regnum, ret, 0, unwinder) ? WIRE_UNSUPPORTED : 0;
	return 0;
}

/*
 * gcc does not tell that a function which aligned its stack has popped rbp and
 * the rest again, three instructions before its end: what is found by rbp is the
 * frame's own only as long as rbp points into it. Then they have been restored.
 */
static bool is_popped(const struct frame *frame, uint64_t sp, unw_cursor_t *cursor, int number)
{
	uint64_t fp = frame->registers[DWARF_RBP];
	unw_save_loc_t place;

	if (fp >= frame->registers[DWARF_RSP] && fp < sp)
		return false;
	if (unw_get_save_loc(cursor, number, &place) || place.type != UNW_SLT_MEMORY)
		return false;
	return place.u.addr == fp || (place.u.addr >= sp && fp - place.u.addr < AROUND_FP);
}

/* The registers after libunwind's step. 0 or the reason why there is no caller. */
static uint32_t take_registers(struct copy_unwinder *unwinder, unw_cursor_t *cursor, bool signal)
{
	struct frame *frame = &unwinder->frame;
	struct frame next = { .known = 1 << DWARF_RSP | 1 << DWARF_RA, .returned = !signal };
	uint64_t sp = frame->registers[DWARF_RSP], cfa;
	uint32_t reason;

	if (unw_get_reg(cursor, UNW_X86_64_RIP, &next.registers[DWARF_RA]) ||
	    unw_get_reg(cursor, UNW_X86_64_RSP, &cfa))
		return unwinder->failure ? unwinder->failure : WIRE_UNSUPPORTED;
	reason = find_sp(unwinder, cursor, cfa, &next.registers[DWARF_RSP]);
	if (reason)
		return reason;
	cfa = next.registers[DWARF_RSP];
	/* A caller's frame lies above; only one that was interrupted can have none of its own. */
	if (!signal && cfa <= sp && (frame->returned || cfa < sp))
		return WIRE_BAD_CFA;
	for (int i = 0; i < DWARF_RA; i++) {
		if (i == DWARF_RSP)
			continue;
		unwinder->failure = 0;
		if (!signal && is_popped(frame, cfa, cursor, i)) {
			next.registers[i] = frame->registers[i];
			next.known |= frame->known & 1 << i;
		} else if (!unw_get_reg(cursor, i, &next.registers[i])) {
			next.known |= 1 << i;
		} else if (i == DWARF_RBP) {
			/* Lost, and not asked for until a frame needs it. */
			if (unwinder->failure)
				return unwinder->failure;
			next.registers[i] = frame->registers[i];
			next.known |= 1 << i;
		}
	}
	*frame = next;
	return 0;
}

struct state_search {
	uint64_t pc;
	struct copy_state *ret;
};

/* Negative: that was it. */
static int take_state(void *ctx, void *state, size_t size, unw_word_t start, unw_word_t end)
{
	const struct state_search *search = ctx;

	if (search->pc < start || search->pc >= end)
		return 0;
	if (size > sizeof(search->ret->bytes))
		return -UNW_EINVAL;
	memcpy(search->ret->bytes, state, size);
	search->ret->size = size;
	return -1;
}

/* What the FDE says of the frame's address; NULL if that cannot be told. */
static struct copy_state *find_state(struct copy_unwinder *unwinder, unw_cursor_t *cursor)
{
	const struct copy_place *place = &unwinder->place;
	uint64_t pc = frame_pc(&unwinder->frame);
	struct state_search search = {
		.pc = pc,
		.ret = copy_states_get(&unwinder->states, place->module, pc - place->bias,
				       unwinder->cfi.n_evicted),
	};

	/* The last FDE's headers lie over what comes before its program, and may hide an expression of
	 * the state that is remembered. */
	unwinder->fde.cie.size = unwinder->fde.fde.size = 0;
	if (!search.ret->size)
		unw_reg_states_iterate(cursor, take_state, &search);
	return search.ret->size ? search.ret : NULL;
}

static uint32_t step_by_fde(struct copy_unwinder *unwinder, bool *ended)
{
	const struct copy_place *place = &unwinder->place;
	bool signal = place->section->reader.cies.data[place->piece->cie].signal;
	unw_save_loc_t ra;
	struct copy_state *state;
	unw_cursor_t cursor;
	int result;

	if (unw_init_remote(&cursor, unwinder->space, unwinder))
		return WIRE_UNSUPPORTED;
	state = find_state(unwinder, &cursor);
	if (!state)
		return WIRE_UNSUPPORTED;
	unwinder->failure = 0;
	result = unw_apply_reg_state(&cursor, state->bytes);
	if (result == -UNW_EBADFRAME)
		return WIRE_BAD_CFA;
	if (result < 0)
		return unwinder->failure ? unwinder->failure : WIRE_UNSUPPORTED;
	if (unw_get_save_loc(&cursor, UNW_X86_64_RIP, &ra))
		return WIRE_UNSUPPORTED;
	/* Saved at 0 is undefined for libunwind, too. */
	if (ra.type == UNW_SLT_NONE) {
		*ended = copy_cfi_is_end(place, frame_pc(&unwinder->frame));
		return *ended ? 0 : WIRE_UNREADABLE;
	}
	/* The return address is in no register that a caller could have kept "the same". */
	if (ra.type == UNW_SLT_REG && ra.u.regnum == UNW_X86_64_RIP)
		return WIRE_UNSUPPORTED;
	return take_registers(unwinder, &cursor, signal);
}

/* 0 or the reason why it ends here; ended: that is proved. */
static uint32_t step(struct copy_unwinder *unwinder, bool *ended)
{
	bool returned = unwinder->frame.returned;
	uint32_t reason;

	*ended = false;
	switch (unwinder->place.where) {
	case COPY_UNMAPPED:
		return step_across_gap(unwinder, WIRE_UNMAPPED);
	case COPY_UNCOVERED:
		return step_across_gap(unwinder, WIRE_NO_TABLE);
	case COPY_OUTERMOST:
		*ended = true;
		return 0;
	case COPY_TRAMPOLINE:
		return step_out_of_signal(unwinder);
	case COPY_CALLED:
		reason = step_out_of_call(unwinder);
		break;
	default:
		reason = step_by_fde(unwinder, ended);
	}
	if (reason || *ended || !unwinder->frame.returned || unwinder->frame.registers[DWARF_RA])
		return reason;
	/* A stack that was made by hand ends where nothing is to be returned to; and where nothing was
	 * called it may be the table that is wrong. */
	*ended = returned;
	return returned ? 0 : WIRE_BAD_CFA;
}

static void begin(struct copy_unwinder *unwinder, const struct process *process,
		 const struct stack_copy *copy)
{
	struct frame *frame = &unwinder->frame;

	unwinder->memory.process = process;
	unwinder->memory.copy = copy;
	unwinder->memory.last = 0;
	unwinder->work = 0;
	for (uint32_t i = 0; i < DWARF_N_REGISTERS; i++)
		frame->registers[i] = copy->registers[i];
	frame->known = (1 << DWARF_N_REGISTERS) - 1;
	frame->returned = false;
}

int copy_unwind(struct copy_unwinder *unwinder, const struct process *process,
		const struct stack_copy *copy, uint64_t *addresses, uint32_t max, uint32_t *ret_n,
		enum wire_result *ret_result)
{
	const struct frame *frame = &unwinder->frame;
	uint32_t n = 1, reason = WIRE_DEPTH;
	int err = 0;

	begin(unwinder, process, copy);
	addresses[0] = copy->registers[DWARF_RA];
	while (!err && n < max) {
		bool ended;

		err = copy_cfi_find(&unwinder->cfi, process, frame_pc(frame), &unwinder->place);
		if (err)
			break;
		reason = step(unwinder, &ended);
		if (unwinder->work > MOST_WORK)
			reason = WIRE_UNSUPPORTED;
		if (reason || ended)
			break;
		/* The trampoline was not called either: nothing lies before it. */
		if (!frame->returned)
			addresses[n - 1] |= WIRE_EXACT;
		addresses[n++] = frame->registers[DWARF_RA] | (frame->returned ? 0 : WIRE_EXACT);
		reason = WIRE_DEPTH;
	}
	*ret_n = n;
	*ret_result = reason;
	return err;
}
