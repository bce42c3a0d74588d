// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fields of a pprof file in, tables out. They are collected as they come,
 * within the bound on their memory; what they refer to is not looked at yet.
 */
#include "report/pprof_tables.h"

#include <errno.h>

#include "report/format.h"
#include "report/pprof.h"

void pprof_tables_deinit(struct pprof_tables *tables)
{
	vec_deinit(&tables->strings);
	vec_deinit(&tables->value_types);
	vec_deinit(&tables->mappings);
	vec_deinit(&tables->functions);
	vec_deinit(&tables->locations);
	vec_deinit(&tables->lines);
	vec_deinit(&tables->comments);
	idmap_deinit(&tables->location_ids);
}

static int pprof_malformed(struct pprof_tables *tables, const char *what)
{
	return pprof_error(tables, "has a malformed %s", what);
}

static int pprof_charge(struct pprof_tables *tables, size_t bytes)
{
	tables->charged += bytes;
	if (tables->charged <= PPROF_MAX_TABLES)
		return 0;
	return pprof_error(tables, "has tables of more than %zu MiB", PPROF_MAX_TABLES >> 20);
}

/* Appends to one of the tables, within the bound on all of them. */
#define pprof_push(tables, table, ...)                                                             \
	({                                                                                         \
		int push_err_ = pprof_charge((tables), sizeof(*(table)->data));                    \
		push_err_ ? push_err_ : vec_push((table), __VA_ARGS__);                            \
	})

static int pprof_add_string(struct pprof_tables *tables, const struct pb_field *field)
{
	uint32_t number;
	int err = pprof_charge(tables, field->n);

	if (!err)
		err = profile_intern_bytes(tables->profile, (const char *)field->bytes, field->n,
					   &number);
	if (!err)
		err = pprof_push(tables, &tables->strings, number);
	return err;
}

static int pprof_get_value_type(struct pprof_tables *tables, const struct pb_field *from,
				struct pprof_value_type *ret)
{
	const unsigned char *p = from->bytes;
	struct pb_field field;
	int more;

	*ret = (struct pprof_value_type){};
	while ((more = pb_next(&p, from->bytes + from->n, &field)) > 0) {
		if (field.number == VALUE_TYPE_TYPE)
			ret->type = field.value;
		else if (field.number == VALUE_TYPE_UNIT)
			ret->unit = field.value;
	}
	return more ? pprof_malformed(tables, "value type") : 0;
}

static int pprof_add_value_type(struct pprof_tables *tables, const struct pb_field *from)
{
	struct pprof_value_type type;
	int err = pprof_get_value_type(tables, from, &type);

	return err ? err : pprof_push(tables, &tables->value_types, type);
}

static int pprof_add_mapping(struct pprof_tables *tables, const struct pb_field *from)
{
	const unsigned char *p = from->bytes;
	struct pprof_mapping mapping = {};
	struct pb_field field;
	int more;

	while ((more = pb_next(&p, from->bytes + from->n, &field)) > 0) {
		switch (field.number) {
		case MAPPING_ID:
			mapping.id = field.value;
			break;
		case MAPPING_MEMORY_START:
			mapping.start = field.value;
			break;
		case MAPPING_MEMORY_LIMIT:
			mapping.limit = field.value;
			break;
		case MAPPING_FILE_OFFSET:
			mapping.offset = field.value;
			break;
		case MAPPING_FILENAME:
			mapping.file = field.value;
			break;
		case MAPPING_BUILD_ID:
			mapping.build_id = field.value;
			break;
		}
	}
	return more ? pprof_malformed(tables, "mapping")
		    : pprof_push(tables, &tables->mappings, mapping);
}

/* Line numbers are signed in the file; those that cannot be are "not known". */
static uint32_t pprof_line_number(uint64_t value)
{
	return value <= INT32_MAX ? value : 0;
}

static int pprof_add_function(struct pprof_tables *tables, const struct pb_field *from)
{
	const unsigned char *p = from->bytes;
	struct pprof_function function = {};
	struct pb_field field;
	int more;

	while ((more = pb_next(&p, from->bytes + from->n, &field)) > 0) {
		switch (field.number) {
		case FUNCTION_ID:
			function.id = field.value;
			break;
		case FUNCTION_NAME:
			function.name = field.value;
			break;
		case FUNCTION_SYSTEM_NAME:
			function.system_name = field.value;
			break;
		case FUNCTION_FILENAME:
			function.file = field.value;
			break;
		case FUNCTION_START_LINE:
			function.start_line = pprof_line_number(field.value);
			break;
		}
	}
	return more ? pprof_malformed(tables, "function")
		    : pprof_push(tables, &tables->functions, function);
}

static int pprof_add_line(struct pprof_tables *tables, const struct pb_field *from)
{
	const unsigned char *p = from->bytes;
	struct pprof_line line = {};
	struct pb_field field;
	int more;

	while ((more = pb_next(&p, from->bytes + from->n, &field)) > 0) {
		if (field.number == LINE_FUNCTION_ID)
			line.function_id = field.value;
		else if (field.number == LINE_LINE)
			line.line = pprof_line_number(field.value);
	}
	return more ? pprof_malformed(tables, "line") : pprof_push(tables, &tables->lines, line);
}

static int pprof_add_location(struct pprof_tables *tables, const struct pb_field *from)
{
	const unsigned char *p = from->bytes;
	struct pprof_location location = {.first_line = tables->lines.n};
	struct pb_field field;
	int more;
	int err = 0;

	while (!err && (more = pb_next(&p, from->bytes + from->n, &field)) > 0) {
		if (field.number == LOCATION_ID)
			location.id = field.value;
		else if (field.number == LOCATION_MAPPING_ID)
			location.mapping_id = field.value;
		else if (field.number == LOCATION_ADDRESS)
			location.address = field.value;
		else if (field.number == LOCATION_LINE && field.bytes)
			err = pprof_add_line(tables, &field);
	}
	if (err)
		return err;
	location.n_lines = tables->lines.n - location.first_line;
	return more ? pprof_malformed(tables, "location")
		    : pprof_push(tables, &tables->locations, location);
}

/* A repeated number comes alone or packed. */
static int pprof_add_comments(struct pprof_tables *tables, const struct pb_field *field)
{
	const unsigned char *p = field->bytes;
	uint64_t index = field->value;
	int err = 0;

	if (!p)
		return pprof_push(tables, &tables->comments, index);
	while (!err && p < field->bytes + field->n) {
		if (!pb_get_varint(&p, field->bytes + field->n, &index))
			return pprof_malformed(tables, "comment");
		err = pprof_push(tables, &tables->comments, index);
	}
	return err;
}

int pprof_tables_add(struct pprof_tables *tables, const struct pb_field *field)
{
	static const struct {
		uint32_t number;
		int (*add)(struct pprof_tables *tables, const struct pb_field *field);
	} messages[] = {
		{PPROF_SAMPLE_TYPE, pprof_add_value_type}, {PPROF_MAPPING, pprof_add_mapping},
		{PPROF_LOCATION, pprof_add_location},	   {PPROF_FUNCTION, pprof_add_function},
		{PPROF_STRING_TABLE, pprof_add_string},
	};

	for (size_t i = 0; field->bytes && i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].number == field->number)
			return messages[i].add(tables, field);
	if (field->bytes && field->number == PPROF_PERIOD_TYPE)
		return pprof_get_value_type(tables, field, &tables->period_type);
	if (field->number == PPROF_COMMENT)
		return pprof_add_comments(tables, field);
	if (field->bytes)
		return 0;
	if (field->number == PPROF_TIME_NANOS)
		tables->time_ns = field->value <= INT64_MAX ? field->value : 0;
	else if (field->number == PPROF_DURATION_NANOS)
		tables->duration_ns = field->value <= INT64_MAX ? field->value : 0;
	else if (field->number == PPROF_PERIOD)
		tables->period = field->value;
	else if (field->number == PPROF_DEFAULT_SAMPLE_TYPE)
		tables->default_type = field->value;
	return 0;
}
