/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The profile as tables to read: the short ones that a recording ends with on
 * the terminal, and what they share with the .txt report. The tables' functions
 * return 0, -ENOMEM, or -EIO when the stream failed.
 */
#ifndef FLAMETAP_REPORT_TEXT_H
#define FLAMETAP_REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct profile;
struct report_options;

/* Of the terminal that out is, or 100 if it is none. */
size_t text_terminal_columns(FILE *out);
/* The n functions with the largest self share of a value, in lines as wide as that. */
int text_write_top(const struct profile *profile, const struct report_options *options,
		   uint32_t value, size_t n, FILE *out);
/* The n processes with the largest share: those of one name together, or
 * with per_pid each. Idle waits do not count. */
int text_write_processes(const struct profile *profile, const struct report_options *options,
			 uint32_t value, size_t n, FILE *out);

/* Writes a name that is valid and harmless UTF-8 in at most max columns, padded to min; what is
 * too long loses its middle. Returns the columns used. */
size_t text_write_name(const char *name, size_t length, size_t min, size_t max, FILE *out);

/* The columns that it takes in full. */
size_t text_name_columns(const char *name, size_t length);

#endif
