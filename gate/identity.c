// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names and places of both sides come in, functions that are the same on both
 * go out. Sorted by name, so that only those of one name are compared.
 */
#include "gate/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"

enum {
	NO_FUNCTION = UINT32_MAX,
	MANY_PLACES = 128, /* of one name: beyond, only equal paths are the same */
};

int gate_identities_init(struct gate_identities *identities)
{
	*identities = (struct gate_identities){};
	return strings_init(&identities->strings);
}

void gate_identities_deinit(struct gate_identities *identities)
{
	strings_deinit(&identities->strings);
	hashindex_deinit(&identities->index);
	vec_deinit(&identities->items);
	vec_deinit(&identities->functions);
}

/* Whether names of this source are what people wrote, so that "main.cold" is one. */
static bool is_never_appended_to(const char *file)
{
	static const char *const extensions[] = { ".go", ".py", ".java", ".kt", ".scala", ".js",
						  ".mjs", ".ts", ".cs", ".rb", ".php" };
	const char *dot = strrchr(file, '.');

	for (size_t i = 0; dot && i < sizeof(extensions) / sizeof(*extensions); i++)
		if (!strcmp(dot, extensions[i]))
			return true;
	return false;
}

struct wanted {
	const struct gate_identities *identities;
	struct gate_identity item;
};

static bool is_wanted(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;
	const struct gate_identity *item = &wanted->identities->items.data[number];

	return item->name == wanted->item.name && item->place == wanted->item.place &&
	       item->side == wanted->item.side;
}

static int find_or_add(struct gate_identities *identities, const struct gate_identity *item,
		       uint32_t *ret)
{
	struct wanted wanted = { identities, *item };
	uint64_t hash = hash_pair((uint64_t)item->name << 1 | item->side, item->place);
	int err;

	if (hashindex_find(&identities->index, hash, is_wanted, &wanted, ret))
		return 0;
	if (identities->items.n >= UINT32_MAX - 1)
		return -E2BIG;
	*ret = identities->items.n;
	err = vec_push(&identities->items, *item);
	return err ?: hashindex_add(&identities->index, hash, *ret);
}

int gate_identities_add(struct gate_identities *identities, enum gate_side side, const char *name,
			size_t n, const char *file, const char *module, uint32_t *ret)
{
	struct gate_identity item = { .side = side, .function = NO_FUNCTION };
	guard_free char *cut = malloc(n + 1);
	const char *place;
	size_t length;
	int err;

	if (!cut)
		return -ENOMEM;
	length = gate_identity_name(name, n, cut);
	place = length && *file ? file : module;
	if (!length)
		err = strings_intern_cstr(&identities->strings, GATE_UNNAMED, &item.name);
	else if (is_never_appended_to(file))
		err = strings_intern(&identities->strings, name, n, &item.name);
	else
		err = strings_intern(&identities->strings, cut, length, &item.name);
	if (!err)
		err = strings_intern_cstr(&identities->strings, place, &item.place);
	if (!err)
		err = strings_intern_cstr(&identities->strings, module, &item.module);
	return err ?: find_or_add(identities, &item, ret);
}

/* The match. */

struct matching {
	struct gate_identities *identities;
	struct gate_identity **sorted; /* by name, side and place */
	struct idmap pairs; /* modules, base << 32 | head -> how many functions went from one to the
			     * other */
};

static void matching_deinit(struct matching *matching)
{
	idmap_deinit(&matching->pairs);
}

static const char *text_of(const struct gate_identities *identities, uint32_t string)
{
	return strings_get(&identities->strings, string);
}

static int compare(const void *a_, const void *b_, void *ctx)
{
	const struct gate_identity *a = *(struct gate_identity *const *)a_;
	const struct gate_identity *b = *(struct gate_identity *const *)b_;
	int order = a->name == b->name ? 0 : strcmp(text_of(ctx, a->name), text_of(ctx, b->name));

	if (!order)
		order = (int)a->side - (int)b->side;
	return order ?: strcmp(text_of(ctx, a->place), text_of(ctx, b->place));
}

/* Makes one function of an item of each side, or of one alone. */
static int join(struct matching *matching, struct gate_identity *base, struct gate_identity *head)
{
	struct gate_identities *identities = matching->identities;
	struct gate_identity *both[GATE_SIDES] = { [GATE_BASE] = base, [GATE_HEAD] = head };
	struct gate_function function = { .name = base ? base->name : head->name };

	function.is_named = strcmp(text_of(identities, function.name), GATE_UNNAMED) != 0;
	for (int side = 0; side < GATE_SIDES; side++) {
		if (!both[side])
			continue;
		both[side]->function = identities->functions.n;
		function.place[side] = both[side]->place;
		function.is_there[side] = true;
	}
	return vec_push(&identities->functions, function);
}

static size_t last_component(const char *path, size_t n)
{
	const char *slash = memrchr(path, '/', n);

	return slash ? slash + 1 - path : 0;
}

/* How many components at the end of two paths are the same. */
static size_t common_end(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), n = 0;

	while (na && nb) {
		size_t start_a = last_component(a, na), start_b = last_component(b, nb);

		if (na - start_a != nb - start_b || memcmp(a + start_a, b + start_b, na - start_a))
			break;
		n++;
		na = start_a ? start_a - 1 : 0;
		nb = start_b ? start_b - 1 : 0;
	}
	return n;
}

/* Items of one name: those of the base, then those of the head. */
struct namesakes {
	struct gate_identity **items;
	size_t n_base, n;
};

static int join_equal_places(struct matching *matching, const struct namesakes *all)
{
	size_t b = 0, h = all->n_base;
	int err = 0;

	while (!err && b < all->n_base && h < all->n) {
		int order = strcmp(text_of(matching->identities, all->items[b]->place),
				   text_of(matching->identities, all->items[h]->place));

		if (!order)
			err = join(matching, all->items[b], all->items[h]);
		b += order <= 0;
		h += order >= 0;
	}
	return err;
}

/* Those not joined yet whose paths end most alike. */
static bool find_most_alike(const struct matching *matching, const struct namesakes *all,
			    struct gate_identity **base, struct gate_identity **head)
{
	size_t most = 0;

	for (size_t b = 0; b < all->n_base; b++) {
		for (size_t h = all->n_base; h < all->n; h++) {
			size_t n;

			if (all->items[b]->function != NO_FUNCTION ||
			    all->items[h]->function != NO_FUNCTION)
				continue;
			n = common_end(text_of(matching->identities, all->items[b]->place),
				       text_of(matching->identities, all->items[h]->place));
			if (n <= most)
				continue;
			most = n;
			*base = all->items[b];
			*head = all->items[h];
		}
	}
	return most > 0;
}

/* The only one left on each side. */
static bool find_last(const struct namesakes *all, struct gate_identity **base,
		      struct gate_identity **head)
{
	size_t n[GATE_SIDES] = {};

	for (size_t i = 0; i < all->n; i++) {
		if (all->items[i]->function != NO_FUNCTION)
			continue;
		n[all->items[i]->side]++;
		*(all->items[i]->side == GATE_BASE ? base : head) = all->items[i];
	}
	return n[GATE_BASE] == 1 && n[GATE_HEAD] == 1;
}

/* By their own names and places. */
static int match_namesakes(struct matching *matching, const struct namesakes *all)
{
	struct gate_identity *base = NULL, *head = NULL;
	int err = join_equal_places(matching, all);

	while (!err && all->n_base <= MANY_PLACES && all->n - all->n_base <= MANY_PLACES &&
	       find_most_alike(matching, all, &base, &head))
		err = join(matching, base, head);
	if (!err && find_last(all, &base, &head))
		err = join(matching, base, head);
	return err;
}

static uint32_t count_pair(const struct matching *matching, const struct gate_identity *base,
			   const struct gate_identity *head)
{
	uint32_t n = 0;

	idmap_find(&matching->pairs, (uint64_t)base->module << 32 | head->module, &n);
	return n;
}

/* Every function that was joined says which module of the base has become which of the head. */
static int count_pairs(struct matching *matching)
{
	const struct gate_identity **base = calloc(matching->identities->functions.n + 1,
						   sizeof(*base));
	int err = base ? 0 : -ENOMEM;

	for (int side = 0; !err && side < GATE_SIDES; side++) {
		vec_each(&matching->identities->items, item) {
			if (err || item->function == NO_FUNCTION || (int)item->side != side)
				continue;
			if (side == GATE_BASE)
				base[item->function] = item;
			else if (base[item->function])
				err = idmap_put(&matching->pairs,
						(uint64_t)base[item->function]->module << 32 |
							item->module,
						count_pair(matching, base[item->function], item) +
							1);
		}
	}
	free(base);
	return err;
}

static bool find_in_pair(const struct matching *matching, const struct namesakes *all,
			 struct gate_identity **base, struct gate_identity **head)
{
	uint32_t most = 0;

	for (size_t b = 0; b < all->n_base; b++) {
		for (size_t h = all->n_base; h < all->n; h++) {
			uint32_t n;

			if (all->items[b]->function != NO_FUNCTION ||
			    all->items[h]->function != NO_FUNCTION)
				continue;
			n = count_pair(matching, all->items[b], all->items[h]);
			if (n <= most)
				continue;
			most = n;
			*base = all->items[b];
			*head = all->items[h];
		}
	}
	return most > 0;
}

/* What is left: _start of ./old is that of ./new, whoever else has one. */
static int match_rest(struct matching *matching, const struct namesakes *all)
{
	struct gate_identity *base = NULL, *head = NULL;
	int err = 0;

	while (!err && all->n_base <= MANY_PLACES && all->n - all->n_base <= MANY_PLACES &&
	       find_in_pair(matching, all, &base, &head))
		err = join(matching, base, head);
	for (size_t i = 0; !err && i < all->n; i++)
		if (all->items[i]->function == NO_FUNCTION)
			err = i < all->n_base ? join(matching, all->items[i], NULL)
					      : join(matching, NULL, all->items[i]);
	return err;
}

static int each_name(struct matching *matching,
		     int (*match)(struct matching *, const struct namesakes *))
{
	size_t n = matching->identities->items.n;
	int err = 0;

	for (size_t i = 0; !err && i < n;) {
		struct namesakes all = { .items = matching->sorted + i };

		while (i + all.n < n && all.items[all.n]->name == all.items[0]->name)
			all.n_base += all.items[all.n++]->side == GATE_BASE;
		err = match(matching, &all);
		i += all.n;
	}
	return err;
}

int gate_identities_match(struct gate_identities *identities)
{
	size_t n = identities->items.n;
	guard_free struct gate_identity **sorted = malloc((n + 1) * sizeof(*sorted));
	guard(matching_deinit) struct matching matching = { identities, sorted, {} };
	int err;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		sorted[i] = &identities->items.data[i];
		sorted[i]->function = NO_FUNCTION;
	}
	identities->functions.n = 0;
	qsort_r(sorted, n, sizeof(*sorted), compare, identities);
	err = each_name(&matching, match_namesakes);
	if (!err)
		err = count_pairs(&matching);
	return err ?: each_name(&matching, match_rest);
}
