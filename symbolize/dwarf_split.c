// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks for a split unit: in the package, where the compiler has left it, and
 * beside the program.
 */
#include "symbolize/dwarf_split.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/dwarf_package.h"
#include "symbolize/open_file.h"

void dwarf_split_file_close(struct dwarf_split_file *file)
{
	elf_file_deinit(&file->elf);
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* 0; -ENOENT: not there, or no ELF file; -ENOMEM. */
int dwarf_split_file_open(int root_fd, const char *path, struct dwarf_split_file *ret)
{
	guard_close int fd = open_file_regular(root_fd, path);
	int err;

	*ret = (struct dwarf_split_file){ .fd = -1 };
	if (fd < 0)
		return -ENOENT;
	err = elf_file_init(&ret->elf, fd);
	if (err)
		return err == -ENOMEM ? err : -ENOENT;
	ret->fd = take_fd(fd);
	return 0;
}

/* A module's path; false if it is not known. */
bool dwarf_split_module_path(const struct module_debug *debug, char *ret, size_t size)
{
	const struct symbolizer_module *module = &debug->module;
	char link[40];
	ssize_t n;

	if (module->path && module->path[0] == '/' && strlen(module->path) < size) {
		strcpy(ret, module->path);
		return true;
	}
	if (module->root_fd >= 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", module->fd);
	n = readlink(link, ret, size - 1);
	if (n <= 0 || (size_t)n >= size - 1 || ret[0] != '/')
		return false;
	ret[n] = '\0';
	return true;
}

/* Finds the wanted unit in a file that has been read. */
static int take_unit(struct dwarf_split *split, const struct dwarf_unit *skeleton)
{
	vec_each(&split->file.units, unit) {
		if (!unit->has_dwo_id || unit->dwo_id != skeleton->dwo_id)
			continue;
		unit->skeleton = skeleton;
		split->unit = unit;
		return 0;
	}
	return -ENOENT;
}

static int try_path(int root_fd, const char *path, const struct dwarf_unit *skeleton,
		    struct dwarf_split *split)
{
	int err = dwarf_split_file_open(root_fd, path, &split->opened);

	if (err)
		return err;
	err = dwarf_file_init(&split->file, &split->opened.elf, true) ?:
	      take_unit(split, skeleton);
	if (!err)
		return 0;
	dwarf_split_close(split);
	return err == -ENOMEM ? err : -ENOENT;
}

static char *join(const char *directory, size_t directory_n, const char *name, size_t name_n)
{
	char *path = NULL;

	if (asprintf(&path, "%.*s%s%.*s", (int)directory_n, directory, directory_n ? "/" : "",
		     (int)name_n, name) < 0)
		return NULL;
	return path;
}

/* By the directory that the compiler was run in. */
static int try_compiled(const struct module_debug *debug, const struct dwarf_unit *skeleton,
			const char *name, size_t n, struct dwarf_split *split)
{
	guard_free char *path = NULL;
	const char *directory;
	size_t directory_n = 0;

	if (name[0] != '/' &&
	    (!dwarf_unit_string(skeleton, &skeleton->comp_dir, &directory, &directory_n) ||
	     !directory_n || directory[0] != '/'))
		return -ENOENT;
	path = join(directory_n ? directory : "", directory_n, name, n);
	return path ? try_path(debug->module.root_fd, path, skeleton, split) : -ENOMEM;
}

/* In the directories that the user named: the path within them, or below them as the compiler's
 * root, or all files in one. */
static int try_dirs(const struct module_debug *debug, const struct dwarf_unit *skeleton,
		    const char *name, size_t n, struct dwarf_split *split)
{
	const char *slash = memrchr(name, '/', n);
	const char *base = slash ? slash + 1 : name, *directory = "";
	size_t directory_n = 0;
	int err = -ENOENT;

	if (!dwarf_unit_string(skeleton, &skeleton->comp_dir, &directory, &directory_n) ||
	    name[0] == '/')
		directory_n = 0;
	for (size_t i = 0; i < 3 * debug->n_dirs && err == -ENOENT; i++) {
		const char *dir = debug->dirs[i / 3];
		guard_free char *path = NULL;

		if (i % 3 == 0)
			path = join(dir, strlen(dir), name, n);
		else if (i % 3 == 1 && asprintf(&path, "%s/%.*s/%.*s", dir, (int)directory_n,
						directory, (int)n, name) < 0)
			path = NULL;
		else if (i % 3 == 2)
			path = join(dir, strlen(dir), base, name + n - base);
		err = path ? try_path(-1, path, skeleton, split) : -ENOMEM;
	}
	return err;
}

/* By the directory that the program is in, as the compiler had it and without directories. */
static int try_beside(const struct module_debug *debug, const struct dwarf_unit *skeleton,
		      const char *name, size_t n, struct dwarf_split *split)
{
	const char *slash = memrchr(name, '/', n);
	char program[4096];
	size_t directory_n;
	int err = -ENOENT;

	if (!dwarf_split_module_path(debug, program, sizeof(program)))
		return -ENOENT;
	directory_n = strrchr(program, '/') - program;
	for (int i = 0; i < 2 && err == -ENOENT; i++) {
		guard_free char *path = NULL;

		if (i && !slash)
			break;
		path = i ? join(program, directory_n, slash + 1, name + n - slash - 1) :
			   join(program, directory_n, name, n);
		err = path ? try_path(debug->module.root_fd, path, skeleton, split) : -ENOMEM;
	}
	return err;
}

int dwarf_split_open(const struct module_debug *debug, struct dwarf_package *package,
		     const struct dwarf_unit *skeleton, struct dwarf_split *ret)
{
	const char *name;
	size_t n;
	int err;

	*ret = (struct dwarf_split){ .opened.fd = -1 };
	err = dwarf_package_unit(debug, package, skeleton, &ret->file);
	if (!err)
		err = take_unit(ret, skeleton);
	if (err != -ENOENT)
		return err;
	dwarf_split_close(ret);
	if (!dwarf_unit_string(skeleton, &skeleton->dwo_name, &name, &n) || !n)
		return -ENOENT;
	err = try_dirs(debug, skeleton, name, n, ret);
	if (err == -ENOENT)
		err = try_compiled(debug, skeleton, name, n, ret);
	return err == -ENOENT ? try_beside(debug, skeleton, name, n, ret) : err;
}

void dwarf_split_close(struct dwarf_split *split)
{
	dwarf_file_deinit(&split->file);
	if (split->opened.fd >= 0)
		dwarf_split_file_close(&split->opened);
	split->unit = NULL;
}
