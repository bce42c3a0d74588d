// SPDX-License-Identifier: GPL-2.0-or-later
/* Who has waited for a CPU for long goes before others, and is as it was afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <unistd.h>

#include "profiler/hurry.h"

enum { WAITED_NS = 20000000 };

static void a_long_wait_is_hurried_after(void **state)
{
	int own = getpriority(PRIO_PROCESS, 0);
	struct hurry hurry;

	(void)state;
	hurry_init(&hurry);
	if (hurry.fd < 0)
		skip(); /* a kernel without schedstat */
	assert_false(hurry.on);
	/* As if it had come since. */
	hurry.waited_ns -= WAITED_NS;
	hurry_look(&hurry);
	assert_true(hurry.on);
	if (!geteuid())
		assert_true(getpriority(PRIO_PROCESS, 0) < own || own == -20);
	hurry_deinit(&hurry);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), own);
	assert_false(hurry.on);
}

static void without_figures_there_is_no_hurry(void **state)
{
	int own = getpriority(PRIO_PROCESS, 0);
	struct hurry hurry = { .fd = -1, .own_nice = own };

	(void)state;
	hurry_look(&hurry);
	assert_false(hurry.on);
	hurry_deinit(&hurry);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_wait_is_hurried_after),
		cmocka_unit_test(without_figures_there_is_no_hurry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
