// SPDX-License-Identifier: GPL-2.0-or-later
// Stacks and the weights of their samples come in; out goes the call tree of report/tree.c: frames
// of one label under one parent are one node.

import { CallTree, addToNode, finishTree, nodeColumns } from './call_tree.js';
import { FRAME_KINDS } from './roots.js';
import { frameColumns, listChildren, mergeByLabel, rankLabels } from './tree_nodes.js';

const mergedStacks = new WeakMap();

/** All stacks as nodes, of whatever weight: what does not change while only samples come and go. */
function mergeStacks({ stackParent, stackFrame, frames, labels }) {
	const known = mergedStacks.get(stackParent);
	if (known)
		return known;
	const ranks = rankLabels(labels);
	const ofFrame = frameColumns(frames).label.map(label => ranks[label]);
	const merged = mergeByLabel(listChildren(stackParent), stackFrame, ofFrame, labels.length, [0]);
	mergedStacks.set(stackParent, merged);
	return merged;
}

/** By stack: 1 where there is a sample in it, or in one that begins with it; null: in them all. */
function usedStacks(stackParent, sampleStack, values) {
	const n = stackParent.length;
	const used = new Uint8Array(n);
	let nUsed = 0;
	for (let i = 0; i < sampleStack.length; i++)
		if (values[i])
			used[sampleStack[i]] = 1;
	for (let i = n - 1; i > 0; i--) {
		if (used[i]) {
			used[stackParent[i]] = 1;
			nUsed++;
		}
	}
	return nUsed === n - 1 ? null : used;
}

/** The nodes that are used, and which of them each stack is (0: none). */
function usedNodes(merged, used) {
	const { of } = merged;
	if (!used)
		return { nodeOf: of, parent: merged.parent, head: merged.head };
	const numbers = new Int32Array(merged.n);
	let n = 1;
	for (let i = 1; i < of.length; i++)
		if (used[i])
			numbers[of[i]] = 1;
	for (let i = 1; i < merged.n; i++)
		if (numbers[i])
			numbers[i] = n++;
	const parent = new Int32Array(n), head = new Int32Array(n), nodeOf = new Int32Array(of.length);
	for (let i = 1; i < of.length; i++)
		nodeOf[i] = numbers[of[i]];
	for (let i = 1; i < merged.n; i++) {
		if (numbers[i]) {
			parent[numbers[i]] = numbers[merged.parent[i]];
			head[numbers[i]] = merged.head[i];
		}
	}
	return { nodeOf, parent, head };
}

function labelsOfNodes(head, stackFrame, ofFrame) {
	const label = new Int32Array(head.length);
	for (let i = 1; i < label.length; i++)
		label[i] = ofFrame[stackFrame[head[i]]];
	return label;
}

/** Frames of one label are one box even if they differ. */
function fillColumns(tree, stackFrame, used, nodeOf) {
	const { kind, module, isFunction } = frameColumns(tree.frames);
	const columns = nodeColumns(tree);
	const { frame: nodeFrame, kind: nodeKind, usedFrames } = columns;
	nodeKind[0] = 0;
	for (let i = 1; i < nodeOf.length; i++) {
		const number = stackFrame[i], node = nodeOf[i];
		if (used && !used[i])
			continue;
		usedFrames[number] = 1;
		if (nodeKind[node] === 255 || nodeFrame[node] !== number)
			addToNode(columns, node, number, kind[number], module[number], isFunction[number]);
	}
	spreadWakers(tree, columns);
	return columns;
}

/** What lies within the mark is the waker's. */
function spreadWakers({ n, parent }, { kind }) {
	const waker = FRAME_KINDS.indexOf('waker'), wait = FRAME_KINDS.indexOf('wait');
	if (!kind.includes(waker))
		return;
	for (let i = 1; i < n; i++)
		if (kind[parent[i]] === waker && kind[i] !== wait)
			kind[i] = waker;
}

function addSamples(column, sampleStack, values, nodeOf) {
	for (let i = 0; i < sampleStack.length; i++)
		if (values[i])
			column[nodeOf[sampleStack[i]]] += values[i];
	return column;
}

/**
 * @param {import('./profile.js').Stacks} stacks a profile, or what refine() made of it
 * @param {number} value which of its values; samples where that is 0 make no nodes
 * @returns {import('./tree_nodes.js').Tree}
 */
export function treeOf(stacks, value) {
	const { stackParent, stackFrame, sampleStack, frames } = stacks;
	const values = stacks.values[value];
	const merged = mergeStacks(stacks);
	const used = usedStacks(stackParent, sampleStack, values);
	const { nodeOf, parent, head } = usedNodes(merged, used);
	const tree = new CallTree(stacks, parent,
		labelsOfNodes(head, stackFrame, frameColumns(frames).label));
	tree.makers.self = () => addSamples(new Float64Array(tree.n), sampleStack, values, nodeOf);
	tree.makers.columns = () => fillColumns(tree, stackFrame, used, nodeOf);
	addSamples(tree.total, sampleStack, values, nodeOf);
	return finishTree(tree);
}

/**
 * @param {import('./tree_nodes.js').Tree} tree
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
 * @param {import('./tree_nodes.js').Tree} tree
 * @param {string[]} path as pathOf() gives it, of this tree or of another
 * @returns {number} the node, 0 for []; -1 if there is none
 */
export function nodeAt(tree, path) {
	let node = 0;
	for (const label of path) {
		const end = tree.end[node];
		node++;
		while (node < end && tree.labels[tree.label[node]] !== label)
			node = tree.end[node];
		if (node >= end)
			return -1;
	}
	return node;
}
