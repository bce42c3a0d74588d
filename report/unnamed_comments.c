// SPDX-License-Identifier: GPL-2.0-or-later
/* The weight of samples that end without a name, by module, in; comments that agree with it out. */
#include "report/unnamed_comments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/hash.h"
#include "report/leaf.h"
#include "report/profile.h"
#include "report/value.h"

static const char in[] = "% of the samples, in ";
static const char quality[] = "quality: ";
static const char word[] = " unnamed=";

struct updater {
	struct profile *profile;
	struct idmap paths; /* string: number in weights */
	VEC(int64_t) weights; /* without names, by path */
	int64_t unnamed, total;
	int64_t listed; /* of those that have a comment of their own */
	bool one; /* there is one recording in it */
	VEC(uint32_t) comments; /* as they will be */
};

static void updater_deinit(struct updater *updater)
{
	idmap_deinit(&updater->paths);
	vec_deinit(&updater->weights);
	vec_deinit(&updater->comments);
}

static double share(const struct updater *updater, int64_t weight)
{
	return value_percent(weight, updater->total);
}

static int add_weight(struct updater *updater, uint32_t path, int64_t weight)
{
	uint32_t number;
	int err = 0;

	if (!idmap_find(&updater->paths, path, &number)) {
		number = updater->weights.n;
		err = vec_push(&updater->weights, 0);
		if (!err)
			err = idmap_put(&updater->paths, path, number);
	}
	if (!err)
		updater->weights.data[number] += weight;
	return err;
}

/* Every module has a place in the table, those with all their names, too. */
static int weigh(struct updater *updater)
{
	const struct profile *profile = updater->profile;
	guard(leaf_deinit) struct leaf leaf = {};
	int err = leaf_init(&leaf, profile);

	for (size_t i = 1; !err && i < profile->modules.n; i++)
		err = add_weight(updater, profile->modules.data[i].path, 0);
	for (size_t i = 0; !err && i < profile->samples.n; i++) {
		uint32_t location = leaf_location(&leaf, i);
		uint32_t module = profile->locations.data[location].module;
		int64_t weight = profile->values.data[i * profile->n_values];

		updater->total += weight;
		if (leaf_is_named(profile, location))
			continue;
		updater->unnamed += weight;
		if (module)
			err = add_weight(updater, profile->modules.data[module].path, weight);
	}
	return err;
}

/* A text with the percentage at *at, which ends at end, made smaller: the number of the new
 * text, or that of the old one if it would not be smaller. */
static int put_share(struct updater *updater, uint32_t number, const char *at, double percent)
{
	const char *text = strings_get(&updater->profile->strings, number);
	guard_free char *made = NULL;
	char *end;
	double old = strtod(at, &end);

	if (end > at && *end == '%' && percent + 0.05 < old) {
		if (asprintf(&made, "%.*s%.1f%s", (int)(at - text), text, percent, end) < 0)
			return -ENOMEM;
		if (profile_intern(updater->profile, made, &number))
			return -ENOMEM;
	}
	return vec_push(&updater->comments, number);
}

/* The module that a comment names, up to the first ": ". False if there is none. */
static bool find_weight(struct updater *updater, const char *what, int64_t *ret)
{
	const char *end = strstr(what, ": ");
	uint32_t path, number;

	if (!end || profile_intern_bytes(updater->profile, what, end - what, &path) ||
	    !idmap_find(&updater->paths, path, &number))
		return false;
	*ret = updater->weights.data[number];
	return true;
}

/* "in 3 places of less" stands after those that have a comment of their own. */
static int update_unnamed(struct updater *updater, uint32_t number, const char *at)
{
	const char *what = strstr(at, in);
	int64_t weight;

	if (what && find_weight(updater, what + sizeof(in) - 1, &weight))
		updater->listed += weight;
	else if (what && strstr(what, " of less"))
		weight = updater->unnamed - updater->listed;
	else
		return vec_push(&updater->comments, number);
	if (weight <= 0 || (updater->one && share(updater, weight) < UNNAMED_LEAST_PERCENT))
		return 0;
	if (updater->one)
		return put_share(updater, number, at, share(updater, weight));
	return vec_push(&updater->comments, number);
}

static int update(struct updater *updater, uint32_t number)
{
	const char *text = strings_get(&updater->profile->strings, number);
	const char *at;

	if (!strncmp(text, UNNAMED_COMMENT, strlen(UNNAMED_COMMENT)))
		return update_unnamed(updater, number, text + strlen(UNNAMED_COMMENT));
	at = strncmp(text, quality, strlen(quality)) ? NULL : strstr(text, word);
	if (!at || !updater->one)
		return vec_push(&updater->comments, number);
	return put_share(updater, number, at + strlen(word), share(updater, updater->unnamed));
}

int unnamed_comments_update(struct profile *profile)
{
	guard(updater_deinit) struct updater updater = {
		.profile = profile,
		.one = value_comment_count(profile, "quality") == 1,
	};
	int err = weigh(&updater);

	for (size_t i = 0; !err && i < profile->comments.n; i++)
		err = update(&updater, profile->comments.data[i]);
	if (err)
		return err;
	profile->comments.n = 0;
	idmap_clear(&profile->comment_index);
	vec_each(&updater.comments, comment) {
		err = profile_add_comment(profile, strings_get(&profile->strings, *comment));
		if (err)
			return err;
	}
	return 0;
}
