/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stripped programs and the places where their symbols went
 * (tests/unit/debug_fixtures/make): each address has the name that it has in
 * the program as its compiler left it, or none.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/debug_file.h"
#include "symbolize/elf_section.h"
#include "symbolize/source.h"
#include "symbolize/symbolizer.h"

struct asked {
	uint64_t *offsets;
	const char **names;
	size_t n;
};

static void asked_deinit(struct asked *asked)
{
	free(asked->offsets);
	free(asked->names);
}

static void symbolizer_guard(struct symbolizer **symbolizer)
{
	symbolizer_destroy(*symbolizer);
}

static const char *place(const char *name)
{
	static char paths[16][4096];
	static unsigned int turn;
	char *path = paths[turn++ % 16];

	snprintf(path, sizeof(paths[0]), "%s/%s", DEBUG_FIXTURES, name);
	return path;
}

static int open_fixture(const char *name)
{
	int fd = open(place(name), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s: %s", name, strerror(errno));
	return fd;
}

static bool is_there(const char *name)
{
	return !access(place(name), R_OK);
}

static int keep_name(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct asked *asked = ctx;

	/* The function itself, not what is inlined there. */
	asked->names[index] = frames[n - 1].name;
	return 0;
}

/* Every third byte of the program's code. */
static void ask_for_all(const char *whole, struct asked *ret)
{
	guard_close int fd = open_fixture(whole);
	guard(elf_file_deinit) struct elf_file file;
	size_t n = 0;

	assert_int_equal(elf_file_init(&file, fd), 0);
	vec_each(&file.by_offset, segment)
		n += segment->size / 3 + 1;
	ret->offsets = calloc(n, sizeof(*ret->offsets));
	ret->names = calloc(n, sizeof(*ret->names));
	assert_true(n > 100 && ret->offsets && ret->names);
	vec_each(&file.by_offset, segment)
		for (uint64_t i = 0; i < segment->size; i += 3)
			ret->offsets[ret->n++] = segment->offset + i;
}

static void ask(struct symbolizer *symbolizer, const char *name, int root_fd, const char *path,
		struct asked *asked, struct symbolizer_debug *debug)
{
	guard_close int fd = open_fixture(name);
	struct symbolizer_module module = {.fd = fd, .path = path, .root_fd = root_fd};

	assert_int_equal(symbolizer_resolve_module(symbolizer, &module, asked->offsets, asked->n,
						   keep_name, asked, debug),
			 0);
}

/* Names of one and the same function in functions.c; the first is the one to be shown. */
static bool is_alias(const char *shown, const char *other)
{
	static const char *const pairs[][2] = {
		{"chosen", "resolve_chosen"},
		{"chosen@plt", "resolve_chosen@plt"},
		{"weaker", "lo2"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (!strcmp(shown, pairs[i][0]) && !strcmp(other, pairs[i][1]))
			return true;
	return false;
}

struct difference {
	size_t named, same, lost, wrong; /* of those named: the rest */
	size_t more;			  /* named, where the whole program has no name */
	size_t aliases;			  /* of the wrong: another name of the same address */
};

/* name, resolved with dirs, beside whole. */
static void compare(const char *whole, const char *name, const char *dir, int root_fd,
		    const char *path, struct difference *ret, struct symbolizer_debug *debug)
{
	guard(symbolizer_guard) struct symbolizer *symbolizer = NULL;
	guard(asked_deinit) struct asked right = {}, asked = {};
	const struct symbolizer_options options = {
		.debug_dirs = &dir,
		.n_debug_dirs = dir != NULL,
	};

	*ret = (struct difference){};
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	ask_for_all(whole, &right);
	ask_for_all(whole, &asked);
	ask(symbolizer, whole, -1, NULL, &right, NULL);
	ask(symbolizer, name, root_fd, path ? path : place(name), &asked, debug);
	for (size_t i = 0; i < right.n; i++) {
		const char *a = right.names[i], *b = asked.names[i];

		ret->named += a != NULL;
		if (a && b && !strcmp(a, b))
			ret->same++;
		else if (a && !b)
			ret->lost++;
		else if (a) {
			ret->wrong++;
			ret->aliases += is_alias(a, b);
		} else if (b) {
			/* Where the FDEs are missing, a symbol without a size ends at the next one. */
			assert_int_equal(strncmp(b, "sizeless", 8), 0);
			ret->more++;
		}
	}
	assert_true(ret->named > 100);
}

static void check_same(const char *whole, const char *name, const char *dir, enum debug_file_how how)
{
	struct symbolizer_debug debug;
	struct difference difference;

	compare(whole, name, dir, -1, NULL, &difference, &debug);
	if (difference.lost || difference.wrong || difference.more)
		fail_msg("%s: of %zu names %zu are not there and %zu are others", name,
			 difference.named, difference.lost, difference.wrong);
	assert_int_equal(debug.how, how);
	assert_false(debug.stripped);
}

static void check_refused(const char *whole, const char *name, enum debug_file_refusal why)
{
	struct symbolizer_debug debug;
	struct difference difference;

	compare(whole, name, NULL, -1, NULL, &difference, &debug);
	assert_int_equal(difference.wrong, 0);
	assert_true(difference.lost > 100);
	assert_int_equal(debug.how, DEBUG_FILE_NONE);
	assert_int_equal(debug.refused, why);
	assert_true(debug.stripped);
}

static void test_links(void **state)
{
	(void)state;
	check_same("whole", "link/program", NULL, DEBUG_FILE_LINK);
	check_same("whole", "subdir/program", NULL, DEBUG_FILE_LINK);
	check_same("anonymous", "crc/program", NULL, DEBUG_FILE_LINK);
}

static void test_refused(void **state)
{
	(void)state;
	check_refused("anonymous", "wrong-crc/program", DEBUG_FILE_WRONG_CRC);
	check_refused("whole", "other-build/program", DEBUG_FILE_OTHER_BUILD);
	check_refused("whole", "itself/program", DEBUG_FILE_NOT_REFUSED);
	check_refused("whole", "ids/program", DEBUG_FILE_NOT_REFUSED);
}

static void test_given(void **state)
{
	(void)state;
	check_same("whole", "ids/program", place("ids/dir"), DEBUG_FILE_GIVEN);
	check_same("whole", "flat/program", place("flat/dir"), DEBUG_FILE_GIVEN);
	check_same("shapes", "shapes-ids/program", place("shapes-ids/dir"), DEBUG_FILE_GIVEN);
}

/* A directory laid out like the root: DIR + the module's path. */
static void test_given_by_path(void **state)
{
	struct symbolizer_debug debug;
	struct difference difference;

	(void)state;
	compare("whole", "ids/program", DEBUG_FIXTURES, -1, "/link/program", &difference, &debug);
	assert_int_equal(difference.same, difference.named);
	assert_int_equal(debug.how, DEBUG_FILE_GIVEN);
	/* The file without ".debug" is taken if it has its symbols. */
	compare("whole", "ids/program", DEBUG_FIXTURES, -1, "/whole", &difference, &debug);
	assert_int_equal(difference.same, difference.named);
}

static void test_root(void **state)
{
	guard_close int root = open(place("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct symbolizer_debug debug;
	struct difference difference;

	(void)state;
	compare("whole", "root/usr/bin/program", NULL, root, "/usr/bin/program", &difference,
		&debug);
	assert_int_equal(difference.same, difference.named);
	assert_int_equal(debug.how, DEBUG_FILE_BUILD_ID);
	compare("whole", "root/usr/bin/program", NULL, -1, "/usr/bin/program", &difference, &debug);
	assert_int_equal(debug.how, DEBUG_FILE_NONE);
}

/* It has fewer symbols: weak ones and those without a type are left out, and where names share an
 * address another may be shown. What it has not is not named after a neighbour. */
static void test_mini(void **state)
{
	struct symbolizer_debug debug;
	struct difference difference;

	(void)state;
	compare("whole", "mini/program", NULL, -1, NULL, &difference, &debug);
	assert_true(difference.same * 10 > difference.named * 9);
	assert_false(debug.stripped);
	assert_int_equal(debug.how, DEBUG_FILE_NONE);
	assert_int_equal(difference.wrong, difference.aliases);
	compare("shapes", "mini-shapes/program", NULL, -1, NULL, &difference, &debug);
	assert_int_equal(difference.wrong, 0);
	assert_true(difference.same * 10 > difference.named * 5);
	check_refused("whole", "mini-broken/program", DEBUG_FILE_NOT_REFUSED);
}

/* A debug file in place of its module: offsets are the module's. */
static void test_debug_file_alone(void **state)
{
	static const char *const names[] = {"whole", "fixed", "odd", "shapes", "lld"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		guard(elf_file_deinit) struct elf_file whole = {}, debug = {};
		guard_close int whole_fd = -1, debug_fd = -1;
		struct difference difference;
		struct symbolizer_debug outcome;
		char name[64];

		if (!is_there(names[i]))
			continue;
		snprintf(name, sizeof(name), "%s.debug", names[i]);
		whole_fd = open_fixture(names[i]);
		debug_fd = open_fixture(name);
		assert_int_equal(elf_file_init(&whole, whole_fd), 0);
		assert_int_equal(elf_file_init(&debug, debug_fd), 0);
		assert_int_equal(debug_file_restore_segments(&debug), 0);
		assert_int_equal(debug.by_offset.n, whole.by_offset.n);
		assert_memory_equal(debug.by_offset.data, whole.by_offset.data,
				    whole.by_offset.n * sizeof(*whole.by_offset.data));
		/* Stubs of the PLT are named after relocations, which a debug file has not. */
		compare(names[i], name, NULL, -1, NULL, &difference, &outcome);
		assert_int_equal(difference.wrong, 0);
		assert_true(difference.same * 10 > difference.named * 9);
	}
}

static void test_by_build_id(void **state)
{
	static const uint8_t id[] = {0,	   0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
				     0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	guard(symbolizer_guard) struct symbolizer *symbolizer = NULL;
	guard_close int fd = -1;
	const char *dir = place("ids/dir"), *flat = place("other-build");
	struct symbolizer_options options = {.debug_dirs = &dir, .n_debug_dirs = 1};
	enum debuginfod_answer asked;
	struct stat a, b;

	(void)state;
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	fd = symbolizer_open_by_build_id(symbolizer, id, sizeof(id), "/nowhere/program", &asked);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat(place("ids/dir/.build-id/00/112233445566778899aabbccddeeff.debug"), &b),
			 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(symbolizer_open_by_build_id(symbolizer, id, 2, "program", &asked), -ENOENT);
	assert_int_equal(symbolizer_open_by_build_id(symbolizer, id, 0, NULL, &asked), -ENOENT);
	symbolizer_destroy(symbolizer);
	symbolizer = NULL;
	options.debug_dirs = &flat;
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	assert_int_equal(symbolizer_open_by_build_id(symbolizer, id, 4, "/x/program", &asked), -ESTALE);
}

/* What several programs have in common, in a file beside them. */
static void test_alternate(void **state)
{
	static const char *const names[] = {"dwz/a", "dwz/b", "dwz/one"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		guard_close int fd = open_fixture(names[i]);
		struct symbolizer_module hint = {.fd = fd, .path = place(names[i]), .root_fd = -1};
		struct symbol_module module = {};
		const struct elf_file *file;
		struct elf_info info;
		struct stat a, b;

		assert_int_equal(elf_file_init(&module.file, fd), 0);
		module_debug_init(&module.debug, &hint, NULL, 0, NULL);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(module_debug_alternate(&module, &file),
					 i == 2 ? -ENOENT : 0);
			if (i == 2)
				continue;
			assert_int_equal(fstat(file->fd, &a) | stat(place("dwz/common"), &b), 0);
			assert_int_equal(a.st_ino, b.st_ino);
			assert_int_equal(elf_info_read(file->fd, &info), 0);
			assert_non_null(elf_file_section(file, ".debug_info"));
		}
		module_debug_deinit(&module.debug);
		elf_file_deinit(&module.file);
	}
}

/* Debug files that are cut off anywhere, and what is no file: no wrong name, no waiting. */
static void test_hostile(void **state)
{
	char dir[] = "/tmp/flametap-debug-XXXXXX", path[64];
	guard_close int from = open_fixture("link/program.debug");
	struct symbolizer_debug debug;
	struct difference difference;
	guard_free char *bytes = NULL;
	struct stat stat;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/program.debug", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	compare("whole", "ids/program", dir, -1, NULL, &difference, &debug);
	assert_int_equal(debug.how, DEBUG_FILE_NONE);
	assert_int_equal(debug.refused, DEBUG_FILE_UNREADABLE);
	unlink(path);
	assert_int_equal(fstat(from, &stat), 0);
	bytes = malloc(stat.st_size);
	assert_non_null(bytes);
	assert_int_equal(read(from, bytes, stat.st_size), stat.st_size);
	for (off_t size = 0; size < stat.st_size; size += stat.st_size / 40) {
		guard_fclose FILE *f = fopen(path, "we");

		assert_non_null(f);
		/* What is cut off is zeros every other time. */
		assert_int_equal(fwrite(bytes, 1, size, f), size);
		if (size % 2)
			assert_int_equal(ftruncate(fileno(f), stat.st_size), 0);
		fflush(f);
		compare("whole", "ids/program", dir, -1, NULL, &difference, &debug);
		assert_int_equal(difference.wrong, 0);
		unlink(path);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void test_sections(void **state)
{
	static const char *const ways[] = {"whole", "sections/zlib", "sections/zlib-gnu",
					   "sections/zstd"};
	static const char *const names[] = {"info", "line", "str"};

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		guard(elf_section_unload) struct section_bytes bytes = {};
		guard(elf_file_deinit) struct elf_file file = {};
		guard_close int fd = open_fixture(ways[i / 3]);
		guard_close int dump = -1;
		char name[64], expected[65536];

		snprintf(name, sizeof(name), "sections/%s", names[i % 3]);
		dump = open_fixture(name);
		snprintf(name, sizeof(name), ".debug_%s", names[i % 3]);
		assert_int_equal(elf_file_init(&file, fd), 0);
		assert_int_equal(elf_section_load(&file, name, &bytes), 0);
		assert_int_equal(read(dump, expected, sizeof(expected)), bytes.size);
		assert_memory_equal(bytes.data, expected, bytes.size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_given),
		cmocka_unit_test(test_given_by_path),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_mini),
		cmocka_unit_test(test_debug_file_alone),
		cmocka_unit_test(test_by_build_id),
		cmocka_unit_test(test_alternate),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
