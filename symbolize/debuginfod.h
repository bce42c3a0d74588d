/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug files from debuginfod servers. A build-id goes in; a descriptor of the
 * file that a server has under it comes out, or why there is none. A worker
 * process does the asking: it can be ended whatever it waits for, and can have
 * another person's rights.
 */
#ifndef FLAMETAP_SYMBOLIZE_DEBUGINFOD_H
#define FLAMETAP_SYMBOLIZE_DEBUGINFOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum debuginfod_answer {
	DEBUGINFOD_NOT_ASKED,
	DEBUGINFOD_FOUND,
	DEBUGINFOD_NOT_FOUND,	/* the servers do not have it */
	DEBUGINFOD_TIME_OUT,	/* no answer, or one that came too slowly */
	DEBUGINFOD_UNREACHABLE, /* no such host, no connection, or one that broke off */
	DEBUGINFOD_TOO_LARGE,
	DEBUGINFOD_OTHER_BUILD, /* what came has another build-id, or none */
	DEBUGINFOD_NO_DEBUG,	/* what came is no debug file */
	DEBUGINFOD_NOT_STORED,	/* a full disk, or a compressed answer that grew too large */
	DEBUGINFOD_FAILED,
	DEBUGINFOD_BOUND, /* not asked: a run's time or bytes are used up */
	DEBUGINFOD_STOPPED, /* the person said stop */
	DEBUGINFOD_N,
};

/* "time-out", ...: static strings; "" where nothing was asked. */
const char *debuginfod_answer_name(enum debuginfod_answer answer);

/* Of one file. All that is asked for in a run together may take twice as much; and after two
 * time-outs or broken connections in a row nothing is asked any more. */
struct debuginfod_bounds {
	uint32_t silence_s; /* in which 100 KiB have to come */
	uint32_t file_s;
	uint64_t file_bytes;
};

struct debuginfod_progress {
	const char *name; /* of the module; NULL: not known */
	bool begins, ends; /* of this file */
	uint64_t elapsed_ns;
	uint64_t bytes, total; /* total 0: not known */
};

struct debuginfod_options {
	struct debuginfod_bounds bounds;
	/* Called in the worker before anything else: takes the identity and the HOME that the
	 * cache is to belong to. 0 or a negative errno. NULL: this process's own. */
	int (*become)(void *ctx);
	/* Called when a file begins and ends, and ten times a second in between. True: stop, and
	 * ask nothing more. NULL: never. */
	bool (*watch)(void *ctx, const struct debuginfod_progress *progress);
	void *ctx;
};

struct debuginfod;

/*
 * Starts the worker, which loads libdebuginfod: call it while there is one
 * thread. The servers are those of DEBUGINFOD_URLS; files go into the cache that
 * all of libdebuginfod's users share: $DEBUGINFOD_CACHE_PATH, else
 * debuginfod_client in $XDG_CACHE_HOME or ~/.cache. 0; -ELIBACC: libdebuginfod is
 * not installed; -ENOMEM; -EAGAIN; another negative errno: the cache's directory
 * cannot be made or written.
 */
int debuginfod_create(const struct debuginfod_options *options, struct debuginfod **ret);
void debuginfod_destroy(struct debuginfod *debuginfod);

/* DEBUGINFOD_FOUND, and *ret_fd is a regular file, the caller's; or why not. What was found may
 * be anything: the caller looks at its build-id. What was not found is not asked for again. From
 * any thread. */
enum debuginfod_answer debuginfod_find(struct debuginfod *debuginfod, const uint8_t *build_id,
				       size_t build_id_size, const char *name, int *ret_fd);
/* The file that was found for it proved to be no good: it goes out of the cache, and the answer
 * will be this one. */
void debuginfod_reject(struct debuginfod *debuginfod, const uint8_t *build_id,
		       size_t build_id_size, enum debuginfod_answer why);

/* How many files got an answer. */
size_t debuginfod_count(const struct debuginfod *debuginfod, enum debuginfod_answer answer);

#endif
