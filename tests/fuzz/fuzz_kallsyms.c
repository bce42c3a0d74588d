/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of /proc/kallsyms, laid over each other; a NUL byte separates them.
 * After each the table has to be sorted, and every entry with a name found.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/demangle.h"
#include "symbolize/kallsyms.h"
#include "symbolize/symbolizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct kallsyms *kallsyms, struct demangler *names)
{
	for (size_t i = 0; i < kallsyms->entries.n; i++) {
		const struct kallsyms_entry *entry = &kallsyms->entries.data[i];
		struct kernel_symbol symbol;

		if (i && entry[-1].start >= entry->start)
			abort();
		if (entry->module >= kallsyms->modules.n)
			abort();
		if (kallsyms_find(kallsyms, entry->start, names, &symbol) != !!entry->name)
			abort();
		if (entry->name && (symbol.start != entry->start || !symbol.system_name[0]))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kallsyms kallsyms = {};
	struct demangler names;

	if (demangler_init(&names, false))
		return 0;
	while (size) {
		const uint8_t *nul = memchr(data, '\0', size);
		size_t n = nul ? (size_t)(nul - data) : size;

		kallsyms_add(&kallsyms, (const char *)data, n, &names);
		check(&kallsyms, &names);
		n += !!nul;
		data += n;
		size -= n;
	}
	kallsyms_deinit(&kallsyms);
	demangler_deinit(&names);
	return 0;
}
