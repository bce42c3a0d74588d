// SPDX-License-Identifier: GPL-2.0-or-later
// The call tree comes in; out go folded stacks, a line for each: the same as report/folded_write.c.
import { valueStyle } from './format.js';
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
 * @param {number} [divisor] of the values, see foldedDivisor()
 * @returns {string} lines "sh;main;work 42", the frames from the root on
 */
export function foldedText(tree, node = 0, divisor = 1) {
	const names = new Map();
	const paths = ['']; // by depth
	const lines = [];
	const sides = hasSides(tree);
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
		const count = sides ? tree.self[i] : foldedCount(tree.self[i], divisor);
		if (count)
			lines.push(foldedLine(paths[tree.depth[i]], sides ? countsOf(tree, i) : count));
	}
	return lines.join('');
}

/** Rounded: what is less than half of one has no line. */
function foldedCount(self, divisor) {
	const rest = self % divisor;
	return (self - rest) / divisor + Math.trunc(rest / (divisor - Math.floor(divisor / 2)));
}

/** Counts of time off the CPU, and of wall-clock time, are microseconds. */
export function foldedDivisor({ valueTypes }, value) {
	const hasWaits = valueTypes.some(({ type }) => type === 'waits');
	const { perSecond } = valueStyle(valueTypes[value]);
	return hasWaits && perSecond > 1e6 ? perSecond / 1e6 : 1;
}

/** The path of depth paths.length: the last one and a label. */
function foldedJoin(paths, names, tree, label) {
	if (!names.has(label))
		names.set(label, foldedName(tree.labels[label]));
	return paths.length > 1 ? `${paths[paths.length - 1]};${names.get(label)}` : names.get(label);
}
