// SPDX-License-Identifier: GPL-2.0-or-later
// Words and attributes come in, elements of the page go out. The document may be XML (an SVG that
// became a page), so nothing here parses markup, and every element names its namespace.

const NAMESPACES = {
	html: 'http://www.w3.org/1999/xhtml',
	svg: 'http://www.w3.org/2000/svg',
};

// What utf8_is_unsafe() of base/utf8.c keeps out of reports: controls, bidirectional overrides
// and isolates, line separators, noncharacters, halves of pairs.
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef]|\p{Noncharacter_Code_Point}/gu;

/**
 * A name as it may be shown: what would hide or turn the words around it is U+FFFD, and of more
 * than `max` letters the middle is left out.
 * @param {string} name
 * @param {number} [max]
 * @returns {string}
 */
export function text(name, max = 400) {
	if (name.length > max) {
		const letters = Array.from(name.length > 8 * max ?
			name.slice(0, 4 * max) + name.slice(-4 * max) : name);
		const tail = Math.floor(max / 3);
		if (letters.length > max)
			name = `${letters.slice(0, max - 1 - tail).join('')}…${letters.slice(-tail).join('')}`;
	}
	return name.replace(UNSAFE, '\ufffd');
}

function setAttribute(element, key, value) {
	if (typeof value === 'function')
		element.addEventListener(key.replace(/^on/, ''), value);
	else if (key === 'style')
		element.style.cssText = value; // a policy may forbid the attribute
	else if (value === true)
		element.setAttribute(key, '');
	else if (value !== false && value !== null && value !== undefined)
		element.setAttribute(key, String(value));
}

/**
 * An element: 'div', or 'svg:rect'. Attributes that are false, null or undefined are left out,
 * functions listen ('onclick' or 'click'). Children are nodes and strings; strings are shown as
 * text() makes them safe.
 * @param {string} name
 * @param {Object<string, *>} [attributes]
 * @param {(Node|string|null|false|Array)} [children] one or a list
 * @returns {Element}
 */
export function make(name, attributes = {}, children = []) {
	const [prefix, local] = name.includes(':') ? name.split(':') : ['html', name];
	const element = document.createElementNS(NAMESPACES[prefix], local);
	for (const key of Object.keys(attributes))
		setAttribute(element, key, attributes[key]);
	append(element, children);
	return element;
}

/** Adds nodes and strings, in lists of lists too; null and false are nothing. */
export function append(element, children) {
	if (Array.isArray(children))
		children.forEach(child => append(element, child));
	else if (typeof children === 'string' || typeof children === 'number')
		element.append(text(String(children)));
	else if (children)
		element.append(children);
}

/** Replaces whatever an element holds. */
export function fill(element, children) {
	element.textContent = '';
	append(element, children);
}
