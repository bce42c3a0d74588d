/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits for somebody else: for a byte of another process through a pipe, a unix socket or TCP over
 * loopback, which comes 2 ms after it was asked for; for a mutex that another thread holds for 5
 * ms; for a condition in shared memory that another process makes true after 3 ms.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "waits.h"

/* Two ends; what is written to one is read from its other side. */
struct ends {
	int ask, asked;	      /* the waiter writes, its partner reads */
	int answer, answered; /* the partner writes, the waiter reads */
	void (*wake)(int fd);
};

/* Waits until it is asked; false at the waiter's end. */
FRAME bool hear(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 1;
}

static void answer(void *argument)
{
	const struct ends *ends = argument;

	if (ends->ask != ends->answered)
		close(ends->ask);
	while (hear(ends->asked)) {
		rest(2 * MS);
		ends->wake(ends->answer);
	}
}

static void run_exchange(struct tally *tally, int rounds, struct ends *ends, const char *partner,
			 void (*wait)(struct tally *, int))
{
	pid_t pid = partner_start(partner, answer, ends);

	for (int i = 0; !rounds || i < rounds; i++) {
		check(write(ends->ask, "", 1), "write");
		wait(tally, ends->answered);
	}
	kill(pid, SIGKILL);
	partner_finish(tally, pid);
}

#define EXCHANGE(name, receive, send_byte)                                                         \
	FRAME void wait_##name(struct tally *tally, int fd)                                        \
	{                                                                                          \
		struct mark mark = wait_begin();                                                   \
		char byte;                                                                         \
                                                                                                   \
		check(receive, #receive);                                                          \
		wait_end(tally, &mark);                                                            \
	}                                                                                          \
	FRAME void wake_##name(int fd)                                                             \
	{                                                                                          \
		check(send_byte, #send_byte);                                                      \
		NO_TAIL_CALL();                                                                    \
	}

EXCHANGE(pipe, read(fd, &byte, 1), write(fd, "", 1))
EXCHANGE(unix, recv(fd, &byte, 1, 0), send(fd, "", 1, 0))
EXCHANGE(tcp, recv(fd, &byte, 1, 0), send(fd, "", 1, 0))

static void run_pipe(struct tally *tally, int rounds)
{
	int there[2], back[2];

	check(pipe(there), "pipe");
	check(pipe(back), "pipe");
	run_exchange(tally, rounds, &(struct ends){there[1], there[0], back[1], back[0], wake_pipe},
		     "pipe-writer", wait_pipe);
}

static void run_unix(struct tally *tally, int rounds)
{
	int fds[2];

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), "socketpair");
	run_exchange(tally, rounds, &(struct ends){fds[0], fds[1], fds[1], fds[0], wake_unix},
		     "unix-sender", wait_unix);
}

static void run_tcp(struct tally *tally, int rounds)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = (int)check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	int mine = (int)check(socket(AF_INET, SOCK_STREAM, 0), "socket"), other;
	socklen_t length = sizeof(address);

	check(bind(listener, (void *)&address, length), "bind");
	check(getsockname(listener, (void *)&address, &length), "getsockname");
	check(listen(listener, 1), "listen");
	check(connect(mine, (void *)&address, length), "connect");
	other = (int)check(accept(listener, NULL, NULL), "accept");
	run_exchange(tally, rounds, &(struct ends){mine, other, other, mine, wake_tcp},
		     "tcp-sender", wait_tcp);
}

/* The mutex, and who of the two has come how far. */
struct shared {
	struct tally *tally;
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	sem_t held, passed;
	bool done, ready;
};

FRAME void wake_mutex(struct shared *shared)
{
	pthread_mutex_unlock(&shared->mutex);
	NO_TAIL_CALL();
}

FRAME void *hold_mutex(void *argument)
{
	uint64_t started_ns = now_ns(CLOCK_MONOTONIC);
	struct shared *shared = argument;

	prctl(PR_SET_NAME, "mutex-holder");
	while (!shared->done) {
		pthread_mutex_lock(&shared->mutex);
		sem_post(&shared->held);
		rest(5 * MS);
		wake_mutex(shared);
		sem_wait(&shared->passed);
	}
	thread_finish(shared->tally, started_ns);
	return NULL;
}

FRAME void wait_mutex(struct tally *tally, struct shared *shared)
{
	struct mark mark = wait_begin();

	pthread_mutex_lock(&shared->mutex);
	wait_end(tally, &mark);
}

static void run_mutex(struct tally *tally, int rounds)
{
	struct shared shared = {.tally = tally, .mutex = PTHREAD_MUTEX_INITIALIZER};
	pthread_t holder;

	sem_init(&shared.held, 0, 0);
	sem_init(&shared.passed, 0, 0);
	check(-pthread_create(&holder, NULL, hold_mutex, &shared), "pthread_create");
	for (int i = 0; !rounds || i < rounds; i++) {
		sem_wait(&shared.held);
		wait_mutex(tally, &shared);
		shared.done = rounds && i == rounds - 1;
		pthread_mutex_unlock(&shared.mutex);
		sem_post(&shared.passed);
	}
	pthread_join(holder, NULL);
}

FRAME void wake_condition(struct shared *shared)
{
	pthread_cond_signal(&shared->condition);
	NO_TAIL_CALL();
}

static void produce(void *argument)
{
	struct shared *shared = argument;

	for (;;) {
		sem_wait(&shared->passed);
		rest(3 * MS);
		pthread_mutex_lock(&shared->mutex);
		shared->ready = true;
		pthread_mutex_unlock(&shared->mutex);
		wake_condition(shared);
	}
}

FRAME void wait_condition(struct tally *tally, struct shared *shared)
{
	struct mark mark = wait_begin();

	while (!shared->ready)
		pthread_cond_wait(&shared->condition, &shared->mutex);
	wait_end(tally, &mark);
}

static void run_condition(struct tally *tally, int rounds)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t mutex;
	pthread_condattr_t condition;
	pid_t partner;

	if (shared == MAP_FAILED)
		check(-1, "mmap");
	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->mutex, &mutex);
	pthread_condattr_init(&condition);
	pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&shared->condition, &condition);
	sem_init(&shared->passed, 1, 0);
	partner = partner_start("producer", produce, shared);
	for (int i = 0; !rounds || i < rounds; i++) {
		pthread_mutex_lock(&shared->mutex);
		shared->ready = false;
		sem_post(&shared->passed);
		wait_condition(tally, shared);
		pthread_mutex_unlock(&shared->mutex);
	}
	kill(partner, SIGKILL);
	partner_finish(tally, partner);
}

const struct kind kinds_talk[] = {
	{"pipe", "wait_pipe", "pipe-writer", "wake_pipe", run_pipe},
	{"unix", "wait_unix", "unix-sender", "wake_unix", run_unix},
	{"tcp", "wait_tcp", "tcp-sender", "wake_tcp", run_tcp},
	{"mutex", "wait_mutex", "mutex-holder", "wake_mutex", run_mutex},
	{"condition", "wait_condition", "producer", "wake_condition", run_condition},
	{0},
};
