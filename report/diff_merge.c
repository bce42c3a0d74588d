// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two profiles come in; out goes one with a value for each side. Everything is
 * interned anew: what is the same on both sides becomes one stack, and with it
 * one sample.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/hash.h"
#include "report/diff.h"
#include "report/diff_words.h"
#include "report/diff_builds.h"
#include "report/format.h"
#include "report/profile.h"

/* No string has this number. */
enum { SEVERAL_BUILDS = UINT32_MAX - 1 };

/* One side on its way into the difference. */
struct merger {
	const struct diff_request *request;
	enum diff_side side;
	const struct profile *from;
	struct profile *to;
	uint32_t value; /* of from */
	uint32_t *functions, *modules, *threads, *stacks; /* by number in from: in to */
	const struct idmap *builds; /* by path, in to: the build-id, or SEVERAL_BUILDS */
	uint32_t comm;	/* in to: the name of each side's only process; 0 if there are more */
	VEC(struct profile_frame) frames; /* of the location at hand */
};

static void merger_deinit(struct merger *merger)
{
	free(merger->functions);
	free(merger->modules);
	free(merger->threads);
	free(merger->stacks);
	vec_deinit(&merger->frames);
}

static int copy_string_from(const struct profile *from, struct profile *to, uint32_t *string)
{
	return profile_intern_bytes(to, strings_get(&from->strings, *string),
				    strings_length(&from->strings, *string), string);
}

static int copy_string(struct merger *merger, uint32_t *string)
{
	return copy_string_from(merger->from, merger->to, string);
}

static int copy_functions(struct merger *merger)
{
	int err = 0;

	merger->functions = calloc(merger->from->functions.n, sizeof(uint32_t));
	if (!merger->functions)
		return -ENOMEM;
	for (size_t i = 1; !err && i < merger->from->functions.n; i++) {
		struct profile_function function = merger->from->functions.data[i];

		err = copy_string(merger, &function.name) ?:
			      copy_string(merger, &function.system_name) ?:
			      copy_string(merger, &function.file);
		if (!err)
			err = profile_intern_function(merger->to, &function, &merger->functions[i]);
	}
	return err;
}

/* A file that was built anew is the same module; its build-id then is no one's. */
static int find_builds(const struct profile *from, struct profile *to, struct idmap *builds)
{
	int err = 0;

	for (size_t i = 0; !err && i < from->modules.n; i++) {
		uint32_t path = from->modules.data[i].path, build = from->modules.data[i].build_id;
		uint32_t known;

		err = copy_string_from(from, to, &path) ?: copy_string_from(from, to, &build);
		if (err)
			break;
		if (!idmap_find(builds, path, &known))
			err = idmap_put(builds, path, build);
		else if (known != build)
			err = idmap_put(builds, path, SEVERAL_BUILDS);
	}
	return err;
}

static bool is_of_one_build(const struct merger *merger, uint32_t path)
{
	uint32_t build;

	return idmap_find(merger->builds, path, &build) && build != SEVERAL_BUILDS;
}

static int copy_modules(struct merger *merger)
{
	int err = 0;

	merger->modules = calloc(merger->from->modules.n, sizeof(uint32_t));
	if (!merger->modules)
		return -ENOMEM;
	for (size_t i = 1; !err && i < merger->from->modules.n; i++) {
		struct profile_module module = merger->from->modules.data[i];

		err = copy_string(merger, &module.path) ?: copy_string(merger, &module.build_id);
		if (!is_of_one_build(merger, module.path))
			module.build_id = 0;
		if (!err)
			err = profile_intern_module(merger->to, &module, &merger->modules[i]);
	}
	return err;
}

static int copy_threads(struct merger *merger)
{
	int err = 0;

	merger->threads = calloc(merger->from->threads.n, sizeof(uint32_t));
	if (!merger->threads)
		return -ENOMEM;
	for (size_t i = 1; !err && i < merger->from->threads.n; i++) {
		struct profile_thread thread = merger->from->threads.data[i];

		thread.pid = thread.tid = 0;
		err = copy_string(merger, &thread.process) ?: copy_string(merger, &thread.comm);
		if (merger->comm)
			thread.process = merger->comm;
		if (!err)
			err = profile_intern_thread(merger->to, &thread, &merger->threads[i]);
	}
	return err;
}

static int copy_location(struct merger *merger, uint32_t number, uint32_t *ret)
{
	const struct profile_location *location = &merger->from->locations.data[number];
	int err = 0;

	merger->frames.n = 0;
	for (uint32_t i = 0; !err && i < location->n_frames; i++) {
		struct profile_frame frame =
			merger->from->frames.data[location->first_frame + i];

		frame.function = merger->functions[frame.function];
		err = vec_push(&merger->frames, frame);
	}
	return err ?: profile_intern_location(merger->to, merger->modules[location->module],
					      location->offset, merger->frames.data,
					      location->n_frames, ret);
}

static int copy_stacks(struct merger *merger)
{
	int err = 0;

	merger->stacks = calloc(merger->from->stacks.n, sizeof(uint32_t));
	if (!merger->stacks)
		return -ENOMEM;
	for (size_t i = 1; !err && i < merger->from->stacks.n; i++) {
		const struct profile_stack *stack = &merger->from->stacks.data[i];
		uint32_t location;

		err = copy_location(merger, stack->location, &location);
		if (!err)
			err = profile_intern_stack(merger->to, merger->stacks[stack->parent],
						   location, &merger->stacks[i]);
	}
	return err;
}

static int copy_samples(struct merger *merger)
{
	const struct profile *from = merger->from;
	int err = 0;

	for (size_t i = 0; !err && i < from->samples.n; i++) {
		const struct profile_sample *old = &from->samples.data[i];
		struct profile_sample sample = {
			.stack = merger->stacks[old->stack],
			.thread = merger->threads[old->thread],
			.unwind = old->unwind,
			.wait_class = old->wait_class,
			.flags = old->flags & (SAMPLE_RUNQUEUE | SAMPLE_IDLE),
		};
		int64_t values[DIFF_SIDES] = {};

		values[merger->side] = from->values.data[i * from->n_values + merger->value];
		if (values[merger->side])
			err = profile_add_sample(merger->to, &sample, values);
	}
	return err;
}

/* What a recording says of itself, as that of its side. */
static int copy_comments(struct merger *merger)
{
	int err = 0;

	for (size_t i = 0; !err && i < merger->from->comments.n; i++) {
		guard_free char *text = NULL;

		if (asprintf(&text, "%s %s", merger->side == DIFF_BASE ? "base" : "new",
			     strings_get(&merger->from->strings,
					 merger->from->comments.data[i])) < 0)
			return -ENOMEM;
		err = profile_add_comment(merger->to, text);
	}
	return err;
}

static int merge_side(const struct diff_request *request, enum diff_side side, uint32_t value,
		      const struct idmap *builds, uint32_t comm, struct profile *ret)
{
	guard(merger_deinit) struct merger merger = {
		.request = request,
		.side = side,
		.from = request->sides[side],
		.to = ret,
		.value = value,
		.builds = builds,
		.comm = comm,
	};
	int err = copy_functions(&merger);

	if (!err)
		err = copy_modules(&merger);
	if (!err)
		err = copy_threads(&merger);
	if (!err)
		err = copy_stacks(&merger);
	if (!err)
		err = copy_samples(&merger);
	return err ?: copy_comments(&merger);
}

/* Values. */

static bool same_string(const struct profile *a, uint32_t in_a, const struct profile *b,
			uint32_t in_b)
{
	return !strcmp(strings_get(&a->strings, in_a), strings_get(&b->strings, in_b));
}

static bool find_value(const struct profile *from, uint32_t value, const struct profile *in,
		       uint32_t *ret)
{
	for (*ret = 0; *ret < in->n_values; (*ret)++)
		if (same_string(from, from->value_types[value].type, in,
				in->value_types[*ret].type) &&
		    same_string(from, from->value_types[value].unit, in,
				in->value_types[*ret].unit))
			return true;
	return false;
}

static const char *type_name(const struct profile *profile, uint32_t value)
{
	return strings_get(&profile->strings, profile->value_types[value].type);
}

static const char *unit_name(const struct profile *profile, uint32_t value)
{
	return strings_get(&profile->strings, profile->value_types[value].unit);
}

/* What reports show first: of samples that are all worth the same time, that time. */
static uint32_t shown_value(const struct profile *profile)
{
	struct value_style shown, style;

	value_style_init_shown(&shown, profile, profile->default_value);
	for (uint32_t i = 0; shown.per_second && i < profile->n_values; i++) {
		value_style_init(&style, profile, i);
		if (style.per_second == shown.per_second && !strcmp(style.title, shown.title))
			return i;
	}
	return profile->default_value;
}

/* The value that either side shows first, or any that both have. */
static int choose_values(const struct diff_request *request, uint32_t values[DIFF_SIDES],
			 struct report_error *error)
{
	const struct profile *base = request->sides[DIFF_BASE], *new = request->sides[DIFF_NEW];

	values[DIFF_NEW] = shown_value(new);
	if (find_value(new, values[DIFF_NEW], base, &values[DIFF_BASE]))
		return 0;
	values[DIFF_BASE] = shown_value(base);
	if (find_value(base, values[DIFF_BASE], new, &values[DIFF_NEW]))
		return 0;
	for (uint32_t i = 0; i < new->n_values; i++) {
		values[DIFF_NEW] = i;
		if (find_value(new, i, base, &values[DIFF_BASE]))
			return 0;
	}
	report_error_set(error,
			 "the base counts %.40s/%.40s, the new side %.40s/%.40s; give two "
			 "recordings of the same event",
			 type_name(base, base->default_value), unit_name(base, base->default_value),
			 type_name(new, new->default_value), unit_name(new, new->default_value));
	return -EINVAL;
}

/* What one sample is worth on average. Where samples are not counted, and of what waits, each record
 * stands for at least one. */
static double worth_of_sample(const struct profile *profile, uint32_t value)
{
	uint32_t samples = value_samples(profile);
	bool is_counted = samples < profile->n_values;
	int64_t n = 0, sum = value_sum(profile, value);

	if (value == samples || (!is_counted && !strcmp(unit_name(profile, value), "count")))
		return 1;
	for (size_t i = 0; i < profile->samples.n; i++) {
		const int64_t *values = &profile->values.data[i * profile->n_values];

		if (is_counted && !profile->samples.data[i].wait_class)
			n += values[samples];
		else
			n += values[value] != 0;
	}
	return n > 0 && sum > 0 ? (double)sum / n : 1;
}

/* Processes. */

/* The only name that processes have, or NULL. */
static const char *only_process(const struct profile *profile)
{
	const char *only = NULL;

	for (size_t i = 0; i < profile->samples.n; i++) {
		uint32_t thread = profile->samples.data[i].thread;
		const char *name = strings_get(&profile->strings,
					       profile->threads.data[thread].process);

		if (!*name || (only && strcmp(only, name)))
			return NULL;
		only = name;
	}
	return only;
}

/* A program under another name (a.out-old, a.out-new) would be new with all that it does. */
static int name_process(const struct diff_request *request, struct profile *to, uint32_t *ret)
{
	const char *base = only_process(request->sides[DIFF_BASE]);
	const char *new = only_process(request->sides[DIFF_NEW]);
	guard_free char *both = NULL;

	*ret = 0;
	if (!base || !new || !strcmp(base, new))
		return 0;
	if (asprintf(&both, "%s \u2192 %s", base, new) < 0)
		return -ENOMEM;
	return profile_intern(to, both, ret);
}

/* The comment. */

static size_t directory_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 - path : 0;
}

/* How much of all paths is the same directory. */
static size_t common_directory(const struct diff_request *request)
{
	const char *first = request->names[DIFF_BASE][0];
	size_t n = first ? directory_length(first) : 0;

	for (int side = 0; side < DIFF_SIDES; side++)
		for (char *const *name = request->names[side]; *name; name++)
			while (n && strncmp(first, *name, n))
				while (--n && first[n - 1] != '/')
					;
	return n;
}

static void print_names(const struct diff_request *request, int side, FILE *out)
{
	size_t skip = common_directory(request);

	for (char *const *name = request->names[side]; *name; name++) {
		if (name != request->names[side])
			fputc(',', out);
		diff_words_put(strcmp(*name, "-") ? *name + skip : "standard input", out);
	}
}

static int add_comment(const struct diff_request *request, const uint32_t values[DIFF_SIDES],
		       struct profile *to)
{
	static const char *const by[] = {"share", "second", "ops"};
	const struct profile *base = request->sides[DIFF_BASE], *new = request->sides[DIFF_NEW];
	guard_free char *text = NULL;
	double scales[DIFF_SIDES];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	for (int side = 0; side < DIFF_SIDES; side++)
		scales[side] = request->by == DIFF_BY_SHARE ?
				       value_sum(request->sides[side], values[side]) :
				       request->scales[side];
	fprintf(out, "diff: by=%s value=", by[request->by]);
	diff_words_put(type_name(new, values[DIFF_NEW]), out);
	fprintf(out, " base-scale=%.15g new-scale=%.15g base-sample=%.15g new-sample=%.15g base=",
		scales[DIFF_BASE], scales[DIFF_NEW], worth_of_sample(base, values[DIFF_BASE]),
		worth_of_sample(new, values[DIFF_NEW]));
	print_names(request, DIFF_BASE, out);
	fputs(" new=", out);
	print_names(request, DIFF_NEW, out);
	if (fclose(out))
		return -ENOMEM;
	return profile_add_comment(to, text);
}

static int declare_values(const struct diff_request *request, const uint32_t values[DIFF_SIDES],
			  struct profile *to)
{
	static const char *const sides[] = {"base", "new"};
	const struct profile *new = request->sides[DIFF_NEW];
	struct profile_value_type types[DIFF_SIDES];
	int err = 0;

	for (int side = 0; !err && side < DIFF_SIDES; side++) {
		err = profile_intern(to, sides[side], &types[side].type);
		if (!err)
			err = profile_intern(to, unit_name(new, values[DIFF_NEW]),
					     &types[side].unit);
	}
	to->slice_ns = 0;
	to->default_value = DIFF_NEW;
	return err ?: profile_set_values(to, types, DIFF_SIDES);
}

static int note_builds(const struct idmap *builds, struct profile *to)
{
	guard_free bool *several = calloc(to->modules.n, sizeof(*several));
	uint32_t build;

	if (!several)
		return -ENOMEM;
	for (size_t i = 1; i < to->modules.n; i++)
		several[i] = to->modules.data[i].kind == MODULE_USER &&
			     idmap_find(builds, to->modules.data[i].path, &build) &&
			     build == SEVERAL_BUILDS;
	return diff_builds_note(to, several);
}

static int merge(const struct diff_request *request, const uint32_t values[DIFF_SIDES],
		 struct profile *ret)
{
	guard(idmap_deinit) struct idmap builds = {};
	uint32_t comm;
	int err = profile_init(ret);

	if (!err)
		err = declare_values(request, values, ret);
	if (!err)
		err = add_comment(request, values, ret);
	if (!err)
		err = name_process(request, ret, &comm);
	for (int side = 0; !err && side < DIFF_SIDES; side++)
		err = find_builds(request->sides[side], ret, &builds);
	for (int side = 0; !err && side < DIFF_SIDES; side++)
		err = merge_side(request, side, values[side], &builds, comm, ret);
	return err ? err : note_builds(&builds, ret);
}

int diff_merge(const struct diff_request *request, struct profile *ret, struct report_error *error)
{
	uint32_t values[DIFF_SIDES];
	int err;

	*ret = (struct profile){};
	err = choose_values(request, values, error);
	if (!err)
		err = merge(request, values, ret);
	return err ?: profile_finish(ret);
}
