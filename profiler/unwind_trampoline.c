// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the code that a signal handler returns to, rt_sigreturn(2), by its
 * bytes: musl's has no FDE, and Go's has one that does not tell of a signal.
 * Text is searched only where that code is at home: in a module that needs no
 * other (a libc, a static program) and in Go programs.
 */
#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "profiler/unwind_pieces.h"

enum {
	BLOCK = 256 << 10,
	MOST_TRAMPOLINE = 9,
	MOST_DYNAMIC = 64 << 10,
	MOST_TEXT = 256 << 20, /* searched of a file: a sparse one may claim terabytes */
};

struct pattern {
	const char *bytes;
	size_t size;
};

/* All end in the same six bytes, "$15" and "syscall". */
static const struct pattern patterns[] = {
	{ "\x48\xc7\xc0\x0f\0\0\0\x0f\x05", 9 }, /* mov $15,%rax; syscall */
	{ "\xb8\x0f\0\0\0\x0f\x05", 7 },	 /* mov $15,%eax; syscall */
};
static const struct pattern common = { "\x0f\0\0\0\x0f\x05", 6 };

static bool needs_others(const struct elf_file *file)
{
	vec_each(&file->segments, header) {
		guard_free unsigned char *bytes = NULL;

		if (header->p_type != PT_DYNAMIC)
			continue;
		if (elf_file_read(file, header->p_offset, header->p_filesz, MOST_DYNAMIC, &bytes))
			return true;
		for (size_t i = 0; i + sizeof(Elf64_Dyn) <= header->p_filesz;
		     i += sizeof(Elf64_Dyn)) {
			Elf64_Dyn entry;

			memcpy(&entry, bytes + i, sizeof(entry));
			if (entry.d_tag == DT_NULL)
				break;
			if (entry.d_tag == DT_NEEDED)
				return true;
		}
	}
	return false;
}

bool unwind_entry_is_used(const struct elf_file *file)
{
	if (!file->header.e_entry)
		return false;
	if (file->header.e_type == ET_EXEC)
		return true;
	vec_each(&file->segments, header)
		if (header->p_type == PT_INTERP)
			return true;
	return !needs_others(file);
}

/* Where a trampoline begins whose common bytes stand here; NULL if it is none. */
static const unsigned char *trampoline_start(const unsigned char *block, const unsigned char *at)
{
	const unsigned char *end = at + common.size;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		if ((size_t)(end - block) >= patterns[i].size &&
		    !memcmp(end - patterns[i].size, patterns[i].bytes, patterns[i].size))
			return end - patterns[i].size;
	return NULL;
}

/*
 * A handler returns to the first byte of the trampoline, and return addresses
 * are looked up one byte earlier: that byte belongs to it.
 */
static int add_trampoline(struct unwind_pieces *pieces, uint64_t start, uint64_t end,
			  struct unwind_table_stats *stats)
{
	struct unwind_piece piece = {
		.start = start - 1,
		.size = end - start + 1,
		.kind = UNWIND_TRAMPOLINE,
	};

	if (!start)
		return 0;
	stats->n_trampolines++;
	return vec_push(&pieces->pieces, piece);
}

static int search_block(struct unwind_pieces *pieces, const unsigned char *block, size_t size,
			uint64_t vaddr, struct unwind_table_stats *stats)
{
	const unsigned char *at = block, *end = block + size;

	while ((at = memmem(at, end - at, common.bytes, common.size))) {
		const unsigned char *start = trampoline_start(block, at);
		int err;

		at += common.size;
		if (!start)
			continue;
		err = add_trampoline(pieces, vaddr + (start - block), vaddr + (at - block), stats);
		if (err)
			return err;
	}
	return 0;
}

/* What cannot be read has none. */
static int search_segment(struct unwind_pieces *pieces, const struct elf_file *file,
			  const struct elf_segment *segment, uint64_t *budget,
			  struct unwind_table_stats *stats)
{
	guard_free unsigned char *block = malloc(BLOCK);
	/* So that each is whole in one block, and only in one. */
	const uint64_t step = BLOCK - (MOST_TRAMPOLINE - 1);
	int err = block ? 0 : -ENOMEM;

	for (uint64_t at = 0; !err && at < segment->size && *budget >= BLOCK; at += step) {
		size_t size = segment->size - at < BLOCK ? segment->size - at : BLOCK;

		if (elf_file_pread(file, segment->offset + at, block, size))
			break;
		*budget -= BLOCK;
		err = search_block(pieces, block, size, segment->vaddr + at, stats);
	}
	return err;
}

int unwind_trampolines_add(struct unwind_pieces *pieces, const struct elf_file *file,
			   struct unwind_table_stats *stats)
{
	uint64_t budget = MOST_TEXT;

	if (needs_others(file) && !elf_file_section(file, ".note.go.buildid"))
		return 0;
	vec_each(&file->by_vaddr, segment) {
		int err = search_segment(pieces, file, segment, &budget, stats);

		if (err)
			return err;
	}
	return 0;
}
