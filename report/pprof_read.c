// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A pprof file, anyone's, packed or not, into a profile. The file is read
 * twice: first its tables, then its samples, one message at a time, since the
 * strings that samples refer to come last. Bounds: those of report/gzip.h and
 * report/pprof_tables.h; a message of 16 MiB, a string of 64 MiB; 2^24
 * distinct stack nodes and samples.
 */
#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "report/formats.h"
#include "report/gzip.h"
#include "report/pprof.h"
#include "report/pprof_labels.h"
#include "report/pprof_tables.h"
#include "report/protobuf.h"
#include "report/spool.h"

enum {
	MAX_MESSAGE = 16 << 20,
	MAX_STRING = 64 << 20,
	MAX_ITEMS = 1 << 24, /* stack nodes; samples */
};

/* A stack of the file, leaf first, and the profile's number of the stack up to each place. */
struct pprof_stack {
	VEC(uint64_t) ids;
	VEC(uint32_t) stacks;
};

struct pprof_reader {
	struct profile *profile;
	struct report_error *error;
	struct gzip_reader gzip;
	struct pprof_tables tables;
	struct pprof_label_words words;
	uint64_t time_offset_ns;
	struct pprof_stack now, before; /* of this sample, and the one before it */
	struct profile_thread thread_before;
	uint32_t thread_number;
	uint64_t n_samples; /* so far */
};

static void pprof_reader_deinit(struct pprof_reader *reader)
{
	gzip_reader_deinit(&reader->gzip);
	pprof_tables_deinit(&reader->tables);
	vec_deinit(&reader->now.ids);
	vec_deinit(&reader->now.stacks);
	vec_deinit(&reader->before.ids);
	vec_deinit(&reader->before.stacks);
}

static int pprof_damaged(struct pprof_reader *reader, const char *what)
{
	report_error_set(reader->error, "is no pprof file, or damaged: %s at byte %llu%s", what,
			 (unsigned long long)gzip_reader_offset(&reader->gzip),
			 reader->gzip.packed ? " of the unpacked data" : "");
	return -EINVAL;
}

static int pprof_truncated(struct pprof_reader *reader)
{
	report_error_set(reader->error, "truncated after %llu bytes; is the file complete?",
			 (unsigned long long)reader->gzip.shown);
	return -EINVAL;
}

static int pprof_too_long(struct pprof_reader *reader, const struct pb_field *field, size_t max)
{
	report_error_set(reader->error,
			 "claims %s of %llu bytes at byte %llu; at most %zu are read",
			 field->number == PPROF_STRING_TABLE ? "a string" : "a message",
			 (unsigned long long)field->value,
			 (unsigned long long)gzip_reader_offset(&reader->gzip), max);
	return -EINVAL;
}

/* The next field's tag and its value or length. 1, 0 at the end, or a negative errno. */
static int pprof_read_head(struct pprof_reader *reader, struct pb_field *ret)
{
	const unsigned char *start;
	const unsigned char *p;
	ssize_t n = gzip_reader_peek(&reader->gzip, 2 * PB_VARINT_MAX, &start);
	uint64_t tag;

	if (n <= 0)
		return n;
	*ret = (struct pb_field){};
	p = start;
	if (!pb_get_varint(&p, start + n, &tag))
		return n < PB_VARINT_MAX ? pprof_truncated(reader)
					 : pprof_damaged(reader, "a bad tag");
	if (!pb_split_tag(tag, &ret->number, &ret->wire))
		return pprof_damaged(reader, "a bad tag");
	if (ret->wire == PB_BYTES) {
		if (!pb_get_varint(&p, start + n, &ret->value))
			return n < 2 * PB_VARINT_MAX ? pprof_truncated(reader)
						     : pprof_damaged(reader, "a bad length");
	} else {
		p = start;
		if (pb_next(&p, start + n, ret) < 0)
			return n < 2 * PB_VARINT_MAX ? pprof_truncated(reader)
						     : pprof_damaged(reader, "a bad number");
	}
	gzip_reader_take(&reader->gzip, p - start);
	return 1;
}

typedef int (*pprof_visit)(struct pprof_reader *reader, const struct pb_field *field);

/* Shows each field of the profile message to visit; either the samples or all the others. */
static int pprof_scan(struct pprof_reader *reader, int fd, bool samples, pprof_visit visit)
{
	struct pb_field field;
	int more;
	int err = gzip_reader_init(&reader->gzip, fd, reader->error);

	while (!err && (more = pprof_read_head(reader, &field)) != 0) {
		size_t max = field.number == PPROF_STRING_TABLE ? MAX_STRING : MAX_MESSAGE;

		if (more < 0) {
			err = more;
		} else if (field.wire != PB_BYTES) {
			err = samples ? 0 : visit(reader, &field);
		} else if (samples != (field.number == PPROF_SAMPLE) ||
			   field.number > PPROF_DEFAULT_SAMPLE_TYPE) {
			err = gzip_reader_skip(&reader->gzip, field.value);
			if (err == -ENODATA)
				err = pprof_truncated(reader);
		} else if (field.value > max) {
			err = pprof_too_long(reader, &field, max);
		} else {
			ssize_t n = gzip_reader_peek(&reader->gzip, field.value, &field.bytes);

			field.n = field.value;
			if (n < 0)
				err = n;
			else if ((size_t)n < field.n)
				err = pprof_truncated(reader);
			else
				err = visit(reader, &field);
			gzip_reader_take(&reader->gzip, n > 0 ? n : 0);
		}
	}
	gzip_reader_deinit(&reader->gzip);
	return err;
}

static int pprof_visit_table(struct pprof_reader *reader, const struct pb_field *field)
{
	return pprof_tables_add(&reader->tables, field);
}

/* What is gathered of one sample. */
struct pprof_sample {
	int64_t values[PROFILE_MAX_VALUES];
	size_t n_values;
	struct pprof_labels labels;
};

static int pprof_sample_error(struct pprof_reader *reader, const char *what)
{
	report_error_set(reader->error, "sample %llu %s", (unsigned long long)reader->n_samples + 1,
			 what);
	return -EINVAL;
}

static int pprof_add_value(struct pprof_reader *reader, struct pprof_sample *sample, uint64_t value)
{
	if (sample->n_values >= reader->profile->n_values)
		return pprof_sample_error(reader, "has more values than the profile has kinds");
	sample->values[sample->n_values++] = value;
	return 0;
}

/* Location ids and values are repeated numbers, which come packed or one by one. */
static int pprof_add_numbers(struct pprof_reader *reader, struct pprof_sample *sample,
			     const struct pb_field *field)
{
	const unsigned char *p = field->bytes;
	const unsigned char *end = p ? p + field->n : NULL;
	uint64_t value = field->value;
	int err = 0;

	do {
		if (field->bytes && p == end)
			return 0;
		if (field->bytes && !pb_get_varint(&p, end, &value))
			return pprof_sample_error(reader, "is malformed");
		if (field->number == SAMPLE_LOCATION_ID)
			err = vec_push(&reader->now.ids, value);
		else
			err = pprof_add_value(reader, sample, value);
	} while (!err && p < end);
	return err;
}

static int pprof_add_label(struct pprof_reader *reader, struct pprof_sample *sample,
			   const struct pb_field *from)
{
	const unsigned char *p = from->bytes;
	uint64_t key_index = 0;
	uint64_t str_index = 0;
	uint64_t num = 0;
	struct pb_field field;
	uint32_t key;
	uint32_t str;
	int more;
	int err;

	while ((more = pb_next(&p, from->bytes + from->n, &field)) > 0) {
		if (field.number == LABEL_KEY)
			key_index = field.value;
		else if (field.number == LABEL_STR)
			str_index = field.value;
		else if (field.number == LABEL_NUM)
			num = field.value;
	}
	if (more)
		return pprof_sample_error(reader, "has a malformed label");
	if ((err = pprof_tables_string(&reader->tables, key_index, &key)) ||
	    (err = pprof_tables_string(&reader->tables, str_index, &str)))
		return err;
	pprof_labels_apply(&sample->labels, &reader->words, key, str, num);
	return 0;
}

/* The outer part that it shares with the sample before costs no look-up: files list similar
 * stacks next to each other. */
static int pprof_intern_stack(struct pprof_reader *reader, uint32_t *ret)
{
	const struct pprof_stack *before = &reader->before;
	struct pprof_stack *now = &reader->now;
	size_t n = now->ids.n;
	size_t shared = 0;
	uint32_t stack = 0;
	int err = vec_reserve(&now->stacks, n);

	while (shared < n && shared < before->ids.n &&
	       now->ids.data[n - 1 - shared] == before->ids.data[before->ids.n - 1 - shared]) {
		stack = before->stacks.data[before->ids.n - 1 - shared];
		shared++;
		if (!err)
			now->stacks.data[n - shared] = stack;
	}
	for (size_t i = n - shared; !err && i-- > 0;) {
		uint32_t location;

		if (!idmap_find(&reader->tables.location_ids, now->ids.data[i], &location))
			return pprof_sample_error(reader, "names a location that is not there");
		err = profile_intern_stack(reader->profile, stack, location, &stack);
		if (!err)
			now->stacks.data[i] = stack;
	}
	*ret = stack;
	return err;
}

static int pprof_keep_sample(struct pprof_reader *reader, const struct pprof_sample *sample)
{
	struct profile *profile = reader->profile;
	const struct pprof_labels *labels = &sample->labels;
	struct profile_sample item;
	uint64_t longest_ns;
	int err = pprof_labels_get(labels, profile, &item, &longest_ns);

	if (!err)
		err = pprof_intern_stack(reader, &item.stack);
	if (err)
		return err;
	if (memcmp(&labels->thread, &reader->thread_before, sizeof(labels->thread))) {
		err = profile_intern_thread(profile, &labels->thread, &reader->thread_number);
		if (err)
			return err;
		reader->thread_before = labels->thread;
	}
	item.thread = reader->thread_number;
	if (profile->slice_ns && labels->time_ns > 0)
		item.slice = profile_slice_at(profile, labels->time_ns + reader->time_offset_ns);
	else if (profile->slice_ns)
		item.slice = profile_slice_at(profile, reader->time_offset_ns);
	err = profile_add_wait(profile, &item, sample->values, longest_ns);
	if (err == -EOVERFLOW)
		return pprof_sample_error(reader, "makes the sum of all values pass 2^63");
	if (!err && (profile->stacks.n > MAX_ITEMS || profile->samples.n > MAX_ITEMS)) {
		report_error_set(reader->error, "has more than %d different %s", MAX_ITEMS,
				 profile->stacks.n > MAX_ITEMS ? "stack frames" : "samples");
		return -EINVAL;
	}
	return err;
}

static int pprof_visit_sample(struct pprof_reader *reader, const struct pb_field *from)
{
	const unsigned char *p = from->bytes;
	struct pprof_sample sample = {};
	struct pprof_stack spare;
	struct pb_field field;
	int more = 0;
	int err = 0;

	reader->now.ids.n = 0;
	while (!err && (more = pb_next(&p, from->bytes + from->n, &field)) > 0) {
		if (field.number == SAMPLE_LOCATION_ID || field.number == SAMPLE_VALUE)
			err = pprof_add_numbers(reader, &sample, &field);
		else if (field.number == SAMPLE_LABEL && field.bytes)
			err = pprof_add_label(reader, &sample, &field);
	}
	if (err)
		return err;
	if (more)
		return pprof_sample_error(reader, "is malformed");
	if (sample.n_values != reader->profile->n_values)
		return pprof_sample_error(reader, "has fewer values than the profile has kinds");
	err = pprof_keep_sample(reader, &sample);
	spare = reader->before;
	reader->before = reader->now;
	reader->now = spare;
	reader->n_samples++;
	return err;
}

/* Between the passes. */
static int pprof_prepare_samples(struct pprof_reader *reader)
{
	struct profile *profile = reader->profile;
	int err = pprof_tables_finish(&reader->tables);

	if (err)
		return err;
	err = pprof_label_words_init(&reader->words, profile);
	if (err)
		return err;
	return profile_add_input(profile, reader->tables.time_ns, reader->tables.duration_ns,
				 reader->tables.slice_ns, &reader->time_offset_ns);
}

int pprof_read(int fd, struct profile *profile, struct report_error *error)
{
	guard(pprof_reader_deinit) struct pprof_reader reader = {
		.profile = profile,
		.error = error,
		.tables = {.profile = profile, .error = error},
	};
	guard_close int file = -1;
	int err = spool_open(fd, NULL, 0, error, &file);

	if (!err)
		err = pprof_scan(&reader, file, false, pprof_visit_table);
	if (!err)
		err = pprof_prepare_samples(&reader);
	if (!err)
		err = pprof_scan(&reader, file, true, pprof_visit_sample);
	return err;
}

static bool pprof_probe_message(const unsigned char *p, size_t n)
{
	const unsigned char *end = p + n;
	struct pb_field field;
	int more;

	do
		more = pb_next(&p, end, &field);
	while (more > 0);
	return !more;
}

/* A field of the profile message at *p: what there is of it looks right. False if not; *p is
 * moved past it, to end where it goes on beyond. */
static bool pprof_probe_field(const unsigned char **p, const unsigned char *end)
{
	struct pb_field field;
	uint64_t tag;

	if (!pb_get_varint(p, end, &tag) || !pb_split_tag(tag, &field.number, &field.wire) ||
	    field.number > 16 || !pb_get_varint(p, end, &field.value))
		return false;
	if (field.wire != PB_BYTES)
		return field.wire == PB_VARINT && field.number > PPROF_STRING_TABLE;
	if (field.number == PPROF_SAMPLE_TYPE && field.value > 4 * PB_VARINT_MAX)
		return false;
	field.n = end - *p;
	if (field.value <= field.n && field.number < PPROF_STRING_TABLE &&
	    !pprof_probe_message(*p, field.value))
		return false;
	*p = field.value <= field.n ? *p + field.value : end;
	return field.value <= MAX_MESSAGE || field.number == PPROF_STRING_TABLE;
}

static bool is_text(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] < ' ' && bytes[i] != '\t' && bytes[i] != '\n' && bytes[i] != '\r')
			return false;
	return true;
}

/* Gzip is taken for pprof, until what is in it says otherwise (format.c). A line of text can look like
 * fields too, but a profile has numbers that text does not have. */
bool pprof_probe(const unsigned char *start, size_t n)
{
	const unsigned char *p = start;
	const unsigned char *end = start + n;

	if (n >= 2 && start[0] == 0x1f && start[1] == 0x8b)
		return true;
	while (p < end) {
		bool cut = p > start && end - p < 2 * PB_VARINT_MAX;

		if (!pprof_probe_field(&p, end) && !cut)
			return false;
		if (cut)
			break;
	}
	return !is_text(start, n);
}
