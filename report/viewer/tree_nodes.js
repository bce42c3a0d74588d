// SPDX-License-Identifier: GPL-2.0-or-later
// What call trees of all sorts are made with: labels in the order of their bytes, nodes in the
// order of a walk. Trees have hundreds of thousands of nodes: nothing here recurses.

import { grown } from './columns.js';
import { FRAME_KINDS } from './roots.js';

/** @typedef {import('./call_tree.js').CallTree} Tree */

/** By code points, which is the order of UTF-8's bytes; `<` has surrogates before U+E000. */
export function compareTexts(a, b) {
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
 * @param {string[]} labels each once
 * @returns {Int32Array} the place of each when they are sorted by their bytes
 */
export function rankLabels(labels) {
	const known = labelRanks.get(labels);
	if (known && known.length === labels.length)
		return known;
	const plain = !/[\ud800-\uffff]/.test(labels.join(''));
	const numbers = new Map();
	for (let i = 0; i < labels.length; i++)
		numbers.set(labels[i], i);
	/* Without a function of one's own to compare them, it is done in a quarter of the time. */
	const sorted = plain ? labels.slice().sort() : labels.slice().sort(compareTexts);
	const ranks = new Int32Array(labels.length);
	for (let i = 0; i < sorted.length; i++)
		ranks[numbers.get(sorted[i])] = i;
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

/** Children of one node on their way into the order of their ranks; those of one rank are one. */
export class ChildSorter {
	constructor(nRanks) {
		this.n = 0;
		this.rank = new Int32Array(64);
		this.head = new Int32Array(64); // in the order in which they came
		this.indexOf = new Int32Array(nRanks); // by rank: its place in head
		this.seen = new Int32Array(nRanks); // by rank: the node it was last seen under, + 1
	}

	/** For the next node. */
	clear() {
		this.n = 0;
	}

	/**
	 * Adds a stack (any number but 0) with this rank beneath a node.
	 * @returns {number} the one that had that rank before it, 0: none
	 */
	add(stack, rank, node) {
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
 * siblings in the order of their ranks.
 * @param {{first: Int32Array, next: Int32Array}} lists of children
 * @param {Int32Array} key by stack, whose rank is ranks[key]: stacks of one label have one rank
 * @param {Int32Array} ranks
 * @param {number} nRanks all are less
 * @param {number[]|Int32Array} roots stacks, not beneath each other, that are the root together
 * @returns {{n: number, of: Int32Array, parent: Int32Array, head: Int32Array, merged: boolean}}
 *     nodes; of[stack] is its node; head: one of a node's stacks; merged: some have several
 */
export function mergeByLabel({ first, next }, key, ranks, nRanks, roots) {
	const nStacks = key.length;
	const same = new Int32Array(nStacks); // another stack of the same node, 0: none
	const of = new Int32Array(nStacks);
	const nodeParent = new Int32Array(nStacks), nodeHead = new Int32Array(nStacks);
	/* Nodes still to be numbered: one of their stacks, and their parents. */
	const waiting = new Int32Array(nStacks), above = new Int32Array(nStacks);
	const children = new ChildSorter(nRanks);
	let nWaiting = 1, n = 0, merged = roots.length > 1;
	for (let i = 1; i < roots.length; i++)
		same[roots[i]] = roots[i - 1];
	waiting[0] = roots[roots.length - 1];
	while (nWaiting) {
		let head = waiting[--nWaiting], node = n++;
		nodeParent[node] = above[nWaiting];
		/* Most have one child, which is the next node. */
		for (let child = first[head]; child && !next[child] && !(merged && same[head]);
			child = first[head]) {
			of[head] = node;
			nodeHead[node] = head;
			nodeParent[n] = node;
			node = n++;
			head = child;
		}
		nodeHead[node] = head;
		children.clear();
		let stack = head;
		do {
			of[stack] = node;
			for (let child = first[stack]; child; child = next[child]) {
				const other = children.add(child, ranks[key[child]], node);
				if (other) {
					same[child] = other;
					merged = true;
				}
			}
			stack = merged ? same[stack] : 0;
		} while (stack);
		children.sort();
		for (let i = children.n - 1; i >= 0; i--) {
			waiting[nWaiting] = children.headAt(i);
			above[nWaiting++] = node;
		}
	}
	return { n, of, parent: nodeParent.subarray(0, n), head: nodeHead.subarray(0, n), merged };
}
