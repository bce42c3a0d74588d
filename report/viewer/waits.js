// SPDX-License-Identifier: GPL-2.0-or-later
// What threads waited for: the words of report/wait_class.c, the frames that stand for them at the
// leaf of a stack, and the figures of report/waits.c. Pure: no document.

/** Classes of waits. */
export const WAIT_CLASSES = ['waiting', 'lock', 'condition', 'futex', 'disk', 'page fault',
	'memory', 'network', 'pipe', 'terminal', 'poll', 'sleep', 'child', 'signal', 'stopped',
	'throttled', 'preempted', 'io_uring', 'kernel thread', 'other'];

const WAIT_FRAMES = new Set([...WAIT_CLASSES, 'run queue', 'idle'].map(name => `[${name}]`));

/** True for "[lock]", "[run queue]", "[idle]". */
export function isWaitFrame(name) {
	return WAIT_FRAMES.has(name);
}

/** Between the stack of who waited and that of who ended the wait. */
export const WAKER_MARK = '--';

/** "lock" of a number in Waits.class of pprof_waits.js, where 0 is on the CPU. */
export function waitClassName(number) {
	return number ? WAIT_CLASSES[number - 1] : 'running';
}

/** Flags of a sample that is a phase of waiting, as SAMPLE_RUNQUEUE and so on of profile.h. */
export const WAIT_QUEUED = 1; // it could have run; without it: blocked
export const WAIT_IDLE = 2;   // it waited for work, or had
export const WAIT_BEFORE = 4; // it began before the recording
export const WAIT_OPEN = 8;   // it was not over at the end

/** How many buckets of lengths there are. */
export const WAIT_BUCKETS = 256;

/** The buckets of report/wait_bucket.h: eight of an octave. */
export function bucketOf(ns) {
	const n = Math.floor(ns / 1024);
	if (n < 8)
		return n;
	const octave = Math.floor(Math.log2(n)) - 3;
	return Math.min(WAIT_BUCKETS - 1, 8 + octave * 8 + Math.floor(n / 2 ** octave) % 8);
}

/** The least length that is in a bucket. */
export function bucketStart(bucket) {
	return bucket < 8 ? bucket * 1024 : (8 + bucket % 8) * 2 ** (Math.floor(bucket / 8) + 9);
}

/** By sample: the class of waits that are collapsed, + 1; null: there are none. Then to wait for a
 * CPU is not idle. */
export function idleClasses(waits) {
	const isIdle = flags => (flags & (WAIT_IDLE | WAIT_QUEUED)) === WAIT_IDLE;
	return waits && waits.flags.some(isIdle)
		? waits.class.map((number, i) => (isIdle(waits.flags[i]) ? number : 0)) : null;
}

/**
 * @typedef {object} WaitRow
 * @property {string} name "lock"
 * @property {boolean} idle
 * @property {boolean} queued what is counted and measured is time in the run queue
 * @property {number} n waits
 * @property {number} total ns, blocked and in the run queue
 * @property {number} measured ns, of which mean and the rest are
 * @property {number} runqueue ns
 * @property {number} longest ns
 * @property {Float64Array} counts by bucket
 */

function newWaitRow(number, idle) {
	const name = WAIT_CLASSES[number - 1];
	return { name, idle, queued: name === 'preempted' || name === 'throttled', n: 0, total: 0,
		measured: 0, runqueue: 0, longest: 0, counts: new Float64Array(WAIT_BUCKETS) };
}

/**
 * What is in the tables of the reports, of what refine() left.
 * @param {import('./profile.js').Stacks} stacks
 * @param {{type: string}[]} valueTypes
 * @returns {{rows: WaitRow[], sums: object}} sums in ns: cpu, runqueue, blocked, idle; rows by
 *     largest total first; behind them the idle ones, likewise
 */
export function waitRows({ waits, values, nSamples }, valueTypes) {
	const known = new Map();
	const sums = { cpu: 0, runqueue: 0, blocked: 0, idle: 0 };
	const column = type => values[valueTypes.findIndex(value => value.type === type)];
	const at = (type, i) => Math.max(0, type ? type[i] : 0);
	const blocked = column('blocked'), runqueue = column('runqueue'), cpu = column('cpu');
	const n = column('waits'), queued = column('queued');
	for (let i = 0; i < nSamples; i++) {
		sums.cpu += at(cpu, i);
		if (!waits.class[i])
			continue;
		const isQueued = (waits.flags[i] & WAIT_QUEUED) !== 0;
		const idle = (waits.flags[i] & WAIT_IDLE) !== 0;
		const key = 2 * waits.class[i] + idle;
		const ns = at(isQueued ? runqueue : blocked, i);
		if (!known.has(key))
			known.set(key, newWaitRow(waits.class[i], idle));
		const row = known.get(key);
		row.total += ns;
		row.runqueue += isQueued ? ns : 0;
		sums[isQueued ? 'runqueue' : idle ? 'idle' : 'blocked'] += ns;
		if (isQueued !== row.queued)
			continue;
		const count = at(isQueued ? queued : n, i);
		row.n += count;
		row.counts[waits.bucket[i]] += count;
		row.measured += ns;
		row.longest = Math.max(row.longest, waits.longest[i]);
	}
	const rows = [...known.values()].filter(row => row.n || row.total);
	rows.sort((a, b) => a.idle - b.idle || b.total - a.total ||
		WAIT_CLASSES.indexOf(a.name) - WAIT_CLASSES.indexOf(b.name));
	return { rows, sums };
}

/** Within its bucket, lengths are taken for evenly spread. */
export function waitPercentile(row, share) {
	const rank = share * row.n;
	let before = 0;
	for (let i = 0; i < WAIT_BUCKETS; i++) {
		if (!row.counts[i] || before + row.counts[i] < rank) {
			before += row.counts[i];
			continue;
		}
		const start = bucketStart(i);
		const end = row.longest >= start ? Math.min(bucketStart(i + 1), row.longest)
			: bucketStart(i + 1);
		const ns = Math.floor(start + (end - start) * (rank - before) / row.counts[i]);
		return row.longest ? Math.min(ns, row.longest) : ns;
	}
	return row.longest;
}

/** "5.01 ms": three digits. */
export function waitTime(ns) {
	const units = ['ns', 'us', 'ms', 's'];
	let unit = 0, amount = ns;
	while (unit < 3 && amount >= 999.5) {
		amount /= 1000;
		unit++;
	}
	return `${amount.toFixed(!unit || amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2)} ${units[unit]}`;
}

/** "40.01 thread-seconds in 10.00 s: 3.20 on the CPU, ..." */
export function waitSums(sums, durationNs, hasCpu) {
	const words = ns => (ns / 1e9).toFixed(2);
	const all = sums.cpu + sums.runqueue + sums.blocked + sums.idle;
	return `${words(all)} thread-seconds${durationNs ? ` in ${words(durationNs)} s` : ''}` +
		`${hasCpu ? `: ${words(sums.cpu)} on the CPU,` : ' off the CPU:'} ` +
		`${words(sums.runqueue)} in the run queue, ${words(sums.blocked)} waiting, ` +
		`${words(sums.idle)} idle`;
}
