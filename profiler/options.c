// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The walk over a verb's arguments: getopt_long with flametap's own messages,
 * and the options that several verbs share. Values come out checked, or one
 * line says what is wrong with them.
 */
#include "profiler/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "profiler/downloads.h"
#include "profiler/help.h"
#include "profiler/message.h"
#include "profiler/options_shared.h"

int options_wrong(const char *option, const char *value, const char *why)
{
	message("%s %s: %s", option, value, why);
	return -EINVAL;
}

int options_parse_u64(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (const char *p = text; *p; p++)
		if (!isdigit((unsigned char)*p))
			return -EINVAL;
	for (const char *p = text; *p; p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return -ERANGE;
	*ret = value;
	return 0;
}

/* The length of one unit in ns, 0 if there is no such unit. */
static uint64_t time_unit(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{"", NS_PER_SEC},	   {"ms", NS_PER_SEC / 1000},	{"s", NS_PER_SEC},
		{"us", NS_PER_SEC / 1000000},
		{"m", 60ULL * NS_PER_SEC}, {"h", 3600ULL * NS_PER_SEC},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(unit, units[i].name))
			return units[i].ns;
	return 0;
}

/* Not strtod: its decimal point depends on the locale, and it takes "nan" and "0x1p3". */
int options_parse_time(const char *text, uint64_t *ret_ns)
{
	uint64_t whole = 0, fraction = 0, scale = 1, unit;
	const char *p = text;
	unsigned __int128 ns;

	if (!strcmp(text, "inf")) {
		*ret_ns = UINT64_MAX;
		return 0;
	}
	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return -EINVAL;
	if (*p == '.') {
		p++;
		if (!isdigit((unsigned char)*p))
			return -EINVAL;
		for (; isdigit((unsigned char)*p); p++) {
			if (scale == NS_PER_SEC)
				continue; /* finer than a nanosecond */
			fraction = fraction * 10 + (uint64_t)(*p - '0');
			scale *= 10;
		}
	}
	unit = time_unit(p);
	if (!unit)
		return -EINVAL;
	ns = (unsigned __int128)whole * unit + (unsigned __int128)fraction * unit / scale;
	if (ns > INT64_MAX)
		return -EINVAL;
	*ret_ns = (uint64_t)ns;
	return 0;
}

/* What the walk meets, beside the options' own. */
enum {
	OPTIONS_END = 0,
	OPTIONS_WRONG = -1,    /* said already */
	OPTIONS_ANSWERED = -2, /* --help, --version */
};

static bool is_start_of_any(const struct option *table, const char *argument)
{
	size_t n = strcspn(argument + 2, "=");

	for (; table->name; table++)
		if (!strncmp(table->name, argument + 2, n))
			return true;
	return false;
}

/* getopt refused argv[optind - 1], or a letter within it. */
static int say_refused(const struct options_walk *walk, int result, char **argv,
		       const struct option *table)
{
	const char *argument = argv[optind - 1];
	bool is_long = !strncmp(argument, "--", 2);

	if (result == ':' && is_long)
		message("%s: a value is missing; see flametap %s --help", argument, walk->verb);
	else if (result == ':')
		message("-%c: a value is missing; see flametap %s --help", optopt, walk->verb);
	else if (optopt && is_long)
		message("%s: takes no value; see flametap %s --help", argument, walk->verb);
	else if (optopt)
		message("-%c: no such option; see flametap %s --help", optopt, walk->verb);
	else
		message("%s: %s; see flametap %s --help", argument,
			is_start_of_any(table, argument) ? "several options start so"
							 : "no such option",
			walk->verb);
	return OPTIONS_WRONG;
}

static int take_width(struct report_options *report, const char *value)
{
	uint64_t width;

	if (options_parse_u64(value, &width) || width < 100 || width > 100000)
		return options_wrong("--width", value, "not a width; pixels from 100 to 100000");
	report->width = (uint32_t)width;
	return 0;
}

static int take_palette(struct report_options *report, const char *name)
{
	static const char *const palettes[] = {"hot", "cool", "mono"};

	for (size_t i = 0; i < sizeof(palettes) / sizeof(*palettes); i++) {
		if (strcmp(name, palettes[i]))
			continue;
		report->palette = name;
		return 0;
	}
	return options_wrong("--palette", name, "no such palette; hot, cool or mono");
}

static int take_format(struct options_walk *walk, const char *name)
{
	if (walk->pending_format) {
		message("-f %s -f %s: -f is for the next -o; put an -o between them",
			walk->pending_format, name);
		return -EINVAL;
	}
	walk->pending_format = name;
	return 0;
}

static int take_output(struct options_walk *walk, const char *path)
{
	int err = output_list_add(walk->outputs, path, walk->pending_format);

	walk->pending_format = NULL;
	return err;
}

static int take_debug_dir(struct options_walk *walk, const char *path)
{
	struct stat st;

	if (!*path)
		return options_wrong("--debug-dir", path, "the name is empty; give a directory");
	if (stat(path, &st))
		return options_wrong("--debug-dir", path,
				     "cannot be found; give a directory with debug files");
	if (!S_ISDIR(st.st_mode))
		return options_wrong("--debug-dir", path,
				     "no directory; give one with debug files");
	return vec_push(walk->debug_dirs, path);
}

static int take_debuginfod(struct options_walk *walk)
{
	*walk->debuginfod = true;
	if (downloads_have_server())
		return 0;
	message("--debuginfod: DEBUGINFOD_URLS names no server; set it, as in "
		"%sDEBUGINFOD_URLS=https://debuginfod.debian.net flametap %s",
		getenv("SUDO_UID") ? "sudo " : "", walk->verb);
	return -EINVAL;
}

/* 1: taken; 0: not one of these; -EINVAL: wrong, and said. */
static int take_shared(struct options_walk *walk, int id, const char *value)
{
	struct report_options *report = walk->report;

	switch (id) {
	case 'o':
		return take_output(walk, value) ? -EINVAL : 1;
	case 'f':
		return take_format(walk, value) ? -EINVAL : 1;
	case OPTION_WIDTH:
		return take_width(report, value) ? -EINVAL : 1;
	case OPTION_DEBUG_DIR:
		return take_debug_dir(walk, value) ? -EINVAL : 1;
	case OPTION_NO_CACHE:
		*walk->no_cache = true;
		return 1;
	case OPTION_DEBUGINFOD:
		return take_debuginfod(walk) ? -EINVAL : 1;
	case OPTION_PALETTE:
		return take_palette(report, value) ? -EINVAL : 1;
	case OPTION_PER_PID:
		report->per_pid = true;
		return 1;
	case OPTION_THREADS:
		report->threads = true;
		return 1;
	case OPTION_SHOW_IDLE:
		report->show_idle = true;
		return 1;
	case OPTION_NO_INLINES:
		report->no_inlines = true;
		return 1;
	case OPTION_LINES:
		report->lines = true;
		return 1;
	case OPTION_ANNOTATE:
		report->annotate = true;
		return 1;
	case OPTION_TITLE:
		report->title = value;
		return 1;
	case OPTION_INVERTED:
		report->inverted = true;
		return 1;
	case 'q':
		*walk->quiet = true;
		return 1;
	case 'v':
		*walk->verbose = true;
		return 1;
	}
	return options_take_refine(&report->refine, id, value);
}

/* What a verb without outputs takes, too. */
static bool is_of_names(int id)
{
	return id == OPTION_DEBUG_DIR || id == OPTION_NO_CACHE || id == OPTION_DEBUGINFOD;
}

/* The next option that the shared ones are not: its val (optarg is its value), or one of those at
 * the top. */
static int next(struct options_walk *walk, int argc, char **argv, const char *letters,
		const struct option *table)
{
	for (;;) {
		int before = optind ? optind : 1;
		int row = -1;
		int id = getopt_long(argc, argv, letters, table, &row);
		int taken;

		if (id == -1) {
			walk->separated = optind > before;
			return OPTIONS_END;
		}
		if (id == ':' || id == '?')
			return say_refused(walk, id, argv, table);
		if (id == 'h') {
			help_print(walk->verb);
			return OPTIONS_ANSWERED;
		}
		if (id == OPTION_VERSION) {
			help_print_version();
			return OPTIONS_ANSWERED;
		}
		if (id == OPTION_ELSEWHERE) {
			message("--%s: %s", table[row].name, walk->elsewhere);
			return OPTIONS_WRONG;
		}
		taken = walk->outputs || is_of_names(id) ? take_shared(walk, id, optarg) : 0;
		if (taken < 0)
			return OPTIONS_WRONG;
		if (!taken)
			return id;
	}
}

int options_walk(struct options_walk *walk, int argc, char **argv, const char *letters,
		 const struct option *table, options_take take, void *options)
{
	int id;

	optind = 0; /* glibc: start anew, also with the mode in the letters */
	opterr = 0;
	while ((id = next(walk, argc, argv, letters, table)) > 0)
		if (take(options, id, optarg))
			return -EINVAL;
	if (id == OPTIONS_ANSWERED)
		return 1;
	return id < 0 ? -EINVAL : 0;
}

int options_walk_end(struct options_walk *walk, bool *ret_default_output)
{
	*ret_default_output = walk->outputs->n == 0;
	if (walk->pending_format) {
		message("-f %s: no -o after it; -f goes before the -o it is for",
			walk->pending_format);
		return -EINVAL;
	}
	if (!walk->outputs->n) {
		int err = output_list_add(walk->outputs, "flametap.svg", NULL);

		if (err)
			return -EINVAL;
	}
	return output_list_check(walk->outputs);
}
