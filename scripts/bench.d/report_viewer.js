// SPDX-License-Identifier: GPL-2.0-or-later
// Opens a picture in the browser and prints what its viewer took, in ms: until it is ready, by its
// own mark, since the page was asked for; and from a key to the frame that shows what it did, the
// slowest of several: a step through the boxes, a zoom, and back. Beside each the CPU time of the
// page's thread, which a machine that is busy otherwise stretches less.
'use strict';

const path = require('path');
const { pathToFileURL } = require('url');
const { openBrowser } = require(path.resolve(__dirname, '../../tests/browser/harness.js'));

const READY = 'flametap:ready';
const LIMIT = 120000;
const STEPS = ['ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowDown'];
const ZOOMS = ['Enter', 'Escape', 'ArrowUp', 'Enter', 'Escape'];

/** What the page's thread has worked since it was made, in ms. */
async function cpuTime(session) {
	const { metrics } = await session.send('Performance.getMetrics');
	return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
}

// Rejects when nothing in the document changes: then there is nothing to measure.
function press(page, key) {
	return page.evaluate(name => new Promise((done, fail) => {
		const target = document.activeElement || document.documentElement;
		let changes = 0;
		const observer = new MutationObserver(records => { changes += records.length; });
		observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
		const start = performance.now();
		target.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
		requestAnimationFrame(() => setTimeout(() => {
			const end = performance.now();
			if (observer.takeRecords().length + changes)
				done(end - start);
			else
				fail(new Error(`${name} did nothing`));
		}));
	}), key);
}

async function tellSlowest(page, session, name, keys) {
	let wall = 0, cpu = 0;
	for (const key of keys) {
		const before = await cpuTime(session);
		wall = Math.max(wall, await press(page, key));
		cpu = Math.max(cpu, await cpuTime(session) - before);
	}
	console.log(`${name}_ms=${wall.toFixed(1)}\n${name}_cpu_ms=${cpu.toFixed(1)}`);
}

async function main(file) {
	const browser = await openBrowser();
	try {
		const page = await browser.newPage();
		const session = await page.context().newCDPSession(page);
		page.on('pageerror', error => console.error(String(error)));
		await session.send('Performance.enable', { timeDomain: 'threadTicks' });
		await page.goto(pathToFileURL(path.resolve(file)).href, { timeout: LIMIT });
		await page.waitForFunction(name => performance.getEntriesByName(name).length, READY, { timeout: LIMIT });
		const ready = await page.evaluate(name => performance.getEntriesByName(name)[0].startTime, READY);
		console.log(`ready_ms=${ready.toFixed(1)}\nready_cpu_ms=${(await cpuTime(session)).toFixed(1)}`);
		await page.focus('.ft-main [role=tree]');
		await tellSlowest(page, session, 'key', STEPS);
		await tellSlowest(page, session, 'zoom', ZOOMS);
	} finally {
		await browser.close();
	}
}

main(process.argv[2]).catch(error => {
	console.error(String(error.stack));
	process.exitCode = 1;
});
