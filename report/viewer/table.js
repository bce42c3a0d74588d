// SPDX-License-Identifier: GPL-2.0-or-later
// The functions as a table: self and total, sorted by any column, only what the search finds.
// However many they are, only the rows in view are in the document.
import { changeClass, changeWords, formatAmount, formatChange } from './changes.js';
import { changeSwatch } from './diffparts.js';
import { make } from './dom.js';
import { formatShare, formatValue, shownStyle } from './format.js';
import { hasSides, shownDiff } from './sides.js';
import { nextSort, sortTableRows, tableColumns, tableRowsOf } from './tablerows.js';

// px; viewer.css has the same height.
const TABLE_ROW = 28;
const TABLE_MARGIN = 8; // rows above and below what is in view

class FunctionTable {
	constructor(app, { id, name, compact, onSelect, onEnter }) {
		this.app = app;
		this.id = id;
		this.onSelect = onSelect;
		this.onEnter = onEnter;
		this.columns = tableColumns(Boolean(app.profile.diff)).filter(({ by }) =>
			!compact || !['module', 'base', 'new'].includes(by));
		this.name = name;
		this.rows = [];      // as shown
		this.current = 0;    // the row with the cursor
		this.shown = null;   // [first, end) of the rows in the document
		this.of = [];        // what the rows were made of
		this.sorted = [];    // all rows, found or not
		this.sortedOf = [];  // what these were made of
		this.makeElements();
		this.listen();
	}

	makeElements() {
		this.heads = this.columns.map(({ by, title, number, tip }) => {
			const button = make('button', { type: 'button', title: `Sort: ${tip}` }, [title]);
			const head = make('th', { scope: 'col', role: 'columnheader', 'data-by': by,
				class: number ? 'ft-number' : `ft-${by}` }, [button]);
			button.addEventListener('click', () => this.sortBy(by));
			return head;
		});
		this.body = make('tbody', { role: 'rowgroup' });
		this.table = make('table', {
			role: 'grid', tabindex: 0, 'aria-label': this.name, 'aria-rowcount': 1,
			'aria-colcount': this.columns.length,
		}, [
			make('thead', { role: 'rowgroup' },
				[make('tr', { role: 'row', 'aria-rowindex': 1 }, this.heads)]),
			this.body,
		]);
		this.scroller = make('div', { class: 'ft-table-scroller' }, [this.table]);
		this.count = make('p', { class: 'ft-table-count', role: 'status' });
		this.element = make('section', { class: 'ft-table', 'aria-label': this.name },
			[this.count, this.scroller]);
	}

	listen() {
		this.scroller.addEventListener('scroll', () => this.fill(), { passive: true });
		this.table.addEventListener('keydown', event => this.onKey(event));
		this.body.addEventListener('click', event => this.onRow(event, row => this.select(row)));
		this.body.addEventListener('dblclick', event => this.onRow(event, row => this.enter(row)));
		this.body.addEventListener('contextmenu', event =>
			this.onRow(event, row => this.openMenu(row, event)));
		if (typeof ResizeObserver === 'function')
			new ResizeObserver(() => this.fill()).observe(this.scroller);
	}

	onRow(event, action) {
		const row = event.target.closest('tr[data-row]');
		if (row)
			action(Number(row.dataset.row));
	}

	openMenu(row, event) {
		event.preventDefault();
		this.select(row);
		this.app.menu.open({ label: this.rows[row].name, path: null, stack: null }, event.clientX,
			event.clientY);
	}

	sortBy(by) {
		const { store } = this.app;
		store.set({ sort: nextSort(store.get().sort, by) });
	}

	select(row) {
		this.current = row;
		this.onSelect(this.rows[row].name);
		this.showCursor();
	}

	enter(row) {
		this.select(row);
		this.onEnter(this.rows[row].name);
	}

	/** The row that keys are about. */
	frameAtCursor() {
		const row = this.body.querySelector('.ft-cursor');
		const box = row && row.getBoundingClientRect();

		return box ? { label: this.rows[this.current].name, path: null, stack: null,
			x: box.left + 8, y: box.bottom } : null;
	}

	onKey(event) {
		const page = Math.max(1, Math.floor(this.scroller.clientHeight / TABLE_ROW) - 2);
		const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page,
			Home: -Infinity, End: Infinity };
		const last = this.rows.length - 1;

		if (event.target !== this.table || last < 0 || event.ctrlKey || event.metaKey || event.altKey)
			return;
		if (event.key in steps)
			this.select(Math.min(last, Math.max(0, this.current + steps[event.key])));
		else if (event.key === 'Enter')
			this.enter(this.current);
		else
			return;
		event.preventDefault();
		event.stopPropagation();
		this.scrollToCursor();
	}

	scrollToCursor() {
		const head = TABLE_ROW; // it stays in view, above the rows
		const top = this.current * TABLE_ROW, { scrollTop, clientHeight } = this.scroller;

		if (top < scrollTop)
			this.scroller.scrollTop = top;
		else if (top + TABLE_ROW + head > scrollTop + clientHeight)
			this.scroller.scrollTop = top + TABLE_ROW + head - clientHeight;
		this.fill();
	}

	showCursor() {
		const { selected } = this;
		let active = null;

		for (const row of this.body.querySelectorAll('tr[data-row]')) {
			const number = Number(row.dataset.row);
			row.setAttribute('aria-selected', String(this.rows[number].name === selected));
			row.classList.toggle('ft-cursor', number === this.current);
			if (number === this.current)
				active = row.id;
		}
		if (active)
			this.table.setAttribute('aria-activedescendant', active);
		else
			this.table.removeAttribute('aria-activedescendant');
	}

	makeRow(number) {
		const { name, self, total, module, path, selfChange, totalChange } = this.rows[number];
		const cell = (value, by) => {
			const share = this.whole ? value / this.whole : 0;
			const element = make('td', { role: 'gridcell', class: `ft-number ft-${by}` }, [
				make('span', { class: 'ft-share' }, [formatShare(share)]),
				make('span', { class: 'ft-value' }, [formatValue(value, this.style)]),
			]);
			element.style.setProperty('--share', `${Math.min(100, 100 * Math.abs(share))}%`);
			return element;
		};

		const figures = totalChange ? this.columns.filter(column => column.number)
			.map(({ by }) => this.changeCell(by, selfChange, totalChange)) :
			[cell(self, 'self'), cell(total, 'total')];

		return make('tr', { role: 'row', id: `${this.id}-${number}`, 'data-row': number,
			'aria-rowindex': number + 2 }, [
			...figures,
			make('td', { role: 'gridcell', class: 'ft-name', title: name }, [make('bdi', {}, [name])]),
			this.columns.some(({ by }) => by === 'module') ?
				make('td', { role: 'gridcell', class: 'ft-module', title: path }, module) : null,
		]);
	}

	/** Of a difference: an amount, or a change with its colour. */
	changeCell(by, selfChange, totalChange) {
		const { diff } = this;
		const change = by === 'selfchange' ? selfChange : totalChange;
		const attributes = { role: 'gridcell', class: `ft-number ft-${by}` };

		if (by === 'base' || by === 'new')
			return make('td', attributes, formatAmount(diff, change.amounts[by === 'new' ? 1 : 0]));
		return make('td', { ...attributes, title: changeWords(diff, change) }, [
			formatChange(diff, change.change), changeSwatch(changeClass(change)),
		]);
	}

	// The rows in view, between two empty ones as high as all the others.
	fill() {
		const n = this.rows.length;
		const { scrollTop, clientHeight } = this.scroller;
		const first = Math.max(0, Math.floor(scrollTop / TABLE_ROW) - TABLE_MARGIN);
		const end = Math.min(n, Math.ceil((scrollTop + clientHeight) / TABLE_ROW) + TABLE_MARGIN);

		if (this.shown && this.shown[0] === first && this.shown[1] === end)
			return;
		this.shown = [first, end];
		const space = rows => {
			const row = make('tr', { class: 'ft-space', 'aria-hidden': 'true' });
			row.style.height = `${rows * TABLE_ROW}px`;
			return row;
		};
		const rows = [];
		for (let i = first; i < end; i++)
			rows.push(this.makeRow(i));
		this.body.replaceChildren(...first ? [space(first)] : [], ...rows,
			...end < n ? [space(n - end)] : []);
		this.showCursor();
	}

	render(view, state) {
		const other = this.selected !== state.selected;

		this.selected = state.selected;
		const of = [view.totals, view.search, state.sort];

		this.heads.forEach((head, i) => {
			const { by } = this.columns[i], { sort } = state;
			const up = by === 'name' || by === 'module' ? sort.down : !sort.down;
			head.setAttribute('aria-sort',
				sort.by !== by ? 'none' : up ? 'ascending' : 'descending');
		});
		if (of.some((part, i) => part !== this.of[i])) {
			this.of = of;
			this.shown = null;
			this.take(view, state);
		}
		if (other)
			this.findCursor();
		this.fill();
		this.showCursor();
		// One that was chosen elsewhere is brought into view.
		if (other && this.rows.length && this.rows[this.current].name === this.selected)
			this.scrollToCursor();
	}

	findCursor() {
		this.current = Math.max(0, this.rows.findIndex(row => row.name === this.selected));
	}

	take(view, state) {
		if (this.sortedOf[0] !== view.totals || this.sortedOf[1] !== state.sort) {
			this.sortedOf = [view.totals, state.sort];
			this.sorted = sortTableRows(tableRowsOf(view), state.sort);
		}
		const all = this.sorted;
		const found = view.search ? all.filter(row => view.search.matched[row.label]) : all;

		this.rows = found;
		this.whole = view.tree.total[0];
		this.diff = hasSides(view.tree) ? shownDiff(view.tree) : null;
		this.style = shownStyle(view.profile, state.value);
		this.table.setAttribute('aria-rowcount', this.rows.length + 1);
		// With the heading and the borders, if there is room for all.
		this.scroller.style.height = `min(68vh, ${(this.rows.length + 1) * TABLE_ROW + 3}px)`;
		this.count.textContent = view.search ?
			`${found.length} of ${all.length} functions match` : `${all.length} functions`;
		this.findCursor();
	}
}

/**
 * @param {object} app
 * @param {{id: string, name: string, compact: boolean, onSelect: function(string),
 *	onEnter: function(string)}} [options] of a table beside something else
 * @returns {FunctionTable} element, render(view, state), frameAtCursor()
 */
export function createTable(app, options = {}) {
	return new FunctionTable(app, {
		id: 'function', name: 'Functions', compact: false,
		onSelect: label => app.store.set({ selected: label }),
		onEnter: () => app.store.set({ view: 'sandwich', aboveZoom: null, belowZoom: null }),
		...options,
	});
}
