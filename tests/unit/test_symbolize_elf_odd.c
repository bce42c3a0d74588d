/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What in ELF files has no symbol of its own or is not where it should be:
 * PLT stubs, files without section headers, the vDSO, places outside of code,
 * and what is no ELF file, or none of ours.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/guard.h"
#include "symbolize_oracle.h"

static void check_stubs(struct symbolizer *symbolizer, const char *fixture, size_t at_least)
{
	guard_close int fd = fixture_open(fixture);
	guard_free char *line = NULL;
	guard_fclose FILE *f = NULL;
	char listing[64];
	size_t cap = 0, n = 0;

	snprintf(listing, sizeof(listing), "%s.stubs", fixture);
	f = fopen(fixture_path(listing), "re");
	assert_non_null(f);
	while (getline(&line, &cap, f) > 0) {
		uint64_t vaddr, offset;
		char name[256];
		struct symbol_frame first, last;

		if (!strstr(line, "@plt>:"))
			continue;
		assert_int_equal(sscanf(line, "%" SCNx64 " <%255[^>]", &vaddr, name), 2);
		/* "*ABS*+0x1230@plt": through a resolver, and there is but one. */
		if (name[0] == '*')
			strcpy(name, "chosen@plt");
		offset = fixture_offset(fixture, vaddr);
		first = resolve_one(symbolizer, fd, offset);
		last = resolve_one(symbolizer, fd, offset + 7);
		assert_non_null(first.name);
		assert_string_equal(first.system_name, name);
		assert_int_equal(first.start, offset);
		assert_ptr_equal(first.name, last.name);
		assert_int_equal(last.start, offset);
		if (!strcmp(name, "_ZN5plain4callEi@plt"))
			assert_string_equal(first.name, "plain::call(int)@plt");
		n++;
	}
	assert_true(n >= at_least);
}

static void test_stubs(void **state)
{
	check_stubs(*state, "pie", 5);
	check_stubs(*state, "fixed", 4);
	check_stubs(*state, "ibt", 5);
	check_stubs(*state, "bound", 12);
	check_stubs(*state, "library-stripped.so", 12);
}

/* In a static program every stub is that of an indirect function: one for each of libc's that
 * it calls, and one for its own. */
static void check_static_stubs(struct symbolizer *symbolizer, const char *fixture, size_t stub_size,
			       size_t n_before)
{
	struct oracle_range plt = fixture_section(fixture, ".plt");
	guard_close int fd = fixture_open(fixture);
	guard(oracle_deinit) struct oracle oracle;
	size_t n_chosen = 0;

	oracle_init(&oracle, fixture);
	assert_true(plt.end - plt.start >= 10 * stub_size);
	for (uint64_t vaddr = plt.start + n_before * stub_size; vaddr < plt.end;
	     vaddr += stub_size) {
		uint64_t offset = fixture_offset(fixture, vaddr);
		struct symbol_frame frame = resolve_one(symbolizer, fd, offset + stub_size - 1);
		char name[256];

		assert_non_null(frame.name);
		assert_int_equal(frame.start, offset);
		assert_int_equal(sscanf(frame.name, "%255[^@]", name), 1);
		assert_string_equal(frame.name + strlen(name), "@plt");
		assert_string_equal(oracle_symbol(&oracle, name)->type, "IFUNC");
		n_chosen += !strcmp(name, "chosen");
	}
	assert_int_equal(n_chosen, 1);
}

static void test_static_stubs(void **state)
{
	check_static_stubs(*state, "static", 8, 0);
	/* Before them the code that binds lazily. */
	check_static_stubs(*state, "static-pie", 16, 1);
}

static int keep_frame(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	(void)index, (void)n;
	*(struct symbol_frame *)ctx = frames[0];
	return 0;
}

/* Without section headers there are no symbols, but .eh_frame_hdr leads to .eh_frame. */
static void test_no_section_headers(void **state)
{
	guard(oracle_deinit) struct oracle oracle;
	struct symbol_frame frame;
	guard_free unsigned char *image = NULL;
	size_t size;

	oracle_init(&oracle, "pie");
	image = fixture_read("pie", &size);
	((Elf64_Ehdr *)image)->e_shoff = 0;
	((Elf64_Ehdr *)image)->e_shnum = 0;
	((Elf64_Ehdr *)image)->e_shstrndx = 0;
	vec_each(&oracle.fdes, fde) {
		uint64_t offset = fixture_offset("pie", fde->end - 1);

		assert_int_equal(symbolizer_resolve_image(*state, image, size, &offset, 1,
							  keep_frame, &frame), 0);
		assert_null(frame.name);
		assert_int_equal(frame.start, fixture_offset("pie", fde->start));
	}
}

/* An offset that is in no executable segment is nothing, whatever lies there. */
static void test_outside_of_code(void **state)
{
	static const uint64_t offsets[] = { 0, 0x3000000, UINT64_MAX, UINT64_MAX - 1,
					    (uint64_t)1 << 63 };
	guard_close int fd = fixture_open("pie");

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		struct symbol_frame frame = resolve_one(*state, fd, offsets[i]);

		assert_null(frame.name);
		assert_int_equal(frame.start, UINT64_MAX);
	}
}

/* The names that the kernel documents (Documentation/ABI/stable/vdso), found by reading the
 * image's .dynsym by hand: it is mapped, and so can be read as it is. */
static void test_vdso(void **state)
{
	const unsigned char *image = (const unsigned char *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
	const Elf64_Shdr *sections = (const Elf64_Shdr *)(image + header->e_shoff);
	size_t size = header->e_shoff + header->e_shnum * sizeof(*sections);
	size_t n = 0;

	for (size_t i = 0; i < header->e_shnum; i++) {
		const Elf64_Sym *symbols = (const Elf64_Sym *)(image + sections[i].sh_offset);
		const char *strings = (const char *)image + sections[sections[i].sh_link].sh_offset;

		if (sections[i].sh_type != SHT_DYNSYM)
			continue;
		for (size_t k = 0; k < sections[i].sh_size / sizeof(*symbols); k++) {
			const char *name = strings + symbols[k].st_name;
			uint64_t offset = symbols[k].st_value + symbols[k].st_size - 1;
			struct symbol_frame frame;

			/* Each has a weak alias without the prefix. */
			if (strncmp(name, "__vdso_", 7) ||
			    ELF64_ST_TYPE(symbols[k].st_info) != STT_FUNC)
				continue;
			assert_int_equal(symbolizer_resolve_image(*state, image, size, &offset, 1,
								  keep_frame, &frame), 0);
			assert_non_null(frame.name);
			assert_string_equal(frame.name, name);
			assert_int_equal(frame.start, symbols[k].st_value);
			n++;
		}
	}
	assert_true(n >= 4);
}

struct count {
	size_t n, stop_after;
};

static int count_nameless(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct count *count = ctx;

	assert_int_equal(index, count->n);
	assert_int_equal(n, 1);
	assert_null(frames[0].name);
	assert_int_equal(frames[0].start, UINT64_MAX);
	return ++count->n == count->stop_after ? -ECANCELED : 0;
}

static void check_no_elf(struct symbolizer *symbolizer, const void *bytes, size_t size)
{
	static const uint64_t offsets[] = { 0, 5, 0x1000 };
	guard_close int fd = memfd_create("test", MFD_CLOEXEC);
	struct count count = {};
	struct elf_info info;

	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(symbolizer_resolve_file(symbolizer, fd, offsets, 3, count_nameless,
						 &count), -ENOEXEC);
	assert_int_equal(count.n, 3);
	assert_int_equal(elf_info_read(fd, &info), -ENOEXEC);
	count.n = 0;
	assert_int_equal(symbolizer_resolve_image(symbolizer, bytes, size, offsets, 3,
						  count_nameless, &count), -ENOEXEC);
	assert_int_equal(count.n, 3);
}

static void test_no_elf_of_ours(void **state)
{
	guard_free unsigned char *image = NULL;
	size_t size;

	check_no_elf(*state, "", 0);
	check_no_elf(*state, "#!/bin/sh\n", 10);
	check_no_elf(*state, "\177ELF", 4);
	image = fixture_read("pie", &size);
	image[EI_CLASS] = ELFCLASS32;
	check_no_elf(*state, image, size);
	image[EI_CLASS] = ELFCLASS64;
	image[EI_DATA] = ELFDATA2MSB;
	check_no_elf(*state, image, size);
}

static void test_errors(void **state)
{
	guard_close int dir = open("/", O_RDONLY | O_CLOEXEC);
	guard_close int fd = fixture_open("pie");
	static const uint64_t offsets[4] = {};
	struct count count = { .stop_after = 2 };

	assert_int_equal(symbolizer_resolve_file(*state, -1, offsets, 4, count_nameless, &count),
			 -EBADF);
	assert_true(symbolizer_resolve_file(*state, dir, offsets, 4, count_nameless, &count) < 0);
	count.n = 0;
	assert_int_equal(symbolizer_resolve_file(*state, fd, offsets, 4, count_nameless, &count),
			 -ECANCELED);
	assert_int_equal(count.n, 2);
	assert_int_equal(symbolizer_resolve_file(*state, fd, offsets, 0, count_nameless, &count),
			 0);
}

static void test_info(void **state)
{
	static const uint8_t build_id[] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
					    0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
	static const struct {
		const char *name;
		uint16_t type;
	} cases[] = {
		{ "pie", ET_DYN },	   { "fixed", ET_EXEC },	 { "static", ET_EXEC },
		{ "static-pie", ET_DYN },  { "pie-stripped", ET_DYN },	 { "odd", ET_EXEC },
		{ "library.so", ET_DYN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		guard_close int fd = fixture_open(cases[i].name);
		struct elf_info info;

		assert_int_equal(elf_info_read(fd, &info), 0);
		assert_int_equal(info.build_id_size, sizeof(build_id));
		assert_memory_equal(info.build_id, build_id, sizeof(build_id));
		assert_int_equal(info.type, cases[i].type);
		assert_int_equal(info.machine, EM_X86_64);
	}
}

#define with_symbolizer(test) \
	cmocka_unit_test_setup_teardown(test, symbolizer_setup, symbolizer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_symbolizer(test_stubs),
		with_symbolizer(test_static_stubs),
		with_symbolizer(test_no_section_headers),
		with_symbolizer(test_outside_of_code),
		with_symbolizer(test_vdso),
		with_symbolizer(test_no_elf_of_ours),
		with_symbolizer(test_errors),
		with_symbolizer(test_info),
	};

	return cmocka_run_group_tests_name("symbolize_elf_odd", tests, NULL, NULL);
}
