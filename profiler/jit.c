// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a process is first seen in code of its own making, its /tmp is opened,
 * which can be looked into when it has ended; the file itself is opened at its
 * end, before another process with that pid can write to it.
 */
#include "profiler/jit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/proc.h"

enum {
	MAX_ADDRESSES = 1 << 20, /* 64 MB with their locations; what is beyond has no name */
	MAX_DIRS = 256,
	MAX_HELD = 256,
	MAX_FORKS = 8, /* of which none has executed a program */
};

/* To add one, add a row. */
static const struct jit_runtime runtimes[] = {
	{"libjvm.so", "jcmd %d Compiler.perfmap", true},
	{"node", "run node with --perf-basic-prof", false},
	{"libnode.so", "run node with --perf-basic-prof", false},
	{"libcoreclr.so", "run it with DOTNET_PerfMapEnabled=1", false},
	{"libruby", "run ruby with --yjit-perf", false},
	{"libpython", "run python with -X perf", false},
	{"python3", "run python with -X perf", false},
};

void jit_init(struct jit *jit, struct profile *profile, const struct modules *modules)
{
	*jit = (struct jit){.profile = profile, .modules = modules};
}

void jit_deinit(struct jit *jit)
{
	vec_each(&jit->processes, process) {
		if (process->map_fd >= 0)
			close(process->map_fd);
		if (process->parent_map_fd >= 0)
			close(process->parent_map_fd);
		vec_deinit(&process->addresses);
	}
	vec_each(&jit->dirs, dir)
		close(dir->fd);
	vec_deinit(&jit->processes);
	vec_deinit(&jit->dirs);
	idmap_deinit(&jit->by_serial);
	idmap_deinit(&jit->by_address);
}

/* Most processes share one /tmp: it is held once. */
static int share_dir(struct jit *jit, struct jit_place *place)
{
	struct jit_dir new = {.fd = place->dir_fd};
	int err;

	if (fstat(place->dir_fd, &new.stat))
		return -errno;
	vec_each(&jit->dirs, dir) {
		if (dir->stat.st_dev != new.stat.st_dev || dir->stat.st_ino != new.stat.st_ino)
			continue;
		close(place->dir_fd);
		place->dir_fd = dir->fd;
		return 0;
	}
	err = jit->dirs.n < MAX_DIRS ? vec_push(&jit->dirs, new) : -EMFILE;
	if (err)
		jit_place_deinit(place);
	return err;
}

static void find_place(struct jit *jit, const struct process *process, struct jit_process *found)
{
	guard_close int fd = process_open(process);
	struct proc_stat stat;
	int err = fd < 0 ? -ESRCH : jit_place_init(&found->place, fd);

	if (!err && !proc_read_stat(fd, &stat))
		memcpy(found->comm, stat.comm, sizeof(found->comm) - 1);
	if (!err)
		err = share_dir(jit, &found->place);
	else if (fd >= 0)
		jit_place_deinit(&found->place);
	found->place_error = err;
}

/* What the kernel told a program at its start, with addresses that it had chosen at random: the same
 * in two processes only where one is a fork of the other. */
static bool same_start(int proc_fd, int other_fd)
{
	guard_close int fd = openat(proc_fd, "auxv", O_RDONLY | O_CLOEXEC);
	guard_close int other = openat(other_fd, "auxv", O_RDONLY | O_CLOEXEC);
	char bytes[4096], other_bytes[sizeof(bytes)];
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	return n > 0 && other >= 0 && read(other, other_bytes, sizeof(other_bytes)) == n &&
	       !memcmp(bytes, other_bytes, n);
}

/* Goes up from a process to what it was forked from, until one has a perf map. It is opened now:
 * the file stays the same when it grows. */
static void find_parent_map(struct jit *jit, const struct process *process,
			    struct jit_process *found)
{
	guard_close int fd = process_open(process);
	struct proc_stat stat;
	int n = 0;

	while (fd >= 0 && found->parent_map_fd < 0 && n++ < MAX_FORKS && jit->n_held < MAX_HELD &&
	       !proc_read_stat(fd, &stat) && stat.parent > 1) {
		guard_close int parent_fd = proc_open(stat.parent);
		struct jit_place place = { .dir_fd = -1 };

		if (parent_fd < 0 || !same_start(fd, parent_fd))
			return;
		if (!jit_place_init(&place, parent_fd)) {
			found->parent_map_fd = jit_place_open(&place);
			found->parent_pid = place.pid;
		}
		jit_place_deinit(&place);
		jit->n_held += found->parent_map_fd >= 0;
		close(fd);
		fd = take_fd(parent_fd);
	}
}

static bool is_dump(const char *base)
{
	int end = 0;

	return sscanf(base, "jit-%*[0-9].dump%n", &end) >= 0 && end && !base[end];
}

/* What its mappings tell: which runtime it is, and a jitdump, which is mapped for that. */
static void look_at_mappings(struct jit *jit, const struct process *process,
			     struct jit_process *found)
{
	const struct profile *profile = jit->profile;

	vec_each(&process->mappings, mapping) {
		const struct module *module = &jit->modules->items.data[mapping->module];
		const char *path = strings_get(&profile->strings,
					       profile->modules.data[module->number].path);
		const char *slash = strrchr(path, '/');
		const char *base = slash ? slash + 1 : path;

		if (module->fd >= 0 && is_dump(base))
			found->dump_fd = module->fd;
		for (size_t i = 0; i < sizeof(runtimes) / sizeof(*runtimes); i++)
			if (!found->runtime &&
			    !strncmp(base, runtimes[i].file, strlen(runtimes[i].file)))
				found->runtime = &runtimes[i];
	}
}

static int process_get(struct jit *jit, const struct process *process, uint32_t *ret)
{
	struct jit_process new = {
		.serial = process->serial,
		.pid = process->pid,
		.map_fd = -1,
		.parent_map_fd = -1,
		.dump_fd = -1,
		.place.dir_fd = -1,
	};
	int err;

	if (idmap_find(&jit->by_serial, process->serial, ret))
		return 0;
	err = vec_push(&jit->processes, new);
	if (err)
		return err;
	*ret = jit->processes.n - 1;
	find_place(jit, process, &jit->processes.data[*ret]);
	find_parent_map(jit, process, &jit->processes.data[*ret]);
	return idmap_put(&jit->by_serial, process->serial, *ret);
}

/* Its offset only tells it from others of its module until it has a name. */
static int add_location(struct jit *jit, const struct process *process, uint64_t address,
			uint32_t *ret)
{
	struct profile_module module = {.kind = MODULE_JIT};
	struct jit_address item = {.address = address};
	uint32_t owner, number;
	int err = process_get(jit, process, &owner);

	if (!err)
		err = profile_intern(jit->profile, "[anon]", &module.path);
	if (!err)
		err = profile_intern_module(jit->profile, &module, &number);
	if (!err)
		err = profile_intern_location(jit->profile, number, jit->by_address.n + 1, NULL, 0,
					      &item.location);
	if (!err)
		err = vec_push(&jit->processes.data[owner].addresses, item);
	*ret = item.location;
	return err;
}

int jit_location(struct jit *jit, const struct process *process, uint64_t address, uint32_t *ret)
{
	uint64_t key = hash_pair(process->serial, address);
	int err;

	if (jit->by_address.n >= MAX_ADDRESSES) {
		key = 0;
		address = 0;
	}
	if (idmap_find(&jit->by_address, key, ret))
		return 0;
	err = add_location(jit, process, address, ret);
	return err ? err : idmap_put(&jit->by_address, key, *ret);
}

void jit_process_ends(struct jit *jit, const struct process *process)
{
	struct jit_process *found;
	uint32_t number;

	if (!idmap_find(&jit->by_serial, process->serial, &number))
		return;
	found = &jit->processes.data[number];
	look_at_mappings(jit, process, found);
	if (found->map_fd >= 0 || found->place_error || jit->n_held >= MAX_HELD)
		return;
	found->map_fd = jit_place_open(&found->place);
	found->error = found->map_fd < 0 ? found->map_fd : 0;
	jit->n_held += found->map_fd >= 0;
}

const char *jit_cause(const struct jit_process *process)
{
	if (process->place_error)
		return process->place_error == -ESRCH ? "JIT, gone before its /tmp was opened" :
							"JIT, its /tmp could not be opened";
	if (process->dump_error)
		return "JIT, its jitdump was refused";
	if (process->dump_cut)
		return "JIT, its jitdump was read in part";
	if (process->error == -ENOENT && process->parent_map_fd < 0)
		return "JIT without a map";
	if (process->error && process->error != -ENOENT)
		return "JIT, its map was refused";
	if (process->n_unread)
		return "JIT, its map is too large";
	return "JIT, its map does not have them";
}

void jit_remedy(const struct jit_process *process, char *buf, size_t n)
{
	const struct jit_runtime *runtime = process->runtime;

	if (process->place_error == -ESRCH)
		snprintf(buf, n, "it was gone before its /tmp could be opened");
	else if (process->place_error)
		snprintf(buf, n, "its /tmp could not be opened: %s", strerror(-process->place_error));
	else if (process->dump_error)
		snprintf(buf, n, "its jitdump %s and was not read",
			 jit_place_refusal(process->dump_error));
	else if (process->dump_cut)
		snprintf(buf, n, "its jitdump could be read only in part");
	else if (process->error && process->error != -ENOENT)
		snprintf(buf, n, "/tmp/perf-%d.map %s and was not read", process->place.pid,
			 jit_place_refusal(process->error));
	else if (process->n_unread)
		snprintf(buf, n, "/tmp/perf-%d.map is too large: its first %llu MiB were not read",
			 process->place.pid, (unsigned long long)process->n_unread >> 20);
	else if (runtime && runtime->wants_pid)
		snprintf(buf, n, runtime->remedy, process->pid);
	else if (runtime)
		snprintf(buf, n, "%s", runtime->remedy);
	else if (process->parent_map_fd >= 0)
		snprintf(buf, n, "neither /tmp/perf-%d.map nor its parent's, perf-%d.map, names it",
			 process->place.pid, process->parent_pid);
	else if (process->error)
		snprintf(buf, n, "it has written no /tmp/perf-%d.map", process->place.pid);
	else
		snprintf(buf, n, "its /tmp/perf-%d.map does not name it", process->place.pid);
}
