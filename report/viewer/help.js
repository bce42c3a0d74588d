// SPDX-License-Identifier: GPL-2.0-or-later
// The overlay behind '?': which key and which gesture does what.
import { fill, make } from './dom.js';

const HELP_GESTURES = [
	['On a frame', [
		['click, tap', 'zoom to it'],
		['right click, long press', 'menu: callers, focus, hide, copy, ...'],
		['\u2191 \u2193 \u2190 \u2192', 'walk along calls and neighbours'],
		['Enter, Space', 'zoom to it'],
		['Backspace, Home', 'zoom out by a frame; to the whole'],
	]],
	['In the table', [
		['click on a heading', 'sort by it; again: the other way round'],
		['\u2191 \u2193 Page Home End', 'walk along the rows'],
		['Enter, double click', 'who calls the function, and what it calls'],
	]],
	['On the time strip', [
		['drag', 'only the samples of that time'],
		['\u2190 \u2192', 'move the range by a second; \u2191 \u2193: by a cell'],
		['Shift and these', 'move its end'],
		['Delete', 'the whole time again'],
		['a wait', 'is spread over its length, and counts with what is in the range; many in one ' +
			'place, one upon the other up to the last'],
	]],
];

const HELP_KEYS = { ArrowLeft: '\u2190', ArrowRight: '\u2192', ArrowUp: '\u2191',
	ArrowDown: '\u2193', Escape: 'Esc', ' ': 'Space' };

function helpRows(rows) {
	return make('dl', {}, rows.map(([keys, does]) => [make('dt', {}, keys), make('dd', {}, does)]));
}

function helpPart([title, rows]) {
	return make('section', {}, [make('h3', {}, title), helpRows(rows)]);
}

/** Gives { element, open() }. */
export function createHelp(app) {
	const close = make('button', { type: 'button', onclick: () => dialog.close() }, 'Close');
	const parts = make('div', { class: 'ft-help' });
	const dialog = make('dialog', {
		class: 'ft-dialog', 'aria-labelledby': 'help-title',
		// A click beside it.
		onclick: event => event.target === dialog && dialog.close(),
	}, [
		make('div', { class: 'ft-dialog-head' },
			[make('h2', { id: 'help-title' }, 'Keys and gestures'), close]),
		parts,
		make('p', {}, 'What is shown is in the address: a link to it shows the same, also in the ' +
			'file of the next run.'),
	]);

	function open() {
		const keys = app.keys.list().map(({ keys: names, words }) =>
			[names.filter(name => name !== 'ContextMenu').map(name => HELP_KEYS[name] || name).join(', '),
				words]);

		if (dialog.open)
			return;
		fill(parts, [['Keys', keys], ...HELP_GESTURES].map(helpPart));
		dialog.showModal();
		close.focus();
	}

	app.places.over.append(dialog);
	app.keys.add(['?'], 'This help', open);
	return {
		element: make('button', { type: 'button', title: 'Keys and gestures (?)',
			'aria-label': 'Help', onclick: open }, '?'),
		open,
	};
}
