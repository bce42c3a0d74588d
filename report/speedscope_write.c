// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile comes in; out goes a file for speedscope
 * (https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources):
 * all samples merged first, then those of each thread, in the order of time
 * where it was recorded. It is streamed: what is in memory is the call tree and
 * a few numbers for each sample.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/json.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/profile.h"
#include "report/speedscope.h"
#include "report/tree.h"
#include "report/value.h"

struct writer {
	const struct profile *profile;
	const struct report_options *options;
	FILE *out;
	struct tree tree;
	uint32_t value;	    /* that is written */
	int64_t per_sample; /* units of it in a sample, where they all have as many; else 0 */
	const char *unit;
	uint32_t *node;	 /* by sample */
	uint32_t *order; /* samples that have a weight, by time */
	size_t n;	 /* of them */
	uint32_t *frame; /* by label: number in the file, NO_FRAME if no node has it */
	VEC(uint32_t) path;
};

enum { NO_FRAME = UINT32_MAX };

static void writer_deinit(struct writer *writer)
{
	tree_deinit(&writer->tree);
	free(writer->node);
	free(writer->order);
	free(writer->frame);
	vec_deinit(&writer->path);
}

static int64_t weight_of(const struct writer *writer, uint32_t sample)
{
	const struct profile *profile = writer->profile;

	return profile->values.data[(size_t)sample * profile->n_values + writer->value];
}

static const char *unit_of(const struct profile *profile, uint32_t value)
{
	static const char *const units[] = {"nanoseconds", "microseconds", "milliseconds",
					    "seconds", "bytes"};
	const char *unit = strings_get(&profile->strings, profile->value_types[value].unit);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(unit, units[i]))
			return units[i];
	return "none";
}

/* Samples that are all worth the same time are written as that time, as reports show them. */
static void choose_value(struct writer *writer)
{
	const struct profile *profile = writer->profile;
	struct value_style style;

	writer->value = profile->default_value;
	value_style_init_shown(&style, profile, writer->value);
	writer->per_sample = style.per_sample;
	if (style.per_sample && writer->value == value_samples(profile)) {
		writer->per_sample = style.scale;
		for (uint32_t i = 0; i < profile->n_values; i++) {
			value_style_init(&style, profile, i);
			if (style.per_second) {
				writer->value = i;
				break;
			}
		}
	}
	writer->unit = unit_of(profile, writer->value);
}

static int compare_times(const void *a, const void *b, void *ctx)
{
	const struct profile_sample *samples = ctx;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint32_t time_x = samples[x].slice, time_y = samples[y].slice;

	return time_x != time_y ? (time_x > time_y) - (time_x < time_y) : (x > y) - (x < y);
}

/* Where a profile was subtracted from another, what is less than nothing is left out, as in
 * pictures. */
static int writer_init(struct writer *writer)
{
	const struct profile *profile = writer->profile;
	size_t n = profile->samples.n;
	int err;

	writer->unit = "none";
	if (profile->n_values)
		choose_value(writer);
	writer->node = malloc((n + 1) * sizeof(*writer->node));
	writer->order = malloc((n + 1) * sizeof(*writer->order));
	if (!writer->node || !writer->order)
		return -ENOMEM;
	err = tree_init_nodes(&writer->tree, profile, writer->options, writer->value, writer->node);
	if (err)
		return err;
	for (uint32_t i = 0; i < n; i++)
		if (writer->node[i] != TREE_NO_NODE && weight_of(writer, i) > 0)
			writer->order[writer->n++] = i;
	if (profile->slice_ns && writer->n)
		qsort_r(writer->order, writer->n, sizeof(*writer->order), compare_times,
			profile->samples.data);
	writer->frame = malloc(writer->tree.labels.items.n * sizeof(*writer->frame));
	if (!writer->frame)
		return -ENOMEM;
	memset(writer->frame, 0xff, writer->tree.labels.items.n * sizeof(*writer->frame));
	return vec_reserve(&writer->path, (size_t)writer->tree.depth + 1);
}

/* Where a function is: its source file with the line it begins at, or that which --lines shows;
 * where that is not known, the module. */
static void put_place(const struct writer *writer, const struct tree_node *node)
{
	const struct profile *profile = writer->profile;
	uint32_t file, line;

	tree_source(profile, node, &file, &line);
	if (!file) {
		file = profile->modules.data[node->module].path;
		line = 0;
	} else if (!writer->options->lines) {
		uint32_t function = profile->frames.data[node->frame - 1].function;

		line = profile->functions.data[function].start_line;
	}
	if (file) {
		fputs(",\"file\":", writer->out);
		json_write_bytes(writer->out, strings_get(&profile->strings, file),
				 strings_length(&profile->strings, file));
	}
	if (line)
		fprintf(writer->out, ",\"line\":%" PRIu32, line);
}

/* What `report` needs to make the same samples of it again; speedscope does not look at it. */
static void put_value(const struct writer *writer)
{
	const struct profile *profile = writer->profile;
	uint32_t type;

	if (!profile->n_values)
		return;
	type = profile->value_types[writer->value].type;
	fputs("\"flametap\":{\"value\":", writer->out);
	json_write_bytes(writer->out, strings_get(&profile->strings, type),
			 strings_length(&profile->strings, type));
	if (writer->per_sample)
		fprintf(writer->out, ",\"perSample\":%" PRId64, writer->per_sample);
	fputs("},\n", writer->out);
}

/* A frame for each label, as functions are told apart everywhere in the reports. */
static void put_frames(struct writer *writer)
{
	const struct tree *tree = &writer->tree;
	uint32_t n = 0;

	fputs("\"shared\":{\"frames\":[", writer->out);
	for (size_t i = 1; i < tree->nodes.n; i++) {
		const struct tree_node *node = &tree->nodes.data[i];

		if (writer->frame[node->label] != NO_FRAME)
			continue;
		writer->frame[node->label] = n;
		fprintf(writer->out, "%s\n{\"name\":", n ? "," : "");
		json_write_bytes(writer->out, strings_get(&tree->labels, node->label),
				 strings_length(&tree->labels, node->label));
		put_place(writer, node);
		fputc('}', writer->out);
		n++;
	}
	fputs("\n]}", writer->out);
}

static void put_stack(struct writer *writer, uint32_t node)
{
	const struct tree_node *nodes = writer->tree.nodes.data;

	writer->path.n = 0;
	for (; node; node = nodes[node].parent)
		writer->path.data[writer->path.n++] = writer->frame[nodes[node].label];
	fputc('[', writer->out);
	for (size_t i = writer->path.n; i > 0; i--)
		fprintf(writer->out, "%" PRIu32 "%s", writer->path.data[i - 1], i > 1 ? "," : "");
	fputc(']', writer->out);
}

/* How many of the samples from here on have the same stack and are one in the file; *weight
 * becomes their sum. */
static size_t count_equal(const struct writer *writer, const uint32_t *samples, size_t n,
			  int64_t *weight)
{
	size_t i = 0;

	*weight = 0;
	for (; i < n && writer->node[samples[i]] == writer->node[samples[0]]; i++)
		*weight += weight_of(writer, samples[i]);
	return i;
}

static void put_profile(struct writer *writer, const char *name, size_t name_n,
			const uint32_t *samples, size_t n)
{
	FILE *out = writer->out;
	int64_t weight, sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += weight_of(writer, samples[i]);
	fputs("{\"type\":\"sampled\",\"name\":", out);
	json_write_bytes(out, name, name_n);
	fprintf(out, ",\"unit\":\"%s\",\"startValue\":0,\"endValue\":%" PRId64 ",\"samples\":[",
		writer->unit, sum);
	for (size_t i = 0; i < n;) {
		fputs(i ? ",\n" : "\n", out);
		put_stack(writer, writer->node[samples[i]]);
		i += count_equal(writer, samples + i, n - i, &weight);
	}
	fputs("],\n\"weights\":[", out);
	for (size_t i = 0; i < n;) {
		fputs(i ? "," : "", out);
		i += count_equal(writer, samples + i, n - i, &weight);
		fprintf(out, "%" PRId64, weight);
	}
	fputs("]}", out);
}

/* Threads. */

struct thread {
	uint32_t number;   /* in the profile */
	uint32_t first, n; /* of its samples */
	int64_t weight;
};

static int compare_strings(const struct strings *strings, uint32_t a, uint32_t b)
{
	return strcmp(strings_get(strings, a), strings_get(strings, b));
}

/* The heaviest first; never by number, which tells nothing of the content. */
static int compare_threads(const void *a, const void *b, void *ctx)
{
	const struct thread *x = a, *y = b;
	const struct profile *profile = ctx;
	const struct profile_thread *p = &profile->threads.data[x->number];
	const struct profile_thread *q = &profile->threads.data[y->number];

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (p->pid != q->pid)
		return p->pid < q->pid ? -1 : 1;
	if (p->tid != q->tid)
		return p->tid < q->tid ? -1 : 1;
	return compare_strings(&profile->strings, p->process, q->process)
		       ?: compare_strings(&profile->strings, p->comm, q->comm);
}

static int put_thread(struct writer *writer, const struct thread *thread, const uint32_t *samples)
{
	const struct profile *profile = writer->profile;
	const struct profile_thread *task = &profile->threads.data[thread->number];
	uint32_t name = task->comm ?: task->process;
	guard_free char *text = NULL;
	int n;

	n = asprintf(&text, "%s (%d)", strings_get(&profile->strings, name), (int)task->tid);
	if (n < 0) {
		text = NULL;
		return -ENOMEM;
	}
	fputs(",\n", writer->out);
	put_profile(writer, text, n, samples + thread->first, thread->n);
	return 0;
}

/* Groups the samples by thread, in the order of time within each. */
static uint32_t group(const struct writer *writer, struct thread *threads, uint32_t *samples)
{
	const struct profile *profile = writer->profile;
	uint32_t first = 0, n_threads = 0;

	for (size_t i = 0; i < writer->n; i++) {
		uint32_t sample = writer->order[i];
		struct thread *thread = &threads[profile->samples.data[sample].thread];

		thread->n++;
		thread->weight += weight_of(writer, sample);
	}
	for (size_t i = 0; i < profile->threads.n; i++) {
		threads[i].number = i;
		threads[i].first = first;
		first += threads[i].n;
		n_threads += threads[i].n > 0;
		threads[i].n = 0;
	}
	for (size_t i = 0; i < writer->n; i++) {
		uint32_t sample = writer->order[i];
		struct thread *thread = &threads[profile->samples.data[sample].thread];

		samples[thread->first + thread->n++] = sample;
	}
	return n_threads;
}

/* A single thread is what is merged already. */
static int put_threads(struct writer *writer)
{
	const struct profile *profile = writer->profile;
	guard_free struct thread *threads = calloc(profile->threads.n, sizeof(*threads));
	guard_free uint32_t *samples = malloc((writer->n + 1) * sizeof(*samples));
	uint32_t n;
	int err = 0;

	if (!threads || !samples)
		return -ENOMEM;
	n = group(writer, threads, samples);
	if (n < 2)
		return 0;
	qsort_r(threads, profile->threads.n, sizeof(*threads), compare_threads, (void *)profile);
	for (size_t i = 0; !err && i < n; i++)
		err = put_thread(writer, &threads[i], samples);
	return err;
}

int speedscope_write(const struct profile *profile, const struct report_options *options, FILE *out)
{
	guard(writer_deinit) struct writer writer = {
		.profile = profile, .options = options, .out = out};
	const char *title = value_report_title(profile, options);
	int err = writer_init(&writer);

	if (err)
		return err;
	fputs("{\"$schema\":\"" SPEEDSCOPE_SCHEMA "\",\"exporter\":\"" SPEEDSCOPE_EXPORTER
	      "\",\"name\":",
	      out);
	json_write_string(out, title);
	fputs(",\"activeProfileIndex\":0,\n", out);
	put_value(&writer);
	put_frames(&writer);
	fputs(",\n\"profiles\":[\n", out);
	put_profile(&writer, title, strlen(title), writer.order, writer.n);
	err = put_threads(&writer);
	fputs("\n]}\n", out);
	return ferror(out) ? -EIO : err;
}
