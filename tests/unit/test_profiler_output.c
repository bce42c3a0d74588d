// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Outputs in a directory of their own: what stands under the name before,
 * meanwhile and after, what is left beside it, and which word is said when it
 * cannot be. O_TMPFILE and linkat are wrapped, so that a file system without
 * them can be played.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/output.h"

int __real_openat(int dir_fd, const char *path, int flags, ...);
int __wrap_openat(int dir_fd, const char *path, int flags, ...);
int __real_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags);
int __wrap_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags);

static bool no_tmpfile;

int __wrap_openat(int dir_fd, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	if (no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return __real_openat(dir_fd, path, flags, mode);
}

int __wrap_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	if (no_tmpfile) {
		errno = EPERM;
		return -1;
	}
	return __real_linkat(from_fd, from, to_fd, to, flags);
}

struct place {
	char directory[64];
	int said_fd; /* standard error of the code under test */
	int stderr_fd;
	struct invoker invoker;
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->directory, "/tmp/flametap-test-XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	assert_int_equal(chdir(place->directory), 0);
	place->said_fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	assert_true(place->said_fd >= 0);
	place->stderr_fd = dup(STDERR_FILENO);
	dup2(place->said_fd, STDERR_FILENO);
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	assert_int_equal(invoker_init(&place->invoker), 0);
	umask(022);
	no_tmpfile = false;
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	DIR *directory guard_closedir = opendir(place->directory);
	struct dirent *entry;

	dup2(place->stderr_fd, STDERR_FILENO);
	close(place->stderr_fd);
	close(place->said_fd);
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.' || entry->d_name[1] == 'f')
			unlinkat(dirfd(directory), entry->d_name,
				 entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	assert_int_equal(rmdir(place->directory), 0);
	invoker_deinit(&place->invoker);
	free(place);
	return 0;
}

/* What was said since the last call. */
static const char *said(struct place *place, char buf[512])
{
	ssize_t n = pread(place->said_fd, buf, 511, 0);

	buf[n < 0 ? 0 : n] = '\0';
	assert_int_equal(ftruncate(place->said_fd, 0), 0);
	lseek(place->said_fd, 0, SEEK_SET);
	return buf;
}

static void assert_said(struct place *place, const char *expected)
{
	char buf[512];

	assert_string_equal(said(place, buf), expected);
}

static void put(const char *path, const char *text)
{
	FILE *file guard_fclose = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

static void assert_holds(const char *path, const char *expected)
{
	FILE *file guard_fclose = fopen(path, "r");
	char buf[256] = "";
	size_t n;

	assert_non_null(file);
	n = fread(buf, 1, sizeof(buf) - 1, file);
	buf[n] = '\0';
	assert_string_equal(buf, expected);
}

static unsigned int mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static size_t n_files(void)
{
	DIR *directory guard_closedir = opendir(".");
	size_t n = 0;

	while (readdir(directory))
		n++;
	return n - 2;
}

static int write_output(struct place *place, const char *path, bool keep_old, const char *text)
{
	struct output output;
	int err = output_open(&output, path, keep_old, &place->invoker);

	if (err)
		return err;
	fputs(text, output.stream);
	err = output_commit(&output, &place->invoker);
	output_discard(&output); /* does nothing any more */
	return err;
}

static void test_new_file(void **state)
{
	struct place *place = *state;
	struct output output;

	assert_int_equal(output_open(&output, "new", false, &place->invoker), 0);
	fputs("text", output.stream);
	fflush(output.stream);
	assert_int_equal(n_files(), 0); /* there is never half a file */
	assert_int_equal(output_commit(&output, &place->invoker), 0);
	assert_holds("new", "text");
	assert_int_equal(mode_of("new"), 0644);
	assert_int_equal(n_files(), 1);
	assert_said(place, "");
}

static void test_replaced(void **state)
{
	struct place *place = *state;

	put("old", "old");
	chmod("old", 0640);
	assert_int_equal(write_output(place, "./old", false, "new"), 0);
	assert_holds("old", "new");
	assert_int_equal(mode_of("old"), 0640);
	assert_int_equal(n_files(), 1);
}

static void test_discarded(void **state)
{
	struct place *place = *state;
	struct output output;

	put("old", "old");
	assert_int_equal(output_open(&output, "old", false, &place->invoker), 0);
	fputs("text", output.stream);
	output_discard(&output);
	output_discard(&output);
	assert_holds("old", "old");
	assert_int_equal(n_files(), 1);
	output = (struct output){0};
	output_discard(&output);
}

static void test_old_is_kept(void **state)
{
	struct place *place = *state;

	assert_int_equal(write_output(place, "a.svg", true, "1"), 0);
	assert_int_equal(n_files(), 1);
	assert_int_equal(write_output(place, "a.svg", true, "2"), 0);
	assert_int_equal(write_output(place, "a.svg", true, "3"), 0);
	assert_holds("a.svg", "3");
	assert_holds("a.svg.old", "2");
	assert_int_equal(n_files(), 2);
}

static void test_old_is_put_back(void **state)
{
	struct place *place = *state;

	put("a.svg", "old");
	assert_int_equal(mkdir("a.svg.old", 0755), 0);
	assert_int_equal(write_output(place, "a.svg", true, "new"), -EISDIR);
	assert_holds("a.svg", "old");
}

/* A file of that name came meanwhile: it is replaced; a device would not be. */
static void test_came_meanwhile(void **state)
{
	struct place *place = *state;
	struct output output;

	assert_int_equal(output_open(&output, "file", false, &place->invoker), 0);
	fputs("ours", output.stream);
	put("file", "of another");
	assert_int_equal(output_commit(&output, &place->invoker), 0);
	assert_holds("file", "ours");

	assert_int_equal(output_open(&output, "dir", false, &place->invoker), 0);
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_true(output_commit(&output, &place->invoker) < 0);
	assert_said(place, "flametap: dir: became something else meanwhile; try again\n");
	assert_int_equal(n_files(), 2);
}

static void test_symbolic_link(void **state)
{
	struct place *place = *state;
	char target[8];

	put("file", "old");
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(write_output(place, "link", false, "new"), 0);
	assert_holds("file", "new");
	assert_int_equal(readlink("link", target, sizeof(target)), 4);

	assert_int_equal(symlink("nothing", "dangling"), 0);
	assert_true(write_output(place, "dangling", false, "new") < 0);
	assert_said(place, "flametap: dangling: is a symbolic link to nothing; "
			   "remove it, or name another file\n");
	assert_int_equal(n_files(), 3);
}

static void test_refused(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(write_output(place, "dir", false, ""), -EISDIR);
	assert_said(place, "flametap: dir: is a directory; name a file in it\n");
	assert_int_equal(write_output(place, "dir/", false, ""), -EISDIR);
	assert_said(place, "flametap: dir/: is a directory; name a file in it\n");
	assert_true(write_output(place, "none/x", false, "") < 0);
	assert_said(place, "flametap: none/x: there is no such directory; "
			   "make it, or name another\n");
	if (geteuid() != 0) {
		put("readonly", "old");
		chmod("readonly", 0444);
		assert_int_equal(write_output(place, "readonly", false, ""), -EACCES);
		assert_said(place, "flametap: readonly: Permission denied; "
				   "name a place that you may write to\n");
		assert_holds("readonly", "old");
	}
}

static void test_devices_stay(void **state)
{
	struct place *place = *state;
	struct stat st;

	assert_int_equal(write_output(place, "/dev/null", false, "text"), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	assert_said(place, "");
	assert_int_equal(write_output(place, "/dev/full", false, "text"), -ENOSPC);
	assert_said(place, "flametap: /dev/full: No space left on device; "
			   "make room, or name another place\n");
	assert_int_equal(stat("/dev/full", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void test_pipe_without_reader(void **state)
{
	struct place *place = *state;
	int fds[2], saved = dup(STDOUT_FILENO);
	int err;

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	dup2(fds[1], STDOUT_FILENO);
	close(fds[1]);
	err = write_output(place, "-", false, "text");
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(err, -EPIPE);
	assert_said(place, "");
}

static void test_standard_output_file(void **state)
{
	struct place *place = *state;
	int fd = open("shell", O_CREAT | O_WRONLY, 0644), saved = dup(STDOUT_FILENO);
	int err;

	assert_true(fd >= 0);
	dup2(fd, STDOUT_FILENO);
	assert_int_equal(write(STDOUT_FILENO, "before ", 7), 7);
	err = write_output(place, "/dev/stdout", false, "text");
	dup2(saved, STDOUT_FILENO);
	assert_int_equal(err, 0);
	/* The very file that the shell opened, not another of its name. */
	assert_int_equal(write(fd, " after", 6), 6);
	close(fd);
	close(saved);
	assert_holds("shell", "before text after");
	assert_int_equal(n_files(), 1);
}

static void test_without_tmpfile(void **state)
{
	struct place *place = *state;
	struct output output;

	no_tmpfile = true;
	assert_int_equal(output_open(&output, "file", false, &place->invoker), 0);
	fputs("text", output.stream);
	fflush(output.stream);
	assert_int_equal(n_files(), 0);
	assert_int_equal(output_commit(&output, &place->invoker), 0);
	assert_holds("file", "text");
	assert_int_equal(mode_of("file"), 0644);
	chmod("file", 0600);
	assert_int_equal(write_output(place, "file", false, "more"), 0);
	assert_holds("file", "more");
	assert_int_equal(mode_of("file"), 0600);
	assert_int_equal(write_output(place, "file", true, "most"), 0);
	assert_holds("file.old", "more");
	assert_int_equal(n_files(), 2);
}

/* Needs root, to play sudo: the file is made with that person's rights and is theirs. */
static void test_sudo(void **state)
{
	struct place *place = *state;
	struct invoker person;
	struct output output;
	struct stat st;

	if (geteuid() != 0)
		skip();
	setenv("SUDO_UID", "65534", 1);
	setenv("SUDO_GID", "65534", 1);
	assert_int_equal(invoker_init(&person), 0);
	assert_true(person.sudo);
	assert_int_equal(person.uid, 65534);
	assert_string_equal(person.name, "nobody");
	assert_int_equal(output_open(&output, "file", false, &person), -EACCES);
	assert_said(place, "flametap: file: Permission denied for nobody, who ran sudo; "
			   "name a place that nobody may write to\n");
	assert_int_equal(chmod(".", 01777), 0);
	assert_int_equal(output_open(&output, "file", false, &person), 0);
	assert_int_equal(output_commit(&output, &person), 0);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(st.st_gid, 65534);
	/* Root's own rights are back. */
	put("root", "");
	assert_int_equal(stat("root", &st), 0);
	assert_int_equal(st.st_uid, 0);
	invoker_deinit(&person);
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_new_file),
		TEST(test_replaced),
		TEST(test_discarded),
		TEST(test_old_is_kept),
		TEST(test_old_is_put_back),
		TEST(test_came_meanwhile),
		TEST(test_symbolic_link),
		TEST(test_refused),
		TEST(test_devices_stay),
		TEST(test_pipe_without_reader),
		TEST(test_standard_output_file),
		TEST(test_without_tmpfile),
		TEST(test_sudo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
