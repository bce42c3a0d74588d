/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words that everything which shows a result has in common. They are plain
 * text, names as they are: whoever writes them somewhere makes them safe there.
 */
#ifndef FLAMETAP_GATE_WORDS_H
#define FLAMETAP_GATE_WORDS_H

#include <stdbool.h>

#include "gate/show.h"

enum { GATE_WORD = 32 };

/* "PASS", ..., also "INCOMPARABLE". Static. */
const char *gate_words_verdict(const struct gate_result *result);
/* "5.2 %", "0.07 %", with a sign where it is a change; "new" where there was nothing before. */
const char *gate_words_percent(double share, bool is_change, char text[GATE_WORD]);
/* "12.3 ms"; where it is no time, "12.3". */
const char *gate_words_cost(const struct gate_show *show, double ns, char text[GATE_WORD]);
/* "lex.c" of "/src/lex.c". */
const char *gate_words_base_name(const char *path);

/* The word beside a finding: "FAIL", "accepted", "slower", "faster", or "". */
const char *gate_words_state(const struct gate_result *result, const struct gate_finding *finding);
/* Whether a finding is shown among what has changed. */
bool gate_words_has_changed(const struct gate_result *result, const struct gate_finding *finding);
/* Of slower or faster, whichever it is. */
double gate_words_p(const struct gate_finding *finding);
/* Whether the program has changed enough for a part of its change to mean something. */
bool gate_words_explains(const struct gate_result *result);
/* The first function that failed; NULL: none did. */
const struct gate_finding *gate_words_worst(const struct gate_result *result);

/*
 * Sentences without an end of line; the caller frees them. NULL: no memory.
 */
/* What was found. */
char *gate_words_headline(const struct gate_show *show);
/* What could have been seen; "" where that is not known. */
char *gate_words_detectable(const struct gate_result *result);
/* "0.4 ms -> 0.5 ms, +12.0 %; +0.9 % of the program (+0.5 % to +1.3 %), p 0.0002" */
char *gate_words_finding(const struct gate_show *show, const struct gate_finding *finding);
/* "total: at most 2.0 % slower" */
char *gate_words_budget(const struct gate_budget_result *budget);

#endif
