/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this process may do: capabilities by name, and one line that says why
 * the kernel refused BPF and how to get it.
 */
#ifndef FLAMETAP_PROFILER_PRIVILEGE_H
#define FLAMETAP_PROFILER_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/* What flametap has a use for; more than the kernel wants, see privilege_of. */
enum privilege {
	PRIVILEGE_BPF,
	PRIVILEGE_PERFMON,
	PRIVILEGE_SYS_ADMIN,
	PRIVILEGE_SYS_PTRACE,
	PRIVILEGE_SYSLOG,
	PRIVILEGE_DAC_READ_SEARCH,
	PRIVILEGE_CHECKPOINT_RESTORE,
	PRIVILEGE_SYS_RESOURCE,
	PRIVILEGE_N,
};

/* "CAP_BPF" */
const char *privilege_name(enum privilege privilege);
/* What it is for: "to load BPF programs". */
const char *privilege_purpose(enum privilege privilege);
/* True when the process has it in effect; CAP_SYS_ADMIN stands for BPF, PERFMON, SYSLOG and
 * CHECKPOINT_RESTORE, as the kernel has it. */
bool privilege_has(enum privilege privilege);
/* True when root here is root of a user namespace only: the kernel does not let it use BPF. */
bool privilege_in_user_namespace(void);

enum { PRIVILEGE_EXPLAIN_SIZE = 512 };

/*
 * After EPERM or EACCES from bpf() or perf_event_open(): "CAUSE; REMEDY" without an object,
 * e.g. "needs CAP_BPF and CAP_PERFMON; run it with sudo". Names the first thing that is in
 * the way: a missing capability, a user namespace, lockdown, a seccomp filter.
 */
void privilege_explain(char *buf, size_t n);

#endif
