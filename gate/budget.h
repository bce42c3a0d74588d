/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The budget: how much slower a program and its functions may become. A file
 * of sections and "key = value" lines, with comments after '#' or ';' at the
 * start of a line:
 *
 *   [total]                       the program
 *   limit = 2%
 *   [function parse_header]       or [function /regular expression/]
 *   limit = 5%                    of what the function cost itself, or
 *   limit = 1% of program         of what the program cost
 *   min-share = 0.5%              only while it has at least that share (default 0%)
 *   [accept render_line]          or [accept /.../], [accept total]: slower, and known to be
 *   reason = wanted: bug 4711
 *   until = 2027-03-31            the last day that it holds
 *   [offcpu]
 *   gate = yes                    waiting decides, too (default no)
 *   limit = 5%
 *
 * Whatever else stands in it is an error: a budget with a typo must not be
 * one that lets everything through. With neither [total] nor [function] the
 * rules are those without a budget.
 */
#ifndef FLAMETAP_GATE_BUDGET_H
#define FLAMETAP_GATE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "report/format.h"
#include "report/refine_match.h"

/* How much more is allowed: a fraction (0.02) of the thing's own cost, or of the program's. */
struct gate_budget_limit {
	double fraction;
	bool of_program;
};

/* NAME, or /RE/. A name is that of a function without its parameters, or with them. */
struct gate_pattern {
	char *text;	   /* as it is written in the file */
	bool is_expression;
	size_t expression; /* number of it in the budget's matchers */
};

struct gate_budget_function {
	struct gate_pattern pattern;
	struct gate_budget_limit limit;
	double min_share; /* fraction of the program, on either side */
	unsigned int line; /* in the file, of its section */
};

struct gate_budget_accept {
	struct gate_pattern pattern;
	char *reason;
	int64_t until; /* the last day that it holds, in days since 1970-01-01 */
	unsigned int line;
};

/* Zeroed: nothing is said. */
struct gate_budget {
	bool has_total;
	double total_limit; /* fraction */
	VEC(struct gate_budget_function) functions;
	VEC(struct gate_budget_accept) accepts;
	bool has_offcpu;
	bool gate_offcpu;
	bool has_offcpu_limit;
	double offcpu_limit; /* fraction */
	struct refine_matchers matchers;
	struct report_error match_error; /* of an expression that takes too long */
	int64_t today; /* days since 1970-01-01; whoever has read the budget sets it */
};

enum { GATE_BUDGET_MAX = 1 << 20 }; /* bytes of a file */

/* Reads what fd holds, to its end. -EINVAL: *ret_line (0: the file as a whole) and the error's text
 * say what is wrong; or another negative errno. Deinit in any case. */
int gate_budget_read(int fd, struct gate_budget *ret, unsigned int *ret_line,
		     struct report_error *error);
void gate_budget_deinit(struct gate_budget *budget);

/* Whether a function's name (valid UTF-8) is meant. An expression that takes too long on it matches
 * nothing and sets matchers.err and match_error. */
bool gate_budget_matches(struct gate_budget *budget, const struct gate_pattern *pattern,
			 const char *name);

/* Days since 1970-01-01 of "2027-03-31". 0 or -EINVAL: there is no such day. */
int gate_budget_parse_date(const char *text, int64_t *ret);
enum { GATE_DATE_TEXT = 16 };
void gate_budget_print_date(int64_t days, char text[GATE_DATE_TEXT]);

#endif
