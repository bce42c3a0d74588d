/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be installed for the names of a stripped file, by lists as dpkg keeps them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/debug_package.h"
#include "symbolize/open_file.h"
#include "symbolize/symbolizer.h"

static void write_list(const char *dir, const char *name, const char *text)
{
	char path[256];
	guard_fclose FILE *f = NULL;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static void make_lists(char *dir)
{
	char fifo[256];

	assert_non_null(mkdtemp(dir));
	write_list(dir, "empty.list", "");
	write_list(dir, "libc6:amd64.list", "/.\n/lib\n/lib/libc.so.6\n/lib/libm.so.6");
	write_list(dir, "tool.list", "/.\n/usr/bin/tool\n/usr/bin/tool2\n");
	write_list(dir, "other.md5sums", "/usr/bin/other\n");
	snprintf(fifo, sizeof(fifo), "%s/fifo.list", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
}

static void rename_list(const char *dir, const char *from, const char *to)
{
	char path[256], new_path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, from);
	snprintf(new_path, sizeof(new_path), "%s/%s", dir, to);
	assert_int_equal(rename(path, new_path), 0);
}

static void remove_lists(const char *dir)
{
	static const char *const names[] = {"empty.list", "libc6:amd64.list", "tool.list",
					    "other.md5sums", "fifo.list", "self.list", "os-release",
					    "sources.list", "linux-image-6.1.0-9-amd64.list"};
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void test_owner(void **state)
{
	char dir[] = "/tmp/flametap-lists-XXXXXX";
	char package[DEBUG_PACKAGE_SIZE];

	(void)state;
	make_lists(dir);
	assert_int_equal(debug_package_owner(dir, "/lib/libc.so.6", package), 0);
	assert_string_equal(package, "libc6");
	assert_int_equal(debug_package_owner(dir, "/usr/lib/libm.so.6", package), 0);
	assert_string_equal(package, "libc6");
	assert_int_equal(debug_package_owner(dir, "/usr/bin/tool", package), 0);
	assert_string_equal(package, "tool");
	assert_int_equal(debug_package_owner(dir, "/usr/bin/too", package), -ENOENT);
	assert_int_equal(debug_package_owner(dir, "/usr/bin/other", package), -ENOENT);
	assert_int_equal(debug_package_owner("/nowhere/at/all", "/usr/bin/tool", package), -ENOENT);
	remove_lists(dir);
}

static void test_remedy(void **state)
{
	char dir[] = "/tmp/flametap-lists-XXXXXX";
	guard_close int fd = open_file_regular(-1, "/proc/self/exe");
	char self[512], remedy[256], build_id[130] = "", release[64];
	struct debug_package_system system = {dir, release, dir, false};
	struct elf_info info;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	assert_true(n > 0 && fd >= 0);
	self[n] = '\0';
	assert_int_equal(elf_info_read(fd, &info), 0);
	for (size_t i = 0; i < info.build_id_size; i++)
		snprintf(build_id + 2 * i, 3, "%02x", info.build_id[i]);
	make_lists(dir);
	snprintf(release, sizeof(release), "%s/os-release", dir);
	write_list(dir, "self.list", self);
	write_list(dir, "os-release", "NAME=\"x\"\nID=debian\nVERSION_CODENAME=\"bookworm\"\n");
	write_list(dir, "sources.list", "deb http://deb.debian.org/debian bookworm main\n");
	debug_package_remedy(&system, self, build_id, remedy, sizeof(remedy));
	assert_string_equal(remedy, "apt install self-dbgsym, with \"deb http://deb.debian.org/"
				    "debian-debug bookworm-debug main\" in /etc/apt/sources.list");
	write_list(dir, "sources.list", "deb http://deb.debian.org/debian-debug bookworm-debug main\n");
	debug_package_remedy(&system, self, build_id, remedy, sizeof(remedy));
	assert_string_equal(remedy, "apt install self-dbgsym");
	rename_list(dir, "self.list", "libpython3.11-stdlib:amd64.list");
	debug_package_remedy(&system, self, build_id, remedy, sizeof(remedy));
	assert_string_equal(remedy, "apt install libpython3.11-dbg");
	rename_list(dir, "libpython3.11-stdlib:amd64.list", "python3.11-minimal.list");
	debug_package_remedy(&system, self, build_id, remedy, sizeof(remedy));
	assert_string_equal(remedy, "apt install python3.11-dbg");
	rename_list(dir, "python3.11-minimal.list", "self.list");
	/* Another file of that path. */
	debug_package_remedy(&system, self, "0123", remedy, sizeof(remedy));
	assert_non_null(strstr(remedy, "--debug-dir"));
	debug_package_remedy(&system, "/usr/bin/tool", "0123", remedy, sizeof(remedy));
	assert_non_null(strstr(remedy, "--debug-dir"));
	/* The servers, where they can be asked: those of the distribution only for its own packages. */
	system.debuginfod = true;
	unsetenv("DEBUGINFOD_URLS");
	debug_package_remedy(&system, self, build_id, remedy, sizeof(remedy));
	assert_string_equal(remedy, "apt install self-dbgsym, or take --debuginfod with "
				    "DEBUGINFOD_URLS=https://debuginfod.debian.net");
	debug_package_remedy(&system, "/usr/bin/tool", "0123", remedy, sizeof(remedy));
	assert_null(strstr(remedy, "--debuginfod"));
	setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1", 1);
	debug_package_remedy(&system, "/usr/bin/tool", "0123", remedy, sizeof(remedy));
	assert_non_null(strstr(remedy, "--debug-dir, or take --debuginfod"));
	debug_package_remedy(&system, self, build_id, remedy, sizeof(remedy));
	assert_string_equal(remedy, "apt install self-dbgsym, or take --debuginfod");
	unsetenv("DEBUGINFOD_URLS");
	remove_lists(dir);
}

static void test_kernel(void **state)
{
	char dir[] = "/tmp/flametap-lists-XXXXXX", remedy[256], release[64];
	const struct debug_package_system system = {dir, release, dir, true};

	(void)state;
	make_lists(dir);
	snprintf(release, sizeof(release), "%s/os-release", dir);
	write_list(dir, "os-release", "ID=debian\nVERSION_CODENAME=\"bookworm\"\n");
	debug_package_kernel_remedy(&system, "6.1.0-9-amd64", remedy, sizeof(remedy));
	assert_non_null(strstr(remedy, "--debug-dir")); /* nobody's kernel */
	write_list(dir, "linux-image-6.1.0-9-amd64.list", "/boot/vmlinuz-6.1.0-9-amd64");
	debug_package_kernel_remedy(&system, "6.1.0-9-amd64", remedy, sizeof(remedy));
	assert_string_equal(remedy, "apt install linux-image-6.1.0-9-amd64-dbg");
	debug_package_kernel_remedy(&system, "6.1.0-9", remedy, sizeof(remedy));
	assert_non_null(strstr(remedy, "--debug-dir"));
	write_list(dir, "os-release", "ID=ubuntu\nVERSION_CODENAME=noble\n");
	debug_package_kernel_remedy(&system, "6.1.0-9-amd64", remedy, sizeof(remedy));
	assert_string_equal(remedy, "apt install linux-image-6.1.0-9-amd64-dbgsym, with \"deb "
				    "http://ddebs.ubuntu.com noble main universe\" in "
				    "/etc/apt/sources.list");
	write_list(dir, "os-release", "ID=other\n");
	debug_package_kernel_remedy(&system, "6.1.0-9-amd64", remedy, sizeof(remedy));
	assert_non_null(strstr(remedy, "--debug-dir"));
	remove_lists(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_remedy),
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
