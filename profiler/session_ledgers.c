// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The threads' ledgers come in as they end; sums of them, and with -v or --stats
 * each one beside what schedstat says of the thread, go out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/guard.h"
#include "profiler/proc.h"
#include "profiler/session_private.h"

enum { MAX_LEDGERS = 65536 /* that are kept one by one */ };

static bool are_wanted(const struct session *session)
{
	return session->options->verbose || session->options->stats_path;
}

/* "on-CPU time, time on the run queue, times on the CPU". */
static int read_schedstat(pid_t tid, struct thread_account *ret)
{
	char path[48];
	unsigned long long on, runqueue;
	guard_fclose FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", tid, tid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%llu %llu", &on, &runqueue) != 2)
		return -ESRCH;
	*ret = (struct thread_account){ tid, on, runqueue };
	return 0;
}

static int compare_accounts(const void *a, const void *b)
{
	const struct thread_account *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

/* All threads of the processes that are known by now. */
static int read_accounts(const struct session *session, struct account_list *ret)
{
	struct pid_list threads = {};
	int err = 0;

	for (size_t i = 0; !err && i < session->timeline.processes.n; i++) {
		const struct process *process = session->timeline.processes.data[i];
		guard_close int fd = process->gone ? -1 : proc_open(process->pid);

		threads.pids.n = 0;
		if (fd < 0 || proc_list_threads(fd, &threads))
			continue;
		for (size_t k = 0; !err && k < threads.pids.n; k++) {
			struct thread_account account;

			if (!read_schedstat(threads.pids.data[k], &account))
				err = vec_push(&ret->items, account);
		}
	}
	if (ret->items.n)
		qsort(ret->items.data, ret->items.n, sizeof(*ret->items.data), compare_accounts);
	vec_deinit(&threads.pids);
	return err;
}

int session_ledgers_begin(struct session *session)
{
	return are_wanted(session) ? read_accounts(session, &session->waits.begin) : 0;
}

int session_ledgers_end(struct session *session)
{
	return are_wanted(session) ? read_accounts(session, &session->waits.end) : 0;
}

static const struct thread_account *find(const struct account_list *list, pid_t tid)
{
	const struct thread_account key = { .tid = tid };

	if (!list->items.n)
		return NULL;
	return bsearch(&key, list->items.data, list->items.n, sizeof(key), compare_accounts);
}

/* A thread that was not there at the beginning has had nothing before. */
static void compare(const struct session *session, struct ledger *ledger)
{
	const struct thread_account none = {};
	const struct thread_account *begin = find(&session->waits.begin, ledger->of.tid) ?: &none;
	const struct thread_account *end = find(&session->waits.end, ledger->of.tid);

	if (!end || ledger->of.ended || end->on_ns < begin->on_ns ||
	    end->runqueue_ns < begin->runqueue_ns)
		return;
	ledger->schedstat = true;
	ledger->schedstat_on_ns = end->on_ns - begin->on_ns;
	ledger->schedstat_runqueue_ns = end->runqueue_ns - begin->runqueue_ns;
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
	compare(session, &ledger);
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
