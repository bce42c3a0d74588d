// SPDX-License-Identifier: GPL-2.0-or-later
// A gzip file (RFC 1952) comes in, what it stands for goes out: by the browser's own
// DecompressionStream, or where there is none by inflate.js. Not more than a bound comes out.

import { grown } from './columns.js';
import { inflateAt } from './inflate.js';

/** As in report/gzip.h, with less in all: a browser has less room. */
const GUNZIP_MOST = 2 ** 30;
const GUNZIP_FREE = 64 * 2 ** 20;
const GUNZIP_RATIO = 400;

const CRC_TABLE = crcTable();

function crcTable() {
	const table = new Uint32Array(256);
	for (let i = 0; i < 256; i++) {
		let crc = i;
		for (let bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1;
		table[i] = crc;
	}
	return table;
}

function crc32(bytes) {
	let crc = ~0;
	for (let i = 0; i < bytes.length; i++)
		crc = crc >>> 8 ^ CRC_TABLE[(crc ^ bytes[i]) & 255];
	return ~crc >>> 0;
}

function gunzipDamaged(what) {
	return new Error(`the profile is damaged: ${what} in its packed data`);
}

function mostUnpacked(nPacked) {
	return Math.min(GUNZIP_MOST, Math.max(GUNZIP_FREE, GUNZIP_RATIO * nPacked));
}

/** Where the deflated data of the gzip member at `at` begin. */
function gzipHeader(bytes, at) {
	const flags = bytes[at + 3];
	let start = at + 10;
	if (bytes[at] !== 0x1f || bytes[at + 1] !== 0x8b || bytes[at + 2] !== 8 || flags & 0xe0)
		throw gunzipDamaged('no gzip header');
	if (flags & 4)
		start += 2 + (bytes[start] | bytes[start + 1] << 8);
	for (const flag of [8, 16]) {
		if (flags & flag) {
			const zero = bytes.indexOf(0, start);
			start = zero < 0 ? bytes.length : zero + 1;
		}
	}
	return start + (flags & 2 ? 2 : 0);
}

/**
 * Without the browser's help; all members of the file.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function gunzipAlone(bytes) {
	const most = mostUnpacked(bytes.length);
	const parts = [];
	let n = 0, at = 0;
	do {
		const start = gzipHeader(bytes, at);
		const part = inflateAt(bytes, start, most - n);
		const tail = new DataView(bytes.buffer, bytes.byteOffset + part.end);
		if (tail.byteLength < 8)
			throw gunzipDamaged('an early end');
		if (tail.getUint32(0, true) !== crc32(part.bytes) ||
				tail.getUint32(4, true) !== part.bytes.length % 2 ** 32)
			throw gunzipDamaged('a wrong checksum');
		parts.push(part.bytes);
		n += part.bytes.length;
		at = part.end + 8;
	} while (at < bytes.length);
	return joinBytes(parts, n);
}

function joinBytes(parts, n) {
	if (parts.length === 1)
		return parts[0];
	const bytes = new Uint8Array(n);
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}

async function gunzipStream(bytes) {
	const most = mostUnpacked(bytes.length);
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
	const reader = stream.getReader();
	/* The last four bytes tell how many there will be; if they lie, there is more room in time. */
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const told = bytes.length < 4 ? 0 : view.getUint32(bytes.length - 4, true);
	let all = new Uint8Array(Math.min(most, told)), n = 0;
	for (;;) {
		const { done, value } = await reader.read();
		if (done)
			return all.subarray(0, n);
		if (n + value.length > most) {
			reader.cancel().catch(() => {});
			throw new RangeError(`the profile unpacks to more than ${most} bytes`);
		}
		all = grown(all, n + value.length);
		all.set(value, n);
		n += value.length;
	}
}

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>}
 * @throws {Error} for damaged or cut data, and for what unpacks to far too much
 */
export async function gunzip(bytes) {
	if (typeof DecompressionStream !== 'function' || typeof Blob !== 'function')
		return gunzipAlone(bytes);
	try {
		return await gunzipStream(bytes);
	} catch (error) {
		if (error instanceof RangeError)
			throw error;
		/* It takes no second member, and its words tell little: the own one decides. */
		return gunzipAlone(bytes);
	}
}
