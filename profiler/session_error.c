// SPDX-License-Identifier: GPL-2.0-or-later
/* A refusal of the kernel's comes in; one line with cause and remedy goes out. */
#include "profiler/session_error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/vec.h"
#include "profiler/message.h"
#include "profiler/privilege.h"
#include "profiler/proc.h"
#include "report/profile.h"

enum { MANY_DESCRIPTORS = 65536 };

static void explain_rights(void)
{
	char text[PRIVILEGE_EXPLAIN_SIZE];

	privilege_explain(text, sizeof(text));
	message("BPF: %s", text);
}

void session_explain_bpf(int err)
{
	if (err == -EPERM || err == -EACCES)
		explain_rights();
	else if (err == -EOPNOTSUPP)
		message("BPF: this kernel has no /sys/kernel/btf/vmlinux; use one built with "
			"CONFIG_DEBUG_INFO_BTF (Debian's own since 5.10)");
	else
		message("BPF: the kernel refused the programs: %s; see `flametap doctor`, and -v "
			"for its words",
			strerror(-err));
}

void session_explain_perf(int err, const char *what)
{
	if (err == -EPERM || err == -EACCES)
		explain_rights();
	else if (err == -EMFILE || err == -ENFILE)
		message("perf events (%s): too many open files; raise `ulimit -n`", what);
	else
		message("perf events (%s): %s; see `flametap doctor`", what, strerror(-err));
}

void session_explain_attach(int err, const char *event, const struct record_options *options)
{
	if (err == -ESRCH && options->target.ids.n)
		message("%d: exited before it could be sampled", options->target.ids.data[0]);
	else if (err == -ENOENT || err == -EOPNOTSUPP || err == -ENODEV)
		message("-e %s: this machine does not have that event; try -e cpu-clock", event);
	else if (err == -EINVAL)
		message("-e %s: the kernel refuses this event with -%c %llu", event,
			options->count ? 'c' : 'F',
			(unsigned long long)(options->count ? options->count :
							      options->frequency));
	else
		session_explain_perf(err, event);
}

void raise_descriptor_limit(void)
{
	const struct rlimit many = { MANY_DESCRIPTORS, MANY_DESCRIPTORS };
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	/* With CAP_SYS_RESOURCE; only this process has it so, CMD was forked before. */
	if (limit.rlim_max < MANY_DESCRIPTORS && !setrlimit(RLIMIT_NOFILE, &many))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* "python3 (1234)", and how many more there are. */
static void name_first(const struct target_options *target, char *text, size_t n)
{
	struct proc_stat stat = { .comm = "?" };
	guard_close int fd = proc_open(target->ids.data[0]);

	if (fd >= 0)
		proc_read_stat(fd, &stat);
	if (target->ids.n > 1)
		snprintf(text, n, "title: %s (%d) and %zu more", stat.comm, target->ids.data[0],
			 target->ids.n - 1);
	else
		snprintf(text, n, "title: %s (%d)", stat.comm, target->ids.data[0]);
}

int session_add_title(struct profile *profile, const struct record_options *options)
{
	const struct target_options *target = &options->target;
	char text[512];
	const char *slash;

	if (options->report.title) {
		snprintf(text, sizeof(text), "title: %s", options->report.title);
		return profile_add_comment(profile, text);
	}
	switch (target->kind) {
	case TARGET_PIDS:
	case TARGET_TIDS:
		name_first(target, text, sizeof(text));
		break;
	case TARGET_CGROUP:
		snprintf(text, sizeof(text), "title: cgroup %s", target->cgroup);
		break;
	case TARGET_COMMAND:
		slash = strrchr(target->argv[0], '/');
		snprintf(text, sizeof(text), "title: %s", slash ? slash + 1 : target->argv[0]);
		break;
	default:
		snprintf(text, sizeof(text), "title: all processes");
	}
	return profile_add_comment(profile, text);
}

static int add_words(struct profile *profile, const char *label, char *const *words)
{
	VEC(char) text = {};
	int err = vec_append(&text, label, strlen(label));

	for (; !err && *words; words++) {
		err = vec_push(&text, ' ');
		if (!err)
			err = vec_append(&text, *words, strlen(*words));
	}
	if (!err)
		err = vec_push(&text, '\0');
	if (!err)
		err = profile_add_comment(profile, text.data);
	vec_deinit(&text);
	return err;
}

/* The arguments of a process, as far as they fit; its end may have come before. */
static int add_process(struct profile *profile, pid_t pid)
{
	char path[32], text[4096], label[32];
	guard_fclose FILE *f = NULL;
	char *words[] = { text, NULL };
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	f = fopen(path, "re");
	n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	if (!n)
		return 0;
	for (size_t i = 0; i + 1 < n; i++)
		if (!text[i])
			text[i] = ' ';
	text[n] = '\0';
	snprintf(label, sizeof(label), "command: %d:", pid);
	return add_words(profile, label, words);
}

int session_add_cmdline(struct profile *profile, const struct record_options *options)
{
	char host[256] = "";
	char *words[] = { host, NULL };
	int err = 0;

	if (!gethostname(host, sizeof(host) - 1))
		err = add_words(profile, "host:", words);
	if (!err && options->target.kind == TARGET_COMMAND)
		err = add_words(profile, "command:", options->target.argv);
	if (options->target.kind == TARGET_PIDS)
		for (size_t i = 0; !err && i < options->target.ids.n; i++)
			err = add_process(profile, options->target.ids.data[i]);
	return err;
}
