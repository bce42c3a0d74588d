// SPDX-License-Identifier: GPL-2.0-or-later
// The viewer's own inflate beside zlib's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';

import { base64Bytes } from '../../report/viewer/base64.js';
import { gunzip, gunzipAlone } from '../../report/viewer/gzip.js';
import { inflateAt, inflateRaw } from '../../report/viewer/inflate.js';
import { randomNumbers } from './support.mjs';

const { Z_DEFAULT_STRATEGY, Z_FIXED, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE } = zlib.constants;

/** Bytes of several sorts: none, noise, few letters, long repeats, both in turn. */
function samples() {
	const random = randomNumbers(3);
	const noise = Uint8Array.from({ length: 100000 }, () => random(256));
	const letters = Uint8Array.from({ length: 50000 }, () => 97 + random(5) * random(3));
	const skewed = Uint8Array.from({ length: 60000 },
		() => Math.min(255, Math.floor(-30 * Math.log2((1 + random(1000)) / 1000))));
	const mixed = new Uint8Array(200000);
	for (let at = 0; at < mixed.length; at += 1000)
		mixed.set(random(2) ? noise.subarray(at % 90000, at % 90000 + 1000)
			: letters.subarray(0, 1000), at);
	return [new Uint8Array(0), new Uint8Array([7]), new Uint8Array(70000).fill(65), noise,
		letters, skewed, mixed];
}

const same = (actual, expected) =>
	assert.ok(Buffer.from(actual.buffer, actual.byteOffset, actual.length).equals(expected));

test('what zlib packs is unpacked, whatever the blocks are', () => {
	for (const bytes of samples()) {
		for (const level of [0, 1, 6, 9]) {
			for (const strategy of [Z_DEFAULT_STRATEGY, Z_FIXED, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE])
				same(inflateRaw(zlib.deflateRawSync(bytes, { level, strategy })), bytes);
		}
	}
});

test('gzip files, with a name and of several members, by either way', async () => {
	const [, , , noise, letters] = samples();
	const named = Buffer.concat([
		Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 255, 2, 0, 1, 2]),
		Buffer.from('name\0comment\0'), Buffer.from([0, 0]),
		zlib.gzipSync(letters).subarray(10)]);
	const members = Buffer.concat([zlib.gzipSync(noise), zlib.gzipSync(letters)]);
	same(gunzipAlone(named), letters);
	same(gunzipAlone(members), Buffer.concat([noise, letters]));
	same(await gunzip(zlib.gzipSync(noise)), noise);
	same(await gunzip(members), Buffer.concat([noise, letters]));
});

test('base64 with white space, and what is none', () => {
	const bytes = samples()[3];
	const text = Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\n');
	same(base64Bytes(`\n${text}\n`), bytes);
	assert.throws(() => base64Bytes('AAA*'), /damaged/);
});

test('damaged data give an error, and nothing else', async () => {
	const random = randomNumbers(4);
	for (const bytes of samples()) {
		const packed = zlib.gzipSync(bytes);
		for (let round = 0; round < 60; round++) {
			const broken = new Uint8Array(packed.subarray(0,
				random(3) ? packed.length : random(packed.length)));
			for (let flips = 1 + random(3); flips > 0; flips--)
				broken[random(broken.length)] ^= 1 << random(8);
			let outcome = null;
			try {
				outcome = gunzipAlone(broken);
			} catch (error) {
				assert.match(error.message, /^the profile /);
			}
			/* The time, the operating system and the like do not matter. */
			if (outcome)
				same(outcome, bytes);
		}
	}
	await assert.rejects(gunzip(new Uint8Array([1, 2, 3])), /damaged/);
});

test('more than the bound is refused', async () => {
	const bomb = zlib.gzipSync(new Uint8Array(100 << 20));
	assert.throws(() => inflateAt(bomb, 10, 1 << 20), /more than 1048576 bytes/);
	await assert.rejects(gunzip(new Uint8Array(bomb)), /more than 67108864 bytes/);
	assert.throws(() => gunzipAlone(new Uint8Array(bomb)), /more than 67108864 bytes/);
});
