/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Go's table of functions and lines, which its runtime needs and every Go
 * program has, stripped or not: its bytes come in, and go out as the functions,
 * files and lines of an address, with those that were inlined there. Forms:
 * Go 1.2, 1.16, 1.18 and 1.20.
 */
#ifndef FLAMETAP_SYMBOLIZE_GO_PCLNTAB_H
#define FLAMETAP_SYMBOLIZE_GO_PCLNTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum go_version { GO_1_2, GO_1_16, GO_1_18, GO_1_20 };

/* The bytes of a table, as they were read: a part of it from some place on. */
struct go_bytes {
	const unsigned char *data;
	size_t size;
};

struct go_pclntab {
	enum go_version version;
	uint8_t quantum;
	uint64_t n_functions;
	uint64_t text; /* what addresses are relative to, from Go 1.18 on */
	struct go_bytes names, units, files, tables, functions;
	size_t field; /* size of an entry's half in .functions */
	/* Entries of tables that may be read, as a hostile one has no end: what is beyond is not
	 * known. go_pclntab_init sets it for a few addresses. */
	uint64_t work;

	/* From Go 1.18 on: where the trees of inlined calls are, and how they are read. 0 for
	 * either: they are not to be had. read: 0 or a negative errno. */
	uint64_t inlined;
	int (*read)(void *ctx, uint64_t vaddr, void *to, size_t n);
	void *ctx;
};

/* 0; -ENOENT: it is no such table. The bytes are borrowed. */
int go_pclntab_init(struct go_pclntab *table, const void *bytes, size_t size);

/* Names are not NUL-terminated, and point into the bytes; size 0: not known. */
struct go_frame {
	struct go_bytes name, file;
	uint32_t line;       /* 0: not known */
	uint32_t start_line; /* from Go 1.20 on */
	uint64_t start;      /* of the function that all is in */
};

enum {
	GO_MAX_FRAMES = 256, /* of one address: the compiler's limit is far below */
	GO_WORK = 1 << 24,	/* what the largest of functions take */
	GO_WORK_AN_ADDRESS = 1 << 13,
};

/* The frames of an address, innermost first; returns how many, 0 if it is in no function's
 * code. */
size_t go_pclntab_find(struct go_pclntab *table, uint64_t vaddr,
		       struct go_frame ret[GO_MAX_FRAMES]);

#endif
