// SPDX-License-Identifier: GPL-2.0-or-later
/* Tries of perf_event_open() on flametap's own load, and the limits set on it. */
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/doctor.h"
#include "profiler/event.h"
#include "profiler/privilege.h"

enum { DEFAULT_HZ = 999 };

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* 1: a sample came while this process ran for 50 ms; 0: none; a negative errno. */
static int try_cpu_clock(void)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 1000000,
		.sample_type = PERF_SAMPLE_IP,
	};
	const size_t size = 2 * (size_t)sysconf(_SC_PAGESIZE);
	guard_close int fd = event_open(&attr, 0, -1, -1, 0);
	struct perf_event_mmap_page *page;
	double start = now_s();
	int came = 0;

	if (fd < 0)
		return fd;
	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	while (!came && now_s() - start < 0.05)
		came = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE) != 0;
	munmap(page, size);
	return came;
}

void doctor_check_cpu_clock(struct doctor *doctor)
{
	int came = try_cpu_clock();

	if (came > 0)
		doctor_say(doctor, DOCTOR_OK, "cpu-clock", "delivers samples");
	else if (!came)
		doctor_say(doctor, DOCTOR_FAIL, "cpu-clock",
			   "opens but delivers nothing; see dmesg for what perf says");
	else
		doctor_say_refused(doctor, "cpu-clock", came,
				   "use a kernel with CONFIG_PERF_EVENTS");
}

void doctor_check_cycles(struct doctor *doctor)
{
	struct event_options event;

	if (!privilege_has(PRIVILEGE_PERFMON)) {
		doctor_say(doctor, DOCTOR_WARN, "cycles", "cannot be tried; see capabilities");
		return;
	}
	event_choose(&event);
	if (event.type == PERF_TYPE_HARDWARE)
		doctor_say(doctor, DOCTOR_OK, "cycles", "deliver samples, and are the default");
	else
		doctor_say(doctor, DOCTOR_WARN, "cycles",
			   "deliver no samples, so that cpu-clock is used, which is blind where "
			   "interrupts are off; a virtual machine's host has to pass the PMU on");
}

void doctor_check_paranoid(struct doctor *doctor)
{
	long long level;

	if (!doctor_read_number("/proc/sys/kernel/perf_event_paranoid", &level))
		doctor_say(doctor, DOCTOR_FAIL, "perf_event_paranoid",
			   "is not there; use a kernel with CONFIG_PERF_EVENTS");
	else if (privilege_has(PRIVILEGE_PERFMON))
		doctor_say(doctor, DOCTOR_OK, "perf_event_paranoid",
			   "%lld, which does not bind who has CAP_PERFMON", level);
	else if (level > 1)
		doctor_say(doctor, DOCTOR_WARN, "perf_event_paranoid",
			   "%lld, which keeps kernel samples from you; %s", level,
			   doctor_rights_remedy());
	else
		doctor_say(doctor, DOCTOR_OK, "perf_event_paranoid", "%lld", level);
}

void doctor_check_sample_rate(struct doctor *doctor)
{
	static const char what[] = "perf_event_max_sample_rate";
	long long rate;

	if (!doctor_read_number("/proc/sys/kernel/perf_event_max_sample_rate", &rate))
		return; /* no perf events at all, as has been said */
	if (rate < DEFAULT_HZ)
		doctor_say(doctor, DOCTOR_WARN, what,
			   "%lld, under the default of -F %d; "
			   "sysctl -w kernel.perf_event_max_sample_rate=100000",
			   rate, DEFAULT_HZ);
	else
		doctor_say(doctor, DOCTOR_OK, what, "%lld", rate);
}
