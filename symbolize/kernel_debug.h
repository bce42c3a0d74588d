/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inlined functions and lines of the running kernel: its addresses come in, and
 * chains of frames go out, from the vmlinux that its debug package brings. That
 * is taken only when its build-id is the running kernel's, and its addresses
 * are moved to where the kernel was put in memory (KASLR).
 */
#ifndef FLAMETAP_SYMBOLIZE_KERNEL_DEBUG_H
#define FLAMETAP_SYMBOLIZE_KERNEL_DEBUG_H

#include <stddef.h>
#include <stdint.h>

#include "symbolize/elf_file.h"
#include "symbolize/symbolizer.h"

/* Of the running kernel. NULL: "/sys/kernel/notes", and the release that uname tells; others are
 * for tests. */
struct kernel_debug_system {
	const char *notes, *release;
};

struct kernel_debug {
	struct elf_file file; /* its descriptor is owned */
	uint64_t stext;	      /* address of _stext in it */
};

/*
 * Looks for the file: in /usr/lib/debug and / as boot/vmlinux-RELEASE, lib/modules/RELEASE/vmlinux
 * and .../build/vmlinux, then where the symbolizer finds debug files, by build-id. 0; -ENOENT: there
 * is none; -ESTALE: only of another build; -ENOMEM; another negative errno where the running
 * kernel's build-id is not to be had. ret is to be deinitialized after 0 only.
 */
int kernel_debug_init(struct kernel_debug *ret, const struct symbolizer *symbolizer,
		      const struct kernel_debug_system *system);
void kernel_debug_deinit(struct kernel_debug *debug);

/*
 * Resolves addresses of the kernel proper (not of modules), as symbolizer_resolve_module does:
 * result is called for those that are in the file, with their index. stext is the address of
 * _stext in the running kernel. 0; -EINVAL: the file cannot have been moved to there; the errors of
 * symbolizer_resolve_module.
 */
int kernel_debug_resolve(const struct kernel_debug *debug, struct symbolizer *symbolizer,
			 uint64_t stext, const uint64_t *addresses, size_t n,
			 symbolizer_result result, void *ctx);

#endif
