// SPDX-License-Identifier: GPL-2.0-or-later
// A profile comes in; out goes how much happened when: a column for each second of the recording, a
// row for each part of a second, as in a subsecond heatmap.

const GRID_ROWS = 50;
const GRID_CELLS = 2 ** 22;

/**
 * @param {import('./profile.js').Stacks} profile or what refine() left of it
 * @param {number} value which of its values
 * @returns {{columns: number, rows: number, cells: Float64Array, max: number}|null} cells of 1/rows
 *     second, cells[column * rows + row]; null where times are not known
 */
export function timeGrid(profile, value) {
	const { sampleTime, sliceNs, durationNs } = profile;
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
	let max = 0;
	for (let i = 0; i < sampleTime.length; i++) {
		const cell = Math.floor(sampleTime[i] * rows / 1e9);
		if (cell < cells.length)
			max = Math.max(max, cells[cell] += values[i]);
	}
	return { columns, rows, cells, max };
}
