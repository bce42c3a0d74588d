// SPDX-License-Identifier: GPL-2.0-or-later
// The graph turned inside out: functions that were on top at the bottom, as wide as their self
// time, and on them who called them.
import { createGraph } from './graph.js';
import { invertedTree } from './turned.js';
import { fill, make } from './dom.js';
import { turnSides } from './sides.js';

class Callers {
	constructor(app) {
		this.tree = null;
		this.of = null; // the tree it was made of
		this.graph = createGraph(app, {
			name: 'Callers: each function by its self time, and who called it', id: 'callers',
			onZoom: path => app.store.set({ callersZoom: path }),
			// From the leaf outwards: no place in the tree, and the other way round as a stack.
			pathsOf: path => ({ path: null, stack: path.slice().reverse() }),
		});
		this.words = make('p', { class: 'ft-quiet' });
		this.element = make('section', { class: 'ft-callers', 'aria-label': 'Callers' }, [
			this.words,
			this.graph.element,
		]);
	}

	frameAtCursor() {
		return this.graph.frameAtCursor();
	}

	render(view, state) {
		if (this.of !== view.tree) {
			this.of = view.tree;
			this.tree = turnSides(invertedTree(view.tree), view.tree, invertedTree);
			fill(this.words, 'Each function as wide as its self time; next to it those that called it.' +
				(this.tree.cutAt ? ' There are too many callers: the outermost are left out.' : ''));
		}
		this.graph.render({
			tree: this.tree, zoom: state.callersZoom, inverted: state.inverted,
			search: view.search, totals: view.totals, value: state.value,
		});
	}
}

/** Gives { element, render, frameAtCursor }. */
export function createCallers(app) {
	return new Callers(app);
}
