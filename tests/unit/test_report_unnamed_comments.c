// SPDX-License-Identifier: GPL-2.0-or-later
/* What recordings say of code without names, after names were found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/guard.h"
#include "report/unnamed_comments.h"
#include "tests/unit/report_maker.h"

#define REMEDY ": stripped; apt install prog-dbgsym: the names"

static void add_leaf(struct maker *maker, const char *path, const char *name, int64_t count)
{
	uint32_t module = maker_module(maker, path, MODULE_USER);
	uint32_t n = maker->profile.stacks.n;
	struct profile_frame frame;

	maker_frame(maker, name, "", 0, &frame);
	maker_sample(maker, maker_call(maker, 0, module, 16 * n, &frame, name[0] != '\0'), count);
}

static void expect(struct maker *maker, const char *expected)
{
	guard_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(unnamed_comments_update(&maker->profile), 0);
	vec_each(&maker->profile.comments, comment)
		fprintf(out, "%s\n", strings_get(&maker->profile.strings, *comment));
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
}

/* 100 samples: none without a name in /named, 10 in /part, 0.5 % in /bit, 3 in others. */
static void make(struct maker *maker)
{
	maker_init(maker);
	add_leaf(maker, "/named", "f", 600);
	add_leaf(maker, "/part", "g", 265);
	add_leaf(maker, "/part", "[part+0x10]", 60);
	add_leaf(maker, "/part", "", 40);
	add_leaf(maker, "/bit", "[bit+0x10]", 5);
	add_leaf(maker, "/other", "[other+0x10]", 30);
	assert_int_equal(profile_add_comment(&maker->profile,
					     "quality: samples=1000 unnamed=90.0% whole=90.0%"),
			 0);
	assert_int_equal(profile_add_comment(&maker->profile,
					     "unnamed: 60.0% of the samples, in /named" REMEDY),
			 0);
	assert_int_equal(profile_add_comment(&maker->profile,
					     "unnamed: 20.0% of the samples, in /part" REMEDY),
			 0);
	assert_int_equal(profile_add_comment(&maker->profile,
					     "unnamed: 1.9% of the samples, in /bit" REMEDY),
			 0);
	assert_int_equal(profile_add_comment(&maker->profile, "unnamed: as nobody writes it"), 0);
	assert_int_equal(profile_add_comment(&maker->profile, "machine: Linux"), 0);
}

static void names_were_found(void **state)
{
	guard(maker_deinit) struct maker maker;

	(void)state;
	make(&maker);
	assert_int_equal(profile_add_comment(&maker.profile, "unnamed: 9.0% of the samples, in 7 "
							     "places of less"),
			 0);
	expect(&maker, "quality: samples=1000 unnamed=13.5% whole=90.0%\n"
		       "unnamed: 10.0% of the samples, in /part" REMEDY "\n"
		       "unnamed: as nobody writes it\n"
		       "machine: Linux\n"
		       "unnamed: 3.0% of the samples, in 7 places of less\n");
}

/* What is not less than before stays as it was written. */
static void shares_do_not_grow(void **state)
{
	guard(maker_deinit) struct maker maker;
	static const char text[] = "unnamed: 3.0% of the samples, in /part" REMEDY;

	(void)state;
	maker_init(&maker);
	add_leaf(&maker, "/part", "[part+0x10]", 4);
	add_leaf(&maker, "/named", "f", 96);
	assert_int_equal(profile_add_comment(&maker.profile, "quality: unnamed=3.1%"), 0);
	assert_int_equal(profile_add_comment(&maker.profile, text), 0);
	expect(&maker, "quality: unnamed=3.1%\n"
		       "unnamed: 3.0% of the samples, in /part" REMEDY "\n");
}

/* Each of several recordings says what it was in its own; only what is named in all goes. */
static void several_recordings(void **state)
{
	guard(maker_deinit) struct maker maker;

	(void)state;
	make(&maker);
	assert_int_equal(profile_add_comment(&maker.profile, "quality: unnamed=1.0%"), 0);
	expect(&maker, "quality: samples=1000 unnamed=90.0% whole=90.0%\n"
		       "unnamed: 20.0% of the samples, in /part" REMEDY "\n"
		       "unnamed: 1.9% of the samples, in /bit" REMEDY "\n"
		       "unnamed: as nobody writes it\n"
		       "machine: Linux\n"
		       "quality: unnamed=1.0%\n");
}

static void an_empty_profile(void **state)
{
	guard(maker_deinit) struct maker maker;

	(void)state;
	maker_init(&maker);
	expect(&maker, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_were_found),
		cmocka_unit_test(shares_do_not_grow),
		cmocka_unit_test(several_recordings),
		cmocka_unit_test(an_empty_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
