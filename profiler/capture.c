// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads bpf/sampler.bpf.c through its skeleton with sizes fit for this
 * machine, and reads its rings and counters. Raising RLIMIT_MEMLOCK is tried
 * for kernels before 5.11, which charge maps to it; failing is no error, since
 * later ones do not.
 */
#include "profiler/capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/guard.h"
#include "bpf/sampler.skel.h"
#include "profiler/event.h"
#include "profiler/kernel_types.h"

enum {
	RING_BYTES_PER_CPU = 512 * 1024,
	RING_BYTES_MIN = 8 * 1024 * 1024,
	RING_BYTES_MAX = 64 * 1024 * 1024,
	COPY_RING_BYTES = 8 * 1024 * 1024,
	USER_STACKMAP_ENTRIES = 1 << 18, /* 2 MB */
	KERNEL_STACKMAP_ENTRIES = 1 << 16,
	DRAIN_AT_ONCE = 1 << 17, /* records */
	INIT_PID_NS_INUM = 0xEFFFFFFC, /* PROC_PID_INIT_INO, include/linux/proc_ns.h */
};

struct capture {
	struct sampler *skeleton;
	struct ring_buffer *rings;
	capture_record record; /* of the drain under way */
	void *record_ctx;
	uint32_t n_drained; /* samples and stacks */
	int remap_event_fd;
	int types_fd; /* of kernel_types_write(): read when the programs are loaded */
	int n_cpus;
	struct capture_tables tables;
	struct unwind_marks *marks; /* mapped */
	bool cfi;
	enum wire_copies copies;
	struct bpf_program *sampler; /* the one of two that this kernel can run */
};

static int capture_print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

static int capture_print(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, format, args);
}

static int capture_on_process(void *ctx, void *data, size_t size)
{
	struct capture *capture = ctx;

	return capture->record(capture->record_ctx, data, size);
}

/* libbpf has consumed the record by then, also when it is told to stop. */
static int capture_on_sample(void *ctx, void *data, size_t size)
{
	struct capture *capture = ctx;
	int err = capture->record(capture->record_ctx, data, size);

	return err || ++capture->n_drained < DRAIN_AT_ONCE ? err : -EAGAIN;
}

static size_t round_to_power(size_t n)
{
	size_t power = sysconf(_SC_PAGESIZE);

	while (power < n)
		power *= 2;
	return power;
}

static size_t ring_bytes(const struct capture_options *options, int n_cpus)
{
	size_t bytes = (size_t)n_cpus * RING_BYTES_PER_CPU;

	if (options->ring_bytes)
		return round_to_power(options->ring_bytes);
	if (bytes < RING_BYTES_MIN)
		bytes = RING_BYTES_MIN;
	if (bytes > RING_BYTES_MAX)
		bytes = RING_BYTES_MAX;
	return round_to_power(bytes);
}

/* The kernel takes a millisecond or two to make a large hash table. */
static int capture_size_processes(struct capture *capture, const struct capture_options *options)
{
	const struct wire_config *config = &options->config;
	struct sampler *skeleton = capture->skeleton;
	uint32_t n = options->n_targets ? options->n_targets : 1;
	int err = 0;

	if (config->filter != FILTER_THREAD)
		err = bpf_map__set_max_entries(skeleton->maps.threads, n);
	if (!err && !config->follow && config->filter != FILTER_PROCESS)
		err = bpf_map__set_max_entries(skeleton->maps.processes, n);
	if (!err && !config->cfi)
		err = bpf_map__set_max_entries(skeleton->maps.unwind_processes, 1);
	return err;
}

static int capture_configure(struct capture *capture, const struct capture_options *options)
{
	struct sampler *skeleton = capture->skeleton;
	/* rodata is const for the programs; before loading it is ours to write. */
	struct wire_config *config = (struct wire_config *)&skeleton->rodata->config;
	size_t bytes = ring_bytes(options, capture->n_cpus);
	struct stat ns;
	int err;

	if (stat("/proc/self/ns/pid", &ns))
		return -errno;
	*config = options->config;
	config->pid_ns_inum = ns.st_ino;
	config->in_init_pid_ns = ns.st_ino == INIT_PID_NS_INUM;
	config->user_stackmap_mask = USER_STACKMAP_ENTRIES - 1;
	config->kernel_stackmap_mask = KERNEL_STACKMAP_ENTRIES - 1;
	config->ring_wakeup = bytes / 8;
	config->copy_wakeup = COPY_RING_BYTES / 4;
	err = bpf_map__set_max_entries(skeleton->maps.sample_ring, bytes);
	if (!err && config->copies)
		err = bpf_map__set_max_entries(skeleton->maps.copy_ring, COPY_RING_BYTES);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.user_stackmap, USER_STACKMAP_ENTRIES);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.kernel_stackmap,
					       KERNEL_STACKMAP_ENTRIES);
	return err ? err : capture_size_processes(capture, options);
}

/* Number of a tracepoint, from a tracefs of our own that is mounted nowhere (Linux 5.2). */
static int tracepoint_id(const char *path, uint64_t *ret)
{
	guard_close int fs = syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	guard_close int mount = -1, file = -1;
	char text[32] = "";

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	mount = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (mount < 0)
		return -errno;
	file = openat(mount, path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || read(file, text, sizeof(text) - 1) <= 0)
		return -errno;
	*ret = strtoull(text, NULL, 10);
	return 0;
}

static int open_remaps(bool disabled)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .type = PERF_TYPE_TRACEPOINT };
	uint64_t id = 0;
	int err = tracepoint_id("events/syscalls/sys_enter_mremap/id", &id);

	if (err)
		return err;
	attr.config = id;
	attr.sample_period = 1;
	attr.disabled = disabled;
	return event_open(&attr, -1, 0, -1, 0);
}

int capture_hold(void)
{
	return open_remaps(true);
}

/* A program on one CPU's tracepoint event runs on every CPU: the event only carries it. */
static int capture_watch_remaps(struct capture *capture)
{
	capture->remap_event_fd = open_remaps(false);
	if (capture->remap_event_fd < 0)
		return capture->remap_event_fd;
	if (ioctl(capture->remap_event_fd, PERF_EVENT_IOC_SET_BPF,
		  bpf_program__fd(capture->skeleton->progs.enter_mremap)) ||
	    ioctl(capture->remap_event_fd, PERF_EVENT_IOC_ENABLE, 0))
		return -errno;
	return 0;
}

static int capture_attach(struct capture *capture)
{
	struct sampler *skeleton = capture->skeleton;

	skeleton->links.process_fork = bpf_program__attach(skeleton->progs.process_fork);
	if (!skeleton->links.process_fork)
		return -errno;
	skeleton->links.process_exec = bpf_program__attach(skeleton->progs.process_exec);
	if (!skeleton->links.process_exec)
		return -errno;
	skeleton->links.process_exit = bpf_program__attach(skeleton->progs.process_exit);
	if (!skeleton->links.process_exit)
		return -errno;
	/* Without tracefs a moved mapping goes unseen: rare, and no reason not to record. */
	if (capture_watch_remaps(capture) && capture->remap_event_fd >= 0) {
		close(capture->remap_event_fd);
		capture->remap_event_fd = -1;
	}
	return 0;
}

static void capture_choose(struct capture *capture)
{
	bool loop = libbpf_probe_bpf_helper(BPF_PROG_TYPE_PERF_EVENT, BPF_FUNC_loop, NULL) == 1;
	struct sampler *skeleton = capture->skeleton;
	struct wire_config *config = (struct wire_config *)&skeleton->rodata->config;

	capture->sampler = loop ? skeleton->progs.take_sample :
				  skeleton->progs.take_sample_bounded;
	bpf_program__set_autoload(skeleton->progs.take_sample, loop);
	bpf_program__set_autoload(skeleton->progs.take_sample_bounded, !loop);
	capture->cfi = loop && config->cfi;
	config->cfi = capture->cfi;
	/* Without tables, nothing else gives whole stacks. */
	if (!loop && config->copies == COPY_UNTABLED)
		config->copies = COPY_ALL;
	capture->copies = config->copies;
}

/* What walks tell of the modules they meet: of all BPF objects that share the map. */
static int capture_map_marks(struct capture *capture)
{
	struct unwind_marks *marks = mmap(NULL, sizeof(*marks), PROT_READ | PROT_WRITE, MAP_SHARED,
					  bpf_map__fd(capture->skeleton->maps.unwind_marks), 0);

	if (marks == MAP_FAILED)
		return -errno;
	capture->marks = marks;
	capture->tables.used = marks->used;
	capture->tables.missed = marks->missed;
	return 0;
}

static int capture_start(struct capture *capture, const struct capture_options *options)
{
	int err = capture_configure(capture, options);

	if (err)
		return err;
	capture_choose(capture);
	err = sampler__load(capture->skeleton);
	if (err)
		return err;
	capture->tables = (struct capture_tables){
		.rules_fd = bpf_map__fd(capture->skeleton->maps.unwind_rules),
		.chunks_fd = bpf_map__fd(capture->skeleton->maps.unwind_chunks),
		.pages_fd = bpf_map__fd(capture->skeleton->maps.unwind_pages),
		.modules_fd = bpf_map__fd(capture->skeleton->maps.unwind_modules),
		.mappings_fd = bpf_map__fd(capture->skeleton->maps.unwind_mappings),
		.processes_fd = bpf_map__fd(capture->skeleton->maps.unwind_processes),
	};
	err = capture_map_marks(capture);
	if (err)
		return err;
	/* Samples last: stopping among them must not leave the other ring undrained. */
	capture->rings = ring_buffer__new(bpf_map__fd(capture->skeleton->maps.process_ring),
					  capture_on_process, capture, NULL);
	if (!capture->rings)
		return -errno;
	err = ring_buffer__add(capture->rings, bpf_map__fd(capture->skeleton->maps.sample_ring),
			       capture_on_sample, capture);
	/* After the samples', so that a sample that is there has its copy there, too. */
	if (!err)
		err = ring_buffer__add(capture->rings,
				       bpf_map__fd(capture->skeleton->maps.copy_ring),
				       capture_on_process, capture);
	return err ? err : capture_attach(capture);
}

/* With the types of the kernel that the programs use, and without any, should that fail: libbpf
 * then finds them by itself. */
static struct sampler *capture_open(struct capture *capture)
{
	char path[32];
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = path);
	struct sampler *skeleton;

	capture->types_fd = memfd_create("kernel types", MFD_CLOEXEC);
	if (capture->types_fd < 0)
		return sampler__open();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", capture->types_fd);
	skeleton = sampler__open_opts(&options);
	/* It is read only when the programs are loaded. */
	if (!skeleton ||
	    !kernel_types_write(bpf_object__btf(skeleton->obj), capture->types_fd))
		return skeleton;
	sampler__destroy(skeleton);
	return sampler__open();
}

int capture_create(const struct capture_options *options, struct capture **ret)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	int err = -ENOMEM;

	if (!capture)
		return -ENOMEM;
	capture->remap_event_fd = capture->types_fd = -1;
	libbpf_set_print(options->verbose ? capture_print : capture_print_nothing);
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		err = -EOPNOTSUPP;
		goto fail;
	}
	capture->n_cpus = libbpf_num_possible_cpus();
	if (capture->n_cpus < 0) {
		err = capture->n_cpus;
		goto fail;
	}
	capture->skeleton = capture_open(capture);
	if (!capture->skeleton) {
		err = -errno;
		goto fail;
	}
	err = capture_start(capture, options);
	if (err)
		goto fail;
	*ret = capture;
	return 0;
fail:
	capture_destroy(capture);
	return err;
}

void capture_destroy(struct capture *capture)
{
	if (!capture)
		return;
	if (capture->remap_event_fd >= 0)
		close(capture->remap_event_fd);
	if (capture->types_fd >= 0)
		close(capture->types_fd);
	if (capture->marks)
		munmap(capture->marks, sizeof(*capture->marks));
	ring_buffer__free(capture->rings);
	sampler__destroy(capture->skeleton);
	free(capture);
}

int capture_program_fd(const struct capture *capture)
{
	return bpf_program__fd(capture->sampler);
}

int capture_add_process(struct capture *capture, pid_t pid, uint64_t start_ticks)
{
	struct wire_process process = { .start_ticks = start_ticks };

	return bpf_map_update_elem(bpf_map__fd(capture->skeleton->maps.processes), &pid, &process,
				   BPF_ANY);
}

int capture_add_thread(struct capture *capture, pid_t tid, uint64_t start_ticks)
{
	return bpf_map_update_elem(bpf_map__fd(capture->skeleton->maps.threads), &tid,
				   &start_ticks, BPF_ANY);
}

int capture_poll_fd(const struct capture *capture)
{
	return ring_buffer__epoll_fd(capture->rings);
}

int capture_drain(struct capture *capture, capture_record record, void *ctx, bool *ret_left)
{
	int n;

	capture->record = record;
	capture->record_ctx = ctx;
	capture->n_drained = 0;
	n = ring_buffer__consume(capture->rings);
	*ret_left = n == -EAGAIN;
	return n < 0 && !*ret_left ? n : 0;
}

int capture_counts(const struct capture *capture, struct capture_counts *ret)
{
	guard_free uint64_t *values = calloc(capture->n_cpus, sizeof(*values));
	int fd = bpf_map__fd(capture->skeleton->maps.counters);

	memset(ret, 0, sizeof(*ret));
	if (!values)
		return -ENOMEM;
	for (uint32_t counter = 0; counter < COUNT_N; counter++) {
		if (bpf_map_lookup_elem(fd, &counter, values))
			return -errno;
		for (int cpu = 0; cpu < capture->n_cpus; cpu++)
			ret->n[counter] += values[cpu];
	}
	return 0;
}

int capture_widen(struct capture *capture)
{
	const struct bpf_map *bss = capture->skeleton->maps.bss;
	uint32_t zero = 0;

	/* Where the kernel can map it (5.5) this is enough. */
	capture->skeleton->bss->widened = 1;
	return bpf_map_update_elem(bpf_map__fd(bss), &zero, capture->skeleton->bss, BPF_ANY) ?
		       -errno : 0;
}

uint64_t capture_lost(const struct capture *capture)
{
	struct capture_counts counts;

	return capture_counts(capture, &counts) ? 0 : counts.n[COUNT_SAMPLE_LOST];
}

const struct capture_tables *capture_tables(const struct capture *capture)
{
	return capture->cfi ? &capture->tables : NULL;
}

enum wire_copies capture_copies(const struct capture *capture)
{
	return capture->copies;
}

int capture_map_fd(const struct capture *capture, const char *name)
{
	return bpf_object__find_map_fd_by_name(capture->skeleton->obj, name);
}

void capture_run_time(const struct capture *capture, uint64_t *ret_ns, uint64_t *ret_runs)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);

	*ret_ns = *ret_runs = 0;
	if (bpf_obj_get_info_by_fd(capture_program_fd(capture), &info, &size))
		return;
	*ret_ns = info.run_time_ns;
	*ret_runs = info.run_cnt;
}
