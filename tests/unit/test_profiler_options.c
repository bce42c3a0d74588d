// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Command lines, as one string each, and what they come to: a value, or the
 * one line that says what is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/guard.h"
#include "bpf/switches.h"
#include "profiler/event_name.h"
#include "profiler/options.h"

enum { MAX_ARGS = 32, SAID_SIZE = 512 };

/* A command line split at blanks; "''" is an empty argument. */
struct line {
	char *text;
	char *argv[MAX_ARGS + 1];
	int argc;
};

static void line_init(struct line *line, const char *text)
{
	char *rest;

	line->argc = 0;
	line->text = rest = strdup(text);
	assert_non_null(rest);
	for (char *word; (word = strsep(&rest, " "));) {
		assert_true(line->argc < MAX_ARGS);
		line->argv[line->argc++] = strcmp(word, "''") ? word : word + 2;
	}
	line->argv[line->argc] = NULL;
}

static void line_deinit(struct line *line)
{
	free(line->text);
}

/* Standard error is a file until the end, which then comes back in said. */
struct ear {
	FILE *file;
	int saved;
};

static void ear_open(struct ear *ear)
{
	ear->file = tmpfile();
	ear->saved = dup(STDERR_FILENO);
	assert_non_null(ear->file);
	dup2(fileno(ear->file), STDERR_FILENO);
}

static void ear_close(struct ear *ear, char said[SAID_SIZE])
{
	size_t n;

	dup2(ear->saved, STDERR_FILENO);
	close(ear->saved);
	rewind(ear->file);
	n = fread(said, 1, SAID_SIZE - 1, ear->file);
	said[n] = '\0';
	fclose(ear->file);
}

static void cpu_clean(struct record_options *options)
{
	record_options_deinit(options);
}

/* The first word is the verb. */
static int parse(struct record_options *options, int argc, char **argv)
{
	if (!strcmp(argv[0], "offcpu"))
		return offcpu_options_parse(options, argc, argv);
	if (!strcmp(argv[0], "wall"))
		return wall_options_parse(options, argc, argv);
	return cpu_options_parse(options, argc, argv);
}

/* Parses what must be right. The strings of options point into line. */
static void right(struct record_options *options, struct line *line, const char *text)
{
	char said[SAID_SIZE];
	struct ear ear;
	int err;

	line_init(line, text);
	ear_open(&ear);
	err = parse(options, line->argc, line->argv);
	ear_close(&ear, said);
	/* A kernel that was short of time has lowered its limit; see assert_rate. */
	if (err || (*said && !strstr(said, "frequency: lowered to")))
		fail_msg("%s: %d, %s", text, err, said);
}

static void assert_rate(const struct record_options *options, uint64_t expected)
{
	FILE *file guard_fclose = fopen("/proc/sys/kernel/perf_event_max_sample_rate", "re");
	unsigned long long limit;

	if (file && fscanf(file, "%llu", &limit) == 1 && limit < expected)
		expected = limit;
	assert_int_equal(options->frequency, expected);
}

static void wrong(const char *text, const char *expected)
{
	struct line line guard(line_deinit);
	struct record_options options guard(cpu_clean);
	char said[SAID_SIZE];
	struct ear ear;
	int err;

	line_init(&line, text);
	ear_open(&ear);
	err = parse(&options, line.argc, line.argv);
	ear_close(&ear, said);
	assert_int_equal(err, -EINVAL);
	if (strncmp(said, "flametap: ", 10) || !strstr(said, expected) ||
	    strchr(said, '\n') != said + strlen(said) - 1)
		fail_msg("%s: not \"%s\" but: %s", text, expected, said);
}

static void test_time(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} right[] = {
		{"1", 1000000000},
		{"90s", 90000000000},
		{"10m", 600000000000},
		{"1h", 3600000000000},
		{"1.5", 1500000000},
		{"250ms", 250000000},
		{"0.25h", 900000000000},
		{"inf", UINT64_MAX},
		{"0", 0},
		{"0.0000000019", 1},
		{"9223372036", 9223372036000000000},
	};
	static const char *const wrong[] = {"",
					    "-1",
					    "+1",
					    "1x",
					    "s",
					    "1.",
					    ".5",
					    "1 ",
					    " 1",
					    "1e3",
					    "infx",
					    "nan",
					    "0x",
					    "1d",
					    "1s1m",
					    "9223372037",
					    "99999999999999999999"};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
		assert_int_equal(options_parse_time(right[i].text, &ns), 0);
		assert_int_equal(ns, right[i].ns);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (options_parse_time(wrong[i], &ns) != -EINVAL)
			fail_msg("%s was taken", wrong[i]);
}

static void test_defaults(void **state)
{
	struct record_options options;
	struct line line;

	(void)state;
	right(&options, &line, "cpu -p 12");
	assert_int_equal(options.target.kind, TARGET_PIDS);
	assert_int_equal(options.target.ids.n, 1);
	assert_int_equal(options.target.ids.data[0], 12);
	assert_int_equal(options.duration_ns, 10 * (uint64_t)NS_PER_SEC);
	assert_rate(&options, 999);
	assert_int_equal(options.count, 0);
	assert_null(options.event.name);
	assert_true(options.min_quality < 0);
	assert_true(options.default_output);
	assert_int_equal(options.outputs.n, 1);
	assert_string_equal(options.outputs.data[0].path, "flametap.svg");
	assert_string_equal(options.outputs.data[0].format->name, "svg");
	record_options_deinit(&options);
	line_deinit(&line);

	right(&options, &line, "cpu -a");
	assert_int_equal(options.target.kind, TARGET_ALL);
	assert_rate(&options, 99);
	record_options_deinit(&options);
	line_deinit(&line);

	right(&options, &line, "cpu -q -- make -j4 -- x");
	assert_int_equal(options.target.kind, TARGET_COMMAND);
	assert_string_equal(options.target.argv[0], "make");
	assert_string_equal(options.target.argv[2], "--");
	assert_null(options.target.argv[4]);
	assert_true(options.duration_ns == UINT64_MAX);
	assert_true(options.quiet);
	record_options_deinit(&options);
	line_deinit(&line);
}

static void test_values(void **state)
{
	struct record_options options;
	struct line line;

	(void)state;
	right(&options, &line,
		  "cpu --pid=3,1,3 -p 2 --follow -d 2m -c 100 -e faults --user-only "
		  "--min-quality 99.5% --stats s.json --no-symbols --unwind fp --stack-copy 5000");
	assert_int_equal(options.target.ids.n, 3);
	assert_int_equal(options.target.ids.data[0], 3);
	assert_int_equal(options.target.ids.data[2], 2);
	assert_true(options.target.follow && options.user_only && options.no_symbols);
	assert_int_equal(options.duration_ns, 120 * (uint64_t)NS_PER_SEC);
	assert_int_equal(options.count, 100);
	assert_int_equal(options.frequency, 0);
	assert_string_equal(options.event.name, "page-faults");
	assert_int_equal(options.event.type, PERF_TYPE_SOFTWARE);
	assert_true(options.min_quality > 99.49 && options.min_quality < 99.51);
	assert_string_equal(options.stats_path, "s.json");
	assert_int_equal(options.unwind, UNWIND_FP);
	assert_int_equal(options.stack_copy, 8192);
	record_options_deinit(&options);
	line_deinit(&line);

	right(&options, &line,
		  "cpu -C @1 --per-pid --threads --annotate --inverted --width 1200 --title x "
		  "--no-inlines --lines -v -d inf");
	assert_int_equal(options.target.kind, TARGET_CGROUP);
	assert_string_equal(options.target.cgroup, "@1");
	assert_true(options.report.per_pid && options.report.threads && options.report.annotate &&
		    options.report.inverted && options.report.no_inlines && options.report.lines);
	assert_int_equal(options.report.width, 1200);
	assert_string_equal(options.report.title, "x");
	assert_true(options.verbose && options.duration_ns == UINT64_MAX);
	record_options_deinit(&options);
	line_deinit(&line);
}

static void test_outputs(void **state)
{
	struct record_options options;
	struct line line;

	(void)state;
	right(&options, &line, "cpu -a -o a.svg -f txt -o b -o - -o /dev/null -o c.pb.gz");
	assert_false(options.default_output);
	assert_int_equal(options.outputs.n, 5);
	assert_string_equal(options.outputs.data[0].format->name, "svg");
	assert_string_equal(options.outputs.data[1].format->name, "txt");
	assert_string_equal(options.outputs.data[2].format->name, "folded");
	assert_string_equal(options.outputs.data[3].format->name, "folded");
	assert_string_equal(options.outputs.data[4].format->name, "pprof");
	record_options_deinit(&options);
	line_deinit(&line);
}

static void test_wrong_targets(void **state)
{
	(void)state;
	wrong("cpu", "no target; give one of -p PID");
	wrong("cpu -p 1 -a", "-p and -a: two targets;");
	wrong("cpu -t 1 -p 1", "-t and -p: two targets;");
	wrong("cpu -C x -- true", "-C and -- CMD: two targets;");
	wrong("cpu -C x -C y", "two cgroups;");
	wrong("cpu -C ''", "the name is empty;");
	wrong("cpu --", "no command after it;");
	wrong("cpu true", "a command comes after --");
	wrong("cpu -p 0", "\"0\" is not the number of a process;");
	wrong("cpu -p -5", "\"-5\" is not");
	wrong("cpu -p 99999999999999999999", "is not the number");
	wrong("cpu -t 1,x", "\"x\" is not the number of a thread;");
	wrong("cpu -p 1,", "\"\" is not");
	wrong("cpu -t 1 --follow", "a thread has no descendants;");
	wrong("cpu -a --as-root", "no command to run;");
}

static void test_wrong_values(void **state)
{
	(void)state;
	wrong("cpu -a -F 0", "-F 0: not a frequency;");
	wrong("cpu -a -F 1e9", "-F 1e9: not a frequency;");
	wrong("cpu -a -F 1000000000", "not a frequency;");
	wrong("cpu -a -F -5", "not a frequency;");
	wrong("cpu -a -F 99 -c 5", "-F and -c: two rates;");
	wrong("cpu -a -c 0", "not a number of events;");
	wrong("cpu -a -d -1", "-d -1: not a time;");
	wrong("cpu -a -d 0", "more than 0");
	wrong("cpu -a -e none", "-e none: no such event;");
	wrong("cpu -a -e sched:sched_switch", "not available in this version;");
	wrong("cpu -a --min-quality 101", "percent from 0 to 100");
	wrong("cpu -a --min-quality x", "percent from 0 to 100");
	wrong("cpu -a --width 5", "pixels from");
	wrong("cpu -a --palette red", "hot, cool or mono");
	wrong("cpu -a --unwind dwarf", "no such way;");
	wrong("cpu -a --stack-copy 0", "not a size of a copy;");
	wrong("cpu -a --stack-copy 262145", "not a size of a copy;");
	wrong("cpu -a --stack-copy 1G", "not a size of a copy;");
	wrong("cpu -a --stack-copy 99999999999999999999", "not a size of a copy;");
	wrong("cpu -a --stack-copy=", "not a size of a copy;");
	wrong("cpu -a --user-only --kernel-only", "nothing would be left;");
}

static void test_wrong_outputs(void **state)
{
	(void)state;
	wrong("cpu -a -o x.png", "use one of .");
	wrong("cpu -a -o x", "or -f NAME before -o");
	wrong("cpu -a -o ''", "the name is empty;");
	wrong("cpu -a -o x.htm", "the extension names no format;");
	wrong("cpu -a -f png -o x", "no such format;");
	wrong("cpu -a -f svg", "no -o after it;");
	wrong("cpu -a -f svg -f txt -o x", "put an -o between them");
	wrong("cpu -a -o x.svg -o x.svg", "named twice;");
	wrong("cpu -a -o x.svg -o ./x.svg", "named twice;");
	wrong("cpu -a -o x.svg --stats ./x.svg", "is an output of -o too;");
}

static void test_wrong_options(void **state)
{
	(void)state;
	wrong("cpu -a --zork", "--zork: no such option; see flametap cpu --help");
	wrong("cpu -a -Z", "-Z: no such option;");
	wrong("cpu -a --fo", "--fo: several options start so;");
	wrong("cpu -a -d", "-d: a value is missing;");
	wrong("cpu -a --duration", "--duration: a value is missing;");
	wrong("cpu -a --follow=1", "--follow=1: takes no value;");
	wrong("cpu -a -Zd5", "-Z: no such option;");
}

static void test_debug_dirs(void **state)
{
	struct record_options options;
	struct line line guard(line_deinit);

	(void)state;
	right(&options, &line, "cpu -a --debug-dir / --debug-dir=/usr");
	assert_int_equal(options.debug_dirs.n, 2);
	assert_string_equal(options.debug_dirs.data[0], "/");
	assert_string_equal(options.debug_dirs.data[1], "/usr");
	record_options_deinit(&options);
	wrong("cpu -a --debug-dir /nowhere/at/all", "--debug-dir /nowhere/at/all: cannot be found;");
	wrong("cpu -a --debug-dir /dev/null", "--debug-dir /dev/null: no directory;");
	wrong("cpu -a --debug-dir", "--debug-dir: a value is missing;");
}

static void test_no_cache(void **state)
{
	struct record_options options;
	struct line line guard(line_deinit);

	(void)state;
	right(&options, &line, "cpu -a --no-cache");
	assert_true(options.no_cache);
	record_options_deinit(&options);
	wrong("cpu -a --no-cache=yes", "--no-cache=yes: takes no value;");
}

static void test_refining(void **state)
{
	struct line line guard(line_deinit), open_line guard(line_deinit);
	struct line again_line guard(line_deinit);
	struct record_options options;
	const struct refine_options *refine = &options.report.refine;

	(void)state;
	right(&options, &line, "cpu -a --focus a --focus b --ignore c --hide d --comm e "
		  "--thread f --class g --time 1.5s..2m --min-share 2.5% --by-module "
		  "--collapse-recursion --wakeups --show-idle --no-idle");
	assert_true(refine->wakeups && refine->no_idle && options.report.show_idle);
	assert_int_equal(refine->focus.n, 2);
	assert_string_equal(refine->focus.data[1], "b");
	assert_string_equal(refine->ignore.data[0], "c");
	assert_string_equal(refine->hide.data[0], "d");
	assert_string_equal(refine->comms.data[0], "e");
	assert_string_equal(refine->threads.data[0], "f");
	assert_string_equal(refine->classes.data[0], "g");
	assert_int_equal(refine->from_ns, 1500000000);
	assert_int_equal(refine->until_ns, 120000000000);
	assert_true(refine->min_share == 2.5 && refine->by_module && refine->collapse_recursion);
	record_options_deinit(&options);
	right(&options, &open_line, "cpu -a --time 3..inf");
	assert_int_equal(refine->from_ns, 3000000000);
	assert_int_equal(refine->until_ns, 0);
	record_options_deinit(&options);
	wrong("cpu -a --hide [", "--hide [: no regular expression: ");
	wrong("cpu -a --time ..", "--time ..: ");
	wrong("cpu -a --time inf..", "--time inf..: ");
	wrong("cpu -a --time ..0", "--time ..0: ");
	wrong("cpu -a --time ..0ms", "--time ..0ms: ");
	wrong("cpu -a --time 0s..0.0s", "--time 0s..0.0s: ");
	right(&options, &again_line, "cpu -a --time 3..4 --time ..2");
	assert_int_equal(refine->from_ns, 0);
	assert_int_equal(refine->until_ns, 2000000000);
	record_options_deinit(&options);
	wrong("cpu -a --time 2s..2000ms", "--time 2s..2000ms: ");
	wrong("cpu -a --min-share 1x", "--min-share 1x: ");
	wrong("cpu -a --min-share nan", "--min-share nan: ");
}

static void test_debuginfod(void **state)
{
	struct record_options options;
	struct line first guard(line_deinit), second guard(line_deinit);

	(void)state;
	assert_int_equal(unsetenv("SUDO_UID"), 0);
	for (int i = 0; i < 2; i++) {
		if (i)
			setenv("DEBUGINFOD_URLS", " \t", 1);
		else
			unsetenv("DEBUGINFOD_URLS");
		wrong("cpu -a --debuginfod", "flametap: --debuginfod: DEBUGINFOD_URLS names no server; "
			  "set it, as in DEBUGINFOD_URLS=https://debuginfod.debian.net flametap cpu\n");
	}
	setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1", 1);
	right(&options, &first, "cpu -a");
	assert_false(options.debuginfod);
	record_options_deinit(&options);
	right(&options, &second, "cpu -a --debuginfod");
	assert_true(options.debuginfod);
	record_options_deinit(&options);
	wrong("cpu -a --debuginfod=x", "--debuginfod=x: takes no value;");
	unsetenv("DEBUGINFOD_URLS");
}

/* Of a sister verb, and never silently ignored: with and without a value. */
static void test_elsewhere(void **state)
{
	static const struct {
		const char *verb, *option, *expected;
	} rows[] = {
		{"cpu", "--wakers", "use flametap offcpu, or flametap wall\n"},
		{"cpu", "--rate", "use flametap offcpu, or flametap wall\n"},
		{"cpu", "--min-block", "use flametap offcpu, or flametap wall\n"},
		{"cpu", "--max-block", "use flametap offcpu, or flametap wall\n"},
		{"cpu", "--state", "use flametap offcpu, or flametap wall\n"},
		{"offcpu", "--frequency", "use --rate for fewer waits, or flametap cpu\n"},
		{"offcpu", "--count", "use --rate for fewer waits, or flametap cpu\n"},
		{"offcpu", "--event", "use --rate for fewer waits, or flametap cpu\n"},
		{"wall", "--count", "use -F, or flametap cpu\n"},
		{"wall", "--event", "use -F, or flametap cpu\n"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(text, sizeof(text), "%s -a %s 5", rows[i].verb, rows[i].option);
		wrong(text, rows[i].expected);
		wrong(text, rows[i].option);
		snprintf(text, sizeof(text), "%s -a %s=5", rows[i].verb, rows[i].option);
		wrong(text, rows[i].expected);
	}
	wrong("offcpu -a -F 99", "-F: no such option; see flametap offcpu --help\n");
	wrong("wall -a -c 99", "-c: no such option; see flametap wall --help\n");
}

static void test_waits(void **state)
{
	struct record_options options;
	struct line first guard(line_deinit), second guard(line_deinit);

	(void)state;
	right(&options, &first, "offcpu -a");
	assert_int_equal(options.mode, RECORD_OFFCPU);
	assert_false(options.waits.wakers);
	assert_int_equal(options.waits.rate, 0);
	assert_int_equal(options.waits.min_block_ns, 0);
	assert_true(options.waits.max_block_ns == UINT64_MAX);
	assert_int_equal(options.waits.states, 0);
	assert_int_equal(options.duration_ns, 10000000000);
	assert_int_equal(options.frequency, 0);
	record_options_deinit(&options);
	right(&options, &second,
	      "wall -p 1 -F 49 --wakers --rate 99 --min-block 500us --max-block 1.5 --state S,D "
	      "--state t");
	assert_int_equal(options.mode, RECORD_WALL);
	assert_true(options.waits.wakers);
	assert_int_equal(options.waits.rate, 99);
	assert_int_equal(options.waits.min_block_ns, 500000);
	assert_int_equal(options.waits.max_block_ns, 1500000000);
	assert_int_equal(options.waits.states, 1U << WIRE_STATE_SLEEPING | 1U << WIRE_STATE_DISK |
						       1U << WIRE_STATE_TRACED);
	assert_rate(&options, 49);
	record_options_deinit(&options);
}

static void test_wrong_waits(void **state)
{
	static const char *const lines[][2] = {
		{"--rate 0", "--rate 0: not a rate;"},
		{"--rate 1000001", "--rate 1000001: not a rate;"},
		{"--rate 1.5", "--rate 1.5: not a rate;"},
		{"--rate ''", "--rate : not a rate;"},
		{"--min-block 0", "--min-block 0: not a time;"},
		{"--min-block inf", "--min-block inf: not a time;"},
		{"--max-block 5ns", "--max-block 5ns: not a time;"},
		{"--min-block 2ms --max-block 1999us", "--min-block and --max-block: nothing lies"},
		{"--state X", "--state X: not a state;"},
		{"--state s", "--state s: not a state;"},
		{"--state ''", "--state : not a state;"},
		{"--state S,", "--state S,: not a state;"},
		{"--state ,S", "--state ,S: not a state;"},
		{"--state SD", "--state SD: not a state;"},
		{"--wakers=yes", "--wakers=yes: takes no value;"},
	};
	char text[96];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		snprintf(text, sizeof(text), "offcpu -a %s", lines[i][0]);
		wrong(text, lines[i][1]);
	}
	wrong("offcpu", "offcpu: no target;");
	wrong("wall", "wall: no target;");
	wrong("wall x", "wall x: not an option; a command comes after --");
}

static void test_events(void **state)
{
	struct event_options event;
	const char *why = NULL;

	(void)state;
	assert_int_equal(event_name_parse("cpu-cycles", &event, &why), 0);
	assert_string_equal(event.name, "cycles");
	assert_int_equal(event.type, PERF_TYPE_HARDWARE);
	assert_int_equal(event_name_parse("LLC-load-misses", &event, &why), 0);
	assert_int_equal(event.type, PERF_TYPE_HW_CACHE);
	assert_int_equal(event.config, 0x10002);
	assert_int_equal(event_name_parse("r01aF", &event, &why), 0);
	assert_int_equal(event.type, PERF_TYPE_RAW);
	assert_int_equal(event.config, 0x1af);
	assert_int_equal(event_name_parse("r", &event, &why), -EINVAL);
	assert_int_equal(event_name_parse("r11112222333344445", &event, &why), -EINVAL);
	assert_int_equal(event_name_parse("", &event, &why), -EINVAL);
	for (unsigned int i = 0; event_name_get(i); i++)
		assert_int_equal(event_name_parse(event_name_get(i), &event, &why), 0);
}

static int report_parse(struct report_verb_options *options, struct line *line, const char *text,
			char said[SAID_SIZE])
{
	struct ear ear;
	int err;

	line_init(line, text);
	ear_open(&ear);
	err = report_options_parse(options, line->argc, line->argv);
	ear_close(&ear, said);
	return err;
}

static void test_report(void **state)
{
	struct report_verb_options options;
	char said[SAID_SIZE];
	struct line line;

	(void)state;
	assert_int_equal(report_parse(&options, &line, "report a -o x.svg - --threads -- -b", said),
			 0);
	assert_string_equal(said, "");
	assert_int_equal(options.inputs.n, 3);
	assert_string_equal(options.inputs.data[0], "a");
	assert_string_equal(options.inputs.data[1], "-");
	assert_string_equal(options.inputs.data[2], "-b");
	assert_int_equal(options.outputs.n, 1);
	assert_true(options.report.threads);
	report_options_deinit(&options);
	line_deinit(&line);

	assert_int_equal(report_parse(&options, &line, "report -o x.svg", said), -EINVAL);
	assert_non_null(strstr(said, "report: no input;"));
	report_options_deinit(&options);
	line_deinit(&line);

	assert_int_equal(report_parse(&options, &line, "report - -", said), -EINVAL);
	assert_non_null(strstr(said, "can be read only once;"));
	report_options_deinit(&options);
	line_deinit(&line);

	assert_int_equal(report_parse(&options, &line, "report x -F 5", said), -EINVAL);
	assert_string_equal(said, "flametap: -F: no such option; see flametap report --help\n");
	report_options_deinit(&options);
	line_deinit(&line);
}

static int diff_parse(struct diff_verb_options *options, const char *text, char said[SAID_SIZE])
{
	struct line line;
	struct ear ear;
	int err;

	line_init(&line, text);
	ear_open(&ear);
	err = diff_options_parse(options, line.argc, line.argv);
	ear_close(&ear, said);
	/* What is compared below are numbers. */
	line_deinit(&line);
	return err;
}

/* Which of the inputs go to which side. */
static void test_diff(void **state)
{
	static const struct {
		const char *text;
		size_t n_base, n_new;
	} cases[] = {
		{"diff a b", 1, 1},
		{"diff a -q b", 1, 1},
		{"diff -b a b c -n d", 3, 1},
		{"diff -n d -b a -b b c -o x.svg d -n e f", 4, 3},
		{"diff --base=a --new=b c", 1, 2},
		{"diff -b a -- -n -n", 3, 0},
		{"diff a -- -n", 1, 1},
		{"diff a", 1, 0},
		{"diff a b c", 0, 0},
		{"diff a -b b -n c", 1, 1},
	};
	struct diff_verb_options options;
	char said[SAID_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool right = cases[i].n_base && cases[i].n_new && i < 9;

		assert_int_equal(diff_parse(&options, cases[i].text, said), right ? 0 : -EINVAL);
		assert_int_equal(options.sides[DIFF_BASE].n, cases[i].n_base);
		assert_int_equal(options.sides[DIFF_NEW].n, cases[i].n_new);
		assert_int_equal(options.by, DIFF_BY_SHARE);
		diff_options_deinit(&options);
	}
	assert_int_equal(diff_parse(&options, "diff a b --ops 1000,1.5e3", said), 0);
	assert_int_equal(options.by, DIFF_BY_OPS);
	assert_true(options.ops[DIFF_BASE] == 1000 && options.ops[DIFF_NEW] == 1500);
	diff_options_deinit(&options);
	assert_int_equal(diff_parse(&options, "diff a b --per-second", said), 0);
	assert_int_equal(options.by, DIFF_BY_SECOND);
	diff_options_deinit(&options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time),	      cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),	      cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_wrong_targets), cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_wrong_outputs), cmocka_unit_test(test_wrong_options),
		cmocka_unit_test(test_debug_dirs),
		cmocka_unit_test(test_no_cache),
		cmocka_unit_test(test_debuginfod),
		cmocka_unit_test(test_refining), cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_waits), cmocka_unit_test(test_wrong_waits), cmocka_unit_test(test_events),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
