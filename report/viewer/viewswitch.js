// SPDX-License-Identifier: GPL-2.0-or-later
// The buttons that choose between the views, turn the graph over, and end a zoom.
import { make } from './dom.js';
import { isZoomed, unzoomed } from './zoom.js';

const CHOICES = [
	['flame', 'Flame graph'],
	['table', 'Table'],
	['sandwich', 'Sandwich'],
	['callers', 'Callers'],
	['waits', 'Waits'],
];

export function createViewSwitch(app) {
	const { store, keys } = app;
	const choices = CHOICES.filter(([name]) => app.hasView(name));
	const buttons = choices.map(([name, words]) => make('button', {
		type: 'button', onclick: () => store.set({ view: name }),
	}, words));
	const turn = make('button', {
		type: 'button', title: 'Root above or below (i)', onclick: () => turnOver(),
	}, 'Icicle');
	const reset = make('button', {
		type: 'button', hidden: true, id: 'reset', title: 'Show the whole again (Esc)',
		onclick: () => store.set(unzoomed(store.get())),
	}, 'Reset zoom');

	function turnOver() {
		store.set({ inverted: !store.get().inverted });
	}

	choices.forEach(([name, words], i) =>
		keys.add([String(i + 1)], words, () => store.set({ view: name })));
	keys.add(['i'], 'Root above or below', turnOver);
	return {
		element: [
			make('div', { class: 'ft-group', role: 'group', 'aria-label': 'View' }, buttons),
			turn, reset,
		],
		render(view, state) {
			choices.forEach(([name], i) =>
				buttons[i].setAttribute('aria-pressed', String(name === state.view)));
			turn.setAttribute('aria-pressed', String(state.inverted));
			reset.hidden = !isZoomed(state);
		},
	};
}
