// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures of waits and ledgers of threads come in; JSON and lines for the terminal go out. */
#include "profiler/quality_waits.h"

#include <inttypes.h>
#include <stdlib.h>

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
		     ledger->schedstat ? ledger->schedstat_runqueue_ns / 1e9 : -1, "}");
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
		", ",
		waits->n_lost, waits->n_threads_full, waits->n_ledgers_lost, waits->n_unwoken,
		waits->n_unseen, waits->n_wakers_lost);
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

void quality_waits_tell(const struct quality_waits *waits)
{
	if (!waits->ledgers)
		return;
	vec_each(&waits->ledgers->items, ledger) {
		const struct checked_ledger *of = &ledger->of;
		char schedstat[96] = "";

		if (ledger->schedstat)
			snprintf(schedstat, sizeof(schedstat),
				 "; schedstat: %.3f s on the CPU, %.3f s run queue",
				 ledger->schedstat_on_ns / 1e9,
				 ledger->schedstat_runqueue_ns / 1e9);
		message("ledger: %s (%d): %.3f s on the CPU + %.3f s blocked + %.3f s run queue of "
			"%.3f s%s: %.2f%%%s",
			of->comm, of->tid, of->on_ns / 1e9, of->blocked_ns / 1e9,
			of->runqueue_ns / 1e9, (of->until_ns - of->from_ns) / 1e9,
			of->ended ? " until its end" : "", 100 * ledger_closes(of), schedstat);
	}
}
