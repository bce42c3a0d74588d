/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A piece of a file as memory. The file's owner may truncate it at any time;
 * what is gone then reads as zeros and the process goes on. The bytes may also
 * be written to meanwhile: whoever checks a value reads it once.
 */
#ifndef FLAMETAP_SYMBOLIZE_FILE_MAP_H
#define FLAMETAP_SYMBOLIZE_FILE_MAP_H

#include <stddef.h>
#include <stdint.h>

/* Maps size bytes, at least 1, from any offset; *ret is released with file_map_release. Takes
 * the process's SIGBUS. 0 or a negative errno of mmap and sigaction. */
int file_map(int fd, uint64_t offset, size_t size, const unsigned char **ret);
/* The address and size that file_map was called with and gave. */
void file_map_release(const unsigned char *bytes, size_t size);
/* The pages that lie wholly within are given back; they are read from the file again when they
 * are next looked at. */
void file_map_drop(const unsigned char *bytes, size_t size);

#endif
