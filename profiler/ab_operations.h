/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many operations a run has done: a pattern with a group, found in the command's standard
 * output, or a file that the command writes.
 */
#ifndef FLAMETAP_PROFILER_AB_OPERATIONS_H
#define FLAMETAP_PROFILER_AB_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

struct ab_operations;

enum { AB_OPERATIONS_ERROR = 256 };

/* A text with a "(" is a pattern, unless it begins with "/" or "./"; any other is a file. What is
 * wrong with it stands in error, without the option's name. 0; -EINVAL; -ENOMEM. */
int ab_operations_create(const char *text, struct ab_operations **ret,
			 char error[AB_OPERATIONS_ERROR]);
void ab_operations_destroy(struct ab_operations *operations);

/* True when they are read from the output. */
bool ab_operations_from_output(const struct ab_operations *operations);
/* Before a run: what the file is now, so that one that an earlier run has written is not taken for
 * this one's. */
void ab_operations_begin(struct ab_operations *operations);
/* After a run; output is its standard output from the start on, or NULL. 0, or -EINVAL with the
 * cause in error. */
int ab_operations_read(struct ab_operations *operations, FILE *output, double *ret,
		       char error[AB_OPERATIONS_ERROR]);

/* "1200", "1.5e6", "12k", "3.4M": a number above 0, with k, M, G or T for thousands and more. True
 * if it is one, and nothing else but blanks around it. */
bool ab_operations_parse(const char *text, size_t n, double *ret);

#endif
