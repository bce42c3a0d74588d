// SPDX-License-Identifier: GPL-2.0-or-later
// The bytes of a pprof file (profile.proto, unpacked), anyone's, come in; out go its tables and its
// samples, as report/pprof_read.c reads them. The bytes are walked twice: first for the tables,
// then for the samples, since what samples refer to may come last.

import { PairTable, grown } from './columns.js';
import { PprofTables } from './pprof_tables.js';
import { WIRE_BYTES, Wire } from './wire.js';

const PPROF_SAMPLE = 2;
const PPROF_MOST_ITEMS = 2 ** 24; // stacks; samples
const PPROF_FREE_ITEMS = 2 ** 20; // stacks that may be there more than once

/** What a label may tell; other tools' names for it too. */
const PPROF_LABELS = new Map([
	['pid', 1], ['process_id', 1],
	['tid', 2], ['thread_id', 2],
	['comm', 3], ['process_name', 3],
	['thread', 4], ['thread_comm', 4], ['thread_name', 4],
	['time', 5],
	['unwind', 6],
]);

/** What became of a sample's user stack: the names of report/profile.c, in their order. */
export const UNWIND_NAMES = ['unknown', 'whole', 'kernel only', 'omitted', 'frame pointer', 'depth',
	'unreadable', 'no registers', 'no table', 'unmapped address', 'unsupported rule',
	'bad frame address', 'copy too short', 'over copy budget', 'copy lost', 'lost'];
/** This one and those after it: there was a stack, but not to its proved end. */
export const UNWIND_INCOMPLETE = 4;

/**
 * Stacks, each a location and its outer part. Equal ones may be there twice, as they are merged by
 * name in the end; only where they become too many, that is looked after here.
 */
class SampleStacks {
	constructor(expected) {
		this.n = 1;
		this.parent = new Int32Array(expected);
		this.location = new Int32Array(expected);
		this.pairs = null;
		this.ofPair = new Int32Array(0); // stack by number in pairs
	}

	add(parent, location) {
		if (this.n >= PPROF_FREE_ITEMS)
			return this.find(parent, location);
		return this.append(parent, location);
	}

	append(parent, location) {
		if (this.n >= this.parent.length) {
			this.parent = grown(this.parent, this.n + 1);
			this.location = grown(this.location, this.n + 1);
		}
		this.parent[this.n] = parent;
		this.location[this.n] = location;
		return this.n++;
	}

	find(parent, location) {
		if (!this.pairs)
			this.index();
		const pair = this.pairs.intern(parent, location);
		this.ofPair = grown(this.ofPair, pair + 1);
		if (!this.ofPair[pair]) {
			if (this.n > PPROF_MOST_ITEMS)
				throw new Error(`the profile has more than ${PPROF_MOST_ITEMS} ` +
					'different stack frames');
			this.ofPair[pair] = this.append(parent, location);
		}
		return this.ofPair[pair];
	}

	index() {
		this.pairs = new PairTable(2 * this.n);
		this.ofPair = new Int32Array(2 * this.n);
		for (let i = 1; i < this.n; i++) {
			const pair = this.pairs.intern(this.parent[i], this.location[i]);
			this.ofPair[pair] = this.ofPair[pair] || i;
		}
	}
}

/** Reads the samples, into columns. Locations and threads are numbers here. */
class PprofSamples {
	constructor(wire, tables, expected) {
		this.wire = wire;
		this.tables = tables;
		this.n = 0;
		this.stack = new Int32Array(expected);
		this.thread = new Int32Array(expected);
		this.unwind = new Uint8Array(expected);
		this.time = tables.sliceNs ? new Float64Array(expected) : null;
		this.values = tables.types.map(() => new Float64Array(expected));
		this.roles = new Map(); // of a key's string
		this.results = new Map(); // of an unwind label's string
		this.stacks = new SampleStacks(Math.min(2 ** 20, wire.end >> 3));
		this.now = { n: 0, locations: new Int32Array(256), stacks: new Int32Array(256) };
		this.before = { n: 0, locations: new Int32Array(256), stacks: new Int32Array(256) };
		this.ids = new PairTable(); // pid, tid
		this.names = new PairTable(); // process, thread
		this.threads = new PairTable(); // both
		this.label = { pid: 0, tid: 0, process: 0, comm: 0, time: 0, unwind: 0 };
		/* Thread 0 is the one of which nothing is known. */
		this.threadNumber();
	}

	damaged(what) {
		return new Error(`the profile is damaged: sample ${this.n + 1} ${what}`);
	}

	threadNumber() {
		const { pid, tid, process, comm } = this.label;
		return this.threads.intern(this.ids.intern(pid, tid), this.names.intern(process, comm));
	}

	take() {
		const { wire, label, tables } = this;
		const outer = wire.enter();
		let nValues = 0;
		this.now.n = 0;
		label.pid = label.tid = label.process = label.comm = label.time = label.unwind = 0;
		while (wire.next()) {
			if (wire.field === 1)
				this.takeLocations();
			else if (wire.field === 2)
				nValues = this.takeValues(nValues);
			else if (wire.field === 3 && wire.wire === WIRE_BYTES)
				this.takeLabel();
		}
		wire.leave(outer);
		if (nValues !== this.values.length)
			throw this.damaged('has fewer values than the profile has kinds');
		this.stack[this.n] = this.internStack();
		this.thread[this.n] = this.threadNumber();
		this.unwind[this.n] = label.unwind;
		if (this.time && label.time > 0)
			this.time[this.n] = label.time - label.time % tables.sliceNs;
		this.n++;
		[this.now, this.before] = [this.before, this.now];
	}

	/** Repeated numbers come packed or one by one. */
	takeLocations() {
		const { wire } = this;
		if (wire.wire !== WIRE_BYTES) {
			this.addLocation();
			return;
		}
		const outer = wire.enter();
		while (wire.at < wire.end) {
			wire.varint();
			this.addLocation();
		}
		wire.leave(outer);
	}

	addLocation() {
		const { now, wire } = this;
		const number = this.tables.locationIds.find(wire.hi, wire.lo);
		if (number < 0)
			throw this.damaged('names a location that is not there');
		if (now.n === now.locations.length) {
			now.locations = grown(now.locations, now.n + 1);
			now.stacks = grown(now.stacks, now.locations.length);
		}
		now.locations[now.n++] = number;
	}

	takeValues(n) {
		const { wire } = this;
		if (wire.wire !== WIRE_BYTES)
			return this.addValue(n);
		const outer = wire.enter();
		while (wire.at < wire.end) {
			wire.varint();
			n = this.addValue(n);
		}
		wire.leave(outer);
		return n;
	}

	addValue(n) {
		if (n >= this.values.length)
			throw this.damaged('has more values than the profile has kinds');
		this.values[n][this.n] = this.wire.signed();
		return n + 1;
	}

	takeLabel() {
		const { wire, label } = this;
		const { strings } = this.tables;
		const outer = wire.enter();
		let key = 0, string = 0, number = 0;
		while (wire.next()) {
			if (wire.field === 1)
				key = wire.unsigned();
			else if (wire.field === 2)
				string = wire.unsigned();
			else if (wire.field === 3)
				number = wire.signed();
		}
		wire.leave(outer);
		strings.check(string);
		const id = number > 0 && number <= 0x7fffffff ? number : 0;
		switch (this.roleOf(key)) {
		case 1: label.pid = id; break;
		case 2: label.tid = id; break;
		case 3: label.process = string; break;
		case 4: label.comm = string; break;
		case 5: label.time = number; break;
		case 6: label.unwind = this.resultOf(string, label.unwind); break;
		}
	}

	roleOf(key) {
		let role = this.roles.get(key);
		if (role === undefined) {
			role = PPROF_LABELS.get(this.tables.strings.get(key)) || 0;
			this.roles.set(key, role);
		}
		return role;
	}

	/** What is none of the words changes nothing. */
	resultOf(string, before) {
		let result = this.results.get(string);
		if (result === undefined) {
			result = UNWIND_NAMES.indexOf(this.tables.strings.get(string));
			this.results.set(string, result);
		}
		return result < 0 ? before : result;
	}

	/** The outer part that it shares with the sample before costs no look-up: files list similar
	 * stacks next to each other. */
	internStack() {
		const { now, before, stacks } = this;
		let stack = 0, left = now.n, other = before.n;
		while (left && other && now.locations[left - 1] === before.locations[other - 1]) {
			left--;
			other--;
			stack = now.stacks[left] = before.stacks[other];
		}
		while (left > 0) {
			left--;
			stack = now.stacks[left] = stacks.add(stack, now.locations[left]);
		}
		return stack;
	}

	listThreads() {
		const { strings } = this.tables;
		const { threads, ids, names } = this;
		const list = [];
		for (let i = 0; i < threads.n; i++) {
			const id = threads.a[i], name = threads.b[i];
			list.push({ pid: ids.a[id], tid: ids.b[id], process: strings.get(names.a[name]),
				comm: strings.get(names.b[name]) });
		}
		return list;
	}
}

/**
 * @typedef {object} RawProfile
 * @property {PprofTables} tables strings, modules, functions, locations, comments, kinds of values
 * @property {{n: number, parent: Int32Array, location: Int32Array}} stacks stack 0 is empty; each
 *     stands behind its outer part
 * @property {object} samples columns n, stack, thread, unwind, time (or null), values
 * @property {{pid: number, tid: number, process: string, comm: string}[]} threads
 */

/**
 * @param {Uint8Array} bytes unpacked
 * @returns {RawProfile}
 * @throws {Error} that tells what is wrong with a damaged file
 */
export function readPprof(bytes) {
	const tables = new PprofTables(bytes);
	let wire = new Wire(bytes);
	let nSamples = 0;
	while (wire.next()) {
		if (wire.field !== PPROF_SAMPLE)
			tables.take(wire);
		else if (wire.wire === WIRE_BYTES)
			nSamples++;
	}
	if (nSamples > PPROF_MOST_ITEMS)
		throw new Error(`the profile has more than ${PPROF_MOST_ITEMS} samples`);
	tables.finish();
	wire = new Wire(bytes);
	const samples = new PprofSamples(wire, tables, nSamples);
	while (wire.next())
		if (wire.field === PPROF_SAMPLE && wire.wire === WIRE_BYTES)
			samples.take();
	const { n, stack, thread, unwind, time, values, stacks } = samples;
	return { tables,
		stacks: { n: stacks.n, parent: stacks.parent, location: stacks.location },
		samples: { n, stack, thread, unwind, time, values }, threads: samples.listThreads() };
}
