// SPDX-License-Identifier: GPL-2.0-or-later
// A profile that is a difference comes in (see report/diff.h); out go what it says of itself and a
// third value, as wide as boxes are.
import { decodeWord, wordsOf } from './diffwords.js';
import { valueStyle } from './format.js';
import { gateOf } from './gated.js';

/** Numbers of the profile's values. */
export const DIFF_BASE = 0;
export const DIFF_NEW = 1;
const DIFF_BOTH = 2;
const WIDTH = 1e15; // of the root

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
 * @property {Gate|null} gate that has judged it
 */

function numberWord(words, key) {
	const text = words.get(key) || '';
	const number = /^[0-9][0-9.e+-]*$/.test(text) ? Number(text) : 0;

	return Number.isFinite(number) && number > 0 ? number : 0;
}

function namesWord(words, key) {
	return (words.get(key) || '?').split(',').map(decodeWord).join(', ');
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
	const words = wordsOf(comment);
	const style = valueStyle(valueTypes[DIFF_NEW]);
	const type = decodeWord(words.get('value') || 'samples');
	const diff = {
		by: ['second', 'ops'].find(by => by === words.get('by')) || 'share',
		totals: [sumOf(values[DIFF_BASE]), sumOf(values[DIFF_NEW])],
		scales: [numberWord(words, 'base-scale'), numberWord(words, 'new-scale')],
		samples: [numberWord(words, 'base-sample') || 1, numberWord(words, 'new-sample') || 1],
		names: [namesWord(words, 'base'), namesWord(words, 'new')],
		what: style.perSecond && type === 'cpu' ? 'CPU time' : type,
		gate: gateOf(comments),
	};
	if (!diff.scales[DIFF_BASE] || !diff.scales[DIFF_NEW])
		diff.by = 'share';
	const scaled = scaleDiff(diff, diff.totals);
	return { ...scaled, ...unitOf(scaled, style) };
}

/** Of a part of the profile: by share, its sums are the whole. */
export function scaleDiff(diff, totals) {
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
