/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording inside a picture: an SVG or a page carries the very pprof
 * file, in base64, as the text of one element. The viewer reads it from there,
 * and so does `report`: nothing is lost by mailing the picture alone.
 */
#ifndef FLAMETAP_REPORT_EMBEDDED_H
#define FLAMETAP_REPORT_EMBEDDED_H

#include <stddef.h>
#include <stdio.h>

struct profile;
struct report_error;

/* The end of the start tag of the element that holds it. Names in the picture are escaped, so
 * that none of them can be taken for it. */
#define EMBEDDED_MARK " id=\"flametap-profile\">"

/*
 * The pprof file that goes into a file for people: where the whole profile would take more than
 * EMBEDDED_MAX, its small stacks are cut short, so that the file opens at once and can be mailed.
 */
#define EMBEDDED_MAX ((size_t)8 << 20)

struct embedded {
	char *bytes;
	size_t n;
	char cut[160]; /* what was cut, and where the whole is kept; "": nothing */
};

/* Of a finished profile; max is EMBEDDED_MAX but in tests. 0 or a negative errno; embedded_deinit
 * does no harm to one that is zeroed. */
int embedded_init(struct embedded *embedded, const struct profile *profile, size_t max);
void embedded_deinit(struct embedded *embedded);

/* Writes the text of the element; errors are left in ferror(out). */
void embedded_write(const struct embedded *embedded, FILE *out);

/* Reads the profile out of a regular file that has it somewhere: see read in struct
 * report_format. */
int embedded_read(int fd, struct profile *profile, struct report_error *error);

#endif
