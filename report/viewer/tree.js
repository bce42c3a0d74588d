// SPDX-License-Identifier: GPL-2.0-or-later
// Stacks and the weights of their samples come in; out goes the call tree of report/tree.c: frames
// of one label under one parent are one node.

import { addToNode, finishTree, frameColumns, listChildren } from './tree_nodes.js';
import { makeTree, mergeByLabel, rankLabels } from './tree_nodes.js';

const mergedStacks = new WeakMap();

/** All stacks as nodes, of whatever weight: what does not change while only samples come and go. */
function mergeStacks({ stackParent, stackFrame, frames, labels }) {
	const known = mergedStacks.get(stackParent);
	if (known)
		return known;
	const ofFrame = frameColumns(frames).label;
	const label = new Int32Array(stackParent.length);
	for (let i = 1; i < label.length; i++)
		label[i] = ofFrame[stackFrame[i]];
	const merged = mergeByLabel(listChildren(stackParent), label, rankLabels(labels), [0]);
	mergedStacks.set(stackParent, merged);
	return merged;
}

/** By stack: 1 where there is a sample in it, or in one that begins with it. */
function usedStacks(stackParent, sampleStack, values) {
	const used = new Uint8Array(stackParent.length);
	for (let i = 0; i < sampleStack.length; i++)
		if (values[i])
			used[sampleStack[i]] = 1;
	for (let i = stackParent.length - 1; i > 0; i--)
		if (used[i])
			used[stackParent[i]] = 1;
	return used;
}

/** The nodes that are used, and which of them each stack is (0: none). */
function usedNodes(merged, used) {
	const { of } = merged;
	const numbers = new Int32Array(merged.n);
	let n = 1;
	for (let i = 1; i < of.length; i++)
		if (used[i])
			numbers[of[i]] = 1;
	for (let i = 1; i < merged.n; i++)
		if (numbers[i])
			numbers[i] = n++;
	if (n === merged.n)
		return { nodeOf: of, parent: merged.parent, label: merged.label };
	const parent = new Int32Array(n), label = new Int32Array(n), nodeOf = new Int32Array(of.length);
	for (let i = 1; i < of.length; i++)
		nodeOf[i] = numbers[of[i]];
	for (let i = 1; i < merged.n; i++) {
		if (numbers[i]) {
			parent[numbers[i]] = numbers[merged.parent[i]];
			label[numbers[i]] = merged.label[i];
		}
	}
	return { nodeOf, parent, label };
}

/** Frames of one label are one box even if they differ. */
function fillFrames(tree, stackFrame, used, nodeOf) {
	const { kind, module, isFunction } = frameColumns(tree.frames);
	for (let i = 1; i < used.length; i++) {
		const number = stackFrame[i];
		if (!used[i])
			continue;
		tree.usedFrames[number] = 1;
		if (tree.frame[nodeOf[i]] !== number)
			addToNode(tree, nodeOf[i], number, kind[number], module[number], isFunction[number]);
	}
}

/**
 * @param {import('./profile.js').Stacks} stacks a profile, or what refine() made of it
 * @param {number} value which of its values; samples where that is 0 make no nodes
 * @returns {import('./tree_nodes.js').Tree}
 */
export function treeOf(stacks, value) {
	const { stackParent, stackFrame, sampleStack } = stacks;
	const values = stacks.values[value];
	const merged = mergeStacks(stacks);
	const used = usedStacks(stackParent, sampleStack, values);
	const { nodeOf, parent, label } = usedNodes(merged, used);
	const tree = makeTree(stacks, parent, label);
	for (let i = 0; i < sampleStack.length; i++)
		if (values[i])
			tree.self[nodeOf[sampleStack[i]]] += values[i];
	fillFrames(tree, stackFrame, used, nodeOf);
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
		node = tree.first[node];
		while (node && tree.labels[tree.label[node]] !== label)
			node = tree.next[node];
		if (!node)
			return -1;
	}
	return node;
}
