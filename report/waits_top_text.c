// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where threads waited most, as text: a line for each place of the code, for
 * terminals, .txt and .md. Where a line is short of columns, figures that
 * follow from others give way first, then names lose their middle.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/guard.h"
#include "report/markdown.h"
#include "report/profile.h"
#include "report/text.h"
#include "report/value.h"
#include "report/waits.h"

enum {
	SHORT_BUSY = 10, /* rows on a terminal and in Markdown: not idle, idle */
	SHORT_IDLE = 3,
	LONG_BUSY = 40, /* in .txt */
	LONG_IDLE = 20,
	LONG_COLUMNS = 200,
	CODE_LEAST = 30,
	CODE_BOTH = 20, /* where there are fewer, a function stands alone */
	CODE_POINTS = 80, /* of a name in Markdown */
	PROCESS_COLUMNS = 15,
	PROCESS_NARROW = 10,
	PROCESS_LEAST = 8,
	OTHERS = 16,
};

/* How a line is divided. */
struct layout {
	bool share, mean, runqueue;
	size_t class, process; /* columns; process 0: all are of one */
	size_t code;
	size_t n_busy, n_idle; /* how many are told */
};

static size_t string_columns(const struct profile *profile, uint32_t string)
{
	return text_name_columns(strings_get(&profile->strings, string),
				 strings_length(&profile->strings, string));
}

const char *waits_place_name(const struct profile *profile, const struct waits_place *place)
{
	if (place->class == WAIT_FIRST_RUN)
		return "(before it ran)";
	if (wait_class_is_queued(place->class))
		return "(wherever it ran)";
	return place->function ? strings_get(&profile->strings, place->function) : "[unknown]";
}

void waits_write_code(const struct profile *profile, const struct waits_place *place, size_t max,
		      FILE *out)
{
	const char *name = waits_place_name(profile, place);
	bool has_caller = place->caller && max >= CODE_BOTH;
	size_t length = strlen(name), columns, rest, used;

	columns = text_name_columns(name, length);
	rest = has_caller ? 3 + string_columns(profile, place->caller) : 0;
	/* The function has two thirds at least, and what the caller leaves. */
	if (columns + rest > max && columns > max * 2 / 3)
		columns = max - rest > max * 2 / 3 && rest < max ? max - rest : max * 2 / 3;
	used = text_write_name(name, length, 0, has_caller ? columns : max, out);
	if (!has_caller)
		return;
	fputs(" < ", out);
	text_write_name(strings_get(&profile->strings, place->caller),
			strings_length(&profile->strings, place->caller), 0, max - used - 3, out);
}

/* "jbd2/sda1-8", or of many "kworker/0:1 and 12 more". */
static void write_process(const struct profile *profile, const struct waits_place *place,
			  size_t columns, FILE *out)
{
	const char *name = strings_get(&profile->strings, place->process);
	size_t length = strings_length(&profile->strings, place->process);
	char others[OTHERS] = "";

	if (place->n_processes > 1)
		snprintf(others, sizeof(others), " +%" PRIu32, place->n_processes - 1);
	text_write_name(name, length, columns - strlen(others), columns - strlen(others), out);
	fputs(others, out);
}

static bool is_shown(const struct layout *layout, const struct waits_places *places, size_t i)
{
	return i < places->n_busy ? i < layout->n_busy : i - places->n_busy < layout->n_idle;
}

static size_t layout_figures(const struct layout *layout)
{
	return 9 + 7 * layout->share + 9 + 10 * layout->mean + 10 + 11 * layout->runqueue;
}

static struct layout make_layout(const struct profile *profile, const struct waits_places *places,
				 size_t columns, size_t n_busy, size_t n_idle)
{
	struct layout layout = {true, true, true, 3, 0, 0, n_busy, n_idle};
	size_t used;

	for (size_t i = 0; i < places->items.n; i++) {
		const struct waits_place *place = &places->items.data[i];
		size_t process = string_columns(profile, place->process) +
				 (place->n_processes > 1 ? 4 : 0);

		if (!is_shown(&layout, places, i))
			continue;
		if (strlen(wait_class_name(place->class)) > layout.class)
			layout.class = strlen(wait_class_name(place->class));
		if (places->has_processes && process > layout.process)
			layout.process = process < PROCESS_COLUMNS ? process : PROCESS_COLUMNS;
	}
	if (places->has_processes && layout.process < PROCESS_LEAST)
		layout.process = PROCESS_LEAST;
	used = 2 + layout.class + 2 + (layout.process ? layout.process + 2 : 0) + CODE_LEAST;
	layout.runqueue = used + layout_figures(&layout) <= columns;
	layout.mean = layout.runqueue || used + layout_figures(&layout) <= columns;
	layout.share = layout.mean || used + layout_figures(&layout) <= columns;
	if (layout.process > PROCESS_NARROW && used + layout_figures(&layout) > columns) {
		used -= layout.process - PROCESS_NARROW;
		layout.process = PROCESS_NARROW;
	}
	used += layout_figures(&layout) - CODE_LEAST;
	layout.code = columns > used + PROCESS_LEAST ? columns - used : PROCESS_LEAST;
	return layout;
}

static void write_heads(const struct layout *layout, FILE *out)
{
	fprintf(out, "%9s", "total");
	if (layout->share)
		fprintf(out, " %6s", "share");
	fprintf(out, " %8s", "waits");
	if (layout->mean)
		fprintf(out, " %9s", "mean");
	fprintf(out, " %9s", "longest");
	if (layout->runqueue)
		fprintf(out, " %10s", "run queue");
	fprintf(out, "  %-*s", (int)layout->class, "for");
	if (layout->process)
		fprintf(out, "  %-*s", (int)layout->process, "process");
	fputs("  function < caller\n", out);
}

static double runqueue_percent(const struct waits_place *place)
{
	return place->total_ns ? 100.0 * place->runqueue_ns / place->total_ns : 0;
}

static void print_share(const struct waits_places *places, const struct waits_place *place,
			char text[WAITS_TEXT])
{
	if (place->idle || !places->busy_ns)
		snprintf(text, WAITS_TEXT, "-");
	else
		snprintf(text, WAITS_TEXT, "%.1f%%", 100.0 * place->total_ns / places->busy_ns);
}

static void write_place(const struct profile *profile, const struct waits_places *places,
			const struct waits_place *place, const struct layout *layout, FILE *out)
{
	char text[WAITS_TEXT];

	waits_print_time(place->total_ns, text);
	fprintf(out, "%9s", text);
	print_share(places, place, text);
	if (layout->share)
		fprintf(out, " %6s", text);
	fprintf(out, " %8" PRIu64, place->n);
	waits_print_time(place->n ? place->measured_ns / place->n : 0, text);
	if (layout->mean)
		fprintf(out, " %9s", text);
	waits_print_time(place->longest_ns, text);
	fprintf(out, " %9s", text);
	if (layout->runqueue)
		fprintf(out, " %9.1f%%", runqueue_percent(place));
	fprintf(out, "  %-*s  ", (int)layout->class, wait_class_name(place->class));
	if (layout->process) {
		write_process(profile, place, layout->process, out);
		fputs("  ", out);
	}
	waits_write_code(profile, place, layout->code, out);
	fputc('\n', out);
}

/* What is behind those that are told. */
struct rest {
	size_t n_busy, n_idle;
	uint64_t busy_ns, idle_ns;
};

static struct rest sum_rest(const struct waits_places *places, size_t n_busy, size_t n_idle)
{
	const struct layout layout = {.n_busy = n_busy, .n_idle = n_idle};
	struct rest rest = {};

	for (size_t i = 0; i < places->items.n; i++) {
		const struct waits_place *place = &places->items.data[i];

		if (is_shown(&layout, places, i))
			continue;
		rest.n_busy += !place->idle;
		rest.n_idle += place->idle;
		rest.busy_ns += place->idle ? 0 : place->total_ns;
		rest.idle_ns += place->idle ? place->total_ns : 0;
	}
	return rest;
}

static void write_rest(const struct rest *rest, int columns, FILE *out)
{
	char time[WAITS_TEXT];

	if (rest->n_busy) {
		waits_print_time(rest->busy_ns, time);
		fprintf(out, "%*s in %zu more %s", columns, time, rest->n_busy,
			rest->n_busy == 1 ? "place" : "places");
	}
	if (rest->n_idle) {
		waits_print_time(rest->idle_ns, time);
		fprintf(out, "%s%*s in %zu more idle", rest->n_busy ? "; " : "",
			rest->n_busy ? 0 : columns, time, rest->n_idle);
	}
	if (rest->n_busy || rest->n_idle)
		fputc('\n', out);
}

static int write_places(const struct profile *profile, size_t columns, size_t n_busy, size_t n_idle,
			FILE *out)
{
	guard(waits_places_deinit) struct waits_places places = {};
	int err = waits_places_init(&places, profile);
	struct layout layout;
	struct rest rest;

	if (err || !places.items.n)
		return err;
	layout = make_layout(profile, &places, columns, n_busy, n_idle);
	fprintf(out, "%s\n", waits_places_title(&places));
	write_heads(&layout, out);
	for (size_t i = 0; i < places.items.n; i++) {
		if (i == places.n_busy && n_idle)
			fputs("     idle\n", out);
		if (is_shown(&layout, &places, i))
			write_place(profile, &places, &places.items.data[i], &layout, out);
	}
	rest = sum_rest(&places, n_busy, n_idle);
	write_rest(&rest, 9, out);
	return 0;
}

int waits_write_short(const struct profile *profile, size_t columns, FILE *out)
{
	int err = waits_write_table(profile, columns, out);

	if (err)
		return err;
	fputc('\n', out);
	err = write_places(profile, columns, SHORT_BUSY, SHORT_IDLE, out);
	return err || !ferror(out) ? err : -EIO;
}

int waits_write_places(const struct profile *profile, FILE *out)
{
	fputc('\n', out);
	return write_places(profile, LONG_COLUMNS, LONG_BUSY, LONG_IDLE, out);
}

static void put_code(const char *name, FILE *out)
{
	fputc(' ', out);
	if (*name)
		markdown_code(name, strlen(name), CODE_POINTS, out);
	fputs(" |", out);
}

static void put_process(const struct profile *profile, const struct waits_place *place, FILE *out)
{
	const char *name = strings_get(&profile->strings, place->process);

	fputc(' ', out);
	if (*name)
		markdown_code(name, strlen(name), CODE_POINTS, out);
	if (place->n_processes > 1)
		fprintf(out, " and %" PRIu32 " more", place->n_processes - 1);
	fputs(" |", out);
}

static void put_place(const struct profile *profile, const struct waits_places *places,
		      const struct waits_place *place, FILE *out)
{
	char total[WAITS_TEXT], share[WAITS_TEXT], mean[WAITS_TEXT], longest[WAITS_TEXT];
	char class[WAITS_NAME];

	waits_print_time(place->total_ns, total);
	print_share(places, place, share);
	waits_print_time(place->n ? place->measured_ns / place->n : 0, mean);
	waits_print_time(place->longest_ns, longest);
	snprintf(class, sizeof(class), "%s%s", wait_class_name(place->class),
		 place->idle ? " (idle)" : "");
	fprintf(out, "| %s | %s | %" PRIu64 " | %s | %s | %.1f%% | %s |", total, share, place->n,
		mean, longest, runqueue_percent(place), class);
	put_process(profile, place, out);
	put_code(waits_place_name(profile, place), out);
	put_code(strings_get(&profile->strings, place->caller), out);
	fputc('\n', out);
}

int waits_write_places_markdown(const struct profile *profile, FILE *out)
{
	const struct layout layout = {.n_busy = SHORT_BUSY, .n_idle = SHORT_IDLE};
	guard(waits_places_deinit) struct waits_places places = {};
	int err = waits_places_init(&places, profile);
	struct rest rest;

	if (err || !places.items.n)
		return err;
	fprintf(out,
		"#### %s\n\n| total | share | waits | mean | longest | run queue | for | process | "
		"function | caller |\n|--:|--:|--:|--:|--:|--:|:--|:--|:--|:--|\n",
		places.is_of_wakers ? "Top waits, by who ended them" : "Top waits");
	for (size_t i = 0; i < places.items.n; i++)
		if (is_shown(&layout, &places, i))
			put_place(profile, &places, &places.items.data[i], out);
	fputc('\n', out);
	rest = sum_rest(&places, SHORT_BUSY, SHORT_IDLE);
	write_rest(&rest, 0, out);
	fputs(rest.n_busy || rest.n_idle ? "\n" : "", out);
	return ferror(out) ? -EIO : 0;
}
