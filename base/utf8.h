/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names come from files and processes that others wrote, so every writer
 * decodes them here: one code point at a time, anything that is not valid
 * UTF-8 (RFC 3629: no overlong forms, no surrogates) as U+FFFD.
 */
#ifndef FLAMETAP_BASE_UTF8_H
#define FLAMETAP_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Decodes the code point at *p (p < end) and moves *p past it, at least one byte. */
uint32_t utf8_next(const char **p, const char *end);

/* Writes a code point's bytes to out (room for 4) and returns how many. */
size_t utf8_put(uint32_t point, char *out);

/* True for what may not stand in a terminal line or in XML: C0 and C1 controls, DEL,
 * bidirectional overrides and isolates, line separators, noncharacters, surrogates. */
int utf8_is_unsafe(uint32_t point);

#endif
