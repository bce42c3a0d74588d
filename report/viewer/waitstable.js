// SPDX-License-Identifier: GPL-2.0-or-later
// What threads waited for, below the graph: a row for each class with its time, how long its waits
// were, and a histogram of that. Of what the filters leave.
import { WAIT_KIND, colourClass } from './colour.js';
import { fill, make } from './dom.js';
import { makeSwatch } from './heading.js';
import { bucketStart, waitPercent, waitSums, waitTime } from './waits.js';
import { IDLE_SUFFIX, figuresOf, hasCpu, hasWaits, isOfCpu, mainPhase } from './waitstats.js';
import { phaseRows, sortPhaseRows } from './waitstats.js';
import { exactPattern } from './words.js';

const WAITS_OCTAVE = 8; // buckets
const WAITS_BAR = 8; // px
const WAITS_HEIGHT = 16;
const WAIT_COLUMNS = ['waits for', 'total', 'waits', 'p50', 'p99', 'max', 'mean', 'run queue',
	'how long'];

/** A bar for each octave between the shortest and the longest. */
function histogram({ counts }, name) {
	const octaves = Array.from({ length: counts.length / WAITS_OCTAVE }, (_, i) =>
		counts.subarray(i * WAITS_OCTAVE, (i + 1) * WAITS_OCTAVE)
			.reduce((sum, count) => sum + count, 0));
	const first = octaves.findIndex(count => count > 0), most = Math.max(...octaves);
	const last = octaves.length - 1 - [...octaves].reverse().findIndex(count => count > 0);

	if (first < 0)
		return null;
	const words = octave => `${waitTime(bucketStart(octave * WAITS_OCTAVE))} to ` +
		waitTime(bucketStart((octave + 1) * WAITS_OCTAVE));
	const bars = octaves.slice(first, last + 1).map((count, i) => {
		const height = count ? Math.max(1, WAITS_HEIGHT * count / most) : 0;
		return make('svg:svg', { x: i * WAITS_BAR, width: WAITS_BAR, height: WAITS_HEIGHT }, [
			make('svg:title', {}, `${words(first + i)}: ${count.toLocaleString('en')}`),
			make('svg:rect', { width: WAITS_BAR, height: WAITS_HEIGHT, 'fill-opacity': 0 }),
			make('svg:rect', { class: colourClass(WAIT_KIND, name), y: WAITS_HEIGHT - height,
				width: WAITS_BAR - 1, height }),
		]);
	});
	const label = `${waitTime(bucketStart(first * WAITS_OCTAVE))} to ` +
		waitTime(bucketStart((last + 1) * WAITS_OCTAVE));
	return [
		make('svg:svg', { class: 'ft-histogram', role: 'img', 'aria-label': label,
			width: bars.length * WAITS_BAR, height: WAITS_HEIGHT }, bars),
		make('span', { class: 'ft-quiet' }, label),
	];
}

function waitsRow(app, row) {
	const name = `[${row.name.replace(IDLE_SUFFIX, '')}]`;
	const search = () => app.store.set({ view: 'flame', search: exactPattern(name) });
	const { total, count, mean, p50, p99, longest, queued } = figuresOf(row);

	return make('tr', {}, [
		make('td', {}, [makeSwatch(WAIT_KIND, name), make('button', { type: 'button',
			title: 'Search for it', onclick: search }, row.name)]),
		...[waitTime(total), count.toLocaleString('en'), waitTime(p50), waitTime(p99),
			waitTime(longest), waitTime(mean), waitPercent(queued)]
			.map(words => make('td', {}, words)),
		make('td', {}, histogram(mainPhase(row), name)),
	]);
}

/** Gives { element, render }. */
export function createWaitsTable(app) {
	const { profile } = app;
	const head = make('thead', {}, make('tr', {}, WAIT_COLUMNS.map(words =>
		make('th', { scope: 'col' }, words))));
	const body = make('tbody'), sums = make('p', { class: 'ft-quiet' });
	const element = make('section', { class: 'ft-waits', 'aria-label': 'What threads waited for' },
		[make('table', {}, [head, body]), sums]);
	let drawn = null;

	return {
		element,
		render(view, state) {
			element.hidden = !hasWaits(profile) || state.view !== 'flame' || isOfCpu(view.unit);
			if (element.hidden || drawn === view.refined)
				return;
			drawn = view.refined;
			const found = phaseRows(view.refined, null);
			fill(body, sortPhaseRows(found.rows, { by: 'total', down: true })
				.map(row => waitsRow(app, row)));
			fill(sums, waitSums(found.sums, profile.durationNs, hasCpu(profile)));
		},
	};
}
