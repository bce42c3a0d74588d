// SPDX-License-Identifier: GPL-2.0-or-later
/* Facts come in by the keys of the manifest; out go words for people, in the order of their use. */
#include "gate/fact_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { VALUE = 64 };

enum form {
	TEXT,
	BYTES,
	DATE, /* seconds since the epoch */
};

static const struct known {
	const char *key, *words;
	enum form form;
	const char *idle; /* says nothing */
} knowns[] = {
	{"begun", "begun", DATE, ""},
	{"cpu_model", "CPU", TEXT, "unknown"},
	{"n_cpus", "CPUs", TEXT, ""},
	{"pin", "kept on CPUs", TEXT, ""},
	{"governor", "frequency governor", TEXT, "none"},
	{"memory", "memory", BYTES, ""},
	{"kernel", "kernel", TEXT, ""},
	{"host", "host", TEXT, ""},
	{"operations_from", "operations of a run from", TEXT, ""},
	{"cpu_time_from", "CPU time of a run from", TEXT, ""},
	{"event", "event", TEXT, ""},
	{"frequency", "samples a second", TEXT, ""},
	{"count", "events for each sample", TEXT, ""},
	{"unwind", "user stacks by", TEXT, ""},
	{"waits", "waits recorded", TEXT, "no"},
	{"warm_up", "runs of each side before, not counted", TEXT, "0"},
	{"as_root", "run as root", TEXT, "no"},
};

enum { KNOWNS = sizeof(knowns) / sizeof(*knowns) };

static void put_bytes(double bytes, char text[VALUE])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	size_t i = 0;

	for (; bytes >= 1024 && i < 4; i++)
		bytes /= 1024;
	snprintf(text, VALUE, "%.*f %s", i ? 1 : 0, bytes, units[i]);
}

/* What is no number is shown as it is. */
static const char *value_of(enum form form, const char *value, char text[VALUE])
{
	char *end;
	intmax_t number;
	struct tm tm;
	time_t seconds;

	errno = 0;
	number = strtoimax(value, &end, 10);
	if (form == TEXT || errno || end == value || *end || number < 0)
		return value;
	seconds = (time_t)number;
	if (form == BYTES)
		put_bytes((double)number, text);
	else if (!gmtime_r(&seconds, &tm) || !strftime(text, VALUE, "%Y-%m-%d %H:%M UTC", &tm))
		return value;
	return text;
}

static const struct known *find(const char *key)
{
	for (size_t i = 0; i < KNOWNS; i++)
		if (!strcmp(knowns[i].key, key))
			return &knowns[i];
	return NULL;
}

void gate_fact_words_each(const struct gate_result *result, gate_fact_put put, void *ctx)
{
	char text[VALUE];

	for (size_t i = 0; i < KNOWNS; i++)
		vec_each(&result->facts, fact)
			if (!strcmp(fact->name, knowns[i].key) &&
			    strcmp(fact->base, knowns[i].idle) != 0)
				put(ctx, knowns[i].words,
				    value_of(knowns[i].form, fact->base, text));
	vec_each(&result->facts, fact)
		if (!find(fact->name))
			put(ctx, fact->name, fact->base);
}
