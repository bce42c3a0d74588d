// SPDX-License-Identifier: GPL-2.0-or-later
// Phases of waiting come in; out go the top waits: a row for each class in each place of the code,
// by the rules of report/waits_top.c. Pure: no document.
import { UNWIND_KERNEL_ONLY } from './pprof_samples.js';
import { compareTexts } from './tree_nodes.js';
import { WaitCodes } from './waitcode.js';
import { WAIT_CLASSES, WAIT_IDLE, WAIT_QUEUED, waitClassName } from './waits.js';
import { waitPercent, waitTime } from './waits.js';
import { QUEUED_CLASSES, valueOfType } from './waitstats.js';

/**
 * @typedef {object} WaitPlace
 * @property {string} class
 * @property {boolean} idle
 * @property {string} name function of the program; '' where it is not known
 * @property {string} caller of it, or ''
 * @property {boolean} isAnywhere all of it is time in the run queue, in whatever code that was
 * @property {boolean} isKernel of the kernel alone
 * @property {string} process the first of them by name
 * @property {Set<string>} processes
 * @property {number} count
 * @property {number} total ns, of which
 * @property {number} queued ns in the run queue; without these, where there are others:
 * @property {number} measured ns
 * @property {number} longest ns
 */

const FIRST_RUN = 'first run';

/** Kernel threads that do the same are many, each under a name of its own. */
function placeKey({ class: of, idle, name, caller, isKernel }, process) {
	return [name, caller, isKernel ? '' : process, of, idle, isKernel].join('\0');
}

function addPhaseOf(place, ns, { queued, count, longest }) {
	place.total += ns;
	place.queued += queued ? ns : 0;
	if (queued !== place.isAnywhere)
		return;
	place.count += count;
	place.measured += ns;
	place.longest = Math.max(place.longest, longest);
}

const knownCodes = new WeakMap(); // stacks of functions: what is known of them

function codesOf(profile, functions) {
	if (!knownCodes.has(functions))
		knownCodes.set(functions, new WaitCodes(functions, profile));
	return knownCodes.get(functions);
}

/** The places of the samples of a refined profile. */
class Places {
	constructor(profile, { waits, changed, threads, sampleThread }) {
		const numbers = new Map();

		this.codes = codesOf(profile, changed || profile.core);
		this.waits = waits;
		this.changed = changed || null;
		this.sampleThread = sampleThread;
		this.threads = threads;
		this.process = Int32Array.from(threads, ({ process }) => {
			if (!numbers.has(process))
				numbers.set(process, numbers.size);
			return numbers.get(process);
		});
		this.nProcesses = numbers.size;
		this.known = new Map(); // what tells samples apart, as a number: the place
		this.rows = new Map();
		this.isOfWakers = false;
	}

	make(i, stack, isOfKernel) {
		const { waits, threads, sampleThread, rows } = this;
		const { isTurned, ...found } = this.codes.get(stack), of = waitClassName(waits.class[i]);
		const isAnywhere = QUEUED_CLASSES.includes(of), { process } = threads[sampleThread[i]];
		// That has nothing to do with where it was just then, nor with what is known of that.
		const code = isAnywhere ? { name: '', caller: '', isKernel: of !== FIRST_RUN && isOfKernel &&
			this.codes.isOfKernel(stack) } : found;
		const what = { class: of, idle: (waits.flags[i] & WAIT_IDLE) !== 0, isAnywhere, ...code };
		const key = placeKey(what, process);

		this.isOfWakers = this.isOfWakers || isTurned;
		if (!rows.has(key))
			rows.set(key, { ...what, process, processes: new Set(), count: 0, total: 0,
				queued: 0, measured: 0, longest: 0 });
		const place = rows.get(key);
		place.processes.add(process);
		if (compareTexts(process, place.process) < 0)
			place.process = process;
		return place;
	}

	/** The place of sample i. */
	of(i) {
		const { waits, changed } = this;
		const stack = changed ? changed.of[waits.stack[i]] : waits.stack[i];
		const isOfKernel = waits.unwind[i] === UNWIND_KERNEL_ONLY;
		const sort = 4 * waits.class[i] + (waits.flags[i] & WAIT_IDLE) + (isOfKernel ? 1 : 0);
		const key = (4 * (WAIT_CLASSES.length + 1) * stack + sort) * this.nProcesses +
			this.process[this.sampleThread[i]];

		if (!this.known.has(key))
			this.known.set(key, this.make(i, stack, isOfKernel));
		return this.known.get(key);
	}
}

/**
 * @param {import('./profile.js').Profile} profile as recorded
 * @param {import('./profile.js').Stacks} refined
 * @param {Uint8Array|null} inside by stack of refined, whether it counts; null: all do
 * @returns {{rows: WaitPlace[], busy: number, isOfWakers: boolean}} rows in no order; busy: ns of
 *     those that are not idle
 */
export function waitPlaces(profile, refined, inside) {
	const { waits, nSamples, values, sampleStack } = refined;
	const column = type => values[valueOfType(profile, type)] || new Float64Array(nSamples);
	const ns = [column('blocked'), column('runqueue')], counts = [column('waits'), column('queued')];
	const places = new Places(profile, refined);

	for (let i = 0; i < nSamples; i++) {
		if (!waits.class[i] || inside && !inside[sampleStack[i]])
			continue;
		const queued = waits.flags[i] & WAIT_QUEUED ? 1 : 0;
		addPhaseOf(places.of(i), Math.max(0, ns[queued][i]), { queued: queued === 1,
			count: Math.max(0, counts[queued][i]), longest: waits.longest[i] });
	}
	const rows = [...places.rows.values()];
	return { rows, busy: rows.reduce((sum, { total, idle }) => sum + (idle ? 0 : total), 0),
		isOfWakers: places.isOfWakers };
}

/** The function, or what stands for it. */
export function placeName({ class: of, name, isAnywhere }) {
	return of === FIRST_RUN ? '(before it ran)' : isAnywhere ? '(wherever it ran)' :
		name || '[unknown]';
}

/** "kworker/0:1 +12" where they are many. */
export function placeProcess({ process, processes }) {
	return processes.size > 1 ? `${process} +${processes.size - 1}` : process;
}

const classNumber = ({ class: of }) => WAIT_CLASSES.indexOf(of);
const meanOf = ({ count, measured }) => (count ? Math.floor(measured / count) : 0);
const queuedPercent = ({ total, queued }) => (total ? 100 * queued / total : 0);

/** What columns show, and are sorted by: large ones first; texts from A on. */
export const PLACE_FIGURES = { total: row => row.total, count: row => row.count, mean: meanOf,
	longest: row => row.longest, queued: queuedPercent };
const PLACE_TEXTS = { class: (a, b) => classNumber(a) - classNumber(b),
	process: (a, b) => compareTexts(a.process, b.process),
	code: (a, b) => compareTexts(placeName(a), placeName(b)) };

/** Rows in the order of a column, idle ones behind the others; equal ones as in .txt. */
export function sortPlaces(rows, { by, down }) {
	const figure = PLACE_FIGURES[by];
	const compare = figure ? (a, b) => figure(b) - figure(a) : PLACE_TEXTS[by];
	const sign = down === Boolean(figure) ? 1 : -1;

	return rows.slice().sort((a, b) => Number(a.idle) - Number(b.idle) || sign * compare(a, b) ||
		b.total - a.total || classNumber(a) - classNumber(b) || compareTexts(a.name, b.name) ||
		compareTexts(a.caller, b.caller) || compareTexts(a.process, b.process));
}

/** '33.6%' of what is not idle. */
export function placeShare({ total, idle }, busy) {
	return idle || !busy ? '-' : waitPercent(100 * total / busy);
}

/**
 * The first ones of rows that are in their order, and what stands for the others.
 * @param {WaitPlace[]} rows
 * @param {number} nBusy how many that are not idle
 * @param {number} nIdle and how many that are
 * @returns {{shown: WaitPlace[], rest: string}} "1.23 ms in 4 more places; 2.00 s in 3 more idle"
 */
export function firstPlaces(rows, nBusy, nIdle) {
	const part = (left, words) => (left.length ? [`${waitTime(left.reduce((sum, { total }) =>
		sum + total, 0))} in ${left.length} more ${words}`] : []);
	const busy = rows.filter(({ idle }) => !idle), idle = rows.filter(row => row.idle);
	const rest = busy.slice(nBusy);

	return { shown: [...busy.slice(0, nBusy), ...idle.slice(0, nIdle)],
		rest: [...part(rest, rest.length === 1 ? 'place' : 'places'),
			...part(idle.slice(nIdle), 'idle')].join('; ') };
}
