/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives names to the locations of a profile that have none: live, with the
 * files that a recording has kept open, or later, with those that are found by
 * path. What has no symbol is called "[module+0x...]", by the start of its
 * function where that is known and else by its own offset, and is counted.
 */
#ifndef FLAMETAP_REPORT_RESOLVE_H
#define FLAMETAP_REPORT_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/symbolizer.h"

struct profile;

/*
 * Called once for each module that has unresolved locations, in the order of
 * their numbers and in the caller's thread: a descriptor of its file, to be
 * read with pread, and the root directory that its path and its debug file are
 * in. They stay the callee's, and must be good until the next call. ret
 * comes with the module's path, fd and root_fd -1; debuginfod, if it was asked
 * for the file itself, is filled in any case. 0; -ECANCELED to leave the
 * module's locations alone; -ESTALE when the file is there but is not the one
 * recorded; another negative errno when it cannot be had; -ENOMEM ends
 * everything.
 */
typedef int (*resolve_open_fn)(void *ctx, uint32_t module, struct symbolizer_module *ret);

/* Why a location has no name. */
enum resolve_cause {
	RESOLVE_NO_SYMBOL,   /* the file was read, no symbol of it covers the address */
	RESOLVE_ABSENT,      /* the file is not there */
	RESOLVE_OTHER_BUILD, /* there is another build of it */
	RESOLVE_NO_ELF,      /* it is no ELF file of this machine */
	RESOLVE_UNREADABLE,  /* it could not be opened or read */
	RESOLVE_STRIPPED,    /* it was read, and has no .symtab, nor is there a debug file */
	RESOLVE_DEBUG_BUILD, /* the same, and there is a debug file of another build */
	RESOLVE_DEBUG_CRC,   /* or of which the checksum is wrong */
	RESOLVE_N,
};

/* "no symbols", "file not found", ...: static strings. */
const char *resolve_cause_name(enum resolve_cause cause);

struct resolve_unnamed {
	uint32_t module;
	enum resolve_cause cause;
	enum debuginfod_answer debuginfod; /* not DEBUGINFOD_FOUND */
	uint64_t n_locations;
	int64_t weight; /* of samples that end there, in the profile's default value */
};

enum { RESOLVE_MODULES = 16 };

struct resolve_stats {
	uint64_t n_locations; /* that had no frames */
	uint64_t n_named;     /* of them, those that got a name */
	uint64_t n_unnamed[RESOLVE_N];
	int64_t weight_unnamed[RESOLVE_N];
	/* The modules with most unnamed weight, then most such locations. */
	struct resolve_unnamed modules[RESOLVE_MODULES];
	size_t n_modules;
	/* Units of split DWARF that are not there: how many, and the first one's file and module. */
	uint64_t n_split_missing;
	char split_missing[256];
	uint32_t split_module;
	uint64_t n_names_refused; /* that are more than SYMBOLIZER_MAX_NAMES */
};

/* Before profile_finish. Kernel, BPF and JIT addresses mean nothing later and are left alone.
 * Modules are resolved on as many CPUs as this process may use, up to RESOLVE_THREADS_MAX
 * (resolve_jobs.h); what comes of it does not depend on how many. 0, -ENOMEM or -E2BIG; files that
 * cannot be read are no error. */
int profile_resolve(struct profile *profile, struct symbolizer *symbolizer, resolve_open_fn open,
		    void *ctx, struct resolve_stats *ret);
/* The same on a certain number of threads. */
int profile_resolve_on(struct profile *profile, struct symbolizer *symbolizer, size_t n_threads,
		       resolve_open_fn open, void *ctx, struct resolve_stats *ret);

/* True for the name that profile_resolve gives a location of which it knows nothing but the
 * offset. A reader drops it, so that the location can be resolved where its file is. */
bool resolve_is_offset_name(const struct profile *profile, uint32_t module, uint64_t offset,
			    const char *name);

/*
 * The open function for recordings that are read back: ctx is a struct
 * resolve_by_path. Paths come from a file that anyone may have written: only
 * regular files are opened, and only a file with the recorded build-id is used
 * (one without a build-id for a module without one). Where there is none, a
 * debug file with that build-id stands for it.
 */
struct resolve_by_path {
	const struct profile *profile;
	const struct symbolizer *symbolizer;
	int fd; /* -1 at first */
};

int resolve_open_by_path(void *ctx, uint32_t module, struct symbolizer_module *ret);
void resolve_by_path_deinit(struct resolve_by_path *by_path);

#endif
