/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what readelf -sW and readelf --debug-dump=frames say of the fixtures,
 * and asks libelf where their segments are.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/guard.h"
#include "symbolize_oracle.h"

const char *fixture_path(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", SYMBOLIZE_FIXTURES, name);
	return path;
}

int fixture_open(const char *name)
{
	int fd = open(fixture_path(name), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

unsigned char *fixture_read(const char *name, size_t *ret_size)
{
	guard_close int fd = fixture_open(name);
	unsigned char *bytes;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	bytes = malloc(st.st_size);
	assert_non_null(bytes);
	assert_int_equal(pread(fd, bytes, st.st_size, 0), st.st_size);
	*ret_size = st.st_size;
	return bytes;
}

static FILE *open_listing(const char *name, const char *kind)
{
	char listing[256];
	FILE *f;

	snprintf(listing, sizeof(listing), "%s.%s", name, kind);
	f = fopen(fixture_path(listing), "re");
	assert_non_null(f);
	return f;
}

/* "    49: 0000000000001250    79 FUNC    GLOBAL DEFAULT   15 with_cold_part" */
static void read_symbols(struct oracle *oracle, const char *name)
{
	guard_fclose FILE *f = open_listing(name, "symbols");
	guard_free char *line = NULL;
	size_t cap = 0;
	bool dynamic = false;

	while (getline(&line, &cap, f) > 0) {
		struct oracle_symbol symbol = {};
		char text[4096], size[32];

		if (strstr(line, "Symbol table '"))
			dynamic = strstr(line, ".dynsym") != NULL;
		if (sscanf(line, " %*d: %" SCNx64 " %31s %7s %7s %*s %7s %4095s", &symbol.value,
			   size, symbol.type, symbol.bind, symbol.section, text) != 6)
			continue;
		symbol.size = strtoull(size, NULL, 0);
		symbol.dynamic = dynamic;
		symbol.name = strdup(text);
		assert_int_equal(vec_push(&oracle->symbols, symbol), 0);
	}
}

/* "00000018 0000000000000014 0000001c FDE cie=00000000 pc=0000000000001130..0000000000001156" */
static void read_fdes(struct oracle *oracle, const char *name)
{
	guard_fclose FILE *f = open_listing(name, "frames");
	guard_free char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, f) > 0) {
		const char *pc = strstr(line, " FDE ") ? strstr(line, "pc=") : NULL;
		struct oracle_range range;

		if (!pc || sscanf(pc, "pc=%" SCNx64 "..%" SCNx64, &range.start, &range.end) != 2)
			continue;
		assert_int_equal(vec_push(&oracle->fdes, range), 0);
	}
	assert_true(oracle->fdes.n > 0);
}

void oracle_init(struct oracle *oracle, const char *name)
{
	*oracle = (struct oracle){};
	read_symbols(oracle, name);
	read_fdes(oracle, name);
}

void oracle_deinit(struct oracle *oracle)
{
	vec_each(&oracle->symbols, symbol)
		free(symbol->name);
	vec_deinit(&oracle->symbols);
	vec_deinit(&oracle->fdes);
}

const struct oracle_symbol *oracle_symbol(const struct oracle *oracle, const char *name)
{
	vec_each(&oracle->symbols, symbol)
		if (!symbol->dynamic && !strcmp(symbol->name, name))
			return symbol;
	fail_msg("no symbol %s", name);
	return NULL;
}

const struct oracle_range *oracle_fde(const struct oracle *oracle, uint64_t vaddr)
{
	vec_each(&oracle->fdes, range)
		if (range->start <= vaddr && vaddr < range->end)
			return range;
	return NULL;
}

static void read_code_segment(const char *name, GElf_Phdr *ret)
{
	guard_close int fd = fixture_open(name);
	size_t n, found = 0;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	assert_int_equal(elf_getphdrnum(elf, &n), 0);
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr phdr;

		assert_non_null(gelf_getphdr(elf, i, &phdr));
		if (phdr.p_type != PT_LOAD || !(phdr.p_flags & PF_X))
			continue;
		*ret = phdr;
		found++;
	}
	elf_end(elf);
	assert_int_equal(found, 1);
}

uint64_t fixture_offset(const char *name, uint64_t vaddr)
{
	static char last_name[64];
	static GElf_Phdr code;

	if (strcmp(name, last_name)) {
		read_code_segment(name, &code);
		snprintf(last_name, sizeof(last_name), "%s", name);
	}
	assert_true(vaddr >= code.p_vaddr && vaddr - code.p_vaddr < code.p_filesz);
	return code.p_offset + (vaddr - code.p_vaddr);
}

struct oracle_range fixture_section(const char *name, const char *section)
{
	guard_close int fd = fixture_open(name);
	struct oracle_range range = {};
	Elf_Scn *scn = NULL;
	size_t names;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	assert_int_equal(elf_getshdrstrndx(elf, &names), 0);
	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		GElf_Shdr header;

		assert_non_null(gelf_getshdr(scn, &header));
		if (!strcmp(elf_strptr(elf, names, header.sh_name), section))
			range = (struct oracle_range){ header.sh_addr,
						       header.sh_addr + header.sh_size };
	}
	elf_end(elf);
	assert_true(range.end > range.start);
	return range;
}

static int keep_frame(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	assert_int_equal(index, 0);
	assert_int_equal(n, 1);
	*(struct symbol_frame *)ctx = frames[0];
	return 0;
}

struct symbol_frame resolve_one(struct symbolizer *symbolizer, int fd, uint64_t offset)
{
	struct symbol_frame frame = { .name = "never answered" };

	assert_int_equal(symbolizer_resolve_file(symbolizer, fd, &offset, 1, keep_frame, &frame),
			 0);
	return frame;
}

int symbolizer_setup(void **state)
{
	struct symbolizer_options options = {};

	return symbolizer_create(&options, (struct symbolizer **)state);
}

int symbolizer_teardown(void **state)
{
	symbolizer_destroy(*state);
	return 0;
}
