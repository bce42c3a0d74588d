// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tries of bpf(): small maps and programs, then the sampler itself. The kernel
 * is asked, never its version.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/capture.h"
#include "profiler/doctor.h"
#include "profiler/privilege.h"
#include "profiler/switches.h"

void doctor_check_btf(struct doctor *doctor)
{
	static const char path[] = "/sys/kernel/btf/vmlinux";
	struct stat st;

	if (stat(path, &st))
		doctor_say(
			doctor, DOCTOR_FAIL, "BTF",
			"there is no %s; use a kernel with CONFIG_DEBUG_INFO_BTF, as Debian's are",
			path);
	else if (access(path, R_OK))
		doctor_say(doctor, DOCTOR_FAIL, "BTF", "%s: %s; %s", path, strerror(errno),
			   doctor_rights_remedy());
	else
		doctor_say(doctor, DOCTOR_OK, "BTF", "%s, %lld KiB", path,
			   (long long)st.st_size / 1024);
}

void doctor_check_maps(struct doctor *doctor)
{
	guard_close int ring = -1;
	guard_close int array = -1;
	const unsigned int page = (unsigned int)sysconf(_SC_PAGESIZE);
	int err = 0;

	array = bpf_map_create(BPF_MAP_TYPE_ARRAY, "flametap_try", 4, 8, 1, NULL);
	if (array < 0)
		err = -errno;
	else
		ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "flametap_try", 0, 0, page, NULL);
	if (err)
		doctor_say_refused(doctor, "BPF maps", err, "use a kernel with CONFIG_BPF_SYSCALL");
	else if (ring < 0)
		doctor_say_refused(doctor, "BPF maps", -errno,
				   "ring buffers need Linux 5.8 or later");
	else
		doctor_say(doctor, DOCTOR_OK, "BPF maps", "arrays and ring buffers");
}

static int load_trivial(enum bpf_prog_type type)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(type, "flametap_try", "GPL", code, 2, NULL);

	return fd < 0 ? -errno : fd;
}

void doctor_check_programs(struct doctor *doctor)
{
	static const struct {
		enum bpf_prog_type type;
		const char *what, *remedy;
	} programs[] = {
		{BPF_PROG_TYPE_PERF_EVENT, "BPF programs of perf events",
		 "use a kernel with CONFIG_BPF_EVENTS"},
		{BPF_PROG_TYPE_RAW_TRACEPOINT, "BPF programs of tracepoints",
		 "use a kernel with CONFIG_BPF_EVENTS"},
	};

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		guard_close int fd = load_trivial(programs[i].type);

		if (fd < 0) {
			doctor->no_programs = true;
			doctor_say_refused(doctor, programs[i].what, fd, programs[i].remedy);
			continue;
		}
		doctor_say(doctor, DOCTOR_OK, programs[i].what, "load");
	}
}

void doctor_check_helpers(struct doctor *doctor)
{
	static const struct {
		enum bpf_func_id id;
		const char *name, *without; /* NULL: flametap does not work without it */
	} helpers[] = {
		{BPF_FUNC_ringbuf_output, "bpf_ringbuf_output", NULL},
		{BPF_FUNC_get_stack, "bpf_get_stack", NULL},
		{BPF_FUNC_probe_read_user, "bpf_probe_read_user", NULL},
		{BPF_FUNC_loop, "bpf_loop", "loading takes longer"},
		{BPF_FUNC_task_pt_regs, "bpf_task_pt_regs",
		 "user registers are looked for at the top of the kernel stack"},
	};
	char known[256] = "";

	/* libbpf takes a refusal of all programs for a yes. */
	if (doctor->no_programs) {
		doctor_say(doctor, DOCTOR_WARN, "BPF helpers",
			   "cannot be asked for; see the programs above");
		return;
	}
	for (size_t i = 0; i < sizeof(helpers) / sizeof(*helpers); i++) {
		int found = libbpf_probe_bpf_helper(BPF_PROG_TYPE_PERF_EVENT, helpers[i].id, NULL);

		if (found > 0) {
			strcat(strcat(known, *known ? " " : ""), helpers[i].name + 4);
			continue;
		}
		doctor_say(doctor, helpers[i].without ? DOCTOR_WARN : DOCTOR_FAIL, "BPF helpers",
			   "%s is not there%s%s; a newer kernel has it", helpers[i].name,
			   helpers[i].without ? ": " : "",
			   helpers[i].without ? helpers[i].without : "");
	}
	if (*known)
		doctor_say(doctor, DOCTOR_OK, "BPF helpers", "%s", known);
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Those of offcpu and wall, which go without them no further; capture is NULL where there is none. */
static void check_switches(struct doctor *doctor, const struct capture *capture)
{
	static const char what[] = "off-CPU time";
	struct switches_options options = {
		.config.filter = FILTER_PROCESS,
		.capture = capture,
	};
	struct switches *switches = NULL;
	double start = now_ms();
	int err = capture ? switches_create(&options, &switches) : -ENOENT;

	doctor->no_switches = err != 0;
	if (!err && !switches_are_direct(switches))
		doctor->switches_lack = "dearer, by raw tracepoints";
	else if (!err && !switches_can_list(switches))
		doctor->switches_lack = "without an iterator of tasks";
	if (!capture)
		doctor_say(doctor, DOCTOR_WARN, what, "offcpu and wall need the sampler; see above");
	else if (err)
		doctor_say(doctor, DOCTOR_WARN, what,
			   "its programs: %s; see what the verifier says with flametap offcpu -v",
			   strerror(-err));
	else if (!switches_are_direct(switches))
		doctor_say(doctor, DOCTOR_WARN, what,
			   "its programs are of raw tracepoints, and dearer; Linux 5.17 has better ones");
	else if (!switches_can_list(switches))
		doctor_say(doctor, DOCTOR_WARN, what,
			   "threads that wait when a recording begins have no stacks until they go "
			   "on; Linux 5.18 can list them");
	else
		doctor_say(doctor, DOCTOR_OK, what,
			   "its programs load in %.0f ms, on tp_btf, with an iterator of tasks",
			   now_ms() - start);
	switches_destroy(switches);
}

/* The very programs that sample, watching nothing. */
void doctor_check_sampler(struct doctor *doctor)
{
	struct capture_options options = {.config.filter = FILTER_PROCESS};
	struct capture *capture = NULL;
	double start = now_ms();
	int err = capture_create(&options, &capture);

	if (err)
		doctor_say_refused(doctor, "the sampler", err,
				   "see what the verifier says with flametap cpu -v");
	else
		doctor_say(doctor, DOCTOR_OK, "the sampler", "loads and attaches in %.0f ms",
			   now_ms() - start);
	check_switches(doctor, capture);
	capture_destroy(capture);
}

/* Since memory of BPF is charged to cgroups (Linux 5.11) the limit does not matter to it; the
 * helper came with the same release. */
void doctor_check_memlock(struct doctor *doctor)
{
	struct rlimit limit;
	int charged = libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCKET_FILTER,
					      BPF_FUNC_ktime_get_coarse_ns, NULL);

	if (getrlimit(RLIMIT_MEMLOCK, &limit) || doctor->no_programs)
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		doctor_say(doctor, DOCTOR_OK, "RLIMIT_MEMLOCK", "unlimited");
	else if (charged == 1)
		doctor_say(doctor, DOCTOR_OK, "RLIMIT_MEMLOCK",
			   "%llu KiB, which this kernel does not need for BPF",
			   (unsigned long long)limit.rlim_cur / 1024);
	else if (privilege_has(PRIVILEGE_SYS_RESOURCE))
		doctor_say(doctor, DOCTOR_OK, "RLIMIT_MEMLOCK", "%llu KiB, flametap raises it",
			   (unsigned long long)limit.rlim_cur / 1024);
	else
		doctor_say(doctor, DOCTOR_WARN, "RLIMIT_MEMLOCK",
			   "%llu KiB, which may not do for BPF; ulimit -l unlimited",
			   (unsigned long long)limit.rlim_cur / 1024);
}
