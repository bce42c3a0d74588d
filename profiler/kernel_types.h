/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's type information, cut down to what BPF programs use of it.
 */
#ifndef FLAMETAP_PROFILER_KERNEL_TYPES_H
#define FLAMETAP_PROFILER_KERNEL_TYPES_H

#include <stddef.h>

struct btf;

/*
 * BTF with those structs and enums of the kernel's that stand in `local`, too, and of each only the
 * members that local's has. The caller frees it by btf__free(). -EINVAL for damaged bytes.
 */
int kernel_types_cut(const void *kernel, size_t size, const struct btf *local, struct btf **ret);

/* The same of the running kernel, as a file: to be given to libbpf as btf_custom_path. */
int kernel_types_write(const struct btf *local, int fd);

#endif
