// SPDX-License-Identifier: GPL-2.0-or-later
// Figures of waits: by class those of .txt, by phase, by futex, and of a file of wakeups.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { addressWords, futexRows } from '../../report/viewer/futexes.js';
import { foldedText } from '../../report/viewer/folded.js';
import { readPprof } from '../../report/viewer/pprof.js';
import { profileOf } from '../../report/viewer/profile.js';
import { refine } from '../../report/viewer/refine.js';
import { timeGrid } from '../../report/viewer/timegrid.js';
import { treeOf } from '../../report/viewer/tree.js';
import { bucketOf, idleWords, waitPercent, waitSums, waitTime }
	from '../../report/viewer/waits.js';
import { PhaseReader, figuresOf, newPhaseRow, percentile } from '../../report/viewer/waitstats.js';
import { phaseRows, sortPhaseRows } from '../../report/viewer/waitstats.js';
import { pprofBytes, randomModel, withWaits } from './pprof_bytes.mjs';
import { makeDirectory, profileOfFile, report } from './support.mjs';

/** A recording of time off the CPU: lengths of all sorts. */
function waitsModel(seed) {
	const model = withWaits(randomModel(seed), seed + 1);
	model.types = [['offcpu', 'nanoseconds'], ['blocked', 'nanoseconds'],
		['runqueue', 'nanoseconds'], ['waits', 'count'], ['queued', 'count']];
	model.samples.forEach(({ labels }, i) => {
		const ns = 700 * 3 ** (i % 13) + i, count = 1 + i % 5;
		const queued = labels.phase === 'runqueue';
		const sample = model.samples[i];
		sample.values = labels.phase ? [ns * count, queued ? 0 : ns * count, queued ? ns * count : 0,
			queued ? 0 : count, queued ? count : 0] : [0, 0, 0, 0, 0];
		Object.assign(labels, { bucket: ns, longest: ns + i });
	});
	return model;
}

// Waits reach beyond ranges of time, which end within slices, too.
const TABLE_CASES = [{}, { text: 'work' }, { noIdle: true }, { time: [0.3e9, 1.7e9] },
	{ time: [0.9e9, 0.90001e9] }, { time: [1.2345e9, 2.5e9], noIdle: true },
	{ time: [0, 0.75e9], text: 'work' }];

test('the table of waits is that of .txt', t => {
	const directory = makeDirectory(t);
	const input = path.join(directory, 'in.pb');
	for (const seed of [5, 6]) {
		const bytes = pprofBytes(waitsModel(seed));
		fs.writeFileSync(input, bytes);
		const profile = profileOf(readPprof(bytes));
		for (const { text = '', time = null, noIdle = false } of TABLE_CASES) {
			const options = [...text ? ['--focus', text] : [], ...noIdle ? ['--no-idle'] : [],
				...time ? ['--time', `${time[0] / 1e9}s..${time[1] / 1e9}s`] : []];
			const chips = text ? [{ op: 'focus', text }] : [];
			const refined = refine(profile, chips, { time, noIdle });
			const { rows: found, sums } = phaseRows(refined, null);
			const rows = sortPhaseRows(found, { by: 'total', down: true });
			const lines = report(directory, input, '.txt', ...options).split('\n');
			const from = lines.findIndex(line => line.startsWith('waits for'));
			const expected = lines.slice(from + 1, from + 1 + rows.length).map(line =>
				line.split(/ {2,}|(?<=[ns]) +(?=\d)/).filter(Boolean));
			assert.ok(rows.length > (time ? 2 : 7));
			const left = refined.idleLeftOut ? idleWords(refined.idleLeftOut) : undefined;
			assert.equal(lines.find(line => line.startsWith('idle  '))?.replace(/ +/, ': '), left);
			assert.equal(noIdle, left !== undefined);
			assert.equal(foldedText(treeOf(refined, profile.defaultValue)),
				report(directory, input, '.folded', ...options));
			assert.deepEqual(rows.map(row => {
				const { total, count, mean, p50, p99, longest, queued } = figuresOf(row);
				return [row.name, String(count), ...[total, mean, p50, p99, longest].map(waitTime),
					waitPercent(queued)];
			}), expected);
			assert.equal(waitSums(sums, profile.durationNs, false), lines[from + 1 + rows.length]);
		}
	}
});

// The last one is what is shown first.
const VALUES = [['blocked', 'nanoseconds'], ['runqueue', 'nanoseconds'], ['waits', 'count'],
	['queued', 'count'], ['offcpu', 'nanoseconds']];
const APP = '/usr/bin/app', LIBC = '/usr/lib/libc.so.6';

/**
 * Samples in plain words: { stack: root first, thread: [pid, comm, tid, name], labels, n, ns }. A
 * function is in the program; in brackets, or of few letters that are none, it is nothing but a
 * name; pthread_... is in a library.
 */
function modelOf(samples) {
	const names = [...new Set(samples.flatMap(({ stack }) => stack))];
	const id = name => names.indexOf(name) + 1;
	const mappings = [APP, LIBC].map((file, i) => ({ id: i + 1, start: 0, limit: 2 ** 40,
		offset: 0, path: file, buildId: `ab0${i}` }));
	const mappingOf = name => (/^(\[|--|name-)/.test(name) ? 0 : name.startsWith('pthread_') ? 2 : 1);

	return { types: VALUES, mappings, comments: [], timeNs: 1700000000000000000n,
		durationNs: 1000000000, functions: names.map(name => ({ id: id(name), name })),
		locations: names.map(name => ({ id: id(name), mapping: mappingOf(name),
			address: mappingOf(name) && 16 * id(name), lines: [[id(name), 0]] })),
		samples: samples.map(({ stack, thread: [pid, comm, tid, thread], labels, n, ns }) => {
			const queued = labels.phase === 'runqueue';
			return { stack: stack.map(id).reverse(),
				values: [queued ? 0 : ns, queued ? ns : 0, queued ? 0 : n, queued ? n : 0, ns],
				labels: { pid, comm, tid, thread, state: 'S', syscall: 'futex',
					bucket: Math.floor(ns / n), longest: ns, ...labels } };
		}) };
}

const LOCK = { class: 'lock', phase: 'blocked', futex: 0x7f0000002000 };
const GET = ['run', 'cache_get', 'pthread_mutex_lock', '[lock]'];
const WOKEN = ['--', 'pthread_mutex_unlock', 'cache_put', 'run'];
const ONE = [10, 'server', 11, 'pool-1'], TWO = [10, 'server', 12, 'pool-2'];
const OTHER = [20, 'other', 20, 'other'];
const FUTEX_SAMPLES = [
	{ stack: [...GET, ...WOKEN, 'name-2'], thread: ONE, labels: LOCK, n: 3, ns: 6e6 },
	{ stack: [...GET.slice(0, 3), '[run queue]', ...WOKEN, 'name-2'], thread: ONE,
		labels: { ...LOCK, phase: 'runqueue' }, n: 3, ns: 1e6 },
	{ stack: ['run', 'cache_find', 'pthread_mutex_lock', '[lock]', ...WOKEN, 'name-2'],
		thread: TWO, labels: LOCK, n: 1, ns: 3e6 },
	// The same address, and another process.
	{ stack: [...GET, '--', 'pthread_mutex_unlock', 'put_all', 'name-other'], thread: OTHER,
		labels: LOCK, n: 1, ns: 4e6 },
	// Nobody's code is known that ended this one.
	{ stack: [...GET, '--', '[interrupt]'], thread: OTHER, labels: LOCK, n: 1, ns: 1e6 },
	{ stack: ['run', 'next_job', 'pthread_cond_wait', '[condition]'], thread: ONE,
		labels: { class: 'condition', phase: 'blocked', futex: 0x7f0000001000, idle: 'yes' },
		n: 2, ns: 8e8 },
	{ stack: ['run', 'work', '[sleep]'], thread: ONE, labels: { class: 'sleep', phase: 'blocked' },
		n: 1, ns: 5e6 },
];

const all = () => true;
const named = rows => rows.map(({ name, share }) => `${name} ${share.toFixed(3)}`);
const summary = rows => rows.map(row => [row.name, row.process, row.pid, figuresOf(row).count,
	figuresOf(row).total, named(row.threads), named(row.waits), named(row.wakes)]);

test('phases are told apart, and added up by length', () => {
	const profile = profileOf(readPprof(pprofBytes(modelOf(FUTEX_SAMPLES))));
	const row = newPhaseRow('lock'), reader = new PhaseReader(profile);

	for (let i = 0; i < profile.nSamples; i++)
		if (profile.waits.class[i] === 2 && profile.threads[profile.sampleThread[i]].pid === 10)
			reader.add(row, i);
	assert.deepEqual([row.blocked.count, row.blocked.ns, row.blocked.longest], [4, 9e6, 6e6]);
	assert.deepEqual([row.runqueue.count, row.runqueue.ns, row.runqueue.longest], [3, 1e6, 1e6]);
	assert.deepEqual([row.blocked.counts[bucketOf(2e6)], row.blocked.times[bucketOf(2e6)]], [3, 6e6]);
	assert.deepEqual([row.blocked.counts[bucketOf(3e6)], row.blocked.times[bucketOf(3e6)]], [1, 3e6]);
	const figures = figuresOf(row);
	assert.deepEqual([figures.count, figures.total, figures.mean, figures.longest, figures.queued],
		[4, 10e6, 2250000, 6e6, 10]);
	assert.ok(figures.p50 <= figures.p99 && figures.p99 <= figures.longest);
	// Without any waits.
	assert.deepEqual([percentile(newPhaseRow('').blocked, 0.5), figuresOf(newPhaseRow('')).mean],
		[0, 0]);
});

test('what has only time in the run queue is counted by that', () => {
	const samples = [2, 4].map(n => ({ stack: ['run', 'spin', '[preempted]'], thread: ONE,
		labels: { class: 'preempted', phase: 'runqueue' }, n, ns: n * 1e6 }));
	const { rows, sums } = phaseRows(profileOf(readPprof(pprofBytes(modelOf(samples)))), null);

	assert.deepEqual(rows.map(({ name }) => name), ['preempted']);
	assert.deepEqual([figuresOf(rows[0]).count, figuresOf(rows[0]).mean], [6, 1e6]);
	assert.deepEqual(sums, { cpu: 0, runqueue: 6e6, blocked: 0, idle: 0 });
});

test('a futex is one of a process, with the code that waits and wakes', () => {
	const profile = profileOf(readPprof(pprofBytes(modelOf(FUTEX_SAMPLES))));
	const address = '0x7f0000002000';

	assert.deepEqual(summary(futexRows(profile, profile, { chosen: i =>
		profile.waits.class[i] === 2 })), [
		[address, 'server', 10, 4, 10e6, [], ['cache_get 0.700', 'cache_find 0.300'],
			['cache_put 1.000']],
		[address, 'other', 20, 2, 5e6, [], ['cache_get 1.000'],
			['put_all 0.800', '[interrupt] 0.200']],
	]);
	assert.deepEqual(summary(futexRows(profile, profile, { chosen: all }))[0].slice(0, 4),
		['0x7f0000001000', 'server', 10, 2]);
	assert.equal(addressWords(-1), '0xffffffffffffffff');
});

test('in a file of wakeups there is who waited, by name', t => {
	const directory = makeDirectory(t);
	const input = path.join(directory, 'in.pb');

	fs.writeFileSync(input, pprofBytes(modelOf(FUTEX_SAMPLES)));
	const profile = profileOfFile(report(directory, input, '.pb.gz', '--wakeups'));
	const address = '0x7f0000002000';

	// Of all waits, not of those alone of which it is known who ended them.
	assert.ok(profile.comments.includes('refined: wakeups, 1.83% of the offcpu'));
	assert.deepEqual(summary(futexRows(profile, profile, { chosen: all })), [
		[address, 'server', 0, 4, 10e6, ['pool-1 0.700', 'pool-2 0.300'], [], ['cache_put 1.000']],
		[address, 'other', 0, 2, 5e6, ['other 1.000'], [], ['put_all 1.000']],
	]);
});

test('a chip chooses classes of waits', () => {
	const profile = profileOf(readPprof(pprofBytes(modelOf(FUTEX_SAMPLES))));
	const left = (...texts) => {
		const { waits, nSamples } = refine(profile, texts.map(text => ({ op: 'class', text })));
		return [nSamples, ...new Set(waits.class)];
	};

	// 1 more than where they stand in WAIT_CLASSES; the time in the run queue goes with its wait.
	assert.deepEqual(left('^lock$'), [5, 2]);
	assert.deepEqual(left('lock', 'sleep'), [6, 2, 12]);
	assert.deepEqual(left('run'), [0]);
	assert.deepEqual(left('['), left(''));
});

test('waits are spread over their time', () => {
	const block = (time, n, ns, labels) => ({ stack: ['run', '[poll]'], thread: ONE, n, ns,
		labels: { class: 'poll', phase: 'blocked', time, ...labels } });
	const model = modelOf([block(100e6, 1, 1.25e9), block(400e6, 1, 5e6),
		block(1500e6, 10, 300e6), block(2000e6, 4, 2e6), block(20e6, 3, 90e6),
		block(2500e6, 1, 400e6, { idle: 'yes' })]);
	model.durationNs = 3e9;
	model.comments = ['slice: 10000000 ns'];
	const profile = profileOf(readPprof(pprofBytes(model)));
	const offcpu = profile.valueTypes.findIndex(({ type }) => type === 'offcpu');
	const waits = profile.valueTypes.findIndex(({ type }) => type === 'waits');
	const grid = timeGrid(profile, offcpu);
	const within = (from, until, of = grid) =>
		of.cells.slice(from / 20e6, until / 20e6).reduce((sum, ns) => sum + ns, 0);

	assert.deepEqual([grid.columns, grid.rows], [3, 50]);
	// Three that began before 30 ms and take 90 ms in all: from the beginning on, not before it.
	assert.equal(within(0, 100e6), 90e6);
	// One from 100 ms on; that of 5 ms is in its cell.
	assert.deepEqual(grid.cells.slice(5, 8), Float64Array.of(20e6, 20e6, 20e6));
	assert.equal(grid.cells[20], 25e6);
	assert.equal(within(100e6, 1.2e9), 1.1e9 + 5e6);
	assert.equal(grid.cells[67], 10e6 + 20e6);
	// Ten of 30 ms each, the last of them from 1.5 s on.
	assert.equal(within(1220e6, 1540e6), 130e6 + 300e6);
	// Four that are short in the slice of the last.
	assert.equal(within(2e9, 2.02e9), 2e6);
	assert.equal(grid.max, Math.max(...grid.cells));
	const whole = profile.values[offcpu].reduce((sum, ns) => sum + ns, 0);
	assert.ok(Math.abs(within(0, 3e9) - whole) < grid.cells.length);
	// Numbers stay where the last one began; idle waits may be left out.
	assert.equal(within(1500e6, 1520e6, timeGrid(profile, waits)), 10);
	assert.equal(within(2.5e9, 3e9), 400e6);
	assert.equal(within(2.5e9, 3e9, timeGrid(profile, offcpu, profile.core.sampleIdle)), 0);
	// What is shown is what a range of time chooses.
	for (const [from, until] of [[200e6, 600e6], [1240e6, 1300e6], [1e9, 2e9], [2.6e9, 2.7e9]]) {
		const { values, waits: { longest } } = refine(profile, [], { time: [from, until] });
		assert.equal(values[offcpu].reduce((sum, ns) => sum + ns, 0), within(from, until));
		assert.ok(Math.max(...longest) <= until - from);
	}
});
