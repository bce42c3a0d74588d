/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refinement: a finished profile in, another one out, with a part of the
 * samples, or with their stacks made simpler. Every writer takes the outcome
 * like any other profile, so that all files of one run tell the same.
 */
#ifndef FLAMETAP_REPORT_REFINE_H
#define FLAMETAP_REPORT_REFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct profile;
struct report_error;

/* Regular expressions of one sort, as PCRE2 reads them (https://www.pcre.org/current/doc/html/
 * pcre2pattern.html); anywhere in the text; capitals count where there are any. Borrowed. */
struct refine_patterns {
	const char **data;
	size_t n, cap;
};

/* Zeroed: the profile as it is. */
struct refine_options {
	struct refine_patterns focus;	/* samples with a frame for each of them */
	struct refine_patterns ignore;	/* without a frame for any of them */
	struct refine_patterns comms;	/* of a process "comm" or "comm (pid)", any of them */
	struct refine_patterns threads; /* of a thread "comm" or "comm (tid)", any of them */
	struct refine_patterns classes; /* waits of a class (wait_class_name), any of them */
	uint64_t from_ns, until_ns;	/* since the start of the recording; until 0: its end */
	struct refine_patterns hide;	/* frames to leave out */
	bool no_idle;			/* without idle waits; the run queue after them stays */
	bool by_module;			/* frames of one module that follow each other are one */
	bool collapse_recursion;	/* of one function that calls itself, too */
	bool wakeups; /* before all that: stacks of who ended waits, and whose they were (wakeups.h) */
	double min_share; /* percent of the whole; what is below is one frame "[below 1%]" */
};

/* Frees the lists, not what is in them. */
void refine_options_deinit(struct refine_options *options);
bool refine_is_asked(const struct refine_options *options);

/* 0; -EINVAL with the error's text for what is no regular expression; -ENOMEM. */
int refine_check_pattern(const char *pattern, struct report_error *error);

/* Key of the comment that tells how much no_idle has left out: "idle: 36.01 thread-seconds ...". */
#define REFINE_IDLE "idle"

/*
 * Makes *ret, which the caller deinits in any case; it is finished, and has a
 * comment that tells how it was refined and what share of the default value it
 * holds. 0; -EINVAL with the error's text where the profile does not have what
 * is asked about (times), or an expression takes too long; -ENOMEM, -E2BIG.
 */
int profile_refine(const struct profile *profile, const struct refine_options *options,
		   struct profile *ret, struct report_error *error);

#endif
