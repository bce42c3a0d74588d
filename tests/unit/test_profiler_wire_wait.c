// SPDX-License-Identifier: GPL-2.0-or-later
/* Waits and ledgers as the BPF programs leave them: states, edges of the recording, sums that close. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "profiler/wire.h"

enum { END_NS = 10000 };

static struct wire_identity identity(void)
{
	struct wire_identity names = { .start_ns = 3, .exec_id = 4, .pid = 10, .tid = 11 };

	memset(names.process, 'p', sizeof(names.process));
	memset(names.comm, 'c', sizeof(names.comm));
	return names;
}

static struct wire_place place(uint8_t state)
{
	return (struct wire_place){
		.user_id = 1, .kernel_id = 2, .futex = 5, .syscall = 202, .state = state,
	};
}

/* Blocked since 7000, after 1000 ns on a CPU, 2000 blocked and 3000 in a run queue. */
static struct wire_thread blocked_thread(void)
{
	return (struct wire_thread){
		.from_ns = 1000,
		.since_ns = 7000,
		.on_ns = 1000,
		.blocked_ns = 2000,
		.runqueue_ns = 3000,
		.out_ns = 7000,
		.place = place(WIRE_STATE_SLEEPING),
		.before = place(WIRE_STATE_DISK),
		.identity = identity(),
		.doing = DOING_BLOCK,
	};
}

static void waits_are_checked(void **state)
{
	struct wire_wait_key key = { .place = place(WIRE_STATE_SLEEPING), .blocked_bucket = 9,
				     .runqueue_bucket = 1 };
	struct wire_wait wire = { .n = 3, .blocked_ns = 50, .blocked_longest_ns = 20,
				  .runqueue_ns = 6, .runqueue_longest_ns = 4, .last_ns = 77, .back_ns = 99,
				  .identity = identity() };
	struct checked_wait wait;

	(void)state;
	assert_int_equal(wire_check_wait(&key, &wire, &wait), 0);
	assert_int_equal(wait.n_waits, 3);
	assert_int_equal(wait.n_queued, 3);
	assert_int_equal(wait.blocked_ns, 50);
	assert_int_equal(wait.runqueue_longest_ns, 4);
	assert_int_equal(wait.of.time_ns, 77);
	assert_int_equal(wait.back_ns, 99);
	assert_int_equal(wait.of.tid, 11);
	assert_int_equal(strlen(wait.of.comm), WIRE_COMM - 1);
	assert_int_equal(wait.futex, 5);
	assert_false(wait.before || wait.open || wait.preempted);
	key.place.state = WIRE_STATE_RUNNABLE;
	assert_int_equal(wire_check_wait(&key, &wire, &wait), 0);
	assert_true(wait.preempted);
	assert_int_equal(wait.n_waits, 0);
	assert_int_equal(wait.n_queued, 3);
	key.place.state = WIRE_STATES;
	assert_int_equal(wire_check_wait(&key, &wire, &wait), -EBADMSG);
	key.place.state = WIRE_STATE_IDLE;
	key.place.result = WIRE_RESULTS;
	assert_int_equal(wire_check_wait(&key, &wire, &wait), -EBADMSG);
	key.place.result = WIRE_WHOLE;
	wire.identity.tid = 0;
	assert_int_equal(wire_check_wait(&key, &wire, &wait), -EBADMSG);
}

static void what_is_open_is_counted_to_the_end(void **state)
{
	struct wire_thread thread = blocked_thread();
	struct checked_wait wait;

	(void)state;
	assert_int_equal(wire_check_open(&thread, END_NS, &wait), 0);
	assert_true(wait.open);
	assert_false(wait.before);
	assert_int_equal(wait.state, WIRE_STATE_SLEEPING);
	assert_int_equal(wait.n_waits, 1);
	assert_int_equal(wait.n_queued, 0);
	assert_int_equal(wait.blocked_ns, END_NS - 7000);
	assert_int_equal(wait.runqueue_ns, 0);
	thread.place.flags = WAIT_BEFORE;
	assert_int_equal(wire_check_open(&thread, END_NS, &wait), 0);
	assert_true(wait.before);
	assert_int_equal(wait.state, WIRE_STATE_DISK);
	/* Woken, and not on a CPU yet. */
	thread.doing = DOING_QUEUE;
	thread.wait_blocked_ns = 400;
	assert_int_equal(wire_check_open(&thread, END_NS, &wait), 0);
	assert_int_equal(wait.blocked_ns, 400);
	assert_int_equal(wait.n_queued, 1);
	assert_int_equal(wait.runqueue_ns, END_NS - 7000);
	thread.doing = DOING_RUN;
	assert_int_equal(wire_check_open(&thread, END_NS, &wait), -ENOENT);
	thread.doing = 77;
	assert_int_equal(wire_check_open(&thread, END_NS, &wait), -ENOENT);
}

static uint64_t lived(const struct checked_ledger *ledger)
{
	return ledger->on_ns + ledger->blocked_ns + ledger->runqueue_ns;
}

static void ledgers_close(void **state)
{
	static const uint32_t doing[] = { DOING_RUN, DOING_BLOCK, DOING_QUEUE };
	struct wire_thread thread = blocked_thread();
	struct checked_ledger ledger;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		thread.doing = doing[i];
		assert_int_equal(wire_check_thread(&thread, END_NS, &ledger), 0);
		assert_int_equal(ledger.until_ns, END_NS);
		assert_int_equal(lived(&ledger), ledger.until_ns - ledger.from_ns);
		assert_false(ledger.ended);
	}
	/* An event may have been counted a moment behind the end. */
	assert_int_equal(wire_check_thread(&thread, 6900, &ledger), 0);
	assert_int_equal(lived(&ledger), ledger.until_ns - ledger.from_ns);
	thread.ended = true;
	assert_int_equal(wire_check_thread(&thread, END_NS, &ledger), 0);
	assert_true(ledger.ended);
	assert_int_equal(ledger.until_ns, 7000);
	assert_int_equal(lived(&ledger), 6000);
	thread.identity.pid = -1;
	assert_int_equal(wire_check_thread(&thread, END_NS, &ledger), -EBADMSG);
}

static void ledgers_of_ended_threads_are_checked(void **state)
{
	struct wire_ledger wire = {
		.header = { WIRE_LEDGER, sizeof(wire) },
		.until_ns = 9000,
		.from_ns = 1000,
		.on_ns = 5000,
		.blocked_ns = 2000,
		.runqueue_ns = 1000,
		.account = { .on_more_ns = -100, .runqueue_more_ns = 30, .taken_ns = 7 },
		.identity = identity(),
	};
	struct checked_ledger ledger;

	(void)state;
	assert_int_equal(wire_check_ledger(&wire, sizeof(wire), &ledger), 0);
	assert_true(ledger.ended);
	assert_int_equal(lived(&ledger), 8000);
	assert_int_equal(ledger.kernel_on_ns, 4900);
	assert_int_equal(ledger.taken_ns, 7);
	assert_int_equal(ledger.kernel_runqueue_ns, 1030);
	assert_int_equal(wire_check_ledger(&wire, sizeof(wire) - 8, &ledger), -EBADMSG);
	wire.account.on_more_ns = -6000;
	assert_int_equal(wire_check_ledger(&wire, sizeof(wire), &ledger), 0);
	assert_int_equal(ledger.kernel_on_ns, 0);
	wire.header.size = 8;
	assert_int_equal(wire_check_ledger(&wire, sizeof(wire), &ledger), -EBADMSG);
}

static void wakers_are_checked(void **state)
{
	struct wire_waker wire = {
		.header = { WIRE_WAKER, sizeof(wire) },
		.id = 9,
		.kernel_id = 2,
		.identity = identity(),
	};
	struct checked_sample waker;
	bool interrupt;

	(void)state;
	assert_int_equal(wire_check_waker(&wire, sizeof(wire), &waker, &interrupt), 0);
	assert_int_equal(waker.pid, 10);
	assert_false(interrupt);
	/* An interrupt is nobody's. */
	memset(&wire.identity, 0, sizeof(wire.identity));
	wire.interrupt = 1;
	assert_int_equal(wire_check_waker(&wire, sizeof(wire), &waker, &interrupt), 0);
	assert_int_equal(waker.pid, 0);
	assert_true(interrupt);
	wire.identity.pid = 5;
	assert_int_equal(wire_check_waker(&wire, sizeof(wire), &waker, &interrupt), -EBADMSG);
	wire.identity.pid = 0;
	wire.id = 0;
	assert_int_equal(wire_check_waker(&wire, sizeof(wire), &waker, &interrupt), -EBADMSG);
	wire.id = 9;
	assert_int_equal(wire_check_waker(&wire, sizeof(wire) - 1, &waker, &interrupt), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_are_checked),
		cmocka_unit_test(what_is_open_is_counted_to_the_end),
		cmocka_unit_test(ledgers_close),
		cmocka_unit_test(ledgers_of_ended_threads_are_checked),
		cmocka_unit_test(wakers_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
