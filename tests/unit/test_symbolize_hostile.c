/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF files that lie, are cut off, or change while they are read. Nothing of
 * them has to be right, but every address is answered or an error returned,
 * and no memory is taken that the file's size does not justify. Reads past
 * the end are for ASan to find: each image has exactly its size.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize_oracle.h"

/* The largest request for memory; the fixtures are of 16 KiB. */
enum { MOST_MEMORY = 1 << 20 };
static size_t largest_request;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static void note_request(size_t size)
{
	if (size > largest_request)
		largest_request = size;
}

void *__wrap_malloc(size_t size)
{
	note_request(size);
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	note_request(n * size);
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	note_request(size);
	return __real_realloc(p, size);
}

static uint64_t random_state = 20261122;

static uint64_t random_u64(void)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return random_state ^ random_state >> 29;
}

static int setup(void **state)
{
	struct symbolizer_options options = {};

	largest_request = 0;
	return symbolizer_create(&options, (struct symbolizer **)state);
}

static int teardown(void **state)
{
	symbolizer_destroy(*state);
	return 0;
}

enum { N_OFFSETS = 64 };

struct answers {
	size_t n, length;
};

static int count_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct answers *answers = ctx;

	assert_int_equal(index, answers->n);
	assert_int_equal(n, 1);
	answers->n++;
	if (frames[0].name)
		answers->length += strlen(frames[0].name) + strlen(frames[0].system_name);
	return 0;
}

static void fill_offsets(uint64_t offsets[N_OFFSETS], size_t size)
{
	for (size_t i = 0; i < N_OFFSETS; i++)
		offsets[i] = 0x1000 + i * (size - 0x1000) / N_OFFSETS / 4;
	offsets[0] = 0;
	offsets[1] = UINT64_MAX;
	offsets[2] = size;
}

static void check_image(struct symbolizer *symbolizer, const unsigned char *image, size_t size,
			const uint64_t *offsets)
{
	struct answers answers = {};
	struct elf_info info;
	int err = symbolizer_resolve_image(symbolizer, image, size, offsets, N_OFFSETS,
					   count_answer, &answers);

	assert_true(err == 0 || err == -ENOEXEC);
	assert_int_equal(answers.n, N_OFFSETS);
	err = elf_info_read_image(image, size, &info);
	assert_true(err == -ENOEXEC || info.build_id_size <= sizeof(info.build_id));
	assert_true(largest_request <= MOST_MEMORY);
}

static void check_truncated(struct symbolizer *symbolizer, const char *name)
{
	size_t size;
	guard_free unsigned char *good = fixture_read(name, &size);
	uint64_t offsets[N_OFFSETS];

	fill_offsets(offsets, size);
	for (size_t n = 0; n < size; n += n < 4096 ? 1 : 13) {
		guard_free unsigned char *image = malloc(n ? n : 1);

		memcpy(image, good, n);
		check_image(symbolizer, image, n, offsets);
	}
}

static void test_truncated(void **state)
{
	check_truncated(*state, "pie");
	check_truncated(*state, "library-stripped.so");
}

static void check_flipped(struct symbolizer *symbolizer, const char *name, int times)
{
	size_t size;
	guard_free unsigned char *good = fixture_read(name, &size);
	guard_free unsigned char *image = malloc(size);
	uint64_t offsets[N_OFFSETS];

	fill_offsets(offsets, size);
	for (int i = 0; i < times; i++) {
		memcpy(image, good, size);
		for (uint64_t flips = 1 + random_u64() % 16; flips; flips--)
			image[random_u64() % size] = random_u64();
		/* The header must be believable for the rest to be looked at. */
		memcpy(image, good, 20);
		check_image(symbolizer, image, size, offsets);
	}
}

static void test_flipped(void **state)
{
	check_flipped(*state, "pie", 8000);
	check_flipped(*state, "library-stripped.so", 4000);
}

/* Each field of each header, and of some symbols and FDEs, set to what hurts most. */
static void check_field(struct symbolizer *symbolizer, unsigned char *image, size_t size,
			size_t at, const uint64_t *offsets)
{
	const uint64_t values[] = { 0,		   1,		   size - 1,
				    size,	   size + 1,	   size / 2,
				    UINT32_MAX,	   INT64_MAX,	   UINT64_MAX,
				    UINT64_MAX - size, (uint64_t)1 << 40, 0xffff };
	unsigned char saved[8];

	memcpy(saved, image + at, sizeof(saved));
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		memcpy(image + at, &values[i], sizeof(saved));
		check_image(symbolizer, image, size, offsets);
	}
	memcpy(image + at, saved, sizeof(saved));
}

static void test_fields(void **state)
{
	size_t size;
	guard_free unsigned char *image = fixture_read("pie", &size);
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
	uint64_t offsets[N_OFFSETS];

	fill_offsets(offsets, size);
	for (size_t at = 16; at + 8 <= sizeof(*header); at += 2)
		check_field(*state, image, size, at, offsets);
	for (size_t at = header->e_phoff; at < header->e_phoff + 13 * sizeof(Elf64_Phdr); at += 4)
		check_field(*state, image, size, at, offsets);
	for (size_t at = header->e_shoff; at + 8 <= size; at += 4)
		check_field(*state, image, size, at, offsets);
}

/* A file that its owner cuts off between two answers, and in the end is empty. */
struct shrinking {
	int fd;
	off_t size;
	size_t n;
};

static int shrink(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct shrinking *shrinking = ctx;

	(void)index, (void)frames, (void)n;
	shrinking->n++;
	shrinking->size -= shrinking->size / 8 + 1;
	if (shrinking->size < 0)
		shrinking->size = 0;
	return ftruncate(shrinking->fd, shrinking->size);
}

static void test_shrinking(void **state)
{
	size_t size;
	guard_free unsigned char *good = fixture_read("pie", &size);
	uint64_t offsets[N_OFFSETS];

	fill_offsets(offsets, size);
	for (size_t n = size; n > 0; n = n * 9 / 10) {
		guard_close int fd = memfd_create("test", MFD_CLOEXEC);
		struct shrinking shrinking = { .fd = fd, .size = n };
		int err;

		assert_int_equal(write(fd, good, size), size);
		err = symbolizer_resolve_file(*state, fd, offsets, N_OFFSETS, shrink, &shrinking);
		assert_true(err <= 0);
		if (!err)
			assert_int_equal(shrinking.n, N_OFFSETS);
	}
}

/* A sparse file that claims tables of terabytes is done with in a moment. */
static void test_sparse(void **state)
{
	static const off_t giant = (off_t)1 << 40;
	guard_close int fd = memfd_create("test", MFD_CLOEXEC);
	Elf64_Ehdr header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_phoff = 64,
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
		.e_shoff = 4096,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 4,
		.e_shstrndx = 3,
	};
	Elf64_Phdr load = { .p_type = PT_LOAD, .p_flags = PF_X, .p_filesz = giant };
	Elf64_Shdr sections[4] = {
		{},
		{ .sh_type = SHT_SYMTAB, .sh_offset = 8192, .sh_size = giant - 8192, .sh_link = 3,
		  .sh_entsize = sizeof(Elf64_Sym) },
		{ .sh_type = SHT_PROGBITS, .sh_name = 1, .sh_offset = 8192,
		  .sh_size = giant - 8192 },
		{ .sh_type = SHT_STRTAB, .sh_offset = 7000, .sh_size = giant - 7000 },
	};
	static const uint64_t offsets[N_OFFSETS] = { 4096 };
	struct answers answers = {};

	if (ftruncate(fd, giant))
		skip();
	assert_int_equal(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
	assert_int_equal(pwrite(fd, &load, sizeof(load), 64), sizeof(load));
	assert_int_equal(pwrite(fd, sections, sizeof(sections), 4096), sizeof(sections));
	assert_int_equal(pwrite(fd, "\0.eh_frame", 11, 7000), 11);
	assert_int_equal(symbolizer_resolve_file(*state, fd, offsets, N_OFFSETS, count_answer,
						 &answers), 0);
	assert_int_equal(answers.n, N_OFFSETS);
	assert_true(largest_request <= MOST_MEMORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flipped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fields, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shrinking, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sparse, setup, teardown),
	};

	return cmocka_run_group_tests_name("symbolize_hostile", tests, NULL, NULL);
}
