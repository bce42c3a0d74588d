// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file, packed or not, in; its bytes through a window out. The file is not
 * trusted: its claims cost nothing until the bytes are there, and how far it
 * may unpack is bounded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/gzip.h"

enum {
	BLOCK = 64 * 1024,
	WINDOW = 256 * 1024,
	GZIP_HEADER = 16,
};

/* Reads the next block of the file. 0 at its end. */
static ssize_t gzip_reader_block(struct gzip_reader *reader, unsigned char *to, size_t n)
{
	for (;;) {
		ssize_t got = pread(reader->fd, to, n, reader->taken);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int err = -errno;

			report_error_set(reader->error, "cannot be read: %s", strerror(-err));
			return err;
		}
		reader->taken += got;
		/* Its position tells whoever watches (profiler/progress.h) how far it was read. */
		(void)lseek(reader->fd, reader->taken, SEEK_SET);
		return got;
	}
}

int gzip_reader_init(struct gzip_reader *reader, int fd, struct report_error *error)
{
	unsigned char magic[2];

	memset(reader, 0, sizeof(*reader));
	reader->fd = fd;
	reader->error = error;
	reader->packed = pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
	reader->cap = WINDOW;
	reader->window = malloc(reader->cap);
	reader->block = malloc(BLOCK);
	if (!reader->window || !reader->block ||
	    inflateInit2(&reader->z, MAX_WBITS + GZIP_HEADER) != Z_OK) {
		free(reader->window);
		free(reader->block);
		reader->window = NULL;
		return -ENOMEM;
	}
	reader->z_member = reader->packed;
	return 0;
}

void gzip_reader_deinit(struct gzip_reader *reader)
{
	if (!reader->window)
		return;
	inflateEnd(&reader->z);
	free(reader->block);
	free(reader->window);
	reader->window = NULL;
}

static int gzip_reader_check_bounds(struct gzip_reader *reader)
{
	if (reader->shown > GZIP_MAX_UNPACKED) {
		report_error_set(reader->error, "has more than %llu bytes%s",
				 (unsigned long long)GZIP_MAX_UNPACKED,
				 reader->packed ? " when unpacked" : "");
		return -EINVAL;
	}
	if (reader->packed && reader->shown > GZIP_FREE_UNPACKED &&
	    reader->shown / GZIP_MAX_RATIO > reader->taken) {
		report_error_set(reader->error,
				 "unpacks to more than %d times its size; no profile does",
				 GZIP_MAX_RATIO);
		return -EINVAL;
	}
	return 0;
}

/* Fills z's input if it is empty. 0 at the end of the file, 1 if there is input. */
static int gzip_reader_feed(struct gzip_reader *reader)
{
	ssize_t got;

	if (reader->z.avail_in)
		return 1;
	got = gzip_reader_block(reader, reader->block, BLOCK);
	if (got < 0)
		return got;
	reader->z.next_in = reader->block;
	reader->z.avail_in = got;
	return got > 0;
}

/* What goes on after the end of a gzip member: another one, or nothing. */
static int gzip_reader_next_member(struct gzip_reader *reader)
{
	int fed = gzip_reader_feed(reader);

	if (fed <= 0) {
		reader->ended = true;
		return fed;
	}
	if (*reader->z.next_in != 0x1f) {
		report_error_set(reader->error, "goes on after the end of the gzip data");
		return -EINVAL;
	}
	inflateReset(&reader->z);
	reader->z_member = true;
	return 0;
}

/* Unpacks at least one byte into the window, or finds the end. */
static int gzip_reader_inflate(struct gzip_reader *reader)
{
	z_stream *z = &reader->z;

	while (!reader->ended) {
		size_t room = reader->cap - reader->end;
		int fed = reader->z_member ? gzip_reader_feed(reader) : 1;
		int status;

		if (fed < 0)
			return fed;
		if (!fed) {
			report_error_set(reader->error,
					 "truncated after %llu bytes; is the file complete?",
					 (unsigned long long)reader->taken);
			return -EINVAL;
		}
		if (!reader->z_member) {
			int err = gzip_reader_next_member(reader);

			if (err)
				return err;
			continue;
		}
		z->next_out = reader->window + reader->end;
		z->avail_out = room;
		status = inflate(z, Z_NO_FLUSH);
		room -= z->avail_out;
		reader->end += room;
		reader->shown += room;
		if (status == Z_STREAM_END) {
			reader->z_member = false;
		} else if (status == Z_MEM_ERROR) {
			return -ENOMEM;
		} else if (status != Z_OK) {
			report_error_set(reader->error, "damaged gzip data before byte %llu",
					 (unsigned long long)(reader->taken - z->avail_in));
			return -EINVAL;
		}
		if (room)
			return gzip_reader_check_bounds(reader);
	}
	return 0;
}

static int gzip_reader_copy(struct gzip_reader *reader)
{
	ssize_t got =
		gzip_reader_block(reader, reader->window + reader->end, reader->cap - reader->end);

	if (got < 0)
		return got;
	reader->ended = !got;
	reader->end += got;
	reader->shown += got;
	return gzip_reader_check_bounds(reader);
}

/* Makes room at the window's end: by moving its content, and if that is not enough by doubling. */
static int gzip_reader_make_room(struct gzip_reader *reader)
{
	if (reader->start) {
		memmove(reader->window, reader->window + reader->start,
			reader->end - reader->start);
		reader->end -= reader->start;
		reader->start = 0;
	}
	if (reader->end == reader->cap) {
		unsigned char *grown = realloc(reader->window, reader->cap * 2);

		if (!grown)
			return -ENOMEM;
		reader->window = grown;
		reader->cap *= 2;
	}
	return 0;
}

ssize_t gzip_reader_peek(struct gzip_reader *reader, size_t n, const unsigned char **ret)
{
	while (reader->end - reader->start < n && !reader->ended) {
		int err = 0;

		if (reader->end == reader->cap || reader->start > reader->cap / 2)
			err = gzip_reader_make_room(reader);
		if (!err)
			err = reader->packed ? gzip_reader_inflate(reader)
					     : gzip_reader_copy(reader);
		if (err)
			return err;
	}
	*ret = reader->window + reader->start;
	return reader->end - reader->start < n ? reader->end - reader->start : n;
}

void gzip_reader_take(struct gzip_reader *reader, size_t n)
{
	reader->start += n;
}

int gzip_reader_skip(struct gzip_reader *reader, uint64_t n)
{
	while (n) {
		const unsigned char *bytes;
		ssize_t got = gzip_reader_peek(reader, n < WINDOW / 2 ? n : WINDOW / 2, &bytes);

		if (got <= 0)
			return got ? got : -ENODATA;
		gzip_reader_take(reader, got);
		n -= got;
	}
	return 0;
}
