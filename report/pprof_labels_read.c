// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The labels of a sample that is read from a pprof file: each is known by the
 * number of its key, and sets a field. What others call by these names is taken
 * for ours only where it can be nothing else.
 */
#include "report/pprof_labels.h"

#include "report/pprof.h"
#include "report/wait_bucket.h"
#include "report/wait_class.h"

/* What a label may tell; other tools' names for it too. */
enum label_role {
	LABEL_PID,
	LABEL_TID,
	LABEL_COMM,
	LABEL_THREAD,
	LABEL_TIME,
	LABEL_UNWIND,
	LABEL_PHASE,
	LABEL_CLASS,
	LABEL_STATE,
	LABEL_SYSCALL,
	LABEL_FUTEX,
	LABEL_IDLE,
	LABEL_EDGE,
	LABEL_BUCKET,
	LABEL_LONGEST,
};

static const struct {
	const char *key;
	enum label_role role;
} known_labels[] = {
	{PPROF_LABEL_PID, LABEL_PID},
	{PPROF_LABEL_TID, LABEL_TID},
	{PPROF_LABEL_COMM, LABEL_COMM},
	{PPROF_LABEL_THREAD, LABEL_THREAD},
	{PPROF_LABEL_TIME, LABEL_TIME},
	{PPROF_LABEL_UNWIND, LABEL_UNWIND},
	{PPROF_LABEL_PHASE, LABEL_PHASE},
	{PPROF_LABEL_CLASS, LABEL_CLASS},
	{PPROF_LABEL_STATE, LABEL_STATE},
	{PPROF_LABEL_SYSCALL, LABEL_SYSCALL},
	{PPROF_LABEL_FUTEX, LABEL_FUTEX},
	{PPROF_LABEL_IDLE, LABEL_IDLE},
	{PPROF_LABEL_EDGE, LABEL_EDGE},
	{PPROF_LABEL_BUCKET, LABEL_BUCKET},
	{PPROF_LABEL_LONGEST, LABEL_LONGEST},
	{"process_id", LABEL_PID},
	{"thread_id", LABEL_TID},
	{"thread_comm", LABEL_THREAD},
	{"thread_name", LABEL_THREAD},
	{"process_name", LABEL_COMM},
};

_Static_assert(sizeof(known_labels) / sizeof(known_labels[0]) == PPROF_KNOWN_LABELS,
	       "the number of labels");

int pprof_label_words_init(struct pprof_label_words *words, struct profile *profile)
{
	const struct {
		const char *text;
		uint32_t *ret;
	} others[] = {
		{PPROF_PHASE_BLOCKED, &words->blocked}, {PPROF_PHASE_RUNQUEUE, &words->runqueue},
		{PPROF_IDLE_YES, &words->yes},		{PPROF_EDGE_BEFORE, &words->before},
		{PPROF_EDGE_OPEN, &words->open},	{PPROF_EDGE_BOTH, &words->both},
	};
	int err = 0;

	for (unsigned i = 0; !err && i < PPROF_KNOWN_LABELS; i++)
		err = profile_intern(profile, known_labels[i].key, &words->keys[i]);
	for (unsigned i = 0; !err && i < UNWIND_N; i++)
		err = profile_intern(profile, unwind_result_name(i), &words->unwind[i]);
	for (unsigned i = 0; !err && i < WAIT_N; i++)
		err = profile_intern(profile, wait_class_name(i), &words->classes[i]);
	for (unsigned i = 0; !err && i < sizeof(others) / sizeof(others[0]); i++)
		err = profile_intern(profile, others[i].text, others[i].ret);
	return err;
}

static int32_t label_id(int64_t number)
{
	return number > 0 && number <= INT32_MAX ? number : 0;
}

static void apply_wait_label(struct pprof_labels *labels, const struct pprof_label_words *words,
			     enum label_role role, uint32_t str, int64_t num)
{
	switch (role) {
	case LABEL_PHASE:
		labels->is_wait |= str == words->blocked || str == words->runqueue;
		labels->flags |= str == words->runqueue ? SAMPLE_RUNQUEUE : 0;
		break;
	case LABEL_CLASS:
		for (unsigned class = WAIT_UNKNOWN; class < WAIT_N; class ++)
			if (words->classes[class] == str)
				labels->wait_class = class;
		break;
	case LABEL_STATE:
		labels->wait.state = str;
		break;
	case LABEL_SYSCALL:
		labels->wait.syscall = str;
		break;
	case LABEL_FUTEX:
		labels->wait.object = num;
		break;
	case LABEL_IDLE:
		labels->flags |= str == words->yes ? SAMPLE_IDLE : 0;
		break;
	case LABEL_EDGE:
		labels->flags |= str == words->before || str == words->both ? SAMPLE_BEFORE : 0;
		labels->flags |= str == words->open || str == words->both ? SAMPLE_OPEN : 0;
		break;
	case LABEL_BUCKET:
		labels->bucket_ns = num;
		break;
	default:
		labels->longest_ns = num;
		break;
	}
}

void pprof_labels_apply(struct pprof_labels *labels, const struct pprof_label_words *words,
			uint32_t key, uint32_t str, int64_t num)
{
	unsigned i = 0;

	while (i < PPROF_KNOWN_LABELS && words->keys[i] != key)
		i++;
	if (i == PPROF_KNOWN_LABELS)
		return;
	switch (known_labels[i].role) {
	case LABEL_PID:
		labels->thread.pid = label_id(num);
		break;
	case LABEL_TID:
		labels->thread.tid = label_id(num);
		break;
	case LABEL_COMM:
		labels->thread.process = str;
		break;
	case LABEL_THREAD:
		labels->thread.comm = str;
		break;
	case LABEL_TIME:
		labels->time_ns = num;
		break;
	case LABEL_UNWIND:
		for (unsigned result = 0; result < UNWIND_N; result++)
			if (words->unwind[result] == str)
				labels->unwind = result;
		break;
	default:
		apply_wait_label(labels, words, known_labels[i].role, str, num);
		break;
	}
}

int pprof_labels_get(const struct pprof_labels *labels, struct profile *profile,
		     struct profile_sample *ret, uint64_t *ret_longest_ns)
{
	*ret = (struct profile_sample){.unwind = labels->unwind};
	*ret_longest_ns = 0;
	if (!labels->is_wait)
		return 0;
	ret->wait_class = labels->wait_class ?: WAIT_UNKNOWN;
	ret->flags = labels->flags;
	ret->bucket = wait_bucket_of(labels->bucket_ns > 0 ? labels->bucket_ns : 0);
	if (labels->longest_ns > 0)
		*ret_longest_ns = labels->longest_ns;
	return profile_intern_wait(profile, &labels->wait, &ret->wait);
}
