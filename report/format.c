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

#include "base/guard.h"
#include "report/embedded.h"
#include "report/formats.h"
#include "report/spool.h"

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
	if (!err)
		err = format->read(spool_fd, profile, error);
	if (err && !error->text[0])
		report_error_set(error, "%s", strerror(-err));
	return err;
}
