// SPDX-License-Identifier: GPL-2.0-or-later
// The locations of one sample after the other come in, as the bytes of a pprof file; out go stacks,
// each a location and its outer part, so that what samples share is there once.

import { PairTable, grown } from './columns.js';

/** Stacks; samples. */
export const PPROF_MOST_ITEMS = 2 ** 24;
const PPROF_FREE_ITEMS = 2 ** 20; // stacks that may be there more than once

/** Stacks, each behind its outer part; number 0 is empty. */
export class PprofStacks {
	/**
	 * @param {Wire} wire over the bytes of the file, for numbers that are not short
	 * @param {import('./pprof_ids.js').PprofIds} ids of locations
	 * @param {number} expected how many stacks there may be
	 */
	constructor(wire, ids, expected) {
		this.wire = wire;
		this.ids = ids;
		this.n = 1;
		this.parent = new Int32Array(expected);
		this.location = new Int32Array(expected);
		this.pairs = null;
		this.ofPair = new Int32Array(0); // stack by number in pairs
		/* The sample before: where its locations are, and its stacks from the root on. */
		this.from = 0;
		this.to = 0;
		this.path = new Int32Array(256);
		this.depth = 0;
		this.nTaken = 0;
		/* Locations of the sample at hand, innermost first. */
		this.inner = new Int32Array(256);
	}

	/**
	 * The stack of a sample whose locations' numbers are in one place. Most samples begin as the one
	 * before them, and so their last bytes are the same: of those nothing is read again.
	 */
	take(from, to) {
		const { bytes } = this.wire;
		let at = to, other = this.to, shared = 0, left = to;
		while (at > from && other > this.from && bytes[at - 1] === bytes[other - 1]) {
			at--;
			other--;
			/* Where in both of them a number begins. */
			if ((at === from || bytes[at - 1] < 0x80) &&
					(other === this.from || bytes[other - 1] < 0x80)) {
				shared++;
				left = at;
			}
		}
		const n = this.read(from, left, 0);
		this.from = from;
		this.to = to;
		return this.append(n, shared);
	}

	/** The same of those that read() and readOne() have put together. */
	takeRead(n) {
		this.from = this.to = 0;
		return this.append(n, 0);
	}

	/** Reads numbers of locations behind the n that there are; returns how many there are then. */
	read(from, to, n) {
		const { bytes } = this.wire;
		const { direct } = this.ids;
		this.inner = grown(this.inner, n + to - from);
		const { inner } = this;
		for (let at = from; at < to; n++) {
			const start = at;
			let byte = bytes[at++], id = byte & 0x7f;
			for (let shift = 7; byte >= 0x80 && shift < 28 && at < to; shift += 7) {
				byte = bytes[at++];
				id |= (byte & 0x7f) << shift;
			}
			if (byte < 0x80 && id < direct.length && direct[id]) {
				inner[n] = direct[id] - 1;
				continue;
			}
			at = this.readLong(start, to, n);
		}
		return n;
	}

	/** One that is long, or cut, or not in the list of short ones. */
	readLong(from, to, n) {
		const { wire } = this;
		const { at, end } = wire;
		wire.at = from;
		wire.end = to;
		wire.varint();
		const behind = wire.at;
		this.readOne(wire.hi, wire.lo, n);
		wire.at = at;
		wire.end = end;
		return behind;
	}

	readOne(hi, lo, n) {
		const number = this.ids.find(hi, lo);
		if (number < 0)
			throw new Error(`the profile is damaged: sample ${this.nTaken + 1} names a location ` +
				'that is not there');
		this.inner = grown(this.inner, n + 1);
		this.inner[n] = number;
		return n + 1;
	}

	/** Goes on from where the sample before parts, which it does not before `depth`. */
	append(n, depth) {
		const { inner } = this;
		this.path = grown(this.path, depth + n);
		const { path } = this;
		while (n && depth < this.depth && this.location[path[depth]] === inner[n - 1]) {
			depth++;
			n--;
		}
		let stack = depth ? path[depth - 1] : 0;
		if (this.n + n > PPROF_FREE_ITEMS) {
			while (n)
				stack = path[depth++] = this.find(stack, inner[--n]);
		} else {
			this.reserve(n);
			while (n)
				stack = path[depth++] = this.add(stack, inner[--n]);
		}
		this.depth = depth;
		this.nTaken++;
		return stack;
	}

	/** Makes room for n more. */
	reserve(n) {
		this.parent = grown(this.parent, this.n + n);
		this.location = grown(this.location, this.n + n);
	}

	add(parent, location) {
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
			this.reserve(1);
			this.ofPair[pair] = this.add(parent, location);
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
