// SPDX-License-Identifier: GPL-2.0-or-later
// A file with a picture and the profile in it becomes the viewer: the profile is read, the page is
// drawn, and only then does it replace the picture. A profile that cannot be read leaves the
// picture, with a line that says why.
import { append, make } from './dom.js';
import { base64Bytes } from './base64.js';
import { addWidths } from './diff.js';
import { createApp } from './app.js';
import { gunzip } from './gzip.js';
import { profileOf } from './profile.js';
import { readPprof } from './pprof.js';

const DATA = 'flametap-profile';
const NOTICE_HEIGHT = 26;

/** What the picture was asked to be, from the data-... attributes of the profile's element. */
export function optionsOf(data) {
	const flag = name => data.hasAttribute(`data-${name}`);

	return {
		title: data.getAttribute('data-title'),
		inverted: flag('inverted'),
		perPid: flag('per-pid'),
		threads: flag('threads'),
		showIdle: flag('show-idle'),
		noInlines: flag('no-inlines'),
		lines: flag('lines'),
	};
}

/** @returns {Promise<object>} profile of an element's text */
async function readProfile(data, options) {
	const bytes = await gunzip(base64Bytes(data.textContent));

	return addWidths(profileOf(readPprof(bytes), options));
}

/** The picture goes down by a line, and above it stands why it is no more than a picture. */
function showNotice(picture, words) {
	const line = make('svg:text', { class: 'notice', x: '1%', y: 18, role: 'alert' },
		words.replace(/\.\./g, '.'));
	const shifted = make('svg:g', { transform: `translate(0 ${NOTICE_HEIGHT})` });
	const seen = [...picture.children].filter(element =>
		!/^(title|style|defs|metadata|script)$/.test(element.localName) &&
		!element.classList.contains('bg'));

	shifted.append(...seen);
	picture.append(line, shifted);
	picture.setAttribute('height',
		Number(picture.getAttribute('height')) + NOTICE_HEIGHT);
}

/** The style of the picture, whose colours the viewer shares, for a document of whichever sort. */
function styleOf(picture) {
	const styles = [...picture.querySelectorAll('style')];

	return make('style', {}, []).appendChild(
		document.createTextNode(styles.map(style => style.textContent).join('\n'))).parentNode;
}

/**
 * Puts the page where the picture was: in an SVG in place of the root, in HTML in its body.
 * @returns {function(): void} what puts the picture back
 */
function replacePicture(picture, app) {
	const style = styleOf(picture);

	if (document.documentElement === picture) {
		const title = make('title', {}, document.title);
		const page = make('html', { lang: 'en', class: 'flametap' }, [
			make('head', {}, [title, make('meta', {
				name: 'viewport', content: 'width=device-width, initial-scale=1',
			}), style]),
			make('body', {}, app.places.elements),
		]);

		document.replaceChild(page, picture);
		return () => document.replaceChild(picture, page);
	}
	const before = [...document.body.childNodes];
	document.head.append(style);
	document.documentElement.classList.add('flametap');
	document.body.textContent = '';
	append(document.body, app.places.elements);
	return () => {
		style.remove();
		document.documentElement.classList.remove('flametap');
		document.body.replaceChildren(...before);
	};
}

/** Once the whole file is there. */
function whenParsed() {
	return document.readyState !== 'loading' ? Promise.resolve() :
		new Promise(done => document.addEventListener('DOMContentLoaded', done, { once: true }));
}

/** The picture need not wait any longer for what takes its place, see waiting.js. */
function endWaiting() {
	document.documentElement.classList.remove('waiting');
}

async function run(picture, data) {
	let putBack = () => {};

	try {
		const options = optionsOf(data);

		performance.mark('flametap:start');
		const profile = await readProfile(data, options);
		performance.mark('flametap:read');
		const app = createApp(profile, options);
		putBack = replacePicture(picture, app);
		endWaiting();
		app.start();
		performance.mark('flametap:ready');
	} catch (error) {
		putBack();
		endWaiting();
		showNotice(picture, `The viewer could not start: ${error.message}. ` +
			'This is the picture alone.');
	}
}

/**
 * Starts the viewer of the file that a script stands in. An SVG that is part of somebody's page
 * stays the picture that it is.
 * @param {HTMLScriptElement|SVGScriptElement|null} script
 */
export async function takeOver(script) {
	const owner = script && script.ownerSVGElement;

	if (owner && owner !== document.documentElement)
		return;
	await whenParsed();
	const data = document.getElementById(DATA);
	const picture = owner || document.querySelector('svg');

	if (data && picture)
		await run(picture, data);
}
