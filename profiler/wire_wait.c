// SPDX-License-Identifier: GPL-2.0-or-later
/* What the programs of bpf/switches.bpf.c leave in their maps and send is checked here. */
#include <errno.h>
#include <string.h>

#include "profiler/wire.h"

static int check_identity(const struct wire_identity *wire, struct checked_sample *ret)
{
	if (wire->pid <= 0 || wire->tid <= 0)
		return -EBADMSG;
	ret->start_ns = wire->start_ns;
	ret->exec_id = wire->exec_id;
	ret->pid = wire->pid;
	ret->tid = wire->tid;
	memcpy(ret->process, wire->process, WIRE_COMM - 1);
	memcpy(ret->comm, wire->comm, WIRE_COMM - 1);
	return 0;
}

static int check_place(const struct wire_place *wire, const struct wire_identity *identity,
		       struct checked_wait *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (wire->result >= WIRE_RESULTS || wire->state >= WIRE_STATES)
		return -EBADMSG;
	ret->of.kernel_id = wire->kernel_id;
	ret->of.user_id = wire->user_id;
	ret->of.copy_id = wire->copy_id;
	ret->of.result = wire_result(wire->result);
	ret->of.in_kernel = true;
	ret->of.untabled = wire->flags & WAIT_UNTABLED;
	ret->state = wire->state;
	ret->syscall = wire->syscall < 0 ? -1 : wire->syscall;
	ret->futex = wire->futex;
	ret->before = wire->flags & WAIT_BEFORE;
	ret->preempted = wire_state_is_queued(wire->state);
	return check_identity(identity, &ret->of);
}

int wire_check_wait(const struct wire_wait_key *key, const struct wire_wait *wire,
		    struct checked_wait *ret)
{
	int err = check_place(&key->place, &wire->identity, ret);

	if (err)
		return err;
	ret->of.time_ns = wire->last_ns;
	ret->back_ns = wire->back_ns;
	ret->n_waits = ret->preempted ? 0 : wire->n;
	ret->blocked_ns = wire->blocked_ns;
	ret->blocked_longest_ns = wire->blocked_longest_ns;
	ret->blocked_bucket = key->blocked_bucket;
	ret->n_queued = wire->n;
	ret->runqueue_ns = wire->runqueue_ns;
	ret->runqueue_longest_ns = wire->runqueue_longest_ns;
	ret->runqueue_bucket = key->runqueue_bucket;
	return 0;
}

int wire_check_waker(const void *data, size_t size, struct checked_sample *ret, bool *ret_interrupt)
{
	const struct wire_waker *wire = data;
	int err = 0;

	if (size < sizeof(*wire) || wire->header.size != sizeof(*wire) || !wire->id ||
	    wire->result >= WIRE_RESULTS)
		return -EBADMSG;
	memset(ret, 0, sizeof(*ret));
	*ret_interrupt = wire->interrupt;
	/* An interrupt is nobody's; nor is what is outside of flametap's pid namespace. */
	if (wire->identity.pid || wire->identity.tid)
		err = check_identity(&wire->identity, ret);
	ret->time_ns = wire->time_ns;
	ret->kernel_id = wire->kernel_id;
	ret->user_id = wire->user_id;
	ret->result = wire_result(wire->result);
	ret->in_kernel = true;
	ret->untabled = wire->untabled;
	return err;
}

/* The kernel's sums: ours, and what it has more. */
static void check_account(const struct wire_account *wire, struct checked_ledger *ret)
{
	int64_t on_ns = (int64_t)(ret->on_ns + (uint64_t)wire->on_more_ns);
	int64_t runqueue_ns = (int64_t)(ret->runqueue_ns + (uint64_t)wire->runqueue_more_ns);

	ret->kernel_known = wire->known;
	ret->taken_ns = wire->taken_ns < ret->on_ns ? wire->taken_ns : ret->on_ns;
	ret->asleep_ns = wire->asleep_ns;
	ret->kernel_on_ns = on_ns > 0 ? on_ns : 0;
	ret->kernel_runqueue_ns = runqueue_ns > 0 ? runqueue_ns : 0;
}

static int check_names(const struct wire_identity *wire, struct checked_ledger *ret)
{
	struct checked_sample sample = {};
	int err = check_identity(wire, &sample);

	ret->pid = sample.pid;
	ret->tid = sample.tid;
	ret->start_ns = sample.start_ns;
	memcpy(ret->process, sample.process, WIRE_COMM);
	memcpy(ret->comm, sample.comm, WIRE_COMM);
	return err;
}

int wire_check_ledger(const void *data, size_t size, struct checked_ledger *ret)
{
	const struct wire_ledger *wire = data;

	if (size < sizeof(*wire) || wire->header.size != sizeof(*wire))
		return -EBADMSG;
	*ret = (struct checked_ledger){
		.from_ns = wire->from_ns,
		.until_ns = wire->until_ns,
		.on_ns = wire->on_ns,
		.blocked_ns = wire->blocked_ns,
		.runqueue_ns = wire->runqueue_ns,
		.n_voluntary = wire->n_voluntary,
		.n_involuntary = wire->n_involuntary,
		.ended = true,
	};
	check_account(&wire->account, ret);
	return check_names(&wire->identity, ret);
}

int wire_check_thread(const struct wire_thread *wire, uint64_t end_ns, struct checked_ledger *ret)
{
	uint64_t until_ns = wire->ended || wire->since_ns > end_ns ? wire->since_ns : end_ns;
	uint64_t elapsed_ns = until_ns - wire->since_ns;

	*ret = (struct checked_ledger){
		.from_ns = wire->from_ns,
		.until_ns = until_ns,
		.on_ns = wire->on_ns + (wire->doing == DOING_RUN ? elapsed_ns : 0),
		.blocked_ns = wire->blocked_ns + (wire->doing == DOING_BLOCK ? elapsed_ns : 0),
		.runqueue_ns = wire->runqueue_ns + (wire->doing == DOING_QUEUE ? elapsed_ns : 0),
		.n_voluntary = wire->n_voluntary,
		.n_involuntary = wire->n_involuntary,
		.ended = wire->ended,
	};
	check_account(&wire->account, ret);
	return check_names(&wire->identity, ret);
}

int wire_check_open(const struct wire_thread *wire, uint64_t end_ns, struct checked_wait *ret)
{
	bool before = wire->place.flags & WAIT_BEFORE;
	uint64_t elapsed_ns = end_ns > wire->since_ns ? end_ns - wire->since_ns : 0;
	int err;

	if (wire->ended || (wire->doing != DOING_BLOCK && wire->doing != DOING_QUEUE))
		return -ENOENT;
	err = check_place(before ? &wire->before : &wire->place, &wire->identity, ret);
	if (err)
		return err;
	ret->before = before;
	ret->of.time_ns = wire->out_ns;
	ret->back_ns = end_ns;
	ret->open = true;
	ret->n_waits = !ret->preempted;
	ret->n_queued = wire->doing == DOING_QUEUE;
	ret->blocked_ns = ret->n_queued ? wire->wait_blocked_ns : elapsed_ns;
	ret->runqueue_ns = ret->n_queued ? elapsed_ns : 0;
	ret->blocked_longest_ns = ret->blocked_ns;
	ret->runqueue_longest_ns = ret->runqueue_ns;
	ret->blocked_bucket = wire_bucket(ret->blocked_ns);
	ret->runqueue_bucket = wire_bucket(ret->runqueue_ns);
	return 0;
}
