// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths come in; out goes a profile with the names that can be had. */
#include "profiler/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/cache.h"
#include "profiler/downloads.h"
#include "profiler/message.h"
#include "profiler/progress.h"
#include "profiler/summary.h"
#include "report/format.h"
#include "report/profile.h"
#include "report/resolve.h"
#include "report/unnamed_comments.h"
#include "report/wakers.h"
#include "symbolize/symbolizer.h"

int inputs_read_one(const char *path, bool quiet, struct profile *profile)
{
	struct report_error error = {""};
	const char *name = strcmp(path, "-") ? path : "standard input";
	guard_close int opened = -1;
	struct progress progress;
	int fd = STDIN_FILENO;
	int err;

	if (name == path) {
		fd = opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0) {
			message("%s: %s; name a recording that can be read", path, strerror(errno));
			return -EINVAL;
		}
	}
	progress_begin(&progress, fd, name, !quiet);
	err = report_read(fd, profile, &error);
	progress_end(&progress);
	if (!err || err == -ENOMEM)
		return err;
	/* The error's text may bring a remedy of its own. */
	message("%s: %s%s", name, error.text,
		strchr(error.text, ';') ? "" :
					  "; name a recording (.pb.gz, .svg, .html, "
					  ".speedscope.json) or folded stacks");
	return -EINVAL;
}

/* What is there but has no symbol is no fault of the place where this runs. */
static bool is_for_here(enum resolve_cause cause)
{
	return cause != RESOLVE_NO_SYMBOL && cause != RESOLVE_STRIPPED;
}

static uint64_t n_not_here(const struct resolve_stats *stats)
{
	uint64_t n = 0;

	for (int cause = 0; cause < RESOLVE_N; cause++)
		n += is_for_here(cause) ? stats->n_unnamed[cause] : 0;
	return n;
}

static const char *module_path(const struct profile *profile, uint32_t module)
{
	return strings_get(&profile->strings, profile->modules.data[module].path);
}

static void say_unnamed(const struct profile *profile, const struct resolve_stats *stats,
			bool verbose)
{
	const struct resolve_unnamed *first = NULL;

	for (size_t i = 0; i < stats->n_modules; i++) {
		const struct resolve_unnamed *unnamed = &stats->modules[i];

		if (!first && is_for_here(unnamed->cause))
			first = unnamed;
		if (verbose)
			message("%s: %s%s%s; %llu addresses stay without names",
				module_path(profile, unnamed->module),
				resolve_cause_name(unnamed->cause),
				unnamed->debuginfod ? ", debuginfod: " : "",
				debuginfod_answer_name(unnamed->debuginfod),
				(unsigned long long)unnamed->n_locations);
	}
	if (first && !verbose)
		message("%s: %s%s%s; %llu addresses stay without names, -v tells of all files",
			module_path(profile, first->module), resolve_cause_name(first->cause),
			first->debuginfod ? ", debuginfod: " : "",
			debuginfod_answer_name(first->debuginfod),
			(unsigned long long)n_not_here(stats));
}

int inputs_resolve(const struct inputs_options *options, struct profile *profile,
		   const struct downloads *downloads)
{
	struct symbolizer_options symbolizer_options = {
		.debug_dirs = options->debug_dirs->data,
		.n_debug_dirs = options->debug_dirs->n,
		.debuginfod = downloads->debuginfod,
	};
	struct resolve_by_path by_path = {.profile = profile, .fd = -1};
	struct symbolizer *symbolizer = NULL;
	struct resolve_stats stats;
	guard_free uint8_t *unnamed = wakers_find_unnamed(profile);
	int err = unnamed ? 0 : -ENOMEM;

	if (!err && !options->no_cache)
		err = cache_open(options->verbose, &symbolizer_options.cache);
	if (!err)
		err = symbolizer_create(&symbolizer_options, &symbolizer);
	by_path.symbolizer = symbolizer;
	if (!err)
		err = profile_resolve(profile, symbolizer, resolve_open_by_path, &by_path, &stats);
	if (!err && stats.n_named)
		err = wakers_turn(profile, unnamed);
	if (!err && stats.n_named)
		err = unnamed_comments_update(profile);
	resolve_by_path_deinit(&by_path);
	symbolizer_destroy(symbolizer);
	cache_close(symbolizer_options.cache, options->verbose);
	if (!err && !options->quiet) {
		say_unnamed(profile, &stats, options->verbose);
		summary_say_names(profile, &stats);
		downloads_tell(downloads);
	}
	return err;
}
