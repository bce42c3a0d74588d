// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads an ELF file's headers and gives bounded access to the rest. Broken
 * section headers make a file without sections: it still runs, and its
 * segments are all that is needed to place an address in it.
 */
#include "symbolize/elf_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/read.h"

enum { STRINGS_WORTH_READING = 256 };

int elf_file_pread(const struct elf_file *file, uint64_t offset, void *to, size_t n)
{
	ssize_t got;

	if (offset > file->size || n > file->size - offset)
		return -EIO;
	if (file->image) {
		memcpy(to, file->image + offset, n);
		return 0;
	}
	got = read_full(file->fd, to, n, offset);
	if (got < 0)
		return got;
	return (size_t)got < n ? -EIO : 0;
}

int elf_file_read(const struct elf_file *file, uint64_t offset, uint64_t n, uint64_t limit,
		  unsigned char **ret)
{
	guard_free unsigned char *bytes = NULL;
	int err;

	if (offset > file->size || n > file->size - offset)
		return -EIO;
	if (n > limit)
		return -E2BIG;
	bytes = malloc(n ? n : 1);
	if (!bytes)
		return -ENOMEM;
	err = elf_file_pread(file, offset, bytes, n);
	if (err)
		return err;
	*ret = take_ptr(bytes);
	return 0;
}

/* Section 0 has the counts that do not fit into the header. */
static Elf64_Shdr section_zero(const struct elf_file *file)
{
	Elf64_Shdr zero = {};

	if (file->header.e_shoff && file->header.e_shentsize == sizeof(zero))
		if (elf_file_pread(file, file->header.e_shoff, &zero, sizeof(zero)))
			memset(&zero, 0, sizeof(zero));
	return zero;
}

static int read_segments(struct elf_file *file, const Elf64_Shdr *zero)
{
	uint64_t n = file->header.e_phnum == PN_XNUM ? zero->sh_info : file->header.e_phnum;
	unsigned char *bytes;
	int err;

	if (!n || file->header.e_phentsize != sizeof(Elf64_Phdr))
		return 0;
	err = elf_file_read(file, file->header.e_phoff, n * sizeof(Elf64_Phdr),
			    ELF_MAX_SEGMENTS * sizeof(Elf64_Phdr), &bytes);
	if (err)
		return err == -ENOMEM ? err : 0;
	file->segments.data = (Elf64_Phdr *)bytes;
	file->segments.n = file->segments.cap = n;
	return 0;
}

static int read_section_names(struct elf_file *file, const Elf64_Shdr *zero)
{
	uint32_t index = file->header.e_shstrndx == SHN_XINDEX ? zero->sh_link :
								  file->header.e_shstrndx;
	const Elf64_Shdr *names;
	unsigned char *bytes;
	int err;

	if (!index || index >= file->sections.n)
		return 0;
	names = &file->sections.data[index];
	if (names->sh_type != SHT_STRTAB)
		return 0;
	err = elf_file_read(file, names->sh_offset, names->sh_size, ELF_MAX_SECTION_NAMES, &bytes);
	if (err)
		return err == -ENOMEM ? err : 0;
	file->section_names = (char *)bytes;
	file->section_names_size = names->sh_size;
	return 0;
}

static int read_sections(struct elf_file *file, const Elf64_Shdr *zero)
{
	uint64_t n = file->header.e_shnum ? file->header.e_shnum : zero->sh_size;
	unsigned char *bytes;
	int err;

	if (!n || n > ELF_MAX_SECTIONS || file->header.e_shentsize != sizeof(Elf64_Shdr))
		return 0;
	err = elf_file_read(file, file->header.e_shoff, n * sizeof(Elf64_Shdr),
			    ELF_MAX_SECTIONS * sizeof(Elf64_Shdr), &bytes);
	if (err)
		return err == -ENOMEM ? err : 0;
	file->sections.data = (Elf64_Shdr *)bytes;
	file->sections.n = file->sections.cap = n;
	return read_section_names(file, zero);
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_vaddr(const void *a, const void *b)
{
	const struct elf_segment *x = a, *y = b;

	return compare_u64(x->vaddr, y->vaddr) ?: compare_u64(x->offset, y->offset);
}

static int compare_offset(const void *a, const void *b)
{
	const struct elf_segment *x = a, *y = b;

	return compare_u64(x->offset, y->offset) ?: compare_u64(x->vaddr, y->vaddr);
}

static uint64_t segment_key(const struct elf_segment *segment, bool by_offset)
{
	return by_offset ? segment->offset : segment->vaddr;
}

/* Cuts off from each segment what an earlier one has already; gives how many are left. */
static size_t separate_segments(struct elf_segment *segments, size_t n, bool by_offset)
{
	uint64_t end = 0;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct elf_segment segment = segments[i];
		uint64_t key = segment_key(&segment, by_offset);
		uint64_t cut = end > key ? end - key : 0;

		if (cut >= segment.size)
			continue;
		segment.vaddr += cut;
		segment.offset += cut;
		segment.size -= cut;
		end = segment_key(&segment, by_offset) + segment.size;
		segments[kept++] = segment;
	}
	return kept;
}

static int find_executable(struct elf_file *file)
{
	vec_each(&file->segments, header) {
		struct elf_segment segment = { header->p_vaddr, header->p_offset,
					       header->p_filesz };
		uint64_t end;

		if (header->p_type != PT_LOAD || !(header->p_flags & PF_X) || !segment.size)
			continue;
		if (__builtin_add_overflow(segment.vaddr, segment.size, &end) ||
		    __builtin_add_overflow(segment.offset, segment.size, &end))
			continue;
		if (vec_push(&file->by_vaddr, segment) || vec_push(&file->by_offset, segment))
			return -ENOMEM;
	}
	if (!file->by_vaddr.n)
		return 0;
	qsort(file->by_vaddr.data, file->by_vaddr.n, sizeof(struct elf_segment), compare_vaddr);
	qsort(file->by_offset.data, file->by_offset.n, sizeof(struct elf_segment), compare_offset);
	file->by_vaddr.n = separate_segments(file->by_vaddr.data, file->by_vaddr.n, false);
	file->by_offset.n = separate_segments(file->by_offset.data, file->by_offset.n, true);
	return 0;
}

static bool header_is_ours(const Elf64_Ehdr *header)
{
	return !memcmp(header->e_ident, ELFMAG, SELFMAG) &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 &&
	       header->e_ident[EI_DATA] == ELFDATA2LSB;
}

static int read_headers(struct elf_file *file)
{
	Elf64_Shdr zero;
	int err;

	if (file->size < sizeof(file->header))
		return -ENOEXEC;
	err = elf_file_pread(file, 0, &file->header, sizeof(file->header));
	if (err)
		return err;
	if (!header_is_ours(&file->header))
		return -ENOEXEC;
	zero = section_zero(file);
	err = read_segments(file, &zero);
	if (!err)
		err = read_sections(file, &zero);
	if (!err)
		err = find_executable(file);
	return err;
}

int elf_file_init(struct elf_file *file, int fd)
{
	struct stat st;
	int err;

	*file = (struct elf_file){ .fd = fd };
	if (fstat(fd, &st))
		return -errno;
	file->size = st.st_size > 0 ? st.st_size : 0;
	err = read_headers(file);
	if (err)
		elf_file_deinit(file);
	return err;
}

int elf_file_init_image(struct elf_file *file, const void *image, size_t size)
{
	int err;

	*file = (struct elf_file){ .fd = -1, .image = image, .size = image ? size : 0 };
	err = read_headers(file);
	if (err)
		elf_file_deinit(file);
	return err;
}

void elf_file_deinit(struct elf_file *file)
{
	vec_deinit(&file->segments);
	vec_deinit(&file->sections);
	vec_deinit(&file->by_vaddr);
	vec_deinit(&file->by_offset);
	free(file->section_names);
	file->section_names = NULL;
	file->section_names_size = 0;
}

const Elf64_Shdr *elf_file_section(const struct elf_file *file, const char *name)
{
	size_t size = strlen(name) + 1;

	vec_each(&file->sections, section) {
		if (section->sh_type == SHT_NULL || section->sh_type == SHT_NOBITS)
			continue;
		if (section->sh_name < file->section_names_size &&
		    size <= file->section_names_size - section->sh_name &&
		    !memcmp(file->section_names + section->sh_name, name, size))
			return section;
	}
	return NULL;
}

void elf_strings_deinit(struct elf_strings *strings)
{
	free(strings->bytes);
	strings->bytes = NULL;
}

/* Keeps n bytes up to the first NUL. True if there was one. */
static bool cut_string(struct elf_string *string, size_t n)
{
	size_t length = strnlen(string->text.data, n);

	string->text.data[length] = '\0';
	string->text.n = length;
	return length < n;
}

/* Most names are short, so a little is read first. */
static int read_string(const struct elf_file *file, uint64_t offset, size_t left,
		       struct elf_string *ret)
{
	for (size_t want = 128;; want *= 8) {
		size_t n = want < left ? want : left;
		int err;

		if (vec_reserve(&ret->text, n + 1))
			return -ENOMEM;
		err = elf_file_pread(file, offset, ret->text.data, n);
		if (err || cut_string(ret, n) || n == left)
			return err;
	}
}

static int copy_string(const unsigned char *from, size_t left, struct elf_string *ret)
{
	size_t n = strnlen((const char *)from, left);

	if (vec_reserve(&ret->text, n + 1))
		return -ENOMEM;
	memcpy(ret->text.data, from, n);
	cut_string(ret, n);
	return 0;
}

int elf_strings_get(const struct elf_file *file, struct elf_strings *strings, uint32_t index,
		    struct elf_string *ret)
{
	const Elf64_Shdr *section = strings->section;
	uint64_t size = section->sh_size, left;

	if (section->sh_type != SHT_STRTAB || section->sh_offset > file->size)
		return -EIO;
	if (size > file->size - section->sh_offset)
		size = file->size - section->sh_offset;
	if (index >= size)
		return -EIO;
	left = size - index < ELF_MAX_NAME ? size - index : ELF_MAX_NAME;
	if (++strings->n_reads == STRINGS_WORTH_READING &&
	    elf_file_read(file, section->sh_offset, size, ELF_MAX_STRINGS, &strings->bytes) ==
		    -ENOMEM)
		return -ENOMEM;
	if (strings->bytes)
		return copy_string(strings->bytes + index, left, ret);
	return read_string(file, section->sh_offset + index, left, ret);
}

/* The last of the sorted segments that begins at or below a key, if it reaches to it. */
static const struct elf_segment *find_segment(const struct elf_segment *segments, size_t n,
					      uint64_t key, bool by_offset)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (segment_key(&segments[middle], by_offset) <= key)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || key - segment_key(&segments[low - 1], by_offset) >= segments[low - 1].size)
		return NULL;
	return &segments[low - 1];
}

bool elf_file_vaddr(const struct elf_file *file, uint64_t offset, uint64_t *ret)
{
	const struct elf_segment *segment =
		find_segment(file->by_offset.data, file->by_offset.n, offset, true);

	if (segment)
		*ret = segment->vaddr + (offset - segment->offset);
	return segment;
}

const struct elf_segment *elf_file_segment(const struct elf_file *file, uint64_t vaddr)
{
	return find_segment(file->by_vaddr.data, file->by_vaddr.n, vaddr, false);
}

bool elf_file_offset(const struct elf_file *file, uint64_t vaddr, uint64_t *ret)
{
	const struct elf_segment *segment = elf_file_segment(file, vaddr);

	if (segment)
		*ret = segment->offset + (vaddr - segment->vaddr);
	return segment;
}
