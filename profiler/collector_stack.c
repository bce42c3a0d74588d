// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A checked sample comes in, its stack and thread in the profile go out. A
 * stack is looked up under (ID, process, epoch), so that the same addresses
 * are resolved anew after a mapping has changed, and only then.
 */
#include <errno.h>

#include "profiler/collector_private.h"
#include "profiler/kernel_cut.h"
#include "report/profile_prune.h"

/* A stack's locations from its outermost frame to its leaf, on top of a stack. wait: of the kernel,
 * where a thread has left the CPU. */
static int push_addresses(struct collector *collector, const struct process *process, uint64_t id,
			  bool wait, uint32_t *stack)
{
	uint64_t addresses[WIRE_MAX_USER_FRAMES];
	uint32_t n = addresses_get(&collector->addresses, id, addresses, WIRE_MAX_USER_FRAMES);
	uint32_t location, first = 0;
	int err = n ? 0 : -ENOENT;

	if (wait && collector->options->cut)
		first = kernel_cut_wait(collector->options->cut, addresses, n);
	while (!err && n-- > first) {
		if (process)
			err = locations_user(&collector->locations, process,
					     addresses[n] & ~WIRE_EXACT,
					     n && !(addresses[n] & WIRE_EXACT), &location);
		else
			err = locations_kernel(&collector->locations, addresses[n], n > 0,
					       &location);
		if (!err)
			err = profile_intern_stack(collector->profile, *stack, location, stack);
	}
	return err;
}

int collector_remember(const struct collector *collector, struct idmap *map, uint64_t key,
		    uint32_t value)
{
	if (map->n >= collector->max_remembered)
		idmap_clear(map);
	return idmap_put(map, key, value);
}

static int user_stack(struct collector *collector, const struct process *process, uint64_t id,
		      uint32_t *ret)
{
	uint64_t key = hash_pair(id, (uint64_t)process->serial << 32 | process->epoch);
	int err;

	*ret = 0;
	if (idmap_find(&collector->user_stacks, key, ret))
		return 0;
	err = push_addresses(collector, process, id, false, ret);
	return err ? err : collector_remember(collector, &collector->user_stacks, key, *ret);
}

static int kernel_part(struct collector *collector, uint64_t id, bool wait, uint32_t *stack)
{
	uint64_t key = hash_pair(id, *stack);
	int err;

	if (idmap_find(&collector->whole_stacks, key, stack))
		return 0;
	err = push_addresses(collector, NULL, id, wait, stack);
	return err ? err : collector_remember(collector, &collector->whole_stacks, key, *stack);
}

static int push_half(struct collector *collector, enum module_kind kind, const char *name,
		     uint32_t *stack)
{
	uint32_t location;
	int err = locations_half(&collector->locations, kind, name, &location);

	return err ? err : profile_intern_stack(collector->profile, *stack, location, stack);
}

/* What code a copied stack runs through: tables of it will be wanted. */
static int tell_modules(struct collector *collector, const struct process *process,
			const uint64_t *addresses, uint32_t n)
{
	const struct collector_options *options = collector->options;
	const struct mapping *mapping = NULL;
	int err = 0;

	for (uint32_t i = 0; !err && options->on_module && i < n; i++) {
		uint64_t address = addresses[i] & ~WIRE_EXACT;

		if (mapping && address >= mapping->start && address < mapping->end)
			continue;
		mapping = process_mapping(process, address);
		if (mapping)
			err = options->on_module(options->on_module_ctx, mapping->module);
	}
	return err;
}

/* A stack as the kernel side would have sent it. It has the addresses' ID: equal ones are one. */
static int keep_stack(struct collector *collector, const struct process *process,
		      const uint64_t *addresses, uint32_t n, struct checked_sample *sample)
{
	uint64_t id = hash_pair(hash_bytes(addresses, n * sizeof(*addresses)),
				hash_pair(process->serial, process->exec_id));
	uint32_t known;
	int err = 0;

	id |= !id;
	sample->user_id = id;
	if (!idmap_find(&collector->addresses.by_id, id, &known)) {
		err = addresses_add(&collector->addresses, id, addresses, n);
		if (!err && sample->untabled)
			err = tell_modules(collector, process, addresses, n);
	}
	return err == -ENOSPC ? 0 : err;
}

/* Whole is better than not, then more is better than less. */
static bool copy_is_better(const struct agreement_stack *walked,
			   const struct agreement_stack *copied)
{
	if (copied->result == UNWIND_WHOLE || walked->result == UNWIND_WHOLE)
		return copied->result == UNWIND_WHOLE;
	return copied->n >= walked->n;
}

int collector_unwind_copy(struct collector *collector, const struct process *process,
			  struct checked_sample *sample, bool last)
{
	uint64_t kernel[WIRE_MAX_USER_FRAMES], user[WIRE_MAX_USER_FRAMES];
	struct agreement_stack walked = { kernel, 0, sample->result };
	struct agreement_stack copied = { .addresses = user };
	struct copied_stack *stack = copies_take(&collector->copies, sample->copy_id);
	enum wire_result result;
	int err;

	if (!stack && !last)
		return -ENOENT;
	sample->copy_id = 0;
	if (!stack)
		return 0;
	err = copy_unwind(collector->unwinder, process, &stack->copy, user, WIRE_MAX_USER_FRAMES,
			  &copied.n, &result);
	copied_stack_free(stack);
	if (err)
		return err;
	copied.result = wire_result(result);
	collector->counts.copies++;
	if (sample->user_id)
		walked.n = addresses_get(&collector->addresses, sample->user_id, kernel,
					 WIRE_MAX_USER_FRAMES);
	/* Without its tables the kernel's way is known to be wrong, and the copy is used. */
	if (collector->options->compare && walked.n && !sample->untabled)
		agreement_add(&collector->agreement, &walked, &copied);
	if (collector->options->compare || (walked.n && !copy_is_better(&walked, &copied)))
		return 0;
	sample->result = copied.result;
	return keep_stack(collector, process, user, copied.n, sample);
}

/* 0; -ENOENT while the record of one of the stacks is missing (unless last). */
static int sample_stack(struct collector *collector, const struct checked_sample *sample,
			const struct process *process, bool wait, bool last,
			enum unwind_result *result, uint32_t *ret)
{
	int err = 0;

	*ret = 0;
	if (sample->user_id)
		err = user_stack(collector, process, sample->user_id, ret);
	else if (sample->result == UNWIND_OMITTED)
		err = push_half(collector, MODULE_USER, "[user]", ret);
	if (err == -ENOENT && last) {
		*result = UNWIND_LOST;
		err = 0;
	}
	if (err || !sample->in_kernel)
		return err;
	if (sample->kernel_id)
		err = kernel_part(collector, sample->kernel_id, wait, ret);
	if (!sample->kernel_id || (err == -ENOENT && last))
		err = push_half(collector, MODULE_KERNEL, "[kernel]", ret);
	return err;
}

static int sample_thread(struct collector *collector, const struct checked_sample *sample,
			 uint32_t *ret)
{
	struct profile_thread thread = { .pid = sample->pid, .tid = sample->tid };
	uint64_t key = hash_pair(hash_bytes(sample->process, WIRE_COMM),
				 hash_bytes(sample->comm, WIRE_COMM));
	int err;

	key = hash_pair(key, (uint64_t)sample->pid << 32 | (uint32_t)sample->tid);
	if (idmap_find(&collector->threads, key, ret))
		return 0;
	err = profile_intern(collector->profile, sample->process, &thread.process);
	if (!err)
		err = profile_intern(collector->profile, sample->comm, &thread.comm);
	if (!err)
		err = profile_intern_thread(collector->profile, &thread, ret);
	return err ? err : collector_remember(collector, &collector->threads, key, *ret);
}

int collector_process(struct collector *collector, const struct checked_sample *sample,
		      struct process **ret)
{
	int err = timeline_process(collector->timeline, sample->pid, sample->start_ns,
				   sample->time_ns, sample->user_id || sample->copy_id, ret);
	struct process *process = *ret;

	if (err)
		return err;
	/* It only rises; a sample that had to wait for its stack may be of an image before. */
	if (sample->exec_id > process->exec_id)
		process->exec_id = sample->exec_id;
	if (sample->untabled || !process_is_tabled(process))
		err = timeline_mark(collector->timeline, process);
	return err;
}

/* Light stacks are cut short, so that others find room. All numbers of stacks change. */
static int make_room(struct collector *collector)
{
	int err = profile_prune(collector->profile, collector->max_stacks / 2);

	idmap_clear(&collector->user_stacks);
	idmap_clear(&collector->whole_stacks);
	idmap_clear(&collector->chains);
	collector->counts.prunes++;
	collector->is_pruned_out = collector->profile->stacks.n >= collector->max_stacks;
	return err;
}

uint32_t collector_slice(const struct collector *collector, uint64_t time_ns)
{
	uint64_t start_ns = collector->options->start_ns;

	return time_ns > start_ns ? profile_slice_at(collector->profile, time_ns - start_ns) : 0;
}

int collector_place(struct collector *collector, struct checked_sample *sample, bool wait, bool last,
		    struct profile_sample *ret)
{
	struct profile *profile = collector->profile;
	enum unwind_result result;
	struct process *process;
	int err = collector_process(collector, sample, &process);

	if (!err && sample->copy_id)
		err = collector_unwind_copy(collector, process, sample, last);
	if (err)
		return err;
	result = sample->result;
	if (profile->stacks.n >= collector->max_stacks && !collector->is_pruned_out)
		err = make_room(collector);
	if (err)
		return err;
	if (profile->stacks.n >= collector->max_stacks) {
		/* Counted, and still in the sums: only where is not told any more. */
		collector->counts.stacks_full++;
		result = UNWIND_LOST;
	} else {
		err = sample_stack(collector, sample, process, wait, last, &result,
				   &ret->stack);
	}
	if (!err)
		err = sample_thread(collector, sample, &ret->thread);
	if (err)
		return err;
	ret->unwind = result;
	ret->slice = collector_slice(collector, sample->time_ns);
	return 0;
}
