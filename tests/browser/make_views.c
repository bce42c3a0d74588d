// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Profiles for the tests of the viewer's table, chips, links and time strip:
 * what each sample is, and when, is plain to see here.
 */
#include "tests/browser/make_views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { SAMPLES, CPU, OFF_CPU, N_VALUES, MS = 1000000, SLICES_PER_S = 1000000000 / PROFILE_SLICE_NS };

struct task {
	int32_t pid, tid;
	const char *process, *comm;
};

struct call {
	const char *name, *module;
	enum module_kind kind;
};

static const struct task app = {100, 100, "app", "app"}, one = {100, 101, "app", "worker 1"};
static const struct task two = {100, 102, "app", "worker 2"}, db = {200, 200, "db", "db"};

#define APP "/usr/bin/app", MODULE_USER
#define LIBC "/usr/lib/libc.so.6", MODULE_USER
#define KERNEL "[kernel]", MODULE_KERNEL

static const struct call in_main = {"main", APP}, parse = {"parse", APP}, query = {"query", APP};
static const struct call compute = {"compute", APP}, work = {"work", APP}, job = {"job", APP};
static const struct call thread = {"start_thread", LIBC}, alloc = {"malloc", LIBC};
static const struct call push = {"std::vector<int, std::allocator<int> >::push_back(int const&)",
				 APP};
static const struct call entry = {"entry_SYSCALL_64", KERNEL}, reading = {"vfs_read", KERNEL};
static const struct call jit = {"LMain;::run", "[jit]", MODULE_JIT};

/* So many samples, evenly over the seconds [from, until). */
struct row {
	int count, from, until;
	int64_t off_cpu_ns; /* of each */
	const struct task *task;
	enum unwind_result unwind;
	const struct call *calls[5]; /* outermost first */
};

static const struct row rows[] = {
	{200, 0, 1, 0, &app, UNWIND_WHOLE, {&in_main, &parse, &alloc}},
	{300, 1, 3, 0, &app, UNWIND_WHOLE, {&in_main, &compute, &compute, &compute}},
	{100, 1, 3, 0, &app, UNWIND_WHOLE, {&in_main, &compute}},
	{100, 0, 4, 1 * MS, &one, UNWIND_WHOLE, {&thread, &work, &alloc}},
	{50, 0, 4, 0, &two, UNWIND_WHOLE, {&thread, &work, &alloc}},
	{50, 2, 4, 0, &two, UNWIND_WHOLE, {&thread, &work, &push}},
	{100, 3, 4, 5 * MS, &db, UNWIND_WHOLE, {&in_main, &query, &entry, &reading}},
	{80, 0, 4, 0, &db, UNWIND_WHOLE, {&in_main, &query, &jit}},
	{20, 0, 4, 0, &db, UNWIND_FRAME_POINTER, {&query}},
};

static void check(int err)
{
	if (err)
		exit(1);
}

static void init(struct maker *maker)
{
	static const char *const names[N_VALUES][2] = {
		{"samples", "count"},
		{"cpu", "nanoseconds"},
		{"off-cpu", "nanoseconds"},
	};
	struct profile_value_type types[N_VALUES];

	memset(maker, 0, sizeof(*maker));
	check(profile_init(&maker->profile));
	for (int i = 0; i < N_VALUES; i++) {
		check(profile_intern(&maker->profile, names[i][0], &types[i].type));
		check(profile_intern(&maker->profile, names[i][1], &types[i].unit));
	}
	check(profile_set_values(&maker->profile, types, N_VALUES));
	maker->profile.default_value = CPU;
}

static uint32_t make_stack(struct maker *maker, const struct row *row)
{
	uint32_t stack = 0;

	for (size_t i = 0; i < sizeof(row->calls) / sizeof(*row->calls) && row->calls[i]; i++) {
		const struct call *call = row->calls[i];
		uint32_t module = maker_module(maker, call->module, call->kind);
		struct profile_frame frame;

		maker_frame(maker, call->name, "", 0, &frame);
		stack = maker_call(maker, stack, module, hash_bytes(call->name, strlen(call->name)),
				   &frame, 1);
	}
	return stack;
}

static void add_row(struct maker *maker, const struct row *row)
{
	int slices = (row->until - row->from) * SLICES_PER_S;
	struct profile_sample sample = {.unwind = row->unwind};
	int64_t values[N_VALUES] = {1, 1 * MS, row->off_cpu_ns};

	maker_thread(maker, row->task->pid, row->task->tid, row->task->process, row->task->comm);
	sample.thread = maker->thread;
	sample.stack = make_stack(maker, row);
	for (int i = 0; i < row->count; i++) {
		sample.slice = row->from * SLICES_PER_S + i * slices / row->count;
		check(profile_add_sample(&maker->profile, &sample, values));
	}
}

static void finish(struct maker *maker, const char *title)
{
	maker->profile.duration_ns = 4000000000;
	maker->profile.time_ns = 1795372800000000000;
	check(profile_add_comment(&maker->profile, title));
	check(profile_add_comment(&maker->profile,
				  "quality: samples=1000 lost=0 covered=99.6% whole=98.0% "
				  "unnamed=0.0% event=cpu-clock hz=999 elapsed=4.00s"));
	maker_finish(maker);
}

void make_views(struct maker *maker)
{
	init(maker);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		add_row(maker, &rows[i]);
	finish(maker, "title: app and db");
}

void make_next_run(struct maker *maker)
{
	init(maker);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct row row = rows[i];

		row.count *= 2;
		if (row.calls[1] == &work)
			row.calls[1] = &job;
		add_row(maker, &row);
	}
	finish(maker, "title: app and db, the next run");
}

void make_many(struct maker *maker)
{
	enum { FUNCTIONS = 5000 };
	char stack[64];

	maker_init(maker);
	maker->profile.slice_ns = 0;
	for (int i = 1; i <= FUNCTIONS; i++) {
		snprintf(stack, sizeof(stack), "app;main;group_%02d;function_%d", i % 50, i);
		maker_folded(maker, stack, i);
	}
	maker_finish(maker);
}
