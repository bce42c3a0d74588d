// SPDX-License-Identifier: GPL-2.0-or-later
/* A thread looks at the file's position a few times a second and writes the line. */
#include "profiler/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "profiler/message.h"

enum { INTERVAL_NS = 500000000, LEAST = 2 << 20 };

static void put(const char *text)
{
	/* A terminal that is gone is no reason to stop reading. */
	(void)!write(STDERR_FILENO, text, strlen(text));
}

static void show(struct progress *progress)
{
	off_t done = lseek(progress->fd, 0, SEEK_CUR);
	const char *slash = strrchr(progress->name, '/');
	char name[64], line[160];

	if (done <= 0)
		return;
	progress->again |= (uint64_t)done < progress->done;
	progress->done = done;
	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : progress->name);
	message_clean(name); /* anyone may have named the file */
	snprintf(line, sizeof(line), "\r\033[K%s: %llu of %llu MB read%s", name,
		 (unsigned long long)done / 1000000, (unsigned long long)progress->total / 1000000,
		 progress->again ? ", again" : "");
	put(line);
	progress->shown = true;
}

static void *run(void *ctx)
{
	struct progress *progress = ctx;

	pthread_mutex_lock(&progress->lock);
	while (!progress->ended) {
		uint64_t at = clock_ns(CLOCK_MONOTONIC) + INTERVAL_NS;
		struct timespec until = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};
		int err = 0;

		while (!progress->ended && !err)
			err = pthread_cond_timedwait(&progress->end, &progress->lock, &until);
		if (!progress->ended)
			show(progress);
	}
	pthread_mutex_unlock(&progress->lock);
	return NULL;
}

static bool init(struct progress *progress)
{
	pthread_condattr_t attributes;
	bool ok;

	if (pthread_condattr_init(&attributes))
		return false;
	ok = !pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) &&
	     !pthread_cond_init(&progress->end, &attributes);
	pthread_condattr_destroy(&attributes);
	return ok && !pthread_mutex_init(&progress->lock, NULL);
}

void progress_begin(struct progress *progress, int fd, const char *name, bool wanted)
{
	struct stat st;

	*progress = (struct progress){.fd = fd, .name = name};
	if (!wanted || !isatty(STDERR_FILENO) || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_size < LEAST)
		return;
	progress->total = st.st_size;
	/* Without it, the file is read all the same. */
	if (init(progress))
		progress->on = !pthread_create(&progress->thread, NULL, run, progress);
}

void progress_end(struct progress *progress)
{
	if (!progress->on)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->ended = true;
	pthread_cond_signal(&progress->end);
	pthread_mutex_unlock(&progress->lock);
	pthread_join(progress->thread, NULL);
	pthread_cond_destroy(&progress->end);
	pthread_mutex_destroy(&progress->lock);
	if (progress->shown)
		put("\r\033[K");
	progress->on = false;
}
