// SPDX-License-Identifier: GPL-2.0-or-later
// Deflated bytes (RFC 1951) come in, what they stand for goes out; for browsers without
// DecompressionStream. Codes of up to 9 bits are looked up, longer ones are counted down.

const INFLATE_LOOKUP = 9;
const INFLATE_LONGEST = 15;

/** Lengths and distances of RFC 1951, 3.2.5: base and extra bits of each symbol. */
const INFLATE_LENGTHS = inflateSteps(3, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
	4, 4, 4, 4, 5, 5, 5, 5]);
const INFLATE_DISTANCES = inflateSteps(1, [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7,
	8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]);
const INFLATE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function inflateSteps(first, extra) {
	const base = [];
	for (const bits of extra) {
		base.push(first);
		first += 1 << bits;
	}
	return { base, extra };
}

function inflateDamaged(what) {
	return new Error(`the profile is damaged: ${what} in its packed data`);
}

/** Bits of the input, the lowest of each byte first. */
class BitReader {
	constructor(bytes, at) {
		this.bytes = bytes;
		this.at = at;
		this.hold = 0;
		this.held = 0;
	}

	/** Holds at least n bits (15 at most); behind the end come zeros, for looking ahead only. */
	fill(n) {
		while (this.held < n) {
			this.hold |= (this.at < this.bytes.length ? this.bytes[this.at] : 0) << this.held;
			this.at++;
			this.held += 8;
		}
	}

	drop(n) {
		this.hold >>>= n;
		this.held -= n;
		if (this.at - (this.held >> 3) > this.bytes.length)
			throw inflateDamaged('an early end');
	}

	take(n) {
		this.fill(n);
		const value = this.hold & ((1 << n) - 1);
		this.drop(n);
		return value;
	}

	/** Goes on at the next whole byte that was not taken. */
	align() {
		this.at -= this.held >> 3;
		this.hold = 0;
		this.held = 0;
	}
}

/** Bytes so far; they grow as they come, up to a bound. */
class InflateOutput {
	constructor(expected, most) {
		this.bytes = new Uint8Array(Math.min(Math.max(expected, 1024), most));
		this.n = 0;
		this.most = most;
	}

	room(n) {
		if (this.n + n <= this.bytes.length)
			return;
		if (this.n + n > this.most)
			throw new Error(`the profile unpacks to more than ${this.most} bytes`);
		const grown = new Uint8Array(Math.min(Math.max(2 * this.bytes.length, this.n + n),
			this.most));
		grown.set(this.bytes.subarray(0, this.n));
		this.bytes = grown;
	}
}

/**
 * A canonical code of the given lengths (0: not used).
 * @returns {{lookup: Uint16Array, counts: Uint16Array, symbols: Uint16Array}} lookup by the next 9
 *     bits: symbol << 4 | length, 0 for longer codes
 */
function inflateCode(lengths, what, maybeIncomplete) {
	const counts = new Uint16Array(INFLATE_LONGEST + 1);
	const starts = new Uint16Array(INFLATE_LONGEST + 2);
	const symbols = new Uint16Array(lengths.length);
	let left = 1;
	for (const length of lengths)
		counts[length]++;
	counts[0] = 0;
	for (let n = 1; n <= INFLATE_LONGEST; n++) {
		left = 2 * left - counts[n];
		if (left < 0)
			throw inflateDamaged(`too many ${what} codes`);
		starts[n + 1] = starts[n] + counts[n];
	}
	/* One code of one bit, or none, may leave codes without a meaning. */
	if (left > 0 && !(maybeIncomplete && starts[INFLATE_LONGEST + 1] === counts[1]))
		throw inflateDamaged(`too few ${what} codes`);
	for (let i = 0; i < lengths.length; i++)
		if (lengths[i])
			symbols[starts[lengths[i]]++] = i;
	return { lookup: inflateLookup(counts, symbols), counts, symbols };
}

function inflateLookup(counts, symbols) {
	const lookup = new Uint16Array(1 << INFLATE_LOOKUP);
	for (let n = 1, code = 0, index = 0; n <= INFLATE_LOOKUP; n++, code <<= 1) {
		for (let i = 0; i < counts[n]; i++, code++, index++) {
			let reversed = 0;
			for (let bit = 0; bit < n; bit++)
				reversed |= (code >> bit & 1) << (n - 1 - bit);
			for (let at = reversed; at < lookup.length; at += 1 << n)
				lookup[at] = symbols[index] << 4 | n;
		}
	}
	return lookup;
}

function inflateSymbol(reader, code) {
	reader.fill(INFLATE_LONGEST);
	const found = code.lookup[reader.hold & ((1 << INFLATE_LOOKUP) - 1)];
	if (found) {
		reader.drop(found & 15);
		return found >> 4;
	}
	for (let n = 1, value = 0, first = 0, index = 0; n <= INFLATE_LONGEST; n++) {
		value |= reader.hold >> (n - 1) & 1;
		const count = code.counts[n];
		if (value - first < count) {
			reader.drop(n);
			return code.symbols[index + value - first];
		}
		index += count;
		first = (first + count) << 1;
		value <<= 1;
	}
	throw inflateDamaged('an unknown code');
}

function inflateStored(reader, out) {
	reader.align();
	const { bytes, at } = reader;
	if (at + 4 > bytes.length)
		throw inflateDamaged('an early end');
	const n = bytes[at] | bytes[at + 1] << 8;
	if (n !== (~(bytes[at + 2] | bytes[at + 3] << 8) & 0xffff))
		throw inflateDamaged('a wrong length');
	if (at + 4 + n > bytes.length)
		throw inflateDamaged('an early end');
	out.room(n);
	out.bytes.set(bytes.subarray(at + 4, at + 4 + n), out.n);
	out.n += n;
	reader.at = at + 4 + n;
}

function inflateCopy(out, distance, length) {
	if (distance > out.n)
		throw inflateDamaged('a reference before the start');
	out.room(length);
	const { bytes } = out;
	for (let to = out.n, end = to + length; to < end; to++)
		bytes[to] = bytes[to - distance];
	out.n += length;
}

function inflateStep(reader, steps, symbol) {
	if (symbol >= steps.base.length)
		throw inflateDamaged('an unknown length or distance');
	return steps.base[symbol] + reader.take(steps.extra[symbol]);
}

function inflateBlock(reader, out, literals, distances) {
	for (;;) {
		const symbol = inflateSymbol(reader, literals);
		if (symbol < 256) {
			out.room(1);
			out.bytes[out.n++] = symbol;
		} else if (symbol === 256) {
			return;
		} else {
			/* 285 would be 259 by the rule, and is 258. */
			const length = symbol === 285 ? 258
				: inflateStep(reader, INFLATE_LENGTHS, symbol - 257);
			inflateCopy(out, inflateStep(reader, INFLATE_DISTANCES,
				inflateSymbol(reader, distances)), length);
		}
	}
}

function inflateFixedCodes() {
	const lengths = new Uint8Array(288).fill(8);
	lengths.fill(9, 144, 256).fill(7, 256, 280);
	return [inflateCode(lengths, 'literal', false),
		inflateCode(new Uint8Array(32).fill(5), 'distance', false)];
}

function inflateDynamicCodes(reader) {
	const nLiterals = reader.take(5) + 257, nDistances = reader.take(5) + 1;
	const nOrder = reader.take(4) + 4;
	if (nLiterals > 286 || nDistances > 30)
		throw inflateDamaged('too many codes');
	const order = new Uint8Array(19);
	for (let i = 0; i < nOrder; i++)
		order[INFLATE_ORDER[i]] = reader.take(3);
	const code = inflateCode(order, 'length', false);
	const lengths = new Uint8Array(nLiterals + nDistances);
	for (let i = 0; i < lengths.length;) {
		const symbol = inflateSymbol(reader, code);
		if (symbol < 16) {
			lengths[i++] = symbol;
			continue;
		}
		if (symbol === 16 && !i)
			throw inflateDamaged('a length to repeat that is not there');
		const value = symbol === 16 ? lengths[i - 1] : 0;
		const times = symbol === 16 ? 3 + reader.take(2)
			: symbol === 17 ? 3 + reader.take(3) : 11 + reader.take(7);
		if (i + times > lengths.length)
			throw inflateDamaged('too many lengths');
		lengths.fill(value, i, i + times);
		i += times;
	}
	if (!lengths[256])
		throw inflateDamaged('no end of a block');
	return [inflateCode(lengths.subarray(0, nLiterals), 'literal', true),
		inflateCode(lengths.subarray(nLiterals), 'distance', true)];
}

/**
 * @param {Uint8Array} bytes
 * @param {number} [start] where the deflated data begin
 * @param {number} [most] bytes that may come out
 * @returns {{bytes: Uint8Array, end: number}} what came out, and where in the input its end is
 * @throws {Error} for damaged or cut data, and for more than the bound
 */
export function inflateAt(bytes, start = 0, most = 2 ** 30) {
	const reader = new BitReader(bytes, start);
	const out = new InflateOutput(4 * (bytes.length - start), most);
	let last = 0;
	while (!last) {
		last = reader.take(1);
		const type = reader.take(2);
		if (type === 0)
			inflateStored(reader, out);
		else if (type === 1)
			inflateBlock(reader, out, ...inflateFixedCodes());
		else if (type === 2)
			inflateBlock(reader, out, ...inflateDynamicCodes(reader));
		else
			throw inflateDamaged('an unknown kind of block');
	}
	reader.align();
	return { bytes: out.bytes.subarray(0, out.n), end: reader.at };
}

/**
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function inflateRaw(bytes) {
	return inflateAt(bytes).bytes;
}
