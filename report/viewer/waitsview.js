// SPDX-License-Identifier: GPL-2.0-or-later
// Where the waiting goes: a table of the classes of waits, sorted by any column, beneath the one
// that is chosen its futexes by address, and the lengths of its waits as histograms. Of all that is
// shown, of the box that the graph is zoomed to, or of one function.
import { WAIT_KIND, colourClass } from './colour.js';
import { fill, make } from './dom.js';
import { formatCount, formatShare } from './format.js';
import { futexRows } from './futexes.js';
import { makeSwatch } from './heading.js';
import { bucketRange, createHistogram } from './histogram.js';
import { withChip } from './menu.js';
import { stacksOfPaths } from './refine.js';
import { createTopWaits } from './topwaits.js';
import { IDLE_SUFFIX, figuresOf, hasCpu, phaseRows, sortPhaseRows } from './waitstats.js';
import { WAIT_IDLE, waitClassName, waitPercent, waitSums, waitTime } from './waits.js';
import { exactPattern } from './words.js';

/** by, heading, what it is; `format` makes words of the figure. */
export const CLASS_COLUMNS = [
	{ by: 'class', title: 'waits for', tip: 'what threads waited for' },
	{ by: 'count', title: 'waits', tip: 'how many; of preemptions, how often', format: formatCount },
	{ by: 'total', title: 'total', tip: 'blocked, and in the run queue after it',
		format: waitTime },
	{ by: 'mean', title: 'mean', tip: 'time blocked in a wait', format: waitTime },
	{ by: 'p50', title: 'p50', tip: 'half of the waits were blocked no longer',
		format: waitTime },
	{ by: 'p99', title: 'p99', tip: '99% of the waits were blocked no longer',
		format: waitTime },
	{ by: 'longest', title: 'max', tip: 'the longest time blocked', format: waitTime },
	{ by: 'queued', title: 'run queue', tip: 'share of the time that it could have run',
		format: waitPercent },
];

const FUTEX_CLASSES = ['lock', 'condition', 'futex'];
const MOST_FUTEXES = 20;

/** By stack: 1 where a function of this label is in it. */
function stacksWith({ stackParent, stackFrame, frames, labels }, label) {
	const inside = new Uint8Array(stackParent.length);

	for (let i = 1; i < inside.length; i++)
		inside[i] = inside[stackParent[i]] || labels[frames[stackFrame[i]].label] === label ? 1 : 0;
	return inside;
}

function processWords({ process, pid }) {
	return process && pid ? `${process} (${pid})` : process;
}

/** Which stacks a state asks for: { inside, words }; inside null: all of them. */
function scopeOf(refined, { zoom, ofFunction, selected }) {
	if (ofFunction && selected !== null)
		return { inside: stacksWith(refined, selected), words: `with ${selected}` };
	if (zoom && zoom.length)
		return { inside: stacksOfPaths(refined, [zoom.join(';')]),
			words: `in the box ${zoom[zoom.length - 1]}` };
	return { inside: null, words: '' };
}

class WaitsView {
	constructor(app) {
		this.app = app;
		this.made = [];
		this.heads = CLASS_COLUMNS.map(({ by, title, tip }) => make('th', {
			scope: 'col', 'data-by': by, class: by === 'class' ? '' : 'ft-number',
		}, [make('button', { type: 'button', title: `Sort: ${tip}`, 'data-key': `sort ${by}`,
			onclick: () => this.sortBy(by) }, [title])]));
		this.body = make('tbody');
		this.whole = make('button', { type: 'button', 'data-key': 'whole',
			onclick: () => app.store.set({ zoom: null, ofFunction: false }) }, 'All that is shown');
		this.scope = make('h2');
		this.summary = make('p', { class: 'ft-quiet' });
		this.idle = make('input', { type: 'checkbox' });
		this.idle.addEventListener('change', () => app.store.set({ showIdle: this.idle.checked }));
		this.idleLabel = make('label', { class: 'ft-waits-idle', title: '--show-idle' },
			[this.idle, 'idle waits with their stacks in the graph']);
		this.byTime = make('input', { type: 'checkbox', id: 'by-time' });
		this.byTime.addEventListener('change', () => app.store.set({ byTime: this.byTime.checked }));
		this.blocked = createHistogram({ id: 'blocked', title: 'Blocked', noun: 'wait' });
		this.runqueue = createHistogram({ id: 'runqueue', title: 'In the run queue', noun: 'time' });
		this.lengths = make('h2');
		this.top = createTopWaits(app);
		this.element = make('section', { class: 'ft-waiting', 'aria-label': 'Waits' }, [
			make('div', { class: 'ft-waits-line' }, [this.scope, this.whole, this.idleLabel]),
			this.summary,
			make('div', { class: 'ft-table ft-waits-table' }, [
				make('table', { 'aria-label': 'Waits by class' }, [
					make('thead', {}, [make('tr', {}, [...this.heads,
						make('td', { class: 'ft-waits-do' })])]),
					this.body,
				]),
			]),
			this.top.element,
			make('div', { class: 'ft-waits-line' }, [this.lengths,
				make('label', {}, [this.byTime, 'bars by time, not by number'])]),
			this.blocked.element, this.runqueue.element,
		]);
	}

	sortBy(by) {
		const { store } = this.app;
		const { waitSort } = store.get();
		store.set({ waitSort: { by, down: waitSort.by === by ? !waitSort.down : by !== 'class' } });
	}

	choose(name) {
		const { store } = this.app;
		store.set({ waitClass: store.get().waitClass === name ? null : name });
	}

	/** Only that class, in the flame graph. */
	showInGraph(name) {
		const { store } = this.app;
		const chip = { op: 'class', text: exactPattern(name.replace(IDLE_SUFFIX, '')) };

		store.set({ view: 'flame', chips: withChip(store.get().chips, chip) });
	}

	cells(row) {
		const figures = figuresOf(row);
		const share = this.most ? figures.total / this.most : 0;

		return CLASS_COLUMNS.slice(1).map(({ by, format }) => {
			const cell = make('td', { class: `ft-number ft-waits-${by}`, 'data-value': figures[by] },
				format(figures[by]));
			if (by === 'total')
				cell.style.setProperty('--share', `${Math.min(100, 100 * share).toFixed(2)}%`);
			return cell;
		});
	}

	classRow(row, { chosen, expands }) {
		const { name } = row;
		const button = make('button', { type: 'button', 'data-key': `class ${name}`,
			'aria-pressed': String(chosen), 'aria-expanded': expands ? String(chosen) : null,
			onclick: () => this.choose(name) },
		[makeSwatch(WAIT_KIND, `[${name.replace(IDLE_SUFFIX, '')}]`), name]);

		return make('tr', { 'data-class': name, class: chosen ? 'ft-chosen' : '' }, [
			make('th', { scope: 'row' }, [button]),
			...this.cells(row),
			make('td', { class: 'ft-waits-do' }, [make('button', { type: 'button',
				title: `Show ${name} in the flame graph`, 'aria-label': `Show ${name} in the graph`,
				'data-key': `graph ${name}`, onclick: () => this.showInGraph(name) }, 'Graph')]),
		]);
	}

	futexRow(row) {
		const list = (title, items) => (items.length ? make('div', { class: 'ft-quiet' }, [
			`${title} `, items.slice(0, 3).map(({ name, share }) =>
				(items.length > 1 ? `${name} ${formatShare(share)}` : name)).join(', '),
			items.length > 3 ? `, and ${items.length - 3} more` : '',
		]) : null);

		return make('tr', { 'data-futex': row.name, class: 'ft-waits-futex' }, [
			make('th', { scope: 'row', class: 'ft-waits-within' }, [
				make('span', {}, `${row.name} `),
				make('span', { class: 'ft-quiet' }, processWords(row)),
				list('waiting:', row.threads), list('waits in', row.waits),
				list('woken by', row.wakes),
			]),
			...this.cells(row), make('td', { class: 'ft-waits-do' }),
		]);
	}

	/** Futexes of the waits of a row. */
	futexesOf(name) {
		const { refined, within: { inside } } = this;
		const { waits } = refined;
		const of = name.replace(IDLE_SUFFIX, ''), idle = of !== name;

		return futexRows(refined, this.app.profile, { chosen: i =>
			waitClassName(waits.class[i]) === of && Boolean(waits.flags[i] & WAIT_IDLE) === idle &&
			(!inside || inside[refined.sampleStack[i]] === 1) });
	}

	futexPart(name) {
		const rows = this.futexesOf(name);
		const rest = rows.length - MOST_FUTEXES;

		return [...rows.slice(0, MOST_FUTEXES).map(row => this.futexRow(row)),
			rest > 0 ? make('tr', {}, [make('td', { class: 'ft-waits-within ft-quiet',
				colspan: CLASS_COLUMNS.length + 1 }, `${rest} more futexes`)]) : null];
	}

	tableRows(rows, { waitClass, waitSort }) {
		return sortPhaseRows(rows, waitSort).map(row => {
			const chosen = row.name === waitClass;
			const expands = FUTEX_CLASSES.includes(row.name.replace(IDLE_SUFFIX, ''));
			return [this.classRow(row, { chosen, expands }),
				chosen && expands ? this.futexPart(row.name) : null];
		});
	}

	render(view, state) {
		const { refined } = view;
		const of = [refined, state.zoom, state.ofFunction, state.selected, state.waitClass,
			state.waitSort, state.placeSort, state.byTime];

		if (of.every((part, i) => part === this.made[i]))
			return;
		this.made = of;
		this.refined = refined;
		this.within = scopeOf(refined, state);
		this.take(state);
	}

	take(state) {
		const found = phaseRows(this.refined, this.within.inside);
		const focused = this.element.contains(document.activeElement) ?
			document.activeElement.dataset.key : null;

		this.most = Math.max(...found.rows.map(row => figuresOf(row).total));
		this.heads.forEach((head, i) => {
			const { by } = CLASS_COLUMNS[i], { waitSort } = state;
			const up = !waitSort.down;
			head.setAttribute('aria-sort',
				waitSort.by !== by ? 'none' : up ? 'ascending' : 'descending');
		});
		fill(this.body, this.tableRows(found.rows, state));
		this.tell(found, state);
		this.top.render(this.refined, this.within.inside, state);
		this.drawLengths(found, state);
		const again = focused && [...this.element.querySelectorAll('[data-key]')]
			.find(element => element.dataset.key === focused);
		if (again)
			again.focus({ preventScroll: true });
	}

	tell({ rows, sums }, state) {
		const { profile } = this.app;

		fill(this.scope, `Waits ${this.within.words}`);
		fill(this.summary, rows.length ? waitSums(sums, profile.durationNs, hasCpu(profile)) :
			'There are no waits.');
		this.whole.hidden = !this.within.inside;
		this.idle.checked = state.showIdle;
		this.byTime.checked = state.byTime;
		this.idleLabel.hidden = !this.app.profile.core.sampleIdle;
	}

	drawLengths({ all, rows }, { waitClass, byTime }) {
		const row = rows.find(({ name }) => name === waitClass) || all;
		const range = bucketRange([row.blocked, row.runqueue]);
		const name = row === all ? 'all but idle waits' : row.name;

		fill(this.lengths, `How long: ${name}`);
		this.blocked.render(row.blocked, { range, byTime, colour: colourClass(WAIT_KIND,
			row === all ? '[network]' : `[${name.replace(IDLE_SUFFIX, '')}]`) });
		this.runqueue.render(row.runqueue, { range, byTime,
			colour: colourClass(WAIT_KIND, '[run queue]') });
	}
}

/** Gives { element, render }. */
export function createWaitsView(app) {
	return new WaitsView(app);
}
