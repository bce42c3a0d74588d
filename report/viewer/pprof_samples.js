// SPDX-License-Identifier: GPL-2.0-or-later
// The samples of a pprof file come in, one message after the other; out go columns: stack, thread,
// what became of the stack, time, values, and those of waits.

import { PairTable } from './columns.js';
import { PprofStacks } from './pprof_stacks.js';
import { WAIT_ROLE, WaitColumns, waitRole } from './pprof_waits.js';
import { WIRE_BYTES, Wire } from './wire.js';

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
/** There was no user stack: of a kernel thread, for one. */
export const UNWIND_KERNEL_ONLY = 2;

/** Reads the samples, into columns. Locations and threads are numbers here. */
export class PprofSamples {
	constructor(wire, tables, expected) {
		this.wire = wire;
		this.tables = tables;
		this.n = 0;
		this.stack = new Int32Array(expected);
		this.thread = new Int32Array(expected);
		this.unwind = new Uint8Array(expected);
		this.waits = new WaitColumns(tables.strings, expected);
		this.time = tables.sliceNs ? new Float64Array(expected) : null;
		this.values = tables.types.map(() => new Float64Array(expected));
		this.roles = new Map(); // of a key's string
		this.results = new Map(); // of an unwind label's string
		this.stacks = new PprofStacks(new Wire(wire.bytes), tables.locationIds,
			Math.min(2 ** 20, wire.end >> 2));
		this.from = 0; // where the locations of the sample at hand are
		this.to = 0;
		this.ids = new PairTable(); // pid, tid
		this.names = new PairTable(); // process, thread
		this.threads = new PairTable(); // both
		this.label = { pid: 0, tid: 0, process: 0, comm: 0, time: 0, unwind: 0 };
		this.last = { ...this.label, pid: -1, number: 0 };
		/* Thread 0 is the one of which nothing is known. */
		this.threadNumber();
	}

	damaged(what) {
		return new Error(`the profile is damaged: sample ${this.n + 1} ${what}`);
	}

	/** Mostly it is the thread of the sample before. */
	threadNumber() {
		const { label, last } = this;
		if (label.pid !== last.pid || label.tid !== last.tid || label.process !== last.process ||
				label.comm !== last.comm) {
			Object.assign(last, label);
			last.number = this.threads.intern(this.ids.intern(label.pid, label.tid),
				this.names.intern(label.process, label.comm));
		}
		return last.number;
	}

	take() {
		const { wire, label, tables, stacks } = this;
		const outer = wire.enter();
		let nValues = 0, nLocations = 0;
		this.from = this.to = 0;
		label.pid = label.tid = label.process = label.comm = label.time = label.unwind = 0;
		while (wire.next()) {
			if (wire.field === 1)
				nLocations = this.takeLocations(nLocations);
			else if (wire.field === 2)
				nValues = this.takeValues(nValues);
			else if (wire.field === 3 && wire.wire === WIRE_BYTES)
				this.takeLabel();
		}
		wire.leave(outer);
		if (nValues !== this.values.length)
			throw this.damaged('has fewer values than the profile has kinds');
		this.stack[this.n] = nLocations ? stacks.takeRead(nLocations)
			: stacks.take(this.from, this.to);
		this.thread[this.n] = this.threadNumber();
		this.unwind[this.n] = label.unwind;
		if (this.waits.touched)
			this.waits.finish(this.n);
		if (this.time && label.time > 0)
			this.time[this.n] = label.time - label.time % tables.sliceNs;
		this.n++;
	}

	/** Repeated numbers come packed or one by one. Packed and in one place, as they are but for
	 * other people's files, they are left where they are; returns how many are not. */
	takeLocations(n) {
		const { wire, stacks } = this;
		if (wire.wire === WIRE_BYTES && !n && this.from === this.to) {
			({ from: this.from, to: this.to } = wire);
			return 0;
		}
		n = stacks.read(this.from, this.to, n);
		this.from = this.to = 0;
		return wire.wire === WIRE_BYTES ? stacks.read(wire.from, wire.to, n)
			: stacks.readOne(wire.hi, wire.lo, n);
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
		const role = this.roleOf(key);
		switch (role) {
		case 1: label.pid = id; break;
		case 2: label.tid = id; break;
		case 3: label.process = string; break;
		case 4: label.comm = string; break;
		case 5: label.time = number; break;
		case 6: label.unwind = this.resultOf(string, label.unwind); break;
		}
		if (role >= WAIT_ROLE)
			this.waits.take(role, string, number);
	}

	roleOf(key) {
		let role = this.roles.get(key);
		if (role === undefined) {
			const name = this.tables.strings.get(key);
			role = PPROF_LABELS.get(name) || waitRole(name);
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
