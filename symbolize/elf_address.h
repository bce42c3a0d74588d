/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For those who know code by its virtual address in an ELF file, as linkers
 * and addr2line do, and not by its place in the file: turns the one into the
 * other, for the symbolizer.
 */
#ifndef FLAMETAP_SYMBOLIZE_ELF_ADDRESS_H
#define FLAMETAP_SYMBOLIZE_ELF_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

/* Replaces addresses by file offsets; one that is in no executable segment becomes UINT64_MAX. 0;
 * -ENOEXEC if it is no ELF file; another negative errno. */
int elf_address_to_offsets(int fd, uint64_t *addresses, size_t n);

/* Where the first section of that name is. 0; -ENOENT: there is none; otherwise as above. */
int elf_address_of_section(int fd, const char *name, uint64_t *ret_address, uint64_t *ret_size);

#endif
