// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc and capget come in; what this process may do and why not goes out.
 */
#include "profiler/privilege.h"

#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/guard.h"

static const struct {
	int number;
	bool admin; /* CAP_SYS_ADMIN stands for it */
	const char *name, *purpose;
} privileges[PRIVILEGE_N] = {
	[PRIVILEGE_BPF] = {CAP_BPF, true, "CAP_BPF", "to load BPF programs"},
	[PRIVILEGE_PERFMON] = {CAP_PERFMON, true, "CAP_PERFMON",
			       "to sample, and to read the kernel's memory"},
	[PRIVILEGE_SYS_ADMIN] = {CAP_SYS_ADMIN, true, "CAP_SYS_ADMIN",
				 "stands for several of the others"},
	[PRIVILEGE_SYS_PTRACE] = {CAP_SYS_PTRACE, false, "CAP_SYS_PTRACE",
				  "to see the mappings of other users' processes"},
	[PRIVILEGE_SYSLOG] = {CAP_SYSLOG, true, "CAP_SYSLOG", "to read kernel addresses"},
	[PRIVILEGE_DAC_READ_SEARCH] = {CAP_DAC_READ_SEARCH, false, "CAP_DAC_READ_SEARCH",
				       "to read other users' programs and tracefs"},
	[PRIVILEGE_CHECKPOINT_RESTORE] = {CAP_CHECKPOINT_RESTORE, true, "CAP_CHECKPOINT_RESTORE",
					  "to open deleted files that still run"},
	[PRIVILEGE_SYS_RESOURCE] = {CAP_SYS_RESOURCE, false, "CAP_SYS_RESOURCE", "to raise limits"},
};

const char *privilege_name(enum privilege privilege)
{
	return privileges[privilege].name;
}

const char *privilege_purpose(enum privilege privilege)
{
	return privileges[privilege].purpose;
}

static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &header, data))
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

bool privilege_has(enum privilege privilege)
{
	uint64_t effective = effective_capabilities();

	if (effective >> privileges[privilege].number & 1)
		return true;
	return privileges[privilege].admin && (effective >> CAP_SYS_ADMIN & 1);
}

bool privilege_in_user_namespace(void)
{
	/* PROC_USER_INIT_INO: fixed in include/linux/proc_ns.h since Linux 3.8. */
	const ino_t first = 0xEFFFFFFDU;
	struct stat st;

	return !stat("/proc/self/ns/user", &st) && st.st_ino != first;
}

static bool is_locked_down(void)
{
	FILE *file guard_fclose = fopen("/sys/kernel/security/lockdown", "re");
	char line[128];

	return file && fgets(line, sizeof(line), file) && strstr(line, "[confidentiality]");
}

static bool has_seccomp_filter(void)
{
	FILE *file guard_fclose = fopen("/proc/self/status", "re");
	char line[256];
	int mode;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Seccomp: %d", &mode) == 1)
			return mode == 2;
	return false;
}

/* "CAP_BPF and CAP_PERFMON", or one of them; "" if both are there. */
static const char *missing(void)
{
	bool bpf = privilege_has(PRIVILEGE_BPF);
	bool perfmon = privilege_has(PRIVILEGE_PERFMON);

	if (!bpf && !perfmon)
		return "CAP_BPF and CAP_PERFMON";
	if (!bpf)
		return "CAP_BPF";
	return perfmon ? "" : "CAP_PERFMON";
}

static void explain_missing(const char *names, char *buf, size_t n)
{
	char program[256] = "flametap";
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (length > 0)
		program[length] = '\0';
	if (geteuid() == 0)
		snprintf(buf, n,
			 "needs %s, which this root does not have; give them to the container "
			 "(docker run --cap-add), or run flametap outside it",
			 names);
	else
		snprintf(buf, n,
			 "needs %s; run it with sudo, or setcap cap_bpf,cap_perfmon,cap_sys_ptrace,"
			 "cap_syslog,cap_dac_read_search+ep %s",
			 names, program);
}

void privilege_explain(char *buf, size_t n)
{
	const char *names = missing();

	if (*names)
		explain_missing(names, buf, n);
	else if (privilege_in_user_namespace())
		snprintf(buf, n,
			 "root of a user namespace may not use BPF; run flametap outside it");
	else if (is_locked_down())
		snprintf(buf, n,
			 "the kernel is locked down (confidentiality), which keeps BPF from "
			 "reading memory; boot with lockdown=integrity");
	else if (has_seccomp_filter())
		snprintf(buf, n,
			 "a seccomp filter forbids it, as containers have; "
			 "docker run --security-opt seccomp=unconfined");
	else
		snprintf(buf, n,
			 "refused although CAP_BPF and CAP_PERFMON are there; "
			 "see dmesg for a security module's word on it");
}
