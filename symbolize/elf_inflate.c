// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One loop for three decoders: a little of the file is read, decoded, and
 * handed on; what comes out is kept on the heap until it is too much for that.
 */
#include "symbolize/elf_inflate.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/guard.h"
#include "symbolize/file_map.h"

enum {
	IN_AT_ONCE = 64 << 10,
	OUT_AT_ONCE = 256 << 10,
	MOST_IN_MEMORY = 256 << 20, /* where there is no file system for temporary files */
	XZ_MEMORY = 128 << 20,      /* `xz -9` wants 65 MiB */
};

struct decoder {
	union {
		z_stream zlib;
		ZSTD_DStream *zstd;
		lzma_stream xz;
	};
};

/* What a decoder takes from, and what it puts out. */
struct piece {
	const unsigned char *in;
	size_t n_in;
	unsigned char *out;
	size_t n_out; /* room before, bytes after */
};

struct decoder_kind {
	int (*begin)(struct decoder *decoder);
	/* 1: at the end of a stream; 0: more is to come; -EIO, -ENOMEM. */
	int (*step)(struct decoder *decoder, struct piece *piece);
	void (*end)(struct decoder *decoder);
	bool has_more; /* several streams may follow each other */
};

static int zlib_begin(struct decoder *decoder)
{
	decoder->zlib = (z_stream){};
	return inflateInit(&decoder->zlib) == Z_OK ? 0 : -ENOMEM;
}

static int zlib_step(struct decoder *decoder, struct piece *piece)
{
	z_stream *stream = &decoder->zlib;
	int result;

	stream->next_in = (unsigned char *)piece->in;
	stream->avail_in = piece->n_in;
	stream->next_out = piece->out;
	stream->avail_out = piece->n_out;
	result = inflate(stream, Z_NO_FLUSH);
	piece->in = stream->next_in;
	piece->n_in = stream->avail_in;
	piece->n_out -= stream->avail_out;
	if (result == Z_STREAM_END)
		return 1;
	if (result == Z_MEM_ERROR)
		return -ENOMEM;
	return result == Z_OK || result == Z_BUF_ERROR ? 0 : -EIO;
}

static void zlib_end(struct decoder *decoder)
{
	inflateEnd(&decoder->zlib);
}

static int zstd_begin(struct decoder *decoder)
{
	decoder->zstd = ZSTD_createDStream();
	return decoder->zstd ? 0 : -ENOMEM;
}

static int zstd_step(struct decoder *decoder, struct piece *piece)
{
	ZSTD_inBuffer in = { piece->in, piece->n_in, 0 };
	ZSTD_outBuffer out = { piece->out, piece->n_out, 0 };
	/* It refuses windows above 128 MiB by itself. */
	size_t result = ZSTD_decompressStream(decoder->zstd, &out, &in);

	piece->in += in.pos;
	piece->n_in -= in.pos;
	piece->n_out = out.pos;
	if (ZSTD_isError(result))
		return -EIO;
	return result == 0;
}

static void zstd_end(struct decoder *decoder)
{
	ZSTD_freeDStream(decoder->zstd);
}

static int xz_begin(struct decoder *decoder)
{
	decoder->xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&decoder->xz, XZ_MEMORY, 0) == LZMA_OK ? 0 : -ENOMEM;
}

static int xz_step(struct decoder *decoder, struct piece *piece)
{
	lzma_stream *stream = &decoder->xz;
	lzma_ret result;

	stream->next_in = piece->in;
	stream->avail_in = piece->n_in;
	stream->next_out = piece->out;
	stream->avail_out = piece->n_out;
	result = lzma_code(stream, LZMA_RUN);
	piece->in = stream->next_in;
	piece->n_in = stream->avail_in;
	piece->n_out -= stream->avail_out;
	if (result == LZMA_STREAM_END)
		return 1;
	if (result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR)
		return -ENOMEM;
	return result == LZMA_OK || result == LZMA_BUF_ERROR ? 0 : -EIO;
}

static void xz_end(struct decoder *decoder)
{
	lzma_end(&decoder->xz);
}

static const struct decoder_kind kinds[] = {
	[INFLATE_ZLIB] = { zlib_begin, zlib_step, zlib_end, false },
	[INFLATE_ZSTD] = { zstd_begin, zstd_step, zstd_end, true },
	[INFLATE_XZ] = { xz_begin, xz_step, xz_end, false },
};

struct store {
	VEC(unsigned char) heap;
	int fd; /* -1: all is on the heap */
	uint64_t n, limit;
};

static void store_deinit(struct store *store)
{
	vec_deinit(&store->heap);
	if (store->fd >= 0)
		close(store->fd);
}

/* Not more than half of what is free: others need room too. */
static bool has_room(int fd, uint64_t size)
{
	struct statvfs stat;

	if (fstatvfs(fd, &stat))
		return false;
	return size / 2 <= (uint64_t)stat.f_bavail * stat.f_frsize / 4;
}

/* /var/tmp first: it is on a disk where /tmp is memory. A file there is written out only if it
 * lives for long, and its pages can be had back, other than those of memfd_create(2). */
static int open_temporary(uint64_t size)
{
	static const char *const directories[] = { "/var/tmp", "/tmp" };

	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
		guard_close int fd = open(directories[i],
					  O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

		if (fd >= 0 && has_room(fd, size))
			return take_fd(fd);
	}
	if (size <= MOST_IN_MEMORY) {
		int fd = memfd_create("section", MFD_CLOEXEC);

		return fd < 0 ? -errno : fd;
	}
	return -ENOSPC;
}

static int write_all(int fd, const unsigned char *bytes, size_t n)
{
	while (n) {
		ssize_t done = write(fd, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		bytes += done;
		n -= done;
	}
	return 0;
}

static int store_add(struct store *store, const unsigned char *bytes, size_t n)
{
	int err;

	if (n > store->limit - store->n)
		return -E2BIG;
	store->n += n;
	if (store->fd < 0 && store->n <= ELF_INFLATE_ON_HEAP)
		return vec_append(&store->heap, bytes, n);
	if (store->fd < 0) {
		store->fd = open_temporary(store->limit);
		if (store->fd < 0)
			return store->fd;
		err = write_all(store->fd, store->heap.data, store->heap.n);
		if (err)
			return err;
		vec_deinit(&store->heap);
	}
	return write_all(store->fd, bytes, n);
}

static int store_finish(struct store *store, struct section_bytes *ret)
{
	struct section_bytes bytes = { .size = store->n };
	int err;

	if (store->fd >= 0) {
		err = file_map(store->fd, 0, store->n, &bytes.data);
		if (err)
			return err;
		bytes.place = SECTION_MAPPED;
	} else if (store->n) {
		bytes.data = take_ptr(store->heap.data);
		bytes.place = SECTION_HEAP;
	}
	*ret = bytes;
	return 0;
}

/* The decoder until its end. buffer has room for what goes in and what comes out. */
static int run(const struct elf_inflate *inflate, struct decoder *decoder, unsigned char *buffer,
	       struct store *store)
{
	const struct decoder_kind *kind = &kinds[inflate->method];
	uint64_t at = inflate->offset, left = inflate->size;
	struct piece piece = {};
	int result;

	for (;;) {
		if (!piece.n_in && left) {
			piece.n_in = left < IN_AT_ONCE ? left : IN_AT_ONCE;
			piece.in = buffer;
			result = elf_file_pread(inflate->file, at, buffer, piece.n_in);
			if (result)
				return result;
			at += piece.n_in;
			left -= piece.n_in;
		}
		piece.out = buffer + IN_AT_ONCE;
		piece.n_out = OUT_AT_ONCE;
		result = kind->step(decoder, &piece);
		if (result < 0)
			return result;
		if (!result && !piece.n_out && !piece.n_in && !left)
			return -EIO;
		if (piece.n_out) {
			int err = store_add(store, piece.out, piece.n_out);

			if (err)
				return err;
		}
		if (result && (!kind->has_more || (!piece.n_in && !left) ||
			       (inflate->exact && store->n == inflate->limit)))
			return 0;
	}
}

/* What may come out, by all bounds but the one that the caller has set. */
static uint64_t most_of(const struct elf_inflate *inflate)
{
	uint64_t most = ELF_INFLATE_FREE + inflate->size * ELF_INFLATE_RATIO;

	return most < ELF_INFLATE_MAX ? most : ELF_INFLATE_MAX;
}

int elf_inflate(const struct elf_inflate *inflate, struct section_bytes *ret)
{
	guard(store_deinit) struct store store = { .fd = -1, .limit = inflate->limit };
	guard_free unsigned char *buffer = NULL;
	const struct elf_file *file = inflate->file;
	struct decoder decoder;
	int err;

	if (inflate->offset > file->size || inflate->size > file->size - inflate->offset)
		return -EIO;
	if (inflate->size > UINT64_MAX / ELF_INFLATE_RATIO / 2)
		return -E2BIG;
	if (store.limit > most_of(inflate)) {
		if (inflate->exact)
			return -E2BIG;
		store.limit = most_of(inflate);
	}
	buffer = malloc(IN_AT_ONCE + OUT_AT_ONCE);
	if (!buffer)
		return -ENOMEM;
	err = kinds[inflate->method].begin(&decoder);
	if (err)
		return err;
	err = run(inflate, &decoder, buffer, &store);
	kinds[inflate->method].end(&decoder);
	/* A section that holds more than it claims is damaged. */
	if (inflate->exact && (err == -E2BIG || (!err && store.n != inflate->limit)))
		return -EIO;
	return err ? err : store_finish(&store, ret);
}
