/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF images: headers, notes, symbol tables and .eh_frame. Addresses are asked
 * for throughout the image; each has to be answered.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/symbolizer.h"

enum { N_OFFSETS = 128 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	size_t *answers = ctx;

	if (index != *answers || n != 1)
		abort();
	/* Names have to be whole strings. */
	if (frames[0].name && strlen(frames[0].name) + strlen(frames[0].system_name) == 0)
		abort();
	++*answers;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symbolizer_options options = {};
	struct symbolizer *symbolizer;
	uint64_t offsets[N_OFFSETS];
	struct elf_info info;
	size_t answers = 0;

	if (symbolizer_create(&options, &symbolizer))
		return 0;
	for (size_t i = 0; i < N_OFFSETS; i++)
		offsets[i] = size * i / N_OFFSETS;
	symbolizer_resolve_image(symbolizer, data, size, offsets, N_OFFSETS, count_answer,
				 &answers);
	if (answers != N_OFFSETS)
		abort();
	elf_info_read_image(data, size, &info);
	symbolizer_destroy(symbolizer);
	return 0;
}
