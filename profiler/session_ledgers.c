// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The threads' ledgers come in as they end; sums of them, and with -v or --stats
 * each one beside what schedstat says of the thread, go out.
 */
#include <stdlib.h>

#include "profiler/session_private.h"

enum { MAX_LEDGERS = 65536 /* that are kept one by one */ };

static bool are_wanted(const struct session *session)
{
	return session->options->verbose || session->options->stats_path;
}

int session_ledgers_add(void *ctx, const struct checked_ledger *of)
{
	struct session *session = ctx;
	struct session_waits *waits = &session->waits;
	struct ledger ledger = { .of = *of };

	waits->n_threads++;
	waits->lived_ns += of->until_ns - of->from_ns;
	waits->on_ns += of->on_ns;
	waits->blocked_ns += of->blocked_ns;
	waits->runqueue_ns += of->runqueue_ns;
	if (!are_wanted(session) || waits->ledgers.items.n >= MAX_LEDGERS)
		return 0;
	ledger.schedstat = of->kernel_known;
	ledger.schedstat_on_ns = of->kernel_on_ns;
	ledger.schedstat_runqueue_ns = of->kernel_runqueue_ns;
	return vec_push(&waits->ledgers.items, ledger);
}

static int compare_ledgers(const void *a, const void *b)
{
	const struct checked_ledger *x = &((const struct ledger *)a)->of;
	const struct checked_ledger *y = &((const struct ledger *)b)->of;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return (x->from_ns > y->from_ns) - (x->from_ns < y->from_ns);
}

void session_ledgers_sort(struct session *session)
{
	struct ledger_list *ledgers = &session->waits.ledgers;

	if (ledgers->items.n)
		qsort(ledgers->items.data, ledgers->items.n, sizeof(*ledgers->items.data),
		      compare_ledgers);
}
