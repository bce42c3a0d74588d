// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The threads that are there when a recording of off-CPU time begins: runs
 * bpf/blocked.bpf.c over all tasks. It writes the same maps and the same ring as the programs
 * that follow events.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/kernel_types.h"
#include "profiler/switches_private.h"
/* Behind the types of what it has in its read-only data. */
#include "bpf/blocked.skel.h"

/* With the types of the kernel that the programs use: see capture.c. */
static struct blocked_bpf *list_open(struct switches *switches)
{
	char path[32];
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = path);
	struct blocked_bpf *list;

	switches->list_types_fd = memfd_create("kernel types", MFD_CLOEXEC);
	if (switches->list_types_fd < 0)
		return blocked_bpf__open();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", switches->list_types_fd);
	list = blocked_bpf__open_opts(&options);
	/* It is read only when the programs are loaded. */
	if (!list || !kernel_types_write(bpf_object__btf(list->obj), switches->list_types_fd))
		return list;
	blocked_bpf__destroy(list);
	return blocked_bpf__open();
}

/* All maps but its working memory are those of the other programs, or of the capture. */
static int list_share(const struct switches *switches)
{
	static const char *const names[] = {
		"processes", "threads", "unwind_processes", "unwind_mappings", "unwind_modules",
		"unwind_pages", "unwind_rules", "unwind_chunks", "unwind_marks", "sample_ring",
		"kernel_stackmap", "user_stackmap", "counters", "switch_threads", "first_places",
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(names) / sizeof(*names); i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(switches->list->obj, names[i]);
		int fd = bpf_object__find_map_fd_by_name(switches->skeleton->obj, names[i]);

		if (map)
			err = fd < 0 ? fd : bpf_map__reuse_fd(map, fd);
	}
	return err;
}

static int list_try(struct switches *switches, bool modern)
{
	struct blocked_bpf *list = list_open(switches);
	int err;

	switches->list = list;
	if (!list)
		return -errno;
	/* rodata is const for the programs; before loading it is ours to write. */
	memcpy((void *)&list->rodata->config, &switches->skeleton->rodata->config,
	       sizeof(struct wire_config));
	memcpy((void *)&list->rodata->switches_config, &switches->skeleton->rodata->switches_config,
	       sizeof(struct switches_config));
	bpf_program__set_autoload(list->progs.list_tasks, modern);
	bpf_program__set_autoload(list->progs.list_tasks_old, !modern);
	err = list_share(switches);
	if (!err)
		err = blocked_bpf__load(list);
	if (err)
		switches_list_unload(switches);
	return err;
}

void switches_list_load(struct switches *switches)
{
	if (!switches->modern || list_try(switches, true))
		(void)!list_try(switches, false);
}

void switches_list_unload(struct switches *switches)
{
	blocked_bpf__destroy(switches->list);
	switches->list = NULL;
	if (switches->list_types_fd >= 0)
		close(switches->list_types_fd);
	switches->list_types_fd = -1;
}

bool switches_can_list(const struct switches *switches)
{
	return switches->list != NULL;
}

static int list_begin(struct bpf_program *program, struct bpf_link **ret_link, int *ret_fd)
{
	*ret_link = bpf_program__attach_iter(program, NULL);
	if (!*ret_link)
		return -errno;
	*ret_fd = bpf_iter_create(bpf_link__fd(*ret_link));
	if (*ret_fd >= 0)
		return 0;
	bpf_link__destroy(*ret_link);
	return *ret_fd;
}

static ssize_t list_read(int fd, void *bytes, size_t size)
{
	ssize_t n;

	do
		n = read(fd, bytes, size);
	while (n < 0 && (errno == EAGAIN || errno == EINTR));
	return n;
}

int switches_processes(const struct switches *switches, switches_process process, void *ctx)
{
	struct blocked_bpf *list = switches->list;
	struct wire_listed listed[64];
	struct bpf_link *link;
	guard_close int fd = -1;
	int err = 0;
	ssize_t n;

	/* Without it the first wait of each process tells. */
	if (!list || list_begin(list->progs.list_processes, &link, &fd))
		return 0;
	while (!err && (n = list_read(fd, listed, sizeof(listed))) > 0)
		for (size_t i = 0; !err && i < n / sizeof(*listed); i++)
			err = process(ctx, &listed[i]);
	bpf_link__destroy(link);
	return err;
}

int switches_list(struct switches *switches, uint64_t start_ns, enum wire_list which)
{
	struct blocked_bpf *list = switches->list;
	struct bpf_program *program;
	struct bpf_link *link;
	guard_close int fd = -1;
	char bytes[64];
	ssize_t n;
	int err;

	if (!list)
		return 0;
	list->bss->start_ns = start_ns;
	list->bss->list = which;
	program = bpf_program__fd(list->progs.list_tasks) >= 0 ? list->progs.list_tasks :
								 list->progs.list_tasks_old;
	err = list_begin(program, &link, &fd);
	if (err)
		return err;
	/* It prints nothing: reading makes it run. */
	do
		n = list_read(fd, bytes, sizeof(bytes));
	while (n > 0);
	n = n < 0 ? -errno : 0;
	bpf_link__destroy(link);
	return n;
}
