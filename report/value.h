/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How one of a profile's values is shown to people: times as seconds, counts
 * as whole numbers with their noun ("samples", "page-faults"), shares as
 * percent; and what the heading of a report says.
 */
#ifndef FLAMETAP_REPORT_VALUE_H
#define FLAMETAP_REPORT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct profile;
struct report_options;

struct value_style {
	int64_t per_second; /* of a time: how many make a second; 0: not a time */
	int64_t scale;      /* what is shown of one unit of the value; 1 for most */
	int64_t per_sample; /* units of the value in a sample, where that is told beside; else 0 */
	const char *noun;   /* of a count, or unit of anything else; comes from the profile */
	const char *title;  /* "CPU time", or the value's type */
	const char *seconds; /* of a time: "s", or "thread-seconds" where threads wait side by side */
};

enum { VALUE_TEXT = 96 }; /* room for any value_print() */

/* As the value stands in the profile. The style borrows from the profile. */
void value_style_init(struct value_style *style, const struct profile *profile, uint32_t value);
/* As reports show it: samples that are all worth the same time are shown as that time, with
 * their number beside; and so is such a time itself. */
void value_style_init_shown(struct value_style *style, const struct profile *profile,
			    uint32_t value);
/* "12.345 s" or "4,995 samples"; a noun that is too long is cut. */
void value_print(const struct value_style *style, int64_t value, char text[VALUE_TEXT]);
/* The number alone, without separators: "12.345" or "4995". */
void value_print_number(const struct value_style *style, int64_t value, char text[VALUE_TEXT]);
/* part / whole in percent, 0 of an empty whole. */
double value_percent(int64_t part, int64_t whole);

/* True for a profile of what threads waited for, with or without what they ran. */
bool value_has_waits(const struct profile *profile);
/* Number of the value of this type ("blocked"); profile->n_values if there is none. */
uint32_t value_find(const struct profile *profile, const char *type);
/* Number of the value that counts samples; profile->n_values if there is none. */
uint32_t value_samples(const struct profile *profile);
/* Sum over all samples. */
int64_t value_sum(const struct profile *profile, uint32_t value);

/* What a report is called: the option, the only comment "title: ...", or the value's title. */
const char *value_report_title(const struct profile *profile, const struct report_options *options);
/* The text of the first comment "KEY: text", or NULL; and how many there are (one a recording). */
const char *value_comment(const struct profile *profile, const char *key);
size_t value_comment_count(const struct profile *profile, const char *key);

#endif
