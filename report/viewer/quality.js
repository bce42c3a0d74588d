// SPDX-License-Identifier: GPL-2.0-or-later
// What the profile rests on: the figures of quality in cells, and what is known of the recording
// in lines, as below the picture.
import { isForPrograms } from './gated.js';
import { append, make } from './dom.js';
import { IDLE_COMMENT } from './waits.js';

function groupDigits(word) {
	return /^\d{4,17}$/.test(word) ? word.replace(/\B(?=(\d{3})+$)/g, ',') : word;
}

function cell(label, words) {
	return make('div', {}, [make('dt', { class: 'ft-quiet' }, label), make('dd', {}, words)]);
}

function cellsOf(profile, quality) {
	if (quality.length === 1 && Object.keys(profile.quality).length)
		return Object.entries(profile.quality).map(([key, word]) => cell(key, groupDigits(word)));
	return [
		cell('stacks', groupDigits(String(profile.stackParent.length - 1))),
		cell('functions', groupDigits(String(new Set(profile.frames
			.filter(frame => frame.function >= 0).map(frame => frame.label)).size))),
	];
}

/** An option is one word: a line does not end within it. */
function noteParts(note) {
	return note.split(/ (?=--?[a-z])/).flatMap((part, i) => {
		const [option] = i || part.startsWith('-') ? /^-*[\w-]*/.exec(part) : [''];
		return [i ? ' ' : '', option && make('span', { class: 'ft-option' }, option),
			part.slice(option.length)].filter(Boolean);
	});
}

function startWords(timeNs) {
	const time = new Date(timeNs / 1e6).toISOString();

	return `recorded from ${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
}

export function createQuality(app) {
	const { profile, places } = app;
	const quality = profile.comments.filter(comment => /^quality:/.test(comment));
	const one = quality.length <= 1 && Boolean(profile.title || !profile.comments.some(comment =>
		/^title:/.test(comment)));
	const said = profile.comments.filter(comment => !profile.diff || !isForPrograms(comment));
	// Where there is one of it, it is beneath the title.
	const isAlone = said.filter(comment => comment.startsWith(IDLE_COMMENT)).length === 1;
	const notes = said.filter(comment => (!one || !/^(title|quality): /.test(comment)) &&
		!(isAlone && !profile.diff && comment.startsWith(IDLE_COMMENT)));

	append(places.status, cellsOf(profile, quality));
	if (profile.timeNs)
		notes.unshift(startWords(profile.timeNs));
	append(places.notes, notes.map(note => make('li', {}, noteParts(note))));
	places.notes.hidden = !notes.length;
	return {};
}
