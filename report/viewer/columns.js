// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers in typed arrays that grow, and pairs of numbers that get a number of their own. Hundreds
// of thousands of frames are kept so, without an object for each.

/**
 * @template {Int32Array|Uint32Array|Uint8Array|Float64Array} T
 * @param {T} array
 * @param {number} n how many must fit
 * @returns {T} the array, or a larger one with the same items
 */
export function grown(array, n) {
	if (n <= array.length)
		return array;
	const larger = new array.constructor(Math.max(n, 2 * array.length, 64));
	larger.set(array);
	return larger;
}

/**
 * Gives each pair of 32-bit numbers a number: 0, 1, 2, ... in the order in which they come.
 * pairs.a[i] and pairs.b[i] are pair i.
 */
export class PairTable {
	/** @param {number} [expected] how many there may be */
	constructor(expected = 64) {
		let size = 64;
		while (size < 2 * expected)
			size *= 2;
		this.n = 0;
		this.a = new Int32Array(expected);
		this.b = new Int32Array(expected);
		this.slots = new Int32Array(size); // number + 1, 0: free
		/* Nobody can make a file whose pairs all fall together. */
		this.seed = Math.random() * 2 ** 32 | 1;
	}

	/** The slot of a pair, or the free one where it belongs. */
	slot(a, b) {
		const { slots } = this;
		const mask = slots.length - 1;
		let hash = Math.imul(a ^ this.seed, 0x9e3779b1);
		hash = Math.imul(hash ^ hash >>> 15 ^ b, 0x85ebca6b);
		hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
		let at = (hash ^ hash >>> 16) & mask;
		for (let number = slots[at]; number; number = slots[at]) {
			if (this.a[number - 1] === a && this.b[number - 1] === b)
				return at;
			at = at + 1 & mask;
		}
		return at;
	}

	/** @returns {number} of the pair, or -1 */
	find(a, b) {
		return this.slots[this.slot(a | 0, b | 0)] - 1;
	}

	/** @returns {number} of the pair, which is added if it is new */
	intern(a, b) {
		a |= 0;
		b |= 0;
		const at = this.slot(a, b);
		if (this.slots[at])
			return this.slots[at] - 1;
		const number = this.n++;
		if (number >= this.a.length) {
			this.a = grown(this.a, this.n);
			this.b = grown(this.b, this.n);
		}
		this.a[number] = a;
		this.b[number] = b;
		this.slots[at] = this.n;
		if (2 * this.n > this.slots.length)
			this.rehash();
		return number;
	}

	rehash() {
		this.slots = new Int32Array(2 * this.slots.length);
		for (let i = 0; i < this.n; i++)
			this.slots[this.slot(this.a[i], this.b[i])] = i + 1;
	}
}
