// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A directory comes in; out go the pictures that the browser tests look at,
 * made of profiles whose shares are plain to see in this file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/format.h"
#include "tests/browser/make_views.h"

static void save_as(const char *format, struct maker *maker, const struct report_options *options,
		    const char *directory, const char *name)
{
	guard_fclose FILE *out = NULL;
	guard_free char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		exit(1);
	out = fopen(path, "w");
	if (!out || report_format_by_name(format)->write(&maker->profile, options, out) ||
	    fflush(out)) {
		perror(path);
		exit(1);
	}
}

static void save(struct maker *maker, const struct report_options *options, const char *directory,
		 const char *name)
{
	save_as("svg", maker, options, directory, name);
}

/* One frame of a stack. */
struct call {
	const char *name;
	const char *module;
	enum module_kind kind;
};

static const struct call main_call = {"main", "/usr/bin/app", MODULE_USER};
static const struct call work = {"work", "/usr/bin/app", MODULE_USER};
static const struct call hot = {"hot", "/usr/bin/app", MODULE_USER};
static const struct call hotter = {"hotter_than_hot", "/usr/bin/app", MODULE_USER};
static const struct call warm = {"warm<std::basic_string<char>>::operator()", "/usr/bin/app",
				 MODULE_USER};
static const struct call jit = {"LMain;::interpret", "[jit]", MODULE_JIT};
static const struct call entry = {"entry_SYSCALL_64_after_hwframe", "[kernel]", MODULE_KERNEL};
static const struct call io = {"io_schedule", "[kernel]", MODULE_KERNEL};

static void add(struct maker *maker, int64_t count, const struct call *const *calls)
{
	uint32_t stack = 0;

	for (; *calls; calls++) {
		uint32_t module = maker_module(maker, (*calls)->module, (*calls)->kind);
		struct profile_frame frame;

		maker_frame(maker, (*calls)->name, "", 0, &frame);
		stack = maker_call(maker, stack, module, hash_bytes((*calls)->name, 4), &frame, 1);
	}
	maker_sample(maker, stack, count);
}

#define ADD(maker, count, ...) add(maker, count, (const struct call *const[]){__VA_ARGS__, NULL})

/* 10,000 samples: work has 90 %, hot 60 % (a third of it recursive), the kernel 10 %. */
static void make_shares(struct maker *maker)
{
	maker_init_cpu(maker, 1000000);
	maker_thread(maker, 100, 100, "app", "app");
	maker->unwind = UNWIND_WHOLE;
	ADD(maker, 4000, &main_call, &work, &hot);
	ADD(maker, 1500, &main_call, &work, &hot, &hotter, &hot);
	ADD(maker, 500, &main_call, &work, &hot, &hotter);
	ADD(maker, 2000, &main_call, &work, &warm);
	ADD(maker, 980, &main_call, &work, &jit);
	ADD(maker, 20, &main_call, &work, &entry);
	ADD(maker, 900, &main_call, &entry, &io);
	maker->unwind = UNWIND_FRAME_POINTER;
	ADD(maker, 99, &entry);
	ADD(maker, 1, &io);
	maker->profile.duration_ns = 10000000000;
	maker->profile.time_ns = 1795372800000000000;
	if (profile_add_comment(&maker->profile, "title: CPU time of app") ||
	    profile_add_comment(&maker->profile,
				"quality: samples=10000 lost=0 covered=99.6% whole=99.0% "
				"unnamed=0.0% event=cpu-clock hz=999 elapsed=10.00s") ||
	    profile_add_comment(&maker->profile, "event: cpu-clock at 999 Hz"))
		exit(1);
	maker_finish(maker);
}

/* Two threads, the second one with the larger part. */
static void make_threads(struct maker *maker)
{
	maker_init_cpu(maker, 1000000);
	maker_thread(maker, 101, 101, "app", "app");
	ADD(maker, 30, &main_call, &work);
	maker_thread(maker, 101, 102, "app", "worker");
	ADD(maker, 70, &main_call, &work);
	if (profile_add_comment(&maker->profile, "title: threads"))
		exit(1);
	maker_finish(maker);
}

static void make_hostile(struct maker *maker)
{
	enum { LONG = 50000 };
	static const char *const names[] = {
		"<script>pwned = 1</script>",
		"</title></svg><svg onload=\"pwned = 1\">",
		"]]><script>pwned = 1</script>",
		"\"><img src=x onerror=pwned=1>",
		"a;b 5",
		"\xff\xfe invalid \xc0\x80",
		"\xe2\x80\xae right to left",
	};
	guard_free char *name = malloc(LONG + 1);
	struct profile_frame frame;
	uint32_t stack = 0;

	if (!name)
		exit(1);
	maker_init(maker);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		maker_frame(maker, names[i], "", 0, &frame);
		stack = maker_call(maker, stack, maker_module(maker, names[i], MODULE_USER), i,
				   &frame, 1);
		maker_sample(maker, stack, 100);
	}
	memset(name, 'x', LONG);
	name[LONG] = '\0';
	maker_frame(maker, name, "", 0, &frame);
	maker_sample(maker, maker_call(maker, stack, 0, 0, &frame, 1), 100);
	if (profile_add_comment(&maker->profile, "title: <script>pwned = 1</script>"))
		exit(1);
	maker_finish(maker);
}

int main(int argc, char **argv)
{
	static const struct report_options plain, icicle = {.inverted = true};
	static const struct report_options fixed = {.width = 800};
	static const struct report_options cool = {.palette = "cool"}, mono = {.palette = "mono"};
	guard(maker_deinit) struct maker shares, threads, hostile, views, next, many, waits;

	if (argc != 2) {
		fprintf(stderr, "usage: browser_pictures DIRECTORY\n");
		return 2;
	}
	make_shares(&shares);
	make_threads(&threads);
	make_hostile(&hostile);
	make_views(&views);
	make_next_run(&next);
	make_many(&many);
	make_waits(&waits);
	save(&shares, &plain, argv[1], "shares.svg");
	save(&shares, &icicle, argv[1], "icicle.svg");
	save(&shares, &fixed, argv[1], "fixed.svg");
	save(&shares, &cool, argv[1], "cool.svg");
	save(&shares, &mono, argv[1], "mono.svg");
	save(&hostile, &plain, argv[1], "hostile.svg");
	save_as("html", &shares, &plain, argv[1], "shares.html");
	save_as("html", &hostile, &plain, argv[1], "hostile.html");
	save_as("speedscope", &shares, &plain, argv[1], "shares.speedscope.json");
	save_as("speedscope", &threads, &plain, argv[1], "threads.speedscope.json");
	save_as("speedscope", &hostile, &plain, argv[1], "hostile.speedscope.json");
	save(&views, &plain, argv[1], "views.svg");
	save_as("html", &views, &plain, argv[1], "views.html");
	save(&next, &plain, argv[1], "next.svg");
	save(&many, &plain, argv[1], "many.svg");
	save(&waits, &plain, argv[1], "waits.svg");
	save_as("html", &waits, &plain, argv[1], "waits.html");
	return 0;
}
