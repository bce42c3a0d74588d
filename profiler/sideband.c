// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens the side-band events through libbpf's perf buffer and turns raw perf
 * records into side_events. Every record's size is checked against the fields
 * read from it.
 */
#include "profiler/sideband.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/guard.h"
#include "profiler/event.h"

#ifndef PERF_RECORD_MISC_MMAP_BUILD_ID
#define PERF_RECORD_MISC_MMAP_BUILD_ID (1 << 14)
#endif

enum {
	/* A process of a shell's loop has 1 KiB of records; threads that only come and go 128 bytes. */
	MOST_PAGES_PER_CPU = 256,
	LEAST_PAGES_PER_CPU = 64,
	PAGES_OF_ALL_CPUS = 8192, /* 32 MiB, where the least is not more */
};

struct sideband {
	struct perf_buffer *buffer;
	struct side_events *events; /* of the drain under way */
	int map_fd;
	int n_cpus;
	uint64_t *last_ns; /* of each CPU: the time of its last record; 0: none has come */
};

/* Ends every record: PERF_SAMPLE_TID | TIME | CPU with sample_id_all. */
struct sample_id {
	uint32_t pid, tid;
	uint64_t time;
	uint32_t cpu, res;
};

struct record_mmap2 {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t addr, len, pgoff;
	union {
		struct {
			uint32_t maj, min;
			uint64_t ino, ino_generation;
		};
		struct {
			uint8_t build_id_size, reserved[3];
			uint8_t build_id[BUILD_ID_MAX];
		};
	};
	uint32_t prot, flags;
	char filename[];
};

struct record_task {
	struct perf_event_header header;
	uint32_t pid, ppid, tid, ptid;
	uint64_t time;
};

struct record_comm {
	struct perf_event_header header;
	uint32_t pid, tid;
	char comm[];
};

struct record_lost {
	struct perf_event_header header;
	uint64_t id, lost;
};

_Static_assert(sizeof(struct record_mmap2) == 72, "perf_event.h: PERF_RECORD_MMAP2");
_Static_assert(sizeof(struct sample_id) == 24, "perf_event.h: struct sample_id");

void side_event_deinit(struct side_event *event)
{
	free(event->file.path);
	event->file.path = NULL;
}

void side_events_deinit(struct side_events *events)
{
	vec_each(&events->items, event)
		side_event_deinit(event);
	vec_deinit(&events->items);
}

static void parse_mmap(const struct record_mmap2 *record, struct side_event *event,
		       struct side_events *events)
{
	size_t room = record->header.size - sizeof(*record) - sizeof(struct sample_id);

	if (!(record->prot & PROT_EXEC) || !record->len)
		return;
	event->kind = SIDE_MMAP;
	event->pid = record->pid;
	event->start = record->addr;
	event->end = record->addr + record->len;
	event->offset = record->pgoff;
	if (record->header.misc & PERF_RECORD_MISC_MMAP_BUILD_ID) {
		event->file.build_id_size = record->build_id_size;
		if (event->file.build_id_size > BUILD_ID_MAX)
			event->file.build_id_size = BUILD_ID_MAX;
		memcpy(event->file.build_id, record->build_id, BUILD_ID_MAX);
	} else {
		event->file.major = record->maj;
		event->file.minor = record->min;
		event->file.inode = record->ino;
	}
	event->file.path = strndup(record->filename, room);
	if (!event->file.path || vec_push(&events->items, *event)) {
		free(event->file.path);
		events->error = -ENOMEM;
	}
}

static void push(struct side_events *events, struct side_event *event)
{
	if (vec_push(&events->items, *event))
		events->error = -ENOMEM;
}

void sideband_parse(const struct perf_event_header *header, struct side_events *events)
{
	const struct record_task *task = (const void *)header;
	const struct record_lost *lost = (const void *)header;
	struct side_event event = {};
	struct sample_id id = {};
	size_t size = header->size;

	/* PERF_RECORD_LOST counts what went before; it has an id too, but may come without. */
	if (header->type == PERF_RECORD_LOST && size >= sizeof(*lost)) {
		events->n_lost += lost->lost;
		event.kind = SIDE_LOST;
		/* From the record before, behind which there was no room, until now they may have
		 * told of anything. */
		event.time_ns = events->last_ns;
		if (event.time_ns)
			push(events, &event);
		event.time_ns = clock_monotonic_ns();
		push(events, &event);
		return;
	}
	if (size < sizeof(*header) + sizeof(id))
		return;
	memcpy(&id, (const char *)header + size - sizeof(id), sizeof(id));
	event.time_ns = events->last_ns = id.time;
	switch (header->type) {
	case PERF_RECORD_MMAP2:
		if (size >= sizeof(struct record_mmap2) + sizeof(id))
			parse_mmap((const void *)header, &event, events);
		break;
	case PERF_RECORD_COMM:
		if (size < sizeof(struct record_comm) + sizeof(id) ||
		    !(header->misc & PERF_RECORD_MISC_COMM_EXEC))
			break;
		event.kind = SIDE_EXEC;
		event.pid = ((const struct record_comm *)header)->pid;
		push(events, &event);
		break;
	case PERF_RECORD_FORK:
		if (size < sizeof(*task) + sizeof(id) || task->pid == task->ppid)
			break;
		event.kind = SIDE_FORK;
		event.pid = task->pid;
		event.parent = task->ppid;
		push(events, &event);
		break;
	case PERF_RECORD_EXIT:
		if (size < sizeof(*task) + sizeof(id) || task->pid != task->tid)
			break;
		event.kind = SIDE_EXIT;
		event.pid = task->pid;
		push(events, &event);
		break;
	}
}

static enum bpf_perf_event_ret sideband_on_record(void *ctx, int cpu,
						  struct perf_event_header *header)
{
	struct sideband *sideband = ctx;
	uint64_t *last_ns = cpu >= 0 && cpu < sideband->n_cpus ? &sideband->last_ns[cpu] : NULL;

	sideband->events->last_ns = last_ns ? *last_ns : 0;
	sideband_parse(header, sideband->events);
	if (last_ns)
		*last_ns = sideband->events->last_ns;
	return LIBBPF_PERF_EVENT_CONT;
}

static size_t pages_per_cpu(const struct sideband *sideband)
{
	size_t pages = MOST_PAGES_PER_CPU;

	while (pages > LEAST_PAGES_PER_CPU && pages * sideband->n_cpus > PAGES_OF_ALL_CPUS)
		pages /= 2;
	return pages;
}

static int sideband_open(struct sideband *sideband, bool build_ids)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU,
		.sample_period = 1,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.watermark = 1,
		.wakeup_watermark = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.build_id = build_ids,
	};

	sideband->buffer = perf_buffer__new_raw(sideband->map_fd, pages_per_cpu(sideband), &attr,
						sideband_on_record, sideband, NULL);
	return sideband->buffer ? 0 : -errno;
}

int sideband_create(struct sideband **ret)
{
	struct sideband *sideband = calloc(1, sizeof(*sideband));
	int err;

	if (!sideband)
		return -ENOMEM;
	sideband->map_fd = -1;
	sideband->n_cpus = libbpf_num_possible_cpus();
	err = sideband->n_cpus < 0 ? sideband->n_cpus : 0;
	if (!err) {
		sideband->last_ns = calloc(sideband->n_cpus, sizeof(*sideband->last_ns));
		err = sideband->last_ns ? 0 : -ENOMEM;
	}
	if (err)
		goto fail;
	sideband->map_fd = bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "sideband", sizeof(int),
					  sizeof(int), sideband->n_cpus, NULL);
	if (sideband->map_fd < 0) {
		err = sideband->map_fd;
		goto fail;
	}
	/* Build-ids in mmap records came with Linux 5.12; older kernels refuse the bit. */
	err = sideband_open(sideband, true);
	if (err == -EINVAL)
		err = sideband_open(sideband, false);
	if (err)
		goto fail;
	*ret = sideband;
	return 0;
fail:
	sideband_destroy(sideband);
	return err;
}

void sideband_destroy(struct sideband *sideband)
{
	if (!sideband)
		return;
	perf_buffer__free(sideband->buffer);
	if (sideband->map_fd >= 0)
		close(sideband->map_fd);
	free(sideband->last_ns);
	free(sideband);
}

int sideband_poll_fd(const struct sideband *sideband)
{
	return perf_buffer__epoll_fd(sideband->buffer);
}

int sideband_drain(struct sideband *sideband, struct side_events *events)
{
	int err;

	sideband->events = events;
	err = perf_buffer__consume(sideband->buffer);
	return err < 0 ? err : events->error;
}
