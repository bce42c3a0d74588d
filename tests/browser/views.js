// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of the viewer's parts share: opening a file, finding frames, reading what is
// shown, and asking the command line about the same file.
'use strict';

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { directory, open: openPage } = require('./viewer_page.js');

const flametap = process.argv[3];

const FILES = ['views.svg', 'views.html'];

// In the page before all else: what is copied is kept for the test.
const recordCopies = () => {
	window.copies = [];
	Object.defineProperty(navigator, 'clipboard', { value: {
		writeText(text) {
			window.copies.push(text);
			return Promise.resolve();
		},
	} });
};

/** A file of make_views.c in the viewer; `hash` is what its address has behind '#'. */
async function open(browser, name, { hash = '', init = recordCopies, ...options } = {}) {
	const page = await openPage(browser, hash ? `${name}#${hash}` : name, { init, ...options });

	await page.evaluate(() => {
		window.copies = [];
	});
	return page;
}

// What was said once is not asked again. A page tells the same as the picture made with it, which
// tests of the formats see to.
const reports = new Map();

function report(file, options, format) {
	const args = ['report', path.join(directory, file.replace(/html$/, 'svg')), ...options,
		'-f', format, '-o', '-'];
	const key = JSON.stringify(args);

	if (!reports.has(key))
		reports.set(key, execFileSync(flametap, args, { encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'pipe'] }));
	return reports.get(key);
}

const folded = (file, options = []) => report(file, options, 'folded');

// The lines of a folded file: [[names, count]].
const linesOf = text => text.split('\n').filter(Boolean).map(line => {
	const at = line.lastIndexOf(' ');
	return [line.slice(0, at).split(';'), Number(line.slice(at + 1))];
});

// The functions of a text report: { self, total, name, module } each.
function textTable(text) {
	const lines = text.split('\n');
	const head = lines.findIndex(line => /self.*total.*function/.test(line));
	const nameAt = lines[head].indexOf('function'), moduleAt = lines[head].indexOf('module');
	const rows = [];

	for (const line of lines.slice(head + 1)) {
		if (!line.trim())
			break;
		const [self, , total] = line.trim().split(/\s+/);
		const module = moduleAt < 0 ? '' : line.slice(moduleAt).trim();
		rows.push({ self, total,
			name: line.slice(nameAt, moduleAt < 0 ? undefined : moduleAt).trim(),
			module: module.slice(module.lastIndexOf('/') + 1) });
	}
	return rows;
}

const tableRows = page => page.evaluate(() =>
	[...document.querySelectorAll('tr[data-row]')].map(row => {
		const words = name => (row.querySelector(name) || { textContent: '' }).textContent;
		return { self: words('.ft-self .ft-value').replace(/ s$/, ''),
			total: words('.ft-total .ft-value').replace(/ s$/, ''),
			name: words('.ft-name'), module: words('.ft-module') };
	}));

const copied = async page => {
	await page.waitForFunction(() => window.copies.length > 0);
	return page.evaluate(() => window.copies.splice(0).pop());
};

async function copyFolded(page) {
	await page.click('button:has-text("Copy folded")');
	return copied(page);
}

// page.inputValue() wants names in capitals, as only HTML has them.
const valueOf = (page, name) => page.evaluate(n => document.querySelector(n).value, name);

const addressOf = page => page.evaluate(() => location.hash.slice(1));

const shownState = page => page.evaluate(() =>
	document.querySelector('.ft-area').flametap.app.store.get());

// Where the box of a path is in the graph that is seen first.
const frameRect = (page, names) => page.evaluate(path => {
	const graph = document.querySelector('.ft-area').flametap;
	const { tree } = graph.input;
	let node = 0;
	for (const name of path) {
		node = tree.first[node];
		while (node && tree.labels[tree.label[node]] !== name)
			node = tree.next[node];
		if (!node)
			throw new Error(`no frame ${path.join(';')}`);
	}
	return graph.rectOf(node);
}, names);

async function clickFrame(page, names, options = {}) {
	const { left, top, width, height } = await frameRect(page, names);
	await page.mouse.click(left + width / 2, top + height / 2, options);
}

// By keys alone: up to the widest, and sideways until it is the one.
async function chooseFrame(page, names) {
	await page.mouse.move(2, 2);
	await page.focus('.ft-area');
	await page.keyboard.press('Home');
	for (let depth = 1; depth <= names.length; depth++) {
		await page.keyboard.press('ArrowUp');
		for (let i = 0; i < 20; i++) {
			const at = await page.evaluate(() => {
				const graph = document.querySelector('.ft-area').flametap;
				return graph.frameAtCursor().path;
			});
			if (at[depth - 1] === names[depth - 1])
				break;
			await page.keyboard.press(i < 10 ? 'ArrowLeft' : 'ArrowRight');
		}
	}
}

module.exports = { FILES, addressOf, chooseFrame, clickFrame, copied, copyFolded, folded, frameRect,
	linesOf, open, report, shownState, tableRows, textTable, valueOf };
