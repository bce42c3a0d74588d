// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files come with their causes counted, processes each with its own, the
 * kernel with one for all. The list of dpkg is asked for the first few only.
 */
#include "profiler/unnamed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "profiler/debug_package.h"
#include "profiler/kernel_names.h"

/* Files for which a package is looked for; each takes 8 to 32 ms. */
enum { MAX_PACKAGES = 3 };

static int add_cause(struct unnamed *unnamed, const char *name, int64_t weight)
{
	if (weight <= 0)
		return 0;
	vec_each(&unnamed->causes, cause)
		if (!strcmp(cause->name, name)) {
			cause->weight += weight;
			return 0;
		}
	return vec_push(&unnamed->causes, ((struct unnamed_cause){ name, weight }));
}

static int add_files(struct unnamed *unnamed, const struct unnamed_input *input)
{
	const struct resolve_stats *files = input->files;
	const struct strings *strings = &input->profile->strings;
	int err = 0;

	for (int i = 0; i < RESOLVE_N && !err; i++)
		err = add_cause(unnamed, resolve_cause_name(i), files->weight_unnamed[i]);
	for (size_t i = 0; i < files->n_modules && !err; i++) {
		const struct resolve_unnamed *file = &files->modules[i];
		struct unnamed_item item = {
			.cause = resolve_cause_name(file->cause),
			.debuginfod = debuginfod_answer_name(file->debuginfod),
			.weight = file->weight,
		};

		if (file->weight <= 0)
			continue;
		snprintf(item.what, sizeof(item.what), "%s",
			 strings_get(strings, input->profile->modules.data[file->module].path));
		err = vec_push(&unnamed->items, item);
	}
	return err;
}

/* Processes of one program with one cause are one item. */
static int add_process(struct unnamed *unnamed, const struct jit_process *process)
{
	struct unnamed_item new = {
		.cause = jit_cause(process),
		.debuginfod = "",
		.weight = process->unnamed_weight,
		.process = process,
		.process_weight = process->unnamed_weight,
	};

	snprintf(new.what, sizeof(new.what), "%s", process->comm[0] ? process->comm : "?");
	vec_each(&unnamed->items, item) {
		if (!item->process || item->cause != new.cause || strcmp(item->what, new.what))
			continue;
		item->weight += new.weight;
		item->n_others++;
		if (new.weight > item->process_weight) {
			item->process = process;
			item->process_weight = new.weight;
		}
		return add_cause(unnamed, new.cause, new.weight);
	}
	return add_cause(unnamed, new.cause, new.weight) ?: vec_push(&unnamed->items, new);
}

static int add_kernel(struct unnamed *unnamed, const struct unnamed_input *input)
{
	struct unnamed_item item = {
		.what = "[kernel]",
		.cause = input->kernel_error == -EACCES ? "kernel addresses are hidden" :
			 input->kernel_error		? "/proc/kallsyms cannot be read" :
							  "no kernel symbol",
		.debuginfod = "",
		.weight = input->kernel_weight,
	};

	if (item.weight <= 0)
		return 0;
	if (input->kernel_error == -EACCES)
		snprintf(item.remedy, sizeof(item.remedy), "%s", kernel_names_remedy());
	return add_cause(unnamed, item.cause, item.weight) ?: vec_push(&unnamed->items, item);
}

static int compare_items(const void *a, const void *b)
{
	const struct unnamed_item *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return strcmp(x->what, y->what);
}

/* The build-id that the file had, or "". */
static const char *build_id_of(const struct profile *profile, const char *path)
{
	vec_each(&profile->modules, module)
		if (!strcmp(strings_get(&profile->strings, module->path), path))
			return strings_get(&profile->strings, module->build_id);
	return "";
}

static void find_remedies(struct unnamed *unnamed, const struct profile *profile)
{
	struct debug_package_system system;
	int n_packages = 0;
	bool has_library;

	debug_package_here(&system);
	has_library = system.debuginfod;
	vec_each(&unnamed->items, item) {
		if (item->process)
			jit_remedy(item->process, item->remedy, sizeof(item->remedy));
		if (item->process || strcmp(item->cause, resolve_cause_name(RESOLVE_STRIPPED)) ||
		    unnamed_share(unnamed, item->weight) < UNNAMED_LEAST_PERCENT ||
		    n_packages++ >= MAX_PACKAGES)
			continue;
		system.debuginfod = has_library && !*item->debuginfod;
		debug_package_remedy(&system, item->what, build_id_of(profile, item->what),
				     item->remedy, sizeof(item->remedy));
	}
}

int unnamed_init(struct unnamed *unnamed, const struct unnamed_input *input)
{
	int64_t explained = 0;
	int err = add_files(unnamed, input);

	unnamed->total = input->total_weight;
	vec_each(&input->jit->processes, process)
		if (!err && process->unnamed_weight > 0)
			err = add_process(unnamed, process);
	if (!err)
		err = add_kernel(unnamed, input);
	vec_each(&unnamed->causes, cause)
		explained += cause->weight;
	if (!err)
		err = add_cause(unnamed, input->no_symbols ? "left for flametap report" : "no mapping",
				input->unnamed_weight - explained);
	if (err)
		return err;
	if (unnamed->items.n)
		qsort(unnamed->items.data, unnamed->items.n, sizeof(*unnamed->items.data),
		      compare_items);
	find_remedies(unnamed, input->profile);
	return 0;
}

void unnamed_deinit(struct unnamed *unnamed)
{
	vec_deinit(&unnamed->items);
	vec_deinit(&unnamed->causes);
}

double unnamed_share(const struct unnamed *unnamed, int64_t weight)
{
	return unnamed->total > 0 ? 100.0 * weight / unnamed->total : 0;
}

void unnamed_write_json(const struct unnamed *unnamed, FILE *out)
{
	const char *separator = "";

	fputs("  \"unnamed_causes\": {", out);
	vec_each(&unnamed->causes, cause) {
		fputs(separator, out);
		json_write_string(out, cause->name);
		fprintf(out, ": %" PRId64, cause->weight);
		separator = ", ";
	}
	fputs("},\n  \"unnamed_in\": [", out);
	separator = "";
	vec_each(&unnamed->items, item) {
		fprintf(out, "%s\n    {\"where\": ", separator);
		json_write_string(out, item->what);
		if (item->process)
			fprintf(out, ", \"pid\": %d, \"processes\": %" PRIu32, item->process->pid,
				item->n_others + 1);
		fputs(", \"cause\": ", out);
		json_write_string(out, item->cause);
		fprintf(out, ", \"weight\": %" PRId64, item->weight);
		if (*item->debuginfod) {
			fputs(", \"debuginfod\": ", out);
			json_write_string(out, item->debuginfod);
		}
		if (item->remedy[0]) {
			fputs(", \"remedy\": ", out);
			json_write_string(out, item->remedy);
		}
		fputc('}', out);
		separator = ",";
	}
	fputs("],\n", out);
}
