/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in, a JSON string of ASCII out (RFC 8259). */
#ifndef FLAMETAP_BASE_JSON_H
#define FLAMETAP_BASE_JSON_H

#include <stddef.h>
#include <stdio.h>

/* With its quotes. What is not valid UTF-8 becomes U+FFFD. */
void json_write_string(FILE *out, const char *text);
void json_write_bytes(FILE *out, const char *bytes, size_t n);

#endif
