// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits handed to the collector as the kernel side hands them over: what their
 * phases come to in the profile, stacks that come late, chains with the waker,
 * frames of the tracing, and what the held child of a command waits for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/collector.h"
#include "profiler/kernel_cut.h"
#include "profiler/quality.h"
#include "profiler/record_values.h"
#include "profiler/syscall_names.h"
#include "report/wait_class.h"
#include "report/wakers.h"
#include "symbolize/symbolizer.h"

enum { PID = 0x7f000000, WAKER = 0x7f000001, MS = 1000000 };

/* As addresses of kernel functions; the second column of kallsyms is what it is. */
static const char symbols[] = "ffffffff81000000 T _stext\n"
			      "ffffffff81001000 T do_wait\n"
			      "ffffffff81002000 T schedule\n"
			      "ffffffff81003000 t __schedule\n"
			      "ffffffff81004000 T __traceiter_sched_switch\n"
			      "ffffffff81005000 T bpf_trace_run4\n"
			      "ffffffff81006000 T try_to_wake_up\n"
			      "ffffffff81007000 T asm_sysvec_apic_timer_interrupt\n"
			      "ffffffff81008000 T cpu_idle\n"
			      "ffffffff81009000 T _etext\n"
			      "ffffffffc0001000 t bpf_prog_0123456789abcdef_on_switch\t[bpf]\n"
			      "ffffffffc0002000 t bpf_prog_end\t[bpf]\n";
static const uint64_t DO_WAIT = 0xffffffff81001010, SCHEDULE = 0xffffffff81002010,
		      SCHEDULE_INNER = 0xffffffff81003010, ITERATE = 0xffffffff81004010,
		      TRACE_RUN = 0xffffffff81005010, WAKE = 0xffffffff81006010,
		      INTERRUPT = 0xffffffff81007010, IDLE = 0xffffffff81008010,
		      PROGRAM = 0xffffffffc0001010;

struct world {
	struct profile profile;
	struct symbolizer *symbolizer;
	struct modules modules;
	struct timeline timeline;
	struct collector_options options;
	struct collector collector;
	struct kernel_cut cut;
};

static int world_create(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	char path[] = "/tmp/flametap-kallsyms-XXXXXX";
	const struct symbolizer_options options = { .kallsyms_path = path };
	int fd = mkstemp(path), err;

	*state = world;
	if (!world || fd < 0 || write(fd, symbols, strlen(symbols)) < 0 ||
	    profile_init(&world->profile) ||
	    record_values_declare(&world->profile, RECORD_OFFCPU, NULL, NULL) ||
	    symbolizer_create(&options, &world->symbolizer) ||
	    modules_init(&world->modules, &world->profile))
		return -1;
	err = symbolizer_load_kernel(world->symbolizer);
	close(fd);
	unlink(path);
	if (err)
		return err;
	kernel_cut_init(&world->cut, world->symbolizer);
	timeline_init(&world->timeline, &world->modules);
	world->options.mode = RECORD_OFFCPU;
	world->options.cut = &world->cut;
	return collector_init(&world->collector, &world->options, &world->profile,
			      &world->timeline);
}

static int world_destroy(void **state)
{
	struct world *world = *state;

	collector_deinit(&world->collector);
	kernel_cut_deinit(&world->cut);
	timeline_deinit(&world->timeline);
	modules_deinit(&world->modules);
	symbolizer_destroy(world->symbolizer);
	profile_deinit(&world->profile);
	free(world);
	return 0;
}

static void send_stack(struct world *world, enum wire_type type, uint64_t id, uint32_t n,
		       const uint64_t *addresses)
{
	struct {
		struct wire_header header;
		uint64_t id; /* as struct wire_stack */
		uint64_t addresses[64];
	} wire = { .header = { type, 16 + 8 * n }, .id = id };

	memcpy(wire.addresses, addresses, n * sizeof(*addresses));
	assert_int_equal(collector_record(&world->collector, &wire, sizeof(wire)), 0);
}

static struct checked_sample sample_of(pid_t pid, uint64_t time_ns, uint64_t user_id,
				       uint64_t kernel_id)
{
	return (struct checked_sample){
		.time_ns = time_ns,
		.user_id = user_id,
		.kernel_id = kernel_id,
		.start_ns = 1000000000,
		.exec_id = 1,
		.pid = pid,
		.tid = pid,
		.result = UNWIND_WHOLE,
		.in_kernel = true,
		.process = "proc",
		.comm = "thread",
	};
}

/* Three waits for a futex of 2 ms, each then 1 ms on the run queue. */
static struct checked_wait wait_of(uint64_t time_ns, uint64_t user_id, uint64_t kernel_id)
{
	return (struct checked_wait){
		.of = sample_of(PID, time_ns, user_id, kernel_id),
		.n_waits = 3,
		.blocked_ns = 6 * MS,
		.blocked_longest_ns = 3 * MS,
		.n_queued = 3,
		.runqueue_ns = 3 * MS,
		.runqueue_longest_ns = 2 * MS,
		.blocked_bucket = 70,
		.runqueue_bucket = 60,
		.state = WIRE_STATE_SLEEPING,
		.syscall = 202,
		.futex = 0xabc0,
	};
}

static int apply(struct world *world, uint64_t until_ns)
{
	bool more = true;
	int err = 0;

	while (!err && more)
		err = collector_apply(&world->collector, until_ns, &more);
	return err;
}

static const char *text(const struct world *world, uint32_t string)
{
	return strings_get(&world->profile.strings, string);
}

/* The phase of the one kind that there is one of. */
static const struct profile_sample *phase(const struct world *world, bool runqueue, int64_t **values)
{
	const struct profile_sample *found = NULL;

	for (size_t i = 0; i < world->profile.samples.n; i++) {
		const struct profile_sample *sample = &world->profile.samples.data[i];

		if (!(sample->flags & SAMPLE_RUNQUEUE) == runqueue)
			continue;
		assert_null(found);
		found = sample;
		*values = &world->profile.values.data[i * world->profile.n_values];
	}
	assert_non_null(found);
	return found;
}

static const char *outermost_module(const struct world *world, const struct profile_sample *sample)
{
	const struct profile *profile = &world->profile;
	uint32_t stack = sample->stack;

	while (profile->stacks.data[stack].parent)
		stack = profile->stacks.data[stack].parent;
	return text(world,
		    profile->modules.data[profile->locations.data[profile->stacks.data[stack]
									  .location]
						  .module]
			    .path);
}

static void phases_are_samples_of_their_own(void **state)
{
	struct world *world = *state;
	struct checked_wait wait = wait_of(100 * MS, 2, 3);
	const struct profile_sample *blocked, *queued;
	const struct profile_wait *item;
	int64_t *values;

	send_stack(world, WIRE_USER_STACK, 2, 1, (const uint64_t[]){ 0x90000 });
	send_stack(world, WIRE_KERNEL_STACK, 3, 1, &DO_WAIT);
	assert_int_equal(collector_wait(&world->collector, &wait), 0);
	assert_int_equal(apply(world, 200 * MS), 0);
	assert_int_equal(world->profile.samples.n, 2);
	blocked = phase(world, false, &values);
	assert_memory_equal(values, ((int64_t[]){ 6 * MS, 6 * MS, 0, 3, 0 }), 5 * sizeof(*values));
	assert_int_equal(blocked->bucket, 70);
	assert_int_equal(blocked->flags, 0);
	assert_int_equal(blocked->wait_class, WAIT_UNKNOWN);
	assert_int_equal(blocked->slice, 10);
	assert_int_equal(profile_longest_ns(&world->profile, blocked - world->profile.samples.data),
			 3 * MS);
	item = &world->profile.waits.data[blocked->wait];
	assert_string_equal(text(world, item->state), "S");
	assert_string_equal(text(world, item->syscall), "futex");
	assert_int_equal(item->object, 0xabc0);
	queued = phase(world, true, &values);
	assert_memory_equal(values, ((int64_t[]){ 3 * MS, 0, 3 * MS, 0, 3 }), 5 * sizeof(*values));
	assert_int_equal(queued->bucket, 60);
	assert_int_equal(queued->stack, blocked->stack);
	assert_int_equal(queued->wait, blocked->wait);
	assert_int_equal(world->collector.counts.waits.n, 3);
	assert_int_equal(world->collector.counts.waits.results[UNWIND_WHOLE], 3);
	assert_int_equal(world->collector.counts.samples, 0);
}

/* What had begun before is the first phase, what is not over the last one. */
static void edges_are_marked(void **state)
{
	struct world *world = *state;
	struct checked_wait wait = wait_of(100, 2, 3);
	int64_t *values;

	send_stack(world, WIRE_USER_STACK, 2, 1, (const uint64_t[]){ 0x90000 });
	send_stack(world, WIRE_KERNEL_STACK, 3, 1, &DO_WAIT);
	wait.before = wait.open = true;
	assert_int_equal(collector_wait(&world->collector, &wait), 0);
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_int_equal(phase(world, false, &values)->flags, SAMPLE_BEFORE);
	assert_int_equal(phase(world, true, &values)->flags, SAMPLE_RUNQUEUE | SAMPLE_OPEN);
}

static void a_thread_that_stays_blocked_has_one_phase(void **state)
{
	struct world *world = *state;
	struct checked_wait wait = wait_of(100, 2, 3);
	int64_t *values;

	send_stack(world, WIRE_USER_STACK, 2, 1, (const uint64_t[]){ 0x90000 });
	send_stack(world, WIRE_KERNEL_STACK, 3, 1, &DO_WAIT);
	wait.before = wait.open = true;
	wait.n_waits = 1;
	wait.n_queued = wait.runqueue_ns = 0;
	assert_int_equal(collector_wait(&world->collector, &wait), 0);
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_int_equal(world->profile.samples.n, 1);
	assert_int_equal(phase(world, false, &values)->flags, SAMPLE_BEFORE | SAMPLE_OPEN);
}

static void a_preempted_thread_only_queues(void **state)
{
	struct world *world = *state;
	struct checked_wait wait = wait_of(100, 2, 3);
	int64_t *values;

	send_stack(world, WIRE_USER_STACK, 2, 1, (const uint64_t[]){ 0x90000 });
	send_stack(world, WIRE_KERNEL_STACK, 3, 1, &DO_WAIT);
	wait.preempted = wait.before = true;
	wait.state = WIRE_STATE_RUNNABLE;
	wait.n_waits = wait.blocked_ns = 0;
	wait.syscall = -1;
	wait.futex = 0;
	assert_int_equal(collector_wait(&world->collector, &wait), 0);
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_int_equal(world->profile.samples.n, 1);
	assert_int_equal(phase(world, true, &values)->flags, SAMPLE_RUNQUEUE | SAMPLE_BEFORE);
	assert_int_equal(world->collector.counts.waits.n, 3);
}

/* Names of the locations of a stack, leaf first; those of the kernel by their addresses. */
static void assert_stack(const struct world *world, uint32_t stack, const char *expected)
{
	const struct profile *profile = &world->profile;
	char found[512] = "";

	for (; stack; stack = profile->stacks.data[stack].parent) {
		uint32_t number = profile->stacks.data[stack].location;
		const struct profile_location *location = &profile->locations.data[number];
		const struct idmap *kernel = &world->collector.locations.kernel;
		size_t used = strlen(found);

		if (location->n_frames)
			snprintf(found + used, sizeof(found) - used, "%s ",
				 text(world, profile->functions
					      .data[profile->frames.data[location->first_frame]
							    .function]
					      .name));
		for (size_t i = 0; !location->n_frames && i < kernel->cap; i++)
			if (kernel->slots[i].value == number + 1)
				snprintf(found + used, sizeof(found) - used, "%llx ",
					 (unsigned long long)kernel->slots[i].key & 0xff000);
	}
	assert_string_equal(found, expected);
}

static void the_tracing_is_cut_off(void **state)
{
	struct world *world = *state;
	struct checked_wait wait = wait_of(100, 2, 3);
	int64_t *values;

	send_stack(world, WIRE_USER_STACK, 2, 1, (const uint64_t[]){ 0x90000 });
	send_stack(world, WIRE_KERNEL_STACK, 3, 6,
		   (const uint64_t[]){ PROGRAM, TRACE_RUN, ITERATE, SCHEDULE_INNER, SCHEDULE, DO_WAIT });
	assert_int_equal(collector_wait(&world->collector, &wait), 0);
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_stack(world, phase(world, false, &values)->stack, "1000 [unmapped] ");
}

static void frames_that_are_cut(void **state)
{
	struct world *world = *state;
	const uint64_t listed[] = { DO_WAIT, IDLE }, own[] = { PROGRAM, TRACE_RUN, DO_WAIT },
		       all[] = { PROGRAM, SCHEDULE_INNER, SCHEDULE },
		       woken[] = { PROGRAM, TRACE_RUN, WAKE, INTERRUPT, IDLE };
	uint32_t n;

	assert_int_equal(kernel_cut_wait(&world->cut, listed, 2), 0);
	assert_int_equal(kernel_cut_wait(&world->cut, own, 3), 2);
	assert_int_equal(kernel_cut_wait(&world->cut, all, 3), 2);
	assert_int_equal(kernel_cut_wait(&world->cut, all, 0), 0);
	assert_int_equal(kernel_cut_waker(&world->cut, woken, 5, false, &n), 2);
	assert_int_equal(n, 3);
	assert_int_equal(kernel_cut_waker(&world->cut, woken, 5, true, &n), 2);
	assert_int_equal(n, 2);
	assert_int_equal(kernel_cut_waker(&world->cut, woken, 3, true, &n), 2);
	assert_int_equal(n, 1);
}

static void the_waker_stands_on_its_head(void **state)
{
	struct world *world = *state;
	struct checked_wait wait = wait_of(100, 2, 3);
	int64_t *values;

	wait.waker = sample_of(WAKER, 110, 4, 5);
	strcpy(wait.waker.comm, "waker");
	send_stack(world, WIRE_USER_STACK, 2, 1, (const uint64_t[]){ 0x90000 });
	send_stack(world, WIRE_KERNEL_STACK, 3, 1, &DO_WAIT);
	send_stack(world, WIRE_USER_STACK, 4, 1, (const uint64_t[]){ 0x90000 });
	send_stack(world, WIRE_KERNEL_STACK, 5, 4,
		   (const uint64_t[]){ PROGRAM, TRACE_RUN, WAKE, DO_WAIT });
	assert_int_equal(collector_wait(&world->collector, &wait), 0);
	assert_int_equal(collector_finish(&world->collector), 0);
	/* From the waker's name at the leaf to what it was called by, and then the waiter. */
	assert_stack(world, phase(world, false, &values)->stack,
		     "waker [unmapped] 1000 6000 -- 1000 [unmapped] ");
	assert_int_equal(phase(world, true, &values)->stack, phase(world, false, &values)->stack);
}

static void who_is_interrupted_is_not_to_blame(void **state)
{
	struct world *world = *state;
	struct checked_wait wait = wait_of(100, 2, 3);
	int64_t *values;

	/* As wire_check_waker() has it. */
	wait.waker = (struct checked_sample){ .kernel_id = 5, .in_kernel = true };
	wait.waker_interrupt = true;
	send_stack(world, WIRE_USER_STACK, 2, 1, (const uint64_t[]){ 0x90000 });
	send_stack(world, WIRE_KERNEL_STACK, 3, 1, &DO_WAIT);
	send_stack(world, WIRE_KERNEL_STACK, 5, 5,
		   (const uint64_t[]){ PROGRAM, TRACE_RUN, WAKE, INTERRUPT, IDLE });
	assert_int_equal(collector_wait(&world->collector, &wait), 0);
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_stack(world, phase(world, false, &values)->stack,
		     "[interrupt] 7000 6000 -- 1000 [unmapped] ");
}

static uint32_t inlined(struct profile *profile, uint64_t offset, const char *inner,
			const char *outer)
{
	struct profile_function function = {};
	struct profile_frame frames[2] = {};
	uint32_t module = 0, location;
	struct profile_module item = { .kind = MODULE_USER };

	assert_int_equal(profile_intern(profile, "/no/module", &item.path), 0);
	assert_int_equal(profile_intern_module(profile, &item, &module), 0);
	assert_int_equal(profile_intern(profile, inner, &function.name), 0);
	assert_int_equal(profile_intern_function(profile, &function, &frames[0].function), 0);
	assert_int_equal(profile_intern(profile, outer, &function.name), 0);
	assert_int_equal(profile_intern_function(profile, &function, &frames[1].function), 0);
	assert_int_equal(profile_intern_location(profile, module, offset, frames, 2, &location), 0);
	return location;
}

static const char *innermost(const struct world *world, uint32_t stack)
{
	const struct profile *profile = &world->profile;
	const struct profile_location *location =
		&profile->locations.data[profile->stacks.data[stack].location];

	return text(world, profile->functions
				   .data[profile->frames.data[location->first_frame].function]
				   .name);
}

/* The same code waits and wakes: what is inlined in it is upside down where the stack is. */
static void what_is_inlined_is_turned_with_the_waker(void **state)
{
	struct world *world = *state;
	struct profile *profile = &world->profile;
	uint32_t code = inlined(profile, 16, "inner", "outer"), mark, waiter, middle, waker;

	assert_int_equal(wakers_intern_name(profile, WAKERS_MARK, &mark), 0);
	assert_int_equal(profile_intern_stack(profile, 0, code, &waiter), 0);
	assert_int_equal(profile_intern_stack(profile, waiter, mark, &middle), 0);
	assert_int_equal(profile_intern_stack(profile, middle, code, &waker), 0);
	assert_int_equal(wakers_turn(profile, NULL), 0);
	assert_string_equal(innermost(world, waiter), "inner");
	assert_string_equal(innermost(world, middle), WAKERS_MARK);
	assert_string_equal(innermost(world, waker), "outer");
	assert_int_equal(profile->locations.data[profile->stacks.data[waker].location].n_frames, 2);
}

/* Of two locations one has its name from a file, turned; the other is given its name now. */
static void what_has_just_been_named_is_turned(void **state)
{
	struct world *world = *state;
	struct profile *profile = &world->profile;
	uint32_t named = inlined(profile, 16, "first", "second"), mark, later, stacks[2];
	guard_free uint8_t *unnamed = NULL;

	assert_int_equal(profile_intern_location(profile, profile->locations.data[named].module, 32,
						 NULL, 0, &later), 0);
	unnamed = wakers_find_unnamed(profile);
	assert_non_null(unnamed);
	assert_int_equal(inlined(profile, 32, "inner", "outer"), later);
	assert_int_equal(wakers_intern_name(profile, WAKERS_MARK, &mark), 0);
	assert_int_equal(profile_intern_stack(profile, 0, mark, &stacks[0]), 0);
	assert_int_equal(profile_intern_stack(profile, stacks[0], named, &stacks[0]), 0);
	assert_int_equal(profile_intern_stack(profile, stacks[0], later, &stacks[1]), 0);
	assert_int_equal(wakers_turn(profile, unnamed), 0);
	assert_string_equal(innermost(world, stacks[0]), "first");
	assert_string_equal(innermost(world, stacks[1]), "outer");
}

/* Of the waiter and of the waker alike: what never comes is missing, and the time is not. */
static void stacks_may_come_later_or_never(void **state)
{
	struct world *world = *state;
	struct checked_wait late = wait_of(100, 2, 3), never = wait_of(101, 7, 3);
	struct checked_wait unknown = wait_of(102, 2, 3);
	int64_t sum = 0;

	late.waker = sample_of(WAKER, 110, 4, 5);
	unknown.waker = sample_of(WAKER, 110, 8, 9);
	send_stack(world, WIRE_USER_STACK, 2, 1, (const uint64_t[]){ 0x90000 });
	assert_int_equal(collector_wait(&world->collector, &late), 0);
	assert_int_equal(collector_wait(&world->collector, &never), 0);
	assert_int_equal(collector_wait(&world->collector, &unknown), 0);
	assert_int_equal(apply(world, 200), 0);
	assert_int_equal(world->profile.samples.n, 0);
	assert_int_equal(world->collector.waiting_orphans.n, 3);
	send_stack(world, WIRE_KERNEL_STACK, 3, 1, &DO_WAIT);
	assert_int_equal(apply(world, 300), 0);
	assert_int_equal(world->collector.waiting_orphans.n, 3);
	send_stack(world, WIRE_USER_STACK, 4, 1, (const uint64_t[]){ 0x90000 });
	send_stack(world, WIRE_KERNEL_STACK, 5, 1, &WAKE);
	assert_int_equal(apply(world, 400), 0);
	assert_int_equal(world->collector.waiting_orphans.n, 2);
	/* One has been waited for long enough after a while, however long it waited itself. */
	assert_int_equal(apply(world, 400 + 5001ULL * MS), 0);
	assert_int_equal(apply(world, 401 + 5001ULL * MS), 0);
	assert_int_equal(world->collector.waiting_orphans.n, 0);
	assert_int_equal(world->collector.counts.waits.n, 9);
	assert_int_equal(world->collector.counts.waits.results[UNWIND_LOST], 3);
	for (size_t i = 0; i < world->profile.samples.n; i++)
		sum += world->profile.values.data[i * world->profile.n_values];
	assert_int_equal(sum, 3 * 9 * MS);
}

/* A command's child is flametap's own until its exec, whose exec id a record tells. */
static void what_is_held_is_left_out(void **state)
{
	struct world *world = *state;
	struct checked_wait held = wait_of(100, 2, 3), own = wait_of(300, 2, 3);
	const struct wire_exec exec = {
		.header = { WIRE_EXEC, sizeof(exec) },
		.time_ns = 200,
		.start_ns = 1000000000,
		.exec_id = 2,
		.pid = PID,
	};

	world->options.command = PID;
	own.of.exec_id = 2;
	send_stack(world, WIRE_USER_STACK, 2, 1, (const uint64_t[]){ 0x90000 });
	send_stack(world, WIRE_KERNEL_STACK, 3, 1, &DO_WAIT);
	assert_int_equal(collector_record(&world->collector, &exec, sizeof(exec)), 0);
	assert_int_equal(collector_wait(&world->collector, &held), 0);
	assert_int_equal(collector_wait(&world->collector, &own), 0);
	assert_int_equal(collector_finish(&world->collector), 0);
	assert_int_equal(world->collector.counts.waits.n, 3);
	assert_int_equal(world->collector.counts.waits.held_ns, 9 * MS);
}

/* By how long it took it would have been over before: the scheduler's clock is another one. */
static void a_wait_is_resolved_with_the_mappings_of_its_end(void **state)
{
	struct world *world = *state;
	struct checked_wait wait = wait_of(100, 2, 3);
	struct side_event event = {
		.kind = SIDE_MMAP,
		.pid = PID,
		.time_ns = 250,
		.start = 0x90000,
		.end = 0x91000,
		.file = { .path = strdup("/nowhere/mapped.so"), .inode = 1 },
	};
	const struct profile_sample *blocked;
	int64_t *values;

	wait.n_waits = wait.n_queued = 1;
	wait.blocked_ns = 10;
	wait.runqueue_ns = 20;
	wait.back_ns = 300;
	assert_int_equal(timeline_add(&world->timeline, PID), -ESRCH);
	assert_int_equal(vec_push(&collector_events(&world->collector)->items, event), 0);
	send_stack(world, WIRE_USER_STACK, 2, 1, (const uint64_t[]){ 0x90010 });
	send_stack(world, WIRE_KERNEL_STACK, 3, 1, &DO_WAIT);
	assert_int_equal(collector_wait(&world->collector, &wait), 0);
	assert_int_equal(apply(world, 299), 0);
	assert_int_equal(world->profile.samples.n, 0);
	assert_int_equal(apply(world, 400), 0);
	blocked = phase(world, false, &values);
	assert_string_equal(outermost_module(world, blocked), "/nowhere/mapped.so");
}

static void values_of_wall(void **state)
{
	int64_t values[PROFILE_MAX_VALUES] = {};

	(void)state;
	record_values_sample(RECORD_WALL, 7, values);
	assert_memory_equal(values, ((int64_t[]){ 7, 7, 0, 0, 0, 0, 0, 1 }), sizeof(values));
	memset(values, 0, sizeof(values));
	record_values_phase(RECORD_WALL, false, 5, 2, values);
	assert_memory_equal(values, ((int64_t[]){ 5, 0, 5, 5, 0, 2, 0, 0 }), sizeof(values));
	memset(values, 0, sizeof(values));
	record_values_phase(RECORD_WALL, true, 5, 2, values);
	assert_memory_equal(values, ((int64_t[]){ 5, 0, 5, 0, 5, 0, 2, 0 }), sizeof(values));
}

static void names_of_system_calls(void **state)
{
	(void)state;
	assert_string_equal(syscall_name(0), "read");
	assert_string_equal(syscall_name(59), "execve");
	assert_string_equal(syscall_name(202), "futex");
	assert_string_equal(syscall_name(441), "epoll_pwait2");
	assert_null(syscall_name(-1));
	assert_null(syscall_name(1 << 20));
}

static void words_of_the_line(void **state)
{
	struct quality quality;
	char line[QUALITY_LINE_SIZE];

	(void)state;
	quality_init(&quality);
	quality.mode = RECORD_OFFCPU;
	quality.waits = (struct quality_waits){
		.n = 812, .offcpu_s = 9.98, .accounted = 0.9996, .ledger = 1, .n_lost = 3 };
	quality.user_samples = quality.whole = 800;
	quality.total_weight = 1;
	quality.elapsed_s = 5;
	quality_line(&quality, line, sizeof(line));
	assert_string_equal(line, "waits=812 offcpu=9.98s accounted=100.0% ledger=100.0% "
				  "whole=100.0% unnamed=0.0% elapsed=5.00s lost-waits=3");
	quality.total_weight = 1000;
	quality.shortened_weight = 125;
	quality.shortened_wakers_weight = 1;
	quality_line(&quality, line, sizeof(line));
	assert_string_equal(line, "waits=812 offcpu=9.98s accounted=100.0% ledger=100.0% "
				  "whole=100.0% shortened=12.5% shortened-wakers=0.1% unnamed=0.0% "
				  "elapsed=5.00s lost-waits=3");
	quality.shortened_weight = quality.shortened_wakers_weight = 0;
	quality.mode = RECORD_WALL;
	quality.samples = 10;
	quality.event = "cpu-clock";
	quality.frequency = 99;
	quality.waits.accounted = -1;
	quality_line(&quality, line, sizeof(line));
	assert_string_equal(line, "samples=10 lost=0 covered=unknown waits=812 offcpu=9.98s "
				  "accounted=unknown ledger=100.0% whole=100.0% unnamed=0.0% "
				  "event=cpu-clock hz=99 elapsed=5.00s lost-waits=3");
}

#define collector_test(name) cmocka_unit_test_setup_teardown(name, world_create, world_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		collector_test(phases_are_samples_of_their_own),
		collector_test(edges_are_marked),
		collector_test(a_thread_that_stays_blocked_has_one_phase),
		collector_test(a_preempted_thread_only_queues),
		collector_test(the_tracing_is_cut_off),
		collector_test(frames_that_are_cut),
		collector_test(the_waker_stands_on_its_head),
		collector_test(what_is_inlined_is_turned_with_the_waker),
		collector_test(what_has_just_been_named_is_turned),
		collector_test(who_is_interrupted_is_not_to_blame),
		collector_test(stacks_may_come_later_or_never),
		collector_test(what_is_held_is_left_out),
		collector_test(a_wait_is_resolved_with_the_mappings_of_its_end),
		cmocka_unit_test(values_of_wall),
		cmocka_unit_test(names_of_system_calls),
		cmocka_unit_test(words_of_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
