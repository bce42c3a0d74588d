// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done with a frame: one list of actions, offered as a menu at a box or a row, and by
// keys. A frame is { label, path }: its name, and the names from below the root down to it, or null
// where it stands for all of a function.
import { make } from './dom.js';
import { exactPattern } from './words.js';

/** The state's chips with one more; the same ones if it is there already. */
export function withChip(chips, chip) {
	const same = chips.some(({ op, text }) => op === chip.op && text === chip.text);
	return same ? chips : [...chips, chip];
}

function addChip(app, op, text) {
	app.store.set({ chips: withChip(app.store.get().chips, { op, text }) });
}

// key, words, what it does; those of a stack are not there where only a function is known.
const FRAME_ACTIONS = [
	{ key: 's', words: 'Callers and callees', does: (app, { label }) =>
		app.store.set({ selected: label, view: 'sandwich' }) },
	{ key: 'f', words: 'Focus: only stacks with it', does: (app, { label }) =>
		addChip(app, 'focus', exactPattern(label)) },
	{ key: 'x', words: 'Ignore: no stacks with it', does: (app, { label }) =>
		addChip(app, 'ignore', exactPattern(label)) },
	{ key: 'h', words: 'Hide: leave its frames out', does: (app, { label }) =>
		addChip(app, 'hide', exactPattern(label)) },
	{ key: 'Delete', words: 'Remove this stack', ofPath: true, does: (app, { path }) =>
		addChip(app, 'remove', path.join(';')) },
	{ key: 'c', words: 'Copy stack', ofPath: true, does: (app, { path }) =>
		app.copy.copy(path.slice().reverse().map(name => `${name}\n`).join(''),
			`a stack of ${path.length} frames`) },
	{ key: '', words: 'Copy name', does: (app, { label }) =>
		app.copy.copy(label, 'the name') },
	{ key: '', words: 'Search for it', does: (app, { label }) =>
		app.store.set({ search: exactPattern(label) }) },
];

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
		this.menu = make('div', { class: 'ft-menu', role: 'menu', hidden: true },
			[this.title, ...this.items]);
		this.element = [];
		app.places.over.append(this.menu);
		this.items.forEach((item, i) => item.addEventListener('click', () => {
			const { frame } = this;
			this.close();
			FRAME_ACTIONS[i].does(this.app, frame);
		}));
		this.menu.addEventListener('keydown', event => this.onKey(event));
		this.menu.addEventListener('focusout', event => {
			if (!this.menu.contains(event.relatedTarget))
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
		this.menu.setAttribute('aria-label', `What to do with ${frame.label}`);
		this.items.forEach((item, i) => {
			item.hidden = Boolean(FRAME_ACTIONS[i].ofPath) && !frame.path;
		});
		this.menu.hidden = false;
		const { width, height } = this.menu.getBoundingClientRect();
		const page = document.documentElement;
		this.menu.style.left = `${Math.max(4, Math.min(x, page.clientWidth - width - 4))}px`;
		this.menu.style.top = `${Math.max(4, Math.min(y, window.innerHeight - height - 4))}px`;
		this.shownItems()[0].focus({ preventScroll: true });
	}

	close(giveBack = true) {
		if (this.menu.hidden)
			return;
		this.menu.hidden = true;
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

	for (const action of FRAME_ACTIONS.filter(({ key }) => key))
		app.keys.add([action.key], action.words, () => {
			const frame = app.frameAtCursor();
			if (!frame || (action.ofPath && !frame.path))
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
