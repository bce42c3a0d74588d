// SPDX-License-Identifier: GPL-2.0-or-later
/* What comes out of a ring is checked: sizes, types, ranges, names without an end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "profiler/wire.h"

static struct wire_sample good_sample(void)
{
	struct wire_sample sample = {
		.header = { WIRE_SAMPLE, sizeof(sample) },
		.time_ns = 5,
		.pid = 10,
		.tid = 11,
		.result = WIRE_DEPTH,
		.flags = WIRE_IN_KERNEL,
	};

	memset(sample.process, 'p', sizeof(sample.process));
	memset(sample.comm, 'c', sizeof(sample.comm));
	return sample;
}

static void a_good_sample_passes(void **state)
{
	struct wire_sample wire = good_sample();
	struct checked_record record;

	(void)state;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), 0);
	assert_int_equal(record.type, WIRE_SAMPLE);
	assert_int_equal(record.sample.pid, 10);
	assert_int_equal(record.sample.tid, 11);
	assert_int_equal(record.sample.result, UNWIND_DEPTH);
	assert_true(record.sample.in_kernel);
	/* 16 bytes without an end become 15 with one. */
	assert_int_equal(strlen(record.sample.process), WIRE_COMM - 1);
	assert_int_equal(strlen(record.sample.comm), WIRE_COMM - 1);
}

static void bad_samples_do_not(void **state)
{
	struct wire_sample wire = good_sample();
	struct checked_record record;

	(void)state;
	for (size_t size = 0; size < sizeof(wire); size++)
		assert_int_equal(wire_check(&wire, size, &record), -EBADMSG);
	wire.pid = 0;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
	wire = good_sample();
	wire.result = WIRE_RESULTS;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
	wire = good_sample();
	wire.header.size = 8;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
	wire = good_sample();
	wire.header.type = WIRE_TYPES;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
}

static void stacks_are_bounded(void **state)
{
	static struct {
		struct wire_header header;
		uint64_t id;
		uint64_t addresses[WIRE_MAX_USER_FRAMES + 1];
	} wire = { .header = { WIRE_USER_STACK, 16 + 8 * 3 }, .id = 9, .addresses = { 1, 2, 3 } };
	struct checked_record record;

	(void)state;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), 0);
	assert_int_equal(record.stack.n, 3);
	assert_int_equal(record.stack.addresses[2], 3);
	assert_false(record.stack.kernel);
	wire.header.size = 16; /* no address */
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
	wire.header.size = 16 + 7;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
	wire.header.size = 16 + 8 * WIRE_MAX_USER_FRAMES;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), 0);
	wire.header.size = 16 + 8 * (WIRE_MAX_USER_FRAMES + 1);
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
	wire.header.size = 16 + 8;
	wire.id = 0;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
}

static void copies_are_checked(void **state)
{
	struct wire_copy wire = {
		.header = { WIRE_COPY, sizeof(wire) },
		.id = 7,
		.time_ns = 8,
		.ip = 9,
		.n_pages = WIRE_MAX_COPY_PAGES,
		.cut = 1,
		.lost = 1,
	};
	struct checked_record record;

	(void)state;
	wire.registers.dwarf[7] = 0x7ffc0000;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), 0);
	assert_int_equal(record.type, WIRE_COPY);
	assert_int_equal(record.copy.id, 7);
	assert_int_equal(record.copy.time_ns, 8);
	assert_int_equal(record.copy.ip, 9);
	assert_int_equal(record.copy.registers[7], 0x7ffc0000);
	assert_int_equal(record.copy.n_pages, WIRE_MAX_COPY_PAGES);
	assert_true(record.copy.cut && record.copy.lost);
	wire.n_pages++;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
	wire.n_pages = 0;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), 0);
	wire.id = 0;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
	wire.id = 7;
	wire.header.size -= 8;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
}

static void pages_are_checked(void **state)
{
	static struct wire_page wire = {
		.header = { WIRE_PAGE, sizeof(wire) },
		.id = 7,
		.address = 0x7ffc1000,
	};
	struct checked_record record;

	(void)state;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), 0);
	assert_int_equal(record.page.address, 0x7ffc1000);
	assert_ptr_equal(record.page.bytes, wire.bytes);
	assert_int_equal(wire_check(&wire, sizeof(wire) - 8, &record), -EBADMSG);
	wire.address++;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
	wire.address--;
	wire.id = 0;
	assert_int_equal(wire_check(&wire, sizeof(wire), &record), -EBADMSG);
}

/* A time lies in the bucket that it is put into, and that is no wider than an eighth of it. */
static void buckets_hold_their_times(void **state)
{
	(void)state;
	assert_int_equal(wire_bucket(0), 0);
	assert_int_equal(wire_bucket_ns(0), 0);
	for (uint64_t ns = 1; ns < 1ULL << 40; ns += ns / 7 + 1) {
		uint8_t bucket = wire_bucket(ns);
		uint64_t low = wire_bucket_ns(bucket), high = wire_bucket_ns(bucket + 1);

		assert_true(low <= ns && ns < high);
		assert_true(high - low <= (low / 8 > 1024 ? low / 8 : 1024));
		assert_int_equal(wire_bucket(low), bucket);
		assert_int_equal(wire_bucket(high), bucket + 1);
	}
	assert_int_equal(wire_bucket(UINT64_MAX), 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_sample_passes),
		cmocka_unit_test(bad_samples_do_not),
		cmocka_unit_test(stacks_are_bounded),
		cmocka_unit_test(copies_are_checked),
		cmocka_unit_test(pages_are_checked),
		cmocka_unit_test(buckets_hold_their_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
