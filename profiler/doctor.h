/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of `flametap doctor` share. A part is a function that looks
 * at one matter and says what it found, in one line or a few; each works
 * without privileges too, if only to say that they are missing.
 */
#ifndef FLAMETAP_PROFILER_DOCTOR_H
#define FLAMETAP_PROFILER_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARN, /* something is missing, flametap cpu works */
	DOCTOR_FAIL, /* flametap cpu cannot work */
};

struct doctor {
	FILE *out;
	bool quiet; /* only what is not ok */
	bool colour;
	bool denied;	  /* "capabilities" has said why bpf() is refused */
	bool no_programs; /* not even trivial programs load */
	bool no_switches; /* the programs of offcpu and wall do not load */
	const char *switches_lack; /* what they have to do without; NULL: nothing */
	unsigned int n_warn, n_fail;
};

/* "level  what: finding; remedy" */
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *what,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

/* FAIL for a refusal (negative errno): by rights, with what is to do about them, else with the
 * remedy given. */
void doctor_say_refused(struct doctor *doctor, const char *what, int err, const char *remedy);
/* How to get a capability: "run it with sudo", but root needs another way. */
const char *doctor_rights_remedy(void);

/* The first line of a file, without its newline. False: not to be read. */
bool doctor_read_line(const char *path, char *buf, size_t n);
/* The number a file begins with. */
bool doctor_read_number(const char *path, long long *ret);

/* doctor_bpf.c */
void doctor_check_btf(struct doctor *doctor);
void doctor_check_maps(struct doctor *doctor);
void doctor_check_programs(struct doctor *doctor);
void doctor_check_helpers(struct doctor *doctor);
void doctor_check_sampler(struct doctor *doctor);
void doctor_check_memlock(struct doctor *doctor);

/* doctor_perf.c */
void doctor_check_cpu_clock(struct doctor *doctor);
void doctor_check_cycles(struct doctor *doctor);
void doctor_check_paranoid(struct doctor *doctor);
void doctor_check_sample_rate(struct doctor *doctor);

/* doctor_system.c */
void doctor_check_kernel(struct doctor *doctor);
void doctor_check_privileges(struct doctor *doctor);
void doctor_check_lockdown(struct doctor *doctor);
void doctor_check_descriptors(struct doctor *doctor);
void doctor_check_tracefs(struct doctor *doctor);
void doctor_check_schedstat(struct doctor *doctor);
void doctor_check_cgroups(struct doctor *doctor);
void doctor_check_pid_namespace(struct doctor *doctor);

/* doctor_names.c */
void doctor_check_kernel_names(struct doctor *doctor);
void doctor_check_kernel_lines(struct doctor *doctor);
void doctor_check_debug_packages(struct doctor *doctor);

#endif
