/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control groups by what a person types: a path in the file system or below
 * the hierarchy's root, @PID for that process's, or a unique prefix of a
 * container's id. Version 2 first, then the controllers of version 1.
 */
#ifndef FLAMETAP_PROFILER_CGROUP_H
#define FLAMETAP_PROFILER_CGROUP_H

#include <stddef.h>
#include <stdint.h>

struct cgroup {
	char *path;      /* in the file system; owned */
	uint64_t id;     /* as kernfs numbers it */
	uint32_t subsys; /* index of the v1 controller; UINT32_MAX: version 2 */
};

/* 0; -ENOENT none, -EEXIST several, another negative errno; error then says what and which. */
int cgroup_find(const char *text, struct cgroup *ret, char *error, size_t error_size);
void cgroup_deinit(struct cgroup *cgroup);

/* CPU time its tasks have used; UINT64_MAX when the hierarchy does not tell. */
uint64_t cgroup_cpu_ns(const char *path);

#endif
