/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in, a JSON string of ASCII out. */
#ifndef FLAMETAP_PROFILER_JSON_H
#define FLAMETAP_PROFILER_JSON_H

#include <stdio.h>

/* With its quotes. What is not valid UTF-8 becomes U+FFFD. */
void json_write_string(FILE *out, const char *text);

#endif
