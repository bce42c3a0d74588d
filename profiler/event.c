// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens perf events on tasks and CPUs and attaches the BPF program to each.
 * Everything hangs on descriptors, so nothing outlives the process.
 */
#include "profiler/event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/guard.h"

int event_open(struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags)
{
	int fd = syscall(SYS_perf_event_open, attr, pid, cpu, group, flags | PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/*
 * A machine can have a cycles event that opens and counts but never interrupts
 * (virtual machines without a local APIC's counter overflow), so the trial asks
 * for a sample in a buffer and not for a count.
 */
static bool event_delivers_cycles(void)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_HARDWARE,
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.sample_period = 200000,
		.sample_type = PERF_SAMPLE_IP,
		.exclude_hv = 1,
	};
	size_t page = sysconf(_SC_PAGESIZE);
	guard_close int fd = event_open(&attr, 0, -1, -1, 0);
	struct perf_event_mmap_page *header;
	uint64_t start = clock_monotonic_ns();
	bool delivers = false;

	if (fd < 0)
		return false;
	header = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (header == MAP_FAILED)
		return false;
	while (!delivers && clock_monotonic_ns() - start < 20000000)
		delivers = __atomic_load_n(&header->data_head, __ATOMIC_ACQUIRE) != 0;
	munmap(header, 2 * page);
	return delivers;
}

void event_choose(struct event_options *ret)
{
	if (event_delivers_cycles())
		*ret = (struct event_options){ "cycles", PERF_TYPE_HARDWARE,
					       PERF_COUNT_HW_CPU_CYCLES };
	else
		*ret = (struct event_options){ "cpu-clock", PERF_TYPE_SOFTWARE,
					       PERF_COUNT_SW_CPU_CLOCK };
}

bool event_counts_time(const struct event_options *event)
{
	if (event->type == PERF_TYPE_SOFTWARE)
		return event->config == PERF_COUNT_SW_CPU_CLOCK ||
		       event->config == PERF_COUNT_SW_TASK_CLOCK;
	return event->type == PERF_TYPE_HARDWARE && event->config == PERF_COUNT_HW_CPU_CYCLES;
}

void event_set_init(struct event_set *set, const struct event_options *event, uint64_t frequency,
		    uint64_t count, int program_fd)
{
	memset(set, 0, sizeof(*set));
	set->program_fd = program_fd;
	set->attr.size = sizeof(set->attr);
	set->attr.type = event->type;
	set->attr.config = event->config;
	set->attr.disabled = 1;
	/* Ticks of the idle task are no use of the CPU. */
	set->attr.exclude_idle = 1;
	set->attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
	if (count) {
		set->attr.sample_period = count;
	} else {
		set->attr.freq = 1;
		set->attr.sample_freq = frequency;
	}
}

void event_set_init_account(struct event_set *set)
{
	static const struct event_options dummy = { "dummy", PERF_TYPE_SOFTWARE,
						    PERF_COUNT_SW_DUMMY };

	event_set_init(set, &dummy, 0, 1, -1);
	set->attr.sample_period = 0;
	set->attr.disabled = 0;
	set->attr.inherit = 1;
}

void event_set_clear(struct event_set *set)
{
	vec_each(&set->fds, event)
		close(event->fd);
	set->fds.n = 0;
}

void event_set_deinit(struct event_set *set)
{
	event_set_clear(set);
	vec_deinit(&set->fds);
}

static int event_set_add(struct event_set *set, pid_t tid, int cpu)
{
	guard_close int fd = event_open(&set->attr, tid, cpu, -1, 0);
	struct event_fd event = { fd, tid, cpu };
	int err;

	if (fd < 0)
		return fd;
	if (set->program_fd >= 0 && ioctl(fd, PERF_EVENT_IOC_SET_BPF, set->program_fd))
		return -errno;
	err = vec_push(&set->fds, event);
	if (!err)
		take_fd(fd);
	return err;
}

int event_set_add_task(struct event_set *set, pid_t tid)
{
	return event_set_add(set, tid, -1);
}

int event_set_add_cpu(struct event_set *set, int cpu)
{
	return event_set_add(set, -1, cpu);
}

int event_set_enable(const struct event_set *set)
{
	vec_each(&set->fds, event)
		if (ioctl(event->fd, PERF_EVENT_IOC_ENABLE, 0))
			return -errno;
	return 0;
}

void event_set_disable(const struct event_set *set)
{
	vec_each(&set->fds, event)
		ioctl(event->fd, PERF_EVENT_IOC_DISABLE, 0);
}

uint64_t event_set_cpu_ns(const struct event_set *set)
{
	uint64_t values[3], sum = set->gone_enabled_ns;

	vec_each(&set->fds, event)
		if (read(event->fd, values, sizeof(values)) == sizeof(values))
			sum += values[1];
	return sum;
}

int cpu_list_init(struct cpu_list *ret)
{
	guard_fclose FILE *f = fopen("/sys/devices/system/cpu/online", "re");
	int first, last;

	memset(ret, 0, sizeof(*ret));
	/* Opening an event on one that is offline says -ENODEV. */
	for (int cpu = 0; !f && cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++)
		if (vec_push(&ret->cpus, cpu))
			return -ENOMEM;
	if (!f)
		return 0;
	/* "0-3,8,10-11" */
	while (fscanf(f, "%d", &first) == 1) {
		int c = fgetc(f);

		last = first;
		if (c == '-' && fscanf(f, "%d", &last) == 1)
			c = fgetc(f);
		for (int cpu = first; cpu <= last; cpu++)
			if (vec_push(&ret->cpus, cpu))
				return -ENOMEM;
		if (c != ',')
			break;
	}
	return ret->cpus.n ? 0 : -ENOENT;
}

void cpu_list_deinit(struct cpu_list *list)
{
	vec_deinit(&list->cpus);
}
