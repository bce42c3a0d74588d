// SPDX-License-Identifier: GPL-2.0-or-later
// Comments of a difference come in, their words go out: "KEY=TEXT" with blanks between them.

/** @returns {Map<string, string>} texts by key, as they are written */
export function wordsOf(comment) {
	return new Map(comment.split(' ').map(word => word.split(/=(.*)/s, 2)));
}

/** A text as it was: "%20" is a blank. */
export function decodeWord(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
