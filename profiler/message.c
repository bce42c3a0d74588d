// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A formatted message comes in; one line that is safe for a terminal goes out
 * to standard error, in one write so that lines of several processes do not
 * mix.
 */
#include "profiler/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/utf8.h"

static const char prefix[] = "flametap: ";

static void write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t written = write(fd, data, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return; /* there is nobody left to tell */
		data += written;
		n -= (size_t)written;
	}
}

size_t message_clean(char *text)
{
	const char *in = text;
	const char *end = text + strlen(text);
	char *out = text;

	while (in < end) {
		uint32_t point = utf8_next(&in, end);

		/* A code point is never written longer than it was read, so out <= in. */
		if (point == 0xfffd || utf8_is_unsafe(point))
			*out++ = '?';
		else
			out += utf8_put(point, out);
	}
	*out = '\0';
	return (size_t)(out - text);
}

void message_va(const char *format, va_list args)
{
	int saved_errno = errno;
	char *text guard_free = NULL;
	char *line guard_free = NULL;
	int n;

	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		write_all(STDERR_FILENO, "flametap: out of memory\n", 24);
		errno = saved_errno;
		return;
	}
	message_clean(text);
	n = asprintf(&line, "%s%s\n", prefix, text);
	if (n < 0)
		line = NULL;
	else
		write_all(STDERR_FILENO, line, (size_t)n);
	errno = saved_errno;
}

void message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message_va(format, args);
	va_end(args);
}
