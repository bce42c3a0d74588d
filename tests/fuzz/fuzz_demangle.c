/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mangled names: what comes out is one string that fits, and comes out at once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/demangle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char out[DEMANGLE_MAX_OUTPUT];
	guard_free char *name = malloc(size + 1);
	size_t n;

	if (!name)
		return 0;
	memcpy(name, data, size);
	name[size] = '\0';
	n = demangle(name, out);
	if (n >= DEMANGLE_MAX_OUTPUT || (n && out[n] != '\0'))
		abort();
	return 0;
}
