/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug information of a kernel, which is found by the build-id in its notes and was moved in
 * memory. The file is made from kernel_fixture.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/kernel_debug.h"

/* As the fixture was linked. */
static const unsigned char build_id[] = { 0xab, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
static const uint64_t linked_at = 0xffffffff80400000;

static const uint64_t runs_at = 0xffffffff9a200000;

struct world {
	char dir[64], notes[96];
	const char *dirs[1];
	struct symbolizer *symbolizer;
	struct kernel_debug_system system;
	int n_answers;
};

static void copy_file(const char *from, const char *to)
{
	guard_fclose FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	int c;

	assert_non_null(in);
	assert_non_null(out);
	while ((c = fgetc(in)) != EOF)
		fputc(c, out);
}

/* The kernel has others, before and after it. */
static void write_notes(struct world *world, const unsigned char *id, uint32_t size)
{
	static const uint32_t xen[] = { 4, 4, 6, 0x6e6558, 0x78756e69 };
	const uint32_t header[] = { 4, size, 3, 0x554e47 };
	guard_fclose FILE *out = fopen(world->notes, "we");

	assert_non_null(out);
	fwrite(xen, sizeof(xen), 1, out);
	fwrite(header, sizeof(header), 1, out);
	fwrite(id, size, 1, out);
	fwrite(xen, sizeof(xen), 1, out);
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct symbolizer_options options = { .debug_dirs = world->dirs, .n_debug_dirs = 1 };
	char path[256];

	strcpy(world->dir, "/tmp/flametap-kernel-XXXXXX");
	assert_non_null(mkdtemp(world->dir));
	world->dirs[0] = world->dir;
	snprintf(world->notes, sizeof(world->notes), "%s/notes", world->dir);
	world->system = (struct kernel_debug_system){ world->notes, "0.0.0-none" };
	snprintf(path, sizeof(path), "%s/boot", world->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/vmlinux-0.0.0-none");
	copy_file(KERNEL_FIXTURE, path);
	write_notes(world, build_id, sizeof(build_id));
	*state = world;
	return symbolizer_create(&options, &world->symbolizer);
}

static int teardown(void **state)
{
	struct world *world = *state;
	char path[256];

	symbolizer_destroy(world->symbolizer);
	unlink(world->notes);
	snprintf(path, sizeof(path), "%s/boot/vmlinux-0.0.0-none", world->dir);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(world->dir);
	free(world);
	return 0;
}

static int check_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct world *world = ctx;

	world->n_answers++;
	if (index == 1) {
		assert_int_equal(n, 2);
		assert_string_equal(frames[0].name, "put_in");
		assert_int_equal(frames[0].line, 100);
		assert_string_equal(frames[1].name, "_stext");
		assert_int_equal(frames[1].line, 200);
	} else {
		assert_int_equal(index, 3);
		assert_int_equal(n, 1);
		assert_string_equal(frames[0].name, "after");
		assert_int_equal(frames[0].line, 300);
	}
	assert_non_null(strstr(frames[0].file, "kernel_fixture.c"));
	return 0;
}

static void test_moved(void **state)
{
	/* The first and the third are before and after what the file has. */
	const uint64_t addresses[] = { runs_at - 1, runs_at + 60, runs_at + 0x200000, runs_at + 100 };
	struct world *world = *state;
	struct kernel_debug debug;

	assert_int_equal(kernel_debug_init(&debug, world->symbolizer, &world->system), 0);
	assert_int_equal(debug.stext, linked_at);
	assert_int_equal(kernel_debug_resolve(&debug, world->symbolizer, runs_at, addresses, 4,
					      check_answer, world), 0);
	assert_int_equal(world->n_answers, 2);
	/* Never by less than a page. */
	assert_int_equal(kernel_debug_resolve(&debug, world->symbolizer, runs_at + 16, addresses, 4,
					      check_answer, world), -EINVAL);
	assert_int_equal(world->n_answers, 2);
	kernel_debug_deinit(&debug);
}

static void test_other_build(void **state)
{
	unsigned char other[sizeof(build_id)];
	struct world *world = *state;
	struct kernel_debug debug;

	memcpy(other, build_id, sizeof(other));
	other[15]++;
	write_notes(world, other, sizeof(other));
	assert_int_equal(kernel_debug_init(&debug, world->symbolizer, &world->system), -ESTALE);
	world->system.release = "0.0.0-other";
	write_notes(world, build_id, sizeof(build_id));
	assert_int_equal(kernel_debug_init(&debug, world->symbolizer, &world->system), -ENOENT);
}

static void test_no_build_id(void **state)
{
	struct world *world = *state;
	struct kernel_debug debug;

	write_notes(world, build_id, 0);
	assert_int_equal(kernel_debug_init(&debug, world->symbolizer, &world->system), -ENODATA);
	assert_int_equal(truncate(world->notes, 30), 0);
	assert_int_equal(kernel_debug_init(&debug, world->symbolizer, &world->system), -ENODATA);
	unlink(world->notes);
	assert_int_equal(kernel_debug_init(&debug, world->symbolizer, &world->system), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_build, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_build_id, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
