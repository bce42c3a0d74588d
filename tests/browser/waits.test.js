// SPDX-License-Identifier: GPL-2.0-or-later
// What threads waited for, in the viewer, by mouse and by keyboard: `node waits.test.js DIRECTORY
// FLAMETAP`, with the pictures of make_waits.c. Figures are those that the command line tells of
// the same file.
'use strict';

const assert = require('node:assert/strict');
const { test, run, openBrowser } = require('./harness.js');
const { addressOf, clickFrame, copied, copyFolded, folded, frameRect, open, report, shownState,
	valueOf } = require('./views.js');

const FILES = ['waits.svg', 'waits.html'];

function testFiles(name, body) {
	for (const file of FILES)
		test(`${file}: ${name}`, async browser => body(browser, file));
}

/** The table of waits in a text report: rows of words, in the order of its columns. */
function waitTable(text) {
	const lines = text.split('\n');
	const head = lines.findIndex(line => line.startsWith('waits for '));
	const end = lines.findIndex((line, i) => i > head && line.includes('thread-seconds'));

	return { sums: lines[end], rows: lines.slice(head + 1, end).map(line =>
		line.split(/ {2,}/).map(word => word.trim())) };
}

/** Its futexes: [address, class, waits, mean, longest, process (pid), waited in, woken in]. */
function futexTable(text) {
	const lines = text.split('\n');
	const head = lines.findIndex(line => /^ +futex +class/.test(line));

	return lines.slice(head + 1, lines.indexOf('', head)).map(line => {
		const [address, of, waits, , mean, longest, process, pid, waited, woken = ''] =
			line.trim().split(/ {2,}| (?=\d+ {2})/).map(word => word.trim());
		return [address, of, waits, mean, longest, `${process} (${pid})`, waited, woken];
	});
}

/** A histogram of it: numbers by octave. */
function octaves(text, name) {
	const lines = text.split('\n');
	const head = lines.indexOf(name);

	return lines.slice(head + 1, lines.indexOf('', head)).filter(Boolean)
		.map(line => Number(/ (\d+) #*$/.exec(line.trimEnd().replace(/(\d)$/, '$1 '))[1]));
}

const shownRows = page => page.evaluate(() =>
	[...document.querySelectorAll('.ft-waits-table tr[data-class]')].map(row =>
		[...row.children].slice(0, -1).map(cell => cell.textContent.replace(/,/g, ''))));

const shownFutexes = page => page.evaluate(() =>
	[...document.querySelectorAll('.ft-waits-table tr[data-futex]')].map(row => {
		const [count, , mean, , , longest] = [...row.children].slice(1).map(e => e.textContent);
		const [address, process, waits, wakes] = [...row.children[0].children]
			.map(e => e.textContent.trim());
		return { address, count, mean, longest, process, waits, wakes };
	}));

/** Its top waits: [total, share, waits, mean, longest, run queue, what for, process, code]; idle
 * ones as "poll (idle)". */
function topTable(text) {
	const lines = text.split('\n');
	const head = lines.indexOf('top waits') + 1, idle = lines.indexOf('     idle', head);

	return lines.slice(head + 1, lines.indexOf('', head)).filter(line => line !== '     idle')
		.map((line, i) => {
			const [total, share, waits, mean, longest, queue, of, ...rest] = line.trim()
				.split(/(?<=[\d%s-]) +(?=[\d-])|(?<=%) {2,}| {2,}/);
			return [total, share, waits, mean, longest, queue,
				head + 1 + i < idle ? of : `${of} (idle)`, ...rest];
		});
}

/** Rows of a table in the page, as they are seen. */
const cellsOf = (page, rows) => page.evaluate(selector =>
	[...document.querySelectorAll(selector)].map(row => [...row.children]
		.filter(cell => cell.offsetWidth).map(cell => cell.textContent.trim())), rows);

const press = async (page, ...keys) => {
	for (const key of keys)
		await page.keyboard.press(key);
};

testFiles('the table has the figures of the text report, and sorts', async (browser, file) => {
	const page = await open(browser, file, { hash: 'view=waits' });
	const { rows, sums } = waitTable(report(file, [], 'txt'));
	const sorted = by => page.getAttribute(`.ft-waits-table th[data-by=${by}]`, 'aria-sort');

	assert.equal(rows.length, 6);
	assert.deepEqual(await shownRows(page), rows);
	assert.equal(await page.textContent('.ft-waiting > p'), sums);
	assert.equal(await sorted('total'), 'descending');
	await page.click('.ft-waits-table th[data-by=longest] button');
	const names = async () => (await shownRows(page)).map(row => row[0]);
	// The idle ones stay behind the others.
	assert.deepEqual(await names(), ['network', 'lock', 'disk', 'preempted', 'condition (idle)',
		'kernel thread (idle)']);
	assert.equal(await sorted('longest'), 'descending');
	await press(page, 'Enter');
	assert.deepEqual(await names(), ['preempted', 'disk', 'lock', 'network',
		'kernel thread (idle)', 'condition (idle)']);
	assert.match(await addressOf(page), /waits-sort=longest-up/);
	await page.focus('.ft-waits-table th[data-by=class] button');
	await press(page, ' ');
	assert.deepEqual((await names()).slice(0, 4), ['lock', 'disk', 'network', 'preempted']);
	assert.deepEqual(page.problems, []);
});

testFiles('a class has its futexes, with who waits and who wakes', async (browser, file) => {
	const page = await open(browser, file, { hash: 'view=waits' });
	const expected = futexTable(report(file, [], 'txt')).map(
		([address, , count, mean, longest, process, waited, woken]) => ({ address, count, mean,
			longest, process, waits: `waits in ${waited}`,
			wakes: woken ? `woken by ${woken}` : undefined }));
	const lock = page.locator('tr[data-class=lock] th button');

	assert.equal(expected.length, 2);
	assert.equal(await lock.getAttribute('aria-expanded'), 'false');
	await lock.click();
	assert.equal(await lock.getAttribute('aria-expanded'), 'true');
	assert.deepEqual(await shownFutexes(page), expected);
	assert.match(await page.textContent('.ft-waits-line:has(#by-time) h2'), /lock/);
	assert.match(await addressOf(page), /waits=lock/);
	// The button is made anew, and has the focus still.
	await press(page, 'Enter');
	assert.deepEqual(await shownFutexes(page), []);
	await page.focus('tr[data-class="condition (idle)"] th button');
	await press(page, 'Enter');
	assert.deepEqual((await shownFutexes(page)).map(row => [row.address, row.waits]),
		[['0x7f0000001000', 'waits in next_job']]);
	assert.deepEqual(page.problems, []);
});

testFiles('lengths: bars by keys and as a table', async (browser, file) => {
	const page = await open(browser, file, { hash: 'view=waits&waits=network' });
	const text = report(file, [], 'txt');
	const row = waitTable(text).rows.find(([name]) => name === 'network');
	const words = () => page.getAttribute('#blocked', 'aria-valuetext');

	assert.equal(await page.textContent('.ft-lengths .ft-bar-words'),
		`254 waits, 195 ms in all: p50 ${row[4]}, p99 ${row[5]}, longest ${row[6]}`);
	await page.focus('#blocked');
	// The scale begins with the shortest time in the run queue.
	await press(page, 'Home');
	assert.equal(await words(), '2.05 us to 3.07 us: 0 waits, 0 ns in all');
	await press(page, ...Array(5).fill('ArrowRight'));
	assert.equal(await words(), '7.17 us to 8.19 us: 64 waits, 512 us in all');
	assert.equal(await page.textContent('.ft-lengths .ft-bar-told'), await words());
	await press(page, 'ArrowRight');
	assert.equal(await words(), '8.19 us to 9.22 us: 0 waits, 0 ns in all');
	await press(page, 'End', 'ArrowLeft', 'ArrowRight');
	assert.match(await words(), / 1 wait, 65.5 ms in all$/);
	await press(page, 'PageDown');
	assert.match(await words(), / 1 wait, 32.8 ms in all$/);
	await page.click('.ft-lengths summary');
	// That it was opened is told to the page a moment later.
	await page.waitForSelector('.ft-lengths tbody tr');
	const bars = await page.evaluate(() => [...document.querySelectorAll('.ft-lengths tbody')][0]
		.querySelectorAll('tr').length);
	const counts = await page.evaluate(() => [...document.querySelectorAll(
		'.ft-lengths tbody')].map(body => [...body.querySelectorAll('td:nth-child(3)')]
		.map(cell => Number(cell.textContent)))[0]);
	assert.equal(bars, 14);
	assert.deepEqual(counts, octaves(text, 'network'));
	// By mouse.
	const box = await page.locator('#blocked').boundingBox();
	await page.mouse.move(box.x + box.width * 5.5 / (await page.evaluate(() =>
		document.querySelector('#blocked svg').viewBox.baseVal.width)), box.y + 40);
	assert.match(await page.textContent('.ft-lengths .ft-bar-told'), /^7.17 us to 8.19 us/);
	// The longest waits take most of the time.
	await page.check('#by-time');
	const tops = await page.getAttribute('#blocked path', 'd');
	assert.match(tops, /v-98\.00h1v98\.00z$/);
	assert.match(await addressOf(page), /by-time/);
	assert.deepEqual(page.problems, []);
});

testFiles('a class is shown in the graph, as a chip', async (browser, file) => {
	const page = await open(browser, file, { hash: 'view=waits' });

	await page.click('tr[data-class=lock] button:has-text("Graph")');
	assert.deepEqual((await shownState(page)).chips, [{ op: 'class', text: '^lock$' }]);
	assert.equal((await shownState(page)).view, 'flame');
	const locks = folded(file).split('\n').filter(line => line.includes('pthread_mutex_lock'));
	assert.equal(await copyFolded(page), `${locks.join('\n')}\n`);
	await page.click('button:has-text("Copy command")');
	assert.match(await copied(page), / --class '\^lock\$' /);
	assert.equal(folded(file, ['--class', '^lock$']), `${locks.join('\n')}\n`);
	const hash = await addressOf(page);
	assert.match(hash, /class=%5Elock\$|class=%5Elock%24/);
	const again = await open(browser, file, { hash });
	assert.deepEqual((await shownState(again)).chips, [{ op: 'class', text: '^lock$' }]);
	// What ran is a class, too; and the form offers it.
	await page.click('.ft-chip');
	await page.click('.ft-chip-opener');
	await page.selectOption('.ft-chip-form select', 'class');
	await page.fill('.ft-chip-form input', 'running');
	await press(page, 'Enter');
	assert.equal(await copyFolded(page), 'hog;main;spin 600000\nserver;run;work 200000\n');
	assert.equal(await copyFolded(page), folded(file, ['--class', 'running']));
	assert.deepEqual(page.problems, []);
});

testFiles('top waits have the figures of the text report, and sort', async (browser, file) => {
	const page = await open(browser, file, { hash: 'view=waits' });
	const rows = () => cellsOf(page, '.ft-top-waits tbody tr');
	const expected = topTable(report(file, [], 'txt'));
	const head = by => page.locator(`.ft-top-waits th[data-by=${by}]`);

	assert.equal(expected.length, 7);
	assert.deepEqual(expected[2].slice(6), ['lock', 'server', 'cache_get < run']);
	assert.deepEqual(expected[5].slice(6), ['condition (idle)', 'server', 'next_job < run']);
	assert.deepEqual(await rows(), expected);
	assert.equal(await head('total').getAttribute('aria-sort'), 'descending');
	// By mouse and by keys; the idle ones stay behind the others.
	await head('longest').locator('button').click();
	assert.deepEqual((await rows()).map(row => row[4]),
		['65.5 ms', '40.0 ms', '7.00 ms', '3.00 ms', '2.00 ms', '940 ms', '300 ms']);
	await press(page, 'Enter');
	assert.deepEqual((await rows()).map(row => row[4]),
		['2.00 ms', '3.00 ms', '7.00 ms', '40.0 ms', '65.5 ms', '300 ms', '940 ms']);
	assert.match(await addressOf(page), /top-sort=longest-up/);
	await head('code').locator('button').focus();
	await press(page, ' ');
	const sorted = await rows();
	assert.deepEqual(sorted.map(row => row[8].split(' ')[0]), ['(wherever', 'cache_get',
		'cache_put', 'fetch', 'log_write', 'next_job', 'worker_thread']);
	assert.equal(await head('code').getAttribute('aria-sort'), 'ascending');
	const again = await open(browser, file, { hash: await addressOf(page) });
	assert.deepEqual(await cellsOf(again, '.ft-top-waits tbody tr'), sorted);
	// On a phone: total, what for, and the code.
	const size = page.viewportSize();
	await page.setViewportSize({ width: 360, height: 700 });
	assert.deepEqual((await rows())[1], ['193 ms', 'lock', 'cache_get < run']);
	await page.setViewportSize(size);
	assert.deepEqual(page.problems, []);
});

testFiles('top waits stand below the graph, and show their place in it', async (browser, file) => {
	const page = await open(browser, file);
	const rows = () => cellsOf(page, '.ft-places tbody tr');
	const left = (options = []) => topTable(report(file, options, 'txt'))
		.map(([total, share, , , , , of, process, code]) => [total, share === '-' ? 'idle' : share,
			of.replace(' (idle)', ''), `${code}${process}`]);
	const options = ['--class', '^lock$', '--comm', '^server$', '--focus', '^cache_get$',
		'--focus', '^run$'];
	const focused = () => page.evaluate(() => document.activeElement.textContent);

	assert.deepEqual(await rows(), left());
	await page.focus('.ft-places button:has-text("cache_get")');
	await press(page, 'Enter');
	assert.deepEqual((await shownState(page)).chips.map(({ op, text }) => [`--${op}`, text]).flat(),
		options);
	assert.equal(await copyFolded(page), folded(file, options));
	// There is but one process left, which needs no name.
	assert.deepEqual((await rows()).map(row => row.slice(0, 4)),
		[['193 ms', '100.0%', 'lock', 'cache_get < run']]);
	await page.locator('.ft-places button').focus();
	await press(page, 'Enter');
	assert.equal(await focused(), 'cache_get < run');
	await page.selectOption('.ft-values select', { label: 'CPU time' });
	assert.equal(await page.locator('.ft-places').isVisible(), false);
	// From the view of waits, too.
	const other = await open(browser, file, { hash: 'view=waits' });
	await other.click('.ft-top-waits button:has-text("log_write")');
	assert.equal((await shownState(other)).view, 'flame');
	assert.equal(await copyFolded(other), folded(file, ['--class', '^disk$', '--comm', '^server$',
		'--focus', '^log_write$', '--focus', '^main$']));
	assert.deepEqual([...page.problems, ...other.problems], []);
});

testFiles('waits of a box, and of a function', async (browser, file) => {
	const page = await open(browser, file);
	const path = ['server', 'run', 'cache_put'];

	await clickFrame(page, path, { button: 'right' });
	await page.click('[role=menuitem]:has-text("Waits with it")');
	assert.equal(await page.textContent('.ft-waiting h2'), 'Waits in the box cache_put');
	assert.deepEqual((await shownRows(page)).map(row => row.slice(0, 3)), [['lock', '2', '4.00 ms']]);
	assert.match(await addressOf(page), /zoom=server;run;cache_put/);
	await page.click('.ft-waiting button:has-text("All that is shown")');
	assert.equal((await shownRows(page)).length, 6);
	// From the table, by keys: cache_put also woke who waited elsewhere.
	await page.click('.ft-tools button:has-text("Table")');
	await page.click('tr[data-row]:has-text("cache_put")');
	await page.waitForSelector('tr[aria-selected="true"]:has-text("cache_put")');
	await page.focus('.ft-table table');
	await press(page, 'w');
	assert.equal(await page.textContent('.ft-waiting h2'), 'Waits with cache_put');
	assert.deepEqual((await shownRows(page)).map(row => row.slice(0, 2)), [['lock', '33']]);
	const again = await open(browser, file, { hash: await addressOf(page) });
	assert.deepEqual((await shownRows(again)).map(row => row.slice(0, 2)), [['lock', '33']]);
	assert.deepEqual(page.problems, []);
});

testFiles('idle waits are collapsed, and shown when asked for', async (browser, file) => {
	const page = await open(browser, file);

	assert.equal(await copyFolded(page), folded(file));
	await page.click('.ft-tools button:has-text("Waits")');
	await page.focus('.ft-waits-idle input');
	await press(page, ' ');
	assert.match(await addressOf(page), /show-idle/);
	assert.equal((await shownRows(page)).length, 6);
	await press(page, '1');
	assert.equal(await copyFolded(page), folded(file, ['--show-idle']));
	assert.match(await page.textContent('.ft-subtitle, .ft-head p'),
		/^wall-clock time 4\.062 thread-seconds · 1\.00 s recorded/);
	assert.deepEqual(page.problems, []);
});

testFiles('idle waits are left out by a click, and told', async (browser, file) => {
	const page = await open(browser, file);
	const button = page.locator('button:has-text("Without idle")');
	const subtitle = () => page.textContent('.ft-head p');
	const left = folded(file, ['--no-idle']);

	assert.match(await copyFolded(page), /;\[idle\];/);
	assert.equal(await button.getAttribute('aria-pressed'), 'false');
	await button.click();
	assert.equal(await button.getAttribute('aria-pressed'), 'true');
	assert.equal(await copyFolded(page), left);
	assert.doesNotMatch(left, /idle|condition/);
	assert.match(await subtitle(), / shown · idle: 2\.54 thread-seconds left out$/);
	assert.match(report(file, ['--no-idle'], 'txt'), /^idle +2\.54 thread-seconds left out$/m);
	assert.match(await addressOf(page), /^no-idle$/);
	await page.click('button:has-text("Copy command")');
	assert.match(await copied(page), /^flametap report \S+ --no-idle -o /);
	const again = await open(browser, file, { hash: 'no-idle&view=waits' });
	const { rows, sums } = waitTable(report(file, ['--no-idle'], 'txt'));
	assert.deepEqual(await shownRows(again), rows);
	assert.equal(await again.textContent('.ft-waiting > p'), sums);
	// Its chip takes it back.
	await page.click('.ft-chip:has-text("no-idle")');
	assert.match(await copyFolded(page), /;\[idle\];/);
	assert.doesNotMatch(await subtitle(), /left out/);
	assert.deepEqual([...page.problems, ...again.problems], []);
});

testFiles('each value has its words and its sum', async (browser, file) => {
	const page = await open(browser, file);
	const words = Object.fromEntries(report(file, [], 'txt').split('\n').slice(2, 10)
		.map(line => /^(.*?) +([\d.]+.*)$/.exec(line).slice(1)));
	const titles = { 'Wall-clock time': 'wall-clock time', 'CPU time': 'CPU time',
		'Off-CPU time': 'off-CPU time', 'Time blocked': 'time blocked',
		'Time in the run queue': 'time in the run queue' };

	for (const [title, name] of Object.entries(titles)) {
		await page.selectOption('.ft-values select', { label: title });
		assert.equal((await page.textContent('.ft-head p')).split(' · ')[0],
			`${name} ${words[name]}${name === 'CPU time' ? ' in 800 samples' : ''}`);
	}
	for (const [title, sum] of [['Times blocked', '315 waits'],
		['Times in the run queue', '411 queued']]) {
		await page.selectOption('.ft-values select', { label: title });
		assert.equal((await page.textContent('.ft-head p')).split(' · ')[0], sum);
	}
	assert.equal(await valueOf(page, '.ft-values select'), '6');
	assert.deepEqual(page.problems, []);
});

testFiles('CPU, off-CPU and wall each show what is theirs', async (browser, file) => {
	const page = await open(browser, file);
	const shows = async title => {
		await page.selectOption('.ft-values select', { label: title });
		return [...await Promise.all(['.ft-waits:not(.ft-places)', '.ft-places', '.ft-top']
			.map(selector => page.locator(selector).isVisible())),
			/\[/.test(await copyFolded(page)),
			(await page.textContent('.ft-legend')).includes('lock')];
	};

	// The table of waits, top waits, top functions, frames of waits, and these in the legend.
	assert.deepEqual(await shows('Wall-clock time'), [true, true, true, true, true]);
	assert.deepEqual(await shows('CPU time'), [false, false, true, false, false]);
	assert.equal(await copyFolded(page), 'hog;main;spin 600000\nserver;run;work 200000\n');
	assert.deepEqual(await shows('Off-CPU time'), [true, true, false, true, true]);
	await page.selectOption('.ft-values select', { label: 'Wall-clock time' });
	// What was waited for has a table of its own, and totals are those of the graph's boxes.
	assert.doesNotMatch(await page.textContent('.ft-top'), /\[/);
	const heading = () => page.textContent('.ft-top th:last-child');
	assert.equal(await heading(), 'top functions by self time on the CPU (total: with waits)');
	await page.selectOption('.ft-values select', { label: 'CPU time' });
	assert.equal(await heading(), 'top functions on the CPU');
	assert.deepEqual(page.problems, []);
});

testFiles('who ended a wait is told', async (browser, file) => {
	const page = await open(browser, file, { hash: 'class=lock' });
	const path = ['server', 'run', 'cache_get', 'pthread_mutex_lock', 'entry_SYSCALL_64', 'do_futex',
		'futex_wait', 'schedule', '[lock]', '--', 'pthread_mutex_unlock', 'cache_put', 'run', 'pool-2'];
	const told = async depth => {
		const { left, top, width, height } = await frameRect(page, path.slice(0, depth));
		await page.mouse.move(left + width / 2, top + height / 2);
		return page.textContent('.ft-tooltip:not([hidden]) > :last-child');
	};

	assert.equal(await told(12), 'woken by this code');
	assert.equal(await told(14), 'woken by this thread');
	assert.equal(await told(10), 'what is behind it woke who waited here');
	assert.equal(await told(9), 'waiting');
	assert.deepEqual(page.problems, []);
});

test('a profile of the CPU has no view of waits', async browser => {
	const page = await open(browser, 'views.svg', { hash: 'view=waits' });

	assert.equal((await shownState(page)).view, 'flame');
	assert.match(await page.textContent('.ft-notice'), /means nothing here: view=waits/);
	assert.equal(await page.locator('.ft-tools button:has-text("Waits")').count(), 0);
	assert.equal(await page.locator('button:has-text("Without idle")').isVisible(), false);
	await press(page, 'Escape', '5');
	assert.equal((await shownState(page)).view, 'flame');
	assert.equal(await page.locator('.ft-chip-form option[value=class]').count(), 0);
	assert.equal(await page.locator('.ft-places tr, .ft-places').first().isVisible(), false);
	assert.deepEqual(page.problems, []);
});

run(openBrowser, { keep: true });
