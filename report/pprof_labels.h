/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The labels of a sample of a pprof file that is being read, gathered one by
 * one. All strings are numbers in the profile.
 */
#ifndef FLAMETAP_REPORT_PPROF_LABELS_H
#define FLAMETAP_REPORT_PPROF_LABELS_H

#include "report/profile.h"
#include "report/wait_class.h"

enum { PPROF_KNOWN_LABELS = 20 };

/* The keys and texts that mean something. */
struct pprof_label_words {
	uint32_t keys[PPROF_KNOWN_LABELS];
	uint32_t unwind[UNWIND_N], classes[WAIT_N];
	uint32_t blocked, runqueue, yes, before, open, both;
};

/* Zeroed at first. */
struct pprof_labels {
	struct profile_thread thread;
	int64_t time_ns;
	enum unwind_result unwind;
	bool is_wait; /* what follows counts only then: others have labels of these names, too */
	enum wait_class wait_class;
	struct profile_wait wait;
	uint8_t flags;
	int64_t bucket_ns, longest_ns;
};

int pprof_label_words_init(struct pprof_label_words *words, struct profile *profile);
/* Takes one label. A number that cannot be what it should be counts as none. */
void pprof_labels_apply(struct pprof_labels *labels, const struct pprof_label_words *words,
			uint32_t key, uint32_t str, int64_t num);
/* What they say of a sample: all but its stack, thread and slice. 0 or a negative errno. */
int pprof_labels_get(const struct pprof_labels *labels, struct profile *profile,
		     struct profile_sample *ret, uint64_t *ret_longest_ns);

#endif
