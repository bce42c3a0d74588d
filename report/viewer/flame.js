// SPDX-License-Identifier: GPL-2.0-or-later
// The flame graph of the state's tree: zoom is in the state, and so is what was last clicked.
import { createGraph } from './graph.js';

export function createFlame(app) {
	const { store } = app;
	const graph = createGraph(app, {
		name: 'Flame graph: arrows walk, Enter zooms', id: 'flame',
		onZoom(zoom, node) {
			const { tree } = app.view();
			store.set({ zoom, selected: node ? tree.labels[tree.label[node]] : null });
		},
	});

	return {
		element: graph.element,
		frameAtCursor: () => graph.frameAtCursor(),
		reveal: node => graph.reveal(node),
		render(view, state) {
			graph.render({
				tree: view.tree, zoom: state.zoom, inverted: state.inverted,
				search: view.search, value: state.value,
				// For tooltips: asked for when there is one.
				get totals() {
					return view.totals;
				},
			});
		},
	};
}
