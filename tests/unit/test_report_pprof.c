// SPDX-License-Identifier: GPL-2.0-or-later
/* pprof files written and read back: whole, cut at each byte, and with each bit changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/pprof.h"
#include "report/profile.h"
#include "report/protobuf.h"
#include "report/wait_bucket.h"
#include "report/wait_class.h"
#include "tests/unit/pprof_bytes.h"
#include "tests/unit/report_maker.h"

/* A profile that has one of everything. */
static void make_rich(struct maker *maker)
{
	struct profile_frame inlined[3];
	struct profile_frame one;
	uint32_t program;
	uint32_t library;
	uint32_t kernel;
	uint32_t stack;

	maker_init_cpu(maker, 10000000);
	program = maker_module(maker, "/usr/bin/program", MODULE_USER);
	library = maker_module(maker, "/lib/libc.so.6", MODULE_USER);
	kernel = maker_module(maker, "[kernel:nf_tables]", MODULE_KERNEL);
	maker_thread(maker, 100, 101, "program", "worker");
	maker_frame(maker, "__libc_start_main", "", 0, &one);
	stack = maker_call(maker, 0, library, 0x27000, &one, 1);
	maker_frame(maker, "inner<int>", "a.h", 7, &inlined[0]);
	maker_frame(maker, "middle", "a.c", 8, &inlined[1]);
	maker_frame(maker, "main", "a.c", 9, &inlined[2]);
	stack = maker_call(maker, stack, program, 0x1234, inlined, 3);
	maker_sample(maker, stack, 3);
	maker->unwind = UNWIND_FRAME_POINTER;
	maker_sample(maker, maker_call(maker, stack, program, 0x9999, NULL, 0), 2);
	maker_frame(maker, "nft_do_chain", "", 0, &one);
	maker->unwind = UNWIND_WHOLE;
	maker_sample(maker, maker_call(maker, stack, kernel, 0xffffffffc0001234, &one, 1), 5);
	maker_thread(maker, 0, 0, "", "");
	maker->unwind = UNWIND_UNKNOWN;
	maker_folded(maker, "a;b c", 1);
	maker_sample(maker, 0, 4);
	maker->profile.time_ns = 1700000000000000000;
	maker->profile.duration_ns = 5000000000;
	assert_int_equal(profile_intern(&maker->profile, "cpu", &maker->profile.period_type.type),
			 0);
	maker->profile.period = 1001001;
	assert_int_equal(profile_add_comment(&maker->profile, "quality: samples=15"), 0);
}

/* Whoever watches the file's position sees how far it is read. */
static void test_position_tells_how_far(void **state)
{
	guard(profile_deinit) struct profile again = {};
	guard(bytes_deinit) struct bytes file = {};
	guard_close int fd = -1;
	struct maker maker;
	struct report_error error;

	(void)state;
	make_rich(&maker);
	maker_finish(&maker);
	write_pprof(&maker.profile, &file);
	maker_deinit(&maker);
	fd = memory_file(file.data, file.n);
	assert_int_equal(profile_init(&again), 0);
	assert_int_equal(report_read(fd, &again, &error), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), file.n);
}

static void test_round_trip(void **state)
{
	struct maker maker;
	struct report_error error;

	(void)state;
	for (int with_times = 0; with_times < 2; with_times++) {
		guard(profile_deinit) struct profile again = {};
		guard(bytes_deinit) struct bytes first = {};
		guard(bytes_deinit) struct bytes second = {};
		struct profile_sample late = {.slice = 77};
		int64_t values[2] = {1, 2};

		make_rich(&maker);
		if (with_times)
			assert_int_equal(profile_add_sample(&maker.profile, &late, values), 0);
		else
			maker.profile.slice_ns = 0;
		maker_finish(&maker);
		write_pprof(&maker.profile, &first);
		assert_int_equal(read_bytes(first.data, first.n, &again, &error), 0);
		assert_int_equal(again.slice_ns, maker.profile.slice_ns);
		assert_int_equal(again.time_ns, maker.profile.time_ns);
		assert_int_equal(again.duration_ns, maker.profile.duration_ns);
		assert_int_equal(again.period, maker.profile.period);
		assert_int_equal(again.default_value, maker.profile.default_value);
		assert_int_equal(again.samples.n, maker.profile.samples.n);
		assert_string_equal(profile_quality(&again), "samples=15");
		assert_int_equal(again.comments.n, 1);
		assert_int_equal(profile_finish(&again), 0);
		write_pprof(&again, &second);
		assert_int_equal(first.n, second.n);
		assert_memory_equal(first.data, second.data, first.n);
		maker_deinit(&maker);
	}
}

/* All that a sample can say of waits. */
static void make_waits(struct maker *maker)
{
	static const struct {
		const char *state, *syscall;
		uint64_t object;
		enum wait_class class;
		uint8_t flags;
		uint64_t longest_ns;
	} rows[] = {
		{"S", "futex", 0x7f0012345678, WAIT_LOCK, 0, 5000000},
		{"S", "futex", 0x7f0012345678, WAIT_LOCK, SAMPLE_RUNQUEUE, 70000},
		{"S", "futex", 0xffffffffffffff00, WAIT_CONDITION, SAMPLE_IDLE | SAMPLE_BEFORE, 1},
		{"D", "read", 0, WAIT_DISK, SAMPLE_OPEN, 0},
		{"D", "", 0, WAIT_PAGE_FAULT, SAMPLE_OPEN | SAMPLE_BEFORE, INT64_MAX},
		{"", "", 0, WAIT_OTHER, SAMPLE_FLAGS, 1023},
	};

	make_rich(maker);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct profile_wait wait = {.object = rows[i].object};
		struct profile_sample sample = {
			.wait_class = rows[i].class,
			.flags = rows[i].flags,
			.bucket = wait_bucket_of(rows[i].longest_ns),
			.thread = 1,
			.slice = i,
		};
		int64_t values[2] = {i, 1};

		assert_int_equal(profile_intern(&maker->profile, rows[i].state, &wait.state), 0);
		assert_int_equal(profile_intern(&maker->profile, rows[i].syscall, &wait.syscall), 0);
		assert_int_equal(profile_intern_wait(&maker->profile, &wait, &sample.wait), 0);
		assert_int_equal(profile_add_wait(&maker->profile, &sample, values,
						  rows[i].longest_ns),
				 0);
	}
	maker_finish(maker);
}

static void test_waits_come_back(void **state)
{
	guard(profile_deinit) struct profile again = {};
	guard(bytes_deinit) struct bytes first = {};
	guard(bytes_deinit) struct bytes second = {};
	struct report_error error;
	struct maker maker;

	(void)state;
	make_waits(&maker);
	write_pprof(&maker.profile, &first);
	assert_int_equal(read_bytes(first.data, first.n, &again, &error), 0);
	assert_int_equal(again.samples.n, maker.profile.samples.n);
	assert_int_equal(profile_finish(&again), 0);
	for (size_t i = 0; i < again.samples.n; i++) {
		const struct profile_sample *a = &maker.profile.samples.data[i];
		const struct profile_sample *b = &again.samples.data[i];
		const struct profile_wait *wait_a = &maker.profile.waits.data[a->wait];
		const struct profile_wait *wait_b = &again.waits.data[b->wait];

		assert_int_equal(a->wait_class, b->wait_class);
		assert_int_equal(a->flags, b->flags);
		assert_int_equal(a->bucket, b->bucket);
		assert_int_equal(profile_longest_ns(&maker.profile, i),
				 profile_longest_ns(&again, i));
		assert_int_equal(wait_a->object, wait_b->object);
		assert_string_equal(strings_get(&maker.profile.strings, wait_a->state),
				    strings_get(&again.strings, wait_b->state));
		assert_string_equal(strings_get(&maker.profile.strings, wait_a->syscall),
				    strings_get(&again.strings, wait_b->syscall));
	}
	write_pprof(&again, &second);
	assert_int_equal(first.n, second.n);
	assert_memory_equal(first.data, second.data, first.n);
	maker_deinit(&maker);
}

/* What a field of bytes holds, by the path of field numbers that leads to it. */
static bool is_message(uint32_t outer, uint32_t number)
{
	if (!outer)
		return number <= PPROF_FUNCTION || number == PPROF_PERIOD_TYPE;
	return (outer == PPROF_SAMPLE && number == SAMPLE_LABEL) ||
	       (outer == PPROF_LOCATION && number == LOCATION_LINE);
}

static void print_pprof(const unsigned char *p, size_t n, uint32_t outer, FILE *out)
{
	const unsigned char *end = p + n;
	struct pb_field field;
	uint64_t value = 0;

	while (pb_next(&p, end, &field) > 0) {
		fprintf(out, "%s%u", outer ? " " : "", field.number);
		if (!field.bytes) {
			fprintf(out, ":%lld", (long long)field.value);
		} else if (is_message(outer, field.number)) {
			fputs(" {", out);
			print_pprof(field.bytes, field.n, field.number, out);
			fputs(" }", out);
		} else if (outer) {
			for (const unsigned char *q = field.bytes; q < field.bytes + field.n;) {
				assert_true(pb_get_varint(&q, field.bytes + field.n, &value));
				fprintf(out, ",%lld", (long long)value);
			}
		} else {
			fprintf(out, " \"%.*s\"", (int)field.n, (const char *)field.bytes);
		}
		if (!outer)
			fputc('\n', out);
	}
}

/* Field by field, as it is to be found in the file. */
static void test_golden(void **state)
{
	guard(bytes_deinit) struct bytes file = {};
	guard(bytes_deinit) struct bytes text = {};
	guard_free char *plain = malloc(65536);
	struct maker maker;
	gzFile unpacked;
	FILE *out;
	int n;

	(void)state;
	make_rich(&maker);
	maker_finish(&maker);
	write_pprof(&maker.profile, &file);
	maker_deinit(&maker);
	assert_memory_equal(file.data + 4, "\0\0\0\0", 4); /* no time in the header */
	unpacked = gzdopen(memory_file(file.data, file.n), "r");
	n = gzread(unpacked, plain, 65536);
	gzclose(unpacked);
	out = open_memstream(&text.data, &text.n);
	print_pprof((unsigned char *)plain, n, 0, out);
	fclose(out);
	maker_check_golden("pprof_fields.txt", text.data, text.n);
}

/* Two inputs that are the same: the values double, nothing else changes. */
static void test_added_up(void **state)
{
	guard(profile_deinit) struct profile twice = {};
	guard(bytes_deinit) struct bytes file = {};
	struct report_error error;
	struct maker maker;

	(void)state;
	make_rich(&maker);
	maker_finish(&maker);
	write_pprof(&maker.profile, &file);
	assert_int_equal(read_bytes(file.data, file.n, &twice, &error), 0);
	for (int i = 0; i < 1; i++) {
		guard_close int fd = memory_file(file.data, file.n);

		assert_int_equal(report_read(fd, &twice, &error), 0);
	}
	assert_int_equal(profile_finish(&twice), 0);
	assert_int_equal(twice.samples.n, maker.profile.samples.n);
	for (size_t i = 0; i < twice.values.n; i++)
		assert_int_equal(twice.values.data[i], 2 * maker.profile.values.data[i]);
	maker_deinit(&maker);
}

static void test_through_a_pipe(void **state)
{
	guard(profile_deinit) struct profile profile = {};
	guard(bytes_deinit) struct bytes file = {};
	struct report_error error;
	struct maker maker;
	int ends[2];

	(void)state;
	make_rich(&maker);
	maker_finish(&maker);
	write_pprof(&maker.profile, &file);
	assert_int_equal(pipe(ends), 0);
	assert_true(file.n < 65536);
	assert_int_equal(write(ends[1], file.data, file.n), file.n);
	close(ends[1]);
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(report_read(ends[0], &profile, &error), 0);
	assert_int_equal(profile.samples.n, maker.profile.samples.n);
	close(ends[0]);
	maker_deinit(&maker);
}

/* Cut at every length, and with every byte changed: an error or a profile, never a crash. */
static void test_cut_and_changed(void **state)
{
	guard(bytes_deinit) struct bytes file = {};
	guard_free char *plain = malloc(65536);
	struct report_error error;
	struct maker maker;
	size_t n;
	gzFile unpacked;

	(void)state;
	make_waits(&maker);
	write_pprof(&maker.profile, &file);
	maker_deinit(&maker);
	for (size_t cut = 0; cut < file.n; cut++) {
		guard(profile_deinit) struct profile profile = {};

		error.text[0] = '\0';
		assert_int_equal(read_bytes(file.data, cut, &profile, &error), -EINVAL);
		assert_true(error.text[0]);
	}
	unpacked = gzdopen(memory_file(file.data, file.n), "r");
	n = gzread(unpacked, plain, 65536);
	gzclose(unpacked);
	for (size_t cut = 0; cut < n; cut++) {
		guard(profile_deinit) struct profile profile = {};
		int err;

		error.text[0] = '\0';
		err = read_bytes(plain, cut, &profile, &error);
		assert_true(!err || (err == -EINVAL && error.text[0]));
	}
	for (size_t at = 0; at < n; at++) {
		for (int bit = 0; bit < 8; bit++) {
			guard(profile_deinit) struct profile profile = {};
			int err;

			plain[at] ^= 1 << bit;
			error.text[0] = '\0';
			err = read_bytes(plain, n, &profile, &error);
			assert_true(!err || (err == -EINVAL && error.text[0]));
			plain[at] ^= 1 << bit;
		}
	}
}

static void test_full_disk(void **state)
{
	guard_fclose FILE *full = fopen("/dev/full", "w");
	struct maker maker;

	(void)state;
	if (!full)
		skip();
	make_rich(&maker);
	maker_finish(&maker);
	assert_int_equal(pprof_write(&maker.profile, NULL, full), -EIO);
	assert_true(ferror(full));
	maker_deinit(&maker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_position_tells_how_far),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_waits_come_back),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_added_up),
		cmocka_unit_test(test_through_a_pipe),
		cmocka_unit_test(test_cut_and_changed),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
