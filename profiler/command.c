// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The child waits in a read() on a pipe. One byte lets it go; the end of the
 * file, which it also gets when flametap is killed, makes it exit.
 */
#include "profiler/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/command_env.h"
#include "profiler/invoker.h"
#include "profiler/options.h"

static int take_place(const struct command_place *place)
{
	const int fds[] = { place->in_fd, place->out_fd, place->err_fd };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fds[fd] >= 0 && dup2(fds[fd], fd) < 0)
			return -errno;
	if (place->cpus && sched_setaffinity(0, place->cpus_size, place->cpus))
		return -errno;
	return 0;
}

static void __attribute__((noreturn)) child_run(int release_fd, int error_fd, char *const *argv,
						 const struct invoker *invoker, bool as_root,
						 const struct command_place *place,
						 const struct sigaction *child_action)
{
	/* Before it is let go: what it costs is not the command's. */
	int error = place ? -take_place(place) : 0;
	char byte;

	if (write(error_fd, &(int){ 0 }, sizeof(int)) < 0 || read(release_fd, &byte, 1) != 1)
		_exit(EXIT_CMD_FAILED);
	if (!error && invoker->sudo && !as_root)
		error = -command_become(invoker);
	if (!error) {
		sigaction(SIGCHLD, child_action, NULL);
		execvp(argv[0], argv);
		error = errno;
	}
	if (write(error_fd, &error, sizeof(error)) < 0)
		_exit(EXIT_CMD_FAILED);
	_exit(error == ENOENT ? EXIT_CMD_NOT_FOUND : EXIT_CMD_CANNOT_RUN);
}

int command_start(struct command *command, char *const *argv, const struct invoker *invoker,
		  bool as_root, const struct command_place *place)
{
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	int release[2] = { -1, -1 }, error[2] = { -1, -1 };
	struct sigaction child_action;
	guard_close int release_read = -1, error_write = -1;
	pid_t pid;

	*command = (struct command){ .release_fd = -1, .error_fd = -1, .pid_fd = -1 };
	if (pipe2(release, O_CLOEXEC))
		return -errno;
	release_read = release[0];
	command->release_fd = release[1];
	if (pipe2(error, O_CLOEXEC))
		return -errno;
	command->error_fd = error[0];
	error_write = error[1];
	/* Where a caller has it ignored, the kernel throws away how children end. */
	if (sigaction(SIGCHLD, &by_default, &child_action))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		/* Else the child itself would keep the pipe open that tells of flametap's end. */
		close(command->release_fd);
		child_run(release_read, error_write, argv, invoker, as_root, place,
			  &child_action);
	}
	command->pid = pid;
	command->pid_fd = syscall(SYS_pidfd_open, pid, 0);
	return 0;
}

/* One int from the child; 0 where there is none. */
static int read_error(const struct command *command)
{
	int error = 0;
	ssize_t n;

	do
		n = read(command->error_fd, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == sizeof(error) ? error : 0;
}

void command_await_held(struct command *command)
{
	if (!command->held)
		read_error(command);
	command->held = true;
}

int command_release(struct command *command)
{
	command_await_held(command);
	if (write(command->release_fd, "", 1) != 1)
		return -errno;
	close(command->release_fd);
	command->release_fd = -1;
	return read_error(command);
}

bool command_wait(struct command *command, bool wait)
{
	struct rusage usage;
	pid_t pid;

	if (command->ended || !command->pid)
		return true;
	do
		pid = wait4(command->pid, &command->status, wait ? 0 : WNOHANG, &usage);
	while (pid < 0 && errno == EINTR && wait);
	if (!pid)
		return false;
	command->ended = true;
	/* Somebody else has waited for it: its end is all that is known. */
	if (pid < 0) {
		command->status = EXIT_CMD_FAILED << 8;
		return true;
	}
	command->system_ns = usage.ru_stime.tv_sec * 1000000000ULL + usage.ru_stime.tv_usec * 1000ULL;
	command->cpu_ns = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000ULL +
			  (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ULL;
	return true;
}

int command_exit_status(const struct command *command)
{
	if (WIFSIGNALED(command->status))
		return 128 + WTERMSIG(command->status);
	return WEXITSTATUS(command->status);
}

void command_usage_since(const struct command *command, uint64_t before_ns,
			 struct command_usage *ret)
{
	ret->cpu_ns = command->cpu_ns > before_ns ? command->cpu_ns - before_ns : 0;
	ret->system_ns = command->system_ns < ret->cpu_ns ? command->system_ns : ret->cpu_ns;
	ret->user_ns = ret->cpu_ns - ret->system_ns;
}

void command_abandon(struct command *command)
{
	if (command->release_fd < 0)
		return;
	close(command->release_fd);
	command->release_fd = -1;
	command_wait(command, true);
}

void command_deinit(struct command *command)
{
	command_abandon(command);
	if (command->error_fd >= 0)
		close(command->error_fd);
	if (command->pid_fd >= 0)
		close(command->pid_fd);
	command->error_fd = command->pid_fd = -1;
}
