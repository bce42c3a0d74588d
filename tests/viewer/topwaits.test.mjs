// SPDX-License-Identifier: GPL-2.0-or-later
// Top waits: the viewer's are those of .txt, and the names that it knows are those of the C side.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { refine } from '../../report/viewer/refine.js';
import { PLACE_FIGURES, firstPlaces, placeName, placeProcess, placeShare, sortPlaces, waitPlaces }
	from '../../report/viewer/waitplaces.js';
import { waitPercent, waitTime } from '../../report/viewer/waits.js';
import { pprofBytes } from './pprof_bytes.mjs';
import { makeDirectory, profileOfFile, randomNumbers, report } from './support.mjs';
import { waitNamesText } from './waitnames.mjs';

test('names are those of the C side', () => {
	const file = new URL('../../report/viewer/waitnames.js', import.meta.url);

	assert.equal(fs.readFileSync(file, 'utf8'), waitNamesText(),
		'report/viewer/waitnames.js is to be written anew: see waitnames.mjs');
});

const squeeze = text => text.replace(/ +/g, ' ').trim();

/** Those of a text report, a line each; idle ones behind "idle". */
function topOfText(text) {
	const lines = text.split('\n');
	const from = lines.findIndex(line => line.startsWith('top waits'));
	return from < 0 ? [] : lines.slice(from + 2, lines.indexOf('', from)).map(squeeze);
}

/** The same from the viewer's rows. */
function topOfViewer(profile, refined) {
	const { rows, busy } = waitPlaces(profile, refined, null);
	const { shown, rest } = firstPlaces(sortPlaces(rows, { by: 'total', down: true }), 40, 20);
	const hasProcesses = new Set(rows.flatMap(({ processes }) => [...processes])).size > 1;
	const words = row => [waitTime(row.total), placeShare(row, busy), row.count,
		waitTime(PLACE_FIGURES.mean(row)), waitTime(row.longest),
		waitPercent(PLACE_FIGURES.queued(row)), row.class,
		hasProcesses ? placeProcess(row) : '', placeName(row),
		row.caller ? `< ${row.caller}` : ''].join(' ');
	const part = idle => shown.filter(row => row.idle === idle).map(words).map(squeeze);
	return [...part(false), ...part(true).length ? ['idle', ...part(true)] : [],
		...rest ? [rest] : []];
}

const LIBC = 1, APP = 2, KERNEL = 3, NONE = 0, VDSO = 4;
const MODULES = [[LIBC, '/usr/lib/x86_64-linux-gnu/libc.so.6'], [APP, '/usr/bin/app'],
	[KERNEL, '[kernel]'], [VDSO, '[vdso]']];
const NAMES = [[APP, ['main', 'run', 'cache_get', 'log_write', '[app+0x1200]', '[app+0x88]',
	'std::thread::park', 'sleep', 'runtime.mcall', 'tokio::runtime::Handle::park', 'write_all',
	'g_cond_wait@@GLIB_2', 'epoll_wait', 'pthread_mutex_lock.part.0', '_Lock', 'Clock']],
[LIBC, ['read', 'qsort', '__libc_start_main', 'pthread_cond_wait', '[libc.so.6+0x10]', 'fsync']],
[KERNEL, ['do_futex', 'schedule', 'io_schedule', 'schedule_timeout', 'worker_thread', 'kthread',
	'ret_from_fork_asm', 'vfs_read', 'try_to_wake_up']], [VDSO, ['__vdso_time']],
[NONE, ['--', '[lock]', 'waker', '[too many stacks]']]];

/** Stacks of all sorts of functions, also without names, and who woke, of some processes. */
function randomWaits(seed, nSamples) {
	const random = randomNumbers(seed), some = list => list[random(list.length)];
	const all = NAMES.flatMap(([module, names]) => names.map(name => ({ module, name })));
	const id = (module, name) => 1 + all.findIndex(other => other.module === module &&
		other.name === name);
	const named = (module, n) => Array.from({ length: n }, () =>
		id(module, some(NAMES.find(([of]) => of === module)[1])));
	const unnamed = [900, 901];
	const sample = () => {
		const queued = random(3) === 0, turned = random(6) === 0, n = 1 + random(9);
		const of = some(['lock', 'poll', 'disk', 'preempted', 'throttled', 'first run', 'sleep',
			'kernel thread']);
		const user = random(5) ? [...named(VDSO, random(8) ? 0 : 1), ...named(LIBC, random(4)),
			...named(APP, random(5)), ...random(5) ? [] : [unnamed[0]], ...named(APP, random(3))] : [];
		const stack = [id(NONE, '[lock]'), ...named(KERNEL, random(6)),
			...random(9) ? [] : [unnamed[1]], ...random(6) ? [] : [id(NONE, '[too many stacks]')],
			...user];
		const waker = turned ? [id(NONE, '[lock]'), id(NONE, 'waker'), id(NONE, '--'),
			...stack.slice(1)] : random(2) ? [] : [id(NONE, 'waker'), ...named(APP, 2),
			id(NONE, '--'), ...stack];
		const ns = random(3) ? random(2e9) : 125000 * random(900), pid = 1 + random(4);
		return { stack: waker.length ? waker : stack,
			values: [ns, queued ? 0 : ns, queued ? ns : 0, queued ? 0 : n, queued ? n : 0],
			labels: { pid, comm: `proc-${pid}`, tid: pid, thread: 'main', class: of, state: 'S',
				phase: queued ? 'runqueue' : 'blocked', idle: random(4) ? '' : 'yes',
				bucket: ns, time: 10e6 * random(300), longest: Math.floor(ns / n),
				unwind: some(['whole', 'kernel only', 'no table']) } };
	};
	return { types: [['offcpu', 'nanoseconds'], ['blocked', 'nanoseconds'],
		['runqueue', 'nanoseconds'], ['waits', 'count'], ['queued', 'count']],
	mappings: MODULES.map(([number, file]) => ({ id: number, start: 0, limit: 2 ** 40, offset: 0,
		path: file, buildId: `ab0${number}` })),
	comments: ['slice: 10000000 ns'], timeNs: 1700000000000000000n, durationNs: 3e9,
	functions: all.map(({ name }, i) => ({ id: i + 1, name })),
	locations: [...all.map(({ module }, i) => ({ id: i + 1, mapping: module,
		address: module && 16 * (i + 1), lines: [[i + 1, 0]] })),
	...unnamed.map((number, i) => ({ id: number, mapping: [APP, KERNEL][i], address: 0x7000,
		lines: [] }))],
	samples: Array.from({ length: nSamples }, sample) };
}

const CASES = [
	[[]],
	[['--comm', 'proc-2'], [{ op: 'comm', text: 'proc-2' }]],
	[['--focus', 'run'], [{ op: 'focus', text: 'run' }]],
	[['--hide', 'cache_get|^do_'], [{ op: 'hide', text: 'cache_get|^do_' }]],
	[['--by-module'], [], { byModule: true }],
	[['--collapse-recursion'], [], { collapse: true }],
	[['--no-idle', '--threads'], [], { noIdle: true, threads: true }],
	[['--time', '0.2s..1.005s'], [], { time: [0.2e9, 1.005e9] }],
];

test('top waits are those of .txt', t => {
	const directory = makeDirectory(t);
	const input = path.join(directory, 'in.pb');
	const seen = new Set();

	for (let seed = 1; seed <= 6; seed++) {
		fs.writeFileSync(input, pprofBytes(randomWaits(seed, seed % 2 ? 60 : 400)));
		const profile = profileOfFile(report(directory, input, '.pb.gz'));
		for (const [options, chips = [], switches] of CASES) {
			const rows = topOfText(report(directory, input, '.txt', ...options));
			assert.ok(rows.length > 3);
			assert.deepEqual(topOfViewer(profile, refine(profile, chips, switches)), rows,
				`seed ${seed} ${options}`);
			rows.forEach(row => seen.add(row.replace(/^.*% /, '').replace(/ proc-\S+( \+\d)?/, '')));
		}
	}
	// Some of all rules are met.
	for (const words of ['(wherever it ran)', '(before it ran)', 'log_write', '< [app+0x',
		'[unknown]', 'do_futex', 'pthread_cond_wait', 'cache_get < run', 'more places;',
		'more idle', '[too many stacks] < run', 'app', '[kernel]'])
		assert.ok([...seen].some(row => row.includes(words)), words);
});
