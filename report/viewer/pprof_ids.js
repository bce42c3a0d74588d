// SPDX-License-Identifier: GPL-2.0-or-later
// What refers to each other in a pprof file: strings by their place, and ids of any sort, which are
// numbered 0, 1, 2, ... here.

import { PairTable, grown } from './columns.js';

/** The strings of a file; each becomes text only when it is asked for. */
export class PprofStrings {
	constructor(bytes) {
		this.bytes = bytes;
		this.n = 0;
		this.from = new Int32Array(1024);
		this.to = new Int32Array(1024);
		this.size = 0;
		this.texts = [];
		this.decoder = new TextDecoder('utf-8', { ignoreBOM: true });
		this.plain = null;
	}

	add(from, to) {
		if (this.n === this.from.length) {
			this.from = grown(this.from, this.n + 1);
			this.to = grown(this.to, this.n + 1);
		}
		this.from[this.n] = from;
		this.to[this.n++] = to;
		this.size += to - from;
	}

	/** Throws for a number that is not there. */
	check(number) {
		if (number >= this.n)
			throw new Error(`the profile is damaged: it refers to string ${number} of ${this.n}`);
		return number;
	}

	get(number) {
		const text = this.texts[number];
		if (text !== undefined)
			return text;
		this.check(number);
		return this.texts[number] = this.plainText(number) ??
			this.decoder.decode(this.bytes.subarray(this.from[number], this.to[number]));
	}

	/** Most strings are ASCII and stand together: of those one text is made for all, and each is a
	 * part of it. null: this one is not. */
	plainText(number) {
		const { bytes } = this;
		const first = this.from[0], last = this.to[this.n - 1];
		const from = this.from[number], to = this.to[number];
		if (from < first || to > last || last - first > 2 * this.size + 8 * this.n)
			return null;
		for (let i = from; i < to; i++)
			if (bytes[i] >= 0x80)
				return null;
		/* Here a letter is a byte. */
		this.plain ??= new TextDecoder('latin1').decode(bytes.subarray(first, last));
		return this.plain.slice(from - first, to - first);
	}
}

/** Ids of a file, of 64 bits and in any order, to numbers 0, 1, 2, ... */
export class PprofIds {
	constructor(what) {
		this.what = what;
		this.direct = new Int32Array(1024); // number + 1
		this.others = new PairTable();
		this.numbers = new Int32Array(64); // of the others
	}

	add(hi, lo, number) {
		if (!hi && !lo || this.find(hi, lo) >= 0)
			throw new Error(`the profile is damaged: it has ${lo || hi ? 'a second' : 'a'} ` +
				`${this.what} with id ${hi * 2 ** 32 + lo}`);
		/* Small ones are looked up, as long as the list has no great holes. */
		if (!hi && lo < 8 * number + 1024) {
			if (lo >= this.direct.length)
				this.direct = grown(this.direct, lo + 1);
			this.direct[lo] = number + 1;
			return;
		}
		const other = this.others.intern(hi, lo);
		this.numbers = grown(this.numbers, other + 1);
		this.numbers[other] = number;
	}

	/** @returns {number} -1 if there is none */
	find(hi, lo) {
		if (!hi && lo < this.direct.length && this.direct[lo])
			return this.direct[lo] - 1;
		const other = this.others.n ? this.others.find(hi, lo) : -1;
		return other < 0 ? -1 : this.numbers[other];
	}
}
