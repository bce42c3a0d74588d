/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel side as the session sees it: load the programs, hand out the one
 * that events carry, tell who the targets are, and drain records. Hides libbpf
 * and the maps.
 */
#ifndef FLAMETAP_PROFILER_CAPTURE_H
#define FLAMETAP_PROFILER_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/sample.h"
#include "profiler/capture_tables.h"

struct capture_options {
	struct wire_config config; /* masks, ring_wakeup and the namespace are filled in */
	size_t ring_bytes;         /* 0: by the number of CPUs; rounded to a power of two */
	uint32_t n_targets;        /* processes or threads, where their children are none */
	bool verbose;              /* libbpf's own words go to standard error */
};

struct capture;

/* Loads and attaches all but the sampling program. 0 or a negative errno: -EPERM and -EACCES
 * for missing rights, -EOPNOTSUPP for a kernel without BTF. */
int capture_create(const struct capture_options *options, struct capture **ret);
void capture_destroy(struct capture *capture);

/* For several captures one after the other: as long as the descriptor is open, the kernel keeps what
 * is in place for one of them, where taking it away at the end of each waits for all CPUs (20 to 200
 * ms). Watches nothing. A descriptor to close, or a negative errno. */
int capture_hold(void);

/* Descriptor of the sampling program; the capture keeps it. */
int capture_program_fd(const struct capture *capture);
/* A target for FILTER_PROCESS or FILTER_THREAD. start_ticks as in /proc/PID/stat, 0 for any. */
int capture_add_process(struct capture *capture, pid_t pid, uint64_t start_ticks);
int capture_add_thread(struct capture *capture, pid_t tid, uint64_t start_ticks);

/* From now on ticks of all tasks may come: those of processes that are no targets are left out.
 * 0 or a negative errno. */
int capture_widen(struct capture *capture);

/* data and size as wire_check() takes them. A negative return stops and comes back. */
typedef int (*capture_record)(void *ctx, const void *data, size_t size);

/* Readable when the sample ring wants to be drained. */
int capture_poll_fd(const struct capture *capture);
/* Hands over the records there are now, but not so many that programs which are faster could keep
 * it from ever returning: *ret_left says that there may be more. 0 or a negative errno. */
int capture_drain(struct capture *capture, capture_record record, void *ctx, bool *ret_left);

/* Sums over all CPUs. */
struct capture_counts {
	uint64_t n[COUNT_N];
};
int capture_counts(const struct capture *capture, struct capture_counts *ret);
/* Samples lost so far; 0 when that cannot be read. */
uint64_t capture_lost(const struct capture *capture);
/* The maps of unwind tables; NULL when the kernel side walks by frame pointer. */
const struct capture_tables *capture_tables(const struct capture *capture);
/* Which stacks are copied: where asked for COPY_UNTABLED, a kernel without tables copies all. */
enum wire_copies capture_copies(const struct capture *capture);
/* One of its maps, which stays the capture's, for another BPF object to share; or a negative
 * errno. */
int capture_map_fd(const struct capture *capture, const char *name);
/* Run time of the sampling program and how often it ran; both 0 unless kernel.bpf_stats_enabled. */
void capture_run_time(const struct capture *capture, uint64_t *ret_ns, uint64_t *ret_runs);

#endif
