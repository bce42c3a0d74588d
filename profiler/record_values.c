// SPDX-License-Identifier: GPL-2.0-or-later
/* A mode and a time come in, the values of a sample go out. */
#include "profiler/record_values.h"

#include <string.h>

#include "report/profile.h"

enum { CPU_SAMPLES, CPU_TIME, CPU_N };
enum { OFFCPU_ALL, OFFCPU_BLOCKED, OFFCPU_RUNQUEUE, OFFCPU_WAITS, OFFCPU_QUEUED, OFFCPU_N };
enum { WALL_ALL, WALL_CPU, WALL_OFFCPU, WALL_SAMPLES = WALL_OFFCPU + OFFCPU_N, WALL_N };

struct value_name {
	const char *type, *unit;
};

static const struct value_name offcpu_names[] = {
	{"offcpu", "nanoseconds"}, {"blocked", "nanoseconds"}, {"runqueue", "nanoseconds"},
	{"waits", "count"},	   {"queued", "count"},
};
static const struct value_name wall_names[] = {
	{"wall", "nanoseconds"},    {"cpu", "nanoseconds"},	 {"offcpu", "nanoseconds"},
	{"blocked", "nanoseconds"}, {"runqueue", "nanoseconds"}, {"waits", "count"},
	{"queued", "count"},	    {"samples", "count"},
};
_Static_assert(sizeof(offcpu_names) / sizeof(*offcpu_names) == OFFCPU_N, "offcpu");
_Static_assert(sizeof(wall_names) / sizeof(*wall_names) == WALL_N, "wall");
_Static_assert((int)WALL_N <= (int)PROFILE_MAX_VALUES, "values");

int record_values_declare(struct profile *profile, enum record_mode mode, const char *second,
			  const char *second_unit)
{
	const struct value_name cpu_names[CPU_N] = {{"samples", "count"}, {second, second_unit}};
	const struct value_name *names = mode == RECORD_CPU    ? cpu_names :
					 mode == RECORD_OFFCPU ? offcpu_names :
								 wall_names;
	uint32_t n = mode == RECORD_CPU ? CPU_N : mode == RECORD_OFFCPU ? OFFCPU_N : WALL_N;
	struct profile_value_type types[PROFILE_MAX_VALUES] = {};
	int err = 0;

	for (uint32_t i = 0; !err && i < n; i++) {
		err = profile_intern(profile, names[i].type, &types[i].type);
		if (!err)
			err = profile_intern(profile, names[i].unit, &types[i].unit);
	}
	return err ? err : profile_set_values(profile, types, n);
}

void record_values_sample(enum record_mode mode, int64_t time, int64_t *values)
{
	if (mode == RECORD_WALL) {
		values[WALL_ALL] = values[WALL_CPU] = time;
		values[WALL_SAMPLES] = 1;
	} else {
		values[CPU_SAMPLES] = 1;
		values[CPU_TIME] = time;
	}
}

void record_values_phase(enum record_mode mode, bool runqueue, int64_t ns, int64_t n,
			 int64_t *values)
{
	int64_t *offcpu = values + (mode == RECORD_WALL ? WALL_OFFCPU : 0);

	if (mode == RECORD_WALL)
		values[WALL_ALL] = ns;
	offcpu[OFFCPU_ALL] = ns;
	offcpu[runqueue ? OFFCPU_RUNQUEUE : OFFCPU_BLOCKED] = ns;
	offcpu[runqueue ? OFFCPU_QUEUED : OFFCPU_WAITS] = n;
}
