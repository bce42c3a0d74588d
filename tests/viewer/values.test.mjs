// SPDX-License-Identifier: GPL-2.0-or-later
// Words of values, the search, the grid of times, patterns and folded text.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { foldedText } from '../../report/viewer/folded.js';
import { formatNumber, formatShare, formatValue } from '../../report/viewer/format.js';
import { shownStyle } from '../../report/viewer/format.js';
import { compilePattern } from '../../report/viewer/pattern.js';
import { readPprof } from '../../report/viewer/pprof.js';
import { profileOf } from '../../report/viewer/profile.js';
import { refine } from '../../report/viewer/refine.js';
import { searchTree } from '../../report/viewer/search.js';
import { timeGrid } from '../../report/viewer/timegrid.js';
import { nodeAt, treeOf } from '../../report/viewer/tree.js';
import { rankLabels } from '../../report/viewer/tree_nodes.js';
import { pprofBytes, randomModel } from './pprof_bytes.mjs';
import { makeDirectory, report } from './support.mjs';

const profileOfModel = model => profileOf(readPprof(pprofBytes(model)));

test('values have the words of the reports', () => {
	const cpu = { type: 'cpu', unit: 'nanoseconds' }, samples = { type: 'samples', unit: 'count' };
	assert.equal(formatValue(12345678901, cpu), '12.346 s');
	assert.equal(formatValue(1999999999, cpu), '2.000 s');
	assert.equal(formatValue(-1500000, cpu), '-0.002 s');
	assert.equal(formatNumber(1500, { type: 'x', unit: 'milliseconds' }), '1.500');
	assert.equal(formatValue(1234567, samples), '1,234,567 samples');
	assert.equal(formatValue(1, samples), '1 sample');
	assert.equal(formatValue(-1000, { type: 'alloc', unit: 'bytes' }), '-1,000 bytes');
	assert.equal(formatNumber(4995, samples), '4995');
	assert.equal(formatShare(1 / 3), '33.33%');
	assert.equal(formatShare(NaN), '0.00%');
});

test('samples that are worth the same time are shown as that time', () => {
	const model = randomModel(5);
	const profile = profileOfModel(model);
	assert.equal(profile.defaultValue, 1);
	assert.equal(formatValue(3, shownStyle(profile, 0)), '0.003 s');
	assert.equal(shownStyle(profile, 1).perSample, 1001001);
	assert.equal(shownStyle(profile, 1).title, 'CPU time');
	model.samples.find(({ values }) => values[0] > 1).values[1]++;
	const uneven = profileOfModel(model);
	assert.equal(formatValue(3, shownStyle(uneven, 0)), '3 samples');
	assert.equal(shownStyle(uneven, 1).perSample, 0);
});

test('a search counts each stack once', () => {
	const names = ['main', 'Work', 'work_2', 'rest'];
	const profile = profileOfModel({ types: [['samples', 'count']],
		functions: names.map((name, i) => ({ id: i + 1, name })),
		locations: names.map((name, i) => ({ id: i + 1, lines: [[i + 1, 0]] })),
		samples: [{ stack: [3, 2, 1], values: [4] }, { stack: [2, 1], values: [2] },
			{ stack: [4, 3, 1], values: [8] }, { stack: [4], values: [16] }] });
	const tree = treeOf(profile, 0);
	const found = searchTree(tree, compilePattern('work'));
	assert.deepEqual([found.labels, found.nodes, found.self, found.total], [2, 3, 6, 14]);
	assert.deepEqual([...found.matched].map((one, i) => one && tree.labels[i]).filter(Boolean).sort(),
		['Work', 'work_2']);
	const capital = searchTree(tree, /Work/g);
	assert.deepEqual([capital.labels, capital.self, capital.total], [1, 2, 6]);
	assert.deepEqual(searchTree(tree, /nothing/).total, 0);
});

test('the grid has each sample at its time', () => {
	const profile = profileOfModel(randomModel(6));
	const grid = timeGrid(profile, 0);
	assert.deepEqual([grid.columns, grid.rows, grid.cells.length], [3, 50, 150]);
	assert.equal(grid.cells.reduce((sum, cell) => sum + cell, 0),
		profile.values[0].reduce((sum, value) => sum + value, 0));
	assert.equal(grid.max, Math.max(...grid.cells));
	const first = refine(profile, [], { time: [1e9, 1.02e9] });
	assert.equal(first.values[0].reduce((sum, value) => sum + value, 0), grid.cells[50]);
	assert.equal(timeGrid({ ...profile, sampleTime: null }, 0), null);
	assert.equal(timeGrid({ ...profile, sliceNs: 4e9, durationNs: 9e9 }, 0).rows, 1);
});

test('one stack is removed, and what begins with it', () => {
	const profile = profileOfModel(randomModel(8));
	const tree = treeOf(profile, 0);
	for (const node of [1, tree.first[1], tree.n - 1]) {
		const removed = foldedText(tree, node).split('\n');
		const labels = [];
		for (let at = node; at; at = tree.parent[at])
			labels.unshift(tree.labels[tree.label[at]]);
		const chip = node === 1 ? { op: 'remove', path: labels }
			: { op: 'remove', text: labels.join(';') };
		const rest = treeOf(refine(profile, [chip]), 0);
		assert.equal(nodeAt(rest, labels), -1);
		assert.equal(rest.total[0], tree.total[0] - tree.total[node]);
		assert.equal(foldedText(rest),
			foldedText(tree).split('\n').filter(line => !line || !removed.includes(line)).join('\n'));
	}
});

test('what is no expression is put aside, and named', () => {
	const profile = profileOfModel(randomModel(8));
	const bad = [{ op: 'focus', text: '(' }, { op: 'hide', text: '[[:alpha:]]' }];
	const refined = refine(profile, [...bad, { op: 'ignore', text: 'no such' }]);
	assert.deepEqual(refined.badChips, bad);
	assert.equal(refined.nSamples, profile.nSamples);
	assert.ok(compilePattern('a\\-b').test('a-b'));
	assert.ok(compilePattern('\\p{Lu}').test('Ä'));
	assert.throws(() => compilePattern('a\\Z'), SyntaxError);
});

test('names that harm lines and terminals, as .folded has them', t => {
	const names = ['a;b', 'tab\there', 'esc\x1b[1m', '#first', 'worker 1', 'worker -1.5', ' ', '',
		'end  ', '\u202eright', 'é\u{10ffff}x', '\ufeffbom', 'x\ud7ffy'];
	const model = { types: [['samples', 'count']],
		functions: names.map((name, i) => ({ id: i + 1, name: name || 'x' })),
		locations: names.map((name, i) => ({ id: i + 1, lines: [[i + 1, 0]] })),
		samples: names.flatMap((name, i) => [{ stack: [i + 1], values: [i + 1] },
			{ stack: [i + 1, 1 + i * 5 % names.length], values: [1] }]) };
	const input = path.join(makeDirectory(t), 'in.pb');
	fs.writeFileSync(input, pprofBytes(model));
	assert.equal(foldedText(treeOf(profileOfModel(model), 0)),
		report(path.dirname(input), input, '.folded'));
});

test('labels are in the order of their bytes', () => {
	const labels = ['b', 'a', '', 'ab', '\uffee', '\u{1f600}', '\ud7ff', 'é', 'z', '\u{10000}',
		'\ue000'];
	const order = list => list.map((label, i) => [rankLabels(list)[i], label])
		.sort((a, b) => a[0] - b[0]).map(([, label]) => label);
	assert.deepEqual(order(labels), labels.slice().sort((a, b) =>
		Buffer.compare(Buffer.from(a), Buffer.from(b))));
	assert.deepEqual(order(['b', 'a', 'ab']), ['a', 'ab', 'b']);
});
