/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits that end by themselves, and those that another CPU or a signal ends: nanosleep of 10 ms,
 * poll and epoll with a time-out of 5 ms, a sleeper whom its partner moves from CPU to CPU, and one
 * that stops itself by SIGSTOP and that its partner continues after 10 ms.
 */
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>

#include "waits.h"

FRAME void wait_nanosleep(struct tally *tally)
{
	struct timespec t = {0, 10 * MS};
	struct mark mark = wait_begin();

	nanosleep(&t, NULL);
	wait_end(tally, &mark);
}

static void run_nanosleep(struct tally *tally, int rounds)
{
	for (int i = 0; !rounds || i < rounds; i++)
		wait_nanosleep(tally);
}

FRAME void wait_poll(struct tally *tally, struct pollfd *nothing)
{
	struct mark mark = wait_begin();

	poll(nothing, 1, 5);
	wait_end(tally, &mark);
}

static void run_poll(struct tally *tally, int rounds)
{
	struct pollfd nothing = {.events = POLLIN};
	int fds[2];

	check(pipe(fds), "pipe");
	nothing.fd = fds[0];
	for (int i = 0; !rounds || i < rounds; i++)
		wait_poll(tally, &nothing);
}

FRAME void wait_epoll(struct tally *tally, int fd)
{
	struct epoll_event event;
	struct mark mark = wait_begin();

	epoll_wait(fd, &event, 1, 5);
	wait_end(tally, &mark);
}

static void run_epoll(struct tally *tally, int rounds)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = (int)check(epoll_create1(0), "epoll_create1"), fds[2];

	check(pipe(fds), "pipe");
	check(epoll_ctl(fd, EPOLL_CTL_ADD, fds[0], &event), "epoll_ctl");
	for (int i = 0; !rounds || i < rounds; i++)
		wait_epoll(tally, fd);
}

/* Moves its parent to the next of its CPUs, four times a millisecond, till it is gone. */
static void move_parent(void *argument)
{
	cpu_set_t all = *(cpu_set_t *)argument, one;
	pid_t parent = getppid();

	for (int cpu = 0;; cpu = (cpu + 1) % CPU_SETSIZE) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(parent, sizeof(one), &one) < 0)
			return;
		rest(MS / 4);
	}
}

FRAME void wait_migrate(struct tally *tally)
{
	struct timespec t = {0, 4 * MS};
	struct mark mark = wait_begin();

	nanosleep(&t, NULL);
	wait_end(tally, &mark);
}

static void run_migrate(struct tally *tally, int rounds)
{
	cpu_set_t all;
	pid_t partner;

	check(sched_getaffinity(0, sizeof(all), &all), "sched_getaffinity");
	if (CPU_COUNT(&all) < 2)
		kind_skip(tally, "there is one CPU");
	partner = partner_start("mover", move_parent, &all);
	for (int i = 0; !rounds || i < rounds; i++) {
		int before = sched_getcpu();

		wait_migrate(tally);
		tally->n_moved += sched_getcpu() != before;
	}
	kill(partner, SIGKILL);
	partner_finish(tally, partner);
}

static char state_of(pid_t pid)
{
	char path[32], text[256] = "";
	const char *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 'X';
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	end = strrchr(text, ')');
	return end ? end[2] : 'X';
}

FRAME void wake_stop(pid_t pid)
{
	kill(pid, SIGCONT);
	NO_TAIL_CALL();
}

static void continue_parent(void *argument)
{
	pid_t parent = getppid();

	(void)argument;
	for (;;) {
		while (state_of(parent) != 'T')
			rest(MS);
		rest(10 * MS);
		wake_stop(parent);
	}
}

FRAME void wait_stop(struct tally *tally)
{
	struct mark mark = wait_begin();

	kill(getpid(), SIGSTOP);
	wait_end(tally, &mark);
}

static void run_stop(struct tally *tally, int rounds)
{
	pid_t partner = partner_start("continuer", continue_parent, NULL);

	for (int i = 0; !rounds || i < rounds; i++)
		wait_stop(tally);
	kill(partner, SIGKILL);
	partner_finish(tally, partner);
}

const struct kind kinds_time[] = {
	{"nanosleep", "wait_nanosleep", NULL, NULL, run_nanosleep},
	{"poll", "wait_poll", NULL, NULL, run_poll},
	{"epoll", "wait_epoll", NULL, NULL, run_epoll},
	{"migrate", "wait_migrate", NULL, NULL, run_migrate},
	{"stop", "wait_stop", "continuer", "wake_stop", run_stop},
	{0},
};
