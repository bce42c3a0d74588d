// SPDX-License-Identifier: GPL-2.0-or-later
// A tree, the node that fills the width, and the width come in; out go the boxes that can be seen,
// row by row and from left to right. What is narrower than a hair is left out with all that is
// above it, and where there would still be too many boxes, the hair is made thicker.

const LEAST_SHARE = 4000; // of the width: 0.3 px of 1200, as in the picture
const MAX_BOXES = 24000;  // slivers included, which are painted together
const MAX_WIDE = 5000;    // of those painted one by one
/** px: what is narrower is painted with all others of its colour, without an edge. */
export const SLIVER = 2.5;

/**
 * @typedef {object} Layout
 * @property {number} width px
 * @property {number} outer how many of the first rows are callers of the node that fills the width
 * @property {{nodes: number[], x: number[], width: number[], start: number[]}[]} rows root's first;
 *	start: x in units of the value
 * @property {number} n boxes
 * @property {number} scale px of one of the value
 * @property {number} least px: what is narrower is left out
 * @property {boolean} complete no node was left out
 */

/** How many callers a node has: for one of them no list of all is needed. */
function depthOf(tree, node) {
	let depth = 0;

	for (; node; node = tree.parent[node])
		depth++;
	return depth;
}

function outerRows(tree, node, width) {
	const rows = [];

	for (let at = node; at; at = tree.parent[at])
		rows.push({ nodes: [tree.parent[at]], x: [0], width: [width], start: [0] });
	return rows.reverse();
}

/** Places the children of a row. */
function nextRow(tree, row, scale, least, result) {
	const { end, total } = tree;
	const next = { nodes: [], x: [], width: [], start: [] };

	for (let i = 0; i < row.nodes.length; i++) {
		const parent = row.nodes[i];
		let start = row.start[i];
		for (let child = parent + 1; child < end[parent]; child = end[child]) {
			const width = total[child] * scale;
			if (width >= least) {
				next.nodes.push(child);
				next.x.push(start * scale);
				next.width.push(width);
				next.start.push(start);
				if (width >= SLIVER)
					result.wide++;
			} else {
				result.complete = false;
			}
			start += Math.max(0, total[child]);
		}
	}
	return next;
}

function tryLayout(tree, node, width, least) {
	const rows = outerRows(tree, node, width);
	const scale = tree.total[node] > 0 ? width / tree.total[node] : 0;
	const result = { width, outer: rows.length, rows, n: rows.length, wide: 0,
		scale, least, complete: true };
	let row = { nodes: scale ? [node] : [], x: [0], width: [width], start: [0] };

	while (row.nodes.length && result.n <= MAX_BOXES && result.wide <= MAX_WIDE) {
		rows.push(row);
		result.n += row.nodes.length;
		row = nextRow(tree, row, scale, least, result);
	}
	return row.nodes.length ? null : result;
}

/**
 * @param {object} tree see tree.js
 * @param {number} node fills the width; 0 for the whole
 * @param {number} width px
 * @returns {Layout}
 */
export function layoutBoxes(tree, node, width) {
	for (let least = width / LEAST_SHARE; ; least *= 2) {
		const result = tryLayout(tree, node, width, least);
		if (result || least > width)
			return result || tryLayout(tree, node, width, Infinity);
	}
}

/**
 * What would stand at a box and is too small for one of its own: how many frames, and their sum.
 * @param {Layout} layout
 * @param {number} node one that has a box and is no caller of the one that fills the width
 * @returns {{n: number, total: number}}
 */
export function leftOut(layout, tree, node) {
	const { end, total } = tree;
	const out = { n: 0, total: 0 };

	for (let child = node + 1; child < end[node]; child = end[child]) {
		if (total[child] * layout.scale >= layout.least)
			continue;
		out.n += end[child] - child;
		out.total += Math.max(0, total[child]);
	}
	return out;
}

/**
 * The box at a place of a row, or -1: its number in the row.
 * @param {Layout} layout
 */
export function findBox(layout, number, x) {
	const row = layout.rows[number];
	let low = 0, high = row ? row.nodes.length : 0;

	while (low < high) {
		const middle = (low + high) >> 1;
		if (row.x[middle] <= x)
			low = middle + 1;
		else
			high = middle;
	}
	// A sliver is hard to hit: half a pixel beside it is good enough.
	return low > 0 && x < row.x[low - 1] + Math.max(row.width[low - 1], 0.5) ? low - 1 : -1;
}

/**
 * Where a node's box is: { row, index }, or null if it has none.
 * @param {Layout} layout
 */
export function placeOfNode(layout, tree, node) {
	const depth = depthOf(tree, node);
	const row = layout.rows[depth];
	const index = row ? row.nodes.indexOf(node) : -1;

	return index < 0 ? null : { row: depth, index };
}
