// SPDX-License-Identifier: GPL-2.0-or-later
// One line that is seen and read out: what was copied, what a link asked for that is not there.
import { fill, make } from './dom.js';

const NOTICE_MS = 12000;

/** Gives { element, tell(words) }. */
export function createNotice() {
	const words = make('span', { 'aria-live': 'polite' });
	const close = make('button', {
		type: 'button', 'aria-label': 'Close this message', hidden: true,
	}, '\u00d7');
	const element = make('div', { class: 'ft-notice' }, [words, close]);
	let timer = 0;

	function hide() {
		clearTimeout(timer);
		element.classList.remove('ft-seen');
		close.hidden = true;
		fill(words, []);
	}

	function tell(text) {
		clearTimeout(timer);
		fill(words, text);
		element.classList.add('ft-seen');
		close.hidden = false;
		timer = setTimeout(hide, NOTICE_MS);
	}

	close.addEventListener('click', hide);
	return { element, tell };
}
