/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a BPF program sees of the kernel, for compiling bpf/unwind.h natively:
 * maps are plain arrays and user memory is whatever the including file hands out.
 */
#ifndef FLAMETAP_TESTS_UNIT_BPF_STUBS_H
#define FLAMETAP_TESTS_UNIT_BPF_STUBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

#define SEC(name)
#define __uint(name, value) int (*name)[value]
#define __type(name, value) __typeof__(value) *name
#define __array(name, value) __typeof__(value) *name[]
#define barrier_var(var) __asm__ volatile("" : "+r"(var))
#undef __always_inline
#define __always_inline inline __attribute__((always_inline, unused))
#define __noinline __attribute__((noinline, unused)) static
#define BPF_CORE_READ(object, ...) ((const char *)(object))
#define bpf_core_enum_value_exists(type, value) 0
#define bpf_get_current_task_btf() NULL
#define bpf_task_pt_regs(task) NULL

enum {
	BPF_MAP_TYPE_HASH,
	BPF_MAP_TYPE_PERCPU_ARRAY,
	BPF_MAP_TYPE_ARRAY,
	BPF_MAP_TYPE_ARRAY_OF_MAPS,
	BPF_F_MMAPABLE,
};

typedef uint64_t __u64;
struct task_struct;

void *stub_lookup(const void *map, const void *key);
long stub_read_user(void *to, uint32_t size, const void *from);

static inline void *bpf_map_lookup_elem(const void *map, const void *key)
{
	return stub_lookup(map, key);
}

static inline long bpf_probe_read_user(void *to, uint32_t size, const void *from)
{
	return stub_read_user(to, size, from);
}

static inline long bpf_probe_read_kernel(void *to, uint32_t size, const void *from)
{
	(void)to, (void)size, (void)from;
	return -14;
}

static inline long bpf_loop(uint32_t n, long (*callback)(uint32_t, void *), void *ctx,
			    uint64_t flags)
{
	(void)flags;
	for (uint32_t i = 0; i < n; i++)
		if (callback(i, ctx))
			return i + 1;
	return n;
}

#endif
