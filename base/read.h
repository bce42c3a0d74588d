/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading as many bytes as there are: files and pipes give fewer at once than they have. */
#ifndef FLAMETAP_BASE_READ_H
#define FLAMETAP_BASE_READ_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { READ_ON = -1 };

/* Reads n bytes from an offset, or READ_ON from where the last read ended, as of a pipe. How many
 * there are: fewer than n only before the end; or a negative errno. */
ssize_t read_full(int fd, void *to, size_t n, int64_t offset);

#endif
