// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs and their manifest come in, sentences that a verdict on them needs beside it go out. */
#include "profiler/gate_notes.h"

#include <string.h>

/* Of the CPU time: beyond, the samples are of something else than what is charged. */
#define LEAST_COVERED 0.9
#define MOST_COVERED 1.1

/* The most frequent reason why nothing has changed: the change is not in what was run. */
static int note_same(const struct gate_manifest *manifest, struct gate_result *result)
{
	if (!strcmp(manifest->command[GATE_BASE], manifest->command[GATE_HEAD]))
		return gate_result_note(result, "base and head are the same command, so that only "
					"chance makes them differ");
	if (gate_manifest_is_one_build(manifest))
		return gate_result_note(result, "all programs and libraries that ran are of the "
					"same builds on both sides; if a new build was to be "
					"compared, it did not run");
	return 0;
}

static int note_covered(const struct gate_read *read, enum gate_side side,
			struct gate_result *result)
{
	double charged = read->charged_ns[side], sampled = read->sampled_ns[side];

	if (!(charged > 0))
		return 0;
	if (sampled < LEAST_COVERED * charged)
		return gate_result_note(result, "only %.0f %% of the %s's CPU time was sampled; "
					"what runs in short bursts has a smaller share than it "
					"costs", 100 * sampled / charged, gate_side_name(side));
	if (sampled > MOST_COVERED * charged)
		return gate_result_note(result, "the %s has samples of %.0f %% of its CPU time: "
					"that of processes which live on when the command has "
					"ended is not counted; let it wait for them",
					gate_side_name(side), 100 * sampled / charged);
	return 0;
}

int gate_notes_add(const struct gate_inputs *inputs, const struct gate_read *read,
		   struct gate_result *result)
{
	int err = 0;

	if (!inputs->has_manifest)
		err = read->is_time ?
			      gate_result_note(result, "the CPU time is that of the profiles' own "
					       "samples, not the kernel's") :
			      gate_result_note(result, "the profiles have no CPU time; what they "
					       "count is compared");
	else
		err = note_same(&inputs->manifest, result);
	for (int side = 0; !err && side < GATE_SIDES; side++)
		err = note_covered(read, side, result);
	if (!err && inputs->n_unprofiled)
		err = gate_result_note(result, "%zu of %zu runs have no samples; flametap doctor "
				       "says what is missing to take them", inputs->n_unprofiled,
				       inputs->items.n);
	return err;
}
