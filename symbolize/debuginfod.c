// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The asker's side: starts the worker, sends it build-ids one at a time, and
 * keeps count of time, bytes and answers. A worker that does not keep to the
 * bounds is killed.
 */
#include "symbolize/debuginfod.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/guard.h"
#include "base/vec.h"
#include "symbolize/debuginfod_worker.h"

enum {
	TICK_MS = 100,
	START_MS = 20000, /* of a loaded machine; the library itself takes 30 */
	LEAVE_MS = 1500,  /* for tidying up its cache: it looks at the socket once a second */
	MAX_FAILURES = 2,
	RUN_FILES = 2, /* all files of a run, in bounds of one */
};

static const uint64_t second_ns = 1000000000;
static const uint64_t grace_ns = 3000000000;

struct known_answer {
	uint8_t id[DEBUGINFOD_ID_MAX];
	size_t id_size;
	enum debuginfod_answer answer;
};

struct debuginfod {
	struct debuginfod_options options;
	pthread_mutex_t lock;
	pid_t pid;  /* 0: the worker is gone */
	int socket; /* -1 */
	VEC(struct known_answer) known;
	size_t counts[DEBUGINFOD_N];
	uint64_t used_ns, used_bytes;
	int n_failures;			/* in a row */
	enum debuginfod_answer gave_up; /* NOT_ASKED: not yet */
};

/* One file. */
struct inquiry {
	struct debuginfod *of;
	const char *name;
	uint64_t began_ns, heard_ns, limit_ns;
	struct worker_reply reply;
	int fd; /* that came with it; -1 */
};

const char *debuginfod_answer_name(enum debuginfod_answer answer)
{
	static const char *const names[DEBUGINFOD_N] = {
		[DEBUGINFOD_NOT_ASKED] = "",
		[DEBUGINFOD_FOUND] = "found",
		[DEBUGINFOD_NOT_FOUND] = "not known to the servers",
		[DEBUGINFOD_TIME_OUT] = "time-out",
		[DEBUGINFOD_UNREACHABLE] = "no connection",
		[DEBUGINFOD_TOO_LARGE] = "too large",
		[DEBUGINFOD_OTHER_BUILD] = "another build was sent",
		[DEBUGINFOD_NO_DEBUG] = "no debug file was sent",
		[DEBUGINFOD_NOT_STORED] = "could not be stored",
		[DEBUGINFOD_FAILED] = "failed",
		[DEBUGINFOD_BOUND] = "no more time or bytes in this run",
		[DEBUGINFOD_STOPPED] = "stopped",
	};

	return names[answer];
}

static enum debuginfod_answer answer_of_error(int err)
{
	switch (-err) {
	case ENOENT:
		return DEBUGINFOD_NOT_FOUND;
	case ETIME:
	case ETIMEDOUT:
		return DEBUGINFOD_TIME_OUT;
	case ECONNREFUSED:
	case ECONNRESET:
	case ECONNABORTED:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return DEBUGINFOD_UNREACHABLE;
	case EFBIG:
		return DEBUGINFOD_TOO_LARGE;
	case EIO:
	case ENOSPC:
	case EDQUOT:
	case EACCES:
	case EROFS:
		return DEBUGINFOD_NOT_STORED;
	case ECANCELED:
		return DEBUGINFOD_STOPPED;
	}
	return DEBUGINFOD_FAILED;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 5 * 1000 * 1000 }, NULL);
}

/* The end of the socket ends it, unless something holds it. */
static void end_worker(struct debuginfod *debuginfod, int wait_ms)
{
	uint64_t end = clock_monotonic_ns() + wait_ms * 1000000ULL;
	pid_t got = 0;

	if (debuginfod->socket >= 0)
		close(debuginfod->socket);
	debuginfod->socket = -1;
	if (debuginfod->pid <= 0)
		return;
	while (!(got = waitpid(debuginfod->pid, NULL, WNOHANG)) && clock_monotonic_ns() < end)
		nap();
	if (!got) {
		kill(debuginfod->pid, SIGKILL);
		while (waitpid(debuginfod->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	debuginfod->pid = 0;
}

/* A packet and what comes with it. 1; 0: none within a tick; -EPIPE: the worker has gone. */
static int receive(struct inquiry *inquiry, int wait_ms)
{
	struct pollfd poll_fd = { inquiry->of->socket, POLLIN, 0 };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec iov = { &inquiry->reply, sizeof(inquiry->reply) };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;

	if (poll(&poll_fd, 1, wait_ms) <= 0)
		return 0;
	if (recvmsg(inquiry->of->socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) !=
	    sizeof(inquiry->reply))
		return -EPIPE;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&inquiry->fd, CMSG_DATA(header), sizeof(int));
	return 1;
}

static int await_ready(struct debuginfod *debuginfod)
{
	uint64_t end = clock_monotonic_ns() + START_MS * 1000000ULL;
	struct inquiry inquiry = { .of = debuginfod, .fd = -1 };
	int got;

	while (!(got = receive(&inquiry, TICK_MS)) && clock_monotonic_ns() < end)
		;
	if (got <= 0 || inquiry.reply.kind != WORKER_READY)
		return -EAGAIN;
	return inquiry.reply.error;
}

int debuginfod_create(const struct debuginfod_options *options, struct debuginfod **ret)
{
	struct debuginfod *debuginfod = calloc(1, sizeof(*debuginfod));
	int sockets[2], err;

	if (!debuginfod)
		return -ENOMEM;
	debuginfod->options = *options;
	debuginfod->socket = -1;
	pthread_mutex_init(&debuginfod->lock, NULL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets)) {
		debuginfod_destroy(debuginfod);
		return -EAGAIN;
	}
	debuginfod->pid = fork();
	if (!debuginfod->pid)
		debuginfod_worker_run(options, sockets[1]);
	close(sockets[1]);
	debuginfod->socket = sockets[0];
	err = debuginfod->pid < 0 ? -EAGAIN : await_ready(debuginfod);
	if (err)
		debuginfod_destroy(debuginfod);
	else
		*ret = debuginfod;
	return err;
}

void debuginfod_destroy(struct debuginfod *debuginfod)
{
	if (!debuginfod)
		return;
	end_worker(debuginfod, LEAVE_MS);
	pthread_mutex_destroy(&debuginfod->lock);
	vec_deinit(&debuginfod->known);
	free(debuginfod);
}

static struct known_answer *find_known(struct debuginfod *debuginfod, const uint8_t *id, size_t n)
{
	vec_each(&debuginfod->known, known)
		if (known->id_size == n && !memcmp(known->id, id, n))
			return known;
	return NULL;
}

/* Without memory it is asked once more. */
static void keep(struct debuginfod *debuginfod, const uint8_t *id, size_t n,
		 enum debuginfod_answer answer)
{
	struct known_answer known = { .id_size = n, .answer = answer };
	struct known_answer *old = find_known(debuginfod, id, n);

	memcpy(known.id, id, n);
	if (old)
		debuginfod->counts[old->answer]--;
	debuginfod->counts[answer]++;
	if (old)
		old->answer = answer;
	else
		(void)!vec_push(&debuginfod->known, known);
}

static bool watch(const struct inquiry *inquiry, bool begins, bool ends)
{
	const struct debuginfod_options *options = &inquiry->of->options;
	const struct debuginfod_progress progress = {
		.name = inquiry->name,
		.begins = begins,
		.ends = ends,
		.elapsed_ns = clock_monotonic_ns() - inquiry->began_ns,
		.bytes = inquiry->reply.bytes,
		.total = inquiry->reply.total,
	};

	return options->watch && options->watch(options->ctx, &progress);
}

/* Until the worker is done, or has to be: an answer, or FOUND for it to be looked at. */
static enum debuginfod_answer await_answer(struct inquiry *inquiry)
{
	uint64_t silence_ns = inquiry->of->options.bounds.silence_s * second_ns;

	for (;;) {
		int got = receive(inquiry, TICK_MS);
		uint64_t now = clock_monotonic_ns();

		if (got < 0)
			return DEBUGINFOD_FAILED;
		if (got && inquiry->reply.kind == WORKER_DONE)
			return inquiry->reply.error ? answer_of_error(inquiry->reply.error) :
						      DEBUGINFOD_FOUND;
		if (got)
			inquiry->heard_ns = now;
		if (watch(inquiry, false, false))
			return DEBUGINFOD_STOPPED;
		/* The library may be held up in resolving a host's name, say. */
		if (now - inquiry->heard_ns > silence_ns + grace_ns ||
		    now - inquiry->began_ns > inquiry->limit_ns + grace_ns)
			return DEBUGINFOD_TIME_OUT;
	}
}

/* What may still be used of a run's bound, and by one file. */
static uint64_t rest(uint64_t of_file, uint64_t used)
{
	uint64_t all = of_file * RUN_FILES;
	uint64_t left = used < all ? all - used : 0;

	return left < of_file ? left : of_file;
}

static enum debuginfod_answer inquire(struct inquiry *inquiry, const uint8_t *id, size_t n)
{
	struct debuginfod *debuginfod = inquiry->of;
	const struct debuginfod_bounds *bounds = &debuginfod->options.bounds;
	struct worker_request request = {
		.kind = WORKER_FIND,
		.id_size = n,
		.ns = rest(bounds->file_s * second_ns, debuginfod->used_ns),
		.bytes = rest(bounds->file_bytes, debuginfod->used_bytes),
	};
	enum debuginfod_answer answer;

	memcpy(request.id, id, n);
	inquiry->limit_ns = request.ns;
	inquiry->began_ns = inquiry->heard_ns = clock_monotonic_ns();
	if (!request.ns || !request.bytes)
		return DEBUGINFOD_BOUND;
	if (send(debuginfod->socket, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
		return DEBUGINFOD_FAILED;
	answer = watch(inquiry, true, false) ? DEBUGINFOD_STOPPED : await_answer(inquiry);
	if (watch(inquiry, false, true))
		answer = DEBUGINFOD_STOPPED;
	debuginfod->used_ns += clock_monotonic_ns() - inquiry->began_ns;
	debuginfod->used_bytes += inquiry->reply.bytes;
	return answer;
}

static bool is_regular(int fd)
{
	struct stat stat;

	return fd >= 0 && !fstat(fd, &stat) && S_ISREG(stat.st_mode);
}

/* What the answer means for those to come. */
static void draw_conclusions(struct debuginfod *debuginfod, const struct inquiry *inquiry,
			     enum debuginfod_answer answer)
{
	bool broken = answer == DEBUGINFOD_TIME_OUT || answer == DEBUGINFOD_UNREACHABLE;
	bool is_done = answer == DEBUGINFOD_BOUND || inquiry->reply.kind == WORKER_DONE;

	debuginfod->n_failures = broken ? debuginfod->n_failures + 1 : 0;
	if (debuginfod->n_failures == MAX_FAILURES || answer == DEBUGINFOD_STOPPED || !is_done) {
		debuginfod->gave_up = answer;
		end_worker(debuginfod, answer == DEBUGINFOD_TIME_OUT ? 0 : LEAVE_MS);
	}
}

static enum debuginfod_answer ask(struct debuginfod *debuginfod, const uint8_t *id, size_t n,
				  const char *name, int *ret_fd)
{
	struct inquiry inquiry = { .of = debuginfod, .name = name, .fd = -1 };
	enum debuginfod_answer answer;

	if (debuginfod->gave_up)
		return debuginfod->gave_up;
	answer = inquire(&inquiry, id, n);
	draw_conclusions(debuginfod, &inquiry, answer);
	if (answer == DEBUGINFOD_FOUND && !is_regular(inquiry.fd))
		answer = DEBUGINFOD_NO_DEBUG;
	if (answer == DEBUGINFOD_FOUND)
		*ret_fd = take_fd(inquiry.fd);
	if (inquiry.fd >= 0)
		close(inquiry.fd);
	return answer;
}

enum debuginfod_answer debuginfod_find(struct debuginfod *debuginfod, const uint8_t *build_id,
				       size_t build_id_size, const char *name, int *ret_fd)
{
	const struct known_answer *known;
	enum debuginfod_answer answer;

	if (!build_id_size || build_id_size > DEBUGINFOD_ID_MAX)
		return DEBUGINFOD_NOT_ASKED;
	pthread_mutex_lock(&debuginfod->lock);
	known = find_known(debuginfod, build_id, build_id_size);
	if (known && known->answer != DEBUGINFOD_FOUND) {
		answer = known->answer;
	} else {
		answer = ask(debuginfod, build_id, build_id_size, name, ret_fd);
		keep(debuginfod, build_id, build_id_size, answer);
	}
	pthread_mutex_unlock(&debuginfod->lock);
	return answer;
}

void debuginfod_reject(struct debuginfod *debuginfod, const uint8_t *build_id,
		       size_t build_id_size, enum debuginfod_answer why)
{
	struct worker_request request = { .kind = WORKER_REJECT, .id_size = build_id_size };

	memcpy(request.id, build_id, build_id_size);
	pthread_mutex_lock(&debuginfod->lock);
	keep(debuginfod, build_id, build_id_size, why);
	if (debuginfod->socket >= 0)
		(void)!send(debuginfod->socket, &request, sizeof(request), MSG_NOSIGNAL);
	pthread_mutex_unlock(&debuginfod->lock);
}

size_t debuginfod_count(const struct debuginfod *debuginfod, enum debuginfod_answer answer)
{
	return debuginfod->counts[answer];
}
