// SPDX-License-Identifier: GPL-2.0-or-later
// The page that stands where the picture stood: a heading, and named places that components are
// put into. Its first screen has the graph where the picture had it.
import { make } from './dom.js';

/**
 * @returns {{title, subtitle, legend, tools, switches, chips, strip, main, top, status, notes,
 *	over, live}} places by name, and `elements` to put into a body
 */
export function createPage() {
	const places = {
		title: make('h1'),
		subtitle: make('p', { class: 'ft-quiet' }),
		legend: make('p', { class: 'ft-legend ft-quiet' }),
		// Views, values, search, buttons.
		tools: make('div', { class: 'ft-tools', role: 'group', 'aria-label': 'Tools' }),
		// What refines the profile: chips, and the switches beside them.
		chips: make('div', { class: 'ft-chips' }),
		strip: make('div', { class: 'ft-strip' }),
		main: make('main', { class: 'ft-main' }),
		top: make('div'),
		// The figures of quality, a cell each, and notes, a line each.
		status: make('dl', { class: 'ft-quality' }),
		notes: make('ul', { class: 'ft-notes ft-quiet' }),
		// Menus and dialogs, which lie over the rest.
		over: make('section', { 'aria-label': 'Menus and messages' }),
		live: make('div', { class: 'ft-unseen', role: 'status', 'aria-live': 'polite' }),
	};
	const words = make('div', { class: 'ft-words' },
		[places.title, places.subtitle, places.legend]);

	places.elements = [
		make('header', { class: 'ft-head' }, [words, places.tools]),
		make('div', { class: 'ft-refine' }, [places.chips, places.strip]),
		places.main,
		make('footer', { class: 'ft-foot' }, [places.top, places.status, places.notes]),
		places.over,
		places.live,
	];
	return places;
}
