// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of a pprof file (strings, mappings, functions, locations), which may stand anywhere in
// it and refer to each other forwards: they are collected here, and checked when all are there. The
// same as report/pprof_tables.c and pprof_finish.c, so that both read the same out of a file.

import { PprofIds, PprofStrings } from './pprof_ids.js';
import { grown } from './columns.js';
import { WIRE_BYTES } from './wire.js';

/** Those that cannot be are "not known". */
function lineNumber(wire) {
	return wire.hi || wire.lo > 0x7fffffff ? 0 : wire.lo;
}

/** What is collected; finishTables() makes `modules`, `functions`, `locations` fit each other. */
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
}
