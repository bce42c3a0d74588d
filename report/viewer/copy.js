// SPDX-License-Identifier: GPL-2.0-or-later
// Text goes to the clipboard: a stack, a command line, all that is shown as folded stacks. Where
// the browser refuses that (no secure context, no permission, an old one), the text is shown,
// selected, to be copied by hand.
import { make } from './dom.js';
import { foldedDivisor, foldedText } from './folded.js';
import { knownDepth } from './hash.js';
import { nodeAt, treeOf } from './tree.js';

// The way of before the clipboard API; it still works where that is refused.
function copyBySelection(text) {
	const area = make('textarea', { class: 'ft-unseen', readonly: '', 'aria-hidden': 'true' });
	const focused = document.activeElement;
	let done = false;

	area.value = text;
	document.body.append(area);
	area.focus({ preventScroll: true });
	area.select();
	try {
		done = document.execCommand('copy');
	} catch (error) {
		done = false;
	}
	area.remove();
	if (focused && focused.focus)
		focused.focus({ preventScroll: true });
	return done;
}

/**
 * Folded stacks of what is shown: of the zoomed frame and all below it. As in the .folded file of
 * the command line they count samples, where the value shown first is but these in another unit.
 */
export function foldedOfView({ profile, refined, tree }, state) {
	const samples = profile.valueTypes.findIndex(({ type }) => type === 'samples');
	const hasWaits = profile.valueTypes.some(({ type }) => type === 'waits');
	const counts = samples >= 0 && state.value === profile.defaultValue &&
		samples !== state.value && !hasWaits;
	const of = counts ? treeOf(refined, samples) : tree;
	const zoom = state.zoom || [];

	return foldedText(of, nodeAt(of, zoom.slice(0, knownDepth(of, zoom))),
		counts ? 1 : foldedDivisor(profile, state.value));
}

class Copier {
	constructor(app) {
		this.app = app;
		this.area = make('textarea', { readonly: '', rows: 12, 'aria-label': 'Text to copy' });
		const close = make('button', { type: 'button', onclick: () => this.dialog.close() }, 'Close');
		this.dialog = make('dialog', { class: 'ft-dialog', 'aria-labelledby': 'copy-title' }, [
			make('div', { class: 'ft-dialog-head' },
				[make('h2', { id: 'copy-title' }, 'Copy this text'), close]),
			make('p', {}, 'The browser does not let a page copy here. The text is selected: ' +
				'press Ctrl+C, or \u2318C.'),
			this.area,
		]);
		app.places.over.append(this.dialog);
		this.element = make('button', {
			type: 'button', title: 'Copy what is shown as folded stacks (C)',
			onclick: () => this.copyFolded(),
		}, 'Copy folded');
		app.keys.add(['C'], 'Copy what is shown as folded stacks', () => this.copyFolded());
	}

	showText(text) {
		this.area.value = text;
		this.dialog.showModal();
		this.area.focus();
		this.area.select();
	}

	/** What is told then: "Copied WHAT." */
	async copy(text, what) {
		let done = false;

		try {
			await navigator.clipboard.writeText(text);
			done = true;
		} catch (error) {
			done = copyBySelection(text);
		}
		if (done)
			this.app.notice.tell(`Copied ${what}.`);
		else
			this.showText(text);
	}

	copyFolded() {
		const text = foldedOfView(this.app.view(), this.app.store.get());
		const lines = text.split('\n').length - 1;

		this.copy(text, `${lines} folded ${lines === 1 ? 'stack' : 'stacks'}`);
	}
}

/** Gives { element, copy(text, what) }. */
export function createCopy(app) {
	return new Copier(app);
}
