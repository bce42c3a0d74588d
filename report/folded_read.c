// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Folded stacks, anyone's, into a profile: lines of frames root first, joined
 * by ';', a blank and a count. Comments (#) and empty lines are skipped; _[k],
 * _[i] and _[j] behind a name say what kind of frame it is. With two counts on
 * every line, of before and after, the profile is a difference. Bounds: lines
 * of 16 MiB, 512 MiB of names, 2^24 distinct stack nodes and samples.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/diff.h"
#include "report/folded_names.h"
#include "report/formats.h"
#include "report/profile.h"

enum {
	BLOCK = 256 * 1024,
	MAX_LINE = 16 << 20,
	MAX_NAMES = 512 << 20,
	MAX_ITEMS = 1 << 24, /* stack nodes; samples */
	MILLION = 1000000,
};

/* A frame of the line: where its text ends, and the stack up to it. */
struct folded_frame {
	size_t end;
	uint32_t stack;
	uint32_t outer;	      /* the stack that it, or what it is inlined into, was called from */
	uint32_t first_frame; /* of the frames inlined into each other, in reader.inlined */
};

struct folded_reader {
	struct profile *profile;
	struct folded_names names;
	struct report_error *error;
	int fd;
	char *buffer;
	size_t start, end, cap;
	bool ended;
	uint64_t line;			    /* number of the line at hand */
	VEC(struct folded_frame) frames;    /* of the line before; then of this one */
	VEC(struct profile_frame) inlined;  /* of this line, outermost first */
	VEC(struct profile_frame) reversed; /* the same, innermost first, for one location */
	const char *before;		    /* stack text of the line before, NULL if it is gone */
	size_t before_n;
	uint32_t n_counts;    /* on each line: 1 or 2; 0 before the first */
	int64_t carry[DIFF_SIDES]; /* millionths that rounding has left over */
	uint64_t n_fractions;
};

static void folded_reader_deinit(struct folded_reader *reader)
{
	free(reader->buffer);
	folded_names_deinit(&reader->names);
	vec_deinit(&reader->frames);
	vec_deinit(&reader->inlined);
	vec_deinit(&reader->reversed);
}

static int folded_error(struct folded_reader *reader, const char *why)
{
	report_error_set(reader->error, "line %llu %s", (unsigned long long)reader->line, why);
	return -EINVAL;
}

static int folded_fill(struct folded_reader *reader)
{
	ssize_t got;

	if (reader->start) {
		memmove(reader->buffer, reader->buffer + reader->start,
			reader->end - reader->start);
		reader->end -= reader->start;
		reader->start = 0;
		reader->before = NULL;
	} else if (reader->end == reader->cap) {
		char *grown;

		if (reader->cap >= MAX_LINE) {
			reader->line++;
			return folded_error(reader, "is longer than 16 MiB");
		}
		grown = realloc(reader->buffer, reader->cap * 2);
		if (!grown)
			return -ENOMEM;
		reader->buffer = grown;
		reader->cap *= 2;
		reader->before = NULL;
	}
	do
		got = read(reader->fd, reader->buffer + reader->end, reader->cap - reader->end);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	reader->end += got;
	reader->ended = !got;
	return 0;
}

/* The next line without its end, valid until the next call: 1; 0 after the last. */
static int folded_next_line(struct folded_reader *reader, const char **ret, size_t *ret_n)
{
	size_t seen = 0;

	for (;;) {
		char *line = reader->buffer + reader->start;
		size_t n = reader->end - reader->start;
		char *end = n > seen ? memchr(line + seen, '\n', n - seen) : NULL;
		int err;

		if (end || (reader->ended && n)) {
			*ret = line;
			*ret_n = end ? (size_t)(end - line) : n;
			reader->start += *ret_n + !!end;
			reader->line++;
			return 1;
		}
		if (reader->ended)
			return 0;
		seen = n;
		err = folded_fill(reader);
		if (err)
			return err;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where the number at the end begins, with a blank before it; n if there is none. */
static size_t folded_find_number(const char *line, size_t n)
{
	size_t point = n;
	size_t i = n;

	while (i && (is_digit(line[i - 1]) || (line[i - 1] == '.' && point == n)))
		if (line[--i] == '.')
			point = i;
	if (i == n || !is_digit(line[i]))
		return n;
	if (i && line[i - 1] == '-')
		i--;
	return i && is_blank(line[i - 1]) ? i : n;
}

/* Fractions are rounded, and what that leaves over goes to the next: the sum stays right. */
static int folded_parse_number(struct folded_reader *reader, const char *text, size_t n,
			       int64_t *carry, int64_t *ret)
{
	bool negative = *text == '-';
	int64_t unit = MILLION;
	int64_t fraction = 0;
	int64_t whole = 0;
	size_t i = negative;

	for (; i < n && text[i] != '.'; i++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, text[i] - '0', &whole))
			return folded_error(reader, "has a count that is too large");
	for (i++; i < n && unit > 1; i++) {
		unit /= 10;
		fraction += (text[i] - '0') * unit;
	}
	*ret = negative ? -whole : whole;
	if (!fraction || whole >= INT64_MAX - 1)
		return 0;
	reader->n_fractions++;
	*carry += negative ? -fraction : fraction;
	if (*carry >= MILLION / 2) {
		*carry -= MILLION;
		++*ret;
	} else if (*carry < -MILLION / 2) {
		*carry += MILLION;
		--*ret;
	}
	return 0;
}

/* The number at the end, of which a line of n bytes has one, and the blanks before it. */
static int folded_take_count(struct folded_reader *reader, const char *line, size_t *n,
			     int64_t *carry, int64_t *ret)
{
	size_t number = folded_find_number(line, *n);
	int err = folded_parse_number(reader, line + number, *n - number, carry, ret);

	*n = number;
	while (*n && is_blank(line[*n - 1]))
		(*n)--;
	return err;
}

static int folded_set_values(struct folded_reader *reader, uint32_t n_counts)
{
	static const char *const names[][DIFF_SIDES] = {{"samples"}, {"base", "new"}};
	struct profile_value_type types[DIFF_SIDES];
	int err = 0;

	reader->n_counts = n_counts;
	for (uint32_t i = 0; !err && i < n_counts; i++) {
		err = profile_intern(reader->profile, names[n_counts - 1][i], &types[i].type);
		if (!err)
			err = profile_intern(reader->profile, "count", &types[i].unit);
	}
	if (!err)
		err = profile_set_values(reader->profile, types, n_counts);
	if (err == -EINVAL)
		report_error_set(reader->error, "counts samples alone, the input before it more; "
						"they cannot be added up");
	if (err || n_counts < DIFF_SIDES)
		return err;
	reader->profile->default_value = DIFF_NEW;
	return profile_add_comment(reader->profile, "diff: by=share value=samples");
}

/* Takes the counts off the line: one, or those of base and new. */
static int folded_split(struct folded_reader *reader, const char *line, size_t *n,
			int64_t ret[DIFF_SIDES])
{
	uint32_t n_counts = 1;
	int err;

	if (folded_find_number(line, *n) == *n)
		return folded_error(reader, "does not end in a blank and a count");
	err = folded_take_count(reader, line, n, &reader->carry[0], &ret[0]);
	if (!err && folded_find_number(line, *n) < *n) {
		n_counts = 2;
		ret[DIFF_NEW] = ret[0];
		err = folded_take_count(reader, line, n, &reader->carry[1], &ret[DIFF_BASE]);
	}
	if (!err && n_counts == 2 && folded_find_number(line, *n) < *n)
		return folded_error(reader, "ends in three counts; one is a profile, two are base "
					    "and new of a difference");
	if (!err && !reader->n_counts)
		err = folded_set_values(reader, n_counts);
	if (err || n_counts == reader->n_counts)
		return err;
	return folded_error(reader, n_counts == 2 ? "ends in two counts, those before it in one; "
						    "two are base and new of a difference" :
						    "ends in one count, those before it in two, "
						    "base and new of a difference; give both");
}

/* The location of an inlined function and of all that it is inlined into. */
static int folded_inline(struct folded_reader *reader, uint32_t first, uint32_t *ret)
{
	int err = 0;

	reader->reversed.n = 0;
	for (size_t i = reader->inlined.n; !err && i-- > first;)
		err = vec_push(&reader->reversed, reader->inlined.data[i]);
	return err ? err
		   : profile_intern_location(reader->profile, 0, 0, reader->reversed.data,
					     reader->reversed.n, ret);
}

static int folded_add_frame(struct folded_reader *reader, const char *text, size_t n, size_t end)
{
	struct folded_frame frame = {.end = end};
	const struct folded_frame *before =
		reader->frames.n ? &reader->frames.data[reader->frames.n - 1] : NULL;
	struct folded_name name;
	uint32_t location;
	int err = folded_names_get(&reader->names, text, n, &name);

	if (err)
		return err;
	location = name.location;
	if (before && name.inlined) {
		frame.outer = before->outer;
		frame.first_frame = before->first_frame;
	} else {
		frame.outer = before ? before->stack : 0;
		frame.first_frame = reader->inlined.n;
	}
	err = vec_push(&reader->inlined, (struct profile_frame){name.function, 0});
	if (!err && before && name.inlined)
		err = folded_inline(reader, frame.first_frame, &location);
	if (!err)
		err = profile_intern_stack(reader->profile, frame.outer, location, &frame.stack);
	return err ? err : vec_push(&reader->frames, frame);
}

/* Most of the bytes of a sorted file are compared here and nowhere else: the C library does it
 * with what is widest on this CPU. */
static size_t common_prefix(const char *a, const char *b, size_t n)
{
	enum { STEP = 512 };
	size_t i = 0;
	uint64_t x, y;

	while (i + STEP <= n && !memcmp(a + i, b + i, STEP))
		i += STEP;
	for (; i + sizeof(x) <= n; i += sizeof(x)) {
		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		if (x != y)
			break;
	}
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

/* Keeps the frames that this line begins with as the line before did: most files are sorted. */
static void folded_keep_common(struct folded_reader *reader, const char *text, size_t n)
{
	size_t common = 0;
	size_t kept = 0;

	if (reader->before)
		common = common_prefix(reader->before, text,
				       n < reader->before_n ? n : reader->before_n);
	while (kept < reader->frames.n && reader->frames.data[kept].end < common)
		kept++;
	reader->frames.n = kept;
	reader->inlined.n = kept;
	reader->before = text;
	reader->before_n = n;
}

static int folded_stack(struct folded_reader *reader, const char *text, size_t n, uint32_t *ret)
{
	size_t at = 0;
	int err = 0;

	folded_keep_common(reader, text, n);
	if (reader->frames.n)
		at = reader->frames.data[reader->frames.n - 1].end + 1;
	while (!err && at <= n) {
		const char *end = at < n ? memchr(text + at, ';', n - at) : NULL;
		size_t length = (end ? (size_t)(end - text) : n) - at;

		err = folded_add_frame(reader, text + at, length, at + length);
		at += length + 1;
	}
	if (!err)
		*ret = reader->frames.data[reader->frames.n - 1].stack;
	return err;
}

static int folded_add_line(struct folded_reader *reader, const char *line, size_t n)
{
	struct profile *profile = reader->profile;
	struct profile_sample sample = {};
	int64_t counts[DIFF_SIDES] = {};
	int err;

	while (n && is_blank(line[n - 1]))
		n--;
	if (!n || line[0] == '#')
		return 0;
	if (memchr(line, 0, n))
		return folded_error(reader, "holds a byte of value 0; this is no text");
	err = folded_split(reader, line, &n, counts);
	if (err)
		return err;
	err = folded_stack(reader, line, n, &sample.stack);
	if (!err && (counts[0] || counts[1]))
		err = profile_add_sample(profile, &sample, counts);
	if (err == -EOVERFLOW)
		return folded_error(reader, "makes the sum of all counts pass 2^63");
	if (err)
		return err;
	if (profile->stacks.n > MAX_ITEMS || profile->samples.n > MAX_ITEMS)
		return folded_error(reader, "is one too many: more than 2^24 different stacks");
	if (profile->strings.bytes > MAX_NAMES)
		return folded_error(reader, "is one too many: more than 512 MiB of names");
	return 0;
}

static int folded_begin(struct folded_reader *reader)
{
	uint64_t offset;

	reader->cap = BLOCK;
	reader->buffer = malloc(reader->cap);
	if (!reader->buffer)
		return -ENOMEM;
	return profile_add_input(reader->profile, 0, 0, 0, &offset);
}

static int folded_end(struct folded_reader *reader)
{
	char text[128];
	int err = reader->n_counts ? 0 : folded_set_values(reader, 1);

	if (err || !reader->n_fractions)
		return err;
	snprintf(text, sizeof(text), "note: %llu counts with fractions were rounded",
		 (unsigned long long)reader->n_fractions);
	return profile_add_comment(reader->profile, text);
}

int folded_read(int fd, struct profile *profile, struct report_error *error)
{
	guard(folded_reader_deinit) struct folded_reader reader = {
		.profile = profile,
		.names = {.profile = profile},
		.error = error,
		.fd = fd,
	};
	const char *line = NULL;
	size_t n = 0;
	int err = folded_begin(&reader);

	while (!err) {
		int more = folded_next_line(&reader, &line, &n);

		if (more <= 0) {
			err = more;
			break;
		}
		err = folded_add_line(&reader, line, n);
	}
	return err ? err : folded_end(&reader);
}

static bool starts_with(const unsigned char *start, size_t n, const char *text)
{
	return n >= strlen(text) && !memcmp(start, text, strlen(text));
}

/* Text of any kind: what is wrong with a line is better said with its number. */
bool folded_probe(const unsigned char *start, size_t n)
{
	return n && !memchr(start, 0, n) && !starts_with(start, n, "<?xml") &&
	       !starts_with(start, n, "<svg") && !starts_with(start, n, "<!DOCTYPE");
}
