// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The options that choose a target come in; a struct target_options goes out
 * that names exactly one kind of target, its ids sorted out.
 */
#include "profiler/options_target.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "profiler/message.h"
#include "profiler/options_shared.h"

static const char *kind_name(enum target_kind kind)
{
	switch (kind) {
	case TARGET_PIDS:
		return "-p";
	case TARGET_TIDS:
		return "-t";
	case TARGET_CGROUP:
		return "-C";
	case TARGET_ALL:
		return "-a";
	case TARGET_COMMAND:
		return "-- CMD";
	case TARGET_NONE:
		break;
	}
	return "no target";
}

static int set_kind(struct target_options *target, enum target_kind kind)
{
	if (target->kind != TARGET_NONE && target->kind != kind) {
		message("%s and %s: two targets; give one of them", kind_name(target->kind),
			kind_name(kind));
		return -EINVAL;
	}
	target->kind = kind;
	return 0;
}

static int add_id(struct target_options *target, const char *list, const char *text)
{
	uint64_t id;

	/* The kernel's own limit on pids is 2^22, but that is its business. */
	if (options_parse_u64(text, &id) || !id || id > INT_MAX) {
		message("%s %s: \"%s\" is not the number of a %s; see ps -eT",
			kind_name(target->kind), list, text,
			target->kind == TARGET_PIDS ? "process" : "thread");
		return -EINVAL;
	}
	vec_each(&target->ids, known)
		if (*known == (pid_t)id)
			return 0;
	return vec_push(&target->ids, (pid_t)id);
}

static int add_ids(struct target_options *target, const char *list)
{
	char *copy guard_free = strdup(list);
	char *rest = copy;
	char *item;

	if (!copy)
		return -ENOMEM;
	while ((item = strsep(&rest, ","))) {
		int err = add_id(target, list, item);

		if (err)
			return err;
	}
	return 0;
}

static int set_cgroup(struct target_options *target, const char *value)
{
	if (target->cgroup) {
		message("-C %s -C %s: two cgroups; name one that holds both", target->cgroup,
			value);
		return -EINVAL;
	}
	if (!*value)
		return options_wrong("-C", value, "the name is empty; a path, @PID or a container");
	target->cgroup = value;
	return 0;
}

int target_options_take(struct target_options *target, int letter, const char *value)
{
	enum target_kind kind = letter == 'p'	? TARGET_PIDS
				: letter == 't' ? TARGET_TIDS
				: letter == 'C' ? TARGET_CGROUP
						: TARGET_ALL;
	int err = set_kind(target, kind);

	if (err)
		return err;
	if (kind == TARGET_PIDS || kind == TARGET_TIDS)
		return add_ids(target, value);
	if (kind == TARGET_CGROUP)
		return set_cgroup(target, value);
	return 0;
}

int target_options_command(struct target_options *target, char *const *argv)
{
	int err = set_kind(target, TARGET_COMMAND);

	if (err)
		return err;
	if (!argv[0]) {
		message("--: no command after it; give one, as in -- make -j4");
		return -EINVAL;
	}
	target->argv = argv;
	return 0;
}

int target_options_check(const struct target_options *target, const char *verb)
{
	if (target->kind == TARGET_NONE) {
		message("%s: no target; give one of -p PID, -t TID, -C CGROUP, -a, or -- CMD",
			verb);
		return -EINVAL;
	}
	/* With -a, -C and CMD descendants are in the target anyway. */
	if (target->follow && target->kind == TARGET_TIDS) {
		message("--follow: a thread has no descendants; use it with -p");
		return -EINVAL;
	}
	if (target->as_root && target->kind != TARGET_COMMAND) {
		message("--as-root: there is no command to run; use it with -- CMD");
		return -EINVAL;
	}
	return 0;
}
