// SPDX-License-Identifier: GPL-2.0-or-later
// The viewer's tree and table are those of the reports.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { foldedText } from '../../report/viewer/folded.js';
import { readPprof } from '../../report/viewer/pprof.js';
import { profileOf } from '../../report/viewer/profile.js';
import { totalsOf } from '../../report/viewer/totals.js';
import { nodeAt, pathOf, treeOf } from '../../report/viewer/tree.js';
import { pprofBytes, randomModel } from './pprof_bytes.mjs';
import { makeDirectory, profileOfFile, randomFolded, report } from './support.mjs';

/** What the rows of a .txt report say: self and total by function. */
function rowsOfText(text) {
	const rows = new Map();
	for (const line of text.split('\n')) {
		const row = /^ *([\d.]+) +[\d.]+% +([\d.]+) +[\d.]+% +(\S+)$/.exec(line);
		if (row)
			rows.set(row[3], [Number(row[1]), Number(row[2])]);
	}
	return rows;
}

test('the tree and the totals of random stacks are those of .folded and .txt', t => {
	const directory = makeDirectory(t);
	const input = path.join(directory, 'in.folded');
	fs.writeFileSync(input, randomFolded(1, 400, 12, 9) + 'm;foo 1\nm;foo2 2\nm;foo;bar 3\n');
	const profile = profileOfFile(report(directory, input, '.pb.gz'));
	const tree = treeOf(profile, profile.defaultValue);
	assert.equal(foldedText(tree), report(directory, input, '.folded'));

	const expected = rowsOfText(report(directory, input, '.txt'));
	const totals = totalsOf(tree);
	assert.ok(expected.size >= 9);
	for (const { label, self, total } of totals)
		if (expected.has(tree.labels[label]))
			assert.deepEqual([self, total], expected.get(tree.labels[label]), tree.labels[label]);
	assert.deepEqual([...expected.keys()].filter(name =>
		!totals.some(({ label }) => tree.labels[label] === name)), []);
});

/** [self, total, module] by function of a .txt report with a column of samples. */
function samplesOfText(text) {
	const rows = new Map();
	const shares = ' *[\\d.]+ +[\\d.]+%';
	const pattern = new RegExp(`^${shares} ${shares} +(\\d+) +(\\d+)  (\\S+) *(.*)$`);
	for (const line of text.split('\n')) {
		const row = pattern.exec(line);
		if (row)
			rows.set(row[3], [Number(row[1]), Number(row[2]), row[4]]);
	}
	return rows;
}

test('the totals of recordings, and their modules, are those of .txt', t => {
	const directory = makeDirectory(t);
	const input = path.join(directory, 'in.pb');
	for (const seed of [21, 22, 23]) {
		const bytes = pprofBytes(randomModel(seed));
		fs.writeFileSync(input, bytes);
		const tree = treeOf(profileOf(readPprof(bytes)), 0);
		const expected = samplesOfText(report(directory, input, '.txt'));
		const found = new Map(totalsOf(tree).map(({ label, self, total, modules }) =>
			[tree.labels[label], [self, total, modules.length > 1 ? '(several)' : modules[0] || '']]));
		assert.ok(expected.size > 20);
		for (const [name, row] of expected)
			assert.deepEqual(found.get(name), row, name);
	}
});

test('a node is found again by its path', t => {
	const directory = makeDirectory(t);
	const input = path.join(directory, 'in.folded');
	fs.writeFileSync(input, randomFolded(2, 50, 8, 5));
	const profile = profileOfFile(report(directory, input, '.pb.gz'));
	const tree = treeOf(profile, profile.defaultValue);
	for (let node = 0; node < tree.n; node++)
		assert.equal(nodeAt(tree, pathOf(tree, node)), node);
	assert.equal(nodeAt(tree, ['not there']), -1);
});
