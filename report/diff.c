// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The comment of a difference and the sums of its sides come in; out go the
 * amounts of both sides, what is between them, and whether that can be told.
 */
#include "report/diff.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/diff_gate.h"
#include "report/diff_words.h"
#include "report/profile.h"

static bool type_is(const struct profile *profile, uint32_t value, const char *type)
{
	return !strcmp(strings_get(&profile->strings, profile->value_types[value].type), type);
}

bool diff_is(const struct profile *profile)
{
	return profile->n_values == DIFF_SIDES && type_is(profile, DIFF_BASE, "base") &&
	       type_is(profile, DIFF_NEW, "new") && value_comment(profile, "diff");
}

bool diff_is_for_programs(const char *comment)
{
	return !strncmp(comment, "diff: ", 6) || !strncmp(comment, "gate: ", 6) ||
	       !strncmp(comment, "gated: ", 7);
}

static enum diff_by by_of(const char *words)
{
	size_t n;
	const char *text = diff_words_find(words, "by", &n);

	if (text && n == 6 && !memcmp(text, "second", n))
		return DIFF_BY_SECOND;
	if (text && n == 3 && !memcmp(text, "ops", n))
		return DIFF_BY_OPS;
	return DIFF_BY_SHARE;
}

/* "a%20b,c" -> "a b, c". */
static int names_of(const char *words, const char *key, char **ret)
{
	size_t n, used = 0;
	const char *text = diff_words_find(words, key, &n), *end = text ? text + n : NULL;
	char *names = malloc(2 * n + 8);

	*ret = names;
	if (!names)
		return -ENOMEM;
	while (text < end) {
		bool is_comma = *text == ',';

		names[used++] = diff_words_take(&text, end);
		if (is_comma)
			names[used++] = ' ';
	}
	names[used] = '\0';
	if (!used)
		strcpy(names, "?");
	return 0;
}

/* "cpu" of nanoseconds is "CPU time", as in other reports. */
static void name_what(struct diff *diff, const char *words, const struct value_style *style)
{
	size_t n, used = 0;
	const char *text = diff_words_find(words, "value", &n), *end = text ? text + n : NULL;

	while (text < end && used < sizeof(diff->what) - 1)
		diff->what[used++] = diff_words_take(&text, end);
	if (!used)
		strcpy(diff->what, "samples");
	if (style->per_second && !strcmp(diff->what, "cpu"))
		strcpy(diff->what, "CPU time");
}

/* So many decimals that the larger root has five digits. */
static int decimals_for(double root)
{
	int digits = root > 0 ? (int)floor(log10(root)) : 0;

	return digits >= 4 ? 0 : digits < -5 ? 9 : 4 - digits;
}

static void choose_unit(struct diff *diff, const struct value_style *style)
{
	static const struct {
		double least;
		const char *name;
	} times[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {0, "ns"}};
	double root = fmax(diff->totals[DIFF_BASE] / diff->scales[DIFF_BASE],
			   diff->totals[DIFF_NEW] / diff->scales[DIFF_NEW]);
	const char *per = diff->by == DIFF_BY_SECOND ? "s" : "op";
	int i = 0;

	diff->factor = 1;
	if (diff->by == DIFF_BY_SHARE) {
		diff->factor = 100;
		diff->decimals = 2;
		strcpy(diff->unit, "%");
		return;
	}
	if (!style->per_second) {
		/* Unlike flametap's own, another's noun may be long. */
		snprintf(diff->unit, sizeof(diff->unit), "%.20s/%s",
			 strcmp(style->noun, "new") ? style->noun : diff->what, per);
	} else {
		root /= style->per_second;
		while (diff->by == DIFF_BY_OPS && root < times[i].least)
			i++;
		diff->factor = (i == 3 ? 1e9 : i == 2 ? 1e6 : i == 1 ? 1e3 : 1) / style->per_second;
		snprintf(diff->unit, sizeof(diff->unit), "%s/%s", times[i].name, per);
		root = diff->factor * style->per_second * root;
	}
	diff->decimals = decimals_for(root);
}

int diff_init(struct diff *diff, const struct profile *profile)
{
	static const char *const keys[][DIFF_SIDES] = {
		{"base-scale", "new-scale"}, {"base-sample", "new-sample"}, {"base", "new"}};
	const char *words = value_comment(profile, "diff");
	struct value_style style;
	int err = 0;

	*diff = (struct diff){};
	value_style_init(&style, profile, DIFF_NEW);
	diff->by = by_of(words);
	for (int side = 0; side < DIFF_SIDES; side++) {
		diff->totals[side] = value_sum(profile, side);
		diff->scales[side] = diff_words_number(words, keys[0][side]);
		diff->samples[side] = diff_words_number(words, keys[1][side]) ?: 1;
		err = err ?: names_of(words, keys[2][side], &diff->names[side]);
	}
	err = err ?: diff_gate_init(&diff->gate, profile);
	if (!diff->scales[DIFF_BASE] || !diff->scales[DIFF_NEW])
		diff->by = DIFF_BY_SHARE;
	for (int side = 0; side < DIFF_SIDES && diff->by == DIFF_BY_SHARE; side++)
		diff->scales[side] = diff->totals[side] > 0 ? diff->totals[side] : 1;
	name_what(diff, words, &style);
	choose_unit(diff, &style);
	if (err)
		diff_deinit(diff);
	return err;
}

void diff_deinit(struct diff *diff)
{
	for (int side = 0; side < DIFF_SIDES; side++) {
		free(diff->names[side]);
		diff->names[side] = NULL;
	}
	diff_gate_deinit(&diff->gate);
}

/* The rule of diff.h. */
static bool can_tell(const struct diff *diff, const int64_t values[DIFF_SIDES])
{
	double b = values[DIFF_BASE] / diff->samples[DIFF_BASE];
	double n = values[DIFF_NEW] / diff->samples[DIFF_NEW];
	double exposure_b = diff->scales[DIFF_BASE] / diff->samples[DIFF_BASE];
	double exposure_n = diff->scales[DIFF_NEW] / diff->samples[DIFF_NEW];
	double q = exposure_n / (exposure_b + exposure_n);
	double variance = (b + n) * q * (1 - q);
	double distance = fabs(n - (b + n) * q) - 0.5;

	if (diff->by == DIFF_BY_SHARE)
		variance *= 1 - (b + n) / (exposure_b + exposure_n);
	return b + n >= 10 && distance > 0 && distance * distance >= 9 * variance;
}

uint8_t diff_level(const double amounts[DIFF_SIDES])
{
	static const double least[DIFF_LEVELS - 1] = {1.1, 1.5, 2, 4};
	double larger = fmax(amounts[DIFF_BASE], amounts[DIFF_NEW]);
	double smaller = fmin(amounts[DIFF_BASE], amounts[DIFF_NEW]);
	uint8_t level = 1;

	while (level < DIFF_LEVELS && larger >= least[level - 1] * smaller)
		level++;
	return level;
}

void diff_compare(const struct diff *diff, const int64_t values[DIFF_SIDES],
		  struct diff_change *ret)
{
	*ret = (struct diff_change){
		.is_new = !values[DIFF_BASE] && values[DIFF_NEW],
		.is_gone = values[DIFF_BASE] && !values[DIFF_NEW],
	};
	for (int side = 0; side < DIFF_SIDES; side++)
		ret->amounts[side] = values[side] / diff->scales[side] * diff->factor;
	ret->change = ret->amounts[DIFF_NEW] - ret->amounts[DIFF_BASE];
	if (!can_tell(diff, values))
		return;
	ret->verdict = ret->change < 0 ? DIFF_SHRUNK : DIFF_GROWN;
	ret->level = diff_level(ret->amounts);
}

void diff_print_amount(const struct diff *diff, double amount, char text[DIFF_TEXT])
{
	snprintf(text, DIFF_TEXT, "%.*f", diff->decimals, amount);
}

/* No "-0.00". */
void diff_print_change(const struct diff *diff, double change, char text[DIFF_TEXT])
{
	snprintf(text, DIFF_TEXT, "%+.*f", diff->decimals, change);
	if (!text[strspn(text, "+-0.")])
		snprintf(text, DIFF_TEXT, "%.*f", diff->decimals, 0.0);
}

void diff_print_ratio(const struct diff_change *change, char text[DIFF_TEXT])
{
	double before = change->amounts[DIFF_BASE], after = change->amounts[DIFF_NEW];

	if (change->is_new)
		strcpy(text, "new");
	else if (change->is_gone)
		strcpy(text, "gone");
	else if (!before || !after)
		strcpy(text, "=");
	else
		snprintf(text, DIFF_TEXT, after / before < 1000 ? "x%.3g" : "x%.0f",
			 after / before);
}

const char *diff_by_text(const struct diff *diff)
{
	switch (diff->by) {
	case DIFF_BY_SECOND:
		return "per second";
	case DIFF_BY_OPS:
		return "per operation";
	default:
		return "by share";
	}
}

const char *diff_verdict_text(const struct diff_change *change)
{
	if (change->verdict != DIFF_TOO_FEW)
		return "";
	if (change->is_judged)
		return "not significant";
	/* Sums of the same shares differ in their last digits. */
	return fabs(change->change) <= 1e-9 * fabs(change->amounts[DIFF_BASE]) ?
		       "no change" :
		       "too few samples to tell";
}
