// SPDX-License-Identifier: GPL-2.0-or-later
/* pprof files as other tools write them, built here field by field, and files that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
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
#include "tests/unit/pprof_bytes.h"

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
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_claims_cost_nothing),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_gzip_members),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
