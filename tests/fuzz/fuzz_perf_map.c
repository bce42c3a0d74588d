/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of perf maps: the names that the parser finds in pieces are those it
 * finds in the whole text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/perf_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { N_WANTED = 64 };

/* Small ones, whose ranges are likely to overlap, and the last one there is. */
static uint64_t wanted(size_t i)
{
	return i < N_WANTED - 1 ? i * 3 : UINT64_MAX;
}

static void want_all(struct code_names *names)
{
	code_names_clear(names);
	for (size_t i = 0; i < N_WANTED; i++)
		if (code_names_want(names, wanted(i)))
			abort();
	if (code_names_begin(names))
		abort();
}

/* Piece by piece, as perf_map_read() does. */
static void parse_in_pieces(const char *text, size_t size, size_t piece, struct code_names *names)
{
	struct perf_map_counts counts = {};
	size_t end = size, rest;

	while (end && names->n_open) {
		size_t begin = end > piece ? end - piece : 0;
		guard_free char *copy = malloc(end - begin + 1);

		if (!copy)
			abort();
		memcpy(copy, text + begin, end - begin);
		if (perf_map_parse(copy, end - begin, !begin, names, &counts, &rest) ||
		    rest > end - begin)
			abort();
		end = begin + rest < end ? begin + rest : begin;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct code_names whole, pieces;
	struct demangled_name a, b;
	size_t longest = 1, line = 0;

	if (code_names_init(&whole) || code_names_init(&pieces))
		abort();
	want_all(&whole);
	want_all(&pieces);
	for (size_t i = 0; i < size; i++) {
		line = data[i] == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
	}
	parse_in_pieces((const char *)data, size, size + 1, &whole);
	/* Longer than any line with its newline and the one before. */
	parse_in_pieces((const char *)data, size, longest + 2, &pieces);
	for (size_t i = 0; i < N_WANTED; i++) {
		bool found = code_names_find(&whole, wanted(i), &a);

		if (found != code_names_find(&pieces, wanted(i), &b))
			abort();
		if (found && (strcmp(a.name, b.name) || !a.system_name[0]))
			abort();
	}
	code_names_deinit(&whole);
	code_names_deinit(&pieces);
	return 0;
}
