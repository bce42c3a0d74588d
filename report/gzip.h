/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gzip streams: a writer that takes bytes bit by bit, and a reader that shows
 * a file, packed or not, as one window that slides over its content. Both keep
 * only a few blocks in memory, whatever the stream's length.
 */
#ifndef FLAMETAP_REPORT_GZIP_H
#define FLAMETAP_REPORT_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <zlib.h>

struct report_error;

struct gzip_writer {
	FILE *out;
	z_stream z;
	unsigned char *block;
	unsigned char *pending; /* bytes that zlib is still to be given, a block of them at a time */
	size_t n_pending;
	int err; /* the first failure; everything after it is ignored */
};

/* Writes to out, which stays the caller's. The same bytes give the same file: the header has no
 * time and no name. 0 or -ENOMEM. */
int gzip_writer_init(struct gzip_writer *writer, FILE *out);
void gzip_writer_deinit(struct gzip_writer *writer);
void gzip_writer_put(struct gzip_writer *writer, const void *bytes, size_t n);
/* Writes what is left. 0, or the first error of all (-EIO for the stream's). */
int gzip_writer_finish(struct gzip_writer *writer);

/*
 * Bounds against streams that unpack without end: 4 GiB in all, and beyond
 * 64 MiB not more than 400 times what went in (profiles reach some 50).
 */
#define GZIP_MAX_UNPACKED ((uint64_t)4 << 30)
#define GZIP_FREE_UNPACKED ((uint64_t)64 << 20)
#define GZIP_MAX_RATIO 400

struct gzip_reader {
	int fd;
	bool packed;
	bool ended;       /* the last byte is in the window */
	uint64_t taken;   /* bytes read from fd */
	uint64_t shown;   /* unpacked bytes so far, up to the window's end */
	z_stream z;
	bool z_member;    /* in the middle of a gzip member */
	unsigned char *block;
	unsigned char *window;
	size_t start, end, cap;
	struct report_error *error;
};

/* Reads fd, a regular file, with pread from its beginning; several gzip members are one stream.
 * Texts of failures go to error. 0 or a negative errno. */
int gzip_reader_init(struct gzip_reader *reader, int fd, struct report_error *error);
void gzip_reader_deinit(struct gzip_reader *reader);

/*
 * Makes n bytes visible at *ret, fewer only where the stream ends; memory grows
 * as the bytes come and not before. They stay until the next call. Returns how
 * many there are (n at most, as ssize_t), or a negative errno with the error's
 * text: -EINVAL for damaged data and for what passes the bounds.
 */
ssize_t gzip_reader_peek(struct gzip_reader *reader, size_t n, const unsigned char **ret);
/* Takes n bytes away that were made visible. */
void gzip_reader_take(struct gzip_reader *reader, size_t n);
/* Takes n bytes away, visible or not. 0; -ENODATA if the stream ends before; a negative errno. */
int gzip_reader_skip(struct gzip_reader *reader, uint64_t n);

/* Where in the unpacked stream the next byte stands. */
static inline uint64_t gzip_reader_offset(const struct gzip_reader *reader)
{
	return reader->shown - (reader->end - reader->start);
}

#endif
