// SPDX-License-Identifier: GPL-2.0-or-later
// Servers wait for work most of the time: a click leaves idle waits out, another has them back.
// How much that is stands beneath the title (heading.js).
import { make } from './dom.js';

/** Gives { element, render }. */
export function createIdleSwitch(app) {
	const { store, profile } = app;
	const button = make('button', {
		type: 'button', class: 'ft-no-idle', hidden: !profile.core.sampleIdle,
		title: 'Leave out what waited for work (--no-idle)',
		onclick: () => store.set({ noIdle: !store.get().noIdle }),
	}, 'Without idle');

	return {
		element: button,
		render(view, state) {
			button.setAttribute('aria-pressed', String(state.noIdle));
		},
	};
}
