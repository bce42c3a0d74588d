/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of ELF notes in, the build-id that one of them holds out. */
#ifndef FLAMETAP_SYMBOLIZE_ELF_NOTE_H
#define FLAMETAP_SYMBOLIZE_ELF_NOTE_H

#include <stdbool.h>
#include <stddef.h>

struct elf_info;

/* True and the build-id in *info, of which nothing else is changed; false: there is none. */
bool elf_note_build_id(const unsigned char *notes, size_t size, struct elf_info *info);

#endif
