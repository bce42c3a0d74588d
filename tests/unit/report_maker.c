// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls in, a profile out: see report_maker.h. */
#include "tests/unit/report_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/guard.h"

static uint32_t intern(struct maker *maker, const char *s, size_t n)
{
	uint32_t number;

	/* Through the table itself: a test's name may hold any bytes. */
	assert_int_equal(strings_intern(&maker->profile.strings, s, n, &number), 0);
	return number;
}

static uint32_t intern_cstr(struct maker *maker, const char *s)
{
	return intern(maker, s, strlen(s));
}

static void init(struct maker *maker, int64_t period_ns)
{
	struct profile_value_type types[2];

	memset(maker, 0, sizeof(*maker));
	maker->period_ns = period_ns;
	assert_int_equal(profile_init(&maker->profile), 0);
	types[0].type = intern_cstr(maker, "samples");
	types[0].unit = intern_cstr(maker, "count");
	types[1].type = intern_cstr(maker, "cpu");
	types[1].unit = intern_cstr(maker, "nanoseconds");
	assert_int_equal(profile_set_values(&maker->profile, types, period_ns ? 2 : 1), 0);
	if (period_ns) {
		maker->profile.default_value = 1;
		maker->profile.period_type = types[1];
		maker->profile.period = period_ns;
	}
}

void maker_init(struct maker *maker)
{
	init(maker, 0);
}

void maker_init_cpu(struct maker *maker, int64_t period_ns)
{
	init(maker, period_ns);
}

void maker_deinit(struct maker *maker)
{
	profile_deinit(&maker->profile);
}

void maker_finish(struct maker *maker)
{
	assert_int_equal(profile_finish(&maker->profile), 0);
}

void maker_thread(struct maker *maker, int32_t pid, int32_t tid, const char *process,
		  const char *comm)
{
	struct profile_thread thread = {
		.pid = pid,
		.tid = tid,
		.process = intern_cstr(maker, process),
		.comm = intern_cstr(maker, comm),
	};

	assert_int_equal(profile_intern_thread(&maker->profile, &thread, &maker->thread), 0);
}

uint32_t maker_module(struct maker *maker, const char *path, enum module_kind kind)
{
	struct profile_module module = {.path = intern_cstr(maker, path), .kind = kind};
	uint32_t number;

	assert_int_equal(profile_intern_module(&maker->profile, &module, &number), 0);
	return number;
}

static void make_frame(struct maker *maker, uint32_t name, uint32_t file, uint32_t line,
		       struct profile_frame *ret)
{
	struct profile_function function = {.name = name, .system_name = name, .file = file};

	ret->line = line;
	assert_int_equal(profile_intern_function(&maker->profile, &function, &ret->function), 0);
}

void maker_frame(struct maker *maker, const char *name, const char *file, uint32_t line,
		 struct profile_frame *ret)
{
	make_frame(maker, intern_cstr(maker, name), intern_cstr(maker, file), line, ret);
}

uint32_t maker_call(struct maker *maker, uint32_t parent, uint32_t module, uint64_t offset,
		    const struct profile_frame *frames, uint32_t n)
{
	uint32_t location, stack;

	assert_int_equal(
		profile_intern_location(&maker->profile, module, offset, frames, n, &location), 0);
	assert_int_equal(profile_intern_stack(&maker->profile, parent, location, &stack), 0);
	return stack;
}

void maker_sample(struct maker *maker, uint32_t stack, int64_t count)
{
	struct profile_sample sample = {
		.stack = stack,
		.thread = maker->thread,
		.unwind = maker->unwind,
	};
	int64_t values[2] = {count, count * maker->period_ns};

	assert_int_equal(profile_add_sample(&maker->profile, &sample, values), 0);
}

void maker_folded(struct maker *maker, const char *stack, int64_t count)
{
	uint32_t number = 0;

	while (*stack) {
		size_t n = strcspn(stack, ";");
		struct profile_frame frame;

		make_frame(maker, intern(maker, stack, n), 0, 0, &frame);
		number = maker_call(maker, number, 0, 0, &frame, 1);
		stack += n + (stack[n] == ';');
	}
	maker_sample(maker, number, count);
}

void maker_check_golden(const char *name, const char *text, size_t size)
{
	guard_free char *path = NULL;
	guard_free char *golden = NULL;
	guard_fclose FILE *file = NULL;

	assert_true(asprintf(&path, "%s/%s", FLAMETAP_GOLDEN, name) > 0);
	if (getenv("UPDATE_GOLDEN")) {
		file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(text, 1, size, file), size);
		return;
	}
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s: is missing", path);
	golden = calloc(1, size + 2);
	assert_non_null(golden);
	assert_int_equal(fread(golden, 1, size + 1, file), size);
	assert_memory_equal(golden, text, size);
}
