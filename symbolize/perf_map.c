// SPDX-License-Identifier: GPL-2.0-or-later
/* Goes through lines, and through blocks of a file, from the end to the beginning. */
#include "symbolize/perf_map.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/read.h"

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A hexadecimal number and the blanks behind it. */
static bool parse_number(const char **at, const char *end, uint64_t *ret)
{
	const char *p = *at;
	int n_digits = 0, digit;

	if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x')
		p += 2;
	*ret = 0;
	for (; p < end && (digit = digit_of(*p)) >= 0; p++) {
		if (*ret >> 60)
			return false;
		*ret = *ret << 4 | digit;
		n_digits++;
	}
	if (!n_digits || p == end || !is_blank(*p))
		return false;
	while (p < end && is_blank(*p))
		p++;
	*at = p;
	return true;
}

static int parse_line(const char *line, const char *end, struct code_names *names,
		      struct perf_map_counts *counts)
{
	uint64_t start, size;

	counts->n_lines++;
	while (end > line && (is_blank(end[-1]) || end[-1] == '\r'))
		end--;
	if (!parse_number(&line, end, &start) || !parse_number(&line, end, &size) || line == end) {
		counts->n_bad++;
		return 0;
	}
	return code_names_give(names, start, size, line, end - line);
}

int perf_map_parse(const char *text, size_t size, bool is_begin, struct code_names *names,
		   struct perf_map_counts *counts, size_t *ret_rest)
{
	const char *end = size ? memrchr(text, '\n', size) : NULL;
	int err = 0;

	*ret_rest = end ? end + 1 - text : 0;
	while (!err && end && names->n_open) {
		const char *before = memrchr(text, '\n', end - text);

		if (!before && !is_begin)
			break;
		err = parse_line(before ? before + 1 : text, end, names, counts);
		end = before;
		*ret_rest = end ? end + 1 - text : 0;
	}
	return err;
}

int perf_map_read(int fd, uint64_t limit, struct code_names *names,
		  struct perf_map_counts *counts)
{
	guard_free char *block = malloc(PERF_MAP_BLOCK);
	uint64_t lowest, end;
	struct stat stat;

	if (!block)
		return -ENOMEM;
	if (fstat(fd, &stat))
		return -errno;
	end = stat.st_size;
	lowest = end > limit ? end - limit : 0;
	counts->n_unread += lowest;
	while (end > lowest && names->n_open) {
		uint64_t begin = end - lowest > PERF_MAP_BLOCK ? end - PERF_MAP_BLOCK : lowest;
		ssize_t n = read_full(fd, block, end - begin, begin);
		size_t rest;
		int err = n < 0 ? (int)n : perf_map_parse(block, n, !begin, names, counts, &rest);

		if (err)
			return err;
		counts->n_read += n;
		/* A line that fills the block is left out, wherever it begins. */
		end = begin + rest < end ? begin + rest : begin;
	}
	return 0;
}
