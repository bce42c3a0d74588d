// SPDX-License-Identifier: GPL-2.0-or-later
// All tables of a pprof file come in as they stand there; afterwards they are checked, and refer to
// each other by number. As report/pprof_finish.c does it, so that both read the same out of a file.

/** As in report/profile.h. */
export const MODULE_NONE = 0;
export const MODULE_USER = 1;
export const MODULE_KERNEL = 2;
export const MODULE_BPF = 3;
export const MODULE_VDSO = 4;
export const MODULE_JIT = 5;

const PPROF_MOST_VALUES = 8;
const PPROF_SLICE = /^slice: (\d+) ns/;

/**
 * Checks all references, and resolves them.
 * @param {import('./pprof_tables.js').PprofTables} tables
 * @throws {Error} where one leads nowhere
 */
export function finishTables(tables) {
	const { strings } = tables;
	if (!strings.n || strings.to[0] > strings.from[0])
		throw new Error('the profile is damaged: ' +
			'it has no string table that begins with an empty string');
	finishTypes(tables);
	finishComments(tables);
	finishModules(tables);
	finishFunctions(tables);
	finishLocations(tables);
}

function finishTypes(tables) {
	const { strings, types } = tables;
	if (!types.length || types.length > PPROF_MOST_VALUES)
		throw new Error(`the profile has ${types.length} kinds of values; ` +
			`1 to ${PPROF_MOST_VALUES} can be read`);
	const preferred = strings.get(tables.defaultString);
	tables.valueTypes = types.map(({ type, unit }) => ({
		type: strings.get(type), unit: strings.get(unit) }));
	tables.defaultValue = types.length - 1;
	for (let i = 0; preferred && i < types.length; i++)
		if (tables.valueTypes[i].type === preferred)
			tables.defaultValue = i;
}

function finishComments(tables) {
	const comments = new Set();
	tables.sliceNs = 0;
	for (const number of tables.commentStrings) {
		const text = tables.strings.get(number);
		const slice = PPROF_SLICE.exec(text);
		if (slice)
			tables.sliceNs = Number(slice[1]);
		else
			comments.add(text);
	}
	tables.comments = [...comments];
}

function finishModules(tables) {
	const { strings } = tables;
	const numbers = new Map();
	tables.modules = [{ path: '', buildId: '', kind: MODULE_NONE }];
	for (const mapping of tables.mappings) {
		const { path, kind } = moduleOf(strings.get(mapping.file), mapping.start);
		const buildId = strings.get(mapping.buildId);
		const key = JSON.stringify([path, buildId, kind]);
		if (kind === MODULE_NONE)
			continue;
		if (!numbers.has(key)) {
			numbers.set(key, tables.modules.length);
			tables.modules.push({ path, buildId, kind });
		}
		mapping.module = numbers.get(key);
	}
}

/** A function without a name has its system name; one without that tells nothing. */
function finishFunctions(tables) {
	const { strings, functions } = tables;
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

function finishLocations(tables) {
	const { locations, lines, functions, mappingId } = tables;
	let n = 0;
	for (let i = 0, from = 0; i < locations.n; i++) {
		const to = locations.firstLine[i + 1];
		if (mappingId.hi[i] || mappingId.lo[i]) {
			const mapping = tables.mappings[reference(tables.mappingIds, mappingId.hi[i],
				mappingId.lo[i])];
			locations.module[i] = mapping.module;
			placeLocation(tables, i, mapping);
		}
		for (let line = from; line < to; line++) {
			if (!lines.hi[line] && !lines.function[line])
				continue;
			const number = reference(tables.functionIds, lines.hi[line],
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

function reference(ids, hi, lo) {
	const number = ids.find(hi, lo);
	if (number < 0)
		throw new Error(`the profile is damaged: a location names ${ids.what} ` +
			`${hi * 2 ** 32 + lo}, which is not there`);
	return number;
}

/** Addresses are those of the process; files of flametap map each module at 0. */
function placeLocation(tables, number, mapping) {
	const { locations } = tables;
	const { kind } = tables.modules[mapping.module];
	if (kind !== MODULE_USER && kind !== MODULE_VDSO || !mapping.start && !mapping.offset)
		return;
	const address = BigInt(locations.hi[number]) << 32n | BigInt(locations.lo[number]);
	if (address < mapping.start)
		return;
	const offset = address - mapping.start + mapping.offset;
	locations.hi[number] = Number(offset >> 32n & 0xffffffffn);
	locations.lo[number] = Number(offset & 0xffffffffn);
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
