// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What profiles say of themselves comes in, in their comments and values; the
 * first difference that makes them incomparable goes out.
 */
#include "gate/comparable.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/profile.h"
#include "report/value.h"

static char *copy(const char *text, size_t n)
{
	return strndup(text ?: "", text ? n : 0);
}

/* The word behind " KEY=" in the quality line, or NULL. */
static const char *quality_word(const struct profile *profile, const char *key, size_t *ret_n)
{
	const char *line = profile_quality(profile);
	const char *at = line ? strstr(line, key) : NULL;

	if (!at)
		return NULL;
	at += strlen(key);
	*ret_n = strcspn(at, " ");
	return at;
}

/* How often samples are taken: as the recording says, else by the period that pprof has. */
static int read_rate(struct gate_facts *facts, const struct profile *profile)
{
	size_t n = 0;
	const char *word = quality_word(profile, " hz=", &n);

	if (word)
		return asprintf(&facts->rate, "%.*s Hz", (int)n, word) < 0 ? -ENOMEM : 0;
	word = quality_word(profile, " count=", &n);
	if (word)
		return asprintf(&facts->rate, "1 in %.*s", (int)n, word) < 0 ? -ENOMEM : 0;
	if (profile->period > 0)
		return asprintf(&facts->rate, "a period of %" PRId64 " %s", profile->period,
				strings_get(&profile->strings, profile->period_type.unit)) < 0 ?
			       -ENOMEM : 0;
	facts->rate = copy(NULL, 0);
	return facts->rate ? 0 : -ENOMEM;
}

static int read_event(struct gate_facts *facts, const struct profile *profile,
		      const struct gate_cost *cost)
{
	size_t n = 0;
	const char *word = quality_word(profile, " event=", &n);

	if (word)
		facts->event = copy(word, n);
	else if (asprintf(&facts->event, "%s/%s", cost->type, cost->unit) < 0)
		facts->event = NULL;
	return facts->event ? 0 : -ENOMEM;
}

int gate_facts_init(struct gate_facts *facts, const struct profile *profile,
		    const struct gate_cost *cost)
{
	static const char samples[] = "samples="; /* the line begins with it */
	const char *machine = value_comment(profile, "machine");
	size_t n = 0;
	const char *lost = quality_word(profile, " lost=", &n);
	const char *quality = profile_quality(profile);

	*facts = (struct gate_facts){
		.time_ns = profile->time_ns, .duration_ns = profile->duration_ns,
	};
	facts->machine = copy(machine, machine ? strlen(machine) : 0);
	facts->lost = lost ? strtoull(lost, NULL, 10) : 0;
	if (quality && !strncmp(quality, samples, strlen(samples)))
		facts->n_recorded = strtoull(quality + strlen(samples), NULL, 10);
	if (!facts->machine)
		return -ENOMEM;
	return read_event(facts, profile, cost) ?: read_rate(facts, profile) ?:
	       gate_builds_init(&facts->builds, profile);
}

void gate_facts_deinit(struct gate_facts *facts)
{
	free(facts->machine);
	free(facts->event);
	free(facts->rate);
	gate_builds_deinit(&facts->builds);
}

void gate_facts_list_deinit(struct gate_facts_list *list)
{
	vec_each(list, facts)
		gate_facts_deinit(facts);
	vec_deinit(list);
}

/* One thing that has to be the same everywhere; what does not say it is not asked. */
static bool is_same(const struct gate_facts_list *list, size_t offset, const char *what,
		    const char *remedy, struct report_error *why)
{
	const struct gate_facts *first = NULL;
	const char *expected = "";

	vec_each(list, facts) {
		const char *text = *(char *const *)((const char *)facts + offset);

		if (!*text)
			continue;
		if (!first) {
			first = facts;
			expected = text;
		}
		if (strcmp(text, expected)) {
			report_error_set(why, "%.60s: another %s than %.60s (%.40s, not %.40s); %s",
					 facts->path, what, first->path, text, expected, remedy);
			return false;
		}
	}
	return true;
}

/* A side is one build of everything, whatever the other one is. */
static bool is_one_build(const struct gate_facts_list *list, struct report_error *why)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct gate_facts *facts = &list->data[i];

		vec_each(&facts->builds, build) {
			const struct gate_build *other = NULL;
			size_t k = 0;

			for (; k < i && !other; k++)
				if (list->data[k].side == facts->side)
					other = gate_builds_find(&list->data[k].builds, build->path);
			if (!other || !strcmp(other->id, build->id))
				continue;
			report_error_set(why, "%.60s: another build of %.60s than %.60s (%.12s, not "
					 "%.12s); compare runs of one build a side", facts->path,
					 build->path, list->data[k - 1].path, build->id, other->id);
			return false;
		}
	}
	return true;
}

static int compare_times(const void *a_, const void *b_)
{
	const struct gate_facts *a = *(const struct gate_facts *const *)a_;
	const struct gate_facts *b = *(const struct gate_facts *const *)b_;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	if (a->duration_ns != b->duration_ns)
		return a->duration_ns < b->duration_ns ? -1 : 1;
	return (a->n_samples > b->n_samples) - (a->n_samples < b->n_samples);
}

/* A run that stands there twice, a copy of it say, is one run, which makes all look steadier. */
static bool is_once(const struct gate_facts_list *list, struct report_error *why)
{
	guard_free const struct gate_facts **sorted = calloc(list->n + 1, sizeof(*sorted));

	if (!sorted) {
		report_error_set(why, "no memory; free some");
		return false;
	}
	for (size_t i = 0; i < list->n; i++)
		sorted[i] = &list->data[i];
	qsort(sorted, list->n, sizeof(*sorted), compare_times);
	for (size_t i = 1; i < list->n; i++) {
		if (!sorted[i]->time_ns || compare_times(&sorted[i - 1], &sorted[i]))
			continue;
		report_error_set(why, "%.80s: the same recording as %.80s; each run is one of its own",
				 sorted[i]->path, sorted[i - 1]->path);
		return false;
	}
	return true;
}

static bool is_complete(const struct gate_facts_list *list, enum gate_side side,
			struct report_error *why)
{
	double n_samples = 0, unknown = 0, lost = 0;

	vec_each(list, facts) {
		if (facts->side != side)
			continue;
		n_samples += facts->n_samples;
		unknown += facts->n_samples * facts->unknown;
		lost += (double)facts->lost;
	}
	if (lost > GATE_MOST_LOST * (n_samples + lost)) {
		report_error_set(why, "%s: %.1f %% of its samples were lost, more than %g %%; record "
				 "at a lower frequency (-F) or on a machine that is less loaded",
				 side == GATE_BASE ? "base" : "head",
				 100 * lost / (n_samples + lost), 100 * GATE_MOST_LOST);
		return false;
	}
	if (unknown > GATE_MOST_UNKNOWN * n_samples) {
		report_error_set(why, "%s: %.1f %% of its samples are in code without names, more "
				 "than %g %%; build it with symbols, or give --debug-dir or "
				 "--debuginfod",
				 side == GATE_BASE ? "base" : "head", 100 * unknown / n_samples,
				 100 * GATE_MOST_UNKNOWN);
		return false;
	}
	return true;
}

bool gate_comparable(const struct gate_facts_list *list, struct report_error *why)
{
	return is_same(list, offsetof(struct gate_facts, machine), "machine or kernel",
		       "run both sides on one", why) &&
	       is_same(list, offsetof(struct gate_facts, event), "event",
		       "record all runs with the same -e", why) &&
	       is_same(list, offsetof(struct gate_facts, rate), "rate of samples",
		       "record all runs with the same -F or -c", why) &&
	       is_one_build(list, why) && is_once(list, why) &&
	       is_complete(list, GATE_BASE, why) && is_complete(list, GATE_HEAD, why);
}
