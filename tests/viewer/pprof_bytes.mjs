// SPDX-License-Identifier: GPL-2.0-or-later
// A profile in plain objects comes in, the bytes of a pprof file go out: of any form that other
// tools write, and with any mistake.
import { randomNumbers } from './support.mjs';

/** Bytes of a message that is being put together. */
export class Message {
	constructor() {
		this.bytes = [];
	}

	varint(value) {
		let rest = BigInt.asUintN(64, BigInt(value));
		for (; rest > 127n; rest >>= 7n)
			this.bytes.push(Number(rest & 127n) | 128);
		this.bytes.push(Number(rest));
		return this;
	}

	number(field, value) {
		if (value)
			this.varint(field << 3).varint(value);
		return this;
	}

	data(field, bytes) {
		this.varint(field << 3 | 2).varint(bytes.length);
		for (const byte of bytes)
			this.bytes.push(byte);
		return this;
	}

	message(field, fill) {
		const inner = new Message();
		fill(inner);
		return this.data(field, inner.bytes);
	}

	packed(field, values) {
		return this.message(field, inner => values.forEach(value => inner.varint(value)));
	}
}

/** Strings of a file, numbered as they are first needed. */
class Strings {
	constructor() {
		this.numbers = new Map([['', 0]]);
	}

	number(text) {
		if (!this.numbers.has(text))
			this.numbers.set(text, this.numbers.size);
		return this.numbers.get(text);
	}
}

/**
 * @param {object} model types [[type, unit]], mappings, functions, locations, samples, comments;
 *     packed: false for numbers one by one; tablesFirst: the order of flametap turned round
 * @returns {Uint8Array} not gzipped
 */
export function pprofBytes(model) {
	const strings = new Strings();
	const types = new Message(), tables = new Message(), samples = new Message();
	const file = new Message();
	for (const [type, unit] of model.types)
		types.message(1, m => m.number(1, strings.number(type)).number(2, strings.number(unit)));
	for (const { stack, values, labels } of model.samples) {
		samples.message(2, m => {
			if (model.packed === false)
				stack.forEach(id => m.number(1, id));
			else if (stack.length)
				m.packed(1, stack);
			m.packed(2, values);
			for (const [key, value] of Object.entries(labels || {}))
				m.message(3, label => label.number(1, strings.number(key))
					.number(typeof value === 'string' ? 2 : 3,
						typeof value === 'string' ? strings.number(value) : value));
		});
	}
	for (const { id, start, limit, offset, path, buildId } of model.mappings || [])
		tables.message(3, m => m.number(1, id).number(2, start).number(3, limit).number(4, offset)
			.number(5, strings.number(path)).number(6, strings.number(buildId || '')));
	for (const { id, mapping, address, lines } of model.locations) {
		tables.message(4, m => {
			m.number(1, id).number(2, mapping).number(3, address);
			for (const [fn, line] of lines || [])
				m.message(4, l => l.number(1, fn).number(2, line));
		});
	}
	for (const { id, name, system, path, line } of model.functions)
		tables.message(5, m => m.number(1, id).number(2, strings.number(name))
			.number(3, strings.number(system || '')).number(4, strings.number(path || ''))
			.number(5, line));
	for (const comment of model.comments || [])
		file.number(13, strings.number(comment));
	file.number(9, model.timeNs).number(10, model.durationNs);
	for (const part of model.tablesFirst ? [tables, types, samples] : [types, samples, tables])
		for (const byte of part.bytes)
			file.bytes.push(byte);
	for (const text of strings.numbers.keys())
		file.data(6, Buffer.from(text));
	return Uint8Array.from(file.bytes);
}

const MODULES = ['/usr/bin/none-app', '/opt/other/libwork.so.1', '[kernel]', '[kernel:nf_none]',
	'[vdso]', '[anon]', '[bpf]', '', '/usr/lib/none-app'];
const REASONS = ['whole', 'kernel only', 'frame pointer', 'no table', 'lost', 'unheard of'];

/**
 * A recording with everything in it: modules of all sorts, inlined calls, functions of one name,
 * addresses without a name, processes and threads, stacks that are not whole, times.
 */
export function randomModel(seed, { nSamples = 300, depth = 10 } = {}) {
	const random = randomNumbers(seed);
	const some = list => list[random(list.length)];
	const mappings = MODULES.map((path, i) => ({ id: 7 * i + 3, start: i < 2 ? 0x400000 * i : 0,
		limit: 2 ** 40, offset: i === 1 ? 0x1000 : 0, path, buildId: i < 2 ? `ab0${i}` : '' }));
	const functions = Array.from({ length: 24 }, (_, i) => ({ id: 1000 - i,
		name: i === 23 ? '' : `${some(['work', 'Sort', 'näher', 'x::y<int>::z'])}${i >> 1}`,
		system: i % 3 ? '' : `_Z${i}`, path: `/src/${i % 4}.c`, line: random(90) }));
	const locations = Array.from({ length: 60 }, (_, i) => ({ id: 2 ** 33 * (i % 2) + 3 * i + 1,
		mapping: random(9) ? some(mappings).id : 0, address: 0x400000 + random(40),
		lines: Array.from({ length: random(7) ? 1 + random(3) : 0 },
			() => [some(functions).id, random(200)]) }));
	const stacks = Array.from({ length: 60 }, () =>
		Array.from({ length: random(depth) }, () => some(locations).id));
	const samples = Array.from({ length: nSamples }, () => {
		const count = random(4);
		const process = random(4), labels = { time: 10000000 * random(300) };
		if (process)
			Object.assign(labels, { pid: process, comm: some(['app', 'Init', 'sh']) });
		if (random(5))
			Object.assign(labels, { tid: 10 + random(4), thread: some(['main', 'Pool 1']) });
		if (random(3))
			labels.unwind = some(REASONS);
		return { stack: some(stacks), values: [count, 1001001 * count], labels };
	});
	return { types: [['samples', 'count'], ['cpu', 'nanoseconds']], mappings, functions, locations,
		samples, comments: ['slice: 10000000 ns', 'title: random', 'quality: samples=9 hz=99'],
		timeNs: 1700000000000000000n, durationNs: 3000000000 };
}

/** With time off the CPU: half of the samples are waits, some idle, some with their waker. */
export function withWaits(model, seed) {
	const random = randomNumbers(seed);
	const some = list => list[random(list.length)];
	const classes = ['lock', 'poll', 'kernel thread', 'disk', 'futex', 'page fault', 'sleep'];
	const names = [...classes.map(name => `[${name}]`), '[run queue]', '--', 'waker'];
	const id = new Map(names.map((name, i) => [name, 5000 + i]));
	names.forEach(name => {
		model.functions.push({ id: id.get(name), name });
		model.locations.push({ id: id.get(name), mapping: 0, address: 0,
			lines: [[id.get(name), 0]] });
	});
	for (const sample of model.samples) {
		if (random(2))
			continue;
		const word = some(classes), queued = random(3) === 0;
		const leaf = id.get(queued ? '[run queue]' : `[${word}]`);
		const waker = random(3) ? [] : [id.get('waker'), ...some(model.samples).stack.slice(0, 2),
			id.get('--')];
		sample.stack = [...waker, leaf, ...sample.stack];
		Object.assign(sample.labels, { class: word, state: 'S', bucket: 5000000, longest: 5100000,
			idle: some(['yes', 'yes', 'no', '']) });
		if (random(7))
			sample.labels.phase = queued ? 'runqueue' : 'blocked';
	}
	return model;
}
