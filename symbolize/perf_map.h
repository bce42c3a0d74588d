/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a /tmp/perf-PID.map, in which a program that makes code at run
 * time tells what it is called, comes in; names of the wanted addresses go out.
 * A line is "START SIZE NAME", numbers in hexadecimal with or without 0x; lines
 * are appended, so the last one on an address holds, also where it covers only
 * a part of an earlier one.
 */
#ifndef FLAMETAP_SYMBOLIZE_PERF_MAP_H
#define FLAMETAP_SYMBOLIZE_PERF_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/code_names.h"

enum {
	PERF_MAP_BLOCK = 1 << 20,  /* no line is longer */
	PERF_MAP_MAX = 256 << 20, /* what should be read of one */
};

struct perf_map_counts {
	uint64_t n_lines;
	uint64_t n_bad;   /* of them, not understood */
	uint64_t n_read;  /* bytes */
	uint64_t n_unread; /* bytes at the beginning of a file that is too large */
};

/*
 * Gives the names of a piece of the text, last line first. What follows the
 * last newline is being written just now and left out; so is, unless the piece
 * is the text's beginning, the first line, of which *ret_rest says where it
 * ends: the piece before has to reach up to there. 0 or -ENOMEM.
 */
int perf_map_parse(const char *text, size_t size, bool is_begin, struct code_names *names,
		   struct perf_map_counts *counts, size_t *ret_rest);

/* Gives the names of a file, which is read from its end until no address is without, but no more
 * than limit bytes. 0; -ENOMEM; an errno of fstat and pread. */
int perf_map_read(int fd, uint64_t limit, struct code_names *names,
		  struct perf_map_counts *counts);

#endif
