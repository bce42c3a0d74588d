// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stack of a stopped thread as libdw sees it: it finds the modules, reads
 * their call-frame information and interprets it, all by itself; only the
 * memory comes through the recorder, which takes down what was read.
 */
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "record_stack.h"

static int add_words(struct record_memory *memory, uint64_t address, const void *from, size_t n)
{
	int err = 0;

	for (size_t i = 0; !err && i + 8 <= n; i += 8) {
		struct stack_word word = { .address = address + i };

		memcpy(&word.value, (const char *)from + i, 8);
		err = vec_push(&memory->words, word);
	}
	return err;
}

int record_read(void *ctx, uint64_t address, void *to, size_t n)
{
	struct record_memory *memory = ctx;
	struct iovec local = { to, n }, remote = { (void *)address, n };

	if (process_vm_readv(memory->pid, &local, 1, &remote, 1, 0) != (ssize_t)n)
		return -EFAULT;
	/* Two words are a frame pointer's frame, many are what a signal saved: all of it counts. */
	if (n > 16 && n <= 64 && !memory->keeps_bulk)
		return 0;
	return add_words(memory, address, to, n);
}

struct thread {
	const struct native_registers *registers;
	struct record_memory *memory;
	struct record_frames *frames;
	pid_t pid;
};

static pid_t next_thread(Dwfl *dwfl, void *ctx, void **thread)
{
	struct thread *only = ctx;

	(void)dwfl;
	if (*thread)
		return 0;
	*thread = only;
	return only->pid;
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret, void *ctx)
{
	struct thread *thread = ctx;

	(void)dwfl;
	return !record_read(thread->memory, address, ret, sizeof(*ret));
}

static bool set_registers(Dwfl_Thread *state, void *ctx)
{
	const struct thread *thread = ctx;

	return dwfl_thread_state_registers(state, 0, 17, thread->registers->dwarf);
}

static int on_frame(Dwfl_Frame *frame, void *ctx)
{
	struct thread *thread = ctx;
	Dwfl *dwfl = dwfl_thread_dwfl(dwfl_frame_thread(frame));
	struct record_frame item = {};
	Dwfl_Module *module;
	const char *name;
	Dwarf_Addr pc;
	bool exact;

	if (!dwfl_frame_pc(frame, &pc, &exact))
		return DWARF_CB_ABORT;
	module = dwfl_addrmodule(dwfl, pc - !exact);
	name = module ? dwfl_module_addrname(module, pc - !exact) : NULL;
	strncpy(item.name, name ?: "?", sizeof(item.name) - 1);
	/* The leaf is exact without being marked. */
	item.address = pc | (exact && thread->frames->frames.n ? WIRE_EXACT : 0);
	return vec_push(&thread->frames->frames, item) ? DWARF_CB_ABORT : DWARF_CB_OK;
}

static void walk(Dwfl *dwfl, struct thread *thread)
{
	static const Dwfl_Thread_Callbacks callbacks = {
		.next_thread = next_thread,
		.memory_read = read_word,
		.set_initial_registers = set_registers,
	};

	if (dwfl_linux_proc_report(dwfl, thread->pid) || dwfl_report_end(dwfl, NULL, NULL) ||
	    !dwfl_attach_state(dwfl, NULL, thread->pid, &callbacks, thread) ||
	    dwfl_getthread_frames(dwfl, thread->pid, on_frame, thread))
		snprintf(thread->frames->error, sizeof(thread->frames->error), "%s",
			 dwfl_errmsg(-1) ?: "cannot unwind");
}

int record_libdw(pid_t pid, const struct native_registers *registers, struct record_memory *memory,
		 struct record_frames *ret)
{
	static char no_debuginfo[] = "-:/nonexistent", *path = no_debuginfo;
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.debuginfo_path = &path,
	};
	struct thread thread = { registers, memory, ret, pid };
	Dwfl *dwfl = dwfl_begin(&callbacks);

	*ret = (struct record_frames){};
	if (!dwfl)
		return -ENOMEM;
	walk(dwfl, &thread);
	dwfl_end(dwfl);
	return 0;
}

void record_frames_deinit(struct record_frames *frames)
{
	vec_deinit(&frames->frames);
}
