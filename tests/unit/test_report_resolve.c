// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Locations in this very program, in files that are not there, that are
 * another build or no ELF files: which names they get, and how what has none
 * is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/formats.h"
#include "report/profile.h"
#include "report/resolve.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/report_maker.h"

int known_function(int x);

__attribute__((noinline)) int known_function(int x)
{
	return x * 3 + 1;
}

/* This program's path, build-id in hex, and the file offset of an address in it. */
static void find_self(const void *address, char path[PATH_MAX], char build_id[130],
		      uint64_t *ret_offset)
{
	guard_fclose FILE *maps = fopen("/proc/self/maps", "re");
	guard_close int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	struct elf_info info;
	char line[PATH_MAX];
	uint64_t start;
	uint64_t end;
	uint64_t offset;

	assert_non_null(maps);
	assert_true(n > 0);
	path[n] = '\0';
	assert_int_equal(elf_info_read(fd, &info), 0);
	build_id[0] = '\0';
	for (size_t i = 0; i < info.build_id_size; i++)
		snprintf(build_id + 2 * i, 3, "%02x", info.build_id[i]);
	*ret_offset = UINT64_MAX;
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &start, &end, &offset) ==
			    3 &&
		    (uintptr_t)address >= start && (uintptr_t)address < end)
			*ret_offset = (uintptr_t)address - start + offset;
	assert_true(*ret_offset != UINT64_MAX);
}

static uint32_t add_module(struct profile *profile, const char *path, const char *build_id)
{
	struct profile_module module = {.kind = MODULE_USER};
	uint32_t number;

	assert_int_equal(profile_intern(profile, path, &module.path), 0);
	assert_int_equal(profile_intern(profile, build_id, &module.build_id), 0);
	assert_int_equal(profile_intern_module(profile, &module, &number), 0);
	return number;
}

static uint32_t add_location(struct maker *maker, uint32_t module, uint64_t offset, int64_t count)
{
	uint32_t stack = maker_call(maker, 0, module, offset, NULL, 0);

	maker_sample(maker, stack, count);
	return maker->profile.stacks.data[stack].location;
}

/* Name of the innermost frame. */
static const char *name_of(const struct profile *profile, uint32_t number)
{
	const struct profile_location *location = &profile->locations.data[number];

	if (!location->n_frames)
		return NULL;
	return strings_get(
		&profile->strings,
		profile->functions.data[profile->frames.data[location->first_frame].function].name);
}

static void symbolizer_guard(struct symbolizer **symbolizer)
{
	symbolizer_destroy(*symbolizer);
}

static void test_by_path(void **state)
{
	guard(symbolizer_guard) struct symbolizer *symbolizer = NULL;
	guard(resolve_by_path_deinit) struct resolve_by_path by_path = {.fd = -1};
	struct resolve_stats stats;
	struct maker maker;
	char path[PATH_MAX];
	char build_id[130];
	uint64_t offset;
	uint32_t self;
	uint32_t here;
	uint32_t nowhere;
	uint32_t gone;
	uint32_t other;
	uint32_t device;
	uint32_t relative;
	uint32_t kernel;

	(void)state;
	find_self((const void *)known_function, path, build_id, &offset);
	maker_init(&maker);
	self = add_module(&maker.profile, path, build_id);
	nowhere = add_location(&maker, self, UINT64_C(0x7fffffff000), 7);
	here = add_location(&maker, self, offset + 1, 5);
	gone = add_location(&maker, add_module(&maker.profile, "/nowhere/lib;x.so", build_id), 0x99,
			    11);
	other = add_location(&maker, add_module(&maker.profile, path, "0123"), 0x98, 3);
	device = add_location(&maker, add_module(&maker.profile, "/dev/null", ""), 0x97, 2);
	relative = add_location(&maker, add_module(&maker.profile, "../x", ""), 0x96, 1);
	kernel = add_location(&maker, maker_module(&maker, "[kernel]", MODULE_KERNEL), 0x95, 1);
	by_path.profile = &maker.profile;

	assert_int_equal(symbolizer_create(&(struct symbolizer_options){0}, &symbolizer), 0);
	assert_int_equal(
		profile_resolve(&maker.profile, symbolizer, resolve_open_by_path, &by_path, &stats),
		0);
	assert_string_equal(name_of(&maker.profile, here), "known_function");
	assert_non_null(strstr(name_of(&maker.profile, nowhere), "+0x7fffffff000]"));
	assert_string_equal(name_of(&maker.profile, gone), "[lib;x.so+0x99]");
	assert_non_null(strstr(name_of(&maker.profile, other), "+0x98]"));
	assert_string_equal(name_of(&maker.profile, device), "[null+0x97]");
	assert_string_equal(name_of(&maker.profile, relative), "[x+0x96]");
	assert_null(name_of(&maker.profile, kernel));

	assert_int_equal(stats.n_locations, 6);
	assert_int_equal(stats.n_named, 1);
	assert_int_equal(stats.n_unnamed[RESOLVE_NO_SYMBOL], 1);
	assert_int_equal(stats.weight_unnamed[RESOLVE_NO_SYMBOL], 7);
	assert_int_equal(stats.n_unnamed[RESOLVE_ABSENT], 2);
	assert_int_equal(stats.weight_unnamed[RESOLVE_ABSENT], 12);
	assert_int_equal(stats.weight_unnamed[RESOLVE_OTHER_BUILD], 3);
	assert_int_equal(stats.weight_unnamed[RESOLVE_UNREADABLE], 2);
	assert_int_equal(stats.n_modules, 5);
	assert_int_equal(stats.modules[0].weight, 11);
	assert_int_equal(stats.modules[1].weight, 7);
	assert_int_equal(stats.modules[1].module, self);
	assert_int_equal(stats.modules[4].weight, 1);
	maker_deinit(&maker);
}

struct calls {
	int fd;
	uint32_t modules[64];
	size_t n;
};

static int open_recorded(void *ctx, uint32_t module, struct symbolizer_module *ret)
{
	struct calls *calls = ctx;

	calls->modules[calls->n++] = module;
	ret->fd = calls->fd;
	return 0;
}

static void test_each_module_once(void **state)
{
	guard(symbolizer_guard) struct symbolizer *symbolizer = NULL;
	guard_close int fd = memfd_create("text", MFD_CLOEXEC);
	struct calls calls = {.fd = fd};
	struct resolve_stats stats;
	struct maker maker;
	uint32_t modules[20];
	char path[32];

	(void)state;
	assert_int_equal(write(fd, "no ELF file", 11), 11);
	maker_init(&maker);
	for (uint32_t i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/bin/%u", i);
		modules[i] = add_module(&maker.profile, path, "");
	}
	for (uint32_t i = 0; i < 200; i++)
		add_location(&maker, modules[i % 20], 1000 - i, 1 + i % 20);
	assert_int_equal(symbolizer_create(&(struct symbolizer_options){0}, &symbolizer), 0);
	assert_int_equal(profile_resolve(&maker.profile, symbolizer, open_recorded, &calls, &stats),
			 0);
	assert_int_equal(calls.n, 20);
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(calls.modules[i], modules[i]);
	assert_int_equal(stats.n_unnamed[RESOLVE_NO_ELF], 200);
	assert_int_equal(stats.n_modules, RESOLVE_MODULES);
	for (uint32_t i = 0; i < RESOLVE_MODULES; i++)
		assert_int_equal(stats.modules[i].module, modules[19 - i]);

	/* All have frames now. */
	assert_int_equal(profile_resolve(&maker.profile, symbolizer, open_recorded, &calls, &stats),
			 0);
	assert_int_equal(calls.n, 20);
	assert_int_equal(stats.n_locations, 0);
	maker_deinit(&maker);
}

/* Each third module is this program; others are none, gone, or of another build. */
struct mixed {
	int self, text;
	size_t n_calls, n_before_no_memory;
	bool no_descriptors;
};

/* Those that are open stay so. */
static void limit_descriptors(rlim_t n)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = n;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int open_mixed(void *ctx, uint32_t module, struct symbolizer_module *ret)
{
	struct mixed *mixed = ctx;

	if (++mixed->n_calls > mixed->n_before_no_memory)
		return -ENOMEM;
	ret->fd = module % 3 ? mixed->self : mixed->text;
	return module % 10 == 4 ? -ENOENT : module % 10 == 7 ? -ESTALE : 0;
}

enum { N_MIXED = 150 };

/* A recording of many modules, resolved on some threads, as a pprof file. */
static void resolve_mixed(size_t n_threads, struct mixed *mixed, uint64_t offset, int expected,
			  char **ret, size_t *ret_size)
{
	guard(symbolizer_guard) struct symbolizer *symbolizer = NULL;
	FILE *out = open_memstream(ret, ret_size);
	struct resolve_stats stats;
	struct maker maker;
	char path[32];

	maker_init(&maker);
	for (uint32_t i = 0; i < N_MIXED; i++) {
		uint32_t module;

		snprintf(path, sizeof(path), "/bin/%u", i);
		module = add_module(&maker.profile, path, "");
		for (uint32_t k = 0; k < 20; k++)
			add_location(&maker, module, offset + k * (17 + i), 1 + k);
	}
	mixed->n_calls = 0;
	assert_int_equal(symbolizer_create(&(struct symbolizer_options){0}, &symbolizer), 0);
	if (mixed->no_descriptors)
		limit_descriptors(3);
	assert_int_equal(profile_resolve_on(&maker.profile, symbolizer, n_threads, open_mixed,
					    mixed, &stats), expected);
	limit_descriptors(500);
	if (!expected) {
		assert_true(stats.n_named > 100);
		assert_true(stats.n_unnamed[RESOLVE_ABSENT] && stats.n_unnamed[RESOLVE_NO_ELF] &&
			    stats.n_unnamed[RESOLVE_OTHER_BUILD]);
		/* So that how it was counted is compared, too. */
		assert_int_equal(fwrite(&stats, sizeof(stats), 1, out), 1);
		maker_finish(&maker);
		assert_int_equal(pprof_write(&maker.profile, NULL, out), 0);
	}
	fclose(out);
	maker_deinit(&maker);
}

static void test_any_number_of_threads(void **state)
{
	static const size_t n_threads[] = {2, 3, 8, 100};
	guard_close int text = memfd_create("text", MFD_CLOEXEC);
	guard_close int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct mixed mixed = {.self = self, .text = text, .n_before_no_memory = SIZE_MAX};
	guard_free char *right = NULL;
	char path[PATH_MAX], build_id[130];
	size_t right_size;
	uint64_t offset;

	(void)state;
	find_self((const void *)known_function, path, build_id, &offset);
	assert_int_equal(write(text, "no ELF file", 11), 11);
	resolve_mixed(1, &mixed, offset, 0, &right, &right_size);
	for (size_t i = 0; i < sizeof(n_threads) / sizeof(*n_threads); i++) {
		guard_free char *bytes = NULL;
		size_t size;

		resolve_mixed(n_threads[i], &mixed, offset, 0, &bytes, &size);
		assert_int_equal(size, right_size);
		assert_memory_equal(bytes, right, size);
		assert_int_equal(mixed.n_calls, N_MIXED);
	}
}

static void test_no_memory(void **state)
{
	guard_close int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char path[PATH_MAX], build_id[130];
	uint64_t offset;

	(void)state;
	find_self((const void *)known_function, path, build_id, &offset);
	for (size_t n = 0; n < N_MIXED; n += 30) {
		struct mixed mixed = {.self = self, .text = self, .n_before_no_memory = n};
		guard_free char *bytes = NULL;
		size_t size;

		resolve_mixed(4, &mixed, offset, -ENOMEM, &bytes, &size);
		assert_int_equal(mixed.n_calls, n + 1);
	}
}

/* Where descriptors are short, the caller's thread does what the others cannot. */
static void test_no_descriptors(void **state)
{
	guard_close int text = memfd_create("text", MFD_CLOEXEC);
	guard_close int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct mixed mixed = {.self = self, .text = text, .n_before_no_memory = SIZE_MAX};
	guard_free char *right = NULL, *bytes = NULL;
	char path[PATH_MAX], build_id[130];
	size_t right_size, size;
	uint64_t offset;

	(void)state;
	find_self((const void *)known_function, path, build_id, &offset);
	assert_int_equal(write(text, "no ELF file", 11), 11);
	resolve_mixed(1, &mixed, offset, 0, &right, &right_size);
	mixed.no_descriptors = true;
	resolve_mixed(4, &mixed, offset, 0, &bytes, &size);
	assert_int_equal(size, right_size);
	assert_memory_equal(bytes, right, size);
}

/* A file that is read back somewhere else is resolved there, if its file is there. */
static void test_later_elsewhere(void **state)
{
	guard(symbolizer_guard) struct symbolizer *symbolizer = NULL;
	guard(profile_deinit) struct profile again = {};
	guard(resolve_by_path_deinit) struct resolve_by_path by_path = {.fd = -1};
	guard_close int file = memfd_create("pprof", MFD_CLOEXEC);
	guard_fclose FILE *out = fdopen(dup(file), "w");
	struct report_error error;
	struct resolve_stats stats;
	struct maker maker;
	char path[PATH_MAX];
	char build_id[130];
	uint64_t offset;
	uint32_t location;

	(void)state;
	find_self((const void *)known_function, path, build_id, &offset);
	maker_init(&maker);
	location = add_location(&maker, add_module(&maker.profile, path, build_id), offset + 1, 5);
	assert_int_equal(symbolizer_create(&(struct symbolizer_options){0}, &symbolizer), 0);
	/* "Not there": no descriptor for it. */
	by_path.profile = &again;
	assert_int_equal(profile_init(&again), 0);
	add_module(&again, "/nowhere", "");
	assert_int_equal(
		profile_resolve(&maker.profile, symbolizer, resolve_open_by_path, &by_path, &stats),
		0);
	assert_int_equal(stats.n_unnamed[RESOLVE_ABSENT], 1);
	assert_true(name_of(&maker.profile, location)[0] == '[');
	maker_finish(&maker);
	assert_int_equal(pprof_write(&maker.profile, NULL, out), 0);
	maker_deinit(&maker);

	profile_deinit(&again);
	assert_int_equal(profile_init(&again), 0);
	assert_int_equal(pprof_read(file, &again, &error), 0);
	assert_null(name_of(&again, 1));
	assert_int_equal(
		profile_resolve(&again, symbolizer, resolve_open_by_path, &by_path, &stats), 0);
	assert_string_equal(name_of(&again, 1), "known_function");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_path),
		cmocka_unit_test(test_each_module_once),
		cmocka_unit_test(test_any_number_of_threads),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_later_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
