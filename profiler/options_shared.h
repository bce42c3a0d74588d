/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parsers of the verbs' command lines share: the walk over the
 * arguments with its messages, and the options about outputs and how they look.
 * Not for the rest of the program.
 */
#ifndef FLAMETAP_PROFILER_OPTIONS_SHARED_H
#define FLAMETAP_PROFILER_OPTIONS_SHARED_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "profiler/options.h"

/* Options without a letter. */
enum option_id {
	OPTION_FOLLOW = 0x100,
	OPTION_AS_ROOT,
	OPTION_UNWIND,
	OPTION_STACK_COPY,
	OPTION_USER_ONLY,
	OPTION_KERNEL_ONLY,
	OPTION_NO_SYMBOLS,
	OPTION_MIN_QUALITY,
	OPTION_STATS,
	OPTION_WITH_CMDLINE,
	OPTION_WAKERS,
	OPTION_RATE,
	OPTION_MIN_BLOCK,
	OPTION_MAX_BLOCK,
	OPTION_STATE,
	OPTION_PER_PID,
	OPTION_THREADS,
	OPTION_SHOW_IDLE,
	OPTION_NO_INLINES,
	OPTION_LINES,
	OPTION_ANNOTATE,
	OPTION_TITLE,
	OPTION_PALETTE,
	OPTION_INVERTED,
	OPTION_WIDTH,
	OPTION_DEBUG_DIR,
	OPTION_NO_CACHE,
	OPTION_DEBUGINFOD,
	OPTION_FOCUS,
	OPTION_IGNORE,
	OPTION_HIDE,
	OPTION_BY_MODULE,
	OPTION_WAKEUPS,
	OPTION_COLLAPSE_RECURSION,
	OPTION_TIME,
	OPTION_THREAD,
	OPTION_COMM,
	OPTION_CLASS,
	OPTION_NO_IDLE,
	OPTION_MIN_SHARE,
	OPTION_PER_SECOND,
	OPTION_OPS,
	OPTION_BASE,
	OPTION_HEAD,
	OPTION_CMD,
	OPTION_PAIRS,
	OPTION_MAX_PAIRS,
	OPTION_WAITS,
	OPTION_OPS_FROM,
	OPTION_BUDGET,
	OPTION_ALPHA,
	OPTION_SEED,
	OPTION_WARM_UP,
	OPTION_PIN,
	OPTION_PAIRED,
	OPTION_INCONCLUSIVE,
	OPTION_MD,
	OPTION_JUNIT,
	OPTION_JSON,
	OPTION_BENCHMARK_JSON,
	OPTION_GITHUB,
	OPTION_FLAME,
	OPTION_SELF_TEST,
	OPTION_VERSION,
	OPTION_ELSEWHERE, /* of a sister verb: said where it belongs */
};

/* clang-format off */
/* A row for an option of a sister verb. Its value is not looked at: one line says it all. */
#define OPTION_ROW_ELSEWHERE(name) { name, optional_argument, NULL, OPTION_ELSEWHERE }

/* Rows of a struct option table and letters that every verb with outputs has. */
#define OPTIONS_SHARED_LONG						\
	{ "output", required_argument, NULL, 'o' },			\
	{ "format", required_argument, NULL, 'f' },			\
	{ "per-pid", no_argument, NULL, OPTION_PER_PID },		\
	{ "threads", no_argument, NULL, OPTION_THREADS },		\
	{ "show-idle", no_argument, NULL, OPTION_SHOW_IDLE },		\
	{ "no-inlines", no_argument, NULL, OPTION_NO_INLINES },		\
	{ "lines", no_argument, NULL, OPTION_LINES },			\
	{ "annotate", no_argument, NULL, OPTION_ANNOTATE },		\
	{ "title", required_argument, NULL, OPTION_TITLE },		\
	{ "palette", required_argument, NULL, OPTION_PALETTE },		\
	{ "inverted", no_argument, NULL, OPTION_INVERTED },		\
	{ "width", required_argument, NULL, OPTION_WIDTH },		\
	{ "debug-dir", required_argument, NULL, OPTION_DEBUG_DIR },	\
	{ "no-cache", no_argument, NULL, OPTION_NO_CACHE },		\
	{ "debuginfod", no_argument, NULL, OPTION_DEBUGINFOD },		\
	{ "quiet", no_argument, NULL, 'q' },				\
	{ "verbose", no_argument, NULL, 'v' },				\
	{ "version", no_argument, NULL, OPTION_VERSION },		\
	{ "help", no_argument, NULL, 'h' },				\
	{ "focus", required_argument, NULL, OPTION_FOCUS },		\
	{ "ignore", required_argument, NULL, OPTION_IGNORE },		\
	{ "hide", required_argument, NULL, OPTION_HIDE },		\
	{ "by-module", no_argument, NULL, OPTION_BY_MODULE },		\
	{ "wakeups", no_argument, NULL, OPTION_WAKEUPS },		\
	{ "collapse-recursion", no_argument, NULL, OPTION_COLLAPSE_RECURSION },	\
	{ "time", required_argument, NULL, OPTION_TIME },		\
	{ "thread", required_argument, NULL, OPTION_THREAD },		\
	{ "comm", required_argument, NULL, OPTION_COMM },		\
	{ "class", required_argument, NULL, OPTION_CLASS },		\
	{ "no-idle", no_argument, NULL, OPTION_NO_IDLE },		\
	{ "min-share", required_argument, NULL, OPTION_MIN_SHARE }
/* clang-format on */

#define OPTIONS_SHARED_SHORT "o:f:qvh"

/* One walk over a command line. The caller fills the first part. */
struct options_walk {
	const char *verb;
	struct output_list *outputs; /* NULL: a verb without outputs; of the shared options it has
					--debug-dir, --debuginfod, --no-cache, --help
					and --version */
	struct report_options *report;
	bool *quiet, *verbose, *no_cache;
	struct string_list *debug_dirs;
	bool *debuginfod;
	const char *elsewhere; /* why the options that it has no use for are of no use to it */

	const char *pending_format; /* -f, until its -o comes */
	bool separated;		    /* "--" was there; what follows begins at optind */
};

enum { OPTIONS_OPERAND = 1 }; /* the id of an argument that is no option */

/* Takes an option by its val, or an operand. 0 or a negative errno (said). */
typedef int (*options_take)(void *options, int id, const char *value);

/* Hands over all that the shared options are not, up to the end or "--". letters starts with
 * "-:", so that operands come in order. 0; 1: --help or --version was answered; -EINVAL (said). */
int options_walk(struct options_walk *walk, int argc, char **argv, const char *letters,
		 const struct option *table, options_take take, void *options);
/* Checks -f and the outputs as a whole, and adds the default one. 0 or -EINVAL (said). */
int options_walk_end(struct options_walk *walk, bool *ret_default_output);

/* Says "OPTION VALUE: why" and returns -EINVAL. */
int options_wrong(const char *option, const char *value, const char *why);
/* Whole decimal numbers, nothing before or after. 0 or -EINVAL, -ERANGE. */
int options_parse_u64(const char *text, uint64_t *ret);

/* An option that refines: 1: taken; 0: not one of these; -EINVAL: wrong, and said. */
int options_take_refine(struct refine_options *refine, int id, const char *value);

/* -o PATH under -f FORMAT (or NULL). 0 or -EINVAL (said), -ENOMEM. */
int output_list_add(struct output_list *list, const char *path, const char *format);
/* No path twice, no binary on a terminal. 0 or -EINVAL (said). */
int output_list_check(const struct output_list *list);
/* True when writing one would replace the other. */
bool output_path_same(const char *a, const char *b);

#endif
