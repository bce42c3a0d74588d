/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a process says what the code is called that it makes at run time: /tmp/perf-PID.map, in
 * the /tmp of its own mount namespace and with its pid in its own pid
 * namespace. The place is found while the process lives, and the file may be
 * opened after its end. Who writes there is not trusted: only a regular file
 * of the process's user, or of root, is opened, and no symbolic link.
 */
#ifndef FLAMETAP_PROFILER_JIT_PLACE_H
#define FLAMETAP_PROFILER_JIT_PLACE_H

#include <stdint.h>
#include <sys/types.h>

struct jit_place {
	int dir_fd; /* /tmp; -1: there is none */
	pid_t pid;  /* in the process's namespace */
	uid_t uid;  /* its effective one */
};

/* proc_fd is the process's /proc directory. 0 or a negative errno. */
int jit_place_init(struct jit_place *place, int proc_fd);
void jit_place_deinit(struct jit_place *place);

/*
 * Opens the file to be read. A descriptor; -ENOENT: there is none; -ELOOP: it is a symbolic link;
 * -EINVAL: no regular file; -EPERM: of another user; another negative errno.
 */
int jit_place_open(const struct jit_place *place);
/* The same judgement on a file that is open already. 0; -EINVAL; -EPERM. */
int jit_place_check(const struct jit_place *place, int fd);
/* "is a symbolic link", "is no regular file", ... */
const char *jit_place_refusal(int err);

#endif
