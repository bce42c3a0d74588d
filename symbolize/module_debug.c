// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens what debug_file.c and minidebug.c find and keeps it with the module.
 */
#include "symbolize/module_debug.h"

#include <errno.h>

#include "symbolize/minidebug.h"
#include "symbolize/source.h"

void module_debug_init(struct module_debug *debug, const struct symbolizer_module *module,
		       const char *const *dirs, size_t n_dirs, struct debuginfod *debuginfod)
{
	*debug = (struct module_debug){
		.module = *module,
		.dirs = dirs,
		.n_dirs = n_dirs,
		.debuginfod = debuginfod,
		.enabled = true,
		.separate.found.fd = -1,
		.alternate.found.fd = -1,
	};
}

static void module_file_deinit(struct module_file *file)
{
	if (!file->tried)
		return;
	if (file->is_there)
		elf_file_deinit(&file->elf);
	if (file->found.how)
		debug_file_deinit(&file->found);
	elf_section_unload(&file->image);
}

void module_debug_deinit(struct module_debug *debug)
{
	module_file_deinit(&debug->separate);
	module_file_deinit(&debug->alternate);
	module_file_deinit(&debug->mini);
}

static void fill_wanted(const struct symbol_module *module, const struct elf_info *info,
			struct debug_wanted *ret)
{
	const struct module_debug *debug = &module->debug;

	*ret = (struct debug_wanted){
		.file = &module->file,
		.build_id = info->build_id,
		.build_id_size = info->build_id_size,
		.path = debug->module.path,
		.root_fd = debug->module.root_fd,
		.dirs = debug->dirs,
		.n_dirs = debug->n_dirs,
		.debuginfod = debug->debuginfod,
	};
}

/* 1: it is to be looked for, once. Else the answer, which is the same ever after. */
static int begin(struct symbol_module *module, struct module_file *file,
		 const struct elf_file **ret)
{
	if (!module->debug.enabled)
		return -ENOENT;
	if (!file->tried) {
		file->tried = true;
		return 1;
	}
	*ret = &file->elf;
	return file->is_there ? 0 : -ENOENT;
}

static int answer(struct module_file *file, int err, const struct elf_file **ret)
{
	if (!err && file->found.how) {
		err = elf_file_init(&file->elf, file->found.fd);
		file->is_there = !err;
	}
	*ret = &file->elf;
	if (err == -ENOMEM)
		return err;
	return file->is_there ? 0 : -ENOENT;
}

int module_debug_separate(struct symbol_module *module, const struct elf_file **ret)
{
	struct module_file *file = &module->debug.separate;
	int err = begin(module, file, ret);
	struct debug_wanted wanted;
	struct elf_info info = {};

	if (err <= 0)
		return err;
	if (elf_info_read(module->file.fd, &info))
		info.build_id_size = 0;
	fill_wanted(module, &info, &wanted);
	err = debug_file_find(&wanted, &file->found);
	return answer(file, err, ret);
}

int module_debug_alternate(struct symbol_module *module, const struct elf_file **ret)
{
	struct module_file *file = &module->debug.alternate;
	int err = begin(module, file, ret);
	const struct elf_file *of = &module->file;
	const struct debug_file *found = NULL;
	struct debug_wanted wanted;
	struct elf_info info = {};

	if (err <= 0)
		return err;
	err = 0;
	if (!elf_file_section(of, ".gnu_debugaltlink")) {
		err = module_debug_separate(module, &of);
		found = &module->debug.separate.found;
	}
	if (!err) {
		fill_wanted(module, &info, &wanted);
		err = debug_file_find_alternate(&wanted, of, found, &file->found);
	}
	return answer(file, err, ret);
}

int module_debug_mini(struct symbol_module *module, const struct elf_file **ret)
{
	struct module_file *file = &module->debug.mini;
	int err = begin(module, file, ret);

	if (err <= 0)
		return err;
	err = minidebug_load(&module->file, &file->image);
	if (!err)
		err = elf_file_init_image(&file->elf, file->image.data, file->image.size);
	file->is_there = !err;
	return answer(file, err, ret);
}

void module_debug_outcome(const struct module_debug *debug, struct symbolizer_debug *ret)
{
	ret->stripped = debug->stripped;
	ret->n_split_missing = debug->n_split_missing;
	ret->split_missing = debug->split_missing;
	ret->how = debug->separate.found.how;
	ret->refused = debug->separate.found.refused;
	ret->debuginfod = debug->separate.found.debuginfod;
	if (ret->debuginfod == DEBUGINFOD_NOT_ASKED || ret->debuginfod == DEBUGINFOD_FOUND)
		ret->debuginfod = debug->alternate.found.debuginfod;
}
