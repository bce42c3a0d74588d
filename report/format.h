/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of file formats. Each is one file that defines a writer, a reader,
 * or both, and one row in format.c; nothing else knows what formats there are.
 */
#ifndef FLAMETAP_REPORT_FORMAT_H
#define FLAMETAP_REPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/refine.h"

struct profile;

/* How a finished profile is to be shown; the same for every writer. */
struct report_options {
	const char *title;   /* NULL: from the recording */
	const char *palette; /* "hot" (default when NULL), "cool", "mono", ... */
	uint32_t width;      /* of pictures, in px; 0: fluid */
	bool inverted;       /* icicle: root at the top */
	bool per_pid;        /* root is "comm (pid)" */
	bool threads;        /* "thread (tid)" beneath the root */
	bool show_idle;      /* idle waits with their whole stacks */
	bool no_inlines;     /* leave inlined frames out */
	bool lines;          /* file:line after the function */
	bool annotate;       /* folded: _[k] _[i] _[j] after names */
	struct refine_options refine; /* done before; writers need not look at it */
};

/* Why an input was refused: one line without the file's name, e.g.
 * "truncated after 512 bytes; is the file complete?". Filled on error. */
struct report_error {
	char text[256];
};

void report_error_set(struct report_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

enum { REPORT_PROBE = 16384 }; /* bytes that a format is known by, at most */

struct report_format {
	const char *name;      /* for --format: "folded", "svg", "txt", "pprof" */
	const char *extension; /* ".folded", ".svg", ".txt", ".pb.gz" */
	/* Writes a finished profile. 0 or a negative errno; a failed write of the stream is left
	 * in ferror(out) with -EIO. NULL: cannot be written. */
	int (*write)(const struct profile *profile, const struct report_options *options,
		     FILE *out);
	/* True when a file that starts with these bytes (up to REPORT_PROBE) may be of this format. */
	bool (*probe)(const unsigned char *start, size_t n);
	/* Adds what fd holds to the profile. fd is open for reading at offset 0 and may be a
	 * pipe. 0; -EINVAL with the error's text for bad input; another negative errno. NULL:
	 * cannot be read. */
	int (*read)(int fd, struct profile *profile, struct report_error *error);
};

/* By the extension of a path, or by name; NULL if there is none. */
const struct report_format *report_format_by_path(const char *path);
const struct report_format *report_format_by_name(const char *name);
/* All of them, ended by one whose name is NULL. */
const struct report_format *report_formats(void);

/* Reads an input of whatever format it turns out to be, by content. */
int report_read(int fd, struct profile *profile, struct report_error *error);

#endif
