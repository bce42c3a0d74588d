// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing: the pprof file is made in memory, cut if it comes to be too large,
 * and goes out through base64. Reading: the file is searched for the mark, what
 * follows is decoded into a temporary file, and the pprof reader takes that.
 */
#include "report/embedded.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/base64.h"
#include "base/guard.h"
#include "base/vec.h"
#include "report/embedded_cut.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/gzip.h"
#include "report/profile.h"
#include "report/spool.h"
#include "report/value.h"

enum { BLOCK = 48 * 1024 };

/* Bytes of a file that must not be longer than max. */
struct bounded {
	VEC(char) bytes;
	size_t max;
};

static ssize_t put_bytes(void *ctx, const char *bytes, size_t n)
{
	struct bounded *bounded = ctx;

	if (n > bounded->max - bounded->bytes.n || vec_append(&bounded->bytes, bytes, n))
		return 0;
	return n;
}

static int put_profile(struct bounded *bounded, const struct profile *profile)
{
	FILE *out = fopencookie(bounded, "w", (cookie_io_functions_t){ .write = put_bytes });
	int err;

	bounded->bytes.n = 0;
	if (!out)
		return -ENOMEM;
	err = pprof_write(profile, NULL, out);
	return fclose(out) && !err ? -EIO : err;
}

/* Cuts until it fits, or until nothing more can be cut. */
static int put_cut(struct bounded *bounded, const struct profile *profile, char cut[], size_t n_cut)
{
	size_t n = profile->stacks.n;
	int err = -EIO;

	while (err == -EIO && n > 1) {
		guard(profile_deinit) struct profile small = {};

		n /= 2;
		if (n < 2)
			bounded->max = SIZE_MAX;
		err = embedded_cut(profile, n, &small);
		if (!err)
			err = put_profile(bounded, &small);
		if (!err)
			snprintf(cut, n_cut, "%s", value_comment(&small, "cut"));
	}
	return err;
}

int embedded_init(struct embedded *embedded, const struct profile *profile, size_t max)
{
	struct bounded bounded = { .max = max };
	int err = put_profile(&bounded, profile);

	*embedded = (struct embedded){};
	if (err == -EIO)
		err = put_cut(&bounded, profile, embedded->cut, sizeof(embedded->cut));
	if (err) {
		vec_deinit(&bounded.bytes);
		return err;
	}
	embedded->bytes = bounded.bytes.data;
	embedded->n = bounded.bytes.n;
	return 0;
}

void embedded_deinit(struct embedded *embedded)
{
	free(embedded->bytes);
	*embedded = (struct embedded){};
}

void embedded_write(const struct embedded *embedded, FILE *out)
{
	struct base64_writer writer = { .out = out };

	base64_put(&writer, embedded->bytes, embedded->n);
	base64_finish(&writer);
}

/* Takes everything up to the mark, and the mark. */
static int skip_to_mark(struct gzip_reader *reader)
{
	const size_t n_mark = strlen(EMBEDDED_MARK);

	for (;;) {
		const unsigned char *bytes, *mark;
		ssize_t n = gzip_reader_peek(reader, BLOCK, &bytes);

		if (n < 0)
			return n;
		mark = memmem(bytes, n, EMBEDDED_MARK, n_mark);
		if (mark) {
			gzip_reader_take(reader, mark + n_mark - bytes);
			return 0;
		}
		if (n < BLOCK)
			return -ENODATA;
		/* The mark may be cut by the end of what is seen. */
		gzip_reader_take(reader, n - n_mark + 1);
	}
}

static int damaged(const struct gzip_reader *reader, struct report_error *error)
{
	report_error_set(error, "the profile in it is damaged before byte %llu",
			 (unsigned long long)gzip_reader_offset(reader));
	return -EINVAL;
}

/* Decodes up to the end of the element. */
static int decode(struct gzip_reader *reader, int to, struct report_error *error)
{
	struct base64_reader base64 = {};
	unsigned char out[BASE64_ROOM(BLOCK)];
	const unsigned char *bytes, *end = NULL;

	while (!end) {
		ssize_t n = gzip_reader_peek(reader, BLOCK, &bytes);
		ptrdiff_t n_out;
		int err;

		if (n < 0)
			return n;
		if (!n) {
			report_error_set(error, "truncated after %llu bytes; is the file complete?",
					 (unsigned long long)gzip_reader_offset(reader));
			return -EINVAL;
		}
		end = memchr(bytes, '<', n);
		if (end)
			n = end - bytes;
		n_out = base64_take(&base64, (const char *)bytes, n, out);
		gzip_reader_take(reader, n);
		if (n_out < 0)
			return damaged(reader, error);
		err = spool_write(to, out, n_out);
		if (err)
			return err;
	}
	return base64_is_complete(&base64) ? 0 : damaged(reader, error);
}

/* Which of two is the one that the picture shows? */
static int refuse_another(struct gzip_reader *reader, struct report_error *error)
{
	int err = skip_to_mark(reader);

	if (err == -ENODATA)
		return 0;
	if (err)
		return err;
	report_error_set(error, "has more than one profile in it; give the file of each");
	return -EINVAL;
}

static int extract(int fd, int to, struct report_error *error)
{
	guard(gzip_reader_deinit) struct gzip_reader reader = {};
	int err = gzip_reader_init(&reader, fd, error);

	if (!err)
		err = skip_to_mark(&reader);
	if (err == -ENODATA) {
		report_error_set(error, "has no profile in it: it is cut short, or was not written "
					"by flametap; name a recording (.pb.gz)");
		return -EINVAL;
	}
	if (!err)
		err = decode(&reader, to, error);
	return err ? err : refuse_another(&reader, error);
}

int embedded_read(int fd, struct profile *profile, struct report_error *error)
{
	guard_close int file = spool_create();
	struct report_error inner = { "" };
	int err;

	if (file < 0)
		return file;
	err = extract(fd, file, error);
	if (err)
		return err;
	err = pprof_read(file, profile, &inner);
	if (err && inner.text[0])
		report_error_set(error, "its profile %.200s", inner.text);
	return err;
}
