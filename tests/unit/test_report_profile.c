// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The profile's tables: what is the same gets the same number, sums stay exact
 * when slices are widened, and the order of samples does not tell in which
 * order they came.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/guard.h"
#include "report/profile.h"
#include "report/wait_bucket.h"
#include "report/wait_class.h"

static void set_samples_type(struct profile *profile)
{
	struct profile_value_type type;

	assert_int_equal(profile_intern(profile, "samples", &type.type), 0);
	assert_int_equal(profile_intern(profile, "count", &type.unit), 0);
	assert_int_equal(profile_set_values(profile, &type, 1), 0);
}

/* The stack of functions named by single letters, "abc" with a outermost. */
static uint32_t make_stack(struct profile *profile, const char *letters)
{
	uint32_t stack = 0;

	for (; *letters; letters++) {
		struct profile_function function = {};
		struct profile_frame frame = {};
		uint32_t location;

		assert_int_equal(profile_intern_bytes(profile, letters, 1, &function.name), 0);
		assert_int_equal(profile_intern_function(profile, &function, &frame.function), 0);
		assert_int_equal(profile_intern_location(profile, 0, 0, &frame, 1, &location), 0);
		assert_int_equal(profile_intern_stack(profile, stack, location, &stack), 0);
	}
	return stack;
}

static void add(struct profile *profile, uint32_t stack, uint32_t slice, int64_t value)
{
	struct profile_sample sample = {.stack = stack, .slice = slice};

	assert_int_equal(profile_add_sample(profile, &sample, &value), 0);
}

static int64_t sum(const struct profile *profile)
{
	int64_t total = 0;

	for (size_t i = 0; i < profile->values.n; i++)
		total += profile->values.data[i];
	return total;
}

static void test_none_is_zero(void **state)
{
	guard(profile_deinit) struct profile profile;
	struct profile_thread thread = {};
	struct profile_module module = {};
	uint32_t number = 7;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(profile.modules.n, 1);
	assert_int_equal(profile.stacks.n, 1);
	assert_int_equal(profile_intern_thread(&profile, &thread, &number), 0);
	assert_int_equal(number, 0);
	number = 7;
	assert_int_equal(profile_intern_module(&profile, &module, &number), 0);
	assert_int_equal(number, 0);
	assert_int_equal(profile_finish(&profile), 0);
}

static void test_samples_add_up(void **state)
{
	guard(profile_deinit) struct profile profile;
	uint32_t stack;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	set_samples_type(&profile);
	stack = make_stack(&profile, "ab");
	assert_int_equal(make_stack(&profile, "ab"), stack);
	assert_int_not_equal(make_stack(&profile, "b"), stack);
	add(&profile, stack, 0, 2);
	add(&profile, stack, 0, 3);
	add(&profile, stack, 1, 4);
	assert_int_equal(profile.samples.n, 2);
	assert_int_equal(profile.values.data[0], 5);
	assert_int_equal(profile_widen_slices(&profile), 0);
	assert_int_equal(profile.samples.n, 1);
	assert_int_equal(profile.values.data[0], 9);
	assert_int_equal(profile.slice_ns, 2 * PROFILE_SLICE_NS);
}

static void test_values_must_agree(void **state)
{
	guard(profile_deinit) struct profile profile;
	struct profile_value_type types[PROFILE_MAX_VALUES + 1] = {{1, 2}, {3, 4}};

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(profile_set_values(&profile, types, 0), -EINVAL);
	assert_int_equal(profile_set_values(&profile, types, PROFILE_MAX_VALUES + 1), -EINVAL);
	assert_int_equal(profile_set_values(&profile, types, 2), 0);
	assert_int_equal(profile_set_values(&profile, types, 2), 0);
	assert_int_equal(profile_set_values(&profile, types, 1), -EINVAL);
	types[1].unit = 5;
	assert_int_equal(profile_set_values(&profile, types, 2), -EINVAL);
}

static void test_sums_cannot_overflow(void **state)
{
	guard(profile_deinit) struct profile profile;
	struct profile_sample sample = {};
	int64_t value = INT64_MIN;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	set_samples_type(&profile);
	assert_int_equal(profile_add_sample(&profile, &sample, &value), -EOVERFLOW);
	add(&profile, 0, 0, INT64_MAX);
	value = 1;
	assert_int_equal(profile_add_sample(&profile, &sample, &value), -EOVERFLOW);
	value = -1;
	assert_int_equal(profile_add_sample(&profile, &sample, &value), -EOVERFLOW);
	assert_int_equal(sum(&profile), INT64_MAX);
}

/* 3 stacks in 1,000 slices, and 100 places. */
static void test_slices_widen(void **state)
{
	guard(profile_deinit) struct profile profile;
	uint32_t stacks[3];

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	set_samples_type(&profile);
	profile.max_samples = 100;
	stacks[0] = make_stack(&profile, "a");
	stacks[1] = make_stack(&profile, "ab");
	stacks[2] = make_stack(&profile, "c");
	for (uint64_t ms = 0; ms < 10000; ms += 10)
		for (unsigned i = 0; i < 3; i++)
			add(&profile, stacks[i], profile_slice_at(&profile, ms * 1000000), i + 1);
	assert_int_equal(sum(&profile), 6000);
	assert_true(profile.samples.n <= 100);
	assert_int_equal(profile.max_samples, 100);
	/* When all were used at 16 times the width, there were 34 slices; 3 x 17 is more than
	 * half of the places, so that it became 64 times. */
	assert_int_equal(profile.slice_ns, 64 * (uint64_t)PROFILE_SLICE_NS);
	for (size_t i = 0; i < profile.samples.n; i++)
		assert_true(profile.samples.data[i].slice <= 1000 / 64);
}

/* Where stacks alone are too many, time is given up no further than it helps. */
static void test_many_stacks_raise_the_limit(void **state)
{
	guard(profile_deinit) struct profile profile;
	char letters[3] = "";

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	set_samples_type(&profile);
	profile.max_samples = 64;
	for (unsigned i = 0; i < 500; i++) {
		letters[0] = 'a' + i % 25;
		letters[1] = 'A' + i / 25;
		add(&profile, make_stack(&profile, letters), i, 1);
	}
	assert_int_equal(sum(&profile), 500);
	assert_int_equal(profile.samples.n, 500);
	assert_true(profile.max_samples >= 500 && profile.max_samples <= 1024);
	assert_int_equal(profile.slice_ns, PROFILE_SLICE_NS);
}

/* The samples as text, in the profile's order. */
static void print_samples(const struct profile *profile, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < profile->samples.n; i++) {
		for (uint32_t s = profile->samples.data[i].stack; s;
		     s = profile->stacks.data[s].parent) {
			const struct profile_location *location =
				&profile->locations.data[profile->stacks.data[s].location];
			uint32_t function = profile->frames.data[location->first_frame].function;

			n += snprintf(text + n, size - n, "%s",
				      strings_get(&profile->strings,
						  profile->functions.data[function].name));
		}
		n += snprintf(text + n, size - n, "@%u=%lld ", profile->samples.data[i].slice,
			      (long long)profile->values.data[i]);
	}
}

static void test_order_is_content(void **state)
{
	static const char *const stacks[] = {"z", "ab", "abc", "a", "zz", "abd", ""};
	const size_t n = sizeof(stacks) / sizeof(stacks[0]);
	char first[512];
	char other[512];

	(void)state;
	for (size_t turn = 0; turn < n; turn++) {
		guard(profile_deinit) struct profile profile;

		assert_int_equal(profile_init(&profile), 0);
		set_samples_type(&profile);
		for (size_t i = 0; i < 2 * n; i++) {
			size_t at = (i + turn) % n;

			add(&profile, make_stack(&profile, stacks[at]), turn % 2 ? 5000000 : 3,
			    at + 1);
			add(&profile, make_stack(&profile, stacks[at]), turn % 2 ? 3 : 5000000,
			    at + 1);
		}
		assert_int_equal(profile_finish(&profile), 0);
		print_samples(&profile, turn ? other : first, sizeof(first));
		if (turn)
			assert_string_equal(first, other);
	}
	/* A stack's samples stand together, in the order of time. */
	assert_non_null(strstr(first, "@3=14 @5000000=14 "));
	assert_non_null(strstr(first, "cba@3=6 cba@5000000=6 "));
}

static void test_locations(void **state)
{
	guard(profile_deinit) struct profile profile;
	struct profile_module user = {.path = 0, .kind = MODULE_USER};
	struct profile_module kernel = {.kind = MODULE_KERNEL};
	struct profile_function function = {};
	struct profile_frame frames[2] = {};
	uint32_t unresolved;
	uint32_t resolved;
	uint32_t a;
	uint32_t b;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(profile_intern(&profile, "/bin/x", &user.path), 0);
	assert_int_equal(profile_intern_module(&profile, &user, &a), 0);
	assert_int_equal(profile_intern_module(&profile, &kernel, &b), 0);
	assert_int_equal(profile_intern(&profile, "f", &function.name), 0);
	assert_int_equal(profile_intern_function(&profile, &function, &frames[0].function), 0);
	assert_int_equal(profile_intern(&profile, "g", &function.name), 0);
	assert_int_equal(profile_intern_function(&profile, &function, &frames[1].function), 0);

	/* A file's offset is the same code whether it has a name already or not. */
	assert_int_equal(profile_intern_location(&profile, a, 64, NULL, 0, &unresolved), 0);
	assert_int_equal(profile_intern_location(&profile, a, 64, frames, 2, &resolved), 0);
	assert_int_equal(unresolved, resolved);
	assert_int_equal(profile.locations.data[resolved].n_frames, 2);
	assert_int_equal(profile_intern_location(&profile, a, 64, NULL, 0, &unresolved), 0);
	assert_int_equal(unresolved, resolved);
	assert_int_equal(profile_intern_location(&profile, a, 64, frames, 1, &resolved), 0);
	assert_int_not_equal(unresolved, resolved);

	/* A kernel address is not. */
	assert_int_equal(profile_intern_location(&profile, b, 64, frames, 1, &unresolved), 0);
	assert_int_equal(profile_intern_location(&profile, b, 64, frames + 1, 1, &resolved), 0);
	assert_int_not_equal(unresolved, resolved);

	/* Without a module, the frames are all there is. */
	assert_int_equal(profile_intern_location(&profile, 0, 1, frames, 1, &unresolved), 0);
	assert_int_equal(profile_intern_location(&profile, 0, 2, frames, 1, &resolved), 0);
	assert_int_equal(unresolved, resolved);
	assert_int_equal(profile_intern_location(&profile, 0, 1, NULL, 0, &unresolved), 0);
	assert_int_equal(profile_intern_location(&profile, 0, 2, NULL, 0, &resolved), 0);
	assert_int_not_equal(unresolved, resolved);
}

static void test_names_are_utf8(void **state)
{
	guard(profile_deinit) struct profile profile;
	struct profile_function function = {};
	uint32_t number;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(profile_intern(&profile, "a\xff\xc3\xa4\xc3", &number), 0);
	assert_string_equal(strings_get(&profile.strings, number),
			    "a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd");
	assert_int_equal(profile_intern_bytes(&profile, "a\0b", 3, &function.name), 0);
	assert_int_equal(strings_length(&profile.strings, function.name), 3);
	function.system_name = function.name;
	assert_int_equal(profile_intern_function(&profile, &function, &number), 0);
	assert_int_equal(profile.functions.data[number].system_name, 0);
}

static void test_inputs_on_one_time_line(void **state)
{
	guard(profile_deinit) struct profile profile;
	const uint64_t ms = 1000000;
	uint64_t offset;
	uint32_t stack;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	set_samples_type(&profile);
	stack = make_stack(&profile, "a");
	assert_int_equal(profile_add_input(&profile, 1000 * ms, 5, 10 * ms, &offset), 0);
	assert_int_equal(offset, 0);
	add(&profile, stack, 3, 1);
	/* Coarser slices, and 95 ms earlier: slices of 40 ms, and 3 of them before. */
	assert_int_equal(profile_add_input(&profile, 905 * ms, 6, 30 * ms, &offset), 0);
	assert_int_equal(profile.slice_ns, 40 * ms);
	assert_int_equal(profile.time_ns, 880 * ms);
	assert_int_equal(offset, 25 * ms);
	assert_int_equal(profile.samples.data[0].slice, 3);
	assert_int_equal(profile.duration_ns, 11);
	/* One without times takes them from all. */
	assert_int_equal(profile_add_input(&profile, 0, 0, 0, &offset), 0);
	assert_int_equal(profile.slice_ns, 0);
	assert_int_equal(profile.samples.data[0].slice, 0);
	assert_int_equal(sum(&profile), 1);
}

static void test_quality_and_unwind_names(void **state)
{
	guard(profile_deinit) struct profile profile;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	assert_null(profile_quality(&profile));
	assert_int_equal(profile_add_comment(&profile, "event: cpu-clock"), 0);
	assert_int_equal(profile_add_comment(&profile, "quality: samples=5"), 0);
	assert_int_equal(profile_add_comment(&profile, "quality: samples=5"), 0);
	assert_int_equal(profile.comments.n, 2);
	assert_string_equal(profile_quality(&profile), "samples=5");
	for (unsigned i = 0; i < UNWIND_N; i++)
		assert_int_equal(unwind_result_from_name(unwind_result_name(i)), i);
	assert_int_equal(unwind_result_from_name("who knows"), UNWIND_UNKNOWN);
	assert_false(unwind_result_is_incomplete(UNWIND_WHOLE));
	assert_true(unwind_result_is_incomplete(UNWIND_DEPTH));
}

/* A stack has one number however many are called from the same one, and however deep it is. */
static void test_stacks_wide_and_deep(void **state)
{
	enum { N = 30000 };
	guard(profile_deinit) struct profile profile;
	uint32_t wide[N], deep[N], found;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	for (uint32_t i = 0; i < N; i++) {
		assert_int_equal(profile_intern_stack(&profile, 0, N - i, &wide[i]), 0);
		assert_int_equal(profile_intern_stack(&profile, i ? deep[i - 1] : wide[0], i % 3,
						      &deep[i]),
				 0);
	}
	assert_int_equal(profile.stacks.n, 2 * N + 1);
	for (uint32_t i = N; i-- > 0;) {
		assert_int_equal(profile_intern_stack(&profile, 0, N - i, &found), 0);
		assert_int_equal(found, wide[i]);
		assert_int_equal(profile_intern_stack(&profile, i ? deep[i - 1] : wide[0], i % 3,
						      &found),
				 0);
		assert_int_equal(found, deep[i]);
	}
	assert_int_equal(profile.stacks.n, 2 * N + 1);
}

static void add_wait(struct profile *profile, struct profile_sample sample, int64_t value,
		     uint64_t longest_ns)
{
	assert_int_equal(profile_add_wait(profile, &sample, &value, longest_ns), 0);
}

/* Of the phases of one sample the longest is known; what differs in anything is another sample. */
static void test_waits_add_up(void **state)
{
	guard(profile_deinit) struct profile profile;
	struct profile_wait none = {};
	struct profile_wait wait = {.object = 0x1000};
	struct profile_sample sample = {.wait_class = WAIT_UNKNOWN};
	uint32_t number = 7;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	set_samples_type(&profile);
	assert_int_equal(profile_intern_wait(&profile, &none, &number), 0);
	assert_int_equal(number, 0);
	assert_int_equal(profile_intern(&profile, "S", &wait.state), 0);
	assert_int_equal(profile_intern(&profile, "futex", &wait.syscall), 0);
	assert_int_equal(profile_intern_wait(&profile, &wait, &sample.wait), 0);
	assert_int_equal(profile_intern_wait(&profile, &wait, &number), 0);
	assert_int_equal(sample.wait, 1);
	assert_int_equal(number, 1);

	add(&profile, make_stack(&profile, "a"), 0, 1); /* on the CPU */
	add_wait(&profile, sample, 10, 4);
	add_wait(&profile, sample, 20, 9);
	add_wait(&profile, sample, 30, 5);
	assert_int_equal(profile.samples.n, 2);
	assert_int_equal(profile_longest_ns(&profile, 0), 0);
	assert_int_equal(profile_longest_ns(&profile, 1), 9);
	assert_int_equal(profile.values.data[1], 60);

	sample.slice = 1;
	add_wait(&profile, sample, 1, 11);
	assert_int_equal(profile.samples.n, 3);
	assert_int_equal(profile_widen_slices(&profile), 0);
	assert_int_equal(profile.samples.n, 2);
	assert_int_equal(profile_longest_ns(&profile, 0), 11);
	assert_int_equal(profile_longest_ns(&profile, 1), 0);
	assert_int_equal(profile.values.data[0], 61);

	sample.slice = 0;
	sample.bucket = 3;
	add_wait(&profile, sample, 1, 1);
	sample.flags = SAMPLE_RUNQUEUE;
	add_wait(&profile, sample, 1, 1);
	sample.wait_class = WAIT_LOCK;
	add_wait(&profile, sample, 1, 1);
	sample.wait = 0;
	add_wait(&profile, sample, 1, 1);
	assert_int_equal(profile.samples.n, 6);
	assert_int_equal(profile.longest_ns.n, 6);
}

/* The longest phases move with their samples, whatever numbers the waits happened to get. */
static void test_order_of_waits_is_content(void **state)
{
	enum { N = 6 };

	(void)state;
	for (uint32_t turn = 0; turn < N; turn++) {
		guard(profile_deinit) struct profile profile;
		uint64_t longest_ns[N];
		static uint64_t first[N];

		assert_int_equal(profile_init(&profile), 0);
		set_samples_type(&profile);
		for (uint32_t i = 0; i < N; i++) {
			uint32_t at = (i + turn) % N;
			struct profile_wait wait = {.object = 0x1000 + at / 2};
			struct profile_sample sample = {.wait_class = WAIT_LOCK, .bucket = at % 2};

			assert_int_equal(profile_intern_wait(&profile, &wait, &sample.wait), 0);
			add_wait(&profile, sample, at + 1, 100 * at + 1);
		}
		assert_int_equal(profile_finish(&profile), 0);
		for (uint32_t i = 0; i < N; i++) {
			longest_ns[i] = profile_longest_ns(&profile, i);
			assert_int_equal(longest_ns[i], 100 * profile.values.data[i] - 99);
		}
		if (!turn)
			memcpy(first, longest_ns, sizeof(first));
		assert_memory_equal(first, longest_ns, sizeof(first));
	}
}

static void test_buckets(void **state)
{
	(void)state;
	assert_int_equal(wait_bucket_of(0), 0);
	assert_int_equal(wait_bucket_of(1023), 0);
	assert_int_equal(wait_bucket_of(1024), 1);
	assert_int_equal(wait_bucket_of(UINT64_MAX), WAIT_BUCKETS - 1);
	for (unsigned i = 0; i < WAIT_BUCKETS; i++) {
		uint64_t start = wait_bucket_start(i);

		assert_int_equal(wait_bucket_of(start), i);
		if (!i)
			continue;
		assert_int_equal(wait_bucket_of(start - 1), i - 1);
		if (i > 8)
			assert_true(start - wait_bucket_start(i - 1) <= start / 8);
	}
	for (unsigned i = WAIT_UNKNOWN; i < WAIT_N; i++)
		assert_int_equal(wait_class_from_name(wait_class_name(i)), i);
	assert_int_equal(wait_class_from_name("who knows"), WAIT_UNKNOWN);
}

/* What helps is an option that the command has. */
static void test_remedies_fit_the_command(void **state)
{
	static const enum unwind_result copies[] = {UNWIND_OVER_BUDGET, UNWIND_COPY_LOST};

	(void)state;
	for (size_t i = 0; i < sizeof(copies) / sizeof(*copies); i++) {
		assert_non_null(strstr(unwind_result_remedy(copies[i], false), "-F"));
		assert_null(strstr(unwind_result_remedy(copies[i], true), "-F"));
		assert_non_null(strstr(unwind_result_remedy(copies[i], true), "--rate"));
	}
	assert_null(strstr(unwind_result_remedy(UNWIND_COPY_SHORT, true), "--stack-copy"));
	assert_string_equal(unwind_result_remedy(UNWIND_DEPTH, true),
			    unwind_result_remedy(UNWIND_DEPTH, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none_is_zero),
		cmocka_unit_test(test_samples_add_up),
		cmocka_unit_test(test_values_must_agree),
		cmocka_unit_test(test_sums_cannot_overflow),
		cmocka_unit_test(test_slices_widen),
		cmocka_unit_test(test_many_stacks_raise_the_limit),
		cmocka_unit_test(test_order_is_content),
		cmocka_unit_test(test_locations),
		cmocka_unit_test(test_stacks_wide_and_deep),
		cmocka_unit_test(test_names_are_utf8),
		cmocka_unit_test(test_inputs_on_one_time_line),
		cmocka_unit_test(test_quality_and_unwind_names),
		cmocka_unit_test(test_remedies_fit_the_command),
		cmocka_unit_test(test_waits_add_up),
		cmocka_unit_test(test_order_of_waits_is_content),
		cmocka_unit_test(test_buckets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
