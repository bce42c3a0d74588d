// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of formats, and reading an input by what it holds rather than by
 * its name: the first bytes choose the row.
 */
#include "report/format.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/embedded.h"
#include "report/formats.h"
#include "report/gzip.h"
#include "report/spool.h"

enum { UNPACK_BYTES = 64 * 1024 };

/* Probed in this order; folded takes any text. */
static const struct report_format formats[] = {
	{"html", ".html", html_write, html_probe, embedded_read},
	{"svg", ".svg", svg_write, svg_probe, embedded_read},
	{"markdown", ".md", markdown_write, markdown_probe, text_refuse},
	{"txt", ".txt", text_write, text_probe, text_refuse},
	{"pprof", ".pb.gz", pprof_write, pprof_probe, pprof_read},
	{"speedscope", ".speedscope.json", speedscope_write, speedscope_probe, speedscope_read},
	{"folded", ".folded", folded_write, folded_probe, folded_read},
	{},
};

const struct report_format *report_formats(void)
{
	return formats;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s);
	size_t n_end = strlen(end);

	return n >= n_end && !strcmp(s + n - n_end, end);
}

const struct report_format *report_format_by_path(const char *path)
{
	for (const struct report_format *format = formats; format->name; format++)
		if (format->extension && ends_with(path, format->extension))
			return format;
	return NULL;
}

const struct report_format *report_format_by_name(const char *name)
{
	for (const struct report_format *format = formats; format->name; format++)
		if (!strcmp(name, format->name))
			return format;
	return NULL;
}

void report_error_set(struct report_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
}

static const struct report_format *report_probe(const unsigned char *start, size_t n)
{
	for (const struct report_format *format = formats; format->name; format++)
		if (format->read && format->probe && format->probe(start, n))
			return format;
	return NULL;
}

static int report_error_unknown(const unsigned char *start, size_t n, struct report_error *error)
{
	if (!n)
		report_error_set(error, "is empty");
	else
		report_error_set(error,
				 "is no profile that can be read: neither pprof nor folded stacks, nor SVG, "
				 "HTML or speedscope (it starts with byte 0x%02x)",
				 start[0]);
	return -EINVAL;
}

static int report_unpack_all(struct gzip_reader *reader, int to)
{
	const unsigned char *bytes;
	ssize_t n;
	int err = 0;

	do {
		n = gzip_reader_peek(reader, UNPACK_BYTES, &bytes);
		if (n > 0)
			err = spool_write(to, bytes, n);
		if (n > 0)
			gzip_reader_take(reader, n);
	} while (!err && n > 0);
	return err ? err : (int)n;
}

/*
 * A packed file is a pprof file, whose reader unpacks it by itself, unless it is one of the others
 * that somebody has packed: *format and *fd are then the other's. What is damaged is left to the
 * reader of pprof, which says so.
 */
static int report_unpack(const struct report_format **format, int *fd, struct report_error *error)
{
	guard(gzip_reader_deinit) struct gzip_reader reader = {};
	struct report_error ignored;
	const struct report_format *inner = NULL;
	const unsigned char *bytes;
	guard_close int copy = -1;
	int err = gzip_reader_init(&reader, *fd, &ignored);
	ssize_t n;

	if (err)
		return err;
	n = gzip_reader_peek(&reader, REPORT_PROBE, &bytes);
	if (n > 0)
		inner = report_probe(bytes, n < REPORT_PROBE ? n : REPORT_PROBE);
	if (inner && inner->read == text_refuse)
		*format = inner;
	if (!inner || inner == *format)
		return 0;
	copy = spool_create();
	if (copy < 0)
		return copy;
	reader.error = error;
	err = report_unpack_all(&reader, copy);
	if (err)
		return err;
	close(*fd);
	*fd = take_fd(copy);
	*format = inner;
	return lseek(*fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

int report_read(int fd, struct profile *profile, struct report_error *error)
{
	unsigned char start[REPORT_PROBE];
	guard_close int spool_fd = -1;
	const struct report_format *format;
	ssize_t n;
	int err;

	report_error_set(error, "%s", "");
	n = spool_peek(fd, start, sizeof(start));
	if (n < 0) {
		report_error_set(error, "%s", strerror(-n));
		return n;
	}
	format = report_probe(start, n);
	if (!format)
		return report_error_unknown(start, n, error);
	err = spool_open(fd, start, n, error, &spool_fd);
	if (!err && format->read == pprof_read)
		err = report_unpack(&format, &spool_fd, error);
	if (!err)
		err = format->read(spool_fd, profile, error);
	if (err && !error->text[0])
		report_error_set(error, "%s", strerror(-err));
	return err;
}
