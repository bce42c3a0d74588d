// SPDX-License-Identifier: GPL-2.0-or-later
// Profile and state come in; out go the things that components draw: the refined profile, its
// tree, totals, what a search finds. Each is made when first asked for and kept until what it is
// made from changes.
import { refineWidths } from './diff.js';
import { refine } from './refine.js';
import { treeOf } from './tree.js';
import { totalsOf } from './totals.js';
import { searchTree } from './search.js';
import { compilePattern } from './pattern.js';
import { addSides } from './sides.js';
import { patternError } from './words.js';

/** Remembers the last outcome of a function of its arguments, compared one by one. */
function remember(make) {
	let last = null, value = null;

	return (...inputs) => {
		if (!last || inputs.some((input, i) => !Object.is(input, last[i]))) {
			value = make(...inputs);
			last = inputs;
		}
		return value;
	};
}

/**
 * @typedef {object} View what one state shows
 * @property {object} profile as recorded
 * @property {number} whole sum of the value shown, before anything is refined
 * @property {{type: string, unit: string}} unit of that value
 * @property {object} refined after chips and switches
 * @property {string[]} labels that tree.label counts in
 * @property {object} tree of the refined profile, root first
 * @property {{self: number, total: number, label, frame}[]} totals by function
 * @property {{matched: Uint8Array, self: number, total: number}|null} search null: none is asked
 *	for, or the pattern is wrong
 * @property {string} searchError why it is wrong, or ''
 */

/**
 * @returns {function(object): View} view of a state; its parts are made when first asked for
 */
export function createDeriver(profile) {
	const refinedOf = remember((chips, threads, byModule, collapse, showIdle, noIdle, time) =>
		refineWidths(profile,
			refine(profile, chips, { threads, byModule, collapse, showIdle, noIdle, time })));
	const wholeOf = remember(value => profile.values[value].reduce((sum, x) => sum + x, 0));
	const treeFrom = remember((refined, value) => addSides(profile, refined, treeOf, value));
	const totalsFrom = remember(tree => totalsOf(tree));
	const searchFrom = remember((tree, pattern) =>
		pattern && !patternError(pattern) ? searchTree(tree, compilePattern(pattern)) : null);

	return state => ({
		profile,
		get whole() {
			return wholeOf(state.value);
		},
		get unit() {
			return profile.valueTypes[state.value];
		},
		get refined() {
			return refinedOf(state.chips, state.threads, state.byModule, state.collapse,
				state.showIdle, state.noIdle, state.time);
		},
		get tree() {
			return treeFrom(this.refined, state.value);
		},
		get labels() {
			return this.tree.labels;
		},
		get totals() {
			return totalsFrom(this.tree);
		},
		get search() {
			return searchFrom(this.tree, state.search);
		},
		get searchError() {
			return state.search ? patternError(state.search) : '';
		},
	});
}
