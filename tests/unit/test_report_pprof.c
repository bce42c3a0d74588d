// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pprof files written and read back, files as other tools write them (built
 * here field by field), and files that lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/gzip.h"
#include "report/pprof.h"
#include "report/profile.h"
#include "report/protobuf.h"
#include "tests/unit/report_maker.h"

struct bytes {
	char *data;
	size_t n;
};

static void bytes_deinit(struct bytes *bytes)
{
	free(bytes->data);
}

static void write_pprof(const struct profile *profile, struct bytes *ret)
{
	guard_fclose FILE *out = open_memstream(&ret->data, &ret->n);

	assert_non_null(out);
	assert_int_equal(pprof_write(profile, NULL, out), 0);
	assert_int_equal(fflush(out), 0);
}

static int memory_file(const void *bytes, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int read_bytes(const void *bytes, size_t n, struct profile *profile,
		      struct report_error *error)
{
	guard_close int fd = memory_file(bytes, n);

	assert_int_equal(profile_init(profile), 0);
	return report_read(fd, profile, error);
}

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
	make_rich(&maker);
	maker_finish(&maker);
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

/* Files of others, put together field by field. */
struct builder {
	struct pb_buffer file, message, part;
};

static void builder_deinit(struct builder *builder)
{
	pb_buffer_deinit(&builder->file);
	pb_buffer_deinit(&builder->message);
	pb_buffer_deinit(&builder->part);
}

static void end_part(struct builder *builder, uint32_t field)
{
	pb_add_bytes(&builder->message, field, builder->part.bytes.data, builder->part.bytes.n);
	pb_buffer_clear(&builder->part);
}

static void end_message(struct builder *builder, uint32_t field)
{
	pb_add_bytes(&builder->file, field, builder->message.bytes.data, builder->message.bytes.n);
	pb_buffer_clear(&builder->message);
}

static void add_strings(struct builder *builder, const char *const *strings)
{
	for (; *strings; strings++) {
		pb_add_varint(&builder->file, PPROF_STRING_TABLE << 3 | PB_BYTES);
		pb_add_varint(&builder->file, strlen(*strings));
		assert_int_equal(vec_append(&builder->file.bytes, (const unsigned char *)*strings,
					    strlen(*strings)),
				 0);
	}
}

static void add_value_type(struct builder *builder, uint32_t type, uint32_t unit)
{
	pb_add_number(&builder->message, VALUE_TYPE_TYPE, type);
	pb_add_number(&builder->message, VALUE_TYPE_UNIT, unit);
	end_message(builder, PPROF_SAMPLE_TYPE);
}

static int read_built(struct builder *builder, struct profile *profile, struct report_error *error)
{
	error->text[0] = '\0';
	return read_bytes(builder->file.bytes.data, builder->file.bytes.n, profile, error);
}

/* Heap profile with four kinds of values, addresses of the process, unpacked repeated numbers,
 * unknown fields, labels of perf's converter, and the string table first. */
static void test_foreign(void **state)
{
	static const char *const strings[] = {"",
					      "inuse_objects",
					      "count",
					      "inuse_space",
					      "bytes",
					      "/usr/bin/go",
					      "[kernel.kallsyms]_text",
					      "main.main",
					      "main.go",
					      "pid",
					      "thread_comm",
					      "T1",
					      "//anon",
					      "[nf_conntrack]",
					      "sys_read",
					      NULL};
	guard(builder_deinit) struct builder builder = {};
	guard(profile_deinit) struct profile profile = {};
	struct report_error error;
	const struct profile_location *location;
	const struct profile_sample *sample;

	(void)state;
	add_strings(&builder, strings);
	add_value_type(&builder, 1, 2);
	add_value_type(&builder, 3, 4);
	for (unsigned i = 0; i < 4; i++) {
		static const uint64_t starts[] = {0x400000, 0xffffffff81000000, 0x7f0000000000,
						  0xffffffffc0000000};
		static const uint32_t names[] = {5, 6, 12, 13};

		pb_add_number(&builder.message, MAPPING_ID, 70 + i);
		pb_add_number(&builder.message, MAPPING_MEMORY_START, starts[i]);
		pb_add_number(&builder.message, MAPPING_MEMORY_LIMIT, starts[i] + 0x100000);
		pb_add_number(&builder.message, MAPPING_FILE_OFFSET, i ? 0 : 0x1000);
		pb_add_number(&builder.message, MAPPING_FILENAME, names[i]);
		end_message(&builder, PPROF_MAPPING);
		pb_add_number(&builder.message, LOCATION_ID, 1000 + i);
		pb_add_number(&builder.message, LOCATION_MAPPING_ID, 70 + i);
		pb_add_number(&builder.message, LOCATION_ADDRESS, starts[i] + 0x234);
		if (i < 2) {
			pb_add_number(&builder.part, LINE_FUNCTION_ID, 90 + i);
			pb_add_number(&builder.part, LINE_LINE, 12);
			end_part(&builder, LOCATION_LINE);
		}
		pb_add_bytes(&builder.message, 99, "unknown", 7);
		end_message(&builder, PPROF_LOCATION);
	}
	pb_add_number(&builder.message, FUNCTION_ID, 90);
	pb_add_number(&builder.message, FUNCTION_NAME, 7);
	pb_add_number(&builder.message, FUNCTION_SYSTEM_NAME, 7);
	pb_add_number(&builder.message, FUNCTION_FILENAME, 8);
	end_message(&builder, PPROF_FUNCTION);
	pb_add_number(&builder.message, FUNCTION_ID, 91);
	pb_add_number(&builder.message, FUNCTION_NAME, 14);
	end_message(&builder, PPROF_FUNCTION);
	for (unsigned i = 0; i < 4; i++)
		pb_add_number(&builder.message, SAMPLE_LOCATION_ID, 1003 - i);
	pb_add_number(&builder.message, SAMPLE_VALUE, -3);
	pb_add_number(&builder.message, SAMPLE_VALUE, 4096);
	pb_add_number(&builder.part, LABEL_KEY, 9);
	pb_add_number(&builder.part, LABEL_NUM, 4711);
	end_part(&builder, SAMPLE_LABEL);
	pb_add_number(&builder.part, LABEL_KEY, 10);
	pb_add_number(&builder.part, LABEL_STR, 11);
	end_part(&builder, SAMPLE_LABEL);
	pb_add_number(&builder.part, LABEL_KEY, 8);
	pb_add_number(&builder.part, LABEL_NUM, 1);
	end_part(&builder, SAMPLE_LABEL);
	end_message(&builder, PPROF_SAMPLE);

	assert_int_equal(read_built(&builder, &profile, &error), 0);
	assert_int_equal(profile.n_values, 2);
	assert_int_equal(profile.default_value, 1);
	assert_int_equal(profile.slice_ns, 0);
	assert_int_equal(profile.samples.n, 1);
	assert_int_equal(profile.values.data[0], -3);
	assert_int_equal(profile.values.data[1], 4096);
	sample = &profile.samples.data[0];
	assert_int_equal(profile.threads.data[sample->thread].pid, 4711);
	assert_string_equal(
		strings_get(&profile.strings, profile.threads.data[sample->thread].comm), "T1");
	location = &profile.locations.data[profile.stacks.data[sample->stack].location];
	assert_int_equal(location->module, 4);
	assert_int_equal(location->n_frames, 0);
	assert_int_equal(profile.modules.data[1].kind, MODULE_USER);
	assert_int_equal(profile.modules.data[2].kind, MODULE_KERNEL);
	assert_string_equal(strings_get(&profile.strings, profile.modules.data[2].path),
			    "[kernel]");
	assert_int_equal(profile.modules.data[3].kind, MODULE_JIT);
	assert_int_equal(profile.modules.data[4].kind, MODULE_KERNEL);
	assert_string_equal(strings_get(&profile.strings, profile.modules.data[4].path),
			    "[kernel:nf_conntrack]");
	assert_int_equal(profile.locations.data[1].offset, 0x1234);
	assert_int_equal(profile.locations.data[2].offset, 0xffffffff81000234);
}

/* A base that is right: "" and names, one value type. Tests add what is wrong. */
static void build_base(struct builder *builder)
{
	static const char *const strings[] = {"", "samples", "count", "f", NULL};

	add_value_type(builder, 1, 2);
	add_strings(builder, strings);
}

static void assert_refused(struct builder *builder, const char *why)
{
	guard(profile_deinit) struct profile profile = {};
	struct report_error error;

	assert_int_equal(read_built(builder, &profile, &error), -EINVAL);
	if (!strstr(error.text, why))
		fail_msg("\"%s\" says nothing of \"%s\"", error.text, why);
}

static void test_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 13; i++) {
		guard(builder_deinit) struct builder builder = {};
		static const char *const whys[] = {
			"location that is not there",
			"string 99",
			"id 0",
			"second location",
			"no function 8",
			"no mapping 9",
			"more values",
			"fewer values",
			"malformed",
			"a bad tag",
			"a second mapping",
			"truncated",
			"pass 2^63",
		};

		build_base(&builder);
		switch (i) {
		case 0:
			pb_add_number(&builder.message, SAMPLE_LOCATION_ID, 5);
			pb_add_number(&builder.message, SAMPLE_VALUE, 5);
			end_message(&builder, PPROF_SAMPLE);
			break;
		case 1:
			pb_add_number(&builder.message, FUNCTION_ID, 5);
			pb_add_number(&builder.message, FUNCTION_NAME, 99);
			end_message(&builder, PPROF_FUNCTION);
			break;
		case 2:
			pb_add_number(&builder.message, LOCATION_ADDRESS, 5);
			end_message(&builder, PPROF_LOCATION);
			break;
		case 3:
			for (int twice = 0; twice < 2; twice++) {
				pb_add_number(&builder.message, LOCATION_ID, 5);
				end_message(&builder, PPROF_LOCATION);
			}
			break;
		case 4:
			pb_add_number(&builder.part, LINE_FUNCTION_ID, 8);
			end_part(&builder, LOCATION_LINE);
			pb_add_number(&builder.message, LOCATION_ID, 5);
			end_message(&builder, PPROF_LOCATION);
			break;
		case 5:
			pb_add_number(&builder.message, LOCATION_ID, 5);
			pb_add_number(&builder.message, LOCATION_MAPPING_ID, 9);
			end_message(&builder, PPROF_LOCATION);
			break;
		case 6:
			pb_add_number(&builder.message, SAMPLE_VALUE, 5);
			pb_add_number(&builder.message, SAMPLE_VALUE, 6);
			end_message(&builder, PPROF_SAMPLE);
			break;
		case 7:
			pb_add_bytes(&builder.file, PPROF_SAMPLE, "\x1a\x00", 2);
			break;
		case 8:
			pb_add_bytes(&builder.file, PPROF_MAPPING, "\x0a\x7fxyz", 5);
			break;
		case 9: /* a group */
			pb_add_varint(&builder.file, 15 << 3 | 3);
			pb_add_varint(&builder.file, 15 << 3 | 4);
			break;
		case 10:
			for (int twice = 0; twice < 2; twice++) {
				pb_add_number(&builder.message, MAPPING_ID, 5);
				end_message(&builder, PPROF_MAPPING);
			}
			break;
		case 11:
			pb_add_varint(&builder.file, PPROF_COMMENT << 3 | PB_BYTES);
			pb_add_varint(&builder.file, 500);
			break;
		case 12:
			pb_add_number(&builder.message, SAMPLE_VALUE, INT64_MIN);
			end_message(&builder, PPROF_SAMPLE);
			break;
		}
		assert_refused(&builder, whys[i]);
	}
}

static void test_claims_cost_nothing(void **state)
{
	guard(builder_deinit) struct builder builder = {};
	guard(builder_deinit) struct builder message = {};
	guard(builder_deinit) struct builder empty = {};

	(void)state;
	pb_add_varint(&builder.file, PPROF_STRING_TABLE << 3 | PB_BYTES);
	pb_add_varint(&builder.file, 1 << 30);
	pb_add_varint(&builder.file, 7);
	assert_refused(&builder, "a string of 1073741824 bytes");

	build_base(&message);
	pb_add_varint(&message.file, PPROF_LOCATION << 3 | PB_BYTES);
	pb_add_varint(&message.file, UINT64_MAX);
	assert_refused(&message, "a message of 18446744073709551615 bytes");

	/* A comment alone is a message too, but no profile. */
	pb_add_number(&empty.file, PPROF_PERIOD, 5);
	assert_refused(&empty, "string table");
}

/* 256 MiB of zeros, packed as tightly as can be to 256 KiB, after these bytes. */
static void make_bomb(const void *head, size_t n, struct bytes *ret)
{
	guard_close int fd = memfd_create("bomb", MFD_CLOEXEC);
	guard_free char *zeros = calloc(1, 1 << 20);
	gzFile out = gzdopen(dup(fd), "wb9");

	assert_non_null(out);
	gzwrite(out, head, n);
	for (int i = 0; i < 256; i++)
		assert_int_equal(gzwrite(out, zeros, 1 << 20), 1 << 20);
	assert_int_equal(gzclose(out), Z_OK);
	ret->n = lseek(fd, 0, SEEK_END);
	ret->data = malloc(ret->n);
	assert_int_equal(pread(fd, ret->data, ret->n, 0), ret->n);
}

/* As a message it is too long; as a field of unknown number it is skipped, but not for ever. */
static void test_bomb(void **state)
{
	static const struct {
		unsigned char head[6];
		size_t n;
		const char *why;
	} bombs[] = {
		{{}, 0, "a bad tag"},
		{{PPROF_LOCATION << 3 | PB_BYTES, 0x80, 0x80, 0x80, 0x80, 0x08},
		 6,
		 "claims a message of 2147483648 bytes"},
		{{15 << 3 | PB_BYTES, 0x80, 0x80, 0x80, 0x80, 0x08},
		 6,
		 "unpacks to more than 400 times"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		guard(profile_deinit) struct profile profile = {};
		guard(bytes_deinit) struct bytes file = {};
		struct report_error error;

		make_bomb(bombs[i].head, bombs[i].n, &file);
		assert_int_equal(read_bytes(file.data, file.n, &profile, &error), -EINVAL);
		assert_non_null(strstr(error.text, bombs[i].why));
	}
}

static void test_gzip_members(void **state)
{
	guard(bytes_deinit) struct bytes file = {};
	guard(profile_deinit) struct profile profile = {};
	guard(profile_deinit) struct profile garbage = {};
	guard(builder_deinit) struct builder builder = {};
	struct gzip_writer writer;
	struct report_error error;
	FILE *out = open_memstream(&file.data, &file.n);

	(void)state;
	build_base(&builder);
	for (size_t i = 0; i < builder.file.bytes.n; i += 7) {
		size_t left = builder.file.bytes.n - i;

		assert_int_equal(gzip_writer_init(&writer, out), 0);
		gzip_writer_put(&writer, builder.file.bytes.data + i, left < 7 ? left : 7);
		assert_int_equal(gzip_writer_finish(&writer), 0);
		gzip_writer_deinit(&writer);
	}
	fputs("garbage", out);
	fclose(out);
	assert_int_equal(read_bytes(file.data, file.n - 7, &profile, &error), 0);
	assert_int_equal(profile.n_values, 1);
	assert_int_equal(read_bytes(file.data, file.n, &garbage, &error), -EINVAL);
	assert_non_null(strstr(error.text, "after the end of the gzip data"));
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

static void test_probe(void **state)
{
	guard(builder_deinit) struct builder builder = {};

	(void)state;
	build_base(&builder);
	for (size_t n = 1; n <= builder.file.bytes.n; n++)
		if (n > 6)
			assert_true(pprof_probe(builder.file.bytes.data, n));
	assert_false(pprof_probe((const unsigned char *)"main;work 5\n", 12));
	assert_false(pprof_probe((const unsigned char *)"\nmain;work;loop 5\n", 18));
	assert_false(pprof_probe((const unsigned char *)"# comment\n", 10));
	assert_false(pprof_probe((const unsigned char *)"\x7f"
							"ELF\2\1\1",
				 7));
	assert_false(pprof_probe((const unsigned char *)"", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_added_up),
		cmocka_unit_test(test_through_a_pipe),
		cmocka_unit_test(test_cut_and_changed),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_claims_cost_nothing),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_gzip_members),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
