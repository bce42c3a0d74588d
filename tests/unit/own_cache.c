// SPDX-License-Identifier: GPL-2.0-or-later
/* A temporary directory and the cache of names in it. */
#include "tests/unit/own_cache.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"

static const uint8_t program[] = {1, 2, 3};

void own_cache_open(struct own_cache *world, uint64_t max_bytes)
{
	struct name_cache_options options = {
		.dir_fd = open(world->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.program = program,
		.program_size = sizeof(program),
		.max_bytes = max_bytes,
	};

	name_cache_destroy(world->cache);
	world->cache = NULL;
	assert_true(options.dir_fd >= 0);
	assert_int_equal(name_cache_create(&options, &world->cache), 0);
}

int own_cache_setup(void **state)
{
	struct own_cache *world = calloc(1, sizeof(*world));

	strcpy(world->path, "/tmp/flametap-test-XXXXXX");
	if (!mkdtemp(world->path))
		return -1;
	own_cache_open(world, 0);
	*state = world;
	return 0;
}

int own_cache_teardown(void **state)
{
	struct own_cache *world = *state;
	char command[128];

	name_cache_destroy(world->cache);
	snprintf(command, sizeof(command), "rm -rf %s", world->path);
	free(world);
	return system(command);
}

int own_cache_list(const struct own_cache *world, char names[][256], int max)
{
	DIR *dir guard_closedir = opendir(world->path);
	const struct dirent *item;
	int n = 0;

	assert_non_null(dir);
	while ((item = readdir(dir)))
		if (item->d_name[0] != '.' && n < max)
			snprintf(names[n++], 256, "%s", item->d_name);
	return n;
}

const char *own_cache_file(const struct own_cache *world)
{
	static char path[512];
	char names[4][256];

	assert_int_equal(own_cache_list(world, names, 4), 1);
	snprintf(path, sizeof(path), "%s/%s", world->path, names[0]);
	return path;
}

void own_cache_change_byte(const char *path, off_t at)
{
	guard_close int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x40;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}
