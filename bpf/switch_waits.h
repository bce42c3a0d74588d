/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits added up: those that are alike share an entry. There are two
 * generations of them; user space reads and empties one while the other is filled.
 */
#ifndef FLAMETAP_BPF_SWITCH_WAITS_H
#define FLAMETAP_BPF_SWITCH_WAITS_H

struct wait_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct wire_wait_key);
	__type(value, struct wire_wait);
};
struct wait_map waits_even SEC(".maps");
struct wait_map waits_odd SEC(".maps");

/* Which of the two is filled; entries that were made in it, of which user space takes note. */
uint32_t generation = 0;
uint64_t n_entries = 0;

static __always_inline bool wait_is_wanted(const struct wire_place *place, uint64_t blocked_ns)
{
	return switches_config.states >> (place->state & 31) & 1 &&
	       blocked_ns >= switches_config.min_block_ns &&
	       blocked_ns <= switches_config.max_block_ns;
}

/* An entry is only ever changed by the switch-in of its own thread, so that sums need no atomics. */
static __always_inline void wait_add_to(struct wire_wait *wait, uint64_t blocked_ns,
					uint64_t runqueue_ns, const struct wire_thread *thread)
{
	wait->n++;
	wait->blocked_ns += blocked_ns;
	if (blocked_ns > wait->blocked_longest_ns)
		wait->blocked_longest_ns = blocked_ns;
	wait->runqueue_ns += runqueue_ns;
	if (runqueue_ns > wait->runqueue_longest_ns)
		wait->runqueue_longest_ns = runqueue_ns;
	wait->last_ns = thread->out_ns;
	wait->back_ns = thread->back_ns;
}

/*
 * One that stands for all off-CPU time of so many intervals: its own, shared by
 * its phases as it was, and that of waits that were left out. Those as long as an interval or longer
 * are never left out, and each is one; of shorter ones, how many it stands for is rounded by
 * chance, so that it is right in the mean.
 */
static __always_inline void wait_add_weighed(struct wire_wait *wait, const struct wire_thread *thread,
					     uint64_t blocked_ns, uint64_t runqueue_ns)
{
	uint64_t total_ns = blocked_ns + runqueue_ns;
	uint64_t interval_ns = switches_config.interval_ns;
	uint64_t stands_for_ns = thread->weight * interval_ns;
	uint64_t times = 1, chance = bpf_get_prandom_u32();
	uint64_t runqueue_part;

	if (!total_ns)
		return;
	/* In units of 1/1024, in which no product overflows below a wait of months. */
	runqueue_part = (runqueue_ns << 10) / total_ns;
	runqueue_part = (stands_for_ns * runqueue_part) >> 10;
	if (total_ns < interval_ns)
		times = (interval_ns + (total_ns * (chance & 0xffff) >> 16)) / total_ns;
	wait->n += times;
	wait->blocked_ns += stands_for_ns - runqueue_part;
	wait->runqueue_ns += runqueue_part;
	if (blocked_ns > wait->blocked_longest_ns)
		wait->blocked_longest_ns = blocked_ns;
	if (runqueue_ns > wait->runqueue_longest_ns)
		wait->runqueue_longest_ns = runqueue_ns;
	wait->last_ns = thread->out_ns;
	wait->back_ns = thread->back_ns;
}

static __always_inline void wait_sum(struct wire_wait *wait, const struct wire_thread *thread,
				     uint64_t blocked_ns, uint64_t runqueue_ns)
{
	if (switches_config.interval_ns)
		wait_add_weighed(wait, thread, blocked_ns, runqueue_ns);
	else
		wait_add_to(wait, blocked_ns, runqueue_ns, thread);
}

/* Whether the wait that is over is to be added up: it passes the filters, and, with an interval,
 * one of a thread's off-CPU time ends in it. */
static __always_inline bool wait_is_due(struct wire_thread *thread, const struct wire_place *place,
					uint64_t runqueue_ns)
{
	uint64_t blocked_ns = thread->wait_blocked_ns, interval_ns = switches_config.interval_ns;

	if (!wait_is_wanted(place, blocked_ns)) {
		count(COUNT_FILTERED);
		count_ns(COUNT_FILTERED_NS, blocked_ns + runqueue_ns);
		return false;
	}
	if (!interval_ns)
		return true;
	count_ns(COUNT_RATED_NS, blocked_ns + runqueue_ns);
	thread->rate_ns += blocked_ns + runqueue_ns;
	if (thread->rate_ns < interval_ns)
		return false;
	thread->weight = thread->rate_ns / interval_ns;
	thread->rate_ns -= thread->weight * interval_ns;
	return true;
}

static __always_inline void wait_add(const struct wire_thread *thread, uint64_t runqueue_ns)
{
	bool even = !(*(volatile uint32_t *)&generation & 1);
	uint64_t blocked_ns = thread->wait_blocked_ns;
	struct wire_wait_key key = { .serial = thread->serial };
	struct wire_wait *wait, made;
	long err;

	key.place = thread->place.flags & WAIT_BEFORE ? thread->before : thread->place;
	/* Who is only preempted was not woken; it may have been about to sleep. */
	if (!wire_state_is_queued(key.place.state))
		key.waker_id = thread->waker_id;
	key.blocked_bucket = wire_bucket(blocked_ns);
	key.runqueue_bucket = wire_bucket(runqueue_ns);
	/* Each with its own map the calls are inlined. */
	wait = even ? bpf_map_lookup_elem(&waits_even, &key) :
		      bpf_map_lookup_elem(&waits_odd, &key);
	if (wait) {
		wait_sum(wait, thread, blocked_ns, runqueue_ns);
		return;
	}
	__builtin_memset(&made, 0, sizeof(made));
	wait_sum(&made, thread, blocked_ns, runqueue_ns);
	made.identity = thread->identity;
	err = even ? bpf_map_update_elem(&waits_even, &key, &made, BPF_NOEXIST) :
		     bpf_map_update_elem(&waits_odd, &key, &made, BPF_NOEXIST);
	if (err) {
		count(COUNT_WAITS_FULL);
		count_ns(COUNT_WAITS_FULL_NS, blocked_ns + runqueue_ns);
		return;
	}
	__sync_fetch_and_add(&n_entries, 1);
}

#endif
