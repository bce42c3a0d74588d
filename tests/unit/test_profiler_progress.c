// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The line that tells how far a big input is read: what a terminal gets of it,
 * and that nothing else gets any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/progress.h"

/* A file of so many bytes that is read up to one of them. */
static int make_input(off_t size, off_t at)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(lseek(fd, at, SEEK_SET), at);
	return fd;
}

/* Standard error becomes a terminal; the other end of it. */
static int open_terminal(int *old_stderr)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	guard_close int end = -1;

	assert_true(terminal >= 0);
	assert_int_equal(grantpt(terminal), 0);
	assert_int_equal(unlockpt(terminal), 0);
	end = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(end >= 0);
	*old_stderr = dup(STDERR_FILENO);
	assert_int_equal(dup2(end, STDERR_FILENO), STDERR_FILENO);
	return terminal;
}

/* Reads until the text comes, after however many lines from before. */
static void expect(int terminal, const char *text)
{
	char got[400] = "";
	size_t n = 0;

	while (!strstr(got, text)) {
		size_t kept = n < 100 ? n : 100;
		ssize_t more;

		memmove(got, got + n - kept, kept);
		more = read(terminal, got + kept, sizeof(got) - 1 - kept);
		assert_true(more > 0);
		n = kept + more;
		got[n] = '\0';
	}
}

static void a_terminal_is_told(void **state)
{
	guard_close int fd = make_input(1867404770, 512000000);
	struct progress progress;
	int old_stderr;
	guard_close int terminal = open_terminal(&old_stderr);

	(void)state;
	progress_begin(&progress, fd, "/tmp/big\033[2J.folded", true);
	assert_true(progress.on);
	expect(terminal, "big?[2J.folded: 512 of 1867 MB read");
	assert_int_equal(lseek(fd, 1200000000, SEEK_SET), 1200000000);
	expect(terminal, "big?[2J.folded: 1200 of 1867 MB read\r");
	/* Recordings are read twice. */
	assert_int_equal(lseek(fd, 300000000, SEEK_SET), 300000000);
	expect(terminal, "big?[2J.folded: 300 of 1867 MB read, again");
	assert_int_equal(lseek(fd, 400000000, SEEK_SET), 400000000);
	expect(terminal, "big?[2J.folded: 400 of 1867 MB read, again");
	progress_end(&progress);
	assert_int_equal(write(STDERR_FILENO, "after", 5), 5);
	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	expect(terminal, "\r\033[Kafter");
	assert_false(progress.on);
}

static void not_told(bool wanted, off_t size)
{
	guard_close int fd = make_input(size, size);
	struct progress progress;

	progress_begin(&progress, fd, "x", wanted);
	assert_false(progress.on);
	progress_end(&progress);
}

static void nobody_else_is(void **state)
{
	int old_stderr;
	guard_close int terminal = -1;
	guard_close int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	terminal = open_terminal(&old_stderr);
	not_told(false, 100 << 20);
	not_told(true, 1 << 20);
	dup2(null, STDERR_FILENO);
	not_told(true, 100 << 20);
	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_is_told),
		cmocka_unit_test(nobody_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
