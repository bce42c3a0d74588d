// SPDX-License-Identifier: GPL-2.0-or-later
// Totals by function come in; out go the rows of the table in the order asked for, and what columns
// it has. Pure: no document.
import { changesOf, hasSides } from './sides.js';

const TABLE_COLUMNS = [
	{ by: 'self', title: 'Self', number: true, tip: 'where the function itself was on top' },
	{ by: 'total', title: 'Total', number: true, tip: 'it and all that it called' },
	{ by: 'name', title: 'Function', tip: 'by name' },
	{ by: 'module', title: 'Module', tip: 'by module' },
];

/** Of a difference. */
const DIFF_COLUMNS = [
	{ by: 'base', title: 'Before', number: true, tip: 'total before' },
	{ by: 'new', title: 'After', number: true, tip: 'total after' },
	{ by: 'change', title: 'Change', number: true, tip: 'change of total, what has grown first' },
	{ by: 'selfchange', title: 'Self', number: true,
		tip: 'change of self, what has grown first' },
	...TABLE_COLUMNS.slice(2),
];

/** @returns {{by: string, title: string, number: boolean, tip: string}[]} what may be sorted by */
export function tableColumns(isDiff) {
	return isDiff ? DIFF_COLUMNS : TABLE_COLUMNS;
}

// A collator takes twenty times as long, which is seconds for what is large.
const compareFolded = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

const TABLE_ORDERS = {
	self: (a, b) => a.self - b.self || a.total - b.total,
	total: (a, b) => a.total - b.total || a.self - b.self,
	base: (a, b) => a.totalChange.amounts[0] - b.totalChange.amounts[0],
	new: (a, b) => a.totalChange.amounts[1] - b.totalChange.amounts[1],
	change: (a, b) => a.totalChange.change - b.totalChange.change ||
		a.selfChange.change - b.selfChange.change,
	selfchange: (a, b) => a.selfChange.change - b.selfChange.change ||
		a.totalChange.change - b.totalChange.change,
	name: (a, b) => compareFolded(b.folded, a.folded),
	module: (a, b) => compareFolded(b.module, a.module),
};

/** Rows in the order asked for; equal ones stay as they were, whichever way it goes. */
export function sortTableRows(rows, { by, down }) {
	const known = rows.length && !rows[0].totalChange && DIFF_COLUMNS.slice(0, 4)
		.some(column => column.by === by) ? 'self' : by;
	const order = TABLE_ORDERS[known] || TABLE_ORDERS.self;
	const sign = down ? -1 : 1;

	return rows.slice().sort((a, b) => sign * order(a, b));
}

/** The other way round, or the way that a column is looked at first: large, or A to Z. */
export function nextSort(sort, by) {
	return { by, down: sort.by === by ? !sort.down : true };
}

function tableModule(modules) {
	const [path] = modules;
	return modules.length > 1 ? '(several)' : path ? path.slice(path.lastIndexOf('/') + 1) : '';
}

/** What the table shows of view.totals. */
export function tableRowsOf({ tree, totals }) {
	const rows = hasSides(tree) ? changesOf({ tree, totals }) : totals;

	return rows.map(({ label, self, total, modules, selfChange, totalChange }) => ({
		label, self, total, selfChange, totalChange, name: tree.labels[label],
		folded: tree.labels[label].toLowerCase(),
		module: tableModule(modules), path: modules.join('\n'),
	}));
}
