/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the names of a module's addresses depend on: the module, the debug
 * files that were found for it, the program that worked the names out, and how
 * it was asked to. Two keys with the same bytes stand for the same answers.
 */
#ifndef FLAMETAP_SYMBOLIZE_NAME_CACHE_KEY_H
#define FLAMETAP_SYMBOLIZE_NAME_CACHE_KEY_H

#include <stdbool.h>
#include <stdint.h>

struct symbol_module;

enum { NAME_CACHE_ID_SIZE = 64 };

/*
 * One ELF file. A build-id alone is not enough: a program has the same one before and after it was
 * stripped, linkers can be told what it is to be, and a copy of a file with other names in it can
 * be anyone's. So there are the file's headers, size, time and owner besides; what is moved or
 * copied with its time stays known.
 */
struct name_cache_file {
	uint8_t build_id[NAME_CACHE_ID_SIZE];
	uint32_t build_id_size; /* 0: there is no such file */
	uint32_t owner;
	uint64_t size;
	int64_t mtime_s, mtime_ns;
	uint64_t headers; /* hash of the ELF header, the segments and the sections */
};

struct name_cache_key {
	uint8_t program[NAME_CACHE_ID_SIZE]; /* see name_cache_options */
	uint64_t no_demangle;
	struct name_cache_file module, separate, alternate;
};

/*
 * Looks for the module's debug files and fills the part of the key that is about files. 0; -ENOENT:
 * what the module's names depend on cannot be told (it, or a debug file of it, has no build-id;
 * it is no file); -ENOMEM.
 */
int name_cache_key_init(struct name_cache_key *key, struct symbol_module *module);

/* Whether answers that were worked out meanwhile are of these files still, and of no others. */
bool name_cache_key_holds(const struct name_cache_key *key, const struct symbol_module *module);

#endif
