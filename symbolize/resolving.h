/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A module while its addresses are being resolved, with the sources that are
 * open on it: file offsets come in, chains of frames go out.
 */
#ifndef FLAMETAP_SYMBOLIZE_RESOLVING_H
#define FLAMETAP_SYMBOLIZE_RESOLVING_H

#include "symbolize/source.h"

enum { RESOLVING_SOURCES = 3, RESOLVING_CHAIN_SOURCES = 2 };

/* Fill module.file, module.names and, for what is a file, module.debug; zero the rest. */
struct resolving {
	struct symbol_module module;
	void *states[RESOLVING_SOURCES];
	bool tried[RESOLVING_SOURCES];
	void *chain_states[RESOLVING_CHAIN_SOURCES];
	bool chain_tried[RESOLVING_CHAIN_SOURCES];
};

/* Everything, module.file too. */
void resolving_deinit(struct resolving *resolving);

/* Answers each offset in order, as symbolizer_resolve_file does. May be called again: what it has
 * opened stays open. 0; what result returned, if that was negative; -ENOMEM or -E2BIG. */
int resolving_all(struct resolving *resolving, const uint64_t *offsets, size_t n,
		  symbolizer_result result, void *ctx);

#endif
