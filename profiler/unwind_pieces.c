// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Collects FDEs, drops those that lie in no executable segment, sorts the rest
 * and resolves overlaps. Which of two pieces stays depends on nothing but the
 * two.
 */
#include "profiler/unwind_pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16 }; /* of functions, as compilers have it */

/* Cuts an FDE to the executable segment that it begins in. */
static bool clip_fde(const struct elf_file *file, struct cfi_fde *fde)
{
	const struct elf_segment *segment = elf_file_segment(file, fde->start);

	if (!segment)
		return false;
	if (fde->end > segment->vaddr + segment->size)
		fde->end = segment->vaddr + segment->size;
	return fde->end - fde->start <= UINT32_MAX;
}

static int add_fdes(struct unwind_pieces *pieces, enum unwind_piece_kind kind,
		    const struct elf_file *file, struct unwind_table_stats *stats)
{
	struct unwind_section *section = &pieces->sections[kind];
	struct cfi_fde fde;
	int err;

	while ((err = cfi_reader_next(&section->reader, &fde)) > 0) {
		if (!clip_fde(file, &fde) || pieces->pieces.n == UNWIND_MAX_FDES) {
			stats->n_outside++;
			continue;
		}
		struct unwind_piece piece = {
			.start = fde.start,
			.size = fde.end - fde.start,
			.program = fde.program.at - section->section.bytes,
			.program_size = dwarf_left(&fde.program),
			.kind = kind,
			.cie = fde.cie,
		};
		if (vec_push(&pieces->pieces, piece))
			return -ENOMEM;
	}
	return err;
}

/* Each CIE's program runs once, however many FDEs it has. */
static int run_cies(struct unwind_section *section)
{
	vec_each(&section->reader.cies, cie) {
		struct unwind_cie ran = {};

		ran.understood = cie->encoding != DWARF_PE_OMIT && cfi_run_cie(cie, &ran.state);
		if (vec_push(&section->cies, ran))
			return -ENOMEM;
	}
	return 0;
}

static int add_section(struct unwind_pieces *pieces, enum unwind_piece_kind kind,
		       const struct elf_file *file, struct unwind_table_stats *stats)
{
	struct unwind_section *section = &pieces->sections[kind];
	int err;

	if (kind == UNWIND_EH_FRAME)
		err = cfi_section_read_eh_frame(file, &section->section);
	else
		err = cfi_section_read_debug_frame(file, &section->section);
	if (err)
		return err == -ENOENT ? 0 : err;
	cfi_reader_init(&section->reader, &section->section);
	err = add_fdes(pieces, kind, file, stats);
	return err ? err : run_cies(section);
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Of those that begin together the one that is to stay comes last. */
static int compare_piece(const void *a, const void *b)
{
	const struct unwind_piece *x = a, *y = b;

	return compare_u64(x->start, y->start) ?: compare_u64(x->kind, y->kind) ?:
	       compare_u64(x->size, y->size) ?: compare_u64(x->program, y->program);
}

static void sort_pieces(struct unwind_pieces *pieces)
{
	struct unwind_piece *all = pieces->pieces.data;
	size_t n = pieces->pieces.n;

	/* Linkers often leave them in order. */
	for (size_t i = 1; i < n; i++) {
		if (compare_piece(&all[i - 1], &all[i]) > 0) {
			qsort(all, n, sizeof(*all), compare_piece);
			return;
		}
	}
}

/* Makes room for a piece among those kept, which begin no later. False: it is to be dropped. */
static bool make_room(struct unwind_piece *kept, size_t *n_kept, const struct unwind_piece *piece,
		      uint64_t *n_overlaps)
{
	while (*n_kept) {
		struct unwind_piece *last = &kept[*n_kept - 1];

		if (last->start + last->size <= piece->start)
			return true;
		++*n_overlaps;
		if (piece->kind < last->kind)
			return false;
		if (last->start < piece->start) {
			last->size = piece->start - last->start;
			return true;
		}
		--*n_kept;
	}
	return true;
}

static void separate_pieces(struct unwind_pieces *pieces, uint64_t *n_overlaps)
{
	struct unwind_piece *all = pieces->pieces.data;
	size_t n_kept = 0;

	for (size_t i = 0; i < pieces->pieces.n; i++) {
		struct unwind_piece piece = all[i];

		if (make_room(all, &n_kept, &piece, n_overlaps))
			all[n_kept++] = piece;
	}
	pieces->pieces.n = n_kept;
}

/*
 * The call-frame information of glibc's clone() and clone3() ends at the system call, since a
 * child comes out of it on another stack. The parent spends all its time there, and its frame is
 * what it was.
 */
static void cover_system_calls(struct unwind_pieces *pieces, const struct elf_file *file)
{
	static const char system_call[] = { 0x0f, 0x05 };

	for (size_t i = 0; i + 1 < pieces->pieces.n; i++) {
		struct unwind_piece *piece = &pieces->pieces.data[i];
		uint64_t end = piece->start + piece->size, gap = piece[1].start - end;
		const struct elf_segment *segment = elf_file_segment(file, end);
		char bytes[sizeof(system_call)];

		if (!gap || gap >= ALIGNMENT || piece->kind >= UNWIND_TRAMPOLINE || !segment ||
		    unwind_is_padding(pieces, end, piece + 1))
			continue;
		if (!elf_file_pread(file, end - segment->vaddr + segment->offset, bytes,
				    sizeof(bytes)) &&
		    !memcmp(bytes, system_call, sizeof(bytes)))
			piece->size += gap;
	}
}

static bool is_signal_frame(const struct unwind_pieces *pieces, const struct unwind_piece *piece)
{
	const struct cfi_reader *reader;

	if (piece->kind >= UNWIND_TRAMPOLINE)
		return piece->kind == UNWIND_TRAMPOLINE;
	reader = &pieces->sections[piece->kind].reader;
	return reader->cies.data[piece->cie].signal;
}

/* Who is in rt_sigreturn(2) will have the address after its instruction, where the trampoline has
 * ended: it never returns there. */
static void cover_sigreturns(struct unwind_pieces *pieces)
{
	vec_each(&pieces->pieces, piece) {
		const struct unwind_piece *next = piece + 1;
		uint64_t end = piece->start + piece->size;

		if (is_signal_frame(pieces, piece) &&
		    (next == pieces->pieces.data + pieces->pieces.n || next->start > end))
			piece->size++;
	}
}

static uint64_t find_entry(const struct elf_file *file)
{
	if (!elf_file_segment(file, file->header.e_entry) || !unwind_entry_is_used(file))
		return UINT64_MAX;
	return file->header.e_entry;
}

int unwind_pieces_init(struct unwind_pieces *pieces, const struct elf_file *file,
		       struct unwind_table_stats *stats)
{
	int err;

	*pieces = (struct unwind_pieces){ .entry = find_entry(file) };
	err = add_section(pieces, UNWIND_EH_FRAME, file, stats);
	if (!err)
		err = add_section(pieces, UNWIND_DEBUG_FRAME, file, stats);
	if (!err)
		err = unwind_trampolines_add(pieces, file, stats);
	if (!err)
		err = unwind_stubs_add(pieces, file);
	if (err) {
		unwind_pieces_deinit(pieces);
		return err;
	}
	sort_pieces(pieces);
	separate_pieces(pieces, &stats->n_overlaps);
	cover_system_calls(pieces, file);
	cover_sigreturns(pieces);
	return 0;
}

void unwind_pieces_deinit(struct unwind_pieces *pieces)
{
	for (size_t i = 0; i < UNWIND_N_SECTIONS; i++) {
		cfi_section_deinit(&pieces->sections[i].section);
		cfi_reader_deinit(&pieces->sections[i].reader);
		vec_deinit(&pieces->sections[i].cies);
	}
	vec_deinit(&pieces->pieces);
}

/*
 * Between functions lies padding, which nobody executes. Where it can be no
 * more than that it needs no row of its own but takes the rule of the function
 * that it leads to, if that is a call's: right also for a little code without a
 * frame. That saves one row in nine.
 */
bool unwind_is_padding(const struct unwind_pieces *pieces, uint64_t from,
		       const struct unwind_piece *piece)
{
	return piece->start - from < ALIGNMENT && !(piece->start & (ALIGNMENT - 1)) &&
	       piece->kind < UNWIND_TRAMPOLINE &&
	       (pieces->entry < from || pieces->entry >= piece->start);
}

/* The number of pieces that begin at or below an address. */
static size_t count_below(const struct unwind_pieces *pieces, uint64_t vaddr)
{
	size_t low = 0, high = pieces->pieces.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pieces->pieces.data[middle].start <= vaddr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum unwind_cover unwind_pieces_find(const struct unwind_pieces *pieces, uint64_t vaddr,
				     const struct unwind_piece **ret)
{
	size_t n = count_below(pieces, vaddr);
	const struct unwind_piece *below = n ? &pieces->pieces.data[n - 1] : NULL;
	uint64_t end = below ? below->start + below->size : 0;

	*ret = below;
	if (below && vaddr < end)
		return UNWIND_COVERED;
	if (pieces->entry >= end && vaddr >= pieces->entry &&
	    vaddr - pieces->entry < UNWIND_MOST_ENTRY)
		return UNWIND_ENTRY;
	if (!below || n == pieces->pieces.n)
		return UNWIND_UNCOVERED;
	*ret = below + 1;
	return unwind_is_padding(pieces, end, *ret) ? UNWIND_PADDED : UNWIND_UNCOVERED;
}
