// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The start of a .txt or .md report comes in; out goes a word that it cannot
 * be read back. Its numbers look like folded stacks, or it would be said that
 * a line of it is damaged.
 */
#include <errno.h>
#include <string.h>

#include "report/formats.h"
#include "report/markdown.h"

bool markdown_probe(const unsigned char *start, size_t n)
{
	const size_t n_mark = strlen(MARKDOWN_MARK);

	return n >= n_mark && !memcmp(start, MARKDOWN_MARK, n_mark);
}

static bool has_words(const char *line, const char *end, const char *const *words)
{
	for (; *words; words++) {
		line = memmem(line, end - line, *words, strlen(*words));
		if (!line)
			return false;
		line += strlen(*words);
	}
	return line == end;
}

/* The line above the table: "self s     self      total s    total ...  function ...  module"; or
 * of a difference, "base  new  change  new/base  function". */
static bool is_heads(const char *line, size_t n)
{
	static const char *const words[] = {"self",	  "self",     "total", "total",
					    "  function", "  module", NULL};
	static const char *const diff[] = {"base", "new", "change", "new/base", "  function", NULL};

	return has_words(line, line + n, words) || has_words(line, line + n, diff);
}

bool text_probe(const unsigned char *start, size_t n)
{
	const char *line = (const char *)start, *end = line + n, *next;

	/* The title, and an empty line. */
	next = memmem(line, n, "\n\n", 2);
	if (!next || memchr(line, '\n', next - line))
		return false;
	for (line = next + 2; line < end; line = next + 1) {
		next = memchr(line, '\n', end - line);
		if (!next)
			return false;
		if (is_heads(line, next - line))
			return true;
	}
	return false;
}

int text_refuse(int fd, struct profile *profile, struct report_error *error)
{
	(void)fd;
	(void)profile;
	report_error_set(error, "is a report that holds totals only, without stacks; give the recording "
				"that it was made from (.pb.gz, .svg, .html, .folded)");
	return -EINVAL;
}
