// SPDX-License-Identifier: GPL-2.0-or-later
// What a person sees and does with the flame graph of the viewer, in chromium, in an SVG and in a
// page: `node flame.test.js DIRECTORY`, with the files of make_pictures.c. Their shares are known
// from there: work 90 %, hot 60 % (a third of it recursive), the kernel 10 %.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { violationsOf } = require('./axe.js');
const { test, openBrowser, run } = require('./harness.js');
const { clickBox, directory, open, placeOf, shareOf } = require('./viewer_page.js');

const FILES = ['shares.svg', 'shares.html'];

const near = (value, expected, tolerance = 0.005) =>
	assert.ok(Math.abs(value - expected) <= tolerance, `${value} is not ${expected}`);

const matched = page => page.textContent('#matched');
const tooltip = page => page.innerText('.ft-tooltip');
const isZoomed = page => page.isVisible('#reset');
const cursor = page => page.evaluate(() => window.cursor());
const treeIsFocused = page =>
	page.evaluate(() => document.activeElement.getAttribute('role') === 'tree');

// Nothing but the file itself is asked for, and nothing is complained of.
function assertQuiet(page) {
	assert.deepEqual(page.problems, []);
	assert.deepEqual(page.requests.filter(url => !url.startsWith('file:')), []);
	assert.equal(page.requests.length, 1);
}

// In a page without a script: where the picture has its boxes, and in which colours.
const pictureBoxes = () => [...document.querySelectorAll('#boxes g > *')].map(box => {
	const rect = box.querySelector('rect') || box;
	const r = rect.getBoundingClientRect();
	return {
		name: box.querySelector('title').textContent.split('\n')[0],
		left: r.left, top: r.top, width: r.width,
		colour: getComputedStyle(rect).fill.match(/\d+/g).join(),
	};
});

async function comparePictures(browser, name, options) {
	const before = await open(browser, name,
		{ ...options, javaScriptEnabled: false, started: false });
	const picture = await before.evaluate(pictureBoxes);
	const page = await open(browser, name, options);
	const boxes = await page.evaluate(() => window.boxes().map(box => ({
		...box, colour: box.width < 3 ? '' :
			window.pixel(box.left + box.width - 2, box.top + 15).replace(/,255$/, ''),
	})));

	assert.deepEqual(boxes.map(box => box.name).sort(), picture.map(box => box.name).sort());
	for (const box of picture) {
		const same = boxes.find(other => other.name === box.name &&
			Math.abs(other.left - box.left) < 1.5 && Math.abs(other.top - box.top) < 1.5 &&
			Math.abs(other.width - box.width) < 1.5);
		assert.ok(same, `${name}: the box of ${box.name} moved`);
		if (same.colour)
			assert.equal(same.colour, box.colour, `${name}: colour of ${box.name}`);
	}
}

test('the viewer takes over what the picture shows: boxes, places, colours', async browser => {
	const other = { colorScheme: 'dark', viewport: { width: 1920, height: 900 } };

	for (const name of ['shares.svg', 'icicle.svg', 'shares.html'])
		await comparePictures(browser, name, {});
	for (const name of ['shares.svg', 'cool.svg', 'mono.svg'])
		await comparePictures(browser, name, other);
});

test('opens quietly, and the document is a page', async browser => {
	for (const name of [...FILES, 'icicle.svg', 'fixed.svg', 'hostile.svg', 'hostile.html']) {
		const page = await open(browser, name);
		await page.keyboard.press('/');
		await page.keyboard.type('hot');
		await page.mouse.move(600, 120);
		assert.deepEqual(await page.evaluate(() => [document.documentElement.localName,
			document.querySelectorAll('main').length, document.querySelectorAll('#boxes').length,
			[...document.querySelectorAll('h1')].map(head =>
				head.clientHeight >= 16 && getComputedStyle(head).clipPath)]),
		['html', 1, 0, ['none']]);
		assertQuiet(page);
	}
});

test('a click zooms, outer frames stay; Escape, Home and a button end it', async browser => {
	for (const name of FILES) {
		const page = await open(browser, name);
		await clickBox(page, 'hotter_than_hot');
		near(await shareOf(page, 'hotter_than_hot'), 1);
		near(await shareOf(page, 'main'), 1);
		assert.ok(await isZoomed(page));
		await page.keyboard.press('Escape');
		near(await shareOf(page, 'work'), 0.9);
		assert.ok(!await isZoomed(page));
		await clickBox(page, 'hot');
		// A caller of the zoom is a way back.
		await clickBox(page, 'work');
		near(await shareOf(page, 'hot'), 0.6 / 0.9);
		await page.click('#reset');
		near(await shareOf(page, 'hot'), 0.6);
		await clickBox(page, 'hot');
		await page.keyboard.press('Home');
		near(await shareOf(page, 'hot'), 0.6);
		assertQuiet(page);
	}
});

test('keys walk the tree and zoom', async browser => {
	const page = await open(browser, 'shares.svg');
	for (let i = 0; i < 20 && !await treeIsFocused(page); i++)
		await page.keyboard.press('Tab');
	assert.ok(await treeIsFocused(page), 'Tab does not reach the graph');
	assert.match(await cursor(page), /^all, 100.00% of all/);
	const walk = async (key, expected) => {
		await page.keyboard.press(key);
		assert.match(await cursor(page), expected, key);
	};
	await walk('ArrowUp', /^app, /);
	await walk('ArrowUp', /^main, 99.00% of all/);
	await walk('ArrowUp', /^work, 90.00% of all/);
	await walk('ArrowLeft', /^entry_SYSCALL/);
	await walk('ArrowRight', /^work, /);
	await walk('ArrowUp', /^hot, 60.00% of all, self 40.00%/);
	await walk('ArrowDown', /^work, /);
	await page.keyboard.press('Enter');
	near(await shareOf(page, 'work'), 1);
	assert.match(await cursor(page), /^work, /);
	await walk('ArrowUp', /^hot, /);
	await page.keyboard.press(' ');
	near(await shareOf(page, 'hot'), 1);
	await page.keyboard.press('Backspace');
	near(await shareOf(page, 'work'), 1);
	await page.keyboard.press('Home');
	near(await shareOf(page, 'work'), 0.9);
	assert.match(await cursor(page), /^all, /);
	await page.keyboard.press('i');
	await walk('ArrowDown', /^app, /);
	assertQuiet(page);
});

test('the cursor is seen, and an item of the tree with level and place', async browser => {
	const page = await open(browser, 'shares.svg');
	await page.focus('.ft-area');
	for (let i = 0; i < 4; i++)
		await page.keyboard.press('ArrowUp');
	const item = await page.evaluate(() => {
		const element = document.querySelector('.ft-cursor');
		const r = element.getBoundingClientRect(), box = window.rect('hot');
		return {
			role: element.getAttribute('role'), level: element.getAttribute('aria-level'),
			place: element.getAttribute('aria-posinset'), of: element.getAttribute('aria-setsize'),
			outline: parseFloat(getComputedStyle(element).outlineWidth),
			off: Math.abs(r.left - box.left) + Math.abs(r.top - box.top),
			ids: new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size -
				document.querySelectorAll('[id]').length,
		};
	});
	assert.deepEqual({ ...item, off: item.off < 1 },
		{ role: 'treeitem', level: '5', place: '3', of: '4', outline: 2, off: true, ids: 0 });
});

test('the tooltip tells shares, sums, module and kind, by pointer and by cursor', async browser => {
	const page = await open(browser, 'shares.svg');
	await clickBox(page, 'work');
	await page.mouse.move(...await placeOf(page, 'hot'));
	assert.deepEqual((await tooltip(page)).split('\n'), [
		'hot', '60.00% of all · 66.67% of zoom', '6,000 samples, 6.000 s',
		'self 40.00%: 4,000 samples, 4.000 s', 'in all places: 60.00%, self 55.00%',
		'/usr/bin/app', 'user']);
	await page.mouse.move(600, 5);
	assert.ok(!await page.isVisible('.ft-tooltip'));
	await page.keyboard.press('ArrowUp');
	assert.match(await tooltip(page), /^hot\n/);
	// It goes by itself, before anything else is undone.
	await page.keyboard.press('Escape');
	assert.ok(!await page.isVisible('.ft-tooltip'));
	assert.ok(await isZoomed(page));
	await page.mouse.move(...await placeOf(page, 'LMain;::interpret'));
	assert.match(await tooltip(page), /JIT$/);
});

test('a tap zooms and tells; a tap beside it hides', async browser => {
	const page = await open(browser, 'shares.svg',
		{ hasTouch: true, viewport: { width: 360, height: 640 } });
	await page.touchscreen.tap(...await placeOf(page, 'hot'));
	near(await shareOf(page, 'hot'), 1);
	assert.match(await tooltip(page), /^hot\n60.00% of all/);
	const { left, right } = await page.evaluate(() =>
		document.querySelector('.ft-tooltip').getBoundingClientRect());
	assert.ok(left >= 0 && right <= 360, `${left} to ${right}`);
	const { left: x, top } = await page.evaluate(() => window.graph().area.getBoundingClientRect());
	await page.touchscreen.tap(x + 350, top + 4);
	assert.ok(!await page.isVisible('.ft-tooltip'));
	assertQuiet(page);
});

test('search counts a stack once, by / and by Ctrl-F', async browser => {
	for (const name of FILES) {
		const page = await open(browser, name);
		await page.keyboard.press('/');
		await page.keyboard.type('^hot$');
		// hot is in hot: 60 %, not 60 + 15.
		assert.equal(await matched(page), '60.00% matched, self 55.00%');
		await page.keyboard.press('Escape');
		assert.equal(await matched(page), '');
		await page.keyboard.press('Escape');
		await page.keyboard.press('Control+f');
		// In three places side by side: 0.99 + 9 + 0.2 %.
		await page.keyboard.type('entry|io_');
		assert.equal(await matched(page), '10.20% matched, self 10.20%');
	}
});

test('what a search finds is told without moving the graph', async browser => {
	const page = await open(browser, 'shares.svg');
	const top = () => page.evaluate(() =>
		document.querySelector('.ft-area').getBoundingClientRect().top);
	for (const width of [1200, 1280, 1920]) {
		await page.setViewportSize({ width, height: 700 });
		const before = await top();
		// As in the picture.
		assert.equal(before, 78, `at ${width} px`);
		for (const words of ['hot', '(', 'nothing'])
			for (const zoom of [false, true]) {
				if (zoom)
					await clickBox(page, 'work');
				await page.fill('#search', words);
				assert.notEqual(await matched(page), '');
				assert.equal(await top(), before, `${words} at ${width} px, zoomed ${zoom}`);
				await page.fill('#search', '');
				if (zoom)
					await page.click('#reset');
			}
	}
	await page.setViewportSize({ width: 1200, height: 700 });
});

test('frames that are too small to be drawn are told where they are missing', async browser => {
	execFileSync(process.argv[3], ['report', '-', '-o', path.join(directory, 'small.svg')], {
		input: `app;main;hot 98896\n${Array.from({ length: 100 }, (_, i) =>
			`app;main;f${i};g 10\n`).join('')}app;main;one;two 100\napp;main;one;small 4\n`,
		stdio: ['pipe', 'ignore', 'inherit'] });
	const page = await open(browser, 'small.svg');
	const told = async name => {
		await page.mouse.move(...await placeOf(page, name));
		return (await page.innerText('.ft-tooltip')).split('\n').filter(line => /not drawn/.test(line));
	};
	assert.deepEqual(await told('main'), ['not drawn, too small: 200 frames, in all 1.00%']);
	assert.deepEqual(await told('hot'), []);
	assert.deepEqual(await told('app'), []);
	assert.deepEqual(await told('one'), ['not drawn, too small: 1 frame, in all 0.00%']);
	// What fills the width has more of it, and its callers have nothing that is too small.
	await clickBox(page, 'one');
	assert.deepEqual(await told('one'), []);
	assert.deepEqual(await told('main'), []);
	assertQuiet(page);
});

test('search: share of the zoom, colours, capitals, and a wrong pattern is told', async browser => {
	const page = await open(browser, 'shares.svg');
	const plain = await page.evaluate(() =>
		window.pixel(window.rect('hot').left + 200, window.rect('hot').top + 15));
	await clickBox(page, 'work');
	await page.fill('#search', 'hot');
	assert.equal(await matched(page), '60.00% matched, self 60.00%; 66.67% of zoom');
	const marked = await page.evaluate(() =>
		window.pixel(window.rect('hot').left + 200, window.rect('hot').top + 15));
	assert.notEqual(marked, plain);
	await page.keyboard.press('Escape');
	await page.keyboard.press('Escape');
	await page.keyboard.press('Escape');
	await page.fill('#search', 'lmain');
	assert.match(await matched(page), /^9\.80% matched/);
	await page.fill('#search', 'LMAIN');
	assert.match(await matched(page), /^0\.00% matched/);
	await page.fill('#search', '(');
	assert.equal(await page.getAttribute('#search', 'aria-invalid'), 'true');
	assert.match(await matched(page), /^No regular expression: /);
	await page.fill('#search', 'LMain');
	assert.equal(await page.getAttribute('#search', 'aria-invalid'), 'false');
	assertQuiet(page);
});

test('n and N, Enter and the buttons go from match to match, the heaviest first', async browser => {
	const page = await open(browser, 'shares.svg');
	await page.fill('#search', 'hot|io_');
	await page.press('#search', 'Enter');
	assert.match(await cursor(page), /^hot, 60.00%/);
	assert.match(await page.textContent('[role=status]'), /^Match 1 of 5/);
	await page.keyboard.press('n');
	assert.match(await cursor(page), /^hotter_than_hot, 20.00%/);
	await page.keyboard.press('N');
	await page.keyboard.press('N');
	// One in 10,000 is too small to be seen in the whole: its caller fills the width.
	assert.match(await cursor(page), /^io_schedule, 0.01%/);
	assert.ok(await isZoomed(page));
	await page.click('[title^="Next match"]');
	assert.match(await cursor(page), /^hot, 60.00%/);
	near(await shareOf(page, 'hot'), 1, 0.4);
});

test('i and the button turn the graph over', async browser => {
	const page = await open(browser, 'shares.svg');
	const above = () => page.evaluate(() => window.rect('all').top < window.rect('hot').top);
	assert.ok(!await above());
	await page.keyboard.press('i');
	assert.ok(await above());
	await page.click('text=Icicle');
	assert.ok(!await above());
	const icicle = await open(browser, 'icicle.svg');
	assert.ok(await icicle.evaluate(() => window.rect('all').top < window.rect('hot').top));
});

test('names fit their boxes at any width', async browser => {
	const page = await open(browser, 'shares.svg');
	for (const width of [360, 1200, 1920]) {
		await page.evaluate(() => { window.painted = []; });
		await page.setViewportSize({ width, height: 700 });
		await page.waitForFunction(wide => window.painted.length > 0 &&
			Math.abs(window.graph().scene.layout.width - wide * 0.98) < 20, width);
		const cut = await page.evaluate(() => {
			const boxes = window.boxes(), { left } = window.graph().area.getBoundingClientRect();
			return window.painted.filter(({ words, x, width: wide }) => !boxes.some(box =>
				box.left - left < x && x < box.left - left + 8 && x + wide <= box.left - left +
					box.width - 1 && (box.name === words || words.endsWith('…'))));
		});
		assert.deepEqual(cut, [], `at ${width} px`);
	}
	assert.ok(await page.evaluate(() => window.painted.some(({ words }) => words === 'hot')));
	await page.setViewportSize({ width: 1200, height: 700 });
});

// Elements with words of their own that lie on each other, or reach out of the window.
const misplaced = () => {
	const own = element => [...element.childNodes].some(node =>
		node.nodeType === Node.TEXT_NODE && node.data.trim());
	const seen = [...document.querySelectorAll('body *')].filter(element =>
		(own(element) || element.matches('input, select')) &&
		!element.closest('.ft-unseen, .ft-probe, .ft-tooltip, title, svg, option'))
		.map(element => {
			const range = document.createRange();
			range.selectNodeContents(element);
			const r = element.matches('input, select, button') ? element.getBoundingClientRect() :
				range.getBoundingClientRect();
			return { element, words: element.textContent || element.id, r };
		}).filter(({ r }) => r.width > 0 && r.height > 0);
	const bad = seen.filter(({ r }) => r.left < 0 || r.right > innerWidth + 0.5)
		.filter(({ element }) => !element.closest('td'))
		.map(({ words }) => `outside: ${words}`);

	if (document.documentElement.scrollWidth > innerWidth)
		bad.push(`the page is ${document.documentElement.scrollWidth} wide`);
	seen.forEach((a, i) => seen.slice(i + 1).forEach(b => {
		if (!a.element.contains(b.element) && a.r.left < b.r.right - 1 &&
		    b.r.left < a.r.right - 1 && a.r.top < b.r.bottom - 3 && b.r.top < a.r.bottom - 3)
			bad.push(`${a.words} on ${b.words}`);
	}));
	return bad;
};

test('nothing overlaps and nothing is cut off, from 360 px to 1920', async browser => {
	for (const [name, widths] of [['shares.svg', [360, 768, 1920]], ['shares.html', [360, 1200]]]) {
		const page = await open(browser, name);
		await page.fill('#search', 'hot');
		await clickBox(page, 'work');
		for (const width of widths) {
			await page.setViewportSize({ width, height: 700 });
			await page.waitForFunction(wide =>
				Math.abs(window.graph().scene.layout.width - wide * 0.98) < 20, width);
			assert.deepEqual(await page.evaluate(misplaced), [], `${name} at ${width} px`);
		}
		await page.setViewportSize({ width: 1200, height: 700 });
	}
});

// WCAG 2 contrast of two colours "rgb(r, g, b)".
const contrast = (a, b) => {
	const luminance = colour => {
		const [r, g, blue] = colour.match(/\d+/g).map(v => v / 255)
			.map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
	};
	const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return (high + 0.05) / (low + 0.05);
};

test('names are legible on every colour, also of matches and outer frames', async browser => {
	for (const name of ['shares.svg', 'cool.svg', 'mono.svg'])
		for (const colorScheme of ['light', 'dark']) {
			const page = await open(browser, name, { colorScheme });
			await clickBox(page, 'work');
			const looks = await page.evaluate(() => {
				const { look } = window.graph().painter;
				const pairs = [];
				for (const kind of 'ruikjwn')
					for (const shade of '0123456789ab')
						pairs.push([kind + shade, look.fill(kind + shade), look.colour('ft-name')]);
				pairs.push(['match', look.fill('ft-match'), look.colour('ft-match-words')]);
				const outer = window.rect('main');
				pairs.push(['outer', `rgb(${window.pixel(outer.left + 300, outer.top + 8)
					.replace(/,\d+$/, '')})`, look.colour('ft-outer'),
				getComputedStyle(document.documentElement).backgroundColor,
				window.pixel(outer.left + 300, outer.top + 8).match(/\d+$/)[0] / 255]);
				return pairs;
			});
			for (const [box, fill, words, paper, alpha] of looks) {
				const mixed = paper ? `rgb(${fill.match(/\d+/g).map((v, i) =>
					Math.round(v * alpha + paper.match(/\d+/g)[i] * (1 - alpha)))})` : fill;
				assert.ok(contrast(mixed, words) >= 4.5,
					`${name} ${colorScheme}: ${box} ${words} on ${mixed}`);
			}
		}
});

test('forced colours: boxes have edges, matches are marked', async browser => {
	const page = await open(browser, 'shares.svg', { forcedColors: 'active' });
	await page.fill('#search', 'warm');
	const looks = await page.evaluate(() => ['u3', 'k1', 'ft-edge', 'ft-match'].map(name =>
		window.graph().painter.look.fill(name)));
	assert.equal(looks[0], looks[1]);
	assert.equal(new Set(looks).size, 3);
	await shoot(page, 'forced-colours');
});

test('hostile names are text', async browser => {
	for (const name of ['hostile.svg', 'hostile.html']) {
		const page = await open(browser, name);
		await page.fill('#search', 'script');
		await clickBox(page, '<script>pwned = 1</script>');
		await page.mouse.move(...await placeOf(page, '"><img src=x onerror=pwned=1>'));
		const found = await page.evaluate(() => ({
			pwned: typeof pwned, title: document.title,
			strangers: document.querySelectorAll('img, script, [onload], [onerror]').length,
			painted: window.painted.map(({ words }) => words),
			tooltip: document.querySelector('.ft-tooltip').textContent,
		}));
		assert.equal(found.pwned, 'undefined');
		assert.equal(found.strangers, 0);
		assert.equal(found.title, '<script>pwned = 1</script>');
		assert.ok(found.painted.includes('<script>pwned = 1</script>'));
		assert.ok(found.painted.every(words => !/[\u202a-\u202e]/.test(words)));
		assert.match(found.tooltip, /^"><img src=x onerror=pwned=1>/);
		assert.equal((await page.innerText('.ft-top')).includes('\u202e'), false);
		assertQuiet(page);
	}
});

const widestBox = () => Math.max(...[...document.querySelectorAll('#boxes rect')]
	.map(rect => rect.getBoundingClientRect().width));

// The file with its profile changed, saved beside it.
function damage(name, change) {
	const text = fs.readFileSync(path.join(directory, name), 'utf8');
	const start = text.indexOf('id="flametap-profile">') + 'id="flametap-profile">'.length;
	const end = text.indexOf('<', start);
	const target = `damaged-${name}`;

	fs.writeFileSync(path.join(directory, target),
		text.slice(0, start) + change(text.slice(start, end).trim()) + text.slice(end));
	return target;
}

test('a damaged profile leaves the picture, and a line says why', async browser => {
	const changes = [
		() => '', () => 'what?', data => data.slice(0, data.length / 8 * 4),
		data => `AAAA${data.slice(4)}`, () => 'H4sIAAAAAAAAA0tMTEwEAB+LCAAAAAAAAAM=',
	];

	for (const name of FILES)
		for (const change of changes) {
			const page = await open(browser, damage(name, change), { started: false });
			await page.waitForSelector('.notice');
			assert.match(await page.textContent('.notice'),
				/^The viewer could not start: [^.]{8,}\. This is the picture alone\.$/);
			assert.equal(await page.evaluate(() =>
				document.querySelectorAll('#boxes g > *').length), 14);
			const { top, bottom } = await page.evaluate(() => {
				const line = document.querySelector('.notice').getBoundingClientRect();
				return { bottom: line.bottom,
					top: document.querySelector('.h').getBoundingClientRect().top };
			});
			assert.ok(bottom <= top + 4, `the line ends at ${bottom}, the title begins at ${top}`);
			assert.ok(await page.evaluate(widestBox) > 500);
			assertQuiet(page);
		}
});

test('the picture waits for the viewer, but not for long', async browser => {
	for (const name of FILES) {
		const text = fs.readFileSync(path.join(directory, name), 'utf8');
		const start = text.lastIndexOf('<script>'), end = text.lastIndexOf('</script>');
		fs.writeFileSync(path.join(directory, `alone-${name}`),
			text.slice(0, start) + text.slice(end + '</script>'.length));
		// It takes place when the file has been read, before any time has gone by.
		const init = () => document.addEventListener('DOMContentLoaded', () => {
			const graph = document.querySelector('#graph');
			window.waited = graph && graph.getBoundingClientRect().width === 0;
		});
		const page = await open(browser, `alone-${name}`, { started: false, init: `
			window.setTimeout = run => { window.endWaiting = run; };
			(${init})();` });
		await page.waitForFunction('typeof window.waited === "boolean"');
		assert.equal(await page.evaluate('window.waited'), true);
		await page.evaluate('window.endWaiting()');
		assert.ok(await page.evaluate(widestBox) > 500);
		assertQuiet(page);
	}
});

test('a browser without DecompressionStream gets the viewer too', async browser => {
	const page = await open(browser, 'shares.svg',
		{ init: () => { delete window.DecompressionStream; } });
	near(await shareOf(page, 'hot'), 0.6);
	assertQuiet(page);
});

test('an SVG within a page stays a picture', async browser => {
	const svg = fs.readFileSync(path.join(directory, 'shares.svg'), 'utf8').replace(/^<\?.*\?>/, '');
	const name = 'inlined.xhtml';
	fs.writeFileSync(path.join(directory, name),
		`<html xmlns="http://www.w3.org/1999/xhtml"><body><p>mine</p>${svg}</body></html>`);
	const page = await open(browser, name, { started: false });
	await page.waitForLoadState('load');
	assert.equal(await page.textContent('p'), 'mine');
	assert.equal(await page.evaluate(() => document.querySelectorAll('#boxes').length), 1);
	assertQuiet(page);
});

test('on paper there are no tools', async browser => {
	const page = await open(browser, 'shares.svg');
	await page.emulateMedia({ media: 'print' });
	assert.ok(!await page.isVisible('.ft-tools'));
	assert.ok(await page.isVisible('.ft-area canvas'));
	await page.emulateMedia({ media: null });
});

// Accessibility.

test('axe finds no violation, in light and dark, with tooltip, zoom and search', async browser => {
	for (const [name, colorScheme] of [['shares.svg', 'light'], ['shares.html', 'dark']]) {
		const page = await open(browser, name, { colorScheme });
		for (const step of [async () => {}, async () => {
			await page.fill('#search', 'hot');
			await clickBox(page, 'work');
			await page.keyboard.press('ArrowUp');
		}]) {
			await step();
			assert.deepEqual(await violationsOf(page), [], `${name} ${colorScheme}`);
		}
	}
});

// Screenshots, for a person to look at.

async function shoot(page, name) {
	if (process.env.SCREENSHOTS)
		await page.screenshot({ path: path.join(process.env.SCREENSHOTS, `${name}.png`) });
}

test('screenshots', async browser => {
	for (const [looks, options] of Object.entries({
		light: {}, dark: { colorScheme: 'dark' },
		phone: { viewport: { width: 360, height: 740 }, hasTouch: true },
		wide: { viewport: { width: 1920, height: 900 } },
	})) {
		const page = await open(browser, 'shares.svg', options);
		await shoot(page, `flame-${looks}-whole`);
		await page.fill('#search', 'hot');
		await clickBox(page, 'work');
		await page.mouse.move(...await placeOf(page, 'hot'));
		await shoot(page, `flame-${looks}-zoom-search-tooltip`);
		await page.mouse.move(5, 5);
		await page.keyboard.press('Escape');
		await page.focus('.ft-area');
		await page.keyboard.press('i');
		await page.keyboard.press('ArrowDown');
		assert.match(await cursor(page), /^hot, /);
		if (looks !== 'wide')
			await shoot(page, `flame-${looks}-icicle-cursor`);
	}
});

run(openBrowser, { keep: true });
