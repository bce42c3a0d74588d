// SPDX-License-Identifier: GPL-2.0-or-later
// Inverted tree, callers and callees beside the plainest way to make them: from folded lines.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { foldedText } from '../../report/viewer/folded.js';
import { totalsOf } from '../../report/viewer/totals.js';
import { treeOf } from '../../report/viewer/tree.js';
import { calleesTree, callersTree, invertedTree } from '../../report/viewer/turned.js';
import { makeDirectory, profileOfFile, randomFolded, report } from './support.mjs';

function makeTree(t, text) {
	const directory = makeDirectory(t);
	const input = path.join(directory, 'in.folded');
	fs.writeFileSync(input, text);
	const profile = profileOfFile(report(directory, input, '.pb.gz'));
	return treeOf(profile, profile.defaultValue);
}

/** [frames, value] of each line. */
const linesOf = text => text.split('\n').filter(Boolean).map(line => {
	const at = line.lastIndexOf(' ');
	return [line.slice(0, at).split(';'), Number(line.slice(at + 1))];
});

/** Equal stacks added up, as a sorted text. */
function summed(lines) {
	const sums = new Map();
	for (const [frames, value] of lines)
		sums.set(frames.join(';'), (sums.get(frames.join(';')) || 0) + value);
	return [...sums].map(([stack, value]) => `${stack} ${value}`).sort().join('\n');
}

const summedTree = tree => summed(linesOf(foldedText(tree)));

/** What every tree keeps to. */
function check(tree) {
	for (let i = 1; i < tree.n; i++) {
		const above = tree.parent[i];
		assert.ok(above < i && i < tree.end[above] && tree.end[i] <= tree.end[above]);
		assert.ok(tree.start[i] >= tree.start[above]);
		assert.ok(tree.start[i] + tree.total[i] <= tree.start[above] + tree.total[above]);
		if (tree.next[i]) {
			assert.equal(tree.next[i], tree.end[i]);
			assert.equal(tree.start[tree.next[i]], tree.start[i] + tree.total[i]);
			assert.ok(tree.labels[tree.label[i]] < tree.labels[tree.label[tree.next[i]]]);
		}
	}
	for (let i = 0; i < tree.n; i++) {
		let sum = tree.self[i];
		for (let child = tree.first[i]; child; child = tree.next[child])
			sum += tree.total[child];
		assert.equal(sum, tree.total[i]);
	}
}

test('each tree is what the lines of stacks say', t => {
	const text = randomFolded(11, 300, 10, 6);
	const tree = makeTree(t, text);
	const lines = linesOf(text);
	const inverted = invertedTree(tree);
	check(tree);
	check(inverted);
	assert.equal(inverted.cutAt, 0);
	assert.equal(summedTree(inverted),
		summed(lines.map(([frames, value]) => [frames.slice().reverse(), value])));
	for (const { label, total } of totalsOf(tree)) {
		const name = tree.labels[label];
		const having = lines.filter(([frames]) => frames.includes(name));
		const callers = callersTree(tree, label), callees = calleesTree(tree, label);
		check(callers);
		check(callees);
		assert.deepEqual([callers.total[0], callees.total[0]], [total, total]);
		assert.equal(callers.labels[callers.label[0]], name);
		/* The root itself is in no line of folded text. */
		assert.equal(summedTree(callers).replace('[no stack]', ''),
			summed(having.map(([frames, value]) =>
				[frames.slice(0, frames.indexOf(name)).reverse(), value])));
		assert.equal(summedTree(callees).replace('[no stack]', ''),
			summed(having.map(([frames, value]) =>
				[frames.slice(frames.indexOf(name) + 1), value])));
	}
	const none = callersTree(tree, tree.labels.length + 1);
	assert.deepEqual([none.n, none.total[0]], [1, 0]);
	assert.equal(calleesTree(tree, tree.labels.length + 1).n, 1);
});

test('a recursion too deep to be turned is cut, and its sums are right', t => {
	const depth = 300, mostSteps = 20000;
	const lines = [];
	for (let i = 1; i <= depth; i++)
		lines.push(`${'f;'.repeat(i)}g 1\n`);
	const tree = makeTree(t, lines.join(''));
	const inverted = invertedTree(tree, mostSteps);
	check(inverted);
	/* All 300 stacks are followed over 2 frames, 299 over 3, and so on. */
	assert.equal(inverted.cutAt, 75);
	assert.deepEqual([inverted.total[0], inverted.maxDepth], [depth, inverted.cutAt]);
	assert.equal(invertedTree(tree).maxDepth, depth + 1);
});
