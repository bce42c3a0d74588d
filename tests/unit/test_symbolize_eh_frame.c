/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Function ranges from .eh_frame sections that are assembled here byte by byte
 * after the LSB's description.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/eh_frame.h"

/* A section being written; addresses in it are relative to VADDR. */
enum { VADDR = 0x4000, CODE = 0x1000 };

struct section {
	unsigned char bytes[4096];
	size_t n;
};

static void put(struct section *section, uint64_t value, size_t size)
{
	memcpy(section->bytes + section->n, &value, size);
	section->n += size;
}

static void put_string(struct section *section, const char *s)
{
	memcpy(section->bytes + section->n, s, strlen(s) + 1);
	section->n += strlen(s) + 1;
}

static void patch_length(struct section *section, size_t at)
{
	while ((section->n - at) % 4)
		put(section, 0, 1);
	*(uint32_t *)(section->bytes + at) = section->n - at - 4;
}

/* augmentation data: what follows its length. Returns where the CIE is. */
static size_t put_cie(struct section *section, int version, const char *augmentation,
		      const void *data, size_t size)
{
	size_t at = section->n;

	put(section, 0, 4); /* length */
	put(section, 0, 4); /* it is a CIE */
	put(section, version, 1);
	put_string(section, augmentation);
	if (version == 4)
		put(section, 8, 2);
	put(section, 1, 1);    /* code alignment */
	put(section, 0x78, 1); /* data alignment -8 */
	put(section, 16, 1);   /* return address */
	if (augmentation[0] == 'z')
		put(section, size, 1);
	memcpy(section->bytes + section->n, data, size);
	section->n += size;
	patch_length(section, at);
	return at;
}

static size_t put_fde_head(struct section *section, size_t cie)
{
	size_t at = section->n;

	put(section, 0, 4);
	put(section, section->n - cie, 4);
	return at;
}

/* pcrel, 4 bytes */
static void put_fde(struct section *section, size_t cie, uint64_t start, uint64_t size)
{
	size_t at = put_fde_head(section, cie);

	put(section, start - (VADDR + section->n), 4);
	put(section, size, 4);
	put(section, 0, 1); /* augmentation data */
	patch_length(section, at);
}

static void parse(struct eh_frame *eh_frame, const struct section *section)
{
	/* Exactly as large as what is there, for ASan. */
	guard_free unsigned char *bytes = malloc(section->n ? section->n : 1);

	memcpy(bytes, section->bytes, section->n);
	assert_int_equal(eh_frame_init(eh_frame, bytes, section->n, VADDR, true), 0);
}

static void check(const struct section *section, const struct eh_frame_range *expected, size_t n)
{
	struct eh_frame eh_frame;

	parse(&eh_frame, section);
	assert_int_equal(eh_frame.ranges.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(eh_frame.ranges.data[i].start, expected[i].start);
		assert_int_equal(eh_frame.ranges.data[i].end, expected[i].end);
	}
	eh_frame_deinit(&eh_frame);
}

static void test_usual(void **state)
{
	static const struct eh_frame_range expected[] = { { 0x1000, 0x1010 }, { 0x1010, 0x1030 },
							  { 0x2000, 0x2001 } };
	struct section section = {};
	struct eh_frame eh_frame;
	size_t cie = put_cie(&section, 1, "zR", "\x1b", 1);

	(void)state;
	put_fde(&section, cie, 0x2000, 1);
	put_fde(&section, cie, 0x1010, 0x20);
	put_fde(&section, cie, 0x1000, 0x10);
	put(&section, 0, 4);
	check(&section, expected, 3);

	parse(&eh_frame, &section);
	assert_null(eh_frame_find(&eh_frame, 0xfff));
	assert_int_equal(eh_frame_find(&eh_frame, 0x1000)->start, 0x1000);
	assert_int_equal(eh_frame_find(&eh_frame, 0x100f)->start, 0x1000);
	assert_int_equal(eh_frame_find(&eh_frame, 0x102f)->start, 0x1010);
	assert_null(eh_frame_find(&eh_frame, 0x1030));
	assert_int_equal(eh_frame_below(&eh_frame, 0x1fff)->start, 0x1010);
	assert_null(eh_frame_below(&eh_frame, 0xfff));
	assert_null(eh_frame_find(&eh_frame, 0x2001));
	assert_null(eh_frame_find(&eh_frame, UINT64_MAX));
	eh_frame_deinit(&eh_frame);
}

/* Every encoding and augmentation that compilers use, and some that they do not. */
static void test_encodings(void **state)
{
	static const struct {
		const char *augmentation;
		const char data[12];
		size_t data_size;
		int version;
		size_t width;
		bool pcrel;
	} cases[] = {
		{ "zR", "\x1b", 1, 1, 4, true },
		{ "zR", "\x10", 1, 1, 8, true },
		{ "zR", "\x1c", 1, 3, 8, true },
		{ "zR", "\x00", 1, 1, 8, false },
		{ "zR", "\x03", 1, 4, 4, false },
		{ "zR", "\x02", 1, 1, 2, false },
		{ "", "", 0, 1, 8, false },
		{ "z", "", 0, 1, 8, false },
		{ "zRS", "\x1b", 1, 1, 4, true },
		{ "zPLR", "\x9b\1\2\3\4\x1b\x1b", 7, 1, 4, true },
		{ "zPLR", "\x00\1\2\3\4\5\6\7\x08\x1b\x1b", 11, 1, 4, true },
		{ "zSBR", "\x0b", 1, 1, 4, false },
	};
	static const struct eh_frame_range expected = { CODE, CODE + 0x40 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct section section = {};
		size_t cie = put_cie(&section, cases[i].version, cases[i].augmentation,
				     cases[i].data, cases[i].data_size);
		size_t at = put_fde_head(&section, cie);

		put(&section, CODE - (cases[i].pcrel ? VADDR + section.n : 0), cases[i].width);
		put(&section, 0x40, cases[i].width);
		put(&section, 0, 1);
		patch_length(&section, at);
		check(&section, &expected, 1);
	}
}

static void test_leb128(void **state)
{
	static const struct eh_frame_range expected = { CODE, CODE + 0x40 };
	struct section section = {};
	size_t cie = put_cie(&section, 1, "zR", "\x01", 1);
	size_t at = put_fde_head(&section, cie);

	(void)state;
	put(&section, 0x2080, 2); /* 0x1000: 80 20 */
	put(&section, 0x40, 1);
	put(&section, 0, 1);
	patch_length(&section, at);
	check(&section, &expected, 1);
}

/* An entry with a 64-bit length; an entry of length 0 in between. */
static void test_lengths(void **state)
{
	static const struct eh_frame_range expected = { CODE, CODE + 0x40 };
	struct section section = {};
	size_t cie = put_cie(&section, 1, "zR", "\x1b", 1);
	struct eh_frame eh_frame;

	(void)state;
	put(&section, 0, 4);
	put(&section, UINT32_MAX, 4);
	put(&section, 4 + 4 + 4 + 4, 8);
	put(&section, section.n - cie, 4);
	put(&section, CODE - (VADDR + section.n), 4);
	put(&section, 0x40, 4);
	put(&section, 0, 4);
	check(&section, &expected, 1);
	/* Where the size of the section is not known, length 0 is the end. */
	assert_int_equal(eh_frame_init(&eh_frame, section.bytes, section.n, VADDR, false), 0);
	assert_int_equal(eh_frame.ranges.n, 0);
	eh_frame_deinit(&eh_frame);
}

static void test_overlapping(void **state)
{
	static const struct eh_frame_range expected[] = { { 0x1000, 0x1008 }, { 0x1008, 0x1040 } };
	struct section section = {};
	size_t cie = put_cie(&section, 1, "zR", "\x1b", 1);

	(void)state;
	put_fde(&section, cie, 0x1000, 0x100);
	put_fde(&section, cie, 0x1008, 0x38);
	put_fde(&section, cie, 0x1000, 0x10);
	put_fde(&section, cie, 0x3000, 0); /* of no length: nothing */
	check(&section, expected, 2);
}

/* None of these may be understood, and none may harm. */
static void test_hostile(void **state)
{
	static const char *const augmentations[] = {
		"zXR", "eh", "R", "zSSSSSSSSSSSSSSSSSSSSSSSR", "armcc+",
	};
	struct section section = {};
	size_t cie, at;

	(void)state;
	check(&section, NULL, 0);
	for (size_t i = 0; i < sizeof(augmentations) / sizeof(*augmentations); i++) {
		section.n = 0;
		cie = put_cie(&section, 1, augmentations[i], "\x1b\x1b\x1b\x1b", 4);
		put_fde(&section, cie, 0x1000, 0x10);
		check(&section, NULL, 0);
	}
	/* Encodings: omit, aligned, indirect, relative to data. */
	for (const char *encoding = "\xff\x50\x9b\x3b\x0d"; *encoding; encoding++) {
		section.n = 0;
		cie = put_cie(&section, 1, "zR", encoding, 1);
		put_fde(&section, cie, 0x1000, 0x10);
		check(&section, NULL, 0);
	}
	/* An FDE whose CIE is itself, an FDE, or before the section. */
	for (uint32_t back = 0; back < 64; back += 4) {
		section.n = 0;
		at = section.n;
		put(&section, 0, 4);
		put(&section, back, 4);
		put(&section, 0x1b1b1b1b, 4);
		put(&section, 0x40, 4);
		patch_length(&section, at);
		check(&section, NULL, 0);
	}
	/* A length that goes beyond the section, in both forms. */
	section.n = 0;
	put(&section, 0x1000, 4);
	put(&section, 0, 4);
	check(&section, NULL, 0);
	section.n = 0;
	put(&section, UINT32_MAX, 4);
	put(&section, UINT64_MAX, 8);
	put(&section, 0, 4);
	check(&section, NULL, 0);
}

/* Every prefix of a section, and every byte of it set to extremes. */
static void test_mutations(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct section good = {}, section;
	size_t cie = put_cie(&good, 1, "zPLR", "\x9b\1\2\3\4\x1b\x1b", 7);
	struct eh_frame eh_frame;

	(void)state;
	put_fde(&good, cie, 0x1000, 0x10);
	cie = put_cie(&good, 3, "zR", "\x01", 1);
	put_fde(&good, cie, 0x2000, 0x10);
	put(&good, 0, 4);
	section = good;
	for (section.n = 0; section.n < good.n; section.n++) {
		parse(&eh_frame, &section);
		eh_frame_deinit(&eh_frame);
	}
	for (size_t i = 0; i < good.n; i++) {
		for (size_t k = 0; k < sizeof(values); k++) {
			section = good;
			section.bytes[i] = values[k];
			parse(&eh_frame, &section);
			eh_frame_deinit(&eh_frame);
		}
	}
}

static void test_hdr(void **state)
{
	uint64_t target;

	(void)state;
	/* pcrel sdata4, as every linker writes it */
	assert_true(eh_frame_hdr_target("\1\x1b\3\x3b\x3c\0\0\0\1\0\0\0", 12, 0x100, &target));
	assert_int_equal(target, 0x104 + 0x3c);
	assert_false(eh_frame_hdr_target("\2\x1b\3\x3b\x3c\0\0\0", 8, 0x100, &target));
	assert_false(eh_frame_hdr_target("\1\xff\xff\xff", 4, 0x100, &target));
	assert_false(eh_frame_hdr_target("\1\x1b\3\x3b\x3c\0\0", 7, 0x100, &target));
	assert_false(eh_frame_hdr_target("", 0, 0x100, &target));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual),	    cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_leb128),	    cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_overlapping), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_mutations),   cmocka_unit_test(test_hdr),
	};

	return cmocka_run_group_tests_name("symbolize_eh_frame", tests, NULL, NULL);
}
