/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values in a budget file: text in, numbers out, and nothing that is only nearly one. */
#ifndef FLAMETAP_GATE_BUDGET_VALUE_H
#define FLAMETAP_GATE_BUDGET_VALUE_H

#include <stdbool.h>
#include <stddef.h>

struct gate_budget_limit;

/* Cuts blanks off both ends, in place. */
char *budget_value_trim(char *text);
/* "2%", "0.5 %", "1% of program"; up to 1000 %. 0 or -EINVAL. */
int budget_value_limit(const char *text, struct gate_budget_limit *ret);
/* Whether n bytes are UTF-8. */
bool budget_value_is_text(const char *text, size_t n);

#endif
