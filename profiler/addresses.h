/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw stacks by ID, kept so that they can be resolved anew when a process's
 * mappings change. Stacks that share their outer part share its nodes.
 */
#ifndef FLAMETAP_PROFILER_ADDRESSES_H
#define FLAMETAP_PROFILER_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/vec.h"

struct address_node {
	uint64_t address;
	uint32_t outer; /* number of the caller's node + 1; 0: this is the outermost */
};

struct addresses {
	VEC(struct address_node) nodes;
	struct hashindex index;
	struct idmap by_id; /* stack ID -> node of its leaf */
	/* The stack that was added last, from its outermost frame on: the next one mostly begins with
	 * much of it, which then needs no looking up. */
	VEC(uint32_t) last;
	uint32_t max_nodes, max_stacks;
	uint64_t n_refused; /* stacks that found no room */
};

void addresses_init(struct addresses *addresses, uint32_t max_nodes, uint32_t max_stacks);
void addresses_deinit(struct addresses *addresses);
/* stack: leaf first, n >= 1. 0; -ENOSPC when a maximum is reached; -ENOMEM. */
int addresses_add(struct addresses *addresses, uint64_t id, const uint64_t *stack, uint32_t n);
/* Copies up to max addresses, leaf first; returns how many, 0 for an unknown ID. */
uint32_t addresses_get(const struct addresses *addresses, uint64_t id, uint64_t *ret,
		       uint32_t max);

#endif
