// SPDX-License-Identifier: GPL-2.0-or-later
/* Patterns of a budget in, numbers of rows out. */
#include "gate/allowed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"

/* The pattern of [accept total], which is for the program. */
static const char PROGRAM[] = "total";

void gate_allowed_deinit(struct gate_allowed *allowed)
{
	vec_each(&allowed->rows, rows)
		free(*rows);
	vec_deinit(&allowed->rows);
	vec_deinit(&allowed->limits);
	free(allowed->accepted);
	allowed->accepted = NULL;
}

bool gate_allowed_wanted(void *budget_, const char *name)
{
	struct gate_budget *budget = budget_;

	vec_each(&budget->functions, function)
		if (gate_budget_matches(budget, &function->pattern, name))
			return true;
	vec_each(&budget->accepts, accept)
		if (accept->until >= budget->today &&
		    gate_budget_matches(budget, &accept->pattern, name))
			return true;
	return false;
}

static int add_limit(struct gate_allowed *allowed, struct gate_budget *budget,
		     const struct gate_budget_function *function, const struct gate_runs *runs)
{
	guard_free uint32_t *rows = calloc(runs->n_rows + 1, sizeof(*rows));
	struct gate_limit limit = {
		.name = function->pattern.text,
		.limit = function->limit.fraction,
		.of_program = function->limit.of_program,
		.min_share = function->min_share,
		.rows = rows,
	};
	int err;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < runs->n_rows; i++)
		if (runs->rows[i].total &&
		    gate_budget_matches(budget, &function->pattern, runs->rows[i].name))
			rows[limit.n_rows++] = i;
	err = vec_push(&allowed->rows, rows);
	if (err)
		return err;
	rows = NULL; /* it is the list's now */
	return vec_push(&allowed->limits, limit);
}

static int add_accepted(struct gate_allowed *allowed, struct gate_budget *budget,
			const struct gate_budget_accept *accept, const struct gate_runs *runs,
			struct gate_result *result)
{
	bool any = false;

	if (!strcmp(accept->pattern.text, PROGRAM)) {
		allowed->total_reason = accept->reason;
		return 0;
	}
	for (size_t i = 0; i < runs->n_rows; i++) {
		if (!gate_budget_matches(budget, &accept->pattern, runs->rows[i].name))
			continue;
		any = true;
		allowed->accepted[i] = accept->reason;
	}
	if (any || !runs->n_rows)
		return 0;
	return gate_result_note(result, "[accept %s] names no function that these runs have; it can "
				"go, or its name is wrong", accept->pattern.text);
}

static int note_expired(const struct gate_budget_accept *accept, struct gate_result *result)
{
	char date[GATE_DATE_TEXT];

	gate_budget_print_date(accept->until, date);
	return gate_result_note(result, "[accept %s] ended on %s and accepts nothing any more; mend "
				"the function or set a new date", accept->pattern.text, date);
}

int gate_allowed_init(struct gate_allowed *allowed, struct gate_budget *budget,
		      const struct gate_runs *runs, struct gate_result *result)
{
	int err = 0;

	*allowed = (struct gate_allowed){};
	allowed->accepted = calloc(runs->n_rows + 1, sizeof(*allowed->accepted));
	if (!allowed->accepted)
		return -ENOMEM;
	for (size_t i = 0; !err && i < budget->functions.n; i++)
		err = add_limit(allowed, budget, &budget->functions.data[i], runs);
	for (size_t i = 0; !err && i < budget->accepts.n; i++) {
		const struct gate_budget_accept *accept = &budget->accepts.data[i];

		err = accept->until < budget->today ? note_expired(accept, result) :
					      add_accepted(allowed, budget, accept, runs, result);
	}
	return err ?: budget->matchers.err;
}
