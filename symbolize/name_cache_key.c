// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A module comes in; the identities of its files go out. Nothing is read but
 * headers and notes.
 */
#include "symbolize/name_cache_key.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "symbolize/source.h"

static uint64_t hash_headers(const struct elf_file *file)
{
	uint64_t hash = hash_bytes(&file->header, sizeof(file->header));

	hash = hash_pair(hash, hash_bytes(file->segments.data, file->segments.n *
								       sizeof(Elf64_Phdr)));
	return hash_pair(hash, hash_bytes(file->sections.data, file->sections.n *
								       sizeof(Elf64_Shdr)));
}

/* 0 or -ENOENT. */
static int identify(const struct elf_file *file, struct name_cache_file *ret)
{
	struct elf_info info;
	struct stat st;

	if (file->fd < 0 || fstat(file->fd, &st) || elf_info_read(file->fd, &info) ||
	    !info.build_id_size || info.build_id_size > sizeof(ret->build_id))
		return -ENOENT;
	memcpy(ret->build_id, info.build_id, info.build_id_size);
	ret->build_id_size = info.build_id_size;
	ret->owner = st.st_uid;
	ret->size = st.st_size;
	ret->mtime_s = st.st_mtim.tv_sec;
	ret->mtime_ns = st.st_mtim.tv_nsec;
	ret->headers = hash_headers(file);
	return 0;
}

static int identify_other(struct symbol_module *module,
			  int (*find)(struct symbol_module *, const struct elf_file **),
			  struct name_cache_file *ret)
{
	const struct elf_file *file;
	int err = find(module, &file);

	if (err)
		return err == -ENOMEM ? err : 0;
	return identify(file, ret);
}

static bool has_symtab(const struct elf_file *file)
{
	vec_each(&file->sections, section)
		if (section->sh_type == SHT_SYMTAB)
			return true;
	return false;
}

int name_cache_key_init(struct name_cache_key *key, struct symbol_module *module)
{
	int err;

	if (!module->debug.enabled)
		return -ENOENT;
	err = identify(&module->file, &key->module);
	if (err)
		return err;
	/* The sources look for a debug file under the same conditions; where they have another
	 * reason to, name_cache_key_holds will tell. */
	if (!has_symtab(&module->file) || !elf_file_section(&module->file, ".debug_info"))
		err = identify_other(module, module_debug_separate, &key->separate);
	if (!err)
		err = identify_other(module, module_debug_alternate, &key->alternate);
	/* That one looks for the debug file too, if it is the one to name it. */
	if (!err && module->debug.separate.tried && !key->separate.build_id_size)
		err = identify_other(module, module_debug_separate, &key->separate);
	return err;
}

static bool is_same(const struct elf_file *file, const struct name_cache_file *known)
{
	struct stat st;

	return !fstat(file->fd, &st) && (uint64_t)st.st_size == known->size &&
	       st.st_mtim.tv_sec == known->mtime_s && st.st_mtim.tv_nsec == known->mtime_ns;
}

static bool other_is_same(const struct module_file *file, const struct name_cache_file *known)
{
	return file->is_there ? known->build_id_size && is_same(&file->elf, known) :
				!known->build_id_size;
}

bool name_cache_key_holds(const struct name_cache_key *key, const struct symbol_module *module)
{
	return is_same(&module->file, &key->module) &&
	       other_is_same(&module->debug.separate, &key->separate) &&
	       other_is_same(&module->debug.alternate, &key->alternate);
}
