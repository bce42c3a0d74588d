// SPDX-License-Identifier: GPL-2.0-or-later
// A profile that is a difference comes in (see report/diff.h); out go what it says of itself, a
// third value for the widths of boxes, and for any node what it is on either side, by the same rule
// and in the same words as in report/diff.c.
import { totalsOf } from './totals.js';
import { valueStyle } from './format.js';

/** Numbers of the profile's values. */
export const DIFF_BASE = 0;
export const DIFF_NEW = 1;
const DIFF_BOTH = 2;
const WIDTH = 1e15; // of the root
const DIFF_LEVELS = [1.1, 1.5, 2, 4];

/**
 * @typedef {object} Diff
 * @property {'share'|'second'|'ops'} by
 * @property {number[]} totals sum of each side
 * @property {number[]} scales what a side's values are divided by; by share, its sum
 * @property {number[]} samples what a sample of a side is worth
 * @property {string[]} names of the inputs of a side
 * @property {string} what "CPU time"
 * @property {number} factor from an amount to what is shown
 * @property {number} decimals of what is shown
 * @property {string} unit of what is shown: "%", "ms/op"
 */

function numberWord(words, key) {
	const text = words.get(key) || '';
	const number = /^[0-9][0-9.e+-]*$/.test(text) ? Number(text) : 0;

	return Number.isFinite(number) && number > 0 ? number : 0;
}

function decode(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

function namesWord(words, key) {
	return (words.get(key) || '?').split(',').map(decode).join(', ');
}

function sumOf(values) {
	return values.reduce((sum, value) => sum + value, 0);
}

/** So many decimals that the larger root has five digits. */
function decimalsFor(root) {
	const digits = root > 0 ? Math.floor(Math.log10(root)) : 0;

	return digits >= 4 ? 0 : digits < -5 ? 9 : 4 - digits;
}

function unitOf({ by, what, totals, scales }, style) {
	const per = by === 'second' ? 's' : 'op';
	const root = Math.max(totals[DIFF_BASE] / scales[DIFF_BASE], totals[DIFF_NEW] / scales[DIFF_NEW]);

	if (by === 'share')
		return { factor: 100, decimals: 2, unit: '%' };
	if (!style.perSecond)
		return { factor: 1, decimals: decimalsFor(root),
			unit: `${style.noun === 'new' ? what : style.noun}/${per}` };
	const seconds = root / style.perSecond;
	const times = [[1, 's', 1], [1e-3, 'ms', 1e3], [1e-6, 'µs', 1e6], [0, 'ns', 1e9]];
	const [, name, scale] = by === 'second' ? times[0] : times.find(([least]) => seconds >= least);

	return { factor: scale / style.perSecond, decimals: decimalsFor(seconds * scale),
		unit: `${name}/${per}` };
}

/**
 * @param {import('./profile.js').Profile} profile
 * @returns {Diff|null} null: it is no difference
 */
export function diffOf({ valueTypes, comments, values }) {
	const comment = comments.find(text => text.startsWith('diff:'));

	if (valueTypes.length !== 2 || valueTypes[0].type !== 'base' || valueTypes[1].type !== 'new' ||
		!comment)
		return null;
	const words = new Map(comment.split(' ').map(word => word.split(/=(.*)/s, 2)));
	const style = valueStyle(valueTypes[DIFF_NEW]);
	const type = decode(words.get('value') || 'samples');
	const diff = {
		by: ['second', 'ops'].find(by => by === words.get('by')) || 'share',
		totals: [sumOf(values[DIFF_BASE]), sumOf(values[DIFF_NEW])],
		scales: [numberWord(words, 'base-scale'), numberWord(words, 'new-scale')],
		samples: [numberWord(words, 'base-sample') || 1, numberWord(words, 'new-sample') || 1],
		names: [namesWord(words, 'base'), namesWord(words, 'new')],
		what: style.perSecond && type === 'cpu' ? 'CPU time' : type,
	};
	if (!diff.scales[DIFF_BASE] || !diff.scales[DIFF_NEW])
		diff.by = 'share';
	const scaled = scaleDiff(diff, diff.totals);
	return { ...scaled, ...unitOf(scaled, style) };
}

/** Of a part of the profile: by share, its sums are the whole. */
function scaleDiff(diff, totals) {
	return diff.by === 'share' ? { ...diff, scales: totals.map(total => total > 0 ? total : 1) } :
		diff;
}

/** "by share", ... */
export function diffWay({ by }) {
	return by === 'share' ? 'by share' : by === 'second' ? 'per second' : 'per operation';
}

// Widths.

/** Values of samples: half of what they would be wide on each side alone. Whole numbers, so that
 * boxes add up to the last digit; what is there has at least 1. */
function widthsOf(diff, [base, after]) {
	const totals = [sumOf(base), sumOf(after)];
	const { scales } = scaleDiff(diff, totals);
	const whole = totals[DIFF_BASE] / scales[DIFF_BASE] + totals[DIFF_NEW] / scales[DIFF_NEW] || 1;

	return base.map((value, i) => {
		const part = (value / scales[DIFF_BASE] + after[i] / scales[DIFF_NEW]) / whole;
		return Math.round(part * WIDTH) || (value || after[i] ? 1 : 0);
	});
}

/**
 * Gives a difference the value that its boxes are as wide as, and what it says of itself as
 * profile.diff; others stay as they are.
 * @param {import('./profile.js').Profile} profile
 */
export function addWidths(profile) {
	const diff = diffOf(profile);

	if (!diff)
		return profile;
	return { ...profile, diff, defaultValue: DIFF_BOTH,
		valueTypes: [...profile.valueTypes, { type: 'both', unit: 'count' }],
		values: [...profile.values, widthsOf(diff, profile.values)] };
}

/** After refining: by share, what is left is the whole of each side. */
export function refineWidths(profile, refined) {
	if (!profile.diff)
		return refined;
	const sides = refined.values.slice(0, DIFF_BOTH);

	return { ...refined, values: [...sides, widthsOf(profile.diff, sides)] };
}

// Changes.

/** The rule of report/diff.h. */
function canTell(diff, base, after) {
	const b = base / diff.samples[DIFF_BASE], n = after / diff.samples[DIFF_NEW];
	const exposed = diff.scales.map((scale, side) => scale / diff.samples[side]);
	const q = exposed[DIFF_NEW] / (exposed[DIFF_BASE] + exposed[DIFF_NEW]);
	const distance = Math.abs(n - (b + n) * q) - 0.5;
	let variance = (b + n) * q * (1 - q);

	if (diff.by === 'share')
		variance *= 1 - (b + n) / (exposed[DIFF_BASE] + exposed[DIFF_NEW]);
	return b + n >= 10 && distance > 0 && distance * distance >= 9 * variance;
}

/**
 * @typedef {object} Change
 * @property {number[]} amounts of base and new, in diff.unit
 * @property {number} change new minus base
 * @property {'grown'|'shrunk'|''} verdict '': too few samples to tell
 * @property {number} level 1 to 5, by how many times; 0 without a verdict
 * @property {boolean} isNew no sample of it in the base
 * @property {boolean} isGone none in the new side
 */

/** @returns {Change} */
export function compareSides(diff, base, after) {
	const amounts = [base / diff.scales[DIFF_BASE] * diff.factor,
		after / diff.scales[DIFF_NEW] * diff.factor];
	const change = amounts[DIFF_NEW] - amounts[DIFF_BASE];
	const told = canTell(diff, base, after);
	const larger = Math.max(...amounts), smaller = Math.min(...amounts);

	return {
		amounts, change,
		verdict: !told ? '' : change < 0 ? 'shrunk' : 'grown',
		level: told ? 1 + DIFF_LEVELS.filter(least => larger >= least * smaller).length : 0,
		isNew: !base && after !== 0, isGone: base !== 0 && !after,
	};
}

/** "15.00" */
export function formatAmount(diff, amount) {
	return amount.toFixed(diff.decimals);
}

/** "+55.00"; no "-0.00" */
export function formatChange(diff, change) {
	const text = change.toFixed(diff.decimals);

	return /[1-9]/.test(text) ? `${change > 0 ? '+' : ''}${text}` : text.replace('-', '');
}

/** "x4.67", "x0.5", "new", "gone", "=" */
export function formatRatio({ amounts: [before, after], isNew, isGone }) {
	if (isNew || isGone)
		return isNew ? 'new' : 'gone';
	if (!before || !after)
		return '=';
	const ratio = after / before;

	return `x${ratio < 1000 ? Number(ratio.toPrecision(3)) : ratio.toFixed(0)}`;
}

function verdictWords({ verdict, change, amounts }) {
	if (verdict)
		return '';
	return Math.abs(change) <= 1e-9 * Math.abs(amounts[DIFF_BASE]) ? ', no change' :
		', too few samples to tell';
}

/** "15.00 → 70.00 %, +55.00, x4.67" */
export function changeWords(diff, change) {
	return `${formatAmount(diff, change.amounts[DIFF_BASE])} → ` +
		`${formatAmount(diff, change.amounts[DIFF_NEW])} ${diff.unit}, ` +
		`${formatChange(diff, change.change)}, ${formatRatio(change)}${verdictWords(change)}`;
}

/** The class of its colour, as in svg_diff.c: "p5", "m2", "z0"; "m5 x" has gone. */
export function changeClass({ verdict, level, isGone }) {
	return `${verdict === 'grown' ? 'p' : verdict ? 'm' : 'z'}${level}${isGone ? ' x' : ''}`;
}

// Trees.

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

function changeAt(tree, node, what) {
	const known = knownSides(tree);

	if (!known.values)
		known.values = known.trees.map(side => valuesIn(tree, side));
	return compareSides(known.diff, known.values[DIFF_BASE][what][node],
		known.values[DIFF_NEW][what][node]);
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
	];
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
		return { ...row, selfChange: compareSides(diff, base.self, after.self),
			totalChange: compareSides(diff, base.total, after.total) };
	});
}

/** Order of the largest changes: what is told first. */
export function compareChanges(a, b) {
	return (a.verdict ? 0 : 1) - (b.verdict ? 0 : 1) || Math.abs(b.change) - Math.abs(a.change);
}

/** Rows of the largest changes of self that can be told, and the diff that they are of. */
export function largestChanges(view, n) {
	const { labels } = view.tree;
	const rows = changesOf(view).filter(row => row.selfChange.verdict)
		.sort((a, b) => compareChanges(a.selfChange, b.selfChange) ||
			(labels[a.label] < labels[b.label] ? -1 : 1));

	return { diff: knownSides(view.tree).diff, rows: rows.slice(0, n) };
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
