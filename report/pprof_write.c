// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile to a pprof file (profile.proto, gzipped). Things are
 * numbered in the order in which the samples first need them, and only what is
 * needed is written, so that a file read and written again is the same file.
 * One message at a time is in memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/formats.h"
#include "report/pprof_writer.h"

static int numbering_init(struct numbering *numbering, size_t n)
{
	numbering->number = calloc(n, sizeof(*numbering->number));
	numbering->items = calloc(n, sizeof(*numbering->items));
	return numbering->number && numbering->items ? 0 : -ENOMEM;
}

static void numbering_deinit(struct numbering *numbering)
{
	free(numbering->number);
	free(numbering->items);
}

static void pprof_writer_deinit(struct pprof_writer *writer)
{
	gzip_writer_deinit(&writer->gzip);
	numbering_deinit(&writer->strings);
	numbering_deinit(&writer->modules);
	numbering_deinit(&writer->functions);
	numbering_deinit(&writer->locations);
	free(writer->facts);
	pb_buffer_deinit(&writer->message);
	pb_buffer_deinit(&writer->part);
}

uint32_t pprof_string(struct pprof_writer *writer, uint32_t string)
{
	return string ? numbering_get(&writer->strings, string) : 0;
}

static void pprof_put_field(struct pprof_writer *writer, uint32_t field, const void *bytes,
			    size_t n)
{
	unsigned char head[2 * PB_VARINT_MAX];
	size_t n_head = pb_put_varint(head, field << 3 | PB_BYTES);

	n_head += pb_put_varint(head + n_head, n);
	gzip_writer_put(&writer->gzip, head, n_head);
	gzip_writer_put(&writer->gzip, bytes, n);
}

/* Writes the message that was put together, and empties it. */
static void pprof_put_message(struct pprof_writer *writer, uint32_t field)
{
	pprof_put_field(writer, field, writer->message.bytes.data, writer->message.bytes.n);
	pb_buffer_clear(&writer->message);
}

static void pprof_put_number(struct pprof_writer *writer, uint32_t field, uint64_t value)
{
	pb_add_number(&writer->message, field, value);
	gzip_writer_put(&writer->gzip, writer->message.bytes.data, writer->message.bytes.n);
	pb_buffer_clear(&writer->message);
}

static void pprof_put_value_type(struct pprof_writer *writer, uint32_t field,
				 const struct profile_value_type *type)
{
	pb_add_number(&writer->message, VALUE_TYPE_TYPE, pprof_string(writer, type->type));
	pb_add_number(&writer->message, VALUE_TYPE_UNIT, pprof_string(writer, type->unit));
	pprof_put_message(writer, field);
}

void pprof_add_part(struct pprof_writer *writer, uint32_t field)
{
	pb_add_bytes(&writer->message, field, writer->part.bytes.data, writer->part.bytes.n);
	pb_buffer_clear(&writer->part);
}

/*
 * The numbers of a stack's locations, leaf first, as the file has them. They are put together
 * from the end of a block towards its start, and neighbours in the order of samples share their
 * outer part: so that only the rest is made anew.
 */
struct location_list {
	unsigned char *bytes; /* the list is the end of it */
	size_t cap;
	VEC(struct {
		uint32_t stack;
		size_t n; /* bytes from this one on */
	}) path; /* root first */
	VEC(struct {
		uint32_t stack;
		uint32_t number;
	}) pending; /* to be added, leaf first */
};

static void location_list_deinit(struct location_list *list)
{
	free(list->bytes);
	vec_deinit(&list->path);
	vec_deinit(&list->pending);
}

static size_t location_list_size(const struct location_list *list)
{
	return list->path.n ? list->path.data[list->path.n - 1].n : 0;
}

/* Room for so many more numbers, at the front. */
static int location_list_reserve(struct location_list *list, size_t n_numbers)
{
	size_t n = location_list_size(list);
	size_t need = n + n_numbers * PB_VARINT_MAX;
	size_t cap = need < 512 ? 1024 : need * 2;
	unsigned char *bytes;

	if (list->bytes && need <= list->cap)
		return 0;
	bytes = malloc(cap);
	if (!bytes)
		return -ENOMEM;
	if (n)
		memcpy(bytes + cap - n, list->bytes + list->cap - n, n);
	free(list->bytes);
	list->bytes = bytes;
	list->cap = cap;
	return 0;
}

/* There is room. */
static void location_list_push(struct location_list *list, uint32_t stack, uint32_t number)
{
	unsigned char varint[PB_VARINT_MAX];
	size_t length = pb_put_varint(varint, number);
	size_t n = location_list_size(list) + length;
	unsigned char *to = list->bytes + list->cap - n;

	for (size_t i = 0; i < length; i++)
		to[i] = varint[i];
	list->path.data[list->path.n].stack = stack;
	list->path.data[list->path.n++].n = n;
}

/* A stack's number is greater than its outer part's: so the outer part that two share is met by
 * going on, time and again, to the outer part of the greater one. */
static int location_list_set(struct location_list *list, struct pprof_writer *writer,
			     uint32_t stack)
{
	const struct profile_stack *stacks = writer->profile->stacks.data;
	int err;

	list->pending.n = 0;
	for (;;) {
		uint32_t last = list->path.n ? list->path.data[list->path.n - 1].stack : 0;

		if (last == stack)
			break;
		if (last > stack) {
			list->path.n--;
			continue;
		}
		err = vec_reserve(&list->pending, list->pending.n + 1);
		if (err)
			return err;
		list->pending.data[list->pending.n].stack = stack;
		list->pending.data[list->pending.n++].number =
			numbering_get(&writer->locations, stacks[stack].location); /* leaf first */
		stack = stacks[stack].parent;
	}
	err = location_list_reserve(list, list->pending.n);
	if (!err)
		err = vec_reserve(&list->path, list->path.n + list->pending.n);
	for (size_t i = list->pending.n; !err && i > 0; i--)
		location_list_push(list, list->pending.data[i - 1].stack,
				   list->pending.data[i - 1].number);
	return err;
}

static int pprof_put_samples(struct pprof_writer *writer)
{
	const struct profile *profile = writer->profile;
	const int64_t *values = profile->values.data;
	guard(location_list_deinit) struct location_list list = {};
	int err = 0;

	for (size_t i = 0; i < profile->samples.n; i++) {
		const struct profile_sample *sample = &profile->samples.data[i];
		size_t n;

		if (!err)
			err = location_list_set(&list, writer, sample->stack);
		if (!err)
			err = writer->gzip.err;
		if (err)
			return err;
		n = location_list_size(&list);
		pb_add_bytes(&writer->message, SAMPLE_LOCATION_ID, list.bytes + list.cap - n, n);
		for (uint32_t v = 0; v < profile->n_values; v++)
			pb_add_varint(&writer->part, *values++);
		pprof_add_part(writer, SAMPLE_VALUE);
		pprof_add_labels(writer, i);
		pprof_put_message(writer, PPROF_SAMPLE);
	}
	return err;
}

static void module_facts_add(struct module_facts *facts, const struct profile *profile,
			     const struct profile_location *location)
{
	const struct profile_frame *frames = profile->frames.data + location->first_frame;

	if (location->offset >= facts->limit)
		facts->limit = location->offset < UINT64_MAX ? location->offset + 1 : UINT64_MAX;
	facts->unresolved |= !location->n_frames;
	facts->inlines |= location->n_frames > 1;
	for (uint32_t i = 0; i < location->n_frames; i++) {
		facts->lines |= frames[i].line != 0;
		facts->files |= profile->functions.data[frames[i].function].file != 0;
	}
}

static bool is_program(const struct profile *profile, uint32_t module)
{
	const char *path = strings_get(&profile->strings, profile->modules.data[module].path);
	const char *base = strrchr(path, '/');

	return profile->modules.data[module].kind == MODULE_USER &&
	       !strstr(base ? base + 1 : path, ".so");
}

/* The program with most weight: of each stack, the outermost module that is no library counts.
 * 0 when there is none. pprof calls the profile by its name. */
static int pprof_main_module(struct pprof_writer *writer, uint32_t *ret)
{
	const struct profile *profile = writer->profile;
	guard_free uint32_t *programs = calloc(profile->stacks.n, sizeof(*programs));
	guard_free uint64_t *weights = calloc(profile->modules.n, sizeof(*weights));
	guard_free bool *is = calloc(profile->modules.n, sizeof(*is));

	if (!programs || !weights || !is)
		return -ENOMEM;
	for (size_t i = 1; i < profile->modules.n; i++)
		is[i] = is_program(profile, i);
	for (size_t i = 1; i < profile->stacks.n; i++) {
		const struct profile_stack *stack = &profile->stacks.data[i];
		uint32_t module = profile->locations.data[stack->location].module;

		programs[i] = programs[stack->parent];
		if (!programs[i] && is[module])
			programs[i] = module;
	}
	for (size_t i = 0; i < profile->samples.n; i++) {
		int64_t value =
			profile->values.data[i * profile->n_values + profile->default_value];

		weights[programs[profile->samples.data[i].stack]] += value > 0 ? value : 0;
	}
	*ret = 0;
	for (size_t i = 1; i < profile->modules.n; i++)
		if (weights[i] > (*ret ? weights[*ret] : 0))
			*ret = i;
	return 0;
}

/* Modules are numbered from 1 with the main one first; number 0, "none", becomes a mapping
 * without a name, because pprof takes locations without a mapping for unresolved. */
static int pprof_number_modules(struct pprof_writer *writer)
{
	const struct profile *profile = writer->profile;
	uint32_t main_module;
	int err = pprof_main_module(writer, &main_module);

	if (err)
		return err;
	if (main_module)
		numbering_get(&writer->modules, main_module);
	for (uint32_t i = 0; i < writer->locations.n; i++) {
		const struct profile_location *location =
			&profile->locations.data[writer->locations.items[i]];

		numbering_get(&writer->modules, location->module);
		module_facts_add(&writer->facts[location->module], profile, location);
	}
	return 0;
}

/* The end of the page, so that no address lies outside. */
static uint64_t round_up(uint64_t limit)
{
	return limit > UINT64_MAX - 4095 ? UINT64_MAX : (limit + 4095) & ~(uint64_t)4095;
}

static void pprof_put_mappings(struct pprof_writer *writer)
{
	struct pb_buffer *message = &writer->message;

	for (uint32_t i = 0; i < writer->modules.n; i++) {
		uint32_t number = writer->modules.items[i];
		const struct profile_module *module = &writer->profile->modules.data[number];
		const struct module_facts *facts = &writer->facts[number];

		pb_add_number(message, MAPPING_ID, i + 1);
		pb_add_number(message, MAPPING_MEMORY_LIMIT, round_up(facts->limit));
		pb_add_number(message, MAPPING_FILENAME, pprof_string(writer, module->path));
		pb_add_number(message, MAPPING_BUILD_ID, pprof_string(writer, module->build_id));
		if (!facts->unresolved) {
			pb_add_number(message, MAPPING_HAS_FUNCTIONS, 1);
			pb_add_number(message, MAPPING_HAS_FILENAMES, facts->files);
			pb_add_number(message, MAPPING_HAS_LINE_NUMBERS, facts->lines);
			pb_add_number(message, MAPPING_HAS_INLINE_FRAMES, facts->inlines);
		}
		pprof_put_message(writer, PPROF_MAPPING);
	}
}

static void pprof_put_locations(struct pprof_writer *writer)
{
	const struct profile *profile = writer->profile;
	struct pb_buffer *message = &writer->message;

	for (uint32_t i = 0; i < writer->locations.n; i++) {
		const struct profile_location *location =
			&profile->locations.data[writer->locations.items[i]];
		const struct profile_frame *frames = profile->frames.data + location->first_frame;

		pb_add_number(message, LOCATION_ID, i + 1);
		pb_add_number(message, LOCATION_MAPPING_ID,
			      numbering_get(&writer->modules, location->module));
		pb_add_number(message, LOCATION_ADDRESS, location->offset);
		for (uint32_t f = 0; f < location->n_frames; f++) {
			pb_add_number(&writer->part, LINE_FUNCTION_ID,
				      numbering_get(&writer->functions, frames[f].function));
			pb_add_number(&writer->part, LINE_LINE, frames[f].line);
			pprof_add_part(writer, LOCATION_LINE);
		}
		pprof_put_message(writer, PPROF_LOCATION);
	}
}

static void pprof_put_functions(struct pprof_writer *writer)
{
	struct pb_buffer *message = &writer->message;

	for (uint32_t i = 0; i < writer->functions.n; i++) {
		const struct profile_function *function =
			&writer->profile->functions.data[writer->functions.items[i]];

		pb_add_number(message, FUNCTION_ID, i + 1);
		pb_add_number(message, FUNCTION_NAME, pprof_string(writer, function->name));
		pb_add_number(message, FUNCTION_SYSTEM_NAME,
			      pprof_string(writer, function->system_name));
		pb_add_number(message, FUNCTION_FILENAME, pprof_string(writer, function->file));
		pb_add_number(message, FUNCTION_START_LINE, function->start_line);
		pprof_put_message(writer, PPROF_FUNCTION);
	}
}

/* Strings in a pprof file are UTF-8 by definition, and so are those of a profile. */
static void pprof_put_strings(struct pprof_writer *writer)
{
	const struct strings *strings = &writer->profile->strings;

	pprof_put_field(writer, PPROF_STRING_TABLE, "", 0);
	for (uint32_t i = 0; i < writer->strings.n; i++) {
		uint32_t string = writer->strings.items[i];

		if (string < strings->items.n) {
			pprof_put_field(writer, PPROF_STRING_TABLE, strings_get(strings, string),
					strings_length(strings, string));
		} else {
			const char *own = pprof_own_text(writer, string - strings->items.n);

			pprof_put_field(writer, PPROF_STRING_TABLE, own, strlen(own));
		}
	}
}

static void pprof_put_head(struct pprof_writer *writer)
{
	const struct profile *profile = writer->profile;

	for (uint32_t i = 0; i < profile->n_values; i++)
		pprof_put_value_type(writer, PPROF_SAMPLE_TYPE, &profile->value_types[i]);
	pprof_put_number(writer, PPROF_TIME_NANOS, profile->time_ns);
	pprof_put_number(writer, PPROF_DURATION_NANOS, profile->duration_ns);
	if (profile->period_type.type || profile->period_type.unit)
		pprof_put_value_type(writer, PPROF_PERIOD_TYPE, &profile->period_type);
	pprof_put_number(writer, PPROF_PERIOD, profile->period);
	for (size_t i = 0; i < profile->comments.n; i++)
		pprof_put_number(writer, PPROF_COMMENT,
				 pprof_string(writer, profile->comments.data[i]));
	if (profile->slice_ns)
		pprof_put_number(writer, PPROF_COMMENT, pprof_own_slice(writer));
	if (profile->n_values)
		pprof_put_number(
			writer, PPROF_DEFAULT_SAMPLE_TYPE,
			pprof_string(writer, profile->value_types[profile->default_value].type));
}

static int pprof_writer_init(struct pprof_writer *writer, const struct profile *profile, FILE *out)
{
	int err;

	memset(writer, 0, sizeof(*writer));
	writer->profile = profile;
	snprintf(writer->slice, sizeof(writer->slice), PPROF_SLICE_FORMAT,
		 (unsigned long long)profile->slice_ns);
	writer->facts = calloc(profile->modules.n, sizeof(*writer->facts));
	if (!writer->facts ||
	    (err = numbering_init(&writer->strings, profile->strings.items.n + pprof_own_strings())) ||
	    (err = numbering_init(&writer->modules, profile->modules.n)) ||
	    (err = numbering_init(&writer->functions, profile->functions.n)) ||
	    (err = numbering_init(&writer->locations, profile->locations.n)) ||
	    (err = gzip_writer_init(&writer->gzip, out)))
		return -ENOMEM;
	return 0;
}

int pprof_write(const struct profile *profile, const struct report_options *options, FILE *out)
{
	guard(pprof_writer_deinit) struct pprof_writer writer;
	int err = pprof_writer_init(&writer, profile, out);

	(void)options; /* how a profile is shown does not change what it holds */
	if (err)
		return err;
	pprof_put_head(&writer);
	err = pprof_put_samples(&writer);
	if (!err)
		err = pprof_number_modules(&writer);
	if (err)
		return err;
	pprof_put_mappings(&writer);
	pprof_put_locations(&writer);
	pprof_put_functions(&writer);
	pprof_put_strings(&writer);
	if (writer.message.err || writer.part.err)
		return -ENOMEM;
	return gzip_writer_finish(&writer.gzip);
}
