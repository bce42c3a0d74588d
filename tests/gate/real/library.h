/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library as a file of its own, which a program finds faster or slower than the last time. */
#ifndef REAL_LIBRARY_H
#define REAL_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A checksum of n bytes. */
uint64_t library_pack(const unsigned char *data, size_t n);
/* Another, which no variant changes. */
uint64_t library_check(const unsigned char *data, size_t n);

#ifdef __cplusplus
}
#endif

#endif
