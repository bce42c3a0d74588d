// SPDX-License-Identifier: GPL-2.0-or-later
// Values of a profile come in, words and numbers for people go out: those of report/value.c.

const TIME_UNITS = { nanoseconds: 1e9, microseconds: 1e6, milliseconds: 1e3, seconds: 1 };

/**
 * How a value is shown.
 * @typedef {object} ValueStyle
 * @property {number} perSecond of a time: how many make a second; 0: not a time
 * @property {number} scale what is shown of one unit of the value; 1 for most
 * @property {number} perSample units of the value in a sample, where that is told beside; else 0
 * @property {string} noun of a count, or unit of anything else
 * @property {string} title "CPU time", or the value's type
 * @property {string} seconds of a time: 's', or 'thread-seconds' where threads wait side by side
 */

const TIME_TITLES = {
	cpu: ['CPU time', 's'],
	wall: ['wall-clock time', 'thread-seconds'],
	offcpu: ['off-CPU time', 'thread-seconds'],
	blocked: ['time blocked', 'thread-seconds'],
	runqueue: ['time in the run queue', 'thread-seconds'],
};

/**
 * As the value stands in the profile.
 * @param {{type: string, unit: string}} valueType
 * @returns {ValueStyle}
 */
export function valueStyle({ type, unit }) {
	const perSecond = Object.hasOwn(TIME_UNITS, unit) ? TIME_UNITS[unit] : 0;
	const known = perSecond > 0 && Object.hasOwn(TIME_TITLES, type);
	const [title, seconds] = known ? TIME_TITLES[type] : [type, 's'];
	return { perSecond, scale: 1, perSample: 0, noun: unit === 'count' ? type : unit, title,
		seconds };
}

/** What one sample is worth in a value, if that is the same for all and more than 0; else 0. */
function valuePerSample(profile, value, samples) {
	const counts = profile.values[samples], values = profile.values[value];
	let worth = 0;
	if (samples < 0 || samples === value)
		return 0;
	for (let i = 0; i < profile.nSamples; i++) {
		if (!counts[i] && !values[i])
			continue;
		if (!counts[i] || values[i] % counts[i] || worth && values[i] / counts[i] !== worth)
			return 0;
		worth = values[i] / counts[i];
	}
	return Math.max(0, worth);
}

/**
 * As reports show it: samples that are all worth the same time are shown as that time, with their
 * number beside; and so is such a time itself.
 * @param {import('./profile.js').Profile} profile
 * @param {number} value which of its values
 * @returns {ValueStyle}
 */
export function shownStyle(profile, value) {
	const samples = profile.valueTypes.findIndex(({ type }) => type === 'samples');
	const style = valueStyle(profile.valueTypes[value]);
	if (value !== samples)
		return { ...style, perSample: valuePerSample(profile, value, samples) };
	for (let i = 0; i < profile.valueTypes.length; i++) {
		const time = valueStyle(profile.valueTypes[i]);
		const worth = time.perSecond ? valuePerSample(profile, i, samples) : 0;
		if (worth)
			return { ...time, scale: worth, perSample: 1 };
	}
	return style;
}

/** "12.345"; always milliseconds. */
function formatSeconds(n, perSecond) {
	const magnitude = Math.abs(n);
	let seconds = Math.floor(magnitude / perSecond);
	let rest = Math.floor((magnitude % perSecond * 1000 + perSecond / 2) / perSecond);
	if (rest === 1000) {
		seconds++;
		rest = 0;
	}
	return `${n < 0 ? '-' : ''}${seconds}.${String(rest).padStart(3, '0')}`;
}

/**
 * The number alone, without separators: "12.345" or "4995".
 * @param {number} n
 * @param {ValueStyle|{type: string, unit: string}} style
 */
export function formatNumber(n, style) {
	const { perSecond, scale } = 'noun' in style ? style : valueStyle(style);
	return perSecond ? formatSeconds(n * scale, perSecond) : String(n * scale);
}

/**
 * "12.345 s" or "4,995 samples".
 * @param {number} n
 * @param {ValueStyle|{type: string, unit: string}} style
 */
export function formatValue(n, style) {
	const { perSecond, scale, noun, seconds } = 'noun' in style ? style : valueStyle(style);
	if (perSecond)
		return `${formatSeconds(n * scale, perSecond)} ${seconds}`;
	const text = String(n * scale).replace(/\B(?=(\d{3})+$)/g, ',');
	if (!noun)
		return text;
	return `${text} ${n * scale === 1 && noun === 'samples' ? 'sample' : noun}`;
}

/** A number with so many decimals, as printf has it: of what is exactly between two the even one,
 * where toFixed() has the larger. */
export function fixedText(x, decimals) {
	const between = Math.abs(x) * 2 ** (decimals + 1) % 2 === 1;
	const last = Math.floor(Math.abs(x) * 10 ** decimals);
	return between ? (Math.sign(x) * (last + last % 2) / 10 ** decimals).toFixed(decimals) :
		x.toFixed(decimals);
}

/** "12.34%" of a share of the whole, which is 1. */
export function formatShare(share) {
	return `${(100 * (Number.isFinite(share) ? share : 0)).toFixed(2)}%`;
}

/** "1,234" of a number that may be no whole one: "0.5". */
export function formatCount(n) {
	return n.toLocaleString('en', { maximumFractionDigits: 1 });
}
