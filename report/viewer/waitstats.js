// SPDX-License-Identifier: GPL-2.0-or-later
// Phases of waiting come in, out go the figures of each class: how often, how long, how long it
// took till the thread ran again, and the lengths as histograms. Pure: no document.
import { WAIT_BUCKETS, WAIT_CLASSES, WAIT_IDLE, WAIT_QUEUED } from './waits.js';
import { bucketStart, waitClassName } from './waits.js';

/**
 * @typedef {object} Phase of all waits of a row: being blocked, or being in the run queue
 * @property {number} count
 * @property {number} ns in all
 * @property {number} longest ns
 * @property {Float64Array} counts by bucket
 * @property {Float64Array} times ns by bucket
 */

/**
 * @typedef {object} PhaseRow figures of a class, of idle waits, of all, of a futex
 * @property {string} name
 * @property {Phase} blocked
 * @property {Phase} runqueue
 */

/** What is behind the class of idle waits. */
export const IDLE_SUFFIX = ' (idle)';
export const QUEUED_CLASSES = ['preempted', 'throttled', 'first run'];

/** Which of the values is of this type; -1: none. */
export function valueOfType(profile, type) {
	return profile.valueTypes.findIndex(value => value.type === type);
}

/** True where time on the CPU is known. */
export function hasCpu(profile) {
	return valueOfType(profile, 'cpu') >= 0;
}

/** True for a value that waits have nothing of. */
export function isOfCpu({ type }) {
	return type === 'cpu' || type === 'samples';
}

/** True where there are waits whose figures can be told. */
export function hasWaits(profile) {
	return Boolean(profile.waits) && !profile.diff && valueOfType(profile, 'blocked') >= 0;
}

function newPhase() {
	return { count: 0, ns: 0, longest: 0, counts: new Float64Array(WAIT_BUCKETS),
		times: new Float64Array(WAIT_BUCKETS) };
}

/** @returns {PhaseRow} without any waits */
export function newPhaseRow(name) {
	return { name, blocked: newPhase(), runqueue: newPhase() };
}

function addPhase(phase, count, ns, bucket, longest) {
	phase.count += count;
	phase.ns += ns;
	phase.longest = Math.max(phase.longest, longest);
	phase.counts[bucket] += count;
	phase.times[bucket] += ns;
}

/** Reads the phases of a refined profile, one sample each. */
export class PhaseReader {
	constructor(stacks) {
		const column = type => stacks.values[valueOfType(stacks, type)] || null;

		this.waits = stacks.waits;
		this.ns = [column('blocked'), column('runqueue')];
		this.count = [column('waits'), column('queued')];
	}

	/** Adds sample i to a row. */
	add(row, i) {
		const { flags, bucket, longest } = this.waits;
		const queued = flags[i] & WAIT_QUEUED ? 1 : 0;
		const ns = this.ns[queued], count = this.count[queued];

		const at = column => Math.max(0, column ? column[i] : 0);

		addPhase(queued ? row.runqueue : row.blocked, at(count), at(ns), bucket[i], longest[i]);
	}
}

/**
 * The phase that a row's waits are counted and measured by: being blocked; of what was preempted,
 * throttled or new, and so never blocked, being in the run queue.
 */
export function mainPhase({ name, blocked, runqueue }) {
	return QUEUED_CLASSES.includes(name.replace(IDLE_SUFFIX, '')) ? runqueue : blocked;
}

/** @returns {number} ns that a share of a phase's lengths are not above, as far as buckets tell:
 *     within one, lengths are taken for evenly spread */
export function percentile({ counts, count, longest }, share) {
	const rank = share * count;
	let before = 0;

	for (let i = 0; i < WAIT_BUCKETS; i++) {
		if (!counts[i] || before + counts[i] < rank) {
			before += counts[i];
			continue;
		}
		const start = bucketStart(i);
		const end = longest >= start ? Math.min(bucketStart(i + 1), longest) : bucketStart(i + 1);
		const ns = Math.floor(start + (end - start) * (rank - before) / counts[i]);
		return longest ? Math.min(ns, longest) : ns;
	}
	return longest;
}

/** @returns {{total, count, mean, p50, p99, longest, queued}} of a row; ns; queued: per cent */
export function figuresOf(row) {
	const phase = mainPhase(row);
	const total = row.blocked.ns + row.runqueue.ns;

	return { total, count: phase.count, mean: phase.count ? Math.floor(phase.ns / phase.count) : 0,
		p50: percentile(phase, 0.5), p99: percentile(phase, 0.99), longest: phase.longest,
		queued: total ? 100 * row.runqueue.ns / total : 0 };
}

/**
 * @param {import('./profile.js').Stacks} stacks refined
 * @param {Uint8Array|null} inside by stack, whether it counts; null: all do
 * @returns {{all: PhaseRow, rows: PhaseRow[], sums: object}} rows of classes that have any waits,
 *     of idle ones rows of their own ("poll (idle)"); sums in ns: cpu, runqueue, blocked, idle
 */
export function phaseRows(stacks, inside) {
	const { waits, sampleStack, nSamples } = stacks;
	const reader = new PhaseReader(stacks);
	const cpu = stacks.values[valueOfType(stacks, 'cpu')];
	const all = newPhaseRow('all'), rows = new Map();
	const sums = { cpu: 0, runqueue: 0, blocked: 0, idle: 0 };

	for (let i = 0; i < nSamples; i++) {
		if (inside && !inside[sampleStack[i]])
			continue;
		sums.cpu += Math.max(0, cpu ? cpu[i] : 0);
		if (!waits.class[i])
			continue;
		const idle = waits.flags[i] & WAIT_IDLE;
		const key = 2 * waits.class[i] + (idle ? 1 : 0);
		if (!rows.has(key))
			rows.set(key, newPhaseRow(`${waitClassName(waits.class[i])}${idle ? IDLE_SUFFIX : ''}`));
		reader.add(rows.get(key), i);
		if (!idle)
			reader.add(all, i);
	}
	for (const [key, row] of rows) {
		const { blocked, runqueue } = row;
		if (!(mainPhase(row).count || blocked.ns || runqueue.ns))
			rows.delete(key);
		sums.runqueue += runqueue.ns;
		sums[key & 1 ? 'idle' : 'blocked'] += blocked.ns;
	}
	return { all, rows: [...rows.values()], sums };
}

/** Rows in the order of one of their figures, or of their names; idle ones behind the others. */
export function sortPhaseRows(rows, { by, down }) {
	const figures = new Map(rows.map(row => [row, figuresOf(row)]));
	const order = ({ name }) => WAIT_CLASSES.indexOf(name.replace(IDLE_SUFFIX, ''));
	const compare = (a, b) => (by === 'class' ? 0 : figures.get(b)[by] - figures.get(a)[by]) ||
		order(a) - order(b);

	const isIdle = ({ name }) => (name.endsWith(IDLE_SUFFIX) ? 1 : 0);
	return rows.slice().sort((a, b) => isIdle(a) - isIdle(b) ||
		(down !== (by === 'class') ? compare(a, b) : -compare(a, b)));
}
