/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For switches.c, which runs the programs, and switches_collect.c, which reads their maps. */
#ifndef FLAMETAP_PROFILER_SWITCHES_PRIVATE_H
#define FLAMETAP_PROFILER_SWITCHES_PRIVATE_H

#include <bpf/libbpf.h>

#include "base/hash.h"
#include "base/vec.h"
#include "profiler/switches.h"
/* Behind the types of what it has in its read-only data. */
#include "bpf/switches.skel.h"

enum { SWITCHES_WAITS = 65536 }; /* entries of a generation: 14 MB */

struct switches_waker {
	struct checked_sample of;
	bool interrupt;
};

struct switches {
	struct switches_bpf *skeleton;
	struct blocked_bpf *list; /* NULL: this kernel cannot list its tasks */
	struct ring_buffer *rings;
	capture_record record; /* of the last drain */
	void *record_ctx;
	uint32_t n_drained;
	int types_fd, list_types_fd; /* as the capture's */
	int n_cpus;
	bool modern;           /* kernels with bpf_loop() and the state as an argument */
	bool ended;
	bool knows_there;      /* threads say whether they were there at the end */
	uint64_t end_ns;
	struct switches_options options;
	struct idmap waker_by_id;
	VEC(struct switches_waker) wakers;
	VEC(struct checked_wait) pending; /* collected, and not handed over yet */
	VEC(struct checked_ledger) ledgers; /* of threads that have ended, the same */
	uint64_t n_waits, waits_ns; /* handed over */
	uint64_t n_wakers_refused;
	uint64_t n_filtered, filtered_ns; /* of those that were not over at the end */
	uint64_t rated_ns;          /* the same */
	uint64_t n_ends_unseen;
};

/* A record of the programs' own; -ENOENT: it is none. */
int switches_own_record(struct switches *switches, const void *data, size_t size);
/* Loads the program that lists the threads there are; where the kernel has none it is done without. */
void switches_list_load(struct switches *switches);
void switches_list_unload(struct switches *switches);
/* Gives each target that no event has told of yet its entry, and those that have no CPU the place
 * where they wait; or another of enum wire_list. 0 or a negative errno. */
int switches_list(struct switches *switches, uint64_t start_ns, enum wire_list which);
/* Waits until no program runs any more that had begun before. */
void switches_settle(void);

#endif
