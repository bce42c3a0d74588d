// SPDX-License-Identifier: GPL-2.0-or-later
// A node of a tree comes in; out goes what is to be known of it, as words for readers and as the
// box beside the pointer or the cursor.
import { amountWords } from './amounts.js';
import { formatShare } from './format.js';
import { KIND_WORDS } from './colour.js';
import { fill, make, text } from './dom.js';
import { diffLines, hasSides } from './sides.js';
import { WAKER_MARK } from './waits.js';

const GAP = 12; // px beside the pointer

const totalRows = new WeakMap(); // totals: row by label

function totalOf(totals, label) {
	if (!totalRows.has(totals))
		totalRows.set(totals, new Map(totals.map(row => [row.label, row])));
	return totalRows.get(totals).get(label);
}

function share(part, whole) {
	return formatShare(whole ? part / whole : 0);
}

function processOf(tree, node) {
	while (tree.parent[node])
		node = tree.parent[node];
	return node;
}

/** "60.00% of all, self 40.00%": what is read for a box. */
export function describeNode(tree, node) {
	if (hasSides(tree))
		return [tree.labels[tree.label[node]], ...diffLines(tree, node)].join(', ');
	const whole = tree.total[0];
	const words = `${tree.labels[tree.label[node]]}, ${share(tree.total[node], whole)} of all`;

	return tree.self[node] ? `${words}, self ${share(tree.self[node], whole)}` : words;
}

function shareWords(tree, node, zoomed) {
	const process = processOf(tree, node);
	const words = [`${share(tree.total[node], tree.total[0])} of all`];

	// Of what is seen, all but the callers of the zoom are in it, and stand behind it.
	if (zoomed && node >= zoomed)
		words.push(`${share(tree.total[node], tree.total[zoomed])} of zoom`);
	if (process && process !== node && tree.total[process] !== tree.total[0])
		words.push(`${share(tree.total[node], tree.total[process])} of ` +
			text(tree.labels[tree.label[process]], 40));
	return words.join(' · ');
}

/** In how many places of the tree a function is, and what they sum up to. */
function everywhereWords(tree, node, totals) {
	const row = totals && tree.isFunction[node] ? totalOf(totals, tree.label[node]) : null;

	if (!row || (row.total === tree.total[node] && row.self === tree.self[node]))
		return '';
	return `in all places: ${share(row.total, tree.total[0])}, self ` +
		share(row.self, tree.total[0]);
}

function placeWords(tree, node) {
	const frame = tree.frames[tree.frame[node]];
	const line = frame && frame.line ? `:${frame.line}` : '';

	return frame && frame.file ? `${frame.file}${line}` : '';
}

function moduleWords(tree, node) {
	const number = tree.module[node];

	if (number < 0)
		return 'in several modules';
	return number ? tree.modules[number].path : '';
}

/** What is too small to be drawn is told where it is missing. */
function leftOutWords(tree, out) {
	return out && out.n ? `not drawn, too small: ${out.n} ${out.n === 1 ? 'frame' : 'frames'}, ` +
		`in all ${share(out.total, tree.total[0])}` : '';
}

/** Of what lies within the mark "--" it is said what it did: who waited is before the mark, at the
 * frame of the wait, but in a graph of wakeups behind it. */
function kindWords(tree, node) {
	const kind = KIND_WORDS[tree.kind[node]];
	let mark = node;

	if (kind !== 'waker')
		return kind;
	while (mark && tree.labels[tree.label[mark]] !== WAKER_MARK)
		mark = tree.parent[mark];
	if (!mark)
		return kind;
	if (KIND_WORDS[tree.kind[tree.parent[mark]]] !== 'waiting')
		return mark === node ? 'who is behind it was woken by what is before it' : 'was woken';
	if (mark === node)
		return 'what is behind it woke who waited here';
	return tree.isFunction[node] && tree.module[node] ? 'woken by this code' : 'woken by this thread';
}

/**
 * The lines of a tooltip.
 * @param {object} about { tree, node, zoomed, profile, value, totals, out } out: see leftOut()
 * @returns {string[]}
 */
export function tooltipLines({ tree, node, zoomed, profile, value, totals, out = null }) {
	const kind = node ? kindWords(tree, node) : 'all samples';

	if (hasSides(tree))
		return [...diffLines(tree, node), leftOutWords(tree, out), moduleWords(tree, node),
			placeWords(tree, node), kind].filter(Boolean);
	return [
		shareWords(tree, node, zoomed),
		amountWords(profile, value, tree.total[node]),
		tree.self[node] ? `self ${share(tree.self[node], tree.total[0])}: ` +
			amountWords(profile, value, tree.self[node]) : 'self 0',
		everywhereWords(tree, node, totals),
		leftOutWords(tree, out),
		moduleWords(tree, node),
		placeWords(tree, node),
		kind,
	].filter(Boolean);
}

/** The box itself: { element, show(name, lines, x, y), showBeside(...), hide(), isShown() }. */
export function createTooltip(id) {
	const element = make('div', { id, class: 'ft-tooltip', role: 'tooltip', hidden: true });

	function place(left, top) {
		element.style.left = `${Math.max(4, left)}px`;
		element.style.top = `${Math.max(4, top)}px`;
	}

	/** @returns {{height: number, right: number}} px; right: as far as left may be */
	function fillBox(name, lines) {
		fill(element, [make('strong', {}, name), lines.map(line => make('div', {}, line))]);
		element.hidden = false;
		const { width, height } = element.getBoundingClientRect();
		return { height, right: document.documentElement.clientWidth - width - 4 };
	}

	return {
		element,
		isShown: () => !element.hidden,
		hide() {
			element.hidden = true;
		},
		/** Beside a point of the window, and within it. */
		show(name, lines, x, y) {
			const { height, right } = fillBox(name, lines);
			const below = y + GAP + height < window.innerHeight;
			place(Math.min(x + GAP, right), below ? y + GAP : y - GAP - height);
		},
		/**
		 * At a box that has the cursor, on the side of its callers: where one goes next stays
		 * in view. Where there is no room, at the other end of the graph.
		 * @param {DOMRect} box
		 * @param {boolean} inverted callers are above
		 * @param {DOMRect} around what is seen of the graph
		 */
		showBeside(name, lines, box, inverted, around) {
			const { height, right } = fillBox(name, lines);
			const above = box.top - 4 - height, below = box.top + box.height + 4;
			const bottom = Math.min(window.innerHeight, around.bottom) - height - 4;
			const top = inverted ? (above >= around.top ? above : bottom) :
				below + height < window.innerHeight ? below : around.top + 4;

			place(Math.min(box.left + GAP, right), top);
		},
	};
}
