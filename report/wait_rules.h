/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the name of a function in a stack tells of a wait. For wait_class.c;
 * everyone else includes wait_class.h.
 */
#ifndef FLAMETAP_REPORT_WAIT_RULES_H
#define FLAMETAP_REPORT_WAIT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/wait_class.h"

enum wait_rule_kind {
	RULE_NONE,	/* it tells nothing */
	RULE_SURE,	/* kernel: the innermost such function decides */
	RULE_WORK,	/* as sure, and what is waited for there is work */
	RULE_WEAK,	/* kernel: the innermost such one does, where none is sure */
	RULE_WEAK_WORK,
	RULE_FAULT,	/* kernel: what is read from disk inside it is a page fault */
	RULE_LOOP,	/* own loop of a kernel thread: idle if only SCHEDULER ones are inside */
	RULE_SCHEDULER, /* kernel: how a thread is put to sleep, and woken */
	RULE_LIBRARY,	/* user, of a futex: the innermost does, where there is none of these: */
	RULE_RUNTIME,	/* ... the innermost such one, where there is none of these: */
	RULE_MANAGED,	/* ... code that runs in a runtime */
	RULE_REST,	/* user: here a thread of a runtime waits that has nothing to do */
};

struct wait_rule {
	uint8_t class; /* enum wait_class */
	uint8_t kind;  /* enum wait_rule_kind */
};

/* Of a function of the kernel, of one of a program (demangled), of a system call ("futex"). What
 * compilers and linkers add to a symbol (".isra.0", "@@GLIBC_2.3.2") does not matter. */
struct wait_rule wait_rule_kernel(const char *name, size_t n);
struct wait_rule wait_rule_user(const char *name, size_t n);
struct wait_rule wait_rule_syscall(const char *name, size_t n);

#endif
