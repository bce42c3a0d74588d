// SPDX-License-Identifier: GPL-2.0-or-later
// A layout comes in, painted boxes come out. They are painted on a canvas: 2,400 boxes with names
// took 10 to 20 ms there and 70 to 250 ms as elements, of which a zoom changes all. What is read by
// a screen reader or has the cursor are elements over it, see items.js.
import { SLIVER } from './layout.js';
import { KIND_MARKS } from './heading.js';
import { make, text } from './dom.js';
import { signOf } from './sides.js';

/** px from row to row, and of a box; as in the picture. */
export const ROW = 18;
export const BOX = 17;
const PAD = 4, LEAST_TEXT = 28, BASELINE = 12.5, FONT_SIZE = 12;
const OUTER_ALPHA = 0.4; // of the colour: names stay as legible as elsewhere
const INLINED = 2;
const LEAST_MARK = 12;

/** What style sheets say of colours and fonts, for the canvas, which cannot read them. */
class Look {
	constructor(element) {
		this.rect = make('svg:rect');
		this.words = make('span');
		this.probe = make('div', { class: 'ft-probe', 'aria-hidden': 'true' },
			[make('svg:svg', { width: 1, height: 1 }, this.rect), this.words]);
		element.append(this.probe);
		this.forget();
	}

	/** After a change of the colour scheme. */
	forget() {
		this.colours = new Map();
		this.letters = new Map();
		this.family = getComputedStyle(this.probe).fontFamily;
	}

	/** Fill of a class of boxes. */
	fill(name) {
		if (!this.colours.has(name)) {
			this.rect.setAttribute('class', name);
			this.colours.set(name, getComputedStyle(this.rect).fill);
		}
		return this.colours.get(name);
	}

	/** Text or line colour by a class of viewer.css. */
	colour(name) {
		if (!this.colours.has(name)) {
			this.words.setAttribute('class', name);
			this.colours.set(name, getComputedStyle(this.words).color);
		}
		return this.colours.get(name);
	}

	font(italic) {
		return `${italic ? 'italic ' : ''}${FONT_SIZE}px ${this.family}`;
	}
}

/**
 * As much of a name as fits, with an ellipsis if it is cut. Letters are measured once each.
 * @param {string} name
 * @param {number} room px
 * @param {function(string): number} widthOf a letter
 */
export function fitText(name, room, widthOf) {
	const dots = widthOf('…');
	let width = 0, length = 0, cut = 0;

	for (const letter of name) {
		width += widthOf(letter);
		if (width > room)
			return cut > 1 ? `${name.slice(0, cut)}…` : '';
		length += letter.length;
		if (width + dots <= room)
			cut = length;
	}
	return name;
}

export class Painter {
	constructor(element) {
		this.canvas = make('canvas', { 'aria-hidden': 'true' });
		this.pen = this.canvas.getContext('2d', { alpha: true });
		element.append(this.canvas);
		this.look = new Look(element);
		this.marks = KIND_MARKS.map(path => path ? new Path2D(path) : null);
		this.top = 0;
		this.bottom = 0;
		this.outer = false; // the row at hand is one of callers of the zoom
	}

	letterWidth(letter) {
		const { letters } = this.look;
		let width = letters.get(letter);

		if (width === undefined) {
			width = this.pen.measureText(letter).width;
			letters.set(letter, width);
		}
		return width;
	}

	/** The canvas covers the graph from top to bottom only: a browser's canvas has bounds. */
	resize(width, top, bottom, scale) {
		const { canvas } = this;
		const height = Math.max(1, bottom - top);

		this.top = top;
		this.bottom = bottom;
		canvas.width = Math.ceil(width * scale);
		canvas.height = Math.ceil(height * scale);
		canvas.style.width = `${width}px`;
		canvas.style.height = `${height}px`;
		canvas.style.top = `${top}px`;
		this.pen.setTransform(scale, 0, 0, scale, 0, -top * scale);
	}

	/**
	 * @param {object} scene
	 * @param {import('./layout.js').Layout} scene.layout
	 * @param {object} scene.tree
	 * @param {Uint8Array|null} scene.matched by label
	 * @param {function(object, number): string} scene.classOf colour of a node
	 * @param {function(number): number} scene.rowTop y of a row
	 */
	paint(scene) {
		const { layout, rowTop } = scene;

		this.pen.font = this.look.font(false);
		for (let row = 0; row < layout.rows.length; row++) {
			const y = rowTop(row);
			if (y + ROW <= this.top || y >= this.bottom)
				continue;
			this.outer = row < layout.outer;
			this.paintRow(scene, layout.rows[row], y);
		}
	}

	paintRow(scene, row, y) {
		const { tree, matched } = scene;
		const slivers = new Map();

		for (let i = 0; i < row.nodes.length; i++) {
			const node = row.nodes[i];
			const found = matched !== null && matched[tree.label[node]] === 1;
			const name = found ? 'ft-match' : scene.classOf(tree, node);

			if (row.width[i] >= SLIVER) {
				this.paintBox(tree, node, row.x[i], y, row.width[i], name, found);
				continue;
			}
			if (!slivers.has(name))
				slivers.set(name, new Path2D());
			slivers.get(name).rect(row.x[i], y, row.width[i], BOX);
		}
		for (const [name, path] of slivers) {
			this.pen.fillStyle = this.look.fill(name);
			this.pen.fill(path);
		}
	}

	paintBox(tree, node, x, y, width, name, found) {
		const { pen, look } = this;

		// The gap around a box is the stroke of 0.6 px of the picture.
		pen.fillStyle = look.fill(name);
		pen.globalAlpha = this.outer && !found ? OUTER_ALPHA : 1;
		pen.fillRect(x + 0.3, y + 0.3, width - 0.6, BOX - 0.6);
		pen.globalAlpha = 1;
		if (look.fill('ft-edge') !== 'none')
			this.paintEdge(x, y, width);
		if (name.endsWith(' x'))
			this.paintGone(x, y, width);
		if (width >= LEAST_MARK)
			this.paintMark(tree.kind[node], x, y, found);
		if (width >= LEAST_TEXT)
			this.paintName(tree, node, x, y, width, found);
	}

	// Of a difference, what is only on the side of before: a broken border.
	paintGone(x, y, width) {
		this.pen.strokeStyle = this.look.colour('ft-name');
		this.pen.setLineDash([5, 3]);
		this.pen.strokeRect(x + 0.5, y + 0.5, Math.max(width - 1, 0.1), BOX - 1);
		this.pen.setLineDash([]);
	}

	// Where all boxes have one colour: forced colours.
	paintEdge(x, y, width) {
		this.pen.strokeStyle = this.look.fill('ft-edge');
		this.pen.strokeRect(x + 0.5, y + 0.5, width - 1, BOX - 1);
	}

	paintMark(kind, x, y, found) {
		const { pen } = this;

		if (!this.marks[kind])
			return;
		pen.save();
		pen.translate(x + 0.3, y);
		pen.fillStyle = this.look.colour(found ? 'ft-match-words' : 'ft-mark');
		pen.fill(this.marks[kind]);
		pen.restore();
	}

	paintName(tree, node, x, y, width, found) {
		const { pen, look } = this;
		const italic = tree.kind[node] === INLINED;
		const whole = tree.labels[tree.label[node]];
		const pad = this.marks[tree.kind[node]] ? PAD + 2 : PAD;
		// What a long name has behind what can fit is not looked at.
		const name = fitText(signOf(tree, node) + text(whole.slice(0, width), Infinity),
			width - pad - PAD, letter => this.letterWidth(letter));

		if (!name)
			return;
		if (italic)
			pen.font = look.font(true);
		pen.fillStyle = look.colour(found ? 'ft-match-words' : this.outer ? 'ft-outer' : 'ft-name');
		pen.fillText(name, x + pad, y + BASELINE);
		if (italic)
			pen.font = look.font(false);
	}
}
