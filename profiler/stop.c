// SPDX-License-Identifier: GPL-2.0-or-later
/* The one mutable global of the program: which signal has come. */
#include "profiler/stop.h"

#include <stddef.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
enum { N_SIGNALS = sizeof(signals) / sizeof(*signals), SENT_BY_PROCESS = 1 << 8 };

static volatile sig_atomic_t stopped;

static void on_stop(int number, siginfo_t *info, void *context)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	(void)context;
	stopped = number | (info->si_code == SI_USER ? SENT_BY_PROCESS : 0);
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &action, NULL);
}

void stop_init(sigset_t *ret_mask)
{
	struct sigaction action = { .sa_sigaction = on_stop, .sa_flags = SA_SIGINFO };
	struct sigaction old;
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < N_SIGNALS; i++) {
		/* nohup(1) and shells' background jobs have signals ignored: that stays so. */
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &action, NULL);
		sigaddset(&block, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &block, ret_mask);
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigdelset(ret_mask, signals[i]);
}

int stop_signal(void)
{
	return stopped & (SENT_BY_PROCESS - 1);
}

int stop_was_sent(void)
{
	return stopped & SENT_BY_PROCESS;
}

void stop_unblock(void)
{
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaddset(&block, signals[i]);
	sigprocmask(SIG_UNBLOCK, &block, NULL);
}

void stop_deinit(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL }, old;

	for (size_t i = 0; i < N_SIGNALS; i++)
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	stop_unblock();
}

void stop_scope_begin(struct stop_scope *scope)
{
	struct sigaction action = { .sa_sigaction = on_stop, .sa_flags = SA_SIGINFO };

	_Static_assert(sizeof(scope->old) / sizeof(*scope->old) == N_SIGNALS, "one for each");
	scope->before = stopped;
	stopped = 0;
	for (size_t i = 0; i < N_SIGNALS; i++) {
		sigaction(signals[i], NULL, &scope->old[i]);
		if (scope->old[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

bool stop_scope_end(struct stop_scope *scope)
{
	bool came = stopped;

	/* Once one has come all of them are as the system has them, and stay so. */
	for (size_t i = 0; !came && i < N_SIGNALS; i++)
		sigaction(signals[i], &scope->old[i], NULL);
	came |= stopped;
	if (scope->before)
		stopped = scope->before;
	return came;
}
