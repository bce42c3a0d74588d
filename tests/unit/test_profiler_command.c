// SPDX-License-Identifier: GPL-2.0-or-later
/* CMD: held until it is let go, and how it ends. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "profiler/command.h"
#include "profiler/invoker.h"
#include "profiler/options.h"

static void start(struct command *command, char *const *argv)
{
	const struct invoker invoker = {};

	assert_int_equal(command_start(command, argv, &invoker, false, NULL), 0);
}

static int run(char *script, int *ret_release)
{
	char *argv[] = { "/bin/sh", "-c", script, NULL };
	struct command command;
	int status;

	start(&command, argv);
	*ret_release = command_release(&command);
	assert_true(command_wait(&command, true));
	status = command_exit_status(&command);
	command_deinit(&command);
	return status;
}

static void test_status(void **state)
{
	int release;

	(void)state;
	assert_int_equal(run("exit 7", &release), 7);
	assert_int_equal(release, 0);
	assert_int_equal(run("kill -TERM $$", &release), 128 + SIGTERM);
	assert_int_equal(release, 0);
}

static void test_cannot_run(void **state)
{
	char *missing[] = { "/nonexistent/program", NULL };
	char *directory[] = { "/", NULL };
	struct command command;

	(void)state;
	start(&command, missing);
	assert_int_equal(command_release(&command), ENOENT);
	assert_true(command_wait(&command, true));
	assert_int_equal(command_exit_status(&command), EXIT_CMD_NOT_FOUND);
	command_deinit(&command);

	start(&command, directory);
	assert_int_equal(command_release(&command), EACCES);
	assert_true(command_wait(&command, true));
	assert_int_equal(command_exit_status(&command), EXIT_CMD_CANNOT_RUN);
	command_deinit(&command);
}

/* Neither runs before it is let go, nor stays behind when it never is. */
static void test_held(void **state)
{
	char path[64], script[96];
	char *argv[] = { "/bin/sh", "-c", script, NULL };
	struct command command;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/flametap-command-%d", getpid());
	snprintf(script, sizeof(script), "echo >%s", path);
	start(&command, argv);
	usleep(50000);
	assert_false(command_wait(&command, false));
	assert_int_equal(access(path, F_OK), -1);
	command_deinit(&command);
	assert_true(command.ended);
	assert_int_equal(command_exit_status(&command), EXIT_CMD_FAILED);
	assert_int_equal(access(path, F_OK), -1);
}

/* A caller that ignores SIGCHLD passes that on, and wait4() then knows of no child. */
static void test_ignored_sigchld(void **state)
{
	struct sigaction ignored = { .sa_handler = SIG_IGN }, old;
	int release;

	(void)state;
	assert_int_equal(sigaction(SIGCHLD, &ignored, &old), 0);
	assert_int_equal(run("exit 7", &release), 7);
	sigaction(SIGCHLD, &old, NULL);
}

/* Killed while it is held: letting it go is an error, and no signal to flametap. */
static void test_killed_while_held(void **state)
{
	char *argv[] = { "/bin/true", NULL };
	struct sigaction ignored = { .sa_handler = SIG_IGN }, old;
	struct command command;

	(void)state;
	sigaction(SIGPIPE, &ignored, &old);
	start(&command, argv);
	kill(command.pid, SIGKILL);
	assert_true(command_wait(&command, true));
	assert_int_equal(command_release(&command), -EPIPE);
	assert_int_equal(command_exit_status(&command), 128 + SIGKILL);
	command_deinit(&command);
	sigaction(SIGPIPE, &old, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_cannot_run),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_ignored_sigchld),
		cmocka_unit_test(test_killed_while_held),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
