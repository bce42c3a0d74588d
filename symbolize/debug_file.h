/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the file that a module's debug information was moved to: in the
 * directories that the user named, by build-id under /usr/lib/debug, by
 * .gnu_debuglink, from debuginfod. A file is taken only when it proves to be of
 * the same build; why one was not is told.
 */
#ifndef FLAMETAP_SYMBOLIZE_DEBUG_FILE_H
#define FLAMETAP_SYMBOLIZE_DEBUG_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "symbolize/debug_link.h"
#include "symbolize/elf_file.h"
#include "symbolize/symbolizer.h"

/* What is known of a module. All is borrowed. */
struct debug_wanted {
	const struct elf_file *file; /* NULL: the module itself is not there */
	const uint8_t *build_id;
	size_t build_id_size; /* 0: none */
	const char *path;     /* absolute, in root_fd; NULL: not known */
	int root_fd;	      /* -1: this process's own */
	const char *const *dirs; /* of --debug-dir */
	size_t n_dirs;
	struct debuginfod *debuginfod; /* asked last; NULL: not at all */
};

struct debug_file {
	int fd;	    /* -1: none was found */
	int root_fd; /* borrowed from the wanted: that it was found in; -1: this process's own */
	enum debug_file_how how;
	enum debug_file_refusal refused;
	enum debuginfod_answer debuginfod;
};

/* 0, also if none is found; -ENOMEM. */
int debug_file_find(const struct debug_wanted *wanted, struct debug_file *ret);
/* The file that dwz has moved to what several have in common. of is the file that names it, found
 * as described by found (NULL: it is the module). 0, also if none is found; -ENOMEM. */
int debug_file_find_alternate(const struct debug_wanted *wanted, const struct elf_file *of,
			      const struct debug_file *found, struct debug_file *ret);
/* Of one that was filled, or has fd -1. */
void debug_file_deinit(struct debug_file *file);

/*
 * A debug file of its own, without the module: `objcopy --only-keep-debug`
 * leaves addresses and sizes of the segments in it, but not where they were in
 * the module. That is worked out anew, as linkers lay files out: each segment
 * comes as early as its alignment and that of its first section allow. Does
 * nothing for a file that has its code. 0 or -ENOMEM.
 */
int debug_file_restore_segments(struct elf_file *file);

#endif
