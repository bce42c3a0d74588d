/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a gate found: everything that its writers show (terminal, JSON, JUnit,
 * markdown, annotations), already decided. Times are ns of CPU time for an
 * operation; shares and limits are 0.05 for 5 %. Strings belong to the result,
 * in its strings, unless it is said otherwise.
 */
#ifndef FLAMETAP_GATE_RESULT_H
#define FLAMETAP_GATE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "base/vec.h"

enum gate_verdict {
	GATE_PASS,	   /* exit status 0 */
	GATE_FAIL,	   /* 1 */
	GATE_INCONCLUSIVE, /* 3 */
	GATE_INVALID, /* 2, or 4 where the sides cannot be compared: result.status says which */
};

/* A function's own cost or its total. */
struct gate_finding {
	const char *name, *file; /* file: "" where that is not known */
	uint32_t row;		 /* in struct gate_runs */
	bool total;
	bool is_leaf; /* of a total: it is all its own, and has no finding of that */
	double base_ns, head_ns;	       /* means over the pairs */
	double difference_ns, low_ns, high_ns; /* the limits hold for all functions at once */
	double t;
	double p, p_faster;   /* one-sided, of maxT: adjusted for all functions */
	double share;	      /* base_ns of the program's */
	double relative;      /* difference of base_ns; INFINITY where that is 0 */
	double of_program;    /* difference of the program's base_ns */
	double detectable_ns; /* what could have been seen of it; NAN: not a candidate */
	enum gate_verdict verdict;
	bool is_slower, is_faster; /* shown, at the level of the last look; whatever the budget */
	bool candidate;		   /* it had enough samples to be tested */
	bool in_budget;		   /* a budget other than the default names it */
	bool accepted;		   /* it would have failed, and somebody said that it may */
	const char *reason;	   /* of what is accepted, or NULL */
};

struct gate_program {
	double ratio, low, high; /* head / base */
	double p;
	size_t n_pairs;
	double base_ns, head_ns; /* means */
	double operations;	 /* of all runs of both sides */
	double budget;		 /* how much slower it may get */
	bool in_budget;		 /* that was said and is no default */
	double detectable;	 /* 0.007: 0.7 % slower would have been seen */
	enum gate_verdict verdict;
	bool accepted;
	const char *reason;
	double level; /* at which it was tested */
};

/* One entry of the budget file, or a default. */
struct gate_budget_result {
	const char *name; /* as it stands in the file: "total", "main", "/^std::/" */
	double limit;
	bool of_program; /* the limit is a share of the program's cost, not of the function's own */
	enum gate_verdict verdict;
	uint32_t worst;	   /* number in findings; UINT32_MAX: none, or it is the total */
	double detectable; /* of what limit is of; NAN: nothing that it names was seen at all */
	size_t n_rows;	   /* that it names */
	bool is_total, is_default;
};

struct gate_look {
	size_t n_pairs;
	double level;	  /* of p for a FAIL, for the functions and for the program each */
	double program_p; /* at this look */
	double least_p;	  /* of the functions */
	enum gate_verdict verdict;
};

struct gate_root {
	bool found;
	const char *name, *file;
	bool anywhere; /* called from several places */
	double difference_ns;
	double explains; /* share of the program's change; NAN where that did not get slower */
};

/* What could have been seen in a function of about 5 % of the program. */
struct gate_sight {
	const char *name; /* NULL: there is none */
	double share;	  /* of the program */
	double relative;  /* 0.10: 10 % slower would have been seen */
};

struct gate_rename {
	const char *from, *to; /* a guess, to be shown as one */
	double base_ns, head_ns;
};

/* A word and what it says: facts of the machine, differences of the environment. */
struct gate_fact {
	const char *name;
	const char *base, *head; /* head: NULL where it is not of a side */
};

struct gate_result {
	enum gate_verdict verdict;
	int status;	   /* the exit status: 0 to 4 */
	const char *cause; /* of GATE_INVALID and GATE_INCONCLUSIVE, one line; or NULL */
	bool more_pairs;   /* inconclusive, and the plan has another look */
	bool unconfirmed;  /* the first look would fail; the second has to confirm it */
	struct gate_program program;
	bool has_functions; /* false: there were no samples, only the program was judged */
	VEC(struct gate_finding) findings; /* all rows that were tested or named, worst first */
	VEC(struct gate_budget_result) budgets;
	struct gate_root root; /* of a FAIL, confirmed or not */
	struct gate_sight sight;
	VEC(const char *) new_functions, vanished; /* largest first */
	VEC(struct gate_rename) renames;
	double n_samples[2]; /* by enum gate_side, of all runs */
	uint64_t lost[2];
	double whole[2], unknown[2]; /* shares; NAN: not known */
	double alpha;
	struct gate_look looks[2];
	size_t n_looks; /* that were taken */
	uint64_t seed;
	size_t n_flips;
	bool exact; /* n_flips is all there are */
	double phi;
	VEC(struct gate_fact) facts, differences;
	VEC(const char *) notes;    /* one line each */
	struct gate_result *offcpu; /* waiting, under the same rules; NULL: not recorded */
	bool advisory;		    /* of offcpu: its verdict is not part of the program's */
	struct strings strings;
};

int gate_result_init(struct gate_result *result);
/* Frees offcpu, too. */
void gate_result_deinit(struct gate_result *result);
/* Copies a string into the result. NULL when there is no memory. */
const char *gate_result_copy(struct gate_result *result, const char *text);
/* Adds a note, printf-like. 0 or -ENOMEM. */
int gate_result_note(struct gate_result *result, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same for the cause. */
int gate_result_cause(struct gate_result *result, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "PASS", "FAIL", "INCONCLUSIVE", "INVALID". Static. */
const char *gate_verdict_name(enum gate_verdict verdict);
/* The exit status of a verdict, apart from what cannot be compared (4). */
int gate_verdict_status(enum gate_verdict verdict);

#endif
