// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds by its bytes the code that a signal handler returns to, rt_sigreturn(2):
 * musl's has no FDE, and Go's has one that does not tell of a signal. So are
 * the outermost functions that no table tells of: what makecontext() lets a
 * coroutine return to, musl's caller of main, and where Go switches stacks.
 * All text is searched only where that code is at home: in a module that needs
 * no other (a libc, a static program) and in Go programs.
 */
#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "profiler/unwind_pieces.h"

enum {
	BLOCK = 256 << 10,
	MOST_PATTERN = 11,
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

/*
 * glibc's __start_context: mov %rbx,%rsp; mov (%rsp),%rdi; test %rdi,%rdi; je. A coroutine returns
 * to its first byte, and its FDE says that it was called.
 */
static const struct pattern start_context = { "\x48\x89\xdc\x48\x8b\x3c\x24\x48\x85\xff\x74", 11 };
enum { START_CONTEXT_SIZE = 26 };

/* A call that is the first on its stack. */
struct first_call {
	struct pattern pattern;
	uint8_t at, size; /* of the call's instruction in it */
	bool uncovered; /* only where no FDE is */
};

/*
 * Go switches to the thread's own stack and leaves there what has been before; its FDEs do not
 * say so.
 */
static const struct first_call first_calls[] = {
	/* exit(main(...)), as musl has it: call *%rbx; mov %eax,%edi; call. */
	{ { "\xff\xd3\x89\xc7\xe8", 5 }, 0, 2, true },
	/* runtime.systemstack: mov %rdi,%rdx; mov (%rdi),%rdi; call *%rdi; mov %fs: */
	{ { "\x48\x89\xfa\x48\x8b\x3f\xff\xd7\x64\x48", 10 }, 6, 2, false },
	/* runtime.mcall: mov (%rdx),%r12; call *%r12; pop %rax */
	{ { "\x4c\x8b\x22\x41\xff\xd4\x58", 7 }, 3, 3, false },
	/* runtime.morestack: mov 0x38(%rbx),%rsp; call newstack */
	{ { "\x48\x8b\x63\x38\xe8", 5 }, 4, 5, false },
	/* runtime.asmcgocall, to C: mov %rdi,0x28(%rsp); mov %rbx,%rdi; mov %rbx,%rcx; call *%rax */
	{ { "\x7c\x24\x28\x48\x89\xdf\x48\x89\xd9\xff\xd0", 11 }, 9, 2, false },
	/* crosscall_amd64, of threads that cgo makes: call *%rbx; pop %r15 and so on to %rbp */
	{ { "\xff\xd3\x41\x5f\x41\x5e\x41\x5d\x41\x5c\x5d", 11 }, 0, 2, false },
};

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

static bool is_covered(const struct unwind_pieces *pieces, uint64_t vaddr)
{
	vec_each(&pieces->pieces, piece)
		if (vaddr >= piece->start && vaddr - piece->start < piece->size)
			return true;
	return false;
}

static int search_first_call(struct unwind_pieces *pieces, const struct first_call *call,
			     const unsigned char *block, size_t size, uint64_t vaddr)
{
	const unsigned char *at = block, *end = block + size;
	int err = 0;

	while (!err && (at = memmem(at, end - at, call->pattern.bytes, call->pattern.size))) {
		struct unwind_piece piece = {
			.start = vaddr + (at - block) + call->at,
			.size = call->size,
			.kind = UNWIND_OUTERMOST,
		};

		if (!call->uncovered || !is_covered(pieces, piece.start))
			err = vec_push(&pieces->pieces, piece);
		at += call->pattern.size;
	}
	return err;
}

/* Nothing is above these: the unwinder is at the end there. */
static int search_first_calls(struct unwind_pieces *pieces, bool is_go, const unsigned char *block,
			      size_t size, uint64_t vaddr)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(first_calls) / sizeof(*first_calls); i++)
		if (first_calls[i].uncovered == !is_go)
			err = search_first_call(pieces, &first_calls[i], block, size, vaddr);
	return err;
}

/* One of the few functions of just this size. */
static int find_start_context(struct unwind_pieces *pieces, const struct elf_file *file)
{
	for (size_t i = 0; i < pieces->pieces.n; i++) {
		struct unwind_piece piece = pieces->pieces.data[i];
		const struct elf_segment *segment;
		char bytes[16];

		if (piece.size != START_CONTEXT_SIZE || !piece.start)
			continue;
		segment = elf_file_segment(file, piece.start);
		if (!segment ||
		    elf_file_pread(file, piece.start - segment->vaddr + segment->offset, bytes,
				   start_context.size) ||
		    memcmp(bytes, start_context.bytes, start_context.size))
			continue;
		/* Return addresses are looked up one byte earlier. */
		piece = (struct unwind_piece){
			.start = piece.start - 1,
			.size = START_CONTEXT_SIZE + 1,
			.kind = UNWIND_OUTERMOST,
		};
		return vec_push(&pieces->pieces, piece);
	}
	return 0;
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
			  const struct elf_segment *segment, bool is_go, uint64_t *budget,
			  struct unwind_table_stats *stats)
{
	guard_free unsigned char *block = malloc(BLOCK);
	/* So that each is whole in one block; separate_pieces() drops what is found twice. */
	const uint64_t step = BLOCK - (MOST_PATTERN - 1);
	int err = block ? 0 : -ENOMEM;

	for (uint64_t at = 0; !err && at < segment->size && *budget >= BLOCK; at += step) {
		size_t size = segment->size - at < BLOCK ? segment->size - at : BLOCK;

		if (elf_file_pread(file, segment->offset + at, block, size))
			break;
		*budget -= BLOCK;
		err = search_block(pieces, block, size, segment->vaddr + at, stats);
		if (!err)
			err = search_first_calls(pieces, is_go, block, size, segment->vaddr + at);
	}
	return err;
}

int unwind_trampolines_add(struct unwind_pieces *pieces, const struct elf_file *file,
			   struct unwind_table_stats *stats)
{
	const bool is_go = elf_file_section(file, ".note.go.buildid");
	uint64_t budget = MOST_TEXT;
	int err = find_start_context(pieces, file);

	if (err)
		return err;
	if (needs_others(file) && !is_go)
		return 0;
	vec_each(&file->by_vaddr, segment) {
		err = search_segment(pieces, file, segment, is_go, &budget, stats);
		if (err)
			return err;
	}
	return 0;
}
