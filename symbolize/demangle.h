/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names as compilers mangle them in, names as people write them out: C++, Rust
 * in its legacy and its v0 form, D; Go's names lose their ".abi0". Mangled names come from files that others
 * wrote, and a few hundred bytes can stand for gigabytes of text, so what
 * comes in and what goes out are bounded; a name beyond that stays as it is.
 */
#ifndef FLAMETAP_SYMBOLIZE_DEMANGLE_H
#define FLAMETAP_SYMBOLIZE_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "base/strings.h"

enum {
	DEMANGLE_MAX_INPUT = 16 * 1024,
	DEMANGLE_MAX_OUTPUT = 64 * 1024,
};

/*
 * Writes the demangled form, NUL-terminated, and gives its length; 0 if the
 * name is not mangled or too big. What a compiler appended to the name of a
 * part or a clone stays: "foo(int) [clone .cold]".
 */
size_t demangle(const char *name, char out[DEMANGLE_MAX_OUTPUT]);

/* All names of a symbolizer, each kept and demangled once. */
struct demangler {
	struct strings strings;
	struct idmap demangled; /* number of a name -> number of its demangled form */
	char *buffer;
	bool off;
};

struct demangled_name {
	const char *name;
	const char *system_name;
};

/* off: every name is its own demangled form. 0 or -ENOMEM. */
int demangler_init(struct demangler *demangler, bool off);
void demangler_deinit(struct demangler *demangler);
/* Keeps a name for later; number 0, the empty name, where strings.limit leaves no room. 0, -ENOMEM or -E2BIG. */
int demangler_intern(struct demangler *demangler, const char *name, size_t length, uint32_t *ret);
/* Strings live as long as the demangler. A symbol version ("memcpy@@GLIBC_2.14") is no part
 * of the demangled name; "@plt" is. 0, -ENOMEM or -E2BIG. */
int demangler_get(struct demangler *demangler, uint32_t name, struct demangled_name *ret);

/* How much of a symbol's name comes before its version. */
size_t demangle_unversioned(const char *name, size_t length);

#endif
