// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reports of time off the CPU: figures by class and by futex, and the files
 * that have them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/leaf.h"
#include "report/profile.h"
#include "report/profile_prune.h"
#include "report/refine.h"
#include "report/text.h"
#include "report/value.h"
#include "report/wait_bucket.h"
#include "report/wait_code.h"
#include "report/waits.h"
#include "report/wakers.h"
#include "report/wakeups.h"
#include "tests/unit/report_maker.h"

enum { OFFCPU, BLOCKED, RUNQUEUE, WAITS, QUEUED, N_VALUES };

#define MS UINT64_C(1000000)

static void init(struct maker *maker)
{
	static const char *const types[N_VALUES][2] = {
		{"offcpu", "nanoseconds"}, {"blocked", "nanoseconds"}, {"runqueue", "nanoseconds"},
		{"waits", "count"},	   {"queued", "count"},
	};
	struct profile_value_type values[N_VALUES];

	memset(maker, 0, sizeof(*maker));
	assert_int_equal(profile_init(&maker->profile), 0);
	for (int i = 0; i < N_VALUES; i++) {
		assert_int_equal(profile_intern(&maker->profile, types[i][0], &values[i].type), 0);
		assert_int_equal(profile_intern(&maker->profile, types[i][1], &values[i].unit), 0);
	}
	assert_int_equal(profile_set_values(&maker->profile, values, N_VALUES), 0);
	maker->profile.duration_ns = 1000 * MS;
	maker->unwind = UNWIND_WHOLE;
}

/* A stack of functions of the program, then of the kernel, outermost first. */
static uint32_t make_stack(struct maker *maker, const char *user, const char *kernel)
{
	const char *lists[] = {user, kernel};
	uint32_t stack = 0;

	for (int i = 0; i < 2; i++) {
		uint32_t module = maker_module(maker, i ? "[kernel]" : "/usr/bin/app",
					       i ? MODULE_KERNEL : MODULE_USER);

		for (const char *at = lists[i]; *at;) {
			size_t n = strcspn(at, ";");
			guard_free char *name = strndup(at, n);
			struct profile_frame frame;

			maker_frame(maker, name, "", 0, &frame);
			stack = maker_call(maker, stack, module,
					   0x1000 + hash_bytes(at, n) % 0x10000, &frame, 1);
			at += n + (at[n] == ';');
		}
	}
	return stack;
}

/* What ended the waits to come: comm, and its stack leaf first. */
static uint32_t add_waker(struct maker *maker, uint32_t stack, const char *const *functions)
{
	uint32_t user = maker_module(maker, "/usr/bin/app", MODULE_USER);
	struct profile_frame frame;
	uint32_t location;

	assert_int_equal(wakers_intern_name(&maker->profile, WAKERS_MARK, &location), 0);
	assert_int_equal(profile_intern_stack(&maker->profile, stack, location, &stack), 0);
	for (; functions[1]; functions++) {
		maker_frame(maker, *functions, "", 0, &frame);
		stack = maker_call(maker, stack, user,
				   0x1000 + hash_bytes(*functions, strlen(*functions)) % 0x10000,
				   &frame, 1);
	}
	assert_int_equal(wakers_intern_name(&maker->profile, *functions, &location), 0);
	assert_int_equal(profile_intern_stack(&maker->profile, stack, location, &stack), 0);
	return stack;
}

static uint32_t make_wait(struct maker *maker, const char *state, const char *syscall,
			  uint64_t object)
{
	struct profile_wait wait = {.object = object};
	uint32_t number;

	assert_int_equal(profile_intern(&maker->profile, state, &wait.state), 0);
	assert_int_equal(profile_intern(&maker->profile, syscall, &wait.syscall), 0);
	assert_int_equal(profile_intern_wait(&maker->profile, &wait, &number), 0);
	return number;
}

/* n waits of this length each, and then that long in the run queue. */
static void add_waits(struct maker *maker, uint32_t stack, uint32_t wait, uint64_t n,
		      uint64_t blocked_ns, uint64_t runqueue_ns)
{
	struct profile_sample sample = {
		.stack = stack,
		.thread = maker->thread,
		.wait = wait,
		.unwind = maker->unwind,
		.wait_class = WAIT_UNKNOWN,
	};

	if (blocked_ns) {
		int64_t values[N_VALUES] = {n * blocked_ns, n * blocked_ns, 0, n, 0};

		sample.bucket = wait_bucket_of(blocked_ns);
		assert_int_equal(profile_add_wait(&maker->profile, &sample, values, blocked_ns), 0);
	}
	if (runqueue_ns) {
		int64_t values[N_VALUES] = {n * runqueue_ns, 0, n * runqueue_ns, 0, n};

		sample.bucket = wait_bucket_of(runqueue_ns);
		sample.flags = SAMPLE_RUNQUEUE;
		assert_int_equal(profile_add_wait(&maker->profile, &sample, values, runqueue_ns),
				 0);
	}
}

static const char FUTEX[] = "do_futex;futex_wait;futex_wait_queue;schedule";

/* A server: a pool that is idle, a lock that is not, a disk, and a hog beside. */
static void make_server(struct maker *maker)
{
	static const char *const unlock[] = {"pthread_mutex_unlock", "cache_put", "run", "server",
					     NULL};
	uint32_t locked, pool, disk, spin, irq;

	init(maker);
	locked = make_stack(maker, "start;run;cache_get;pthread_mutex_lock", FUTEX);
	pool = make_stack(maker, "start;run;pthread_cond_wait", FUTEX);
	disk = make_stack(maker, "main;log_write;fsync", "do_fsync;jbd2_log_wait_commit;schedule");
	spin = make_stack(maker, "main;spin", "exit_to_user_mode_loop;schedule");
	irq = make_stack(maker, "", "ret_from_fork;kthread;worker_thread;schedule");
	maker_thread(maker, 10, 11, "server", "pool-1");
	add_waits(maker, pool, make_wait(maker, "S", "futex", 0x7f00001000), 20, 40 * MS, 50000);
	add_waits(maker, add_waker(maker, locked, unlock),
		  make_wait(maker, "S", "futex", 0x7f00002000), 30, 5 * MS, 100000);
	maker_thread(maker, 10, 12, "server", "pool-2");
	add_waits(maker, locked, make_wait(maker, "S", "futex", 0x7f00002000), 1, 9 * MS, 0);
	add_waits(maker, locked, make_wait(maker, "S", "futex", 0x7f00003000), 2, 2 * MS, 0);
	maker_thread(maker, 10, 10, "server", "server");
	add_waits(maker, disk, make_wait(maker, "D", "fsync", 0), 4, 7 * MS, 20000);
	maker_thread(maker, 20, 20, "hog", "hog");
	add_waits(maker, spin, make_wait(maker, "R", "", 0), 100, 0, 3 * MS);
	maker->unwind = UNWIND_KERNEL_ONLY;
	maker_thread(maker, 5, 5, "kworker/0:1", "kworker/0:1");
	add_waits(maker, irq, make_wait(maker, "I", "", 0), 3, 300 * MS, 5000);
	maker_thread(maker, 6, 6, "kworker/1:1", "kworker/1:1");
	add_waits(maker, irq, make_wait(maker, "I", "", 0), 2, 450 * MS, 0);
	maker_finish(maker);
}

static void test_rows(void **state)
{
	struct waits waits;
	struct maker maker;
	char text[256];

	(void)state;
	make_server(&maker);
	assert_int_equal(waits_init(&waits, &maker.profile), 0);
	assert_int_equal(waits.rows.n, 5);
	assert_int_equal(waits.rows.data[0].class, WAIT_PREEMPTED);
	assert_int_equal(waits.rows.data[0].n, 100);
	assert_int_equal(waits.rows.data[0].total_ns, 300 * MS);
	assert_int_equal(waits_mean(&waits.rows.data[0]), 3 * MS);
	assert_int_equal(waits.rows.data[1].class, WAIT_LOCK);
	assert_false(waits.rows.data[1].idle);
	assert_int_equal(waits.rows.data[1].n, 33);
	assert_int_equal(waits.rows.data[1].total_ns, (30 * 5 + 9 + 4) * MS + 3 * MS);
	assert_int_equal(waits.rows.data[1].longest_ns, 9 * MS);
	assert_int_equal(waits.rows.data[2].class, WAIT_DISK);
	assert_int_equal(waits.rows.data[3].class, WAIT_KERNEL);
	assert_true(waits.rows.data[3].idle);
	assert_int_equal(waits.rows.data[4].class, WAIT_CONDITION);
	assert_true(waits.rows.data[4].idle);
	assert_int_equal(waits.sums.idle_ns, (900 + 900 + 800) * MS);
	waits_print_sums(&waits.sums, text, sizeof(text));
	assert_string_equal(text,
			    "3.10 thread-seconds off the CPU in 1.00 s: 0.30 in the run queue, "
			    "0.19 waiting, 2.60 idle");
	waits_deinit(&waits);
	maker_deinit(&maker);
}

/* Evenly spread lengths: percentiles are right to an eighth, and never above the longest. */
static void test_percentiles(void **state)
{
	struct waits_row row = {};
	uint64_t sum = 0;

	(void)state;
	for (uint64_t ns = 1000; ns <= 1000 * 1000; ns += 1000) {
		row.counts[wait_bucket_of(ns)]++;
		row.n++;
		row.longest_ns = ns;
		sum += ns;
	}
	row.measured_ns = sum;
	assert_int_equal(waits_mean(&row), 500500);
	for (int percent = 1; percent <= 100; percent++) {
		double found = waits_percentile(&row, percent / 100.0), right = 10000.0 * percent;

		assert_true(found > right * 0.875 && found < right * 1.125);
		assert_true(found <= row.longest_ns);
	}
	assert_int_equal(waits_percentile(&row, 1), row.longest_ns);
	row = (struct waits_row){.n = 1, .counts = {[255] = 1}, .longest_ns = UINT64_C(1) << 60};
	assert_true(waits_percentile(&row, 0.5) <= row.longest_ns);
	row = (struct waits_row){};
	assert_int_equal(waits_percentile(&row, 0.5), 0);
	assert_int_equal(waits_mean(&row), 0);
}

static void test_times(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{0, "0 ns"},
		{999, "999 ns"},
		{1000, "1.00 us"},
		{9994, "9.99 us"},
		{9996, "10.0 us"},
		{99960, "100 us"},
		{999499, "999 us"},
		{999600, "1.00 ms"},
		{5010000, "5.01 ms"},
		{1234567890, "1.23 s"},
		{UINT64_C(123456) * 1000000000, "123456 s"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[WAITS_TEXT];

		waits_print_time(cases[i].ns, text);
		assert_string_equal(text, cases[i].text);
	}
}

static const char *string_of(const struct profile *profile, uint32_t name)
{
	return strings_get(&profile->strings, name);
}

static void test_futexes(void **state)
{
	struct waits_futexes futexes;
	const struct profile *profile;
	struct maker maker;

	(void)state;
	make_server(&maker);
	profile = &maker.profile;
	assert_int_equal(waits_futexes_init(&futexes, profile), 0);
	assert_int_equal(futexes.items.n, 2); /* the idle one is not there */
	assert_int_equal(futexes.items.data[0].address, 0x7f00002000);
	assert_int_equal(futexes.items.data[0].n, 31);
	assert_int_equal(futexes.items.data[0].blocked_ns, 159 * MS);
	assert_int_equal(futexes.items.data[0].class, WAIT_LOCK);
	assert_string_equal(strings_get(&profile->strings,
					profile->functions.data[futexes.items.data[0].waiter].name),
			    "cache_get");
	assert_string_equal(strings_get(&profile->strings,
					profile->functions.data[futexes.items.data[0].waker].name),
			    "cache_put");
	assert_int_equal(futexes.items.data[1].waker, 0);
	waits_futexes_deinit(&futexes);
	maker_deinit(&maker);
}

/* They are the waiter's there, too, of which only the name is left. */
static void test_futexes_of_wakeups(void **state)
{
	struct profile turned;
	struct waits_futexes futexes;
	struct waits_futex *futex;
	struct maker maker;

	(void)state;
	make_server(&maker);
	assert_int_equal(wakeups_make(&maker.profile, &turned), 0);
	assert_int_equal(waits_futexes_init(&futexes, &turned), 0);
	assert_int_equal(futexes.items.n, 1);
	futex = futexes.items.data;
	assert_int_equal(futex->address, 0x7f00002000);
	assert_int_equal(futex->n, 30); /* of one it is not known who ended it */
	assert_string_equal(string_of(&turned, futex->process), "server");
	assert_int_equal(futex->pid, 0);
	assert_int_equal(futex->waiter, 0);
	assert_string_equal(string_of(&turned, turned.functions.data[futex->waker].name),
			    "cache_put");
	waits_futexes_deinit(&futexes);
	profile_deinit(&turned);
	maker_deinit(&maker);
}

/* Who is preempted has one row, whatever is known of its stack; who was just made has another. */
static void test_places_of_queued(void **state)
{
	guard(waits_places_deinit) struct waits_places places = {};
	struct maker maker;
	uint32_t new;

	(void)state;
	init(&maker);
	maker_thread(&maker, 20, 20, "hog", "hog");
	add_waits(&maker, make_stack(&maker, "main;spin", "schedule"),
		  make_wait(&maker, "R", "", 0), 5, 0, MS);
	maker.unwind = UNWIND_UNREADABLE;
	add_waits(&maker, make_stack(&maker, "", "exit_to_user_mode_loop;schedule"),
		  make_wait(&maker, "R", "", 0), 2, 0, MS);
	maker.unwind = UNWIND_KERNEL_ONLY;
	add_waits(&maker, make_stack(&maker, "", "do_exit;schedule"),
		  make_wait(&maker, "R", "", 0), 1, 0, MS);
	new = make_stack(&maker, "", "ret_from_fork_asm");
	add_waits(&maker, new, make_wait(&maker, "new", "", 0), 1, 0, 2 * MS);
	maker_thread(&maker, 30, 30, "cat", "cat");
	add_waits(&maker, new, make_wait(&maker, "new", "", 0), 1, 0, MS);
	maker_finish(&maker);
	assert_int_equal(waits_places_init(&places, &maker.profile), 0);
	assert_int_equal(places.items.n, 3);
	assert_int_equal(places.items.data[0].class, WAIT_PREEMPTED);
	assert_int_equal(places.items.data[0].n, 8);
	assert_int_equal(places.items.data[1].class, WAIT_FIRST_RUN);
	assert_int_equal(places.items.data[1].n_processes, 1);
	assert_int_equal(places.items.data[2].total_ns, MS);
	assert_string_equal(waits_place_name(&maker.profile, &places.items.data[2]),
			    "(before it ran)");
	maker_deinit(&maker);
}

/* A row for each class and each function that waited, whatever stands between it and the kernel. */
static void test_places(void **state)
{
	static const struct {
		enum wait_class class;
		const char *process, *function, *caller;
		uint64_t n, total_ns;
	} expected[] = {
		{WAIT_PREEMPTED, "hog", "", "", 100, 300 * MS},
		{WAIT_LOCK, "server", "cache_get", "run", 33, 166 * MS},
		{WAIT_DISK, "server", "log_write", "main", 4, 28 * MS + 80000},
		{WAIT_KERNEL, "kworker/0:1", "worker_thread", "", 5, 1800 * MS + 15000},
		{WAIT_CONDITION, "server", "run", "start", 20, 801 * MS},
	};
	struct waits_places places;
	const struct profile *profile;
	struct maker maker;

	(void)state;
	make_server(&maker);
	profile = &maker.profile;
	assert_int_equal(waits_places_init(&places, profile), 0);
	assert_int_equal(places.items.n, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < places.items.n; i++) {
		const struct waits_place *place = &places.items.data[i];

		assert_int_equal(place->class, expected[i].class);
		assert_string_equal(string_of(profile, place->process), expected[i].process);
		assert_string_equal(string_of(profile, place->function), expected[i].function);
		assert_string_equal(string_of(profile, place->caller), expected[i].caller);
		assert_int_equal(place->n, expected[i].n);
		assert_int_equal(place->total_ns, expected[i].total_ns);
	}
	assert_int_equal(places.items.data[1].longest_ns, 9 * MS);
	assert_int_equal(places.items.data[1].runqueue_ns, 3 * MS);
	assert_int_equal(places.items.data[3].n_processes, 2);
	assert_int_equal(places.n_busy, 3);
	assert_int_equal(places.busy_ns, 494 * MS + 80000);
	assert_false(places.is_of_wakers);
	waits_places_deinit(&places);
	maker_deinit(&maker);
}

/* Names of a stack, outermost first; "libc:" and "kernel:" before one say where it is. */
static void check_code(const char *const *names, const char *function, const char *caller)
{
	struct wait_codes codes;
	struct wait_code found;
	struct maker maker;
	uint32_t stack = 0;

	init(&maker);
	for (; *names; names++) {
		bool note = !strcmp(*names, PRUNE_NOTE);
		bool libc = !strncmp(*names, "libc:", 5), kernel = !strncmp(*names, "kernel:", 7);
		const char *name = *names + (libc ? 5 : kernel ? 7 : 0);
		uint32_t module = maker_module(&maker,
					       libc	? "/lib/x86_64-linux-gnu/libc.so.6" :
					       kernel	? "[kernel]" :
							 "/usr/bin/app",
					       kernel ? MODULE_KERNEL : MODULE_USER);
		struct profile_frame frame;

		maker_frame(&maker, name, "", 0, &frame);
		stack = maker_call(&maker, stack, note ? 0 : module,
				   note ? 0 : hash_bytes(name, strlen(name)) % 0x10000, &frame, 1);
	}
	maker_finish(&maker);
	assert_int_equal(wait_codes_init(&codes, &maker.profile), 0);
	wait_codes_find(&codes, stack, &found);
	assert_string_equal(string_of(&maker.profile, found.function), function);
	assert_string_equal(string_of(&maker.profile, found.caller), caller);
	wait_codes_deinit(&codes);
	maker_deinit(&maker);
}

static void test_code(void **state)
{
#define STACK(...) ((const char *const[]){__VA_ARGS__, NULL})
	(void)state;
	/* The C library's are known by where they are, whatever they are called. */
	check_code(STACK("libc:__libc_start_main", "main", "get_line", "libc:fgets", "libc:read",
			 "kernel:ksys_read", "kernel:pipe_read", "kernel:schedule"),
		   "get_line", "main");
	/* Through a library that calls back. */
	check_code(STACK("main", "libc:qsort", "compare", "libc:read"), "compare", "main");
	/* Of a stripped program the library's function says more, and the nearest name. */
	check_code(STACK("main", "[app+0x20]", "[app+0x10]", "libc:epoll_wait"), "epoll_wait",
		   "main");
	check_code(STACK("libc:__libc_start_main", "[app+0x20]", "[app+0x10]", "libc:epoll_wait"),
		   "epoll_wait", "[app+0x10]");
	check_code(STACK("main", "[app+0x10]"), "[app+0x10]", "main");
	/* In a static program, by their names; a runtime's own threads by the outermost that tells. */
	check_code(STACK("main", "work", "pthread_mutex_lock", "__lll_lock_wait"), "work", "main");
	/* Templates of a library are a part of whoever uses them. */
	check_code(STACK("main", "work", "wait_for<long, work()::<lambda()> >",
			 "std::cv_status std::condition_variable::__wait_until_impl<long>",
			 "libc:pthread_cond_clockwait"),
		   "work", "main");
	check_code(STACK("runtime.mcall", "runtime.schedule", "runtime.findRunnable",
			 "runtime.stopm", "runtime.futexsleep", "runtime.futex"),
		   "runtime.findRunnable", "");
	check_code(STACK("libc:clone3", "libc:poll"), "poll", "");
	/* Recursion is not its own caller. */
	check_code(STACK("main", "walk", "walk", "walk", "libc:read"), "walk", "main");
	/* Kernel threads. */
	check_code(STACK("kernel:ret_from_fork", "kernel:kthread", "kernel:kjournald2",
			 "kernel:jbd2_log_wait_commit", "kernel:schedule"),
		   "jbd2_log_wait_commit", "kjournald2");
	check_code(STACK("kernel:ret_from_fork", "kernel:schedule"), "ret_from_fork", "");
	/* Of a stack that was cut short it is not the function above the cut that waited. */
	check_code(STACK("main", "work", PRUNE_NOTE, "kernel:ksys_read", "kernel:pipe_read"),
		   PRUNE_NOTE, "work");
	/* Of an interrupt that woke another one, what it came for. */
	check_code(STACK("kernel:asm_sysvec_apic_timer_interrupt",
			 "kernel:__hrtimer_run_queues", "kernel:hrtimer_wakeup",
			 "kernel:wake_up_process", "kernel:try_to_wake_up"),
		   "hrtimer_wakeup", "__hrtimer_run_queues");
#undef STACK
}

/* Whether a wait has a name is whether the code has one that waited: not the kernel's scheduler, nor
 * what woke it. */
static void test_leaf(void **state)
{
	static const char *const waker[] = {"[app+0x99]", "[interrupt]", NULL};
	static const struct {
		const char *user, *kernel, *name;
		bool is_named;
	} cases[] = {
		{"main;get_line;read", FUTEX, "read", true},
		{"main;[app+0x10]", FUTEX, "[app+0x10]", false},
		{"[app+0x10];read", FUTEX, "read", true},
		{"", "ret_from_fork;kthread;worker_thread", "worker_thread", true},
		{"", "ret_from_fork;[kernel+0x10]", "[kernel+0x10]", false},
	};
	enum { N = sizeof(cases) / sizeof(cases[0]) };
	const struct profile *profile;
	uint32_t stacks[2 * N];
	struct maker maker;
	struct leaf leaf;

	(void)state;
	init(&maker);
	profile = &maker.profile;
	maker_thread(&maker, 10, 10, "app", "app");
	for (size_t i = 0; i < 2 * N; i++) {
		stacks[i] = make_stack(&maker, cases[i / 2].user, cases[i / 2].kernel);
		if (i % 2)
			stacks[i] = add_waker(&maker, stacks[i], waker);
		add_waits(&maker, stacks[i], make_wait(&maker, "S", "", 0), 1, (i + 1) * MS, 0);
	}
	/* As a recording asks, and again when it has been read back, with the frames of classes. */
	for (int finished = 0; finished < 2; finished++) {
		assert_int_equal(leaf_init(&leaf, profile), 0);
		assert_int_equal(profile->samples.n, 2 * N);
		for (size_t i = 0; i < profile->samples.n; i++) {
			uint32_t location = leaf_location(&leaf, i);
			size_t number = (profile->values.data[i * N_VALUES] / MS - 1) / 2;
			uint32_t frame = profile->locations.data[location].first_frame;
			uint32_t function = profile->frames.data[frame].function;

			assert_string_equal(
				string_of(profile, profile->functions.data[function].name),
				cases[number].name);
			assert_int_equal(leaf_is_named(profile, location), cases[number].is_named);
		}
		leaf_deinit(&leaf);
		if (!finished)
			maker_finish(&maker);
	}
	maker_deinit(&maker);
}

/* Lines keep to the columns that there are, down to 80, however long names are. */
static void check_columns(size_t columns)
{
	static const char function[] =
		"std::vector<std::pair<std::basic_string<char>, int>>::take_of_it_what_there_is";
	static const char caller[] = "a_caller_whose_name_is_longer_than_what_a_terminal_has_in_a_line";
	guard_free char *text = NULL, *stack = NULL;
	bool has_head = false, has_tail = false;
	struct maker maker;
	size_t size;
	FILE *out;

	init(&maker);
	assert_true(asprintf(&stack, "main;%s;%s;pthread_mutex_lock", caller, function) > 0);
	maker_thread(&maker, 10, 10, "fifteen-of-them", "fifteen-of-them");
	add_waits(&maker, make_stack(&maker, stack, FUTEX),
		  make_wait(&maker, "S", "futex", 0x7f00002000), 9999999, 500, 100000);
	maker_thread(&maker, 11, 11, "other", "other");
	add_waits(&maker, make_stack(&maker, "main;pthread_cond_wait", FUTEX),
		  make_wait(&maker, "S", "futex", 0x7f00001000), 20, 40 * MS, 50000);
	maker.unwind = UNWIND_KERNEL_ONLY;
	for (int i = 0; i < 20; i++) {
		maker_thread(&maker, 100 + i, 100 + i, i % 2 ? "kworker/0:1" : "kworker/u16:1-flush",
			     "");
		add_waits(&maker,
			  make_stack(&maker, "", "ret_from_fork;kthread;worker_thread;schedule"),
			  make_wait(&maker, "I", "", 0), 3, 300 * MS, 5000);
	}
	maker_finish(&maker);
	out = open_memstream(&text, &size);
	assert_int_equal(waits_write_short(&maker.profile, columns, out), 0);
	fclose(out);
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (text_name_columns(line, strlen(line)) > columns)
			fail_msg("%zu columns, not %zu: %s", text_name_columns(line, strlen(line)),
				 columns, line);
		has_head |= strstr(line, "std::vec") != NULL;
		has_tail |= strstr(line, "is < ") != NULL;
	}
	assert_true(has_head && has_tail);
	maker_deinit(&maker);
}

static void test_columns(void **state)
{
	(void)state;
	for (size_t columns = 80; columns <= 200; columns++)
		check_columns(columns);
}

/* Where there is no room for a caller, none is begun. */
static void test_narrow(void **state)
{
	guard(waits_places_deinit) struct waits_places places = {};
	struct maker maker;

	(void)state;
	make_server(&maker);
	assert_int_equal(waits_places_init(&places, &maker.profile), 0);
	for (size_t columns = 8; columns <= 40; columns++) {
		guard_free char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		waits_write_code(&maker.profile, &places.items.data[1], columns, out);
		fclose(out);
		assert_true(size <= columns + 2); /* a cut is marked by one character of three bytes */
		assert_string_equal(text, columns < 9 ? "cache…et" :
					  columns < 20 ? "cache_get" : "cache_get < run");
	}
	maker_deinit(&maker);
}

typedef int (*write_fn)(const struct profile *profile, const struct report_options *options,
			FILE *out);

static void check_file(const char *golden, write_fn write, const struct report_options *options)
{
	guard_free char *text = NULL;
	struct maker maker;
	size_t size;
	FILE *out;

	make_server(&maker);
	out = open_memstream(&text, &size);
	assert_int_equal(write(&maker.profile, options, out), 0);
	fclose(out);
	maker_check_golden(golden, text, size);
	maker_deinit(&maker);
}

static void test_files(void **state)
{
	const struct report_options plain = {}, idle = {.show_idle = true, .annotate = true};

	(void)state;
	check_file("waits.txt", text_write, &plain);
	check_file("waits.md", markdown_write, &plain);
	check_file("waits.folded", folded_write, &plain);
	check_file("waits_idle.folded", folded_write, &idle);
}

/* Who ended the waits, then whose they were; what is not known to have been ended is not there. */
static void test_wakeups(void **state)
{
	static const char expected[] =
		"server;run;cache_put;pthread_mutex_unlock;--;server;pool-1;[lock] 150000\n"
		"server;run;cache_put;pthread_mutex_unlock;--;server;pool-1;[run queue] 3000\n";
	const struct report_options options = {};
	const struct refine_options refine = {.wakeups = true};
	guard(profile_deinit) struct profile turned = {};
	guard_free char *text = NULL;
	struct report_error error;
	struct maker maker;
	size_t size;
	FILE *out;

	(void)state;
	assert_true(refine_is_asked(&refine));
	make_server(&maker);
	assert_int_equal(profile_refine(&maker.profile, &refine, &turned, &error), 0);
	out = open_memstream(&text, &size);
	assert_int_equal(folded_write(&turned, &options, out), 0);
	fclose(out);
	assert_string_equal(text, expected);
	maker_deinit(&maker);
}

static char *written(const struct profile *profile, write_fn write)
{
	const struct report_options options = {};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(write(profile, &options, out), 0);
	fclose(out);
	return text;
}

/* Their time is told where the sum stands; the time in the run queue after them is no idle one. */
static void test_no_idle(void **state)
{
	const struct refine_options refine = {.no_idle = true};
	guard(profile_deinit) struct profile left = {}, again = {};
	guard_free char *all = NULL, *folded = NULL, *picture = NULL, *text = NULL;
	struct report_error error;
	struct maker maker;

	(void)state;
	assert_true(refine_is_asked(&refine));
	make_server(&maker);
	all = written(&maker.profile, folded_write);
	assert_non_null(strstr(all, ";[idle];"));
	assert_int_equal(profile_refine(&maker.profile, &refine, &left, &error), 0);
	folded = written(&left, folded_write);
	assert_null(strstr(folded, "[idle]"));
	assert_non_null(strstr(folded, "pthread_cond_wait;"));
	assert_null(strstr(folded, "[condition]"));
	picture = written(&left, svg_write);
	assert_non_null(strstr(picture, " s recorded · idle: 2.60 thread-seconds left out</text>"));
	/* There, and nowhere else. */
	assert_null(strstr(strstr(picture, "left out</text>") + 1, "left out</text>"));
	text = written(&left, text_write);
	assert_non_null(strstr(text, "idle       2.60 thread-seconds left out\n"));
	assert_non_null(strstr(text, " 0.00 idle\n"));
	assert_non_null(strstr(text, "refined    no idle waits, "));
	/* Where nothing is left out there is nothing to tell. */
	assert_int_equal(profile_refine(&left, &refine, &again, &error), 0);
	assert_int_equal(value_comment_count(&again, REFINE_IDLE), 1);
	maker_deinit(&maker);
}

/* What reaches beyond a range counts with what is within it, and stands there. */
static void test_time(void **state)
{
	const struct refine_options refine = {.from_ns = 100 * MS, .until_ns = 200 * MS};
	const struct refine_options shorter = {.from_ns = 140 * MS, .until_ns = 180 * MS};
	guard(profile_deinit) struct profile part = {}, again = {}, smaller = {};
	struct report_error error;
	struct maker maker;
	struct waits waits;

	(void)state;
	make_server(&maker);
	assert_int_equal(profile_refine(&maker.profile, &refine, &part, &error), 0);
	assert_int_equal(waits_init(&waits, &part), 0);
	/* Single waits of 9 ms, and those of the disk, were over by then. */
	assert_int_equal(waits.rows.n, 4);
	assert_int_equal(waits.rows.data[0].class, WAIT_PREEMPTED);
	assert_int_equal(waits.rows.data[0].n, 34);
	assert_int_equal(waits.rows.data[0].total_ns, 100 * MS);
	assert_int_equal(waits.rows.data[0].longest_ns, 3 * MS);
	assert_int_equal(waits.rows.data[1].class, WAIT_LOCK);
	assert_int_equal(waits.rows.data[1].n, 10);
	assert_int_equal(waits.rows.data[1].total_ns, 50 * MS);
	assert_int_equal(waits.rows.data[2].class, WAIT_KERNEL);
	assert_int_equal(waits.rows.data[2].n, 2);
	assert_int_equal(waits.rows.data[2].total_ns, 200 * MS);
	assert_int_equal(waits.rows.data[2].longest_ns, 100 * MS);
	assert_true(waits_percentile(&waits.rows.data[2], 0.99) <= 100 * MS);
	assert_int_equal(waits.rows.data[3].class, WAIT_CONDITION);
	assert_int_equal(waits.rows.data[3].n, 3);
	assert_int_equal(waits.rows.data[3].total_ns, 100 * MS);
	waits_deinit(&waits);
	assert_int_equal(profile_refine(&part, &refine, &again, &error), 0);
	/* But for what a slice is too coarse to tell of several. */
	assert_true(value_sum(&again, 1) <= value_sum(&part, 1));
	assert_true(value_sum(&part, 1) - value_sum(&again, 1) < (int64_t)(10 * MS));
	assert_int_equal(profile_refine(&part, &shorter, &smaller, &error), 0);
	assert_int_equal(value_sum(&smaller, 1), (3 * 40 + 10) * MS);
	maker_deinit(&maker);
}

/* The table stands in the picture, each row in the colour of its boxes. */
static void test_picture(void **state)
{
	static const char *const words[] = {
		">waits for</text>", ">lock</text>", ">kernel thread (idle)</text>", ">8.80 ms</text>",
		"3.10 thread-seconds off the CPU in 1.00 s", ">run queue</text>", ".t0{fill:#",
		"class=\"t0\" y=\"-11\"", "off-CPU time 3.095 thread-seconds", ">top waits</text>",
		"<tspan>cache_get</tspan><tspan class=\"q\"> &lt; run</tspan>", ">33.6%</text>",
		"<tspan>worker_thread</tspan>", "> and 1 more</tspan>", "<tspan>(wherever it ran)</tspan>",
	};
	const struct report_options options = {};
	guard_free char *text = NULL;
	struct maker maker;
	size_t size;
	FILE *out;

	(void)state;
	make_server(&maker);
	out = open_memstream(&text, &size);
	assert_int_equal(svg_write(&maker.profile, &options, out), 0);
	fclose(out);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strstr(text, words[i]))
			fail_msg("the picture has no %s", words[i]);
	/* Lengths and futexes are the page's. */
	assert_null(strstr(text, "<pre"));
	maker_deinit(&maker);
}

/* The page has, without a script, what .txt says of lengths and futexes. */
static void test_page(void **state)
{
	static const char *const words[] = {
		"\n             futex  class ", "      0x7f00002000  lock ", "  cache_get ", "  cache_put\n",
		"\npreempted, time in the run queue\n  2.10 ms .. 4.19 ms          100 ####",
		"\ncondition (idle)\n  33.6 ms .. 67.1 ms           20 ####",
	};
	const struct report_options options = {};
	guard_free char *text = NULL;
	struct maker maker;
	const char *from, *end;
	size_t size;
	FILE *out;

	(void)state;
	make_server(&maker);
	out = open_memstream(&text, &size);
	assert_int_equal(html_write(&maker.profile, &options, out), 0);
	fclose(out);
	from = strstr(text, "<pre ");
	assert_non_null(from);
	end = strstr(from, "</pre>");
	assert_true(end && end < strstr(text, "</main>"));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *found = strstr(from, words[i]);

		if (!found || found > end)
			fail_msg("the page has no %s", words[i]);
	}
	maker_deinit(&maker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),  cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_times), cmocka_unit_test(test_futexes),
		cmocka_unit_test(test_futexes_of_wakeups),
		cmocka_unit_test(test_places), cmocka_unit_test(test_places_of_queued), cmocka_unit_test(test_code),
		cmocka_unit_test(test_leaf),
		cmocka_unit_test(test_columns), cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_wakeups),
		cmocka_unit_test(test_no_idle),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_picture), cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
