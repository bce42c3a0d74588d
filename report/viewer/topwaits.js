// SPDX-License-Identifier: GPL-2.0-or-later
// Where threads waited most: classes of waits by the program's own code. A table that is sorted by
// any column for the view of waits, and its first rows below the graph, where the picture has them.
// A click on the code shows it in the graph, as chips.
import { WAIT_KIND } from './colour.js';
import { fill, make } from './dom.js';
import { formatCount } from './format.js';
import { makeSwatch } from './heading.js';
import { withChip } from './menu.js';
import { PLACE_FIGURES, firstPlaces, placeName, placeProcess, placeShare } from './waitplaces.js';
import { sortPlaces, waitPlaces } from './waitplaces.js';
import { waitPercent, waitTime } from './waits.js';
import { IDLE_SUFFIX, hasWaits, isOfCpu } from './waitstats.js';
import { exactPattern } from './words.js';

/** As many as in .txt, ... */
const MOST_BUSY = 40;
const MOST_IDLE = 20;

/** ... and as below the picture. */
const FIRST_BUSY = 10;
const FIRST_IDLE = 3;

const PLACE_COLUMNS = [
	{ by: 'total', title: 'total', tip: 'blocked, and in the run queue after it', format: waitTime },
	{ by: 'share', title: 'share', tip: 'of all that is not idle' },
	{ by: 'count', title: 'waits', tip: 'how many; of preemptions, how often', format: formatCount },
	{ by: 'mean', title: 'mean', tip: 'time blocked in a wait', format: waitTime },
	{ by: 'longest', title: 'longest', tip: 'the longest time blocked', format: waitTime },
	{ by: 'queued', title: 'run queue', tip: 'share of the time that it could have run',
		format: waitPercent },
	{ by: 'class', title: 'for', tip: 'what was waited for' },
	{ by: 'process', title: 'process', tip: 'whose threads' },
	{ by: 'code', title: 'function < caller', tip: 'the code of the program that waited' },
];

/** The chips that show a place: functions that have no name are told by their address. */
function placeChips({ class: of, name, caller, isKernel, process, processes }) {
	const functions = [name, caller].filter(Boolean)
		.map(text => ({ op: 'focus', text: exactPattern(text) }));
	const comm = process && processes.size === 1 && !isKernel ?
		[{ op: 'comm', text: exactPattern(process) }] : [];

	return [{ op: 'class', text: exactPattern(of) }, ...comm, ...functions];
}

/** Only that place, in the flame graph. */
function showPlace({ store }, row) {
	store.set({ view: 'flame', zoom: null,
		chips: placeChips(row).reduce(withChip, store.get().chips) });
}

const placeClass = row => `${row.class}${row.idle ? IDLE_SUFFIX : ''}`;

/** The code of a place; a click shows it. */
function placeButton(app, row) {
	const { caller, process } = row, name = placeName(row);

	return make('button', { type: 'button', title: 'Show it in the flame graph',
		'data-key': `top ${placeClass(row)} ${name} ${caller} ${process}`,
		onclick: () => showPlace(app, row) },
	[name, caller ? make('span', { class: 'ft-quiet' }, ` < ${caller}`) : null]);
}

const titleOf = ({ isOfWakers }) => `Top waits${isOfWakers ? ', by who ended them' : ''}`;

/** There are names of more than one process. */
const hasProcessesOf = rows => new Set(rows.flatMap(row => [...row.processes])).size > 1;

class TopWaits {
	constructor(app) {
		this.app = app;
		this.heads = PLACE_COLUMNS.map(({ by, title, tip }) => make('th', {
			scope: 'col', 'data-by': by,
			class: PLACE_FIGURES[by] || by === 'share' ? 'ft-number' : '',
		}, [by === 'share' ? title : make('button', { type: 'button', title: `Sort: ${tip}`,
			'data-key': `top sort ${by}`, onclick: () => this.sortBy(by) }, [title])]));
		this.title = make('h2', { id: 'top-waits' });
		this.body = make('tbody');
		this.rest = make('p', { class: 'ft-quiet' });
		this.table = make('div', { class: 'ft-table ft-waits-table ft-top-waits' }, [
			make('table', { 'aria-labelledby': 'top-waits' },
				[make('thead', {}, [make('tr', {}, this.heads)]), this.body]),
		]);
		this.element = make('div', {}, [this.title, this.table, this.rest]);
	}

	sortBy(by) {
		const { store } = this.app;
		const { placeSort } = store.get();
		const first = Boolean(PLACE_FIGURES[by]);
		store.set({ placeSort: { by, down: placeSort.by === by ? !placeSort.down : first } });
	}

	figureCell({ by, format }, row, busy) {
		const cell = make('td', { class: `ft-number ft-waits-${by}` },
			by === 'share' ? placeShare(row, busy) : format(PLACE_FIGURES[by](row)));
		if (by === 'total')
			cell.style.setProperty('--share',
				`${(busy && !row.idle ? 100 * row.total / busy : 0).toFixed(2)}%`);
		return cell;
	}

	placeRow(row, { busy, hasProcesses }) {
		return make('tr', { 'data-place': '' }, [
			...PLACE_COLUMNS.filter(({ by }) => PLACE_FIGURES[by] || by === 'share')
				.map(column => this.figureCell(column, row, busy)),
			make('td', { class: 'ft-waits-for' }, [makeSwatch(WAIT_KIND, `[${row.class}]`),
				placeClass(row)]),
			make('td', { class: 'ft-waits-process', hidden: !hasProcesses }, placeProcess(row)),
			make('th', { scope: 'row' }, [placeButton(this.app, row)]),
		]);
	}

	/** @param {Uint8Array|null} inside by stack of refined; null: all of them */
	render(refined, inside, { placeSort }) {
		const found = waitPlaces(this.app.profile, refined, inside), { rows, busy } = found;
		const hasProcesses = hasProcessesOf(rows);
		const { shown, rest } = firstPlaces(sortPlaces(rows, placeSort), MOST_BUSY, MOST_IDLE);

		this.element.hidden = !rows.length;
		this.heads.forEach((head, i) => {
			const { by } = PLACE_COLUMNS[i];
			head.hidden = by === 'process' && !hasProcesses;
			head.setAttribute('aria-sort', placeSort.by !== by ? 'none' :
				placeSort.down ? 'descending' : 'ascending');
		});
		fill(this.title, titleOf(found));
		fill(this.body, shown.map(row => this.placeRow(row, { busy, hasProcesses })));
		fill(this.rest, rest);
	}
}

/** Gives { element, render(refined, inside, state) }: a part of the view of waits. */
export function createTopWaits(app) {
	return new TopWaits(app);
}

function firstRow(app, row, { busy, hasProcesses }) {
	const process = hasProcesses ? make('span', { class: 'ft-module ft-quiet' },
		placeProcess(row)) : null;

	return make('tr', {}, [waitTime(row.total), row.idle ? 'idle' : placeShare(row, busy)]
		.map(words => make('td', {}, words)).concat([
			make('td', {}, [makeSwatch(WAIT_KIND, `[${row.class}]`), ` ${row.class}`]),
			make('td', {}, [placeButton(app, row), process]),
		]));
}

/** Gives { element, render }: the first ones, below the graph. */
export function createFirstWaits(app) {
	const body = make('tbody'), title = make('th', { scope: 'col' });
	const [total, share, code] = ['total', 'share', 'function < caller'].map(words =>
		make('th', { scope: 'col' }, words));
	const element = make('section', { class: 'ft-waits ft-places', 'aria-label': 'Top waits' },
		[make('table', {}, [make('thead', {}, [make('tr', {}, [total, share, title, code])]), body])]);
	let drawn = null;

	return {
		element,
		render(view, state) {
			element.hidden = !hasWaits(app.profile) || state.view !== 'flame' || isOfCpu(view.unit);
			if (element.hidden || drawn === view.refined)
				return;
			drawn = view.refined;
			const found = waitPlaces(app.profile, view.refined, null), { rows, busy } = found;
			const { shown } = firstPlaces(sortPlaces(rows, { by: 'total', down: true }),
				FIRST_BUSY, FIRST_IDLE);
			const { key } = element.contains(document.activeElement) ?
				document.activeElement.dataset : {};
			const hasProcesses = hasProcessesOf(rows);

			fill(title, titleOf(found).toLowerCase());
			fill(body, shown.map(row => firstRow(app, row, { busy, hasProcesses })));
			body.parentNode.hidden = !rows.length;
			[...body.querySelectorAll('button')].find(button => button.dataset.key === key)
				?.focus({ preventScroll: true });
		},
	};
}
