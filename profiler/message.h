/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flametap's own words: one line each on standard error, "flametap: OBJECT:
 * CAUSE; REMEDY". Only profiler/ prints. Text that comes from outside (names,
 * paths) is made safe for a terminal here.
 */
#ifndef FLAMETAP_PROFILER_MESSAGE_H
#define FLAMETAP_PROFILER_MESSAGE_H

#include <stdarg.h>
#include <stddef.h>

/* Control bytes and invalid UTF-8 in the finished line are replaced by '?'. errno is kept. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_va(const char *format, va_list args);

/* The same for a text that goes to the terminal in another way (the live line, tables):
 * cleaned in place. Returns its length, which never grows. */
size_t message_clean(char *text);

#endif
