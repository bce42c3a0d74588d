// SPDX-License-Identifier: GPL-2.0-or-later
// A finger that stays on a place asks for its menu, as a right click does. Some browsers say so by
// themselves, others (Safari on phones) never do: for these the same event is made.

const PRESS_MS = 500;
const PRESS_SLACK = 10; // px that a finger which stays may move

/** @param {Document} target below which long presses become contextmenu events */
export function listenToPresses(target) {
	let timer = 0, from = null;
	let taken = false; // somebody has opened a menu: what else the touch would do is left out

	const end = () => clearTimeout(timer);
	const press = () => {
		taken = !from.target.dispatchEvent(new window.MouseEvent('contextmenu', {
			bubbles: true, cancelable: true, view: window, clientX: from.clientX,
			clientY: from.clientY,
		}));
	};
	const leaveOut = event => {
		if (!taken || !event.isTrusted)
			return;
		event.preventDefault();
		event.stopPropagation();
	};

	target.addEventListener('pointerdown', event => {
		end();
		taken = false;
		from = event;
		if (event.pointerType === 'touch' && event.isPrimary)
			timer = setTimeout(press, PRESS_MS);
	}, true);
	target.addEventListener('pointermove', event => {
		if (from && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) >
			PRESS_SLACK)
			end();
	}, true);
	for (const name of ['pointerup', 'pointercancel'])
		target.addEventListener(name, end, true);
	target.addEventListener('contextmenu', event => {
		if (event.isTrusted)
			end();
		leaveOut(event);
	}, true);
	// The next one is asked for by keys, and there was no other touch before it.
	target.addEventListener('keydown', () => { taken = false; }, true);
	// After it come the events of a mouse, which would take the focus from the menu.
	target.addEventListener('touchend', leaveOut, { capture: true, passive: false });
}
