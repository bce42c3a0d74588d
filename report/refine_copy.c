// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers of one profile in, numbers of another out. */
#include "report/refine_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/wait_bucket.h"
#include "report/wait_time.h"

static int copy_string(struct refine_copy *copy, uint32_t *string)
{
	const struct strings *strings = &copy->from->strings;

	return profile_intern_bytes(copy->to, strings_get(strings, *string),
				    strings_length(strings, *string), string);
}

static uint32_t *make_map(size_t n)
{
	uint32_t *map = malloc((n ? n : 1) * sizeof(*map));

	if (map) {
		memset(map, 0xff, n * sizeof(*map));
		map[0] = 0; /* none is none */
	}
	return map;
}

static int copy_head(struct refine_copy *copy)
{
	const struct profile *from = copy->from;
	struct profile *to = copy->to;
	struct profile_value_type types[PROFILE_MAX_VALUES];
	int err = 0;

	for (uint32_t i = 0; !err && i < from->n_values; i++) {
		types[i] = from->value_types[i];
		err = copy_string(copy, &types[i].type);
		if (!err)
			err = copy_string(copy, &types[i].unit);
	}
	if (!err && from->n_values)
		err = profile_set_values(to, types, from->n_values);
	to->default_value = from->default_value;
	to->time_ns = from->time_ns;
	to->duration_ns = from->duration_ns;
	to->slice_ns = from->slice_ns;
	to->max_samples = from->max_samples;
	to->period = from->period;
	to->period_type = from->period_type;
	if (!err)
		err = copy_string(copy, &to->period_type.type);
	if (!err)
		err = copy_string(copy, &to->period_type.unit);
	vec_each(&from->comments, comment)
		if (!err)
			err = profile_add_comment(to, strings_get(&from->strings, *comment));
	return err;
}

int refine_copy_init(struct refine_copy *copy, const struct profile *from, struct profile *to)
{
	int err = profile_init(to);

	*copy = (struct refine_copy){ .from = from, .to = to };
	if (err)
		return err;
	copy->functions = make_map(from->functions.n);
	copy->modules = make_map(from->modules.n);
	copy->threads = make_map(from->threads.n);
	copy->waits = make_map(from->waits.n);
	copy->locations = make_map(from->locations.n);
	copy->stacks = make_map(from->stacks.n);
	if (!copy->functions || !copy->modules || !copy->threads || !copy->waits ||
	    !copy->locations || !copy->stacks)
		return -ENOMEM;
	return copy_head(copy);
}

void refine_copy_deinit(struct refine_copy *copy)
{
	free(copy->functions);
	free(copy->modules);
	free(copy->threads);
	free(copy->waits);
	free(copy->locations);
	vec_deinit(&copy->frames);
	free(copy->stacks);
}

int refine_copy_function(struct refine_copy *copy, uint32_t number, uint32_t *ret)
{
	struct profile_function function = copy->from->functions.data[number];
	int err = 0;

	if (copy->functions[number] == UINT32_MAX) {
		err = copy_string(copy, &function.name);
		if (!err)
			err = copy_string(copy, &function.system_name);
		if (!err)
			err = copy_string(copy, &function.file);
		if (!err)
			err = profile_intern_function(copy->to, &function,
						      &copy->functions[number]);
	}
	*ret = copy->functions[number];
	return err;
}

int refine_copy_module(struct refine_copy *copy, uint32_t number, uint32_t *ret)
{
	struct profile_module module = copy->from->modules.data[number];
	int err = 0;

	if (copy->modules[number] == UINT32_MAX) {
		err = copy_string(copy, &module.path);
		if (!err)
			err = copy_string(copy, &module.build_id);
		if (!err)
			err = profile_intern_module(copy->to, &module, &copy->modules[number]);
	}
	*ret = copy->modules[number];
	return err;
}

static int copy_thread(struct refine_copy *copy, uint32_t number, uint32_t *ret)
{
	struct profile_thread thread = copy->from->threads.data[number];
	int err = 0;

	if (copy->threads[number] == UINT32_MAX) {
		err = copy_string(copy, &thread.process);
		if (!err)
			err = copy_string(copy, &thread.comm);
		if (!err)
			err = profile_intern_thread(copy->to, &thread, &copy->threads[number]);
	}
	*ret = copy->threads[number];
	return err;
}

static int copy_wait(struct refine_copy *copy, uint32_t number, uint32_t *ret)
{
	struct profile_wait wait = copy->from->waits.data[number];
	int err = 0;

	if (copy->waits[number] == UINT32_MAX) {
		err = copy_string(copy, &wait.state);
		if (!err)
			err = copy_string(copy, &wait.syscall);
		if (!err)
			err = profile_intern_wait(copy->to, &wait, &copy->waits[number]);
	}
	*ret = copy->waits[number];
	return err;
}

int refine_copy_location(struct refine_copy *copy, uint32_t number, uint32_t *ret)
{
	const struct profile *from = copy->from;
	const struct profile_location *location = &from->locations.data[number];
	uint32_t module;
	int err = 0;

	*ret = copy->locations[number];
	if (*ret != UINT32_MAX)
		return 0;
	copy->frames.n = 0;
	for (uint32_t i = 0; !err && i < location->n_frames; i++) {
		struct profile_frame frame = from->frames.data[location->first_frame + i];

		err = refine_copy_function(copy, frame.function, &frame.function);
		if (!err)
			err = vec_push(&copy->frames, frame);
	}
	if (!err)
		err = refine_copy_module(copy, location->module, &module);
	if (!err)
		err = profile_intern_location(copy->to, module, location->offset, copy->frames.data,
					      copy->frames.n, &copy->locations[number]);
	*ret = copy->locations[number];
	return err;
}

/* Of a sample whose stack and thread are numbers in to, and whose wait is one in from. */
static int add_sample(struct refine_copy *copy, struct profile_sample *sample,
		      const int64_t *values, uint64_t longest_ns)
{
	int err = copy_wait(copy, sample->wait, &sample->wait);

	if (err)
		return err;
	for (uint32_t k = 0; k < copy->from->n_values; k++)
		copy->values[k] += values[k] < 0 ? -values[k] : values[k];
	return profile_add_wait(copy->to, sample, values, longest_ns);
}

int refine_copy_sample_as(struct refine_copy *copy, size_t i, uint32_t stack, uint32_t thread)
{
	const struct profile *from = copy->from;
	struct profile_sample sample = from->samples.data[i];

	sample.stack = stack;
	sample.thread = thread;
	return add_sample(copy, &sample, from->values.data + i * from->n_values,
			  profile_longest_ns(from, i));
}

static bool counts(const struct profile *profile, uint32_t value)
{
	return !strcmp(strings_get(&profile->strings, profile->value_types[value].unit), "count");
}

int refine_copy_part(struct refine_copy *copy, size_t i, const struct wait_part *part)
{
	const struct profile *from = copy->from;
	struct profile_sample sample = from->samples.data[i];
	uint64_t longest_ns = profile_longest_ns(from, i), last_ns;
	int64_t values[PROFILE_MAX_VALUES];
	int err = copy_thread(copy, sample.thread, &sample.thread);

	if (err)
		return err;
	sample.stack = copy->stacks[sample.stack];
	for (uint32_t k = 0; k < from->n_values; k++)
		values[k] = wait_part_of(part, from->values.data[i * from->n_values + k],
					 counts(from, k));
	longest_ns = longest_ns < part->part_ns ? longest_ns : part->part_ns;
	if (wait_bucket_of(longest_ns) < sample.bucket)
		sample.bucket = wait_bucket_of(longest_ns);
	/* Where the last of them begins: see wait_time_init(). */
	last_ns = longest_ns > from->slice_ns ? longest_ns : from->slice_ns;
	last_ns = last_ns < part->part_ns ? part->part_ns - last_ns : 0;
	sample.slice = profile_slice_at(from, part->from_ns + last_ns);
	return add_sample(copy, &sample, values, longest_ns);
}

int refine_copy_sample(struct refine_copy *copy, size_t i)
{
	const struct profile_sample *sample = &copy->from->samples.data[i];
	uint32_t thread;
	int err = copy_thread(copy, sample->thread, &thread);

	return err ? err
		   : refine_copy_sample_as(copy, i, copy->stacks[sample->stack], thread);
}
