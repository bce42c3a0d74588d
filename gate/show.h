/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a gate found, as files: for programs (JSON, JUnit, GitHub's workflow
 * commands, github-action-benchmark) and for people (Markdown). Each writer
 * takes a result and a stream; whatever is in names and notes, it cannot break
 * out of where it stands. The same result gives the same bytes.
 */
#ifndef FLAMETAP_GATE_SHOW_H
#define FLAMETAP_GATE_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "gate/result.h"

/* What is shown, and what a result does not say of itself. */
struct gate_show {
	const struct gate_result *result;
	bool is_time;	       /* costs are ns of CPU time; else millions of a unit without a name */
	bool is_waiting;       /* it is about the time that is waited, off the CPU */
	const char *flame;     /* path of the flame graph that was written, or NULL */
	const char *workspace; /* where the sources of an annotation have to be; NULL: not known */
};

/* 0, -EIO when the stream failed, -ENOMEM. */
typedef int (*gate_show_write)(const struct gate_show *show, FILE *out);

/* doc/gate.schema.json describes it. */
int gate_json_write(const struct gate_show *show, FILE *out);
/* A testcase for each entry of the budget, https://llg.cubic.org/docs/junit/: what is inconclusive
 * is skipped, what is invalid an error. */
int gate_junit_write(const struct gate_show *show, FILE *out);
/* For a summary or a comment: always less than GATE_MARKDOWN_MAX bytes. */
int gate_markdown_write(const struct gate_show *show, FILE *out);
enum { GATE_MARKDOWN_MAX = 65536 };
/* At most GATE_ANNOTATIONS workflow commands, worst first:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
int gate_github_write(const struct gate_show *show, FILE *out);
enum { GATE_ANNOTATIONS = 5 };
/* For benchmark-action/github-action-benchmark, tool customSmallerIsBetter: the head's cost. */
int gate_benchmark_write(const struct gate_show *show, FILE *out);

#endif
