// SPDX-License-Identifier: GPL-2.0-or-later
// What a value is in words, as the picture has it: "6,000 samples, 6.000 s".
import { formatValue, shownStyle } from './format.js';

const SAMPLES = { type: 'samples', unit: 'count' };
const styles = new WeakMap(); // profile: style by number of the value

function styleOfValue(profile, value) {
	if (!styles.has(profile))
		styles.set(profile, []);
	const known = styles.get(profile);
	if (!known[value])
		known[value] = shownStyle(profile, value);
	return known[value];
}

/**
 * "6,000 samples, 6.000 s", or one of the two.
 * @param {object} profile
 * @param {number} value number of the value type
 * @param {number} n in units of that value
 * @returns {string}
 */
export function amountWords(profile, value, n) {
	const style = styleOfValue(profile, value);
	const words = formatValue(n, style);

	return style.perSample ? `${formatValue(n / style.perSample, SAMPLES)}, ${words}` : words;
}

/** "CPU time 10.000 s in 10,000 samples", as under the picture's title. */
export function amountHeading(profile, value, n) {
	const style = styleOfValue(profile, value);
	const title = style.title === style.noun ? '' : `${style.title} `;
	const words = `${title}${formatValue(n, style)}`;

	return style.perSample ? `${words} in ${formatValue(n / style.perSample, SAMPLES)}` : words;
}
