/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MiniDebugInfo: an ELF file with the symbols that .dynsym has not, packed with
 * xz into the section .gnu_debugdata. Fedora and its kin have it everywhere.
 */
#ifndef FLAMETAP_SYMBOLIZE_MINIDEBUG_H
#define FLAMETAP_SYMBOLIZE_MINIDEBUG_H

#include "symbolize/elf_section.h"

/* More than the symbols of any program should take. */
enum { MINIDEBUG_MAX = 128 << 20 };

/* The file's image, for elf_file_init_image and then elf_section_unload. 0; -ENOENT: there is
 * none; -EIO: damaged; -E2BIG; -ENOMEM; another negative errno. */
int minidebug_load(const struct elf_file *file, struct section_bytes *ret);

#endif
