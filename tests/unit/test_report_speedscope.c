// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The .speedscope.json file: against a golden file, its way back into a
 * profile, files that others wrote, and files that nobody should have written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "tests/unit/report_maker.h"

#define HEAD "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\","
#define FRAMES "\"shared\":{\"frames\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]},"
#define ONE "\"profiles\":[{\"type\":\"sampled\",\"name\":\"x\",\"unit\":\"none\","

static const struct report_options plain;

static __attribute__((noinline)) char *write_as(const char *format, const struct profile *profile,
						const struct report_options *options, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	assert_non_null(out);
	assert_int_equal(report_format_by_name(format)->write(profile, options, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static int read_text(const char *text, size_t n, struct profile *profile,
		     struct report_error *error)
{
	guard_close int fd = memfd_create("speedscope", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(profile_init(profile), 0);
	return report_read(fd, profile, error);
}

static void add(struct maker *maker, uint32_t stack, uint32_t slice, int64_t count)
{
	struct profile_sample sample = {
		.stack = stack, .thread = maker->thread, .slice = slice, .unwind = UNWIND_WHOLE};
	int64_t values[2] = {count, count * maker->period_ns};

	assert_int_equal(profile_add_sample(&maker->profile, &sample, values), 0);
}

/* Two threads that take turns; files and lines; the kernel. */
static void make_threads(struct maker *maker)
{
	struct profile_frame frame;
	uint32_t app, kernel, base, work, idle;

	maker_init_cpu(maker, 1000000);
	app = maker_module(maker, "/usr/bin/app", MODULE_USER);
	kernel = maker_module(maker, "[kernel]", MODULE_KERNEL);
	maker_frame(maker, "main", "/src/app.c", 12, &frame);
	base = maker_call(maker, 0, app, 0x10, &frame, 1);
	maker_frame(maker, "work", "/src/work.c", 7, &frame);
	work = maker_call(maker, base, app, 0x20, &frame, 1);
	maker_frame(maker, "do_idle", "", 0, &frame);
	idle = maker_call(maker, base, kernel, 0x30, &frame, 1);
	maker_thread(maker, 100, 100, "app", "app");
	add(maker, work, 0, 3);
	add(maker, idle, 2, 1);
	add(maker, work, 3, 2);
	maker_thread(maker, 100, 101, "app", "worker \"1\"");
	add(maker, work, 1, 4);
	add(maker, work, 2, 5);
	assert_int_equal(profile_add_comment(&maker->profile, "title: two threads"), 0);
	maker_finish(maker);
}

static void the_file(void **state)
{
	static const struct report_options lines = {.lines = true};
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL, *with_lines = NULL;
	size_t size;

	(void)state;
	make_threads(&maker);
	text = write_as("speedscope", &maker.profile, &plain, &size);
	maker_check_golden("threads.speedscope.json", text, size);
	with_lines = write_as("speedscope", &maker.profile, &lines, &size);
	assert_non_null(strstr(with_lines,
			       "{\"name\":\"work work.c:7\",\"file\":\"/src/work.c\",\"line\":7}"));
}

/* Of ours, samples and threads are what they were: the sum of all threads is not read. */
static void ours_is_read_back(void **state)
{
	static const struct report_options threads = {.threads = true};
	guard(maker_deinit) struct maker maker;
	guard(profile_deinit) struct profile back = {};
	guard_free char *text = NULL, *again = NULL, *before = NULL, *after = NULL, *split = NULL;
	struct report_error error;
	size_t size;

	(void)state;
	make_threads(&maker);
	text = write_as("speedscope", &maker.profile, &plain, &size);
	assert_int_equal(read_text(text, size, &back, &error), 0);
	assert_int_equal(profile_finish(&back), 0);
	before = write_as("folded", &maker.profile, &plain, &size);
	after = write_as("folded", &back, &plain, &size);
	assert_string_equal(before, after);
	assert_string_equal(after, "app;main;do_idle 1\napp;main;work 14\n");
	assert_int_equal(back.n_values, 2);
	split = write_as("folded", &back, &threads, &size);
	assert_string_equal(split, "app (100);app;main;do_idle 1\napp (100);app;main;work 5\n"
				   "worker \"1\" (101);app;main;work 9\n");
	/* Times are gone, and with them what tells neighbours apart. */
	again = write_as("speedscope", &back, &plain, &size);
	assert_non_null(strstr(again, "\"endValue\":15000000,"));
}

static const char *const hostile_names[] = {
	"]]>",
	"</script>",
	"<!--",
	"&amp;",
	"\"quoted\\\"",
	"a b",
	"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
	"emoji \xf0\x9f\x94\xa5",
	"{\"name\":",
	"\\u0041",
	"1",
	"null",
	"_[k]",
};

static void names_come_back(void **state)
{
	enum { LONG = 100 * 1024, N = sizeof(hostile_names) / sizeof(*hostile_names) };
	guard(maker_deinit) struct maker maker;
	guard(profile_deinit) struct profile back = {};
	guard_free char *name = malloc(LONG + 1), *text = NULL, *before = NULL, *after = NULL;
	struct report_error error;
	uint32_t stack = 0;
	size_t size;

	(void)state;
	assert_non_null(name);
	memset(name, '"', LONG);
	name[LONG] = '\0';
	maker_init(&maker);
	for (size_t i = 0; i <= N; i++) {
		struct profile_frame frame;

		maker_frame(&maker, i < N ? hostile_names[i] : name, "", 0, &frame);
		stack = maker_call(&maker, stack, 0, 0, &frame, 1);
		maker_sample(&maker, stack, i + 1);
	}
	maker_finish(&maker);
	text = write_as("speedscope", &maker.profile, &plain, &size);
	for (size_t i = 0; i < size; i++)
		assert_true(text[i] == '\n' || (text[i] >= ' ' && text[i] < 0x7f));
	assert_int_equal(read_text(text, size, &back, &error), 0);
	assert_int_equal(profile_finish(&back), 0);
	before = write_as("folded", &maker.profile, &plain, &size);
	after = write_as("folded", &back, &plain, &size);
	assert_string_equal(before, after);
}

/* What is asked of a reader by the format's own description. */
static void files_of_others(void **state)
{
	static const struct {
		const char *text, *folded;
	} cases[] = {
		/* In another order, with white space and what is not known. */
		{"\xef\xbb\xbf\n{ \"version\" : \"0.0.1\", \"profiles\" : [ { \"weights\" : [ 1 , "
		 "2.0 , 3e0 ] ,"
		 "\"samples\" : [ [ ] , [ 0 ] , [ 0 , 1 ] ] , \"unit\" : \"none\" , \"type\" : "
		 "\"sampled\" ,"
		 "\"more\" : { \"a\" : [ null , true , -1.5e-3 , \"]}\\\"\" ] } } ] , \"shared\" : "
		 "{ \"frames\""
		 ": [ { \"col\" : 1 , \"line\" : null , \"file\" : null , \"name\" : \"a\" } , { "
		 "\"name\" : \"b\""
		 " } ] } , \"$schema\" : \"https://www.speedscope.app/file-format-schema.json\" "
		 "}\n",
		 "[no stack] 1\na 2\na;b 3\n"},
		/* A call of 2 ms within one of 10 ms, in seconds. */
		{HEAD FRAMES "\"profiles\":[{\"type\":\"evented\",\"name\":\"\",\"unit\":"
			     "\"seconds\",\"startValue\""
			     ":5,\"endValue\":6,\"events\":[{\"type\":\"O\",\"frame\":0,\"at\":5},{"
			     "\"type\":\"O\",\"frame\":1,"
			     "\"at\":5.001},{\"type\":\"C\",\"frame\":1,\"at\":5.003},{\"at\":5."
			     "010,\"frame\":0,\"type\":"
			     "\"C\"}]}]}",
		 "a 8000000\na;b 2000000\n"},
		/* Fractions add up: 3 * 0.4 is 1. */
		{HEAD FRAMES ONE "\"samples\":[[0],[1],[2],[0]],\"weights\":[0.4,0.4,0.4,0.8]}]}",
		 "a 1\nb 1\n"},
		{HEAD FRAMES
		 "\"profiles\":[{\"type\":\"sampled\",\"unit\":\"bytes\",\"samples\":[[2,2,2]],"
		 "\"weights\":[1024]}]}",
		 "c;c;c 1024\n"},
		/* Several threads are added up; nobody says that the first is their sum. */
		{HEAD FRAMES "\"profiles\":[{\"unit\":\"none\",\"samples\":[[0]],\"weights\":[1]},{"
			     "\"unit\":\"none\""
			     ",\"name\":\"t\",\"samples\":[[0]],\"weights\":[2]}]}",
		 "a 3\n"},
		{HEAD "\"shared\":{\"frames\":[{\"name\":\"\\u00e9\\ud83d\\ude00\\n\\/"
		      "\"},{\"name\":\"\\ud83d"
		      "\\t\\udc00x\"},{}]}," ONE "\"samples\":[[0,1,2]],\"weights\":[1]}]}",
		 "\xc3\xa9\xf0\x9f\x98\x80 /;\xef\xbf\xbd \xef\xbf\xbdx;[unknown] 1\n"},
		{HEAD FRAMES ONE "\"samples\":[],\"weights\":[]}]}", ""},
		/* What is not known is written in many ways. */
		{HEAD "\"exporter\":null,\"shared\":{\"frames\":[{\"name\":null,\"line\":-1},"
		      "{\"name\":\"a\",\"line\":2.5,\"file\":7},{\"name\":\"b\",\"line\":1e30},"
		      "{\"name\":\"c\",\"line\":\"12\"},{\"name\":\"d\",\"line\":true}]},"
		      "\"profiles\":[{\"name\":null,\"unit\":null,\"samples\":[[0,1,2,3,4]],"
		      "\"weights\":[2]}]}",
		 "[unknown];a;b;c;d 2\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		guard(profile_deinit) struct profile profile = {};
		guard_free char *folded = NULL;
		struct report_error error;
		size_t size;

		if (read_text(cases[i].text, strlen(cases[i].text), &profile, &error))
			fail_msg("case %zu: %s", i, error.text);
		assert_int_equal(profile_finish(&profile), 0);
		folded = write_as("folded", &profile, &plain, &size);
		assert_string_equal(folded, cases[i].folded);
	}
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"{\"speedscope\":1}", "not of speedscope"},
		{HEAD FRAMES "\"profiles\":[]}", "has no profiles"},
		{HEAD FRAMES "\"profiles\":[{}]}", "profile 1 has neither"},
		{HEAD FRAMES "\"profiles\":[{\"samples\":[[0]]}]}", "profile 1 has neither"},
		{HEAD FRAMES "\"profiles\":{}}", "no array"},
		{HEAD "\"shared\":[]}", "no object"},
		{HEAD "\"shared\":{\"frames\":[{\"name\":5}]}}", "no string"},
		{HEAD "\"shared\":{\"frames\":[{\"line\":-}]}}", "no number"},
		{HEAD FRAMES ONE "\"samples\":[[0]],\"weights\":[]}]}", "fewer weights"},
		{HEAD FRAMES ONE "\"samples\":[[0]],\"weights\":[1,2]}]}", "more weights"},
		{HEAD FRAMES ONE "\"samples\":[[3]],\"weights\":[1]}]}",
		 "a frame that is not there"},
		{HEAD FRAMES ONE "\"samples\":[[-1]],\"weights\":[1]}]}", "out of range"},
		{HEAD FRAMES ONE "\"samples\":[[0.5]],\"weights\":[1]}]}", "out of range"},
		{HEAD FRAMES ONE "\"samples\":[0],\"weights\":[1]}]}", "no array"},
		{HEAD FRAMES ONE "\"samples\":[[0]],\"weights\":[-1]}]}", "below zero"},
		{HEAD FRAMES ONE "\"samples\":[[0]],\"weights\":[\"1\"]}]}", "no number"},
		{HEAD FRAMES ONE "\"samples\":[[0]],\"weights\":[1e30]}]}", "too large"},
		{HEAD FRAMES ONE "\"samples\":[[0]],\"weights\":[1e999999999999]}]}", "too large"},
		{HEAD FRAMES ONE "\"samples\":[[0],[0]],\"weights\":[9e18,9e18]}]}", "pass 2^63"},
		{HEAD FRAMES ONE "\"samples\":[[0]],\"weights\":7}]}", "no array"},
		{HEAD FRAMES "\"profiles\":[{\"unit\":\"hours\",\"samples\":[],\"weights\":[]}]}",
		 "a unit"},
		{HEAD FRAMES "\"profiles\":[{\"unit\":\"none\",\"samples\":[],\"weights\":[]},{"
			     "\"unit\":\"bytes\","
			     "\"samples\":[],\"weights\":[]}]}",
		 "profile 2 counts something else"},
		{HEAD FRAMES "\"profiles\":[{\"unit\":\"none\",\"events\":[{\"type\":\"C\","
			     "\"frame\":0,\"at\":0}]}]}",
		 "not the innermost"},
		{HEAD FRAMES "\"profiles\":[{\"unit\":\"none\",\"events\":[{\"type\":\"O\","
			     "\"frame\":0,\"at\":0}]}]}",
		 "frames that are open"},
		{HEAD FRAMES
		 "\"profiles\":[{\"unit\":\"none\",\"events\":[{\"type\":\"O\",\"frame\":0}]}]}",
		 "without type, frame or time"},
		{HEAD FRAMES "\"profiles\":[{\"unit\":\"none\",\"events\":[{\"type\":\"O\","
			     "\"frame\":0,\"at\":5},"
			     "{\"type\":\"C\",\"frame\":0,\"at\":4}]}]}",
		 "earlier"},
		{HEAD FRAMES ONE "\"samples\":[],\"weights\":[]}]}x", "more behind the end"},
		{HEAD FRAMES ONE "\"samples\":[[0] [1]],\"weights\":[1,1]}]}", "no comma"},
		{HEAD FRAMES ONE "\"samples\":[],\"weights\":[]}]", "truncated"},
		{HEAD "\"a\":\"\x01\"}", "no profiles"},
		{HEAD "\"exporter\":\"\x01\"}", "control character"},
		{HEAD "\"exporter\":\"\\x\"}", "bad escape"},
		{HEAD "\"exporter\":\"\\u12g4\"}", "bad \\u"},
		{HEAD "\"a\":[}]}", "do not match"},
		{HEAD "\"a\":,}", "no value"},
		{HEAD "\"a\" 5}", "no colon"},
		{HEAD "\"a\":?}", "no value"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		guard(profile_deinit) struct profile profile = {};
		struct report_error error = {""};

		assert_int_equal(read_text(cases[i].text, strlen(cases[i].text), &profile, &error),
				 -EINVAL);
		if (!strstr(error.text, cases[i].why))
			fail_msg("case %zu: \"%s\" says nothing of \"%s\"", i, error.text,
				 cases[i].why);
	}
}

/* Every cut of a good file is refused with a word. */
static void cut_short(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;

	(void)state;
	make_threads(&maker);
	text = write_as("speedscope", &maker.profile, &plain, &size);
	for (size_t n = 0; n < size - 2; n++) {
		guard(profile_deinit) struct profile profile = {};
		struct report_error error = {""};

		if (read_text(text, n, &profile, &error) != -EINVAL || !error.text[0])
			fail_msg("%zu bytes are taken", n);
	}
}

/* A million levels: of what is skipped too many, of a stack as many as any other. */
static void a_million_levels(void **state)
{
	enum { LEVELS = 1000000 };
	guard(profile_deinit) struct profile refused = {}, deep = {};
	guard_free char *nested = NULL, *stack = NULL;
	struct report_error error = {""};
	size_t size;
	FILE *out = open_memstream(&nested, &size);

	(void)state;
	fputs(HEAD "\"a\":", out);
	for (int i = 0; i < LEVELS; i++)
		fputc('[', out);
	fclose(out);
	assert_int_equal(read_text(nested, size, &refused, &error), -EINVAL);
	assert_non_null(strstr(error.text, "deeper than 512"));
	out = open_memstream(&stack, &size);
	fputs(HEAD FRAMES ONE "\"weights\":[1],\"samples\":[[0", out);
	for (int i = 1; i < LEVELS; i++)
		fputs(",1", out);
	fputs("]]}]}", out);
	fclose(out);
	assert_int_equal(read_text(stack, size, &deep, &error), 0);
	assert_int_equal(deep.stacks.n, LEVELS + 1);
}

/* pprof -diff_base leaves values below zero; the format has none. */
static void negative_values(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "main;more", 10);
	maker_folded(&maker, "main;less", -5);
	maker_finish(&maker);
	text = write_as("speedscope", &maker.profile, &plain, &size);
	assert_non_null(strstr(text, "\"endValue\":10,"));
	assert_non_null(strstr(text, "\"weights\":[10]"));
}

static void a_full_disk_is_told(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_fclose FILE *out = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(out);
	setvbuf(out, NULL, _IONBF, 0);
	make_threads(&maker);
	assert_int_equal(speedscope_write(&maker.profile, &plain, out), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file),
		cmocka_unit_test(ours_is_read_back),
		cmocka_unit_test(names_come_back),
		cmocka_unit_test(files_of_others),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(a_million_levels),
		cmocka_unit_test(negative_values),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
