// SPDX-License-Identifier: GPL-2.0-or-later
// What the page of a difference has of its own: which side is which, the legend, and the table of
// the largest changes; as in the picture (svg_diff.c).
import { changeClass, formatAmount, formatChange, formatRatio } from './changes.js';
import { diffWay } from './diff.js';
import { fill, make, text } from './dom.js';
import { formatValue } from './format.js';
import { largestChanges, shownDiff } from './sides.js';
import { exactPattern } from './words.js';

const DIFF_NAMES = 60;
const GATE_VERDICT = 40;
const DIFF_SAMPLES = { type: 'samples', unit: 'count' };

/** A patch of the colour of a change. */
export function changeSwatch(name) {
	return make('svg:svg', { class: 'ft-swatch', width: 12, height: 12, 'aria-hidden': 'true' }, [
		make('svg:rect', { class: name, width: 12, height: 12 }),
		name.endsWith(' x') ? make('svg:rect', { class: 'ft-gone', x: 0.5, y: 0.5, width: 11,
			height: 11, fill: 'none', stroke: 'currentColor', 'stroke-dasharray': '3 2' }) : null,
	]);
}

function sideWords(diff, totals, side) {
	const n = Math.round(totals[side] / diff.samples[side]);

	return `${text(diff.names[side], DIFF_NAMES)} (${formatValue(n, DIFF_SAMPLES)})`;
}

function legendParts({ gate }) {
	const names = [5, 4, 3, 2, 1].map(level => `m${level}`)
		.concat('z0', [1, 2, 3, 4, 5].map(level => `p${level}`));

	return [
		make('span', { class: 'ft-kind' }, [gate ? 'faster' : 'less',
			make('span', { class: 'ft-scale' }, names.map(changeSwatch)),
			gate ? "slower: significant in the function's total" : 'more after']),
		make('span', { class: 'ft-kind' }, [changeSwatch('m5 x'), 'gone']),
		make('span', { class: 'ft-kind' }, [changeSwatch('z0'),
			gate ? 'not significant' : 'too few samples to tell']),
		make('span', { class: 'ft-kind' }, 'as wide as the mean of before and after'),
	];
}

/** Below the title: which side is before, which after, and what the colours say. */
export function fillDiffHeading(places, diff, view) {
	const totals = diff.totals;
	const left = shownDiff(view.tree);
	const part = left.by === 'share' ? left.scales : null;
	const gate = diff.gate ? ` · gate: ${text(diff.gate.verdict, GATE_VERDICT)}` : '';
	const words = `${diff.what} ${diffWay(diff)}${gate} · before: ` +
		`${sideWords(diff, totals, 0)} → after: ${sideWords(diff, totals, 1)}`;

	fill(places.subtitle, part && part.some((scale, side) => scale !== diff.scales[side]) ?
		`${words} · shown: ${part.map((scale, side) =>
			`${(100 * scale / diff.scales[side]).toFixed(2)}%`).join(' → ')}` : words);
	fill(places.legend, legendParts(diff));
}

function changeRow(app, diff, tree, row) {
	const name = tree.labels[row.label];
	const { change } = row;
	const search = () => app.store.set({ view: 'flame', search: exactPattern(name) });

	return make('tr', {}, [
		...change.amounts.map(amount => make('td', {}, formatAmount(diff, amount))),
		make('td', {}, formatChange(diff, change.change)),
		make('td', {}, formatRatio(change)),
		make('td', {}, [
			changeSwatch(changeClass(change)),
			make('button', { type: 'button', title: 'Search for it', onclick: search }, name),
		]),
	]);
}

/** Into a table: the functions whose own share has changed most. */
export function fillLargestChanges(element, app, view, n) {
	const { diff, rows } = largestChanges(view, n);
	const heads = ['before', 'after', 'change', 'ratio',
		`${diff.gate ? 'significant changes of total' : 'largest changes of self'}, ${diff.unit}`];

	element.classList.add('ft-changes');
	fill(element, [
		make('thead', {}, make('tr', {}, heads.map(words => make('th', { scope: 'col' }, words)))),
		make('tbody', {}, rows.length ? rows.map(row => changeRow(app, diff, view.tree, row)) :
			make('tr', {}, make('td', { colspan: heads.length }, 'No change that can be told.'))),
	]);
}
