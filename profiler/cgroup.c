// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks the mounted cgroup hierarchies (/proc/self/mountinfo) for the group
 * that is meant. The kernel's number of a group is the inode of its directory
 * (kernfs), which is what the BPF side compares.
 */
#include "profiler/cgroup.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/vec.h"

struct hierarchy {
	char *mount;
	char *controllers; /* "cpu,cpuacct"; NULL: version 2 */
};

struct hierarchies {
	VEC(struct hierarchy) items;
};

static void hierarchies_deinit(struct hierarchies *list)
{
	vec_each(&list->items, item) {
		free(item->mount);
		free(item->controllers);
	}
	vec_deinit(&list->items);
}

/* The kernel writes a blank as \040, and so with tab, newline and backslash. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned code;

		if (*from == '\\' && strspn(from + 1, "01234567") >= 3 &&
		    sscanf(from + 1, "%3o", &code) == 1) {
			*to = code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* "36 25 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct" */
static int parse_mount(char *line, struct hierarchies *list)
{
	char *dash = strstr(line, " - ");
	char type[32], options[512];
	guard_free char *mount = NULL;
	struct hierarchy item = {};

	if (!dash || sscanf(line, "%*d %*d %*s %*s %ms", &mount) != 1 ||
	    sscanf(dash, " - %31s %*s %511s", type, options) != 2)
		return 0;
	if (strcmp(type, "cgroup2") && strcmp(type, "cgroup"))
		return 0;
	if (!strcmp(type, "cgroup")) {
		item.controllers = strdup(options);
		if (!item.controllers)
			return -ENOMEM;
	}
	unescape(mount);
	item.mount = take_ptr(mount);
	if (!vec_push(&list->items, item))
		return 0;
	free(item.mount);
	free(item.controllers);
	return -ENOMEM;
}

static int compare_versions(const void *a, const void *b)
{
	const struct hierarchy *x = a, *y = b;

	return !!x->controllers - !!y->controllers;
}

static int hierarchies_init(struct hierarchies *list)
{
	guard_fclose FILE *f = fopen("/proc/self/mountinfo", "re");
	guard_free char *line = NULL;
	size_t cap = 0;
	int err = 0;

	memset(list, 0, sizeof(*list));
	if (!f)
		return -errno;
	while (!err && getline(&line, &cap, f) > 0)
		err = parse_mount(line, list);
	if (list->items.n)
		qsort(list->items.data, list->items.n, sizeof(*list->items.data),
		      compare_versions);
	return err;
}

/* The kernel's number of a v1 controller, an enumerator NAME_cgrp_id in its BTF. */
static int subsys_index(const char *controllers, uint32_t *ret)
{
	struct btf *btf = btf__load_vmlinux_btf();
	guard_free char *list = strdup(controllers);
	const struct btf_type *type;
	int id, err = -ENOENT;

	if (!btf || !list)
		return -ENOENT;
	id = btf__find_by_name_kind(btf, "cgroup_subsys_id", BTF_KIND_ENUM);
	type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	for (char *save, *name = type ? strtok_r(list, ",", &save) : NULL; name && err;
	     name = strtok_r(NULL, ",", &save)) {
		const struct btf_enum *values = btf_enum(type);

		for (uint16_t i = 0; i < btf_vlen(type) && err; i++) {
			const char *value = btf__name_by_offset(btf, values[i].name_off);
			size_t n = strlen(name);

			if (strncmp(value, name, n) || strcmp(value + n, "_cgrp_id"))
				continue;
			*ret = values[i].val;
			err = 0;
		}
	}
	btf__free(btf);
	return err;
}

static int cgroup_take(const struct hierarchy *hierarchy, const char *path, struct cgroup *ret,
		       char *error, size_t error_size)
{
	struct stat stat_;

	if (stat(path, &stat_) || !S_ISDIR(stat_.st_mode))
		return -ENOENT;
	ret->subsys = UINT32_MAX;
	if (hierarchy->controllers && subsys_index(hierarchy->controllers, &ret->subsys)) {
		snprintf(error, error_size,
			 "%s: a hierarchy without a controller; name the group under another one, "
			 "e.g. cpu",
			 path);
		return -EINVAL;
	}
	ret->id = stat_.st_ino;
	ret->path = strdup(path);
	return ret->path ? 0 : -ENOMEM;
}

static const struct hierarchy *hierarchy_of(const struct hierarchies *list, const char *path)
{
	const struct hierarchy *best = NULL;

	vec_each(&list->items, item) {
		size_t n = strlen(item->mount);

		if (!strncmp(item->mount, path, n) && (!path[n] || path[n] == '/') &&
		    (!best || n > strlen(best->mount)))
			best = item;
	}
	return best;
}

static int find_path(const struct hierarchies *list, const char *text, struct cgroup *ret,
		     char *error, size_t error_size)
{
	guard_free char *real = realpath(text, NULL);
	const struct hierarchy *hierarchy = real ? hierarchy_of(list, real) : NULL;

	if (hierarchy)
		return cgroup_take(hierarchy, real, ret, error, error_size);
	/* As /proc/PID/cgroup and systemctl show it, from the hierarchy's root. */
	vec_each(&list->items, item) {
		guard_free char *joined = NULL, *below = NULL;
		int err;

		if (asprintf(&joined, "%s/%s", item->mount, text) < 0)
			return -ENOMEM;
		/* "../../etc" is a directory as well, and no cgroup. */
		below = realpath(joined, NULL);
		if (!below || hierarchy_of(list, below) != item)
			continue;
		err = cgroup_take(item, below, ret, error, error_size);
		if (err != -ENOENT)
			return err;
	}
	snprintf(error, error_size, "%s: no such cgroup; see `systemd-cgls`", text);
	return -ENOENT;
}

/* Whether one of the words of a list like "rw,cpu,cpuacct" is this one. */
static bool list_has(const char *list, const char *word, size_t n)
{
	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strcspn(at, ",") == n && !strncmp(at, word, n))
			return true;
	return false;
}

/* The hierarchy that a line of /proc/PID/cgroup, "id:controllers:path", is of. */
static const struct hierarchy *hierarchy_with(const struct hierarchies *list,
					      const char *controllers)
{
	vec_each(&list->items, item) {
		if (!*controllers && !item->controllers)
			return item;
		if (*controllers && item->controllers && strncmp(controllers, "name=", 5) &&
		    list_has(item->controllers, controllers, strcspn(controllers, ",")))
			return item;
	}
	return NULL;
}

/* What speaks for a group: version 2 says what belongs together, version 1's groups for the CPU
 * are about what is measured, and of others the deepest says most. */
static unsigned group_rank(const struct hierarchy *hierarchy, const char *path)
{
	unsigned depth = 0;

	if (strlen(path) <= 1)
		return 0;
	if (!hierarchy->controllers)
		return UINT_MAX;
	if (list_has(hierarchy->controllers, "cpu", 3) ||
	    list_has(hierarchy->controllers, "cpuacct", 7))
		return UINT_MAX - 1;
	while ((path = strchr(path, '/'))) {
		depth++;
		path++;
	}
	return depth;
}

static int find_process(const struct hierarchies *list, const char *pid, struct cgroup *ret,
			char *error, size_t error_size)
{
	const struct hierarchy *best = NULL;
	guard_free char *name = NULL, *line = NULL, *full = NULL;
	guard_fclose FILE *f = NULL;
	unsigned rank, best_rank = 0;
	size_t cap = 0;

	if (asprintf(&name, "/proc/%s/cgroup", pid) < 0)
		return -ENOMEM;
	f = pid[0] && strspn(pid, "0123456789") == strlen(pid) ? fopen(name, "re") : NULL;
	if (!f) {
		snprintf(error, error_size, "@%s: no such process", pid);
		return -ENOENT;
	}
	while (getline(&line, &cap, f) > 0) {
		char *controllers = strchr(line, ':');
		char *path = controllers ? strchr(controllers + 1, ':') : NULL;
		const struct hierarchy *hierarchy;

		if (!path)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		hierarchy = hierarchy_with(list, controllers + 1);
		if (!hierarchy)
			continue;
		rank = group_rank(hierarchy, path);
		if (best && rank <= best_rank)
			continue;
		free(full);
		full = NULL;
		if (asprintf(&full, "%s%s", hierarchy->mount, path) < 0)
			return -ENOMEM;
		best = hierarchy;
		best_rank = rank;
	}
	snprintf(error, error_size, "@%s: its cgroup is not in a mounted hierarchy", pid);
	return best ? cgroup_take(best, full, ret, error, error_size) : -ENOENT;
}

/* Containers are directories named ID, docker-ID.scope, crio-ID.scope, cri-containerd-ID.scope,
 * libpod-ID.scope: the prefix has to stand where an id begins. */
static bool names_container(const char *directory, const char *prefix, size_t n)
{
	const char *dash = strrchr(directory, '-');
	const char *id = dash ? dash + 1 : directory;

	/* The monitor of a container bears its id as well: libpod-conmon-ID.scope. */
	if (strstr(directory, "-conmon-"))
		return false;
	return n >= 4 && !strncmp(id, prefix, n) && strspn(id, "0123456789abcdef") >= 12;
}

struct search {
	const char *prefix;
	size_t n;
	char *found;
	unsigned n_found;
};

static void search_directory(struct search *search, const char *path, int depth)
{
	guard_closedir DIR *dir = depth < 32 ? opendir(path) : NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		guard_free char *below = NULL;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    asprintf(&below, "%s/%s", path, entry->d_name) < 0)
			continue;
		if (names_container(entry->d_name, search->prefix, search->n)) {
			/* What lies below a container's group belongs to it. */
			search->n_found++;
			free(search->found);
			search->found = take_ptr(below);
		} else {
			search_directory(search, below, depth + 1);
		}
	}
}

static int find_container(const struct hierarchies *list, const char *text, struct cgroup *ret,
			  char *error, size_t error_size)
{
	vec_each(&list->items, item) {
		struct search search = { text, strlen(text), NULL, 0 };
		int err = -ENOENT;

		search_directory(&search, item->mount, 0);
		if (search.n_found == 1)
			err = cgroup_take(item, search.found, ret, error, error_size);
		else if (search.n_found > 1) {
			snprintf(error, error_size,
				 "%s: %u containers have an id that begins so; give more of it",
				 text, search.n_found);
			err = -EEXIST;
		}
		free(search.found);
		if (err != -ENOENT)
			return err;
	}
	return -ENOENT;
}

int cgroup_find(const char *text, struct cgroup *ret, char *error, size_t error_size)
{
	struct hierarchies list;
	int err = hierarchies_init(&list);

	memset(ret, 0, sizeof(*ret));
	snprintf(error, error_size, "%s: no cgroup hierarchy is mounted", text);
	if (!err && !list.items.n)
		err = -ENOENT;
	if (!err && text[0] == '@')
		err = find_process(&list, text + 1, ret, error, error_size);
	else if (!err) {
		err = strchr(text, '/') ? -ENOENT :
					  find_container(&list, text, ret, error, error_size);
		if (err == -ENOENT)
			err = find_path(&list, text, ret, error, error_size);
	}
	hierarchies_deinit(&list);
	return err;
}

void cgroup_deinit(struct cgroup *cgroup)
{
	free(cgroup->path);
	cgroup->path = NULL;
}

static bool read_number(const char *path, const char *file, const char *format, uint64_t *ret)
{
	guard_free char *name = NULL;
	guard_fclose FILE *f = NULL;
	unsigned long long value;

	if (asprintf(&name, "%s/%s", path, file) < 0)
		return false;
	f = fopen(name, "re");
	if (!f || fscanf(f, format, &value) != 1)
		return false;
	*ret = value;
	return true;
}

uint64_t cgroup_cpu_ns(const char *path)
{
	uint64_t value;

	if (read_number(path, "cpu.stat", "usage_usec %llu", &value))
		return value * 1000;
	if (read_number(path, "cpuacct.usage", "%llu", &value))
		return value;
	return UINT64_MAX;
}
