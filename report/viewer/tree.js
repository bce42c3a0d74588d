// SPDX-License-Identifier: GPL-2.0-or-later
// Stacks and the weights of their samples come in; out goes the call tree of report/tree.c: frames
// of one label under one parent are one node. Nodes are numbered as a walk through the tree meets
// them, siblings in the order of their labels' bytes: the part below node i is [i + 1, end[i]).

import { PairTable } from './columns.js';
import { FRAME_KINDS } from './roots.js';

/**
 * @typedef {object} Tree all arrays by node; node 0 is the root
 * @property {number} n nodes
 * @property {string[]} labels
 * @property {import('./profile.js').Frame[]} frames
 * @property {object[]} modules
 * @property {Int32Array} label in labels
 * @property {Int32Array} frame in frames: one of those that are this node
 * @property {Uint8Array} kind in FRAME_KINDS of roots.js: the plainest of its frames'
 * @property {Int32Array} module in modules; 0: none; -1: several
 * @property {Uint8Array} isFunction 0: the root, a process, a thread, a note
 * @property {Uint8Array} usedFrames by number in frames: 1 for those that are in the tree
 * @property {Int32Array} parent the root's is 0 itself
 * @property {Int32Array} first its first child, 0: none
 * @property {Int32Array} next its next sibling, 0: none
 * @property {Int32Array} end the node behind all that is below it
 * @property {Int32Array} depth of the root: 0
 * @property {number} maxDepth
 * @property {Float64Array} self
 * @property {Float64Array} total
 * @property {Float64Array} start its left edge, in units of the value
 */

/** By code points, which is the order of UTF-8's bytes; `<` has surrogates before U+E000. */
function compareTexts(a, b) {
	const n = Math.min(a.length, b.length);
	for (let i = 0; i < n; i++) {
		let x = a.charCodeAt(i), y = b.charCodeAt(i);
		if (x === y)
			continue;
		if (x >= 0xd800 && y >= 0xd800) {
			x += x >= 0xe000 ? -0x2000 : 0x2000;
			y += y >= 0xe000 ? -0x2000 : 0x2000;
		}
		return x - y;
	}
	return a.length - b.length;
}

const labelRanks = new WeakMap();

/**
 * @param {string[]} labels
 * @returns {Int32Array} the place of each when they are sorted by their bytes
 */
export function rankLabels(labels) {
	const known = labelRanks.get(labels);
	if (known && known.length === labels.length)
		return known;
	const plain = !labels.some(label => /[\ud800-\uffff]/.test(label));
	const numbers = new Int32Array(labels.length);
	const ranks = new Int32Array(labels.length);
	for (let i = 0; i < labels.length; i++)
		numbers[i] = i;
	numbers.sort(plain
		? (a, b) => (labels[a] < labels[b] ? -1 : labels[a] > labels[b] ? 1 : 0)
		: (a, b) => compareTexts(labels[a], labels[b]));
	for (let i = 0; i < numbers.length; i++)
		ranks[numbers[i]] = i;
	labelRanks.set(labels, ranks);
	return ranks;
}

/**
 * Numbers nodes as a walk meets them, siblings by rank, without comparing siblings: nodes are
 * grouped by rank, and the groups put in front of their parents' lists from the last to the first.
 * @param {Int32Array} parent of a node: it stands before it; node 0 is the root
 * @param {Int32Array} label
 * @param {Int32Array} ranks of labels
 * @returns {{order: Int32Array, end: Int32Array}} order[i] is the node that becomes number i;
 *     end by its new number
 */
function walkOrder(parent, label, ranks) {
	const n = parent.length;
	const byRank = sortByRank(label, ranks);
	const first = new Int32Array(n), next = new Int32Array(n);
	const order = new Int32Array(n), end = new Int32Array(n), number = new Int32Array(n);
	for (let i = n - 1; i >= 0; i--) {
		const node = byRank[i];
		if (!node)
			continue;
		next[node] = first[parent[node]];
		first[parent[node]] = node;
	}
	for (let node = 0, count = 0;;) {
		number[node] = count;
		order[count++] = node;
		if (first[node]) {
			node = first[node];
			continue;
		}
		while (node && !next[node]) {
			end[number[node]] = count;
			node = parent[node];
		}
		end[number[node]] = count;
		if (!node)
			return { order, end };
		node = next[node];
	}
}

function sortByRank(label, ranks) {
	const starts = new Int32Array(ranks.length + 1);
	const sorted = new Int32Array(label.length);
	for (let i = 0; i < label.length; i++)
		starts[ranks[label[i]] + 1]++;
	for (let i = 0; i < ranks.length; i++)
		starts[i + 1] += starts[i];
	for (let i = 0; i < label.length; i++)
		sorted[starts[ranks[label[i]]]++] = i;
	return sorted;
}

const mergedStacks = new WeakMap();

/**
 * All stacks as nodes, of whatever weight: what does not change while only samples come and go.
 * @returns {{n: number, of: Int32Array, parent: Int32Array, label: Int32Array}} nodes in walking
 *     order; of[stack] is its node
 */
function mergeStacks(stacks) {
	const known = mergedStacks.get(stacks.stackParent);
	if (known)
		return known;
	const { stackParent, stackFrame, frames } = stacks;
	const frameLabel = Int32Array.from(frames, frame => frame.label);
	const nodes = new PairTable(stackParent.length);
	const of = new Int32Array(stackParent.length);
	for (let i = 1; i < stackParent.length; i++)
		of[i] = nodes.intern(of[stackParent[i]], frameLabel[stackFrame[i]]) + 1;
	const parent = new Int32Array(nodes.n + 1), label = new Int32Array(nodes.n + 1);
	parent.set(nodes.a.subarray(0, nodes.n), 1);
	label.set(nodes.b.subarray(0, nodes.n), 1);
	const { order } = walkOrder(parent, label, rankLabels(stacks.labels));
	const merged = renumber(order, parent, label);
	for (let i = 1; i < of.length; i++)
		of[i] = merged.number[of[i]];
	merged.of = of;
	mergedStacks.set(stacks.stackParent, merged);
	return merged;
}

function renumber(order, parent, label) {
	const n = order.length;
	const number = new Int32Array(n), newParent = new Int32Array(n), newLabel = new Int32Array(n);
	for (let i = 0; i < n; i++)
		number[order[i]] = i;
	for (let i = 1; i < n; i++) {
		newParent[i] = number[parent[order[i]]];
		newLabel[i] = label[order[i]];
	}
	return { n, number, parent: newParent, label: newLabel };
}

/**
 * Arrays of a tree whose nodes stand in walking order, from parent and label; what is summed and
 * what is known of frames is still to be filled in.
 */
function makeTree(stacks, parent, label) {
	const n = parent.length;
	return {
		n, labels: stacks.labels, frames: stacks.frames, modules: stacks.modules,
		label, parent,
		frame: new Int32Array(n), kind: new Uint8Array(n).fill(255), module: new Int32Array(n),
		isFunction: new Uint8Array(n), usedFrames: new Uint8Array(stacks.frames.length),
		first: new Int32Array(n), next: new Int32Array(n), end: new Int32Array(n),
		depth: new Int32Array(n), maxDepth: 0,
		self: new Float64Array(n), total: new Float64Array(n), start: new Float64Array(n),
	};
}

/** Frames of one label are one box even if they differ: it is then shown as the plainer kind, and
 * claims no module that is true for a part of it only. */
function addFrame(tree, node, number) {
	const frame = tree.frames[number];
	const kind = FRAME_KINDS.indexOf(frame.kind);
	tree.usedFrames[number] = 1;
	if (tree.kind[node] === 255) {
		tree.frame[node] = number;
		tree.kind[node] = kind;
		tree.module[node] = frame.module;
		tree.isFunction[node] = frame.function >= 0 ? 1 : 0;
		return;
	}
	if (tree.frame[node] === number)
		return;
	if (kind < tree.kind[node])
		tree.kind[node] = kind;
	if (frame.module !== tree.module[node])
		tree.module[node] = -1;
	if (frame.function >= 0)
		tree.isFunction[node] = 1;
}

/** Everything that follows from parent and self of nodes in walking order. */
function finishTree(tree) {
	const { n, parent, first, next, end, depth, self, total, start } = tree;
	const fill = new Float64Array(n); // where the next child begins
	const last = new Int32Array(n);
	tree.kind[0] = FRAME_KINDS.indexOf('root');
	for (let i = n - 1; i >= 0; i--) {
		total[i] += self[i];
		end[i] = Math.max(end[i], i + 1);
		if (i) {
			total[parent[i]] += total[i];
			end[parent[i]] = Math.max(end[parent[i]], end[i]);
		}
	}
	for (let i = 1; i < n; i++) {
		const above = parent[i];
		if (last[above])
			next[last[above]] = i;
		else
			first[above] = i;
		last[above] = i;
		depth[i] = depth[above] + 1;
		if (depth[i] > tree.maxDepth)
			tree.maxDepth = depth[i];
		start[i] = fill[i] = fill[above];
		fill[above] += Math.max(0, total[i]);
	}
	return tree;
}

/**
 * @param {import('./profile.js').Stacks} stacks a profile, or what refine() made of it
 * @param {number} value which of its values; samples where that is 0 make no nodes
 * @returns {Tree}
 */
export function treeOf(stacks, value) {
	const { stackParent, stackFrame, sampleStack } = stacks;
	const merged = mergeStacks(stacks);
	const values = stacks.values[value];
	const nStacks = stackParent.length;
	const used = new Uint8Array(nStacks), usedNode = new Uint8Array(merged.n);
	for (let i = 0; i < sampleStack.length; i++)
		if (values[i])
			used[sampleStack[i]] = 1;
	for (let i = nStacks - 1; i > 0; i--) {
		if (used[i]) {
			used[stackParent[i]] = 1;
			usedNode[merged.of[i]] = 1;
		}
	}
	const { tree, number } = keepNodes(stacks, merged, usedNode);
	for (let i = 0; i < sampleStack.length; i++)
		if (values[i])
			tree.self[number[merged.of[sampleStack[i]]]] += values[i];
	for (let i = 1; i < nStacks; i++)
		if (used[i])
			addFrame(tree, number[merged.of[i]], stackFrame[i]);
	return finishTree(tree);
}

/** The tree of those nodes that are used; number is by node of all. */
function keepNodes(stacks, merged, usedNode) {
	const number = new Int32Array(merged.n);
	let n = 1;
	for (let i = 1; i < merged.n; i++)
		if (usedNode[i])
			number[i] = n++;
	const parent = new Int32Array(n), label = new Int32Array(n);
	for (let i = 1; i < merged.n; i++) {
		if (usedNode[i]) {
			parent[number[i]] = number[merged.parent[i]];
			label[number[i]] = merged.label[i];
		}
	}
	return { tree: makeTree(stacks, parent, label), number };
}

/**
 * @param {Tree} tree
 * @param {number} node
 * @returns {string[]} labels from the root's child to the node; [] for the root
 */
export function pathOf(tree, node) {
	const path = [];
	for (; node; node = tree.parent[node])
		path.push(tree.labels[tree.label[node]]);
	return path.reverse();
}

/**
 * @param {Tree} tree
 * @param {string[]} path as pathOf() gives it, of this tree or of another
 * @returns {number} the node, 0 for []; -1 if there is none
 */
export function nodeAt(tree, path) {
	let node = 0;
	for (const label of path) {
		node = tree.first[node];
		while (node && tree.labels[tree.label[node]] !== label)
			node = tree.next[node];
		if (!node)
			return -1;
	}
	return node;
}
