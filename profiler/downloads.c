// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Environment and terminal on one side, symbolize/debuginfod.c on the other.
 */
#include "profiler/downloads.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/command_env.h"
#include "profiler/invoker.h"
#include "profiler/message.h"
#include "profiler/options_shared.h"
#include "symbolize/debuginfod.h"

/* Of its own, libdebuginfod waits for 90 s, and for a file as long as it may take. */
static const struct debuginfod_bounds default_bounds = {
	.silence_s = 10,
	.file_s = 120,
	.file_bytes = 2ULL << 30,
};

enum { SHOW_AFTER_NS = 200 * 1000 * 1000, MAX_SECONDS = 24 * 3600 };
#define MAX_BYTES (1ULL << 40)

bool downloads_have_server(void)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	while (urls && isspace((unsigned char)*urls))
		urls++;
	return urls && *urls;
}

bool downloads_have_library(void)
{
	static const char *const places[] = {
		"/usr/lib/x86_64-linux-gnu/libdebuginfod.so.1",
		"/usr/lib/aarch64-linux-gnu/libdebuginfod.so.1",
		"/usr/lib64/libdebuginfod.so.1",
		"/usr/lib/libdebuginfod.so.1",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!access(places[i], R_OK))
			return true;
	return false;
}

/* A positive number in a variable, or what it is without. */
static uint64_t number_of(const char *variable, uint64_t otherwise, uint64_t max)
{
	const char *text = getenv(variable);
	uint64_t value;

	if (!text || options_parse_u64(text, &value) || !value)
		return otherwise;
	return value < max ? value : max;
}

static int become(void *ctx)
{
	const struct downloads *downloads = ctx;

	return downloads->invoker->sudo ? command_become(downloads->invoker) : 0;
}

static void put(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

static void show(struct downloads *downloads, const struct debuginfod_progress *progress)
{
	char size[64] = "", line[256];

	if (progress->total)
		snprintf(size, sizeof(size), "%.1f of %.1f MB", progress->bytes / 1e6,
			 progress->total / 1e6);
	else
		snprintf(size, sizeof(size), "%.1f MB", progress->bytes / 1e6);
	snprintf(line, sizeof(line), "debuginfod: %.80s: %s, %.0f s, Ctrl-C ends it",
		 progress->name ? progress->name : "a debug file", size,
		 progress->elapsed_ns / 1e9);
	message_clean(line);
	put("\r\033[K");
	put(line);
	downloads->shown = true;
}

static bool watch(void *ctx, const struct debuginfod_progress *progress)
{
	struct downloads *downloads = ctx;

	if (progress->begins)
		stop_scope_begin(&downloads->stop);
	else if (downloads->on_terminal && !progress->ends && progress->elapsed_ns > SHOW_AFTER_NS)
		show(downloads, progress);
	if (!progress->ends)
		return stop_signal();
	if (downloads->shown)
		put("\r\033[K");
	downloads->shown = false;
	return stop_scope_end(&downloads->stop);
}

static void say_why_not(int err)
{
	const char *cache = getenv("DEBUGINFOD_CACHE_PATH");

	if (err == -ELIBACC)
		message("--debuginfod: libdebuginfod.so.1 is not installed; "
			"apt install libdebuginfod1");
	else if (err == -ENOMEM || err == -EAGAIN)
		message("--debuginfod: cannot be started: %s; go without", strerror(-err));
	else
		message("--debuginfod: %s: %s; name a directory for downloads in "
			"DEBUGINFOD_CACHE_PATH",
			cache && *cache ? cache : "the cache directory", strerror(-err));
}

int downloads_init(struct downloads *downloads, bool wanted, bool quiet,
		   const struct invoker *invoker)
{
	struct debuginfod_options options = {
		.bounds = {
			.silence_s = number_of("DEBUGINFOD_TIMEOUT", default_bounds.silence_s,
					       MAX_SECONDS),
			.file_s = number_of("DEBUGINFOD_MAXTIME", default_bounds.file_s,
					    MAX_SECONDS),
			.file_bytes = number_of("DEBUGINFOD_MAXSIZE", default_bounds.file_bytes,
						MAX_BYTES),
		},
		.become = become,
		.watch = watch,
		.ctx = downloads,
	};
	int err;

	*downloads = (struct downloads){
		.invoker = invoker,
		.on_terminal = !quiet && isatty(STDERR_FILENO),
	};
	if (!wanted)
		return 0;
	err = debuginfod_create(&options, &downloads->debuginfod);
	if (err)
		say_why_not(err);
	return err;
}

void downloads_tell(const struct downloads *downloads)
{
	char text[512] = "";
	size_t n = 0;

	for (enum debuginfod_answer answer = DEBUGINFOD_FOUND + 1;
	     downloads->debuginfod && answer < DEBUGINFOD_N; answer++) {
		size_t count = debuginfod_count(downloads->debuginfod, answer);

		if (count && n < sizeof(text))
			n += snprintf(text + n, sizeof(text) - n, "%s%s (%zu)", n ? ", " : "",
				      debuginfod_answer_name(answer), count);
	}
	if (n)
		message("debuginfod: %zu debug files came; not had: %s",
			debuginfod_count(downloads->debuginfod, DEBUGINFOD_FOUND), text);
}

void downloads_deinit(struct downloads *downloads)
{
	debuginfod_destroy(downloads->debuginfod);
	downloads->debuginfod = NULL;
}
