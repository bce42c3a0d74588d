// SPDX-License-Identifier: GPL-2.0-or-later
/* The one mutable global of the program: which signal has come. */
#include "profiler/stop.h"

#include <stddef.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
enum { SENT_BY_PROCESS = 1 << 8 };

static volatile sig_atomic_t stopped;

static void on_stop(int number, siginfo_t *info, void *context)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	(void)context;
	stopped = number | (info->si_code == SI_USER ? SENT_BY_PROCESS : 0);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
}

void stop_init(sigset_t *ret_mask)
{
	struct sigaction action = { .sa_sigaction = on_stop, .sa_flags = SA_SIGINFO };
	struct sigaction old;
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		/* nohup(1) and shells' background jobs have signals ignored: that stays so. */
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &action, NULL);
		sigaddset(&block, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &block, ret_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
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
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaddset(&block, signals[i]);
	sigprocmask(SIG_UNBLOCK, &block, NULL);
}
