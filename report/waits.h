/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What threads waited for, in figures: a finished profile comes in, out go a
 * row for each class of waits, and one for each futex; and those as text.
 * Times are in ns. Percentiles are read off the buckets of wait_bucket.h, so
 * they are right to 12.5 %; the longest is exact.
 */
#ifndef FLAMETAP_REPORT_WAITS_H
#define FLAMETAP_REPORT_WAITS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/vec.h"
#include "report/wait_bucket.h"
#include "report/wait_class.h"

struct profile;

struct waits_row {
	enum wait_class class;
	bool idle;
	bool queued; /* preempted, ...: what is counted and measured is time in the run queue */
	uint64_t n;  /* waits */
	uint64_t total_ns; /* blocked, and then in the run queue */
	uint64_t measured_ns, longest_ns; /* without the time in the run queue, but see queued */
	uint64_t runqueue_ns;
	uint64_t counts[WAIT_BUCKETS]; /* of n, by length */
};

/* Times of all threads, added up. */
struct waits_sums {
	uint64_t recorded_ns; /* wall time */
	uint64_t cpu_ns, runqueue_ns, blocked_ns, idle_ns; /* blocked_ns is without the idle ones */
	bool has_cpu;
};

struct waits {
	VEC(struct waits_row) rows; /* largest total first; behind them the idle ones, likewise */
	struct waits_sums sums;
};

/* Numbers of the values that are needed; n_values: it is not there. */
struct waits_columns {
	uint32_t blocked, runqueue, waits, queued, cpu;
};

/* What a sample that is one of waits adds to a row. */
struct waits_phase {
	enum wait_class class;
	bool idle;
	bool queued;   /* its time is in the run queue */
	bool measured; /* its count and lengths are the row's */
	uint64_t ns, n, longest_ns;
};

void waits_columns_init(struct waits_columns *columns, const struct profile *profile);
void waits_phase_init(struct waits_phase *phase, const struct profile *profile,
		      const struct waits_columns *columns, size_t sample);

/* No rows for a profile without waits, and for a difference. 0 or -ENOMEM. */
int waits_init(struct waits *waits, const struct profile *profile);
void waits_deinit(struct waits *waits);

uint64_t waits_mean(const struct waits_row *row);
/* share: 0.5 for the median. */
uint64_t waits_percentile(const struct waits_row *row, double share);
/* Of the total, in percent. */
double waits_runqueue_percent(const struct waits_row *row);

enum { WAITS_TEXT = 32, WAITS_NAME = 48 };

/* "5.01 ms": three digits. */
void waits_print_time(uint64_t ns, char text[WAITS_TEXT]);
/* "page fault", "poll (idle)". */
void waits_print_name(const struct waits_row *row, char text[WAITS_NAME]);
/* "40.01 thread-seconds in 10.00 s: 3.20 on the CPU, ..."; at most 200 bytes. */
void waits_print_sums(const struct waits_sums *sums, char *text, size_t size);

struct waits_futex {
	uint64_t address;
	uint32_t process;    /* name of that which waited: a string of the profile */
	int32_t pid;	     /* 0: not known, as in reports of wakeups */
	enum wait_class class;
	uint64_t n, blocked_ns, longest_ns;
	uint32_t waiter, waker; /* functions of most of that time; 0: not known */
};

struct waits_futexes {
	VEC(struct waits_futex) items; /* most time blocked first */
};

/* Futexes by process and address, without idle waits. 0 or -ENOMEM. */
int waits_futexes_init(struct waits_futexes *futexes, const struct profile *profile);
void waits_futexes_deinit(struct waits_futexes *futexes);

/* Waits of one class in one place of the code; of those of which all is time in the run queue, in
 * all of a process. Names are strings of the profile, 0: not known. */
struct waits_place {
	enum wait_class class;
	bool idle;
	uint32_t function, caller; /* see wait_code.h */
	uint32_t process;	   /* of kernel threads the first of them by name */
	uint32_t n_processes;	   /* names of processes in it; of a program's code always one */
	uint64_t n, total_ns, measured_ns, longest_ns, runqueue_ns; /* as of a row */
};

struct waits_places {
	VEC(struct waits_place) items; /* largest total first; behind them the idle ones, likewise */
	size_t n_busy;	  /* how many are not idle, */
	uint64_t busy_ns; /* and their time */
	bool is_of_wakers;  /* it is the code that ended the waits (wakeups.h) */
	bool has_processes; /* of different names */
};

/* Nothing for a profile without waits, and for a difference. 0 or -ENOMEM. */
int waits_places_init(struct waits_places *places, const struct profile *profile);
void waits_places_deinit(struct waits_places *places);
/* What the table of them is called. */
const char *waits_places_title(const struct waits_places *places);
/* The function, or what stands for it: who is preempted is so anywhere. */
const char *waits_place_name(const struct profile *profile, const struct waits_place *place);
/* "cache_get < run", or what is known of that, in at most max columns; what is too long loses its
 * middle. */
void waits_write_code(const struct profile *profile, const struct waits_place *place, size_t max,
			FILE *out);

/* For the terminal: the table by class, and the places with most time, in lines of so many columns.
 * Nothing for a profile without waits. 0 or a negative errno. */
int waits_write_short(const struct profile *profile, size_t columns, FILE *out);
/* Parts of .txt and .md. */
int waits_write_places(const struct profile *profile, FILE *out);
int waits_write_places_markdown(const struct profile *profile, FILE *out);

/* The table by class, in lines of so many columns. What is written below is nothing for a profile
 * without waits; 0 or a negative errno. */
int waits_write_table(const struct profile *profile, size_t columns, FILE *out);
/* The table, the places, the futexes, and a histogram of each class. */
int waits_write_text(const struct profile *profile, FILE *out);
/* Of these the futexes and histograms. */
int waits_write_lengths(const struct profile *profile, FILE *out);
/* The table and the places as Markdown. */
int waits_write_markdown(const struct profile *profile, FILE *out);

#endif
