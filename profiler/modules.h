/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files whose code is run. Each is opened when it is first seen and the
 * descriptor is kept, so that it can be read when the process has exited, the
 * file was deleted or replaced, or it lies in a container. A module is one
 * file by build-id, or by device and inode where there is none.
 */
#ifndef FLAMETAP_PROFILER_MODULES_H
#define FLAMETAP_PROFILER_MODULES_H

#include <stdint.h>

#include "base/hash.h"
#include "base/vec.h"
#include "profiler/sideband.h"
#include "report/profile.h"

struct module {
	int fd;          /* -1: could not be opened, or there is no file */
	uint32_t number; /* in the profile */
	enum module_kind kind;
	uint32_t root; /* in modules.roots: number + 1; 0: flametap's own */
};

/* A root directory that processes have. */
struct module_root {
	int fd;
	uint64_t device, inode, mount;
};

struct modules {
	struct profile *profile; /* borrowed */
	VEC(struct module) items;
	VEC(struct module_root) roots; /* other than flametap's own */
	struct idmap by_identity; /* hash of a file_identity -> item */
	struct idmap by_number;   /* number in the profile -> item */
	uint64_t n_open, max_open; /* descriptors */
	uint64_t n_unopened;      /* files that were gone before they could be opened */
	uint64_t n_over_limit;    /* files that could be opened, and not kept: max_open */
	int root_fd;              /* of flametap's own root directory */
};

int modules_init(struct modules *modules, struct profile *profile);
void modules_deinit(struct modules *modules);

/*
 * The module of a mapping of a process. proc_fd is its /proc directory, or -1
 * when it is gone. 0 and its index; a negative errno.
 */
int modules_find(struct modules *modules, int proc_fd, uint64_t start, uint64_t end,
		 const struct file_identity *file, uint32_t *ret);
/* True when modules_find() would answer without opening anything. */
bool modules_know(const struct modules *modules, const struct file_identity *file);

/* The descriptor of a module by its number in the profile; it stays the modules'. -ENOENT. */
int modules_fd(const struct modules *modules, uint32_t number);
/* The root directory of a process that had it mapped; -1: flametap's own, or not known. */
int modules_root_fd(const struct modules *modules, uint32_t number);

#endif
