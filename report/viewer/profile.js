// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of a pprof file come in; out goes the profile that all views are made of: labels (what
// a box shows), frames, stacks and samples, numbered as those of report/tree.c are named.

import { PairTable, grown } from './columns.js';
import { MODULE_BPF, MODULE_JIT, MODULE_KERNEL, MODULE_NONE } from './pprof_finish.js';
import { MODULE_USER, MODULE_VDSO } from './pprof_finish.js';
import { Frames, StackMaker, rootStacks } from './roots.js';
import { WAKER_MARK, idleClasses, isWaitFrame } from './waits.js';

/**
 * @typedef {object} Frame one function of one module, inlined or not
 * @property {number} label in labels
 * @property {string} kind one of FRAME_KINDS of roots.js
 * @property {number} module in modules; 0: none
 * @property {number} function the same for the same function; -1: a process, a thread, a note
 * @property {string} name of the function; its label may have a line besides
 * @property {string} file
 * @property {number} line where the function begins; 0: not known
 */

/**
 * What trees are made of: a profile, or what refine() leaves of one.
 * @typedef {object} Stacks
 * @property {string[]} labels number 0 is "all"; refining may add some at the end
 * @property {Frame[]} frames
 * @property {{path: string, buildId: string, kind: number}[]} modules number 0 is none
 * @property {Int32Array} stackParent a stack's outer part, which stands before it; stack 0 is empty
 * @property {Int32Array} stackFrame its innermost frame
 * @property {number} nSamples
 * @property {Int32Array} sampleStack
 * @property {Int32Array} sampleThread
 * @property {Float64Array|null} sampleTime ns since the start, where its time slice begins
 * @property {Float64Array[]} values one array for each of valueTypes
 * @property {import('./pprof_waits.js').Waits|null} waits null: all samples are of the CPU
 */

/**
 * @typedef {Stacks} Profile and further:
 * @property {{type: string, unit: string}[]} valueTypes
 * @property {number} defaultValue which of them is shown first
 * @property {number} sliceNs width of a time slice; 0: times are not known
 * @property {{pid: number, tid: number, process: string, comm: string}[]} threads
 * @property {string[]} comments
 * @property {Object<string, string>} quality the words of the quality line, by key
 * @property {number} durationNs
 * @property {number} timeNs start, since 1970; 0: not known
 * @property {string} title "" if the recording has none
 * @property {object} core stacks of functions alone and samples on them, for refine.js
 */

/** "[libc.so.6+0x1234]"; "[kernel+0x12]" for the module "[kernel]". */
function unresolvedLabel(module, hi, lo) {
	const offset = (hi ? hi.toString(16) + lo.toString(16).padStart(8, '0') : lo.toString(16));
	let name = module.path.slice(module.path.lastIndexOf('/') + 1);
	if (name.length >= 2 && name.startsWith('[') && name.endsWith(']'))
		name = name.slice(1, -1);
	return `[${name}${name && '+'}0x${offset}]`;
}

/** Folded files know no modules; what they may know is the annotation at a name's end. */
function kindByName(name) {
	if (name === '[kernel]' || name === '[user]' || name.startsWith('[below '))
		return 'note';
	if (isWaitFrame(name))
		return 'wait';
	if (name === WAKER_MARK)
		return 'waker';
	switch (name.endsWith(']') && /_\[([kijw])\]$/.exec(name)?.[1]) {
	case 'k': return 'kernel';
	case 'i': return 'inlined';
	case 'j': return 'jit';
	case 'w': return 'waker';
	}
	return 'user';
}

/** @returns {string} kind of a frame of this label in a module of this kind */
export function frameKind(moduleKind, label) {
	switch (moduleKind) {
	case MODULE_KERNEL:
	case MODULE_BPF:
		return 'kernel';
	case MODULE_JIT:
		return 'jit';
	case MODULE_NONE:
		return kindByName(label);
	}
	return 'user';
}

/** Makes the frames of locations; those that differ by address or line alone are one. */
class FrameMaker {
	constructor(tables, options) {
		this.tables = tables;
		this.options = options;
		this.frames = new Frames();
		this.known = new PairTable(); // function, module and whether inlined
		this.atLine = new PairTable(); // the same, line
		this.numbers = new Int32Array(64); // by number in known: frame
		this.functions = this.numberFunctions();
		this.unresolved = new Map(); // label: function
		/* By location: its frames are list[first[location]] and on, outermost first. */
		this.first = new Int32Array(tables.locations.n + 1);
		this.list = new Int32Array(tables.locations.n);
		this.nList = 0;
	}

	/** Two functions of a file are one if name, system name, file and line are. */
	numberFunctions() {
		const { functions, strings } = this.tables;
		const texts = new Map();
		const known = new Int32Array(strings.n); // by string: its text's number, + 1
		const names = new PairTable(functions.n), places = new PairTable(functions.n);
		const both = new PairTable(functions.n);
		const numbers = new Int32Array(functions.n);
		const textNumber = string => {
			if (!known[string]) {
				const text = strings.get(string);
				if (!texts.has(text))
					texts.set(text, texts.size);
				known[string] = texts.get(text) + 1;
			}
			return known[string] - 1;
		};
		textNumber(0);
		for (let i = 0; i < functions.n; i++) {
			const name = textNumber(functions.name[i]), system = textNumber(functions.system[i]);
			numbers[i] = both.intern(names.intern(name, system === name ? 0 : system),
				places.intern(textNumber(functions.file[i]), functions.line[i]));
		}
		this.nFunctions = both.n;
		return numbers;
	}

	push(frame) {
		if (this.nList === this.list.length)
			this.list = grown(this.list, this.nList + 1);
		this.list[this.nList++] = frame;
	}

	/** The frame of a function at a line (0: the line is not shown); describe() tells the rest. */
	add(number, module, inlined, line, describe) {
		const pair = this.atLine.intern(this.known.intern(number, 2 * module + inlined), line);
		if (pair >= this.numbers.length)
			this.numbers = grown(this.numbers, pair + 1);
		if (!this.numbers[pair]) {
			const { name, label, file, start } = describe();
			const { kind } = this.tables.modules[module];
			this.numbers[pair] = this.frames.list.push({
				label: this.frames.label(label),
				kind: inlined ? 'inlined' : frameKind(kind, label),
				module, function: number, name, file, line: start,
			}) - 1;
		}
		this.push(this.numbers[pair]);
	}

	addFunction(line, module, inlined) {
		const { functions, strings, lines } = this.tables;
		const i = lines.function[line];
		const shown = this.options.lines ? lines.line[line] : 0;
		this.add(this.functions[i], module, inlined, shown, () => {
			const name = strings.get(functions.name[i]), file = strings.get(functions.file[i]);
			const base = file.slice(file.lastIndexOf('/') + 1);
			const label = shown && base ? `${name} ${base}:${shown}` : name;
			return { name, label, file, start: functions.line[i] };
		});
	}

	/** An address without a name is a function of its own. */
	addUnresolved(module, hi, lo) {
		const name = unresolvedLabel(this.tables.modules[module], hi, lo);
		let number = this.unresolved.get(name);
		if (number === undefined) {
			number = this.nFunctions + this.unresolved.size;
			this.unresolved.set(name, number);
		}
		this.add(number, module, 0, 0, () => ({ name, label: name, file: '', start: 0 }));
	}

	addLocation(location) {
		const { locations } = this.tables;
		const from = locations.firstLine[location], to = locations.firstLine[location + 1];
		const module = locations.module[location];
		/* Innermost first there, outermost first here; the outermost is the real one. */
		for (let line = to - 1; line >= from; line--) {
			this.addFunction(line, module, line < to - 1 ? 1 : 0);
			if (this.options.noInlines)
				break;
		}
		if (from === to)
			this.addUnresolved(module, locations.hi[location], locations.lo[location]);
	}

	/** The frames of all locations. */
	make() {
		const { locations } = this.tables;
		const named = namedTwins(this.tables);
		for (let i = 0; i < locations.n; i++) {
			this.first[i] = this.nList;
			this.addLocation(named.get(i) ?? i);
		}
		this.first[locations.n] = this.nList;
	}
}

/** Of locations without a name in a file's code: the one at the same place that has one. */
function namedTwins({ locations, modules }) {
	const isOfFile = i => {
		const { kind } = modules[locations.module[i]];
		return kind === MODULE_USER || kind === MODULE_VDSO;
	};
	const key = i => `${locations.module[i]} ${locations.hi[i]} ${locations.lo[i]}`;
	const isNamed = i => locations.firstLine[i] < locations.firstLine[i + 1];
	const wanted = new Map(), twins = new Map();
	for (let i = 0; i < locations.n; i++)
		if (!isNamed(i) && isOfFile(i))
			wanted.set(key(i), -1);
	for (let i = 0; wanted.size && i < locations.n; i++)
		if (isNamed(i) && wanted.get(key(i)) === -1)
			wanted.set(key(i), i);
	for (let i = 0; wanted.size && i < locations.n; i++)
		if (!isNamed(i) && isOfFile(i) && wanted.get(key(i)) >= 0)
			twins.set(i, wanted.get(key(i)));
	return twins;
}

/** Stacks of locations become stacks of frames; `of` tells which by the stack it was. Where nothing
 * was inlined they are the same, and the columns that there are do for them. */
function frameStacks({ n, parent, location }, { first, list }) {
	if (first.every((place, i) => place === i)) {
		for (let i = 1; i < n; i++)
			location[i] = list[location[i]];
		return { n, parent, frame: location, of: null };
	}
	const maker = new StackMaker(n);
	const of = new Int32Array(n);
	for (let i = 1; i < n; i++) {
		const end = first[location[i] + 1];
		let stack = of[parent[i]];
		for (let at = first[location[i]]; at < end; at++)
			stack = maker.add(stack, list[at]);
		of[i] = stack;
	}
	return { n: maker.n, parent: maker.parent, frame: maker.frame, of };
}

/** The text after "KEY: " of each comment that begins so. */
function commentTexts(comments, key) {
	return comments.filter(text => text.startsWith(`${key}:`))
		.map(text => text.slice(key.length + 1).replace(/^ /, ''));
}

function qualityOf(comments) {
	const quality = Object.create(null);
	for (const word of (commentTexts(comments, 'quality')[0] || '').split(' ')) {
		const at = word.indexOf('=');
		if (at > 0)
			quality[word.slice(0, at)] = word.slice(at + 1);
	}
	return quality;
}

/**
 * @param {import('./pprof.js').RawProfile} raw its stacks are used up: they become the profile's
 * @param {{perPid?: boolean, noInlines?: boolean, lines?: boolean}} [options] of the command line
 * @returns {Profile}
 */
export function profileOf(raw, options = {}) {
	const { tables, samples, threads } = raw;
	const maker = new FrameMaker(tables, options);
	maker.make();
	const { frames } = maker;
	const { of, ...stacks } = frameStacks(raw.stacks, maker);
	const sampleStack = of ? samples.stack.map(stack => of[stack]) : samples.stack;
	const idle = idleClasses(samples.waits);
	const core = { ...stacks, sampleStack, sampleUnwind: samples.unwind, sampleIdle: idle,
		frames: frames.copy(), nFunctions: maker.nFunctions, perPid: Boolean(options.perPid) };
	const rooted = rootStacks(frames, stacks, threads, { n: samples.n, stack: sampleStack,
		thread: samples.thread, unwind: samples.unwind, idle },
	{ perPid: core.perPid });
	const waits = samples.waits && { ...samples.waits, stack: sampleStack,
		unwind: samples.unwind };
	const titles = commentTexts(tables.comments, 'title');
	return {
		labels: frames.labels, frames: frames.list, modules: tables.modules,
		...rooted,
		nSamples: samples.n, sampleThread: samples.thread, sampleTime: samples.time,
		values: samples.values, waits,
		valueTypes: tables.valueTypes, defaultValue: tables.defaultValue,
		sliceNs: tables.sliceNs, threads, comments: tables.comments,
		quality: qualityOf(tables.comments),
		durationNs: tables.durationNs, timeNs: tables.timeNs,
		title: titles.length === 1 ? titles[0] : '',
		core,
	};
}
