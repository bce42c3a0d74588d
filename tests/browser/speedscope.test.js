// SPDX-License-Identifier: GPL-2.0-or-later
// Our .speedscope.json in the speedscope of npm: `node speedscope.test.js DIRECTORY`, with the
// files of make_pictures.c. What it must show is known from there: 10,000 samples of 1 ms.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { openBrowser, test, run } = require('./harness.js');

const directory = process.argv[2];
const release = path.dirname(require.resolve('speedscope/dist/release/index.html'));
const application = path.join(release, 'index.html');

// As the package's own command line does it: a script beside the file hands its bytes over.
async function open(browser, name) {
	const bytes = fs.readFileSync(path.join(directory, name)).toString('base64');
	const script = path.resolve(directory, `${name}.js`);
	fs.writeFileSync(script, `speedscope.loadFileFromBase64(${JSON.stringify(name)}, "${bytes}")`);

	const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
	const page = await context.newPage();
	page.problems = [];
	page.on('pageerror', error => page.problems.push(error.message));
	page.on('dialog', dialog => { page.problems.push(dialog.message()); dialog.dismiss(); });
	page.on('console', message => message.type() === 'error' && page.problems.push(message.text()));
	await page.goto(`file://${application}#localProfilePath=${script}`);
	await page.getByText('Export').waitFor({ timeout: 60000 }); // there once a profile is
	return page;
}

// The table of the sandwich view: { name: [total, self] }.
async function totals(page) {
	await page.getByText('Sandwich').click();
	await page.getByText('Symbol Name').waitFor({ timeout: 60000 });
	await page.locator('tr', { hasText: /\(\d+(\.\d)?%\)/ }).first().waitFor({ timeout: 60000 });
	return page.evaluate(() => Object.fromEntries([...document.querySelectorAll('tr')]
		.map(row => [...row.querySelectorAll('td')].map(cell => cell.innerText.trim()))
		.filter(cells => cells.length === 3 && cells[0].endsWith('%)'))
		.map(([total, self, name]) => [name, [total, self]])));
}

test('speedscope shows our totals', async browser => {
	const page = await open(browser, 'shares.speedscope.json');

	assert.deepEqual(await totals(page), {
		'app': ['10.00s (100%)', '0.00ns (<0.01%)'],
		'main': ['9.90s (99%)', '0.00ns (<0.01%)'],
		'work': ['9.00s (90%)', '0.00ns (<0.01%)'],
		'hot': ['6.00s (60%)', '5.50s (55%)'],
		'hotter_than_hot': ['2.00s (20%)', '500.00ms (5.0%)'],
		'warm<std::basic_string<char>>::operator()': ['2.00s (20%)', '2.00s (20%)'],
		'entry_SYSCALL_64_after_hwframe': ['1.02s (10%)', '119.00ms (1.2%)'],
		'LMain;::interpret': ['980.00ms (9.8%)', '980.00ms (9.8%)'],
		'io_schedule': ['901.00ms (9.0%)', '901.00ms (9.0%)'],
		'[incomplete: frame pointer]': ['100.00ms (1.0%)', '0.00ns (<0.01%)'],
	});
	assert.deepEqual(page.problems, []);
});

test('the merged profile comes first, then one for each thread', async browser => {
	const page = await open(browser, 'threads.speedscope.json');
	const file = JSON.parse(fs.readFileSync(path.join(directory, 'threads.speedscope.json')));

	assert.deepEqual(file.profiles.map(profile => profile.name),
		['threads', 'worker (102)', 'app (101)']);
	assert.equal(await page.getByText('threads (1/3)').count(), 1);
	assert.deepEqual((await totals(page)).work, ['100.00ms (100%)', '100.00ms (100%)']);
	await page.keyboard.press('n');
	await page.getByText('worker (102) (2/3)').waitFor({ timeout: 60000 });
	assert.deepEqual((await totals(page)).work, ['70.00ms (100%)', '70.00ms (100%)']);
	assert.deepEqual(page.problems, []);
});

test('hostile names are names there, too', async browser => {
	const page = await open(browser, 'hostile.speedscope.json');
	const shown = await totals(page);

	for (const name of ['<script>pwned = 1</script>', ']]><script>pwned = 1</script>'])
		assert.ok(name in shown, `${name}: ${Object.keys(shown)}`);
	assert.equal(await page.evaluate(() => window.pwned), undefined);
	assert.deepEqual(page.problems, []);
});

test('our file is what its schema asks for', () => {
	const schema = JSON.parse(fs.readFileSync(
		path.join(release, 'file-format-schema.json')));
	const units = schema.definitions['FileFormat.ValueUnit'].enum;

	for (const name of ['shares', 'threads', 'hostile']) {
		const file = JSON.parse(fs.readFileSync(path.join(directory, `${name}.speedscope.json`)));

		assert.equal(file.$schema,
			schema.definitions['FileFormat.File'].properties.$schema.const);
		for (const profile of file.profiles) {
			const sum = profile.weights.reduce((a, b) => a + b, 0);

			assert.equal(profile.type, 'sampled');
			assert.ok(units.includes(profile.unit));
			assert.equal(profile.samples.length, profile.weights.length);
			assert.equal(profile.endValue - profile.startValue, sum);
			assert.ok(profile.samples.flat().every(frame => file.shared.frames[frame].name));
		}
	}
});

run(openBrowser);
