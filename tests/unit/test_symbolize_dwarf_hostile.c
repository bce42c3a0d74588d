/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug information that lies, is cut off or leads in circles. Nothing of it
 * has to be right, but every address is answered, soon, and without memory that
 * the file's size does not justify.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/vec.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/cpu_time.h"

enum { TEXT = 0x1000, TEXT_SIZE = 0x1000, N_OFFSETS = 64 };

struct bytes {
	VEC(unsigned char) list;
};

static void add(struct bytes *bytes, uint64_t value, size_t n)
{
	assert_int_equal(vec_append(&bytes->list, (unsigned char *)&value, n), 0);
}

static void add_many(struct bytes *bytes, const void *data, size_t n)
{
	assert_int_equal(vec_append(&bytes->list, (const unsigned char *)data, n), 0);
}

static void set_u32(struct bytes *bytes, size_t at, uint32_t value)
{
	memcpy(bytes->list.data + at, &value, sizeof(value));
}

/* An image with text, .debug_info, .debug_abbrev, .debug_line and .debug_ranges. */
static const char section_names[] = "\0.debug_info\0.debug_abbrev\0.debug_line\0.debug_ranges";
enum { N_SECTIONS = 6 };

static void make_image(const struct bytes sections[4], struct bytes *image)
{
	Elf64_Ehdr header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
		.e_shoff = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = N_SECTIONS,
		.e_shstrndx = N_SECTIONS - 1,
	};
	Elf64_Phdr segment = { .p_type = PT_LOAD, .p_flags = PF_X, .p_offset = TEXT,
			       .p_vaddr = TEXT, .p_filesz = TEXT_SIZE };
	Elf64_Shdr headers[N_SECTIONS] = {};
	size_t at = TEXT + TEXT_SIZE, name = 1;

	for (size_t i = 0; i < 4; i++) {
		headers[i + 1] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS, .sh_name = name,
					       .sh_offset = at, .sh_size = sections[i].list.n };
		name += strlen(section_names + name) + 1;
		at += sections[i].list.n;
	}
	headers[N_SECTIONS - 1] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = at,
						.sh_size = sizeof(section_names) };
	add_many(image, &header, sizeof(header));
	add_many(image, &segment, sizeof(segment));
	add_many(image, headers, sizeof(headers));
	while (image->list.n < TEXT + TEXT_SIZE)
		add(image, 0, 8);
	image->list.n = TEXT + TEXT_SIZE;
	for (size_t i = 0; i < 4; i++)
		add_many(image, sections[i].list.data, sections[i].list.n);
	add_many(image, section_names, sizeof(section_names));
}

struct answers {
	size_t n, n_named;
	const char *innermost;
	size_t n_frames; /* of the last one */
	size_t n_all_frames;
};

static int count(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct answers *answers = ctx;

	assert_int_equal(index, answers->n);
	assert_true(n >= 1);
	answers->n++;
	answers->n_named += frames[n - 1].name != NULL;
	answers->innermost = frames[0].name;
	answers->n_frames = n;
	answers->n_all_frames += n;
	return 0;
}

/* The most that any test has taken so far; sanitizers take memory of their own. */
static void check_memory(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	if (!HAS_ASAN)
		assert_true(usage.ru_maxrss < 600 * 1024);
}

static struct answers resolve_many(struct bytes sections[4], size_t n)
{
	struct symbolizer_options options = {};
	struct symbolizer *symbolizer;
	struct answers answers = {};
	guard_free uint64_t *offsets = calloc(n, sizeof(*offsets));
	struct bytes image = {};
	double start = cpu_seconds();

	for (size_t i = 0; i < n; i++)
		offsets[i] = TEXT + i * TEXT_SIZE / n;
	make_image(sections, &image);
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	assert_int_equal(symbolizer_resolve_image(symbolizer, image.list.data, image.list.n,
						  offsets, n, count, &answers), 0);
	assert_int_equal(answers.n, n);
	if (answers.innermost)
		assert_true(strlen(answers.innermost) < 100);
	answers.innermost = NULL;
	symbolizer_destroy(symbolizer);
	vec_deinit(&image.list);
	for (size_t i = 0; i < 4; i++)
		vec_deinit(&sections[i].list);
	assert_cpu_seconds_since(start, 20);
	check_memory();
	return answers;
}

static struct answers resolve(struct bytes sections[4])
{
	return resolve_many(sections, N_OFFSETS);
}

enum { INFO, ABBREV, LINE, RANGES };

/* Abbreviations: 1 a unit of all text, with lines; 2 a function of all text, with children and a
 * name in the entry; 3 what was inlined, of all text, whose origin is 4 bytes; 4 an entry that is
 * nothing but a reference; 5 what was inlined, with a list of ranges. */
static void add_abbrevs(struct bytes *abbrev)
{
	static const unsigned char list[] = {
		1, 0x11, 1, 0x11, 0x01, 0x12, 0x06, 0x10, 0x17, 0, 0,
		2, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0,
		3, 0x1d, 1, 0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0, 0,
		4, 0x2e, 0, 0x31, 0x13, 0, 0,
		5, 0x1d, 1, 0x31, 0x13, 0x55, 0x17, 0, 0,
		0,
	};

	add_many(abbrev, list, sizeof(list));
}

static void begin_unit(struct bytes *info)
{
	add(info, 0, 4);
	add(info, 4, 2);
	add(info, 0, 4);
	add(info, 8, 1);
	add(info, 1, 1);
	add(info, TEXT, 8);
	add(info, TEXT_SIZE, 4);
	add(info, 0, 4);
}

static void add_function(struct bytes *info)
{
	add(info, 2, 1);
	add_many(info, "function", 9);
	add(info, TEXT, 8);
	add(info, TEXT_SIZE, 4);
}

/* A unit that begins with a function; where that is. */
static uint32_t begin_function(struct bytes *sections)
{
	struct bytes *info = &sections[INFO];
	uint32_t function;

	add_abbrevs(&sections[ABBREV]);
	begin_unit(info);
	function = info->list.n;
	add_function(info);
	return function;
}

static void add_inlined(struct bytes *info, uint32_t origin)
{
	add(info, 3, 1);
	add(info, origin, 4);
	add(info, TEXT, 8);
	add(info, TEXT_SIZE, 4);
}

static void end_unit(struct bytes *info, size_t start)
{
	set_u32(info, start, info->list.n - start - 4);
}

static void test_plain(void **state)
{
	struct bytes sections[4] = {};
	struct answers answers;

	(void)state;
	begin_function(sections);
	add(&sections[INFO], 0, 2);
	end_unit(&sections[INFO], 0);
	answers = resolve(sections);
	assert_int_equal(answers.n_named, N_OFFSETS);
	assert_int_equal(answers.n_frames, 1);
}

/* Two entries that are each other's origin, and one that is its own. */
static void test_cyclic_origin(void **state)
{
	struct bytes sections[4] = {};
	struct bytes *info = &sections[INFO];
	struct answers answers;
	uint32_t at;

	(void)state;
	add_abbrevs(&sections[ABBREV]);
	begin_unit(info);
	at = info->list.n;
	add(info, 4, 1);
	add(info, at + 5, 4);
	add(info, 4, 1);
	add(info, at, 4);
	add_function(info);
	add_inlined(info, at);
	add_inlined(info, info->list.n);
	add(info, 0, 4);
	end_unit(info, 0);
	answers = resolve(sections);
	/* What was inlined has no name, and so is no frame. */
	assert_int_equal(answers.n_named, N_OFFSETS);
	assert_int_equal(answers.n_frames, 1);
}

/* A million levels. */
static void test_deep(void **state)
{
	struct bytes sections[4] = {};
	struct bytes *info = &sections[INFO];
	uint32_t function;

	(void)state;
	function = begin_function(sections);
	for (int i = 0; i < 1000000; i++)
		add_inlined(info, function);
	end_unit(info, 0);
	assert_int_equal(resolve(sections).n_named, N_OFFSETS);
}

/* As many frames for each of many addresses. */
static void test_many_deep(void **state)
{
	enum { N = 2000, LEVELS = 10000 };
	struct bytes sections[4] = {};
	struct bytes *info = &sections[INFO];
	struct answers answers;
	uint32_t function;

	(void)state;
	function = begin_function(sections);
	for (int i = 0; i < LEVELS; i++)
		add_inlined(info, function);
	end_unit(info, 0);
	answers = resolve_many(sections, N);
	assert_true(answers.n_all_frames > 2 * LEVELS);
	assert_true(answers.n_all_frames < N * LEVELS / 4);
}

/* Many entries that have one long list of ranges. */
static void test_shared_ranges(void **state)
{
	struct bytes sections[4] = {};
	struct bytes *info = &sections[INFO];
	uint32_t function;

	(void)state;
	function = begin_function(sections);
	for (int i = 0; i < 100000; i++) {
		add(info, 5, 1);
		add(info, function, 4);
		add(info, 0, 4);
		add(info, 0, 1);
	}
	end_unit(info, 0);
	for (int i = 0; i < 200000; i++) {
		add(&sections[RANGES], TEXT, 8);
		add(&sections[RANGES], TEXT + 1 + i, 8);
	}
	resolve(sections);
}

/* Many units of one line program that is long and has no end. */
static void test_endless_lines(void **state)
{
	static const unsigned char header[] = { 1, 1, 1, 0xfb, 14, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1,
						0, 'f', 0, 0, 0, 0, 0 };
	struct bytes sections[4] = {};
	struct bytes *line = &sections[LINE];

	(void)state;
	add_abbrevs(&sections[ABBREV]);
	for (int i = 0; i < 4000; i++) {
		size_t start = sections[INFO].list.n;

		begin_unit(&sections[INFO]);
		end_unit(&sections[INFO], start);
	}
	add(line, 0x7ffffff0, 4);
	add(line, 4, 2);
	add(line, sizeof(header), 4);
	add_many(line, header, sizeof(header));
	for (int i = 0; i < 2000000; i++)
		add(line, 10 + i % 200, 1);
	resolve(sections);
}

/* Many units whose table of abbreviations is long, and has theirs at its end. */
static void test_shared_abbrevs(void **state)
{
	struct bytes sections[4] = {};

	(void)state;
	for (int i = 0; i < 300000; i++) {
		add(&sections[ABBREV], 9, 1);
		add(&sections[ABBREV], 0x24, 2);
		add(&sections[ABBREV], 0, 2);
	}
	add_abbrevs(&sections[ABBREV]);
	for (int i = 0; i < 20000; i++) {
		size_t start = sections[INFO].list.n;

		begin_unit(&sections[INFO]);
		end_unit(&sections[INFO], start);
	}
	resolve(sections);
}

static void add_units(struct bytes *info, int n, int abbrev_step, bool has_value)
{
	for (int i = 0; i < n; i++) {
		size_t start = info->list.n;

		add(info, 0, 4);
		add(info, 4, 2);
		add(info, i * abbrev_step, 4);
		add(info, 8, 1);
		add(info, 1, 1);
		add(info, 0, has_value ? 4 : 0);
		end_unit(info, start);
	}
}

/* Many units, each with a table of its own that is a long rest of one and the same. */
static void test_overlapping_abbrevs(void **state)
{
	static const unsigned char unit[] = {1, 0x11, 0, 0, 0};
	struct bytes sections[4] = {};

	(void)state;
	for (int i = 0; i < 400000; i++)
		add_many(&sections[ABBREV], unit, sizeof(unit));
	add_units(&sections[INFO], 100, sizeof(unit), false);
	resolve(sections);
}

/* Many units that all say they have one long list of ranges. */
static void test_units_of_shared_ranges(void **state)
{
	static const unsigned char abbrevs[] = {1, 0x11, 0, 0x55, 0x17, 0, 0, 0};
	struct bytes sections[4] = {};

	(void)state;
	add_many(&sections[ABBREV], abbrevs, sizeof(abbrevs));
	add_units(&sections[INFO], 40000, 0, true);
	for (int i = 0; i < 4000; i++) {
		add(&sections[RANGES], TEXT + i % 3000, 8);
		add(&sections[RANGES], TEXT + i % 3000 + 1, 8);
	}
	resolve(sections);
}

/* Many units that do not say what code they have, with one line table of many files. */
static void test_shared_files(void **state)
{
	static const unsigned char abbrevs[] = {1, 0x11, 0, 0x10, 0x17, 0, 0, 0};
	static const unsigned char header[] = {1, 1, 1, 0xfb, 14, 1, 0};
	struct bytes sections[4] = {};
	struct bytes *line = &sections[LINE];
	enum { N_FILES = 1 << 20 };

	(void)state;
	add_many(&sections[ABBREV], abbrevs, sizeof(abbrevs));
	add_units(&sections[INFO], 40000, 0, true);
	add(line, 0x7ffffff0, 4);
	add(line, 4, 2);
	add(line, sizeof(header) + 5 * N_FILES + 1, 4);
	add_many(line, header, sizeof(header));
	for (int i = 0; i < N_FILES; i++)
		add(line, 'f', 5);
	add(line, 0, 1);
	resolve(sections);
}

/* Units that may have any code have none of what is asked for, but the last of them. */
static struct answers resolve_rangeless(int n_units)
{
	static const unsigned char abbrevs[] = {
		1, 0x11, 0, 0, 0,
		2, 0x11, 1, 0, 0,
		3, 0x2e, 0, 0x11, 0x01, 0x12, 0x06, 0x03, 0x08, 0, 0, 0,
	};
	struct bytes sections[4] = {};
	struct bytes *info = &sections[INFO];
	size_t last;

	add_many(&sections[ABBREV], abbrevs, sizeof(abbrevs));
	add_units(info, n_units, 0, false);
	last = info->list.n;
	add(info, 0, 4);
	add(info, 4, 2);
	add(info, 0, 4);
	add(info, 8, 1);
	add(info, 2, 1);
	add(info, 3, 1);
	add(info, TEXT, 8);
	add(info, TEXT_SIZE, 4);
	add(info, 'f', 2);
	add(info, 0, 1);
	end_unit(info, last);
	return resolve_many(sections, 4000);
}

static void test_rangeless_units(void **state)
{
	(void)state;
	assert_int_equal(resolve_rangeless(1000).n_named, 4000);
	/* Each address would be looked for in each of them. */
	assert_int_equal(resolve_rangeless(30000).n_named, 0);
}

static unsigned char *read_fixture(const char *name, size_t *ret_size)
{
	char path[4096];
	struct stat st;
	unsigned char *bytes;

	snprintf(path, sizeof(path), "%s/%s", DWARF_FIXTURES, name);
	{
		guard_close int fd = open(path, O_RDONLY | O_CLOEXEC);

		assert_int_equal(fstat(fd, &st), 0);
		bytes = malloc(st.st_size);
		assert_int_equal(pread(fd, bytes, st.st_size, 0), st.st_size);
	}
	*ret_size = st.st_size;
	return bytes;
}

static uint64_t random_state = 20261122;

static uint64_t random_u64(void)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return random_state ^ random_state >> 29;
}

static void check_image(const unsigned char *image, size_t size)
{
	struct symbolizer_options options = {};
	struct symbolizer *symbolizer;
	struct answers answers = {};
	uint64_t offsets[N_OFFSETS];

	for (size_t i = 0; i < N_OFFSETS; i++)
		offsets[i] = TEXT + i * 37;
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	assert_int_equal(symbolizer_resolve_image(symbolizer, image, size, offsets, N_OFFSETS,
						  count, &answers), 0);
	assert_int_equal(answers.n, N_OFFSETS);
	symbolizer_destroy(symbolizer);
}

/* Bytes of the debug sections changed at random. */
static void check_flipped(const char *name)
{
	size_t size;
	guard_free unsigned char *good = read_fixture(name, &size);
	guard_free unsigned char *image = malloc(size);
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)good;
	/* Debug sections come after the code and before the tables. */
	size_t start = 0x3000 < size ? 0x3000 : size / 2;

	for (int i = 0; i < 600; i++) {
		memcpy(image, good, size);
		for (uint64_t flips = 1 + random_u64() % 24; flips; flips--)
			image[start + random_u64() % (header->e_shoff - start)] = random_u64();
		check_image(image, size);
	}
}

static void test_flipped(void **state)
{
	(void)state;
	check_flipped("gcc-4");
	check_flipped("gcc-5");
	check_flipped("clang-5");
	check_flipped("gcc-strict-2");
}

/* Every section cut off at many places. */
static void test_cut(void **state)
{
	size_t size;
	guard_free unsigned char *image = read_fixture("gcc-5", &size);
	Elf64_Ehdr *header = (Elf64_Ehdr *)image;
	Elf64_Shdr *sections = (Elf64_Shdr *)(image + header->e_shoff);

	(void)state;
	for (size_t i = 0; i < header->e_shnum; i++) {
		uint64_t whole = sections[i].sh_size;

		if (sections[i].sh_flags & SHF_ALLOC || sections[i].sh_type != SHT_PROGBITS)
			continue;
		for (uint64_t n = 0; n < whole; n += 1 + whole / 97) {
			sections[i].sh_size = n;
			check_image(image, size);
		}
		sections[i].sh_size = whole;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_cyclic_origin),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_many_deep),
		cmocka_unit_test(test_shared_ranges),
		cmocka_unit_test(test_endless_lines),
		cmocka_unit_test(test_shared_abbrevs),
		cmocka_unit_test(test_overlapping_abbrevs),
		cmocka_unit_test(test_units_of_shared_ranges),
		cmocka_unit_test(test_shared_files),
		cmocka_unit_test(test_rangeless_units),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests_name("symbolize_dwarf_hostile", tests, NULL, NULL);
}
