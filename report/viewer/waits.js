// SPDX-License-Identifier: GPL-2.0-or-later
// What threads waited for: the words of report/wait_class.c, the frames that stand for them at the
// leaf of a stack, and how figures are told. Pure: no document.
import { fixedText } from './format.js';

/** Classes of waits. */
export const WAIT_CLASSES = ['waiting', 'lock', 'condition', 'futex', 'disk', 'page fault',
	'memory', 'network', 'pipe', 'terminal', 'poll', 'sleep', 'child', 'signal', 'stopped',
	'throttled', 'preempted', 'first run', 'io_uring', 'kernel thread', 'other'];

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

/** "5.01 ms": three digits. */
export function waitTime(ns) {
	const units = ['ns', 'us', 'ms', 's'];
	let unit = 0, amount = ns;
	while (unit < 3 && amount >= 999.5) {
		amount /= 1000;
		unit++;
	}
	const decimals = !unit || amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2;
	return `${fixedText(amount, decimals)} ${units[unit]}`;
}

/** "33.6%": a decimal. */
export function waitPercent(percent) {
	return `${fixedText(percent, 1)}%`;
}

/** What a comment begins with that tells of idle waits left out: as REFINE_IDLE of refine.h. */
export const IDLE_COMMENT = 'idle: ';

/** The whole of it. */
export function idleWords(ns) {
	return `${IDLE_COMMENT}${fixedText(ns / 1e9, 2)} thread-seconds left out`;
}

/** "40.01 thread-seconds in 10.00 s: 3.20 on the CPU, ..." */
export function waitSums(sums, durationNs, hasCpu) {
	const words = ns => fixedText(ns / 1e9, 2);
	const all = sums.cpu + sums.runqueue + sums.blocked + sums.idle;
	return `${words(all)} thread-seconds${hasCpu ? '' : ' off the CPU'}` +
		`${durationNs ? ` in ${words(durationNs)} s` : ''}: ` +
		`${hasCpu ? `${words(sums.cpu)} on the CPU, ` : ''}` +
		`${words(sums.runqueue)} in the run queue, ${words(sums.blocked)} waiting, ` +
		`${words(sums.idle)} idle`;
}
