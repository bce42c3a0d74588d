// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of the viewer's modules share: folded text in, files of flametap and what the
// modules make of them out.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { gunzipAlone } from '../../report/viewer/gzip.js';
import { readPprof } from '../../report/viewer/pprof.js';
import { profileOf } from '../../report/viewer/profile.js';

/** The program that is tested. */
export const FLAMETAP = process.env.FLAMETAP ||
	new URL('../../build/profiler/flametap', import.meta.url).pathname;

/** A directory that is gone when the test is over. */
export function makeDirectory(test) {
	const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'viewer-'));
	test.after(() => fs.rmSync(directory, { recursive: true }));
	return directory;
}

/** Runs `flametap report`; returns the text of the output, or its bytes. */
export function report(directory, input, extension, ...options) {
	const output = path.join(directory, `out${extension}`);
	execFileSync(FLAMETAP, ['report', ...options, input, '-o', output, '-q'],
		{ stdio: ['ignore', 'ignore', 'inherit'] });
	return fs.readFileSync(output, extension === '.pb.gz' ? null : 'utf8');
}

/** The profile of a pprof file's packed bytes. */
export function profileOfFile(bytes, options) {
	return profileOf(readPprof(gunzipAlone(new Uint8Array(bytes))), options);
}

/** A generator of numbers from 0 to n - 1, the same in each run. */
export function randomNumbers(seed) {
	return n => {
		seed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
		return (Math.imul(seed ^ seed >>> 12, 0x297a2d39) >>> 0) % n;
	};
}

/** Folded stacks of up to `depth` frames; few names, so that they recur. */
export function randomFolded(seed, nStacks, depth, nNames) {
	const random = randomNumbers(seed);
	const lines = [];
	for (let i = 0; i < nStacks; i++) {
		const frames = [];
		for (let left = 1 + random(depth); left > 0; left--)
			frames.push(`f${random(nNames)}`);
		lines.push(`${frames.join(';')} ${1 + random(100)}\n`);
	}
	return lines.join('');
}
