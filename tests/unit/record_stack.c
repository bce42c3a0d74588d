// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records stacks of a running process for test_bpf_recorded.c: stops a thread
 * at a random moment, lets the BPF unwinder (as native code) and libdw walk its
 * stack, and writes what the first needs and what the second found. Run by hand:
 *
 *	record_stack [-n STOPS] [-i MS] [-l call|ret|SECTION] [-w TEXT] [-d TEXT] -t TITLE -o FILE PID
 *
 * -l goes on instruction by instruction until the leaf has just been called, is
 * about to return or lies in a section (+SECTION: in the last part of a stub);
 * -w takes only stacks with such a frame.
 * Where libdw disagrees or gives up, both stacks are printed and none is
 * recorded, unless -d says why the native one is right. FILE is added to.
 * tests/unit/record_stacks has how the recordings in tests/golden/stacks were made.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "base/guard.h"
#include "profiler/proc.h"
#include "profiler/tables.h"
#include "profiler/unwind_pieces.h"
#include "record_stack.h"

enum {
	LINE = 256,
	MOST_STEPS = 500000,
	MOST_TRIES = 40, /* for each stop */
	MOST_NAME = 48,
	PUSHED = 11, /* bytes into a stub, it has pushed its number */
};

struct options {
	uint32_t n_stops, interval_ms;
	const char *leaf, *with, *differs, *title, *output;
	pid_t pid;
};

/* The process as the session would see it, at the moment of a stop. */
struct target {
	struct profile profile;
	struct modules modules;
	struct timeline timeline;
	struct tables tables;
	const struct process *process;
};

static const struct capture_tables no_maps;

static int target_load(struct target *target, pid_t pid)
{
	struct process *process;
	bool more = true;
	int err = profile_init(&target->profile);

	if (!err)
		err = modules_init(&target->modules, &target->profile);
	timeline_init(&target->timeline, &target->modules);
	if (!err)
		err = tables_init(&target->tables, &no_maps, &target->modules);
	if (!err)
		err = timeline_add(&target->timeline, pid);
	if (err)
		return err;
	process = target->timeline.processes.data[0];
	process->start_ns = NATIVE_START_NS;
	process->exec_id = NATIVE_EXEC_ID;
	target->process = process;
	err = tables_update(&target->tables, process);
	while (!err && more)
		err = tables_build(&target->tables, UINT64_MAX, &more);
	return err;
}

static void target_deinit(struct target *target)
{
	tables_deinit(&target->tables);
	timeline_deinit(&target->timeline);
	modules_deinit(&target->modules);
	profile_deinit(&target->profile);
	native_reset();
}

static uint32_t random_below(uint32_t n)
{
	uint32_t value = 0;

	return getrandom(&value, sizeof(value), 0) == sizeof(value) && n ? value % n : 0;
}

/* A thread that is running, if there is one. */
static pid_t pick_thread(pid_t pid)
{
	char path[LINE];
	guard_closedir DIR *dir = NULL;
	uint32_t n_running = 0;
	struct dirent *entry;
	pid_t picked = pid;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		guard_fclose FILE *stat = NULL;
		char state = 0;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, atoi(entry->d_name));
		stat = fopen(path, "re");
		if (stat && fscanf(stat, "%*d (%*[^)]) %c", &state) == 1 && state == 'R' &&
		    !random_below(++n_running))
			picked = atoi(entry->d_name);
	}
	return picked;
}

static int stop_thread(pid_t tid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, tid, 0, 0))
		return -errno;
	if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) || waitpid(tid, &status, __WALL) != tid ||
	    !WIFSTOPPED(status)) {
		ptrace(PTRACE_DETACH, tid, 0, 0);
		return -ESRCH;
	}
	return 0;
}

static int read_registers(pid_t tid, struct native_registers *ret)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, tid, 0, &r))
		return -errno;
	*ret = (struct native_registers){ { r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp, r.rsp,
					    r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15,
					    r.rip } };
	return 0;
}

/* The section of that name, of whichever module: in it or not. */
static bool in_section(const struct target *target, uint64_t pc, const char *name)
{
	const struct mapping *mapping = process_mapping(target->process, pc);
	guard(elf_file_deinit) struct elf_file file = {};
	const Elf64_Shdr *section;
	uint64_t vaddr;

	if (!mapping || target->modules.items.data[mapping->module].fd < 0 ||
	    elf_file_init(&file, target->modules.items.data[mapping->module].fd))
		return false;
	section = elf_file_section(&file, name);
	return section && elf_file_vaddr(&file, pc - mapping->start + mapping->offset, &vaddr) &&
	       vaddr - section->sh_addr < section->sh_size;
}

/* ret, or rep ret. */
static bool is_return(pid_t tid, uint64_t pc)
{
	uint64_t code = ptrace(PTRACE_PEEKTEXT, tid, pc, 0);

	return (code & 0xff) == 0xc3 || (code & 0xffff) == 0xc3f3;
}

/* Single steps until the leaf is where it is wanted. 0 or a negative errno. */
static int step_to_leaf(const struct options *options, const struct target *target, pid_t tid)
{
	struct user_regs_struct now, last = {};
	uint64_t last_stub = 0;
	int status;

	for (int i = 0; i < MOST_STEPS; i++) {
		if (ptrace(PTRACE_GETREGS, tid, 0, &now))
			return -errno;
		if (!strcmp(options->leaf, "ret")) {
			if (is_return(tid, now.rip))
				return 0;
		} else if (!strcmp(options->leaf, "call")) {
			if (i && now.rsp == last.rsp - 8 && now.rip - last.rip > 16)
				return 0;
		} else if (*options->leaf == '+') {
			if ((now.rip & 15) >= PUSHED && in_section(target, now.rip, options->leaf + 1))
				return 0;
		} else if (now.rip >> 4 != last_stub && in_section(target, now.rip, options->leaf)) {
			/* Stubs are 16 bytes: any place in it. */
			return 0;
		}
		last_stub = now.rip >> 4;
		last = now;
		if (ptrace(PTRACE_SINGLESTEP, tid, 0, 0) || waitpid(tid, &status, __WALL) != tid ||
		    !WIFSTOPPED(status))
			return -ESRCH;
	}
	return -EAGAIN;
}

static int compare_words(const void *a, const void *b)
{
	const struct stack_word *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static int keep_words(struct stack *stack, struct record_memory *memory)
{
	uint64_t last = 1;
	int err = 0;

	stack->words.n = 0;
	if (memory->words.n)
		qsort(memory->words.data, memory->words.n, sizeof(struct stack_word),
		      compare_words);
	vec_each(&memory->words, word) {
		/* One that is not aligned never equals another and stands on its own. */
		if (word->address != last)
			err = err ?: vec_push(&stack->words, *word);
		last = word->address;
	}
	return err;
}

/* The mappings in which words were read. */
static int keep_ranges(struct stack *stack, pid_t pid)
{
	char path[LINE], line[4096];
	guard_fclose FILE *maps = NULL;
	int err = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	stack->ranges.n = 0;
	while (!err && maps && fgets(line, sizeof(line), maps)) {
		struct stack_range range;
		bool wanted = false;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &range.start, &range.end) != 2)
			continue;
		vec_each(&stack->words, word)
			wanted |= word->address >= range.start && word->address < range.end;
		if (wanted)
			err = vec_push(&stack->ranges, range);
	}
	return err;
}

static void module_name(const struct target *target, uint32_t index, char *ret, size_t size)
{
	const struct profile *profile = &target->profile;
	uint32_t number = target->modules.items.data[index].number;
	const char *path =
		profile->strings.items.data[profile->modules.data[number].path].bytes;
	const char *slash = strrchr(path, '/');

	snprintf(ret, size, "%s", slash ? slash + 1 : path);
	for (char *c = ret; *c; c++)
		if (*c == ' ')
			*c = '_';
}

/* Finds the module in the file of stacks by its name and segments, or adds it. */
static int keep_module(struct stack_file *file, const struct target *target, uint32_t index,
		       const struct elf_file *elf, uint32_t *ret)
{
	struct stack_module new = {};
	char name[LINE];
	int err;

	module_name(target, index, name, sizeof(name));
	for (*ret = 0; *ret < file->modules.n; ++*ret) {
		const struct stack_module *old = &file->modules.data[*ret];

		if (!strcmp(old->name, name) && old->segments.n == elf->by_vaddr.n &&
		    !memcmp(old->segments.data, elf->by_vaddr.data,
			    elf->by_vaddr.n * sizeof(struct elf_segment)))
			return 0;
	}
	new.name = strdup(name);
	new.entry = unwind_entry_is_used(elf) ? elf->header.e_entry : 0;
	new.is_go = elf_file_section(elf, ".note.go.buildid");
	new.needs_others = record_needs_others(elf);
	err = vec_append(&new.segments, elf->by_vaddr.data, elf->by_vaddr.n);
	return err ? err : vec_push(&file->modules, new);
}

/* One mapping, and what is needed of its module if an address lies in it. */
static int keep_map(struct stack_file *file, struct stack *stack, const struct target *target,
		    const struct mapping *mapping, const struct native_walk *walk)
{
	struct stack_map map = { mapping->start, mapping->end, mapping->offset, STACK_NO_MODULE };
	int fd = target->modules.items.data[mapping->module].fd;
	guard(elf_file_deinit) struct elf_file elf = {};
	struct record_vaddrs vaddrs = {};
	int err = fd < 0 ? 0 : elf_file_init(&elf, fd);

	for (uint32_t i = 0; !err && fd >= 0 && i < 2 * walk->n; i++) {
		uint64_t address = (walk->addresses[i / 2] & ~WIRE_EXACT) - i % 2, vaddr;

		if (address >= mapping->start && address < mapping->end &&
		    elf_file_vaddr(&elf, address - mapping->start + mapping->offset, &vaddr))
			err = vec_push(&vaddrs.vaddrs, vaddr);
	}
	if (!err && vaddrs.vaddrs.n)
		err = keep_module(file, target, mapping->module, &elf, &map.module);
	if (!err && vaddrs.vaddrs.n)
		err = record_module(&elf, &vaddrs, &file->modules.data[map.module]);
	vec_deinit(&vaddrs.vaddrs);
	return err ? err : vec_push(&stack->maps, map);
}

static const char *frame_name(const struct record_frames *frames, uint32_t i, uint64_t address)
{
	return i < frames->frames.n && frames->frames.data[i].address == address ?
		       frames->frames.data[i].name : "?";
}

static int keep_frames(const struct stack_file *file, struct stack *stack,
		       const struct native_walk *walk, const struct record_frames *frames)
{
	char where[LINE];
	int err = 0;

	for (uint32_t i = 0; !err && i < walk->n; i++) {
		struct stack_frame frame;

		stack_where(file, stack, walk->addresses[i], where, sizeof(where));
		frame.where = strdup(where);
		frame.name = strndup(frame_name(frames, i, walk->addresses[i]), MOST_NAME);
		err = vec_push(&stack->frames, frame);
	}
	return err;
}

/* Both ways lead through the same addresses to the end. */
static bool walks_agree(const struct native_walk *walk, const struct record_frames *frames)
{
	if (walk->result != WIRE_WHOLE || frames->error[0] || walk->n != frames->frames.n)
		return false;
	for (uint32_t i = 0; i < walk->n; i++)
		if (walk->addresses[i] != frames->frames.data[i].address)
			return false;
	return true;
}

static bool walks_equal(const struct native_walk *a, const struct native_walk *b)
{
	return a->result == b->result && a->n == b->n &&
	       !memcmp(a->addresses, b->addresses, a->n * sizeof(a->addresses[0]));
}

static bool is_known(const struct stack_file *file, const struct stack *stack)
{
	vec_each(&file->stacks, old) {
		size_t i = 0;

		while (i < old->frames.n && i < stack->frames.n &&
		       !strcmp(old->frames.data[i].where, stack->frames.data[i].where))
			i++;
		if (i == old->frames.n && i == stack->frames.n)
			return true;
	}
	return false;
}

/* A function by libdw's names, or a module, has this in its name. */
static bool has_frame(const struct target *target, const struct native_walk *walk,
		      const struct record_frames *frames, const char *text)
{
	vec_each(&frames->frames, frame)
		if (strstr(frame->name, text))
			return true;
	for (uint32_t i = 0; i < walk->n; i++) {
		const struct mapping *mapping =
			process_mapping(target->process, (walk->addresses[i] & ~WIRE_EXACT) - 1);
		char name[LINE];

		if (mapping)
			module_name(target, mapping->module, name, sizeof(name));
		if (mapping && strstr(name, text))
			return true;
	}
	return false;
}

static void print_both(const struct target *target, const struct native_walk *walk,
		       const struct record_frames *frames)
{
	fprintf(stderr, "native: %s; libdw: %s\n", stack_result_name(walk->result),
		frames->error[0] ? frames->error : "end");
	for (uint32_t i = 0; i < walk->n || i < frames->frames.n; i++) {
		uint64_t ours = i < walk->n ? walk->addresses[i] : 0;
		uint64_t theirs = i < frames->frames.n ? frames->frames.data[i].address : 0;
		uint64_t pc = (ours ?: theirs) & ~WIRE_EXACT;
		const struct mapping *mapping = process_mapping(target->process, pc - 1);
		char name[LINE] = "?";

		if (mapping)
			module_name(target, mapping->module, name, sizeof(name));
		fprintf(stderr, "%c %16" PRIx64 " %16" PRIx64 " %s+0x%" PRIx64 " %s\n",
			ours == theirs ? ' ' : '*', ours, theirs, name,
			mapping ? pc - mapping->start + mapping->offset : 0,
			i < frames->frames.n ? frames->frames.data[i].name : "");
	}
}

/* What the two unwinders read together suffices most often; else all that ours read is kept. */
static int keep_memory(struct stack *stack, const struct options *options,
		       struct record_memory *memory, const struct native_walk *walk)
{
	static struct native_walk again;
	int err = keep_words(stack, memory);

	if (!err)
		err = keep_ranges(stack, options->pid);
	if (err)
		return err;
	native_walk(options->pid, &stack->registers, stack_read, stack, &again);
	if (walks_equal(&again, walk))
		return 0;
	memory->keeps_bulk = true;
	native_walk(options->pid, &stack->registers, record_read, memory, &again);
	err = keep_words(stack, memory);
	return err ? err : keep_ranges(stack, options->pid);
}

static int keep_stack(const struct options *options, const struct target *target,
		      const struct native_walk *walk, const struct record_frames *frames,
		      struct record_memory *memory, struct stack_file *file, struct stack *stack)
{
	int err = keep_memory(stack, options, memory, walk);

	for (size_t i = 0; !err && i < target->process->mappings.n; i++)
		err = keep_map(file, stack, target, &target->process->mappings.data[i], walk);
	if (!err)
		err = keep_frames(file, stack, walk, frames);
	stack->result = walk->result;
	stack->n_lookups = walk->n_lookups;
	stack->n_reads = walk->n_reads;
	stack->title = strdup(options->title);
	stack->differs = options->differs ? strdup(options->differs) : NULL;
	if (err || is_known(file, stack)) {
		stack_deinit(stack);
		return err;
	}
	fprintf(stderr, "recorded: %s, %u frames, %s to %s\n", stack->title, walk->n,
		stack->frames.data[0].where, stack->frames.data[stack->frames.n - 1].where);
	return vec_push(&file->stacks, *stack) ?: 1;
}

/* 1: recorded; 0: not this time; a negative errno. */
static int record(const struct options *options, const struct target *target, pid_t tid,
		  struct stack_file *file)
{
	static struct native_walk walk;
	struct record_memory memory = { .pid = options->pid };
	struct record_frames frames = {};
	struct stack stack = {};
	int err = read_registers(tid, &stack.registers);
	bool agree;

	if (err)
		return err;
	native_walk(options->pid, &stack.registers, record_read, &memory, &walk);
	err = record_libdw(options->pid, &stack.registers, &memory, &frames);
	agree = walks_agree(&walk, &frames);
	if (!err && (!options->with || has_frame(target, &walk, &frames, options->with))) {
		if (!agree)
			print_both(target, &walk, &frames);
		/* One that agrees is none where a difference is looked for. */
		if (agree == !options->differs)
			err = keep_stack(options, target, &walk, &frames, &memory, file, &stack);
	}
	record_frames_deinit(&frames);
	vec_deinit(&memory.words);
	return err;
}

static int stop_and_record(const struct options *options, struct stack_file *file)
{
	pid_t tid = pick_thread(options->pid);
	struct target target = {};
	int err = stop_thread(tid);

	if (err)
		return err;
	err = target_load(&target, options->pid);
	if (!err && options->leaf)
		err = step_to_leaf(options, &target, tid);
	if (!err)
		err = record(options, &target, tid, file);
	ptrace(PTRACE_DETACH, tid, 0, 0);
	target_deinit(&target);
	return err == -EAGAIN ? 0 : err;
}

static int record_all(const struct options *options, struct stack_file *file)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < options->n_stops * MOST_TRIES && n < options->n_stops; i++) {
		int err;

		usleep(1000 * (1 + random_below(2 * options->interval_ms)));
		err = stop_and_record(options, file);
		if (err < 0 && err != -ESRCH)
			return err;
		if (err == -ESRCH && kill(options->pid, 0))
			return err;
		n += err > 0;
	}
	return n ? 0 : -ENODATA;
}

static int write_file(const struct stack_file *file, const char *path)
{
	guard_fclose FILE *out = fopen(path, "we");

	return out ? stack_file_write(file, out) : -errno;
}

static int read_file(struct stack_file *file, const char *path)
{
	guard_fclose FILE *in = fopen(path, "re");

	*file = (struct stack_file){};
	return in ? stack_file_read(file, in) : 0;
}

static bool parse_options(struct options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:i:l:w:d:t:o:")) >= 0) {
		switch (option) {
		case 'n': options->n_stops = atoi(optarg); break;
		case 'i': options->interval_ms = atoi(optarg); break;
		case 'l': options->leaf = optarg; break;
		case 'w': options->with = optarg; break;
		case 'd': options->differs = optarg; break;
		case 't': options->title = optarg; break;
		case 'o': options->output = optarg; break;
		default: return false;
		}
	}
	options->pid = optind < argc ? atoi(argv[optind]) : 0;
	return options->pid > 0 && options->title && options->output;
}

int main(int argc, char **argv)
{
	struct options options = { .n_stops = 3, .interval_ms = 50 };
	struct stack_file file;
	int err;

	if (!parse_options(&options, argc, argv)) {
		fprintf(stderr, "usage: record_stack [-n STOPS] [-i MS] [-l call|ret|SECTION] "
				"[-w TEXT] [-d TEXT] -t TITLE -o FILE PID\n");
		return 2;
	}
	err = read_file(&file, options.output);
	if (!err)
		err = record_all(&options, &file);
	if (!err)
		err = write_file(&file, options.output);
	if (err)
		fprintf(stderr, "record_stack: %s: %s %d\n", options.output,
			err < 0 ? strerror(-err) : "line", abs(err));
	stack_file_deinit(&file);
	return !!err;
}
