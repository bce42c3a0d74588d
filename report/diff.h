/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The difference of two profiles. It is a profile itself, with two values a
 * sample, "base/UNIT" and "new/UNIT": the raw sums of both sides; and with a
 * comment that says how they are to be compared. So whatever holds a profile
 * holds a difference, and every reader of pprof can show either side.
 *
 * The comment, all words in this order:
 *
 *   diff: by=share|second|ops value=TYPE base-scale=N new-scale=N
 *         base-sample=N new-sample=N base=NAMES new=NAMES
 *
 * value: what was compared, "cpu". scale: what a side's values are divided by,
 * seconds or operations; by share it is the side's sum, and those who show a
 * part of the profile take the sum of that part, as in every other report.
 * sample: what one sample of a side is worth, on average. NAMES: the inputs,
 * with commas between them; %XX for blanks, commas, percent signs and what is
 * not printable ASCII.
 *
 * A difference is *told* where it is more than chance among so few samples. Of
 * two sides with b and n samples in a function, in recordings of B and N
 * samples, n of all b + n samples are expected to be (b + n) q where nothing
 * has changed, with q = N / (B + N); per second or operation, B and N are the
 * samples that a side would have at equal rates: the scale over what a sample
 * is worth. It is told when b + n >= 10 and
 *
 *   (|n - (b + n) q| - 1/2)^2 >= 9 (b + n) q (1 - q) v
 *
 * with v = 1 - (b + n) / (B + N) by share, else 1: three standard deviations of
 * the number of samples, with the correction for continuity. Samples that
 * follow each other are not independent, and programs vary from run to run
 * more than samples do: so it is three and not two, and what is told is no more
 * than that these two recordings differ. The viewer (viewer/changes.js) has the
 * same rule.
 */
#ifndef FLAMETAP_REPORT_DIFF_H
#define FLAMETAP_REPORT_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/diff_gate.h"
#include "report/tree.h"
#include "report/value.h"

struct profile;
struct report_options;
struct report_error;

/* Numbers of a difference's values, and of whatever there is one of a side. */
enum diff_side { DIFF_BASE, DIFF_NEW, DIFF_SIDES };

enum diff_by { DIFF_BY_SHARE, DIFF_BY_SECOND, DIFF_BY_OPS };

/* Two finished profiles, and how to compare them. */
struct diff_request {
	const struct profile *sides[DIFF_SIDES];
	enum diff_by by;
	double scales[DIFF_SIDES];	/* seconds or operations, more than 0; not looked at by share */
	char *const *names[DIFF_SIDES]; /* paths of the inputs, ended by NULL; "-": standard input */
};

/*
 * Makes the difference of two profiles, with the values that both have: the one
 * that reports of the new side show first, if it is among them. *ret is
 * finished; the caller deinits it in any case. Samples lose their time and the
 * numbers of process and thread, which mean nothing to the other side. Where
 * each side has one process alone, these are compared whatever their names. 0;
 * -EINVAL with the error's text, which is a whole sentence about both sides;
 * -ENOMEM, -E2BIG, -EOVERFLOW.
 */
int diff_merge(const struct diff_request *request, struct profile *ret, struct report_error *error);

/* What a difference says of itself. */
struct diff {
	enum diff_by by;
	double totals[DIFF_SIDES];  /* sum of each side */
	double scales[DIFF_SIDES];  /* by share: the same */
	double samples[DIFF_SIDES]; /* what a sample is worth; more than 0 */
	char *names[DIFF_SIDES];    /* for people: "a.pb.gz, b.pb.gz" */
	double factor;		    /* from an amount to what is shown */
	int decimals;		    /* of what is shown */
	char unit[32];		    /* of what is shown: "%", "ms/op" */
	char what[64];		    /* "CPU time" */
	struct diff_gate gate;	    /* then it says what is told, see diff_gate.h */
};

/* True when a profile is a difference. */
bool diff_is(const struct profile *profile);
/* Whether a comment is for programs: a difference's own, or a gate's on it. */
bool diff_is_for_programs(const char *comment);
/* Reads what a difference says of itself; words that are missing or damaged are those of a
 * difference by share. 0 or -ENOMEM. */
int diff_init(struct diff *diff, const struct profile *profile);
void diff_deinit(struct diff *diff);

enum diff_verdict {
	DIFF_TOO_FEW, /* too few samples to tell, or no difference at all */
	DIFF_SHRUNK,
	DIFF_GROWN,
};

/* One function or box on both sides. */
struct diff_change {
	double amounts[DIFF_SIDES]; /* in diff.unit */
	double change;		    /* new minus base, in diff.unit: points when by share */
	enum diff_verdict verdict;
	uint8_t level; /* of a verdict: 1 below a change of 1.1 times, then below 1.5, 2, 4; else 5 */
	bool is_new, is_gone; /* no sample on the other side */
	bool is_judged;	      /* the verdict is a gate's */
	bool is_renamed;      /* and it says that another name has it, perhaps */
};

enum { DIFF_LEVELS = 5, DIFF_TEXT = 48 };

/* Without what a gate says: diff_gate_judge. */
void diff_compare(const struct diff *diff, const int64_t values[DIFF_SIDES],
		  struct diff_change *ret);
/* Of a change that is told, by its amounts. */
uint8_t diff_level(const double amounts[DIFF_SIDES]);
/* "15.00" and "+55.00", without the unit. */
void diff_print_amount(const struct diff *diff, double amount, char text[DIFF_TEXT]);
void diff_print_change(const struct diff *diff, double change, char text[DIFF_TEXT]);
/* New divided by base: "x4.67", "x0.5"; "new", "gone", "=" where there is nothing. */
void diff_print_ratio(const struct diff_change *change, char text[DIFF_TEXT]);
/* What is said beside a change: "" where it is told, "no change", "too few samples to tell",
 * "not significant". */
const char *diff_verdict_text(const struct diff_change *change);
/* How the sides are compared: "by share", "per second", "per operation". Static. */
const char *diff_by_text(const struct diff *diff);

/* What of a box or function is on either side. */
struct diff_node {
	int64_t self[DIFF_SIDES];
	int64_t total[DIFF_SIDES];
};

enum { DIFF_WHOLE = 1000000000 }; /* the width of both sides' root, rounding apart */

/*
 * The tree of both sides. Self and total of tree's nodes are widths: the mean
 * of both sides' amounts. So a box that is there on one side only is seen, at
 * half its size; boxes add up to their parent, and what moved from one place to
 * the other does not count twice, as it would with the larger of both.
 */
struct diff_tree {
	struct tree tree;
	VEC(struct diff_node) sides; /* by node */
};

int diff_tree_init(struct diff_tree *tree, const struct diff *diff, const struct profile *profile,
		   const struct report_options *options);
void diff_tree_deinit(struct diff_tree *tree);

/* A function on both sides, once a stack however often it recurs there. */
struct diff_function {
	struct function_total function; /* of the widths */
	struct diff_node sides;
	struct diff_change self, total;
};

struct diff_functions {
	VEC(struct diff_function) items;
	VEC(uint32_t) by_self, by_total; /* items; what is told first, then the largest change */
};

int diff_functions_init(struct diff_functions *functions, const struct diff *diff,
			struct diff_tree *tree);
void diff_functions_deinit(struct diff_functions *functions);

/* What the writers of the formats make of a difference; as struct report_format says. */
int diff_text_write(const struct profile *profile, const struct report_options *options, FILE *out);
int diff_markdown_write(const struct profile *profile, const struct report_options *options,
			FILE *out);

#endif
