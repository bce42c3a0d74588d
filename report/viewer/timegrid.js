// SPDX-License-Identifier: GPL-2.0-or-later
// A profile comes in; out goes how much happened when: a column for each second of the recording, a
// row for each part of a second, as in a subsecond heatmap.

import { WaitTimes } from './waittime.js';

const GRID_ROWS = 50;
const GRID_CELLS = 2 ** 22;

/** What lasts is spread over its time. Places are in cells; the sum of the rates up to a cell is
 * what is in it. */
class Spread {
	constructor(cells) {
		this.cells = cells;
		this.rates = new Float64Array(cells.length + 1);
	}

	add(from, until, value) {
		const first = Math.floor(from), last = Math.floor(until);
		const rate = value / (until - from);
		if (first >= this.cells.length)
			return;
		if (first === last) {
			this.cells[first] += value;
			return;
		}
		this.cells[first] += rate * (first + 1 - from);
		if (last < this.cells.length)
			this.cells[last] += rate * (until - last);
		this.rates[first + 1] += rate;
		this.rates[Math.min(last, this.cells.length)] -= rate;
	}

	/** Rounded: what is left of rates that end is no value. */
	finish() {
		const { cells, rates } = this;
		let rate = 0, max = 0;
		for (let i = 0; i < cells.length; i++) {
			rate += rates[i];
			cells[i] = Math.round(cells[i] + rate);
			max = Math.max(max, cells[i]);
		}
		return max;
	}
}

/**
 * @param {import('./profile.js').Profile} profile
 * @param {number} value which of its values; a time is spread over waits as long as they were, a
 *     count is where they began
 * @param {Uint8Array|null} [left] by sample: those that are left out
 * @returns {{columns: number, rows: number, cells: Float64Array, max: number}|null} cells of 1/rows
 *     second, cells[column * rows + row]; null where times are not known
 */
export function timeGrid(profile, value, left = null) {
	const { sampleTime, sliceNs, durationNs, valueTypes } = profile;
	const values = profile.values[value];
	if (!sampleTime || !sliceNs || !sampleTime.length)
		return null;
	let end = durationNs;
	for (let i = 0; i < sampleTime.length; i++)
		end = Math.max(end, sampleTime[i] + 1);
	const rows = Math.max(1, Math.min(GRID_ROWS, Math.floor(1e9 / sliceNs)));
	/* A time that nobody recorded for is no reason for a grid that fills the memory. */
	const columns = Math.min(Math.ceil(end / 1e9), Math.floor(GRID_CELLS / rows));
	const cells = new Float64Array(columns * rows);
	const spread = new Spread(cells), times = new WaitTimes(profile);
	const lasts = valueTypes[value].unit !== 'count';
	for (let i = 0; i < sampleTime.length; i++) {
		if (!values[i] || left && left[i])
			continue;
		times.find(i);
		const at = lasts ? times.from : sampleTime[i];
		spread.add(at * rows / 1e9, (lasts ? times.until : at) * rows / 1e9, values[i]);
	}
	return { columns, rows, cells, max: spread.finish() };
}
