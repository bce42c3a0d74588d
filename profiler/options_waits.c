// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The options of offcpu and wall that choose waits: values come in as text and
 * go out checked, in ns and as a set of states.
 */
#include "profiler/options_waits.h"

#include <errno.h>
#include <string.h>

#include "bpf/switches.h"
#include "profiler/message.h"
#include "profiler/options_shared.h"

enum { MAX_RATE_HZ = 1000000 };

/* As ps(1) names them; "R" is a thread that was preempted. */
static const struct {
	char letter;
	enum wire_state state;
} states[] = {
	{'R', WIRE_STATE_RUNNABLE}, {'S', WIRE_STATE_SLEEPING}, {'D', WIRE_STATE_DISK},
	{'T', WIRE_STATE_STOPPED},  {'t', WIRE_STATE_TRACED},   {'I', WIRE_STATE_IDLE},
};

static int take_rate(struct wait_options *waits, const char *value)
{
	uint64_t rate;

	if (options_parse_u64(value, &rate) || !rate || rate > MAX_RATE_HZ)
		return options_wrong("--rate", value,
				     "not a rate; whole samples a second of time off the CPU, from 1 "
				     "to 1000000");
	waits->rate = rate;
	return 0;
}

/* "10ms", "500us", "1s"; a bare number is seconds, as everywhere. */
static int take_block(const char *option, const char *value, uint64_t *ret_ns)
{
	if (options_parse_time(value, ret_ns) || *ret_ns == UINT64_MAX || !*ret_ns)
		return options_wrong(option, value, "not a time; more than 0, as in 500us, 10ms, 1s");
	return 0;
}

static int add_state(struct wait_options *waits, char letter)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		if (states[i].letter != letter)
			continue;
		waits->states |= 1U << states[i].state;
		if (letter == 'R')
			waits->states |= 1U << WIRE_STATE_THROTTLED | 1U << WIRE_STATE_NEW;
		return 0;
	}
	return -EINVAL;
}

/* "D", "S,D"; several times, too. */
static int take_states(struct wait_options *waits, const char *value)
{
	const char *p = value;

	for (;;) {
		if (add_state(waits, *p) || (p[1] && p[1] != ','))
			return options_wrong("--state", value,
					     "not a state; of R (preempted), S, D, T (stopped), t "
					     "(traced) and I, as in S,D");
		if (!p[1])
			return 0;
		p += 2;
	}
}

int wait_options_take(struct wait_options *waits, int id, const char *value)
{
	switch (id) {
	case OPTION_WAKERS:
		waits->wakers = true;
		return 0;
	case OPTION_RATE:
		return take_rate(waits, value);
	case OPTION_MIN_BLOCK:
		return take_block("--min-block", value, &waits->min_block_ns);
	case OPTION_MAX_BLOCK:
		return take_block("--max-block", value, &waits->max_block_ns);
	case OPTION_STATE:
		return take_states(waits, value);
	}
	return -EINVAL;
}

int wait_options_check(struct wait_options *waits)
{
	if (!waits->max_block_ns)
		waits->max_block_ns = UINT64_MAX;
	if (waits->min_block_ns > waits->max_block_ns) {
		message("--min-block and --max-block: nothing lies between them; the first is to be "
			"the smaller one");
		return -EINVAL;
	}
	return 0;
}
