// SPDX-License-Identifier: GPL-2.0-or-later
/* uname, /proc and /sys come in; words for the manifest go out. */
#include "profiler/ab_machine.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/guard.h"

/* The first line of a file, without its end; "" when it cannot be read. */
static void read_line(const char *path, char *text, size_t n)
{
	FILE *file guard_fclose = fopen(path, "re");

	*text = '\0';
	if (!file || !fgets(text, (int)n, file))
		*text = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static void read_cpu_model(char *text, size_t n)
{
	FILE *file guard_fclose = fopen("/proc/cpuinfo", "re");
	char line[512];

	snprintf(text, n, "unknown");
	while (file && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (!colon || strncmp(line, "model name", 10))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(text, n, "%s", colon + 1 + strspn(colon + 1, " \t"));
		return;
	}
}

/* "performance", or each that some CPU has: "performance,powersave". */
static void read_governor(char *text, size_t n)
{
	glob_t paths = {};
	size_t length = 0;

	*text = '\0';
	if (!glob("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor", 0, NULL, &paths))
		for (size_t i = 0; i < paths.gl_pathc; i++) {
			char name[64];

			read_line(paths.gl_pathv[i], name, sizeof(name));
			if (strstr(text, name) || length + strlen(name) + 2 > n)
				continue;
			length += (size_t)snprintf(text + length, n - length, "%s%s",
						   length ? "," : "", name);
		}
	globfree(&paths);
	if (!length)
		snprintf(text, n, "none");
}

static int set_number(struct gate_manifest_words *words, const char *name,
		      unsigned long long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", number);
	return gate_manifest_word_set(words, name, text);
}

int ab_machine_describe(struct gate_manifest_words *words, bool with_host)
{
	struct sysinfo memory = {};
	struct utsname kernel = {};
	char text[1024];
	int err;

	uname(&kernel);
	snprintf(text, sizeof(text), "%s %s %s", kernel.sysname, kernel.release, kernel.version);
	err = gate_manifest_word_set(words, "kernel", text);
	read_cpu_model(text, sizeof(text));
	if (!err)
		err = gate_manifest_word_set(words, "cpu_model", text);
	if (!err)
		err = set_number(words, "n_cpus", (unsigned long long)get_nprocs());
	read_governor(text, sizeof(text));
	if (!err)
		err = gate_manifest_word_set(words, "governor", text);
	if (!err && !sysinfo(&memory))
		err = set_number(words, "memory",
				 (unsigned long long)memory.totalram * memory.mem_unit);
	if (!err && with_host)
		err = gate_manifest_word_set(words, "host", kernel.nodename);
	return err;
}

const char *ab_machine_difference(const struct gate_manifest_words *a,
				  const struct gate_manifest_words *b)
{
	static const char *const names[] = { "kernel", "cpu_model", "n_cpus" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *of_a = gate_manifest_word(a, names[i]);
		const char *of_b = gate_manifest_word(b, names[i]);

		if (!of_a || !of_b || strcmp(of_a, of_b))
			return names[i];
	}
	return NULL;
}

/* The value that a command sets a variable to before its first other word, to be freed; NULL: it
 * does not. */
static char *assigned(const char *command, const char *name, size_t n)
{
	const char *at = command + strspn(command, " \t\n");

	for (;;) {
		size_t length = strcspn(at, " \t\n");
		const char *equals = memchr(at, '=', length);

		if (!equals)
			return NULL;
		if ((size_t)(equals - at) == n && !memcmp(at, name, n))
			return strndup(equals + 1, length - n - 1);
		at += length + strspn(at + length, " \t\n");
	}
}

static bool is_name(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_')
			return false;
	return n && !isdigit((unsigned char)*text);
}

static int add_difference(struct gate_manifest *manifest, const char *name, size_t n)
{
	struct gate_manifest_difference difference = {
		.name = strndup(name, n),
		.base = assigned(manifest->command[GATE_BASE], name, n),
		.head = assigned(manifest->command[GATE_HEAD], name, n),
	};
	bool same = difference.base && difference.head && !strcmp(difference.base, difference.head);
	int err = 0;

	vec_each(&manifest->environment, known)
		same |= difference.name && !strcmp(known->name, difference.name);
	if (!difference.base)
		difference.base = strdup("");
	if (!difference.head)
		difference.head = strdup("");
	if (!difference.name || !difference.base || !difference.head)
		err = -ENOMEM;
	if (!err && !same)
		err = vec_push(&manifest->environment, difference);
	if (!err && !same)
		return 0;
	free(difference.name);
	free(difference.base);
	free(difference.head);
	return err;
}

int ab_machine_environment(struct gate_manifest *manifest)
{
	for (int side = 0; side < GATE_SIDES; side++) {
		const char *at = manifest->command[side] + strspn(manifest->command[side], " \t\n");

		for (;;) {
			size_t length = strcspn(at, " \t\n");
			const char *equals = memchr(at, '=', length);

			if (!equals || !is_name(at, (size_t)(equals - at)))
				break;
			if (add_difference(manifest, at, (size_t)(equals - at)))
				return -ENOMEM;
			at += length + strspn(at + length, " \t\n");
		}
	}
	return 0;
}

double ab_machine_load(void)
{
	double load = 0;

	return getloadavg(&load, 1) == 1 ? load : 0;
}
