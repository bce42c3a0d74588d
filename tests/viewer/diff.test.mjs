// SPDX-License-Identifier: GPL-2.0-or-later
// Differences in the viewer beside what the C side makes of the same recordings: the same figures,
// the same words, the same colours for every box.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import {
	changeClass, changeWords, compareSides, formatAmount, formatChange, formatRatio,
} from '../../report/viewer/changes.js';
import { addWidths, diffOf, refineWidths } from '../../report/viewer/diff.js';
import {
	changesOf, diffClassOf, diffLines, largestChanges, setSides, signOf,
} from '../../report/viewer/sides.js';
import { refine } from '../../report/viewer/refine.js';
import { totalsOf } from '../../report/viewer/totals.js';
import { treeOf } from '../../report/viewer/tree.js';
import { makeDirectory, profileOfFile, randomFolded, randomNumbers, report } from './support.mjs';

const FLAMETAP = process.env.FLAMETAP ||
	new URL('../../build/profiler/flametap', import.meta.url).pathname;

/** The file of a difference, as flametap makes it of two texts. */
function makeDiff(directory, before, after, ...options) {
	const names = ['before.folded', 'after.folded'].map(name => path.join(directory, name));
	const output = path.join(directory, 'diff.pb.gz');

	fs.writeFileSync(names[0], before);
	fs.writeFileSync(names[1], after);
	execFileSync(FLAMETAP, ['diff', ...names, ...options, '-o', output, '-q'],
		{ stdio: ['ignore', 'ignore', 'inherit'] });
	return output;
}

function viewOf(profile, chips = []) {
	const refined = refineWidths(profile, refine(profile, chips, {}));
	const tree = treeOf(refined, 2);

	setSides(tree, profile.diff, () => [treeOf(refined, 0), treeOf(refined, 1)]);
	return { tree, totals: totalsOf(tree) };
}

/** Rows of a table of the .txt: "10.00 55.00 +45.00 x5.5 name". */
function tableOf(text, what) {
	return text.split(`largest changes of ${what},`)[1].split('\n\n')[0].split('\n').slice(2)
		.filter(line => !/too few samples|no change|smaller changes/.test(line))
		.map(line => line.trim().split(/ +/).join(' '));
}

function tableFrom(view, diff, what) {
	return changesOf(view).filter(row => row[`${what}Change`].verdict).map(row => {
		const change = row[`${what}Change`];
		return [...change.amounts.map(amount => formatAmount(diff, amount)),
			formatChange(diff, change.change), formatRatio(change), view.tree.labels[row.label]]
			.join(' ');
	});
}

/** Class, sign and figures of each box of a picture. */
function boxesOf(svg) {
	const boxes = svg.slice(svg.indexOf('<svg id="boxes">'), svg.indexOf('</svg></svg>'));
	const found = /<(?:svg|rect) class="([^"]*)"[^>]*><title>([^<]*)<\/title>/g;

	return [...boxes.matchAll(found)].map(([, name, title]) => `${name}|${title}`);
}

function unescape(text) {
	return text.replace(/&(gt|lt|quot|amp);/g, (_, name) => ({ gt: '>', lt: '<', quot: '"',
		amp: '&' })[name]);
}

/** Those of a tree, but for what is too small to be drawn. */
function boxesFrom({ tree }) {
	const drawn = Array.from({ length: tree.n }, (_, node) => node)
		.filter(node => tree.total[node] >= tree.total[0] / 4000);

	return drawn.map(node => {
		const lines = diffLines(tree, node).filter(line => line !== 'self 0');
		return [`${diffClassOf(tree, node)}|${tree.labels[tree.label[node]]}`, ...lines]
			.join('\n');
	});
}

for (const options of [[], ['--ops', '1000,2500'], ['--ops', '3e5,7']])
	test(`figures and colours are those of the C side ${options.join(' ')}`, t => {
		const directory = makeDirectory(t);
		for (let seed = 1; seed <= 3; seed++) {
			const file = makeDiff(directory, randomFolded(seed, 60, 6, 20 * seed),
				randomFolded(seed + 50, 90, 6, 20 * seed), ...options);
			const profile = addWidths(profileOfFile(fs.readFileSync(file)));
			const view = viewOf(profile);
			const text = report(directory, file, '.txt');

			for (const what of ['self', 'total']) {
				const rows = tableFrom(view, profile.diff, what);
				assert.ok(rows.length > 5);
				assert.deepEqual(rows.sort(), tableOf(text, what).sort());
			}
			assert.deepEqual(boxesFrom(view).sort(), boxesOf(report(directory, file, '.svg')).sort());
		}
	});

/** Runs of a program whose functions cost this much, give or take one in a hundred; eleven, since
 * halves of the last digit are rounded one way here and another in C. */
function makeRuns(directory, side, costs, random) {
	return Array.from({ length: 11 }, (_, run) => {
		const file = path.join(directory, `${run}-${side}.folded`);
		fs.writeFileSync(file, Object.entries(costs).map(([stack, n]) =>
			`${stack} ${n + random(n / 100)}\n`).join(''));
		return file;
	});
}

test('what a gate has judged has the verdicts of the gate, as on the C side', t => {
	const directory = makeDirectory(t);
	const random = randomNumbers(1);
	const output = path.join(directory, 'gate.svg');
	const base = makeRuns(directory, 'base', { 'prog;main;parse;lex, (all) 100%': 2000,
		'prog;main;draw': 3000, 'prog;main;left': 2500, 'prog;main;old': 1500,
		'prog;main;gone': 700 }, random);
	const head = makeRuns(directory, 'head', { 'prog;main;parse;lex, (all) 100%': 3500,
		'prog;main;draw': 2200, 'prog;main;left': 2500, 'prog;main;late': 1500 }, random);

	assert.equal(spawnSync(FLAMETAP, ['gate', '--paired', '--base', ...base, '--head', ...head,
		'--flame', output, '-q'], { stdio: 'ignore' }).status, 1);
	const profile = addWidths(profileOfFile(report(directory, output, '.pb.gz')));
	const view = viewOf(profile);
	const svg = fs.readFileSync(output, 'utf8');
	const text = report(directory, output, '.txt');

	assert.equal(profile.diff.gate.verdict, 'FAIL');
	assert.deepEqual(boxesFrom(view).sort(), boxesOf(svg).map(unescape).sort());
	const classes = Object.fromEntries(boxesFrom(view).map(line =>
		line.split('\n')[0].split('|').reverse()));
	assert.deepEqual(classes, { all: 'z0', prog: 'z0', main: 'z0', parse: 'p3', left: 'z0',
		'lex, (all) 100%': 'p3', draw: 'm2', old: 'z0 x', late: 'z0', gone: 'm5 x' });
	assert.match(boxesFrom(view).join('\n'), /\ngate: perhaps renamed to late /);
	assert.match(boxesFrom(view).join('\n'), /\ngate: slower in total, wherever it is called: /);
	for (const what of ['self', 'total'])
		assert.deepEqual(tableFrom(view, profile.diff, what).sort(),
			tableOf(text, what).filter(line => !/not significant/.test(line)).sort());
	assert.deepEqual(largestChanges(view, 10).rows.map(row => view.tree.labels[row.label]).sort(),
		['draw', 'lex, (all) 100%', 'parse']);
	assert.match(svg, />significant changes of total/);
});

test('a part of it has shares of the part', t => {
	const directory = makeDirectory(t);
	const file = makeDiff(directory, randomFolded(7, 60, 6, 20), randomFolded(8, 90, 6, 20));
	const profile = addWidths(profileOfFile(fs.readFileSync(file)));
	const view = viewOf(profile, [{ op: 'focus', text: 'f3' }]);
	const svg = report(directory, file, '.svg', '--focus', 'f3');

	assert.deepEqual(boxesFrom(view).sort(), boxesOf(svg).sort());
	assert.match(boxesFrom(view)[0], /100\.00 → 100\.00 %/);
});

test('widths are the mean of both sides and add up', t => {
	const directory = makeDirectory(t);
	const file = makeDiff(directory, 'm;a 10\nm;b 90\n', 'm;a 10\nm;b 10\nm;c 20\n');
	const profile = addWidths(profileOfFile(fs.readFileSync(file)));
	const { tree } = viewOf(profile);
	const widths = Object.fromEntries(Array.from({ length: tree.n }, (_, node) =>
		[tree.labels[tree.label[node]], tree.total[node]]));

	assert.deepEqual(widths, { all: 1e15, m: 1e15, a: 1.75e14, b: 5.75e14, c: 2.5e14 });
	assert.deepEqual(profile.valueTypes.map(({ type }) => type), ['base', 'new', 'both']);
	assert.equal(signOf(tree, 1), '');
	assert.equal(signOf(tree, 3), '▼ ');
	assert.equal(signOf(tree, 4), '▲ ');
});

test('what is no difference stays as it is', t => {
	const directory = makeDirectory(t);
	const input = path.join(directory, 'in.folded');
	fs.writeFileSync(input, 'a;b 5\n');
	const profile = profileOfFile(report(directory, input, '.pb.gz'));

	assert.equal(diffOf(profile), null);
	assert.equal(addWidths(profile), profile);
	assert.equal(signOf(treeOf(profile, 0), 1), '');
});

test('a damaged comment is a difference by share', () => {
	const values = [Float64Array.of(1, 3), Float64Array.of(2, 2)];
	const valueTypes = [{ type: 'base', unit: 'count' }, { type: 'new', unit: 'count' }];

	for (const words of ['', ' by=second', ' by=ops base-scale=1 new-scale=nan', ' base=%zz new=%',
		' by=second base-scale=-1 new-scale=1e999 base-sample=0', '=', ' by']) {
		const diff = diffOf({ valueTypes, values, comments: ['x', `diff:${words}`] });
		assert.equal(diff.by, 'share', words);
		assert.deepEqual([diff.scales, diff.samples], [[4, 4], [1, 1]]);
	}
	assert.equal(diffOf({ valueTypes, values, comments: ['different'] }), null);
});

test('words of single changes', () => {
	const diff = { by: 'share', scales: [1000, 1000], samples: [1, 1], factor: 100, decimals: 2,
		unit: '%' };
	const words = (base, after) => changeWords(diff, compareSides(diff, base, after));
	const name = (base, after) => changeClass(compareSides(diff, base, after));

	assert.equal(words(150, 700), '15.00 → 70.00 %, +55.00, x4.67');
	assert.equal(words(10, 10), '1.00 → 1.00 %, 0.00, x1, no change');
	assert.equal(words(4, 7), '0.40 → 0.70 %, +0.30, x1.75, too few samples to tell');
	assert.equal(words(0, 90), '0.00 → 9.00 %, +9.00, new');
	assert.equal(words(90, 0), '9.00 → 0.00 %, -9.00, gone');
	assert.deepEqual([name(150, 700), name(0, 90), name(90, 0), name(4, 7), name(600, 300)],
		['p5', 'p5', 'm5 x', 'z0', 'm4']);
});
