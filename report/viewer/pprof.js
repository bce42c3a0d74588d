// SPDX-License-Identifier: GPL-2.0-or-later
// The bytes of a pprof file (profile.proto, unpacked), anyone's, come in; out go its tables and its
// samples, as report/pprof_read.c reads them. The bytes are walked twice: first for the tables,
// then for the samples, since what samples refer to may come last.

import { finishTables } from './pprof_finish.js';
import { PprofSamples } from './pprof_samples.js';
import { PPROF_MOST_ITEMS } from './pprof_stacks.js';
import { PprofTables } from './pprof_tables.js';
import { WIRE_BYTES, Wire } from './wire.js';

const PPROF_SAMPLE = 2;

/**
 * @typedef {object} RawProfile
 * @property {PprofTables} tables strings, modules, functions, locations, comments, kinds of values
 * @property {{n: number, parent: Int32Array, location: Int32Array}} stacks stack 0 is empty; each
 *     stands behind its outer part
 * @property {object} samples columns n, stack, thread, unwind, values; null where there are none:
 *     time, waits (see pprof_waits.js)
 * @property {{pid: number, tid: number, process: string, comm: string}[]} threads
 */

/**
 * @param {Uint8Array} bytes unpacked
 * @returns {RawProfile}
 * @throws {Error} that tells what is wrong with a damaged file
 */
export function readPprof(bytes) {
	const tables = new PprofTables(bytes);
	let wire = new Wire(bytes);
	let nSamples = 0;
	while (wire.next()) {
		if (wire.field !== PPROF_SAMPLE)
			tables.take(wire);
		else if (wire.wire === WIRE_BYTES)
			nSamples++;
	}
	if (nSamples > PPROF_MOST_ITEMS)
		throw new Error(`the profile has more than ${PPROF_MOST_ITEMS} samples`);
	finishTables(tables);
	wire = new Wire(bytes);
	const samples = new PprofSamples(wire, tables, nSamples);
	while (wire.next())
		if (wire.field === PPROF_SAMPLE && wire.wire === WIRE_BYTES)
			samples.take();
	const { n, stack, thread, unwind, time, values, stacks } = samples;
	return { tables,
		stacks: { n: stacks.n, parent: stacks.parent, location: stacks.location },
		samples: { n, stack, thread, unwind, time, values, waits: samples.waits.get() },
		threads: samples.listThreads() };
}
