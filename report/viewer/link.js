// SPDX-License-Identifier: GPL-2.0-or-later
// The address follows what is shown, and what is shown follows the address: back and forward work,
// and a link opens at its place. Of a path that is not there (another run) the part that is there
// is taken, and that is told.
import { hashOf, knownDepth, stateOf } from './hash.js';

// What passes by while one types or walks is not worth a step back.
const LINK_STEPS = ['view', 'inverted', 'zoom', 'chips', 'threads', 'byModule', 'collapse',
	'showIdle', 'noIdle', 'time', 'value', 'ofFunction', 'waitClass'];

// Some places (a sandboxed frame, about:srcdoc) refuse a change of history; the viewer works on.
function writeHash(hash, step) {
	const address = hash ? `#${hash}` : location.href.replace(/#.*/s, '');
	try {
		if (step)
			history.pushState(null, '', address);
		else
			history.replaceState(null, '', address);
	} catch (error) {
		try {
			location.replace(`#${hash}`);
		} catch (again) {
			// The link cannot be had here.
		}
	}
}

class Link {
	constructor(app) {
		this.app = app;
		this.element = [];
		this.initial = app.store.get();
		this.before = this.initial;
		this.hash = '';      // as last made of a state
		this.address = '';   // as last read from, or found after writing to, the address
		window.addEventListener('hashchange', () => this.read());
		window.addEventListener('popstate', () => this.read());
		this.read();
	}

	/** Takes the state over from the address. */
	read() {
		const { store, profile } = this.app;
		const address = location.hash.slice(1);
		const { state, unknown } = stateOf(address, profile, this.initial);

		if (address === this.address)
			return;
		this.address = address;
		this.before = { ...store.get(), ...state };
		store.set(state);
		this.compare(unknown);
	}

	/** What is not there is told, and what leads towards it is taken. */
	compare(unknown) {
		const { store, notice } = this.app;
		const zoom = store.get().zoom || [];
		const depth = knownDepth(this.app.view().tree, zoom);

		if (depth < zoom.length) {
			this.before = { ...store.get(), zoom: depth ? zoom.slice(0, depth) : null };
			store.set({ zoom: this.before.zoom });
			notice.tell(`The link leads to ${zoom[zoom.length - 1]}, which is not here. ` +
				(depth ? `Shown is ${zoom[depth - 1]}, which is on the way to it.` :
					'Shown is the whole.'));
		} else if (this.missingName() !== undefined) {
			notice.tell(`The link is about ${this.missingName()}, which is not here.`);
		} else if (unknown.length) {
			notice.tell(`The link says what means nothing here: ${unknown.join(', ')}.`);
		}
	}

	/** A name that the link has for a view other than the flame graph, and that nothing is called. */
	missingName() {
		const { selected, callersZoom, aboveZoom, belowZoom } = this.app.store.get();
		const { tree } = this.app.view();
		const names = [...selected === null ? [] : [selected], ...callersZoom || [],
			...aboveZoom || [], ...belowZoom || []];
		if (!names.length)
			return undefined;
		const known = new Set(Array.from(tree.label, label => tree.labels[label]));
		return names.find(name => !known.has(name));
	}

	/** Called with what is shown, after each change. */
	render(view, state) {
		const hash = hashOf(state, this.app.profile, this.initial);
		const step = LINK_STEPS.some(key => state[key] !== this.before[key]);

		if (hash === this.hash && hash === this.address)
			return;
		this.before = state;
		this.hash = hash;
		writeHash(hash, step);
		this.address = location.hash.slice(1);
	}
}

/** Gives { render(view, state) }. To be made when all else is there but not yet drawn. */
export function createLink(app) {
	return new Link(app);
}
