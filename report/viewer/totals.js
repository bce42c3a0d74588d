// SPDX-License-Identifier: GPL-2.0-or-later
// The call tree comes in; out goes one row for each function with its self and total values, as in
// report/function_totals.c. A function is in a stack once, however often it recurs there: its total
// counts only where it is entered and not yet active.

import { FRAME_KINDS } from './roots.js';
import { rankLabels } from './tree.js';

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
 * @param {import('./tree.js').Tree} tree
 * @returns {FunctionTotal[]} largest self first, then total, then by label
 */
export function totalsOf(tree) {
	const rowOf = new Int32Array(tree.labels.length).fill(-1);
	const activeUntil = new Int32Array(tree.labels.length);
	const kinds = [], rows = [];
	for (let i = 0; i < tree.n; i++) {
		if (!tree.isFunction[i])
			continue;
		const label = tree.label[i];
		if (rowOf[label] < 0) {
			rowOf[label] = rows.push({ label, frame: tree.frame[i], kind: '', modules: [],
				self: 0, total: 0 }) - 1;
			kinds.push(tree.kind[i]);
		}
		const number = rowOf[label], row = rows[number];
		row.self += tree.self[i];
		if (i >= activeUntil[label]) {
			row.total += tree.total[i];
			activeUntil[label] = tree.end[i];
		}
		kinds[number] = Math.min(kinds[number], tree.kind[i]);
	}
	nameModules(tree, rows, rowOf);
	rows.forEach((row, i) => { row.kind = FRAME_KINDS[kinds[i]]; });
	const ranks = rankLabels(tree.labels);
	return rows.sort((a, b) =>
		b.self - a.self || b.total - a.total || ranks[a.label] - ranks[b.label]);
}

/** Of the frames that are in the tree, whichever nodes they became. */
function nameModules(tree, rows, rowOf) {
	for (let i = 0; i < tree.frames.length; i++) {
		const { label, module } = tree.frames[i];
		if (!tree.usedFrames[i] || !module || rowOf[label] < 0)
			continue;
		const { modules } = rows[rowOf[label]];
		const { path } = tree.modules[module];
		if (!modules.includes(path))
			modules.push(path);
	}
}
