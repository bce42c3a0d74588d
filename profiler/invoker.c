// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sudo's variables and the user database come in; the person who typed the
 * command goes out, and a way to act with that person's rights for a moment.
 */
#include "profiler/invoker.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include "profiler/options_shared.h"

/* SUDO_UID and the like: a number below (uid_t)-1, which means "no change" to the kernel. */
static bool read_id(const char *variable, unsigned int *ret)
{
	const char *text = getenv(variable);
	uint64_t id;

	if (!text || options_parse_u64(text, &id) || id >= UINT_MAX)
		return false;
	*ret = (unsigned int)id;
	return true;
}

static void copy(char *to, size_t n, const char *from)
{
	snprintf(to, n, "%s", from ? from : "");
}

static int read_own_groups(struct invoker *invoker)
{
	int n = getgroups(0, NULL);

	if (n <= 0)
		return n < 0 ? -errno : 0;
	invoker->own_groups = calloc((size_t)n, sizeof(gid_t));
	if (!invoker->own_groups)
		return -ENOMEM;
	n = getgroups(n, invoker->own_groups);
	if (n < 0)
		return -errno;
	invoker->n_own_groups = (size_t)n;
	return 0;
}

static int read_groups(struct invoker *invoker)
{
	int n = 16;

	for (;;) {
		int had = n;
		gid_t *grown = reallocarray(invoker->groups, (size_t)n, sizeof(gid_t));

		if (!grown)
			return -ENOMEM;
		invoker->groups = grown;
		if (!*invoker->name) {
			/* sudo named a person whom the user database does not know. */
			invoker->groups[0] = invoker->gid;
			invoker->n_groups = 1;
			return 0;
		}
		if (getgrouplist(invoker->name, invoker->gid, invoker->groups, &n) >= 0) {
			invoker->n_groups = (size_t)n;
			return 0;
		}
		if (n <= had)
			n = had * 2;
	}
}

static int init_sudo(struct invoker *invoker)
{
	struct passwd *entry = getpwuid(invoker->uid);
	int err;

	invoker->sudo = true;
	copy(invoker->name, sizeof(invoker->name), entry ? entry->pw_name : NULL);
	copy(invoker->home, sizeof(invoker->home), entry ? entry->pw_dir : "/");
	copy(invoker->shell, sizeof(invoker->shell), entry ? entry->pw_shell : "/bin/sh");
	err = read_own_groups(invoker);
	return err ? err : read_groups(invoker);
}

int invoker_init(struct invoker *ret)
{
	*ret = (struct invoker){.uid = getuid(), .gid = getgid()};
	if (geteuid() == 0 && read_id("SUDO_UID", &ret->uid) && read_id("SUDO_GID", &ret->gid) &&
	    ret->uid != 0)
		return init_sudo(ret);
	ret->uid = getuid();
	ret->gid = getgid();
	copy(ret->name, sizeof(ret->name), getenv("USER"));
	copy(ret->home, sizeof(ret->home), getenv("HOME"));
	copy(ret->shell, sizeof(ret->shell), getenv("SHELL"));
	return 0;
}

void invoker_deinit(struct invoker *invoker)
{
	free(invoker->groups);
	free(invoker->own_groups);
	invoker->groups = invoker->own_groups = NULL;
}

int invoker_begin(const struct invoker *invoker)
{
	if (!invoker->sudo)
		return 0;
	if (setgroups(invoker->n_groups, invoker->groups))
		return -errno;
	/* They do not tell of failure: asking for (uid_t)-1 changes nothing and tells. */
	setfsgid(invoker->gid);
	setfsuid(invoker->uid);
	if ((gid_t)setfsgid((gid_t)-1) != invoker->gid ||
	    (uid_t)setfsuid((uid_t)-1) != invoker->uid) {
		invoker_end(invoker);
		return -EPERM;
	}
	return 0;
}

void invoker_end(const struct invoker *invoker)
{
	int saved_errno = errno;

	if (!invoker->sudo)
		return;
	setfsuid(geteuid());
	setfsgid(getegid());
	if (setgroups(invoker->n_own_groups, invoker->own_groups))
		abort(); /* going on with another's groups would open and hide the wrong files */
	errno = saved_errno;
}
