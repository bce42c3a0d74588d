// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A profile with too many stacks: light ones are cut short and say so, heavy
 * ones and what was waited for stay, and no weight is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/guard.h"
#include "report/profile.h"
#include "report/profile_prune.h"
#include "report/wakers.h"

enum { N = 1000 };

static void set_up(struct profile *profile)
{
	struct profile_value_type type;

	assert_int_equal(profile_init(profile), 0);
	assert_int_equal(profile_intern(profile, "offcpu", &type.type), 0);
	assert_int_equal(profile_intern(profile, "nanoseconds", &type.unit), 0);
	assert_int_equal(profile_set_values(profile, &type, 1), 0);
}

static uint32_t push_name(struct profile *profile, uint32_t stack, const char *name)
{
	uint32_t location;

	assert_int_equal(wakers_intern_name(profile, name, &location), 0);
	assert_int_equal(profile_intern_stack(profile, stack, location, &stack), 0);
	return stack;
}

static uint32_t push_number(struct profile *profile, uint32_t stack, const char *name, unsigned number)
{
	char text[32];

	snprintf(text, sizeof(text), "%s%u", name, number);
	return push_name(profile, stack, text);
}

static uint32_t push_kernel(struct profile *profile, uint32_t stack, uint64_t address)
{
	struct profile_module module = { .kind = MODULE_KERNEL };
	uint32_t number, location;

	assert_int_equal(profile_intern(profile, "[kernel]", &module.path), 0);
	assert_int_equal(profile_intern_module(profile, &module, &number), 0);
	assert_int_equal(profile_intern_location(profile, number, address, NULL, 0, &location), 0);
	assert_int_equal(profile_intern_stack(profile, stack, location, &stack), 0);
	return stack;
}

static void add(struct profile *profile, uint32_t stack, int64_t value)
{
	struct profile_sample sample = { .stack = stack };

	assert_int_equal(profile_add_sample(profile, &sample, &value), 0);
}

static int64_t sum(const struct profile *profile)
{
	int64_t total = 0;

	vec_each(&profile->values, value)
		total += *value;
	return total;
}

/* "a;b;c", outermost first; of code without a name its address. */
static void print_stack(const struct profile *profile, uint32_t stack, char *buf, size_t n)
{
	const struct profile_stack *item = &profile->stacks.data[stack];
	const struct profile_location *location = &profile->locations.data[item->location];
	size_t used;

	if (!stack) {
		buf[0] = '\0';
		return;
	}
	print_stack(profile, item->parent, buf, n);
	used = strlen(buf);
	if (used)
		used += snprintf(buf + used, n - used, ";");
	if (location->n_frames)
		snprintf(buf + used, n - used, "%s",
			 strings_get(&profile->strings,
				     profile->functions
					     .data[profile->frames.data[location->first_frame]
							   .function]
					     .name));
	else
		snprintf(buf + used, n - used, "%llx", (unsigned long long)location->offset);
}

/* The value of the only sample with that stack; 0: there is none. */
static int64_t value_of(const struct profile *profile, const char *wanted)
{
	int64_t found = 0;

	for (size_t i = 0; i < profile->samples.n; i++) {
		char text[512];

		print_stack(profile, profile->samples.data[i].stack, text, sizeof(text));
		if (strcmp(text, wanted))
			continue;
		assert_int_equal(found, 0);
		found = profile->values.data[i];
	}
	return found;
}

static void light_stacks_are_cut(void **state)
{
	guard(profile_deinit) struct profile profile;
	uint32_t main_stack, heavy;

	(void)state;
	set_up(&profile);
	main_stack = push_name(&profile, 0, "main");
	heavy = push_name(&profile, push_name(&profile, main_stack, "heavy"), "leaf");
	add(&profile, push_kernel(&profile, heavy, 0x10), 100000);
	for (unsigned i = 0; i < N; i++) {
		uint32_t stack = push_number(&profile, main_stack, "light", i);

		stack = push_name(&profile, stack, "leaf");
		add(&profile, push_kernel(&profile, push_kernel(&profile, stack, 0x20), 0x10), 3);
	}
	assert_int_equal(profile_prune(&profile, 100), 0);
	assert_true(profile.stacks.n <= 100);
	assert_int_equal(sum(&profile), 100000 + 3 * N);
	assert_int_equal(value_of(&profile, "main;heavy;leaf;10"), 100000);
	/* What they waited for is still told. */
	assert_int_equal(value_of(&profile, "main;" PRUNE_NOTE ";20;10"), 3 * N);
	assert_int_equal(profile.samples.n, 2);
}

static void what_fits_is_not_cut(void **state)
{
	guard(profile_deinit) struct profile profile;
	struct prune_weights weights;
	uint32_t main_stack;
	size_t n;

	(void)state;
	set_up(&profile);
	main_stack = push_name(&profile, 0, "main");
	for (unsigned i = 0; i < N; i++)
		add(&profile, push_number(&profile, main_stack, "light", i), 3);
	n = profile.stacks.n;
	assert_int_equal(profile_prune(&profile, n), 0);
	assert_int_equal(profile.stacks.n, n);
	assert_int_equal(profile.samples.n, N);
	profile_prune_weights(&profile, &weights);
	assert_int_equal(weights.cut, 0);
	assert_int_equal(weights.wakers_cut, 0);
}

/* Who ended waits is cut first; the stacks that waited stay whole. */
static void wakers_are_cut_first(void **state)
{
	guard(profile_deinit) struct profile profile;
	struct prune_weights weights;
	char text[64];

	(void)state;
	set_up(&profile);
	for (unsigned i = 0; i < N; i++) {
		uint32_t stack = push_number(&profile, 0, "waits", i);

		stack = push_name(&profile, stack, WAKERS_MARK);
		for (int frame = 0; frame < 20; frame++)
			stack = push_number(&profile, stack, "wakes", frame);
		/* One of them weighs much. */
		add(&profile, stack, i ? 3 : 100000);
	}
	assert_true(profile.stacks.n > 22 * N);
	assert_int_equal(profile_prune(&profile, 4 * N), 0);
	assert_true(profile.stacks.n <= 4 * N);
	assert_int_equal(profile.samples.n, N);
	assert_int_equal(sum(&profile), 100000 + 3 * (N - 1));
	for (unsigned i = 1; i < N; i++) {
		snprintf(text, sizeof(text), "waits%u;" WAKERS_MARK ";" PRUNE_NOTE, i);
		assert_int_equal(value_of(&profile, text), 3);
	}
	profile_prune_weights(&profile, &weights);
	assert_int_equal(weights.cut, 0);
	assert_int_equal(weights.wakers_cut, 3 * (N - 1));
	/* With less room all are. */
	assert_int_equal(profile_prune(&profile, 100), 0);
	assert_true(profile.stacks.n <= 150);
	assert_int_equal(sum(&profile), 100000 + 3 * (N - 1));
	profile_prune_weights(&profile, &weights);
	assert_int_equal(weights.cut, 3 * (N - 1));
}

/* The numbers that are given afterwards are those of the same stacks. */
static void recording_goes_on(void **state)
{
	guard(profile_deinit) struct profile profile;
	uint32_t main_stack, again;

	(void)state;
	set_up(&profile);
	for (unsigned round = 0; round < 10; round++) {
		main_stack = push_name(&profile, 0, "main");
		for (unsigned i = 0; i < N; i++)
			add(&profile,
			    push_name(&profile, push_number(&profile, main_stack, "light", i), "leaf"),
			    3);
		add(&profile, push_name(&profile, push_name(&profile, main_stack, "heavy"), "leaf"),
		    50000);
		assert_int_equal(profile_prune(&profile, 200), 0);
		assert_true(profile.stacks.n <= 300);
		again = push_name(&profile, 0, "main");
		assert_true(again > 0 && again < profile.stacks.n);
		for (uint32_t i = 1; i < profile.stacks.n; i++) {
			assert_true(profile.stacks.data[i].parent < i);
			assert_int_equal(profile_intern_stack(&profile,
							      profile.stacks.data[i].parent,
							      profile.stacks.data[i].location, &again),
					 0);
			assert_int_equal(again, i);
		}
	}
	assert_int_equal(value_of(&profile, "main;heavy;leaf"), 500000);
	assert_int_equal(value_of(&profile, "main;" PRUNE_NOTE), 3 * 10 * N);
	assert_int_equal(sum(&profile), 500000 + 3 * 10 * N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(light_stacks_are_cut),
		cmocka_unit_test(what_fits_is_not_cut),
		cmocka_unit_test(wakers_are_cut_first),
		cmocka_unit_test(recording_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
