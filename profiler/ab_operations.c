// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The output of a run comes in, line by line; the number in the first group of
 * the last match goes out.
 */
#include "profiler/ab_operations.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/guard.h"

enum { FILE_MAX = 4096 }; /* bytes of a file that holds one number */

struct ab_operations {
	const char *path;  /* borrowed; NULL: a pattern */
	pcre2_code *code;
	pcre2_match_data *match;
	bool existed;
	struct stat before;
};

static int wrong(char error[AB_OPERATIONS_ERROR], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int wrong(char error[AB_OPERATIONS_ERROR], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, AB_OPERATIONS_ERROR, format, args);
	va_end(args);
	return -EINVAL;
}

static int compile(struct ab_operations *operations, const char *text,
		   char error[AB_OPERATIONS_ERROR])
{
	PCRE2_SIZE offset;
	uint32_t n_groups = 0;
	int number;

	operations->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, &number,
					 &offset, NULL);
	if (!operations->code) {
		char cause[128] = "";

		pcre2_get_error_message(number, (PCRE2_UCHAR *)cause, sizeof(cause));
		return wrong(error, "%s at character %zu", cause, (size_t)offset + 1);
	}
	pcre2_pattern_info(operations->code, PCRE2_INFO_CAPTURECOUNT, &n_groups);
	if (!n_groups)
		return wrong(error, "no group in it for the number; as in 'requests: ([0-9]+)'");
	operations->match = pcre2_match_data_create_from_pattern(operations->code, NULL);
	return operations->match ? 0 : -ENOMEM;
}

int ab_operations_create(const char *text, struct ab_operations **ret,
			 char error[AB_OPERATIONS_ERROR])
{
	struct ab_operations *operations = calloc(1, sizeof(*operations));
	bool is_path = *text == '/' || !strncmp(text, "./", 2) || !strchr(text, '(');
	int err = 0;

	if (!operations)
		return -ENOMEM;
	if (!*text)
		err = wrong(error, "is empty; give a pattern with a group, or a file");
	else if (is_path)
		operations->path = text;
	else
		err = compile(operations, text, error);
	if (err)
		ab_operations_destroy(operations);
	else
		*ret = operations;
	return err;
}

void ab_operations_destroy(struct ab_operations *operations)
{
	if (!operations)
		return;
	pcre2_match_data_free(operations->match);
	pcre2_code_free(operations->code);
	free(operations);
}

bool ab_operations_from_output(const struct ab_operations *operations)
{
	return !operations->path;
}

void ab_operations_begin(struct ab_operations *operations)
{
	operations->existed = operations->path && !stat(operations->path, &operations->before);
}

static double suffix_scale(char suffix)
{
	switch (suffix) {
	case 'k':
	case 'K':
		return 1e3;
	case 'M':
		return 1e6;
	case 'G':
		return 1e9;
	case 'T':
		return 1e12;
	}
	return 0;
}

/* Not strtod alone, which takes "inf", "nan" and "0x1". The locale is C: nobody has set one. */
bool ab_operations_parse(const char *text, size_t n, double *ret)
{
	char copy[64], *end;
	double scale = 1;

	for (; n && isspace((unsigned char)*text); text++)
		n--;
	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	if (!n || n >= sizeof(copy))
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (suffix_scale(copy[n - 1])) {
		scale = suffix_scale(copy[n - 1]);
		copy[--n] = '\0';
	}
	if (!n || !isdigit((unsigned char)*copy) || strspn(copy, "0123456789.eE+-") < n)
		return false;
	*ret = strtod(copy, &end) * scale;
	return !*end && isfinite(*ret) && *ret > 0;
}

static int read_file(struct ab_operations *operations, double *ret, char error[AB_OPERATIONS_ERROR])
{
	guard_fclose FILE *file = fopen(operations->path, "re");
	char text[FILE_MAX];
	struct stat after;
	size_t n;

	if (!file || fstat(fileno(file), &after))
		return wrong(error, "%s: %s; the command has to write it", operations->path,
			     strerror(errno));
	/* What an earlier run has written says nothing of this one. */
	if (operations->existed && operations->before.st_ino == after.st_ino &&
	    operations->before.st_ctim.tv_sec == after.st_ctim.tv_sec &&
	    operations->before.st_ctim.tv_nsec == after.st_ctim.tv_nsec)
		return wrong(error, "%s: is as it was before the run; the command has to write it",
			     operations->path);
	n = fread(text, 1, sizeof(text), file);
	if (n == sizeof(text) || !ab_operations_parse(text, n, ret))
		return wrong(error, "%s: holds no number above 0, or more than that; as in 1200 or "
			     "1.2k", operations->path);
	return 0;
}

static int read_output(struct ab_operations *operations, FILE *output, double *ret,
		       char error[AB_OPERATIONS_ERROR])
{
	guard_free char *line = NULL;
	guard_free char *found = NULL;
	size_t size = 0, found_n = 0;
	ssize_t n;

	while ((n = getline(&line, &size, output)) > 0) {
		const PCRE2_SIZE *at = pcre2_get_ovector_pointer(operations->match);
		PCRE2_SIZE from = 0;

		n -= line[n - 1] == '\n';
		while (from <= (size_t)n &&
		       pcre2_match(operations->code, (PCRE2_SPTR)line, (PCRE2_SIZE)n, from, 0,
				   operations->match, NULL) > 0) {
			from = at[1] > at[0] ? at[1] : at[1] + 1;
			/* Of a pattern that matches nothing, too, at the end of each line. */
			if (at[1] == at[0])
				continue;
			free(found);
			found = at[2] == PCRE2_UNSET ? strdup("") :
						       strndup(line + at[2], at[3] - at[2]);
			if (!found)
				return -ENOMEM;
			found_n = strlen(found);
		}
	}
	if (!found)
		return wrong(error, "the pattern is nowhere in what the command wrote to its "
				    "standard output");
	if (!ab_operations_parse(found, found_n, ret))
		return wrong(error, "\"%.64s\" is no number above 0; as in 1200 or 1.2k", found);
	return 0;
}

int ab_operations_read(struct ab_operations *operations, FILE *output, double *ret,
		       char error[AB_OPERATIONS_ERROR])
{
	return operations->path ? read_file(operations, ret, error) :
				  read_output(operations, output, ret, error);
}
