// SPDX-License-Identifier: GPL-2.0-or-later
// What call trees of all sorts are made with: labels in the order of their bytes, nodes in the
// order of a walk, sums. Trees have hundreds of thousands of nodes, so they are typed arrays, and
// nothing here recurses.

import { grown } from './columns.js';
import { FRAME_KINDS } from './roots.js';

/**
 * Nodes are numbered as a walk through the tree meets them, siblings in the order of their labels'
 * bytes: the part below node i is [i + 1, end[i]).
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
	const sorted = labels.map((text, number) => ({ text, number }));
	sorted.sort(plain
		? (a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)
		: (a, b) => compareTexts(a.text, b.text));
	const ranks = new Int32Array(labels.length);
	for (let i = 0; i < sorted.length; i++)
		ranks[sorted[i].number] = i;
	labelRanks.set(labels, ranks);
	return ranks;
}

const knownColumns = new WeakMap();

/**
 * What is asked of frames for each node, in columns.
 * @param {import('./profile.js').Frame[]} frames a list that does not change any more
 */
export function frameColumns(frames) {
	const known = knownColumns.get(frames);
	if (known)
		return known;
	const n = frames.length;
	const columns = { label: new Int32Array(n), kind: new Uint8Array(n),
		module: new Int32Array(n), isFunction: new Uint8Array(n) };
	for (let i = 0; i < n; i++) {
		const frame = frames[i];
		columns.label[i] = frame.label;
		columns.kind[i] = FRAME_KINDS.indexOf(frame.kind);
		columns.module[i] = frame.module;
		columns.isFunction[i] = frame.function >= 0 ? 1 : 0;
	}
	knownColumns.set(frames, columns);
	return columns;
}

/** Children of one node on their way into the order of their labels; those of one label are one. */
export class ChildSorter {
	constructor(ranks) {
		this.ranks = ranks;
		this.n = 0;
		this.rank = new Int32Array(64);
		this.head = new Int32Array(64); // in the order in which they came
		this.indexOf = new Int32Array(ranks.length); // by rank: its place in head
		this.seen = new Int32Array(ranks.length); // by rank: the node it was last seen under, + 1
	}

	/** For the next node. */
	clear() {
		this.n = 0;
	}

	/**
	 * Adds a stack (any number but 0) with this label beneath a node.
	 * @returns {number} the one that had that label before it, 0: none
	 */
	add(stack, label, node) {
		const rank = this.ranks[label];
		if (this.seen[rank] === node + 1) {
			const at = this.indexOf[rank], before = this.head[at];
			this.head[at] = stack;
			return before;
		}
		if (this.n === this.rank.length) {
			this.rank = grown(this.rank, this.n + 1);
			this.head = grown(this.head, this.n + 1);
		}
		this.seen[rank] = node + 1;
		this.indexOf[rank] = this.n;
		this.rank[this.n] = rank;
		this.head[this.n++] = stack;
		return 0;
	}

	/** Afterwards rank is in order, and headAt(i) belongs to rank[i]. */
	sort() {
		const { n, rank } = this;
		if (n > 20) {
			rank.subarray(0, n).sort();
			return;
		}
		for (let i = 1; i < n; i++) {
			const value = rank[i];
			let at = i;
			for (; at > 0 && rank[at - 1] > value; at--)
				rank[at] = rank[at - 1];
			rank[at] = value;
		}
	}

	headAt(i) {
		return this.head[this.indexOf[this.rank[i]]];
	}
}

/**
 * Lists of children from the parents of what stands behind them.
 * @returns {{first: Int32Array, next: Int32Array}} the first child of each, the next one beside it;
 *     0: none
 */
export function listChildren(parent) {
	const n = parent.length;
	const first = new Int32Array(n), next = new Int32Array(n);
	for (let i = n - 1; i > 0; i--) {
		next[i] = first[parent[i]];
		first[parent[i]] = i;
	}
	return { first, next };
}

/**
 * Stacks of one label beside each other become one node; nodes are numbered as a walk meets them,
 * siblings in the order of their labels' ranks.
 * @param {{first: Int32Array, next: Int32Array}} lists of children
 * @param {Int32Array} label of a stack
 * @param {Int32Array} ranks of labels
 * @param {number[]|Int32Array} roots stacks, not beneath each other, that are the root together
 * @returns {{n: number, of: Int32Array, parent: Int32Array, label: Int32Array}} nodes; of[stack] is
 *     its node
 */
export function mergeByLabel({ first, next }, label, ranks, roots) {
	const nStacks = label.length;
	const same = new Int32Array(nStacks); // another stack of the same node, 0: none
	const of = new Int32Array(nStacks);
	const nodeParent = new Int32Array(nStacks), nodeLabel = new Int32Array(nStacks);
	/* Nodes still to be numbered: one of their stacks, and their parents. */
	const waiting = new Int32Array(nStacks), above = new Int32Array(nStacks);
	const children = new ChildSorter(ranks);
	let nWaiting = 1, n = 0;
	for (let i = 1; i < roots.length; i++)
		same[roots[i]] = roots[i - 1];
	waiting[0] = roots[roots.length - 1];
	while (nWaiting) {
		const head = waiting[--nWaiting], node = n++;
		nodeParent[node] = above[nWaiting];
		nodeLabel[node] = label[head];
		children.clear();
		let stack = head;
		do {
			of[stack] = node;
			for (let child = first[stack]; child; child = next[child])
				same[child] = children.add(child, label[child], node);
			stack = same[stack];
		} while (stack);
		children.sort();
		for (let i = children.n - 1; i >= 0; i--) {
			waiting[nWaiting] = children.headAt(i);
			above[nWaiting++] = node;
		}
	}
	return { n, of, parent: nodeParent.subarray(0, n), label: nodeLabel.subarray(0, n) };
}

/**
 * Says that a node of a tree is among others also this, which is of a kind and in a module: it is
 * then shown as the plainer kind, and claims no module that is true for a part of it only.
 */
export function addToNode(tree, node, frame, kind, module, isFunction) {
	if (tree.kind[node] === 255) {
		tree.frame[node] = frame;
		tree.kind[node] = kind;
		tree.module[node] = module;
		tree.isFunction[node] = isFunction;
		return;
	}
	if (kind < tree.kind[node])
		tree.kind[node] = kind;
	if (module !== tree.module[node])
		tree.module[node] = -1;
	tree.isFunction[node] |= isFunction;
}

/**
 * A tree whose nodes stand in walking order already; self and what is known of its frames are still
 * to be filled in, then finishTree() does the rest.
 * @returns {Tree}
 */
export function makeTree({ labels, frames, modules }, parent, label) {
	const n = parent.length;
	return {
		n, labels, frames, modules, label, parent,
		frame: new Int32Array(n), kind: new Uint8Array(n).fill(255), module: new Int32Array(n),
		isFunction: new Uint8Array(n), usedFrames: new Uint8Array(frames.length),
		first: new Int32Array(n), next: new Int32Array(n), end: new Int32Array(n),
		depth: new Int32Array(n), maxDepth: 0,
		self: new Float64Array(n), total: new Float64Array(n), start: new Float64Array(n),
	};
}

/** Everything that follows from the parents and self values of nodes in walking order. */
export function finishTree(tree) {
	const { n, parent, first, next, end, depth, self, total, start } = tree;
	const fill = new Float64Array(n); // where the next child begins
	let maxDepth = 0;
	if (tree.kind[0] === 255)
		tree.kind[0] = 0;
	/* From the last to the first, children stand before their parents and right before left. */
	for (let i = n - 1; i > 0; i--) {
		const above = parent[i];
		total[i] += self[i];
		total[above] += total[i];
		if (!end[i])
			end[i] = i + 1;
		if (!end[above])
			end[above] = end[i];
		next[i] = first[above];
		first[above] = i;
	}
	total[0] += self[0];
	end[0] = n;
	for (let i = 1; i < n; i++) {
		const above = parent[i];
		depth[i] = depth[above] + 1;
		maxDepth = Math.max(maxDepth, depth[i]);
		start[i] = fill[i] = fill[above];
		fill[above] += Math.max(0, total[i]);
	}
	tree.maxDepth = maxDepth;
	return tree;
}
