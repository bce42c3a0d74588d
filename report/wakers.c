// SPDX-License-Identifier: GPL-2.0-or-later
/* The frames that stand for no code. See wakers.h. */
#include "report/wakers.h"

#include <string.h>

#include "report/profile.h"

int wakers_intern_name(struct profile *profile, const char *name, uint32_t *ret)
{
	struct profile_function function = {};
	struct profile_frame frame = {};
	int err = profile_intern(profile, name, &function.name);

	if (!err)
		err = profile_intern_function(profile, &function, &frame.function);
	return err ? err : profile_intern_location(profile, 0, 0, &frame, 1, ret);
}

bool wakers_is_mark(const struct profile *profile, uint32_t number)
{
	const struct profile_location *location = &profile->locations.data[number];
	const struct profile_frame *frame = &profile->frames.data[location->first_frame];

	return !location->module && location->n_frames == 1 &&
	       !strcmp(strings_get(&profile->strings,
				   profile->functions.data[frame->function].name),
		       WAKERS_MARK);
}
