// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files behind mappings of this very program: memory files that are
 * programs and such that are not, and more files than descriptors.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/guard.h"
#include "profiler/modules.h"
#include "profiler/proc.h"

struct world {
	struct profile profile;
	struct modules modules;
	int proc_fd; /* of this program */
};

static int world_create(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	*state = world;
	if (!world || profile_init(&world->profile) || modules_init(&world->modules, &world->profile))
		return -1;
	world->proc_fd = proc_open(getpid());
	return world->proc_fd < 0;
}

static int world_destroy(void **state)
{
	struct world *world = *state;

	modules_deinit(&world->modules);
	profile_deinit(&world->profile);
	close(world->proc_fd);
	free(world);
	return 0;
}

struct wanted {
	uint64_t start;
	struct world *world;
	struct module found;
	char *path; /* borrowed */
};

static int on_mapping(void *ctx, uint64_t start, uint64_t end, uint64_t offset,
		      struct file_identity *file)
{
	struct wanted *wanted = ctx;
	struct world *world = wanted->world;
	uint32_t item;
	int err = 0;

	(void)offset;
	if (start == wanted->start) {
		err = modules_find(&world->modules, world->proc_fd, start, end, file, &item);
		if (!err)
			wanted->found = world->modules.items.data[item];
	}
	free(file->path);
	return err;
}

/* Maps a file, and looks for it as is done with any process. */
static struct module find(struct world *world, int fd)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	struct wanted wanted = { .start = (uint64_t)code, .world = world };

	assert_true(code != MAP_FAILED);
	assert_int_equal(proc_read_mappings(world->proc_fd, on_mapping, &wanted), 0);
	munmap(code, 4096);
	return wanted.found;
}

static const char *path_of(const struct world *world, const struct module *module)
{
	return strings_get(&world->profile.strings,
			   world->profile.modules.data[module->number].path);
}

static int copy_of_this_program(const char *name)
{
	guard_close int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int fd = memfd_create(name, MFD_CLOEXEC);

	assert_true(own >= 0 && fd >= 0);
	while (sendfile(fd, own, NULL, 1 << 20) > 0)
		;
	return fd;
}

/* Where a JIT writes what it maps elsewhere to be run; a runtime that starts itself from memory. */
static void memory_files_are_looked_into(void **state)
{
	struct world *world = *state;
	guard_close int jit = memfd_create("jit", MFD_CLOEXEC);
	guard_close int program = copy_of_this_program("program");
	struct module found;

	if (geteuid())
		skip(); /* may not open what is in map_files */
	assert_true(jit >= 0 && !ftruncate(jit, 4096));
	found = find(world, jit);
	assert_int_equal(found.kind, MODULE_JIT);
	assert_int_equal(found.fd, -1);
	assert_string_equal(path_of(world, &found), "[anon]");
	found = find(world, program);
	assert_int_equal(found.kind, MODULE_USER);
	assert_true(found.fd >= 0);
	assert_string_equal(path_of(world, &found), "/memfd:program");
	assert_int_equal(world->modules.n_unopened, 0);
}

static struct module find_path(struct world *world, const char *path)
{
	struct file_identity file = { .path = (char *)path };
	struct stat stat_of;
	uint32_t item;

	assert_int_equal(stat(path, &stat_of), 0);
	file.major = major(stat_of.st_dev);
	file.minor = minor(stat_of.st_dev);
	file.inode = stat_of.st_ino;
	assert_int_equal(modules_find(&world->modules, -1, 0x1000, 0x2000, &file, &item), 0);
	return world->modules.items.data[item];
}

static void no_more_files_than_descriptors(void **state)
{
	static const char *const paths[] = { "/bin/sh", "/bin/ls", "/bin/cat", "/bin/cp" };
	struct world *world = *state;

	assert_true(world->modules.max_open > 4);
	world->modules.max_open = 2;
	for (int i = 0; i < 4; i++)
		assert_int_equal(find_path(world, paths[i]).fd >= 0, i < 2);
	assert_int_equal(world->modules.n_open, 2);
	assert_int_equal(world->modules.n_over_limit, 2);
	assert_int_equal(world->modules.n_unopened, 0);
	/* One that is held already takes no further one. */
	assert_true(find_path(world, paths[0]).fd >= 0);
	assert_int_equal(world->modules.n_open, 2);
}

#define world_test(test) cmocka_unit_test_setup_teardown(test, world_create, world_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(memory_files_are_looked_into),
		world_test(no_more_files_than_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
