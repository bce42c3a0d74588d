// SPDX-License-Identifier: GPL-2.0-or-later
// Comments of a difference that a gate has judged come in (see report/diff_gate.h); out go the
// gate's verdicts on functions, in the place of what two recordings alone can tell.
import { decodeWord, wordsOf } from './diffwords.js';

const FUNCTION = 'gated: ';

/**
 * @typedef {object} Gate
 * @property {string} verdict "FAIL"
 * @property {{total: Map<string, Gated>, self: Map<string, Gated>}} functions by name
 * @typedef {object} Gated
 * @property {boolean} isSlower
 * @property {boolean} isRenamed perhaps; and nothing is said of its cost
 * @property {string} says for people
 */

/** @returns {Gate|null} null: no gate has judged it */
export function gateOf(comments) {
	const gate = comments.find(text => text.startsWith('gate:'));
	const functions = { total: new Map(), self: new Map() };

	if (!gate)
		return null;
	for (const text of comments) {
		if (!text.startsWith(FUNCTION))
			continue;
		const words = wordsOf(text.slice(FUNCTION.length));
		const change = words.get('change');
		if (change === 'slower' || change === 'faster' || change === 'renamed')
			functions[words.get('of') === 'total' ? 'total' : 'self']
				.set(decodeWord(words.get('name') || ''),
					{ isSlower: change === 'slower', isRenamed: change === 'renamed',
						says: decodeWord(words.get('says') || '') });
	}
	return { verdict: decodeWord(wordsOf(gate).get('verdict') || ''), functions };
}

/**
 * Makes the verdict of a change that of the gate; without one, leaves it.
 * @param {Diff} diff
 * @param {Change} change
 * @param {string|null} name of a function; null: it is none
 * @param {'self'|'total'} what
 * @param {(amounts: number[]) => number} levelOf
 */
export function judge({ gate }, change, name, what, levelOf) {
	if (!gate)
		return change;
	const found = name === null ? undefined : gate.functions[what].get(name);

	if (found && !found.isRenamed)
		return { ...change, isJudged: true, verdict: found.isSlower ? 'grown' : 'shrunk',
			level: levelOf(change.amounts) };
	return { ...change, isJudged: true, verdict: '', level: 0, isRenamed: Boolean(found) };
}

/** What the gate says of a function with what it calls: a line of a tooltip, or ''. */
export function gateWords({ gate }, name) {
	const found = gate ? gate.functions.total.get(name) : undefined;

	if (found && found.isRenamed)
		return `gate: ${found.says}`;
	return found ? `gate: ${found.isSlower ? 'slower' : 'faster'} in total, wherever it is called: ` +
		found.says : '';
}

/** A comment that is for programs alone. */
export function isForPrograms(comment) {
	return /^(diff|gate|gated): ?/.test(comment);
}
