// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes in, a gzip stream out, one block at a time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/gzip.h"

enum {
	BLOCK = 64 * 1024,
	GZIP_HEADER = 16, /* added to the window bits: a gzip header, not zlib's */
	MEMORY_LEVEL = 8,
	LEVEL = 3, /* a third of the time of level 6 for 14 % more bytes, in an hour's profile */
};

int gzip_writer_init(struct gzip_writer *writer, FILE *out)
{
	memset(writer, 0, sizeof(*writer));
	writer->out = out;
	writer->block = malloc(2 * BLOCK);
	if (!writer->block)
		return -ENOMEM;
	writer->pending = writer->block + BLOCK;
	if (deflateInit2(&writer->z, LEVEL, Z_DEFLATED, MAX_WBITS + GZIP_HEADER, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		free(writer->block);
		writer->block = NULL;
		return -ENOMEM;
	}
	return 0;
}

void gzip_writer_deinit(struct gzip_writer *writer)
{
	if (!writer->block)
		return;
	deflateEnd(&writer->z);
	free(writer->block);
	writer->block = NULL;
}

static void gzip_writer_run(struct gzip_writer *writer, int flush)
{
	z_stream *z = &writer->z;
	int status = Z_OK;

	while (!writer->err && (z->avail_in || flush == Z_FINISH) && status != Z_STREAM_END) {
		size_t n;

		z->next_out = writer->block;
		z->avail_out = BLOCK;
		status = deflate(z, flush);
		n = BLOCK - z->avail_out;
		if (status == Z_STREAM_ERROR || fwrite(writer->block, 1, n, writer->out) != n)
			writer->err = -EIO;
	}
}

static void gzip_writer_pack(struct gzip_writer *writer, int flush)
{
	writer->z.next_in = writer->pending;
	writer->z.avail_in = writer->n_pending;
	gzip_writer_run(writer, flush);
	writer->n_pending = 0;
}

void gzip_writer_put(struct gzip_writer *writer, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	while (n && !writer->err) {
		size_t room = BLOCK - writer->n_pending;
		size_t part = n < room ? n : room;

		memcpy(writer->pending + writer->n_pending, p, part);
		writer->n_pending += part;
		p += part;
		n -= part;
		if (writer->n_pending == BLOCK)
			gzip_writer_pack(writer, Z_NO_FLUSH);
	}
}

int gzip_writer_finish(struct gzip_writer *writer)
{
	gzip_writer_pack(writer, Z_FINISH);
	if (!writer->err && (fflush(writer->out) || ferror(writer->out)))
		writer->err = -EIO;
	return writer->err;
}
