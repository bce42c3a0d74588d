// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * -o and -f: paths and format names come in; a list of outputs goes out, each
 * with the format it will be written in, none of them twice.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/message.h"
#include "profiler/options_shared.h"

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && !strcmp(text + n - n_end, end);
}

/* Standard output under any name, a device, or a pipe: no name that could carry an extension. */
static bool is_stream(const char *path)
{
	struct stat st, own;

	if (!strcmp(path, "-"))
		return true;
	if (stat(path, &st))
		return false;
	if (!S_ISREG(st.st_mode))
		return !S_ISDIR(st.st_mode);
	return !fstat(STDOUT_FILENO, &own) && own.st_dev == st.st_dev && own.st_ino == st.st_ino;
}

/* ".svg .folded ..." or "svg folded ...": what can be written. */
static void list_formats(char *buf, size_t n, bool names)
{
	size_t used = 0;

	*buf = '\0';
	for (const struct report_format *f = report_formats(); f->name; f++) {
		int added;

		if (!f->write)
			continue;
		added = snprintf(buf + used, n - used, "%s%s", used ? " " : "",
				 names ? f->name : f->extension);
		if (added < 0 || (size_t)added >= n - used)
			return;
		used += (size_t)added;
	}
}

static int say_no_format(const char *path, const char *format)
{
	char known[256];

	list_formats(known, sizeof(known), format != NULL);
	if (format)
		message("-f %s: no such format; use one of %s", format, known);
	else
		message("%s: the extension names no format; use one of %s, or -f NAME before -o",
			path, known);
	return -EINVAL;
}

int output_list_add(struct output_list *list, const char *path, const char *format)
{
	const struct report_format *found;

	if (!*path) {
		message("-o: the name is empty; give a file, or - for standard output");
		return -EINVAL;
	}
	if (format)
		found = report_format_by_name(format);
	else if (is_stream(path) && !report_format_by_path(path))
		found = report_format_by_name("folded"); /* what the next program in a pipe reads */
	else
		found = report_format_by_path(path);
	if (!found)
		return say_no_format(path, format);
	if (!found->write) {
		message("%s: %s can be read but not written; choose another format", path,
			found->name);
		return -EINVAL;
	}
	return vec_push(list, (struct output_options){.path = path, .format = found});
}

/* The directory a path's last part stands in, without symbolic links. NULL: not to be had. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory guard_free = NULL;

	if (!slash)
		return realpath(".", NULL);
	if (slash == path)
		return strdup("/");
	directory = strndup(path, (size_t)(slash - path));
	return directory ? realpath(directory, NULL) : NULL;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool output_path_same(const char *a, const char *b)
{
	char *file_a guard_free = NULL, *file_b guard_free = NULL;
	char *directory_a guard_free = NULL, *directory_b guard_free = NULL;
	struct stat st_a, st_b;

	if (!strcmp(a, b))
		return true;
	if (!strcmp(a, "-") || !strcmp(b, "-"))
		return false;
	/* Devices and pipes may well stand twice; they are not replaced. */
	if (!stat(a, &st_a) && !stat(b, &st_b) && !(S_ISREG(st_a.st_mode) && S_ISREG(st_b.st_mode)))
		return false;
	file_a = realpath(a, NULL);
	file_b = realpath(b, NULL);
	if (file_a && file_b)
		return !strcmp(file_a, file_b);
	if (file_a || file_b || strcmp(last_part(a), last_part(b)))
		return false;
	directory_a = directory_of(a);
	directory_b = directory_of(b);
	return directory_a && directory_b && !strcmp(directory_a, directory_b);
}

int output_list_check(const struct output_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct output_options *output = &list->data[i];

		for (size_t j = 0; j < i; j++) {
			if (!output_path_same(list->data[j].path, output->path))
				continue;
			message("-o %s: named twice; give each output a file of its own",
				output->path);
			return -EINVAL;
		}
		if (!strcmp(output->path, "-") && ends_with(output->format->extension, ".gz") &&
		    isatty(STDOUT_FILENO)) {
			message("-o -: %s is binary and standard output is a terminal; "
				"redirect it, or name a file",
				output->format->name);
			return -EINVAL;
		}
	}
	return 0;
}
