// SPDX-License-Identifier: GPL-2.0-or-later
/* A profile and options in; the profile to be shown out. */
#include "profiler/refined.h"

#include <string.h>

#include "profiler/message.h"
#include "report/format.h"
#include "report/refine.h"
#include "report/value.h"

/* A record is of all samples of a stack, thread and time. */
static int64_t count_samples(const struct profile *profile)
{
	uint32_t value = value_samples(profile);

	return value < profile->n_values ? value_sum(profile, value) :
					   (int64_t)profile->samples.n;
}

int refined_init(struct refined *refined, const struct profile *profile,
		 const struct report_options *options)
{
	struct report_error error = { "" };
	int err;

	refined->shown = profile;
	if (!refine_is_asked(&options->refine))
		return 0;
	err = profile_refine(profile, &options->refine, &refined->made, &error);
	if (err) {
		if (error.text[0])
			message("the profile cannot be refined: %s", error.text);
		else
			message("the profile cannot be refined: %s; free some memory",
				strerror(-err));
		return err;
	}
	refined->shown = &refined->made;
	if (!refined->made.samples.n && profile->samples.n)
		message("no sample is left of %lld; the options ask for what is not there",
			(long long)count_samples(profile));
	return 0;
}

void refined_deinit(struct refined *refined)
{
	profile_deinit(&refined->made);
}
