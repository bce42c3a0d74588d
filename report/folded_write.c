// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile to folded stacks: a line for each stack, its frames root
 * first, a blank and a count, e.g. "sh;main;work 42". The counts of time off
 * the CPU, and of wall-clock time, are microseconds. A difference of two
 * profiles has two counts, base and new. Nothing in this format can be
 * escaped, so what would be misread in a name is replaced.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/utf8.h"
#include "report/diff.h"
#include "report/formats.h"
#include "report/profile.h"
#include "report/tree.h"
#include "report/value.h"

enum { MICROSECONDS = 1000000 }; /* of a second */

struct folded_writer {
	const struct tree *tree;
	const struct diff_node *sides; /* of a difference, by node; else NULL */
	int64_t divisors[DIFF_SIDES];  /* of its values; the first is that of a profile's */
	bool annotate;
	VEC(char) names;     /* the labels as they are written, one behind the other */
	VEC(size_t) starts;  /* by label, and one more at the end */
	VEC(char) line;	     /* the path to the node at hand */
	VEC(size_t) lengths; /* by depth: how much of the line leads there */
};

static void folded_writer_deinit(struct folded_writer *writer)
{
	vec_deinit(&writer->names);
	vec_deinit(&writer->starts);
	vec_deinit(&writer->line);
	vec_deinit(&writer->lengths);
}

/* ';' ends a frame, a new line ends everything; other controls harm terminals. */
static int folded_add_name(struct folded_writer *writer, const char *name, size_t n)
{
	const char *end = name + n;
	size_t start = writer->names.n;
	char bytes[4];
	int err = 0;

	while (!err && name < end) {
		uint32_t point = utf8_next(&name, end);

		if (point == ';')
			point = ':';
		else if (point == '\t' || point == '\n' || point == '\r')
			point = ' ';
		else if (utf8_is_unsafe(point))
			continue;
		err = vec_append(&writer->names, bytes, utf8_put(point, bytes));
	}
	while (writer->names.n > start && writer->names.data[writer->names.n - 1] == ' ')
		writer->names.n--;
	if (!err && writer->names.n == start)
		err = vec_append(&writer->names, "[unknown]", 9);
	return err;
}

static int folded_make_names(struct folded_writer *writer)
{
	const struct strings *labels = &writer->tree->labels;
	int err = vec_push(&writer->starts, 0);

	for (size_t i = 0; !err && i < labels->items.n; i++) {
		err = folded_add_name(writer, strings_get(labels, i), strings_length(labels, i));
		if (!err)
			err = vec_push(&writer->starts, writer->names.n);
	}
	return err;
}

static const char *folded_annotation(const struct tree_node *node)
{
	switch (node->kind) {
	case FRAME_KERNEL:
		return "_[k]";
	case FRAME_INLINED:
		return "_[i]";
	case FRAME_JIT:
		return "_[j]";
	case FRAME_WAKER:
		return "_[w]";
	}
	return "";
}

static int folded_append(struct folded_writer *writer, const char *bytes, size_t n)
{
	return vec_append(&writer->line, bytes, n);
}

/* Puts a node's name behind the path to its parent. */
static int folded_enter(struct folded_writer *writer, const struct tree_node *node)
{
	const char *name = writer->names.data + writer->starts.data[node->label];
	size_t n = writer->starts.data[node->label + 1] - writer->starts.data[node->label];
	const char *annotation = writer->annotate ? folded_annotation(node) : "";
	size_t length = strlen(annotation);
	int err = 0;

	writer->line.n = writer->lengths.data[node->depth - 1];
	if (node->depth > 1)
		err = folded_append(writer, ";", 1);
	if (!err)
		err = folded_append(writer, name, n);
	if (!err && node->depth == 1 && writer->line.data[0] == '#')
		writer->line.data[0] = '_'; /* or it would be a comment */
	if (!err && (n < length || memcmp(name + n - length, annotation, length)))
		err = folded_append(writer, annotation, length);
	writer->lengths.data[node->depth] = writer->line.n;
	return err;
}

/* "worker 1" before the count would be read as two counts, as of a diff: "worker_1". */
static size_t folded_blank_before_number(const char *line, size_t n)
{
	size_t i = n;

	while (i && ((line[i - 1] >= '0' && line[i - 1] <= '9') || line[i - 1] == '.'))
		i--;
	if (i < n && i && line[i - 1] == '-')
		i--;
	return i < n && i && line[i - 1] == ' ' ? i - 1 : n;
}

/* Rounded: what is less than half of one has no line. */
static int64_t folded_count(const struct folded_writer *writer, uint32_t node)
{
	int64_t self = writer->tree->nodes.data[node].self, divisor = writer->divisors[0];

	return self / divisor + self % divisor / (divisor - divisor / 2);
}

static bool folded_has_line(const struct folded_writer *writer, uint32_t node)
{
	if (!writer->sides)
		return folded_count(writer, node);
	return writer->sides[node].self[DIFF_BASE] || writer->sides[node].self[DIFF_NEW];
}

static void folded_put_counts(struct folded_writer *writer, uint32_t node, FILE *out)
{
	if (!writer->sides) {
		fprintf(out, " %lld\n", (long long)folded_count(writer, node));
		return;
	}
	for (int side = 0; side < DIFF_SIDES; side++)
		fprintf(out, " %lld",
			(long long)(writer->sides[node].self[side] / writer->divisors[side]));
	fputc('\n', out);
}

static int folded_put_line(struct folded_writer *writer, uint32_t node, FILE *out)
{
	size_t n = writer->line.n;
	size_t blank = folded_blank_before_number(writer->line.data, n);

	if (blank < n)
		writer->line.data[blank] = '_';
	if (n)
		fwrite(writer->line.data, 1, n, out);
	else
		fputs("[no stack]", out);
	folded_put_counts(writer, node, out);
	if (blank < n)
		writer->line.data[blank] = ' ';
	return ferror(out) ? -EIO : 0;
}

static int folded_put_tree(struct folded_writer *writer, FILE *out)
{
	const struct tree *tree = writer->tree;
	uint32_t n = 0;
	int err = vec_reserve(&writer->lengths, (size_t)tree->depth + 1);

	if (err)
		return err;
	writer->lengths.data[0] = 0;
	do {
		if (n)
			err = folded_enter(writer, &tree->nodes.data[n]);
		if (!err && folded_has_line(writer, n))
			err = folded_put_line(writer, n, out);
		n = tree_next(tree, n);
	} while (!err && n);
	return err;
}

static int folded_put(struct folded_writer *writer, const struct report_options *options, FILE *out)
{
	int err;

	writer->annotate = options->annotate;
	err = folded_make_names(writer);
	if (!err)
		err = folded_put_tree(writer, out);
	if (!err && (fflush(out) || ferror(out)))
		err = -EIO;
	return err;
}

/* Samples where every value is a whole number of them, as in other files; else the values. */
static int64_t folded_divisor(const struct profile *profile, const struct diff *diff, int side)
{
	int64_t divisor = diff->samples[side] < 1e18 ? diff->samples[side] : 1;

	if (divisor < 1 || divisor != diff->samples[side])
		return 1;
	for (size_t i = 0; i < profile->samples.n; i++)
		if (profile->values.data[i * DIFF_SIDES + side] % divisor)
			return 1;
	return divisor;
}

static int folded_write_diff(const struct profile *profile, const struct report_options *options,
			     FILE *out)
{
	guard(folded_writer_deinit) struct folded_writer writer = {};
	guard(diff_tree_deinit) struct diff_tree tree = {};
	guard(diff_deinit) struct diff diff = {};
	int err = diff_init(&diff, profile);

	if (!err)
		err = diff_tree_init(&tree, &diff, profile, options);
	if (err)
		return err;
	/* Of different worth, numbers of samples would not compare. */
	for (int side = 0; side < DIFF_SIDES; side++)
		writer.divisors[side] = folded_divisor(profile, &diff, side);
	if (writer.divisors[DIFF_BASE] != writer.divisors[DIFF_NEW])
		writer.divisors[DIFF_BASE] = writer.divisors[DIFF_NEW] = 1;
	writer.tree = &tree.tree;
	writer.sides = tree.sides.data;
	return folded_put(&writer, options, out);
}

int folded_write(const struct profile *profile, const struct report_options *options, FILE *out)
{
	static const struct report_options defaults;
	guard(folded_writer_deinit) struct folded_writer writer = {};
	guard(tree_deinit) struct tree tree = {};
	uint32_t value = value_samples(profile);
	struct value_style style;
	int err;

	if (!options)
		options = &defaults;
	if (diff_is(profile))
		return folded_write_diff(profile, options, out);
	if (value >= profile->n_values || value_has_waits(profile))
		value = profile->default_value;
	err = tree_init(&tree, profile, options, value);
	if (err)
		return err;
	value_style_init(&style, profile, value);
	writer.divisors[0] = 1;
	if (value_has_waits(profile) && style.per_second > MICROSECONDS)
		writer.divisors[0] = style.per_second / MICROSECONDS;
	writer.tree = &tree;
	return folded_put(&writer, options, out);
}
