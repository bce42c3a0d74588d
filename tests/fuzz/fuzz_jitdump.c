/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of jitdumps: every name found is one that stands in the bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/jitdump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jitdump_counts counts = {};
	struct code_names names;
	struct demangled_name name;

	if (code_names_init(&names))
		abort();
	for (uint64_t i = 0; i < 32; i++)
		if (code_names_want(&names, i * 0x100) || code_names_want(&names, ~i))
			abort();
	if (code_names_begin(&names))
		abort();
	jitdump_parse(data, size, &names, &counts);
	for (uint64_t i = 0; i < 32; i++) {
		if (code_names_find(&names, i * 0x100, &name) &&
		    !memmem(data, size, name.system_name, strlen(name.system_name) + 1))
			abort();
	}
	code_names_deinit(&names);
	return 0;
}
