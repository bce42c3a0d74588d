/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections as they were before they were compressed, made here with zlib, zstd
 * and liblzma: small and large ones, such as lie about their size, such as grow
 * without end, and files that are cut off while they are read.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/guard.h"
#include "symbolize/elf_inflate.h"

enum { ZSTD_TYPE = 2, SMALL = 1000, LARGE = 5 << 20 };

struct bytes {
	VEC(unsigned char) v;
};

static void bytes_deinit(struct bytes *bytes)
{
	vec_deinit(&bytes->v);
}

static void add(struct bytes *to, const void *from, size_t n)
{
	assert_int_equal(vec_append(&to->v, (const unsigned char *)from, n), 0);
}

/* Words of few kinds: shrinks to about a third. */
static void fill(struct bytes *to, size_t n)
{
	uint64_t state = 42;

	assert_int_equal(vec_reserve(&to->v, n), 0);
	for (to->v.n = 0; to->v.n < n; to->v.n++) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		to->v.data[to->v.n] = "abcdefg "[state >> 61];
	}
}

/* An ELF file of one section. */
static void make_elf(struct bytes *to, const char *name, uint64_t flags, const struct bytes *content)
{
	char names[128] = "\0.shstrtab";
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 3,
		.e_shstrndx = 1,
	};
	Elf64_Shdr sections[3] = {
		{},
		{.sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = sizeof(header),
		 .sh_size = sizeof(names)},
		{.sh_name = 11, .sh_type = SHT_PROGBITS, .sh_flags = flags,
		 .sh_offset = sizeof(header) + sizeof(names), .sh_size = content->v.n},
	};

	strcpy(names + 11, name);
	header.e_shoff = sizeof(header) + sizeof(names) + content->v.n;
	add(to, &header, sizeof(header));
	add(to, names, sizeof(names));
	add(to, content->v.data, content->v.n);
	add(to, sections, sizeof(sections));
}

static void compress_zlib(struct bytes *to, const struct bytes *from)
{
	uLongf n = compressBound(from->v.n);

	assert_int_equal(vec_reserve(&to->v, to->v.n + n), 0);
	assert_int_equal(compress2(to->v.data + to->v.n, &n, from->v.data, from->v.n, 6), Z_OK);
	to->v.n += n;
}

static void compress_zstd(struct bytes *to, const void *from, size_t size)
{
	size_t n = ZSTD_compressBound(size);

	assert_int_equal(vec_reserve(&to->v, to->v.n + n), 0);
	n = ZSTD_compress(to->v.data + to->v.n, n, from, size, 3);
	assert_false(ZSTD_isError(n));
	to->v.n += n;
}

static void add_header(struct bytes *to, uint32_t type, uint64_t size)
{
	Elf64_Chdr header = {.ch_type = type, .ch_size = size, .ch_addralign = 1};

	add(to, &header, sizeof(header));
}

static int file_of(const struct bytes *bytes)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes->v.data, bytes->v.n), bytes->v.n);
	return fd;
}

static int load(struct elf_file *file, const struct bytes *elf, const char *name,
		struct section_bytes *ret)
{
	assert_int_equal(elf_file_init_image(file, elf->v.data, elf->v.n), 0);
	return elf_section_load(file, name, ret);
}

/* From an image and from a file. */
static void check_loads(const struct bytes *elf, const struct bytes *right)
{
	guard_close int fd = file_of(elf);

	for (int i = 0; i < 2; i++) {
		guard(elf_section_unload) struct section_bytes bytes = {};
		guard(elf_file_deinit) struct elf_file file = {};

		if (i)
			assert_int_equal(elf_file_init(&file, fd), 0);
		else
			assert_int_equal(elf_file_init_image(&file, elf->v.data, elf->v.n), 0);
		assert_int_equal(elf_section_load(&file, ".debug_info", &bytes), 0);
		assert_int_equal(bytes.size, right->v.n);
		if (right->v.n)
			assert_memory_equal(bytes.data, right->v.data, right->v.n);
		elf_section_drop(&bytes, 100, SIZE_MAX);
		if (right->v.n)
			assert_memory_equal(bytes.data, right->v.data, right->v.n);
	}
}

static void check_fails(const struct bytes *elf, int expected)
{
	guard(elf_section_unload) struct section_bytes bytes = {};
	guard(elf_file_deinit) struct elf_file file;

	assert_int_equal(load(&file, elf, ".debug_info", &bytes), expected);
	assert_null(bytes.data);
}

static const size_t sizes[] = {0, 1, SMALL, ELF_INFLATE_ON_HEAP, ELF_INFLATE_ON_HEAP + 1, LARGE};

enum { N_SIZES = sizeof(sizes) / sizeof(*sizes) };

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		guard(bytes_deinit) struct bytes right = {}, elf = {};

		fill(&right, sizes[i]);
		make_elf(&elf, ".debug_info", 0, &right);
		check_loads(&elf, &right);
	}
}

static void test_zlib(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		guard(bytes_deinit) struct bytes right = {}, content = {}, elf = {};

		fill(&right, sizes[i]);
		add_header(&content, ELFCOMPRESS_ZLIB, sizes[i]);
		compress_zlib(&content, &right);
		make_elf(&elf, ".debug_info", SHF_COMPRESSED, &content);
		check_loads(&elf, &right);
	}
}

static void test_zstd(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		guard(bytes_deinit) struct bytes right = {}, content = {}, elf = {};

		fill(&right, sizes[i]);
		add_header(&content, ZSTD_TYPE, sizes[i]);
		compress_zstd(&content, right.v.data, right.v.n);
		make_elf(&elf, ".debug_info", SHF_COMPRESSED, &content);
		check_loads(&elf, &right);
	}
}

/* Linkers that compress in several threads write frame after frame. */
static void test_zstd_frames(void **state)
{
	guard(bytes_deinit) struct bytes right = {}, content = {}, elf = {};

	(void)state;
	fill(&right, LARGE);
	add_header(&content, ZSTD_TYPE, LARGE);
	for (size_t i = 0; i < LARGE; i += LARGE / 4)
		compress_zstd(&content, right.v.data + i, LARGE / 4);
	make_elf(&elf, ".debug_info", SHF_COMPRESSED, &content);
	check_loads(&elf, &right);
}

static void test_zdebug(void **state)
{
	guard(bytes_deinit) struct bytes right = {}, content = {}, elf = {};

	(void)state;
	fill(&right, 0x12345);
	add(&content, "ZLIB\0\0\0\0\0\1\x23\x45", 12);
	compress_zlib(&content, &right);
	make_elf(&elf, ".zdebug_info", 0, &content);
	check_loads(&elf, &right);
	content.v.data[0] = 'L';
	elf.v.n = 0;
	make_elf(&elf, ".zdebug_info", 0, &content);
	check_fails(&elf, -ENOTSUP);
}

/* Sizes that are not what comes out, what is unknown, and what is missing. */
static void test_lies(void **state)
{
	guard(bytes_deinit) struct bytes right = {}, content = {}, elf = {};

	(void)state;
	fill(&right, SMALL);
	for (int i = 0; i < 6; i++) {
		static const int expected[] = {-EIO, -EIO, -ENOTSUP, -EIO, -EIO, -EIO};

		content.v.n = elf.v.n = 0;
		add_header(&content, i == 2 ? 7 : i == 4 ? ZSTD_TYPE : ELFCOMPRESS_ZLIB,
			   i == 0 ? SMALL - 1 : i == 1 ? SMALL + 1 : SMALL);
		if (i == 4)
			compress_zstd(&content, right.v.data, right.v.n);
		else
			compress_zlib(&content, &right);
		if (i == 3 || i == 4)
			content.v.n -= 10;
		if (i == 5)
			content.v.data[200] ^= 1;
		make_elf(&elf, ".debug_info", SHF_COMPRESSED, &content);
		check_fails(&elf, expected[i]);
	}
	content.v.n = sizeof(Elf64_Chdr) - 1;
	elf.v.n = 0;
	make_elf(&elf, ".debug_info", SHF_COMPRESSED, &content);
	check_fails(&elf, -EIO);
	elf.v.n -= 2 * sizeof(Elf64_Shdr) + 1;
	check_fails(&elf, -ENOENT);
}

/* Zeros shrink to a thousandth with zlib and to almost nothing with zstd. */
static void test_bombs(void **state)
{
	const uint64_t claims[] = {64 << 20, UINT64_C(1) << 40, UINT64_MAX};
	guard(bytes_deinit) struct bytes zeros = {}, content = {}, elf = {};

	(void)state;
	assert_int_equal(vec_reserve(&zeros.v, 64 << 20), 0);
	memset(zeros.v.data, 0, zeros.v.n = 64 << 20);
	for (size_t i = 0; i < 6; i++) {
		content.v.n = elf.v.n = 0;
		add_header(&content, i % 2 ? ZSTD_TYPE : ELFCOMPRESS_ZLIB, claims[i / 2]);
		if (i % 2)
			compress_zstd(&content, zeros.v.data, zeros.v.n);
		else
			compress_zlib(&content, &zeros);
		make_elf(&elf, ".debug_info", SHF_COMPRESSED, &content);
		check_fails(&elf, -E2BIG);
	}
	/* It claims little and gives much. */
	content.v.n = elf.v.n = 0;
	add_header(&content, ZSTD_TYPE, SMALL);
	compress_zstd(&content, zeros.v.data, zeros.v.n);
	make_elf(&elf, ".debug_info", SHF_COMPRESSED, &content);
	check_fails(&elf, -EIO);
}

static void xz(struct bytes *to, const struct bytes *from, uint32_t preset)
{
	size_t n = 0, room = lzma_stream_buffer_bound(from->v.n);

	assert_int_equal(vec_reserve(&to->v, room), 0);
	assert_int_equal(lzma_easy_buffer_encode(preset, LZMA_CHECK_CRC32, NULL, from->v.data,
						 from->v.n, to->v.data, &n, room), LZMA_OK);
	to->v.n = n;
}

static int unxz(const struct bytes *content, uint64_t limit, struct section_bytes *ret)
{
	guard(bytes_deinit) struct bytes elf = {};
	guard(elf_file_deinit) struct elf_file file = {};
	struct elf_inflate inflate = {.file = &file, .method = INFLATE_XZ, .limit = limit};

	make_elf(&elf, ".gnu_debugdata", 0, content);
	assert_int_equal(elf_file_init_image(&file, elf.v.data, elf.v.n), 0);
	inflate.offset = file.sections.data[2].sh_offset;
	inflate.size = content->v.n;
	return elf_inflate(&inflate, ret);
}

static void test_xz(void **state)
{
	guard(bytes_deinit) struct bytes right = {}, content = {}, zeros = {};
	struct section_bytes bytes = {};

	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		fill(&right, sizes[i]);
		xz(&content, &right, 9);
		assert_int_equal(unxz(&content, LARGE, &bytes), 0);
		assert_int_equal(bytes.size, right.v.n);
		if (right.v.n)
			assert_memory_equal(bytes.data, right.v.data, right.v.n);
		elf_section_unload(&bytes);
		if (right.v.n)
			assert_int_equal(unxz(&content, right.v.n - 1, &bytes), -E2BIG);
		content.v.n -= 5;
		assert_int_equal(unxz(&content, LARGE, &bytes), -EIO);
	}
	assert_int_equal(vec_reserve(&zeros.v, 64 << 20), 0);
	memset(zeros.v.data, 0, zeros.v.n = 64 << 20);
	xz(&content, &zeros, 6);
	assert_int_equal(unxz(&content, UINT64_MAX, &bytes), -E2BIG);
}

/* The owner cuts the file off after it was mapped: zeros from there on. */
static void test_truncated_while_read(void **state)
{
	guard(bytes_deinit) struct bytes right = {}, elf = {};
	guard(elf_section_unload) struct section_bytes bytes = {};
	guard(elf_file_deinit) struct elf_file file = {};
	guard_close int fd = -1;
	size_t kept = 1 << 20;

	(void)state;
	fill(&right, LARGE);
	make_elf(&elf, ".debug_info", 0, &right);
	fd = file_of(&elf);
	assert_int_equal(elf_file_init(&file, fd), 0);
	assert_int_equal(elf_section_load(&file, ".debug_info", &bytes), 0);
	assert_int_equal(bytes.place, SECTION_MAPPED);
	assert_memory_equal(bytes.data, right.v.data, LARGE);
	assert_int_equal(ftruncate(fd, file.sections.data[2].sh_offset + kept), 0);
	assert_memory_equal(bytes.data, right.v.data, kept);
	for (size_t i = kept; i < LARGE; i += 1000)
		assert_int_equal(bytes.data[i], 0);
	/* And before: it is not all there. */
	elf_section_unload(&bytes);
	file.size = file.sections.data[2].sh_offset + kept;
	assert_int_equal(elf_section_load(&file, ".debug_info", &bytes), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_zlib),
		cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_zstd_frames),
		cmocka_unit_test(test_zdebug),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_xz),
		cmocka_unit_test(test_truncated_while_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
