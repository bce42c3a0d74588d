// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The collector fed with records as the BPF side would send them: order of
 * time, epochs, stacks that come late or never, and sums that stay exact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profiler/collector.h"
#include "report/profile_prune.h"
#include "symbolize/symbolizer.h"

enum { PID = 0x7f000000, MS = 1000000 };

struct world {
	struct profile profile;
	struct symbolizer *symbolizer;
	struct modules modules;
	struct timeline timeline;
	struct collector_options options;
	struct collector collector;
};

static int world_create(void **state)
{
	static const struct symbolizer_options no_kernel = { .kallsyms_path = "/dev/null" };
	struct world *world = calloc(1, sizeof(*world));
	struct profile_value_type types[2] = {};

	*state = world;
	if (!world || profile_init(&world->profile) ||
	    profile_intern(&world->profile, "samples", &types[0].type) ||
	    profile_intern(&world->profile, "cpu", &types[1].type) ||
	    profile_set_values(&world->profile, types, 2) ||
	    symbolizer_create(&no_kernel, &world->symbolizer) ||
	    modules_init(&world->modules, &world->profile))
		return -1;
	world->profile.slice_ns = 10 * MS;
	timeline_init(&world->timeline, &world->modules);
	return collector_init(&world->collector, &world->options, &world->profile,
			      &world->timeline);
}

static int world_destroy(void **state)
{
	struct world *world = *state;

	collector_deinit(&world->collector);
	timeline_deinit(&world->timeline);
	modules_deinit(&world->modules);
	symbolizer_destroy(world->symbolizer);
	profile_deinit(&world->profile);
	free(world);
	return 0;
}

static void send_stack(struct world *world, uint64_t id, uint32_t n, const uint64_t *addresses)
{
	struct {
		struct wire_header header;
		uint64_t id; /* as struct wire_stack */
		uint64_t addresses[64];
	} wire = { .header = { WIRE_USER_STACK, 16 + 8 * n }, .id = id };

	memcpy(wire.addresses, addresses, n * sizeof(*addresses));
	assert_int_equal(collector_record(&world->collector, &wire, sizeof(wire)), 0);
}

static void send_sample(struct world *world, uint64_t time_ns, uint64_t id)
{
	struct wire_sample wire = {
		.header = { WIRE_SAMPLE, sizeof(wire) },
		.time_ns = time_ns,
		.user_id = id,
		.start_ns = 1000000000,
		.weight = 1001001,
		.pid = PID,
		.tid = PID,
		.result = WIRE_WHOLE,
		.process = "proc",
		.comm = "thread",
	};

	assert_int_equal(collector_record(&world->collector, &wire, sizeof(wire)), 0);
}

static void send_mapping(struct world *world, uint64_t time_ns, const char *path, uint64_t inode)
{
	struct side_event event = {
		.kind = SIDE_MMAP,
		.pid = PID,
		.time_ns = time_ns,
		.start = 0x10000,
		.end = 0x20000,
		.file = { .path = strdup(path), .inode = inode },
	};

	assert_int_equal(vec_push(&collector_events(&world->collector)->items, event), 0);
}

static int apply(struct world *world, uint64_t until_ns)
{
	bool more = true;
	int err = 0;

	while (!err && more)
		err = collector_apply(&world->collector, until_ns, &more);
	return err;
}

/* Samples whose leaf lies in a module. */
static int64_t samples_in(struct world *world, const char *path)
{
	struct profile *profile = &world->profile;
	int64_t sum = 0;

	for (size_t i = 0; i < profile->samples.n; i++) {
		uint32_t stack = profile->samples.data[i].stack;
		uint32_t location = profile->stacks.data[stack].location;
		uint32_t module = profile->locations.data[location].module;

		if (!strcmp(strings_get(&profile->strings, profile->modules.data[module].path),
			    path))
			sum += profile->values.data[2 * i];
	}
	return sum;
}

/* The process has to be there before its first mapping; a sample does that. */
static void begin(struct world *world)
{
	send_stack(world, 1, 1, (const uint64_t[]){ 0x90000 });
	send_sample(world, 1, 1);
	assert_int_equal(apply(world, 2), 0);
}

static void the_same_address_in_two_libraries(void **state)
{
	struct world *world = *state;

	begin(world);
	send_stack(world, 2, 2, (const uint64_t[]){ 0x10010, 0x90000 });
	/* Records of one batch in the wrong order: only their times count. */
	for (int i = 0; i < 7; i++)
		send_sample(world, 300 + i, 2);
	send_mapping(world, 200, "/no/b", 2);
	for (int i = 0; i < 5; i++)
		send_sample(world, 120 + i, 2);
	send_mapping(world, 100, "/no/a", 1);
	assert_int_equal(apply(world, 1000), 0);
	assert_int_equal(samples_in(world, "/no/a"), 5);
	assert_int_equal(samples_in(world, "/no/b"), 7);
}

static void the_horizon_holds_back_what_is_later(void **state)
{
	struct world *world = *state;

	begin(world);
	send_stack(world, 2, 1, (const uint64_t[]){ 0x10010 });
	send_sample(world, 500, 2);
	assert_int_equal(apply(world, 400), 0);
	assert_int_equal(world->collector.counts.samples, 1);
	send_mapping(world, 450, "/no/late", 3); /* seen only after the sample */
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_int_equal(world->collector.counts.samples, 2);
	assert_int_equal(samples_in(world, "/no/late"), 1);
}

static void a_stack_may_come_after_its_sample(void **state)
{
	struct world *world = *state;

	begin(world);
	send_mapping(world, 50, "/no/a", 1);
	send_sample(world, 100, 2);
	send_sample(world, 101, 3);
	assert_int_equal(apply(world, 200), 0);
	assert_int_equal(world->collector.counts.samples, 1);
	send_stack(world, 2, 1, (const uint64_t[]){ 0x10010 });
	assert_int_equal(apply(world, 300), 0);
	assert_int_equal(world->collector.counts.samples, 2);
	assert_int_equal(samples_in(world, "/no/a"), 1);
	/* The other never comes: the sample counts all the same, and says what happened. */
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_int_equal(world->collector.counts.samples, 3);
	assert_int_equal(world->collector.counts.results[UNWIND_LOST], 1);
	assert_int_equal(world->collector.counts.value, 3 * 1001001);
}

/* Copies whose samples were lost fill all there is: they give way, or nothing would be drained any
 * more, and the end of the recording never be reached. */
static void copies_without_samples_do_not_stop_it(void **state)
{
	struct wire_copy wire = {
		.header = { WIRE_COPY, sizeof(wire) },
		.time_ns = 10,
		.n_pages = WIRE_MAX_COPY_PAGES,
	};
	struct world *world = *state;

	begin(world);
	while (!collector_is_full(&world->collector)) {
		wire.id++;
		assert_int_equal(collector_record(&world->collector, &wire, sizeof(wire)), 0);
	}
	/* Those that have only just come may still have theirs. */
	assert_int_equal(apply(world, 9), 0);
	assert_true(collector_is_full(&world->collector));
	assert_int_equal(apply(world, UINT64_MAX), 0);
	assert_false(collector_is_full(&world->collector));
}

static void no_sample_waits_for_ever(void **state)
{
	struct world *world = *state;

	begin(world);
	send_mapping(world, 50, "/no/a", 1);
	send_sample(world, 100, 2);
	assert_int_equal(apply(world, 4000000000), 0);
	assert_int_equal(world->collector.counts.samples, 1);
	assert_int_equal(apply(world, 6000000000), 0);
	assert_int_equal(world->collector.counts.samples, 2);
	assert_int_equal(world->collector.counts.results[UNWIND_LOST], 1);
	assert_int_equal(world->collector.orphans.n, 0);
}

static void rubbish_is_counted(void **state)
{
	struct world *world = *state;
	uint64_t rubbish[20] = { 0xffffffffffffffff };

	assert_int_equal(collector_record(&world->collector, rubbish, sizeof(rubbish)), 0);
	assert_int_equal(world->collector.counts.bad, 1);
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_int_equal(world->profile.samples.n, 0);
}

static void raw_stacks_are_bounded(void **state)
{
	struct addresses addresses;
	uint64_t stack[3] = { 1, 2, 3 }, back[3];

	(void)state;
	addresses_init(&addresses, 4, 3);
	assert_int_equal(addresses_add(&addresses, 10, stack, 3), 0);
	stack[0] = 4;
	assert_int_equal(addresses_add(&addresses, 11, stack, 3), 0); /* shares two nodes */
	stack[0] = 5;
	assert_int_equal(addresses_add(&addresses, 12, stack, 3), -ENOSPC);
	assert_int_equal(addresses_get(&addresses, 11, back, 3), 3);
	assert_int_equal(back[0], 4);
	assert_int_equal(back[2], 3);
	assert_int_equal(addresses_get(&addresses, 12, back, 3), 0);
	assert_int_equal(addresses.n_refused, 1);
	/* Nor are IDs kept without end, although these need no further node. */
	assert_int_equal(addresses_add(&addresses, 13, stack + 1, 2), 0);
	assert_int_equal(addresses_add(&addresses, 14, stack + 1, 2), -ENOSPC);
	assert_int_equal(addresses_add(&addresses, 13, stack + 1, 2), 0); /* there already */
	assert_int_equal(addresses.n_refused, 2);
	addresses_deinit(&addresses);
}

/* A hundred stacks, where only some have room: all samples count, the others say what happened. */
static void stacks_without_room_are_counted(void **state)
{
	struct world *world = *state;
	struct process *process;

	assert_int_equal(timeline_process(&world->timeline, PID, 1000000000, 0, false, &process),
			 0);
	world->collector.addresses.max_stacks = 60;
	send_mapping(world, 50, "/no/a", 1);
	for (uint64_t i = 0; i < 100; i++) {
		send_stack(world, 1 + i, 1, (const uint64_t[]){ 0x10010 + 16 * i });
		send_sample(world, 100 + i, 1 + i);
	}
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_int_equal(world->collector.counts.samples, 100);
	assert_int_equal(world->collector.counts.results[UNWIND_LOST], 40);
	assert_int_equal(world->collector.addresses.n_refused, 40);
	assert_int_equal(samples_in(world, "/no/a"), 60);
}

/* The profile has room for far fewer: each sample is there, under a stack that is cut short or not. */
static void too_many_stacks_are_cut_short(void **state)
{
	struct world *world = *state;
	struct prune_weights weights;
	struct process *process;
	int64_t total = 0;

	assert_int_equal(timeline_process(&world->timeline, PID, 1000000000, 0, false, &process),
			 0);
	world->collector.max_stacks = 60;
	send_mapping(world, 50, "/no/a", 1);
	for (uint64_t i = 0; i < 1000; i++) {
		send_stack(world, 1 + i, 2, (const uint64_t[]){ 0x10010 + 16 * (i % 500), 0x10008 });
		send_sample(world, 100 + i, 1 + i);
	}
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_true(world->profile.stacks.n <= 60);
	assert_true(world->collector.counts.prunes > 1);
	assert_int_equal(world->collector.counts.samples, 1000);
	assert_int_equal(world->collector.counts.results[UNWIND_WHOLE], 1000);
	assert_int_equal(world->collector.counts.stacks_full, 0);
	for (size_t i = 0; i < world->profile.samples.n; i++)
		total += world->profile.values.data[i * world->profile.n_values];
	assert_int_equal(total, 1000);
	profile_prune_weights(&world->profile, &weights);
	assert_true(weights.cut >= 940 && weights.cut < 1000);
	/* What only recording needs is given back, and the counts are still there. */
	collector_forget(&world->collector);
	assert_int_equal(world->collector.counts.samples, 1000);
}

/* What is remembered of them has room for five, and is found out again. */
static void what_is_remembered_is_bounded(void **state)
{
	struct world *world = *state;
	struct process *process;

	assert_int_equal(timeline_process(&world->timeline, PID, 1000000000, 0, false, &process),
			 0);
	world->collector.max_remembered = 5;
	send_mapping(world, 50, "/no/a", 1);
	for (uint64_t i = 0; i < 100; i++)
		send_stack(world, 1 + i, 1, (const uint64_t[]){ 0x10010 + 16 * i });
	for (uint64_t i = 0; i < 1000; i++)
		send_sample(world, 100 + i, 1 + i % 100);
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_int_equal(samples_in(world, "/no/a"), 1000);
	assert_int_equal(world->profile.locations.n, 100 + 1);
	assert_true(world->collector.user_stacks.n <= 5);
}

#define world_test(test) cmocka_unit_test_setup_teardown(test, world_create, world_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(the_same_address_in_two_libraries),
		world_test(the_horizon_holds_back_what_is_later),
		world_test(a_stack_may_come_after_its_sample),
		world_test(copies_without_samples_do_not_stop_it),
		world_test(no_sample_waits_for_ever),
		world_test(rubbish_is_counted),
		cmocka_unit_test(raw_stacks_are_bounded),
		world_test(stacks_without_room_are_counted),
		world_test(too_many_stacks_are_cut_short),
		world_test(what_is_remembered_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
