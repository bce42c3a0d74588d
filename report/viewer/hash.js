// SPDX-License-Identifier: GPL-2.0-or-later
// A link to what is shown: the state of the viewer as the part of an address behind '#', and back.
// Everything is told by names (paths of frames, types of values), not by numbers, so that a link
// to one run shows the same place in the next. Pure: no document.
import { hasWaits } from './waitstats.js';
import { secondsOf } from './words.js';

const HASH_OPS = ['focus', 'ignore', 'hide', 'comm', 'thread', 'class'];
const HASH_VIEWS = ['flame', 'table', 'sandwich', 'callers', 'waits'];
const HASH_SORTS = ['self', 'total', 'name', 'module', 'base', 'new', 'change', 'selfchange'];
const HASH_WAIT_SORTS = ['class', 'count', 'total', 'mean', 'p50', 'p99', 'longest', 'queued'];
const HASH_PLACE_SORTS = ['total', 'count', 'mean', 'longest', 'queued', 'class', 'process',
	'code'];
// State by word; true or absent.
const HASH_FLAGS = [['inverted', 'inverted'], ['threads', 'threads'], ['by-module', 'byModule'],
	['collapse-recursion', 'collapse'], ['show-idle', 'showIdle'], ['no-idle', 'noIdle'],
	['with-function', 'ofFunction'],
	['by-time', 'byTime']];

// Paths of names: where each view is zoomed to.
const HASH_PATHS = [['zoom', 'zoom'], ['callers-zoom', 'callersZoom'], ['above', 'aboveZoom'],
	['below', 'belowZoom']];

// What stays legible in an address is left as it is; ')' and '.' would end a link in a mail.
function hashEncode(text) {
	return encodeURIComponent(text).replace(/[!'()*]|\.$/g,
		letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
		.replace(/%(?:3A|2F|2C|5B|5D|40)/g, decodeURIComponent);
}

function hashDecode(text) {
	try {
		return decodeURIComponent(text);
	} catch (error) {
		return text; // cut in two somewhere on its way
	}
}

/** A path of names as one text: 'app;main;work', each name encoded. */
export function pathText(labels) {
	return labels.map(hashEncode).join(';');
}

/** The other way. */
export function pathLabels(text) {
	return text.split(';').map(hashDecode);
}

function hashTime(text) {
	const found = /^([\d.]+)s?\.\.([\d.]+)s?$/.exec(text);
	if (!found)
		return null;
	const from = Math.round(Number(found[1]) * 1e9), until = Math.round(Number(found[2]) * 1e9);
	return until > from ? [from, until] : null;
}

/** 'self', or 'self-up', where it differs from what it is at first. */
function sortText(sort, initial) {
	const same = !sort || sort.by === initial.by && sort.down === initial.down;
	return same ? '' : `${sort.by}${sort.down ? '' : '-up'}`;
}

/** The other way; null for what is not among the columns. */
function sortOf(text, columns) {
	const by = text.replace(/-up$/, '');
	return columns.includes(by) ? { by, down: by === text } : null;
}

/** 'view=table&focus=x': how a state differs from the one that the file opens with. */
export function hashOf(state, profile, initial) {
	const words = [];
	const add = (key, value) => words.push(value === undefined ? key : `${key}=${value}`);
	const type = profile.valueTypes[state.value];

	if (state.view !== initial.view)
		add('view', state.view);
	for (const [key, name] of HASH_FLAGS)
		if (state[name] !== initial[name])
			add(key, state[name] ? undefined : 'no');
	for (const chip of state.chips)
		add(chip.op, chip.path ? pathText(chip.path) : hashEncode(chip.text));
	if (state.time)
		add('time', `${secondsOf(state.time[0])}s..${secondsOf(state.time[1])}s`);
	if (type && state.value !== initial.value)
		add('value', hashEncode(type.type));
	if (state.search)
		add('search', hashEncode(state.search));
	if (state.selected !== null && state.view !== 'flame')
		add('function', hashEncode(state.selected));
	if (sortText(state.sort, initial.sort))
		add('sort', sortText(state.sort, initial.sort));
	if (state.waitClass)
		add('waits', hashEncode(state.waitClass));
	if (sortText(state.waitSort, initial.waitSort))
		add('waits-sort', sortText(state.waitSort, initial.waitSort));
	if (sortText(state.placeSort, initial.placeSort))
		add('top-sort', sortText(state.placeSort, initial.placeSort));
	for (const [word, key] of HASH_PATHS)
		if (state[key] && state[key].length)
			add(word, pathText(state[key]));
	return words.join('&');
}

function takeWord(state, key, value, profile) {
	const flag = HASH_FLAGS.find(([word]) => word === key);
	const path = HASH_PATHS.find(([word]) => word === key);
	if (flag)
		state[flag[1]] = value !== 'no';
	else if (key === 'remove')
		state.chips.push({ op: key, path: pathLabels(value) });
	else if (HASH_OPS.includes(key))
		state.chips.push({ op: key, text: hashDecode(value) });
	else if (key === 'view' && HASH_VIEWS.includes(value) && (value !== 'waits' || hasWaits(profile)))
		state.view = value;
	else if (key === 'time')
		state.time = hashTime(value);
	else if (key === 'value')
		state.value = profile.valueTypes.findIndex(({ type }) => type === hashDecode(value));
	else if (key === 'search')
		state.search = hashDecode(value);
	else if (key === 'function')
		state.selected = hashDecode(value);
	else if (key === 'sort' && sortOf(value, HASH_SORTS))
		state.sort = sortOf(value, HASH_SORTS);
	else if (key === 'waits')
		state.waitClass = hashDecode(value);
	else if (key === 'waits-sort' && sortOf(value, HASH_WAIT_SORTS))
		state.waitSort = sortOf(value, HASH_WAIT_SORTS);
	else if (key === 'top-sort' && sortOf(value, HASH_PLACE_SORTS))
		state.placeSort = sortOf(value, HASH_PLACE_SORTS);
	else if (path)
		state[path[1]] = pathLabels(value);
	else
		return false;
	return true;
}

/** The state that a link ('#...' or '...') tells of, all else as the file opens; and the words of
 * it that say nothing here. */
export function stateOf(hash, profile, initial) {
	const state = { ...initial, chips: [] };
	const unknown = [];

	for (const word of hash.replace(/^#/, '').split('&').filter(Boolean)) {
		const at = word.indexOf('=');
		const key = at < 0 ? word : word.slice(0, at), value = at < 0 ? '' : word.slice(at + 1);
		if (!takeWord(state, key, value, profile))
			unknown.push(hashDecode(word));
	}
	if (state.value < 0) {
		unknown.push('value');
		state.value = initial.value;
	}
	return { state, unknown };
}

/** How many of the names lead down from the root. */
export function knownDepth(tree, names) {
	let node = 0;

	for (let depth = 0; depth < names.length; depth++) {
		let child = node + 1;
		while (child < tree.end[node] && tree.labels[tree.label[child]] !== names[depth])
			child = tree.end[child];
		if (child >= tree.end[node])
			return depth;
		node = child;
	}
	return names.length;
}
