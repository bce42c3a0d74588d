// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures of waits and ledgers of threads come in; JSON and lines for the terminal go out. */
#include "profiler/quality_waits.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/guard.h"
#include "base/json.h"
#include "profiler/message.h"

double ledger_closes(const struct checked_ledger *ledger)
{
	uint64_t lived = ledger->until_ns - ledger->from_ns;

	if (!lived)
		return -1;
	return (double)(ledger->on_ns + ledger->blocked_ns + ledger->runqueue_ns) / lived;
}

static void write_number(FILE *out, const char *key, double value, const char *end)
{
	if (value < 0)
		fprintf(out, "\"%s\": null%s", key, end);
	else
		fprintf(out, "\"%s\": %.9g%s", key, value, end);
}

static void write_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\"%s\": ", key);
	json_write_string(out, text);
	fputs(", ", out);
}

static void write_ledger(FILE *out, const struct ledger *ledger)
{
	const struct checked_ledger *of = &ledger->of;

	fprintf(out, "    {\"pid\": %d, \"tid\": %d, ", of->pid, of->tid);
	write_text(out, "process", of->process);
	write_text(out, "comm", of->comm);
	write_number(out, "lived_seconds", (of->until_ns - of->from_ns) / 1e9, ", ");
	write_number(out, "on_seconds", of->on_ns / 1e9, ", ");
	write_number(out, "blocked_seconds", of->blocked_ns / 1e9, ", ");
	write_number(out, "runqueue_seconds", of->runqueue_ns / 1e9, ", ");
	fprintf(out, "\"voluntary\": %" PRIu64 ", \"involuntary\": %" PRIu64 ", \"ended\": %s, ",
		of->n_voluntary, of->n_involuntary, of->ended ? "true" : "false");
	write_number(out, "schedstat_on_seconds",
		     ledger->schedstat ? ledger->schedstat_on_ns / 1e9 : -1, ", ");
	write_number(out, "schedstat_runqueue_seconds",
		     ledger->schedstat ? ledger->schedstat_runqueue_ns / 1e9 : -1, ", ");
	write_number(out, "taken_seconds", of->taken_ns / 1e9, ", ");
	write_number(out, "asleep_queued_seconds", of->asleep_ns / 1e9, "}");
}

void quality_waits_write_json(const struct quality_waits *waits, FILE *out)
{
	const char *separator = "\n";

	fprintf(out, "  \"waits\": {\"n\": %" PRIu64 ", ", waits->n);
	write_number(out, "offcpu_seconds", waits->offcpu_s, ", ");
	write_number(out, "filtered_seconds", waits->filtered_s, ", ");
	write_number(out, "lost_seconds", waits->lost_s, ", ");
	fprintf(out,
		"\"lost\": %" PRIu64 ", \"threads_full\": %" PRIu64 ", \"ledgers_lost\": %" PRIu64
		", \"unwoken\": %" PRIu64 ", \"unseen\": %" PRIu64 ", \"wakers_lost\": %" PRIu64
		", \"ends_unseen\": %" PRIu64 ", ",
		waits->n_lost, waits->n_threads_full, waits->n_ledgers_lost, waits->n_unwoken,
		waits->n_unseen, waits->n_wakers_lost, waits->n_ends_unseen);
	write_number(out, "accounted", waits->accounted, ", ");
	write_number(out, "load", waits->load, "},\n  ");
	fprintf(out, "\"ledger\": {\"threads\": %" PRIu64 ", ", waits->n_threads);
	write_number(out, "lived_seconds", waits->lived_s, ", ");
	write_number(out, "on_seconds", waits->on_s, ", ");
	write_number(out, "blocked_seconds", waits->blocked_s, ", ");
	write_number(out, "runqueue_seconds", waits->runqueue_s, ", ");
	write_number(out, "closes", waits->ledger, "},\n");
	fputs("  \"ledgers\": [", out);
	if (waits->ledgers)
		vec_each(&waits->ledgers->items, ledger) {
			fputs(separator, out);
			write_ledger(out, ledger);
			separator = ",\n";
		}
	fputs("],\n", out);
}

static uint64_t lived_ns(const struct ledger *ledger)
{
	return ledger->of.until_ns - ledger->of.from_ns;
}

/* Those that lived longest first; of equal ones, those that ran or wanted to for longest. */
static int compare_lived(const void *a, const void *b)
{
	const struct ledger *x = *(const struct ledger *const *)a;
	const struct ledger *y = *(const struct ledger *const *)b;

	if (lived_ns(x) != lived_ns(y))
		return lived_ns(x) < lived_ns(y) ? 1 : -1;
	if (x->of.on_ns + x->of.runqueue_ns != y->of.on_ns + y->of.runqueue_ns)
		return x->of.on_ns + x->of.runqueue_ns < y->of.on_ns + y->of.runqueue_ns ? 1 : -1;
	return x < y ? -1 : x > y;
}

static void tell_ledger(const struct ledger *ledger)
{
	const struct checked_ledger *of = &ledger->of;
	char schedstat[96] = "";

	if (ledger->schedstat)
		snprintf(schedstat, sizeof(schedstat),
			 "; schedstat: %.3f s on the CPU, %.3f s run queue",
			 ledger->schedstat_on_ns / 1e9, ledger->schedstat_runqueue_ns / 1e9);
	message("ledger: %s (%d): %.3f s on the CPU + %.3f s blocked + %.3f s run queue of "
		"%.3f s%s: %.2f%%%s",
		of->comm, of->tid, of->on_ns / 1e9, of->blocked_ns / 1e9, of->runqueue_ns / 1e9,
		lived_ns(ledger) / 1e9, of->ended ? " until its end" : "",
		100 * ledger_closes(of), schedstat);
}

/* All that are not told one by one, and how far off the worst of them is. */
static void tell_rest(const struct quality_waits *waits, const struct ledger **ledgers, size_t n)
{
	double lived = waits->lived_s, on = waits->on_s, blocked = waits->blocked_s;
	double runqueue = waits->runqueue_s, worst = 0;
	uint64_t told = n < QUALITY_WAITS_TOLD ? n : QUALITY_WAITS_TOLD;

	if (waits->n_threads <= told)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct checked_ledger *of = &ledgers[i]->of;
		double off = lived_ns(ledgers[i]) ? ledger_closes(of) - 1 : 0;

		if (i >= told) {
			worst = off > worst ? off : -off > worst ? -off : worst;
			continue;
		}
		lived -= lived_ns(ledgers[i]) / 1e9;
		on -= of->on_ns / 1e9;
		blocked -= of->blocked_ns / 1e9;
		runqueue -= of->runqueue_ns / 1e9;
	}
	message("ledger: %" PRIu64 " more threads: %.3f s on the CPU + %.3f s blocked + %.3f s run "
		"queue of %.3f s: %.2f%%; the worst is off by %.2f%%; --stats lists them",
		waits->n_threads - told, fabs(on), fabs(blocked), fabs(runqueue), fabs(lived),
		lived > 0 ? 100 * (on + blocked + runqueue) / lived : 100, 100 * worst);
}

void quality_waits_tell(const struct quality_waits *waits)
{
	size_t n = waits->ledgers ? waits->ledgers->items.n : 0;
	guard_free const struct ledger **ledgers = NULL;

	if (n)
		ledgers = malloc(n * sizeof(*ledgers));
	if (!ledgers)
		return;
	for (size_t i = 0; i < n; i++)
		ledgers[i] = &waits->ledgers->items.data[i];
	qsort(ledgers, n, sizeof(*ledgers), compare_lived);
	for (size_t i = 0; i < n && i < QUALITY_WAITS_TOLD; i++)
		tell_ledger(ledgers[i]);
	tell_rest(waits, ledgers, n);
}
