// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of a verb that records comes in; one struct record_options
 * goes out, every value checked and every default filled in. Which options a
 * verb has is in its table, options_cpu.c and so on.
 */
#include "profiler/options_record.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "profiler/event_name.h"
#include "profiler/message.h"
#include "profiler/options_target.h"
#include "profiler/options_waits.h"

enum {
	DEFAULT_HZ = 999, /* odd, so that it does not beat with what happens 1000 times a second */
	DEFAULT_HZ_ALL = 99,
	DEFAULT_SECONDS = 10,
	MAX_HZ = 1000000,
	DEFAULT_STACK_COPY = 32 * 1024,
	/* Copied for a few moments only, and cc1's stacks are larger than 32 KiB. */
	DEFAULT_STACK_COPY_AUTO = 128 * 1024,
};

static const char max_rate_path[] = "/proc/sys/kernel/perf_event_max_sample_rate";

/* UINT64_MAX where the kernel names no limit. */
static uint64_t kernel_max_rate(void)
{
	FILE *file guard_fclose = fopen(max_rate_path, "re");
	long long rate;

	if (!file || fscanf(file, "%lld", &rate) != 1)
		return UINT64_MAX;
	return rate > 0 ? (uint64_t)rate : 1;
}

static int take_duration(struct record_options *options, const char *value)
{
	if (options_parse_time(value, &options->duration_ns))
		return options_wrong("-d", value,
				     "not a time; as in 10, 0.5, 250ms, 90s, 10m, 1h, inf");
	if (!options->duration_ns)
		return options_wrong("-d", value, "no time to record in; more than 0");
	return 0;
}

static int take_frequency(struct record_options *options, const char *value)
{
	uint64_t limit = kernel_max_rate();

	if (options_parse_u64(value, &options->frequency) || !options->frequency ||
	    options->frequency > MAX_HZ) {
		message("-F %s: not a frequency; whole samples a second, from 1 to %llu", value,
			(unsigned long long)(limit < MAX_HZ ? limit : MAX_HZ));
		return -EINVAL;
	}
	if (options->frequency > limit) {
		message("-F %s: above the kernel's limit of %llu; "
			"sysctl -w kernel.perf_event_max_sample_rate=%s",
			value, (unsigned long long)limit, value);
		return -EINVAL;
	}
	return 0;
}

static int take_count(struct record_options *options, const char *value)
{
	if (options_parse_u64(value, &options->count) || !options->count ||
	    options->count > INT64_MAX)
		return options_wrong("-c", value, "not a number of events; whole, from 1");
	return 0;
}

static int take_event(struct record_options *options, const char *value)
{
	const char *why;

	if (event_name_parse(value, &options->event, &why))
		return options_wrong("-e", value, why);
	return 0;
}

static int take_unwind(struct record_options *options, const char *value)
{
	if (!strcmp(value, "auto"))
		options->unwind = UNWIND_AUTO;
	else if (!strcmp(value, "fp"))
		options->unwind = UNWIND_FP;
	else if (!strcmp(value, "cfi"))
		options->unwind = UNWIND_CFI;
	else if (!strcmp(value, "copy"))
		options->unwind = UNWIND_COPY;
	else
		return options_wrong("--unwind", value, "no such way; auto, cfi, copy or fp");
	return 0;
}

/* "32768", "32K", "32KiB"; whole pages are copied. */
static int take_stack_copy(struct record_options *options, const char *value)
{
	const uint64_t page = 4096, most = 64 * page;
	char digits[16];
	size_t n = strspn(value, "0123456789");
	const char *unit = value + n;
	bool kilo = !strcmp(unit, "K") || !strcmp(unit, "k") || !strcmp(unit, "KiB");
	uint64_t bytes = 0;
	int err = !n || n >= sizeof(digits) || (*unit && !kilo) ? -EINVAL : 0;

	if (!err) {
		snprintf(digits, sizeof(digits), "%.*s", (int)n, value);
		err = options_parse_u64(digits, &bytes);
	}
	if (!err && kilo)
		bytes = bytes <= most ? bytes * 1024 : UINT64_MAX;
	if (err || !bytes || bytes > most)
		return options_wrong("--stack-copy", value,
				     "not a size of a copy; bytes, from 1 to 262144, or as in 32K");
	options->stack_copy = (bytes + page - 1) / page * page;
	return 0;
}

/* "95", "99.5%" */
static int take_min_quality(struct record_options *options, const char *value)
{
	unsigned int whole = 0, n = 0, n_fraction = 0;
	double percent = 0, scale = 1;
	const char *p = value;

	for (; *p >= '0' && *p <= '9' && n < 4; p++, n++)
		whole = whole * 10 + (unsigned int)(*p - '0');
	percent = whole;
	if (n && *p == '.') {
		for (p++; *p >= '0' && *p <= '9' && n_fraction < 9; p++, n_fraction++)
			percent += (*p - '0') * (scale /= 10);
		n = n_fraction;
	}
	if (*p == '%')
		p++;
	if (!n || *p || percent > 100)
		return options_wrong("--min-quality", value, "not a share; percent from 0 to 100");
	options->min_quality = percent;
	return 0;
}

static int take_stats(struct record_options *options, const char *value)
{
	if (!*value)
		return options_wrong("--stats", value, "the name is empty; give a file");
	options->stats_path = value;
	return 0;
}

int record_options_take(void *ctx, int id, const char *value)
{
	struct record_options *options = ctx;

	switch (id) {
	case OPTIONS_OPERAND:
		return options_wrong(record_mode_name(options->mode), value,
				     "not an option; a command comes after --, as in -- make -j4");
	case 'p':
	case 't':
	case 'C':
	case 'a':
		return target_options_take(&options->target, id, value);
	case 'd':
		return take_duration(options, value);
	case 'F':
		return take_frequency(options, value);
	case 'c':
		return take_count(options, value);
	case 'e':
		return take_event(options, value);
	case OPTION_UNWIND:
		return take_unwind(options, value);
	case OPTION_STACK_COPY:
		return take_stack_copy(options, value);
	case OPTION_MIN_QUALITY:
		return take_min_quality(options, value);
	case OPTION_STATS:
		return take_stats(options, value);
	case OPTION_FOLLOW:
		options->target.follow = true;
		return 0;
	case OPTION_AS_ROOT:
		options->target.as_root = true;
		return 0;
	case OPTION_USER_ONLY:
		options->user_only = true;
		return 0;
	case OPTION_KERNEL_ONLY:
		options->kernel_only = true;
		return 0;
	case OPTION_NO_SYMBOLS:
		options->no_symbols = true;
		return 0;
	case OPTION_WITH_CMDLINE:
		options->with_cmdline = true;
		return 0;
	}
	return wait_options_take(&options->waits, id, value);
}

uint64_t record_options_frequency(uint64_t wanted)
{
	uint64_t limit = kernel_max_rate();

	return wanted < limit ? wanted : limit;
}

/* The kernel lowers its limit by itself when interrupts took too long: no fault of the user's. */
static void set_default_frequency(struct record_options *options)
{
	uint64_t limit = kernel_max_rate();

	options->frequency = options->target.kind == TARGET_ALL ? DEFAULT_HZ_ALL : DEFAULT_HZ;
	if (options->frequency <= limit)
		return;
	options->frequency = limit;
	if (!options->quiet)
		message("frequency: lowered to %llu, the kernel's limit; "
			"sysctl -w kernel.perf_event_max_sample_rate=100000",
			(unsigned long long)limit);
}

static int check(struct record_options *options)
{
	int err = target_options_check(&options->target, record_mode_name(options->mode));

	if (err)
		return err;
	if (options->frequency && options->count) {
		message("-F and -c: two rates; give one of them");
		return -EINVAL;
	}
	if (options->user_only && options->kernel_only) {
		message("--user-only and --kernel-only: nothing would be left; give one of them");
		return -EINVAL;
	}
	err = wait_options_check(&options->waits);
	if (err)
		return err;
	if (!options->stats_path)
		return 0;
	vec_each(&options->outputs, output) {
		if (!output_path_same(output->path, options->stats_path))
			continue;
		message("--stats %s: is an output of -o too; give it a file of its own",
			options->stats_path);
		return -EINVAL;
	}
	return 0;
}

void record_options_set_defaults(struct record_options *options)
{
	if (!options->duration_ns)
		options->duration_ns = options->target.kind == TARGET_COMMAND
					       ? UINT64_MAX
					       : (uint64_t)DEFAULT_SECONDS * NS_PER_SEC;
	if (options->mode != RECORD_OFFCPU && !options->frequency && !options->count)
		set_default_frequency(options);
	if (!options->stack_copy)
		options->stack_copy = options->unwind == UNWIND_AUTO ? DEFAULT_STACK_COPY_AUTO :
								       DEFAULT_STACK_COPY;
	if (options->quiet)
		options->verbose = false;
}

static const char *const elsewhere[] = {
	[RECORD_CPU] = "cpu records no waits; use flametap offcpu, or flametap wall",
	[RECORD_OFFCPU] = "offcpu counts no events; use --rate for fewer waits, or flametap cpu",
	[RECORD_WALL] = "wall counts time and no events; use -F, or flametap cpu",
};

int record_options_parse(struct record_options *options, enum record_mode mode, int argc,
			 char **argv, const char *letters, const struct option *table)
{
	struct options_walk walk = {
		.verb = record_mode_name(mode),
		.outputs = &options->outputs,
		.report = &options->report,
		.quiet = &options->quiet,
		.verbose = &options->verbose,
		.no_cache = &options->no_cache,
		.debug_dirs = &options->debug_dirs,
		.debuginfod = &options->debuginfod,
		.elsewhere = elsewhere[mode],
	};
	int answered;

	*options = (struct record_options){ .mode = mode, .min_quality = -1 };
	answered = options_walk(&walk, argc, argv, letters, table, record_options_take, options);
	if (answered)
		return answered;
	if (walk.separated && target_options_command(&options->target, argv + optind))
		return -EINVAL;
	if (options_walk_end(&walk, &options->default_output) || check(options))
		return -EINVAL;
	record_options_set_defaults(options);
	return 0;
}

void record_options_deinit(struct record_options *options)
{
	vec_deinit(&options->target.ids);
	vec_deinit(&options->outputs);
	vec_deinit(&options->debug_dirs);
	refine_options_deinit(&options->report.refine);
}

const char *record_mode_name(enum record_mode mode)
{
	static const char *const names[] = {
		[RECORD_CPU] = "cpu",
		[RECORD_OFFCPU] = "offcpu",
		[RECORD_WALL] = "wall",
	};

	return names[mode];
}
