/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Go's table of functions in each of its forms, made here as Go's linker lays
 * it out: main.main with a call of main.inlined in it, and main.outer.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/go_pclntab.h"

enum { TEXT = 0x401000, TREES = 0x500000 };

struct blob {
	unsigned char bytes[2048];
	size_t n;
};

static void put(struct blob *blob, uint64_t value, size_t size)
{
	memcpy(blob->bytes + blob->n, &value, size);
	blob->n += size;
}

static uint64_t put_text(struct blob *blob, const char *text)
{
	uint64_t at = blob->n;

	memcpy(blob->bytes + blob->n, text, strlen(text) + 1);
	blob->n += strlen(text) + 1;
	return at;
}

static void set(struct blob *blob, size_t at, uint64_t value, size_t size)
{
	memcpy(blob->bytes + at, &value, size);
}

/* Pairs of (value, bytes of code); the table begins with -1. */
static uint64_t put_values(struct blob *blob, const int32_t (*pairs)[2], size_t n)
{
	uint64_t at = blob->n;
	int32_t value = -1;

	for (size_t i = 0; i < n; i++) {
		int32_t change = pairs[i][0] - value;
		uint32_t zigzag = change < 0 ? (uint32_t)~change << 1 | 1 : (uint32_t)change << 1;

		while (zigzag >= 0x80) {
			put(blob, (zigzag & 0x7f) | 0x80, 1);
			zigzag >>= 7;
		}
		put(blob, zigzag, 1);
		put(blob, pairs[i][1], 1);
		value = pairs[i][0];
	}
	put(blob, 0, 1);
	return at;
}

static const uint32_t magics[] = {0xfffffffb, 0xfffffffa, 0xfffffff0, 0xfffffff1};

/* Where things are, relative to what they are relative to. */
struct layout {
	uint64_t names[3], pcfile, pcln, inlined;
	uint64_t functions[2];
};

static void put_function(struct blob *blob, enum go_version version, uint64_t start, uint32_t name,
			 const struct layout *layout, bool inlining)
{
	put(blob, start, version >= GO_1_18 ? 4 : 8);
	put(blob, name, 4);
	put(blob, 0, 8); /* args, deferreturn */
	put(blob, 0, 4); /* pcsp */
	put(blob, inlining ? layout->pcfile : 0, 4);
	put(blob, inlining ? layout->pcln : 0, 4);
	put(blob, 3, 4); /* npcdata */
	if (version >= GO_1_16)
		put(blob, 1, 4); /* unit */
	if (version >= GO_1_20)
		put(blob, inlining ? 9 : 40, 4);
	put(blob, 0, 3);
	put(blob, 4, 1); /* nfuncdata */
	put(blob, 0, 8);
	put(blob, inlining ? layout->inlined : 0, 4);
	for (int i = 0; i < 3; i++)
		put(blob, UINT32_MAX, 4);
	put(blob, inlining ? 0 : UINT32_MAX, 4);
}

static void put_parts(struct blob *blob, struct layout *layout, uint64_t base)
{
	static const int32_t lines[][2] = {{10, 16}, {11, 16}, {500, 16}, {12, 16}};
	static const int32_t files[][2] = {{1, 32}, {2, 16}, {1, 16}};
	static const int32_t calls[][2] = {{-1, 32}, {0, 16}, {-1, 16}};

	layout->pcfile = put_values(blob, files, 3) - base;
	layout->pcln = put_values(blob, lines, 4) - base;
	layout->inlined = put_values(blob, calls, 3) - base;
}

static void put_names(struct blob *blob, struct layout *layout, uint64_t base)
{
	layout->names[0] = put_text(blob, "main.main") - base;
	layout->names[1] = put_text(blob, "main.outer") - base;
	layout->names[2] = put_text(blob, "main.inlined") - base;
}

/* Entries are (start, place of the function), then the end of the last. */
static void set_entries(struct blob *blob, size_t at, size_t field, uint64_t text,
			const struct layout *layout)
{
	const uint64_t values[] = {text, layout->functions[0], text + 0x40, layout->functions[1],
				   text + 0x60};

	for (size_t i = 0; i < 5; i++)
		set(blob, at + i * field, values[i], field);
}

/* Go 1.2 to 1.15: everything is relative to the beginning. */
static void make_old(struct blob *blob, struct layout *layout)
{
	uint64_t files, names[2];

	put(blob, magics[GO_1_2], 4);
	put(blob, 0x08010000, 4);
	put(blob, 2, 8);
	blob->n += 5 * 8 + 4;
	put_names(blob, layout, 0);
	put_parts(blob, layout, 0);
	names[0] = put_text(blob, "main.go");
	names[1] = put_text(blob, "lib.go");
	files = blob->n;
	put(blob, 3, 4);
	put(blob, names[0], 4);
	put(blob, names[1], 4);
	set(blob, 16 + 5 * 8, files, 4);
	for (int i = 0; i < 2; i++) {
		layout->functions[i] = blob->n;
		put_function(blob, GO_1_2, TEXT + 0x40 * i, layout->names[i], layout, !i);
	}
	set_entries(blob, 16, 8, TEXT, layout);
}

static void make(struct blob *blob, enum go_version version, struct layout *layout)
{
	size_t field = version >= GO_1_18 ? 4 : 8, offsets = version >= GO_1_18 ? 32 : 24;
	uint64_t text = version >= GO_1_18 ? 0 : TEXT, base;

	*blob = (struct blob){};
	if (version == GO_1_2) {
		make_old(blob, layout);
		return;
	}
	put(blob, magics[version], 4);
	put(blob, 0x08010000, 4);
	put(blob, 2, 8);
	put(blob, 2, 8);
	if (version >= GO_1_18)
		put(blob, TEXT, 8);
	blob->n += 5 * 8;
	set(blob, offsets, blob->n, 8);
	put_names(blob, layout, blob->n);
	set(blob, offsets + 8, blob->n, 8);
	put(blob, UINT32_MAX, 4); /* of another unit */
	put(blob, UINT32_MAX, 4);
	put(blob, 0, 4);
	put(blob, 8, 4);
	set(blob, offsets + 16, blob->n, 8);
	put_text(blob, "main.go");
	put_text(blob, "lib.go");
	set(blob, offsets + 24, blob->n, 8);
	base = blob->n;
	put(blob, 0, 1); /* offset 0 is no table */
	put_parts(blob, layout, base);
	set(blob, offsets + 32, blob->n, 8);
	base = blob->n;
	blob->n += 5 * field;
	for (int i = 0; i < 2; i++) {
		layout->functions[i] = blob->n - base;
		put_function(blob, version, text + 0x40 * i, layout->names[i], layout, !i);
	}
	set_entries(blob, base, field, text, layout);
}

struct trees {
	enum go_version version;
	const struct layout *layout;
};

/* One inlined call, whose own place is an instruction of line 11. */
static int read_tree(void *ctx, uint64_t vaddr, void *to, size_t n)
{
	const struct trees *trees = ctx;
	const uint32_t old[5] = {0xffff, 1, 11, trees->layout->names[2], 0x10};
	const uint32_t new[4] = {0, trees->layout->names[2], 0x10, 490};

	if (vaddr != TREES)
		return -ENOENT;
	assert_int_equal(n, trees->version >= GO_1_20 ? 16 : 20);
	memcpy(to, trees->version >= GO_1_20 ? new : old, n);
	return 0;
}

static void check_text(struct go_bytes bytes, const char *text)
{
	assert_int_equal(bytes.size, strlen(text));
	assert_memory_equal(bytes.data, text, bytes.size);
}

static void check_frame(const struct go_frame *frame, const char *name, const char *file,
			uint32_t line)
{
	check_text(frame->name, name);
	check_text(frame->file, file);
	assert_int_equal(frame->line, line);
}

static void check_version(enum go_version version)
{
	struct go_frame frames[GO_MAX_FRAMES];
	struct layout layout = {};
	struct trees trees = {version, &layout};
	struct go_pclntab table;
	struct blob blob;

	make(&blob, version, &layout);
	assert_int_equal(go_pclntab_init(&table, blob.bytes, blob.n), 0);
	assert_int_equal(table.version, version);
	if (version >= GO_1_18)
		assert_int_equal(table.text, TEXT);
	assert_int_equal(go_pclntab_find(&table, TEXT - 1, frames), 0);
	assert_int_equal(go_pclntab_find(&table, TEXT, frames), 1);
	check_frame(&frames[0], "main.main", "main.go", 10);
	assert_int_equal(frames[0].start, TEXT);
	assert_int_equal(frames[0].start_line, version >= GO_1_20 ? 9 : 0);
	assert_int_equal(go_pclntab_find(&table, TEXT + 0x3f, frames), 1);
	check_frame(&frames[0], "main.main", "main.go", 12);
	/* Without the trees it is the outer function, at the inlined line. */
	assert_int_equal(go_pclntab_find(&table, TEXT + 0x20, frames), 1);
	check_frame(&frames[0], "main.main", "lib.go", 500);
	assert_int_equal(go_pclntab_find(&table, TEXT + 0x5f, frames), 1);
	check_frame(&frames[0], "main.outer", "", 0);
	assert_int_equal(frames[0].start, TEXT + 0x40);
	assert_int_equal(go_pclntab_find(&table, TEXT + 0x60, frames), 0);
	assert_int_equal(go_pclntab_find(&table, UINT64_MAX, frames), 0);
	if (version < GO_1_18)
		return;
	table.inlined = TREES;
	table.read = read_tree;
	table.ctx = &trees;
	assert_int_equal(go_pclntab_find(&table, TEXT + 0x20, frames), 2);
	check_frame(&frames[0], "main.inlined", "lib.go", 500);
	check_frame(&frames[1], "main.main", "main.go", 11);
	assert_int_equal(go_pclntab_find(&table, TEXT + 0x30, frames), 1);
}

static void test_go_1_2(void **state)
{
	(void)state;
	check_version(GO_1_2);
}

static void test_go_1_16(void **state)
{
	(void)state;
	check_version(GO_1_16);
}

static void test_go_1_18(void **state)
{
	(void)state;
	check_version(GO_1_18);
}

static void test_go_1_20(void **state)
{
	(void)state;
	check_version(GO_1_20);
}

static void use(const unsigned char *bytes, size_t n, const struct layout *layout)
{
	struct go_frame frames[GO_MAX_FRAMES];
	struct trees trees = {GO_1_18, layout};
	struct go_pclntab table;

	if (go_pclntab_init(&table, bytes, n))
		return;
	trees.version = table.version;
	table.inlined = TREES;
	table.read = read_tree;
	table.ctx = &trees;
	for (uint64_t at = 0; at < 0x70; at += 8)
		assert_true(go_pclntab_find(&table, TEXT + at, frames) <= GO_MAX_FRAMES);
}

/* Cut at every place, and with every byte turned: nothing outside is read. */
static void test_hostile(void **state)
{
	(void)state;
	for (int version = GO_1_2; version <= GO_1_20; version++) {
		struct layout layout = {};
		struct blob blob;

		make(&blob, version, &layout);
		for (size_t n = 0; n < blob.n; n++) {
			guard_free unsigned char *copy = malloc(n + 1);

			memcpy(copy, blob.bytes, n);
			use(copy, n, &layout);
		}
		for (size_t i = 0; i < blob.n; i++) {
			guard_free unsigned char *copy = malloc(blob.n);

			memcpy(copy, blob.bytes, blob.n);
			copy[i] ^= 0xff;
			use(copy, blob.n, &layout);
		}
	}
}

/* A call that is inlined in itself ends somewhere. */
static void test_cycle(void **state)
{
	static const int32_t calls[][2] = {{0, 64}};
	struct go_frame frames[GO_MAX_FRAMES];
	struct layout layout = {};
	struct trees trees = {GO_1_18, &layout};
	struct go_pclntab table;
	struct blob blob;

	(void)state;
	make(&blob, GO_1_18, &layout);
	assert_int_equal(go_pclntab_init(&table, blob.bytes, blob.n), 0);
	/* In the room of the old table. */
	blob.n = table.tables.data - blob.bytes + layout.inlined;
	put_values(&blob, calls, 1);
	table.inlined = TREES;
	table.read = read_tree;
	table.ctx = &trees;
	assert_int_equal(go_pclntab_find(&table, TEXT, frames), GO_MAX_FRAMES);
}

/* Tables of lines that are long, and never come to the address: there is an end to reading them. */
static void test_endless(void **state)
{
	enum { LONG = 4 << 20 };
	guard_free unsigned char *bytes = malloc(2048 + LONG);
	struct go_frame frames[GO_MAX_FRAMES];
	struct layout layout = {};
	struct go_pclntab table;
	struct blob blob;
	size_t at;

	(void)state;
	make(&blob, GO_1_20, &layout);
	assert_int_equal(go_pclntab_init(&table, blob.bytes, blob.n), 0);
	at = table.tables.data - blob.bytes + layout.pcln;
	memcpy(bytes, blob.bytes, at);
	/* (1, no code), again and again; functions come before. */
	for (size_t i = 0; i < LONG; i++)
		bytes[at + i] = i % 2 ? 0 : 2;
	memcpy(bytes + at + LONG, table.functions.data, blob.bytes + blob.n - table.functions.data);
	set((struct blob *)bytes, 64, at + LONG, 8);
	assert_int_equal(go_pclntab_init(&table, bytes, 2048 + LONG), 0);
	for (int i = 0; i < 64; i++)
		assert_int_equal(go_pclntab_find(&table, TEXT + i % 0x40, frames), 0);
	assert_int_equal(table.work, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_go_1_2),	cmocka_unit_test(test_go_1_16),
		cmocka_unit_test(test_go_1_18), cmocka_unit_test(test_go_1_20),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_cycle),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests_name("symbolize_go", tests, NULL, NULL);
}
