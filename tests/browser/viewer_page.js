// SPDX-License-Identifier: GPL-2.0-or-later
// A page with the viewer in it: opened and waited for, what it paints is recorded, and its boxes
// are found by name. What the page complains of and asks for is kept for the test.
'use strict';

const path = require('node:path');

const directory = process.argv[2];
const file = name => `file://${path.resolve(directory, name)}`;

// In the page before all else: a canvas that may be asked for its pixels, the names that are
// painted, and helpers for the graph that is seen.
const inPage = () => {
	const { getContext } = HTMLCanvasElement.prototype;
	HTMLCanvasElement.prototype.getContext = function (kind, options) {
		return getContext.call(this, kind, { ...options, willReadFrequently: true });
	};
	window.painted = [];
	const { fillText } = CanvasRenderingContext2D.prototype;
	CanvasRenderingContext2D.prototype.fillText = function (words, x, y) {
		window.painted.push({ words, x, y, width: this.measureText(words).width,
			colour: this.fillStyle });
		fillText.call(this, words, x, y);
	};
	window.graph = () => document.querySelector('.ft-main .ft-area').flametap;
	window.nodes = name => {
		const { tree } = window.graph().input;
		return Array.from({ length: tree.n }, (_, i) => i)
			.filter(node => tree.labels[tree.label[node]] === name);
	};
	// The outermost that is called so and has a box: { left, top, width, height }.
	window.rect = name => {
		const node = window.nodes(name).find(each => window.graph().rectOf(each));
		return node === undefined ? null : window.graph().rectOf(node);
	};
	window.share = name => window.rect(name).width / window.graph().area.clientWidth;
	window.boxes = () => {
		const { layout, tree } = window.graph().scene;
		return layout.rows.flatMap(row => row.nodes.map(node => ({
			name: tree.labels[tree.label[node]], ...window.graph().rectOf(node) })));
	};
	window.cursor = () => {
		const tree = document.querySelector('.ft-main [role=tree]');
		const item = document.getElementById(tree.getAttribute('aria-activedescendant'));
		return item ? item.getAttribute('aria-label') : '';
	};
	// Colour of the painted pixel at a place of the window, as "r,g,b,a".
	window.pixel = (x, y) => {
		const { canvas } = window.graph().painter;
		const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;
		return String(canvas.getContext('2d').getImageData(
			Math.round((x - box.left) * scale), Math.round((y - box.top) * scale), 1, 1).data);
	};
};

// A page costs more than all that is done with it: those that were made alike are used again.
const pages = new Map();

async function findPage(browser, init, options) {
	const key = JSON.stringify([String(init), options]);
	const known = pages.get(key);

	if (known && !known.isClosed())
		return known;
	const context = await browser.newContext({
		viewport: { width: 1200, height: 700 }, ...options });
	const page = await context.newPage();
	page.on('console', message => page.problems.push(message.text()));
	page.on('pageerror', error => page.problems.push(error.stack || error.message));
	page.on('dialog', dialog => { page.problems.push(dialog.message()); dialog.dismiss(); });
	page.on('request', request => page.requests.push(request.url()));
	await page.addInitScript(inPage);
	if (init)
		await page.addInitScript(init);
	pages.set(key, page);
	return page;
}

/** @returns {Promise<import('playwright-core').Page>} with the viewer drawn, or as it is */
async function open(browser, name, { init, started = true, ...options } = {}) {
	const page = await findPage(browser, init, options);

	await page.mouse.move(0, 0);
	await page.goto('about:blank');
	page.problems = [];
	page.requests = [];
	await page.goto(file(name));
	if (started)
		await page.waitForFunction(() =>
			performance.getEntriesByName('flametap:ready').length > 0, null, { timeout: 60000 });
	return page;
}

/** The middle of a box. */
const placeOf = (page, name) => page.evaluate(each => {
	const { left, top, width, height } = window.rect(each);
	return [left + width / 2, top + height / 2];
}, name);

const clickBox = async (page, name) => page.mouse.click(...await placeOf(page, name));
const shareOf = (page, name) => page.evaluate(each => window.share(each), name);

module.exports = { clickBox, directory, file, open, placeOf, shareOf };
