// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The build-id of an ELF file, with its type and machine: what is known of a
 * file without looking at its symbols.
 */
#include <string.h>

#include "base/guard.h"
#include "symbolize/elf_file.h"
#include "symbolize/elf_note.h"
#include "symbolize/symbolizer.h"

/* Notes read of one file, all together: a hostile one has many large segments of them. */
enum { MAX_NOTES = 4 << 20 };

/* Cuts one note off the front; false when there is none left. */
static bool next_note(const unsigned char **at, size_t *left, Elf64_Nhdr *note,
		      const unsigned char **name, const unsigned char **desc)
{
	size_t name_size, desc_size;

	if (*left < sizeof(*note))
		return false;
	memcpy(note, *at, sizeof(*note));
	*at += sizeof(*note);
	*left -= sizeof(*note);
	name_size = ((size_t)note->n_namesz + 3) & ~(size_t)3;
	desc_size = ((size_t)note->n_descsz + 3) & ~(size_t)3;
	if (name_size > *left || note->n_descsz > *left - name_size)
		return false;
	*name = *at;
	*desc = *at + name_size;
	if (desc_size > *left - name_size)
		desc_size = *left - name_size;
	*at += name_size + desc_size;
	*left -= name_size + desc_size;
	return true;
}

bool elf_note_build_id(const unsigned char *notes, size_t size, struct elf_info *info)
{
	const unsigned char *name, *desc;
	Elf64_Nhdr note;

	while (next_note(&notes, &size, &note, &name, &desc)) {
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != sizeof(ELF_NOTE_GNU) ||
		    memcmp(name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)))
			continue;
		if (!note.n_descsz || note.n_descsz > sizeof(info->build_id))
			continue;
		memcpy(info->build_id, desc, note.n_descsz);
		info->build_id_size = note.n_descsz;
		return true;
	}
	return false;
}

/* Looks in one run of notes. True when there is no need to look further. */
static bool try_notes(const struct elf_file *file, uint64_t offset, uint64_t size, uint64_t *budget,
		      struct elf_info *info)
{
	guard_free unsigned char *notes = NULL;

	if (elf_file_read(file, offset, size, *budget, &notes))
		return false;
	*budget -= size;
	return elf_note_build_id(notes, size, info);
}

static void fill_info(const struct elf_file *file, struct elf_info *info)
{
	uint64_t budget = MAX_NOTES;

	*info = (struct elf_info){
		.type = file->header.e_type,
		.machine = file->header.e_machine,
	};
	vec_each(&file->segments, header)
		if (header->p_type == PT_NOTE &&
		    try_notes(file, header->p_offset, header->p_filesz, &budget, info))
			return;
	/* Object files and kernel modules have no segments. */
	vec_each(&file->sections, section)
		if (section->sh_type == SHT_NOTE &&
		    try_notes(file, section->sh_offset, section->sh_size, &budget, info))
			return;
}

int elf_info_read(int fd, struct elf_info *ret)
{
	guard(elf_file_deinit) struct elf_file file;
	int err = elf_file_init(&file, fd);

	if (!err)
		fill_info(&file, ret);
	return err;
}

int elf_info_read_image(const void *image, size_t size, struct elf_info *ret)
{
	guard(elf_file_deinit) struct elf_file file;
	int err = elf_file_init_image(&file, image, size);

	if (!err)
		fill_info(&file, ret);
	return err;
}
