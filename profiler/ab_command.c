// SPDX-License-Identifier: GPL-2.0-or-later
/* A line of text comes in; words that execvp() takes go out. */
#include "profiler/ab_command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/vec.h"

static const char blanks[] = " \t";

/* Nothing in it means anything to a shell. "~" and "=" do, at some places. */
static bool is_plain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "@%+:,./_- \t";

	for (const char *p = text; *p; p++)
		/* --option=value, but no VARIABLE=value before a command. */
		if (!strchr(plain, *p) &&
		    !(*p == '=' && strchr(text, '-') && p > strchr(text, '-')))
			return false;
	return true;
}

static bool is_program(const char *path)
{
	struct stat st;

	return !access(path, X_OK) && !stat(path, &st) && S_ISREG(st.st_mode);
}

/* As execvp() looks for it: the path, to be freed, or NULL. */
static char *find(const char *word)
{
	const char *path = getenv("PATH");
	guard_free char *copy = strdup(path ? path : "/bin:/usr/bin");
	char *rest = copy, *directory;

	if (strchr(word, '/'))
		return strdup(word);
	while (copy && (directory = strsep(&rest, ":"))) {
		guard_free char *full = NULL;

		if (asprintf(&full, "%s/%s", *directory ? directory : ".", word) < 0) {
			full = NULL;
			return NULL;
		}
		if (is_program(full))
			return take_ptr(full);
	}
	return NULL;
}

/* Else it may be a word of the shell's own: exec, ulimit, :. */
static bool is_found(const char *word)
{
	guard_free char *path = find(word);

	return path;
}

char *ab_command_program(const struct ab_command *command)
{
	guard_free char *path = command->shell ? NULL : find(command->argv[0]);

	return path ? realpath(path, NULL) : NULL;
}

/* argv points into command->words. */
static int split(struct ab_command *command)
{
	VEC(char *) words = {};
	char *rest = NULL;
	int err = 0;

	for (char *word = strtok_r(command->words, blanks, &rest); word && !err;
	     word = strtok_r(NULL, blanks, &rest))
		err = vec_push(&words, word);
	if (!err)
		err = vec_push(&words, NULL);
	command->argv = words.data;
	return err;
}

int ab_command_init(struct ab_command *command, const char *text)
{
	int err;

	*command = (struct ab_command){.words = strdup(text)};
	if (!command->words)
		return -ENOMEM;
	if (is_plain(text)) {
		err = split(command);
		if (err || (command->argv[0] && !strchr(command->argv[0], '=') &&
			    is_found(command->argv[0])))
			return err;
		free(command->argv);
		strcpy(command->words, text);
	}
	command->shell = true;
	command->argv = calloc(4, sizeof(*command->argv));
	if (!command->argv)
		return -ENOMEM;
	command->argv[0] = (char *)"/bin/sh";
	command->argv[1] = (char *)"-c";
	command->argv[2] = command->words;
	return 0;
}

void ab_command_deinit(struct ab_command *command)
{
	free(command->argv);
	free(command->words);
	*command = (struct ab_command){};
}
