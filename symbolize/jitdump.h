/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of a jit-PID.dump, the form that perf gives to what runtimes tell of the code
 * they make, come in (linux/tools/perf/Documentation/jitdump-specification.txt); names of the
 * wanted addresses go out. The last load or move on an address holds: samples
 * are not told apart by the times of the records.
 */
#ifndef FLAMETAP_SYMBOLIZE_JITDUMP_H
#define FLAMETAP_SYMBOLIZE_JITDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/code_names.h"

enum {
	JITDUMP_MAX_RECORDS = 1 << 20, /* looked at; V8 and JVMs write 2,000 to 50,000 loads */
	JITDUMP_MAX_NAME = 64 << 10,
	JITDUMP_MAX_READ = 1 << 30, /* bytes; after that as many again for names */
};

struct jitdump_counts {
	uint64_t n_loads, n_moves;
	bool cut; /* there is more than was looked at, or it is damaged from some place on */
};

/* Gives the names of a file, at most those that the records up to its size or the bound tell of.
 * 0; -ENOEXEC: it is none of this machine's byte order; -ENOMEM; an errno of fstat and pread. */
int jitdump_read(int fd, struct code_names *names, struct jitdump_counts *counts);
/* The same of bytes in memory. */
int jitdump_parse(const void *bytes, size_t size, struct code_names *names,
		  struct jitdump_counts *counts);

#endif
