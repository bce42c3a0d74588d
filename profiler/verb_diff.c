// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `flametap diff`: the recordings of two sides come in, each side is added up,
 * named and refined like a report; their difference goes out in whatever
 * formats were asked for. What makes them hard to compare is told.
 */
#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "profiler/downloads.h"
#include "profiler/inputs.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/output_set.h"
#include "profiler/refined.h"
#include "profiler/verb.h"
#include "report/diff.h"
#include "report/diff_builds.h"
#include "report/format.h"
#include "report/profile.h"
#include "report/refine_share.h"

struct side {
	struct profile profile;
	struct refined refined;
	struct report_options options; /* how it is refined: what is small is known only later */
	bool is_timed;		       /* every input says how long it was recorded */
};

struct diff_verb {
	const struct diff_verb_options *options;
	const struct downloads *downloads;
	struct side sides[DIFF_SIDES];
	struct profile merged, shown;
};

static const char *const side_names[] = { "base", "new side" };

static void diff_verb_deinit(struct diff_verb *verb)
{
	for (int i = 0; i < DIFF_SIDES; i++) {
		refined_deinit(&verb->sides[i].refined);
		profile_deinit(&verb->sides[i].profile);
	}
	profile_deinit(&verb->merged);
	profile_deinit(&verb->shown);
}

/* 0; -EINVAL (said); another negative errno. */
static int read_side(const struct string_list *inputs, bool quiet, struct side *side)
{
	side->is_timed = true;
	vec_each(inputs, path) {
		uint64_t before_ns = side->profile.duration_ns;
		int err = inputs_read_one(*path, quiet, &side->profile);

		if (err)
			return err;
		side->is_timed &= side->profile.duration_ns > before_ns;
		if (!diff_is(&side->profile))
			continue;
		message("%s: is a difference already; give the recordings that it was made of",
			*path);
		return -EINVAL;
	}
	return 0;
}

static int check_side(const struct diff_verb *verb, int i)
{
	const struct side *side = &verb->sides[i];
	const char *path = verb->options->sides[i].data[0];

	if (!side->refined.shown->samples.n) {
		if (!side->profile.samples.n)
			message("%s: the %s has no samples; give a recording that has", path,
				side_names[i]);
		return -EINVAL;
	}
	if (verb->options->by == DIFF_BY_SECOND && !side->is_timed) {
		message("--per-second: the %s does not say how long it was recorded; give "
			"recordings (.pb.gz, .svg, .html), or --ops", side_names[i]);
		return -EINVAL;
	}
	return 0;
}

static int make_side(struct diff_verb *verb, int i)
{
	const struct diff_verb_options *options = verb->options;
	struct inputs_options inputs_options = {
		.debug_dirs = &options->debug_dirs,
		.no_cache = options->no_cache,
		.quiet = options->quiet,
		.verbose = options->verbose,
	};
	struct side *side = &verb->sides[i];
	int err = profile_init(&side->profile);

	side->options = options->report;
	side->options.refine.min_share = 0;
	if (!err)
		err = read_side(&options->sides[i], options->quiet, side);
	if (!err)
		err = inputs_resolve(&inputs_options, &side->profile, verb->downloads);
	if (!err)
		err = profile_finish(&side->profile);
	if (err)
		return err;
	err = refined_init(&side->refined, &side->profile, &side->options);
	return err ? err : check_side(verb, i);
}

/* What recordings of a side say of one thing: few, and what is beyond is not looked at. */
enum { SAID_MAX = 4, SAID_LENGTH = 100 };

struct said {
	struct {
		const char *text;
		int n;
	} items[SAID_MAX];
	int n;
	bool more;
};

static void add_said(struct said *said, const char *text, size_t n)
{
	if (n > SAID_LENGTH)
		n = SAID_LENGTH;
	for (int i = 0; i < said->n; i++)
		if (said->items[i].n == (int)n && !memcmp(said->items[i].text, text, n))
			return;
	if (said->n == SAID_MAX) {
		said->more = true;
		return;
	}
	said->items[said->n].text = text;
	said->items[said->n++].n = n;
}

/* The words "KEY=..." of all quality lines, or the texts of all comments "KEY: ...", in the order
 * of the inputs, each once. NULL: there are none, or no memory. */
static char *collect(const struct profile *profile, const char *key, bool of_quality)
{
	struct said said = {};
	char *text = NULL;
	size_t size;
	FILE *out;

	vec_each(&profile->comments, comment) {
		const char *words = strings_get(&profile->strings, *comment);
		const char *found = strstr(words, key);

		if (!found || (of_quality ? strncmp(words, "quality: ", 9) : found != words))
			continue;
		found += strlen(key);
		add_said(&said, found, of_quality ? strcspn(found, " ") : strlen(found));
	}
	out = said.n ? open_memstream(&text, &size) : NULL;
	if (!out)
		return NULL;
	for (int i = 0; i < said.n; i++)
		fprintf(out, "%s%.*s", i ? ", " : "", said.items[i].n, said.items[i].text);
	fputs(said.more ? ", ..." : "", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static void warn_of(const struct diff_verb *verb, const char *key, bool of_quality,
		    const char *what, const char *remedy)
{
	guard_free char *base = collect(&verb->sides[DIFF_BASE].profile, key, of_quality);
	guard_free char *new = collect(&verb->sides[DIFF_NEW].profile, key, of_quality);

	if (base && new && strcmp(base, new))
		message("%s: base has %s, new side %s; %s", what, base, new, remedy);
}

static void warn(const struct diff_verb *verb)
{
	if (verb->options->quiet)
		return;
	warn_of(verb, " event=", true, "event",
		"they count different things, record both sides with the same -e");
	warn_of(verb, " hz=", true, "frequency",
		"short work is seen differently, record both sides with the same -F");
	warn_of(verb, "machine: ", false, "machine",
		"what differs may come from there, record both sides on one");
}

/* Of --time, what the recording has of it. */
static double seconds_of(const struct diff_verb *verb, int i)
{
	const struct refine_options *refine = &verb->options->report.refine;
	uint64_t until_ns = verb->sides[i].profile.duration_ns;

	if (refine->until_ns && refine->until_ns < until_ns)
		until_ns = refine->until_ns;
	return until_ns > refine->from_ns ? (until_ns - refine->from_ns) / 1e9 : 1;
}

static int fail(int err)
{
	if (err == -EINVAL)
		return EXIT_USAGE;
	message("diff: %s; try fewer inputs at once", strerror(-err));
	return EXIT_FAILED;
}

static int merge(struct diff_verb *verb)
{
	const struct diff_verb_options *options = verb->options;
	struct string_list names[DIFF_SIDES] = {};
	struct diff_request request = { .by = options->by };
	struct report_error error = { "" };
	int err = 0;

	for (int i = 0; !err && i < DIFF_SIDES; i++) {
		vec_each(&options->sides[i], path)
			err = err ? err : vec_push(&names[i], *path);
		err = err ? err : vec_push(&names[i], NULL);
		request.names[i] = (char *const *)names[i].data;
		request.sides[i] = verb->sides[i].refined.shown;
		request.scales[i] = options->by == DIFF_BY_OPS ? options->ops[i] :
								 seconds_of(verb, i);
	}
	if (!err)
		err = diff_merge(&request, &verb->merged, &error);
	if (err && error.text[0])
		message("diff: %s", error.text);
	else if (err)
		fail(err);
	for (int i = 0; i < DIFF_SIDES; i++)
		vec_deinit(&names[i]);
	return err;
}

/* Of the formats, one has a value alone. */
static void tell_of_one_side(const struct diff_verb_options *options)
{
	vec_each(&options->outputs, output)
		if (!options->quiet && !strcmp(output->format->name, "speedscope"))
			message("%s: speedscope shows one side only, so this is the new one; "
				"write .svg or .html for the difference", output->path);
}

static int run(struct diff_verb *verb, struct output_set *outputs, const struct invoker *invoker)
{
	const struct diff_verb_options *options = verb->options;
	double min_share = options->report.refine.min_share;
	const struct profile *shown = &verb->merged;
	const char *builds;
	int err = output_set_open(outputs, &options->outputs, options->default_output, invoker);

	if (err)
		return EXIT_FAILED;
	for (int i = 0; !err && i < DIFF_SIDES; i++)
		err = make_side(verb, i);
	if (err)
		return fail(err);
	warn(verb);
	err = merge(verb);
	if (err)
		return err == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
	builds = value_comment(&verb->merged, DIFF_BUILDS_NOTE);
	if (builds && !options->quiet)
		message("%s", builds);
	if (min_share > 0) {
		err = refine_small_shares(&verb->merged, min_share, &verb->shown);
		if (err)
			return fail(err);
		shown = &verb->shown;
	}
	if (output_set_write(outputs, shown, &options->report, invoker))
		return EXIT_FAILED;
	tell_of_one_side(options);
	if (options->default_output && !options->quiet)
		message("wrote flametap.svg");
	return EXIT_DONE;
}

int verb_diff(int argc, char **argv)
{
	struct diff_verb_options options;
	struct output_set outputs = {0};
	struct invoker invoker = {0};
	struct downloads downloads = {0};
	struct diff_verb verb = { .options = &options, .downloads = &downloads };
	int status = EXIT_FAILED;
	int err = diff_options_parse(&options, argc, argv);

	if (err) {
		diff_options_deinit(&options);
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	}
	err = invoker_init(&invoker);
	if (err)
		message("diff: %s; free some memory", strerror(-err));
	else if (!downloads_init(&downloads, options.debuginfod, options.quiet, &invoker))
		status = run(&verb, &outputs, &invoker);
	downloads_deinit(&downloads);
	output_set_deinit(&outputs);
	diff_verb_deinit(&verb);
	invoker_deinit(&invoker);
	diff_options_deinit(&options);
	return status;
}
