/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of symbolize/ expect, from readelf's listings of the fixtures
 * and from libelf: never from the code under test.
 */
#ifndef FLAMETAP_TESTS_SYMBOLIZE_ORACLE_H
#define FLAMETAP_TESTS_SYMBOLIZE_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "symbolize/symbolizer.h"

struct oracle_symbol {
	uint64_t value, size;
	char type[8];  /* "FUNC", "IFUNC", "NOTYPE", ... */
	char bind[8];  /* "GLOBAL", "WEAK", "LOCAL" */
	char section[8]; /* its number, "UND", "ABS" */
	bool dynamic;
	char *name;
};

struct oracle_range {
	uint64_t start, end;
};

struct oracle {
	VEC(struct oracle_symbol) symbols; /* of .dynsym and .symtab */
	VEC(struct oracle_range) fdes;
};

/* Path of a fixture, in a static buffer. */
const char *fixture_path(const char *name);
int fixture_open(const char *name);
/* The whole file in memory: free. */
unsigned char *fixture_read(const char *name, size_t *ret_size);

/* Reads NAME.symbols and NAME.frames; the test fails if it cannot. */
void oracle_init(struct oracle *oracle, const char *name);
void oracle_deinit(struct oracle *oracle);
/* The only symbol of that name in .symtab; the test fails if there is none. */
const struct oracle_symbol *oracle_symbol(const struct oracle *oracle, const char *name);
/* The FDE that covers an address, or NULL. */
const struct oracle_range *oracle_fde(const struct oracle *oracle, uint64_t vaddr);
/* File offset of an address in the fixture, by libelf. */
uint64_t fixture_offset(const char *name, uint64_t vaddr);

/* Address and size of a section, by libelf. */
struct oracle_range fixture_section(const char *name, const char *section);

/* Resolves one address; the names live as long as the symbolizer. */
struct symbol_frame resolve_one(struct symbolizer *symbolizer, int fd, uint64_t offset);

/* For cmocka: *state is a symbolizer. */
int symbolizer_setup(void **state);
int symbolizer_teardown(void **state);

#endif
