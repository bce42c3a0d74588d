/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses to frames. A symbolizer is asked for one module at a time, with
 * all of that module's addresses at once; it asks its sources in order, and
 * what none of them knows gets the start of its function from .eh_frame, or
 * nothing. It keeps no mutable globals; use one symbolizer from one thread, and
 * as many as there are threads.
 */
#ifndef FLAMETAP_SYMBOLIZE_SYMBOLIZER_H
#define FLAMETAP_SYMBOLIZE_SYMBOLIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/debuginfod.h"

/* What an address turned out to be. Strings belong to the symbolizer and live as long. */
struct symbol_frame {
	const char *name;        /* demangled; NULL: no symbol covers it */
	const char *system_name; /* as in the symbol table */
	const char *file;        /* NULL when not known */
	uint32_t line;           /* 0 when not known */
	uint32_t start_line;
	/* File offset of the function's first byte (for kernel addresses: its address),
	 * UINT64_MAX when not even that is known. Set with and without a name. */
	uint64_t start;
};

/*
 * Called once for each address, in the order of `addresses`: n >= 1 frames,
 * innermost first (all but the last inlined). A negative return stops.
 */
typedef int (*symbolizer_result)(void *ctx, size_t index, const struct symbol_frame *frames,
				 size_t n);

enum { SYMBOLIZER_MAX_NAMES = 256 << 20 }; /* bytes of all names and paths; Chromium has 100 MB */

struct symbolizer_options {
	bool no_demangle;
	/* Directories to look for debug files in before all others (--debug-dir). Borrowed. */
	const char *const *debug_dirs;
	size_t n_debug_dirs;
	/* What was worked out before, by this user's flametap; NULL: nothing is. Borrowed. */
	struct name_cache *cache;
	/* Asked for debug files that are nowhere here. Borrowed; NULL: nothing is asked. */
	struct debuginfod *debuginfod;
	/* For tests; 0: SYMBOLIZER_MAX_NAMES. */
	size_t max_names;
	/* For tests; NULL: "/proc/kallsyms". */
	const char *kallsyms_path;
};

struct symbolizer;
struct name_cache;

int symbolizer_create(const struct symbolizer_options *options, struct symbolizer **ret);
/* One more with the same options, for another thread. It knows nothing of the kernel at first. */
int symbolizer_create_like(const struct symbolizer *symbolizer, struct symbolizer **ret);
/* Puts new answers into the cache, as symbolizer_destroy does. Strings stay, but nothing may be
 * resolved any more. */
void symbolizer_save(struct symbolizer *symbolizer);
void symbolizer_destroy(struct symbolizer *symbolizer);

/*
 * Resolves file offsets in an ELF file. fd is borrowed, read with pread only,
 * at any offset; the file may be hostile and may shrink meanwhile. Offsets are
 * those of instructions *inside* the call: the caller has already taken one
 * from return addresses. They need not be sorted, but should all come in one
 * call: nothing but names is kept of the file afterwards. 0; -ENOEXEC when it
 * is no ELF file of this machine's class (each address is still answered,
 * without a name); what result returned, if that was negative; another
 * negative errno (-ENOMEM, or of fstat and pread), and then some addresses may
 * be without an answer.
 */
int symbolizer_resolve_file(struct symbolizer *symbolizer, int fd, const uint64_t *offsets,
			    size_t n, symbolizer_result result, void *ctx);

/* How a debug file was found. */
enum debug_file_how {
	DEBUG_FILE_NONE,
	DEBUG_FILE_GIVEN,    /* in a --debug-dir */
	DEBUG_FILE_BUILD_ID, /* under /usr/lib/debug/.build-id */
	DEBUG_FILE_LINK,     /* by .gnu_debuglink or .gnu_debugaltlink */
	DEBUG_FILE_DEBUGINFOD,
};

/* Why one that was there was not taken. The greater value is the better reason. */
enum debug_file_refusal {
	DEBUG_FILE_NOT_REFUSED,
	DEBUG_FILE_UNREADABLE,
	DEBUG_FILE_OTHER_BUILD, /* another build-id, or none to compare */
	DEBUG_FILE_WRONG_CRC,
};

/* What became of the search for a module's symbols outside the module. */
struct symbolizer_debug {
	bool stripped; /* it was asked for, and there is no .symtab anywhere */
	enum debug_file_how how;
	enum debug_file_refusal refused; /* of what was not taken */
	enum debuginfod_answer debuginfod; /* the first that was no success, if one was not */
	/* Units of split DWARF that were asked for and are neither in a .dwo nor in a .dwp, and what
	 * the first of these files is called; NULL: it has no name. */
	uint32_t n_split_missing;
	const char *split_missing;
	uint64_t n_names_refused; /* that found no room among the others */
};

struct symbolizer_module {
	int fd;		  /* borrowed; see symbolizer_resolve_file */
	const char *path; /* for what lies beside it; NULL: as the descriptor has it */
	int root_fd;	  /* the directory that the path and /usr/lib/debug are in; -1: this
			   * process's own */
	enum debuginfod_answer debuginfod; /* for whoever opens it: what came of asking for it */
};

/* The same as symbolizer_resolve_file, with what more is known of the file. *debug, unless it is
 * NULL, is filled in any case. A debug file may stand for the module itself, if that is gone. */
int symbolizer_resolve_module(struct symbolizer *symbolizer, const struct symbolizer_module *module,
			      const uint64_t *offsets, size_t n, symbolizer_result result,
			      void *ctx, struct symbolizer_debug *debug);

/* A module that is asked for in several batches: what was opened and read of it stays until it is
 * closed, before the symbolizer is destroyed. 0 also if it is no ELF file; -ENOMEM; an errno of
 * fstat and pread. */
struct symbolizer_opened;
int symbolizer_open_module(struct symbolizer *symbolizer, const struct symbolizer_module *module,
			   struct symbolizer_opened **ret);
/* As symbolizer_resolve_module; each call has the same bounds, however many there are. */
int symbolizer_resolve_opened(struct symbolizer_opened *opened, const uint64_t *offsets, size_t n,
			      symbolizer_result result, void *ctx, struct symbolizer_debug *debug);
/* Also of NULL. */
void symbolizer_close_module(struct symbolizer_opened *opened);

/* A file for symbolizer_resolve_module, where the module itself is not there: from the debug_dirs
 * or /usr/lib/debug, by build-id, or from debuginfod. A descriptor, the caller's; -ENOENT; -ESTALE:
 * there are only files of another build; -ENOMEM. *ret_debuginfod is set in any case; NULL: that is
 * not asked. */
int symbolizer_open_by_build_id(const struct symbolizer *symbolizer, const uint8_t *build_id,
				size_t build_id_size, const char *path,
				enum debuginfod_answer *ret_debuginfod);

/* The same for an ELF image in memory (the vDSO). */
int symbolizer_resolve_image(struct symbolizer *symbolizer, const void *image, size_t size,
			     const uint64_t *offsets, size_t n, symbolizer_result result,
			     void *ctx);

/*
 * Kernel addresses, from kallsyms as it was at the last symbolizer_load_kernel.
 * BPF programs and modules come and go: load at the start and at the end of a
 * recording; what was there once stays known.
 */
struct kernel_symbol {
	const char *name;   /* demangled (the kernel has Rust); "bpf_prog_<tag>_<name>" */
	const char *system_name;
	const char *module; /* NULL: the kernel proper; "bpf", or the module's name */
	uint64_t start;
	uint64_t module_start; /* lowest address of that module's text symbols; _stext's for
				  the kernel proper */
};

/* 0; -EACCES when kptr_restrict hides the addresses; -ENODATA when there are no symbols;
 * another negative errno. What was loaded before stays in each case. */
int symbolizer_load_kernel(struct symbolizer *symbolizer);
/* True and *ret filled if a symbol covers the address. A text symbol of kallsyms has no size:
 * it ends at the next symbol, and the last one of a module after 64 KiB. Aliases: global before
 * weak before local, the shortest, the first by name; marks of sections last. Without memory
 * for a name it is not found. */
bool symbolizer_kernel(struct symbolizer *symbolizer, uint64_t address, struct kernel_symbol *ret);

/* What the unwinder, the collector and the reports need of an ELF file's headers. */
struct elf_info {
	uint8_t build_id[64];
	size_t build_id_size; /* 0: none */
	uint16_t type;        /* ET_EXEC, ET_DYN */
	uint16_t machine;
};

/* 0; -ENOEXEC if it is no ELF file; a negative errno. Reads headers and notes only. */
int elf_info_read(int fd, struct elf_info *ret);
int elf_info_read_image(const void *image, size_t size, struct elf_info *ret);

#endif
