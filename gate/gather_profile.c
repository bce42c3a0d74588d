// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One run's profile comes in; out go its samples for each function, own and
 * total, a function counted once a stack, and its part of the side's call tree.
 * Stacks share their outer parts, and are walked as the tree that they are, so
 * that the cost is that of the stacks and not of their depths.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "gate/gather_private.h"
#include "report/profile.h"
#include "report/value.h"
#include "report/wait_class.h"
#include "report/wait_code.h"

enum { NS_PER_MS = 1000000, NO_STACK = UINT32_MAX };

/* How the values of a sample become samples. */
struct measuring {
	const struct profile *profile;
	enum gate_measure measure;
	uint32_t value;	 /* what is counted */
	uint32_t queued; /* of waits: the value of what waited for a CPU; n_values: there is none */
	double unit;	 /* so much of it is one sample */
};

static bool is_counted(const struct measuring *measuring, const struct profile_sample *sample)
{
	if (measuring->measure == GATE_RUNNING)
		return !sample->wait_class;
	return sample->wait_class && !(sample->flags & SAMPLE_IDLE);
}

static double value_of(const struct measuring *measuring, size_t i, uint32_t value)
{
	const struct profile *profile = measuring->profile;
	double x;

	if (value >= profile->n_values || !is_counted(measuring, &profile->samples.data[i]))
		return 0;
	x = (double)profile->values.data[i * profile->n_values + value];
	return x > 0 ? x / measuring->unit : 0;
}

/* What functions are charged with. Who waits for a CPU is a matter of who else runs, and wherever it
 * happens to be: that is a part of the total alone. */
static double weight_of(const struct measuring *measuring, size_t i)
{
	return value_of(measuring, i, measuring->value);
}

static const char *string(const struct profile *profile, uint32_t number)
{
	return strings_get(&profile->strings, number);
}

/* A time that comes in whole samples is counted in them; else in ms. */
static double unit_of(const struct profile *profile, uint32_t value)
{
	struct value_style style;

	value_style_init(&style, profile, value);
	if (profile->period > 0 && profile->period_type.unit == profile->value_types[value].unit &&
	    profile->period_type.type == profile->value_types[value].type)
		return (double)profile->period;
	return style.per_second ? style.per_second / 1000.0 : 1;
}

static void measuring_init(struct measuring *measuring, const struct profile *profile,
			   enum gate_measure measure)
{
	*measuring = (struct measuring){ .profile = profile, .measure = measure, .unit = 1 };
	measuring->queued = profile->n_values;
	if (measure == GATE_WAITING) {
		measuring->value = value_find(profile, "blocked");
		measuring->queued = value_find(profile, "runqueue");
		measuring->unit = NS_PER_MS;
		return;
	}
	measuring->value = value_samples(profile);
	if (measuring->value < profile->n_values || !profile->n_values)
		return;
	measuring->value = profile->default_value;
	measuring->unit = unit_of(profile, measuring->value);
}

/* The value that says what the samples cost: the time on the CPU, else what reports show first. */
static uint32_t cost_value(const struct profile *profile)
{
	uint32_t cpu = value_find(profile, "cpu");

	return cpu < profile->n_values ? cpu : profile->default_value;
}

static void waiting_cost(struct gate_cost *ret)
{
	ret->type = "offcpu";
	ret->unit = "nanoseconds";
	ret->is_time = true;
	ret->ns = ret->n_samples * NS_PER_MS;
}

void gate_cost_of(const struct profile *profile, enum gate_measure measure, struct gate_cost *ret)
{
	struct measuring measuring;
	struct value_style style;
	uint32_t value;
	double sum = 0;

	*ret = (struct gate_cost){ .type = "", .unit = "" };
	measuring_init(&measuring, profile, measure);
	if (measuring.value >= profile->n_values)
		return;
	value = cost_value(profile);
	for (size_t i = 0; i < profile->samples.n; i++) {
		double weight = weight_of(&measuring, i);

		ret->n_samples += weight + value_of(&measuring, i, measuring.queued);
		if (weight > 0)
			sum += (double)profile->values.data[i * profile->n_values + value];
	}
	if (measure == GATE_WAITING) {
		waiting_cost(ret);
		return;
	}
	value_style_init(&style, profile, value);
	ret->type = string(profile, profile->value_types[value].type);
	ret->unit = string(profile, profile->value_types[value].unit);
	ret->is_time = style.per_second != 0;
	ret->ns = ret->is_time ? sum * 1e9 / style.per_second : sum * NS_PER_MS;
}

/* A profile on its way into the whole. */
struct gathering {
	struct gate_gather *gather;
	enum gate_side side;
	const struct profile *profile;
	struct measuring measuring;
	VEC(uint32_t) frames; /* items of all locations' frames, outermost first */
	uint32_t *first_frame; /* by location; one more for the end */
	double *own, *weight;  /* by stack: samples that end there, and all above it */
	uint32_t *first_child, *next; /* by stack; 0: none */
	uint32_t *node;		      /* by stack: in the side's tree, 0 not yet */
	uint32_t *row;		      /* by item: 1 + number in counts */
	uint32_t *n_active;	      /* by item, while stacks are walked */
	uint32_t *n_inside;	      /* by stack: frames at its end that are not looked at */
	struct gather_counts *counts;
	double ns_per_sample;
};

static void gathering_deinit(struct gathering *all)
{
	vec_deinit(&all->frames);
	free(all->first_frame);
	free(all->own);
	free(all->weight);
	free(all->first_child);
	free(all->next);
	free(all->node);
	free(all->row);
	free(all->n_active);
	free(all->n_inside);
}

static int add_frame(struct gathering *all, uint32_t function, const char *module)
{
	const struct profile *profile = all->profile;
	const struct profile_function *item = &profile->functions.data[function];
	uint32_t number;
	int err = gate_identities_add(&all->gather->identities, all->side,
				      string(profile, item->name),
				      strings_length(&profile->strings, item->name),
				      string(profile, item->file), module, &number);

	return err ?: vec_push(&all->frames, number);
}

/* Function 0 has no name, and neither has a location without frames. */
static int list_frames(struct gathering *all)
{
	const struct profile *profile = all->profile;
	int err = 0;

	for (size_t i = 0; !err && i < profile->locations.n; i++) {
		const struct profile_location *location = &profile->locations.data[i];
		const char *module = string(profile, profile->modules.data[location->module].path);

		all->first_frame[i] = all->frames.n;
		if (!location->n_frames)
			err = add_frame(all, 0, module);
		for (uint32_t k = location->n_frames; !err && k > 0; k--)
			err = add_frame(all,
					profile->frames.data[location->first_frame + k - 1].function,
					module);
	}
	all->first_frame[profile->locations.n] = all->frames.n;
	return err;
}

/*
 * A wait ends in the kernel, in what a library has for waiting, and in the name of what is waited
 * for. It is put down to the code that waits: the innermost function of the program.
 */
static int weigh_waits(struct gathering *all)
{
	const struct profile *profile = all->profile;
	guard(wait_codes_deinit) struct wait_codes codes = {};
	int err = wait_codes_init(&codes, profile);

	for (size_t i = 0; !err && i < profile->samples.n; i++) {
		double weight = weight_of(&all->measuring, i);
		struct wait_code code;

		if (!(weight > 0))
			continue;
		wait_codes_find(&codes, profile->samples.data[i].stack, &code);
		all->own[code.stack] += weight;
		all->n_inside[code.stack] = code.n_inside;
	}
	return err;
}

static void weigh_samples(struct gathering *all)
{
	const struct profile *profile = all->profile;

	for (size_t i = 0; i < profile->samples.n; i++)
		all->own[profile->samples.data[i].stack] += weight_of(&all->measuring, i);
}

/* An outer part of a stack has a lower number than the stack. */
static void weigh_stacks(struct gathering *all)
{
	const struct profile *profile = all->profile;

	memcpy(all->weight, all->own, profile->stacks.n * sizeof(*all->own));
	for (size_t i = profile->stacks.n - 1; i > 0; i--) {
		uint32_t parent = profile->stacks.data[i].parent;

		if (!(all->weight[i] > 0))
			continue;
		all->weight[parent] += all->weight[i];
		all->next[i] = all->first_child[parent];
		all->first_child[parent] = i;
	}
}

static int count_of(struct gathering *all, uint32_t item, struct gather_count **ret)
{
	int err;

	if (!all->row[item]) {
		err = vec_push(all->counts, (struct gather_count){ .item = item });
		if (err)
			return err;
		all->row[item] = all->counts->n;
	}
	*ret = &all->counts->data[all->row[item] - 1];
	return 0;
}

static int enter_node(struct gather_tree *tree, uint32_t item, uint32_t *node)
{
	uint64_t key = (uint64_t)*node << 32 | item;
	struct gather_node new = { .parent = *node, .item = item };
	int err;

	if (idmap_find(&tree->children, key, node))
		return 0;
	if (tree->nodes.n >= GATHER_MAX_NODES)
		return -E2BIG;
	err = vec_push(&tree->nodes, new);
	if (err)
		return err;
	*node = tree->nodes.n - 1;
	return idmap_put(&tree->children, key, *node);
}

/* One past the last frame of a stack's location that is looked at. */
static uint32_t end_of(const struct gathering *all, uint32_t stack)
{
	return all->first_frame[all->profile->stacks.data[stack].location + 1] -
	       all->n_inside[stack];
}

static int enter_stack(struct gathering *all, uint32_t stack)
{
	const struct profile_stack *from = &all->profile->stacks.data[stack];
	struct gather_tree *tree = &all->gather->trees[all->side];
	struct gather_count *count = NULL;
	uint32_t end = end_of(all, stack);
	int err = 0;

	all->node[stack] = all->node[from->parent];
	for (uint32_t i = all->first_frame[from->location]; !err && i < end; i++) {
		uint32_t item = all->frames.data[i];

		err = enter_node(tree, item, &all->node[stack]);
		if (!err)
			err = count_of(all, item, &count);
		if (!err && !all->n_active[item]++)
			count->total += all->weight[stack];
	}
	if (err || !(all->own[stack] > 0))
		return err;
	count->self += all->own[stack];
	tree->nodes.data[all->node[stack]].ns += all->own[stack] * all->ns_per_sample;
	return 0;
}

static void leave_stack(struct gathering *all, uint32_t stack)
{
	uint32_t location = all->profile->stacks.data[stack].location;

	for (uint32_t i = all->first_frame[location]; i < end_of(all, stack); i++)
		all->n_active[all->frames.data[i]]--;
}

static int walk_stacks(struct gathering *all)
{
	const struct profile_stack *stacks = all->profile->stacks.data;
	uint32_t stack = all->first_child[0];
	int err = 0;

	while (!err && stack) {
		err = enter_stack(all, stack);
		if (err || all->first_child[stack]) {
			stack = all->first_child[stack];
			continue;
		}
		for (; stack && !all->next[stack]; stack = stacks[stack].parent)
			leave_stack(all, stack);
		if (!stack)
			break;
		leave_stack(all, stack);
		stack = all->next[stack];
	}
	return err;
}

/* Whether what a stack ends in has no name. An empty stack has none either. */
static bool ends_unnamed(const struct gathering *all, uint32_t stack)
{
	const struct gate_identities *identities = &all->gather->identities;
	uint32_t name;

	if (!stack)
		return true;
	name = identities->items.data[all->frames.data[end_of(all, stack) - 1]].name;
	return !strcmp(strings_get(&identities->strings, name), GATE_UNNAMED);
}

static void describe(const struct gathering *all, struct gate_run *run)
{
	const struct profile *profile = all->profile;
	double whole = 0, user = 0, unnamed = 0;
	bool is_known = false;

	for (size_t i = 0; i < profile->samples.n; i++) {
		const struct profile_sample *sample = &profile->samples.data[i];
		double weight = weight_of(&all->measuring, i);

		is_known |= sample->unwind != UNWIND_UNKNOWN;
		whole += sample->unwind == UNWIND_WHOLE ? weight : 0;
		user += sample->unwind != UNWIND_KERNEL_ONLY ? weight : 0;
	}
	for (size_t i = 0; i < profile->stacks.n; i++)
		if (all->own[i] > 0 && ends_unnamed(all, i))
			unnamed += all->own[i];
	run->whole = !is_known ? NAN : user > 0 ? whole / user : 1;
	run->unknown = run->n_samples > 0 ? unnamed / run->n_samples : 0;
}

static int make_room(struct gathering *all)
{
	size_t n_stacks = all->profile->stacks.n;

	all->first_frame = calloc(all->profile->locations.n + 1, sizeof(*all->first_frame));
	all->own = calloc(n_stacks, sizeof(*all->own));
	all->weight = calloc(n_stacks, sizeof(*all->weight));
	all->first_child = calloc(n_stacks, sizeof(*all->first_child));
	all->next = calloc(n_stacks, sizeof(*all->next));
	all->node = calloc(n_stacks, sizeof(*all->node));
	all->n_inside = calloc(n_stacks, sizeof(*all->n_inside));
	return all->first_frame && all->own && all->n_inside && all->weight && all->first_child && all->next &&
			       all->node ? 0 : -ENOMEM;
}

int gather_profile(struct gate_gather *gather, enum gate_side side, const struct profile *profile,
		   struct gate_run *run, struct gather_counts *counts)
{
	guard(gathering_deinit) struct gathering all = {
		.gather = gather, .side = side, .profile = profile, .counts = counts,
	};
	struct gate_cost cost;
	size_t n_items;
	int err = make_room(&all);

	gate_cost_of(profile, gather->measure, &cost);
	run->n_samples = cost.n_samples;
	if (!run->cpu_ns)
		run->cpu_ns = (uint64_t)cost.ns;
	if (!err)
		err = list_frames(&all);
	measuring_init(&all.measuring, profile, gather->measure);
	if (err || !(run->n_samples > 0) || all.measuring.value >= profile->n_values)
		return err;
	all.ns_per_sample = run->operations > 0 ? gate_run_cost(run) / run->n_samples : 0;
	n_items = gather->identities.items.n;
	all.row = calloc(n_items, sizeof(*all.row));
	all.n_active = calloc(n_items, sizeof(*all.n_active));
	if (!all.row || !all.n_active)
		return -ENOMEM;
	if (gather->measure == GATE_WAITING)
		err = weigh_waits(&all);
	else
		weigh_samples(&all);
	if (err)
		return err;
	weigh_stacks(&all);
	describe(&all, run);
	return walk_stacks(&all);
}
