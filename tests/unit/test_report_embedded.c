// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The profile inside a picture: as it is while there is room, and else with
 * its small stacks cut short, while sums and large stacks stay.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/embedded.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/tree.h"
#include "tests/unit/report_maker.h"

enum { N_SMALL = 3000 };

/* Two large stacks, and many of one sample each that share their outer part with one of them. */
static void make(struct maker *maker)
{
	maker_init(maker);
	maker_folded(maker, "main;large;leaf", N_SMALL * 7);
	maker_folded(maker, "main;other", N_SMALL * 2);
	for (unsigned i = 0; i < N_SMALL; i++) {
		char stack[80];

		snprintf(stack, sizeof(stack), "main;large;small%u;leaf%u", i * 2654435761u,
			 i * 40503u);
		maker_folded(maker, stack, 1);
	}
	maker_finish(maker);
}

static void read_back(const struct embedded *embedded, struct profile *profile)
{
	guard_close int fd = memfd_create("test", MFD_CLOEXEC);
	struct report_error error = {""};

	assert_int_equal(write(fd, embedded->bytes, embedded->n), embedded->n);
	assert_int_equal(profile_init(profile), 0);
	if (pprof_read(fd, profile, &error))
		fail_msg("%s", error.text);
	assert_int_equal(profile_finish(profile), 0);
}

/* "NAME SELF/TOTAL" of a function. */
static void check_function(const struct profile *profile, const char *name, int64_t self,
			   int64_t total)
{
	static const struct report_options plain;
	guard(tree_deinit) struct tree tree;
	guard(function_totals_deinit) struct function_totals totals;

	assert_int_equal(tree_init(&tree, profile, &plain, 0), 0);
	assert_int_equal(function_totals_init(&totals, &tree), 0);
	vec_each(&totals.items, item) {
		if (strncmp(strings_get(&tree.labels, item->label), name, strlen(name)))
			continue;
		assert_int_equal(item->self, self);
		assert_int_equal(item->total, total);
		return;
	}
	fail_msg("no %s", name);
}

static void all_of_it_where_there_is_room(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(embedded_deinit) struct embedded embedded = {};
	guard(profile_deinit) struct profile profile;

	(void)state;
	make(&maker);
	assert_int_equal(embedded_init(&embedded, &maker.profile, EMBEDDED_MAX), 0);
	assert_string_equal(embedded.cut, "");
	read_back(&embedded, &profile);
	assert_int_equal(profile.stacks.n, maker.profile.stacks.n);
	check_function(&profile, "small", 0, 1);
}

static void small_stacks_are_cut(void **state)
{
	enum { ROOM = 4000 };
	guard(maker_deinit) struct maker maker;
	guard(embedded_deinit) struct embedded embedded = {};
	guard(profile_deinit) struct profile profile;

	(void)state;
	make(&maker);
	assert_int_equal(embedded_init(&embedded, &maker.profile, ROOM), 0);
	assert_in_range(embedded.n, 1, ROOM);
	read_back(&embedded, &profile);
	assert_int_equal(profile.totals[0], N_SMALL * 10);
	check_function(&profile, "main", 0, N_SMALL * 10);
	check_function(&profile, "large", 0, N_SMALL * 8);
	check_function(&profile, "leaf", N_SMALL * 7, N_SMALL * 7);
	check_function(&profile, "other", N_SMALL * 2, N_SMALL * 2);
	check_function(&profile, "[below 0.0", N_SMALL, N_SMALL);
	/* It says so, in the picture and in the profile. */
	assert_non_null(strstr(embedded.cut, "; 6000 of 6004 frames are not in this file"));
	assert_non_null(strstr(embedded.cut, ".pb.gz"));
	assert_int_equal(profile.comments.n, 1);
	assert_non_null(
		strstr(strings_get(&profile.strings, profile.comments.data[0]), embedded.cut));
}

static void the_same_bytes_again(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(embedded_deinit) struct embedded a = {}, b = {};

	(void)state;
	make(&maker);
	assert_int_equal(embedded_init(&a, &maker.profile, 20000), 0);
	assert_int_equal(embedded_init(&b, &maker.profile, 20000), 0);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.bytes, b.bytes, a.n);
}

/* What cannot be cut any further is as large as it is. */
static void nothing_left_to_cut(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(embedded_deinit) struct embedded embedded = {};
	guard(profile_deinit) struct profile profile;

	(void)state;
	make(&maker);
	assert_int_equal(embedded_init(&embedded, &maker.profile, 1), 0);
	read_back(&embedded, &profile);
	assert_int_equal(profile.totals[0], N_SMALL * 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_where_there_is_room),
		cmocka_unit_test(small_stacks_are_cut),
		cmocka_unit_test(the_same_bytes_again),
		cmocka_unit_test(nothing_left_to_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
