// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control groups by path, process and container, in directories that stand for
 * two hierarchies: what /proc says of them is the test's own.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/guard.h"
#include "profiler/cgroup.h"

#define ID_A "0123456789abcdef0123456789abcdef"
#define ID_B "0123fedcba98fedcba98fedcba98fedc"

/* The hierarchy's mount point has a blank in its name. */
static const char *const directories[] = {
	"",
	"/uni fied",
	"/uni fied/system.slice",
	"/uni fied/system.slice/one.service",
	"/uni fied/docker-" ID_A ".scope",
	"/uni fied/docker-" ID_A ".scope/below-" ID_A ".scope",
	"/uni fied/kubepods",
	"/uni fied/kubepods/cri-containerd-" ID_B ".scope",
	"/uni fied/libpod-conmon-" ID_B ".scope",
	"/cpu",
	"/cpu/batch",
	"/none",
	"/outside",
};
enum { N_DIRECTORIES = sizeof(directories) / sizeof(*directories) };

struct world {
	char root[40];
	char mountinfo[1024];
	char process[256];
};

static struct world world;

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (!strcmp(path, "/proc/self/mountinfo"))
		return fmemopen(world.mountinfo, strlen(world.mountinfo), "r");
	if (!strcmp(path, "/proc/42/cgroup"))
		return fmemopen(world.process, strlen(world.process), "r");
	return __real_fopen(path, mode);
}

static void path_of(const char *name, char *ret, size_t n)
{
	snprintf(ret, n, "%s%s", world.root, name);
}

static int world_create(void **state)
{
	char path[256];

	(void)state;
	strcpy(world.root, "/tmp/flametap-cgroup-XXXXXX");
	if (!mkdtemp(world.root))
		return -1;
	for (size_t i = 1; i < N_DIRECTORIES; i++) {
		path_of(directories[i], path, sizeof(path));
		if (mkdir(path, 0700))
			return -1;
	}
	snprintf(world.mountinfo, sizeof(world.mountinfo),
		 "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
		 "rubbish\n"
		 "36 25 0:31 / %s/cpu rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
		 "37 25 0:32 / %s/none rw - cgroup cgroup rw,name=none\n"
		 "35 25 0:30 / %s/uni\\040fied rw - cgroup2 cgroup2 rw,nsdelegate\n",
		 world.root, world.root, world.root);
	return 0;
}

static int world_destroy(void **state)
{
	char path[256];

	(void)state;
	for (size_t i = N_DIRECTORIES; i-- > 0;) {
		path_of(directories[i], path, sizeof(path));
		rmdir(path);
	}
	return 0;
}

/* The group found is that directory, by path and by the number that the kernel compares. */
static void assert_found(const char *text, const char *name)
{
	guard(cgroup_deinit) struct cgroup cgroup = {};
	char error[512] = "", path[256];
	struct stat stat_of;

	path_of(name, path, sizeof(path));
	assert_int_equal(cgroup_find(text, &cgroup, error, sizeof(error)), 0);
	assert_string_equal(cgroup.path, path);
	assert_int_equal(stat(path, &stat_of), 0);
	assert_int_equal(cgroup.id, stat_of.st_ino);
	if (strncmp(name, "/cpu", 4))
		assert_int_equal(cgroup.subsys, UINT32_MAX);
	else
		assert_true(cgroup.subsys < 64);
}

static void assert_refused(const char *text, int expected, const char *why)
{
	guard(cgroup_deinit) struct cgroup cgroup = {};
	char error[512] = "";

	assert_int_equal(cgroup_find(text, &cgroup, error, sizeof(error)), expected);
	assert_non_null(strstr(error, why));
}

static void by_path(void **state)
{
	char path[256];

	(void)state;
	path_of("/uni fied/system.slice/one.service", path, sizeof(path));
	assert_found(path, "/uni fied/system.slice/one.service");
	assert_found("/system.slice/one.service", "/uni fied/system.slice/one.service");
	assert_found("system.slice/one.service", "/uni fied/system.slice/one.service");
	assert_found("system.slice", "/uni fied/system.slice");
	assert_refused("system.slice/two.service", -ENOENT, "no such cgroup");
	assert_refused("../outside", -ENOENT, "no such cgroup");
	path_of("/outside", path, sizeof(path));
	assert_refused(path, -ENOENT, "no such cgroup");
}

static void by_container(void **state)
{
	(void)state;
	/* What lies below a container's group, and its monitor, are not it. */
	assert_found("0123456789ab", "/uni fied/docker-" ID_A ".scope");
	assert_found("0123f", "/uni fied/kubepods/cri-containerd-" ID_B ".scope");
	assert_refused("0123", -EEXIST, "2 containers");
	assert_refused("3456789abcde", -ENOENT, "no such cgroup");
	assert_refused("012", -ENOENT, "no such cgroup");
}

static void set_process(const char *text)
{
	snprintf(world.process, sizeof(world.process), "%s", text);
}

static void by_process(void **state)
{
	(void)state;
	set_process("0::/system.slice/one.service\n");
	assert_found("@42", "/uni fied/system.slice/one.service");
	/* Colons belong to the path, lines of hierarchies that are mounted nowhere to nothing. */
	set_process("9:freezer:/x\nrubbish\n1:name=none:/y\n0::/system.slice\n");
	assert_found("@42", "/uni fied/system.slice");
	set_process("0::/no:such\n");
	assert_refused("@42", -ENOENT, "not in a mounted hierarchy");
	set_process("9:freezer:/x\n");
	assert_refused("@42", -ENOENT, "not in a mounted hierarchy");
	assert_refused("@", -ENOENT, "no such process");
	assert_refused("@42/../1", -ENOENT, "no such process");
	assert_refused("@2130706432", -ENOENT, "no such process");
}

static void version_1(void **state)
{
	char path[256];

	(void)state;
	path_of("/none", path, sizeof(path));
	assert_refused(path, -EINVAL, "without a controller");
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		skip(); /* which tells the number of a controller */
	path_of("/cpu/batch", path, sizeof(path));
	assert_found(path, "/cpu/batch");
	assert_found("batch", "/cpu/batch");
	set_process("3:cpu,cpuacct:/batch\n1:name=none:/\n0::/\n");
	assert_found("@42", "/cpu/batch");
	set_process("3:cpuacct,cpu:/batch\n0::/system.slice\n");
	assert_found("@42", "/uni fied/system.slice");
}

static void nothing_is_mounted(void **state)
{
	(void)state;
	strcpy(world.mountinfo, "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	assert_refused("x", -ENOENT, "no cgroup hierarchy is mounted");
}

#define world_test(test) cmocka_unit_test_setup_teardown(test, world_create, world_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(by_path),
		world_test(by_container),
		world_test(by_process),
		world_test(version_1),
		world_test(nothing_is_mounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
