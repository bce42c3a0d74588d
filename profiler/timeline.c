// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Applies execs, mappings, forks and exits to the processes. Maps that are
 * read from /proc show a later moment than the events that are still to be
 * applied; applying those again leads to the same end, because every new
 * executable mapping has a record.
 */
#include "profiler/timeline.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/proc.h"

enum {
	PAGE_BYTES = 4096,
	START_TICK_NS = 10000000,
	SWEEP_LEAST = 1024,
};
/* A sample whose stack came late may still ask for a process that is gone. */
static const uint64_t FORGET_NS = 10000000000;
/* When a lost record's process is no zombie any more. */
static const uint64_t LOOK_AFTER_NS = 1000000000;

void timeline_init(struct timeline *timeline, struct modules *modules)
{
	memset(timeline, 0, sizeof(*timeline));
	timeline->modules = modules;
}

void timeline_deinit(struct timeline *timeline)
{
	vec_each(&timeline->processes, process) {
		vec_deinit(&(*process)->mappings);
		free(*process);
	}
	vec_deinit(&timeline->processes);
	vec_deinit(&timeline->changed);
	idmap_deinit(&timeline->by_pid);
}

struct process *timeline_find(const struct timeline *timeline, pid_t pid)
{
	uint32_t i;

	return idmap_find(&timeline->by_pid, pid, &i) ? timeline->processes.data[i] : NULL;
}

int timeline_mark(struct timeline *timeline, struct process *process)
{
	if (process->changed)
		return 0;
	process->changed = true;
	return vec_push(&timeline->changed, process);
}

/* A pid's place is reused with the pid, so that memory is bounded by the pids there are. */
static int timeline_new(struct timeline *timeline, pid_t pid, struct process **ret)
{
	struct process *process = timeline_find(timeline, pid);
	int err = 0;

	if (!process) {
		process = calloc(1, sizeof(*process));
		if (!process)
			return -ENOMEM;
		err = vec_push(&timeline->processes, process);
		if (err) {
			free(process);
			return err;
		}
		err = idmap_put(&timeline->by_pid, pid, timeline->processes.n - 1);
	}
	process->pid = pid;
	process->start_ns = 0;
	process->serial = ++timeline->n_serials;
	process->epoch = 0;
	process->exec_id = 0;
	process->known = process->gone = process->stale = process->replaced = false;
	process->absent = process->untabled = process->exec_told = false;
	process->mappings.n = 0;
	*ret = process;
	return err;
}

/* Number of mappings that end at or below the address: where it is, or would go. */
static size_t mapping_place(const struct process *process, uint64_t address)
{
	size_t low = 0, high = process->mappings.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->mappings.data[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct mapping *process_mapping(const struct process *process, uint64_t address)
{
	size_t place = mapping_place(process, address);

	if (place == process->mappings.n || process->mappings.data[place].start > address)
		return NULL;
	return &process->mappings.data[place];
}

/* Takes a range out of the mappings; what reaches beyond it is kept. */
static int mappings_cut(struct process *process, uint64_t start, uint64_t end)
{
	size_t first = mapping_place(process, start), last = first;
	struct mapping keep[2];
	size_t n_keep = 0;
	int err;

	while (last < process->mappings.n && process->mappings.data[last].start < end) {
		const struct mapping *old = &process->mappings.data[last++];

		if (old->start < start) {
			keep[n_keep] = *old;
			keep[n_keep++].end = start;
		}
		if (old->end > end) {
			keep[n_keep] = *old;
			keep[n_keep].offset += end - old->start;
			keep[n_keep++].start = end;
		}
	}
	/* One mapping can become two. */
	err = vec_reserve(&process->mappings, process->mappings.n + 1);
	if (err)
		return err;
	memmove(process->mappings.data + first + n_keep, process->mappings.data + last,
		(process->mappings.n - last) * sizeof(struct mapping));
	memcpy(process->mappings.data + first, keep, n_keep * sizeof(struct mapping));
	process->mappings.n += n_keep;
	process->mappings.n -= last - first;
	return 0;
}

static int mappings_put(struct process *process, const struct mapping *mapping)
{
	const struct mapping *old = process_mapping(process, mapping->start);
	size_t place;
	int err;

	/* The same again, as after reading maps: nothing that was resolved is void. */
	if (old && old->module == mapping->module && old->end >= mapping->end &&
	    old->offset + (mapping->start - old->start) == mapping->offset)
		return 0;
	process->epoch++;
	err = mappings_cut(process, mapping->start, mapping->end);
	if (!err)
		err = vec_reserve(&process->mappings, process->mappings.n + 1);
	if (err)
		return err;
	place = mapping_place(process, mapping->start);
	memmove(process->mappings.data + place + 1, process->mappings.data + place,
		(process->mappings.n - place) * sizeof(struct mapping));
	process->mappings.data[place] = *mapping;
	process->mappings.n++;
	return 0;
}

struct reading {
	struct timeline *timeline;
	struct process *process;
	int proc_fd;
};

static int on_mapping(void *ctx, uint64_t start, uint64_t end, uint64_t offset,
		      struct file_identity *file)
{
	struct reading *reading = ctx;
	struct mapping mapping = { start, end, offset, 0 };
	int err = modules_find(reading->timeline->modules, reading->proc_fd, start, end, file,
			       &mapping.module);

	free(file->path);
	return err ? err : mappings_put(reading->process, &mapping);
}

int process_open(const struct process *process)
{
	guard_close int fd = proc_open(process->pid);
	struct proc_stat stat;

	if (fd < 0 || proc_read_stat(fd, &stat))
		return -1;
	if (process->start_ns && stat.start_ticks != process->start_ns / START_TICK_NS)
		return -1;
	return take_fd(fd);
}

/* A leader that has exited shows no mappings any more, while its threads, which have directories
 * of their own, still do. */
static int threads_read(struct timeline *timeline, struct process *process, int proc_fd)
{
	struct pid_list threads = {};
	int err = proc_list_threads(proc_fd, &threads);

	for (size_t i = 0; !err && !process->mappings.n && i < threads.pids.n; i++) {
		guard_close int fd = proc_open(threads.pids.data[i]);
		struct reading reading = { timeline, process, fd };

		if (fd >= 0 && threads.pids.data[i] != process->pid)
			err = proc_read_mappings(fd, on_mapping, &reading);
	}
	vec_deinit(&threads.pids);
	return err;
}

static int process_read(struct timeline *timeline, struct process *process)
{
	guard_close int fd = process_open(process);
	struct reading reading = { timeline, process, fd };
	int err;

	if (fd < 0)
		return -ESRCH;
	err = proc_read_mappings(fd, on_mapping, &reading);
	if (!err && !process->mappings.n)
		err = threads_read(timeline, process, fd);
	/* A process may be out of bounds even for root: in its exit, or by a security module. */
	return err && err != -ENOMEM ? -ESRCH : err;
}

static int process_know(struct timeline *timeline, struct process *process)
{
	int err = process_read(timeline, process);

	process->known = true;
	timeline->n_unread += err == -ESRCH;
	return err;
}

int timeline_add(struct timeline *timeline, pid_t pid)
{
	struct process *process = timeline_find(timeline, pid);
	int err;

	if (process && !process->gone && process->known)
		return 0;
	err = timeline_new(timeline, pid, &process);
	return err ? err : process_know(timeline, process);
}

static int apply_mmap(struct timeline *timeline, struct process *process,
		      const struct side_event *event)
{
	struct mapping mapping = { event->start, event->end, event->offset, 0 };
	guard_close int fd = -1;
	int err;

	if (!modules_know(timeline->modules, &event->file))
		fd = process_open(process);
	err = modules_find(timeline->modules, fd, event->start, event->end, &event->file,
			   &mapping.module);
	return err ? err : mappings_put(process, &mapping);
}

static int apply_fork(struct timeline *timeline, const struct side_event *event)
{
	const struct process *parent = timeline_find(timeline, event->parent);
	struct process *child;
	int err;

	if (!parent)
		return 0;
	err = timeline_new(timeline, event->pid, &child);
	if (err)
		return err;
	timeline->n_forks++;
	child->known = parent->known;
	child->stale = parent->stale;
	err = timeline_mark(timeline, child);
	return err ? err : vec_append(&child->mappings, parent->mappings.data, parent->mappings.n);
}

static bool mappings_equal(const struct process *a, const struct process *b)
{
	bool equal = a->mappings.n == b->mappings.n;

	for (size_t i = 0; equal && i < a->mappings.n; i++) {
		const struct mapping *x = &a->mappings.data[i], *y = &b->mappings.data[i];

		equal = x->start == y->start && x->end == y->end && x->offset == y->offset &&
			x->module == y->module;
	}
	return equal;
}

/* Mappings are read anew. When they have changed, what was resolved before is not trusted any
 * more; a process that cannot be asked keeps what was known of it. */
static int process_reread(struct timeline *timeline, struct process *process)
{
	struct process before = *process;
	int err;

	if (process->gone)
		return 0;
	process->stale = false;
	memset(&process->mappings, 0, sizeof(process->mappings));
	err = process_read(timeline, process);
	if (err || !process->mappings.n || mappings_equal(process, &before)) {
		vec_deinit(&process->mappings);
		process->mappings = before.mappings;
		process->epoch = before.epoch;
	} else {
		vec_deinit(&before.mappings);
	}
	return err == -ESRCH ? 0 : err;
}

static int apply_remap(struct timeline *timeline, struct process *process,
		       const struct side_event *event)
{
	size_t place = mapping_place(process, event->start);

	/* Nearly all are realloc() moving data. */
	if (place == process->mappings.n || process->mappings.data[place].start >= event->end)
		return 0;
	return process_reread(timeline, process);
}

static int timeline_sweep(struct timeline *timeline, uint64_t now_ns);

/* Those that have ended without a record: their entries in the kernel would never be free again.
 * A second without any, since records come later than what they tell of. 0.3 us a process. */
static int look_for_ended(struct timeline *timeline, uint64_t now_ns)
{
	bool again = timeline->look_again;
	int err = 0;

	for (size_t i = 0; !err && i < timeline->processes.n; i++) {
		struct process *process = timeline->processes.data[i];
		bool was_absent = process->absent;

		process->absent = !process->gone && kill(process->pid, 0) && errno == ESRCH;
		again |= process->absent && !was_absent;
		if (!process->absent || !was_absent)
			continue;
		process->absent = false;
		process->gone = true;
		process->gone_ns = now_ns;
		timeline->n_exits_lost++;
		err = timeline_mark(timeline, process);
	}
	timeline->look_ns = again ? now_ns + LOOK_AFTER_NS : 0;
	timeline->look_again = false;
	return err ? err : timeline_sweep(timeline, now_ns);
}

/* Nobody knows whose records they were. Reading the maps of 10,000 processes takes seconds, in
 * which more records would be lost: each is read when it is needed next. */
static void apply_lost(struct timeline *timeline, uint64_t time_ns)
{
	if (timeline->look_ns)
		timeline->look_again = true;
	else
		timeline->look_ns = time_ns + LOOK_AFTER_NS;
	vec_each(&timeline->processes, process)
		(*process)->stale = true;
}

/* The mappings of the old image. The new one's are told of from here on, or read. */
static void forget_image(struct timeline *timeline, struct process *process)
{
	timeline->n_execs++;
	process->replaced = true;
	process->mappings.n = 0;
	process->epoch++;
}

static int apply_image(struct timeline *timeline, struct process *process,
		       const struct side_event *event)
{
	/* A fork that was not told of: the next sample sorts it out. */
	if (process->start_ns && process->start_ns != event->image_start_ns)
		return 0;
	/* The exec's own record comes before this one, unless it was lost. */
	if (!process->exec_told && process->exec_id < event->exec_id) {
		forget_image(timeline, process);
		process->known = false;
	}
	process->exec_told = false;
	process->start_ns = event->image_start_ns;
	process->exec_id = event->exec_id;
	return 0;
}

/* Machines that build software start a thousand processes a second: those that are long gone are
 * forgotten, when there are twice as many as were left the last time. */
static int timeline_sweep(struct timeline *timeline, uint64_t now_ns)
{
	size_t kept = 0;
	int err = 0;

	if (timeline->processes.n < SWEEP_LEAST || timeline->processes.n < 2 * timeline->n_swept)
		return 0;
	idmap_clear(&timeline->by_pid);
	vec_each(&timeline->processes, item) {
		struct process *process = *item;

		if (process->gone && process->gone_ns + FORGET_NS < now_ns && !process->changed &&
		    !process->tabled) {
			vec_deinit(&process->mappings);
			free(process);
			continue;
		}
		timeline->processes.data[kept] = process;
		if (!err)
			err = idmap_put(&timeline->by_pid, process->pid, kept);
		kept++;
	}
	timeline->processes.n = timeline->n_swept = kept;
	return err;
}

static int timeline_apply_to(struct timeline *timeline, struct process *process,
			     const struct side_event *event);

int timeline_apply(struct timeline *timeline, const struct side_event *event)
{
	struct process *process;
	int err = 0;

	if (timeline->look_ns && event->time_ns >= timeline->look_ns)
		err = look_for_ended(timeline, event->time_ns);
	if (err)
		return err;
	if (event->kind == SIDE_LOST) {
		apply_lost(timeline, event->time_ns);
		return 0;
	}
	process = timeline_find(timeline, event->pid);
	if (event->kind == SIDE_FORK)
		return apply_fork(timeline, event);
	if (!process)
		return 0;
	err = timeline_apply_to(timeline, process, event);
	if (!err)
		err = timeline_mark(timeline, process);
	if (!err && event->kind == SIDE_EXIT)
		err = timeline_sweep(timeline, event->time_ns);
	return err;
}

static int timeline_apply_to(struct timeline *timeline, struct process *process,
			     const struct side_event *event)
{
	int err;

	switch (event->kind) {
	case SIDE_MMAP:
		err = process->stale ? process_reread(timeline, process) : 0;
		return err ? err : apply_mmap(timeline, process, event);
	case SIDE_EXEC:
		forget_image(timeline, process);
		process->known = process->exec_told = true;
		process->stale = false;
		return 0;
	case SIDE_IMAGE:
		return apply_image(timeline, process, event);
	case SIDE_REMAP:
		return apply_remap(timeline, process, event);
	default:
		process->gone = true;
		process->gone_ns = event->time_ns;
		return 0;
	}
}

int timeline_process(struct timeline *timeline, pid_t pid, uint64_t start_ns, uint64_t time_ns,
		     bool user, struct process **ret)
{
	struct process *process = timeline_find(timeline, pid);
	int err;

	/* Another process with that pid, whose fork was not told of. */
	if (!process || (process->start_ns && process->start_ns != start_ns)) {
		err = timeline_new(timeline, pid, &process);
		if (err)
			return err;
	}
	process->start_ns = start_ns;
	/* The leader has exited and other threads go on: their mappings count, and need tables. */
	if (user && process->gone && time_ns > process->gone_ns) {
		process->gone = false;
		err = timeline_mark(timeline, process);
		if (err)
			return err;
	}
	if (!process->known)
		err = process_know(timeline, process);
	else
		err = process->stale ? process_reread(timeline, process) : 0;
	if (err && err != -ESRCH)
		return err;
	*ret = process;
	return 0;
}

bool mapping_bias(const struct mapping *mapping, const struct elf_segment *segments, size_t n,
		  uint64_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		const struct elf_segment *segment = &segments[i];

		/* The kernel maps whole pages: a mapping may begin before its segment does. */
		if (mapping->offset + (PAGE_BYTES - 1) < segment->offset ||
		    mapping->offset >= segment->offset + segment->size)
			continue;
		*ret = mapping->start - (segment->vaddr + mapping->offset - segment->offset);
		return true;
	}
	return false;
}
