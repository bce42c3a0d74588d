// SPDX-License-Identifier: GPL-2.0-or-later
// A graph that is higher than the window: where it opens, where keys lead, and what covers what.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { chromium } = require('playwright-core');
const { run, test } = require('./harness.js');
const { clickBox, directory, open, placeOf } = require('./viewer_page.js');

const DEPTH = 200;
const names = Array.from({ length: DEPTH }, (_, i) => `deep_${i}`);

for (const suffix of ['svg', 'html'])
	execFileSync(process.argv[3], ['report', '-', '-o', path.join(directory, `deep.${suffix}`)], {
		input: `app;main;${names.join(';')} 40\napp;main;flat 60\n`,
		stdio: ['pipe', 'ignore', 'inherit'] });

// With scroll bars that take room, as most people have them.
const openWithBars = () => chromium.launch({
	executablePath: '/usr/bin/chromium', ignoreDefaultArgs: ['--hide-scrollbars'],
	args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking',
		'--disable-component-update', '--disable-sync'],
});

// Whether a box can be seen: in the window, in the part of the graph that is scrolled to, painted.
const seen = (page, name) => page.evaluate(each => {
	const box = window.rect(each);
	const around = document.querySelector('.ft-main .ft-scroller').getBoundingClientRect();
	return box !== null && box.top >= Math.max(0, around.top) - 1 &&
		box.top + box.height <= Math.min(innerHeight, around.bottom) + 1 &&
		!window.pixel(box.left + box.width - 6, box.top + 3).endsWith(',0');
}, name);

const waitSeen = async (page, name) => {
	for (let i = 0; i < 600 && !await seen(page, name); i++)
		await page.waitForTimeout(100);
	assert.ok(await seen(page, name), name);
};

for (const file of ['deep.svg', 'deep.html'])
	test(`a high graph opens at its root, with the tools beside it: ${file}`, async browser => {
		const page = await open(browser, file);
		assert.ok(await seen(page, 'all') && await seen(page, 'flat'));
		assert.ok(!await seen(page, 'deep_199'));
		assert.ok(await page.evaluate(() => {
			const { area, scene } = window.graph();
			return document.querySelector('#search').getBoundingClientRect().top >= 0 &&
				scene.layout.width === area.clientWidth && window.scrollY === 0 &&
				document.documentElement.scrollWidth <= innerWidth;
		}));
		assert.deepEqual(page.problems, []);
	});

test('zoom, another view and the way back leave the rows where they are', async browser => {
	const page = await open(browser, 'deep.svg');
	const top = name => page.evaluate(each => window.rect(each).top, name);
	const before = await top('flat');
	await clickBox(page, 'flat');
	assert.equal(await top('flat'), before);
	await page.keyboard.press('Escape');
	assert.equal(await top('flat'), before);
	await page.keyboard.press('2');
	await page.keyboard.press('1');
	assert.equal(await top('flat'), before);
	await page.keyboard.press('i');
	assert.ok(await seen(page, 'all') && await seen(page, 'flat'));
});

for (const hash of ['', '#inverted'])
	test(`the cursor and what it calls stay in view ${hash}`, async browser => {
		const page = await open(browser, `deep.svg${hash}`);
		const up = hash ? 'ArrowDown' : 'ArrowUp';
		await page.focus('.ft-area');
		await page.keyboard.press('Home');
		for (const key of [up, up, up, 'ArrowRight', 'ArrowLeft'])
			await page.keyboard.press(key);
		if (!(await page.evaluate(() => window.cursor())).startsWith('deep_0'))
			await page.keyboard.press('ArrowLeft');
		for (const depth of [0, 10, 60]) {
			while (!(await page.evaluate(() => window.cursor())).startsWith(`deep_${depth},`))
				await page.keyboard.press(up);
			await waitSeen(page, `deep_${depth}`);
			await waitSeen(page, `deep_${depth + 1}`);
			assert.deepEqual(await page.evaluate(at => {
				const tip = document.querySelector('.ft-tooltip').getBoundingClientRect();
				return [at, at + 1].map(i => window.rect(`deep_${i}`)).filter(box =>
					tip.top < box.top + box.height && box.top < tip.bottom);
			}, depth), []);
		}
	});

test('after a walk by keys they are about the cursor, not about what the pointer rests on',
	async browser => {
		const page = await open(browser, 'deep.svg');
		const at = () => page.evaluate(() => window.graph().app.frameAtCursor().label);
		await page.focus('.ft-area');
		await page.keyboard.press('Home');
		await page.mouse.move(...await placeOf(page, 'flat'));
		assert.equal(await at(), 'flat');
		await page.keyboard.press('ArrowUp');
		assert.equal(await at(), 'app');
	});

test('on a phone the root is in sight, too', async browser => {
	const page = await open(browser, 'deep.svg', { viewport: { width: 360, height: 740 } });
	assert.ok(await seen(page, 'all'));
});

test('callees stand below callers, however deep these are', async browser => {
	const page = await open(browser, 'deep.svg#view=sandwich&function=deep_198');
	assert.ok(await page.evaluate(() => [...document.querySelectorAll('.ft-sandwich .ft-scroller')]
		.every(element => element.getBoundingClientRect().bottom <= innerHeight)));
});

test('the help tells how to walk the graph', async browser => {
	const page = await open(browser, 'deep.svg');
	await page.keyboard.press('?');
	const words = await page.textContent('.ft-help');
	for (const each of ['Enter, Space', 'Backspace', 'walk along calls'])
		assert.ok(words.includes(each), each);
});

run(openWithBars, { keep: true });
