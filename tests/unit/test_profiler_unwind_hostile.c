/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged call-frame information: a real file cut off anywhere and changed
 * anywhere, and sections that are made to be slow or large. Whatever comes in,
 * a table in order or an error goes out, in time, from memory that the file
 * justifies. Reads past the end are for ASan to find.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/guard.h"
#include "profiler/unwind_table.h"
#include "tests/unit/cpu_time.h"

#define REAL_FILE "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"

enum { N_MUTATIONS = 1500, N_TRUNCATIONS = 300, MADE_SIZE = 8 << 20, MADE_VADDR = 1 << 20 };

/* The largest request for memory. */
static size_t largest_request;

void *__real_malloc(size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size)
{
	if (size > largest_request)
		largest_request = size;
	return __real_malloc(size);
}

void *__wrap_realloc(void *p, size_t size)
{
	if (size > largest_request)
		largest_request = size;
	return __real_realloc(p, size);
}

static uint64_t random_state = 20261122;

static uint64_t random_u64(void)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return random_state ^ random_state >> 29;
}

struct image {
	unsigned char *bytes;
	size_t size;
	Elf64_Shdr *eh_frame; /* its section header, in the image */
};

static void image_read(struct image *image)
{
	guard_close int fd = open(REAL_FILE, O_RDONLY | O_CLOEXEC);
	const Elf64_Shdr *section;
	struct elf_file file;
	struct stat st;

	if (fd < 0)
		skip();
	assert_int_equal(fstat(fd, &st), 0);
	image->size = st.st_size;
	image->bytes = malloc(image->size);
	assert_non_null(image->bytes);
	assert_int_equal(pread(fd, image->bytes, image->size, 0), image->size);
	assert_int_equal(elf_file_init(&file, fd), 0);
	section = elf_file_section(&file, ".eh_frame");
	assert_non_null(section);
	image->eh_frame = (Elf64_Shdr *)(image->bytes + file.header.e_shoff) +
			  (section - file.sections.data);
	elf_file_deinit(&file);
}

static void check_table(const struct unwind_table *table, const struct unwind_rules *rules)
{
	vec_each(&table->pages, page) {
		const struct unwind_row *rows = table->rows.data + page->first;

		assert_true(page->count && page->first + page->count <= table->rows.n);
		assert_int_equal(rows[0].pc, 0);
		for (uint32_t i = 0; i < page->count; i++) {
			assert_true(rows[i].rule < rules->rules.n);
			assert_true(!i || rows[i].pc > rows[i - 1].pc);
		}
	}
}

static int build(const void *bytes, size_t size, struct unwind_table_stats *stats)
{
	guard(unwind_rules_deinit) struct unwind_rules rules = {};
	guard(unwind_table_deinit) struct unwind_table table = {};
	guard(elf_file_deinit) struct elf_file file = {};
	int err = elf_file_init_image(&file, bytes, size);

	if (err)
		return err;
	assert_int_equal(unwind_rules_init(&rules), 0);
	err = unwind_table_build(&file, &rules, &table, stats);
	if (err)
		assert_null(table.rows.data);
	else
		check_table(&table, &rules);
	return err;
}

/* A few bytes of .eh_frame are anything at all. */
static void test_mutations(void **state)
{
	static const unsigned char extremes[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct unwind_table_stats stats;
	struct image image = {};
	uint64_t start, n;

	(void)state;
	image_read(&image);
	start = image.eh_frame->sh_offset;
	n = image.eh_frame->sh_size;
	for (int i = 0; i < N_MUTATIONS; i++) {
		unsigned char *at[4], old[4];

		for (int k = 0; k < 4; k++) {
			uint64_t random = random_u64();

			at[k] = image.bytes + start + random % n;
			old[k] = *at[k];
			*at[k] = random >> 63 ? extremes[random >> 40 & 3] : random >> 32;
		}
		assert_int_equal(build(image.bytes, image.size, &stats), 0);
		for (int k = 4; k-- > 0;)
			*at[k] = old[k];
	}
	assert_true(largest_request < 8 * image.size);
	free(image.bytes);
}

/* The section ends anywhere; the file ends anywhere. */
static void test_truncations(void **state)
{
	struct unwind_table_stats stats;
	struct image image = {};
	uint64_t n;

	(void)state;
	image_read(&image);
	n = image.eh_frame->sh_size;
	for (int i = 0; i < N_TRUNCATIONS; i++) {
		image.eh_frame->sh_size = i < 100 ? (uint64_t)i : random_u64() % n;
		assert_int_equal(build(image.bytes, image.size, &stats), 0);
	}
	image.eh_frame->sh_size = n;
	for (int i = 0; i < N_TRUNCATIONS; i++) {
		size_t size = random_u64() % image.size;
		guard_free unsigned char *cut = malloc(size + !size);

		memcpy(cut, image.bytes, size);
		build(cut, size, &stats);
	}
	free(image.bytes);
}

/* An ELF image made here, of one executable segment and one .eh_frame. */
struct made {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Shdr sections[3];
	char names[32];
	unsigned char eh_frame[];
};

static struct made *make(size_t n)
{
	struct made *made = calloc(1, sizeof(*made) + n);

	assert_non_null(made);
	memcpy(made->header.e_ident, ELFMAG, SELFMAG);
	made->header.e_ident[EI_CLASS] = ELFCLASS64;
	made->header.e_ident[EI_DATA] = ELFDATA2LSB;
	made->header.e_type = ET_DYN;
	made->header.e_phoff = offsetof(struct made, segment);
	made->header.e_phentsize = sizeof(Elf64_Phdr);
	made->header.e_phnum = 1;
	made->header.e_shoff = offsetof(struct made, sections);
	made->header.e_shentsize = sizeof(Elf64_Shdr);
	made->header.e_shnum = 3;
	made->header.e_shstrndx = 1;
	made->segment = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_X, .p_vaddr = MADE_VADDR,
				      .p_filesz = sizeof(*made) + n, .p_memsz = n };
	memcpy(made->names, "\0.eh_frame", 11);
	made->sections[1] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
					  .sh_offset = offsetof(struct made, names),
					  .sh_size = sizeof(made->names) };
	made->sections[2] = (Elf64_Shdr){ .sh_name = 1, .sh_type = SHT_PROGBITS,
					  .sh_offset = sizeof(*made), .sh_size = n };
	return made;
}

static size_t put(unsigned char *at, uint64_t value, size_t size)
{
	memcpy(at, &value, size);
	return size;
}

/* Absolute addresses of two bytes, and a program. */
static size_t put_cie(unsigned char *at, const void *program, size_t size)
{
	static const unsigned char head[] = { 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x02 };

	put(at, 4 + sizeof(head) + size, 4);
	put(at + 4, 0, 4);
	memcpy(at + 8, head, sizeof(head));
	memcpy(at + 8 + sizeof(head), program, size);
	return 8 + sizeof(head) + size;
}

/* A CIE with a program of megabytes, and as many FDEs that begin with it as there is room for. */
static void test_long_cie(void **state)
{
	guard_free struct made *made = make(MADE_SIZE);
	guard_free unsigned char *program = calloc(1, MADE_SIZE / 2);
	struct unwind_table_stats stats;
	double begin = cpu_seconds();
	size_t n;

	(void)state;
	memcpy(program, "\x0c\x07\x08\x90\x01", 5);
	n = put_cie(made->eh_frame, program, MADE_SIZE / 2);
	for (; n + 13 <= MADE_SIZE; n += 13) {
		put(made->eh_frame + n, 9, 4);
		put(made->eh_frame + n + 4, n + 4, 4);
		put(made->eh_frame + n + 8, 0x1000 + n % 0x8000, 2);
		put(made->eh_frame + n + 10, 3, 2);
	}
	made->segment.p_vaddr = 0;
	assert_int_equal(build(made, sizeof(*made) + MADE_SIZE, &stats), 0);
	assert_true(stats.n_fdes > 10000);
	assert_true(stats.n_overlaps > 100000);
	assert_cpu_seconds_since(begin, 5);
}

/* Nothing but CIEs, and FDEs that point into the middle of one. */
static void test_many_cies(void **state)
{
	guard_free struct made *made = make(MADE_SIZE);
	struct unwind_table_stats stats;
	double begin = cpu_seconds();
	size_t n = 0;

	(void)state;
	while (n + 64 <= MADE_SIZE) {
		n += put_cie(made->eh_frame + n, "\x0c\x07\x08\x90\x01", 5);
		put(made->eh_frame + n, 9, 4);
		put(made->eh_frame + n + 4, 9, 4);
		n += 13;
	}
	assert_int_equal(build(made, sizeof(*made) + MADE_SIZE, &stats), 0);
	assert_int_equal(stats.n_fdes, 0);
	assert_cpu_seconds_since(begin, 5);
	assert_true(largest_request < 32 << 20);
}

/* A range without end, in a segment that says it is as large. */
static void test_endless(void **state)
{
	static const unsigned char cie[] = { 16, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, 16,
					     1, 0x04, 0x0c, 7, 8 };
	guard_free struct made *made = make(64);
	struct unwind_table_stats stats;
	const uint64_t sizes[] = { 1, 0x10000, 1ULL << 31, 1ULL << 40, UINT64_MAX - MADE_VADDR };

	(void)state;
	memcpy(made->eh_frame, cie, sizeof(cie));
	put(made->eh_frame + 20, 40, 4);
	put(made->eh_frame + 24, 24, 4);
	put(made->eh_frame + 28, MADE_VADDR, 8);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		put(made->eh_frame + 36, sizes[i], 8);
		made->segment.p_filesz = sizes[i];
		largest_request = 0;
		assert_int_equal(build(made, sizeof(*made) + 64, &stats), 0);
		assert_int_equal(stats.n_fdes + stats.n_outside, 1);
		assert_true(largest_request < 1 << 20);
	}
}

/* The owner cuts the file off between two reads: an error, or what there still was. */
static void test_shrunk_file(void **state)
{
	guard_close int fd = memfd_create("shrunk", MFD_CLOEXEC);
	struct unwind_table_stats stats;
	struct unwind_table table;
	struct unwind_rules rules;
	struct image image = {};
	struct elf_file file;

	(void)state;
	image_read(&image);
	assert_int_equal(write(fd, image.bytes, image.size), image.size);
	assert_int_equal(elf_file_init(&file, fd), 0);
	assert_int_equal(unwind_rules_init(&rules), 0);
	assert_int_equal(ftruncate(fd, image.eh_frame->sh_offset + 100), 0);
	assert_int_equal(unwind_table_build(&file, &rules, &table, &stats), -EIO);
	assert_null(table.rows.data);
	unwind_rules_deinit(&rules);
	elf_file_deinit(&file);
	free(image.bytes);
}

static int setup(void **state)
{
	(void)state;
	largest_request = 0;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_mutations, setup),
		cmocka_unit_test_setup(test_truncations, setup),
		cmocka_unit_test_setup(test_long_cie, setup),
		cmocka_unit_test_setup(test_many_cies, setup),
		cmocka_unit_test_setup(test_endless, setup),
		cmocka_unit_test_setup(test_shrunk_file, setup),
	};

	return cmocka_run_group_tests_name("profiler_unwind_hostile", tests, NULL, NULL);
}
