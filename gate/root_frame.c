// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tested functions and the tree come in, the frame that explains the change
 * goes out; see root_frame.h. The change itself is taken as small as it may be
 * (two standard errors less): the program's own is often known worse than that
 * of the one function that did it.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/guard.h"
#include "base/hash.h"
#include "gate/root_frame.h"

enum { NONE = UINT32_MAX };

#define SAME_COST 1e-9 /* relative: the same sum in another order */

static bool is_slower(const struct gate_maxt_row *row)
{
	return row->candidate && row->mean_ns > 0;
}

/* The most that is sure to be explained: of all totals, and of the program. */
static double sure_change(const struct gate_runs *runs, const struct gate_maxt *maxt,
			  double least_ns)
{
	for (size_t i = 0; i < runs->n_rows; i++)
		if (runs->rows[i].total && is_slower(&maxt->rows[i]))
			least_ns =
				fmax(least_ns, maxt->rows[i].mean_ns - 2 * maxt->rows[i].error_ns);
	return least_ns;
}

static uint32_t surest(const struct gate_runs *runs, const struct gate_maxt *maxt, double change)
{
	uint32_t best = NONE;

	for (size_t i = 0; i < runs->n_rows; i++) {
		const struct gate_maxt_row *row = &maxt->rows[i];

		if (!runs->rows[i].total || !is_slower(row) ||
		    row->mean_ns < GATE_EXPLAINS * change)
			continue;
		if (best == NONE || row->t > maxt->rows[best].t)
			best = i;
	}
	return best;
}

/* What a function changed with what it calls, counted once a stack. */
struct inclusive {
	uint32_t name, file;
	uint32_t n_places; /* nodes that it was counted at */
	uint32_t depth;	   /* of the outermost of them */
	double change, cost;
};

struct walk {
	const struct gate_runs *runs;
	double *changes, *costs; /* by node, with what it calls */
	uint32_t *depths;	 /* by node */
	uint32_t *same;		 /* likewise, the next one above it of its own function, or NONE */
	bool *is_below;		 /* likewise: the function at hand is on its stack */
	struct idmap seen;	 /* name and file: the walk was there */
	struct idmap numbers;	 /* name and file: number in functions */
	VEC(struct inclusive) functions;
};

static void walk_deinit(struct walk *walk)
{
	free(walk->changes);
	free(walk->costs);
	free(walk->depths);
	free(walk->same);
	free(walk->is_below);
	idmap_deinit(&walk->seen);
	idmap_deinit(&walk->numbers);
	vec_deinit(&walk->functions);
}

static bool is_same(const struct gate_node *a, const struct gate_node *b)
{
	return a->name == b->name && a->file == b->file;
}

static uint32_t find_same_above(const struct gate_runs *runs, uint32_t node)
{
	const struct gate_node *nodes = runs->tree.data;

	for (uint32_t at = node; at;) {
		at = nodes[at].parent;
		if (is_same(&nodes[at], &nodes[node]))
			return at;
	}
	return NONE;
}

static int walk_init(struct walk *walk, const struct gate_runs *runs)
{
	size_t n = runs->tree.n;

	walk->runs = runs;
	walk->changes = calloc(n, sizeof(*walk->changes));
	walk->costs = calloc(n, sizeof(*walk->costs));
	walk->depths = calloc(n, sizeof(*walk->depths));
	walk->same = calloc(n, sizeof(*walk->same));
	walk->is_below = calloc(n, sizeof(*walk->is_below));
	if (!walk->changes || !walk->costs || !walk->depths || !walk->same || !walk->is_below)
		return -ENOMEM;
	for (size_t node = 1; node < n; node++)
		walk->depths[node] = walk->depths[runs->tree.data[node].parent] + 1;
	for (size_t node = 0; node < n; node++)
		walk->same[node] = find_same_above(runs, node);
	for (size_t node = n; node-- > 0;) {
		const struct gate_node *at = &runs->tree.data[node];

		walk->changes[node] += at->head_ns - at->base_ns;
		walk->costs[node] += at->head_ns;
		if (node) {
			walk->changes[at->parent] += walk->changes[node];
			walk->costs[at->parent] += walk->costs[node];
		}
	}
	return 0;
}

/* True when the node is in the function or below, and its own function is not on the stack
 * between the function and it: then it counts. */
static bool counts(const struct walk *walk, uint32_t node)
{
	uint32_t same = walk->same[node];

	return walk->is_below[node] && (same == NONE || !walk->is_below[same]);
}

static int count(struct walk *walk, uint32_t node)
{
	const struct gate_node *at = &walk->runs->tree.data[node];
	uint64_t key = (uint64_t)at->name << 32 | at->file;
	struct inclusive *to;
	uint32_t number;

	if (!idmap_find(&walk->numbers, key, &number)) {
		int err = idmap_put(&walk->numbers, key, walk->functions.n);

		number = walk->functions.n;
		if (!err)
			err = vec_push(&walk->functions,
				       (struct inclusive){.name = at->name,
							  .file = at->file,
							  .depth = walk->depths[node]});
		if (err)
			return err;
	}
	to = &walk->functions.data[number];
	to->n_places++;
	if (walk->depths[node] < to->depth)
		to->depth = walk->depths[node];
	to->change += walk->changes[node];
	to->cost += walk->costs[node];
	return 0;
}

/* All that is called from a function, and itself. */
static int count_below(struct walk *walk, const struct inclusive *function)
{
	struct gate_node as = {.name = function->name, .file = function->file};
	int err = 0;

	idmap_clear(&walk->numbers);
	walk->functions.n = 0;
	for (uint32_t node = 0; !err && node < walk->runs->tree.n; node++) {
		const struct gate_node *at = &walk->runs->tree.data[node];

		walk->is_below[node] = is_same(at, &as) || (node && walk->is_below[at->parent]);
		if (counts(walk, node))
			err = count(walk, node);
	}
	return err;
}

/* The one that is called by the other costs less; or as much, where the other does nothing itself,
 * as of those that only wait. */
static bool is_deeper(const struct inclusive *it, const struct inclusive *than)
{
	if (fabs(it->cost - than->cost) <= SAME_COST * than->cost)
		return it->depth > than->depth;
	return it->cost < than->cost;
}

static uint64_t key_of(const struct inclusive *function)
{
	return (uint64_t)function->name << 32 | function->file;
}

/*
 * One step down: of those that explain the function's change the deepest. False: there is none.
 * Functions that call each other are below each other: the walk is nowhere twice.
 */
static bool step_down(const struct walk *walk, struct inclusive *function)
{
	const struct inclusive *best = NULL;

	vec_each(&walk->functions, it) {
		uint32_t depth = function->depth;

		if (it->name != function->name || it->file != function->file)
			continue;
		*function = *it;
		if (depth > it->depth)
			function->depth = depth;
	}
	vec_each(&walk->functions, it) {
		uint32_t once;

		if (it->change >= GATE_EXPLAINS * function->change && is_deeper(it, function) &&
		    (!best || is_deeper(it, best)) && !idmap_find(&walk->seen, key_of(it), &once))
			best = it;
	}
	if (!best)
		return false;
	*function = *best;
	return true;
}

static int go_down(const struct gate_runs *runs, struct inclusive *function)
{
	struct walk walk guard(walk_deinit) = {};
	int err = walk_init(&walk, runs);

	do {
		if (!err)
			err = count_below(&walk, function);
		if (!err)
			err = idmap_put(&walk.seen, key_of(function), 1);
	} while (!err && walk.functions.n && step_down(&walk, function));
	return err;
}

static int number_of(const struct gate_runs *runs, const char *text, uint32_t *ret)
{
	for (uint32_t i = 0; i < runs->strings.items.n; i++)
		if (strings_get(&runs->strings, i) == text) {
			*ret = i;
			return 0;
		}
	return -ENOENT;
}

int gate_root_frame_find(const struct gate_runs *runs, const struct gate_maxt *maxt,
			 double least_ns, struct gate_root_frame *ret)
{
	uint32_t row = surest(runs, maxt, sure_change(runs, maxt, least_ns));
	struct inclusive function = {.n_places = 1};
	int err;

	*ret = (struct gate_root_frame){};
	if (row == NONE)
		return -ENOENT;
	function.change = maxt->rows[row].mean_ns;
	err = number_of(runs, runs->rows[row].name, &function.name);
	if (!err)
		err = number_of(runs, runs->rows[row].file, &function.file);
	if (!err && runs->tree.n)
		err = go_down(runs, &function);
	if (err)
		return err;
	ret->name = strings_get(&runs->strings, function.name);
	ret->file = strings_get(&runs->strings, function.file);
	ret->anywhere = function.n_places > 1;
	ret->difference_ns = function.change;
	return 0;
}
