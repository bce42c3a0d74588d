// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile to folded stacks: a line for each stack, its frames root
 * first, a blank and a count, e.g. "sh;main;work 42". Nothing in this format
 * can be escaped, so what would be misread in a name is replaced.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/utf8.h"
#include "report/formats.h"
#include "report/profile.h"
#include "report/tree.h"
#include "report/value.h"

struct folded_writer {
	const struct tree *tree;
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

static int folded_put_line(struct folded_writer *writer, const struct tree_node *node, FILE *out)
{
	size_t n = writer->line.n;
	size_t blank = folded_blank_before_number(writer->line.data, n);

	if (blank < n)
		writer->line.data[blank] = '_';
	if (n)
		fwrite(writer->line.data, 1, n, out);
	else
		fputs("[no stack]", out);
	fprintf(out, " %lld\n", (long long)node->self);
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
		const struct tree_node *node = &tree->nodes.data[n];

		if (n)
			err = folded_enter(writer, node);
		if (!err && node->self)
			err = folded_put_line(writer, node, out);
		n = tree_next(tree, n);
	} while (!err && n);
	return err;
}

int folded_write(const struct profile *profile, const struct report_options *options, FILE *out)
{
	static const struct report_options defaults;
	guard(folded_writer_deinit) struct folded_writer writer = {};
	guard(tree_deinit) struct tree tree = {};
	uint32_t value = value_samples(profile);
	int err;

	if (!options)
		options = &defaults;
	if (value >= profile->n_values)
		value = profile->default_value;
	err = tree_init(&tree, profile, options, value);
	if (err)
		return err;
	writer.tree = &tree;
	writer.annotate = options->annotate;
	err = folded_make_names(&writer);
	if (!err)
		err = folded_put_tree(&writer, out);
	if (!err && (fflush(out) || ferror(out)))
		err = -EIO;
	return err;
}
