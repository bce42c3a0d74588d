/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses without a file of two processes, which are this program twice,
 * and the perf map that it has or should not have.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/jit.h"

enum { ADDRESS = 0x1000, OTHER = 0x2000 };

struct world {
	struct profile profile;
	struct modules modules;
	struct timeline timeline;
	struct jit jit;
	struct process processes[3];
	char path[64];
};

static int world_create(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	*state = world;
	if (!world || profile_init(&world->profile) ||
	    modules_init(&world->modules, &world->profile))
		return -1;
	timeline_init(&world->timeline, &world->modules);
	jit_init(&world->jit, &world->profile, &world->modules);
	for (int i = 0; i < 3; i++)
		world->processes[i] = (struct process){.pid = getpid(), .serial = i + 1};
	/* A process that is gone. */
	world->processes[2].pid = 0x7fffffff;
	snprintf(world->path, sizeof(world->path), "/tmp/perf-%d.map", getpid());
	return 0;
}

static int world_destroy(void **state)
{
	struct world *world = *state;

	unlink(world->path);
	jit_deinit(&world->jit);
	timeline_deinit(&world->timeline);
	modules_deinit(&world->modules);
	profile_deinit(&world->profile);
	free(world);
	return 0;
}

static void write_map(struct world *world, const char *text)
{
	FILE *file = fopen(world->path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static uint32_t locate(struct world *world, int process, uint64_t address)
{
	uint32_t location;

	assert_int_equal(jit_location(&world->jit, &world->processes[process], address, &location),
			 0);
	return location;
}

static void add_sample(struct world *world, uint32_t location, int64_t value)
{
	struct profile_value_type type = {};
	struct profile_sample sample = {.unwind = UNWIND_WHOLE};

	assert_int_equal(profile_set_values(&world->profile, &type, 1), 0);
	assert_int_equal(profile_intern_stack(&world->profile, 0, location, &sample.stack), 0);
	assert_int_equal(profile_add_sample(&world->profile, &sample, &value), 0);
}

static struct jit_unnamed give(struct world *world)
{
	struct jit_unnamed unnamed;

	assert_int_equal(jit_give_names(&world->jit, &world->timeline, &unnamed), 0);
	return unnamed;
}

static void check(struct world *world, uint32_t location, const char *module, const char *name)
{
	const struct profile *profile = &world->profile;
	const struct profile_location *at = &profile->locations.data[location];
	const struct profile_frame *frame = &profile->frames.data[at->first_frame];

	assert_int_equal(at->n_frames, 1);
	assert_string_equal(strings_get(&profile->strings,
					profile->modules.data[at->module].path), module);
	assert_string_equal(strings_get(&profile->strings,
					profile->functions.data[frame->function].name), name);
}

/* The file of the first is read as it was at its end, and of the second as it is now. */
static void test_two_processes(void **state)
{
	struct world *world = *state;
	uint32_t first = locate(world, 0, ADDRESS), second = locate(world, 1, ADDRESS);
	uint32_t none = locate(world, 1, OTHER), gone = locate(world, 2, ADDRESS);

	assert_int_equal(locate(world, 0, ADDRESS), first);
	assert_true(first != second && second != gone);
	write_map(world, "1000 10 first process\n");
	jit_process_ends(&world->jit, &world->processes[0]);
	unlink(world->path);
	write_map(world, "1000 10 second process\n");
	add_sample(world, none, 5);
	add_sample(world, gone, 7);
	assert_ptr_equal(give(world).process, &world->jit.processes.data[2]);
	check(world, first, "[jit]", "first process");
	check(world, second, "[jit]", "second process");
	check(world, none, "[anon]", "[anon]");
	check(world, gone, "[anon]", "[anon]");
	/* One /tmp for both that live. */
	assert_int_equal(world->jit.dirs.n, 1);
}

static void check_refused(struct world *world, const char *word)
{
	uint32_t location = locate(world, 0, ADDRESS);
	struct jit_unnamed unnamed;
	char remedy[128];

	add_sample(world, location, 3);
	unnamed = give(world);
	assert_non_null(unnamed.process);
	assert_int_equal(unnamed.weight, 3);
	check(world, location, "[anon]", "[anon]");
	jit_remedy(unnamed.process, remedy, sizeof(remedy));
	assert_non_null(strstr(remedy, word));
}

static void test_none(void **state)
{
	check_refused(*state, "has written no /tmp/perf-");
}

static void test_symbolic_link(void **state)
{
	struct world *world = *state;

	assert_int_equal(symlink("/etc/passwd", world->path), 0);
	check_refused(world, "is a symbolic link");
}

static void test_fifo(void **state)
{
	struct world *world = *state;

	assert_int_equal(mkfifo(world->path, 0600), 0);
	check_refused(world, "is no regular file");
}

static void test_directory(void **state)
{
	struct world *world = *state;

	assert_int_equal(mkdir(world->path, 0700), 0);
	check_refused(world, "is no regular file");
	rmdir(world->path);
}

/* What refuses a perf map refuses a jitdump; and one that is none is told of. */
static void check_dump(struct world *world, bool other_user, const char *word)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	locate(world, 0, ADDRESS);
	if (other_user && fchown(fileno(file), 12345, 12345)) {
		assert_int_not_equal(geteuid(), 0);
		skip();
	}
	world->jit.processes.data[0].dump_fd = fileno(file);
	check_refused(world, word);
	fclose(file);
}

static void test_dump_of_other_user(void **state)
{
	check_dump(*state, true, "its jitdump belongs to another user");
}

static void test_dump_that_is_none(void **state)
{
	check_dump(*state, false, "its jitdump is not in its format");
}

/* Whoever runs the test. */
static void test_other_user(void **state)
{
	struct world *world = *state;

	write_map(world, "1000 10 of another\n");
	locate(world, 0, ADDRESS);
	if (chown(world->path, 12345, 12345)) {
		assert_int_not_equal(geteuid(), 0);
		skip();
	}
	check_refused(world, "belongs to another user");
}

static void test_no_name_in_it(void **state)
{
	struct world *world = *state;

	write_map(world, "3000 10 elsewhere\n");
	check_refused(world, "does not name it");
}

static void test_remedies(void **state)
{
	static const struct jit_runtime java = {"libjvm.so", "jcmd %d Compiler.perfmap", true};
	struct jit_process process = {.pid = 4711, .place.pid = 12, .runtime = &java};
	char remedy[128];

	(void)state;
	jit_remedy(&process, remedy, sizeof(remedy));
	assert_string_equal(remedy, "jcmd 4711 Compiler.perfmap");
	process.error = -EPERM;
	jit_remedy(&process, remedy, sizeof(remedy));
	assert_string_equal(remedy, "/tmp/perf-12.map belongs to another user and was not read");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_create, world_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_two_processes), IN_WORLD(test_none),
		IN_WORLD(test_symbolic_link), IN_WORLD(test_fifo),
		IN_WORLD(test_directory),     IN_WORLD(test_other_user),
		IN_WORLD(test_dump_of_other_user),
		IN_WORLD(test_dump_that_is_none),
		IN_WORLD(test_no_name_in_it), cmocka_unit_test(test_remedies),
	};

	return cmocka_run_group_tests_name("profiler_jit", tests, NULL, NULL);
}
