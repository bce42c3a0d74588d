// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The figures of a recording come in; the quality line and the JSON of
 * --stats go out. What is not known is said to be so, in both.
 */
#include "profiler/quality.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "profiler/quality_waits.h"
#include "profiler/unnamed.h"

void quality_init(struct quality *quality)
{
	*quality = (struct quality){
		.covered = -1,
		.sampled_s = -1,
		.target_cpu_s = -1,
		.bpf_ns_per_sample = -1,
	};
}

uint64_t quality_lost(const struct quality *quality)
{
	return quality->lost.ring + quality->lost.state + quality->lost.wire + quality->lost.other;
}

uint64_t quality_tables_full(const struct quality *quality)
{
	return quality->tables.rows_full + quality->tables.pages_full +
	       quality->tables.modules_full + quality->tables.rules_full +
	       quality->tables.mappings_full + quality->tables.processes_full;
}

double quality_whole(const struct quality *quality)
{
	if (!quality->user_samples)
		return -1;
	return (double)quality->whole / (double)quality->user_samples;
}

double quality_unnamed(const struct quality *quality)
{
	if (!quality->total_weight)
		return -1;
	return (double)quality->unnamed_weight / (double)quality->total_weight;
}

struct line {
	char *buf;
	size_t n, used;
};

static void line_add(struct line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void line_add(struct line *line, const char *format, ...)
{
	va_list args;
	int added;

	if (line->used >= line->n)
		return;
	va_start(args, format);
	added = vsnprintf(line->buf + line->used, line->n - line->used, format, args);
	va_end(args);
	if (added > 0)
		line->used += (size_t)added;
}

/*
 * One decimal. A share that is exact is not rounded up to 100.0 % or down to
 * 0.0 %: those two are claims that nothing is missing.
 */
static void line_add_share(struct line *line, const char *key, double share, bool exact)
{
	double percent = share * 100;

	if (share < 0) {
		line_add(line, " %s=unknown", key);
		return;
	}
	if (exact && share < 1 && percent > 99.9)
		percent = 99.9;
	if (exact && share > 0 && percent < 0.1)
		percent = 0.1;
	line_add(line, " %s=%.1f%%", key, percent);
}

static void line_add_count(struct line *line, const char *key, uint64_t count)
{
	if (count)
		line_add(line, " %s=%" PRIu64, key, count);
}

static void line_add_samples(struct line *line, const struct quality *quality)
{
	line_add(line, "samples=%" PRIu64 " lost=%" PRIu64, quality->samples,
		 quality_lost(quality));
	line_add_share(line, "covered", quality->covered, false);
}

static void line_add_waits(struct line *line, const struct quality *quality)
{
	line_add(line, "%swaits=%" PRIu64 " offcpu=%.2fs", line->used ? " " : "",
		 quality->waits.n, quality->waits.offcpu_s);
	line_add_share(line, "accounted", quality->waits.accounted, false);
	line_add_share(line, "ledger", quality->waits.ledger, false);
}

static void line_add_event(struct line *line, const struct quality *quality)
{
	line_add(line, " event=%s", quality->event ? quality->event : "unknown");
	if (quality->frequency)
		line_add(line, " hz=%" PRIu64, quality->frequency);
	else
		line_add(line, " count=%" PRIu64, quality->count);
}

static void line_add_shortened(struct line *line, const struct quality *quality)
{
	double total = quality->total_weight;

	if (quality->shortened_weight)
		line_add_share(line, "shortened", quality->shortened_weight / total, true);
	if (quality->shortened_wakers_weight)
		line_add_share(line, "shortened-wakers", quality->shortened_wakers_weight / total,
			       true);
}

void quality_line(const struct quality *quality, char *buf, size_t n)
{
	struct line line = {buf, n, 0};

	if (quality->mode != RECORD_OFFCPU)
		line_add_samples(&line, quality);
	if (quality->mode != RECORD_CPU)
		line_add_waits(&line, quality);
	line_add_share(&line, "whole", quality_whole(quality), true);
	line_add_shortened(&line, quality);
	line_add_share(&line, "unnamed", quality_unnamed(quality), true);
	if (quality->mode != RECORD_OFFCPU)
		line_add_event(&line, quality);
	line_add(&line, " elapsed=%.2fs", quality->elapsed_s);
	line_add_count(&line, "kernel-only", quality->kernel_only);
	line_add_count(&line, "lost-waits", quality->waits.n_lost);
	line_add_count(&line, "lost-wakers", quality->waits.n_wakers_lost);
	line_add_count(&line, "lost-threads", quality->waits.n_threads_full);
	line_add_count(&line, "lost-stacks", quality->lost_stacks);
	line_add_count(&line, "lost-sideband", quality->lost_sideband);
	line_add_count(&line, "lost-remaps", quality->lost_remaps);
	line_add_count(&line, "foreign", quality->foreign);
	line_add_count(&line, "cpus-changed", quality->cpus_changed);
	line_add_count(&line, "tables-evicted", quality->tables.evicted);
	line_add_count(&line, "tables-full", quality_tables_full(quality));
}

static void write_number(FILE *out, const char *key, double value)
{
	/* JSON has no NaN and no infinity. */
	if (value < 0 || !isfinite(value))
		fprintf(out, "  \"%s\": null,\n", key);
	else
		fprintf(out, "  \"%s\": %.9g,\n", key, value);
}

static void write_count(FILE *out, const char *key, uint64_t value)
{
	fprintf(out, "  \"%s\": %" PRIu64 ",\n", key, value);
}

static void write_incomplete(FILE *out, const struct quality *quality)
{
	const char *separator = "";

	fputs("  \"incomplete\": {", out);
	for (int i = 0; i < UNWIND_N; i++) {
		if (!unwind_result_is_incomplete((enum unwind_result)i))
			continue;
		fputs(separator, out);
		separator = ", ";
		json_write_string(out, unwind_result_name((enum unwind_result)i));
		fprintf(out, ": %" PRIu64, quality->incomplete[i]);
	}
	fputs("},\n", out);
}

static void write_tables(FILE *out, const struct quality *quality)
{
	fprintf(out,
		"  \"tables\": {\"modules\": %" PRIu64 ", \"bytes\": %" PRIu64
		", \"evicted\": %" PRIu64 ", \"full\": %" PRIu64 "},\n",
		quality->tables.modules, quality->tables.bytes, quality->tables.evicted,
		quality_tables_full(quality));
	fprintf(out,
		"  \"tables_full\": {\"rows\": %" PRIu64 ", \"pages\": %" PRIu64
		", \"rules\": %" PRIu64 ", \"modules\": %" PRIu64 ", \"mappings\": %" PRIu64
		", \"processes\": %" PRIu64 "},\n",
		quality->tables.rows_full, quality->tables.pages_full, quality->tables.rules_full,
		quality->tables.modules_full, quality->tables.mappings_full,
		quality->tables.processes_full);
}

static void write_rate(FILE *out, const struct quality *quality)
{
	fputs("  \"event\": ", out);
	if (quality->event)
		json_write_string(out, quality->event);
	else
		fputs("null", out);
	fputs(",\n", out);
	if (quality->frequency)
		fprintf(out, "  \"frequency\": %" PRIu64 ",\n  \"count\": null,\n",
			quality->frequency);
	else
		fprintf(out, "  \"frequency\": null,\n  \"count\": %" PRIu64 ",\n", quality->count);
}

int quality_write_json(const struct quality *quality, FILE *out)
{
	fputs("{\n", out);
	write_count(out, "samples", quality->samples);
	fprintf(out,
		"  \"lost\": {\"total\": %" PRIu64 ", \"ring buffer full\": %" PRIu64
		", \"no room for state\": %" PRIu64 ", \"bad record\": %" PRIu64
		", \"other\": %" PRIu64 "},\n",
		quality_lost(quality), quality->lost.ring, quality->lost.state, quality->lost.wire,
		quality->lost.other);
	write_count(out, "lost_stacks", quality->lost_stacks);
	write_count(out, "lost_sideband", quality->lost_sideband);
	write_count(out, "lost_exits", quality->lost_exits);
	write_count(out, "lost_remaps", quality->lost_remaps);
	write_count(out, "foreign", quality->foreign);
	write_count(out, "cpus_changed", quality->cpus_changed);
	write_number(out, "covered", quality->covered);
	write_number(out, "sampled_seconds", quality->sampled_s);
	write_number(out, "target_cpu_seconds", quality->target_cpu_s);
	write_number(out, "whole", quality_whole(quality));
	write_count(out, "user_samples", quality->user_samples);
	write_count(out, "whole_samples", quality->whole);
	write_count(out, "kernel_only_samples", quality->kernel_only);
	write_incomplete(out, quality);
	write_tables(out, quality);
	fprintf(out,
		"  \"copies\": {\"taken\": %" PRIu64 ", \"unwound\": %" PRIu64
		", \"forgotten\": %" PRIu64 ", \"over budget\": %" PRIu64 ", \"lost\": %" PRIu64
		"},\n",
		quality->copies.taken, quality->copies.unwound, quality->copies.forgotten,
		quality->copies.over_budget, quality->copies.lost);
	if (quality->agreement) {
		fputs("  \"both_ways\": {", out);
		agreement_write_json(quality->agreement, out);
		fputs("},\n", out);
	}
	write_count(out, "shortened_weight", quality->shortened_weight);
	write_count(out, "shortened_wakers_weight", quality->shortened_wakers_weight);
	write_number(out, "unnamed", quality_unnamed(quality));
	write_count(out, "unnamed_weight", quality->unnamed_weight);
	if (quality->unnamed)
		unnamed_write_json(quality->unnamed, out);
	write_count(out, "total_weight", quality->total_weight);
	if (quality->mode != RECORD_CPU)
		quality_waits_write_json(&quality->waits, out);
	write_rate(out, quality);
	write_number(out, "elapsed_seconds", quality->elapsed_s);
	write_number(out, "own_cpu_seconds", quality->own_cpu_s);
	write_number(out, "bpf_ns_per_sample", quality->bpf_ns_per_sample);
	fputs("  \"peak_rss_bytes\": ", out);
	if (quality->peak_rss_bytes)
		fprintf(out, "%" PRIu64 "\n}\n", quality->peak_rss_bytes);
	else
		fputs("null\n}\n", out);
	return ferror(out) ? -EIO : 0;
}
