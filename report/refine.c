// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples are chosen, frames are left out or folded: one pass over functions,
 * one over locations, one over stacks (each after its parent), one over
 * samples. The small shares are folded in a second profile, since what is
 * small is known only after all else.
 */
#include "report/refine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/profile.h"
#include "report/refine_copy.h"
#include "report/refine_match.h"
#include "report/refine_share.h"
#include "report/value.h"
#include "report/wait_time.h"
#include "report/wait_class.h"
#include "report/wakeups.h"

/* What is known of a function, of a stack: that, or bit i for --focus number i. */
enum {
	MAX_FOCUS = 29,
	OF_COMM = 1 << 29, /* where a file knows no processes: the outermost frame is one */
	IGNORED = 1 << 30,
	HIDDEN = 1U << 31,
};

struct refiner {
	const struct refine_options *options;
	struct refine_copy copy;
	int64_t whole; /* of the default value, before all that is asked for */
	struct waits_columns columns;
	int64_t idle_ns; /* left out */
	struct refine_matchers focus, ignore, hide, comms, threads, classes;
	uint32_t *function_flags;
	uint32_t *stack_flags;
	uint32_t *innermost;   /* by number in from: its innermost function in to */
	bool class_is_chosen[WAIT_N];
	bool *thread_is_chosen;
	bool *of_comm_counts; /* by thread */
	VEC(struct profile_frame) frames; /* of the location being made */
	VEC(char) text;
};

static void refiner_deinit(struct refiner *refiner)
{
	refine_copy_deinit(&refiner->copy);
	refine_matchers_deinit(&refiner->focus);
	refine_matchers_deinit(&refiner->ignore);
	refine_matchers_deinit(&refiner->hide);
	refine_matchers_deinit(&refiner->comms);
	refine_matchers_deinit(&refiner->threads);
	refine_matchers_deinit(&refiner->classes);
	free(refiner->function_flags);
	free(refiner->stack_flags);
	free(refiner->innermost);
	free(refiner->thread_is_chosen);
	free(refiner->of_comm_counts);
	vec_deinit(&refiner->frames);
	vec_deinit(&refiner->text);
}

void refine_options_deinit(struct refine_options *options)
{
	vec_deinit(&options->focus);
	vec_deinit(&options->ignore);
	vec_deinit(&options->comms);
	vec_deinit(&options->threads);
	vec_deinit(&options->classes);
	vec_deinit(&options->hide);
}

bool refine_is_asked(const struct refine_options *options)
{
	return options->focus.n || options->ignore.n || options->comms.n || options->threads.n ||
	       options->classes.n || options->no_idle || options->from_ns || options->until_ns ||
	       options->hide.n || options->by_module || options->collapse_recursion ||
	       options->wakeups || options->min_share > 0;
}

/* Functions. */

static uint32_t match_name(struct refiner *refiner, const char *name, size_t n)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < refiner->options->focus.n; i++)
		flags |= (uint32_t)refine_match(&refiner->focus, i, name, n) << i;
	if (refine_match_any(&refiner->ignore, name, n))
		flags |= IGNORED;
	if (refine_match_any(&refiner->hide, name, n))
		flags |= HIDDEN;
	return flags;
}

static int first_error(const struct refiner *refiner)
{
	return refiner->focus.err ?: refiner->ignore.err ?: refiner->hide.err ?:
	       refiner->comms.err ?: refiner->threads.err ?: refiner->classes.err;
}

static int match_functions(struct refiner *refiner)
{
	const struct profile *from = refiner->copy.from;

	refiner->function_flags = calloc(from->functions.n, sizeof(uint32_t));
	if (!refiner->function_flags)
		return -ENOMEM;
	for (size_t i = 1; i < from->functions.n; i++) {
		uint32_t name = from->functions.data[i].name;

		refiner->function_flags[i] = match_name(refiner,
							strings_get(&from->strings, name),
							strings_length(&from->strings, name));
	}
	return first_error(refiner);
}

/* Stacks. */

/* The one frame that stands for a module: "libc.so.6", "[kernel]". */
static int module_frame(struct refiner *refiner, uint32_t module)
{
	const struct strings *strings = &refiner->copy.from->strings;
	uint32_t path = refiner->copy.from->modules.data[module].path;
	const char *name = strings_get(strings, path);
	const char *slash = strrchr(name, '/');
	struct profile_function function = {};
	struct profile_frame frame = {};
	int err;

	name = slash && slash[1] ? slash + 1 : name;
	err = profile_intern(refiner->copy.to, *name ? name : "[no module]", &function.name);
	if (!err)
		err = profile_intern_function(refiner->copy.to, &function, &frame.function);
	return err ? err : vec_push(&refiner->frames, frame);
}

/* The frames that a location has in the new profile, innermost first. A function that the
 * innermost frame of its caller (0: none) is already, is not repeated where that is asked for. */
static int make_frames(struct refiner *refiner, const struct profile_location *location,
		       uint32_t caller)
{
	const struct profile_frame *frames = refiner->copy.from->frames.data + location->first_frame;
	bool by_module = refiner->options->by_module && location->module;
	bool collapse = refiner->options->collapse_recursion || by_module;
	size_t kept = 0;
	int err = 0;

	refiner->frames.n = 0;
	for (uint32_t i = 0; !err && i < location->n_frames; i++) {
		struct profile_frame frame = frames[i];

		if (refiner->function_flags[frame.function] & HIDDEN)
			continue;
		/* A folded file knows no modules: its frames stay what they are. */
		if (by_module) {
			err = module_frame(refiner, location->module);
			break;
		}
		err = refine_copy_function(&refiner->copy, frame.function, &frame.function);
		if (!err)
			err = vec_push(&refiner->frames, frame);
	}
	if (err || !collapse)
		return err;
	/* From the outermost inwards, each after its caller. */
	for (size_t i = refiner->frames.n; i > 0; i--) {
		struct profile_frame frame = refiner->frames.data[i - 1];

		if (frame.function != caller)
			refiner->frames.data[refiner->frames.n - ++kept] = frame;
		caller = frame.function;
	}
	memmove(refiner->frames.data, refiner->frames.data + refiner->frames.n - kept,
		kept * sizeof(*refiner->frames.data));
	refiner->frames.n = kept;
	return 0;
}

static int add_location(struct refiner *refiner, uint32_t stack,
			const struct profile_location *location)
{
	struct refine_copy *copy = &refiner->copy;
	uint64_t offset = refiner->options->by_module && location->module ? 0 : location->offset;
	uint32_t module, number;
	int err = refine_copy_module(copy, location->module, &module);

	if (!err)
		err = profile_intern_location(copy->to, module, offset, refiner->frames.data,
					      refiner->frames.n, &number);
	if (!err)
		err = profile_intern_stack(copy->to, copy->stacks[stack], number,
					   &copy->stacks[stack]);
	return err;
}

/* What is not resolved has an address for a name: the very label that tree.c gives it. */
static int match_unresolved(struct refiner *refiner, const struct profile_location *location,
			    uint32_t *ret)
{
	const struct strings *strings = &refiner->copy.from->strings;
	const char *path = strings_get(strings,
				       refiner->copy.from->modules.data[location->module].path);
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	int length = strlen(name);
	guard_free char *text = NULL;
	int n;

	if (length >= 2 && name[0] == '[' && name[length - 1] == ']') {
		name++;
		length -= 2;
	}
	n = asprintf(&text, "[%.*s%s0x%llx]", length, name, length ? "+" : "",
		     (unsigned long long)location->offset);
	if (n < 0)
		return -ENOMEM;
	*ret = match_name(refiner, text, n);
	return 0;
}

static uint32_t location_flags(const struct refiner *refiner,
			       const struct profile_location *location)
{
	const struct profile_frame *frames = refiner->copy.from->frames.data + location->first_frame;
	uint32_t flags = 0;

	for (uint32_t i = 0; i < location->n_frames; i++)
		flags |= refiner->function_flags[frames[i].function];
	return flags & ~HIDDEN;
}

/* In a folded file a stack begins with its process, by custom. */
static uint32_t match_outermost(struct refiner *refiner, const struct profile_location *location)
{
	const struct profile *from = refiner->copy.from;
	const struct profile_frame *frame;
	uint32_t name;

	if (!refiner->comms.compiled.n || !location->n_frames)
		return 0;
	frame = &from->frames.data[location->first_frame + location->n_frames - 1];
	name = from->functions.data[frame->function].name;
	return refine_match_any(&refiner->comms, strings_get(&from->strings, name),
				strings_length(&from->strings, name)) ?
		       OF_COMM :
		       0;
}

static int refine_stack(struct refiner *refiner, uint32_t stack)
{
	const struct profile *from = refiner->copy.from;
	uint32_t parent = from->stacks.data[stack].parent;
	const struct profile_location *location =
		&from->locations.data[from->stacks.data[stack].location];
	uint32_t flags = location_flags(refiner, location);
	int err = 0;

	refiner->copy.stacks[stack] = refiner->copy.stacks[parent];
	refiner->innermost[stack] = refiner->innermost[parent];
	if (!location->n_frames)
		err = match_unresolved(refiner, location, &flags);
	if (!parent)
		flags |= match_outermost(refiner, location);
	refiner->stack_flags[stack] = refiner->stack_flags[parent] | (flags & ~HIDDEN);
	if (err || (!location->n_frames && flags & HIDDEN))
		return err;
	err = make_frames(refiner, location, refiner->innermost[parent]);
	if (!err && !location->n_frames && refiner->options->by_module)
		err = module_frame(refiner, location->module);
	if (err || (!refiner->frames.n && location->n_frames))
		return err;
	if (!location->n_frames && refiner->frames.n &&
	    refiner->frames.data[0].function == refiner->innermost[parent])
		return 0;
	refiner->innermost[stack] = refiner->frames.n ? refiner->frames.data[0].function : 0;
	return add_location(refiner, stack, location);
}

static int refine_stacks(struct refiner *refiner)
{
	size_t n = refiner->copy.from->stacks.n;
	int err = 0;

	refiner->stack_flags = calloc(n, sizeof(uint32_t));
	refiner->innermost = calloc(n, sizeof(uint32_t));
	if (!refiner->stack_flags || !refiner->innermost)
		return -ENOMEM;
	for (size_t i = 1; !err && i < n; i++)
		err = refine_stack(refiner, i);
	return err ? err : first_error(refiner);
}

/* Threads, classes and samples. */

/* "comm" and "comm (id)": one of them has to match. */
static int match_task(struct refiner *refiner, struct refine_matchers *matchers, uint32_t comm,
		      int32_t id, bool *ret)
{
	const struct strings *strings = &refiner->copy.from->strings;
	const char *name = strings_get(strings, comm);
	size_t n = strings_length(strings, comm);
	char number[16];

	*ret = !matchers->compiled.n || refine_match_any(matchers, name, n);
	if (*ret)
		return 0;
	refiner->text.n = 0;
	if (vec_append(&refiner->text, name, n) ||
	    vec_append(&refiner->text, number, (size_t)snprintf(number, 16, " (%d)", id)))
		return -ENOMEM;
	*ret = refine_match_any(matchers, refiner->text.data, refiner->text.n);
	return 0;
}

static int choose_threads(struct refiner *refiner)
{
	const struct profile *from = refiner->copy.from;
	int err = 0;

	refiner->thread_is_chosen = calloc(from->threads.n, sizeof(bool));
	refiner->of_comm_counts = calloc(from->threads.n, sizeof(bool));
	if (!refiner->thread_is_chosen || !refiner->of_comm_counts)
		return -ENOMEM;
	for (size_t i = 0; !err && i < from->threads.n; i++) {
		const struct profile_thread *thread = &from->threads.data[i];
		bool comm, name;

		err = match_task(refiner, &refiner->comms, thread->process, thread->pid, &comm);
		if (!err)
			err = match_task(refiner, &refiner->threads, thread->comm, thread->tid,
					 &name);
		if (err)
			break;
		refiner->thread_is_chosen[i] = comm && name;
		refiner->of_comm_counts[i] = name && !thread->process;
	}
	return err ? err : first_error(refiner);
}

static int choose_classes(struct refiner *refiner)
{
	for (unsigned i = 0; i < WAIT_N; i++) {
		const char *name = wait_class_name(i);

		refiner->class_is_chosen[i] =
			!refiner->classes.compiled.n ||
			refine_match_any(&refiner->classes, name, strlen(name));
	}
	return first_error(refiner);
}

static bool is_chosen(const struct refiner *refiner, const struct profile_sample *sample)
{
	const struct refine_options *options = refiner->options;
	uint32_t wanted = (1U << options->focus.n) - 1;
	uint32_t flags = refiner->stack_flags[sample->stack];
	bool by_frame = refiner->of_comm_counts[sample->thread] && flags & OF_COMM;

	return (refiner->thread_is_chosen[sample->thread] || by_frame) &&
	       refiner->class_is_chosen[sample->wait_class] && (flags & wanted) == wanted &&
	       !(flags & IGNORED);
}

/* That it waited for a CPU after that is not idle: there was work for it. */
static bool leave_idle(struct refiner *refiner, size_t i, const struct wait_part *part)
{
	const struct profile *from = refiner->copy.from;
	uint32_t blocked = refiner->columns.blocked;
	uint8_t flags = from->samples.data[i].flags;

	if (!refiner->options->no_idle || (flags & (SAMPLE_IDLE | SAMPLE_RUNQUEUE)) != SAMPLE_IDLE)
		return false;
	if (blocked < from->n_values)
		refiner->idle_ns += wait_part_of(
			part, from->values.data[i * from->n_values + blocked], false);
	return true;
}

/* A wait that reaches beyond the time asked for counts with what is within it. */
static int choose_sample(struct refiner *refiner, size_t i)
{
	const struct profile *from = refiner->copy.from;
	const struct refine_options *options = refiner->options;
	struct wait_part part = {0, 1, 1};
	struct wait_time time;

	if (!is_chosen(refiner, &from->samples.data[i]))
		return 0;
	if (options->from_ns || options->until_ns) {
		wait_time_init(&time, from, &refiner->columns, i);
		if (!wait_time_cut(&time, options->from_ns, options->until_ns, &part))
			return 0;
	}
	if (leave_idle(refiner, i, &part))
		return 0;
	if (part.part_ns == part.whole_ns)
		return refine_copy_sample(&refiner->copy, i);
	return refine_copy_part(&refiner->copy, i, &part);
}

static int choose_samples(struct refiner *refiner)
{
	const struct profile *from = refiner->copy.from;
	int err = 0;

	waits_columns_init(&refiner->columns, from);
	for (size_t i = 0; !err && i < from->samples.n; i++)
		err = choose_sample(refiner, i);
	return err;
}

/* The comment: what was asked for, and what is left. */

static void print_patterns(FILE *out, const char *word, const struct refine_patterns *patterns)
{
	vec_each(patterns, pattern)
		fprintf(out, " %s %s,", word, *pattern);
}

static int add_comment(struct refiner *refiner)
{
	const struct refine_options *options = refiner->options;
	const struct profile *from = refiner->copy.from;
	uint32_t value = from->default_value;
	guard_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	fputs("refined:", out);
	print_patterns(out, "focus", &options->focus);
	print_patterns(out, "ignore", &options->ignore);
	print_patterns(out, "comm", &options->comms);
	print_patterns(out, "thread", &options->threads);
	print_patterns(out, "class", &options->classes);
	if (options->no_idle)
		fputs(" no idle waits,", out);
	if (options->from_ns || options->until_ns)
		fprintf(out, " time %gs..", options->from_ns / 1e9);
	if (options->until_ns)
		fprintf(out, "%gs", options->until_ns / 1e9);
	if (options->from_ns || options->until_ns)
		fputc(',', out);
	print_patterns(out, "hide", &options->hide);
	if (options->by_module)
		fputs(" by module,", out);
	if (options->collapse_recursion)
		fputs(" recursion collapsed,", out);
	if (options->wakeups)
		fputs(" wakeups,", out);
	if (options->min_share > 0)
		fprintf(out, " below %g%% folded,", options->min_share);
	fprintf(out, " %.2f%% of the %s", 
		refiner->whole ? 100.0 * refiner->copy.values[value] / refiner->whole : 0,
		from->n_values ? strings_get(&from->strings, from->value_types[value].type) :
				 "samples");
	if (fclose(out))
		return -ENOMEM;
	return profile_add_comment(refiner->copy.to, text);
}

/* What is large and not shown is told beside what is. */
static int add_idle_comment(struct refiner *refiner)
{
	char text[64];

	if (refiner->idle_ns <= 0)
		return 0;
	snprintf(text, sizeof(text), REFINE_IDLE ": %.2f thread-seconds left out",
		 refiner->idle_ns / 1e9);
	return profile_add_comment(refiner->copy.to, text);
}

static int prepare(struct refiner *refiner, const struct profile *profile, struct profile *ret,
		   struct report_error *error)
{
	const struct refine_options *options = refiner->options;
	int err = refine_copy_init(&refiner->copy, profile, ret);

	if (err)
		return err;
	if (options->focus.n > MAX_FOCUS) {
		report_error_set(error, "--focus stands more than %d times", MAX_FOCUS);
		return -EINVAL;
	}
	if ((options->from_ns || options->until_ns) && !profile->slice_ns) {
		report_error_set(error, "--time: the input does not tell when its samples were; "
					"take a recording");
		return -EINVAL;
	}
	err = refine_matchers_init(&refiner->focus, &options->focus, error);
	if (!err)
		err = refine_matchers_init(&refiner->ignore, &options->ignore, error);
	if (!err)
		err = refine_matchers_init(&refiner->hide, &options->hide, error);
	if (!err)
		err = refine_matchers_init(&refiner->comms, &options->comms, error);
	if (!err)
		err = refine_matchers_init(&refiner->threads, &options->threads, error);
	if (!err)
		err = refine_matchers_init(&refiner->classes, &options->classes, error);
	return err;
}

static int refine(const struct profile *profile, int64_t whole,
		  const struct refine_options *options, struct profile *ret,
		  struct report_error *error)
{
	guard(refiner_deinit) struct refiner refiner = { .options = options, .whole = whole };
	int err = prepare(&refiner, profile, ret, error);

	if (!err)
		err = match_functions(&refiner);
	if (!err)
		err = refine_stacks(&refiner);
	if (!err)
		err = choose_threads(&refiner);
	if (!err)
		err = choose_classes(&refiner);
	if (!err)
		err = choose_samples(&refiner);
	if (!err)
		err = add_comment(&refiner);
	if (!err)
		err = add_idle_comment(&refiner);
	return err ? err : profile_finish(ret);
}

int profile_refine(const struct profile *profile, const struct refine_options *options,
		   struct profile *ret, struct report_error *error)
{
	guard(profile_deinit) struct profile all = {}, turned = {};
	int64_t whole = profile->n_values ? profile->totals[profile->default_value] : 0;
	int err;

	*ret = (struct profile){};
	if (options->wakeups) {
		err = wakeups_make(profile, &turned);
		if (err)
			return err;
		profile = &turned;
	}
	if (options->min_share <= 0)
		return refine(profile, whole, options, ret, error);
	err = refine(profile, whole, options, &all, error);
	return err ? err : refine_small_shares(&all, options->min_share, ret);
}
