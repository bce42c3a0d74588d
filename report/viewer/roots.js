// SPDX-License-Identifier: GPL-2.0-or-later
// Stacks of functions come in, and whose each sample is; out go stacks that begin with the process
// (with `threads` also the thread) and, where they are not whole, with "[incomplete: reason]"; an
// idle wait's is "[idle]" and its class alone: the same as report/tree_items.c makes them.

import { grown } from './columns.js';
import { UNWIND_INCOMPLETE, UNWIND_NAMES } from './pprof_samples.js';
import { WAIT_CLASSES } from './waits.js';

/** enum frame_kind of report/tree.h: the plainer one first. */
export const FRAME_KINDS = ['root', 'user', 'inlined', 'kernel', 'jit', 'waker', 'note', 'wait'];

/** Texts by number, each once; number 0 is "all". It only grows, so that copies can share it. */
class LabelTable {
	constructor() {
		this.texts = [];
		this.numbers = new Map();
		this.number('all');
	}

	number(text) {
		let number = this.numbers.get(text);
		if (number === undefined) {
			number = this.texts.push(text) - 1;
			this.numbers.set(text, number);
		}
		return number;
	}
}

const IDLE_FUNCTION = 2 ** 30; // there are not that many others

/** Frames (see Frame of profile.js) that can be added to; number 0 is the root. */
export class Frames {
	constructor() {
		this.table = new LabelTable();
		this.roots = new Map();
		this.list = [];
		this.root('root', 'all');
	}

	/** @returns {Frames} one to add to, which leaves this as it is */
	copy() {
		const frames = new Frames();
		frames.table = this.table;
		frames.list = this.list.slice();
		frames.roots = new Map(this.roots);
		return frames;
	}

	get labels() {
		return this.table.texts;
	}

	label(text) {
		return this.table.number(text);
	}

	/** A frame that is in no file: of a process, a thread, a note, an idle wait. */
	root(kind, text) {
		const key = kind + text;
		let number = this.roots.get(key);
		if (number === undefined) {
			number = this.list.push({ label: this.label(text), kind, module: 0,
				function: kind === 'wait' ? IDLE_FUNCTION : -1, name: text, file: '', line: 0 }) - 1;
			this.roots.set(key, number);
		}
		return number;
	}
}

/** "NAME (ID)". */
export function taskLabel(name, id) {
	return name ? `${name} (${id})` : `(${id})`;
}

/** What the stacks of a thread of this sort begin with: frames' numbers. */
function rootFrames(frames, thread, sort, options) {
	const path = [];
	const idle = sort >= UNWIND_NAMES.length ? WAIT_CLASSES[sort - UNWIND_NAMES.length] : '';
	const merged = idle === 'kernel thread' && !options.threads && !(options.perPid && thread.pid);
	if (merged)
		path.push(frames.root('root', '[kernel threads]'));
	else if (options.perPid && thread.pid)
		path.push(frames.root('root', taskLabel(thread.process, thread.pid)));
	else if (thread.process)
		path.push(frames.root('root', thread.process));
	if (options.threads && thread.tid)
		path.push(frames.root('root', taskLabel(thread.comm, thread.tid)));
	if (idle)
		path.push(frames.root('wait', '[idle]'), frames.root('wait', `[${idle}]`));
	else if (sort >= UNWIND_INCOMPLETE)
		path.push(frames.root('note', `[incomplete: ${UNWIND_NAMES[sort]}]`));
	return path;
}

/* One location of many inlined frames at the end of every stack, or one stack under many threads,
 * would come to more than fits into memory. */
const ROOTS_MOST_STACKS = 2 ** 24;

/** Stacks that are being put together: each a frame and its outer part, which stands before it. */
export class StackMaker {
	constructor(expected) {
		this.n = 1; // stack 0 is empty
		this.parent = new Int32Array(Math.max(1, expected));
		this.frame = new Int32Array(Math.max(1, expected));
	}

	/** Makes room for n more. */
	reserve(n) {
		this.parent = grown(this.parent, this.n + n);
		this.frame = grown(this.frame, this.n + n);
	}

	add(parent, frame) {
		if (this.n >= this.parent.length) {
			if (this.n >= ROOTS_MOST_STACKS)
				throw new Error(`the profile has more than ${ROOTS_MOST_STACKS} different ` +
					'stacks, counting those of each thread');
			this.parent = grown(this.parent, this.n + 1);
			this.frame = grown(this.frame, this.n + 1);
		}
		this.parent[this.n] = parent;
		this.frame[this.n] = frame;
		return this.n++;
	}
}

/** For each sample the stack that its own begins from; those are the first to be made. */
function findRoots(maker, frames, threads, samples, options) {
	const known = new Map(); // path of frames: stack
	const sorts = UNWIND_NAMES.length + WAIT_CLASSES.length;
	const ofThread = new Int32Array(threads.length * sorts).fill(-1);
	const root = new Int32Array(samples.n);
	for (let i = 0; i < samples.n; i++) {
		const idle = samples.idle ? samples.idle[i] : 0;
		const sort = idle ? UNWIND_NAMES.length + idle - 1 : samples.unwind[i];
		const key = samples.thread[i] * sorts + sort;
		if (ofThread[key] < 0) {
			let stack = 0, path = '';
			for (const frame of rootFrames(frames, threads[samples.thread[i]], sort,
				options)) {
				path += `${frame} `;
				if (!known.has(path))
					known.set(path, maker.add(stack, frame));
				stack = known.get(path);
			}
			ofThread[key] = stack;
		}
		root[i] = ofThread[key];
	}
	return root;
}

/** The samples of each root together, in their order. */
function groupSamples(root, nRoots) {
	const starts = new Int32Array(nRoots + 1);
	const order = new Int32Array(root.length);
	for (let i = 0; i < root.length; i++)
		starts[root[i] + 1]++;
	for (let i = 0; i < nRoots; i++)
		starts[i + 1] += starts[i];
	for (let i = 0; i < root.length; i++)
		order[starts[root[i]]++] = i;
	return order;
}

/** All stacks beneath one root: those of functions stand behind the root's as they are. */
function shiftStacks(maker, stacks, samples, root) {
	const shift = maker.n - 1, n = stacks.n + shift;
	if (!shift)
		return { stackParent: stacks.parent.subarray(0, n), stackFrame: stacks.frame.subarray(0, n),
			sampleStack: samples.stack };
	const stackParent = new Int32Array(n), stackFrame = new Int32Array(n);
	const sampleStack = new Int32Array(samples.n);
	stackParent.set(maker.parent.subarray(0, maker.n));
	stackFrame.set(maker.frame.subarray(0, maker.n));
	stackFrame.set(stacks.frame.subarray(1, stacks.n), maker.n);
	for (let i = 1; i < stacks.n; i++)
		stackParent[i + shift] = stacks.parent[i] ? stacks.parent[i] + shift : root;
	for (let i = 0; i < samples.n; i++)
		sampleStack[i] = samples.stack[i] ? samples.stack[i] + shift : root;
	return { stackParent, stackFrame, sampleStack };
}

/** All stacks once for each root that they are seen beneath. */
function placeStacks(maker, stacks, samples, root) {
	const order = groupSamples(root, maker.n);
	const sampleStack = new Int32Array(samples.n);
	/* Where a stack is under the root at hand, and the root for which that holds. */
	const placed = new Int32Array(stacks.n), placedRoot = new Int32Array(stacks.n).fill(-1);
	let path = new Int32Array(256);
	for (let k = 0; k < order.length; k++) {
		const i = order[k], from = root[i];
		let stack = samples.stack[i], n = 0;
		while (stack && placedRoot[stack] !== from) {
			if (n === path.length)
				path = grown(path, n + 1);
			path[n++] = stack;
			stack = stacks.parent[stack];
		}
		let at = stack ? placed[stack] : from;
		while (n > 0) {
			stack = path[--n];
			at = maker.add(at, stacks.frame[stack]);
			placed[stack] = at;
			placedRoot[stack] = from;
		}
		sampleStack[i] = at;
	}
	return { stackParent: maker.parent.subarray(0, maker.n),
		stackFrame: maker.frame.subarray(0, maker.n), sampleStack };
}

/**
 * @param {Frames} frames roots are added to
 * @param {{n: number, parent: Int32Array, frame: Int32Array}} stacks of functions alone
 * @param {{pid: number, tid: number, process: string, comm: string}[]} threads
 * @param {{n: number, stack: Int32Array, thread: Int32Array, unwind: Uint8Array,
 *     idle: Uint8Array|null}} samples
 * @param {{threads?: boolean, perPid?: boolean, showIdle?: boolean}} options
 * @returns {{stackParent: Int32Array, stackFrame: Int32Array, sampleStack: Int32Array}}
 */
export function rootStacks(frames, stacks, threads, samples, options) {
	if (samples.idle && options.showIdle)
		return rootStacks(frames, stacks, threads, { ...samples, idle: null }, options);
	if (samples.idle)
		samples = { ...samples, stack: samples.stack.map((stack, i) =>
			(samples.idle[i] ? 0 : stack)) };
	const maker = new StackMaker(64);
	const root = findRoots(maker, frames, threads, samples, options);
	if (root.every(stack => stack === root[0]))
		return shiftStacks(maker, stacks, samples, root[0]);
	maker.reserve(stacks.n);
	return placeStacks(maker, stacks, samples, root);
}
