// SPDX-License-Identifier: GPL-2.0-or-later
/* The options that refine a profile come in; a struct refine_options goes out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "profiler/message.h"
#include "profiler/options_shared.h"

static int take_pattern(struct refine_patterns *patterns, const char *option, const char *pattern)
{
	struct report_error error;

	if (refine_check_pattern(pattern, &error)) {
		message("%s %s: no regular expression: %s", option, pattern, error.text);
		return -EINVAL;
	}
	return vec_push(patterns, pattern);
}

/* "2s..5s", "..500ms", "10..": times since the start. */
static int take_time(struct refine_options *refine, const char *value)
{
	static const char wrong[] = "no range of times; as in 2s..5s, ..500ms or 10s..";
	const char *dots = strstr(value, "..");
	guard_free char *from = dots ? strndup(value, dots - value) : NULL;
	const char *until = dots ? dots + 2 : "";
	bool is_empty;

	refine->from_ns = refine->until_ns = 0;
	if (!from || (!*from && !*until) || (*from && options_parse_time(from, &refine->from_ns)) ||
	    (*until && options_parse_time(until, &refine->until_ns)))
		return options_wrong("--time", value, wrong);
	is_empty = *until && refine->until_ns <= refine->from_ns;
	if (refine->until_ns == UINT64_MAX)
		refine->until_ns = 0;
	if (is_empty || refine->from_ns == UINT64_MAX)
		return options_wrong("--time", value, "the range is empty; the later time is last");
	return 0;
}

static int take_min_share(struct refine_options *refine, const char *value)
{
	char *end;
	double percent = strtod(value, &end);

	if (end != value && !strcmp(end, "%"))
		end++;
	if (end == value || *end || !(percent >= 0 && percent <= 100))
		return options_wrong("--min-share", value, "no share; percent from 0 to 100");
	refine->min_share = percent;
	return 0;
}

int options_take_refine(struct refine_options *refine, int id, const char *value)
{
	int err;

	switch (id) {
	case OPTION_FOCUS:
		err = take_pattern(&refine->focus, "--focus", value);
		break;
	case OPTION_IGNORE:
		err = take_pattern(&refine->ignore, "--ignore", value);
		break;
	case OPTION_HIDE:
		err = take_pattern(&refine->hide, "--hide", value);
		break;
	case OPTION_COMM:
		err = take_pattern(&refine->comms, "--comm", value);
		break;
	case OPTION_THREAD:
		err = take_pattern(&refine->threads, "--thread", value);
		break;
	case OPTION_CLASS:
		err = take_pattern(&refine->classes, "--class", value);
		break;
	case OPTION_TIME:
		err = take_time(refine, value);
		break;
	case OPTION_MIN_SHARE:
		err = take_min_share(refine, value);
		break;
	case OPTION_NO_IDLE:
		refine->no_idle = true;
		return 1;
	case OPTION_BY_MODULE:
		refine->by_module = true;
		return 1;
	case OPTION_WAKEUPS:
		refine->wakeups = true;
		return 1;
	case OPTION_COLLAPSE_RECURSION:
		refine->collapse_recursion = true;
		return 1;
	default:
		return 0;
	}
	return err ? -EINVAL : 1;
}
