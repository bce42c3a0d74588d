// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Resolves the target's options to tasks, CPUs or a cgroup and opens the
 * events. On tasks, each thread that is there gets an event that its children
 * inherit; a thread born meanwhile may or may not have inherited one, so the
 * list of threads is read before and after, and only a list that did not
 * change is trusted.
 */
#include "profiler/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/cgroup.h"
#include "profiler/message.h"
#include "profiler/proc.h"

enum { ATTACH_TRIES = 8 };

static int watch(struct target *target, pid_t id, pid_t tgid, uint64_t start_ticks, bool process)
{
	struct watched item = { id, tgid, .start_ticks = start_ticks, .fd = -1 };

	if (process)
		item.fd = syscall(SYS_pidfd_open, id, 0);
	return vec_push(&target->watched, item);
}

/* A leader that has exited is a zombie until the last of its threads has. */
static bool process_lives(int proc_fd, const struct proc_stat *stat)
{
	struct pid_list threads = {};
	bool lives = stat->state != 'Z' && stat->state != 'X';

	if (!lives && !proc_list_threads(proc_fd, &threads))
		lives = threads.pids.n > 1;
	vec_deinit(&threads.pids);
	return lives;
}

/* Opens the task, and again after it is watched, so that both are one and the same. */
static int watch_task(struct target *target, pid_t id, bool process)
{
	guard_close int fd = proc_open(id);
	struct proc_stat stat;
	pid_t tgid;
	int err;

	if (fd < 0 || proc_read_tgid(fd, &tgid) || proc_read_stat(fd, &stat)) {
		message("%d: no such %s", id, process ? "process" : "thread");
		return -ESRCH;
	}
	if (process && tgid != id) {
		message("%d: a thread of process %d; use -t %d or -p %d", id, tgid, id, tgid);
		return -EINVAL;
	}
	if (!process_lives(fd, &stat)) {
		message("%d (%s): has exited already", id, stat.comm);
		return -ESRCH;
	}
	err = watch(target, id, tgid, stat.start_ticks, process);
	if (!err && proc_read_stat(fd, &stat)) {
		message("%d: exited just now", id);
		return -ESRCH;
	}
	return err;
}

static int target_init_cgroup(struct target *target)
{
	char error[512];
	struct cgroup cgroup;
	int err = cgroup_find(target->options->cgroup, &cgroup, error, sizeof(error));

	if (err) {
		message("%s", error);
		return err;
	}
	target->cgroup_id = cgroup.id;
	target->cgroup_subsys = cgroup.subsys;
	target->cgroup_path = take_ptr(cgroup.path);
	return 0;
}

/* In a pid namespace with the /proc of another one, every number would be somebody else's. */
static int check_proc(void)
{
	char text[16] = "";

	if (readlink("/proc/self", text, sizeof(text) - 1) < 0) {
		message("/proc: %s; mount -t proc proc /proc", strerror(errno));
		return -ENOENT;
	}
	if (atoi(text) == getpid())
		return 0;
	message("/proc: shows another pid namespace than this one; mount -t proc proc /proc, or "
		"unshare --mount-proc");
	return -EINVAL;
}

int target_init(struct target *target, const struct target_options *options)
{
	bool processes = options->kind == TARGET_PIDS;
	int err;

	memset(target, 0, sizeof(*target));
	target->options = options;
	err = check_proc();
	if (err)
		return err;
	switch (options->kind) {
	case TARGET_PIDS:
	case TARGET_TIDS:
		for (size_t i = 0; !err && i < options->ids.n; i++)
			err = watch_task(target, options->ids.data[i], processes);
		return err;
	case TARGET_CGROUP:
		target->every_cpu = true;
		return target_init_cgroup(target);
	case TARGET_ALL:
		target->every_cpu = true;
		return 0;
	default:
		return 0;
	}
}

void target_deinit(struct target *target)
{
	vec_each(&target->watched, item)
		if (item->fd >= 0)
			close(item->fd);
	vec_deinit(&target->watched);
	free(target->cgroup_path);
	target->cgroup_path = NULL;
}

/* Linux 5.13: children inherit an event only as threads of the same process. */
static bool can_inherit_thread(void)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.disabled = 1,
		.inherit = 1,
		.inherit_thread = 1,
	};
	guard_close int fd = event_open(&attr, 0, -1, -1, 0);

	return fd >= 0;
}

void target_configure(const struct target *target, struct wire_config *config)
{
	enum target_kind kind = target->options->kind;

	config->follow = kind == TARGET_COMMAND || target->options->follow;
	config->cgroup_id = target->cgroup_id;
	config->cgroup_subsys = target->cgroup_subsys;
	config->filter = kind == TARGET_ALL ? FILTER_NONE : FILTER_BOUND;
	if (kind == TARGET_CGROUP)
		config->filter = FILTER_CGROUP;
	else if (kind == TARGET_TIDS && target->every_cpu)
		config->filter = FILTER_THREAD;
	else if (kind != TARGET_ALL && kind != TARGET_TIDS && target->every_cpu)
		config->filter = FILTER_PROCESS;
	else if (kind == TARGET_PIDS && !config->follow && !can_inherit_thread())
		config->filter = FILTER_PROCESS;
}

static int list_processes(const struct target *target, struct pid_list *ret)
{
	int err = 0;

	ret->pids.n = 0;
	vec_each(&target->watched, item)
		if (!err)
			err = vec_push(&ret->pids, item->id);
	return err || !target->options->follow ? err : proc_add_descendants(ret);
}

static int list_threads_of(const struct pid_list *processes, struct pid_list *ret)
{
	struct pid_list threads = {};
	int err = 0;

	ret->pids.n = 0;
	for (size_t i = 0; !err && i < processes->pids.n; i++) {
		guard_close int fd = proc_open(processes->pids.data[i]);

		if (fd < 0 || proc_list_threads(fd, &threads))
			continue; /* gone meanwhile: it will not be sampled */
		err = vec_append(&ret->pids, threads.pids.data, threads.pids.n);
	}
	pid_list_sort(ret);
	vec_deinit(&threads.pids);
	return err;
}

/* All threads of the target's processes at this moment. */
static int list_threads(const struct target *target, struct pid_list *ret)
{
	struct pid_list processes = {};
	int err = list_processes(target, &processes);

	if (!err)
		err = list_threads_of(&processes, ret);
	vec_deinit(&processes.pids);
	return err;
}

static int attach_threads(struct event_set *events, const struct pid_list *threads)
{
	for (size_t i = 0; i < threads->pids.n; i++) {
		int err = event_set_add_task(events, threads->pids.data[i]);

		if (err && err != -ESRCH)
			return err;
	}
	return 0;
}

static int attach_processes(const struct target *target, struct event_set *events)
{
	struct pid_list before = {}, after = {};
	bool stable = false;
	int err = 0;

	events->attr.inherit = 1;
	events->attr.inherit_thread = !target->options->follow && can_inherit_thread();
	for (int i = 0; !err && !stable && i < ATTACH_TRIES; i++) {
		event_set_clear(events);
		err = list_threads(target, &before);
		if (!err)
			err = attach_threads(events, &before);
		if (!err)
			err = list_threads(target, &after);
		stable = !err && pid_list_equal(&before, &after);
	}
	if (!err && stable && !events->fds.n)
		err = -ESRCH;
	if (!err && !stable) {
		event_set_clear(events);
		err = -EAGAIN;
	}
	vec_deinit(&before.pids);
	vec_deinit(&after.pids);
	return err;
}

static int attach_cpus(struct event_set *events)
{
	struct cpu_list cpus;
	int err = cpu_list_init(&cpus);

	events->attr.inherit = 0;
	events->attr.inherit_thread = 0;
	events->attr.enable_on_exec = 0;
	for (size_t i = 0; !err && i < cpus.cpus.n; i++) {
		err = event_set_add_cpu(events, cpus.cpus.data[i]);
		/* It went offline since the list was made. */
		if (err == -ENODEV)
			err = 0;
	}
	cpu_list_deinit(&cpus);
	return err;
}

/* A child that was born while the list was made is in the next one; once its parent has been
 * told of, it is followed without. */
static int tell_processes(const struct target *target, struct capture *capture)
{
	struct pid_list processes = {};
	size_t n_told = 0;
	int err = list_processes(target, &processes);

	for (int round = 0; !err && round < ATTACH_TRIES && processes.pids.n > n_told; round++) {
		n_told = processes.pids.n;
		for (size_t i = 0; !err && i < processes.pids.n; i++) {
			guard_close int fd = proc_open(processes.pids.data[i]);
			struct proc_stat stat;

			if (fd >= 0 && !proc_read_stat(fd, &stat))
				err = capture_add_process(capture, processes.pids.data[i],
							  stat.start_ticks);
		}
		if (!err && target->options->follow)
			err = list_processes(target, &processes);
	}
	vec_deinit(&processes.pids);
	return err;
}

int target_tell(const struct target *target, struct capture *capture, const struct command *command)
{
	int err = 0;

	if (command && command->pid)
		err = capture_add_process(capture, command->pid, 0);
	if (!err && target->options->kind == TARGET_PIDS)
		err = tell_processes(target, capture);
	if (target->options->kind == TARGET_TIDS)
		vec_each(&target->watched, item) {
			if (!err)
				err = capture_add_thread(capture, item->id, item->start_ticks);
			/* Its mappings are changed by other threads, too. */
			if (!err)
				err = capture_add_process(capture, item->process, 0);
		}
	return err;
}

static int attach_watched(const struct target *target, struct event_set *events)
{
	int err = 0;

	for (size_t i = 0; !err && i < target->watched.n; i++)
		err = event_set_add_task(events, target->watched.data[i].id);
	return err;
}

int target_attach(struct target *target, struct capture *capture, struct event_set *events,
		  const struct command *command)
{
	int err = target_tell(target, capture, command);

	if (err)
		return err;
	if (target->every_cpu)
		return attach_cpus(events);
	if (command) {
		events->attr.inherit = 1;
		events->attr.enable_on_exec = 1;
		return event_set_add_task(events, command->pid);
	}
	err = target->options->kind == TARGET_PIDS ? attach_processes(target, events) :
						     attach_watched(target, events);
	if (err != -EMFILE)
		return err;
	/* More threads than descriptors: an event for each CPU does with fewer. */
	event_set_clear(events);
	return -EAGAIN;
}

int target_attach_widely(struct target *target, struct event_set *events)
{
	int err = attach_cpus(events);

	if (!err)
		target->every_cpu = true;
	return err;
}

/* A thread that is born meanwhile is missed, unless it inherits. */
int target_account(const struct target *target, const struct command *command,
		   struct event_set *account)
{
	struct pid_list processes = {}, threads = {};
	int err;

	event_set_init_account(account);
	if (command->pid) {
		err = vec_push(&processes.pids, command->pid);
		if (!err)
			err = proc_add_descendants(&processes);
	} else {
		account->attr.inherit_thread = !target->options->follow && can_inherit_thread();
		err = list_processes(target, &processes);
	}
	if (!err)
		err = list_threads_of(&processes, &threads);
	if (!err)
		err = attach_threads(account, &threads);
	if (err)
		event_set_clear(account);
	vec_deinit(&processes.pids);
	vec_deinit(&threads.pids);
	return err;
}

static bool thread_ended(const struct watched *item)
{
	guard_close int fd = proc_open(item->id);
	struct proc_stat stat;

	return fd < 0 || proc_read_stat(fd, &stat) || stat.start_ticks != item->start_ticks ||
	       stat.state == 'Z' || stat.state == 'X';
}

bool watched_ended(struct watched *item)
{
	struct pollfd poll_fd = { .fd = item->fd, .events = POLLIN };

	if (!item->ended)
		item->ended = item->fd >= 0 ? poll(&poll_fd, 1, 0) == 1 : thread_ended(item);
	return item->ended;
}

bool target_ended(struct target *target)
{
	bool all = target->watched.n != 0;

	vec_each(&target->watched, item)
		all = watched_ended(item) && all;
	return all;
}

int target_pids(const struct target *target, struct pid_list *ret)
{
	int err = 0;

	switch (target->options->kind) {
	case TARGET_PIDS:
		return list_processes(target, ret);
	case TARGET_TIDS:
		for (size_t i = 0; !err && i < target->watched.n; i++) {
			guard_close int fd = proc_open(target->watched.data[i].id);
			pid_t tgid;

			if (fd >= 0 && !proc_read_tgid(fd, &tgid))
				err = vec_push(&ret->pids, tgid);
		}
		return err;
	case TARGET_ALL:
	case TARGET_CGROUP:
		return proc_list_all(ret);
	default:
		return 0;
	}
}
