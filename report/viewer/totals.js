// SPDX-License-Identifier: GPL-2.0-or-later
// The call tree comes in; out goes one row for each function with its self and total values, as in
// report/function_totals.c. A function is in a stack once, however often it recurs there: its total
// counts only where it is entered and not yet active.

import { FRAME_KINDS } from './roots.js';
import { rankLabels } from './tree_nodes.js';

/**
 * @typedef {object} FunctionTotal
 * @property {number} label in the tree's labels
 * @property {number} frame in the tree's frames
 * @property {string} kind the plainest of its nodes'
 * @property {string[]} modules paths of the modules it is in; [] for none
 * @property {number} self
 * @property {number} total
 */

/**
 * @param {import('./tree_nodes.js').Tree} tree
 * @returns {FunctionTotal[]} largest self first, then total, then by label
 */
export function totalsOf(tree) {
	const { n, label, end, isFunction } = tree;
	const nLabels = tree.labels.length;
	const self = new Float64Array(nLabels), total = new Float64Array(nLabels);
	const kind = new Uint8Array(nLabels).fill(255), frame = new Int32Array(nLabels);
	const activeUntil = new Int32Array(nLabels);
	const { self: ofSelf, total: ofTotal, kind: ofKind, frame: ofFrame } = tree;
	for (let i = 1; i < n; i++) {
		if (!isFunction[i])
			continue;
		const number = label[i];
		self[number] += ofSelf[i];
		if (i >= activeUntil[number]) {
			total[number] += ofTotal[i];
			activeUntil[number] = end[i];
		}
		if (kind[number] === 255)
			frame[number] = ofFrame[i];
		if (ofKind[i] < kind[number])
			kind[number] = ofKind[i];
	}
	const rows = [];
	const modules = modulesOfLabels(tree);
	for (let i = 0; i < nLabels; i++)
		if (kind[i] !== 255)
			rows.push({ label: i, frame: frame[i], kind: FRAME_KINDS[kind[i]],
				modules: modules[i] || [], self: self[i], total: total[i] });
	const ranks = rankLabels(tree.labels);
	return rows.sort((a, b) =>
		b.self - a.self || b.total - a.total || ranks[a.label] - ranks[b.label]);
}

/** By label: paths of the modules that the frames of the tree are in; where some of them have none,
 * that is one of several too. */
function modulesOfLabels(tree) {
	const { frames, usedFrames } = tree;
	const modules = [];
	const without = new Set();
	for (let i = 0; i < frames.length; i++) {
		const { label, module, function: number } = frames[i];
		if (!usedFrames[i] || number < 0)
			continue;
		const { path } = tree.modules[module];
		if (!module)
			without.add(label);
		else if (!modules[label])
			modules[label] = [path];
		else if (!modules[label].includes(path))
			modules[label].push(path);
	}
	for (const label of without)
		if (modules[label])
			modules[label].push('[no module]');
	return modules;
}
