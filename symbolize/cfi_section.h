/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sections of an ELF file that hold call-frame information, read into
 * memory: .eh_frame by its section or, where there are no section headers, by
 * .eh_frame_hdr; .debug_frame, compressed or not (Go has no other).
 */
#ifndef FLAMETAP_SYMBOLIZE_CFI_SECTION_H
#define FLAMETAP_SYMBOLIZE_CFI_SECTION_H

#include "symbolize/cfi_reader.h"
#include "symbolize/elf_file.h"

/* Chrome's .eh_frame is 30 MiB. */
enum { CFI_MAX_SECTION = 128 << 20 };

/* 0; -ENOENT; -E2BIG; -EIO; -ENOMEM; an errno of pread. *ret owns its bytes. */
int cfi_section_read_eh_frame(const struct elf_file *file, struct cfi_section *ret);
int cfi_section_read_debug_frame(const struct elf_file *file, struct cfi_section *ret);
/* Of a section that one of these filled, or of a zeroed one. */
void cfi_section_deinit(struct cfi_section *section);

#endif
