/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens beside the samples: execs, executable mappings, forks and exits
 * of the whole machine, from a dummy software event on each CPU whose records
 * carry CLOCK_MONOTONIC, the clock of the BPF programs. perf_event_open(2)
 * describes the records.
 */
#ifndef FLAMETAP_PROFILER_SIDEBAND_H
#define FLAMETAP_PROFILER_SIDEBAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/vec.h"

enum { BUILD_ID_MAX = 20 };

/* Which file a mapping shows: the kernel tells either device and inode, or the build-id. */
struct file_identity {
	char *path; /* as the process saw it; "//anon", "[vdso]", ... */
	uint32_t major, minor;
	uint64_t inode; /* 0: not told */
	uint8_t build_id[BUILD_ID_MAX];
	uint8_t build_id_size; /* 0: not told */
};

enum side_kind {
	SIDE_MMAP, /* an executable mapping appeared, or became executable */
	SIDE_EXEC,
	SIDE_FORK, /* a new process; threads are not told of */
	SIDE_EXIT, /* of a thread group's leader */
	SIDE_LOST, /* records were lost: what is known of mappings may be wrong */
	SIDE_REMAP, /* mremap(2), from the BPF side */
	SIDE_IMAGE, /* what the exec id of a new image is, from the BPF side */
};

struct side_event {
	enum side_kind kind;
	pid_t pid;
	pid_t parent; /* of SIDE_FORK */
	uint64_t time_ns;
	uint64_t start, end, offset; /* of SIDE_MMAP; SIDE_REMAP: the old range */
	uint64_t image_start_ns, exec_id; /* of SIDE_IMAGE */
	struct file_identity file;   /* of SIDE_MMAP; the path is owned */
};

struct side_events {
	VEC(struct side_event) items;
	uint64_t n_lost; /* records */
	uint64_t last_ns; /* the time of the record before, of the CPU whose are parsed; 0: none */
	int error;       /* -ENOMEM met while collecting */
};

void side_events_deinit(struct side_events *events);
void side_event_deinit(struct side_event *event);

struct sideband;

/* 0 or a negative errno. Records are collected from now on. */
int sideband_create(struct sideband **ret);
void sideband_destroy(struct sideband *sideband);
int sideband_poll_fd(const struct sideband *sideband);
/* Appends all records there are now, unsorted. 0 or a negative errno. */
int sideband_drain(struct sideband *sideband, struct side_events *events);

struct perf_event_header;
/* Parses one record of size header->size; for tests. Unknown ones are skipped. */
void sideband_parse(const struct perf_event_header *header, struct side_events *events);

#endif
