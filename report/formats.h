/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions behind the rows of format.c that do nothing else, one format a
 * paragraph. What they must do is said at struct report_format.
 */
#ifndef FLAMETAP_REPORT_FORMATS_H
#define FLAMETAP_REPORT_FORMATS_H

#include "report/format.h"

int folded_write(const struct profile *profile, const struct report_options *options, FILE *out);
bool folded_probe(const unsigned char *start, size_t n);
int folded_read(int fd, struct profile *profile, struct report_error *error);

int pprof_write(const struct profile *profile, const struct report_options *options, FILE *out);
bool pprof_probe(const unsigned char *start, size_t n);
int pprof_read(int fd, struct profile *profile, struct report_error *error);

/* .txt: what was recorded, and the table of functions. It holds totals only, and is refused. */
int text_write(const struct profile *profile, const struct report_options *options, FILE *out);
bool text_probe(const unsigned char *start, size_t n);
int text_refuse(int fd, struct profile *profile, struct report_error *error);

/* .md: the same in short, for the summary of a CI run. */
int markdown_write(const struct profile *profile, const struct report_options *options, FILE *out);
bool markdown_probe(const unsigned char *start, size_t n);

/* .speedscope.json: stacks of functions with their weights, for https://www.speedscope.app. */
int speedscope_write(const struct profile *profile, const struct report_options *options,
		     FILE *out);
bool speedscope_probe(const unsigned char *start, size_t n);
int speedscope_read(int fd, struct profile *profile, struct report_error *error);

/* .svg: the flame graph; read by embedded_read(). */
int svg_write(const struct profile *profile, const struct report_options *options, FILE *out);
bool svg_probe(const unsigned char *start, size_t n);

/* .html: the same in a page; read by embedded_read(), too. */
int html_write(const struct profile *profile, const struct report_options *options, FILE *out);
bool html_probe(const unsigned char *start, size_t n);

#endif
