/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a pprof file is written, for the files pprof_*.c: what has a number in
 * the file, and the labels of samples.
 */
#ifndef FLAMETAP_REPORT_PPROF_WRITER_H
#define FLAMETAP_REPORT_PPROF_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "report/gzip.h"
#include "report/pprof.h"
#include "report/profile.h"
#include "report/protobuf.h"

/* The numbers of one kind of things in the file, from 1, and the things in that order. */
struct numbering {
	uint32_t *number; /* by the number in the profile; 0: not needed so far */
	uint32_t *items;  /* by number in the file - 1 */
	uint32_t n;
};

struct module_facts {
	uint64_t limit;
	bool unresolved; /* at least one location has no frames */
	bool files, lines, inlines;
};

struct pprof_writer {
	const struct profile *profile;
	struct gzip_writer gzip;
	struct numbering strings, modules, functions, locations;
	struct module_facts *facts;	/* by module of the profile */
	struct pb_buffer message, part; /* a field of the profile, a field of that */
	char slice[sizeof(PPROF_SLICE_FORMAT) + 20];
};

/* The number of a string of the profile in the file: "" is number 0 in both. */
uint32_t pprof_string(struct pprof_writer *writer, uint32_t string);
/* Ends a message within the message. */
void pprof_add_part(struct pprof_writer *writer, uint32_t field);

static inline uint32_t numbering_get(struct numbering *numbering, uint32_t item)
{
	if (!numbering->number[item]) {
		numbering->items[numbering->n++] = item;
		numbering->number[item] = numbering->n;
	}
	return numbering->number[item];
}

/* Strings that the profile may not have are numbered after those that it has: that many. */
uint32_t pprof_own_strings(void);
const char *pprof_own_text(const struct pprof_writer *writer, uint32_t own);
/* The comment that tells how wide slices are. */
uint32_t pprof_own_slice(struct pprof_writer *writer);
/* Adds the labels of the profile's sample i to the message. */
void pprof_add_labels(struct pprof_writer *writer, size_t i);

#endif
