// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel, the rights, the limits and the file systems that a recording rests on. */
#include <mntent.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/doctor.h"
#include "profiler/privilege.h"

enum { MANY_DESCRIPTORS = 4096 };

void doctor_check_kernel(struct doctor *doctor)
{
	struct utsname name;

	if (uname(&name))
		return;
	if (strcmp(name.machine, "x86_64"))
		doctor_say(doctor, DOCTOR_FAIL, "kernel", "%s %s on %s; flametap needs x86_64",
			   name.sysname, name.release, name.machine);
	else
		doctor_say(doctor, DOCTOR_OK, "kernel", "%s %s on %s", name.sysname, name.release,
			   name.machine);
}

void doctor_check_privileges(struct doctor *doctor)
{
	char have[256] = "";
	char why[PRIVILEGE_EXPLAIN_SIZE];

	for (int i = 0; i < PRIVILEGE_N; i++)
		if (privilege_has((enum privilege)i))
			strcat(strcat(have, *have ? " " : ""),
			       privilege_name((enum privilege)i) + strlen("CAP_"));
	if (*have)
		doctor_say(doctor, DOCTOR_OK, "capabilities", "%s", have);
	privilege_explain(why, sizeof(why));
	if (!privilege_has(PRIVILEGE_BPF) || !privilege_has(PRIVILEGE_PERFMON) ||
	    privilege_in_user_namespace()) {
		doctor->denied = true;
		doctor_say(doctor, DOCTOR_FAIL, "capabilities", "%s", why);
	}
	for (int i = 0; i < PRIVILEGE_N; i++) {
		/* The first two have been said, and the third stands for others only. */
		if (i <= PRIVILEGE_SYS_ADMIN || privilege_has((enum privilege)i))
			continue;
		doctor_say(doctor, DOCTOR_WARN, "capabilities", "%s is missing, needed %s; %s",
			   privilege_name((enum privilege)i), privilege_purpose((enum privilege)i),
			   doctor_rights_remedy());
	}
}

void doctor_check_lockdown(struct doctor *doctor)
{
	char line[128];

	if (!doctor_read_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		return; /* no such kernel feature, or no securityfs: then nothing locks */
	if (strstr(line, "[confidentiality]"))
		doctor_say(doctor, DOCTOR_FAIL, "lockdown",
			   "confidentiality keeps BPF from reading memory; "
			   "boot with lockdown=integrity");
	else
		doctor_say(doctor, DOCTOR_OK, "lockdown", "%s", line);
}

void doctor_check_descriptors(struct doctor *doctor)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	if (limit.rlim_max < MANY_DESCRIPTORS && !privilege_has(PRIVILEGE_SYS_RESOURCE))
		doctor_say(doctor, DOCTOR_WARN, "RLIMIT_NOFILE",
			   "%llu, and each thread and each library takes one; ulimit -n %d",
			   (unsigned long long)limit.rlim_max, MANY_DESCRIPTORS);
	else
		doctor_say(doctor, DOCTOR_OK, "RLIMIT_NOFILE", "%llu, can be raised to %llu",
			   (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
}

/* For mremap(), which moves mappings without a record of perf's. */
void doctor_check_tracefs(struct doctor *doctor)
{
	static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	char path[128];
	bool mounted = false;

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		snprintf(path, sizeof(path), "%s/events/syscalls/sys_enter_mremap/id", roots[i]);
		if (!access(path, R_OK)) {
			doctor_say(doctor, DOCTOR_OK, "tracefs", "%s", roots[i]);
			return;
		}
		snprintf(path, sizeof(path), "%s/events", roots[i]);
		mounted |= !access(path, F_OK) || (!access(roots[i], F_OK) && geteuid() != 0);
	}
	doctor_say(doctor, DOCTOR_WARN, "tracefs",
		   "its system call events are not to be had, code that mremap() moves gets "
		   "wrong names; %s",
		   mounted && geteuid() != 0 ? doctor_rights_remedy()
		   : mounted		     ? "use a kernel with CONFIG_FTRACE_SYSCALLS"
					     : "mount -t tracefs none /sys/kernel/tracing");
}

/* The kernel's own account of CPU time, which "covered" is measured by. */
void doctor_check_schedstat(struct doctor *doctor)
{
	struct timespec now;
	long long run_ns;

	/* Asking makes the kernel bring the account up to date. */
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	if (doctor_read_number("/proc/self/schedstat", &run_ns) && run_ns > 0)
		doctor_say(doctor, DOCTOR_OK, "schedstat", "CPU time is known to the nanosecond");
	else
		doctor_say(doctor, DOCTOR_WARN, "schedstat",
			   "is not there, \"covered\" is counted in ticks of 10 ms; "
			   "use a kernel with CONFIG_SCHED_INFO");
}

void doctor_check_cgroups(struct doctor *doctor)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	char v2[128] = "";
	unsigned int n_v1 = 0;
	struct mntent *entry;

	while (mounts && (entry = getmntent(mounts))) {
		if (!strcmp(entry->mnt_type, "cgroup2") && !*v2)
			snprintf(v2, sizeof(v2), "%s", entry->mnt_dir);
		n_v1 += !strcmp(entry->mnt_type, "cgroup");
	}
	if (mounts)
		endmntent(mounts);
	if (*v2 && n_v1)
		doctor_say(doctor, DOCTOR_OK, "cgroups",
			   "version 2 at %s, and %u hierarchies of version 1", v2, n_v1);
	else if (*v2)
		doctor_say(doctor, DOCTOR_OK, "cgroups", "version 2 at %s", v2);
	else if (n_v1)
		doctor_say(doctor, DOCTOR_OK, "cgroups", "%u hierarchies of version 1", n_v1);
	else
		doctor_say(doctor, DOCTOR_WARN, "cgroups",
			   "none is mounted, -C has nothing to look in; "
			   "mount -t cgroup2 none /sys/fs/cgroup");
}

/* NSpid has one number for each level from flametap's own down. */
static unsigned int pid_namespace_depth(void)
{
	FILE *file guard_fclose = fopen("/proc/self/status", "re");
	char line[1024];
	unsigned int n = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "NSpid:", 6))
			continue;
		for (char *p = line + 6; *p; p++)
			n += (*p == '\t' || *p == ' ') && p[1] >= '0' && p[1] <= '9';
	}
	return n;
}

void doctor_check_pid_namespace(struct doctor *doctor)
{
	/* PROC_PID_INIT_INO: fixed in include/linux/proc_ns.h since Linux 3.8. */
	const ino_t first = 0xEFFFFFFCU;
	struct stat st;

	if (!pid_namespace_depth() || stat("/proc/self/ns/pid", &st))
		doctor_say(doctor, DOCTOR_FAIL, "pid namespace",
			   "/proc does not show this process; mount -t proc proc /proc");
	else if (st.st_ino == first)
		doctor_say(doctor, DOCTOR_OK, "pid namespace", "the first, every process is seen");
	else
		doctor_say(doctor, DOCTOR_OK, "pid namespace",
			   "one of its own, what runs outside it counts as foreign");
}
