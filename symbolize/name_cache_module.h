/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One module's answers while a symbolizer is at work: those that the cache had,
 * and those that came since, which go into the cache at the end.
 */
#ifndef FLAMETAP_SYMBOLIZE_NAME_CACHE_MODULE_H
#define FLAMETAP_SYMBOLIZE_NAME_CACHE_MODULE_H

#include "symbolize/name_cache.h"
#include "symbolize/name_cache_table.h"

/* Answers that are gathered for later at most. Who asks for more, address by address, has them
 * worked out, but they are forgotten again. */
enum { NAME_CACHE_FRESH_MAX = 1 << 19 };

struct name_cache_module {
	struct name_cache_key key;
	struct name_cache_entry known;
	struct name_cache_table fresh;
	struct dwarf_outline outline;
	bool has_outline; /* what was known of it is in there */
	bool stripped;	  /* see symbolizer_debug */
	bool is_volatile; /* not to be written: see symbol_module */
};

/* Gets what is known. 0 or -ENOMEM. */
int name_cache_module_create(struct name_cache *cache, const struct name_cache_key *key,
			     struct name_cache_module **ret);
/* Puts what came since into the cache, as far as it can. Nothing may be asked of the module any
 * more; the strings of its answers stay. */
void name_cache_module_save(struct name_cache_module *module, struct name_cache *cache);
/* To be called between two batches: when there are too many answers, they are put into the cache, and
 * from then on nothing more is. */
void name_cache_module_bound(struct name_cache_module *module, struct name_cache *cache);
void name_cache_module_destroy(struct name_cache_module *module);

/* To be asked, and added to, when something is worked out. 0 or -ENOMEM. */
int name_cache_module_outline(struct name_cache_module *module, struct dwarf_outline **ret);

bool name_cache_module_has(const struct name_cache_module *module, uint64_t offset);

struct name_cache_frames {
	VEC(struct symbol_frame) frames;
};

/* The frames of an offset that it has, innermost first. 0 or -ENOMEM. */
int name_cache_module_get(const struct name_cache_module *module, uint64_t offset,
			  struct name_cache_frames *ret);
/* The same of an answer of module->known, by its number. */
int name_cache_module_known(const struct name_cache_module *module, uint32_t answer,
			    struct name_cache_frames *ret);

#endif
