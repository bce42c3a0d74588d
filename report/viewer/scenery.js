// SPDX-License-Identifier: GPL-2.0-or-later
// A tree and a zoom come in; out goes their picture in an area that scrolls, where each node's box
// is in the window, and which node a point of the window belongs to.
import { classOfNode } from './colour.js';
import { make } from './dom.js';
import { findBox, layoutBoxes, placeOfNode } from './layout.js';
import { Painter, BOX, ROW } from './paint.js';
import { diffClassOf, hasSides } from './sides.js';
import { nodeAt } from './tree.js';

const MARGIN = 600; // px painted above and below what is seen

/**
 * @typedef {object} GraphInput what a graph draws
 * @property {object} tree
 * @property {string[]|null} zoom path to the node that fills the width
 * @property {boolean} inverted root at the top
 * @property {{matched: Uint8Array}|null} search
 * @property {object[]|null} totals of functions, for the tooltip
 * @property {number} value number of the value type
 * @property {function(object, number): string} [classOf] colour of a node
 */

/** What Graph of graph.js draws with; it hands the input on to draw again. */
export class Scenery {
	/** @param {{name: string, id: string}} options name for readers */
	constructor({ name, id }) {
		this.whole = null;     // layout without a zoom
		this.least = 0;        // its rows: a zoom does not make the graph lower
		this.input = null;
		this.scene = null;
		this.area = make('div', {
			class: 'ft-area', 'data-graph': id, role: 'tree', tabindex: 0, 'aria-label': name,
		});
		this.painter = new Painter(this.area);
		this.empty = make('p', { class: 'ft-empty', hidden: true }, 'There are no samples.');
		// What is higher than the window scrolls within it, under the tools.
		this.scroller = make('div', { class: 'ft-scroller' }, [this.area]);
		this.fromRoot = 0;     // px that the scroller is away from the root's end of the graph
		this.listenToWindow();
	}

	listenToWindow() {
		window.addEventListener('scroll', () => this.onScroll(), { passive: true });
		this.scroller.addEventListener('scroll', () => {
			this.fromRoot = this.fromRootNow();
			this.onScroll();
		}, { passive: true });
		for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)'])
			window.matchMedia(query).addEventListener('change', () => this.repaint());
		window.addEventListener('beforeprint', () => this.repaint(true));
		window.addEventListener('afterprint', () => this.repaint());
	}

	/** @param {GraphInput} input */
	render(input) {
		const before = Math.floor(this.area.clientWidth);
		let drawn = this.renderWidth(input);

		// A scroll bar came or went.
		if (before !== Math.floor(this.area.clientWidth))
			drawn = this.renderWidth(input);
		if (drawn)
			this.repaint();
	}

	/** @returns {boolean} false where there is no room to draw in */
	renderWidth(input) {
		const width = Math.floor(this.area.clientWidth);

		this.setInput(input);
		if (!width)
			return false;
		const { tree } = input;
		if (this.ofTree !== tree || this.ofWidth !== width) {
			this.whole = layoutBoxes(tree, 0, width);
			this.least = this.whole.rows.length;
			this.ofTree = tree;
			this.ofWidth = width;
		}
		const layout = this.zoomed ? layoutBoxes(tree, this.zoomed, width) : this.whole;
		const rows = Math.max(layout.rows.length, this.least);
		this.scene = {
			layout, tree,
			matched: input.search ? input.search.matched : null,
			classOf: input.classOf || (hasSides(tree) ? diffClassOf : classOfNode),
			rowTop: row => (input.inverted ? row : rows - 1 - row) * ROW,
		};
		this.empty.hidden = tree.total[0] > 0;
		this.setHeight(tree.total[0] > 0 ? rows * ROW : 0);
		return true;
	}

	/** Where rows come or go above the root, the root and what is at hand stay where they are. */
	setHeight(height) {
		const { area, scroller } = this;
		const before = scroller.clientHeight;

		area.style.height = `${height}px`;
		const change = scroller.clientHeight - before;
		if (before && change && !this.input.inverted && scroller.getBoundingClientRect().top < 0)
			window.scrollBy(0, change);
		scroller.scrollTop += (this.fromRoot - this.fromRootNow()) * (this.input.inverted ? 1 : -1);
	}

	fromRootNow() {
		const { scrollTop, scrollHeight, clientHeight } = this.scroller;

		return this.input.inverted ? scrollTop : scrollHeight - clientHeight - scrollTop;
	}

	setInput(input) {
		const { tree } = input;
		const zoomed = input.zoom ? nodeAt(tree, input.zoom) : 0;

		// What is not there any more (a chip took it) cannot fill the width.
		this.zoomed = zoomed > 0 && tree.total[zoomed] > 0 ? zoomed : 0;
		this.input = input;
	}

	repaint(all = false) {
		if (!this.scene)
			return;
		const { layout } = this.scene;
		const { top } = this.area.getBoundingClientRect();
		const height = this.area.clientHeight;
		const from = all ? 0 : Math.max(0, Math.min(height, -top - MARGIN));
		const until = all ? Math.min(height, 16000) :
			Math.max(from, Math.min(height, window.innerHeight - top + MARGIN));

		this.painter.look.forget();
		this.painter.resize(layout.width, from, until, window.devicePixelRatio || 1);
		this.painter.paint(this.scene);
	}

	onScroll() {
		if (!this.scene || !this.area.isConnected)
			return;
		const { top } = this.area.getBoundingClientRect();
		const from = Math.max(0, -top);
		const until = Math.min(this.area.clientHeight, window.innerHeight - top);

		if (from < until && (from < this.painter.top || until > this.painter.bottom))
			this.repaint();
	}

	// Places.

	/** The node at a point of the window, or -1. */
	nodeAtPoint(x, y) {
		if (!this.scene)
			return -1;
		const box = this.area.getBoundingClientRect();
		const { layout, rowTop } = this.scene;
		const first = rowTop(0), step = rowTop(1) - first;
		const row = step > 0 ? Math.floor((y - box.top - first) / ROW) :
			-Math.floor((y - box.top - first) / ROW);
		const index = findBox(layout, row, x - box.left);

		return index < 0 ? -1 : layout.rows[row].nodes[index];
	}

	/** Where a node's box is in the window: { left, top, width, height }, or null. */
	rectOf(node) {
		const place = node < 0 || !this.scene ? null :
			placeOfNode(this.scene.layout, this.scene.tree, node);

		if (!place)
			return null;
		const { left, top } = this.area.getBoundingClientRect();
		const row = this.scene.layout.rows[place.row];

		return {
			left: left + row.x[place.index], top: top + this.scene.rowTop(place.row),
			width: row.width[place.index], height: BOX,
		};
	}
}
