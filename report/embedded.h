/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording inside a picture: an SVG or a page carries the very pprof
 * file, in base64, as the text of one element. The viewer reads it from there,
 * and so does `report`: nothing is lost by mailing the picture alone.
 */
#ifndef FLAMETAP_REPORT_EMBEDDED_H
#define FLAMETAP_REPORT_EMBEDDED_H

#include <stdio.h>

struct profile;
struct report_error;

/* The end of the start tag of the element that holds it. Names in the picture are escaped, so
 * that none of them can be taken for it. */
#define EMBEDDED_MARK " id=\"flametap-profile\">"

/* Writes the text of the element. 0, -ENOMEM or -EIO. */
int embedded_write(const struct profile *profile, FILE *out);

/* Reads the profile out of a regular file that has it somewhere: see read in struct
 * report_format. */
int embedded_read(int fd, struct profile *profile, struct report_error *error);

#endif
