/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which function of one build is which of another. A function is known by its
 * name as people write it, without what a compiler appends to parts and clones
 * of it, never by an address. Where several functions of a build share a name,
 * the source files tell them apart (of code without debug information the
 * module): the same path, else the one whose path ends most alike, else the
 * only one that is left on each side, else the one in the module that has most
 * of the other module's functions. What has no name is one function for each
 * module, GATE_UNNAMED.
 *
 * Use: gate_identities_add for what is in the profiles, both sides in any
 * order; then gate_identities_match once, which numbers the functions.
 */
#ifndef FLAMETAP_GATE_IDENTITY_H
#define FLAMETAP_GATE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/strings.h"
#include "base/vec.h"
#include "gate/runs.h"

#define GATE_UNNAMED "[unnamed code]"

/* Writes the name without what was appended: ".isra.0", ".constprop.1", ".part.0", ".cold",
 * ".llvm.123", " [clone .cold]" and the like, a Rust hash, "+0x1f". n + 1 bytes are enough for
 * any, out may be name. The length; 0: it is an address, and no name. */
size_t gate_identity_name(const char *name, size_t n, char *out);

/* A name at a place, as one side has it. */
struct gate_identity {
	uint32_t name, place; /* strings; the place is a path, or "" */
	uint32_t module;      /* where it was first seen, or "" */
	enum gate_side side;
	uint32_t function; /* after the match */
};

struct gate_function {
	uint32_t name;
	uint32_t place[GATE_SIDES]; /* strings; 0 where it is not on that side */
	bool is_there[GATE_SIDES];
	bool is_named; /* false: code without names */
};

struct gate_identities {
	struct strings strings;
	struct hashindex index;
	VEC(struct gate_identity) items;
	VEC(struct gate_function) functions; /* after the match; in an order that is always the same */
};

int gate_identities_init(struct gate_identities *identities);
void gate_identities_deinit(struct gate_identities *identities);

/* Finds or adds the function of this name (valid UTF-8, n bytes; it is cut here, but for languages
 * whose compilers append nothing, as the file's extension tells) in a source file ("" if that is
 * not known) and a module ("" likewise). *ret is a number in items. 0, -ENOMEM, -E2BIG. */
int gate_identities_add(struct gate_identities *identities, enum gate_side side, const char *name,
			size_t n, const char *file, const char *module, uint32_t *ret);
int gate_identities_match(struct gate_identities *identities);

#endif
