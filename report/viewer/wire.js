// SPDX-License-Identifier: GPL-2.0-or-later
// The protobuf wire format over bytes: as much of it as pprof files need, like report/protobuf.h.
// Nothing is assumed of the bytes; nothing outside of them is read.

export const WIRE_NUMBER = 0;
export const WIRE_BYTES = 2;

/**
 * Walks over the fields of a message: `while (wire.next())` shows one after the other in `field`,
 * `wire`, and `lo`, `hi` (a number's 64 bits) or `from`, `to` (where the bytes are).
 */
export class Wire {
	/** @param {Uint8Array} bytes */
	constructor(bytes) {
		this.bytes = bytes;
		this.at = 0;
		this.end = bytes.length;
		this.field = 0;
		this.wire = 0;
		this.lo = 0;
		this.hi = 0;
		this.from = 0;
		this.to = 0;
	}

	/** An error that tells where. */
	damaged(what) {
		return new Error(`the profile is damaged: ${what} at byte ${this.at}`);
	}

	/** Takes a number into lo and hi. */
	varint() {
		const { bytes, end } = this;
		let at = this.at, shift = 0, lo = 0, hi = 0;
		this.hi = 0;
		if (at < end && bytes[at] < 0x80) {
			this.lo = bytes[at];
			this.at = at + 1;
			return;
		}
		for (; shift < 70; shift += 7) {
			if (at >= end)
				throw this.damaged('a number cut short');
			const byte = bytes[at++];
			if (shift < 32)
				lo |= (byte & 0x7f) << shift;
			if (shift === 28)
				hi = byte >> 4 & 7;
			else if (shift > 28 && shift < 63)
				hi |= (byte & 0x7f) << (shift - 32);
			else if (shift === 63)
				hi |= byte << 31;
			if (byte < 0x80) {
				this.lo = lo >>> 0;
				this.hi = hi >>> 0;
				this.at = at;
				return;
			}
		}
		throw this.damaged('a number too long');
	}

	fixed(n) {
		if (this.end - this.at < n)
			throw this.damaged('a number cut short');
		const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at, n);
		this.lo = view.getUint32(0, true);
		this.hi = n === 8 ? view.getUint32(4, true) : 0;
		this.at += n;
	}

	/** Shows the next field; false at the end. */
	next() {
		if (this.at >= this.end)
			return false;
		this.varint();
		this.field = this.lo >>> 3;
		this.wire = this.lo & 7;
		if (this.hi || !this.field)
			throw this.damaged('a bad tag');
		if (this.wire === WIRE_NUMBER) {
			this.varint();
		} else if (this.wire === WIRE_BYTES) {
			this.varint();
			if (this.hi || this.lo > this.end - this.at)
				throw this.damaged('a length beyond the end');
			this.from = this.at;
			this.to = this.at = this.at + this.lo;
		} else if (this.wire === 1 || this.wire === 5) {
			this.fixed(this.wire === 1 ? 8 : 4);
		} else {
			throw this.damaged('a bad tag');
		}
		return true;
	}

	/** Goes into the bytes of the field that is shown; leave() takes what this returns. */
	enter() {
		const outer = this.end;
		this.at = this.from;
		this.end = this.to;
		return outer;
	}

	leave(outer) {
		this.at = this.end;
		this.end = outer;
	}

	/** The number that is shown, as unsigned; exact up to 2^53. */
	unsigned() {
		return this.hi * 2 ** 32 + this.lo;
	}

	/** As signed; exact up to 2^53 either way. */
	signed() {
		return (this.hi | 0) * 2 ** 32 + this.lo;
	}
}
