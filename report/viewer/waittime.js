// SPDX-License-Identifier: GPL-2.0-or-later
// When the waits of a sample were, and what of them is in a range of time: the rules, and to the
// last digit the figures, of report/wait_time.c. A sample tells in which slice the last of them
// began, how many they are and how long in all. Pure: no document.
import { WAIT_QUEUED, bucketOf } from './waits.js';
import { valueOfType } from './waitstats.js';

/** Reads the times of a profile's samples, which has times. */
export class WaitTimes {
	constructor(profile) {
		const column = type => profile.values[valueOfType(profile, type)] || null;

		this.profile = profile;
		this.ns = [column('blocked'), column('runqueue')];
		this.count = [column('waits'), column('queued')];
		this.from = 0;
		this.until = 0;
	}

	/**
	 * Sets from and until, ns. One wait: from the beginning of its slice on, as long as it was.
	 * Several: one upon the other, the last of them in its slice, and not in less than that slice.
	 * A sample that is none of waits: the moment at which its slice begins.
	 */
	find(i) {
		const { waits, sampleTime, sliceNs } = this.profile;
		const queued = waits && waits.flags[i] & WAIT_QUEUED ? 1 : 0;
		const at = column => Math.max(0, column ? column[i] : 0);
		const begin = sampleTime[i];

		this.from = this.until = begin;
		if (!waits || !waits.class[i])
			return;
		const ns = at(this.ns[queued]), n = at(this.count[queued]);
		if (n < 2) {
			this.until = begin + ns;
			return;
		}
		const all = Math.max(sliceNs, ns);
		this.from = Math.max(0, begin + Math.max(sliceNs, Math.floor(ns / n)) - all);
		this.until = this.from + all;
	}

	/** Of sample i the ns in [from, until): 0 of none, -1 where it is in it as a whole. */
	within(i, from, until) {
		this.find(i);
		if (this.from === this.until)
			return this.from >= from && this.from < until ? -1 : 0;
		const part = Math.min(this.until, until) - Math.max(this.from, from);
		return part <= 0 ? 0 : part === this.until - this.from ? -1 : part;
	}
}

/** Of a time its part; of a count those of which a part is there. */
function partOf(value, part, whole, isCount) {
	const exact = Math.abs(value) * part / whole;
	return Math.sign(value) * (isCount ? Math.ceil(exact) : Math.floor(exact + 0.5));
}

/**
 * What of some samples' waits is in a range of time.
 * @param {import('./profile.js').Profile} profile that they are of
 * @param {Int32Array} numbers the samples, all of them in the range
 * @returns {{values: Float64Array[], bucket: Uint8Array, longest: Float64Array}|null} by place in
 *     numbers; null: all are in it as a whole
 */
export function cutWaits(profile, numbers, [from, until]) {
	const times = new WaitTimes(profile);
	let cut = null;

	for (let k = 0; profile.waits && k < numbers.length; k++) {
		const i = numbers[k], part = times.within(i, from, until);
		if (part < 0)
			continue;
		cut = cut || copyWaits(profile, numbers);
		profile.valueTypes.forEach(({ unit }, value) => {
			cut.values[value][k] = partOf(profile.values[value][i], part,
				times.until - times.from, unit === 'count');
		});
		cut.longest[k] = Math.min(cut.longest[k], part);
		cut.bucket[k] = Math.min(cut.bucket[k], bucketOf(cut.longest[k]));
	}
	return cut;
}

function copyWaits({ values, waits }, numbers) {
	const copy = column => {
		const copied = new column.constructor(numbers.length);
		for (let k = 0; k < numbers.length; k++)
			copied[k] = column[numbers[k]];
		return copied;
	};
	return { values: values.map(copy), bucket: copy(waits.bucket), longest: copy(waits.longest) };
}
