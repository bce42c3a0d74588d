// SPDX-License-Identifier: GPL-2.0-or-later
// What a function or a stack is before and after comes in; out go what has changed, whether that
// can be told from so many samples, and the words for it: by the rule and in the words of
// report/diff.c.
import { DIFF_BASE, DIFF_NEW } from './diff.js';

const DIFF_LEVELS = [1.1, 1.5, 2, 4];

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
 * @property {boolean} [isJudged] the verdict is a gate's
 */

/** How deep the colour of a change is, by how many times it is. */
export function levelOf(amounts) {
	const larger = Math.max(...amounts), smaller = Math.min(...amounts);

	return 1 + DIFF_LEVELS.filter(least => larger >= least * smaller).length;
}

/** @returns {Change} */
export function compareSides(diff, base, after) {
	const amounts = [base / diff.scales[DIFF_BASE] * diff.factor,
		after / diff.scales[DIFF_NEW] * diff.factor];
	const change = amounts[DIFF_NEW] - amounts[DIFF_BASE];
	const told = canTell(diff, base, after);

	return {
		amounts, change,
		verdict: !told ? '' : change < 0 ? 'shrunk' : 'grown',
		level: told ? levelOf(amounts) : 0,
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

function verdictWords({ verdict, change, amounts, isJudged }) {
	if (verdict)
		return '';
	if (isJudged)
		return ', not significant';
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
