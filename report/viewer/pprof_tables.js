// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of a pprof file (strings, mappings, functions, locations), which may stand anywhere in
// it and refer to each other forwards: they are collected here, and checked when all are there. The
// same as report/pprof_tables.c and pprof_finish.c, so that both read the same out of a file.

import { PairTable, grown } from './columns.js';
import { WIRE_BYTES } from './wire.js';

/** As in report/profile.h. */
export const MODULE_NONE = 0;
export const MODULE_USER = 1;
export const MODULE_KERNEL = 2;
export const MODULE_BPF = 3;
export const MODULE_VDSO = 4;
export const MODULE_JIT = 5;

const PPROF_MOST_VALUES = 8;
const PPROF_SLICE = /^slice: (\d+) ns/;

/** The strings of a file; each becomes text only when it is asked for. */
export class PprofStrings {
	constructor(bytes) {
		this.bytes = bytes;
		this.n = 0;
		this.from = new Int32Array(1024);
		this.to = new Int32Array(1024);
		this.texts = [];
		this.decoder = new TextDecoder('utf-8', { ignoreBOM: true });
	}

	add(from, to) {
		if (this.n === this.from.length) {
			this.from = grown(this.from, this.n + 1);
			this.to = grown(this.to, this.n + 1);
		}
		this.from[this.n] = from;
		this.to[this.n++] = to;
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
		return this.texts[number] =
			this.decoder.decode(this.bytes.subarray(this.from[number], this.to[number]));
	}
}

/** Ids of a file, of 64 bits and in any order, to numbers 0, 1, 2, ... */
class PprofIds {
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

/** Those that cannot be are "not known". */
function lineNumber(wire) {
	return wire.hi || wire.lo > 0x7fffffff ? 0 : wire.lo;
}

/** What is collected; `finish()` makes `modules`, `functions`, `locations` fit each other. */
export class PprofTables {
	constructor(bytes) {
		this.strings = new PprofStrings(bytes);
		this.types = []; // {type, unit}: strings' numbers
		this.commentStrings = [];
		this.defaultString = 0;
		this.timeNs = 0;
		this.durationNs = 0;
		this.mappings = []; // {file, buildId, startHi, startLo, start, offset}
		this.mappingIds = new PprofIds('mapping');
		this.functionIds = new PprofIds('function');
		this.locationIds = new PprofIds('location');
		/* Columns of functions: strings' numbers, and the line where one begins. */
		this.functions = { n: 0, name: new Int32Array(1024), system: new Int32Array(1024),
			file: new Int32Array(1024), line: new Int32Array(1024) };
		/* Columns of locations; firstLine has one item more than there are locations. */
		this.locations = { n: 0, module: new Int32Array(1024), firstLine: new Int32Array(1025),
			hi: new Uint32Array(1024), lo: new Uint32Array(1024) };
		this.mappingId = { hi: new Uint32Array(1024), lo: new Uint32Array(1024) };
		/* Functions of the locations, innermost first: ids, then numbers. */
		this.lines = { n: 0, hi: new Uint32Array(1024), function: new Uint32Array(1024),
			line: new Int32Array(1024) };
	}

	/** Takes the field that is shown, if it is one of a table. */
	take(wire) {
		if (wire.wire === WIRE_BYTES) {
			switch (wire.field) {
			case 1: this.types.push(this.takeType(wire)); break;
			case 3: this.takeMapping(wire); break;
			case 4: this.takeLocation(wire); break;
			case 5: this.takeFunction(wire); break;
			case 6: this.strings.add(wire.from, wire.to); break;
			case 13: this.takeComments(wire); break;
			}
			return;
		}
		switch (wire.field) {
		case 9: this.timeNs = Math.max(0, wire.signed()); break;
		case 10: this.durationNs = Math.max(0, wire.signed()); break;
		case 13: this.commentStrings.push(wire.unsigned()); break;
		case 14: this.defaultString = wire.unsigned(); break;
		}
	}

	takeType(wire) {
		const outer = wire.enter();
		const type = { type: 0, unit: 0 };
		while (wire.next()) {
			if (wire.field === 1)
				type.type = wire.unsigned();
			else if (wire.field === 2)
				type.unit = wire.unsigned();
		}
		wire.leave(outer);
		return type;
	}

	takeComments(wire) {
		const outer = wire.enter();
		while (wire.at < wire.end) {
			wire.varint();
			this.commentStrings.push(wire.unsigned());
		}
		wire.leave(outer);
	}

	takeMapping(wire) {
		const outer = wire.enter();
		const mapping = { file: 0, buildId: 0, start: 0n, offset: 0n, module: 0 };
		let hi = 0, lo = 0;
		while (wire.next()) {
			switch (wire.field) {
			case 1: ({ hi, lo } = wire); break;
			case 2: mapping.start = BigInt(wire.hi) << 32n | BigInt(wire.lo); break;
			case 4: mapping.offset = BigInt(wire.hi) << 32n | BigInt(wire.lo); break;
			case 5: mapping.file = wire.unsigned(); break;
			case 6: mapping.buildId = wire.unsigned(); break;
			}
		}
		wire.leave(outer);
		this.mappingIds.add(hi, lo, this.mappings.length);
		this.mappings.push(mapping);
	}

	takeFunction(wire) {
		const outer = wire.enter();
		const { functions } = this;
		const number = functions.n++;
		let hi = 0, lo = 0;
		if (number === functions.name.length)
			for (const column of ['name', 'system', 'file', 'line'])
				functions[column] = grown(functions[column], functions.n);
		while (wire.next()) {
			switch (wire.field) {
			case 1: ({ hi, lo } = wire); break;
			/* A number too large for the column is one that is not there. */
			case 2: functions.name[number] = Math.min(wire.unsigned(), 0x7fffffff); break;
			case 3: functions.system[number] = Math.min(wire.unsigned(), 0x7fffffff); break;
			case 4: functions.file[number] = Math.min(wire.unsigned(), 0x7fffffff); break;
			case 5: functions.line[number] = lineNumber(wire); break;
			}
		}
		wire.leave(outer);
		this.functionIds.add(hi, lo, number);
	}

	takeLocation(wire) {
		const outer = wire.enter();
		const { locations, mappingId } = this;
		const number = locations.n++;
		let hi = 0, lo = 0;
		if (number === locations.module.length) {
			for (const column of ['module', 'hi', 'lo'])
				locations[column] = grown(locations[column], locations.n);
			locations.firstLine = grown(locations.firstLine, locations.module.length + 1);
			mappingId.hi = grown(mappingId.hi, locations.n);
			mappingId.lo = grown(mappingId.lo, locations.n);
		}
		while (wire.next()) {
			switch (wire.field) {
			case 1: ({ hi, lo } = wire); break;
			case 2: mappingId.hi[number] = wire.hi; mappingId.lo[number] = wire.lo; break;
			case 3: locations.hi[number] = wire.hi; locations.lo[number] = wire.lo; break;
			case 4:
				if (wire.wire === WIRE_BYTES)
					this.takeLine(wire);
				break;
			}
		}
		wire.leave(outer);
		locations.firstLine[locations.n] = this.lines.n;
		this.locationIds.add(hi, lo, number);
	}

	takeLine(wire) {
		const outer = wire.enter();
		const { lines } = this;
		let hi = 0, lo = 0, number = 0;
		while (wire.next()) {
			if (wire.field === 1)
				({ hi, lo } = wire);
			else if (wire.field === 2)
				number = lineNumber(wire);
		}
		wire.leave(outer);
		if (lines.n === lines.hi.length)
			for (const column of ['hi', 'function', 'line'])
				lines[column] = grown(lines[column], lines.n + 1);
		lines.line[lines.n] = number;
		lines.hi[lines.n] = hi;
		lines.function[lines.n++] = lo;
	}

	/** Checks all references, and resolves them. Throws where one leads nowhere. */
	finish() {
		const { strings } = this;
		if (!strings.n || strings.to[0] > strings.from[0])
			throw new Error('the profile is damaged: ' +
				'it has no string table that begins with an empty string');
		this.finishTypes();
		this.finishComments();
		this.finishModules();
		this.finishFunctions();
		this.finishLocations();
	}

	finishTypes() {
		const { strings, types } = this;
		if (!types.length || types.length > PPROF_MOST_VALUES)
			throw new Error(`the profile has ${types.length} kinds of values; ` +
				`1 to ${PPROF_MOST_VALUES} can be read`);
		const preferred = strings.get(this.defaultString);
		this.valueTypes = types.map(({ type, unit }) => ({
			type: strings.get(type), unit: strings.get(unit) }));
		this.defaultValue = types.length - 1;
		for (let i = 0; preferred && i < types.length; i++)
			if (this.valueTypes[i].type === preferred)
				this.defaultValue = i;
	}

	finishComments() {
		const comments = new Set();
		this.sliceNs = 0;
		for (const number of this.commentStrings) {
			const text = this.strings.get(number);
			const slice = PPROF_SLICE.exec(text);
			if (slice)
				this.sliceNs = Number(slice[1]);
			else
				comments.add(text);
		}
		this.comments = [...comments];
	}

	finishModules() {
		const { strings } = this;
		const numbers = new Map();
		this.modules = [{ path: '', buildId: '', kind: MODULE_NONE }];
		for (const mapping of this.mappings) {
			const { path, kind } = moduleOf(strings.get(mapping.file), mapping.start);
			const buildId = strings.get(mapping.buildId);
			const key = JSON.stringify([path, buildId, kind]);
			if (kind === MODULE_NONE)
				continue;
			if (!numbers.has(key)) {
				numbers.set(key, this.modules.length);
				this.modules.push({ path, buildId, kind });
			}
			mapping.module = numbers.get(key);
		}
	}

	/** A function without a name has its system name; one without that tells nothing. */
	finishFunctions() {
		const { strings, functions } = this;
		const { name, system, file } = functions;
		for (let i = 0; i < functions.n; i++) {
			strings.check(name[i]);
			strings.check(system[i]);
			strings.check(file[i]);
			if (strings.to[name[i]] === strings.from[name[i]])
				name[i] = system[i];
			if (strings.to[name[i]] === strings.from[name[i]])
				name[i] = 0;
		}
	}

	finishLocations() {
		const { locations, lines, functions, mappingId } = this;
		let n = 0;
		for (let i = 0, from = 0; i < locations.n; i++) {
			const to = locations.firstLine[i + 1];
			if (mappingId.hi[i] || mappingId.lo[i]) {
				const mapping = this.mappings[this.reference(this.mappingIds, mappingId.hi[i],
					mappingId.lo[i])];
				locations.module[i] = mapping.module;
				this.placeLocation(i, mapping);
			}
			for (let line = from; line < to; line++) {
				if (!lines.hi[line] && !lines.function[line])
					continue;
				const number = this.reference(this.functionIds, lines.hi[line],
					lines.function[line]);
				/* What is left moves down, never ahead of what is still to be read. */
				if (functions.name[number]) {
					lines.line[n] = lines.line[line];
					lines.function[n++] = number;
				}
			}
			from = to;
			locations.firstLine[i + 1] = n;
		}
		lines.n = n;
	}

	reference(ids, hi, lo) {
		const number = ids.find(hi, lo);
		if (number < 0)
			throw new Error(`the profile is damaged: a location names ${ids.what} ` +
				`${hi * 2 ** 32 + lo}, which is not there`);
		return number;
	}

	/** Addresses are those of the process; files of flametap map each module at 0. */
	placeLocation(number, mapping) {
		const { locations } = this;
		const { kind } = this.modules[mapping.module];
		if (kind !== MODULE_USER && kind !== MODULE_VDSO || !mapping.start && !mapping.offset)
			return;
		const address = BigInt(locations.hi[number]) << 32n | BigInt(locations.lo[number]);
		if (address < mapping.start)
			return;
		const offset = address - mapping.start + mapping.offset;
		locations.hi[number] = Number(offset >> 32n & 0xffffffffn);
		locations.lo[number] = Number(offset & 0xffffffffn);
	}
}

/** The kind by the name that flametap, perf's converters and others give a mapping. */
function moduleOf(path, start) {
	const base = path.slice(path.lastIndexOf('/') + 1);
	const high = Boolean(start >> 63n);
	if (!path || path === '[unknown]')
		return { path: '', kind: MODULE_NONE };
	if (path === '[kernel]' || path.startsWith('[kernel:'))
		return { path, kind: MODULE_KERNEL };
	if (/^\[(guest\.)?kernel\.|^\[kernel\]_/.test(path))
		return { path: '[kernel]', kind: MODULE_KERNEL };
	if (path.startsWith('[bpf'))
		return { path, kind: MODULE_BPF };
	if (path === '[vdso]' || base.startsWith('linux-vdso.so'))
		return { path: '[vdso]', kind: MODULE_VDSO };
	if (path === '//anon')
		return { path: '[anon]', kind: MODULE_JIT };
	if (path.startsWith('[') && path.endsWith(']'))
		return high ? { path: `[kernel:${path.slice(1, -1)}]`, kind: MODULE_KERNEL }
			: { path, kind: MODULE_JIT };
	if (base.includes('.ko') && high)
		return { path: `[kernel:${base.slice(0, base.indexOf('.ko'))}]`, kind: MODULE_KERNEL };
	return { path, kind: MODULE_USER };
}
