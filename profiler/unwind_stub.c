// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds by their bytes the stubs of a procedure linkage table that no FDE tells
 * of: lld writes none for them. A stub is 16 bytes long; up to its push it is as
 * the call has left it, then there is a word more. The table's head, which only
 * lazy binding goes through, is left out.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/guard.h"
#include "profiler/unwind_pieces.h"

enum { STUB = 16, MOST_BYTES = 4 << 20 };

/* What a stub begins with; any byte may stand where the mask is a space. */
struct stub_form {
	const char *bytes, *mask;
	uint8_t pushed; /* from this byte on; STUB: it pushes nothing */
};

static const struct stub_form forms[] = {
	/* jmp *slot(%rip); push $n; jmp head */
	{ "\xff\x25....\x68....\xe9", "xx    x    x", 11 },
	/* endbr64; push $n; jmp head */
	{ "\xf3\x0f\x1e\xfa\x68....\xe9", "xxxxx    x", 9 },
	/* endbr64; jmp *slot(%rip): .plt.sec */
	{ "\xf3\x0f\x1e\xfa\xff\x25", "xxxxxx", STUB },
};

static const char *const sections[] = { ".plt", ".plt.sec", ".iplt" };

static uint8_t pushed_from(const unsigned char stub[STUB])
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const struct stub_form *form = &forms[i];
		size_t n = 0;

		while (form->mask[n] &&
		       (form->mask[n] == ' ' || stub[n] == (unsigned char)form->bytes[n]))
			n++;
		if (!form->mask[n])
			return form->pushed;
	}
	return 0;
}

static bool is_touched(const struct unwind_pieces *pieces, uint64_t start, uint64_t size)
{
	vec_each(&pieces->pieces, piece)
		if (piece->start < start + size && start < piece->start + piece->size)
			return true;
	return false;
}

/* One piece for all that follow each other and are of one form. */
static int add_stubs(struct unwind_pieces *pieces, uint64_t vaddr, const unsigned char *bytes,
		     size_t size)
{
	struct unwind_piece piece = { .kind = UNWIND_STUBS };

	for (size_t at = 0; at + STUB <= size; at += STUB) {
		uint8_t pushed = pushed_from(bytes + at);

		if (piece.size && pushed == piece.program) {
			piece.size += STUB;
			continue;
		}
		if (piece.size && vec_push(&pieces->pieces, piece))
			return -ENOMEM;
		piece.start = vaddr + at;
		piece.size = pushed ? STUB : 0;
		piece.program = pushed;
	}
	return piece.size ? vec_push(&pieces->pieces, piece) : 0;
}

static int add_section(struct unwind_pieces *pieces, const struct elf_file *file,
		       const Elf64_Shdr *section)
{
	const struct elf_segment *segment = elf_file_segment(file, section->sh_addr);
	guard_free unsigned char *bytes = NULL;
	uint64_t into;

	if (!segment || section->sh_addr % STUB || section->sh_size > MOST_BYTES)
		return 0;
	into = section->sh_addr - segment->vaddr;
	if (section->sh_size > segment->size - into ||
	    is_touched(pieces, section->sh_addr, section->sh_size))
		return 0;
	bytes = malloc(section->sh_size + 1);
	if (!bytes)
		return -ENOMEM;
	/* What cannot be read has none. */
	if (elf_file_pread(file, segment->offset + into, bytes, section->sh_size))
		return 0;
	return add_stubs(pieces, section->sh_addr, bytes, section->sh_size);
}

int unwind_stubs_add(struct unwind_pieces *pieces, const struct elf_file *file)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(sections) / sizeof(*sections); i++) {
		const Elf64_Shdr *section = elf_file_section(file, sections[i]);

		if (section && section->sh_type == SHT_PROGBITS)
			err = add_section(pieces, file, section);
	}
	return err;
}
