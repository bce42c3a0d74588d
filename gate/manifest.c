// SPDX-License-Identifier: GPL-2.0-or-later
/* What ab knows of its runs comes in, as it grows; the bytes of manifest.json go out. */
#include "gate/manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "gate/manifest_run.h"

const char *gate_side_name(enum gate_side side)
{
	return side == GATE_BASE ? "base" : "head";
}

int gate_manifest_set(char **string, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*string);
	*string = copy;
	return 0;
}

int gate_manifest_init(struct gate_manifest *manifest)
{
	char **strings[] = { &manifest->flametap, &manifest->command[GATE_BASE],
			     &manifest->command[GATE_HEAD], &manifest->operations_from,
			     &manifest->pin, &manifest->cpu_time_from };
	int err = 0;

	*manifest = (struct gate_manifest){};
	for (size_t i = 0; !err && i < sizeof(strings) / sizeof(*strings); i++)
		err = gate_manifest_set(strings[i], "");
	return err;
}

static void words_deinit(struct gate_manifest_words *words)
{
	vec_each(words, word) {
		free(word->name);
		free(word->value);
	}
	vec_deinit(words);
}

void gate_manifest_deinit(struct gate_manifest *manifest)
{
	free(manifest->flametap);
	free(manifest->operations_from);
	free(manifest->pin);
	free(manifest->cpu_time_from);
	words_deinit(&manifest->options);
	words_deinit(&manifest->machine);
	for (int side = 0; side < GATE_SIDES; side++) {
		free(manifest->command[side]);
		words_deinit(&manifest->build_ids[side]);
	}
	vec_each(&manifest->environment, difference) {
		free(difference->name);
		free(difference->base);
		free(difference->head);
	}
	vec_each(&manifest->runs, run)
		free(run->file);
	vec_deinit(&manifest->environment);
	vec_deinit(&manifest->runs);
	vec_deinit(&manifest->order);
}

static struct gate_manifest_word *find_word(const struct gate_manifest_words *words,
					    const char *name)
{
	vec_each(words, word)
		if (!strcmp(word->name, name))
			return word;
	return NULL;
}

const char *gate_manifest_word(const struct gate_manifest_words *words, const char *name)
{
	const struct gate_manifest_word *word = find_word(words, name);

	return word ? word->value : NULL;
}

int gate_manifest_word_set(struct gate_manifest_words *words, const char *name, const char *value)
{
	struct gate_manifest_word *known = find_word(words, name);
	struct gate_manifest_word word = {};
	int err;

	if (known)
		return gate_manifest_set(&known->value, value);
	err = gate_manifest_set(&word.name, name) ?: gate_manifest_set(&word.value, value);
	if (!err)
		err = vec_push(words, word);
	if (err) {
		free(word.name);
		free(word.value);
	}
	return err;
}

int gate_manifest_add_run(struct gate_manifest *manifest, const struct gate_manifest_run *run)
{
	struct gate_manifest_run copy = *run;
	int err;

	copy.file = strdup(run->file ?: "");
	if (!copy.file)
		return -ENOMEM;
	err = vec_push(&manifest->runs, copy);
	if (err)
		free(copy.file);
	return err;
}

static bool has_value(const struct gate_manifest_words *words, const char *value)
{
	vec_each(words, word)
		if (!strcmp(word->value, value))
			return true;
	return false;
}

bool gate_manifest_is_one_build(const struct gate_manifest *manifest)
{
	for (int side = 0; side < GATE_SIDES; side++) {
		if (!manifest->build_ids[side].n)
			return false;
		vec_each(&manifest->build_ids[side], word)
			if (!has_value(&manifest->build_ids[!side], word->value))
				return false;
	}
	return true;
}

/* Writing. */

/* As many digits as are needed to read the same number again. */
static void write_number(FILE *out, double value)
{
	char text[40];

	if (!isfinite(value))
		value = 0;
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	fputs(text, out);
}

static void write_string(FILE *out, const char *name, const char *value)
{
	fprintf(out, ",\n\"%s\": ", name);
	json_write_string(out, value);
}

static void write_words(FILE *out, const struct gate_manifest_words *words)
{
	fputc('{', out);
	vec_each(words, word) {
		fputs(word == words->data ? "" : ", ", out);
		json_write_string(out, word->name);
		fputs(": ", out);
		json_write_string(out, word->value);
	}
	fputc('}', out);
}

static void write_field(FILE *out, const struct manifest_field *field,
			const struct gate_manifest_run *run)
{
	const void *at = (const char *)run + field->offset;

	switch (field->kind) {
	case MANIFEST_COUNT:
		fprintf(out, "%" PRIu64, *(const uint64_t *)at);
		break;
	case MANIFEST_NUMBER:
		write_number(out, *(const double *)at);
		break;
	case MANIFEST_TRUTH:
		fputs(*(const bool *)at ? "true" : "false", out);
		break;
	case MANIFEST_STRING:
		json_write_string(out, *(char *const *)at);
		break;
	case MANIFEST_SIDE:
		json_write_string(out, gate_side_name(*(const enum gate_side *)at));
		break;
	}
}

static void write_run(FILE *out, const struct gate_manifest_run *run)
{
	const struct manifest_field *fields = manifest_run_fields();

	for (const struct manifest_field *field = fields; field->name; field++) {
		fprintf(out, "%s\"%s\": ", field == fields ? "{" : ", ", field->name);
		write_field(out, field, run);
	}
	fputc('}', out);
}

static void write_plan(FILE *out, const struct gate_manifest *manifest)
{
	fputs(",\n\"order\": [", out);
	vec_each(&manifest->order, side)
		fprintf(out, "%s\"%s\"", side == manifest->order.data ? "" : ", ",
			gate_side_name(*side));
	fprintf(out, "],\n\"first_pairs\": %" PRIu64 ",\n\"max_pairs\": %" PRIu64,
		manifest->first_pairs, manifest->max_pairs);
	for (int side = 0; side < GATE_SIDES; side++) {
		fprintf(out, ",\n\"%s\": {\"shell\": ", gate_side_name(side));
		json_write_string(out, manifest->command[side]);
		fputc('}', out);
	}
}

static void write_place(FILE *out, const struct gate_manifest *manifest)
{
	fputs(",\n\"machine\": ", out);
	write_words(out, &manifest->machine);
	fputs(",\n\"build_ids\": ", out);
	for (int side = 0; side < GATE_SIDES; side++) {
		fprintf(out, "%s\"%s\": ", side ? ", " : "{", gate_side_name(side));
		write_words(out, &manifest->build_ids[side]);
	}
	fputs("},\n\"environment\": {", out);
	vec_each(&manifest->environment, difference) {
		fputs(difference == manifest->environment.data ? "" : ", ", out);
		json_write_string(out, difference->name);
		fputs(": {\"base\": ", out);
		json_write_string(out, difference->base);
		fputs(", \"head\": ", out);
		json_write_string(out, difference->head);
		fputc('}', out);
	}
	fputc('}', out);
}

int gate_manifest_write(const struct gate_manifest *manifest, FILE *out)
{
	char seed[24];

	fputs("{\"flametap\": ", out);
	json_write_string(out, manifest->flametap);
	fprintf(out, ",\n\"format\": %d", GATE_MANIFEST_FORMAT);
	snprintf(seed, sizeof(seed), "%" PRIu64, manifest->seed);
	write_string(out, "seed", seed);
	write_plan(out, manifest);
	fputs(",\n\"options\": ", out);
	write_words(out, &manifest->options);
	write_string(out, "operations_from", manifest->operations_from);
	write_string(out, "pin", manifest->pin);
	write_string(out, "cpu_time_from", manifest->cpu_time_from);
	write_place(out, manifest);
	fputs(",\n\"runs\": [", out);
	vec_each(&manifest->runs, run) {
		fputs(run == manifest->runs.data ? "\n" : ",\n", out);
		write_run(out, run);
	}
	fputs("]}\n", out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}
