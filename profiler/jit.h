/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Code that processes make at run time, in memory without a file. Its addresses
 * come in one by one, each a location of its process alone: the same address is
 * another function in another process. At the end come their names, as the
 * processes have told them: in a jitdump or in a /tmp/perf-PID.map.
 */
#ifndef FLAMETAP_PROFILER_JIT_H
#define FLAMETAP_PROFILER_JIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/vec.h"
#include "profiler/jit_place.h"
#include "profiler/timeline.h"
#include "report/profile.h"

struct jit_address {
	uint64_t address;
	uint32_t location;
};

struct jit_runtime {
	const char *file; /* a start of the name of a file with its code */
	const char *remedy;
	bool wants_pid; /* a %d in it is the process's */
};

struct jit_process {
	uint32_t serial;
	pid_t pid;
	char comm[32];
	struct jit_place place; /* the descriptor is one of jit.dirs */
	int place_error;        /* why there is none */
	int map_fd;             /* held since the process's end, or -1 */
	int dump_fd;            /* one of the modules' */
	int error;              /* of the map: -ENOENT and so on; 0: it was read */
	int dump_error;         /* why the jitdump was not read */
	bool dump_cut;          /* not to its end */
	uint64_t n_unread;      /* bytes of it that were too many */
	const struct jit_runtime *runtime; /* NULL: not known */
	int64_t unnamed_weight; /* of samples that end in its code and got no name */
	/* It was forked and has executed nothing since: its parent's code is its own, under the
	 * same addresses. Held, or -1; the pid is the one in the file's name. */
	int parent_map_fd;
	pid_t parent_pid;
	VEC(struct jit_address) addresses;
};

struct jit_dir {
	struct stat stat;
	int fd;
};

struct jit {
	struct profile *profile; /* borrowed, as the next */
	const struct modules *modules;
	VEC(struct jit_process) processes;
	VEC(struct jit_dir) dirs; /* each /tmp there is */
	struct idmap by_serial;   /* of a process -> process here */
	struct idmap by_address;  /* (process, address) -> location */
	size_t n_held;            /* map_fd */
};

void jit_init(struct jit *jit, struct profile *profile, const struct modules *modules);
void jit_deinit(struct jit *jit);

/* The location of an address. 0 or a negative errno. */
int jit_location(struct jit *jit, const struct process *process, uint64_t address, uint32_t *ret);
/* The process has another image from now on, or none: what it has told so far is held. */
void jit_process_ends(struct jit *jit, const struct process *process);

/* The process whose own code has most samples that end in it and have no name. */
struct jit_unnamed {
	const struct jit_process *process; /* NULL: there is none */
	int64_t weight;
};

/* Names all locations there are. 0, -ENOMEM or -E2BIG. */
int jit_give_names(struct jit *jit, const struct timeline *timeline, struct jit_unnamed *ret);
/* "JIT without a map", ...: static strings. */
const char *jit_cause(const struct jit_process *process);
/* What can be done about it, for people: "jcmd 1234 Compiler.perfmap". */
void jit_remedy(const struct jit_process *process, char *buf, size_t n);

#endif
