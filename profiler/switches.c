// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads bpf/switches.bpf.c with sizes fit for this machine and the capture's
 * maps, starts and stops it. What it has counted is read in switches_collect.c.
 */
#include "profiler/switches.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/guard.h"
#include "profiler/kernel_types.h"
#include "profiler/switches_private.h"

enum {
	RING_BYTES = 32 << 20,
	COPY_RING_BYTES = 32 << 20,
	USER_STACKMAP_ENTRIES = 1 << 18,
	KERNEL_STACKMAP_ENTRIES = 1 << 16,
	WAKER_MAP_ENTRIES = 1 << 16,
	MAX_COPY_PAGES = 4, /* the run queue is locked while they are copied */
	MIN_THREADS = 16384,
	DRAIN_AT_ONCE = 1 << 17, /* records */
	END_MARGIN_NS = 1000000,
	SETTLE_NS = 20000000,
	INIT_PID_NS_INUM = 0xEFFFFFFC, /* PROC_PID_INIT_INO, include/linux/proc_ns.h */
};

void switches_settle(void)
{
	const struct timespec wait = { .tv_nsec = SETTLE_NS };

	/* This waits for a grace period of RCU, which programs run under. Where some CPUs never tick
	 * it is not to be had: programs end within microseconds. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		nanosleep(&wait, NULL);
}

static int switches_on_record(void *ctx, void *data, size_t size)
{
	struct switches *switches = ctx;
	int err = switches_own_record(switches, data, size);

	if (err == -ENOENT)
		err = switches->record(switches->record_ctx, data, size);
	return err || ++switches->n_drained < DRAIN_AT_ONCE ? err : -EAGAIN;
}

static int switches_on_copy(void *ctx, void *data, size_t size)
{
	struct switches *switches = ctx;

	return switches->record(switches->record_ctx, data, size);
}

static uint32_t n_threads(const struct switches_options *options)
{
	uint32_t n = MIN_THREADS;

	while (n < 2 * (uint64_t)options->n_threads && n < 1U << 22)
		n *= 2;
	return n;
}

static int switches_size(const struct switches *switches)
{
	const struct switches_bpf *skeleton = switches->skeleton;
	int err = bpf_map__set_max_entries(skeleton->maps.sample_ring, RING_BYTES);

	if (!err && skeleton->rodata->config.copies)
		err = bpf_map__set_max_entries(skeleton->maps.copy_ring, COPY_RING_BYTES);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.user_stackmap, USER_STACKMAP_ENTRIES);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.kernel_stackmap,
					       KERNEL_STACKMAP_ENTRIES);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.waker_map, WAKER_MAP_ENTRIES);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.waits_even, SWITCHES_WAITS);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.waits_odd, SWITCHES_WAITS);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.switch_threads,
					       n_threads(&switches->options));
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.first_places,
					       n_threads(&switches->options));
	return err;
}

/* Which code interrupts, and not exceptions, enter by: it stands first in the kernel's symbols. Where
 * addresses are hidden both ends are 0, and an interrupt's wake-up looks as if it were a task's. */
static void find_irq_entry(struct switches_config *config)
{
	guard_fclose FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], name[128];
	unsigned long address;

	while (file && !config->irq_entry_end && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx %*c %127s", &address, name) != 2)
			continue;
		if (!strcmp(name, "asm_common_interrupt"))
			config->irq_entry_start = address;
		else if (!strcmp(name, "__irqentry_text_end"))
			config->irq_entry_end = address;
	}
}

/* Whether most stacks would be taken in vain. */
static bool takes_some(const struct switches_options *options)
{
	return options->rate_interval_ns || options->min_block_ns ||
	       options->max_block_ns != UINT64_MAX ||
	       ~options->states & ((1U << WIRE_STATES) - 1);
}

/* One that has no trace event is told of by the kernel's types alone. */
static bool has_tracepoint(const char *name)
{
	struct btf *types = btf__load_vmlinux_btf();
	char type[64];
	int id;

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	id = btf__find_by_name_kind(types, type, BTF_KIND_TYPEDEF);
	btf__free(types);
	return id > 0;
}

static int switches_configure(struct switches *switches)
{
	const struct switches_options *options = &switches->options;
	/* rodata is const for the programs; before loading it is ours to write. */
	struct wire_config *config = (struct wire_config *)&switches->skeleton->rodata->config;
	struct switches_config *own =
		(struct switches_config *)&switches->skeleton->rodata->switches_config;
	struct stat ns;

	if (stat("/proc/self/ns/pid", &ns))
		return -errno;
	*config = options->config;
	config->pid_ns_inum = ns.st_ino;
	config->in_init_pid_ns = ns.st_ino == INIT_PID_NS_INUM;
	config->user_stackmap_mask = USER_STACKMAP_ENTRIES - 1;
	config->kernel_stackmap_mask = KERNEL_STACKMAP_ENTRIES - 1;
	config->ring_wakeup = RING_BYTES / 16;
	config->copy_wakeup = COPY_RING_BYTES / 4;
	config->cfi = config->cfi && switches->modern && capture_tables(options->capture);
	if (!switches->modern && config->copies == COPY_UNTABLED)
		config->copies = COPY_ALL;
	if (config->copy_pages > MAX_COPY_PAGES)
		config->copy_pages = MAX_COPY_PAGES;
	*own = (struct switches_config){
		.own_pid = getpid(),
		.states = options->states,
		.min_block_ns = options->min_block_ns,
		.max_block_ns = options->max_block_ns,
		.interval_ns = options->rate_interval_ns,
		.wakers = options->wakers,
		.late = switches->modern && !options->wakers && takes_some(options) &&
			has_tracepoint("sched_exit_tp"),
		.waker_map_mask = WAKER_MAP_ENTRIES - 1,
	};
	if (options->wakers)
		find_irq_entry(own);
	switches->skeleton->bss->end_ns = UINT64_MAX;
	return switches_size(switches);
}

/* Targets, and all that walks by table go by, are the capture's. */
static int switches_share(const struct switches *switches)
{
	static const char *const names[] = {
		"processes", "threads", "unwind_processes", "unwind_mappings", "unwind_modules",
		"unwind_pages", "unwind_rules", "unwind_chunks", "unwind_marks",
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(names) / sizeof(*names); i++) {
		struct bpf_map *map =
			bpf_object__find_map_by_name(switches->skeleton->obj, names[i]);
		int fd = capture_map_fd(switches->options.capture, names[i]);

		/* What no program uses libbpf leaves out. */
		if (map)
			err = fd < 0 ? fd : bpf_map__reuse_fd(map, fd);
	}
	return err;
}

static void switches_choose(const struct switches *switches)
{
	const struct switches_bpf *skeleton = switches->skeleton;
	bool modern = switches->modern;

	bpf_program__set_autoload(skeleton->progs.task_switch, modern);
	bpf_program__set_autoload(skeleton->progs.task_wakeup, modern);
	bpf_program__set_autoload(skeleton->progs.task_wakeup_new, modern);
	bpf_program__set_autoload(skeleton->progs.task_switched,
				  skeleton->rodata->switches_config.late);
	bpf_program__set_autoload(skeleton->progs.task_waking,
				  modern && switches->options.wakers);
	bpf_program__set_autoload(skeleton->progs.task_waking_old,
				  !modern && switches->options.wakers);
	bpf_program__set_autoload(skeleton->progs.task_switch_old, !modern);
	bpf_program__set_autoload(skeleton->progs.task_wakeup_old, !modern);
	bpf_program__set_autoload(skeleton->progs.task_wakeup_new_old, !modern);
}

/* With the types of the kernel that the programs use: see capture.c. */
static struct switches_bpf *switches_open(struct switches *switches)
{
	char path[32];
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = path);
	struct switches_bpf *skeleton;

	switches->types_fd = memfd_create("kernel types", MFD_CLOEXEC);
	if (switches->types_fd < 0)
		return switches_bpf__open();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", switches->types_fd);
	skeleton = switches_bpf__open_opts(&options);
	/* It is read only when the programs are loaded. */
	if (!skeleton ||
	    !kernel_types_write(bpf_object__btf(skeleton->obj), switches->types_fd))
		return skeleton;
	switches_bpf__destroy(skeleton);
	return switches_bpf__open();
}

static void switches_unload(struct switches *switches)
{
	switches_bpf__destroy(switches->skeleton);
	switches->skeleton = NULL;
	if (switches->types_fd >= 0)
		close(switches->types_fd);
	switches->types_fd = -1;
}

static int switches_load(struct switches *switches, bool modern)
{
	int err;

	switches->modern = modern;
	switches->skeleton = switches_open(switches);
	if (!switches->skeleton)
		return -errno;
	err = switches_configure(switches);
	if (!err)
		err = switches_share(switches);
	if (!err) {
		switches_choose(switches);
		err = switches_bpf__load(switches->skeleton);
	}
	if (err)
		switches_unload(switches);
	return err;
}

static int switches_start(struct switches *switches)
{
	int err = -EOPNOTSUPP;

	if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_PERF_EVENT, BPF_FUNC_loop, NULL) == 1)
		err = switches_load(switches, true);
	if (err)
		err = switches_load(switches, false);
	if (err)
		return err;
	switches_list_load(switches);
	switches->rings = ring_buffer__new(bpf_map__fd(switches->skeleton->maps.sample_ring),
					   switches_on_record, switches, NULL);
	if (!switches->rings)
		return -errno;
	return ring_buffer__add(switches->rings, bpf_map__fd(switches->skeleton->maps.copy_ring),
				switches_on_copy, switches);
}

int switches_create(const struct switches_options *options, struct switches **ret)
{
	struct switches *switches = calloc(1, sizeof(*switches));
	int err;

	if (!switches)
		return -ENOMEM;
	switches->options = *options;
	switches->types_fd = switches->list_types_fd = -1;
	switches->n_cpus = libbpf_num_possible_cpus();
	err = switches->n_cpus < 0 ? switches->n_cpus : switches_start(switches);
	if (err)
		switches_destroy(switches);
	else
		*ret = switches;
	return err;
}

bool switches_are_direct(const struct switches *switches)
{
	return switches->modern;
}

void switches_destroy(struct switches *switches)
{
	if (!switches)
		return;
	ring_buffer__free(switches->rings);
	switches_list_unload(switches);
	switches_unload(switches);
	idmap_deinit(&switches->waker_by_id);
	vec_deinit(&switches->wakers);
	vec_deinit(&switches->pending);
	vec_deinit(&switches->ledgers);
	free(switches);
}

int switches_begin(struct switches *switches, uint64_t *ret_start_ns)
{
	volatile struct switches_bpf__bss *bss = switches->skeleton->bss;
	int err = switches_bpf__attach(switches->skeleton);

	if (err)
		return err;
	err = switches_list(switches, 0, LIST_FIRST);
	if (err)
		return err;
	*ret_start_ns = clock_monotonic_ns();
	bss->start_ns = *ret_start_ns;
	/* What programs that began before it have missed shows in the states of tasks by then. */
	switches_settle();
	err = switches_list(switches, *ret_start_ns, LIST_START);
	bss->listed = 1;
	return err;
}

int switches_end(struct switches *switches, uint64_t *ret_end_ns)
{
	volatile struct switches_bpf__bss *bss = switches->skeleton->bss;
	int err;

	/* A program may have looked at the end just before it was set: it must lie ahead then. */
	do {
		switches->end_ns = clock_monotonic_ns() + END_MARGIN_NS;
		bss->end_ns = switches->end_ns;
	} while (clock_monotonic_ns() >= switches->end_ns);
	while (clock_monotonic_ns() < switches->end_ns)
		nanosleep(&(struct timespec){ .tv_nsec = END_MARGIN_NS / 4 }, NULL);
	switches_settle();
	switches->ended = true;
	*ret_end_ns = switches->end_ns;
	err = switches->modern ? switches_list(switches, 0, LIST_OPEN) : 0;
	switches->knows_there = switches->modern && switches->list && !err;
	switches_bpf__detach(switches->skeleton);
	return err;
}

int switches_poll_fd(const struct switches *switches)
{
	return ring_buffer__epoll_fd(switches->rings);
}

int switches_drain(struct switches *switches, capture_record record, void *ctx, bool *ret_left)
{
	int n;

	switches->record = record;
	switches->record_ctx = ctx;
	switches->n_drained = 0;
	n = ring_buffer__consume(switches->rings);
	*ret_left = n == -EAGAIN;
	return n < 0 && !*ret_left ? n : 0;
}

static int switches_count(const struct switches *switches, uint32_t counter, uint64_t *ret)
{
	guard_free uint64_t *values = calloc(switches->n_cpus, sizeof(*values));

	*ret = 0;
	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(switches->skeleton->maps.counters), &counter, values))
		return -errno;
	for (int cpu = 0; cpu < switches->n_cpus; cpu++)
		*ret += values[cpu];
	return 0;
}

int switches_counts(const struct switches *switches, struct switches_counts *ret)
{
	const struct {
		uint32_t counter;
		uint64_t *to;
	} counters[] = {
		{ COUNT_FILTERED, &ret->n_filtered },
		{ COUNT_FILTERED_NS, &ret->filtered_ns },
		{ COUNT_WAITS_FULL, &ret->n_lost },
		{ COUNT_WAITS_FULL_NS, &ret->lost_ns },
		{ COUNT_THREADS_FULL, &ret->n_threads_full },
		{ COUNT_STACK_LOST, &ret->n_stacks_lost },
		{ COUNT_LEDGER_LOST, &ret->n_ledgers_lost },
		{ COUNT_COPIES, &ret->n_copies },
		{ COUNT_COPY_OVER_BUDGET, &ret->n_copies_over_budget },
		{ COUNT_COPY_LOST, &ret->n_copies_lost },
		{ COUNT_UNWOKEN, &ret->n_unwoken },
		{ COUNT_UNSEEN, &ret->n_unseen },
		{ COUNT_WAKER_LOST, &ret->n_wakers_lost },
		{ COUNT_RATED_NS, &ret->rated_ns },
	};
	int err = 0;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; !err && i < sizeof(counters) / sizeof(*counters); i++)
		err = switches_count(switches, counters[i].counter, counters[i].to);
	ret->n_wakers_lost += switches->n_wakers_refused;
	ret->n_filtered += switches->n_filtered;
	ret->filtered_ns += switches->filtered_ns;
	ret->rated_ns += switches->rated_ns;
	ret->n_ends_unseen = switches->n_ends_unseen;
	ret->n_waits = switches->n_waits + ret->n_filtered + ret->n_lost;
	ret->waits_ns = switches->waits_ns + ret->filtered_ns + ret->lost_ns;
	return err;
}

void switches_run_time(const struct switches *switches, uint64_t *ret_ns, uint64_t *ret_runs)
{
	struct bpf_program *program;

	*ret_ns = *ret_runs = 0;
	bpf_object__for_each_program(program, switches->skeleton->obj) {
		struct bpf_prog_info info = {};
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		*ret_ns += info.run_time_ns;
		*ret_runs += info.run_cnt;
	}
}
