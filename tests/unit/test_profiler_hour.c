// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An hour of 64 busy CPUs at 99 Hz: 22.8 million simulated records through
 * the collector, into a pprof file. Memory is bounded by what is distinct and
 * not by how long it goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "profiler/collector.h"
#include "report/format.h"
#include "symbolize/symbolizer.h"

#ifndef __has_feature /* gcc 12 has it under another name */
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
enum { SECONDS = 60, CHECK_MEMORY = 0 }; /* ten times slower, and its memory is not ours */
#else
enum { SECONDS = 3600, CHECK_MEMORY = 1 };
#endif

enum {
	CPUS = 64,
	HZ = 99,
	PROCESSES = 200,
	STACKS = 100,    /* of each process: 20,000 in all */
	DEPTH = 40,
	FIRST_PID = 0x7f000000,
	MAX_RSS_MB = 300,
};

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	return *seed ^= *seed << 17;
}

static void send_stacks(struct collector *collector)
{
	struct {
		struct wire_header header;
		uint64_t id; /* as struct wire_stack */
		uint64_t addresses[DEPTH];
	} wire = { .header = { WIRE_USER_STACK, sizeof(wire) } };

	for (uint64_t i = 0; i < PROCESSES * STACKS; i++) {
		wire.id = i + 1;
		/* Outer halves are shared by ten stacks each, leaves by none. */
		for (uint64_t k = 0; k < DEPTH; k++)
			wire.addresses[k] = 0x10000 + 16 * (k < DEPTH / 2 ? i * DEPTH + k :
									    i / 10 * DEPTH + k);
		assert_int_equal(collector_record(collector, &wire, sizeof(wire)), 0);
	}
}

static void map_processes(struct collector *collector, struct timeline *timeline)
{
	for (int i = 0; i < PROCESSES; i++) {
		struct process *process;
		struct side_event event = {
			.kind = SIDE_MMAP,
			.pid = FIRST_PID + i,
			.start = 0x10000,
			.end = 0x4000000,
			.file = { .path = "/no/program", .inode = 1 + i % 10 },
		};

		assert_int_equal(timeline_process(timeline, event.pid, 1000000000, 0, false, &process), 0);
		assert_int_equal(timeline_apply(timeline, &event), 0);
	}
	(void)collector;
}

static void send_second(struct collector *collector, uint64_t second, uint64_t *seed)
{
	bool more = true;

	for (uint64_t i = 0; i < CPUS * HZ; i++) {
		uint64_t stack = next_random(seed) % (PROCESSES * STACKS);
		struct wire_sample wire = {
			.header = { WIRE_SAMPLE, sizeof(wire) },
			.time_ns = 1 + second * 1000000000 + i * (1000000000 / (CPUS * HZ)),
			.user_id = stack + 1,
			.start_ns = 1000000000,
			.weight = 1000000000 / HZ,
			.pid = FIRST_PID + stack / STACKS,
			.tid = FIRST_PID + stack / STACKS,
			.cpu = i % CPUS,
			.result = WIRE_WHOLE,
			.process = "program",
			.comm = "worker",
		};

		assert_int_equal(collector_record(collector, &wire, sizeof(wire)), 0);
	}
	while (more)
		assert_int_equal(collector_apply(collector, second * 1000000000 + 999999999, &more),
				 0);
}

static void an_hour_of_64_cpus(void **state)
{
	static const struct symbolizer_options no_kernel = { .kallsyms_path = "/dev/null" };
	struct profile profile;
	struct profile_value_type types[2] = {};
	struct symbolizer *symbolizer;
	struct modules modules;
	struct timeline timeline;
	struct collector_options options = {};
	struct collector collector;
	struct report_options report = {};
	FILE *null = fopen("/dev/null", "w");
	struct rusage usage;
	uint64_t seed = 20261122;
	int64_t sum = 0;

	(void)state;
	assert_non_null(null);
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(profile_intern(&profile, "samples", &types[0].type), 0);
	assert_int_equal(profile_intern(&profile, "cpu", &types[1].type), 0);
	assert_int_equal(profile_set_values(&profile, types, 2), 0);
	profile.slice_ns = 10000000;
	assert_int_equal(symbolizer_create(&no_kernel, &symbolizer), 0);
	assert_int_equal(modules_init(&modules, &profile), 0);
	timeline_init(&timeline, &modules);
	assert_int_equal(collector_init(&collector, &options, &profile, &timeline), 0);

	map_processes(&collector, &timeline);
	send_stacks(&collector);
	for (uint64_t second = 0; second < SECONDS; second++)
		send_second(&collector, second, &seed);
	assert_int_equal(collector_finish(&collector), 0);
	assert_int_equal(profile_finish(&profile), 0);
	assert_int_equal(report_format_by_name("pprof")->write(&profile, &report, null), 0);

	for (size_t i = 0; i < profile.samples.n; i++)
		sum += profile.values.data[2 * i];
	assert_int_equal(sum, (int64_t)CPUS * HZ * SECONDS);
	assert_int_equal(collector.counts.results[UNWIND_WHOLE], sum);
	getrusage(RUSAGE_SELF, &usage);
	print_message("# %lld samples, %zu kept, slices of %llu ms, peak RSS %ld MB\n",
		      (long long)sum, profile.samples.n,
		      (unsigned long long)profile.slice_ns / 1000000, usage.ru_maxrss / 1024);
	if (CHECK_MEMORY)
		assert_true(usage.ru_maxrss / 1024 < MAX_RSS_MB);

	fclose(null);
	collector_deinit(&collector);
	timeline_deinit(&timeline);
	modules_deinit(&modules);
	symbolizer_destroy(symbolizer);
	profile_deinit(&profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_hour_of_64_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
