// SPDX-License-Identifier: GPL-2.0-or-later
/* Values of a profile in, words and numbers for people out: see value.h. */
#include "report/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/diff.h"
#include "report/format.h"
#include "report/profile.h"

void value_style_init(struct value_style *style, const struct profile *profile, uint32_t value)
{
	static const struct {
		const char *unit;
		int64_t per_second;
	} times[] = {
		{"nanoseconds", 1000000000},
		{"microseconds", 1000000},
		{"milliseconds", 1000},
		{"seconds", 1},
	};
	static const struct {
		const char *type, *title, *seconds;
	} titles[] = {
		{"cpu", "CPU time", "s"},
		{"wall", "wall-clock time", "thread-seconds"},
		{"offcpu", "off-CPU time", "thread-seconds"},
		{"blocked", "time blocked", "thread-seconds"},
		{"runqueue", "time in the run queue", "thread-seconds"},
	};
	const char *type = "samples", *unit = "count";

	if (value < profile->n_values) {
		type = strings_get(&profile->strings, profile->value_types[value].type);
		unit = strings_get(&profile->strings, profile->value_types[value].unit);
	}
	*style = (struct value_style){
		.scale = 1,
		.noun = strcmp(unit, "count") ? unit : type,
		.title = type,
		.seconds = "s",
	};
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		if (!strcmp(unit, times[i].unit))
			style->per_second = times[i].per_second;
	if (!style->per_second)
		return;
	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		if (!strcmp(type, titles[i].type)) {
			style->title = titles[i].title;
			style->seconds = titles[i].seconds;
		}
}

/* Milliseconds are shown, whatever the unit; computed in integers so that rounding is the
 * same everywhere. */
static void print_seconds(const struct value_style *style, int64_t value, char *text, size_t size)
{
	uint64_t unit = style->per_second, rest;
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	uint64_t seconds = magnitude / unit;

	rest = (magnitude % unit * 1000 + unit / 2) / unit;
	if (rest == 1000) {
		seconds++;
		rest = 0;
	}
	snprintf(text, size, "%s%" PRIu64 ".%03" PRIu64, value < 0 ? "-" : "", seconds, rest);
}

void value_print_number(const struct value_style *style, int64_t value, char text[VALUE_TEXT])
{
	value *= style->scale;
	if (style->per_second)
		print_seconds(style, value, text, VALUE_TEXT);
	else
		snprintf(text, VALUE_TEXT, "%" PRId64, value);
}

/* 1234567 -> "1,234,567". */
static size_t print_grouped(int64_t value, char *text)
{
	char digits[24];
	size_t n = snprintf(digits, sizeof(digits), "%" PRId64, value);
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		text[used++] = digits[i];
		if (digits[i] != '-' && i + 1 < n && (n - i - 1) % 3 == 0)
			text[used++] = ',';
	}
	text[used] = '\0';
	return used;
}

void value_print(const struct value_style *style, int64_t value, char text[VALUE_TEXT])
{
	size_t n;

	value *= style->scale;
	if (style->per_second) {
		print_seconds(style, value, text, VALUE_TEXT - 16);
		n = strlen(text);
		snprintf(text + n, VALUE_TEXT - n, " %s", style->seconds);
		return;
	}
	n = print_grouped(value, text);
	if (!style->noun[0])
		return;
	snprintf(text + n, VALUE_TEXT - n, " %.48s", style->noun);
	/* "1 samples" */
	if (value == 1 && !strcmp(style->noun, "samples"))
		text[strlen(text) - 1] = '\0';
}

double value_percent(int64_t part, int64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

uint32_t value_find(const struct profile *profile, const char *type)
{
	uint32_t i;

	for (i = 0; i < profile->n_values; i++)
		if (!strcmp(strings_get(&profile->strings, profile->value_types[i].type), type))
			break;
	return i;
}

bool value_has_waits(const struct profile *profile)
{
	return value_find(profile, "waits") < profile->n_values;
}

uint32_t value_samples(const struct profile *profile)
{
	return value_find(profile, "samples");
}

int64_t value_sum(const struct profile *profile, uint32_t value)
{
	int64_t sum = 0;

	if (value >= profile->n_values)
		return 0;
	for (size_t i = 0; i < profile->samples.n; i++)
		sum += profile->values.data[i * profile->n_values + value];
	return sum;
}

/* What one sample is worth in a value, if that is the same for all and more than 0; else 0. */
static int64_t value_per_sample(const struct profile *profile, uint32_t value)
{
	uint32_t samples = value_samples(profile);
	int64_t worth = 0;

	if (samples == value || samples >= profile->n_values || value >= profile->n_values)
		return 0;
	for (size_t i = 0; i < profile->samples.n; i++) {
		const int64_t *values = &profile->values.data[i * profile->n_values];

		if (!values[samples] && !values[value])
			continue;
		if (!values[samples] || values[value] % values[samples] ||
		    (worth && values[value] / values[samples] != worth))
			return 0;
		worth = values[value] / values[samples];
	}
	return worth > 0 ? worth : 0;
}

void value_style_init_shown(struct value_style *style, const struct profile *profile,
			    uint32_t value)
{
	uint32_t samples = value_samples(profile);

	value_style_init(style, profile, value);
	if (value != samples) {
		style->per_sample = value_per_sample(profile, value);
		return;
	}
	for (uint32_t i = 0; i < profile->n_values; i++) {
		struct value_style time;
		int64_t worth;

		value_style_init(&time, profile, i);
		worth = time.per_second ? value_per_sample(profile, i) : 0;
		if (worth) {
			*style = time;
			style->scale = worth;
			style->per_sample = 1;
			return;
		}
	}
}

static const char *comment_text(const struct profile *profile, size_t i, const char *key)
{
	const char *text = strings_get(&profile->strings, profile->comments.data[i]);
	size_t n = strlen(key);

	if (strncmp(text, key, n) || text[n] != ':')
		return NULL;
	return text + n + 1 + (text[n + 1] == ' ');
}

const char *value_comment(const struct profile *profile, const char *key)
{
	const char *text = NULL;

	for (size_t i = 0; !text && i < profile->comments.n; i++)
		text = comment_text(profile, i, key);
	return text;
}

size_t value_comment_count(const struct profile *profile, const char *key)
{
	size_t count = 0;

	for (size_t i = 0; i < profile->comments.n; i++)
		count += comment_text(profile, i, key) != NULL;
	return count;
}

const char *value_report_title(const struct profile *profile, const struct report_options *options)
{
	struct value_style style;
	const char *title = options->title;

	if (!title && value_comment_count(profile, "title") == 1)
		title = value_comment(profile, "title");
	if (title)
		return title;
	if (diff_is(profile))
		return "Difference of two profiles";
	value_style_init_shown(&style, profile, profile->default_value);
	return style.title;
}
