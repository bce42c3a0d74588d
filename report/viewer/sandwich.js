// SPDX-License-Identifier: GPL-2.0-or-later
// One function between those that call it and those that it calls, over all its places in the tree;
// beside it the table to choose it from. Without a choice it is the one with most self time.
import { calleesTree, callersTree } from './turned.js';
import { createGraph } from './graph.js';
import { createTable } from './table.js';
import { fill, make } from './dom.js';
import { formatShare, formatValue, shownStyle } from './format.js';
import { functionWords, hasSides, turnSides } from './sides.js';

const TOO_MANY = 'There are too many callers: the outermost are left out.';

class Sandwich {
	constructor(app) {
		this.app = app;
		this.of = [];
		this.table = createTable(app, {
			id: 'choose', name: 'Functions to choose from', compact: true,
			onEnter: () => this.below.area.focus(),
			onSelect: label => app.store.set({ selected: label, aboveZoom: null, belowZoom: null }),
		});
		this.above = createGraph(app, {
			name: 'Callers of the function', id: 'above',
			onZoom: path => app.store.set({ aboveZoom: path }),
			pathsOf: path => ({ path: null, stack: [...path.slice().reverse(), this.name] }),
		});
		this.below = createGraph(app, {
			name: 'What the function calls', id: 'below',
			onZoom: path => app.store.set({ belowZoom: path }),
			pathsOf: path => ({ path: null, stack: [this.name, ...path] }),
		});
		this.makeElement();
	}

	makeElement() {
		this.title = make('h2', {});
		this.figures = make('p', { class: 'ft-quiet' });
		this.cut = make('p', { class: 'ft-quiet' }, TOO_MANY);
		this.opener = make('button', {
			type: 'button', class: 'ft-choose', 'aria-expanded': 'false', 'aria-controls': 'choose',
			onclick: () => this.openList(this.opener.getAttribute('aria-expanded') !== 'true'),
		}, 'Choose a function');
		this.list = make('div', { id: 'choose', class: 'ft-choose-list' }, this.table.element);
		this.element = make('section', { class: 'ft-sandwich', 'aria-label': 'Sandwich' }, [
			make('div', { class: 'ft-choose-side' }, [this.opener, this.list]),
			make('div', { class: 'ft-sandwich-graphs' }, [
				this.title, this.figures,
				make('h3', {}, 'Callers'), this.cut, this.above.element,
				make('h3', {}, 'Callees'), this.below.element,
			]),
		]);
	}

	// Where there is room the list is always open, see views.css.
	openList(open) {
		this.opener.setAttribute('aria-expanded', String(open));
		this.list.classList.toggle('ft-open', open);
		this.table.fill();
	}

	frameAtCursor() {
		const graphs = [this.above, this.below];
		const graph = graphs.find(({ hovered }) => hovered > 0) ||
			graphs.find(({ area }) => area === document.activeElement);

		return graph ? graph.frameAtCursor() : this.table.frameAtCursor();
	}

	chosen({ tree, totals }, { selected }) {
		return totals.find(row => tree.labels[row.label] === selected) || totals[0] || null;
	}

	render(view, state) {
		const row = this.chosen(view, state);

		this.table.render(view, { ...state, selected: row && view.tree.labels[row.label] });
		if (this.of[0] !== view.tree || this.of[1] !== row) {
			this.of = [view.tree, row];
			this.take(view, state, row);
		}
		const input = { search: view.search, totals: view.totals, value: state.value };
		this.above.render({ ...input, tree: this.callers, zoom: state.aboveZoom, inverted: false });
		this.below.render({ ...input, tree: this.callees, zoom: state.belowZoom, inverted: true });
	}

	take({ tree, totals, profile }, state, row) {
		const label = row ? row.label : 0;
		const style = shownStyle(profile, state.value);
		const words = value => `${formatShare(tree.total[0] ? value / tree.total[0] : 0)}, ` +
			formatValue(value, style);

		this.callers = turnSides(callersTree(tree, label), tree, side => callersTree(side, label));
		this.callees = turnSides(calleesTree(tree, label), tree, side => calleesTree(side, label));
		this.name = tree.labels[label];
		fill(this.title, row ? this.name : 'No function');
		this.cut.hidden = !this.callers.cutAt;
		fill(this.figures, !row ? '' : hasSides(tree) ? functionWords({ tree, totals }, label) :
			`self ${words(row.self)} \u00b7 total ${words(row.total)}`);
		this.openList(false);
	}
}

/** Gives { element, render, frameAtCursor }. */
export function createSandwich(app) {
	return new Sandwich(app);
}
