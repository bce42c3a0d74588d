// SPDX-License-Identifier: GPL-2.0-or-later
/* A trie of (caller, address) nodes, found again through a hash of both. */
#include "profiler/addresses.h"

#include <errno.h>
#include <string.h>

void addresses_init(struct addresses *addresses, uint32_t max_nodes, uint32_t max_stacks)
{
	memset(addresses, 0, sizeof(*addresses));
	addresses->max_nodes = max_nodes;
	addresses->max_stacks = max_stacks;
}

void addresses_deinit(struct addresses *addresses)
{
	vec_deinit(&addresses->nodes);
	hashindex_deinit(&addresses->index);
	idmap_deinit(&addresses->by_id);
	vec_deinit(&addresses->last);
}

struct wanted_node {
	const struct addresses *addresses;
	struct address_node node;
};

static bool node_equal(const void *ctx, uint32_t number)
{
	const struct wanted_node *wanted = ctx;
	const struct address_node *node = &wanted->addresses->nodes.data[number];

	return node->address == wanted->node.address && node->outer == wanted->node.outer;
}

static int addresses_node(struct addresses *addresses, uint32_t outer, uint64_t address,
			  uint32_t *ret)
{
	struct wanted_node wanted = { addresses, { address, outer } };
	uint64_t hash = hash_pair(outer, address);
	int err;

	if (hashindex_find(&addresses->index, hash, node_equal, &wanted, ret))
		return 0;
	if (addresses->nodes.n >= addresses->max_nodes)
		return -ENOSPC;
	err = vec_push(&addresses->nodes, wanted.node);
	if (err)
		return err;
	*ret = addresses->nodes.n - 1;
	return hashindex_add(&addresses->index, hash, *ret);
}

/* How many outermost frames a stack has in common with the one before it. */
static uint32_t common_frames(const struct addresses *addresses, const uint64_t *stack, uint32_t n)
{
	uint32_t common = 0;

	while (common < n && common < addresses->last.n &&
	       addresses->nodes.data[addresses->last.data[common]].address == stack[n - 1 - common])
		common++;
	return common;
}

static int add_frames(struct addresses *addresses, const uint64_t *stack, uint32_t n, uint32_t *ret)
{
	uint32_t done = common_frames(addresses, stack, n);
	int err = vec_reserve(&addresses->last, n);

	if (err)
		return err;
	addresses->last.n = done;
	while (!err && done < n) {
		uint32_t outer = done ? addresses->last.data[done - 1] + 1 : 0;

		err = addresses_node(addresses, outer, stack[n - 1 - done],
				     &addresses->last.data[done]);
		if (!err)
			addresses->last.n = ++done;
	}
	*ret = err ? 0 : addresses->last.data[n - 1];
	return err;
}

int addresses_add(struct addresses *addresses, uint64_t id, const uint64_t *stack, uint32_t n)
{
	uint32_t node = 0;
	int err = 0;

	if (idmap_find(&addresses->by_id, id, &node))
		return 0;
	if (addresses->by_id.n >= addresses->max_stacks)
		err = -ENOSPC;
	if (!err)
		err = add_frames(addresses, stack, n, &node);
	addresses->n_refused += err == -ENOSPC;
	return err ? err : idmap_put(&addresses->by_id, id, node);
}

uint32_t addresses_get(const struct addresses *addresses, uint64_t id, uint64_t *ret, uint32_t max)
{
	uint32_t node, n = 0;

	if (!idmap_find(&addresses->by_id, id, &node))
		return 0;
	for (uint32_t at = node + 1; at && n < max; at = addresses->nodes.data[at - 1].outer)
		ret[n++] = addresses->nodes.data[at - 1].address;
	return n;
}
