// SPDX-License-Identifier: GPL-2.0-or-later
// Trees and functions of a difference come in; out goes what each of them is on either side. Both
// sides' own trees are made when first asked for.
import { changeClass, changeWords, compareSides, levelOf } from './changes.js';
import { DIFF_BASE, DIFF_NEW, scaleDiff } from './diff.js';
import { gateWords, judge } from './gated.js';
import { totalsOf } from './totals.js';

const sidesOfTrees = new WeakMap();

/** What node each node of another tree is in this one; -1: there is none. Siblings have the same
 * order in both. */
function matchNodes(tree, other) {
	const of = new Int32Array(other.n).fill(-1);
	const next = tree.first.slice();

	of[0] = 0;
	for (let i = 1; i < other.n; i++) {
		const above = of[other.parent[i]];
		let node = above < 0 ? 0 : next[above];
		while (node && tree.label[node] !== other.label[i])
			node = tree.next[node];
		if (!node)
			continue;
		of[i] = node;
		next[above] = tree.next[node];
	}
	return of;
}

/** Values of another tree's nodes, by node of this one. */
function valuesIn(tree, other) {
	const self = new Float64Array(tree.n), total = new Float64Array(tree.n);
	const of = matchNodes(tree, other);

	for (let i = 0; i < other.n; i++)
		if (of[i] >= 0) {
			self[of[i]] = other.self[i];
			total[of[i]] = other.total[i];
		}
	return { self, total };
}

/**
 * Says which trees have the values of a tree's two sides; they are made when first asked for.
 * @param {object} tree of the widths, or of either side
 * @param {Diff} diff
 * @param {function(): object[]} make gives trees of the same sort, of base and new
 * @param {number[]} [totals] of the whole, where the roots are not
 */
export function setSides(tree, diff, make, totals = null) {
	sidesOfTrees.set(tree, { diff, make, totals, trees: null, values: null });
}

/** What is known of both sides of a tree: diff (of what is shown), trees, totals; or undefined. */
function knownSides(tree) {
	const known = sidesOfTrees.get(tree);

	if (known && !known.trees) {
		known.trees = known.make();
		known.totals = known.totals || known.trees.map(side => side.total[0]);
		known.diff = scaleDiff(known.diff, known.totals);
	}
	return known;
}

/** The tree of one of the values of stacks, with both sides of it if they are a difference's. */
export function addSides(profile, stacks, treeOf, value) {
	const tree = treeOf(stacks, value);

	if (profile.diff)
		setSides(tree, profile.diff, () => [DIFF_BASE, DIFF_NEW].map(side =>
			side === value ? tree : treeOf(stacks, side)));
	return tree;
}

/** True for a tree of a difference. */
export function hasSides(tree) {
	return sidesOfTrees.has(tree);
}

/** For trees made from one that has sides: the same of theirs. */
export function turnSides(turned, tree, turn) {
	const known = knownSides(tree);

	if (known)
		setSides(turned, known.diff, () => known.trees.map(side => turn(side)), known.totals);
	return turned;
}

/** The name of a node's function; null: it is none. */
function functionAt(tree, node) {
	return tree.isFunction[node] ? tree.labels[tree.label[node]] : null;
}

function changeAt(tree, node, what) {
	const known = knownSides(tree);

	if (!known.values)
		known.values = known.trees.map(side => valuesIn(tree, side));
	const told = compareSides(known.diff, known.values[DIFF_BASE][what][node],
		known.values[DIFF_NEW][what][node]);
	const judged = judge(known.diff, told, functionAt(tree, node), what, levelOf);
	// That it is not there any more takes no test of many runs.
	return judged.isGone && !judged.isRenamed && !judged.verdict ? told : judged;
}

/** The class of a box. */
export function diffClassOf(tree, node) {
	return changeClass(changeAt(tree, node, 'total'));
}

/** Before a name, where colours are not to be had: grown, shrunk, or nothing. */
export function signOf(tree, node) {
	if (!hasSides(tree))
		return '';
	const { verdict } = changeAt(tree, node, 'total');

	return verdict === 'grown' ? '▲ ' : verdict ? '▼ ' : '';
}

/** Lines of a tooltip: total, self. */
export function diffLines(tree, node) {
	const { diff } = knownSides(tree);
	const self = changeAt(tree, node, 'self');

	return [
		changeWords(diff, changeAt(tree, node, 'total')),
		self.amounts[DIFF_BASE] || self.amounts[DIFF_NEW] ? `self ${changeWords(diff, self)}` :
			'self 0',
		gateWords(diff, functionAt(tree, node)),
	].filter(Boolean);
}

// Functions.

/**
 * Rows of totalsOf() with both sides and what is between them.
 * @param {object} view tree and totals
 * @returns {object[]} rows with selfChange and totalChange
 */
export function changesOf({ tree, totals }) {
	const { diff, trees } = knownSides(tree);
	const sides = trees.map(side =>
		new Map(totalsOf(side).map(row => [row.label, row])));
	const none = { self: 0, total: 0 };

	return totals.map(row => {
		const [base, after] = sides.map(side => side.get(row.label) || none);
		const change = what => judge(diff, compareSides(diff, base[what], after[what]),
			tree.labels[row.label], what, levelOf);
		return { ...row, selfChange: change('self'), totalChange: change('total') };
	});
}

/** Order of the largest changes: what is told first. */
export function compareChanges(a, b) {
	return (a.verdict ? 0 : 1) - (b.verdict ? 0 : 1) || Math.abs(b.change) - Math.abs(a.change);
}

/** Rows of the largest changes that can be told, and the diff that they are of: by self; of what a
 * gate has judged by total, since that is what boxes are coloured by. */
export function largestChanges(view, n) {
	const { labels } = view.tree;
	const { diff } = knownSides(view.tree);
	const rows = changesOf(view)
		.map(row => ({ ...row, change: diff.gate ? row.totalChange : row.selfChange }))
		.filter(row => row.change.verdict)
		.sort((a, b) => compareChanges(a.change, b.change) ||
			Math.abs(b.selfChange.change) - Math.abs(a.selfChange.change) ||
			(labels[a.label] < labels[b.label] ? -1 : 1));

	return { diff, rows: rows.slice(0, n) };
}

/** The diff by which a tree's figures are made: of what is left after refining. */
export function shownDiff(tree) {
	return knownSides(tree).diff;
}

/** "self ... · total ..." of a function. */
export function functionWords(view, label) {
	const { diff } = knownSides(view.tree);
	const row = changesOf(view).find(each => each.label === label);

	return row ? `self ${changeWords(diff, row.selfChange)} · total ` +
		changeWords(diff, row.totalChange) : '';
}

/** For folded stacks: the two counts of a node, of base and new. */
export function countsOf(tree, node) {
	const known = knownSides(tree);

	changeAt(tree, node, 'self');
	const values = known.values.map(side => side.self[node]);
	const { samples } = known.diff;
	const exact = samples[DIFF_BASE] === samples[DIFF_NEW] &&
		values.every((value, side) => value % samples[side] === 0);

	return values.map((value, side) => exact ? value / samples[side] : value).join(' ');
}
