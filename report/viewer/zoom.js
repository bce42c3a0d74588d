// SPDX-License-Identifier: GPL-2.0-or-later
// Each view has a zoom of its own in the state, so that one comes back to it as it was left. Pure:
// no document.

const ZOOM_KEYS = {
	flame: ['zoom'], table: ['zoom'], waits: ['zoom'], callers: ['callersZoom'],
	sandwich: ['aboveZoom', 'belowZoom'],
};

/** Whether the view that is seen shows a part only. */
export function isZoomed(state) {
	return ZOOM_KEYS[state.view].some(key => state[key] && state[key].length);
}

/** What shows the whole again in the view that is seen. */
export function unzoomed(state) {
	return Object.fromEntries(ZOOM_KEYS[state.view].map(key => [key, null]));
}
