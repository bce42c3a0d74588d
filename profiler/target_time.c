// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPU time that the kernel accounts to a target, outside of perf: noted
 * when a recording begins and again when it ends. It is what the sampled time
 * is held against.
 */
#include <stdio.h>

#include "base/guard.h"
#include "profiler/cgroup.h"
#include "profiler/proc.h"
#include "profiler/target.h"

/* Time of all CPUs that was not idle, in /proc/stat's 1/100 s: elapsed - idle is exact to a
 * tick, while user + system are themselves sampled on many kernels. */
static uint64_t machine_idle_ns(uint64_t *ret_cpus)
{
	guard_fclose FILE *f = fopen("/proc/stat", "re");
	unsigned long long idle, iowait;
	uint64_t cpus = 0, sum = 0;
	char line[1024];

	while (f && fgets(line, sizeof(line), f)) {
		/* The first line, "cpu ", is the sum. */
		if (line[3] == ' ' || sscanf(line, "cpu%*d %*u %*u %*u %llu %llu", &idle, &iowait) != 2)
			continue;
		cpus++;
		sum += (idle + iowait) * 10000000;
	}
	*ret_cpus = cpus;
	return sum;
}

/* Those that ended and were waited for are in their parent's account. */
static uint64_t children_ticks(const struct target *target, uint64_t *ret_n)
{
	struct pid_list all = {};
	uint64_t sum = 0;
	uint32_t n_own = 0;

	vec_each(&target->watched, item) {
		if (vec_push(&all.pids, item->id))
			break;
		n_own++;
	}
	if (proc_add_descendants(&all))
		all.pids.n = n_own;
	for (size_t i = 0; i < all.pids.n; i++) {
		guard_close int fd = proc_open(all.pids.data[i]);
		struct proc_stat stat;
		bool own = false;

		if (fd < 0 || proc_read_stat(fd, &stat))
			continue;
		vec_each(&target->watched, item)
			own = own || item->id == all.pids.data[i];
		sum += stat.children_cpu_ticks + (own ? 0 : stat.cpu_ticks);
	}
	*ret_n = all.pids.n - n_own;
	vec_deinit(&all.pids);
	return sum;
}

static void measure_children(struct target *target)
{
	uint64_t n, now;

	if (target->options->kind != TARGET_PIDS || target->options->follow)
		return;
	now = children_ticks(target, &n);
	if (now > target->children_ticks)
		target->children_ns = (now - target->children_ticks) * 10000000;
}

void target_begin(struct target *target)
{
	vec_each(&target->watched, item)
		if (!proc_cpu_ns(item->id, &item->cpu_ns))
			item->cpu_ns = UINT64_MAX;
	if (target->cgroup_path)
		target->cgroup_cpu_ns = cgroup_cpu_ns(target->cgroup_path);
	if (target->options->kind == TARGET_ALL)
		target->machine_idle_ns = machine_idle_ns(&target->cpus);
}

void target_begin_children(struct target *target)
{
	if (target->options->kind == TARGET_PIDS && !target->options->follow)
		target->children_ticks = children_ticks(target, &target->n_children);
}

static bool used_cpu_ns(struct target *target, uint64_t elapsed_ns, uint64_t *ret)
{
	uint64_t now, cpus;

	*ret = 0;
	switch (target->options->kind) {
	case TARGET_ALL:
		now = machine_idle_ns(&cpus) - target->machine_idle_ns;
		*ret = elapsed_ns * cpus > now ? elapsed_ns * cpus - now : 0;
		return cpus && cpus == target->cpus;
	case TARGET_CGROUP:
		now = cgroup_cpu_ns(target->cgroup_path);
		if (now == UINT64_MAX || target->cgroup_cpu_ns == UINT64_MAX)
			return false;
		*ret = now - target->cgroup_cpu_ns;
		return true;
	case TARGET_PIDS:
		if (target->options->follow)
			return false;
		vec_each(&target->watched, item) {
			if (item->cpu_ns == UINT64_MAX || !proc_cpu_ns(item->id, &now))
				return false;
			/* Asked after the pid was: it may have become another's. */
			if (watched_ended(item))
				return false;
			*ret += now - item->cpu_ns;
		}
		return true;
	default:
		return false;
	}
}

void target_end(struct target *target, uint64_t elapsed_ns)
{
	target->used_known = used_cpu_ns(target, elapsed_ns, &target->used_ns);
	measure_children(target);
}
