// SPDX-License-Identifier: GPL-2.0-or-later
// Keys that work wherever the focus is. Each part of the viewer adds its own, with the words that
// the help shows for it; what is typed into a field stays there.

/** True where letters are typed. */
function isField(element) {
	return Boolean(element) && (element.isContentEditable ||
		/^(input|textarea|select)$/i.test(element.localName || '') &&
		!/^(checkbox|radio|button|range)$/.test(element.type));
}

/** "Ctrl+f", "?", "Escape": Shift is in the letter itself. */
function nameOfKey(event) {
	const control = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
	return `${control}${event.altKey ? 'Alt+' : ''}${event.key}`;
}

/**
 * @returns {{add: function(string[], string, function(KeyboardEvent): (boolean|void), Object=),
 *	list: function(): {keys: string[], words: string}[]}} add(keys, words, run, {inFields}):
 *	run returns false where the key is not for it, and the next one added with that key is asked
 */
export function createKeys(target) {
	const entries = [];

	target.addEventListener('keydown', event => {
		if (event.defaultPrevented || event.isComposing)
			return;
		const name = nameOfKey(event);
		const typing = isField(event.target);
		for (const { keys, run, inFields } of entries) {
			if (!keys.includes(name) || (typing && !inFields))
				continue;
			if (run(event) !== false) {
				event.preventDefault();
				return;
			}
		}
	});

	return {
		add(keys, words, run, { inFields = false } = {}) {
			entries.push({ keys, words, run, inFields });
		},
		list: () => entries.filter(entry => entry.words)
			.map(({ keys, words }) => ({ keys, words })),
	};
}
