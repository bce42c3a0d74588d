/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anyone's text in Markdown, as GitHub and GitLab read it
 * (https://github.github.com/gfm/): nothing in a name ends a cell of a table,
 * is taken for markup or HTML, or calls a person by an @.
 */
#ifndef FLAMETAP_REPORT_MARKDOWN_H
#define FLAMETAP_REPORT_MARKDOWN_H

#include <stddef.h>
#include <stdio.h>

/* The first line of every report: not shown, and how `report` knows one that it is given. */
#define MARKDOWN_MARK                                                                              \
	"<!-- flametap: totals only; to make other files, keep the recording "                     \
	"(.pb.gz, .svg or .html) -->"

/* As code, for a cell of a table: at most max code points, what is longer loses its middle. */
void markdown_code(const char *text, size_t n, size_t max, FILE *out);
/* As words of a line. */
void markdown_prose(const char *text, size_t n, size_t max, FILE *out);

#endif
