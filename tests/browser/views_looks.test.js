// SPDX-License-Identifier: GPL-2.0-or-later
// Each state of the viewer's parts as it looks: nothing is cut, nothing overlaps, axe-core finds no
// fault, in light and dark, on a desk and on a phone. Screenshots of all are left to be looked at.
'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { COLOURS, RULES, violationsOf } = require('./axe.js');
const { test, run, openBrowser } = require('./harness.js');
const { chooseFrame, open } = require('./views.js');

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true };

// A page is opened once for what is looked at in the light and then in the dark.
const RUNS = [['views.svg', {}, ['light', 'dark']], ['views.svg', PHONE, ['phone']],
	['views.html', {}, ['light', 'dark']]];

const LONG = 'std::vector<int, std::allocator<int> >::push_back\\(int const&\\)';

// Name, what the address says, what is done then; of which file, if it is not views.
const STATES = [
	['flame', ''],
	['table-search', 'view=table&search=main%7Cquery&sort=name'],
	['table', 'view=table', async page => {
		await page.focus('.ft-table table');
		await page.keyboard.press('ArrowDown');
	}],
	['sandwich', 'view=sandwich&function=query', async page => {
		if (await page.isVisible('.ft-choose'))
			await page.click('.ft-choose');
	}],
	['callers', 'view=callers'],
	['chips', `focus=malloc%7Cquery&ignore=%5Enothing%24&hide=${encodeURIComponent(LONG)}&comm=app` +
		'&remove=app;main;parse&time=0.5s..3s&threads&collapse-recursion'],
	['filter', 'by-module', async page => {
		await page.click('.ft-chip-opener');
		await page.fill('.ft-chip-form input', '(oops');
		await page.keyboard.press('Enter');
	}],
	['menu', '', async page => {
		await chooseFrame(page, ['app', 'start_thread', 'work',
			'std::vector<int, std::allocator<int> >::push_back(int const&)']);
		await page.keyboard.press('m');
	}],
	['help', '', page => page.keyboard.press('?')],
	['copy', '', page => page.evaluate(() =>
		document.querySelector('.ft-area').flametap.app.copy.showText('a;b 1\n'.repeat(50)))],
	['notice', 'zoom=app;start_thread;gone'],
	['time', 'time=1s..2.5s', async page => {
		await page.keyboard.press('t');
		const box = await page.locator('.ft-time-slider').boundingBox();
		await page.mouse.move(box.x + box.width * 0.9, box.y + 10);
		await page.focus('.ft-time-slider');
	}],
	['nothing', 'focus=nothing+has+this'],
	['value', 'value=off-cpu&view=table&search=query'],
	['waits', 'view=waits&waits=lock', async page => {
		await page.click('.ft-lengths summary');
		await page.waitForSelector('.ft-lengths tbody tr');
		await page.focus('#blocked');
	}, 'waits'],
	['waits-graph', 'search=cache_put', page => page.click('.ft-chip-opener'), 'waits'],
];

// What is cut, reaches out of the window, or lies on something else.
const misplaced = () => {
	const seen = element => element.checkVisibility({ checkVisibilityCSS: true }) &&
		!element.closest('.ft-unseen, .ft-probe, .ft-items');
	const words = element => element.getAttribute('aria-label') || element.textContent.slice(0, 40);
	const shown = [...document.querySelectorAll('button, input, select, label, dt, dd, h1, h2, h3, ' +
		'p, li, output, .ft-menu-title')].filter(seen);
	const bad = [];

	if (document.documentElement.scrollWidth > innerWidth)
		bad.push(`the page is ${document.documentElement.scrollWidth} px wide`);
	for (const element of shown) {
		const { left, right, width } = element.getBoundingClientRect();
		const scrolled = element.closest('.ft-table-scroller, .ft-waits-table');
		if (!scrolled && width && (left < -0.5 || right > innerWidth + 0.5))
			bad.push(`outside: ${words(element)}`);
		const cuts = getComputedStyle(element).textOverflow !== 'ellipsis';
		if (cuts && element.matches('button:not(.ft-chip)') &&
			element.scrollWidth > element.clientWidth + 1)
			bad.push(`cut: ${words(element)}`);
	}
	const layer = element => element.closest('dialog, [role=menu], .ft-notice') || document.body;
	const controls = shown.filter(element => element.matches('button, input, select'));
	controls.forEach((a, i) => controls.slice(i + 1).forEach(b => {
		const r = a.getBoundingClientRect(), s = b.getBoundingClientRect();
		if (layer(a) === layer(b) && r.left < s.right - 1.5 && s.left < r.right - 1.5 &&
			r.top < s.bottom - 1.5 && s.top < r.bottom - 1.5)
			bad.push(`${words(a)} on ${words(b)}`);
	}));
	return bad;
};

async function lookAt(page, file, name, looks) {
	await page.emulateMedia({ colorScheme: looks === 'dark' ? 'dark' : 'light' });
	if (process.env.SCREENSHOTS && file.endsWith('.svg'))
		await page.screenshot({
			path: path.join(process.env.SCREENSHOTS, `views-${name}-${looks}.png`) });
	assert.deepEqual(await page.evaluate(misplaced), [], `${file} ${name} ${looks}`);
	// What a phone changes is the size; what the dark changes are colours.
	if (looks !== 'phone')
		assert.deepEqual(await violationsOf(page, looks === 'light' ? RULES : COLOURS), [],
			`${file} ${name} ${looks}`);
}

// The same page, from an SVG and from HTML; what differs is looked at once.
for (const [name, hash, act, of = 'views'] of STATES)
	test(`${name}: nothing cut, nothing overlapping, nothing axe finds`, async browser => {
		for (const [like, options, all] of RUNS) {
			const file = like.replace('views', of);
			const page = await open(browser, file, { hash, ...options });
			if (act)
				await act(page);
			for (const looks of all)
				await lookAt(page, file, name, looks);
			await page.emulateMedia({ colorScheme: 'light' });
			assert.deepEqual(page.problems, []);
			assert.equal(page.requests.length, 1);
		}
	});

run(openBrowser, { keep: true });
