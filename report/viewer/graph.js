// SPDX-License-Identifier: GPL-2.0-or-later
// A tree and a zoom come in; out goes a graph of boxes (drawn by scenery.js) that is hovered,
// clicked, tapped and walked by keys. It knows nothing of the state: what a person does is told to
// its owner.
import { make } from './dom.js';
import { Items } from './items.js';
import { leftOut, placeOfNode, SLIVER } from './layout.js';
import { BOX } from './paint.js';
import { Scenery } from './scenery.js';
import { nodeAt, pathOf } from './tree.js';
import { createTooltip, describeNode, tooltipLines } from './tooltip.js';

class Graph extends Scenery {
	constructor(app, { name, id, onZoom, pathsOf }) {
		super({ name, id });
		this.app = app;
		this.onZoom = onZoom;
		this.pathsOf = pathsOf || (path => ({ path, stack: path }));
		this.id = id;
		this.cursor = -1;      // node, or -1
		this.cursorPath = null;
		this.hovered = -1;
		this.hover = make('div', { class: 'ft-hover', hidden: true });
		this.items = new Items(this.area, id);
		this.area.append(this.hover);
		this.tooltip = createTooltip(`${id}-tooltip`);
		this.element = make('div', { class: 'ft-graph' }, [this.scroller, this.empty,
			this.tooltip.element]);
		// For whoever looks at it from outside, tests among them: a canvas cannot be asked.
		this.area.flametap = this;
		this.listen();
	}

	listen() {
		const { area } = this;

		area.addEventListener('pointermove', event => this.onMove(event));
		area.addEventListener('pointerleave', event => this.onLeave(event));
		area.addEventListener('click', event => this.onClick(event));
		area.addEventListener('contextmenu', event => this.onMenu(event));
		area.addEventListener('keydown', event => this.onKey(event));
		area.addEventListener('focus', () => this.onFocus());
		area.addEventListener('blur', () => this.tooltip.hide());
	}

	renderWidth(input) {
		const drawn = super.renderWidth(input);

		if (drawn) {
			this.unhover();
			this.renderCursor();
		}
		return drawn;
	}

	setInput(input) {
		const { tree } = input;

		if (!this.input || this.input.tree !== tree) {
			this.cursor = this.cursorPath ? nodeAt(tree, this.cursorPath) : -1;
			this.hovered = -1;
		}
		super.setInput(input);
	}

	// Hovering.

	hoverNode(node, x, y) {
		const { tree } = this.input;
		const rect = this.rectOf(node);

		this.hovered = node;
		this.hover.hidden = !rect;
		if (!rect) {
			this.tooltip.hide();
			return;
		}
		const box = this.area.getBoundingClientRect();
		this.hover.style.cssText = `left:${rect.left - box.left}px;top:${rect.top - box.top}px;` +
			`width:${Math.max(rect.width, 1)}px;height:${BOX}px`;
		this.tooltip.show(tree.labels[tree.label[node]], this.linesOf(node), x, y);
	}

	linesOf(node) {
		const { tree, value, totals } = this.input;
		const { zoomed } = this;

		// Callers of the zoom stand before it: what else they call is not too small, but elsewhere.
		return tooltipLines({ tree, node, zoomed, profile: this.app.profile, value, totals,
			out: node >= zoomed ? leftOut(this.scene.layout, tree, node) : null });
	}

	unhover() {
		this.hovered = -1;
		this.hover.hidden = true;
		this.tooltip.hide();
	}

	onMove(event) {
		if (event.pointerType === 'touch')
			return;
		this.hoverNode(this.nodeAtPoint(event.clientX, event.clientY), event.clientX,
			event.clientY);
	}

	onLeave(event) {
		if (event.pointerType !== 'touch')
			this.unhover();
	}

	onClick(event) {
		const node = this.nodeAtPoint(event.clientX, event.clientY);
		const { clientX, clientY } = event;

		if (node < 0) {
			this.unhover();
			return;
		}
		this.setCursor(node, false);
		this.zoomTo(node);
		// A finger hovers nowhere: what was tapped is told beside it, until the next tap.
		if (event.pointerType === 'touch')
			this.hoverNode(this.cursor, clientX, clientY);
	}

	onMenu(event) {
		const node = this.nodeAtPoint(event.clientX, event.clientY);

		if (node <= 0 || !this.app.menu)
			return;
		event.preventDefault();
		this.setCursor(node, false);
		this.unhover();
		this.app.menu.open(this.frameOf(node), event.clientX, event.clientY);
	}

	// Zoom and cursor.

	zoomTo(node) {
		const path = pathOf(this.input.tree, node);

		this.onZoom(path.length ? path : null, node);
	}

	/** What menus and their keys are about. */
	frameOf(node) {
		const { tree } = this.input;

		return { label: tree.labels[tree.label[node]], ...this.pathsOf(pathOf(tree, node)) };
	}

	frameAtCursor() {
		const node = this.hovered > 0 ? this.hovered : this.cursor;
		const rect = node > 0 ? this.rectOf(node) : null;

		return rect ? { ...this.frameOf(node), x: Math.max(0, rect.left) + 8,
			y: rect.top + BOX } : null;
	}

	setCursor(node, withTooltip) {
		this.cursor = node;
		this.cursorPath = pathOf(this.input.tree, node);
		this.renderCursor();
		if (!withTooltip)
			return;
		// Keys are about the cursor now, until the pointer moves again.
		this.unhover();
		const item = this.area.querySelector('.ft-cursor');
		if (item)
			item.scrollIntoView({ block: 'nearest', inline: 'nearest' });
		this.showCursorTooltip();
	}

	renderCursor() {
		const place = this.cursor < 0 ? null :
			placeOfNode(this.scene.layout, this.scene.tree, this.cursor);

		this.items.render(this.scene, place, node => describeNode(this.input.tree, node));
	}

	showCursorTooltip() {
		const rect = this.rectOf(this.cursor);
		const { tree, inverted } = this.input;

		if (rect)
			this.tooltip.showBeside(tree.labels[tree.label[this.cursor]],
				this.linesOf(this.cursor), rect, inverted, this.scroller.getBoundingClientRect());
	}

	onFocus() {
		if (!this.scene)
			return;
		if (!this.rectOf(this.cursor))
			this.setCursor(this.zoomed, false);
		// By a click the pointer's own tooltip is there.
		if (this.area.matches(':focus-visible') && this.hovered < 0)
			this.showCursorTooltip();
	}

	// Keys.

	onKey(event) {
		if (event.ctrlKey || event.altKey || event.metaKey || !this.scene)
			return;
		const up = this.input.inverted ? 'ArrowDown' : 'ArrowUp';
		const down = this.input.inverted ? 'ArrowUp' : 'ArrowDown';
		const { tree } = this.input;
		const at = this.rectOf(this.cursor) ? this.cursor : this.zoomed;
		const moves = {
			[up]: () => this.widestChild(at),
			[down]: () => tree.parent[at],
			ArrowLeft: () => this.neighbour(at, -1),
			ArrowRight: () => this.neighbour(at, 1),
		};

		if (moves[event.key])
			this.setCursor(moves[event.key](), true);
		else if (event.key === 'Enter' || event.key === ' ')
			this.zoomTo(at);
		else if (event.key === 'Backspace')
			this.zoomTo(tree.parent[this.zoomed]);
		else if (event.key === 'Home')
			this.goHome();
		else if (event.key === 'Escape' && this.tooltip.isShown() && this.hovered < 0)
			this.tooltip.hide();
		else
			return;
		event.preventDefault();
	}

	goHome() {
		this.zoomTo(0);
		this.setCursor(0, true);
	}

	widestChild(node) {
		const { tree } = this.input;
		let widest = node;

		// Callers of the zoom have one way only: to it.
		for (let caller = this.zoomed; caller; caller = tree.parent[caller])
			if (tree.parent[caller] === node)
				return caller;
		for (let child = node + 1; child < tree.end[node]; child = tree.end[child])
			if (widest === node || tree.total[child] > tree.total[widest])
				widest = child;
		return this.rectOf(widest) ? widest : node;
	}

	/** The next box of the row that is more than a sliver. */
	neighbour(node, step) {
		const { layout, tree } = this.scene;
		const place = placeOfNode(layout, tree, node);
		const row = layout.rows[place.row];

		for (let i = place.index + step; i >= 0 && i < row.nodes.length; i += step)
			if (row.width[i] >= SLIVER)
				return row.nodes[i];
		return node;
	}

	/** Takes the cursor to a node, zooming so far that it can be seen. */
	reveal(node) {
		const { tree } = this.input;
		const rect = this.rectOf(node);

		if (!rect || rect.width < SLIVER) {
			let around = node;
			while (around && tree.total[node] / tree.total[tree.parent[around]] *
				this.scene.layout.width >= 60)
				around = tree.parent[around];
			this.zoomTo(around);
		}
		this.area.focus({ preventScroll: true });
		this.setCursor(node, true);
	}
}

/**
 * @param {object} app
 * @param {{name: string, id: string, onZoom: function(string[]|null, number): void}} options name
 *	for readers; onZoom is given the path and the node that a person wants to fill the width;
 *	pathsOf says what a path in the tree is for the menu: { path, stack }, see menu.js
 * @returns {Graph} element, render(GraphInput), frameAtCursor(), reveal(node)
 */
export function createGraph(app, options) {
	return new Graph(app, options);
}
