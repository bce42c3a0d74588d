// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who ended a wait, as the upper part of the stack that waited: both meet at
 * "--", the waker's leaf next to the waiter's, so that one graph tells who waits
 * for whom.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "profiler/collector_private.h"
#include "profiler/kernel_cut.h"
#include "report/wakers.h"

static int push_location(struct collector *collector, uint32_t location, uint32_t *stack)
{
	return profile_intern_stack(collector->profile, *stack, location, stack);
}

static int push_name(struct collector *collector, const char *name, uint32_t *stack)
{
	uint32_t location;
	int err = wakers_intern_name(collector->profile, name, &location);

	return err ? err : push_location(collector, location, stack);
}

/* From the leaf to the root. */
static int push_kernel(struct collector *collector, const struct checked_wait *wait, uint32_t *stack)
{
	uint64_t addresses[WIRE_MAX_KERNEL_FRAMES];
	uint32_t n = addresses_get(&collector->addresses, wait->waker.kernel_id, addresses,
				   WIRE_MAX_KERNEL_FRAMES);
	uint32_t first = 0, location, n_kept = n;
	int err = n ? 0 : -ENOENT;

	if (collector->options->cut)
		first = kernel_cut_waker(collector->options->cut, addresses, n,
					 wait->waker_interrupt, &n_kept);
	for (uint32_t i = first; !err && i < first + n_kept; i++) {
		err = locations_kernel(&collector->locations, addresses[i], i > 0, &location);
		if (!err)
			err = push_location(collector, location, stack);
	}
	return err;
}

static int push_user(struct collector *collector, const struct checked_sample *waker,
		     const struct process *process, uint32_t *stack)
{
	uint64_t addresses[WIRE_MAX_USER_FRAMES];
	uint32_t n = addresses_get(&collector->addresses, waker->user_id, addresses,
				   WIRE_MAX_USER_FRAMES);
	uint32_t location;
	int err = n ? 0 : -ENOENT;

	for (uint32_t i = 0; !err && i < n; i++) {
		err = locations_user(&collector->locations, process, addresses[i] & ~WIRE_EXACT,
				     i && !(addresses[i] & WIRE_EXACT), &location);
		if (!err)
			err = push_location(collector, location, stack);
	}
	return err;
}

/* As the tree has it of stacks that wait. */
static int push_reason(struct collector *collector, enum unwind_result result, uint32_t *stack)
{
	char text[64];

	if (!unwind_result_is_incomplete(result))
		return 0;
	snprintf(text, sizeof(text), "[incomplete: %s]", unwind_result_name(result));
	return push_name(collector, text, stack);
}

/* What an interrupt interrupted has no part in it. */
static int push_task(struct collector *collector, struct checked_wait *wait,
		     const struct process *process, bool last, uint32_t *stack)
{
	struct checked_sample *waker = &wait->waker;
	int err = 0;

	if (waker->user_id)
		err = push_user(collector, waker, process, stack);
	else if (waker->result == UNWIND_OMITTED)
		err = push_name(collector, "[user]", stack);
	if (err == -ENOENT && last) {
		waker->result = UNWIND_LOST;
		err = 0;
	}
	if (!err)
		err = push_reason(collector, waker->result, stack);
	return err ? err : push_name(collector, waker->comm, stack);
}

static uint64_t chain_key(const struct checked_wait *wait, const struct process *process,
			  uint32_t stack)
{
	const struct checked_sample *waker = &wait->waker;
	uint64_t key = hash_pair(stack, waker->kernel_id);

	if (wait->waker_interrupt)
		return key;
	key = hash_pair(key, waker->user_id);
	key = hash_pair(key, (uint64_t)process->serial << 32 | process->epoch);
	return hash_pair(key, hash_pair(waker->result, hash_bytes(waker->comm, WIRE_COMM)));
}

int collector_add_waker(struct collector *collector, struct checked_wait *wait, bool last,
			uint32_t *stack)
{
	struct checked_sample *waker = &wait->waker;
	struct process *process = NULL;
	uint32_t chain = *stack;
	uint64_t key;
	int err = 0;

	if (!wait->waker_interrupt)
		err = collector_process(collector, waker, &process);
	if (!err && process && waker->copy_id)
		err = collector_unwind_copy(collector, process, waker, last);
	if (err)
		return err;
	key = chain_key(wait, process, *stack);
	if (idmap_find(&collector->chains, key, stack))
		return 0;
	err = push_name(collector, WAKERS_MARK, &chain);
	if (!err && waker->kernel_id)
		err = push_kernel(collector, wait, &chain);
	if (!err && !waker->kernel_id)
		err = push_name(collector, "[kernel]", &chain);
	if (err == -ENOENT && last)
		err = push_name(collector, "[kernel]", &chain);
	if (!err)
		err = wait->waker_interrupt ?
			      push_name(collector, "[interrupt]", &chain) :
			      push_task(collector, wait, process, last, &chain);
	if (err)
		return err;
	*stack = chain;
	return collector_remember(collector, &collector->chains, key, chain);
}
