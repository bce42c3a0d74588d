// SPDX-License-Identifier: GPL-2.0-or-later
// The call tree and a regular expression come in; out go the labels that match and what they make
// of the whole.

/**
 * @param {import('./tree_nodes.js').Tree} tree
 * @param {RegExp} pattern
 * @returns {{matched: Uint8Array, labels: number, nodes: number, self: number, total: number}}
 *     matched: by label; how many labels and nodes of the tree; self: sum of those; total: of all
 *     stacks with one of them, each once
 */
export function searchTree(tree, pattern) {
	/* One that keeps its place from text to text would skip some. */
	const plain = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
	const seen = new Uint8Array(tree.labels.length);
	const matched = new Uint8Array(tree.labels.length);
	const { self: ofSelf, total: ofTotal } = tree;
	let labels = 0, nodes = 0, self = 0, total = 0, countedTo = 1;
	for (let i = 1; i < tree.n; i++) {
		const label = tree.label[i];
		if (!seen[label]) {
			seen[label] = 1;
			matched[label] = plain.test(tree.labels[label]) ? 1 : 0;
			labels += matched[label];
		}
		if (!matched[label])
			continue;
		nodes++;
		self += ofSelf[i];
		if (i >= countedTo) {
			total += ofTotal[i];
			countedTo = tree.end[i];
		}
	}
	return { matched, labels, nodes, self, total };
}
