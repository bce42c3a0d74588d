// SPDX-License-Identifier: GPL-2.0-or-later
// The one place of what the viewer is showing: patches come in, and whoever subscribed is told
// the new state. Components draw from it and change nothing else.

/**
 * @typedef {object} State
 * @property {'flame'|'table'|'sandwich'|'callers'|'waits'} view
 * @property {boolean} inverted root at the top
 * @property {string[]|null} zoom names from below the root to the frame that fills the width
 * @property {string|null} selected label of a function
 * @property {string} search regular expression
 * @property {{op: string, text: string}[]} chips
 * @property {boolean} threads
 * @property {boolean} byModule
 * @property {boolean} collapse
 * @property {boolean} showIdle
 * @property {boolean} noIdle
 * @property {string|null} waitClass class of waits, or 'idle', that the view of waits is about
 * @property {boolean} ofFunction it is about waits with the function selected
 * @property {boolean} byTime bars of lengths are as high as the time in them
 * @property {{by: string, down: boolean}} waitSort of the view of waits
 * @property {{by: string, down: boolean}} placeSort of its top waits
 * @property {[number, number]|null} time ns since the start
 * @property {number} value number of the value type
 * @property {{by: string, down: boolean}} sort
 */

/**
 * @param {State} state
 * @returns {{get: function(): State, set: function(Object), subscribe: function(function)}}
 */
export function createStore(state) {
	const listeners = new Set();
	let current = Object.freeze({ ...state });
	let telling = false, again = false;

	function tell() {
		// A listener may set something itself: everybody then hears of the last state only.
		if (telling) {
			again = true;
			return;
		}
		telling = true;
		try {
			do {
				again = false;
				for (const listener of [...listeners])
					listener(current);
			} while (again);
		} finally {
			telling = false;
		}
	}

	return {
		get: () => current,

		/** Only what differs makes a new state. */
		set(patch) {
			const changed = Object.keys(patch)
				.some(key => !Object.is(current[key], patch[key]));
			if (!changed)
				return;
			current = Object.freeze({ ...current, ...patch });
			tell();
		},

		/** Returns what ends the subscription. */
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}
