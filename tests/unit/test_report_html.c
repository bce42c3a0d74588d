// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page: what stands around the picture, that names cannot break out of it,
 * and that the profile comes back byte for byte.
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
#include "report/embedded.h"
#include "report/format.h"
#include "report/formats.h"
#include "tests/unit/report_maker.h"

static const struct report_options plain;

typedef int (*writer)(const struct profile *profile, const struct report_options *options,
		      FILE *out);

static __attribute__((noinline)) char *write_with(writer write, const struct profile *profile,
						  const struct report_options *options,
						  size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	assert_non_null(out);
	assert_int_equal(write(profile, options, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static int read_back(const char *text, size_t size, struct profile *profile,
		     struct report_error *error)
{
	guard_close int fd = memfd_create("page", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(profile_init(profile), 0);
	return report_read(fd, profile, error);
}

/* Everything that HTML would take for an end or a beginning, in every place a name gets to. */
static void make_hostile(struct maker *maker)
{
	enum { LONG = 100 * 1024 };
	static const char *const names[] = {
		"]]>",
		"</script>",
		"</SCRIPT >",
		"<!--",
		"--><script>",
		"<![CDATA[",
		"</style>",
		"</title><img src=x onerror=alert(1)>",
		"</svg><svg onload='alert(1)'>",
		"&lt;&#60;&",
		"\"' onload=\"alert(1)",
		"\xe2\x80\xae\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
		"\x01\x1b[31m\r\n\t",
		"id=\"flametap-profile\">",
		" id=\"flametap-profile\">H4sI",
	};
	guard_free char *name = malloc(LONG + 1);
	uint32_t stack = 0;

	assert_non_null(name);
	memset(name, '>', LONG);
	name[LONG] = '\0';
	maker_init_cpu(maker, 1000000);
	for (size_t i = 0; i <= sizeof(names) / sizeof(*names); i++) {
		const char *text = i < sizeof(names) / sizeof(*names) ? names[i] : name;
		struct profile_frame frame;

		maker_thread(maker, i + 1, i + 1, text, text);
		maker_frame(maker, text, text, 1, &frame);
		stack = maker_call(maker, stack, maker_module(maker, text, MODULE_USER), i, &frame,
				   1);
		maker_sample(maker, stack, 10);
		assert_int_equal(profile_add_comment(&maker->profile, text), 0);
	}
	maker_finish(maker);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void names_are_data(void **state)
{
	static const struct report_options options = {.title = "</title><script>\" onload=\"x"};
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;

	(void)state;
	make_hostile(&maker);
	text = write_with(html_write, &maker.profile, &options, &size);
	assert_int_equal(strlen(text), size);
	assert_int_equal(count(text, "<script"), 3);
	assert_int_equal(count(text, "</script>"), 3);
	assert_int_equal(count(text, EMBEDDED_MARK), 1);
	assert_int_equal(count(text, "<img"), 0);
	assert_int_equal(count(text, "<svg onload"), 0);
	assert_int_equal(count(text, "<!--"), 0);
	assert_int_equal(count(text, "</body>"), 1);
	assert_true(size < 500000);
}

/* The order of the parts; no address of anything outside. */
static void the_page(void **state)
{
	static const char *const parts[] = {
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<title>a &amp; b</title>\n<script id=\"waiting\">",
		"</script>\n<style>",
		"</style>\n</head>\n<body>\n<main>\n<h1>a &amp; b</h1>\n<svg "
		"xmlns=\"http://www.w3.org/2000/svg\" "
		"width=\"900\"",
		"<title>a &amp; b</title>",
		("</svg>\n</main>\n<script type=\"application/x-gzip-base64\" data-title=\"a &amp; "
		 "b\" "
		 "data-inverted=\"\" data-threads=\"\" id=\"flametap-profile\">\n"),
		"</script>\n<script>\n",
		"</script>\n</body>\n</html>\n",
	};
	static const struct report_options options = {
		.title = "a & b", .width = 900, .inverted = true, .threads = true};
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	const char *place;
	size_t size;

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "main;work", 5);
	maker_finish(&maker);
	text = write_with(html_write, &maker.profile, &options, &size);
	place = text;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		place = strstr(place, parts[i]);
		if (!place)
			fail_msg("missing: %s", parts[i]);
		place += strlen(parts[i]) - 1;
	}
	assert_int_equal(place + 1 - text, size);
	assert_int_equal(count(text, "src="), 0);
	assert_int_equal(count(text, "href="), 0);
}

/* Each of the two pictures gives back the very file that pprof_write() makes. */
static void byte_for_byte(void **state)
{
	static const writer pictures[] = {html_write, svg_write};

	(void)state;
	for (size_t i = 0; i < sizeof(pictures) / sizeof(*pictures); i++) {
		guard(maker_deinit) struct maker maker;
		guard(profile_deinit) struct profile back = {};
		guard_free char *picture = NULL, *before = NULL, *after = NULL;
		size_t size, size_before, size_after;
		struct report_error error;

		make_hostile(&maker);
		before = write_with(pprof_write, &maker.profile, &plain, &size_before);
		picture = write_with(pictures[i], &maker.profile, &plain, &size);
		assert_int_equal(read_back(picture, size, &back, &error), 0);
		assert_int_equal(profile_finish(&back), 0);
		after = write_with(pprof_write, &back, &plain, &size_after);
		assert_int_equal(size_before, size_after);
		assert_memory_equal(before, after, size_before);
	}
}

static char *join(const char *a, const char *b, const char *c)
{
	char *text;

	assert_true(asprintf(&text, "%s%s%s", a, b, c) > 0);
	return text;
}

static void assert_refused(const char *text, const char *word)
{
	guard(profile_deinit) struct profile profile = {};
	struct report_error error = {""};

	assert_int_equal(read_back(text, strlen(text), &profile, &error), -EINVAL);
	if (!strstr(error.text, word))
		fail_msg("%s: does not say %s", error.text, word);
}

static void what_is_refused(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL, *twice = NULL;
	size_t size;

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "main;work", 5);
	maker_finish(&maker);
	text = write_with(html_write, &maker.profile, &plain, &size);
	twice = join(text, text, "");
	assert_refused(twice, "more than one profile");
	assert_refused("<!doctype html><title>a page of anyone's</title>", "no profile in it");
	assert_refused("\xef\xbb\xbf\n <HTML><body>", "no profile in it");
	assert_refused("<html><script id=\"flametap-profile\">", "truncated");
	assert_refused("<html><script id=\"flametap-profile\">AAA</script>", "damaged");
	assert_refused("<html><script id=\"flametap-profile\">AAAA</script>", "its profile");
	assert_refused("<html><script id=\"flametap-profile\"></script>", "its profile");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_data),
		cmocka_unit_test(the_page),
		cmocka_unit_test(byte_for_byte),
		cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
