// SPDX-License-Identifier: GPL-2.0-or-later
// The viewer as a whole: a profile and the picture's options come in, a page that lives comes out.
// Its parts are in two lists, those always on the page and the views of which one is seen.
import { createDeriver } from './derive.js';
import { createStore } from './store.js';
import { createKeys } from './keys.js';
import { createPage } from './page.js';
import { listenToPresses } from './press.js';
import { createCallers } from './callers.js';
import { createChips } from './chips.js';
import { createCopy } from './copy.js';
import { createFlame } from './flame.js';
import { createHeading } from './heading.js';
import { createHelp } from './help.js';
import { createIdleSwitch } from './idleswitch.js';
import { createLink } from './link.js';
import { createMenu } from './menu.js';
import { createNotice } from './notice.js';
import { createQuality } from './quality.js';
import { createSandwich } from './sandwich.js';
import { createSearchBox } from './searchbox.js';
import { createTopFunctions } from './topfunctions.js';
import { createWaitsTable } from './waitstable.js';
import { createTable } from './table.js';
import { createTimeStrip } from './timestrip.js';
import { createFirstWaits } from './topwaits.js';
import { createValues } from './values.js';
import { createViewSwitch } from './viewswitch.js';
import { createWaitsView } from './waitsview.js';
import { hasWaits } from './waitstats.js';
import { append, fill } from './dom.js';

/**
 * Parts that are always there, in the order in which they are made and stand in their place (null:
 * they fill places of their own). Others reach a part by its name: app.menu.
 */
const PARTS = [
	{ name: 'notice', place: 'over', create: createNotice },
	{ name: 'heading', place: null, create: createHeading },
	{ name: 'viewSwitch', place: 'tools', create: createViewSwitch },
	{ name: 'searchBox', place: 'tools', create: createSearchBox },
	{ name: 'values', place: 'tools', create: createValues },
	{ name: 'idleSwitch', place: 'tools', create: createIdleSwitch },
	{ name: 'menu', place: 'over', create: createMenu },
	{ name: 'chips', place: 'chips', create: createChips },
	{ name: 'strip', place: 'strip', create: createTimeStrip },
	{ name: 'copy', place: 'tools', create: createCopy },
	{ name: 'help', place: 'tools', create: createHelp },
	{ name: 'topFunctions', place: 'top', create: createTopFunctions },
	{ name: 'waits', place: 'top', create: createWaitsTable },
	{ name: 'firstWaits', place: 'top', create: createFirstWaits },
	{ name: 'quality', place: null, create: createQuality },
	{ name: 'link', place: null, create: createLink },
];

/** What the main place shows, by state.view; each is made when first seen. */
const VIEWS = {
	flame: createFlame,
	table: createTable,
	sandwich: createSandwich,
	callers: createCallers,
	waits: createWaitsView,
};

/** @returns {import('./store.js').State} what is shown first */
function firstState(profile, options) {
	return {
		view: 'flame',
		inverted: Boolean(options.inverted),
		zoom: null,
		callersZoom: null,
		aboveZoom: null,
		belowZoom: null,
		selected: null,
		search: '',
		chips: [],
		threads: Boolean(options.threads),
		byModule: false,
		collapse: false,
		showIdle: Boolean(options.showIdle),
		noIdle: false,
		waitClass: null,
		ofFunction: false,
		byTime: false,
		waitSort: { by: 'total', down: true },
		placeSort: { by: 'total', down: true },
		time: null,
		value: profile.defaultValue,
		sort: { by: profile.diff ? 'change' : 'self', down: true },
	};
}

/**
 * @typedef {object} App what a component is given
 * @property {object} store get, set, subscribe
 * @property {object} profile as profileOf() made it
 * @property {object} options of the picture: title, inverted, threads, ...
 * @property {function(string): void} announce says it to screen readers
 * @property {object} keys add(keys, words, run), list()
 * @property {object} places of the page by name, see page.js
 * @property {function(): ({label: string, path: string[], x: number, y: number}|null)}
 *	frameAtCursor what keys are about, in whichever view is seen
 * @property {function(): object} view what the present state shows, see derive.js
 */

/**
 * Makes the viewer of a profile.
 * @returns {App} app.places.elements are to be put on the page, then app.start() draws
 */
export function createApp(profile, options) {
	const store = createStore(firstState(profile, options));
	const derive = createDeriver(profile);
	const places = createPage();
	const views = new Map();
	const parts = [];
	let shown = null, asked = false;

	const app = {
		store, profile, options, places,
		keys: createKeys(document),
		announce,
		view: () => derive(store.get()),
		hasView: name => Boolean(VIEWS[name]) && (name !== 'waits' || hasWaits(profile)),
		// The frame that keys are about, { label, path, x, y }, or null: the view seen knows.
		frameAtCursor: () => shown && shown.frameAtCursor ? shown.frameAtCursor() : null,
		reveal,
		start,
	};

	// A reader hears what changes: the same words twice would be heard once.
	function announce(words) {
		if (places.live.textContent === words)
			words += '\u00a0';
		fill(places.live, words);
	}

	function viewOf(name) {
		const create = VIEWS[name] || VIEWS.flame;

		if (!views.has(create))
			views.set(create, create(app));
		return views.get(create);
	}

	/** Shows a node of the tree, in the flame graph if what is seen cannot. */
	function reveal(node) {
		if (!shown.reveal)
			store.set({ view: 'flame' });
		shown.reveal(node);
	}

	function render() {
		const state = store.get();
		const view = derive(state);
		const main = viewOf(state.view);

		asked = false;
		if (main !== shown) {
			fill(places.main, main.element);
			shown = main;
		}
		for (const part of parts)
			if (part.render)
				part.render(view, state);
		main.render(view, state);
	}

	function start() {
		for (const { name, place, create } of PARTS) {
			app[name] = create(app);
			if (place)
				append(places[place], app[name].element);
			parts.push(app[name]);
		}
		store.subscribe(render);
		listenToPresses(document);
		window.addEventListener('resize', () => {
			if (!asked)
				requestAnimationFrame(render);
			asked = true;
		});
		render();
	}

	return app;
}
