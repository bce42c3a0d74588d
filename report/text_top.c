// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile comes in; out go the short tables that a recording ends
 * with on the terminal: the top functions, and the top processes.
 */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/guard.h"
#include "base/hash.h"
#include "report/format.h"
#include "report/profile.h"
#include "report/tree.h"
#include "report/value.h"

enum {
	TERMINAL_COLUMNS = 100, /* where the stream is no terminal */
	NAME_COLUMNS_MIN = 20,
	MODULE_COLUMNS = 24,
};

static void write_base_name(const struct strings *strings, uint32_t path, size_t max, FILE *out)
{
	const char *text = strings_get(strings, path);
	size_t n = strings_length(strings, path);
	const char *slash = memrchr(text, '/', n);

	if (slash) {
		n -= slash + 1 - text;
		text = slash + 1;
	}
	text_write_name(text, n, 0, max, out);
}

size_t text_terminal_columns(FILE *out)
{
	struct winsize size;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) || !size.ws_col)
		return TERMINAL_COLUMNS;
	return size.ws_col;
}

/* A name in what is left of the line, and behind it the module, which gives way first. */
static void write_name_and_module(const struct tree *tree, const struct profile *profile,
				  const struct function_total *item, size_t columns, FILE *out)
{
	const char *name = strings_get(&tree->labels, item->label);
	size_t length = strings_length(&tree->labels, item->label);
	size_t used = text_write_name(name, length, 0, columns, out);

	/* [MODULE+0x...] says it already. */
	if (item->module && name[0] != '[' && used + 3 + 8 <= columns) {
		size_t room = columns - used - 3;

		fputs("  ", out);
		write_base_name(&profile->strings, profile->modules.data[item->module].path,
				room < MODULE_COLUMNS ? room : MODULE_COLUMNS, out);
	}
	fputc('\n', out);
}

int text_write_top(const struct profile *profile, const struct report_options *options,
		   uint32_t value, size_t n, FILE *out)
{
	enum { NUMBERS = 42, LEAST_SHARE = 1000 };
	guard(tree_deinit) struct tree tree = {};
	guard(function_totals_deinit) struct function_totals totals = {};
	size_t columns = text_terminal_columns(out);
	struct value_style style;
	int64_t whole;
	int err;

	/* Of millions of stacks the tree would take half a gigabyte. */
	err = tree_init_visible(&tree, &totals, profile, options, value, LEAST_SHARE);
	if (err)
		return err;
	value_style_init_shown(&style, profile, value);
	whole = tree.nodes.data[0].total;
	columns = columns > NUMBERS + NAME_COLUMNS_MIN ? columns - NUMBERS : NAME_COLUMNS_MIN;
	fprintf(out, "%11s %7s %11s %7s  %s\n", style.per_second ? "self s" : "self", "",
		style.per_second ? "total s" : "total", "", "function");
	for (size_t i = 0; i < totals.items.n && i < n; i++) {
		const struct function_total *item = &totals.items.data[i];
		char self[VALUE_TEXT], total[VALUE_TEXT];

		value_print_number(&style, item->self, self);
		value_print_number(&style, item->total, total);
		fprintf(out, "%11s %6.1f%% %11s %6.1f%%  ", self, value_percent(item->self, whole),
			total, value_percent(item->total, whole));
		write_name_and_module(&tree, profile, item, columns, out);
	}
	return ferror(out) ? -EIO : 0;
}

/* Processes. */

struct process_total {
	uint32_t name; /* in the profile's strings */
	int32_t pid;   /* of the only one, or of each with per_pid */
	uint32_t n;    /* how many processes */
	int64_t value;
};

struct process_totals {
	VEC(struct process_total) items;
	struct idmap by_name; /* name, with per_pid pid << 32 | name -> item */
	struct idmap by_pid;  /* pid << 32 | name -> 0: has been counted */
};

static void process_totals_deinit(struct process_totals *totals)
{
	vec_deinit(&totals->items);
	idmap_deinit(&totals->by_name);
	idmap_deinit(&totals->by_pid);
}

static int add_to_process(struct process_totals *totals, const struct profile_thread *thread,
			  bool per_pid, int64_t value)
{
	uint64_t process = (uint64_t)(uint32_t)thread->pid << 32 | thread->process;
	uint64_t key = per_pid ? process : thread->process;
	struct process_total added = {.name = thread->process, .pid = thread->pid};
	struct process_total *item;
	uint32_t number;
	int err = 0;

	if (!idmap_find(&totals->by_name, key, &number)) {
		number = totals->items.n;
		err = vec_push(&totals->items, added);
		if (!err)
			err = idmap_put(&totals->by_name, key, number);
		if (err)
			return err;
	}
	item = &totals->items.data[number];
	item->value += value;
	if (!idmap_find(&totals->by_pid, process, &number)) {
		item->n++;
		err = idmap_put(&totals->by_pid, process, 0);
	}
	return err;
}

static int compare_processes(const void *a, const void *b, void *ctx)
{
	const struct process_total *x = a, *y = b;
	const struct strings *strings = ctx;
	int order;

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	order = strcmp(strings_get(strings, x->name), strings_get(strings, y->name));
	return order ?: (x->pid > y->pid) - (x->pid < y->pid);
}

static void write_process(const struct profile *profile, const struct process_total *item,
			  size_t columns, FILE *out)
{
	const char *name = strings_get(&profile->strings, item->name);
	size_t length = strings_length(&profile->strings, item->name);

	if (!length) {
		name = "[unknown]";
		length = strlen(name);
	}
	text_write_name(name, length, 0, columns, out);
	if (item->n > 1)
		fprintf(out, "  %" PRIu32 " processes", item->n);
	else if (item->pid)
		fprintf(out, "  pid %" PRId32, item->pid);
	fputc('\n', out);
}

int text_write_processes(const struct profile *profile, const struct report_options *options,
			 uint32_t value, size_t n, FILE *out)
{
	enum { NUMBERS = 22, BEHIND = 20 };
	guard(process_totals_deinit) struct process_totals totals = {};
	size_t columns = text_terminal_columns(out);
	struct value_style style;
	int64_t whole = 0;
	bool idle = false;

	for (size_t i = 0; value < profile->n_values && i < profile->samples.n; i++) {
		const struct profile_sample *sample = &profile->samples.data[i];
		int64_t weight = profile->values.data[i * profile->n_values + value];
		int err;

		if (sample->flags & SAMPLE_IDLE) {
			idle = true;
			continue;
		}
		whole += weight;
		err = add_to_process(&totals, &profile->threads.data[sample->thread],
				     options->per_pid, weight);
		if (err)
			return err;
	}
	if (totals.items.n)
		qsort_r(totals.items.data, totals.items.n, sizeof(*totals.items.data),
			compare_processes, (void *)&profile->strings);
	value_style_init_shown(&style, profile, value);
	columns = columns > NUMBERS + BEHIND + NAME_COLUMNS_MIN ? columns - NUMBERS - BEHIND
								: NAME_COLUMNS_MIN;
	fprintf(out, "%11s %7s  process%s\n", style.per_second ? "total s" : "total", "",
		idle ? " (without idle waits)" : "");
	for (size_t i = 0; i < totals.items.n && i < n; i++) {
		char total[VALUE_TEXT];

		value_print_number(&style, totals.items.data[i].value, total);
		fprintf(out, "%11s %6.1f%%  ", total,
			value_percent(totals.items.data[i].value, whole));
		write_process(profile, &totals.items.data[i], columns, out);
	}
	return ferror(out) ? -EIO : 0;
}
