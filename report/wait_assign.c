// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits of a profile in, their classes out. The kernel's part of a stack is
 * read from the leaf outwards; a futex is told apart by the program's part.
 * Stacks are shared by many samples, and each is read once.
 */
#include "report/wait_class.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/hash.h"
#include "report/profile.h"
#include "report/value.h"
#include "report/wait_rules.h"
#include "report/wakers.h"

/* How far from the leaf a program's frames tell what its futex is. */
enum { MAX_USER_FRAMES = 48 };

struct known_rule {
	struct wait_rule rule;
	bool known;
};

/* What is known of a wait: its class, and whether it may have been one for work. */
struct verdict {
	uint8_t class;
	bool work;
};

/* A sample that is idle if there is enough of its place. */
struct candidate {
	uint32_t sample;
	uint32_t place; /* number in blocked_ns */
};

struct classifier {
	struct profile *profile;
	struct known_rule *kernel, *user; /* by function */
	uint32_t *waiters;		  /* by stack: the part of it that is the waiter's */
	struct idmap known;		  /* stack << 32 | wait -> class << 1 | work */
	struct idmap framed;		  /* stack << 32 | location of its frame -> with it */
	struct idmap places;		  /* thread << 32 | stack -> number in blocked_ns */
	VEC(int64_t) blocked_ns;
	VEC(struct candidate) candidates;
	VEC(uint32_t) path; /* locations within the waiter's part, innermost first */
	uint32_t value;	    /* time blocked */
};

static void classifier_deinit(struct classifier *classifier)
{
	idmap_deinit(&classifier->framed);
	free(classifier->kernel);
	free(classifier->user);
	free(classifier->waiters);
	idmap_deinit(&classifier->known);
	idmap_deinit(&classifier->places);
	vec_deinit(&classifier->blocked_ns);
	vec_deinit(&classifier->candidates);
	vec_deinit(&classifier->path);
}

static int classifier_init(struct classifier *classifier)
{
	const struct profile *profile = classifier->profile;

	classifier->kernel = calloc(profile->functions.n, sizeof(*classifier->kernel));
	classifier->user = calloc(profile->functions.n, sizeof(*classifier->user));
	if (!classifier->kernel || !classifier->user)
		return -ENOMEM;
	classifier->value = value_find(profile, "blocked");
	return wakers_find_waiters(profile, &classifier->waiters);
}

static struct wait_rule rule_of(struct classifier *classifier, uint32_t function, bool kernel)
{
	const struct strings *strings = &classifier->profile->strings;
	uint32_t name = classifier->profile->functions.data[function].name;
	struct known_rule *known =
		kernel ? &classifier->kernel[function] : &classifier->user[function];

	if (!known->known) {
		known->rule = (kernel ? wait_rule_kernel : wait_rule_user)(
			strings_get(strings, name), strings_length(strings, name));
		known->known = true;
	}
	return known->rule;
}

/* The stack of a wait, innermost first. */
struct walk {
	const struct profile *profile;
	uint32_t stack;
	uint32_t frame; /* of its location */
};

/* The next function, 0 for a location without names. False at the end. */
static bool walk_next(struct walk *walk, bool *ret_kernel, uint32_t *ret_function)
{
	const struct profile *profile = walk->profile;
	const struct profile_location *location;
	enum module_kind kind;

	if (!walk->stack)
		return false;
	location = &profile->locations.data[profile->stacks.data[walk->stack].location];
	kind = profile->modules.data[location->module].kind;
	*ret_kernel = kind == MODULE_KERNEL || kind == MODULE_BPF;
	*ret_function = 0;
	if (location->n_frames)
		*ret_function =
			profile->frames.data[location->first_frame + walk->frame++].function;
	if (walk->frame >= location->n_frames) {
		walk->stack = profile->stacks.data[walk->stack].parent;
		walk->frame = 0;
	}
	return true;
}

/* What the kernel's functions say. */
struct kernel_part {
	struct wait_rule sure, weak;
	bool fault;  /* outside of what decides */
	bool thread; /* a kernel thread, of which nothing but its own function is on the stack */
};

/* Reads the kernel's part, and leaves the walk at the first function of the program. */
static struct kernel_part read_kernel(struct classifier *classifier, struct walk *walk)
{
	struct kernel_part part = {};
	struct walk next = *walk;
	uint32_t function, n_own = 0;
	bool kernel;

	for (; walk_next(&next, &kernel, &function) && kernel; *walk = next) {
		struct wait_rule rule = rule_of(classifier, function, true);
		const char *name = strings_get(&classifier->profile->strings,
					       classifier->profile->functions.data[function].name);

		if (rule.kind == RULE_LOOP && !n_own)
			rule = (struct wait_rule){WAIT_KERNEL, RULE_SURE};
		if ((rule.kind == RULE_SURE || rule.kind == RULE_WORK) && !part.sure.kind)
			part.sure = rule;
		if ((rule.kind == RULE_WEAK || rule.kind == RULE_WEAK_WORK) && !part.weak.kind)
			part.weak = rule;
		part.fault |= rule.kind == RULE_FAULT;
		if (rule.kind != RULE_SCHEDULER)
			n_own++;
		else if (!strcmp(name, "kthread"))
			part.thread = n_own <= 1;
	}
	return part;
}

/* Who waits on a futex knows what it is: a lock, or a word that another thread will change. */
static struct verdict read_user(struct classifier *classifier, struct walk *walk,
				struct verdict verdict)
{
	enum wait_rule_kind best = RULE_NONE;
	uint32_t function;
	bool kernel, rest = false;

	for (int i = 0; i < MAX_USER_FRAMES && walk_next(walk, &kernel, &function); i++) {
		struct wait_rule rule = rule_of(classifier, function, false);

		if (rule.kind == RULE_REST)
			rest = true;
		else if (verdict.class == WAIT_FUTEX || best)
			if (rule.kind > best) {
				verdict = (struct verdict){rule.class, rule.class != WAIT_LOCK};
				best = rule.kind;
			}
	}
	if (rest && verdict.class == WAIT_FUTEX)
		verdict.class = WAIT_CONDITION;
	if (rest && verdict.class != WAIT_LOCK)
		verdict.work = true;
	return verdict;
}

static struct verdict verdict_of_rule(struct wait_rule rule)
{
	return (struct verdict){
		.class = rule.class,
		.work = rule.kind == RULE_WORK || rule.kind == RULE_WEAK_WORK,
	};
}

/* What follows from the state alone. */
static enum wait_class class_of_state(const char *state, const struct kernel_part *part)
{
	if (!strcmp(state, "T") || !strcmp(state, "t"))
		return WAIT_STOPPED;
	if (!strcmp(state, "throttled"))
		return WAIT_THROTTLED;
	if (!strcmp(state, "new"))
		return WAIT_FIRST_RUN;
	if (!strcmp(state, "R"))
		return part->sure.class == WAIT_THROTTLED ? WAIT_THROTTLED : WAIT_PREEMPTED;
	if (!strcmp(state, "I") || !strcmp(state, "P"))
		return WAIT_KERNEL;
	return WAIT_NONE;
}

static struct verdict classify(struct classifier *classifier, uint32_t stack,
			       const struct profile_wait *wait)
{
	const struct strings *strings = &classifier->profile->strings;
	struct walk walk = {.profile = classifier->profile, .stack = stack};
	struct kernel_part part = read_kernel(classifier, &walk);
	struct verdict verdict = {.class =
					  class_of_state(strings_get(strings, wait->state), &part)};

	if (verdict.class)
		return verdict;
	if (part.sure.kind)
		verdict = verdict_of_rule(part.sure);
	else if (part.thread)
		verdict.class = WAIT_KERNEL;
	else if (part.weak.kind)
		verdict = verdict_of_rule(part.weak);
	else if (wait->syscall)
		verdict =
			verdict_of_rule(wait_rule_syscall(strings_get(strings, wait->syscall),
							  strings_length(strings, wait->syscall)));
	if (part.fault && (!verdict.class || verdict.class == WAIT_DISK))
		verdict.class = WAIT_PAGE_FAULT;
	verdict = read_user(classifier, &walk, verdict);
	if (!verdict.class)
		verdict.class = WAIT_OTHER;
	return verdict;
}

/* What the waiter's part is without a frame for a class. */
static uint32_t bare_stack(const struct classifier *classifier, uint32_t stack)
{
	const struct profile *profile = classifier->profile;
	uint32_t waiter = classifier->waiters[stack];

	return wait_class_is_frame(profile, profile->stacks.data[waiter].location) ?
		       profile->stacks.data[waiter].parent :
		       waiter;
}

static int find_verdict(struct classifier *classifier, const struct profile_sample *sample,
			struct verdict *ret)
{
	uint32_t stack = bare_stack(classifier, sample->stack);
	uint64_t key = (uint64_t)stack << 32 | sample->wait;
	uint32_t known;

	if (idmap_find(&classifier->known, key, &known)) {
		*ret = (struct verdict){.class = known >> 1, .work = known & 1};
		return 0;
	}
	*ret = classify(classifier, stack, &classifier->profile->waits.data[sample->wait]);
	return idmap_put(&classifier->known, key, ret->class << 1 | ret->work);
}

/* Adds a wait for work to those of its thread at this place. */
static int add_candidate(struct classifier *classifier, uint32_t number)
{
	const struct profile *profile = classifier->profile;
	const struct profile_sample *sample = &profile->samples.data[number];
	uint64_t key = (uint64_t)sample->thread << 32 | bare_stack(classifier, sample->stack);
	uint32_t place;
	int err = 0;

	if (classifier->value >= profile->n_values)
		return 0;
	if (!idmap_find(&classifier->places, key, &place)) {
		place = classifier->blocked_ns.n;
		err = vec_push(&classifier->blocked_ns, 0);
		if (!err)
			err = idmap_put(&classifier->places, key, place);
	}
	if (err)
		return err;
	/* The phase in the run queue follows it: it is not work that is waited for there. */
	if (!(sample->flags & SAMPLE_RUNQUEUE))
		classifier->blocked_ns.data[place] +=
			profile->values
				.data[(size_t)number * profile->n_values + classifier->value];
	return vec_push(&classifier->candidates, (struct candidate){number, place});
}

/* The stack with a frame at the end of the waiter's part, what follows behind it. */
static int add_frame(struct classifier *classifier, uint32_t stack, uint32_t location,
		     uint32_t *ret)
{
	struct profile *profile = classifier->profile;
	uint32_t waiter = classifier->waiters[stack];
	uint64_t key = (uint64_t)stack << 32 | location;
	int err;

	if (idmap_find(&classifier->framed, key, ret))
		return 0;
	classifier->path.n = 0;
	for (uint32_t i = stack; i != waiter; i = profile->stacks.data[i].parent) {
		err = vec_push(&classifier->path, profile->stacks.data[i].location);
		if (err)
			return err;
	}
	if (wait_class_is_frame(profile, profile->stacks.data[waiter].location))
		waiter = profile->stacks.data[waiter].parent;
	err = profile_intern_stack(profile, waiter, location, ret);
	for (size_t i = classifier->path.n; !err && i > 0; i--)
		err = profile_intern_stack(profile, *ret, classifier->path.data[i - 1], ret);
	return err ?: idmap_put(&classifier->framed, key, *ret);
}

static int add_class_frame(struct classifier *classifier, struct profile_sample *sample)
{
	char name[WAIT_FRAME_NAME];
	uint32_t location;
	int err;

	wait_class_frame_name(sample->wait_class, sample->flags & SAMPLE_RUNQUEUE, name);
	err = wakers_intern_name(classifier->profile, name, &location);
	return err ?: add_frame(classifier, sample->stack, location, &sample->stack);
}

/* A stack that has come with a frame keeps it, or keeps being without. */
static bool wants_frame(const struct classifier *classifier, const struct profile_sample *sample,
			uint8_t class)
{
	const struct profile *profile = classifier->profile;
	uint32_t waiter = classifier->waiters[sample->stack];

	return sample->wait_class == WAIT_UNKNOWN ||
	       (sample->wait_class != class &&
		wait_class_is_frame(profile, profile->stacks.data[waiter].location));
}

static int assign_one(struct classifier *classifier, uint32_t number)
{
	struct profile_sample *sample = &classifier->profile->samples.data[number];
	struct verdict verdict;
	bool framed;
	int err = find_verdict(classifier, sample, &verdict);

	if (err)
		return err;
	/* Less is known of it than was: names were left out since. */
	if (sample->wait_class == WAIT_FUTEX && verdict.class != WAIT_LOCK &&
	    verdict.class != WAIT_CONDITION)
		return 0;
	framed = wants_frame(classifier, sample, verdict.class);
	sample->wait_class = verdict.class;
	if (verdict.class == WAIT_KERNEL)
		sample->flags |= SAMPLE_IDLE;
	err = verdict.work ? add_candidate(classifier, number) : 0;
	return err || !framed ? err : add_class_frame(classifier, sample);
}

static void mark_idle(struct classifier *classifier)
{
	struct profile *profile = classifier->profile;

	vec_each(&classifier->candidates, candidate)
		if (profile->duration_ns &&
		    (uint64_t)classifier->blocked_ns.data[candidate->place] >=
			    profile->duration_ns / 2)
			profile->samples.data[candidate->sample].flags |= SAMPLE_IDLE;
}

int wait_class_assign(struct profile *profile)
{
	guard(classifier_deinit) struct classifier classifier = {.profile = profile};
	bool any = false;
	int err = 0;

	vec_each(&profile->samples, sample)
		any |= sample->wait_class == WAIT_UNKNOWN || sample->wait_class == WAIT_FUTEX;
	if (!any)
		return 0;
	err = classifier_init(&classifier);
	for (size_t i = 0; !err && i < profile->samples.n; i++) {
		uint8_t class = profile->samples.data[i].wait_class;

		if (class == WAIT_UNKNOWN || class == WAIT_FUTEX)
			err = assign_one(&classifier, i);
	}
	if (err)
		return err;
	mark_idle(&classifier);
	return 1;
}
