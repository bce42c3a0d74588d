// SPDX-License-Identifier: GPL-2.0-or-later
// The call tree comes in; out go trees that are read in another direction: from the innermost
// function to its callers, or from one function outwards and inwards. Where that function recurs,
// its outermost calls are meant, so that the root's total is the function's.

import { grown } from './columns.js';
import { CallTree, addToNode, finishTree } from './call_tree.js';
import { ChildSorter, mergeByLabel, rankLabels } from './tree_nodes.js';

/* Each stack of depth d costs d steps outwards; deep ones are then followed less far. */
const TURN_MOST_STEPS = 2 ** 24;

/**
 * How far stacks may be followed outwards so that the steps stay within bounds.
 * @returns {number} Infinity: to their ends
 */
function stepsAllowed(tree, nodes, most) {
	const reach = new Int32Array(tree.maxDepth + 2); // how many are at least so deep
	let steps = 0;
	for (let i = 0; i < nodes.length; i++)
		reach[tree.depth[nodes[i]]]++;
	for (let depth = tree.maxDepth; depth > 0; depth--)
		reach[depth] += reach[depth + 1];
	for (let depth = 1; depth <= tree.maxDepth; depth++) {
		steps += reach[depth];
		if (steps > most)
			return Math.max(1, depth - 1);
	}
	return Infinity;
}

/** Nodes in walking order while they are made; its columns are those of a tree. */
class TurnedNodes {
	constructor(expected) {
		this.n = 0;
		this.parent = new Int32Array(expected);
		this.label = new Int32Array(expected);
		this.frame = new Int32Array(expected);
		this.kind = new Uint8Array(expected);
		this.module = new Int32Array(expected);
		this.isFunction = new Uint8Array(expected);
		this.self = new Float64Array(expected);
		this.row = new Int32Array(expected);
	}

	add(parent, label, row) {
		const number = this.n++;
		if (number === this.parent.length)
			for (const column of ['parent', 'label', 'frame', 'kind', 'module', 'isFunction',
				'self', 'row'])
				this[column] = grown(this[column], this.n);
		this.parent[number] = parent;
		this.label[number] = label;
		this.kind[number] = 255;
		this.row[number] = row;
		return number;
	}

	/** @returns {import('./tree_nodes.js').Tree} */
	finish(from) {
		const { n } = this;
		const tree = new CallTree(from, this.parent.subarray(0, n), this.label.subarray(0, n));
		const [frame, kind, module, isFunction, self] = [this.frame, this.kind, this.module,
			this.isFunction, this.self].map(column => column.subarray(0, n));
		tree.columns = { frame, kind, module, isFunction, usedFrames: from.usedFrames };
		tree.columns.kind[0] = kind[0] === 255 ? 0 : kind[0];
		tree.self = self;
		tree.total.set(self);
		return finishTree(tree);
	}
}

/**
 * Follows nodes of a tree outwards, those with the same path together. Each of them is a cursor,
 * numbered from 1, which is in the list of one turned node at a time.
 * @param {import('./tree_nodes.js').Tree} tree
 * @param {number[]} nodes where the cursors begin
 * @param {Float64Array} weights what each is worth
 * @param {number} rootLabel
 * @param {boolean} within the nodes themselves stand beneath the root, not their callers alone
 */
function followOutwards(tree, nodes, weights, rootLabel, within, mostSteps = TURN_MOST_STEPS) {
	const n = nodes.length;
	const ranks = rankLabels(tree.labels);
	const children = new ChildSorter(ranks.length);
	const { frame, kind, module, isFunction } = tree.columns;
	const turned = new TurnedNodes(n + 1);
	const mostRows = stepsAllowed(tree, nodes, mostSteps);
	const at = new Int32Array(n + 1), same = new Int32Array(n + 1);
	/* Cursors still to be followed: one of a list, and the turned node that it goes beneath. */
	const waiting = new Int32Array(n + 1), above = new Int32Array(n + 1);
	let nWaiting = 1;
	for (let i = 0; i < n; i++) {
		at[i + 1] = nodes[i];
		same[i + 1] = i;
	}
	waiting[0] = n;
	while (nWaiting) {
		const parent = above[--nWaiting], isRoot = turned.n === 0;
		let cursor = waiting[nWaiting];
		const node = turned.add(parent, isRoot ? rootLabel : tree.label[at[cursor]],
			isRoot ? 0 : turned.row[parent] + 1);
		children.clear();
		while (cursor) {
			const from = at[cursor], following = same[cursor];
			if (!isRoot || !within) {
				addToNode(turned, node, frame[from], kind[from], module[from], isFunction[from]);
				at[cursor] = turned.row[node] < mostRows ? tree.parent[from] : 0;
			}
			if (at[cursor])
				same[cursor] = children.add(cursor, ranks[tree.label[at[cursor]]], node);
			else
				turned.self[node] += weights[cursor - 1];
			cursor = following;
		}
		children.sort();
		for (let i = children.n - 1; i >= 0; i--) {
			waiting[nWaiting] = children.headAt(i);
			above[nWaiting++] = node;
		}
	}
	const outwards = turned.finish(tree);
	outwards.cutAt = Number.isFinite(mostRows) ? mostRows : 0;
	return outwards;
}

/** The nodes of a label that have none of it among their callers. */
function outermostNodes(tree, label) {
	const nodes = [];
	for (let i = 1, until = 1; i < tree.n; i++) {
		if (tree.label[i] === label && i >= until) {
			nodes.push(i);
			until = tree.end[i];
		}
	}
	return nodes;
}

/**
 * All stacks from their innermost frames on: what a function's self value is made of stands beneath
 * it. `self` is of stacks that end there, with their outermost frame.
 * @param {import('./tree_nodes.js').Tree} tree
 * @param {number} [mostSteps] of frames that are followed in all
 * @returns {import('./tree_nodes.js').Tree & {cutAt: number}} cutAt: from this depth on callers are
 *     left out, since there would be too many; 0: nothing is
 */
export function invertedTree(tree, mostSteps) {
	const { self } = tree;
	const nodes = [];
	for (let i = 1; i < tree.n; i++)
		if (self[i])
			nodes.push(i);
	const inverted = followOutwards(tree, nodes, Float64Array.from(nodes, i => self[i]), 0, true,
		mostSteps);
	inverted.self[0] += self[0];
	inverted.total[0] += self[0];
	return inverted;
}

/**
 * @param {import('./tree_nodes.js').Tree} tree
 * @param {number} label of a function, the root of what is returned; its callers stand beneath it
 * @returns {import('./tree_nodes.js').Tree & {cutAt: number}} as of invertedTree()
 */
export function callersTree(tree, label) {
	const nodes = outermostNodes(tree, label);
	return followOutwards(tree, nodes, Float64Array.from(nodes, i => tree.total[i]), label, false);
}

/**
 * @param {import('./tree_nodes.js').Tree} tree
 * @param {number} label of a function, the root of what is returned; beneath it is what it calls
 * @returns {import('./tree_nodes.js').Tree}
 */
export function calleesTree(tree, label) {
	const nodes = outermostNodes(tree, label);
	if (!nodes.length)
		return followOutwards(tree, nodes, new Float64Array(0), label, false);
	const ranks = rankLabels(tree.labels);
	const { of, parent, head } = mergeByLabel(tree, tree.label, ranks, ranks.length, nodes);
	const callees = new CallTree(tree, parent, head.map(i => tree.label[i]));
	const { self, columns } = callees;
	const { frame, kind, module, isFunction, usedFrames } = tree.columns;
	const ofTree = tree.self;
	for (const node of nodes) {
		for (let i = node; i < tree.end[node]; i++) {
			self[of[i]] += ofTree[i];
			addToNode(columns, of[i], frame[i], kind[i], module[i], isFunction[i]);
		}
	}
	columns.usedFrames = usedFrames;
	callees.total.set(self);
	return finishTree(callees);
}
