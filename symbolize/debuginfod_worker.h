/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that asks debuginfod servers, and what is said to it and by it:
 * packets on a socket, one request at a time. The end of the socket ends it.
 */
#ifndef FLAMETAP_SYMBOLIZE_DEBUGINFOD_WORKER_H
#define FLAMETAP_SYMBOLIZE_DEBUGINFOD_WORKER_H

#include <stdint.h>

#include "symbolize/debuginfod.h"

enum { DEBUGINFOD_ID_MAX = 64 };

enum worker_request_kind {
	WORKER_FIND,
	WORKER_REJECT, /* the file, if it was the last one; has no reply */
};

struct worker_request {
	uint32_t kind;
	uint32_t id_size;
	uint8_t id[DEBUGINFOD_ID_MAX];
	uint64_t ns, bytes; /* that this file may take */
};

enum worker_reply_kind {
	WORKER_READY, /* once, at the start */
	WORKER_PROGRESS,
	WORKER_DONE, /* with the descriptor, where error is 0 */
};

struct worker_reply {
	uint32_t kind;
	int32_t error; /* 0 or a negative errno */
	uint64_t bytes, total;
};

/* In the child; does not return. */
_Noreturn void debuginfod_worker_run(const struct debuginfod_options *options, int socket);

#endif
