/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library to be preloaded: when a process waits for a child that has ended, the kernel's account
 * of that child is appended to the file that ACCOUNT_CHILDREN names, while it is dead and still
 * there, as "pid on_ns runqueue_ns voluntary involuntary comm".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void read_file(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static const char *after(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	return at ? at + strlen(word) : "";
}

/* It comes after the child can be waited for; then its stack is given back. While it runs on
 * another CPU none is shown either, but not for long. */
static void await_last_switch(pid_t pid)
{
	const struct timespec a_moment = {0, 2000000};
	char stack[16];

	for (int i = 0; i < 2; i++) {
		do {
			syscall(SYS_nanosleep, &a_moment, NULL);
			read_file(pid, "stack", stack, sizeof(stack));
		} while (stack[0]);
	}
}

static void append_account(pid_t pid)
{
	const char *path = getenv("ACCOUNT_CHILDREN");
	char status[4096], sched[128], comm[32], line[256];
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666) : -1, n;

	if (fd < 0)
		return;
	await_last_switch(pid);
	read_file(pid, "status", status, sizeof(status));
	read_file(pid, "schedstat", sched, sizeof(sched));
	read_file(pid, "comm", comm, sizeof(comm));
	*strchrnul(comm, '\n') = '\0';
	n = snprintf(line, sizeof(line), "%d %lu %lu %lu %lu %s\n", pid, strtoul(sched, NULL, 10),
		     strtoul(after(sched, " "), NULL, 10),
		     strtoul(after(status, "\nvoluntary_ctxt_switches:"), NULL, 10),
		     strtoul(after(status, "\nnonvoluntary_ctxt_switches:"), NULL, 10), comm);
	(void)!write(fd, line, (size_t)n);
	close(fd);
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	int type = pid == -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
	siginfo_t info = {0};

	/* Whoever waits for more than an end is left alone. */
	if (!(options & ~WNOHANG)) {
		if (syscall(SYS_waitid, type, pid > 0 ? pid : -pid, &info,
			    WEXITED | WNOWAIT | options, NULL) < 0)
			return -1;
		if (info.si_pid == 0)
			return 0;
		append_account(info.si_pid);
		pid = info.si_pid;
	}
	return (pid_t)syscall(SYS_wait4, pid, status, options, usage);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
	return wait4(-1, status, options, usage);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}
