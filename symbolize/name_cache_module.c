// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks into what was known and into what came since, and writes both together.
 */
#include "symbolize/name_cache_module.h"

#include <errno.h>
#include <stdlib.h>

#include "base/guard.h"

int name_cache_module_create(struct name_cache *cache, const struct name_cache_key *key,
			     struct name_cache_module **ret)
{
	guard_free struct name_cache_module *module = calloc(1, sizeof(*module));
	int err;

	if (!module)
		return -ENOMEM;
	module->key = *key;
	err = name_cache_load(cache, key, &module->known);
	if (err == -ENOMEM)
		return err;
	module->stripped = !err && module->known.header->flags & NAME_CACHE_STRIPPED;
	*ret = take_ptr(module);
	return 0;
}

void name_cache_module_destroy(struct name_cache_module *module)
{
	if (!module)
		return;
	name_cache_table_deinit(&module->fresh);
	name_cache_entry_deinit(&module->known);
	dwarf_outline_deinit(&module->outline);
	free(module);
}

void name_cache_module_save(struct name_cache_module *module, struct name_cache *cache)
{
	uint32_t flags = module->stripped ? NAME_CACHE_STRIPPED : 0;

	if (!module->fresh.answers.n || module->is_volatile)
		return;
	module->is_volatile = true; /* from here on: once is enough */
	/* Where both would be too much for one file, only what was asked for last is kept. */
	if ((module->known.bytes && module->known.header->size > NAME_CACHE_ENTRY_MAX / 2) ||
	    !name_cache_table_add_entry(&module->fresh, &module->known))
		name_cache_store(cache, &module->key, &module->fresh, flags);
}

void name_cache_module_bound(struct name_cache_module *module, struct name_cache *cache)
{
	if (module->fresh.answers.n < NAME_CACHE_FRESH_MAX)
		return;
	name_cache_module_save(module, cache);
	name_cache_table_deinit(&module->fresh);
	module->fresh = (struct name_cache_table){};
	module->is_volatile = true;
}

int name_cache_module_outline(struct name_cache_module *module, struct dwarf_outline **ret)
{
	const struct name_cache_entry *known = &module->known;
	int err = 0;

	if (!module->has_outline && known->bytes)
		err = dwarf_outline_load(&module->outline, known->units, known->header->n_units,
					 known->functions, known->header->n_functions, known->rows,
					 known->header->n_rows);
	module->has_outline = true;
	module->fresh.outline = &module->outline;
	*ret = &module->outline;
	return err;
}

bool name_cache_module_has(const struct name_cache_module *module, uint64_t offset)
{
	uint32_t answer;

	return name_cache_entry_find(&module->known, offset, &answer) ||
	       name_cache_table_find(&module->fresh, offset, &answer);
}

int name_cache_module_known(const struct name_cache_module *module, uint32_t answer,
			    struct name_cache_frames *ret)
{
	struct name_cache_walk walk = name_cache_entry_walk(&module->known, answer);
	struct symbol_frame frame;
	int err = 0;

	ret->frames.n = 0;
	while (!err && name_cache_entry_next(&module->known, &walk, &frame))
		err = vec_push(&ret->frames, frame);
	return err;
}

int name_cache_module_get(const struct name_cache_module *module, uint64_t offset,
			  struct name_cache_frames *ret)
{
	struct symbol_frame frame;
	struct name_cache_walk walk;
	uint32_t answer;
	int err = 0;

	if (name_cache_entry_find(&module->known, offset, &answer))
		return name_cache_module_known(module, answer, ret);
	ret->frames.n = 0;
	if (name_cache_table_find(&module->fresh, offset, &answer)) {
		walk = name_cache_table_walk(&module->fresh, answer);
		while (!err && name_cache_table_next(&module->fresh, &walk, &frame))
			err = vec_push(&ret->frames, frame);
	}
	return err;
}
