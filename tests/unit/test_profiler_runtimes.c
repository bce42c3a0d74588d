// SPDX-License-Identifier: GPL-2.0-or-later
/* Which process is told of its runtime, from stacks that are whole and not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "profiler/runtimes.h"
#include "tests/unit/report_maker.h"

static uint32_t call_in(struct maker *maker, uint32_t parent, const char *path,
			enum module_kind kind, uint64_t offset)
{
	struct profile_frame frame;

	maker_frame(maker, path, "", 0, &frame);
	return maker_call(maker, parent, maker_module(maker, path, kind), offset, &frame, 1);
}

/* A process with whole stacks in its runtime's own code, and others in code made at run time. */
static void add_process(struct maker *maker, int32_t pid, const char *library, int64_t whole,
			int64_t cut)
{
	uint32_t own = call_in(maker, 0, library, MODULE_USER, 0x1000);
	uint32_t made = call_in(maker, 0, "[anon]", MODULE_JIT, 0);

	maker_thread(maker, pid, pid, "program", "thread");
	maker->unwind = UNWIND_WHOLE;
	maker_sample(maker, own, whole);
	maker->unwind = UNWIND_NO_TABLE;
	maker_sample(maker, made, cut);
	maker_sample(maker, call_in(maker, own, "[unmapped]", MODULE_JIT, 0), 1);
}

static void test_worst_process(void **state)
{
	struct runtime_remedy found;
	struct maker maker;

	(void)state;
	maker_init(&maker);
	add_process(&maker, 10, "/usr/lib/jvm/lib/server/libjvm.so", 99, 100);
	add_process(&maker, 11, "/opt/libjvm.so", 99, 300);
	add_process(&maker, 12, "/usr/bin/other", 10, 1000);
	maker_finish(&maker);
	assert_int_equal(runtimes_find(&maker.profile, &found), 0);
	assert_non_null(found.cause);
	assert_non_null(strstr(found.remedy, "-XX:+PreserveFramePointer"));
	assert_int_equal(found.pid, 11);
	assert_string_equal(found.process, "program");
	assert_int_equal(found.n_others, 1);
	assert_float_equal(found.share, 0.75, 1e-9);
	maker_deinit(&maker);
}

/* A few in a thousand are no reason to start a program again. */
static void test_nothing_to_say(void **state)
{
	struct runtime_remedy found;
	struct maker maker;

	(void)state;
	maker_init(&maker);
	maker_finish(&maker);
	assert_int_equal(runtimes_find(&maker.profile, &found), 0);
	assert_null(found.cause);
	maker_deinit(&maker);

	maker_init(&maker);
	add_process(&maker, 10, "/opt/libjvm.so", 1000, 9);
	add_process(&maker, 12, "/usr/bin/node", 10, 1000);
	maker_finish(&maker);
	assert_int_equal(runtimes_find(&maker.profile, &found), 0);
	assert_null(found.cause);
	maker_deinit(&maker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worst_process),
		cmocka_unit_test(test_nothing_to_say),
	};

	return cmocka_run_group_tests_name("runtimes", tests, NULL, NULL);
}
