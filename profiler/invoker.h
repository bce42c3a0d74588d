/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who typed the command. Under sudo flametap is root on a person's behalf:
 * files are opened with that person's rights, and commands run as that person.
 */
#ifndef FLAMETAP_PROFILER_INVOKER_H
#define FLAMETAP_PROFILER_INVOKER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* From SUDO_UID and SUDO_GID when root got them, else the process. */
struct invoker {
	uid_t uid;
	gid_t gid;
	bool sudo; /* true: flametap is root on that person's behalf */
	/* From the user database under sudo, else from the environment; "" if not known. */
	char name[64];
	char home[256];
	char shell[256];
	/* Under sudo: that person's groups, and those that root has now. */
	gid_t *groups, *own_groups;
	size_t n_groups, n_own_groups;
};

/* 0 or -ENOMEM. */
int invoker_init(struct invoker *ret);
void invoker_deinit(struct invoker *invoker);

/* Does something with that person's file-system rights: begin, open, end. The groups are
 * theirs too (setfsuid, setfsgid, setgroups). Pairs must be balanced. 0 or a negative errno.
 * Nothing happens where there is no sudo. */
int invoker_begin(const struct invoker *invoker);
void invoker_end(const struct invoker *invoker);

#endif
