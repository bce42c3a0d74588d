// SPDX-License-Identifier: GPL-2.0-or-later
// The call tree comes in; out go folded stacks, a line for each: the same as report/folded_write.c.
import { countsOf, hasSides } from './sides.js';

/** What may not stand in a terminal's line or in XML: see utf8_is_unsafe() of base/utf8.c. */
const FOLDED_UNSAFE = new RegExp('[\\u0000-\\u001f\\u007f-\\u009f\\u200e\\u200f\\u061c' +
	'\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff\\p{Noncharacter_Code_Point}]', 'gu');

/** ';' ends a frame, a new line ends everything; other controls harm terminals. */
function foldedName(label) {
	return label.replace(/;/g, ':').replace(/[\t\n\r]/g, ' ').replace(FOLDED_UNSAFE, '')
		.replace(/ +$/, '') || '[unknown]';
}

/** "worker 1" before the count would be read as two counts, as of a diff: "worker_1". */
function foldedLine(path, value) {
	const line = path.replace(/^#/, '_').replace(/ (-?[0-9.]+)$/, '_$1');
	return `${line || '[no stack]'} ${value}\n`;
}

/**
 * @param {import('./tree_nodes.js').Tree} tree
 * @param {number} [node] of this one and what is below it
 * @returns {string} lines "sh;main;work 42", the frames from the root on
 */
export function foldedText(tree, node = 0) {
	const names = new Map();
	const paths = ['']; // by depth
	const lines = [];
	for (let at = tree.parent[node], above = []; at || above; at = tree.parent[at]) {
		if (!at) {
			above.reverse().forEach(label => paths.push(foldedJoin(paths, names, tree, label)));
			break;
		}
		above.push(tree.label[at]);
	}
	for (let i = node; i < tree.end[node]; i++) {
		paths.length = tree.depth[i];
		if (i)
			paths.push(foldedJoin(paths, names, tree, tree.label[i]));
		else
			paths.push('');
		if (tree.self[i])
			lines.push(foldedLine(paths[tree.depth[i]],
				hasSides(tree) ? countsOf(tree, i) : tree.self[i]));
	}
	return lines.join('');
}

/** The path of depth paths.length: the last one and a label. */
function foldedJoin(paths, names, tree, label) {
	if (!names.has(label))
		names.set(label, foldedName(tree.labels[label]));
	return paths.length > 1 ? `${paths[paths.length - 1]};${names.get(label)}` : names.get(label);
}
