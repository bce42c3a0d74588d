// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * manifest.json comes in, a struct gate_manifest goes out. A manifest that was
 * cut, edited or written by a version with other ideas gives one line, since
 * runs that are mistaken for others would give a verdict on something else.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "gate/manifest.h"
#include "gate/manifest_run.h"
#include "report/format.h"
#include "report/json_read.h"

enum { MAX_RUNS = 4096, MAX_WORDS = 4096 };

struct manifest_reader {
	struct gate_manifest *manifest;
	struct json_reader json;
	struct json_text text; /* the last key or string */
};

static void manifest_reader_deinit(struct manifest_reader *reader)
{
	json_reader_deinit(&reader->json);
	vec_deinit(&reader->text);
}

static int wrong(struct manifest_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int wrong(struct manifest_reader *reader, const char *format, ...)
{
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return json_wrong(&reader->json, text);
}

/* Values. */

static int read_string(struct manifest_reader *reader, char **ret)
{
	int err = json_read_string(&reader->json, &reader->text);

	if (err)
		return err;
	if (strlen(reader->text.data) != reader->text.n)
		return wrong(reader, "a string with a byte of value 0");
	return gate_manifest_set(ret, reader->text.data);
}

static int read_count(struct manifest_reader *reader, uint64_t *ret)
{
	return json_read_index(&reader->json, INT64_MAX, ret);
}

/* The same number that was written: strtod takes no decimal point here, so no locale matters. */
static int read_number(struct manifest_reader *reader, double *ret)
{
	struct json_number number;
	char text[48];
	int err = json_read_number(&reader->json, &number);

	if (err)
		return err;
	snprintf(text, sizeof(text), "%" PRId64 "e%" PRId32, number.mantissa, number.exponent);
	*ret = strtod(text, NULL);
	return isfinite(*ret) ? 0 : wrong(reader, "a number that is too large");
}

static int read_seed(struct manifest_reader *reader, uint64_t *ret)
{
	char *end;
	int err = json_read_string(&reader->json, &reader->text);

	if (err)
		return err;
	errno = 0;
	*ret = strtoull(reader->text.data, &end, 10);
	if (errno || *end || reader->text.data[0] < '0' || reader->text.data[0] > '9')
		return wrong(reader, "a seed that is no number");
	return 0;
}

static int read_side(struct manifest_reader *reader, enum gate_side *ret)
{
	int err = json_read_string(&reader->json, &reader->text);

	if (err)
		return err;
	for (*ret = 0; *ret < GATE_SIDES; (*ret)++)
		if (!strcmp(reader->text.data, gate_side_name(*ret)))
			return 0;
	return wrong(reader, "a side that is neither base nor head");
}

/* {"name": "value", ...} */
static int read_words(struct manifest_reader *reader, struct gate_manifest_words *words)
{
	guard_free char *name = NULL;
	guard_free char *value = NULL;
	uint64_t n = 0;
	int err = json_take(&reader->json, '{');

	while (!err && (err = json_next(&reader->json, '}', &n)) > 0) {
		if (n > MAX_WORDS)
			return wrong(reader, "an object of more than %d members", MAX_WORDS);
		err = json_read_key(&reader->json, &reader->text);
		if (!err)
			err = gate_manifest_set(&name, reader->text.data);
		if (!err && gate_manifest_word(words, name))
			return wrong(reader, "\"%.60s\" twice", name);
		if (!err)
			err = read_string(reader, &value);
		if (!err)
			err = gate_manifest_word_set(words, name, value);
	}
	return err;
}

/* Objects of which every member is known. */

struct member {
	const char *name;
	int (*read)(struct manifest_reader *reader, void *to);
	void *to;
};

static int find_member(struct manifest_reader *reader, const struct member *members, size_t n,
		       uint64_t *had, size_t *ret)
{
	int err = json_read_key(&reader->json, &reader->text);

	if (err)
		return err;
	for (*ret = 0; *ret < n; (*ret)++) {
		if (strcmp(members[*ret].name, reader->text.data))
			continue;
		if (*had & 1ULL << *ret)
			return wrong(reader, "\"%s\" twice", members[*ret].name);
		*had |= 1ULL << *ret;
		return 0;
	}
	return wrong(reader, "a key that is not known, \"%.60s\"", reader->text.data);
}

static int read_members(struct manifest_reader *reader, const struct member *members, size_t n)
{
	uint64_t n_items = 0, had = 0;
	size_t i = 0;
	int err = json_take(&reader->json, '{');

	while (!err && (err = json_next(&reader->json, '}', &n_items)) > 0) {
		err = find_member(reader, members, n, &had, &i);
		if (!err)
			err = members[i].read(reader, members[i].to);
	}
	for (i = 0; !err && i < n; i++)
		if (!(had & 1ULL << i))
			return wrong(reader, "no \"%s\"", members[i].name);
	return err;
}

static int take_string(struct manifest_reader *reader, void *to)
{
	return read_string(reader, to);
}

static int take_count(struct manifest_reader *reader, void *to)
{
	return read_count(reader, to);
}

static int take_number(struct manifest_reader *reader, void *to)
{
	return read_number(reader, to);
}

static int take_truth(struct manifest_reader *reader, void *to)
{
	return json_read_truth(&reader->json, to);
}

static int take_side(struct manifest_reader *reader, void *to)
{
	return read_side(reader, to);
}

static int take_seed(struct manifest_reader *reader, void *to)
{
	return read_seed(reader, to);
}

static int take_words(struct manifest_reader *reader, void *to)
{
	return read_words(reader, to);
}

static int take_command(struct manifest_reader *reader, void *to)
{
	const struct member members[] = { { "shell", take_string, to } };

	return read_members(reader, members, 1);
}

static int take_format(struct manifest_reader *reader, void *to)
{
	uint64_t format = 0;
	int err = read_count(reader, &format);

	(void)to;
	if (!err && format != GATE_MANIFEST_FORMAT)
		return wrong(reader, "format %" PRIu64 ", which is another flametap's,", format);
	return err;
}

static int take_order(struct manifest_reader *reader, void *to)
{
	struct gate_manifest *manifest = to;
	enum gate_side side = GATE_BASE;
	uint64_t n = 0;
	int err = json_take(&reader->json, '[');

	while (!err && (err = json_next(&reader->json, ']', &n)) > 0) {
		err = read_side(reader, &side);
		if (!err && n > MAX_RUNS)
			return wrong(reader, "more than %d runs", MAX_RUNS);
		if (!err)
			err = vec_push(&manifest->order, side);
	}
	return err;
}

static int take_build_ids(struct manifest_reader *reader, void *to)
{
	struct gate_manifest *manifest = to;
	const struct member members[] = {
		{ "base", take_words, &manifest->build_ids[GATE_BASE] },
		{ "head", take_words, &manifest->build_ids[GATE_HEAD] },
	};

	return read_members(reader, members, sizeof(members) / sizeof(*members));
}

static int take_difference(struct manifest_reader *reader, struct gate_manifest *manifest)
{
	struct gate_manifest_difference difference = {};
	const struct member members[] = {
		{ "base", take_string, &difference.base },
		{ "head", take_string, &difference.head },
	};
	int err = json_read_key(&reader->json, &reader->text);

	if (!err)
		err = gate_manifest_set(&difference.name, reader->text.data);
	if (!err)
		err = read_members(reader, members, sizeof(members) / sizeof(*members));
	if (!err)
		err = vec_push(&manifest->environment, difference);
	if (err) {
		free(difference.name);
		free(difference.base);
		free(difference.head);
	}
	return err;
}

static int take_environment(struct manifest_reader *reader, void *to)
{
	uint64_t n = 0;
	int err = json_take(&reader->json, '{');

	while (!err && (err = json_next(&reader->json, '}', &n)) > 0)
		err = take_difference(reader, to);
	return err;
}

/* Runs. */

static int take_run(struct manifest_reader *reader, struct gate_manifest *manifest)
{
	static int (*const reads[])(struct manifest_reader *, void *) = {
		[MANIFEST_COUNT] = take_count,	 [MANIFEST_NUMBER] = take_number,
		[MANIFEST_TRUTH] = take_truth,	 [MANIFEST_STRING] = take_string,
		[MANIFEST_SIDE] = take_side,
	};
	const struct manifest_field *fields = manifest_run_fields();
	struct gate_manifest_run run = {};
	struct member members[32];
	size_t n = 0;
	int err;

	for (; fields[n].name; n++)
		members[n] = (struct member){ fields[n].name, reads[fields[n].kind],
					      (char *)&run + fields[n].offset };
	err = read_members(reader, members, n);
	if (!err && manifest->runs.n >= MAX_RUNS)
		err = wrong(reader, "more than %d runs", MAX_RUNS);
	if (!err)
		err = vec_push(&manifest->runs, run);
	if (err)
		free(run.file);
	return err;
}

static int take_runs(struct manifest_reader *reader, void *to)
{
	uint64_t n = 0;
	int err = json_take(&reader->json, '[');

	while (!err && (err = json_next(&reader->json, ']', &n)) > 0)
		err = take_run(reader, to);
	return err;
}

/* The whole: does it agree with itself? */

/* Below DIR, by whatever name. */
static bool is_below(const char *path)
{
	if (!*path || *path == '/')
		return false;
	for (const char *p = path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (!strncmp(p, "..", 2) && (!p[2] || p[2] == '/'))
			return false;
	}
	return true;
}

static int check_run(struct manifest_reader *reader, const struct gate_manifest_run *run, size_t i)
{
	const struct gate_manifest *manifest = reader->manifest;

	if (run->number != i)
		return wrong(reader, "run %zu with number %" PRIu64, i, run->number);
	if (run->pair >= manifest->max_pairs)
		return wrong(reader, "run %zu of pair %" PRIu64 ", which is not in the plan", i,
			     run->pair);
	if (run->profile ? !is_below(run->file) : *run->file)
		return wrong(reader, "run %zu with a file that cannot be its own", i);
	if (run->status > 255 || run->operations < 0 || run->started < 0 || run->load1 < 0 ||
	    run->covered > 2 || run->whole > 1)
		return wrong(reader, "run %zu with a number that cannot be", i);
	for (size_t k = 0; k < i; k++) {
		const struct gate_manifest_run *other = &manifest->runs.data[k];

		if (run->profile && other->profile && !strcmp(run->file, other->file))
			return wrong(reader, "runs %zu and %zu in the same file", k, i);
		if (!run->warm_up && !other->warm_up && other->pair == run->pair &&
		    other->side == run->side)
			return wrong(reader, "runs %zu and %zu for the same half of pair %" PRIu64, k,
				     i, run->pair);
	}
	return 0;
}

static int check(struct manifest_reader *reader)
{
	const struct gate_manifest *manifest = reader->manifest;
	int err = 0;

	if (!manifest->max_pairs || !manifest->first_pairs ||
	    manifest->first_pairs > manifest->max_pairs ||
	    manifest->order.n != 2 * manifest->max_pairs)
		return wrong(reader, "a plan of %" PRIu64 " to %" PRIu64 " pairs in an order of %zu "
			     "runs", manifest->first_pairs, manifest->max_pairs, manifest->order.n);
	for (size_t i = 0; i < manifest->order.n; i += 2)
		if (manifest->order.data[i] == manifest->order.data[i + 1])
			return wrong(reader, "a pair with two runs of one side");
	if (!gate_manifest_word(&manifest->machine, "kernel") ||
	    !gate_manifest_word(&manifest->machine, "cpu_model"))
		return wrong(reader, "a machine without kernel or cpu_model");
	for (size_t i = 0; !err && i < manifest->runs.n; i++)
		err = check_run(reader, &manifest->runs.data[i], i);
	return err;
}

static int read_all(struct manifest_reader *reader)
{
	struct gate_manifest *manifest = reader->manifest;
	const struct member members[] = {
		{ "flametap", take_string, &manifest->flametap },
		{ "format", take_format, NULL },
		{ "seed", take_seed, &manifest->seed },
		{ "order", take_order, manifest },
		{ "first_pairs", take_count, &manifest->first_pairs },
		{ "max_pairs", take_count, &manifest->max_pairs },
		{ "base", take_command, &manifest->command[GATE_BASE] },
		{ "head", take_command, &manifest->command[GATE_HEAD] },
		{ "options", take_words, &manifest->options },
		{ "operations_from", take_string, &manifest->operations_from },
		{ "pin", take_string, &manifest->pin },
		{ "cpu_time_from", take_string, &manifest->cpu_time_from },
		{ "machine", take_words, &manifest->machine },
		{ "build_ids", take_build_ids, manifest },
		{ "environment", take_environment, manifest },
		{ "runs", take_runs, manifest },
	};
	int err = read_members(reader, members, sizeof(members) / sizeof(*members));

	if (!err) {
		int byte = json_peek(&reader->json);

		err = byte > 0 ? wrong(reader, "more behind its end") : byte;
	}
	return err ?: check(reader);
}

int gate_manifest_read(int fd, struct gate_manifest *ret, struct report_error *error)
{
	guard(manifest_reader_deinit) struct manifest_reader reader = { .manifest = ret };
	int err = gate_manifest_init(ret);

	if (!err)
		err = json_reader_init(&reader.json, fd, 0, error);
	reader.json.kind = "manifest of flametap ab";
	return err ?: read_all(&reader);
}
