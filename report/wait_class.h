/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a wait was for, in one word: known from the state, the system call and
 * the names in the stack once they are there (wait_rules.h).
 *
 * And whether it was idle: a wait is idle if its thread waited for work, in a
 * poll, a condition variable, accept, a terminal, a signal, a child or
 * completions, and at one place (one stack) for at least half of the
 * recording; a kernel thread's in its own loop always is.
 */
#ifndef FLAMETAP_REPORT_WAIT_CLASS_H
#define FLAMETAP_REPORT_WAIT_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wait_class {
	WAIT_NONE,       /* no wait: on the CPU */
	WAIT_UNKNOWN,    /* off the CPU, not looked at so far: what a recording begins with */
	WAIT_LOCK,       /* a lock that another thread holds: mutex, rwlock, file lock, in the kernel */
	WAIT_CONDITION,  /* until another thread has something: condition variable, semaphore, queue */
	WAIT_FUTEX,      /* a futex of which neither is known */
	WAIT_DISK,       /* a file system or block device */
	WAIT_PAGE_FAULT, /* a page that has to be read in: mapped file, swap */
	WAIT_MEMORY,     /* until memory is freed: reclaim, compaction, a cgroup's limit */
	WAIT_NETWORK,    /* a socket, unix sockets included */
	WAIT_PIPE,       /* a pipe or FIFO */
	WAIT_TERMINAL,
	WAIT_POLL,       /* poll, select, epoll */
	WAIT_SLEEP,      /* until a time */
	WAIT_CHILD,      /* a child process: wait, vfork */
	WAIT_SIGNAL,     /* pause, sigwait */
	WAIT_STOPPED,    /* by SIGSTOP or a debugger */
	WAIT_THROTTLED,  /* the CPU quota of its cgroup is used up */
	WAIT_PREEMPTED,  /* another thread got its CPU */
	WAIT_FIRST_RUN,  /* a thread that was just made, for a CPU */
	WAIT_IO_URING,   /* completions of io_uring or AIO */
	WAIT_KERNEL,     /* a kernel thread that has nothing to do */
	WAIT_OTHER,
	WAIT_N,
};

/* "lock", "page fault", ...: static strings, used in labels and frames. */
const char *wait_class_name(enum wait_class class);
/* True for those in which nothing blocks: all is time in the run queue. */
bool wait_class_is_queued(enum wait_class class);
/* WAIT_UNKNOWN for a text that is none of them. */
enum wait_class wait_class_from_name(const char *name);

enum { WAIT_FRAME_NAME = 32 };

/* The frame at the leaf of the stack of who waited: "[lock]", of a phase in the run queue after a
 * wait "[run queue]". */
void wait_class_frame_name(enum wait_class class, bool in_runqueue, char ret[WAIT_FRAME_NAME]);
/* The class of such a frame, or of the frame "[idle]" (reports show idle waits beneath it); that in
 * whose colour it is. WAIT_NONE: it is another name. */
enum wait_class wait_class_of_frame(const char *name, size_t n);

struct profile;

/* True for a location that is such a frame and nothing else. */
bool wait_class_is_frame(const struct profile *profile, uint32_t location);

/* For profile_finish: sets class and idleness of the waits of which it is not known yet: those of
 * class WAIT_UNKNOWN, whose stacks get a frame of it, and WAIT_FUTEX, which names that came later
 * may tell. 1 if there were such, 0, -ENOMEM, -E2BIG. The profile has its indices still. */
int wait_class_assign(struct profile *profile);

#endif
