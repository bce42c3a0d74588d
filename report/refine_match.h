/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regular expressions of the options, compiled once, over the names of a profile. */
#ifndef FLAMETAP_REPORT_REFINE_MATCH_H
#define FLAMETAP_REPORT_REFINE_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"
#include "report/refine.h"

/* Zeroed: none. */
struct refine_matchers {
	VEC(void *) compiled; /* pcre2_code */
	void *match_data, *context, *stack; /* of PCRE2 */
	int err; /* of matching: -EINVAL, the error's text is set; -ENOMEM */
	struct report_error *error;
};

/* 0, or as refine_check_pattern(). */
int refine_matchers_init(struct refine_matchers *matchers, const struct refine_patterns *patterns,
			 struct report_error *error);
void refine_matchers_deinit(struct refine_matchers *matchers);

/* Whether expression i is somewhere in the text. One that fails sets err and matches nothing. */
bool refine_match(struct refine_matchers *matchers, size_t i, const char *text, size_t n);
/* Any of them. */
bool refine_match_any(struct refine_matchers *matchers, const char *text, size_t n);

#endif
