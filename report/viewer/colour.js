// SPDX-License-Identifier: GPL-2.0-or-later
// The name and kind of a frame come in, the class of its colour goes out: the same as in the
// picture (svg_palette.c), whose style sheet says what colour that is in light and in dark.

// By number of the kind, enum frame_kind of report/tree.h.
const KIND_LETTERS = 'ruikjwnt';
export const WAIT_KIND = 7;
const SHADES = 12;

// By kind and shade.
const CLASSES = Array.from(KIND_LETTERS, letter => Array.from({ length: SHADES }, (_, shade) =>
	letter + shade.toString(16)));

/** Of waits each sort has a shade of its own: words of the legend, and whose shade it is. */
export const WAIT_SHADES = [
	['lock', 'lock'], ['condition', 'condition', 'futex'], ['disk', 'disk', 'io_uring'],
	['memory', 'page fault', 'memory'], ['network', 'network'], ['pipe', 'pipe', 'terminal'],
	['poll', 'poll'], ['sleep', 'sleep'], ['child, signal', 'child', 'signal'],
	['run queue', 'run queue', 'preempted', 'throttled', 'first run'],
	['other wait', 'other', 'stopped', 'waiting'], ['idle', 'idle', 'kernel thread'],
];

const shadeOfWait = new Map(WAIT_SHADES.flatMap(([, ...names], shade) =>
	names.map(name => [`[${name}]`, shade])));

/** @returns {number} in WAIT_SHADES, of the frame of a wait */
export function waitShade(name) {
	return shadeOfWait.get(name) ?? 10;
}

/** Words of the legend and of tooltips. */
export const KIND_WORDS = ['process', 'user', 'inlined', 'kernel', 'JIT', 'waker', 'incomplete',
	'waiting'];

// Numbers of 64 bits are two halves here: BigInt takes ten times as long.
const hashed = { high: 0, low: 0 };

function multiply(high, low) {
	const a = hashed.low & 0xffff, b = hashed.low >>> 16;
	const c = low & 0xffff, d = low >>> 16;
	const ac = a * c;
	const middle = b * c + (ac >>> 16);
	const other = a * d + (middle & 0xffff);
	const carry = b * d + (middle >>> 16) + (other >>> 16);

	hashed.high = carry + Math.imul(hashed.high, low) + Math.imul(hashed.low, high) | 0;
	hashed.low = other << 16 | ac & 0xffff;
}

/** x ^= x >> shift, 0 < shift < 32 */
function fold(shift) {
	const { high, low } = hashed;

	hashed.low = low ^ (low >>> shift | high << 32 - shift);
	hashed.high = high ^ high >>> shift;
}

/**
 * hash_bytes() of base/hash.c.
 * @param {Uint8Array} bytes
 * @param {number} [n] how many of them
 * @returns {{high: number, low: number}} halves of 32 bits
 */
export function hashBytes(bytes, n = bytes.length) {
	hashed.high = 0x9e3779b9 | 0;
	hashed.low = 0x7f4a7c15 ^ n;
	for (let i = 0; i < n; i += 8) {
		let low = 0, high = 0;
		for (let k = Math.min(4, n - i) - 1; k >= 0; k--)
			low = low << 8 | bytes[i + k];
		for (let k = Math.min(8, n - i) - 1; k >= 4; k--)
			high = high << 8 | bytes[i + k];
		hashed.low ^= low;
		hashed.high ^= high;
		multiply(0xff51afd7, 0xed558ccd);
		hashed.low ^= hashed.high;
	}
	// The finalizer of splitmix64.
	fold(30);
	multiply(0xbf58476d, 0x1ce4e5b9);
	fold(27);
	multiply(0x94d049bb, 0x133111eb);
	fold(31);
	return { high: hashed.high >>> 0, low: hashed.low >>> 0 };
}

const encoder = new TextEncoder();
const letters = new Uint8Array(1024);

/** The hash of a name's UTF-8, which for most names needs no encoder. */
function hashName(name) {
	const n = name.length;

	if (n > letters.length)
		return hashBytes(encoder.encode(name));
	for (let i = 0; i < n; i++) {
		const letter = name.charCodeAt(i);
		if (letter >= 0x80)
			return hashBytes(encoder.encode(name));
		letters[i] = letter;
	}
	return hashBytes(letters, n);
}

function shadeOf(name) {
	const { high, low } = hashName(name);

	// 2^32 is 4 more than a multiple of 12.
	return ((high % SHADES) * 4 + low % SHADES) % SHADES;
}

/**
 * @param {number} kind of a frame
 * @param {string} name whole
 * @returns {string} 'u3'
 */
export function colourClass(kind, name) {
	return CLASSES[kind][kind === WAIT_KIND ? waitShade(name) : shadeOf(name)];
}

const shadesOf = new WeakMap(); // labels: the shade of each, 255: not yet known

/** The same for a node of a tree, of which there are many. */
export function classOfNode(tree, node) {
	const label = tree.label[node];
	if (tree.kind[node] === WAIT_KIND)
		return CLASSES[WAIT_KIND][waitShade(tree.labels[label])];
	let shades = shadesOf.get(tree.labels);

	if (!shades || shades.length < tree.labels.length) {
		shades = new Uint8Array(tree.labels.length).fill(255);
		shadesOf.set(tree.labels, shades);
	}
	if (shades[label] === 255)
		shades[label] = shadeOf(tree.labels[label]);
	return CLASSES[tree.kind[node]][shades[label]];
}
