// SPDX-License-Identifier: GPL-2.0-or-later
// Chips come in, and out goes what they leave of the profile: the same words and the same meaning
// as the options of report/refine.c. What changes stacks is done first and kept from call to call,
// so that choosing samples alone (a drag over time) is quick.

import { compilePattern } from './pattern.js';
import { frameKind } from './profile.js';
import { StackMaker, rootStacks, taskLabel } from './roots.js';
import { WAIT_CLASSES, waitClassName } from './waits.js';
import { valueOfType } from './waitstats.js';
import { WaitTimes, cutWaits } from './waittime.js';

/**
 * @typedef {object} Chip
 * @property {'focus'|'ignore'|'hide'|'comm'|'thread'|'class'|'remove'} op focus: samples with a
 *     frame for each of them; ignore: without a frame for any; hide: frames to leave out; comm,
 *     thread: of a process, a thread "comm" or "comm (id)", any of them; class: waits of one
 *     ("lock"), on the CPU is "running"; remove: without stacks that begin so
 * @property {string} [text] regular expression, anywhere in the name; of remove: labels from below
 *     the root on, joined by ';', in the tree that is shown, so with the other chips and options
 * @property {string[]} [path] of remove, instead of text: labels as of pathOf()
 */

/**
 * @typedef {object} RefineOptions
 * @property {boolean} [threads] "thread (tid)" beneath the process
 * @property {boolean} [byModule] frames of one module that follow each other are one
 * @property {boolean} [collapse] of one function that calls itself, too
 * @property {boolean} [showIdle] idle waits with their whole stacks
 * @property {boolean} [noIdle] without idle waits; the time in the run queue after them stays
 * @property {[number, number]|null} [time] ns since the start, [from, until); means nothing where
 *     times are not known
 */

const REFINE_MOST_FOCUS = 29;
const REFINE_OF_COMM = 1 << 29; // where a file knows no processes: the outermost frame is one
const REFINE_IGNORED = 1 << 30;

/** The expressions of the chips of one sort; those that are none are put aside. */
function compileChips(chips, op, bad) {
	const patterns = [];
	for (const chip of chips) {
		if (chip.op !== op)
			continue;
		try {
			patterns.push(compilePattern(chip.text));
		} catch (error) {
			bad.push(chip);
		}
	}
	return patterns;
}

function matchesAny(patterns, text) {
	return patterns.some(pattern => pattern.test(text));
}

/** By frame: bit i for focus number i, whether it is ignored, whether a process could be meant. */
function flagFrames(frames, { focus, ignore, comm }) {
	return Int32Array.from(frames, ({ name, function: number }) => {
		let flags = 0;
		if (number < 0)
			return 0;
		for (let i = 0; i < focus.length; i++)
			flags |= focus[i].test(name) ? 1 << i : 0;
		if (matchesAny(ignore, name))
			flags |= REFINE_IGNORED;
		if (matchesAny(comm, name))
			flags |= REFINE_OF_COMM;
		return flags;
	});
}

/** By stack: what is found in any of its frames, of a process' name only in the outermost. */
function flagStacks(core, patterns) {
	const ofFrame = flagFrames(core.frames.list, patterns);
	const flags = new Int32Array(core.n);
	for (let i = 1; i < core.n; i++) {
		const own = ofFrame[core.frame[i]];
		flags[i] = flags[core.parent[i]] | (core.parent[i] ? own & ~REFINE_OF_COMM : own);
	}
	return flags;
}

/** "comm" or "comm (id)": one of them has to match. */
function matchesTask(patterns, name, id) {
	return !patterns.length || matchesAny(patterns, name) ||
		matchesAny(patterns, name ? taskLabel(name, id) : ` (${id})`);
}

/** What each frame becomes: its number in the new frames, or -1. */
function changeFrames(core, frames, hide, byModule, modules) {
	const ofModule = new Map();
	const moduleFrame = number => {
		const { path, kind } = modules[number];
		const name = /[^/]*$/.exec(path)[0] || path || '[no module]';
		if (!ofModule.has(number))
			ofModule.set(number, frames.list.push({ label: frames.label(name),
				kind: frameKind(kind, name), module: number,
				function: core.nFunctions + frames.list.length, name, file: '', line: 0 }) - 1);
		return ofModule.get(number);
	};
	return Int32Array.from(core.frames.list, ({ name, module, function: number }, i) => {
		if (number < 0)
			return i;
		if (matchesAny(hide, name))
			return -1;
		/* A folded file knows no modules: its frames stay what they are. */
		return byModule && (module || number >= core.nFunctions) ? moduleFrame(module) : i;
	});
}

/**
 * By new frame: a number that is the same for the same function, and for modules of one name; a
 * function that is known by that name alone is one of them. -1: an address, which is like no other.
 */
function functionsOf(core, frames) {
	const nOld = core.frames.list.length;
	const ofModule = new Map();
	for (let i = nOld; i < frames.list.length; i++)
		ofModule.set(frames.list[i].name, core.nFunctions + i);
	return Int32Array.from(frames.list, ({ name, function: number, file, line }, i) => {
		const isNameAlone = i >= nOld || number >= 0 && !file && !line;
		if (isNameAlone && ofModule.has(name))
			return ofModule.get(name);
		return number < core.nFunctions ? number : -1;
	});
}

/** Stacks without the frames that are left out. `of` is by the stack it was. */
function changeStacks(core, frames, hide, { byModule, collapse }, modules) {
	const newFrame = changeFrames(core, frames, hide, byModule, modules);
	const functions = functionsOf(core, frames);
	const nOld = core.frames.list.length;
	const maker = new StackMaker(core.n);
	const of = new Int32Array(core.n);
	const innermost = new Int32Array(core.n).fill(-1); // by new stack: its function
	for (let i = 1; i < core.n; i++) {
		const outer = of[core.parent[i]], frame = newFrame[core.frame[i]];
		const repeats = frame >= 0 && functions[frame] >= 0 &&
			functions[frame] === innermost[outer] && (collapse || frame >= nOld);
		if (frame < 0 || repeats) {
			of[i] = outer;
		} else {
			of[i] = maker.add(outer, frame);
			innermost[of[i]] = functions[frame];
		}
	}
	return { n: maker.n, parent: maker.parent, frame: maker.frame, of };
}

const restructured = new WeakMap();

/** All samples with their stacks changed as the chips ask: kept until that is asked differently. */
function restructure(profile, hide, options) {
	const { threads = false, byModule = false, collapse = false, showIdle = false } = options;
	const key = JSON.stringify([hide.map(String), threads, byModule, collapse, showIdle]);
	const last = restructured.get(profile);
	if (!hide.length && !threads && !byModule && !collapse && !showIdle)
		return profile;
	if (last && last.key === key)
		return last.stacks;
	const { core } = profile;
	const frames = core.frames.copy();
	let { sampleStack } = core, changed = core;
	if (hide.length || byModule || collapse) {
		changed = changeStacks(core, frames, hide, options, profile.modules);
		sampleStack = sampleStack.map(stack => changed.of[stack]);
	}
	const stacks = { ...profile, labels: frames.labels, frames: frames.list,
		changed: changed === core ? null : { ...changed, frames },
		...rootStacks(frames, changed, profile.threads, { n: profile.nSamples,
			stack: sampleStack, thread: profile.sampleThread, unwind: core.sampleUnwind,
			idle: core.sampleIdle },
		{ threads, perPid: core.perPid, showIdle }) };
	restructured.set(profile, { key, stacks });
	return stacks;
}

/** Where in a path the next label begins, if this one is at a place of it; else -1. */
function agreeFurther(path, at, label) {
	const end = at + label.length;
	return path.startsWith(label, at) && (end === path.length || path[end] === ';') ? end + 1 : -1;
}

/** By stack: 1 for those that begin with one of the paths (labels joined by ';'). */
export function stacksOfPaths({ stackParent, stackFrame, frames, labels }, paths) {
	const inside = new Uint8Array(stackParent.length);
	const agreed = new Int32Array(stackParent.length); // letters of the path; -1: it is another
	for (const path of paths) {
		for (let i = 1; i < stackParent.length; i++) {
			const before = agreed[stackParent[i]];
			agreed[i] = before < 0 || before > path.length ? before
				: agreeFurther(path, before, labels[frames[stackFrame[i]].label]);
			/* Behind the last letter, where another ';' would be. */
			if (agreed[i] > path.length)
				inside[i] = 1;
		}
	}
	return inside;
}

/** Adds a test of samples by what is in their stacks. */
function addFrameTests(tests, profile, patterns) {
	const { core, sampleThread } = profile;
	const byComm = patterns.comm.length > 0;
	if (patterns.focus.length + patterns.ignore.length + patterns.comm.length === 0)
		return;
	const flags = flagStacks(core, patterns);
	const wanted = 2 ** patterns.focus.length - 1;
	const chosen = Uint8Array.from(profile.threads, ({ process, pid }) =>
		(matchesTask(patterns.comm, process, pid) ? 1 : process ? 0 : 2));
	tests.push(i => {
		const found = flags[core.sampleStack[i]];
		return (found & wanted) === wanted && !(found & REFINE_IGNORED) &&
			(!byComm || chosen[sampleThread[i]] === 1 ||
			chosen[sampleThread[i]] === 2 && (found & REFINE_OF_COMM) !== 0);
	});
}

/** Functions that each say of a sample's number whether it stays. */
function sampleTests(profile, stacks, chips, patterns, time) {
	const { sampleTime, sampleThread } = profile;
	const tests = [];
	const paths = chips.filter(({ op }) => op === 'remove')
		.map(({ path, text }) => (path ? path.join(';') : text)).filter(Boolean);
	addFrameTests(tests, profile, patterns);
	if (patterns.thread.length) {
		const chosen = profile.threads.map(({ comm, tid }) =>
			matchesTask(patterns.thread, comm, tid));
		tests.push(i => chosen[sampleThread[i]]);
	}
	if (patterns.class.length) {
		const { waits } = profile;
		const chosen = Array.from({ length: WAIT_CLASSES.length + 1 }, (_, number) =>
			matchesAny(patterns.class, waitClassName(number)));
		tests.push(i => chosen[waits ? waits.class[i] : 0]);
	}
	if (time && sampleTime) {
		const times = new WaitTimes(profile);
		tests.push(i => times.within(i, time[0], time[1]) !== 0);
	}
	if (paths.length) {
		const removed = stacksOfPaths(stacks, paths);
		tests.push(i => !removed[stacks.sampleStack[i]]);
	}
	return tests;
}

/** A column's items of some samples. */
function pick(column, numbers) {
	const picked = new column.constructor(numbers.length);
	for (let i = 0; i < numbers.length; i++)
		picked[i] = column[numbers[i]];
	return picked;
}

function pickWaits(waits, numbers) {
	return Object.fromEntries(Object.entries(waits).map(([key, column]) =>
		[key, key === 'objects' ? column : pick(column, numbers)]));
}

/** The numbers of samples that all tests let stay. */
function choose(nSamples, tests) {
	const numbers = new Int32Array(nSamples);
	let n = 0;
	for (let i = 0; i < nSamples; i++) {
		let stays = true;
		for (let test = 0; stays && test < tests.length; test++)
			stays = tests[test](i);
		if (stays)
			numbers[n++] = i;
	}
	return numbers.subarray(0, n);
}

function keepSamples(stacks, kept) {
	if (kept.length === stacks.nSamples)
		return stacks;
	return { ...stacks, nSamples: kept.length, sampleStack: pick(stacks.sampleStack, kept),
		sampleThread: pick(stacks.sampleThread, kept),
		sampleTime: stacks.sampleTime && pick(stacks.sampleTime, kept),
		values: stacks.values.map(values => pick(values, kept)),
		waits: stacks.waits && pickWaits(stacks.waits, kept) };
}

/** A wait that reaches beyond the time asked for counts with what is within it. */
function keepParts(profile, stacks, kept, time) {
	const samples = keepSamples(stacks, kept);
	const cut = time && profile.sampleTime ? cutWaits(profile, kept, time) : null;
	if (!cut)
		return samples;
	const { values, bucket, longest } = cut;
	return { ...samples, values, waits: { ...samples.waits, bucket, longest } };
}

/** Without idle waits, and the ns of these; that a thread waited for a CPU after one is not idle,
 * as idleClasses() of waits.js has it. `kept` is by place in samples. */
function leaveIdleOut(profile, samples, kept) {
	const { sampleIdle } = profile.core;
	const blocked = samples.values[valueOfType(profile, 'blocked')];
	const isIdle = k => sampleIdle !== null && sampleIdle[kept[k]] !== 0;
	let idleLeftOut = 0;
	const left = choose(kept.length, [k => {
		if (isIdle(k) && blocked)
			idleLeftOut += blocked[k];
		return !isIdle(k);
	}]);
	return { ...keepSamples(samples, left), idleLeftOut };
}

/**
 * @param {import('./profile.js').Profile} profile
 * @param {Chip[]} chips
 * @param {RefineOptions} [options]
 * @returns {import('./profile.js').Stacks & {badChips: Chip[], idleLeftOut: number}} further
 *     badChips: those whose text is no regular expression; they change nothing; and the ns of the
 *     idle waits that were left out
 */
export function refine(profile, chips, options = {}) {
	const badChips = [];
	const patterns = {};
	for (const op of ['focus', 'ignore', 'hide', 'comm', 'thread', 'class'])
		patterns[op] = compileChips(chips, op, badChips);
	if (patterns.focus.length > REFINE_MOST_FOCUS)
		patterns.focus.length = REFINE_MOST_FOCUS;
	const stacks = restructure(profile, patterns.hide, options);
	const tests = sampleTests(profile, stacks, chips, patterns, options.time);
	const kept = choose(stacks.nSamples, tests);
	const samples = keepParts(profile, stacks, kept, options.time);
	return { idleLeftOut: 0, ...options.noIdle ? leaveIdleOut(profile, samples, kept) : samples,
		badChips };
}
