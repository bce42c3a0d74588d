// SPDX-License-Identifier: GPL-2.0-or-later
// What is shown, in the words of the command line: a state of the viewer comes in, out go the
// options that show the same with `flametap report`. Pure: no document.
import { compilePattern } from './pattern.js';

// Those that take a regular expression, in the order in which they are offered.
const PATTERN_WORDS = ['focus', 'ignore', 'hide', 'comm', 'thread', 'class'];

/** The regular expression that finds this name and no other: as JavaScript and PCRE2 read it. */
export function exactPattern(name) {
	return `^${name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`;
}

/** Why a text is no regular expression, or ''. */
export function patternError(text) {
	try {
		compilePattern(text);
		return '';
	} catch (error) {
		// Chrome repeats the pattern: "Invalid regular expression: /(/i: Unterminated group".
		return error.message.replace(/^Invalid regular expression: (?:\/.*\/[a-z]*: )?/s, '');
	}
}

/** "2.5" of nanoseconds: as few digits as tell it exactly. */
export function secondsOf(ns) {
	return String(Number((ns / 1e9).toFixed(9)));
}

export function shellQuote(text) {
	return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, '\'\\\'\'')}'`;
}

/** "2s..5s" of a state's time. */
export function timeWords([from, until]) {
	return `${secondsOf(from)}s..${secondsOf(until)}s`;
}

/** The options that refine as the state does: [name, value] or [name] each. */
export function refineOptions(state) {
	const options = [];
	for (const { op, text } of state.chips)
		if (PATTERN_WORDS.includes(op))
			options.push([op, text]);
	if (state.time)
		options.push(['time', timeWords(state.time)]);
	if (state.byModule)
		options.push(['by-module']);
	if (state.collapse)
		options.push(['collapse-recursion']);
	if (state.noIdle)
		options.push(['no-idle']);
	if (state.showIdle)
		options.push(['show-idle']);
	if (state.threads)
		options.push(['threads']);
	return options;
}

/** What of a state commandOf() has no words for: said when it is copied. */
export function commandLacks({ chips }) {
	const removed = chips.filter(({ op }) => op === 'remove').length;
	return removed > 1 ? `, which cannot leave out the ${removed} removed stacks` :
		removed ? ', which cannot leave out the removed stack' : '';
}

/** A command that writes what is shown of the file: it can be pasted into a shell. */
export function commandOf(state, file) {
	const words = ['flametap', 'report', shellQuote(file)];
	for (const [name, value] of refineOptions(state))
		words.push(`--${name}`, ...value === undefined ? [] : [shellQuote(value)]);
	if (state.inverted)
		words.push('--inverted');
	return [...words, '-o', 'part.svg'].join(' ');
}
