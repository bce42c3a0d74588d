// SPDX-License-Identifier: GPL-2.0-or-later
// pprof files of every form, and of none: what flametap itself reads, the viewer reads the same;
// what is damaged gives one clear error.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { foldedText } from '../../report/viewer/folded.js';
import { readPprof } from '../../report/viewer/pprof.js';
import { profileOf } from '../../report/viewer/profile.js';
import { totalsOf } from '../../report/viewer/totals.js';
import { treeOf } from '../../report/viewer/tree.js';
import { Message, pprofBytes, randomModel } from './pprof_bytes.mjs';
import { makeDirectory, randomNumbers, report } from './support.mjs';

const SMALL = {
	types: [['samples', 'count']],
	functions: [{ id: 1, name: 'main' }, { id: 2, name: 'work' }],
	locations: [{ id: 1, lines: [[1, 3]] }, { id: 2, lines: [[2, 9]] }],
	samples: [{ stack: [2, 1], values: [5] }, { stack: [1], values: [2] },
		{ stack: [], values: [1] }],
};
const treeOfBytes = (bytes, value = 0) => treeOf(profileOf(readPprof(bytes)), value);

function sameAsReport(t, model, what) {
	const input = path.join(makeDirectory(t), 'in.pb');
	const bytes = pprofBytes(model);
	fs.writeFileSync(input, bytes);
	const profile = profileOf(readPprof(bytes));
	const samples = model.types.findIndex(([type]) => type === 'samples');
	assert.equal(foldedText(treeOf(profile, samples < 0 ? profile.defaultValue : samples)),
		report(path.dirname(input), input, '.folded'), what);
}

test('files of other tools, whatever their order and ids', t => {
	const random = randomModel(7);
	const huge = id => id && BigInt.asUintN(64, BigInt(id) * 0x9e3779b97f4a7c15n);
	sameAsReport(t, SMALL, 'no mappings');
	sameAsReport(t, random, 'as flametap writes it');
	sameAsReport(t, { ...random, packed: false, tablesFirst: true }, 'numbers one by one');
	sameAsReport(t, { ...random, comments: [] }, 'no times');
	sameAsReport(t, { ...SMALL, types: [['alloc', 'bytes'], ['inuse', 'bytes']],
		samples: [{ stack: [2, 1], values: [0, 7] }, { stack: [1], values: [9, 1] }] }, 'heap');
	sameAsReport(t, { ...random,
		mappings: random.mappings.map(mapping => ({ ...mapping, id: huge(mapping.id) })),
		functions: random.functions.map(fn => ({ ...fn, id: huge(fn.id) })).reverse(),
		locations: random.locations.map(location => ({ ...location, id: huge(location.id),
			mapping: huge(location.mapping),
			lines: location.lines.map(([fn, line]) => [huge(fn), line]) })).reverse(),
		samples: random.samples.map(sample => ({ ...sample, stack: sample.stack.map(huge),
			labels: { process_id: sample.labels.pid || 0, thread_name: 'x' } })) }, 'ids of 64 bits');
	sameAsReport(t, { ...SMALL, functions: [], locations: [{ id: 1, address: 0x401000, mapping: 4 },
		{ id: 2, address: 0xffffffff81000010n, mapping: 5 }],
	mappings: [{ id: 4, start: 0x400000, limit: 0x500000, offset: 0x1000, path: '/none/such' },
		{ id: 5, start: 0xffffffff81000000n, limit: 0xffffffff82000000n,
			path: '[kernel.kallsyms]' }] }, 'no functions');
});

test('kinds, modules and totals of a profile', () => {
	const model = { ...SMALL,
		mappings: [{ id: 1, path: '/usr/bin/none-app' }, { id: 2, path: '[kernel]' }],
		locations: [{ id: 1, mapping: 1, lines: [[2, 9], [1, 3]] },
			{ id: 2, mapping: 2, lines: [[2, 9]] }] };
	const profile = profileOf(readPprof(pprofBytes({ ...model,
		comments: ['title: a', 'quality: samples=8 hz=99', 'quality: samples=8 hz=99'] })));
	const tree = treeOf(profile, 0);
	const rows = totalsOf(tree).map(({ label, kind, modules, self, total }) =>
		[tree.labels[label], kind, modules, self, total]);
	/* main > work (inlined) > work of the kernel: one box, as plain as the plainest. */
	assert.deepEqual(rows, [
		['work', 'inlined', ['/usr/bin/none-app', '[kernel]'], 7, 7],
		['main', 'user', ['/usr/bin/none-app'], 0, 7]]);
	assert.equal(tree.total[0], 8);
	assert.deepEqual([profile.title, profile.comments.length, { ...profile.quality }],
		['a', 2, { samples: '8', hz: '99' }]);
});

test('a stack of a million frames', () => {
	const model = { ...SMALL, samples: [] };
	const stack = new Array(1000000).fill(2);
	const bytes = pprofBytes(model);
	const sample = new Message();
	sample.message(2, m => m.data(1, stack).packed(2, [3]));
	const tree = treeOfBytes(Uint8Array.from(sample.bytes.concat([...bytes])));
	assert.deepEqual([tree.maxDepth, tree.total[1], totalsOf(tree)[0].total], [1000000, 3, 3]);
});

test('mistakes have their own words', () => {
	const change = changes => () => treeOfBytes(pprofBytes({ ...SMALL, ...changes }));
	const sample = (stack, ...values) => change({ samples: [{ stack, values }] });
	assert.throws(sample([9], 1), /sample 1 names a location that is not there/);
	assert.throws(sample([1], 1, 2), /sample 1 has more values/);
	assert.throws(sample([1]), /sample 1 has fewer values/);
	assert.throws(change({ locations: [{ id: 1, lines: [[7, 1]] }] }),
		/names function 7, which is not there/);
	assert.throws(change({ locations: [{ id: 1, mapping: 3 }] }),
		/names mapping 3, which is not there/);
	assert.throws(change({ locations: [{ id: 1 }, { id: 1 }] }), /a second location with id 1/);
	assert.throws(change({ functions: [{ name: 'x' }] }), /a function with id 0/);
	assert.throws(change({ types: [] }), /0 kinds of values/);
	assert.throws(change({ types: new Array(9).fill(['a', 'b']) }), /9 kinds of values/);
	const raw = fill => () => readPprof(Uint8Array.from(fill(new Message()).bytes));
	assert.throws(raw(m => m), /no string table/);
	assert.throws(raw(m => m.data(6, [65])), /begins with an empty string/);
	assert.throws(raw(m => m.data(6, []).number(14, 2).message(1, () => {})), /string 2 of 1/);
	assert.throws(raw(m => m.varint(2 << 3 | 2).varint(2n ** 63n)), /a length beyond the end/);
	assert.throws(raw(m => m.data(6, []).varint(9 << 3).data(0, [])), /a bad tag/);
	const long = Uint8Array.from([9 << 3, ...new Array(11).fill(0x80), 0]);
	assert.throws(() => readPprof(long), /a number too long/);
	assert.throws(() => readPprof(long.subarray(0, 5)), /a number cut short/);
});

test('inlined frames beyond all bounds are refused', () => {
	const lines = new Array(5000).fill([2, 1]);
	const stack = new Array(5000).fill(1);
	assert.throws(() => treeOfBytes(pprofBytes({ ...SMALL, locations: [{ id: 1, lines }],
		samples: [{ stack, values: [1] }] })), /more than 16777216 different stacks/);
});

test('cut and damaged files give an error, or a profile', () => {
	const random = randomNumbers(9);
	const bytes = pprofBytes(randomModel(3, { nSamples: 40 }));
	const outcomes = { whole: 0, refused: 0 };
	for (let round = 0; round < 1500; round++) {
		const broken = bytes.slice(0, round % 3 ? bytes.length : random(bytes.length));
		for (let n = round % 3 ? 1 + random(4) : 0; n > 0; n--)
			broken[random(broken.length)] = random(4) ? random(256) : 255;
		try {
			treeOfBytes(broken);
			outcomes.whole++;
		} catch (error) {
			assert.match(error.message, /^the profile (is damaged: |has )/, error.stack);
			outcomes.refused++;
		}
	}
	assert.ok(outcomes.whole > 40 && outcomes.refused > 500, JSON.stringify(outcomes));
});
