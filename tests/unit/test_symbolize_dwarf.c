/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inlined functions and lines of programs with debug information of all
 * kinds: for every address of their text, frame for frame what libdw's entries
 * say; and for a few functions what their source says.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "dwarf_oracle.h"
#include "symbolize/elf_file.h"
#include "symbolize/symbolizer.h"

static const char *path_of(const char *name, char path[4096])
{
	snprintf(path, 4096, "%s/%s", DWARF_FIXTURES, name);
	return path;
}

enum { BATCH = 50 };

struct check {
	const char *name;
	struct dwarf_oracle *oracle;
	struct dwarf_oracle_answer answer;
	size_t n, n_chains, n_inlined;
	size_t first; /* index of the batch's first address */
};

static const char *text(const char *s)
{
	return s ? s : "(none)";
}

/* A symbol's name is that of its function, or of a part of it ("f.cold"). */
static bool outermost_fits(const struct dwarf_oracle_frame *expected,
			   const struct symbol_frame *frame)
{
	size_t n;

	if (!expected->name)
		return true;
	if (!frame->system_name)
		return false;
	/* Of what is in a nameless namespace gcc does not say the linkage name. */
	if (strncmp(expected->name, "_Z", 2) && !strncmp(frame->system_name, "_Z", 2))
		return memmem(frame->name, strlen(frame->name), expected->name,
			      strcspn(expected->name, "<"));
	n = strlen(expected->name);
	return !strncmp(expected->name, frame->system_name, n) &&
	       (!frame->system_name[n] || frame->system_name[n] == '.');
}

static void check_frame(const struct check *check, uint64_t vaddr, size_t i, size_t n,
			const struct dwarf_oracle_frame *expected, const struct symbol_frame *frame)
{
	bool same = i + 1 == n ? outermost_fits(expected, frame) :
				 !strcmp(text(expected->name), text(frame->system_name));

	if (same && !strcmp(text(expected->file), text(frame->file)) &&
	    expected->line == (int)frame->line && expected->start_line == (int)frame->start_line)
		return;
	fail_msg("%s: 0x%llx: frame %zu is %s (%d) at %s:%d, expected %s (%d) at %s:%d",
		 check->name, (unsigned long long)vaddr, i, text(frame->system_name),
		 frame->start_line, text(frame->file), frame->line, text(expected->name),
		 expected->start_line, text(expected->file), expected->line);
}

static int check_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct check *check = ctx;
	const struct dwarf_oracle_answer *expected = &check->answer;
	uint64_t vaddr;

	index += check->first;
	vaddr = check->oracle->start + index;
	assert_int_equal(index, check->n);
	dwarf_oracle_answer(check->oracle, index, &check->answer);
	check->n++;
	if (!expected->frames.n) {
		assert_int_equal(n, 1);
		assert_null(frames[0].file);
		return 0;
	}
	if (n != expected->frames.n)
		fail_msg("%s: 0x%llx: %zu frames, the innermost is %s, expected %zu, %s",
			 check->name, (unsigned long long)vaddr, n, text(frames[0].system_name),
			 expected->frames.n, text(expected->frames.data[0].name));
	for (size_t i = 0; i < n; i++)
		check_frame(check, vaddr, i, n, &expected->frames.data[i], &frames[i]);
	check->n_chains++;
	check->n_inlined += n - 1;
	return 0;
}

/* The same again, of a module that stays open. */
static void check_batches(struct symbolizer *symbolizer, int fd, const uint64_t *offsets, size_t n,
			  const struct check *like)
{
	const struct symbolizer_module module = { .fd = fd, .root_fd = -1 };
	struct check check = { .name = like->name, .oracle = like->oracle };
	struct symbolizer_opened *opened;

	assert_int_equal(symbolizer_open_module(symbolizer, &module, &opened), 0);
	for (; check.first < n; check.first += BATCH) {
		size_t left = n - check.first;

		assert_int_equal(symbolizer_resolve_opened(opened, offsets + check.first,
							   left < BATCH ? left : BATCH,
							   check_answer, &check, NULL), 0);
	}
	symbolizer_close_module(opened);
	vec_deinit(&check.answer.frames);
	assert_int_equal(check.n_chains, like->n_chains);
	assert_int_equal(check.n_inlined, like->n_inlined);
}

/* Expected is what libdw reads of another program, of the same code. */
static void check_fixture(const char *name, const char *like)
{
	guard(dwarf_oracle_deinit) struct dwarf_oracle oracle;
	struct check check = { .name = name, .oracle = &oracle };
	guard_free uint64_t *offsets = NULL;
	struct symbolizer_options options = {};
	struct symbolizer *symbolizer;
	struct elf_file file;
	char path[4096];
	guard_close int fd = open(path_of(name, path), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	dwarf_oracle_init(&oracle, path_of(like, path));
	assert_int_equal(elf_file_init(&file, fd), 0);
	offsets = malloc(oracle.n * sizeof(*offsets));
	for (size_t i = 0; i < oracle.n; i++)
		assert_true(elf_file_offset(&file, oracle.start + i, &offsets[i]));
	elf_file_deinit(&file);
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	assert_int_equal(symbolizer_resolve_file(symbolizer, fd, offsets, oracle.n, check_answer,
						 &check), 0);
	check_batches(symbolizer, fd, offsets, oracle.n, &check);
	symbolizer_destroy(symbolizer);
	vec_deinit(&check.answer.frames);
	assert_int_equal(check.n, oracle.n);
	assert_true(check.n_chains > oracle.n / 3);
	print_message("%s: %zu addresses, %zu with lines, %zu inlined frames\n", name, check.n,
		      check.n_chains, check.n_inlined);
}

static void test_libdw(void **state)
{
	static const char names[] = DWARF_NAMES;
	guard_free char *list = strdup(names);
	char *rest = list;
	const char *name;
	size_t n = 0;

	(void)state;
	while ((name = strsep(&rest, ",")) != NULL) {
		check_fixture(name, name);
		n++;
	}
	assert_true(n >= 18);
}

/* libdw does not know packages. */
static void test_packages(void **state)
{
	char path[4096];

	(void)state;
	check_fixture("gcc-package-4", "gcc-4");
	if (!access(path_of("clang-package-5", path), F_OK))
		check_fixture("clang-package-5", "clang-5");
}

/* What the source of inlines.c says of leaf() in middle() in outer(). */
struct known {
	bool through_middle, direct, wrong;
};

static int know(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct known *known = ctx;

	(void)index;
	if (!frames[n - 1].name || strcmp(frames[n - 1].name, "outer"))
		return 0;
	for (size_t i = 0; i < n; i++)
		known->wrong |= !frames[i].file || !strstr(frames[i].file, "dwarf_fixtures/inlines.c");
	if (strcmp(frames[0].name, "leaf") || frames[0].line < 1000 || frames[0].line > 1002)
		return 0;
	if (n == 3) {
		known->through_middle = true;
		known->wrong |= strcmp(frames[1].name, "middle") || frames[1].line != 2000 ||
				frames[2].line != 3000;
	} else {
		known->direct = true;
		known->wrong |= n != 2 || frames[1].line != 3001;
	}
	return 0;
}

static void check_known(const char *name)
{
	struct symbolizer_options options = {};
	struct symbolizer *symbolizer;
	struct known known = {};
	struct elf_file file;
	VEC(uint64_t) offsets = {};
	char path[4096];
	guard_close int fd = open(path_of(name, path), O_RDONLY | O_CLOEXEC);

	assert_int_equal(elf_file_init(&file, fd), 0);
	/* From the last to the first: the order is not for the caller to know. */
	for (size_t i = file.by_offset.data[0].size; i-- > 0;)
		assert_int_equal(vec_push(&offsets, file.by_offset.data[0].offset + i), 0);
	elf_file_deinit(&file);
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	assert_int_equal(symbolizer_resolve_file(symbolizer, fd, offsets.data, offsets.n, know,
						 &known), 0);
	symbolizer_destroy(symbolizer);
	vec_deinit(&offsets);
	assert_true(known.through_middle);
	assert_true(known.direct);
	assert_false(known.wrong);
}

static void test_source(void **state)
{
	(void)state;
	check_known("gcc-4");
	check_known("gcc-5");
	check_known("gcc-lto");
	check_known("clang-4");
	check_known("clang-5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libdw),
		cmocka_unit_test(test_packages),
		cmocka_unit_test(test_source),
	};

	return cmocka_run_group_tests_name("symbolize_dwarf", tests, NULL, NULL);
}
