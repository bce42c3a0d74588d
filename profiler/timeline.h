/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes in time: which executable mappings each one has at the moment that
 * the session has reached. Events and samples are handed over in the order of
 * their times. A process is (pid, start time); its epoch rises whenever an
 * address may have begun to mean something else.
 */
#ifndef FLAMETAP_PROFILER_TIMELINE_H
#define FLAMETAP_PROFILER_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/hash.h"
#include "base/vec.h"
#include "profiler/modules.h"
#include "profiler/sideband.h"
#include "symbolize/elf_file.h"

struct mapping {
	uint64_t start, end;
	uint64_t offset; /* in the file, of start */
	uint32_t module; /* index in modules */
};

struct process {
	pid_t pid;
	uint64_t start_ns; /* since boot; 0 until a sample tells */
	uint32_t serial;   /* differs between processes that had the same pid */
	uint32_t epoch;
	bool known; /* mappings were read, inherited, or begun by exec */
	bool stale; /* records were lost since: mappings are to be read again before they are used */
	bool gone;
	bool absent; /* there is none with this pid, and no record has said that it ended (yet) */
	bool replaced; /* it has executed another program */
	bool exec_told; /* the same, and what its exec id is by now has not been told of yet */
	uint64_t gone_ns;
	VEC(struct mapping) mappings; /* sorted, disjoint */

	/* For the tables in the kernel: which image it has, and which they are of. */
	uint64_t exec_id;
	bool changed;           /* in timeline.changed */
	bool tabled;
	bool untabled;          /* there was no room for it once: counted */
	uint32_t tabled_serial, tabled_epoch;
	uint64_t tabled_exec_id;
	uint32_t tabled_first, tabled_n; /* its entries there */
	uint64_t tabled_ns;              /* when it was given them */
};

/* The tables in the kernel are of this very process, image and state of its mappings. A child has
 * its parent's until then: they go when the parent does. */
static inline bool process_is_tabled(const struct process *process)
{
	return process->tabled && process->tabled_serial == process->serial &&
	       process->tabled_epoch == process->epoch &&
	       process->tabled_exec_id == process->exec_id;
}

struct timeline {
	struct modules *modules; /* borrowed */
	VEC(struct process *) processes; /* the latest of each pid, unless long gone */
	struct idmap by_pid;
	VEC(struct process *) changed; /* mappings, image or life: for whoever follows that */
	uint32_t n_serials;
	uint64_t look_ns; /* when to look for processes whose exits were lost; 0: none were */
	bool look_again;
	uint64_t n_exits_lost; /* that were found so */
	size_t n_swept; /* processes left when those long gone were forgotten */
	uint64_t n_unread;  /* processes that were gone before their maps could be read */
	uint64_t n_execs;   /* of processes on the timeline */
	uint64_t n_forks;   /* the same */
};

void timeline_init(struct timeline *timeline, struct modules *modules);
void timeline_deinit(struct timeline *timeline);

/* Puts a process on the timeline and reads its mappings now. -ESRCH: it is gone. */
int timeline_add(struct timeline *timeline, pid_t pid);
/* Applies an event; those of processes that are not on the timeline are ignored, but for
 * children of processes that are. */
int timeline_apply(struct timeline *timeline, const struct side_event *event);
/* The process that a sample names; it is put on the timeline if need be. user: it still had its
 * memory, which goes before its exit is told of. */
int timeline_process(struct timeline *timeline, pid_t pid, uint64_t start_ns, uint64_t time_ns,
		     bool user, struct process **ret);
/* The latest process with a pid, or NULL. */
struct process *timeline_find(const struct timeline *timeline, pid_t pid);
/* Puts a process among the changed ones. 0 or -ENOMEM. */
int timeline_mark(struct timeline *timeline, struct process *process);
/* Its /proc directory, or -1: the pid may be another's by now. */
int process_open(const struct process *process);
/* The mapping that holds an address, or NULL. */
const struct mapping *process_mapping(const struct process *process, uint64_t address);

/* What is added to addresses of the file where this mapping shows it, by the file's executable
 * segments. False: it shows none of them. */
bool mapping_bias(const struct mapping *mapping, const struct elf_segment *segments, size_t n,
		  uint64_t *ret);

#endif
