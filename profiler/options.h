/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of each verb, parsed once into a const struct and passed
 * down. Parsing checks every value and every combination; what is wrong gives
 * one line on standard error and exit status 2.
 */
#ifndef FLAMETAP_PROFILER_OPTIONS_H
#define FLAMETAP_PROFILER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/vec.h"
#include "gate/runs.h"
#include "report/diff.h"
#include "report/format.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,	       /* wrong usage or unreadable input */
	EXIT_INCONCLUSIVE = 3, /* of gate: more runs are needed, or pairs of them */
	EXIT_INCOMPARABLE = 4, /* of gate */
	EXIT_CMD_FAILED = 125, /* with CMD: flametap itself failed */
	EXIT_CMD_CANNOT_RUN = 126,
	EXIT_CMD_NOT_FOUND = 127,
};

struct command_place;

enum target_kind {
	TARGET_NONE,
	TARGET_PIDS,
	TARGET_TIDS,
	TARGET_CGROUP,
	TARGET_ALL,
	TARGET_COMMAND,
};

struct target_options {
	enum target_kind kind;
	VEC(pid_t) ids; /* of TARGET_PIDS, TARGET_TIDS; no duplicates */
	bool follow;
	const char *cgroup;
	char *const *argv; /* of TARGET_COMMAND, NULL-terminated */
	bool as_root;
	const struct command_place *place; /* NULL: flametap's own; borrowed */
};

/* One -o. */
struct output_options {
	const char *path; /* "-": standard output */
	const struct report_format *format;
};

/* As VEC(struct output_options), but one type for the verbs to share. */
struct output_list {
	struct output_options *data;
	size_t n;
	size_t cap;
};

/* The same of strings. */
struct string_list {
	const char **data;
	size_t n;
	size_t cap;
};

enum unwind_way { UNWIND_AUTO, UNWIND_CFI, UNWIND_COPY, UNWIND_FP };

/* -e: a perf event. */
struct event_options {
	const char *name; /* canonical and static or in argv; NULL: choose by trial */
	uint32_t type;	  /* PERF_TYPE_* */
	uint64_t config;
};

enum { NS_PER_SEC = 1000000000 };

/* What a recording is of. */
enum record_mode {
	RECORD_CPU,    /* samples of what runs */
	RECORD_OFFCPU, /* time that is waited */
	RECORD_WALL,   /* both */
};

/* Of offcpu and wall: which waits. Filters choose who waits; wakers are recorded whoever they are. */
struct wait_options {
	bool wakers;
	uint64_t rate; /* samples a second of time off the CPU; 0: every wait */
	uint64_t min_block_ns, max_block_ns; /* 0, UINT64_MAX: all */
	uint32_t states; /* mask of 1 << enum wire_state; 0: all */
};

/* Of cpu, offcpu and wall. */
struct record_options {
	enum record_mode mode;
	struct target_options target;
	uint64_t duration_ns; /* UINT64_MAX: until stopped, or until CMD ends */
	uint64_t frequency;   /* Hz; 0 when count is given, and for offcpu */
	uint64_t count;	      /* -c; 0 when frequency is given */
	struct event_options event;
	struct wait_options waits;
	bool user_only, kernel_only;
	bool no_symbols, no_cache;
	struct string_list debug_dirs; /* --debug-dir, in order */
	bool debuginfod;
	double min_quality; /* percent; negative: none */
	const char *stats_path;
	bool with_cmdline;
	bool quiet, verbose;
	enum unwind_way unwind;
	uint64_t stack_copy; /* bytes of a user stack that a copy takes at most; whole pages */
	struct output_list outputs; /* never empty after parsing */
	bool default_output;	    /* none was named: flametap.svg, the old one is moved away */
	struct report_options report;
};

struct report_verb_options {
	VEC(const char *) inputs;   /* "-": standard input */
	struct output_list outputs; /* never empty after parsing */
	bool default_output;
	bool quiet, verbose, no_cache;
	struct string_list debug_dirs;
	bool debuginfod;
	struct report_options report;
};

struct diff_verb_options {
	struct string_list sides[DIFF_SIDES]; /* inputs, "-": standard input; none is empty */
	enum diff_by by;
	double ops[DIFF_SIDES];	    /* of DIFF_BY_OPS; more than 0 */
	struct output_list outputs; /* never empty after parsing */
	bool default_output;
	bool quiet, verbose, no_cache;
	struct string_list debug_dirs;
	bool debuginfod;
	struct report_options report;
};

/* Of ab and calibrate. */
struct ab_options {
	const char *commands[2]; /* as typed, by enum gate_side; calibrate has one twice */
	bool same;		 /* calibrate: both sides are the same command */
	uint64_t n_pairs, max_pairs, warm_up;
	const char *operations; /* NULL: each run is one */
	const char *budget;	/* a file; NULL: there is none */
	double alpha;
	const char *alpha_text; /* as typed; NULL: the default */
	uint64_t seed;
	bool has_seed;
	const char *pin;	/* as typed; NULL: where they like */
	const char *directory;	/* NULL: calibrate's own, that is removed */
	bool quiet, verbose;
	struct record_options record; /* how each run is recorded; without a target */
};

/* Files that a gate writes beside the terminal. */
enum gate_file {
	GATE_FILE_MARKDOWN,
	GATE_FILE_JUNIT,
	GATE_FILE_JSON,
	GATE_FILE_BENCHMARK,
	GATE_FILES,
};

struct gate_verb_options {
	const char *directory; /* of flametap ab; NULL: files, sides */
	struct string_list sides[GATE_SIDES]; /* empty with a directory, else neither is */
	bool paired;	       /* the k-th files of both sides belong together; as many of each */
	const char *budget;    /* NULL: the default rule */
	double alpha;
	bool self_test;
	enum exit_status inconclusive_status;
	const char *files[GATE_FILES]; /* paths; NULL: not asked for */
	struct output_list flame;      /* a picture or a page, or none */
	bool github;
	bool quiet, verbose, no_cache;
	struct string_list debug_dirs;
	bool debuginfod;
};

/* As addr2line's. */
struct symbolize_options {
	const char *path;
	const char *section; /* addresses are offsets in it; NULL: they are addresses */
	VEC(const char *) addresses; /* none: they come on standard input */
	struct string_list debug_dirs;
	bool debuginfod;
	bool functions, inlines, demangle, with_addresses, pretty, basenames, no_cache;
};

/*
 * argv[0] is the verb. 0: go on; 1: --help or so was answered, exit with
 * EXIT_DONE; -EINVAL: it was wrong and has been said, exit with EXIT_USAGE.
 * Strings point into argv. Deinit in every case.
 */
int cpu_options_parse(struct record_options *options, int argc, char **argv);
int offcpu_options_parse(struct record_options *options, int argc, char **argv);
int wall_options_parse(struct record_options *options, int argc, char **argv);
void record_options_deinit(struct record_options *options);
int report_options_parse(struct report_verb_options *options, int argc, char **argv);
void report_options_deinit(struct report_verb_options *options);
int diff_options_parse(struct diff_verb_options *options, int argc, char **argv);
void diff_options_deinit(struct diff_verb_options *options);
int ab_options_parse(struct ab_options *options, int argc, char **argv);
int calibrate_options_parse(struct ab_options *options, int argc, char **argv);
void ab_options_deinit(struct ab_options *options);
int gate_options_parse(struct gate_verb_options *options, int argc, char **argv);
void gate_options_deinit(struct gate_verb_options *options);
int symbolize_options_parse(struct symbolize_options *options, int argc, char **argv);
void symbolize_options_deinit(struct symbolize_options *options);

/* "cpu", "offcpu", "wall". */
const char *record_mode_name(enum record_mode mode);

/* "90s", "10m", "1h", "1.5", "250ms", "500us", "inf" (UINT64_MAX). 0 or -EINVAL. */
int options_parse_time(const char *text, uint64_t *ret_ns);

#endif
