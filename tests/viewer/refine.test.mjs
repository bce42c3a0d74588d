// SPDX-License-Identifier: GPL-2.0-or-later
// What chips leave of a profile is what the same options of `flametap report` leave of it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { foldedText } from '../../report/viewer/folded.js';
import { refine } from '../../report/viewer/refine.js';
import { treeOf } from '../../report/viewer/tree.js';
import { pprofBytes, randomModel, withWaits } from './pprof_bytes.mjs';
import { makeDirectory, profileOfFile, randomFolded, report } from './support.mjs';

/** Chips, further options of refine(), and options of the profile: by words of the command line. */
function chipsOf(words) {
	const chips = [], options = {}, shown = {};
	const flags = { '--threads': [options, 'threads'], '--by-module': [options, 'byModule'],
		'--collapse-recursion': [options, 'collapse'], '--per-pid': [shown, 'perPid'],
		'--show-idle': [options, 'showIdle'], '--no-idle': [options, 'noIdle'],
		'--no-inlines': [shown, 'noInlines'],
		'--lines': [shown, 'lines'] };
	for (let i = 0; i < words.length; i++) {
		if (flags[words[i]])
			flags[words[i]][0][flags[words[i]][1]] = true;
		else if (words[i] === '--time')
			options.time = words[++i].split('..').map(s => (s ? 1e9 * parseFloat(s) : Infinity));
		else
			chips.push({ op: words[i].slice(2), text: words[++i] });
	}
	return { chips, options, shown };
}

const CASES = [
	'', '--threads', '--per-pid', '--per-pid --threads', '--no-inlines', '--lines',
	'--focus work3', '--focus work --focus sort', '--focus WORK', '--focus ^x::y<int>::z\\d+$',
	'--ignore work', '--ignore [0-4]$', '--hide work', '--hide .', '--hide Sort|näher',
	'--comm app', '--comm app|sh', '--comm APP', '--comm ^$', '--comm \\(2\\)', '--thread main',
	'--thread "Pool 1 \\(11\\)"', '--comm app --comm Init --thread 1',
	'--time 0.5s..1.5s', '--time 2s..', '--time 0s..0.02s',
	'--by-module', '--collapse-recursion', '--by-module --hide work', '--by-module --threads',
	'--collapse-recursion --hide [13579]$ --ignore z2', '--focus kernel', '--focus none-app\\+0x',
	'--hide \\+0x', '--hide 0x2', '--collapse-recursion --by-module --per-pid --time 1s..2.5s',
	'--lines --hide work1 --collapse-recursion', '--class running', '--class lock',
];
const WAIT_CASES = [
	'--show-idle', '--show-idle --threads', '--show-idle --per-pid --hide \\[lock\\]',
	'--focus \\[poll\\]', '--ignore \\[run', '--hide ^--$ --show-idle', '--hide \\[', '--focus ^--$',
	'--class lock', '--class ^running$', '--class "page fault|DISK"', '--class poll --class sleep',
	'--class run --focus work --show-idle', '--class kernel --threads',
	'--no-idle', '--no-idle --show-idle --threads', '--no-idle --class poll', '--no-idle --hide work',
	'--show-idle --by-module', '--hide waker --collapse-recursion',
];
const words = line => (line.match(/"[^"]*"|\S+/g) || []).map(word => word.replace(/"/g, ''));

function compare(t, directory, input, bytes, cases = CASES) {
	for (const line of cases) {
		const { chips, options, shown } = chipsOf(words(line));
		const profile = profileOfFile(bytes, shown);
		if (!profile.sampleTime && options.time)
			continue;
		const tree = treeOf(refine(profile, chips, options), 0);
		assert.equal(foldedText(tree), report(directory, input, '.folded', ...words(line)), line);
	}
}

test('recordings are refined as on the command line', t => {
	const directory = makeDirectory(t);
	for (const seed of [1, 2]) {
		const input = path.join(directory, 'in.pb');
		fs.writeFileSync(input, pprofBytes(randomModel(seed)));
		compare(t, directory, input, report(directory, input, '.pb.gz'));
	}
});

test('waits are refined as on the command line', t => {
	const directory = makeDirectory(t);
	const input = path.join(directory, 'in.pb');
	fs.writeFileSync(input, pprofBytes(withWaits(randomModel(3), 4)));
	const bytes = report(directory, input, '.pb.gz');
	compare(t, directory, input, bytes);
	compare(t, directory, input, bytes, WAIT_CASES);
});

test('folded stacks are refined as on the command line', t => {
	const directory = makeDirectory(t);
	const input = path.join(directory, 'in.folded');
	fs.writeFileSync(input, randomFolded(5, 200, 9, 6).replace(/f([0-2])/g, 'work$1')
		.replace(/^work0/mg, 'app') + '[kernel];x_[k] 3\nc++;operator<=_[i];[below 1%] 4\n');
	compare(t, directory, input, report(directory, input, '.pb.gz'));
});
