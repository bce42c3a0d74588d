// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A speedscope file, anyone's, into a profile: sampled and evented profiles,
 * each a thread, are added up. The file is read twice: first the frames and
 * where each profile's arrays begin (speedscope_index.c), then the arrays, two
 * of them at a time since weights stand behind the stacks. Bounds: those of
 * speedscope_index.h; 2^24 distinct stack nodes and samples.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/profile.h"
#include "report/speedscope_index.h"

enum {
	MAX_ITEMS = 1 << 24,
	FRACTION = 1000000, /* parts of a unit that are carried on from weight to weight */
	FRACTION_DIGITS = 6,
};

struct opened {
	uint32_t frame, stack;
};

struct reader {
	struct speedscope_index index;
	int fd;
	VEC(struct opened) open; /* the stack at hand, outermost first */
	int64_t carry;		 /* of rounding, in FRACTIONs */
	size_t part;		 /* at hand */
};

static void reader_deinit(struct reader *reader)
{
	speedscope_index_deinit(&reader->index);
	vec_deinit(&reader->open);
}

static int part_error(struct reader *reader, const char *what)
{
	report_error_set(reader->index.error, "profile %zu %s", reader->part + 1, what);
	return -EINVAL;
}

/* How many digits a weight's point is moved, so that times are in nanoseconds; and the values'
 * types. */
static int begin_part(struct reader *reader, const struct speedscope_part *part, int *ret_shift)
{
	static const struct {
		const char *unit, *type, *shown;
		int shift;
	} units[] = {
		{"none", "samples", "count", 0},
		{"", "samples", "count", 0},
		{"nanoseconds", "time", "nanoseconds", 0},
		{"microseconds", "time", "nanoseconds", 3},
		{"milliseconds", "time", "nanoseconds", 6},
		{"seconds", "time", "nanoseconds", 9},
		{"bytes", "size", "bytes", 0},
	};
	const char *unit = strings_get(&reader->index.profile->strings, part->unit);
	struct profile_value_type types[2];
	bool has_samples;
	size_t i = 0;
	int err;

	while (i < sizeof(units) / sizeof(*units) && strcmp(unit, units[i].unit))
		i++;
	if (i == sizeof(units) / sizeof(*units))
		return part_error(reader, "has a unit that speedscope does not have");
	*ret_shift = units[i].shift;
	/* Only of times: of anything else, samples would be shown alone. */
	if (strcmp(units[i].type, "time"))
		reader->index.per_sample = 0;
	has_samples = reader->index.per_sample > 0;
	err = profile_intern(reader->index.profile, "samples", &types[0].type);
	if (!err)
		err = profile_intern(reader->index.profile, "count", &types[0].unit);
	if (!err)
		err = profile_intern(reader->index.profile, units[i].type,
				     &types[has_samples].type);
	if (!err)
		err = profile_intern(reader->index.profile, units[i].shown,
				     &types[has_samples].unit);
	if (reader->index.value)
		types[has_samples].type = reader->index.value;
	if (!err)
		err = profile_set_values(reader->index.profile, types, has_samples + 1);
	if (err == -EINVAL)
		return part_error(reader, "counts something else than the input before it; they "
					  "cannot be added up");
	return err;
}

/* "worker (123)": what flametap calls a thread. */
static int begin_thread(struct reader *reader, const struct speedscope_part *part, uint32_t *ret)
{
	struct profile *profile = reader->index.profile;
	struct profile_thread thread = {.comm = part->name};
	const char *name = strings_get(&profile->strings, part->name);
	size_t n = strings_length(&profile->strings, part->name);
	const char *open = memrchr(name, '(', n);
	char *end;
	long tid;
	int err = 0;

	*ret = 0;
	if (reader->index.parts.n < 2)
		return 0;
	if (open > name && open[-1] == ' ' && open[1] >= '0' && open[1] <= '9') {
		tid = strtol(open + 1, &end, 10);
		if (*end == ')' && !end[1] && tid <= INT32_MAX) {
			thread.tid = tid;
			err = profile_intern_bytes(profile, name, open - 1 - name, &thread.comm);
		}
	}
	return err ? err : profile_intern_thread(profile, &thread, ret);
}

/* A number of the file in FRACTIONs of the profile's unit. */
static int scale(struct reader *reader, const struct json_number *number, int shift, __int128 *ret)
{
	int32_t exponent = number->exponent + shift + FRACTION_DIGITS;
	__int128 value = number->mantissa;

	for (; exponent < 0 && value; exponent++)
		value /= 10;
	for (; exponent > 0 && value; exponent--) {
		value *= 10;
		if (value > (__int128)INT64_MAX * FRACTION ||
		    value < -(__int128)INT64_MAX * FRACTION)
			return part_error(reader, "has a number that is too large");
	}
	*ret = value;
	return 0;
}

static int read_scaled(struct reader *reader, struct json_reader *json, int shift, __int128 *ret)
{
	struct json_number number;
	int err = json_read_number(json, &number);

	return err ? err : scale(reader, &number, shift, ret);
}

/* Fractions are rounded, and what that leaves over goes to the next: the sum stays right. */
static int add_sample(struct reader *reader, uint32_t thread, uint32_t stack, __int128 weight)
{
	struct profile *profile = reader->index.profile;
	struct profile_sample sample = {.stack = stack, .thread = thread};
	int64_t value, values[2];
	int err;

	if (weight < 0)
		return part_error(reader, "has a weight below zero");
	weight += reader->carry;
	value = (weight + FRACTION / 2) / FRACTION;
	reader->carry = weight - (__int128)value * FRACTION;
	if (!value)
		return 0;
	values[0] = values[1] = value;
	if (reader->index.per_sample) {
		if (value % reader->index.per_sample)
			return part_error(reader, "has a weight that is no multiple of perSample");
		values[0] = value / reader->index.per_sample;
	}
	err = profile_add_sample(profile, &sample, values);
	if (err == -EOVERFLOW)
		return part_error(reader, "makes the sum of all weights pass 2^63");
	if (!err && (profile->stacks.n > MAX_ITEMS || profile->samples.n > MAX_ITEMS))
		return part_error(reader, "brings more than 2^24 different stacks");
	return err;
}

/* Adds a frame of the file at place n of the stack at hand. What is there already from the stack
 * before costs no look-up. */
static int open_frame(struct reader *reader, struct json_reader *json, size_t n, uint64_t frame)
{
	struct opened opened = {.frame = frame};
	int err;

	if (frame >= reader->index.locations.n)
		return json_wrong(json, "a frame that is not there");
	if (n < reader->open.n && reader->open.data[n].frame == frame)
		return 0;
	reader->open.n = n;
	err = profile_intern_stack(reader->index.profile, n ? reader->open.data[n - 1].stack : 0,
				   reader->index.locations.data[frame], &opened.stack);
	if (!err && reader->index.profile->stacks.n > MAX_ITEMS)
		return part_error(reader, "brings more than 2^24 different stacks");
	return err ? err : vec_push(&reader->open, opened);
}

static int read_stack(struct reader *reader, struct json_reader *json, uint32_t *ret)
{
	uint64_t n = 0, frame;
	int err = json_take(json, '[');

	while (!err) {
		int more = json_next(json, ']', &n);

		if (more < 0)
			return more;
		if (!more)
			break;
		err = json_read_index(json, UINT32_MAX, &frame);
		if (!err)
			err = open_frame(reader, json, n - 1, frame);
	}
	if (err)
		return err;
	reader->open.n = n;
	*ret = n ? reader->open.data[n - 1].stack : 0;
	return 0;
}

static int read_samples(struct reader *reader, const struct speedscope_part *part, uint32_t thread,
			int shift)
{
	guard(json_reader_deinit) struct json_reader samples = {}, weights = {};
	uint64_t n_samples = 0, n_weights = 0;
	__int128 weight;
	uint32_t stack;
	int err = json_reader_init(&samples, reader->fd, part->samples, reader->index.error);

	if (!err)
		err = json_reader_init(&weights, reader->fd, part->weights, reader->index.error);
	if (!err)
		err = json_take(&samples, '[') ?: json_take(&weights, '[');
	reader->open.n = 0;
	while (!err) {
		int more = json_next(&samples, ']', &n_samples);
		int more_weights = json_next(&weights, ']', &n_weights);

		if (more < 0 || more_weights < 0)
			return more < 0 ? more : more_weights;
		if (more != more_weights)
			return part_error(reader, more ? "has fewer weights than samples"
						       : "has more weights than samples");
		if (!more)
			break;
		err = read_stack(reader, &samples, &stack);
		if (!err)
			err = read_scaled(reader, &weights, shift, &weight);
		if (!err)
			err = add_sample(reader, thread, stack, weight);
	}
	return err;
}

struct event {
	struct reader *reader;
	char type;
	bool has_frame, has_at;
	uint64_t frame;
	int shift;
	__int128 at;
};

static int take_event_member(struct speedscope_index *index, struct json_reader *json, void *ctx)
{
	struct event *event = ctx;
	int err;

	if (speedscope_index_is_key(index, "type")) {
		err = json_read_string(json, &index->text);
		event->type = !err && index->text.n == 1 ? index->text.data[0] : 0;
		return err;
	}
	if (speedscope_index_is_key(index, "frame")) {
		event->has_frame = true;
		return json_read_index(json, UINT32_MAX, &event->frame);
	}
	if (speedscope_index_is_key(index, "at")) {
		event->has_at = true;
		return read_scaled(event->reader, json, event->shift, &event->at);
	}
	return json_skip(json);
}

/* Of the time since the event before, the stack that was open has it all. */
static int take_event(struct reader *reader, struct json_reader *json, struct event *event,
		      uint32_t thread, __int128 before)
{
	size_t n = reader->open.n;
	int err = 0;

	if (!event->has_at || !event->has_frame || (event->type != 'O' && event->type != 'C'))
		return json_wrong(json, "an event without type, frame or time before here");
	if (event->at < before)
		return json_wrong(json, "an event that is earlier than the one before it");
	if (n)
		err = add_sample(reader, thread, reader->open.data[n - 1].stack,
				 event->at - before);
	if (err)
		return err;
	if (event->type == 'O')
		return open_frame(reader, json, n, event->frame);
	if (!n || reader->open.data[n - 1].frame != event->frame)
		return json_wrong(json, "the end of a frame that is not the innermost one");
	reader->open.n--;
	return 0;
}

static int read_events(struct reader *reader, const struct speedscope_part *part, uint32_t thread,
		       int shift)
{
	guard(json_reader_deinit) struct json_reader json = {};
	__int128 before = 0;
	uint64_t n = 0;
	int err = json_reader_init(&json, reader->fd, part->events, reader->index.error);

	if (!err)
		err = json_take(&json, '[');
	reader->open.n = 0;
	while (!err) {
		struct event event = {.reader = reader, .shift = shift};
		int more = json_next(&json, ']', &n);

		if (more < 0)
			return more;
		if (!more)
			break;
		err = speedscope_index_object(&reader->index, &json, take_event_member, &event);
		if (!err)
			err = take_event(reader, &json, &event, thread, n > 1 ? before : event.at);
		before = event.at;
	}
	if (!err && reader->open.n)
		return part_error(reader, "ends with frames that are open");
	return err;
}

static int read_part(struct reader *reader, const struct speedscope_part *part)
{
	uint32_t thread;
	int shift, err;

	if (!part->events && !(part->samples && part->weights))
		return part_error(reader, "has neither samples with weights nor events");
	err = begin_part(reader, part, &shift);
	if (!err)
		err = begin_thread(reader, part, &thread);
	if (err)
		return err;
	return part->events ? read_events(reader, part, thread, shift)
			    : read_samples(reader, part, thread, shift);
}

int speedscope_read(int fd, struct profile *profile, struct report_error *error)
{
	guard(reader_deinit) struct reader reader = {.index = {.profile = profile, .error = error},
						     .fd = fd};
	const struct speedscope_index *index = &reader.index;
	uint64_t offset;
	int err = speedscope_index_read(&reader.index, fd);

	if (!err)
		err = profile_add_input(profile, 0, 0, 0, &offset);
	reader.part = index->is_own && index->parts.n > 1;
	for (; !err && reader.part < index->parts.n; reader.part++)
		err = read_part(&reader, &index->parts.data[reader.part]);
	return err;
}

/* An object that speaks of speedscope early on: its schema, or who made it. */
bool speedscope_probe(const unsigned char *start, size_t n)
{
	size_t i = n >= 3 && !memcmp(start, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < n && (start[i] == ' ' || (start[i] >= '\t' && start[i] <= '\r')))
		i++;
	if (i == n || start[i++] != '{')
		return false;
	while (i < n && (start[i] == ' ' || (start[i] >= '\t' && start[i] <= '\r')))
		i++;
	return i < n && start[i] == '"' && memmem(start + i, n - i, "speedscope", 10);
}
