// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID/stat, whose second field is a name that any process gives itself. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "profiler/proc.h"

/* What follows the name: state, parent, 9 numbers, utime, stime, cutime, cstime, ..., start. */
#define REST " S 77 3 4 5 6 7 8 9 10 11 120 30 400 5 20 0 1 0 987654321 22 33 44"

struct directory {
	char path[32];
	int fd;
};

static int directory_create(void **state)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	*state = directory;
	if (!directory)
		return -1;
	strcpy(directory->path, "/tmp/flametap-proc-XXXXXX");
	if (!mkdtemp(directory->path))
		return -1;
	directory->fd = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return directory->fd < 0;
}

static int directory_destroy(void **state)
{
	struct directory *directory = *state;

	unlinkat(directory->fd, "stat", 0);
	close(directory->fd);
	rmdir(directory->path);
	free(directory);
	return 0;
}

static int read_as(const struct directory *directory, const char *text, struct proc_stat *ret)
{
	int fd = openat(directory->fd, "stat", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return proc_read_stat(directory->fd, ret);
}

static void a_name_may_be_anything(void **state)
{
	static const char *const names[] = {
		"cat", "", "tmux: server", "(sd-pam)", ")", "((", "a) S 1 2 3 4 (b", "1 (x) R 5",
		"new\nline", "\n", "tab\there", "kworker/u8:2-events_unbound)", "%s%d%n", "\\x\377",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct proc_stat stat;
		char text[256];

		snprintf(text, sizeof(text), "1234 (%s)%s\n", names[i], REST);
		assert_int_equal(read_as(*state, text, &stat), 0);
		assert_string_equal(stat.comm, names[i]);
		assert_int_equal(stat.state, 'S');
		assert_int_equal(stat.parent, 77);
		assert_int_equal(stat.cpu_ticks, 120 + 30);
		assert_int_equal(stat.children_cpu_ticks, 400 + 5);
		assert_int_equal(stat.start_ticks, 987654321);
	}
}

static void what_is_cut_is_refused(void **state)
{
	static const char whole[] = "1234 (a (b) c)" REST;
	size_t start = strstr(whole, "987654321") - whole;
	struct proc_stat stat;
	char text[sizeof(whole)];

	for (size_t n = 1; n <= start; n++) {
		memcpy(text, whole, n);
		text[n] = '\0';
		assert_int_equal(read_as(*state, text, &stat), -EBADMSG);
	}
	assert_int_equal(read_as(*state, "", &stat), -ESRCH);
	assert_int_equal(read_as(*state, ")(" REST, &stat), -EBADMSG);
}

static void long_names_are_cut(void **state)
{
	struct proc_stat stat;
	char name[201], text[512];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "1 (%s)%s", name, REST);
	assert_int_equal(read_as(*state, text, &stat), 0);
	assert_int_equal(strlen(stat.comm), sizeof(stat.comm) - 1);
	assert_int_equal(stat.start_ticks, 987654321);
}

static void this_process_is_there(void **state)
{
	int fd = proc_open(getpid());
	struct proc_stat stat;
	pid_t tgid;

	(void)state;
	assert_int_equal(proc_read_stat(fd, &stat), 0);
	assert_int_equal(stat.parent, getppid());
	assert_int_equal(stat.state, 'R');
	assert_int_equal(proc_read_tgid(fd, &tgid), 0);
	assert_int_equal(tgid, getpid());
	close(fd);
	assert_int_equal(proc_open(0x7f000000), -ESRCH);
}

#define directory_test(test) \
	cmocka_unit_test_setup_teardown(test, directory_create, directory_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		directory_test(a_name_may_be_anything),
		directory_test(what_is_cut_is_refused),
		directory_test(long_names_are_cut),
		cmocka_unit_test(this_process_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
