// SPDX-License-Identifier: GPL-2.0-or-later
// One line that is seen and read out: what was copied, what a link asked for that is not there.
import { fill, make } from './dom.js';

const NOTICE_MS = 12000;

/** Gives { element, tell(words) }. */
export function createNotice(app) {
	const words = make('span', { role: 'status' });
	const close = make('button', { type: 'button', 'aria-label': 'Close this message' }, ['\u00d7']);
	const element = make('div', { class: 'ft-notice' }, [words, close]);
	let timer = 0;

	function hide() {
		clearTimeout(timer);
		element.classList.remove('ft-seen');
		fill(words, []);
	}

	function tell(text) {
		clearTimeout(timer);
		fill(words, text);
		element.classList.add('ft-seen');
		timer = setTimeout(hide, NOTICE_MS);
	}

	close.addEventListener('click', hide);
	app.places.over.append(element);
	return { element: [], tell };
}
