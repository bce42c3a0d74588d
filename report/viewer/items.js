// SPDX-License-Identifier: GPL-2.0-or-later
// The elements of a painted graph: the box that has the cursor, its callers, its neighbours and
// what it calls, each an item of an accessible tree at the place of its box. The others are painted
// only; the cursor gets to them, and then they are elements too.
import { fill, make, text } from './dom.js';
import { BOX } from './paint.js';

const MAX_NEIGHBOURS = 24; // to each side, and of what is called

/** Numbers around one, in their bounds. */
function around(index, n) {
	const from = Math.max(0, index - MAX_NEIGHBOURS);
	const until = Math.min(n, index + MAX_NEIGHBOURS + 1);

	return Array.from({ length: until - from }, (_, i) => from + i);
}

/** Rows and indexes of what is to be an element: outermost first. */
function chooseBoxes(layout, tree, place) {
	const chosen = [];
	const cursor = layout.rows[place.row].nodes[place.index];
	const callers = [];

	for (let node = tree.parent[cursor], row = place.row - 1; row >= 0; row--) {
		callers.push({ row, index: layout.rows[row].nodes.indexOf(node) });
		node = tree.parent[node];
	}
	chosen.push(...callers.reverse());
	for (const index of around(place.index, layout.rows[place.row].nodes.length))
		chosen.push({ row: place.row, index });
	const above = layout.rows[place.row + 1];
	if (above)
		for (let index = 0, n = 0; index < above.nodes.length && n < MAX_NEIGHBOURS; index++)
			if (tree.parent[above.nodes[index]] === cursor) {
				chosen.push({ row: place.row + 1, index });
				n++;
			}
	return chosen;
}

/** aria-posinset and aria-setsize: a node's place among those of its parent. */
function placeAmongSiblings(tree, node) {
	let size = 0, position = 0;

	const { parent, end } = tree;

	for (let child = parent[node] + 1; node && child < end[parent[node]]; child = end[child]) {
		size++;
		if (child === node)
			position = size;
	}
	return node ? { size, position } : { size: 1, position: 1 };
}

export class Items {
	constructor(element, id) {
		this.id = id;
		this.tree = element;
		this.holder = make('div', { class: 'ft-items', role: 'presentation' });
		element.append(this.holder);
	}

	/**
	 * @param {object} scene see Painter.paint()
	 * @param {{row: number, index: number}|null} place of the cursor
	 * @param {function(number): string} describe name and figures of a node
	 */
	render(scene, place, describe) {
		const { layout, tree, rowTop } = scene;

		if (!place) {
			fill(this.holder, []);
			this.tree.removeAttribute('aria-activedescendant');
			return;
		}
		const cursor = layout.rows[place.row].nodes[place.index];
		fill(this.holder, chooseBoxes(layout, tree, place).map(({ row, index }) => {
			const { nodes, x, width } = layout.rows[row];
			const node = nodes[index];
			const { size, position } = placeAmongSiblings(tree, node);

			return make('div', {
				id: `${this.id}-${node}`,
				class: node === cursor ? 'ft-item ft-cursor' : 'ft-item',
				role: 'treeitem',
				'aria-level': row + 1,
				'aria-posinset': position,
				'aria-setsize': size,
				'aria-selected': String(node === cursor),
				'aria-expanded': tree.end[node] > node + 1 ? 'true' : null,
				'aria-label': text(describe(node)),
				style: `left:${x[index]}px;top:${rowTop(row)}px;` +
					`width:${Math.max(width[index], 2)}px;height:${BOX}px`,
			});
		}));
		this.tree.setAttribute('aria-activedescendant', `${this.id}-${cursor}`);
	}
}
