// SPDX-License-Identifier: GPL-2.0-or-later
// The field for a regular expression, what it matches of the whole and of the zoom, and the way
// from one match to the next: the heaviest first.
import { fill, make } from './dom.js';
import { formatShare } from './format.js';
import { nodeAt } from './tree.js';
import { isZoomed, unzoomed } from './zoom.js';

const MAX_STOPS = 5000; // a walk through more is no walk

const stopsOf = new WeakMap(); // what a search found: its nodes, heaviest first

function findStops(tree, found) {
	if (stopsOf.has(found))
		return stopsOf.get(found);
	const stops = [];

	for (let node = 1; node < tree.n; node++)
		if (found.matched[tree.label[node]])
			stops.push(node);
	stops.sort((a, b) => tree.total[b] - tree.total[a] || a - b);
	stops.length = Math.min(stops.length, MAX_STOPS);
	stopsOf.set(found, stops);
	return stops;
}

/** Self and total of what matches within a node: nodes below it are those up to its end. */
export function foundWithin(tree, matched, node) {
	const { self: ofSelf, end, label } = tree;
	let self = 0, total = 0;

	for (let i = node, counted = node; i < end[node]; i++) {
		if (!matched[label[i]])
			continue;
		self += ofSelf[i];
		if (i >= counted) {
			total += tree.total[i];
			counted = end[i];
		}
	}
	return { self, total };
}

class SearchBox {
	constructor(app) {
		this.app = app;
		this.at = -1; // number of the stop
		this.field = make('input', {
			id: 'search', type: 'search', placeholder: 'Search  /', autocomplete: 'off',
			spellcheck: 'false', 'aria-label': 'Search functions', 'aria-invalid': 'false',
			'aria-describedby': 'matched',
			title: 'A regular expression; capitals count if there are any',
			oninput: () => app.store.set({ search: this.field.value }),
		});
		this.back = this.stepButton('‹', 'Previous match (N)', -1);
		this.next = this.stepButton('›', 'Next match (n)', 1);
		this.result = make('output', { id: 'matched', class: 'ft-quiet', for: 'search' });
		// Beside each other, not within: the result has a room of its own among the tools.
		this.element = [make('div', { class: 'ft-search', role: 'search' },
			[this.field, this.back, this.next]), this.result];
		this.addKeys(app.keys);
	}

	stepButton(words, title, step) {
		return make('button', {
			type: 'button', title, 'aria-label': title, disabled: true,
			onclick: () => this.step(step),
		}, words);
	}

	addKeys(keys) {
		keys.add(['/', 'Ctrl+f'], 'Search', event => {
			// In the field, the second Ctrl+F is the browser's own.
			if (event.target === this.field)
				return false;
			this.field.focus();
			this.field.select();
			return true;
		}, { inFields: true });
		keys.add(['n'], 'Next match', () => this.step(1));
		keys.add(['N'], 'Previous match', () => this.step(-1));
		keys.add(['Enter'], '', event => event.target === this.field && this.step(1),
			{ inFields: true });
		keys.add(['Escape'], 'One step back: search, zoom', event => this.stepBack(event),
			{ inFields: true });
	}

	stepBack(event) {
		const state = this.app.store.get();
		const { search } = state;

		if (event.target === this.field && !search)
			this.field.blur();
		else if (event.target === this.field || (!isZoomed(state) && search))
			this.app.store.set({ search: '' });
		else if (isZoomed(state))
			this.app.store.set(unzoomed(state));
		else
			return false;
		return true;
	}

	/** To the next match, in the view that can show it. */
	step(by) {
		const { tree, search } = this.app.view();
		const stops = search ? findStops(tree, search) : [];

		if (!stops.length)
			return false;
		this.at = this.at < 0 ? (by > 0 ? 0 : stops.length - 1) :
			(this.at + by + stops.length) % stops.length;
		this.app.reveal(stops[this.at]);
		this.app.announce(`Match ${this.at + 1} of ${stops.length}`);
		return true;
	}

	render(view, state) {
		if (this.field.value !== state.search)
			this.field.value = state.search;
		const words = this.wordsOf(view, state);

		this.field.setAttribute('aria-invalid', String(Boolean(view.searchError)));
		this.back.disabled = this.next.disabled = !(view.search && view.search.total);
		if (this.of !== view.search)
			this.at = -1;
		this.of = view.search;
		if (words === this.words)
			return;
		this.words = words;
		fill(this.result, words);
	}

	wordsOf(view, state) {
		const { tree, search } = view;

		if (view.searchError)
			return `No regular expression: ${view.searchError}`;
		if (!search)
			return '';
		const share = (part, whole) => formatShare(whole ? part / whole : 0);
		const words = `${share(search.total, tree.total[0])} matched, ` +
			`self ${share(search.self, tree.total[0])}`;
		const zoomed = state.zoom ? nodeAt(tree, state.zoom) : 0;
		if (zoomed <= 0)
			return words;
		return `${words}; ${share(foundWithin(tree, search.matched, zoomed).total,
			tree.total[zoomed])} of zoom`;
	}
}

export function createSearchBox(app) {
	return new SearchBox(app);
}
