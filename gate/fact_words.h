/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts of a result as people read them: by words in place of the keys of
 * the manifest, with dates and sizes as such, those that matter most first.
 */
#ifndef FLAMETAP_GATE_FACT_WORDS_H
#define FLAMETAP_GATE_FACT_WORDS_H

#include "gate/result.h"

/* Both strings are valid during the call alone. */
typedef void (*gate_fact_put)(void *ctx, const char *name, const char *value);

/* Calls put for each that says something. What is not known here comes last, as it is. */
void gate_fact_words_each(const struct gate_result *result, gate_fact_put put, void *ctx);

#endif
