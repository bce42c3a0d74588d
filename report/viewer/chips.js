// SPDX-License-Identifier: GPL-2.0-or-later
// What is left out of the picture, and how stacks are made simpler: a chip for each, which can be
// taken away again; a form to add one; and the command line that shows the same.
import { append, fill, make } from './dom.js';
import { formatShare } from './format.js';
import { withChip } from './menu.js';
import { WAIT_CLASSES } from './waits.js';
import { hasWaits } from './waitstats.js';
import { commandLacks, commandOf, patternError, timeWords } from './words.js';

// As in `flametap report --help`.
const CHIP_WORDS = [
	['focus', 'only stacks with a frame that matches'],
	['ignore', 'no stacks with a frame that matches'],
	['hide', 'leave out the frames that match'],
	['comm', 'only processes that match'],
	['thread', 'only threads that match'],
];
const CLASS_WORDS = ['class', 'only waits of a class that matches'];

const CHIP_SWITCHES = [
	['threads', 'threads', 'a box for each thread'],
	['byModule', 'by-module', 'frames of one module are one'],
	['collapse', 'collapse-recursion', 'a function that calls itself is one frame'],
	['showIdle', 'show-idle', 'idle waits with their stacks'],
	['noIdle', 'no-idle', 'no idle waits'],
];

/** The chips of a state: { word, text, patch } each; patch takes it away. */
export function chipsOf(state) {
	const chips = state.chips.map((chip, i) => ({
		word: chip.op, text: chip.path ? chip.path[chip.path.length - 1] : chip.text,
		title: chip.path ? chip.path.join('\n') : chip.text,
		patch: { chips: state.chips.filter((other, k) => k !== i) },
	}));

	if (state.time)
		chips.push({ word: 'time', text: timeWords(state.time), patch: { time: null } });
	for (const [key, word] of CHIP_SWITCHES)
		if (state[key])
			chips.push({ word, text: '', patch: { [key]: false } });
	return chips;
}

const NO_CHIPS = { chips: [], time: null, threads: false, byModule: false, collapse: false,
	showIdle: false, noIdle: false };

function fileName() {
	const name = location.pathname.slice(location.pathname.lastIndexOf('/') + 1);
	try {
		return decodeURIComponent(name) || 'flametap.svg';
	} catch (error) {
		return name;
	}
}

class Chips {
	constructor(app) {
		this.app = app;
		this.made = null;
		this.list = make('ul', { class: 'ft-chip-list', 'aria-label': 'Filters in use' });
		this.rest = make('span', { class: 'ft-chip-rest' });
		this.command = make('button', { type: 'button', class: 'ft-chip-command',
			title: 'Copy the command line that shows the same' }, ['Copy command']);
		this.clear = make('button', { type: 'button', class: 'ft-chip-clear' }, ['Clear filters']);
		this.tail = make('span', { class: 'ft-chip-tail' }, [this.rest, this.command, this.clear]);
		this.opener = make('button', { type: 'button', class: 'ft-chip-opener',
			'aria-expanded': 'false', 'aria-controls': 'filter-panel' }, ['Filter']);
		this.makePanel();
		this.line = make('div', { class: 'ft-chip-line' }, [this.list, this.tail]);
		this.element = make('section', { class: 'ft-filters', 'aria-label': 'Filters' }, [
			this.panel,
			this.line,
		]);
		app.places.tools.append(this.opener);
		this.listen();
	}

	makePanel() {
		const offered = [...CHIP_WORDS, ...hasWaits(this.app.profile) ? [CLASS_WORDS] : []];
		this.op = make('select', { 'aria-label': 'What to do' }, offered.map(([op, words]) =>
			make('option', { value: op }, [`${op}: ${words}`])));
		this.names = make('datalist', { id: 'filter-names' });
		this.text = make('input', { type: 'text', 'aria-label': 'Regular expression',
			placeholder: 'regular expression', autocomplete: 'off', autocapitalize: 'off',
			spellcheck: 'false', 'aria-describedby': 'filter-error' });
		this.error = make('p', { id: 'filter-error', class: 'ft-error', role: 'alert' });
		this.form = make('form', { class: 'ft-chip-form' },
			[this.op, this.text, this.names, make('button', { type: 'submit' }, ['Add']),
				this.error]);
		this.switches = CHIP_SWITCHES.map(([key, word, words]) => {
			const box = make('input', { type: 'checkbox' });
			box.addEventListener('change', () => this.app.store.set({ [key]: box.checked }));
			const hidden = /Idle$/.test(key) && !this.app.profile.core.sampleIdle;
			return { key, box, label: make('label', { title: `--${word}`, hidden }, [box, words]) };
		});
		this.panel = make('div', { id: 'filter-panel', class: 'ft-chip-panel', hidden: true }, [
			this.form,
			make('div', { class: 'ft-chip-switches' }, this.switches.map(({ label }) => label)),
		]);
	}

	listen() {
		const { store } = this.app;

		this.opener.addEventListener('click', () => this.toggle(this.panel.hidden));
		this.clear.addEventListener('click', () => {
			store.set(NO_CHIPS);
			this.opener.focus();
		});
		this.command.addEventListener('click', () =>
			this.app.copy.copy(commandOf(store.get(), fileName()),
				`the command line${commandLacks(store.get())}`));
		this.op.addEventListener('change', () => this.offerNames());
		this.text.addEventListener('input', () => this.tellError(''));
		this.form.addEventListener('submit', event => {
			event.preventDefault();
			this.add();
		});
		this.panel.addEventListener('keydown', event => {
			if (event.key !== 'Escape')
				return;
			event.preventDefault();
			event.stopPropagation();
			this.toggle(false);
		});
	}

	/** Shows the form, or puts it away. */
	toggle(open) {
		this.panel.hidden = !open;
		this.opener.setAttribute('aria-expanded', String(open));
		if (open)
			this.text.focus();
		else
			this.opener.focus();
	}

	tellError(error) {
		this.error.textContent = error;
		this.text.setAttribute('aria-invalid', String(Boolean(error)));
	}

	add() {
		const { store } = this.app;
		const op = this.op.value, text = this.text.value;
		const error = text ? patternError(text) : 'a regular expression is missing';

		this.tellError(error);
		if (error)
			return;
		store.set({ chips: withChip(store.get().chips, { op, text }) });
		this.text.value = '';
	}

	// Processes and threads are few: they can be chosen from.
	offerNames() {
		const key = { comm: 'process', thread: 'comm' }[this.op.value];
		const classes = this.op.value === 'class' ? ['running', ...WAIT_CLASSES] : [];
		const names = key ? new Set(this.app.profile.threads.map(thread => thread[key])) : classes;

		fill(this.names, [...names].filter(Boolean).slice(0, 200)
			.map(name => make('option', { value: name })));
		if (names.length !== 0)
			this.text.setAttribute('list', 'filter-names');
		else
			this.text.removeAttribute('list');
	}

	makeChip({ word, text, title, patch }, i) {
		const button = make('button', { type: 'button', class: 'ft-chip',
			title: title || word }, [
			make('b', {}, [word]), text ? [' ', make('span', {}, [text])] : null,
			make('span', { class: 'ft-unseen' }, [': remove this filter']),
			make('span', { class: 'ft-chip-x', 'aria-hidden': 'true' }, ['\u00d7']),
		]);

		button.addEventListener('click', () => {
			this.app.store.set(patch);
			// The focus goes on to the next chip, not to the top of the page.
			const left = this.list.querySelectorAll('button');
			(left[Math.min(i, left.length - 1)] || this.opener).focus();
		});
		return make('li', {}, [button]);
	}

	render(view, state) {
		const chips = chipsOf(state);
		const key = JSON.stringify(chips);

		for (const { key: name, box } of this.switches)
			box.checked = state[name];
		if (key !== this.made) {
			this.made = key;
			fill(this.list, []);
			append(this.list, chips.map((chip, i) => this.makeChip(chip, i)));
		}
		this.line.hidden = !chips.length;
		this.rest.textContent = `${formatShare(view.whole ? view.tree.total[0] / view.whole : 0)} left`;
	}
}

/** Gives { element, render, toggle(open) }. */
export function createChips(app) {
	return new Chips(app);
}
