// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A search over candidates: each is a path in a root directory. The first that
 * is a regular ELF file, not the module itself, of the same build and with
 * symbols or debug information, ends it.
 */
#include "symbolize/debug_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/open_file.h"

static const char debug_root[] = "/usr/lib/debug";

struct search {
	const struct debug_wanted *wanted;
	const uint8_t *build_id;
	size_t build_id_size;
	const struct debug_link *link; /* NULL: no CRC to go by */
	struct debug_file *ret;
	enum debug_file_how how; /* of the candidates at hand */
	int root_fd;
	bool done;
	int err;
};

void debug_file_deinit(struct debug_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

static bool is_module_itself(const struct search *search, int fd)
{
	const struct elf_file *module = search->wanted->file;
	struct stat a, b;

	return module && module->fd >= 0 && !fstat(fd, &a) && !fstat(module->fd, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool has_debug(const struct search *search, const struct elf_file *file)
{
	static const char *const names[] = { ".symtab", ".debug_info", ".zdebug_info" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (elf_file_section(file, names[i]))
			return true;
	/* Where there is no module, that is better than nothing. */
	return !search->wanted->file && elf_file_section(file, ".dynsym");
}

static void refuse(struct search *search, enum debug_file_refusal why)
{
	if (why > search->ret->refused)
		search->ret->refused = why;
}

/* By build-id; by CRC where the module or the file has none. */
static bool is_same_build(struct search *search, int fd, const struct elf_file *file)
{
	struct elf_info info;
	uint32_t crc;

	if (elf_info_read(fd, &info)) {
		refuse(search, DEBUG_FILE_UNREADABLE);
		return false;
	}
	if (search->build_id_size && info.build_id_size) {
		if (info.build_id_size == search->build_id_size &&
		    !memcmp(info.build_id, search->build_id, info.build_id_size))
			return true;
		refuse(search, DEBUG_FILE_OTHER_BUILD);
		return false;
	}
	if (!search->link) {
		refuse(search, DEBUG_FILE_OTHER_BUILD);
		return false;
	}
	if (debug_link_crc(file, &crc)) {
		refuse(search, DEBUG_FILE_UNREADABLE);
		return false;
	}
	if (crc == search->link->crc)
		return true;
	refuse(search, DEBUG_FILE_WRONG_CRC);
	return false;
}

static void consider(struct search *search, int fd)
{
	guard(elf_file_deinit) struct elf_file file = {};
	int err;

	if (is_module_itself(search, fd))
		return;
	err = elf_file_init(&file, fd);
	if (err == -ENOMEM)
		search->err = err;
	else if (err)
		refuse(search, DEBUG_FILE_UNREADABLE);
	if (err || !has_debug(search, &file) || !is_same_build(search, fd, &file))
		return;
	search->done = true;
	search->ret->how = search->how;
	search->ret->root_fd = search->root_fd;
}

/* One candidate, unless the search is at its end. */
__attribute__((format(printf, 2, 3))) static void try_path(struct search *search, const char *format,
							   ...)
{
	guard_free char *path = NULL;
	guard_close int fd = -1;
	va_list args;
	int n;

	if (search->done || search->err)
		return;
	va_start(args, format);
	n = vasprintf(&path, format, args);
	va_end(args);
	if (n < 0) {
		path = NULL;
		search->err = -ENOMEM;
		return;
	}
	fd = open_file_regular(search->root_fd, path);
	if (fd == -EACCES || fd == -EPERM)
		refuse(search, DEBUG_FILE_UNREADABLE);
	if (fd >= 0)
		consider(search, fd);
	if (search->done)
		search->ret->fd = take_fd(fd);
}

/* "DIR/.build-id/xx/yyyy.debug" */
static void try_build_id(struct search *search, const char *dir)
{
	char hex[2 * 64 + 1] = "";

	if (search->build_id_size < 2 || search->build_id_size > 64)
		return;
	for (size_t i = 0; i < search->build_id_size; i++)
		snprintf(hex + 2 * i, 3, "%02x", search->build_id[i]);
	try_path(search, "%s/.build-id/%.2s/%s.debug", dir, hex, hex + 2);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Length of the directory's part of an absolute path, without the slash at its end. */
static int directory_length(const char *path)
{
	return base_name(path) - path - 1;
}

/* A directory laid out by build-ids, or like the module's root, or with all files in it. */
static void try_dir(struct search *search, const char *dir)
{
	const char *path = search->wanted->path;

	try_build_id(search, dir);
	if (path && search->link)
		try_path(search, "%s%.*s/%s", dir, directory_length(path), path, search->link->name);
	if (path) {
		try_path(search, "%s%s.debug", dir, path);
		try_path(search, "%s%s", dir, path);
	}
	if (search->link)
		try_path(search, "%s/%s", dir, search->link->name);
	if (path) {
		try_path(search, "%s/%s.debug", dir, base_name(path));
		try_path(search, "%s/%s", dir, base_name(path));
	}
}

static void try_dirs(struct search *search)
{
	search->how = DEBUG_FILE_GIVEN;
	search->root_fd = -1;
	for (size_t i = 0; i < search->wanted->n_dirs; i++)
		try_dir(search, search->wanted->dirs[i]);
}

/* On the host, then in the target's root. */
static void try_system(struct search *search)
{
	search->how = DEBUG_FILE_BUILD_ID;
	search->root_fd = -1;
	try_build_id(search, debug_root);
	search->root_fd = search->wanted->root_fd;
	if (search->root_fd >= 0)
		try_build_id(search, debug_root);
}

static void try_link(struct search *search)
{
	const char *path = search->wanted->path, *name;
	int n;

	if (!search->link || !path)
		return;
	search->how = DEBUG_FILE_LINK;
	name = search->link->name;
	n = directory_length(path);
	search->root_fd = search->wanted->root_fd;
	try_path(search, "%.*s/%s", n, path, name);
	try_path(search, "%.*s/.debug/%s", n, path, name);
	try_path(search, "%s%.*s/%s", debug_root, n, path, name);
	if (search->root_fd >= 0) {
		search->root_fd = -1;
		try_path(search, "%s%.*s/%s", debug_root, n, path, name);
	}
}

/* What a server sends is taken by its build-id alone: a checksum proves nothing against it. */
static void try_debuginfod(struct search *search, const char *name)
{
	struct debuginfod *debuginfod = search->wanted->debuginfod;
	enum debug_file_refusal refused = search->ret->refused;
	guard_close int fd = -1;

	if (!debuginfod || search->done || search->err)
		return;
	search->how = DEBUG_FILE_DEBUGINFOD;
	search->root_fd = -1;
	search->link = NULL;
	search->ret->debuginfod = debuginfod_find(debuginfod, search->build_id,
						  search->build_id_size, name, &fd);
	if (search->ret->debuginfod != DEBUGINFOD_FOUND || is_module_itself(search, fd))
		return;
	search->ret->refused = DEBUG_FILE_NOT_REFUSED;
	consider(search, fd);
	if (!search->done && !search->err) {
		search->ret->debuginfod = search->ret->refused == DEBUG_FILE_OTHER_BUILD ?
						  DEBUGINFOD_OTHER_BUILD :
						  DEBUGINFOD_NO_DEBUG;
		debuginfod_reject(debuginfod, search->build_id, search->build_id_size,
				  search->ret->debuginfod);
	}
	search->ret->refused = refused;
	if (search->done)
		search->ret->fd = take_fd(fd);
}

/* Where a file really is, symbolic links followed. False: not known. */
static bool real_path(int fd, char *ret, size_t size)
{
	char link[40];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, ret, size - 1);
	if (n <= 0 || (size_t)n >= size - 1 || ret[0] != '/')
		return false;
	ret[n] = '\0';
	return true;
}

int debug_file_find(const struct debug_wanted *given, struct debug_file *ret)
{
	struct debug_wanted wanted = *given;
	char path[4096];
	struct debug_link link;
	struct search search = {
		.wanted = &wanted,
		.build_id = wanted.build_id,
		.build_id_size = wanted.build_id_size,
		.ret = ret,
	};

	*ret = (struct debug_file){ .fd = -1, .root_fd = -1 };
	if (wanted.path && wanted.path[0] != '/')
		wanted.path = NULL;
	if (!wanted.path && wanted.root_fd < 0 && wanted.file && wanted.file->fd >= 0 &&
	    real_path(wanted.file->fd, path, sizeof(path)))
		wanted.path = path;
	if (wanted.file && !debug_link_read(wanted.file, &link))
		search.link = &link;
	try_dirs(&search);
	try_system(&search);
	try_link(&search);
	try_debuginfod(&search, wanted.path ? base_name(wanted.path) : NULL);
	return search.err;
}

int debug_file_find_alternate(const struct debug_wanted *wanted, const struct elf_file *of,
			      const struct debug_file *found, struct debug_file *ret)
{
	struct debug_alternate_link link;
	struct search search = { .wanted = wanted, .ret = ret };
	char place[4096];
	int err;

	*ret = (struct debug_file){ .fd = -1, .root_fd = -1 };
	err = debug_link_read_alternate(of, &link);
	if (err)
		return err == -ENOMEM ? err : 0;
	search.build_id = link.build_id;
	search.build_id_size = link.build_id_size;
	search.how = DEBUG_FILE_LINK;
	search.root_fd = found ? found->root_fd : wanted->root_fd;
	if (link.path[0] == '/')
		try_path(&search, "%s", link.path);
	else if (of->fd >= 0 && real_path(of->fd, place, sizeof(place)))
		try_path(&search, "%.*s/%s", directory_length(place), place, link.path);
	search.how = DEBUG_FILE_GIVEN;
	search.root_fd = -1;
	for (size_t i = 0; i < wanted->n_dirs; i++) {
		try_build_id(&search, wanted->dirs[i]);
		try_path(&search, "%s/.dwz/%s", wanted->dirs[i], base_name(link.path));
		try_path(&search, "%s/%s", wanted->dirs[i], base_name(link.path));
	}
	try_system(&search);
	try_debuginfod(&search, base_name(link.path));
	return search.err;
}
