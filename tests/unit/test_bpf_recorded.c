// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The BPF unwinder, compiled natively, walks recorded stacks of stock programs:
 * registers, stack memory and call-frame information come from the files in
 * tests/golden/stacks, and so do the callers that must come out, which an
 * independent unwinder found when they were recorded (record_stack.c). How many
 * calls of BPF functions a stack takes is printed, for who changes the unwinder.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/guard.h"
#include "bpf_native.h"
#include "profiler/tables.h"
#include "stack_file.h"

enum { PID = 1, LINE = 256, MOST_BYTES = 300 << 10, LEAST_STACKS = 40 };

static const struct capture_tables no_maps;

/* A process whose modules are those of a file of stacks. */
struct replay {
	const struct stack_file *file;
	struct profile profile;
	struct modules modules;
	struct tables tables;
};

static void replay_init(struct replay *replay, const struct stack_file *file)
{
	struct module none = { .fd = -1 };

	replay->file = file;
	assert_int_equal(profile_init(&replay->profile), 0);
	assert_int_equal(modules_init(&replay->modules, &replay->profile), 0);
	vec_each(&file->modules, recorded) {
		struct module module = { .fd = stack_module_open(recorded) };

		assert_true(module.fd >= 0);
		assert_int_equal(vec_push(&replay->modules.items, module), 0);
	}
	/* The last one stands for mappings without a file. */
	assert_int_equal(vec_push(&replay->modules.items, none), 0);
	assert_int_equal(tables_init(&replay->tables, &no_maps, &replay->modules), 0);
}

static void replay_deinit(struct replay *replay)
{
	tables_deinit(&replay->tables);
	modules_deinit(&replay->modules);
	profile_deinit(&replay->profile);
	native_reset();
}

/* Gives the process the mappings of a stack. */
static void replay_map(struct replay *replay, const struct stack *stack)
{
	struct process process = {
		.pid = PID,
		.start_ns = NATIVE_START_NS,
		.exec_id = NATIVE_EXEC_ID,
		.known = true,
	};
	bool more = true;

	vec_each(&stack->maps, map) {
		struct mapping mapping = { map->start, map->end, map->offset,
					   map->module == STACK_NO_MODULE ?
						   replay->file->modules.n : map->module };

		assert_int_equal(vec_push(&process.mappings, mapping), 0);
	}
	assert_int_equal(tables_update(&replay->tables, &process), 0);
	while (more)
		assert_int_equal(tables_build(&replay->tables, UINT64_MAX, &more), 0);
	vec_deinit(&process.mappings);
}

static void print_walk(const struct stack_file *file, const struct stack *stack,
		       const struct native_walk *walk)
{
	char where[LINE];

	for (uint32_t i = 0; i < walk->n; i++) {
		stack_where(file, stack, walk->addresses[i], where, sizeof(where));
		print_message("    %s\n", where);
	}
}

/* The number of the first frame that is not as recorded, or that of all frames. */
static size_t compare(const struct stack_file *file, const struct stack *stack,
		      const struct native_walk *walk)
{
	char where[LINE];
	size_t i = 0;

	for (; i < walk->n && i < stack->frames.n; i++) {
		stack_where(file, stack, walk->addresses[i], where, sizeof(where));
		if (strcmp(where, stack->frames.data[i].where))
			break;
	}
	return i;
}

static bool walks_as_recorded(struct replay *replay, struct stack *stack)
{
	static struct native_walk walk;
	size_t same;

	replay_map(replay, stack);
	native_walk(PID, &stack->registers, stack_read, stack, &walk);
	same = compare(replay->file, stack, &walk);
	print_message("  %s: %u frames, %s, %u look-ups and %u reads (%u and %u when recorded)\n",
		      stack->title, walk.n, stack_result_name(walk.result), walk.n_lookups,
		      walk.n_reads, stack->n_lookups, stack->n_reads);
	if (same == stack->frames.n && same == walk.n && walk.result == stack->result)
		return true;
	print_message("  expected %zu frames, %s; the same are %zu; these came out:\n",
		      stack->frames.n, stack_result_name(stack->result), same);
	print_walk(replay->file, stack, &walk);
	return false;
}

static void read_stacks(const char *path, struct stack_file *file)
{
	guard_fclose FILE *in = fopen(path, "re");
	int err;

	assert_non_null(in);
	err = stack_file_read(file, in);
	if (err)
		fail_msg("%s: %s %d", path, err < 0 ? "error" : "line", abs(err));
	assert_true(file->stacks.n > 0);
}

static void stacks_of_a_file(void **state)
{
	struct stack_file file;
	struct replay replay;
	size_t n_wrong = 0;

	read_stacks(*state, &file);
	replay_init(&replay, &file);
	vec_each(&file.stacks, stack)
		n_wrong += !walks_as_recorded(&replay, stack);
	replay_deinit(&replay);
	stack_file_deinit(&file);
	assert_int_equal(n_wrong, 0);
}

/* Written again, each file is the same to the byte: nothing of it is left unread. */
static void files_are_read_as_a_whole(void **state)
{
	const glob_t *files = *state;

	for (size_t i = 0; i < files->gl_pathc; i++) {
		guard_fclose FILE *in = fopen(files->gl_pathv[i], "re");
		guard_free char *bytes = NULL, *again = NULL;
		struct stack_file file;
		size_t size = 0;
		FILE *out = open_memstream(&again, &size);
		struct stat stat;

		assert_true(in && out && !fstat(fileno(in), &stat));
		bytes = malloc(stat.st_size);
		assert_int_equal(fread(bytes, 1, stat.st_size, in), stat.st_size);
		read_stacks(files->gl_pathv[i], &file);
		assert_int_equal(stack_file_write(&file, out), 0);
		fclose(out);
		stack_file_deinit(&file);
		assert_int_equal(size, stat.st_size);
		assert_memory_equal(again, bytes, size);
	}
}

/* No file has the paths of the machine that it was recorded on, and all together are small. */
static void files_are_small_and_anonymous(void **state)
{
	const glob_t *files = *state;
	size_t n_stacks = 0, n_bytes = 0;

	for (size_t i = 0; i < files->gl_pathc; i++) {
		struct stack_file file;
		struct stat entry;

		read_stacks(files->gl_pathv[i], &file);
		vec_each(&file.modules, module)
			assert_null(strchr(module->name, '/'));
		n_stacks += file.stacks.n;
		assert_int_equal(stat(files->gl_pathv[i], &entry), 0);
		n_bytes += entry.st_size;
		stack_file_deinit(&file);
	}
	print_message("  %zu stacks in %zu files, %zu bytes\n", n_stacks, files->gl_pathc, n_bytes);
	assert_true(n_stacks >= LEAST_STACKS);
	assert_true(n_bytes <= MOST_BYTES);
}

/* Without arguments all recordings; else the files that are named. */
int main(int argc, char **argv)
{
	VEC(struct CMUnitTest) tests = {};
	glob_t files = {};
	int failed;

	if (argc > 1)
		files = (glob_t){ .gl_pathc = argc - 1, .gl_pathv = argv + 1 };
	else if (glob(STACKS "/*.txt", 0, NULL, &files))
		return 1;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct CMUnitTest test = cmocka_unit_test(stacks_of_a_file);

		test.name = strrchr(files.gl_pathv[i], '/') ?: files.gl_pathv[i];
		test.initial_state = files.gl_pathv[i];
		if (vec_push(&tests, test))
			return 1;
	}
	if (argc == 1 &&
	    (vec_push(&tests, (struct CMUnitTest)cmocka_unit_test_prestate(
				      files_are_read_as_a_whole, &files)) ||
	     vec_push(&tests, (struct CMUnitTest)cmocka_unit_test_prestate(
				      files_are_small_and_anonymous, &files))))
		return 1;
	failed = _cmocka_run_group_tests("recorded stacks", tests.data, tests.n, NULL, NULL);
	vec_deinit(&tests);
	if (argc == 1)
		globfree(&files);
	return failed;
}
