// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first reading of a speedscope file, anyone's; see the header. What else
 * stands in the file is skipped, and what a frame does not say as it should
 * (no name, a line of -1) is unknown.
 */
#include "report/speedscope_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/profile.h"
#include "report/speedscope.h"

enum {
	MAX_NAMES = 512 << 20,
	MAX_FRAMES = 1 << 24,
	MAX_PROFILES = 1 << 20,
};

void speedscope_index_deinit(struct speedscope_index *index)
{
	free(index->text.data);
	vec_deinit(&index->locations);
	vec_deinit(&index->parts);
}

static int intern_text(struct speedscope_index *index, uint32_t *ret)
{
	int err = profile_intern_bytes(index->profile, index->text.data, index->text.n, ret);

	if (!err && index->profile->strings.bytes > MAX_NAMES) {
		report_error_set(index->error, "has more than 512 MiB of names");
		return -EINVAL;
	}
	return err;
}

int speedscope_index_object(struct speedscope_index *index, struct json_reader *json,
			    speedscope_take take, void *ctx)
{
	uint64_t n = 0;
	int err = json_take(json, '{');

	while (!err) {
		int more = json_next(json, '}', &n);

		if (more <= 0)
			return more;
		err = json_read_key(json, &index->text);
		if (!err)
			err = take(index, json, ctx);
	}
	return err;
}

static int read_array(struct speedscope_index *index, struct json_reader *json,
		      int (*take)(struct speedscope_index *index, struct json_reader *json))
{
	uint64_t n = 0;
	int err = json_take(json, '[');

	while (!err) {
		int more = json_next(json, ']', &n);

		if (more <= 0)
			return more;
		err = take(index, json);
	}
	return err;
}

bool speedscope_index_is_key(const struct speedscope_index *index, const char *key)
{
	return !strcmp(index->text.data, key);
}

/* Of null, *ret stays. */
static int read_string(struct speedscope_index *index, struct json_reader *json, uint32_t *ret)
{
	int err;

	if (json_peek(json) == 'n')
		return json_skip(json);
	err = json_read_string(json, &index->text);
	return err ? err : intern_text(index, ret);
}

struct frame {
	uint32_t name, file;
	uint64_t line;
};

/* Of a line that is none (-1, null), *ret stays. */
static int read_line(struct json_reader *json, uint64_t *ret)
{
	struct json_number number;
	int byte = json_peek(json), err;

	if (byte != '-' && (byte < '0' || byte > '9'))
		return json_skip(json);
	err = json_read_number(json, &number);
	if (!err)
		json_number_index(number, UINT32_MAX, ret);
	return err;
}

static int take_frame_member(struct speedscope_index *index, struct json_reader *json, void *ctx)
{
	struct frame *frame = ctx;

	if (speedscope_index_is_key(index, "name"))
		return read_string(index, json, &frame->name);
	if (speedscope_index_is_key(index, "file") && json_peek(json) == '"')
		return read_string(index, json, &frame->file);
	if (speedscope_index_is_key(index, "line"))
		return read_line(json, &frame->line);
	return json_skip(json);
}

/* A bracketed file is what flametap calls memory without one. */
static int find_module(struct speedscope_index *index, struct frame *frame, uint32_t *ret)
{
	const char *file = strings_get(&index->profile->strings, frame->file);
	struct profile_module module = {.path = frame->file};

	*ret = 0;
	if (!strncmp(file, "[kernel", 7))
		module.kind = MODULE_KERNEL;
	else if (!strcmp(file, "[bpf]"))
		module.kind = MODULE_BPF;
	else if (!strcmp(file, "[vdso]"))
		module.kind = MODULE_VDSO;
	else if (!strcmp(file, "[jit]") || !strcmp(file, "[anon]"))
		module.kind = MODULE_JIT;
	else
		return 0;
	frame->file = 0;
	return profile_intern_module(index->profile, &module, ret);
}

static int take_frame(struct speedscope_index *index, struct json_reader *json)
{
	struct frame frame = {};
	struct profile_function function = {};
	struct profile_frame item = {};
	uint32_t module = 0, location;
	int err = speedscope_index_object(index, json, take_frame_member, &frame);

	if (!err && index->locations.n >= MAX_FRAMES)
		return json_wrong(json, "more than 2^24 frames");
	if (!err)
		err = find_module(index, &frame, &module);
	if (!err && !frame.name)
		err = profile_intern(index->profile, "[unknown]", &frame.name);
	function.name = frame.name;
	function.file = frame.file;
	function.start_line = item.line = frame.line;
	if (!err)
		err = profile_intern_function(index->profile, &function, &item.function);
	if (!err)
		err = profile_intern_location(index->profile, module, 0, &item, 1, &location);
	return err ? err : vec_push(&index->locations, location);
}

static int take_shared_member(struct speedscope_index *index, struct json_reader *json, void *ctx)
{
	(void)ctx;
	return speedscope_index_is_key(index, "frames") ? read_array(index, json, take_frame)
							: json_skip(json);
}

/* Where the array begins that is now skipped. */
static int take_place(struct json_reader *json, uint64_t *ret)
{
	int byte = json_peek(json);

	*ret = json_reader_offset(json);
	if (byte != '[' && byte > 0)
		return json_wrong(json, "no array");
	return json_skip(json);
}

static int take_part_member(struct speedscope_index *index, struct json_reader *json, void *ctx)
{
	struct speedscope_part *part = ctx;

	if (speedscope_index_is_key(index, "name"))
		return read_string(index, json, &part->name);
	if (speedscope_index_is_key(index, "unit"))
		return read_string(index, json, &part->unit);
	if (speedscope_index_is_key(index, "samples"))
		return take_place(json, &part->samples);
	if (speedscope_index_is_key(index, "weights"))
		return take_place(json, &part->weights);
	if (speedscope_index_is_key(index, "events"))
		return take_place(json, &part->events);
	return json_skip(json);
}

static int take_part(struct speedscope_index *index, struct json_reader *json)
{
	struct speedscope_part part = {};
	int err = speedscope_index_object(index, json, take_part_member, &part);

	if (!err && index->parts.n >= MAX_PROFILES)
		return json_wrong(json, "more than 2^20 profiles");
	return err ? err : vec_push(&index->parts, part);
}

static int take_own_member(struct speedscope_index *index, struct json_reader *json, void *ctx)
{
	(void)ctx;
	if (speedscope_index_is_key(index, "value"))
		return read_string(index, json, &index->value);
	if (speedscope_index_is_key(index, "perSample"))
		return json_read_index(json, INT64_MAX, &index->per_sample);
	return json_skip(json);
}

static int take_file_member(struct speedscope_index *index, struct json_reader *json, void *ctx)
{
	bool *has_schema = ctx;
	int err;

	if (speedscope_index_is_key(index, "shared"))
		return speedscope_index_object(index, json, take_shared_member, NULL);
	if (speedscope_index_is_key(index, "flametap"))
		return speedscope_index_object(index, json, take_own_member, NULL);
	if (speedscope_index_is_key(index, "profiles"))
		return read_array(index, json, take_part);
	if (speedscope_index_is_key(index, "$schema") && json_peek(json) == '"') {
		err = json_read_string(json, &index->text);
		*has_schema |= !err && speedscope_index_is_key(index, SPEEDSCOPE_SCHEMA);
		return err;
	}
	if (speedscope_index_is_key(index, "exporter") && json_peek(json) == '"') {
		err = json_read_string(json, &index->text);
		index->is_own = !err && speedscope_index_is_key(index, SPEEDSCOPE_EXPORTER);
		return err;
	}
	return json_skip(json);
}

int speedscope_index_read(struct speedscope_index *index, int fd)
{
	guard(json_reader_deinit) struct json_reader json = {};
	bool has_schema = false;
	int err = json_reader_init(&json, fd, 0, index->error);

	if (!err && json_peek(&json) == 0xef)
		json.at += 3; /* a byte order mark; spool_probe has seen all of it */
	if (!err)
		err = speedscope_index_object(index, &json, take_file_member, &has_schema);
	if (!err && json_peek(&json) > 0)
		err = json_wrong(&json, "more behind the end");
	if (!err && !has_schema) {
		report_error_set(
			index->error,
			"is JSON, but not of speedscope: its $schema is not " SPEEDSCOPE_SCHEMA);
		err = -EINVAL;
	}
	if (!err && !index->parts.n) {
		report_error_set(index->error, "has no profiles");
		err = -EINVAL;
	}
	return err;
}
