// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done with a frame: one list of actions, offered as a menu at a box or a row, and by
// keys. A frame is { label, path, stack }: its name; the names from below the root down to it, or
// null where it stands for a function in several places; what is known of its stack, outermost
// first, or null.
import { make } from './dom.js';
import { exactPattern } from './words.js';

/** The state's chips with one more; the same ones if it is there already. */
export function withChip(chips, chip) {
	const words = JSON.stringify(chip);
	return chips.some(other => JSON.stringify(other) === words) ? chips : [...chips, chip];
}

function addChip(app, chip) {
	app.store.set({ chips: withChip(app.store.get().chips, chip) });
}

// Key, words, what it does, and what must be known of the frame for that.
const FRAME_ACTIONS = [
	{ key: 's', words: 'Callers and callees', does: (app, { label }) =>
		app.store.set({ selected: label, view: 'sandwich', aboveZoom: null, belowZoom: null }) },
	{ key: 'w', words: 'Waits with it', when: app => app.hasView('waits'),
		does: (app, { label, path }) => app.store.set({ view: 'waits', ...path ?
			{ zoom: path, ofFunction: false } : { selected: label, ofFunction: true } }) },
	{ key: 'f', words: 'Focus: only stacks with it', does: (app, { label }) =>
		addChip(app, { op: 'focus', text: exactPattern(label) }) },
	{ key: 'x', words: 'Ignore: no stacks with it', does: (app, { label }) =>
		addChip(app, { op: 'ignore', text: exactPattern(label) }) },
	{ key: 'h', words: 'Hide: leave its frames out', does: (app, { label }) =>
		addChip(app, { op: 'hide', text: exactPattern(label) }) },
	{ key: 'Delete', words: 'Remove this stack', needs: 'path', does: (app, { path }) =>
		addChip(app, { op: 'remove', path }) },
	{ key: 'c', words: 'Copy stack', needs: 'stack', does: (app, { stack }) =>
		app.copy.copy(stack.slice().reverse().map(name => `${name}\n`).join(''),
			`a stack of ${stack.length} frames`) },
	{ key: '', words: 'Copy name', does: (app, { label }) =>
		app.copy.copy(label, 'the name') },
	{ key: '', words: 'Search for it', does: (app, { label }) =>
		app.store.set({ search: exactPattern(label) }) },
];

function canDo({ needs, when }, frame, app) {
	return (!needs || Boolean(frame[needs])) && (!when || when(app));
}

function menuItem(action) {
	return make('button', { type: 'button', role: 'menuitem', tabindex: -1 }, [
		make('span', {}, [action.words]),
		action.key ? make('kbd', {}, [action.key]) : null,
	]);
}

class FrameMenu {
	constructor(app) {
		this.app = app;
		this.frame = null;
		this.before = null; // where the focus was
		this.title = make('div', { class: 'ft-menu-title', 'aria-hidden': 'true' });
		this.items = FRAME_ACTIONS.map(menuItem);
		this.element = make('div', { class: 'ft-menu', role: 'menu', hidden: true },
			[this.title, ...this.items]);
		this.items.forEach((item, i) => item.addEventListener('click', () => {
			const { frame } = this;
			this.close();
			FRAME_ACTIONS[i].does(this.app, frame);
		}));
		this.element.addEventListener('keydown', event => this.onKey(event));
		this.element.addEventListener('focusout', event => {
			if (!this.element.contains(event.relatedTarget))
				this.close(false);
		});
	}

	shownItems() {
		return this.items.filter(item => !item.hidden);
	}

	/** At a point of the window; the menu stays within it. */
	open(frame, x, y) {
		this.frame = frame;
		this.before = document.activeElement;
		this.title.textContent = frame.label;
		this.element.setAttribute('aria-label', `What to do with ${frame.label}`);
		this.items.forEach((item, i) => {
			item.hidden = !canDo(FRAME_ACTIONS[i], frame, this.app);
		});
		this.element.hidden = false;
		const { width, height } = this.element.getBoundingClientRect();
		const page = document.documentElement;
		this.element.style.left = `${Math.max(4, Math.min(x, page.clientWidth - width - 4))}px`;
		this.element.style.top = `${Math.max(4, Math.min(y, window.innerHeight - height - 4))}px`;
		this.shownItems()[0].focus({ preventScroll: true });
	}

	close(giveBack = true) {
		if (this.element.hidden)
			return;
		this.element.hidden = true;
		if (giveBack && this.before && this.before.focus)
			this.before.focus({ preventScroll: true });
	}

	onKey(event) {
		const items = this.shownItems();
		const at = items.indexOf(document.activeElement);
		const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
		const action = FRAME_ACTIONS.findIndex(({ key }) => key && key === event.key);

		if (event.key === 'Escape' || event.key === 'Tab')
			this.close();
		else if (event.key in steps)
			items[(steps[event.key] + items.length) % items.length].focus();
		else if (action >= 0 && !this.items[action].hidden)
			this.items[action].click();
		else
			return;
		event.preventDefault();
		event.stopPropagation();
	}
}

/**
 * Gives { open(frame, x, y), close() }; keys do the same with app.frameAtCursor().
 */
export function createMenu(app) {
	const menu = new FrameMenu(app);

	for (const action of FRAME_ACTIONS.filter(({ key, when }) => key && (!when || when(app))))
		app.keys.add([action.key], action.words, () => {
			const frame = app.frameAtCursor();
			if (!frame || !canDo(action, frame, app))
				return false;
			action.does(app, frame);
			return true;
		});
	app.keys.add(['m', 'ContextMenu'], 'Menu of all that can be done with the frame', () => {
		const frame = app.frameAtCursor();
		if (!frame)
			return false;
		menu.open(frame, frame.x, frame.y);
		return true;
	});
	return menu;
}
