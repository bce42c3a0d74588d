// SPDX-License-Identifier: GPL-2.0-or-later
// What fingers do on a phone, as the browser itself takes them: touches go in at the bottom, and
// what it makes of them (scrolling, taps, long presses) is its own.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { test, openBrowser, run } = require('./harness.js');
const { directory, open, placeOf, shareOf } = require('./viewer_page.js');

const DEPTH = 100;
execFileSync(process.argv[3], ['report', '-', '-o', path.join(directory, 'touch.svg')], {
	input: `app;main;${Array.from({ length: DEPTH }, (_, i) => `deep_${i}`).join(';')} 1\n`,
	stdio: ['pipe', 'ignore', 'inherit'] });

const PHONE = { hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } };

class Finger {
	constructor(page, session) {
		this.page = page;
		this.session = session;
	}

	send(type, points) {
		return this.session.send('Input.dispatchTouchEvent',
			{ type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
	}

	/** Both at once: on a machine that is slow, too, it is no long press. */
	async tap(at) {
		await Promise.all([this.send('touchStart', [at]), this.send('touchEnd', [])]);
	}

	/** From a place to another in steps, as a finger moves. */
	async drag([x, y], [toX, toY], steps = 10) {
		await this.send('touchStart', [[x, y]]);
		for (let i = 1; i <= steps; i++)
			await this.send('touchMove', [[x + (toX - x) * i / steps, y + (toY - y) * i / steps]]);
		await this.send('touchEnd', []);
	}

	/** Until something is seen; the finger stays where it is. */
	async press(at, seen) {
		await this.send('touchStart', [at]);
		await this.page.waitForSelector(seen, { timeout: 60000 });
		await this.send('touchEnd', []);
	}
}

async function openTouched(browser, name) {
	const page = await open(browser, name, PHONE);
	page.finger = new Finger(page, await page.context().newCDPSession(page));
	return page;
}

const zoomOf = page => page.evaluate(() => window.graph().app.store.get().zoom);
const timeOf = page => page.evaluate(() => window.graph().app.store.get().time);
const scrolled = page => page.evaluate(() => window.scrollY +
	document.querySelector('.ft-scroller').scrollTop);

test('a long press on a box opens its menu, and zooms nowhere', async browser => {
	for (const name of ['shares.svg', 'shares.html']) {
		const page = await openTouched(browser, name);
		await page.finger.press(await placeOf(page, 'hot'), '[role=menu]:not([hidden])');
		assert.equal(await page.innerText('.ft-menu-title'), 'hot');
		assert.equal(await zoomOf(page), null);
		const { left, right, top, bottom } = await page.evaluate(() =>
			document.querySelector('.ft-menu').getBoundingClientRect());
		assert.ok(left >= 0 && right <= 360 && top >= 0 && bottom <= 740);
		if (process.env.SCREENSHOTS)
			await page.screenshot({ path: path.join(process.env.SCREENSHOTS, 'touch-menu.png') });
		// It stays when the finger goes, and its items take taps.
		assert.ok(await page.isVisible('.ft-menu'));
		const item = await page.locator('.ft-menu button', { hasText: /ocus/ }).first().boundingBox();
		await page.finger.tap([item.x + item.width / 2, item.y + item.height / 2]);
		await page.waitForSelector('.ft-chip');
		assert.ok(!await page.isVisible('.ft-menu'));
		assert.deepEqual(page.problems, []);
	}
});

test('a tap zooms and tells, a second one on it changes nothing', async browser => {
	const page = await openTouched(browser, 'shares.svg');
	const at = await placeOf(page, 'hot');
	await page.finger.tap(at);
	await page.waitForFunction(() => window.graph().app.store.get().zoom);
	assert.match(await page.innerText('.ft-tooltip'), /^hot\n60.00% of all/);
	const zoom = await zoomOf(page);
	assert.equal(zoom[zoom.length - 1], 'hot');
	// Twice, and fast: the page is not magnified, and the box is the same.
	const again = await placeOf(page, 'hot');
	await page.finger.tap(again);
	await page.finger.tap(again);
	await page.waitForFunction(() => window.graph().app.store.get().zoom);
	assert.deepEqual(await zoomOf(page), zoom);
	assert.equal(await page.evaluate(() => window.visualViewport.scale), 1);
	assert.ok(Math.abs(await shareOf(page, 'hot') - 1) < 0.01);
});

test('a drag over the graph scrolls, and zooms nowhere', async browser => {
	const page = await openTouched(browser, 'touch.svg');
	const before = await scrolled(page);
	await page.finger.drag([180, 400], [180, 600], 20);
	await page.waitForFunction(was => Math.abs(window.scrollY +
		document.querySelector('.ft-scroller').scrollTop - was) > 50, before);
	assert.equal(await zoomOf(page), null);
	assert.ok(!await page.isVisible('.ft-tooltip'));
	assert.deepEqual(page.problems, []);
});

test('a drag along the time strip chooses a time', async browser => {
	const page = await openTouched(browser, 'views.svg');
	const opener = await page.locator('button', { hasText: /^Time$/ }).boundingBox();
	await page.finger.tap([opener.x + opener.width / 2, opener.y + opener.height / 2]);
	await page.waitForSelector('.ft-time-slider');
	const { x, y, width, height } = await page.locator('.ft-time-slider').boundingBox();
	const middle = y + height / 2;
	await page.finger.drag([x + width * 0.3, middle], [x + width * 0.7, middle]);
	await page.waitForFunction(() => window.graph().app.store.get().time);
	const [from, until] = await timeOf(page);
	assert.ok(from >= 1e9 && from < 1.6e9, `from ${from}`);
	assert.ok(until > 2.4e9 && until <= 3e9, `until ${until}`);
	assert.ok(await page.isVisible('.ft-chip'));
	if (process.env.SCREENSHOTS)
		await page.screenshot({ path: path.join(process.env.SCREENSHOTS, 'touch-time.png') });
	assert.deepEqual(page.problems, []);
});

test('a long press on a row of the table opens its menu', async browser => {
	const page = await openTouched(browser, 'views.svg');
	await page.evaluate(() => { location.hash = 'view=table'; });
	await page.waitForSelector('.ft-table tr[data-row]');
	const row = await page.locator('tr[data-row] .ft-name').first().boundingBox();
	await page.finger.press([row.x + 20, row.y + 10], '[role=menu]:not([hidden])');
	assert.equal(await page.innerText('.ft-menu-title'),
		await page.locator('tr[data-row] .ft-name').first().innerText());
});

run(openBrowser, { keep: true });
