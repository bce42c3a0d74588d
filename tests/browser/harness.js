// SPDX-License-Identifier: GPL-2.0-or-later
// A browser and a list of tests: each is given the browser, runs alone, and prints one line of TAP.
'use strict';

const { chromium } = require('playwright-core');

const tests = [];

function test(name, body) {
	tests.push({ name, body });
}

function openBrowser() {
	return chromium.launch({
		executablePath: '/usr/bin/chromium',
		args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking',
			'--disable-component-update', '--disable-sync'],
	});
}

// Contexts that a test leaves open are closed after it, or kept for the next one.
async function run(open, { keep = false } = {}) {
	const browser = await open();
	let number = 0;
	console.log(`1..${tests.length}`);
	for (const { name, body } of tests) {
		number++;
		try {
			await body(browser);
			console.log(`ok ${number} - ${name}`);
		} catch (error) {
			process.exitCode = 1;
			console.log(`not ok ${number} - ${name}`);
			console.log(String(error.stack).replace(/^/gm, '# '));
		}
		if (!keep)
			await Promise.all(browser.contexts().map(context => context.close()));
	}
	await browser.close();
}

module.exports = { openBrowser, run, test };
