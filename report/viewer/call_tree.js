// SPDX-License-Identifier: GPL-2.0-or-later
// Parents, labels and values of nodes come in; out goes a call tree of any sort. It may have half a
// million nodes, so it is typed arrays; those that a first picture does not need are made when they
// are asked for: memory that is touched for the first time costs more than computing what is in it.

/**
 * Nodes are numbered as a walk through the tree meets them, siblings in the order of their labels'
 * bytes: the part below node i is [i + 1, end[i]), and its children are i + 1, end[i + 1], ...
 * All arrays are by node; node 0 is the root.
 */
export class CallTree {
	/**
	 * @param {{labels: string[], frames: import('./profile.js').Frame[], modules: object[]}} of
	 * @param {Int32Array} parent the root's is 0 itself
	 * @param {Int32Array} label in labels
	 */
	constructor({ labels, frames, modules }, parent, label) {
		const n = parent.length;
		/** How many nodes. */
		this.n = n;
		this.labels = labels;
		this.frames = frames;
		this.modules = modules;
		this.parent = parent;
		this.label = label;
		/** The node behind all that is below one. */
		this.end = new Int32Array(n);
		this.total = new Float64Array(n);
		this.made = { self: null, columns: null, lists: null, depths: null, start: null };
		/** What makes self and columns, where they are not filled in as the tree is made. */
		this.makers = { self: () => new Float64Array(n), columns: () => nodeColumns(this) };
	}

	/** Values of a node without those below it. */
	get self() {
		return this.made.self ||= this.makers.self();
	}

	set self(self) {
		this.made.self = self;
	}

	get columns() {
		return this.made.columns ||= this.makers.columns();
	}

	set columns(columns) {
		this.made.columns = columns;
	}

	/** In frames: one of those that are this node. */
	get frame() {
		return this.columns.frame;
	}

	/** In FRAME_KINDS of roots.js: the plainest of its frames'. */
	get kind() {
		return this.columns.kind;
	}

	/** In modules; 0: none; -1: several. */
	get module() {
		return this.columns.module;
	}

	/** 0: the root, a process, a thread, a note. */
	get isFunction() {
		return this.columns.isFunction;
	}

	/** By number in frames: 1 for those that are in the tree. */
	get usedFrames() {
		return this.columns.usedFrames;
	}

	get lists() {
		return this.made.lists ||= listNodes(this);
	}

	/** Its first child, 0: none. */
	get first() {
		return this.lists.first;
	}

	/** Its next sibling, 0: none. */
	get next() {
		return this.lists.next;
	}

	/** Of the root: 0. */
	get depth() {
		return (this.made.depths ||= measureDepths(this)).depth;
	}

	get maxDepth() {
		return (this.made.depths ||= measureDepths(this)).maxDepth;
	}

	/** Its left edge, in units of the value. */
	get start() {
		return this.made.start ||= placeNodes(this);
	}
}

/** Columns that addToNode() fills. */
export function nodeColumns({ n, frames }) {
	return { frame: new Int32Array(n), kind: new Uint8Array(n).fill(255),
		module: new Int32Array(n), isFunction: new Uint8Array(n),
		usedFrames: new Uint8Array(frames.length) };
}

/**
 * Says that a node of a tree is among others also this, which is of a kind and in a module: it is
 * then shown as the plainer kind, and claims no module that is true for a part of it only.
 */
export function addToNode(columns, node, frame, kind, module, isFunction) {
	if (columns.kind[node] === 255) {
		columns.frame[node] = frame;
		columns.kind[node] = kind;
		columns.module[node] = module;
		columns.isFunction[node] = isFunction;
		return;
	}
	if (kind < columns.kind[node])
		columns.kind[node] = kind;
	if (module !== columns.module[node])
		columns.module[node] = -1;
	columns.isFunction[node] |= isFunction;
}

/** Everything that follows from the parents of nodes and what is in `total`: their own values. */
export function finishTree(tree) {
	const { n, parent, end, total } = tree;
	/* From the last to the first, children stand before their parents. */
	for (let i = n - 1; i > 0; i--) {
		const above = parent[i];
		if (!end[i])
			end[i] = i + 1;
		if (!end[above])
			end[above] = end[i];
		total[above] += total[i];
	}
	end[0] = n;
	return tree;
}

function listNodes({ n, parent, end }) {
	const first = new Int32Array(n), next = new Int32Array(n);
	for (let i = 0; i < n; i++) {
		const behind = end[i];
		if (behind > i + 1)
			first[i] = i + 1;
		if (i && behind < n && parent[behind] === parent[i])
			next[i] = behind;
	}
	return { first, next };
}

function measureDepths({ n, parent }) {
	const depth = new Int32Array(n);
	let maxDepth = 0;
	for (let i = 1; i < n; i++) {
		depth[i] = depth[parent[i]] + 1;
		if (depth[i] > maxDepth)
			maxDepth = depth[i];
	}
	return { depth, maxDepth };
}

/** What is less than nothing, as a difference may have it, takes no room. */
function placeNodes({ n, end, total }) {
	const start = new Float64Array(n);
	for (let i = 0; i < n; i++) {
		let left = start[i];
		for (let child = i + 1; child < end[i]; child = end[child]) {
			start[child] = left;
			left += Math.max(0, total[child]);
		}
	}
	return start;
}
