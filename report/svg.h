/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the SVG writer share: the picture being written, the
 * places of its boxes, its colours, and text that is safe in XML.
 */
#ifndef FLAMETAP_REPORT_SVG_H
#define FLAMETAP_REPORT_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/diff.h"
#include "report/embedded.h"
#include "report/tree.h"
#include "report/value.h"
#include "report/waits.h"

struct profile;
struct report_options;

enum {
	SVG_ROW = 18, /* px from row to row */
	SVG_BOX = 17, /* px of a box */
	SVG_TITLE_POINTS = 120,
	SVG_LEAST_SHARE = 4000, /* of the root's width: 0.025 %, 0.3 px of 1200 */
};

/* Where boxes stand, in units of the value: the root reaches from 0 to its total. */
struct svg_layout {
	int64_t *left, *width; /* by node; a width of 0 is not drawn */
	uint32_t *order;       /* the nodes that are drawn, by row, then from left to right */
	uint32_t *row_start;   /* by row, into order; one more at the end */
	uint32_t n_rows;
	uint32_t n_boxes;
	uint64_t n_pruned;   /* nodes without a box */
	int64_t pruned;      /* value of the stacks that end in them */
	int64_t least_share; /* what is smaller than 1/least_share of the root is not drawn */
};

struct svg {
	const struct profile *profile;
	const struct report_options *options;
	FILE *out;
	struct tree tree;
	struct function_totals totals;
	struct svg_layout layout;
	struct embedded embedded;
	struct waits waits;
	struct waits_places places;
	struct value_style style;
	int64_t whole;      /* total of the root */
	bool one_recording; /* not several added up: its title and quality are those of the whole */
	/* Of the difference of two profiles; the tree then is that of both, without totals. */
	bool is_diff;
	struct diff diff;
	struct diff_node *sides; /* by node */
	struct diff_functions changes;
	size_t n_changes; /* that are told, by self */
};

/* 0 or a negative errno; svg_deinit does no harm to one that is zeroed. */
int svg_init(struct svg *svg, const struct profile *profile, const struct report_options *options,
	     FILE *out);
void svg_deinit(struct svg *svg);
/* The whole picture as one element, for a file of its own or within a page; its end tag is left to
 * the caller, who may put more into it. is_document: it is the file's root, and the viewer that is to
 * take its place stands behind it. */
void svg_picture_write(const struct svg *svg, bool is_document);
/* The element with the profile; its attributes data-... tell the viewer how it is to be shown. */
void svg_data_write(const struct svg *svg, const char *element);

/* 0 or -ENOMEM. */
int svg_layout_init(struct svg_layout *layout, const struct tree *tree);
void svg_layout_deinit(struct svg_layout *layout);

/* The rows of boxes, to stand in an element as wide as the graph. */
void svg_boxes_write(const struct svg *svg);
/* The rows of the table of functions: n of them, 18 px each. */
/* Whether it is one of the top functions. */
bool svg_top_has(const struct function_total *item);
void svg_top_write(const struct svg *svg, size_t n);
/* What threads waited for: a row for each class, of which there are svg_waits_rows(), between a line
 * of heads and one of sums. */
size_t svg_waits_rows(const struct svg *svg);
void svg_waits_write(const struct svg *svg);
/* Where that was, likewise, without a line of sums. */
size_t svg_places_rows(const struct svg *svg);
void svg_places_write(const struct svg *svg);
/* The figures of quality in a row of cells. */
void svg_quality_write(const struct svg *svg);

/* What these are for a difference: the tree, the colours, the words behind the title and the lines
 * below it, the class of a box and the sign before its name, its figures, and the table. */
struct svg_diff_box {
	char class[8];
	const char *sign;
};

int svg_diff_init(struct svg *svg);
void svg_diff_deinit(struct svg *svg);
void svg_diff_palette_write(const struct svg *svg);
void svg_diff_way_write(const struct svg *svg);
void svg_diff_heading_write(const struct svg *svg);
void svg_diff_box(const struct svg *svg, uint32_t node, struct svg_diff_box *ret);
void svg_diff_title_write(const struct svg *svg, uint32_t node);
void svg_diff_top_write(const struct svg *svg, size_t n);

/* Rules for the colours of all kinds. */
void svg_palette_write(const struct svg *svg);
/* The class that gives a box its colour: the letter of its kind and a digit from its name. */
void svg_palette_class(uint8_t kind, const char *name, size_t length, char ret[3]);
/* Waits are of several sorts, each with a shade of its own: its number by the frame's name; its
 * class; its name in the legend, NULL past the last. */
unsigned svg_palette_wait_shade(const char *name, size_t length);
void svg_palette_wait_class(unsigned shade, char ret[3]);
const char *svg_palette_wait_name(unsigned shade);
/* What a kind is called in the legend. */
const char *svg_palette_kind_name(uint8_t kind);

/* Writes text that is valid in XML whatever the bytes are, at most max code points: what is
 * longer loses its middle. Returns the code points written. */
size_t svg_text(const char *text, size_t length, size_t max, FILE *out);
/* The same, but cut at the end, without an ellipsis. */
void svg_text_head(const char *text, size_t length, size_t max, FILE *out);
size_t svg_text_cstr(const char *text, size_t max, FILE *out);
/* 100 * part / whole, without a percent sign; trim: no zeros at the end. Integers only, so that
 * the same profile gives the same bytes everywhere. */
void svg_percent(int64_t part, int64_t whole, int decimals, bool trim, FILE *out);

#endif
