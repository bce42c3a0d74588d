// SPDX-License-Identifier: GPL-2.0-or-later
// The picture and the viewer of a difference, in chromium: `node diff.test.js DIRECTORY FLAMETAP`.
// Of 1,000 samples a side: parse has 15 % before and 70 % after, old is gone, new is new, and rare
// has 4 samples before and 7 after, which is too few to tell.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { COLOURS, RULES, violationsOf } = require('./axe.js');
const { test, openBrowser, run } = require('./harness.js');
const { clickBox, directory, file, open, placeOf, shareOf } = require('./viewer_page.js');

const BEFORE = `prog;main;parse;lex 100
prog;main;parse 50
prog;main;render;draw 600
prog;main;render 150
prog;main;old;older 96
prog;main;rare 4
`;
const AFTER = `prog;main;parse;lex 550
prog;main;parse 150
prog;main;render;draw 150
prog;main;render 50
prog;main;new;newer 93
prog;main;rare 7
`;
const FILES = ['diff.svg', 'diff.html'];
const VISIONS = ['protanopia', 'deuteranopia', 'tritanopia', 'achromatopsia'];

function makeFiles(flametap) {
	const inputs = [['before.folded', BEFORE], ['after.folded', AFTER]].map(([name, text]) => {
		fs.writeFileSync(path.join(directory, name), text);
		return path.join(directory, name);
	});
	const outputs = names => names.flatMap(name => ['-o', path.join(directory, name)]);

	execFileSync(flametap, ['diff', ...inputs, ...outputs(FILES), '-q']);
	for (const palette of ['cool', 'mono'])
		execFileSync(flametap, ['diff', ...inputs, '--palette', palette,
			...outputs([`diff-${palette}.svg`]), '-q']);
}

makeFiles(process.argv[3]);

const near = (value, expected, tolerance = 0.005) =>
	assert.ok(Math.abs(value - expected) <= tolerance, `${value} is not ${expected}`);

let picturePage = null; // opening one costs more than all that is done with it

async function openPicture(browser, name, { colorScheme = 'light', width = 1200 } = {}) {
	if (!picturePage) {
		const context = await browser.newContext({ javaScriptEnabled: false });
		picturePage = await context.newPage();
		picturePage.setDefaultTimeout(120000);
	}
	await picturePage.emulateMedia({ colorScheme });
	await picturePage.setViewportSize({ width, height: 420 });
	await picturePage.goto(file(name));
	return picturePage;
}

// The rows of the picture, without a script: name, class, share of the width, title.
const inPicture = () => [...document.querySelectorAll('#boxes g > *')].map(box => {
	const rect = box.querySelector('rect') || box;
	const [name, ...title] = box.querySelector('title').textContent.split('\n');
	return { name, title, class: box.getAttribute('class'),
		text: box.querySelector('text') ? box.querySelector('text').textContent : '',
		share: rect.getBoundingClientRect().width /
			document.querySelector('#graph').getBoundingClientRect().width,
		fill: getComputedStyle(rect).fill };
});

test('the picture: widths, colours, signs and figures of both sides', async browser => {
	const page = await openPicture(browser, 'diff.svg');
	const boxes = Object.fromEntries((await page.evaluate(inPicture)).map(box => [box.name, box]));

	for (const [name, share, cls, text] of [['parse', 0.425, 'p5', '▲ parse'],
		['old', 0.048, 'm5 x', '▼ old'], ['new', 0.0465, 'p5', '▲ new'],
		['render', 0.475, 'm4', '▼ render'], ['main', 1, 'z0', 'main']]) {
		near(boxes[name].share, share);
		assert.equal(boxes[name].class, cls);
		assert.equal(boxes[name].text, text);
	}
	assert.equal(boxes.rare.class, 'z0');
	assert.deepEqual(boxes.parse.title, ['15.00 → 70.00 %, +55.00, x4.67',
		'self 5.00 → 15.00 %, +10.00, x3']);
	assert.deepEqual(boxes.rare.title[0], '0.40 → 0.70 %, +0.30, x1.75, too few samples to tell');
	const words = await page.evaluate(() => document.documentElement.textContent);
	assert.match(words, /before: before\.folded \(1,000 samples\) → after: after\.folded/);
	assert.match(words, /samples by share/);
});

/** Redness and the like are gone: how far two colours are apart for whom sees none of it. The
 * matrices are those of Machado, Oliveira and Fernandes (2009), for linear RGB. */
const LOST = {
	protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
		[-0.003882, -0.048116, 1.051998]],
	deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
		[-0.01182, 0.04294, 0.968881]],
	tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
		[0.004733, 0.691367, 0.3039]],
};

function seenAs(matrix, rgb) {
	const linear = rgb.map(c => (c / 255 <= 0.04045 ? c / 255 / 12.92 :
		((c / 255 + 0.055) / 1.055) ** 2.4));

	return matrix.map(row => {
		const c = Math.min(1, Math.max(0, row.reduce((sum, m, i) => sum + m * linear[i], 0)));
		return 255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
	});
}

const distance = (a, b) => Math.hypot(...a.map((c, i) => c - b[i]));

test('grown and shrunk are told apart with any sort of colour blindness', async browser => {
	for (const name of ['diff.svg', 'diff-cool.svg'])
		for (const colorScheme of ['light', 'dark']) {
			const page = await openPicture(browser, name, { colorScheme });
			const colours = await page.evaluate(() => {
				const rect = document.querySelector('#boxes rect');
				const all = {};
				for (const sort of ['p', 'm'])
					for (let level = 1; level <= 5; level++) {
						rect.setAttribute('class', `${sort}${level}`);
						all[`${sort}${level}`] = getComputedStyle(rect).fill.match(/\d+/g).map(Number);
					}
				return all;
			});
			for (const [vision, matrix] of Object.entries(LOST))
				for (let level = 2; level <= 5; level++) {
					const apart = distance(seenAs(matrix, colours[`p${level}`]),
						seenAs(matrix, colours[`m${level}`]));
					assert.ok(apart >= 30, `${name} ${colorScheme} ${vision} ${level}: ${apart}`);
				}
		}
});

test('the viewer has the boxes of the picture, and their colours', async browser => {
	for (const name of FILES) {
		const picture = await (await openPicture(browser, name)).evaluate(inPicture);
		const page = await open(browser, name);

		for (const box of picture) {
			near(await shareOf(page, box.name), box.share, 0.002);
			if (box.share < 0.02)
				continue;
			const [x, y] = await page.evaluate(each => {
				const { left, top, width } = window.rect(each);
				return [left + width - 4, top + 4];
			}, box.name);
			const pixel = await page.evaluate(at => window.pixel(...at), [x, y]);
			assert.equal(pixel.split(',').slice(0, 3).join(), box.fill.match(/\d+/g).join(), box.name);
		}
		assert.deepEqual(page.problems, []);
		const painted = await page.evaluate(() => window.painted.map(({ words }) => words));
		assert.ok(painted.includes('▲ parse') && painted.includes('▼ render'));
	}
});

test('the viewer tells of both sides', async browser => {
	for (const name of FILES) {
		const page = await open(browser, name);
		assert.match(await page.innerText('.ft-head'),
			/before: before\.folded \(1,000 samples\) → after: after\.folded \(1,000 samples\)/);
		assert.match(await page.innerText('.ft-head'), /more after/);
		const rows = await page.$$eval('.ft-changes tbody tr', found =>
			found.map(row => row.innerText.split(/\s+/).filter(Boolean).join(' ')));
		assert.deepEqual(rows.slice(0, 2), ['10.00 55.00 +45.00 x5.5 lex',
			'60.00 15.00 -45.00 x0.25 draw']);
		assert.equal(rows.length, 6);
		await page.mouse.move(...await placeOf(page, 'parse'));
		assert.match(await page.innerText('.ft-tooltip'),
			/15\.00 → 70\.00 %, \+55\.00, x4\.67\s+self 5\.00 → 15\.00 %, \+10\.00, x3/);
		await page.mouse.move(...await placeOf(page, 'old'));
		assert.match(await page.innerText('.ft-tooltip'), /9\.60 → 0\.00 %, -9\.60, gone/);
		// By keys it is read, too.
		await page.focus('[role=tree]');
		for (const key of ['ArrowUp', 'ArrowUp', 'ArrowUp'])
			await page.keyboard.press(key);
		assert.match(await page.evaluate(() => window.cursor()), /render, 75\.00 → 20\.00 %/);
		// Zoomed, the figures are the same.
		await clickBox(page, 'parse');
		await page.mouse.move(...await placeOf(page, 'lex'));
		assert.match(await page.innerText('.ft-tooltip'), /10\.00 → 55\.00 %, \+45\.00, x5\.5/);
		assert.deepEqual(page.problems, []);
		assert.equal(page.requests.length, 1);
	}
});

test('every view tells of both sides', async browser => {
	const page = await open(browser, 'diff.html');
	const cells = () => page.$$eval('.ft-table tr[data-row]', rows => rows.map(row =>
		[...row.querySelectorAll('td')].map(cell => cell.innerText.trim())));
	const show = async view => {
		await page.evaluate(hash => { location.hash = hash; }, `view=${view}`);
		await page.waitForSelector(`.ft-${view}`);
	};

	await show('table');
	assert.deepEqual((await cells())[0].slice(0, 5), ['15.00', '70.00', '+55.00', '+10.00', 'parse']);
	await page.click('.ft-table th[data-by=change] button');
	assert.deepEqual((await cells())[0].slice(0, 5),
		['75.00', '20.00', '-55.00', '-10.00', 'render']);
	await page.click('.ft-table th[data-by=selfchange] button');
	assert.deepEqual((await cells())[0].slice(2, 5), ['+45.00', '+45.00', 'lex']);
	await show('callers');
	const colours = await page.evaluate(() => {
		const { scene } = window.graph();
		return scene.layout.rows.map(row => row.nodes.map(node =>
			`${scene.tree.labels[scene.tree.label[node]]} ${scene.classOf(scene.tree, node)}`));
	});
	assert.ok(colours[1].includes('lex p5') && colours[1].includes('draw m5'), colours[1].join());
	assert.ok(colours[2].includes('parse p5'), colours[2].join());
	await show('sandwich');
	assert.match(await page.innerText('.ft-sandwich'), /self .* → .* %/);
	assert.deepEqual(page.problems, []);
});

// What is done, from one state to the next.
const STATES = [
	['flame', '', async page => page.mouse.move(...await placeOf(page, 'parse'))],
	['table', 'view=table', page => page.click('.ft-table tr[data-row]')],
	['sandwich', 'view=sandwich&function=parse', async () => {}],
	['callers', 'view=callers&search=lex', async () => {}],
	['menu', 'zoom=prog;main', async page =>
		page.mouse.click(...await placeOf(page, 'parse'), { button: 'right' })],
];

async function assertAccessible(page, what) {
	for (const [colorScheme, rules] of [['light', RULES], ['dark', COLOURS]]) {
		await page.emulateMedia({ colorScheme });
		assert.deepEqual(await violationsOf(page, rules), [], `${what} ${colorScheme}`);
	}
	await page.emulateMedia({ colorScheme: 'light' });
}

test('axe finds no violation in any view, in light and dark', async browser => {
	for (const name of FILES) {
		const page = await open(browser, name);
		for (const [state, hash, act] of STATES) {
			await page.evaluate(to => { location.hash = to; }, hash);
			await page.waitForFunction(to => document.querySelector('.ft-area, .ft-table') &&
				decodeURIComponent(location.hash.slice(1)) === to, hash);
			await act(page);
			await assertAccessible(page, `${name} ${state}`);
		}
		assert.deepEqual(page.problems, []);
	}
});

// axe itself needs a page that may run scripts.
function withoutViewer(name) {
	const text = fs.readFileSync(path.join(directory, name), 'utf8');
	const bare = text.replace(/<script(?: id="waiting")?>.*?<\/script>/gs, '');

	assert.ok(bare.length < text.length);
	fs.writeFileSync(path.join(directory, `bare-${name}`), bare);
	return `bare-${name}`;
}

test('axe finds no violation in the pictures', async browser => {
	for (const name of ['diff.svg', 'shares.svg', 'shares.html']) {
		const page = await open(browser, withoutViewer(name), { started: false });
		assert.ok(await page.evaluate(() => document.querySelectorAll('#boxes g > svg').length));
		await assertAccessible(page, name);
	}
});

test('screenshots', async browser => {
	const shoot = (page, name) =>
		page.screenshot({ path: path.join(process.env.SCREENSHOTS, `${name}.png`),
			timeout: 120000 });

	for (const colorScheme of ['light', 'dark']) {
		await shoot(await openPicture(browser, 'diff.svg', { colorScheme }), `diff-${colorScheme}`);
		const page = await open(browser, 'diff.svg');
		await page.emulateMedia({ colorScheme });
		await shoot(page, `diff-viewer-${colorScheme}`);
	}
	const page = await openPicture(browser, 'diff.svg');
	const session = await page.context().newCDPSession(page);
	for (const type of [...VISIONS, 'none']) {
		await session.send('Emulation.setEmulatedVisionDeficiency', { type });
		if (type !== 'none')
			await shoot(page, `diff-${type}`);
	}
	await shoot(await openPicture(browser, 'diff-mono.svg'), 'diff-mono');
	await shoot(await openPicture(browser, 'diff.svg', { width: 400 }), 'diff-phone');
});

run(openBrowser, { keep: true });
