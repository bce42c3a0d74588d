// SPDX-License-Identifier: GPL-2.0-or-later
// How long phases of waiting took, as a histogram of eight bars an octave: a pointer or the arrow
// keys tell each bar, and the same figures are there as a table.
import { fill, make } from './dom.js';
import { formatCount, formatShare } from './format.js';
import { WAIT_BUCKETS, bucketOf, bucketStart, waitTime } from './waits.js';
import { percentile } from './waitstats.js';

const TICK_WIDTH = 56; // px
const LEAST_BARS = 16; // of fewer the scale would tell nothing

/** @returns {[number, number]} first and last bucket in which any of the phases is, with room */
export function bucketRange(phases) {
	let first = WAIT_BUCKETS, last = -1;

	for (const { counts, times } of phases)
		for (let i = 0; i < WAIT_BUCKETS; i++)
			if (counts[i] || times[i]) {
				first = Math.min(first, i);
				last = Math.max(last, i);
			}
	if (last < 0)
		return [0, LEAST_BARS - 1];
	for (let grow = 0; last - first + 1 < LEAST_BARS; grow ^= 1)
		if (grow && last < WAIT_BUCKETS - 1 || !first)
			last++;
		else
			first--;
	return [first, last];
}

/** Where a length is on the scale, in buckets. */
function placeOf(ns) {
	const bucket = bucketOf(ns), start = bucketStart(bucket);
	return bucket + (ns - start) / (bucketStart(bucket + 1) - start);
}

/** Lengths at which the scale has words: powers of ten, between them 2 and 5 where few are seen. */
export function scaleTicks([first, last]) {
	const from = bucketStart(first), until = bucketStart(last + 1);
	const steps = until / Math.max(from, 1024) > 1000 ? [1] : [1, 2, 5];
	const ticks = [];

	for (let power = 1000; power < until; power *= 10)
		for (const step of steps)
			if (step * power >= from && step * power <= until)
				ticks.push({ ns: step * power,
					at: (placeOf(step * power) - first) / (last + 1 - first) });
	return ticks;
}

/** "34 waits" of a number that may be no whole one. */
function countWords(count, noun) {
	const text = formatCount(count);
	return `${text} ${noun}${text === '1' ? '' : 's'}`;
}

class Histogram {
	constructor({ id, title, noun }) {
		this.noun = noun;
		this.at = -1; // bucket with the cursor
		this.bars = make('svg:path', { class: 'ft-bars' });
		this.mark = make('svg:rect', { class: 'ft-bar-mark', y: 0, width: 1, height: 100 });
		this.lines = make('svg:path', { class: 'ft-bar-lines' });
		this.picture = make('svg:svg', { preserveAspectRatio: 'none', 'aria-hidden': 'true' },
			[this.bars, this.lines, this.mark]);
		this.scale = make('div', { class: 'ft-bar-scale', 'aria-hidden': 'true' });
		this.slider = make('div', { class: 'ft-bar-slider', role: 'slider', tabindex: 0, id,
			'aria-label': `${title}: lengths`, 'aria-orientation': 'horizontal' }, [this.picture]);
		this.words = make('p', { class: 'ft-bar-words' });
		this.told = make('p', { class: 'ft-bar-told ft-quiet' });
		this.body = make('tbody');
		this.table = make('details', {}, [
			make('summary', {}, `${title} as a table`),
			make('div', { class: 'ft-bar-table' }, [make('table', {}, [
				make('thead', {}, [make('tr', {}, ['from', 'to', `${noun}s`, 'time', 'up to here']
					.map(words => make('th', { scope: 'col' }, words)))]),
				this.body,
			])]),
		]);
		this.element = make('section', { class: 'ft-lengths', 'aria-label': title },
			[make('h3', {}, title), this.words, this.slider, this.scale, this.told, this.table]);
		this.listen();
	}

	listen() {
		this.slider.addEventListener('pointermove', event => {
			const { left, width } = this.slider.getBoundingClientRect();
			const [first, last] = this.range;
			this.move(first + Math.floor((event.clientX - left) / width * (last + 1 - first)));
		});
		this.slider.addEventListener('pointerleave', () => this.move(-1));
		this.slider.addEventListener('focus', () =>
			this.slider.matches(':focus-visible') && this.at < 0 && this.move(this.widest()));
		this.slider.addEventListener('blur', () => this.move(-1));
		this.slider.addEventListener('keydown', event => this.onKey(event));
		this.table.addEventListener('toggle', () => this.fillTable());
	}

	onKey(event) {
		const [first, last] = this.range;
		const at = this.at < 0 ? this.widest() : this.at;
		const places = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1,
			PageUp: at + 8, PageDown: at - 8, Home: first, End: last };

		if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in places))
			return;
		this.move(Math.max(first, Math.min(last, places[event.key])));
		event.preventDefault();
		event.stopPropagation();
	}

	/** The bucket of the highest bar. */
	widest() {
		const [first, last] = this.range;
		let widest = first;

		for (let i = first; i <= last; i++)
			if (this.heights[i] > this.heights[widest])
				widest = i;
		return widest;
	}

	/** "1.02 ms to 1.15 ms: 34 waits, 0.040 s". */
	wordsOf(bucket) {
		const { counts, times } = this.phase;
		const end = bucket < WAIT_BUCKETS - 1 ? `to ${waitTime(bucketStart(bucket + 1))}` :
			'and more';

		return `${waitTime(bucketStart(bucket))} ${end}: ` +
			`${countWords(counts[bucket], this.noun)}, ${waitTime(times[bucket])} in all`;
	}

	/** The cursor goes to a bucket; -1: away. */
	move(bucket) {
		const [first, last] = this.range;

		this.at = bucket < 0 ? -1 : Math.max(first, Math.min(last, bucket));
		this.mark.setAttribute('x', Math.max(first, this.at) - first);
		this.mark.setAttribute('visibility', this.at < 0 ? 'hidden' : 'visible');
		fill(this.told, this.at < 0 ? '\u00a0' : this.wordsOf(this.at));
		const value = this.at < 0 ? this.widest() : this.at;
		this.slider.setAttribute('aria-valuenow', value);
		this.slider.setAttribute('aria-valuetext', this.wordsOf(value));
	}

	/**
	 * @param {import('./waitstats.js').Phase} phase
	 * @param {{range: [number, number], byTime: boolean, colour: string}} how byTime: a bar is as
	 *     high as the time in it, not as its number; colour: class of a box
	 */
	render(phase, { range, byTime, colour }) {
		const [first, last] = range;

		this.phase = phase;
		this.range = range;
		this.heights = byTime ? phase.times : phase.counts;
		this.element.hidden = !phase.count && !phase.ns;
		this.picture.setAttribute('viewBox', `0 0 ${last + 1 - first} 100`);
		this.bars.setAttribute('class', `ft-bars ${colour}`);
		this.slider.setAttribute('aria-valuemin', first);
		this.slider.setAttribute('aria-valuemax', last);
		this.drawBars();
		this.drawScale();
		fill(this.words, this.summary());
		this.move(-1);
		this.fillTable();
	}

	summary() {
		const { phase, noun } = this;
		return `${countWords(phase.count, noun)}, ${waitTime(phase.ns)} in all: ` +
			`p50 ${waitTime(percentile(phase, 0.5))}, ` +
			`p99 ${waitTime(percentile(phase, 0.99))}, longest ${waitTime(phase.longest)}`;
	}

	drawBars() {
		const { heights, range: [first, last] } = this;
		const most = heights[this.widest()] || 1;
		let path = '';

		for (let i = first; i <= last; i++)
			if (heights[i]) {
				// What there is can be seen, however little.
				const height = Math.max(1.5, 98 * heights[i] / most);
				path += `M${i - first} 100v-${height.toFixed(2)}h1v${height.toFixed(2)}z`;
			}
		this.bars.setAttribute('d', path);
	}

	drawScale() {
		const { range: [first, last], phase } = this;
		const place = share => placeOf(percentile(phase, share)) - first;

		const gap = TICK_WIDTH / (this.slider.clientWidth || 1000);
		let free = 0;

		fill(this.scale, []);
		for (const { ns, at } of scaleTicks([first, last])) {
			if (at < free || at > 1 - gap)
				continue;
			free = at + gap;
			const tick = make('span', {}, waitTime(ns));
			tick.style.left = `${(100 * at).toFixed(2)}%`;
			this.scale.append(tick);
		}
		this.lines.setAttribute('d', phase.count ?
			[0.5, 0.99].map(share => `M${place(share).toFixed(2)} 0V100`).join('') : '');
	}

	/** Only while it is seen. */
	fillTable() {
		if (!this.table.open || this.filled === this.phase)
			return;
		const { counts, times, count } = this.phase;
		let sum = 0;

		this.filled = this.phase;
		fill(this.body, []);
		for (let i = 0; i < WAIT_BUCKETS; i++) {
			if (!counts[i] && !times[i])
				continue;
			sum += counts[i];
			this.body.append(make('tr', {}, [waitTime(bucketStart(i)),
				i < WAIT_BUCKETS - 1 ? waitTime(bucketStart(i + 1)) : '',
				formatCount(counts[i]),
				waitTime(times[i]), formatShare(count ? sum / count : 0),
			].map(words => make('td', {}, words))));
		}
	}
}

/**
 * @param {{id: string, title: string, noun: string}} options noun: of one phase, "wait"
 * @returns {Histogram} element, render(phase, how)
 */
export function createHistogram(options) {
	return new Histogram(options);
}
