/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inputs that cannot be read twice (pipes, devices) are copied to a temporary
 * file that has no name, so that every reader may use pread.
 */
#ifndef FLAMETAP_REPORT_SPOOL_H
#define FLAMETAP_REPORT_SPOOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct report_error;

/* More than this many bytes of a pipe are refused: 4 GiB. */
#define SPOOL_MAX ((uint64_t)4 << 30)

/* A temporary file without a name: a descriptor, the caller's, or a negative errno. */
int spool_create(void);
/* Appends all the bytes. 0 or a negative errno. */
int spool_write(int fd, const void *bytes, size_t n);

/* The first bytes of a file, up to size: how many, or a negative errno. Leaves the offset of a
 * regular file alone; of anything else the bytes are taken away (see spool_open). */
ssize_t spool_peek(int fd, void *start, size_t size);

/*
 * A descriptor at offset 0 for what fd holds; the caller closes it. Of a regular file it is a
 * duplicate; of anything else a copy, which begins with the n bytes that spool_peek has taken.
 * 0; -EINVAL with the error's text when there are more than SPOOL_MAX bytes; a negative errno.
 */
int spool_open(int fd, const void *start, size_t n, struct report_error *error, int *ret);

#endif
