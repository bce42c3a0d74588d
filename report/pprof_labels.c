// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The labels of a sample in a pprof file: its thread, its time, what became of
 * its stack, and of a wait what it was for. Their texts need not be strings of
 * the profile.
 */
#include "report/pprof_writer.h"
#include "report/wait_bucket.h"
#include "report/wait_class.h"

enum own_string {
	OWN_PID,
	OWN_TID,
	OWN_COMM,
	OWN_THREAD,
	OWN_TIME,
	OWN_NANOSECONDS,
	OWN_UNWIND,
	OWN_CLASS,
	OWN_PHASE,
	OWN_BLOCKED,
	OWN_RUNQUEUE,
	OWN_STATE,
	OWN_SYSCALL,
	OWN_FUTEX,
	OWN_ADDRESS,
	OWN_IDLE,
	OWN_YES,
	OWN_EDGE,
	OWN_BEFORE,
	OWN_OPEN,
	OWN_BOTH,
	OWN_BUCKET,
	OWN_LONGEST,
	OWN_SLICE, /* from here on not in the table of texts */
	OWN_UNWIND_TEXT,
	OWN_CLASS_TEXT = OWN_UNWIND_TEXT + UNWIND_N,
	OWN_N = OWN_CLASS_TEXT + WAIT_N,
};

uint32_t pprof_own_strings(void)
{
	return OWN_N;
}

static uint32_t pprof_own(struct pprof_writer *writer, unsigned own)
{
	return numbering_get(&writer->strings, writer->profile->strings.items.n + own);
}

uint32_t pprof_own_slice(struct pprof_writer *writer)
{
	return pprof_own(writer, OWN_SLICE);
}

const char *pprof_own_text(const struct pprof_writer *writer, uint32_t own)
{
	static const char *const texts[OWN_SLICE] = {
		[OWN_PID] = PPROF_LABEL_PID,
		[OWN_TID] = PPROF_LABEL_TID,
		[OWN_COMM] = PPROF_LABEL_COMM,
		[OWN_THREAD] = PPROF_LABEL_THREAD,
		[OWN_TIME] = PPROF_LABEL_TIME,
		[OWN_NANOSECONDS] = "nanoseconds",
		[OWN_UNWIND] = PPROF_LABEL_UNWIND,
		[OWN_CLASS] = PPROF_LABEL_CLASS,
		[OWN_PHASE] = PPROF_LABEL_PHASE,
		[OWN_BLOCKED] = PPROF_PHASE_BLOCKED,
		[OWN_RUNQUEUE] = PPROF_PHASE_RUNQUEUE,
		[OWN_STATE] = PPROF_LABEL_STATE,
		[OWN_SYSCALL] = PPROF_LABEL_SYSCALL,
		[OWN_FUTEX] = PPROF_LABEL_FUTEX,
		[OWN_ADDRESS] = "address",
		[OWN_IDLE] = PPROF_LABEL_IDLE,
		[OWN_YES] = PPROF_IDLE_YES,
		[OWN_EDGE] = PPROF_LABEL_EDGE,
		[OWN_BEFORE] = PPROF_EDGE_BEFORE,
		[OWN_OPEN] = PPROF_EDGE_OPEN,
		[OWN_BOTH] = PPROF_EDGE_BOTH,
		[OWN_BUCKET] = PPROF_LABEL_BUCKET,
		[OWN_LONGEST] = PPROF_LABEL_LONGEST,
	};

	if (own == OWN_SLICE)
		return writer->slice;
	if (own >= OWN_CLASS_TEXT)
		return wait_class_name(own - OWN_CLASS_TEXT);
	return own < OWN_SLICE ? texts[own] : unwind_result_name(own - OWN_UNWIND_TEXT);
}

static void pprof_add_label(struct pprof_writer *writer, enum own_string key, uint32_t str,
			    uint64_t num, uint32_t unit)
{
	if (!str && !num && !unit)
		return;
	pb_add_number(&writer->part, LABEL_KEY, pprof_own(writer, key));
	pb_add_number(&writer->part, LABEL_STR, str);
	pb_add_number(&writer->part, LABEL_NUM, num);
	pb_add_number(&writer->part, LABEL_NUM_UNIT, unit);
	pprof_add_part(writer, SAMPLE_LABEL);
}

/* A label of which key and text are own strings; a text of 0 is none. */
static void pprof_add_word(struct pprof_writer *writer, enum own_string key, enum own_string word)
{
	pprof_add_label(writer, key, pprof_own(writer, word), 0, 0);
}

static void pprof_add_ns(struct pprof_writer *writer, enum own_string key, uint64_t ns)
{
	pprof_add_label(writer, key, 0, ns < INT64_MAX ? ns : INT64_MAX,
			pprof_own(writer, OWN_NANOSECONDS));
}

static void pprof_add_wait(struct pprof_writer *writer, size_t i)
{
	const struct profile *profile = writer->profile;
	const struct profile_sample *sample = &profile->samples.data[i];
	const struct profile_wait *wait = &profile->waits.data[sample->wait];
	bool before = sample->flags & SAMPLE_BEFORE, open = sample->flags & SAMPLE_OPEN;

	pprof_add_word(writer, OWN_CLASS, OWN_CLASS_TEXT + sample->wait_class);
	pprof_add_word(writer, OWN_PHASE,
		       sample->flags & SAMPLE_RUNQUEUE ? OWN_RUNQUEUE : OWN_BLOCKED);
	pprof_add_label(writer, OWN_STATE, pprof_string(writer, wait->state), 0, 0);
	pprof_add_label(writer, OWN_SYSCALL, pprof_string(writer, wait->syscall), 0, 0);
	if (wait->object)
		pprof_add_label(writer, OWN_FUTEX, 0, wait->object, pprof_own(writer, OWN_ADDRESS));
	if (sample->flags & SAMPLE_IDLE)
		pprof_add_word(writer, OWN_IDLE, OWN_YES);
	if (before || open)
		pprof_add_word(writer, OWN_EDGE,
			       before && open ? OWN_BOTH
			       : before	      ? OWN_BEFORE
					      : OWN_OPEN);
	pprof_add_ns(writer, OWN_BUCKET, wait_bucket_start(sample->bucket));
	pprof_add_ns(writer, OWN_LONGEST, profile_longest_ns(profile, i));
}

void pprof_add_labels(struct pprof_writer *writer, size_t i)
{
	const struct profile *profile = writer->profile;
	const struct profile_sample *sample = &profile->samples.data[i];
	const struct profile_thread *thread = &profile->threads.data[sample->thread];
	uint64_t time;

	pprof_add_label(writer, OWN_PID, 0, (int64_t)thread->pid, 0);
	pprof_add_label(writer, OWN_TID, 0, (int64_t)thread->tid, 0);
	pprof_add_label(writer, OWN_COMM, pprof_string(writer, thread->process), 0, 0);
	pprof_add_label(writer, OWN_THREAD, pprof_string(writer, thread->comm), 0, 0);
	if (sample->unwind != UNWIND_UNKNOWN)
		pprof_add_word(writer, OWN_UNWIND, OWN_UNWIND_TEXT + sample->unwind);
	if (sample->wait_class)
		pprof_add_wait(writer, i);
	if (!profile->slice_ns)
		return;
	if (__builtin_mul_overflow(sample->slice, profile->slice_ns, &time) || time > INT64_MAX)
		time = INT64_MAX;
	pprof_add_ns(writer, OWN_TIME, time);
}
