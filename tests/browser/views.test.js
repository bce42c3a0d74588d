// SPDX-License-Identifier: GPL-2.0-or-later
// The viewer's table, sandwich, callers, chips, links, time strip, menu, copies and help, by mouse
// and by keyboard: `node views.test.js DIRECTORY FLAMETAP`, with the pictures of make_views.c. What
// is shown is compared with what the command line says of the same file.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { test, run, openBrowser } = require('./harness.js');
const { FILES, addressOf, clickFrame, copyFolded, copied, folded, frameRect, linesOf,
	open, chooseFrame, report, shownState, tableRows, textTable, valueOf } = require('./views.js');

const [, , directory, flametap] = process.argv;

// Both sorts of file, in pages of their own.
function testFiles(name, body) {
	for (const file of FILES)
		test(`${file}: ${name}`, async browser => body(browser, file));
}

// Table.

testFiles('the table has the figures of the text report', async (browser, file) => {
	const page = await open(browser, file, { hash: 'view=table' });
	const rows = await tableRows(page);
	assert.ok(rows.length > 10);
	assert.deepEqual(rows, textTable(report(file, [], 'txt')));
});

testFiles('a click on a heading sorts, another the other way round', async (browser, file) => {
	const page = await open(browser, file, { hash: 'view=table' });
	const column = async (name, key) => {
		const rows = await tableRows(page);
		return [await page.getAttribute(`th[data-by=${name}]`, 'aria-sort'), rows.map(r => r[key])];
	};
	const numbers = list => list.map(Number);

	await page.click('th[data-by=total] button');
	let [sort, shown] = await column('total', 'total');
	assert.equal(sort, 'descending');
	assert.deepEqual(numbers(shown), numbers(shown).sort((a, b) => b - a));
	assert.equal(await page.getAttribute('th[data-by=self]', 'aria-sort'), 'none');
	await page.click('th[data-by=total] button');
	[sort, shown] = await column('total', 'total');
	assert.equal(sort, 'ascending');
	assert.deepEqual(numbers(shown), numbers(shown).sort((a, b) => a - b));
	// By keyboard.
	await page.focus('th[data-by=name] button');
	await page.keyboard.press('Enter');
	[sort, shown] = await column('name', 'name');
	assert.equal(sort, 'ascending');
	assert.deepEqual(shown.slice(0, 3), ['compute', 'entry_SYSCALL_64', 'LMain;::run']);
	await page.keyboard.press('Enter');
	[sort, shown] = await column('name', 'name');
	assert.equal(sort, 'descending');
	assert.equal(shown[shown.length - 1], 'compute');
	assert.match(await addressOf(page), /sort=name/);
});

testFiles('the table follows the search', async (browser, file) => {
	const page = await open(browser, file, { hash: 'view=table' });
	await page.fill('#search', 'query|^main$');
	assert.deepEqual((await tableRows(page)).map(row => row.name).sort(), ['main', 'query']);
	assert.match(await page.textContent('.ft-table-count'), /^2 of \d+ functions match$/);
	await page.fill('#search', 'nothing is called so');
	assert.deepEqual(await tableRows(page), []);
});

test('of thousands of rows only those in view are there', async browser => {
	const page = await open(browser, 'many.svg', { hash: 'view=table' });
	const seen = () => page.evaluate(() => ({
		n: document.querySelectorAll('tr[data-row]').length,
		names: [...document.querySelectorAll('tr[data-row] .ft-name')].map(e => e.textContent),
		active: (document.getElementById(document.querySelector('table')
			.getAttribute('aria-activedescendant')) || {}).textContent || '',
	}));
	const rows = textTable(report('many.svg', [], 'txt'));
	const all = new Set(linesOf(folded('many.svg')).flatMap(([stack]) => stack));

	assert.equal(await page.getAttribute('table', 'aria-rowcount'), String(all.size + 1));
	assert.ok((await seen()).n < 80);
	await page.focus('table');
	await page.keyboard.press('End');
	let now = await seen();
	assert.ok(now.n < 80);
	assert.equal(now.names.length < 80 && now.active.includes(now.names[now.names.length - 1]), true);
	await page.keyboard.press('PageUp');
	assert.notEqual((await seen()).active, now.active);
	await page.keyboard.press('Home');
	await page.keyboard.press('ArrowDown');
	now = await seen();
	assert.ok(now.active.includes(rows[1].name));
	// By mouse.
	await page.evaluate(() => {
		document.querySelector('.ft-table-scroller').scrollTop = 28 * 2500;
	});
	await page.waitForFunction(name => [...document.querySelectorAll('tr[data-row] .ft-name')]
		.some(e => e.textContent === name), rows[2501].name);
	assert.ok((await seen()).n < 80);
});

// Sandwich and callers.

// What the lines with a function say of its callers or callees: name -> samples.
function neighbours(text, name, step) {
	const found = new Map();
	for (const [stack, count] of linesOf(text)) {
		const at = step < 0 ? stack.lastIndexOf(name) : stack.indexOf(name);
		const other = at < 0 ? undefined : (stack[at + step] || '').replace('\u037e', ';');
		if (other)
			found.set(other, (found.get(other) || 0) + count);
	}
	return Object.fromEntries([...found].sort());
}

// Of a graph: what is next to its root, name -> value.
const nextToRoot = (page, id) => page.evaluate(graphId => {
	const { tree } = document.querySelector(`.ft-area[data-graph="${graphId}"]`).flametap.input;
	const top = 0;
	const found = [];
	for (let child = tree.first[top]; child; child = tree.next[child])
		found.push([tree.labels[tree.label[child]], tree.total[child] / 1e6]);
	return Object.fromEntries(found.sort((a, b) => (a[0] < b[0] ? -1 : 1)));
}, id);

testFiles('the sandwich has callers and callees over all places', async (browser, file) => {
	const page = await open(browser, file, { hash: 'view=table' });
	// No format has names with a semicolon: make_views.c has one.
	const text = folded(file).replace(/LMain:::run/g, 'LMain\u037e::run');

	// By mouse from the table, by keyboard from row to row.
	await page.dblclick('tr[data-row]:has-text("malloc")');
	assert.equal(await page.textContent('.ft-sandwich h2'), 'malloc');
	assert.deepEqual(await nextToRoot(page, 'above'), neighbours(text, 'malloc', -1));
	assert.deepEqual(await nextToRoot(page, 'below'), {});
	assert.match(await page.textContent('.ft-sandwich'), /self 35\.00%, 0\.350 s/);
	await page.click('.ft-sandwich tr[data-row]:has-text("query")');
	assert.equal(await page.textContent('.ft-sandwich h2'), 'query');
	assert.deepEqual(await nextToRoot(page, 'above'), neighbours(text, 'query', -1));
	assert.deepEqual(await nextToRoot(page, 'below'), neighbours(text, 'query', 1));
	await page.focus('.ft-sandwich table');
	await page.keyboard.press('Home');
	await page.keyboard.press('Enter');
	assert.equal(await page.textContent('.ft-sandwich h2'),
		textTable(report(file, [], 'txt'))[0].name);
	assert.match(await addressOf(page), /view=sandwich.*function=/);
});

testFiles('callers begin with each function\'s own samples', async (browser, file) => {
	const page = await open(browser, file);
	await page.keyboard.press('4');
	const found = await page.evaluate(() => {
		const { tree } = document.querySelector('.ft-area').flametap.input;
		const own = [];
		for (let child = tree.first[0]; child; child = tree.next[child])
			own.push([tree.labels[tree.label[child]], tree.total[child] / 1e9]);
		return Object.fromEntries(own.sort((a, b) => (a[0] < b[0] ? -1 : 1)));
	});
	const own = textTable(report(file, [], 'txt')).filter(row => Number(row.self) > 0)
		.map(row => [row.name, Number(row.self)]);
	assert.deepEqual(found, Object.fromEntries(own.sort((a, b) => (a[0] < b[0] ? -1 : 1))));
	// A zoom of its own, and Escape ends it.
	await clickFrame(page, ['malloc', 'work']);
	assert.match(await addressOf(page), /callers-zoom=malloc;work/);
	await page.keyboard.press('Escape');
	assert.doesNotMatch(await addressOf(page), /zoom/);
});

// Chips.

async function addChip(page, op, text) {
	if (await page.getAttribute('.ft-chip-opener', 'aria-expanded') === 'false')
		await page.click('.ft-chip-opener');
	await page.selectOption('.ft-chip-form select', op);
	await page.fill('.ft-chip-form input', text);
	await page.click('.ft-chip-form button');
}

const CHIPS = [['focus', 'malloc|query'], ['ignore', '^compute$'], ['hide', 'work|START_thread'],
	['hide', 'Query'], ['comm', '^app$'], ['thread', 'worker [12]'], ['thread', '\\(101\\)'],
	['comm', 'db \\(200\\)']];

testFiles('each chip leaves what the option leaves', async (browser, file) => {
	const page = await open(browser, file);
	assert.equal(await copyFolded(page), folded(file));
	for (const [op, text] of CHIPS) {
		await addChip(page, op, text);
		assert.equal(await copyFolded(page), folded(file, [`--${op}`, text]), `${op} ${text}`);
		await page.click('.ft-chip');
		assert.equal(await page.locator('.ft-chip').count(), 0);
	}
	assert.equal(await copyFolded(page), folded(file));
});

testFiles('each switch leaves what the option leaves', async (browser, file) => {
	const page = await open(browser, file);
	await page.click('.ft-chip-opener');
	for (const option of ['threads', 'by-module', 'collapse-recursion']) {
		await page.check(`label[title="--${option}"] input`);
		assert.equal(await copyFolded(page), folded(file, [`--${option}`]), option);
		assert.equal((await page.textContent('.ft-chip')).replace('\u00d7', ''),
			`${option}: remove this filter`);
		await page.click('.ft-chip');
		assert.equal(await page.isChecked(`label[title="--${option}"] input`), false);
	}
});

testFiles('chips by keyboard alone', async (browser, file) => {
	const page = await open(browser, file);
	await page.focus('.ft-chip-opener');
	await page.keyboard.press('Enter');
	assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')),
		'Regular expression');
	await page.keyboard.type('malloc');
	await page.keyboard.press('Enter');
	assert.equal(await page.textContent('.ft-chip-rest'), '35.00% left');
	await page.keyboard.type('(');
	await page.keyboard.press('Enter');
	assert.equal(await page.getAttribute('.ft-chip-form input', 'aria-invalid'), 'true');
	assert.notEqual(await page.textContent('.ft-error'), '');
	assert.equal(await page.locator('.ft-chip').count(), 1);
	await page.keyboard.press('Escape');
	assert.equal(await page.isVisible('.ft-chip-form'), false);
	assert.equal(await page.evaluate(() => document.activeElement.className), 'ft-chip-opener');
	for (let i = 0; i < 10; i++) {
		await page.keyboard.press('Tab');
		if (await page.evaluate(() => document.activeElement.matches('.ft-chip')))
			break;
	}
	assert.match(await page.evaluate(() => document.activeElement.textContent),
		/^focus malloc: remove this filter/);
	await page.keyboard.press('Enter');
	assert.equal(await page.locator('.ft-chip').count(), 0);
	assert.equal(await page.evaluate(() => document.activeElement.className), 'ft-chip-opener');
});

testFiles('the copied command line shows the same', async (browser, file) => {
	const hash = 'focus=malloc%7Cit%27s&hide=start&thread=worker%201&time=0.5s..2.25s' +
		'&by-module&collapse-recursion&threads';
	const page = await open(browser, file, { hash });
	await page.click('.ft-chip-command');
	const command = await copied(page);
	assert.match(command, /^flametap report .* --focus 'malloc\|it'\\''s' /);
	execFileSync('sh', ['-c', `PATH="${flametap.replace(/\/[^/]*$/, '')}:$PATH"; ${command}`],
		{ cwd: directory, stdio: 'pipe' });
	// What was split by threads is in the picture, not in the profile.
	const part = execFileSync(flametap,
		['report', 'part.svg', '--threads', '-f', 'folded', '-o', '-'],
		{ cwd: directory, encoding: 'utf8' });
	assert.equal(await copyFolded(page), part);
	await page.click('.ft-chip-clear');
	assert.equal(await copyFolded(page), folded(file));
	assert.equal(await addressOf(page), '');
});

test('what the copied command line lacks is told', async browser => {
	for (const [hash, words] of [['remove=app;main;parse', 'removed stack'],
		['remove=app;main;parse&remove=db', '2 removed stacks']]) {
		const page = await open(browser, 'views.svg', { hash });
		await page.click('.ft-chip-command');
		await copied(page);
		await page.waitForSelector('.ft-notice.ft-seen');
		assert.equal(await page.textContent('.ft-notice span'),
			`Copied the command line, which cannot leave out the ${words}.`);
	}
});

// A frame's menu and keys.

const MALLOC = ['app', 'main', 'parse', 'malloc'];

testFiles('the menu of a frame by mouse', async (browser, file) => {
	const page = await open(browser, file);
	const does = async (words, path = MALLOC) => {
		await clickFrame(page, path, { button: 'right' });
		await page.click(`[role=menuitem]:has-text("${words}")`);
		assert.equal(await page.isVisible('[role=menu]'), false);
	};

	await does('Focus');
	assert.equal(await copyFolded(page), folded(file, ['--focus', '^malloc$']));
	await page.click('.ft-chip');
	await does('Ignore');
	assert.equal(await copyFolded(page), folded(file, ['--ignore', '^malloc$']));
	await page.click('.ft-chip');
	await does('Hide');
	assert.equal(await copyFolded(page), folded(file, ['--hide', '^malloc$']));
	await page.click('.ft-chip');
	await does('Remove this stack', ['app', 'main', 'parse']);
	assert.equal(await copyFolded(page),
		folded(file).replace(/^app;main;parse[; ].*\n/gm, ''));
	assert.match(await addressOf(page), /remove=app;main;parse/);
	await page.click('.ft-chip');
	await does('Copy stack');
	assert.equal(await copied(page), MALLOC.slice().reverse().map(name => `${name}\n`).join(''));
	await does('Copy name');
	assert.equal(await copied(page), 'malloc');
	await does('Search');
	assert.equal(await valueOf(page, '#search'), '^malloc$');
	await page.fill('#search', '');
	await does('Callers and callees');
	assert.equal(await page.textContent('.ft-sandwich h2'), 'malloc');
});

testFiles('the menu of a frame by keyboard', async (browser, file) => {
	const page = await open(browser, file);
	await chooseFrame(page, MALLOC);
	await page.keyboard.press('m');
	assert.match(await page.evaluate(() => document.activeElement.textContent), /^Callers/);
	await page.keyboard.press('ArrowDown');
	assert.match(await page.evaluate(() => document.activeElement.textContent), /^Focus/);
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('ArrowUp');
	assert.match(await page.evaluate(() => document.activeElement.textContent), /^Search/);
	await page.keyboard.press('Escape');
	assert.equal(await page.isVisible('[role=menu]'), false);
	assert.ok(await page.evaluate(() => document.activeElement.matches('.ft-area')));
	await page.keyboard.press('m');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	assert.equal(await copyFolded(page), folded(file, ['--focus', '^malloc$']));
});

testFiles('a frame\'s keys do the same without the menu', async (browser, file) => {
	const page = await open(browser, file);
	for (const [key, option] of [['f', 'focus'], ['x', 'ignore'], ['h', 'hide']]) {
		await chooseFrame(page, MALLOC);
		await page.keyboard.press(key);
		assert.equal(await copyFolded(page), folded(file, [`--${option}`, '^malloc$']), key);
		await page.click('.ft-chip');
	}
	await chooseFrame(page, ['app', 'main', 'parse']);
	await page.keyboard.press('Delete');
	assert.equal(await copyFolded(page), folded(file).replace(/^app;main;parse[; ].*\n/gm, ''));
	await page.click('.ft-chip');
	await chooseFrame(page, MALLOC);
	await page.keyboard.press('c');
	assert.equal(await copied(page), 'malloc\nparse\nmain\napp\n');
	await page.keyboard.press('s');
	assert.equal(await page.textContent('.ft-sandwich h2'), 'malloc');
});

// Links.

testFiles('a link shows the same again, back and forward go through it', async (browser, file) => {
	const page = await open(browser, file);
	await clickFrame(page, ['app', 'main', 'compute']);
	await page.waitForURL(/#zoom=app;main;compute$/);
	await page.keyboard.press('2');
	await page.waitForURL(/#view=table&.*zoom=/);
	await page.goBack();
	await page.waitForURL(/#zoom=app;main;compute$/);
	assert.equal((await shownState(page)).view, 'flame');
	await page.goBack();
	await page.waitForFunction(() => !location.hash);
	assert.equal((await shownState(page)).zoom, null);
	await page.goForward();
	await page.waitForURL(/#zoom=app;main;compute$/);
	assert.deepEqual((await shownState(page)).zoom, ['app', 'main', 'compute']);
	const { left, width } = await frameRect(page, ['app', 'main', 'compute', 'compute']);
	// Typing leaves no steps behind.
	const before = await page.evaluate(() => history.length);
	await page.fill('#search', 'mal');
	await page.fill('#search', 'malloc');
	await page.waitForURL(/search=malloc/);
	assert.equal(await page.evaluate(() => history.length), before);
	const again = await open(browser, file, { hash: await addressOf(page) });
	const rect = await frameRect(again, ['app', 'main', 'compute', 'compute']);
	assert.deepEqual([rect.left, rect.width], [left, width]);
});

test('a link lives through a new run, and what is not there is told', async browser => {
	const first = await open(browser, 'views.svg');
	await clickFrame(first, ['app', 'start_thread', 'work', 'malloc']);
	const hash = await addressOf(first);
	const page = await open(browser, 'next.svg', { hash });
	assert.match(await page.textContent('.ft-notice'), /leads to malloc.*Shown is start_thread/);
	assert.deepEqual((await shownState(page)).zoom, ['app', 'start_thread']);
	assert.match(await addressOf(page), /zoom=app;start_thread$/);
	const whole = await open(browser, 'next.svg', { hash: 'zoom=app;main;compute&focus=compute' });
	assert.deepEqual((await shownState(whole)).zoom, ['app', 'main', 'compute']);
	assert.equal(await whole.isVisible('.ft-notice'), false);
	const strange = await open(browser, 'next.svg', { hash: 'view=what&threads&colour=red%' });
	assert.match(await strange.textContent('.ft-notice'), /view=what, colour=red%/);
	assert.equal((await shownState(strange)).threads, true);
	for (const about of ['view=sandwich&function=work', 'view=table&function=work',
		'view=callers&callers-zoom=malloc;work', 'view=sandwich&function=malloc&above=malloc;work']) {
		const other = await open(browser, 'next.svg', { hash: about });
		assert.equal(await other.textContent('.ft-notice span'),
			'The link is about work, which is not here.', about);
		const here = await open(browser, 'views.svg', { hash: about });
		assert.equal(await here.isVisible('.ft-notice'), false, about);
	}
});

test('hostile links are harmless', async browser => {
	for (const hash of ['zoom=%E0%A4%A;%', 'focus=(((', 'time=9..1&value=constructor&sort=__proto__',
		`view=__proto__&function=%00%00&hide=.&by-module&zoom=${'a;'.repeat(20000)}`]) {
		const page = await open(browser, 'views.svg', { hash });
		assert.ok(await page.isVisible('.ft-main'), hash);
		assert.deepEqual(page.problems, [], hash);
	}
});

// Time.

testFiles('a drag over the time strip shows only that time', async (browser, file) => {
	const page = await open(browser, file);
	await page.click('button:has-text("Time")');
	const strip = await page.locator('.ft-time-slider').boundingBox();
	const at = (second, part) =>
		[strip.x + strip.width * (second + 0.5) / 4, strip.y + strip.height * (1 - part)];

	// From the bottom of second 1 to the middle of second 2.
	await page.mouse.move(...at(1, 0.01));
	await page.mouse.down();
	await page.mouse.move(...at(2, 0.3));
	await page.mouse.move(...at(2, 0.49));
	await page.mouse.up();
	assert.equal(await copyFolded(page), folded(file, ['--time', '1s..2.5s']));
	assert.match(await addressOf(page), /^time=1s\.\.2\.5s$/);
	assert.match(await page.textContent('.ft-chip'), /^time 1s\.\.2\.5s: remove this filter/);
	await page.click('.ft-time button');
	assert.equal(await copyFolded(page), folded(file));
});

testFiles('the time by keyboard and by its fields', async (browser, file) => {
	const page = await open(browser, file);
	const time = async () => (await shownState(page)).time;
	await page.keyboard.press('t');
	assert.ok(await page.evaluate(() => document.activeElement.matches('.ft-time-slider')));
	await page.keyboard.press('ArrowRight');
	assert.deepEqual(await time(), [0, 1e9]);
	await page.keyboard.press('ArrowRight');
	assert.deepEqual(await time(), [1e9, 2e9]);
	await page.keyboard.press('Shift+ArrowRight');
	assert.deepEqual(await time(), [1e9, 3e9]);
	await page.keyboard.press('Shift+ArrowDown');
	assert.deepEqual(await time(), [1e9, 2.98e9]);
	assert.equal(await page.getAttribute('.ft-time-slider', 'aria-valuetext'), '1 s to 2.98 s');
	assert.equal(await copyFolded(page), folded(file, ['--time', '1s..2.98s']));
	await page.focus('.ft-time-slider');
	await page.keyboard.press('Delete');
	assert.equal(await time(), null);
	await page.fill('[aria-label="From second"]', '3');
	await page.keyboard.press('Tab');
	assert.deepEqual(await time(), [3e9, 4e9]);
	assert.equal(await copyFolded(page), folded(file, ['--time', '3s..4s']));
	await page.fill('[aria-label="Until second"]', '2');
	await page.keyboard.press('Tab');
	assert.equal(await page.getAttribute('[aria-label="Until second"]', 'aria-invalid'), 'true');
	assert.deepEqual(await time(), [3e9, 4e9]);
	await page.focus('.ft-time-slider');
	await page.keyboard.press('Escape');
	assert.equal(await page.isVisible('.ft-time'), false);
	assert.deepEqual(await time(), [3e9, 4e9]);
});

test('where there are no times there is no strip', async browser => {
	const page = await open(browser, 'many.svg');
	assert.equal(await page.isVisible('button:has-text("Time")'), false);
	await page.keyboard.press('t');
	assert.equal(await page.isVisible('.ft-time'), false);
});

// Values.

testFiles('the value is chosen, and all follows', async (browser, file) => {
	const page = await open(browser, file, { hash: 'view=table' });
	await page.selectOption('.ft-values select', { label: 'Off cpu' });
	const rows = Object.fromEntries((await tableRows(page)).map(row => [row.name, row.total]));
	// 100 x 1 ms of worker 1, 100 x 5 ms of db: see make_views.c.
	assert.equal(rows.malloc, '0.100');
	assert.equal(rows.query, '0.500');
	assert.equal(rows.compute, undefined);
	assert.match(await addressOf(page), /value=off-cpu/);
	await page.focus('.ft-values select');
	await page.keyboard.press('Home');
	assert.deepEqual(await tableRows(page), textTable(report(file, [], 'txt')));
});

// Copies.

testFiles('what is zoomed is what is copied', async (browser, file) => {
	const page = await open(browser, file);
	await clickFrame(page, ['db', 'main']);
	await page.click('button:has-text("Copy folded")');
	const text = await copied(page);
	assert.equal(text, folded(file).split('\n').filter(line => /^db;main[; ]/.test(line))
		.map(line => `${line}\n`).join(''));
	assert.match(await page.textContent('.ft-notice'), /^Copied 2 folded stacks\./);
});

// An SVG cannot copy as in the days before the clipboard was there to be written: execCommand() is
// for HTML.
const noClipboard = () => Object.defineProperty(navigator, 'clipboard', { value: undefined });

test('without a clipboard to write to, a page copies by selection', async browser => {
	const page = await open(browser, 'views.html', { init: noClipboard });
	await page.evaluate(() => document.addEventListener('copy', () => {
		window.heard = document.activeElement.value;
	}));
	await page.click('button:has-text("Copy folded")');
	await page.waitForSelector('.ft-notice.ft-seen');
	assert.equal(await page.evaluate(() => window.heard), folded('views.html'));
	assert.equal(await page.isVisible('dialog[open]'), false);
});

test('where nothing can be copied the text is there, selected', async browser => {
	const page = await open(browser, 'views.svg', { init: noClipboard });
	await page.click('button:has-text("Copy folded")');
	await page.waitForSelector('dialog[open]');
	assert.equal(await valueOf(page, 'dialog[open] textarea'), folded('views.svg'));
	assert.equal(await page.evaluate(() => {
		const area = document.querySelector('dialog[open] textarea');
		return document.activeElement === area && area.selectionEnd === area.value.length;
	}), true);
	await page.keyboard.press('Escape');
	assert.equal(await page.isVisible('dialog[open]'), false);
});

// Help.

testFiles('the help by key and by button', async (browser, file) => {
	const page = await open(browser, file);
	await page.keyboard.press('?');
	assert.ok(await page.isVisible('dialog[open]'));
	const text = await page.textContent('dialog[open]');
	for (const words of ['Search', 'Focus', 'sort by it', 'This help'])
		assert.ok(text.includes(words), words);
	await page.keyboard.press('Escape');
	assert.equal(await page.isVisible('dialog[open]'), false);
	await page.click('button[aria-label=Help]');
	await page.click('dialog[open] button');
	assert.equal(await page.isVisible('dialog[open]'), false);
	// What is typed into the search is no key.
	await page.focus('#search');
	await page.keyboard.type('?fxhc');
	assert.equal(await valueOf(page, '#search'), '?fxhc');
	assert.equal(await page.isVisible('dialog[open]'), false);
	assert.equal(await page.locator('.ft-chip').count(), 0);
});

run(openBrowser, { keep: true });
