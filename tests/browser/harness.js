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

async function run(open) {
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
		await Promise.all(browser.contexts().map(context => context.close()));
	}
	await browser.close();
}

module.exports = { openBrowser, run, test };
