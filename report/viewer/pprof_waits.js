// SPDX-License-Identifier: GPL-2.0-or-later
// The labels of a sample that is a phase of waiting come in; out go columns: class, flags, lengths,
// and what the thread waited on. A profile of the CPU has none of them.

import { PairTable } from './columns.js';
import { WAIT_BEFORE, WAIT_IDLE, WAIT_OPEN, WAIT_QUEUED } from './waits.js';
import { WAIT_CLASSES, bucketOf } from './waits.js';

/** Labels by their role: what of a wait they tell. */
const WAIT_ROLES = new Map([['phase', 7], ['idle', 8], ['class', 9], ['state', 10], ['syscall', 11],
	['futex', 12], ['edge', 13], ['bucket', 14], ['longest', 15]]);
/** The least of these roles. */
export const WAIT_ROLE = 7;

/** @returns {number} role of a label's key; 0: it is none of a wait's */
export function waitRole(key) {
	return WAIT_ROLES.get(key) || 0;
}

const NO_WAIT = { phase: 0, idle: 0, class: 0, state: 0, syscall: 0, futex: 0, edge: 0, bucket: 0,
	longest: 0 };
const WAIT_FIELDS = [...WAIT_ROLES.keys()];
const EDGES = { before: WAIT_BEFORE, open: WAIT_OPEN, both: WAIT_BEFORE | WAIT_OPEN };

/**
 * @typedef {object} Waits of a profile's samples
 * @property {Uint8Array} class in WAIT_CLASSES, + 1; 0: on the CPU
 * @property {Uint8Array} flags WAIT_QUEUED, ...
 * @property {Uint8Array} bucket of the phases' length
 * @property {Float64Array} longest ns
 * @property {Int32Array} object in objects
 * @property {Int32Array} [stack] of core of the profile: of an idle wait, too
 * @property {Uint8Array} [unwind] in UNWIND_NAMES
 * @property {{state: string, syscall: string, futex: number}[]} objects futex 0: none
 */

/** Collects the labels of one sample after the other. */
export class WaitColumns {
	constructor(strings, expected) {
		this.strings = strings;
		this.expected = expected;
		this.label = { ...NO_WAIT };
		this.touched = false; // the sample at hand has labels of these
		this.columns = null;
		this.calls = new PairTable(); // strings of state and system call
		this.objects = new PairTable(); // in calls, in futexes
		this.futexes = [0];
		this.futexNumbers = new Map([[0, 0]]);
		this.classes = new Map(); // of a label's string
	}

	take(role, string, number) {
		const field = WAIT_FIELDS[role - WAIT_ROLE];
		this.touched = true;
		this.label[field] = field === 'futex' || field === 'bucket' || field === 'longest' ?
			number : string;
	}

	/** The sample is number i. Others have labels of these names, too: they count only beside a
	 * phase. */
	finish(i) {
		const { label, strings } = this;
		const phase = strings.get(label.phase);
		if (phase === 'blocked' || phase === 'runqueue')
			this.add(i, phase === 'runqueue' ? WAIT_QUEUED : 0);
		Object.assign(label, NO_WAIT);
		this.touched = false;
	}

	add(i, flags) {
		const { label, strings } = this;
		const columns = this.columns = this.columns || {
			class: new Uint8Array(this.expected), flags: new Uint8Array(this.expected),
			bucket: new Uint8Array(this.expected), longest: new Float64Array(this.expected),
			object: new Int32Array(this.expected),
		};
		if (strings.get(label.idle) === 'yes')
			flags |= WAIT_IDLE;
		columns.class[i] = this.classOf(label.class);
		columns.flags[i] = flags | EDGES[strings.get(label.edge)];
		columns.bucket[i] = bucketOf(Math.max(0, label.bucket));
		columns.longest[i] = Math.max(0, label.longest);
		columns.object[i] = this.objects.intern(this.calls.intern(label.state, label.syscall),
			this.futexOf(label.futex));
	}

	classOf(string) {
		let found = this.classes.get(string);
		if (found === undefined) {
			found = Math.max(0, WAIT_CLASSES.indexOf(this.strings.get(string))) + 1;
			this.classes.set(string, found);
		}
		return found;
	}

	futexOf(address) {
		let number = this.futexNumbers.get(address);
		if (number === undefined) {
			number = this.futexes.push(address) - 1;
			this.futexNumbers.set(address, number);
		}
		return number;
	}

	/** @returns {Waits|null} of all samples */
	get() {
		const { columns, calls, objects, futexes, strings } = this;
		const list = [];
		for (let i = 0; columns && i < objects.n; i++)
			list.push({ state: strings.get(calls.a[objects.a[i]]),
				syscall: strings.get(calls.b[objects.a[i]]), futex: futexes[objects.b[i]] });
		return columns && { ...columns, objects: list };
	}
}
