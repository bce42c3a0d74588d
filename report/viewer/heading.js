// SPDX-License-Identifier: GPL-2.0-or-later
// Title, total and legend above the graph, in the words of the picture.
import { amountHeading } from './amounts.js';
import { fill, make, text } from './dom.js';
import { fillDiffHeading } from './diffparts.js';
import { IDLE_COMMENT, idleWords } from './waits.js';
import { KIND_WORDS, WAIT_SHADES, colourClass, waitShade } from './colour.js';

/** The mark of a kind at the left edge of its boxes; see also svg_boxes.c. */
export const KIND_MARKS = ['', '', '', 'M0 0h3v17H0z', 'M0 1h3v3H0zm0 6h3v3H0zm0 6h3v3H0z',
	'M0 0h1v17H0zm2 0h1v17H2z', '', ''];

/** A patch of a frame's colour, for tables and legends. */
export function makeSwatch(kind, name) {
	return make('svg:svg', { class: 'ft-swatch', width: 12, height: 12, 'aria-hidden': 'true' }, [
		make('svg:rect', { class: colourClass(kind, name), width: 12, height: 12, rx: 2 }),
		KIND_MARKS[kind] ? make('svg:path', { class: 'm', d: KIND_MARKS[kind] }) : null,
	]);
}

function legendOf(tree) {
	const { n, kind: kinds } = tree;
	const wait = KIND_WORDS.length - 1;
	const present = KIND_WORDS.map(() => false), waits = WAIT_SHADES.map(() => false);
	const entry = (kind, name, words) =>
		make('span', { class: `ft-kind ft-kind-${kind}` }, [makeSwatch(kind, name), words]);

	for (let i = 1; i < n; i++) {
		present[kinds[i]] = true;
		if (kinds[i] === wait)
			waits[waitShade(tree.labels[tree.label[i]])] = true;
	}
	return [
		...KIND_WORDS.slice(0, wait).map((words, kind) =>
			(present[kind] ? entry(kind, '', words) : null)),
		...WAIT_SHADES.map(([words, name], shade) =>
			(waits[shade] ? entry(wait, `[${name}]`, words) : null)),
	];
}

export function createHeading(app) {
	const { profile, options, places } = app;
	const title = text(options.title || profile.title ||
		(profile.diff ? 'Difference of two profiles' : 'Flame graph'), 120);
	const left = profile.comments.filter(comment => comment.startsWith(IDLE_COMMENT));
	let legendTree = null;

	fill(places.title, title);
	return {
		render(view, state) {
			if (profile.diff) {
				fillDiffHeading(places, profile.diff, view);
				return;
			}
			const seconds = profile.durationNs / 1e9;
			const words = [amountHeading(profile, state.value, view.whole)];

			if (profile.durationNs)
				words.push(`${seconds.toFixed(2)} s recorded`);
			if (view.tree.total[0] !== view.whole)
				words.push(`${amountHeading(profile, state.value, view.tree.total[0])} shown`);
			if (view.refined.idleLeftOut > 0)
				words.push(idleWords(view.refined.idleLeftOut));
			else if (left.length === 1)
				words.push(left[0]);
			fill(places.subtitle, words.join(' · '));
			if (legendTree !== view.tree)
				fill(places.legend, legendOf(view.tree));
			legendTree = view.tree;
		},
	};
}
