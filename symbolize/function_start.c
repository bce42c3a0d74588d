// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The last source: where no symbol covers an address, the start of its
 * function from .eh_frame, so that a report can show one box a function and
 * not one an address.
 */
#include <errno.h>

#include "base/guard.h"
#include "symbolize/cfi_section.h"
#include "symbolize/source.h"

int symbol_module_eh_frame(struct symbol_module *module, const struct eh_frame **ret)
{
	guard(cfi_section_deinit) struct cfi_section section = {};
	int err;

	*ret = &module->eh_frame;
	if (module->eh_frame_read)
		return 0;
	module->eh_frame_read = true;
	err = cfi_section_read_eh_frame(&module->file, &section);
	if (err)
		return err == -ENOMEM ? err : 0;
	return eh_frame_init(&module->eh_frame, section.bytes, section.size, section.vaddr,
			     section.to_end);
}

static int function_start_open(struct symbol_module *module, void **ret)
{
	const struct eh_frame *eh_frame;
	int err = symbol_module_eh_frame(module, &eh_frame);

	if (err)
		return err;
	*ret = (void *)eh_frame;
	return eh_frame->ranges.n ? 0 : -ENOENT;
}

static void function_start_close(void *state)
{
	(void)state; /* the module's */
}

static int function_start_find(void *state, uint64_t vaddr, struct symbol_frame *ret)
{
	const struct eh_frame_range *range = eh_frame_find(state, vaddr);

	if (range)
		ret->start = range->start;
	return range != NULL;
}

const struct symbol_source function_start_source = {
	.open = function_start_open,
	.close = function_start_close,
	.find = function_start_find,
};
