// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests in, libdebuginfod's answers out. The library is loaded here and not
 * linked, so that flametap runs where it is not installed; what it loads in turn
 * (an HTTP client, cryptography) stays out of the profiler.
 */
#include "symbolize/debuginfod_worker.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	TELL_NS = 100 * 1000 * 1000,
	FILE_SLACK = 64 * 1024,
};

/* elfutils/debuginfod.h, as of elfutils 0.179 and later. */
struct client_library {
	void *(*begin)(void);
	int (*find)(void *client, const unsigned char *id, int id_size, char **ret_path);
	void (*set_progress)(void *client, int (*progress)(void *client, long a, long b));
	void (*set_data)(void *client, void *data);
	void *(*data)(void *client);
	const char *(*url)(void *client);
};

struct worker {
	struct client_library library;
	void *client;
	int socket;
	struct worker_request request;
	uint64_t began_ns, told_ns;
	uint64_t bytes, total;
	struct worker_request last; /* that was for a file */
	char *path;		    /* of that file */
	int error;  /* why it was broken off */
};

static void send_reply(const struct worker *worker, enum worker_reply_kind kind, int error, int fd)
{
	struct worker_reply reply = {
		.kind = kind,
		.error = error,
		.bytes = worker->bytes,
		.total = worker->total,
	};
	struct iovec iov = { &reply, sizeof(reply) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *header;

		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(int));
	}
	/* Progress that finds no room is told the next time. */
	(void)!sendmsg(worker->socket, &message,
		       MSG_NOSIGNAL | (kind == WORKER_PROGRESS ? MSG_DONTWAIT : 0));
}

/* Whoever asked has gone, or does not want to wait any longer. */
static bool is_over(const struct worker *worker)
{
	char byte;

	return !recv(worker->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

/* Called by the library at least once a second. The library is a global one: its handle is all
 * that comes in here. Before a server has begun to send, a is no number of bytes. */
static int on_progress(void *client, long a, long b)
{
	void *(*data)(void *) = dlsym(RTLD_DEFAULT, "debuginfod_get_user_data");
	struct worker *worker = data(client);
	uint64_t now = clock_monotonic_ns();

	if (worker->library.url(client)) {
		worker->bytes = a > 0 ? a : 0;
		worker->total = b > 0 ? b : 0;
	}
	if (is_over(worker))
		worker->error = -ECANCELED;
	else if (now - worker->began_ns > worker->request.ns)
		worker->error = -ETIME;
	else if (worker->bytes > worker->request.bytes || worker->total > worker->request.bytes)
		worker->error = -EFBIG;
	if (now - worker->told_ns > TELL_NS) {
		worker->told_ns = now;
		send_reply(worker, WORKER_PROGRESS, 0, -1);
	}
	return worker->error != 0;
}

static void limit_files(uint64_t bytes)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit))
		return;
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* A write was refused by the limit since the last call: its signal is blocked. */
static bool took_limit(void)
{
	sigset_t over;

	sigemptyset(&over);
	sigaddset(&over, SIGXFSZ);
	return sigtimedwait(&over, NULL, &(struct timespec){}) == SIGXFSZ;
}

/* The library keeps it for ten minutes that there is no such file, in an empty one. What was broken
 * off here says nothing of the kind. */
static void forget_failure(const struct worker_request *request)
{
	char hex[2 * DEBUGINFOD_ID_MAX + 1] = "", path[4096 + sizeof(hex) + 16];
	struct stat stat;

	for (size_t i = 0; i < request->id_size; i++)
		snprintf(hex + 2 * i, 3, "%02x", request->id[i]);
	snprintf(path, sizeof(path), "%s/%s/debuginfo", getenv("DEBUGINFOD_CACHE_PATH"), hex);
	if (!lstat(path, &stat) && S_ISREG(stat.st_mode) && !stat.st_size)
		unlink(path);
}

static void answer(struct worker *worker)
{
	struct stat stat;
	int fd;

	worker->last = worker->request;
	worker->began_ns = worker->told_ns = clock_monotonic_ns();
	worker->bytes = worker->total = 0;
	worker->error = 0;
	free(worker->path);
	worker->path = NULL;
	/* What arrives compressed grows on its way into the file. */
	limit_files(worker->request.bytes + FILE_SLACK);
	fd = worker->library.find(worker->client, worker->request.id, worker->request.id_size,
				  &worker->path);
	if (took_limit())
		worker->error = -EFBIG;
	if (fd >= 0)
		worker->error = 0;
	else if (worker->error)
		forget_failure(&worker->request);
	else
		worker->error = fd;
	/* Without a URL it has been in the cache, and nothing was sent. */
	if (fd >= 0 && worker->library.url(worker->client) && !fstat(fd, &stat))
		worker->bytes = stat.st_size;
	send_reply(worker, WORKER_DONE, worker->error, fd);
	if (fd >= 0)
		close(fd);
}

static void reject(const struct worker *worker)
{
	const struct worker_request *last = &worker->last;

	if (worker->path && last->id_size == worker->request.id_size &&
	    !memcmp(last->id, worker->request.id, sizeof(last->id)))
		unlink(worker->path);
}

static int load(struct client_library *library)
{
	static const char *const names[] = {
		"debuginfod_begin",
		"debuginfod_find_debuginfo",
		"debuginfod_set_progressfn",
		"debuginfod_set_user_data",
		"debuginfod_get_user_data",
		"debuginfod_get_url",
	};
	void *symbols[sizeof(names) / sizeof(*names)];
	void *handle = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_GLOBAL);

	_Static_assert(sizeof(symbols) == sizeof(*library), "a pointer for each name");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		symbols[i] = handle ? dlsym(handle, names[i]) : NULL;
		if (!symbols[i])
			return -ELIBACC;
	}
	memcpy(library, symbols, sizeof(symbols));
	return 0;
}

/* The directory and those above it, as the library does not make all of them. */
static int make_directory(char *path)
{
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)!mkdir(path, 0777);
		*p = '/';
	}
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	return access(path, R_OK | W_OK | X_OK) ? -errno : 0;
}

/* Where the library has its cache, said expressly: it would take an old place, too. */
static int choose_cache(void)
{
	const char *given = getenv("DEBUGINFOD_CACHE_PATH");
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char path[4096];
	int n;

	if (given && *given)
		n = snprintf(path, sizeof(path), "%s", given);
	else if (cache && *cache)
		n = snprintf(path, sizeof(path), "%s/debuginfod_client", cache);
	else
		n = snprintf(path, sizeof(path), "%s/.cache/debuginfod_client", home ? home : "");
	if (n >= (int)sizeof(path))
		return -ENAMETOOLONG;
	setenv("DEBUGINFOD_CACHE_PATH", path, 1);
	return make_directory(path);
}

static void set_number(const char *variable, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	setenv(variable, text, 1);
}

/* The library's bounds are the second line: it counts whole seconds, and looks at what servers
 * say of a file's size. */
static void set_environment(const struct debuginfod_bounds *bounds)
{
	set_number("DEBUGINFOD_TIMEOUT", bounds->silence_s);
	set_number("DEBUGINFOD_MAXTIME", bounds->file_s + 1);
	set_number("DEBUGINFOD_MAXSIZE", bounds->file_bytes);
	set_number("DEBUGINFOD_RETRY_LIMIT", 0);
	unsetenv("DEBUGINFOD_PROGRESS");
	unsetenv("DEBUGINFOD_VERBOSE");
}

/* Nothing of the profiler's but the socket: what it has open ends when it says so, and whoever
 * reads its output sees the end when it ends. */
static void leave_descriptors(int *socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (null >= 0)
			dup2(null, fd);
	if (*socket != STDERR_FILENO + 1)
		dup2(*socket, STDERR_FILENO + 1);
	*socket = STDERR_FILENO + 1;
	syscall(SYS_close_range, STDERR_FILENO + 2, ~0U, 0);
}

/* Ctrl-C goes to the whole foreground; the profiler says what it means. */
static void set_signals(void)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTSTP, SIGPIPE };
	sigset_t blocked;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGXFSZ);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static int worker_init(struct worker *worker, const struct debuginfod_options *options)
{
	int err = options->become ? options->become(options->ctx) : 0;

	/* After the ids have changed, which would undo it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (is_over(worker))
		_exit(0);
	if (!err)
		err = choose_cache();
	set_environment(&options->bounds);
	if (!err)
		err = load(&worker->library);
	if (err)
		return err;
	worker->client = worker->library.begin();
	if (!worker->client)
		return -ENOMEM;
	worker->library.set_data(worker->client, worker);
	worker->library.set_progress(worker->client, on_progress);
	return 0;
}

void debuginfod_worker_run(const struct debuginfod_options *options, int socket)
{
	struct worker worker = {};
	int err;

	set_signals();
	leave_descriptors(&socket);
	worker.socket = socket;
	err = worker_init(&worker, options);
	send_reply(&worker, WORKER_READY, err, -1);
	while (!err) {
		ssize_t n = recv(socket, &worker.request, sizeof(worker.request), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(worker.request))
			break;
		if (worker.request.kind == WORKER_FIND)
			answer(&worker);
		else
			reject(&worker);
	}
	_exit(0);
}
