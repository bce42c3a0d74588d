/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The profile that the outputs show: the one at hand, or what the options make of it. */
#ifndef FLAMETAP_PROFILER_REFINED_H
#define FLAMETAP_PROFILER_REFINED_H

#include "report/profile.h"

struct report_options;

/* Zero-initialize. */
struct refined {
	const struct profile *shown;
	struct profile made; /* shown, if it had to be made */
};

/* Of a finished profile, borrowed. 0, or a negative errno (said): -EINVAL where the profile has
 * not what the options ask about; shown then is the profile as it is. */
int refined_init(struct refined *refined, const struct profile *profile,
		 const struct report_options *options);
void refined_deinit(struct refined *refined);

#endif
