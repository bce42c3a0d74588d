// SPDX-License-Identifier: GPL-2.0-or-later
// What a person sees of a picture that is nothing but a picture, in chromium: `node svg.test.js
// DIRECTORY`, with the pictures of make_pictures.c. Their shares are known from there: work 90 %,
// hot 60 %. What the script makes of them is in flame.test.js.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { openBrowser, test, run } = require('./harness.js');

const directory = process.argv[2];
const file = name => `file://${path.resolve(directory, name)}`;
const source = name => fs.readFileSync(path.join(directory, name));
const WIDTHS = [400, 1400];

// In the page: the box of a name, and what is to be seen of it.
const inPage = () => {
	window.boxes = () => [...document.querySelectorAll('#boxes g > *')];
	window.nameOf = box => box.querySelector('title').textContent.split('\n')[0];
	window.find = name => window.boxes().find(box => window.nameOf(box) === name);
	window.rectOf = name => window.partOf(window.find(name)).getBoundingClientRect();
	// What is too narrow for text is a rectangle and nothing else.
	window.partOf = box => box.querySelector('rect') || box;
	window.shareOf = name => window.rectOf(name).width /
		document.querySelector('#graph').width.baseVal.value;
	window.textOf = name => window.find(name).querySelector('text').textContent;
};

// As where no script may run.
async function open(browser, name, options = {}) {
	const context = await browser.newContext({
		viewport: { width: 1200, height: 700 }, javaScriptEnabled: false, ...options });
	const page = await context.newPage();
	page.problems = [];
	page.on('console', message => page.problems.push(message.text()));
	page.on('dialog', dialog => { page.problems.push(dialog.message()); dialog.dismiss(); });
	await page.goto(file(name));
	await page.evaluate(inPage);
	return page;
}

const near = (value, expected, tolerance = 0.005) =>
	assert.ok(Math.abs(value - expected) <= tolerance, `${value} is not ${expected}`);

test('every box has a tooltip with name, figures and module', async browser => {
	const page = await open(browser, 'shares.svg');
	const titles = await page.evaluate(() =>
		window.boxes().map(box => box.querySelector('title').textContent));
	assert.equal(titles.length, 14);
	for (const title of titles)
		assert.match(title, /^.+\n[\d,]+ samples, \d+\.\d{3} s, \d+\.\d\d%/);
	assert.ok(titles.includes('hot\n6,000 samples, 6.000 s, 60.00%, self 40.00%\n/usr/bin/app'));
});

test('boxes are as wide as their shares', async browser => {
	const page = await open(browser, 'shares.svg');
	near(await page.evaluate(() => window.shareOf('work')), 0.9);
	near(await page.evaluate(() => window.shareOf('hot')), 0.6);
});

test('the picture is as wide as the window', async browser => {
	for (const width of WIDTHS) {
		const page = await open(browser, 'shares.svg',
			{ viewport: { width, height: 700 } });
		const all = await page.evaluate(() => window.rectOf('all').width);
		near(all, width * 0.98, 1);
		near(await page.evaluate(() => window.rectOf('hot').width), all * 0.6, 1);
		assert.equal(await page.evaluate(() => window.textOf('hot')), 'hot');
		await page.context().close();
	}
});

// Text blocks that lie on each other, or that reach out of the picture. Long names in the table
// may: they fade out at its edge.
const misplaced = () => {
	const root = document.documentElement.getBoundingClientRect();
	const texts = [...document.querySelectorAll('text')]
		.filter(text => !text.closest('#boxes'))
		.map(text => ({
			text: text.textContent, r: text.getBoundingClientRect(),
			fades: text.closest('.t') && !text.matches('.e'),
		}))
		.filter(({ r }) => r.width > 0);
	const graph = document.querySelector('#boxes > g rect').getBoundingClientRect();
	const bad = texts.filter(({ r, fades }) =>
		r.left < 0 || (r.right > root.right && !fades) || r.bottom > root.bottom)
		.map(({ text }) => `outside: ${text}`);
	texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
		if (a.r.left < b.r.right - 1 && b.r.left < a.r.right - 1 &&
		    a.r.top < b.r.bottom - 3 && b.r.top < a.r.bottom - 3)
			bad.push(`${a.text} on ${b.text}`);
	}));
	if (!texts.some(({ r }) => r.top >= graph.bottom))
		bad.push('nothing below the graph');
	return bad;
};

test('nothing overlaps and nothing is cut off, at any width', async browser => {
	for (const name of ['shares.svg', 'icicle.svg'])
		for (const width of WIDTHS) {
			const page = await open(browser, name, { viewport: { width, height: 700 } });
			assert.deepEqual(await page.evaluate(misplaced), [], `${name} at ${width} px`);
			await page.context().close();
		}
});

// A site that serves the picture as strictly as GitHub serves raw files.
async function openWithCsp(browser, name) {
	const context = await browser.newContext({ viewport: { width: 1200, height: 700 } });
	const page = await context.newPage();
	await page.route('http://pictures.test/**', route => route.fulfill({
		contentType: 'image/svg+xml', body: source(name),
		headers: { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" },
	}));
	await page.goto(`http://pictures.test/${name}`);
	await page.evaluate(inPage);
	return page;
}

test('a CSP that blocks scripts leaves the whole picture', async browser => {
	const page = await openWithCsp(browser, 'shares.svg');
	assert.equal(await page.evaluate(() => document.documentElement.localName), 'svg');
	near(await page.evaluate(() => window.shareOf('hot')), 0.6);
	const fills = await page.evaluate(() => ['main', 'io_schedule'].map(name =>
		getComputedStyle(window.find(name).querySelector('rect')).fill));
	assert.notEqual(fills[0], fills[1]);
	assert.ok(!fills.includes('rgb(0, 0, 0)'));
});

test('in an <img> it has a size and its colours, and no script runs', async browser => {
	const context = await browser.newContext({ viewport: { width: 1300, height: 900 } });
	const page = await context.newPage();
	await page.route('http://pictures.test/**', route => route.request().url().endsWith('.svg') ?
		route.fulfill({ contentType: 'image/svg+xml', body: source('shares.svg') }) :
		route.fulfill({ contentType: 'text/html', body: '<img src="shares.svg">' }));
	await page.goto('http://pictures.test/');
	const picture = await page.evaluate(async () => {
		const image = document.querySelector('img');
		await image.decode();
		const canvas = document.createElement('canvas');
		canvas.width = image.width;
		canvas.height = image.height;
		const pen = canvas.getContext('2d');
		pen.drawImage(image, 0, 0);
		const colours = new Set();
		const data = pen.getImageData(0, 78, image.width, 110).data;
		for (let i = 0; i < data.length; i += 4)
			colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
		return { width: image.naturalWidth, height: image.naturalHeight, colours: [...colours] };
	});
	assert.equal(picture.width, 1200);
	assert.ok(picture.height > 300);
	const fill = /\.u0\{fill:#(\w+)\}/.exec(source('shares.svg'));
	assert.ok(fill && picture.colours.length > 20, `${picture.colours.length} colours`);
});

// WCAG 2 contrast of two colours "rgb(r, g, b)".
const contrast = (a, b) => {
	const luminance = colour => {
		const [r, g, b] = colour.match(/\d+/g).map(v => v / 255)
			.map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return (high + 0.05) / (low + 0.05);
};

test('light and dark, in every palette: names are legible on every box', async browser => {
	const backgrounds = new Set();
	for (const name of ['shares.svg', 'cool.svg', 'mono.svg'])
		for (const colorScheme of ['light', 'dark']) {
			const page = await open(browser, name, { colorScheme });
			const looks = await page.evaluate(() => ({
				background: getComputedStyle(document.querySelector('.bg')).fill,
				heading: getComputedStyle(document.querySelector('.h')).fill,
				quiet: getComputedStyle(document.querySelector('text.q')).fill,
				boxes: window.boxes().filter(box => box.querySelector('text')).map(box => [
					window.nameOf(box), getComputedStyle(box.querySelector('rect')).fill,
					getComputedStyle(box.querySelector('text')).fill]),
			}));
			backgrounds.add(looks.background);
			assert.ok(contrast(looks.heading, looks.background) >= 7);
			assert.ok(contrast(looks.quiet, looks.background) >= 4.5);
			for (const [box, fill, text] of looks.boxes)
				assert.ok(contrast(fill, text) >= 4.5,
					`${name} ${colorScheme}: ${box} ${text} on ${fill}`);
			await page.context().close();
		}
	assert.equal(backgrounds.size, 2);
});

test('hostile names are text', async browser => {
	const page = await open(browser, 'hostile.svg');
	const found = await page.evaluate(() => ({
		scripts: document.querySelectorAll('script').length,
		strangers: document.querySelectorAll('img, [onload], [onerror]').length,
		names: window.boxes().map(window.nameOf), title: document.title,
	}));
	assert.equal(found.scripts, 2);
	assert.equal(found.strangers, 0);
	assert.ok(found.names.includes('<script>pwned = 1</script>'));
	assert.ok(found.names.includes('"><img src=x onerror=pwned=1>'));
	assert.ok(found.names.every(name => name.length <= 400));
	assert.equal(found.title, '<script>pwned = 1</script>');
	assert.deepEqual(page.problems, []);
});

test('kinds are told by more than their hue', async browser => {
	const page = await open(browser, 'shares.svg');
	const marks = await page.evaluate(() => ['hot', 'io_schedule', 'LMain;::interpret'].map(name =>
		window.find(name).querySelector('path')?.getAttribute('d') || ''));
	assert.equal(marks[0], '');
	assert.equal(new Set(marks).size, 3);
});

test('inverted has the root at the top, --width a fixed width', async browser => {
	let page = await open(browser, 'icicle.svg');
	assert.ok(await page.evaluate(() => window.rectOf('all').top < window.rectOf('hot').top));
	page = await open(browser, 'shares.svg');
	assert.ok(await page.evaluate(() => window.rectOf('all').top > window.rectOf('hot').top));
	page = await open(browser, 'fixed.svg');
	assert.equal(await page.evaluate(() =>
		document.documentElement.getBoundingClientRect().width), 800);
});

run(openBrowser);
