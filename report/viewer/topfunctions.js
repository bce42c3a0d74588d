// SPDX-License-Identifier: GPL-2.0-or-later
// The functions with the largest self share below the graph, where the picture has them; a click
// searches for one, so that its boxes are seen. What was waited for is in a table of its own.
import { colourClass } from './colour.js';
import { fillLargestChanges } from './diffparts.js';
import { fill, make } from './dom.js';
import { formatShare } from './format.js';
import { makeSwatch } from './heading.js';
import { FRAME_KINDS } from './roots.js';
import { hasWaits, isOfCpu } from './waitstats.js';
import { exactPattern } from './words.js';

const TOP_FUNCTIONS = 10;
const KINDS_OF_WAITS = ['wait', 'waker'];

function moduleName({ modules }) {
	return modules.length === 1 ? modules[0].replace(/.*\//s, '') : '';
}

function topRow(app, tree, row) {
	const whole = tree.total[0];
	const name = tree.labels[row.label];
	const module = moduleName(row);
	const kind = FRAME_KINDS.indexOf(row.kind);
	const search = () => app.store.set({ view: 'flame', search: exactPattern(name) });

	return make('tr', {}, [
		make('td', {}, formatShare(row.self / whole)),
		make('td', {}, formatShare(row.total / whole)),
		make('td', {}, [
			make('svg:svg', { class: 'ft-bar', 'aria-hidden': 'true' }, make('svg:rect', {
				class: colourClass(kind, name), height: 14, width: `${100 * row.self / whole}%`,
			})),
			makeSwatch(kind, name),
			make('button', { type: 'button', title: 'Search for it', onclick: search }, [
				name, module && module !== name && name[0] !== '[' ?
					make('span', { class: 'ft-module ft-quiet' }, module) : null,
			]),
		]),
	]);
}

function fillTop(element, app, view, { value }) {
	const rows = view.totals.filter(({ self, kind }) => self > 0 && !KINDS_OF_WAITS.includes(kind))
		.slice(0, TOP_FUNCTIONS);
	const ofCpu = isOfCpu(view.profile.valueTypes[value]);
	const title = !hasWaits(view.profile) ? 'top functions' : ofCpu ? 'top functions on the CPU' :
		'top functions by self time on the CPU (total: with waits)';

	if (view.profile.diff)
		fillLargestChanges(element, app, view, TOP_FUNCTIONS);
	else
		fill(element, !rows.length ? [] : [
			make('thead', {}, make('tr', {}, ['self', 'total', title].map(words =>
				make('th', { scope: 'col' }, words)))),
			make('tbody', {}, rows.map(row => topRow(app, view.tree, row))),
		]);
}

/** Gives { element, render }. */
export function createTopFunctions(app) {
	const element = make('table', { class: 'ft-top' });
	let drawn = null;

	return {
		element,
		render(view, state) {
			// Other views have all functions.
			const shown = state.view === 'flame' && view.tree.total[0] > 0;
			if (shown && drawn !== view.totals) {
				drawn = view.totals;
				fillTop(element, app, view, state);
			}
			element.hidden = !shown || !element.hasChildNodes();
		},
	};
}
