/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads whose lives are out of the ordinary while they or others wait: one thread executes the
 * program anew while two others of its process wait; a process is killed while it waits; a thread
 * waits while another ends the process; and one waits for as long as it is let.
 */
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "waits.h"

static const char *own_path = "/proc/self/exe";
static int never[2]; /* a pipe that nobody writes to */

FRAME void *wait_before_exec(void *argument)
{
	char byte;

	prctl(PR_SET_NAME, "exec-blocked");
	(void)!read(never[0], &byte, 1);
	return argument;
}

/* Not the process's first thread: it takes that one's number. */
FRAME void *execute(void *argument)
{
	char fd[12], number[12];

	prctl(PR_SET_NAME, "exec-thread");
	rest(200 * MS);
	snprintf(fd, sizeof(fd), "%d", tallies_fd);
	snprintf(number, sizeof(number), "%d", tally_number);
	execl(own_path, "waits", "--go-on", fd, number, "after-exec", NULL);
	perror(own_path);
	_exit(1);
	return argument;
}

static void run_exec(struct tally *tally, int rounds)
{
	pthread_t thread;

	(void)tally;
	(void)rounds;
	check(pipe(never), "pipe");
	check(-pthread_create(&thread, NULL, wait_before_exec, NULL), "pthread_create");
	check(-pthread_create(&thread, NULL, execute, NULL), "pthread_create");
	pthread_join(thread, NULL);
}

FRAME void wait_after_exec(struct tally *tally)
{
	struct timespec t = {0, 10 * MS};
	struct mark mark = wait_begin();

	nanosleep(&t, NULL);
	wait_end(tally, &mark);
}

static void run_after_exec(struct tally *tally, int rounds)
{
	for (int i = 0; i < rounds; i++)
		wait_after_exec(tally);
}

/* When it began is the tally's to know, even if it never ends. */
FRAME void wait_blocked(struct tally *tally)
{
	char byte;

	tally->sum_ns = now_ns(CLOCK_MONOTONIC);
	(void)!read(never[0], &byte, 1);
	NO_TAIL_CALL();
}

/* Its only wait ends now, with it. */
static void end_wait(struct tally *tally)
{
	tally->sum_ns = now_ns(CLOCK_MONOTONIC) - tally->sum_ns;
	tally->off_ns = tally->longest_ns = tally->sum_ns;
	tally->n = tally->voluntary = 1;
}

static void run_blocked(struct tally *tally, int rounds)
{
	(void)rounds;
	check(pipe(never), "pipe");
	wait_blocked(tally);
}

static void block(void *argument)
{
	wait_blocked(argument);
}

/* The tally is that of its child, until it was killed. */
static void run_killed(struct tally *tally, int rounds)
{
	pid_t pid;

	(void)rounds;
	check(pipe(never), "pipe");
	pid = partner_start("killed-child", block, tally);
	rest(500 * MS);
	kill(pid, SIGKILL);
	end_wait(tally);
	tally->pid = tally->tid = pid;
	partner_finish(tally, pid);
}

FRAME void *wait_exit_group(void *argument)
{
	struct tally *tally = argument;
	char byte;

	prctl(PR_SET_NAME, "exit-blocked");
	tally->tid = gettid();
	tally->sum_ns = now_ns(CLOCK_MONOTONIC);
	(void)!read(never[0], &byte, 1);
	return argument;
}

static void run_exit_group(struct tally *tally, int rounds)
{
	pthread_t thread;

	(void)rounds;
	check(pipe(never), "pipe");
	check(-pthread_create(&thread, NULL, wait_exit_group, tally), "pthread_create");
	rest(500 * MS);
	end_wait(tally);
	_exit(0);
}

const struct kind kinds_life[] = {
	{"exec", "wait_after_exec", NULL, NULL, run_exec},
	{"after-exec", "wait_after_exec", NULL, NULL, run_after_exec},
	{"killed", "wait_blocked", "killed", "run_killed", run_killed},
	{"exit-group", "wait_exit_group", "exit-group", "", run_exit_group},
	{"blocked", "wait_blocked", NULL, NULL, run_blocked},
	{0},
};
