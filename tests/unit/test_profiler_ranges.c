// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges that are given back and taken again, after their time of grace. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "profiler/ranges.h"

static void test_grace(void **state)
{
	struct ranges ranges;
	uint32_t first;

	(void)state;
	ranges_init(&ranges, 64, 100);
	assert_int_equal(ranges_take(&ranges, 30, 0, &first), 0);
	assert_int_equal(first, 0);
	assert_int_equal(ranges_give(&ranges, first, 30, 1000), 0);
	/* Somebody may still be reading it: the next one is another. */
	assert_int_equal(ranges_take(&ranges, 32, 1099, &first), 0);
	assert_int_equal(first, 32);
	assert_int_equal(ranges_take(&ranges, 17, 1099, &first), -ENOSPC);
	assert_int_equal(ranges_take(&ranges, 17, 1100, &first), 0);
	assert_int_equal(first, 0);
	assert_int_equal(ranges_take(&ranges, 1, 1100, &first), -ENOSPC);
	ranges_deinit(&ranges);
}

static void test_bounds(void **state)
{
	struct ranges ranges;
	uint32_t first;

	(void)state;
	ranges_init(&ranges, 1 << 18, 0);
	assert_int_equal(ranges_take(&ranges, (1 << 18) + 1, 0, &first), -ENOSPC);
	assert_int_equal(ranges_take(&ranges, UINT32_MAX, 0, &first), -ENOSPC);
	assert_int_equal(ranges_take(&ranges, 1 << 18, 0, &first), 0);
	assert_int_equal(ranges_take(&ranges, 0, 0, &first), -ENOSPC);
	ranges_deinit(&ranges);
}

/* A million processes of 5 to 60 mappings, of which 400 live at a time: the array is not used up
 * by pieces too small for anybody, and no two of them overlap. */
static void test_churn(void **state)
{
	enum { LIVE = 400, MAX = 1 << 18, GRACE = 500 };
	static uint8_t owned[MAX];
	struct {
		uint32_t first, n;
	} live[LIVE] = {};
	struct ranges ranges;
	uint64_t random = 1;

	(void)state;
	ranges_init(&ranges, MAX, GRACE);
	for (uint64_t now = 0; now < 1000000; now++) {
		uint32_t i, n, first;

		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		i = (random >> 33) % LIVE;
		n = 5 + (random >> 45) % 56;
		if (live[i].n) {
			for (uint32_t at = 0; at < live[i].n; at++)
				owned[live[i].first + at] = 0;
			assert_int_equal(ranges_give(&ranges, live[i].first, live[i].n, now), 0);
		}
		assert_int_equal(ranges_take(&ranges, n, now, &first), 0);
		for (uint32_t at = 0; at < n; at++) {
			assert_int_equal(owned[first + at], 0);
			owned[first + at] = 1;
		}
		live[i].first = first;
		live[i].n = n;
	}
	assert_true(ranges.used < MAX / 2);
	for (int i = 0; i < RANGES_SIZES; i++)
		assert_true(ranges.sizes[i].items.n < 4 * (LIVE + GRACE));
	ranges_deinit(&ranges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grace),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_churn),
	};

	return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
