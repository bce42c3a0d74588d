// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds and opens the file behind a mapping: through /proc/PID/map_files,
 * which is the mapped file itself whatever became of its name; through the
 * process's root and the path; through flametap's own root. A file found by
 * path is taken only if device and inode, or the build-id, say that it is the
 * one that was mapped.
 */
#include "profiler/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/symbolizer.h"

static const char deleted[] = " (deleted)";

enum { MAX_ROOTS = 64 };

int modules_init(struct modules *modules, struct profile *profile)
{
	struct rlimit limit;

	memset(modules, 0, sizeof(*modules));
	modules->profile = profile;
	/* The other half is for events and for what is opened for a moment, such as /proc. */
	modules->max_open = getrlimit(RLIMIT_NOFILE, &limit) ? 512 : limit.rlim_cur / 2;
	modules->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return modules->root_fd < 0 ? -errno : 0;
}

void modules_deinit(struct modules *modules)
{
	vec_each(&modules->items, module)
		if (module->fd >= 0)
			close(module->fd);
	vec_deinit(&modules->items);
	vec_each(&modules->roots, root)
		close(root->fd);
	vec_deinit(&modules->roots);
	idmap_deinit(&modules->by_identity);
	idmap_deinit(&modules->by_number);
	if (modules->root_fd >= 0)
		close(modules->root_fd);
}

static uint64_t identity_hash(const struct file_identity *file)
{
	uint64_t hash = hash_bytes(file->path, strlen(file->path));

	hash = hash_pair(hash, (uint64_t)file->major << 32 | file->minor);
	hash = hash_pair(hash, file->inode);
	return hash_pair(hash, hash_bytes(file->build_id, file->build_id_size));
}

bool modules_know(const struct modules *modules, const struct file_identity *file)
{
	uint32_t unused;

	return idmap_find(&modules->by_identity, identity_hash(file), &unused);
}

/* Only a regular file is opened: the open of a device or a FIFO can do things, or wait. */
static int reopen_regular(int path_fd)
{
	char link[40];
	struct stat stat;
	int fd;

	if (fstat(path_fd, &stat))
		return -errno;
	if (!S_ISREG(stat.st_mode))
		return -ENOENT;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
	fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool is_that_file(int fd, const struct file_identity *file)
{
	struct elf_info info;
	struct stat stat;

	if (file->inode && !fstat(fd, &stat) && stat.st_ino == file->inode &&
	    major(stat.st_dev) == file->major && minor(stat.st_dev) == file->minor)
		return true;
	return file->build_id_size && !elf_info_read(fd, &info) &&
	       info.build_id_size == file->build_id_size &&
	       !memcmp(info.build_id, file->build_id, file->build_id_size);
}

/* What is mapped there now. By its build-id, if one is known, it has to be what was mapped then:
 * another library may have taken the place of one that was closed. */
static int open_map_file(int proc_fd, uint64_t start, uint64_t end,
			 const struct file_identity *file)
{
	char name[64];
	guard_close int path_fd = -1, fd = -1;

	snprintf(name, sizeof(name), "map_files/%llx-%llx", (unsigned long long)start,
		 (unsigned long long)end);
	path_fd = openat(proc_fd, name, O_PATH | O_CLOEXEC);
	if (path_fd < 0)
		return -errno;
	fd = reopen_regular(path_fd);
	if (fd < 0)
		return fd;
	return !file->build_id_size || is_that_file(fd, file) ? take_fd(fd) : -ESTALE;
}

/* An absolute symbolic link inside a container must not lead out of it. */
static int open_in_root(int root_fd, const struct file_identity *file)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	guard_close int path_fd = syscall(SYS_openat2, root_fd, file->path, &how, sizeof(how));
	guard_close int fd = -1;

	if (path_fd < 0)
		return -errno;
	fd = reopen_regular(path_fd);
	if (fd < 0)
		return fd;
	return is_that_file(fd, file) ? take_fd(fd) : -ESTALE;
}

static int module_open(const struct modules *modules, int proc_fd, uint64_t start, uint64_t end,
		       const struct file_identity *file)
{
	int fd = -ENOENT;

	if (proc_fd >= 0) {
		guard_close int root_fd = openat(proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

		fd = open_map_file(proc_fd, start, end, file);
		if (fd < 0 && root_fd >= 0)
			fd = open_in_root(root_fd, file);
	}
	return fd >= 0 ? fd : open_in_root(modules->root_fd, file);
}

/* The kernel maps one and the same vDSO into every process, flametap included. */
static int vdso_open(void)
{
	const char *image = (const char *)getauxval(AT_SYSINFO_EHDR);
	size_t size = 2 * sysconf(_SC_PAGESIZE);
	guard_close int fd = memfd_create("vdso", MFD_CLOEXEC);

	if (!image || fd < 0 || write(fd, image, size) != (ssize_t)size)
		return -1;
	return take_fd(fd);
}

static enum module_kind kind_of(const char *path)
{
	if (!strcmp(path, "[vdso]"))
		return MODULE_VDSO;
	/* "//anon", "/dev/zero (deleted)", "/anon_hugepage", "[heap]", "[stack]" */
	if (path[0] != '/' || path[1] == '/' || !strncmp(path, "/dev/zero", 9) ||
	    !strncmp(path, "/anon_hugepage", 14) || !strncmp(path, "/SYSV", 5))
		return MODULE_JIT;
	return MODULE_USER;
}

/* What memfd_create(2) gave: code made at run time, or a whole program that was put there. */
static bool is_memfd(const char *path)
{
	return !strncmp(path, "/memfd:", 7);
}

static int intern_build_id(struct profile *profile, const uint8_t *id, size_t size, uint32_t *ret)
{
	char hex[2 * 64 + 1] = "";

	for (size_t i = 0; i < size && i < 64; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	return profile_intern(profile, hex, ret);
}

static int intern_path(struct profile *profile, const char *path, enum module_kind kind,
		       uint32_t *ret)
{
	size_t n = strlen(path), tail = sizeof(deleted) - 1;

	if (kind == MODULE_JIT)
		return profile_intern(profile, "[anon]", ret);
	if (n > tail && !strcmp(path + n - tail, deleted))
		n -= tail;
	return strings_intern(&profile->strings, path, n, ret);
}

/* As long as there is room for more descriptors. */
static void module_keep(struct modules *modules, struct module *known, struct module *module)
{
	if (known->fd >= 0 || module->fd < 0)
		return;
	if (modules->n_open >= modules->max_open) {
		modules->n_over_limit++;
		return;
	}
	known->fd = module->fd;
	module->fd = -1;
	modules->n_open++;
}

static int modules_add(struct modules *modules, struct module *module, uint32_t *ret)
{
	struct module added = { -1, module->number, module->kind, module->root };
	int err;

	/* The same file under another path or device number: one is enough. */
	if (!idmap_find(&modules->by_number, module->number, ret)) {
		err = vec_push(&modules->items, added);
		if (!err)
			err = idmap_put(&modules->by_number, module->number, modules->items.n - 1);
		if (err)
			return err;
		*ret = modules->items.n - 1;
	}
	module_keep(modules, &modules->items.data[*ret], module);
	return 0;
}

static bool look_at_root(int fd, struct module_root *ret)
{
	struct statx stat;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &stat))
		return false;
	*ret = (struct module_root){fd, makedev(stat.stx_dev_major, stat.stx_dev_minor),
				    stat.stx_ino, stat.stx_mnt_id};
	return true;
}

static bool is_same_root(const struct module_root *a, const struct module_root *b)
{
	return a->device == b->device && a->inode == b->inode && a->mount == b->mount;
}

/* The process's root directory, which has the debug files of what it runs: kept, since the process
 * may be gone when names are given. */
static uint32_t module_root(struct modules *modules, int proc_fd)
{
	guard_close int fd = proc_fd < 0 ? -1 :
			     openat(proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct module_root root, own;

	if (fd < 0 || !look_at_root(fd, &root) ||
	    (look_at_root(modules->root_fd, &own) && is_same_root(&root, &own)))
		return 0;
	for (size_t i = 0; i < modules->roots.n; i++)
		if (is_same_root(&root, &modules->roots.data[i]))
			return i + 1;
	if (modules->roots.n >= MAX_ROOTS || vec_push(&modules->roots, root))
		return 0;
	(void)take_fd(fd);
	return modules->roots.n;
}

/* Opens the file, if there is one, and looks what it is. */
static void module_begin(struct modules *modules, int proc_fd, uint64_t start, uint64_t end,
			 const struct file_identity *file, struct module *module,
			 struct elf_info *info)
{
	bool elf;

	if (module->kind == MODULE_USER)
		module->fd = module_open(modules, proc_fd, start, end, file);
	else if (module->kind == MODULE_VDSO)
		module->fd = vdso_open();
	if (module->kind == MODULE_USER && module->fd >= 0)
		module->root = module_root(modules, proc_fd);
	elf = module->fd >= 0 && !elf_info_read(module->fd, info);
	if (!is_memfd(file->path) || elf) {
		modules->n_unopened += module->kind == MODULE_USER && module->fd < 0;
		return;
	}
	module->kind = MODULE_JIT;
	if (module->fd >= 0)
		close(module->fd);
	module->fd = -1;
}

int modules_find(struct modules *modules, int proc_fd, uint64_t start, uint64_t end,
		 const struct file_identity *file, uint32_t *ret)
{
	struct module module = { .fd = -1, .kind = kind_of(file->path) };
	struct profile_module item = {};
	uint64_t hash = identity_hash(file);
	struct elf_info info = {};
	int err;

	if (idmap_find(&modules->by_identity, hash, ret))
		return 0;
	module_begin(modules, proc_fd, start, end, file, &module, &info);
	item.kind = module.kind;
	err = intern_path(modules->profile, file->path, item.kind, &item.path);
	if (!err && info.build_id_size)
		err = intern_build_id(modules->profile, info.build_id, info.build_id_size,
				      &item.build_id);
	else if (!err && file->build_id_size)
		err = intern_build_id(modules->profile, file->build_id, file->build_id_size,
				      &item.build_id);
	if (!err)
		err = profile_intern_module(modules->profile, &item, &module.number);
	if (!err)
		err = modules_add(modules, &module, ret);
	if (module.fd >= 0)
		close(module.fd);
	return err ? err : idmap_put(&modules->by_identity, hash, *ret);
}

int modules_fd(const struct modules *modules, uint32_t number)
{
	uint32_t item;

	if (!idmap_find(&modules->by_number, number, &item) || modules->items.data[item].fd < 0)
		return -ENOENT;
	return modules->items.data[item].fd;
}

int modules_root_fd(const struct modules *modules, uint32_t number)
{
	uint32_t item, root;

	if (!idmap_find(&modules->by_number, number, &item))
		return -1;
	root = modules->items.data[item].root;
	return root ? modules->roots.data[root - 1].fd : -1;
}
