// SPDX-License-Identifier: GPL-2.0-or-later
// The samples over time, as a heatmap: a column is a second, a cell in it a part of that second,
// from the bottom up. A drag, or the keyboard, chooses a range; all else then shows only that.
// A profile without times has no strip.
import { make } from './dom.js';
import { formatValue, shownStyle } from './format.js';
import { timeGrid } from './timegrid.js';
import { secondsOf } from './words.js';

/** The cell of a point, and the time that it is of; x and y as parts of the strip, 0 to 1. */
export function cellAt({ columns, rows }, x, y) {
	const column = Math.min(columns - 1, Math.max(0, Math.floor(x * columns)));
	const row = Math.min(rows - 1, Math.max(0, Math.floor((1 - y) * rows)));
	return column * rows + row;
}

/** The range of time from one cell to another, both included, in ns. */
export function cellsTime(grid, a, b) {
	const ns = 1e9 / grid.rows;
	return [Math.round(Math.min(a, b) * ns), Math.round((Math.max(a, b) + 1) * ns)];
}

/** The other way: first and last cell of a range. */
export function timeCells(grid, [from, until]) {
	const ns = 1e9 / grid.rows, last = grid.columns * grid.rows - 1;
	const first = Math.min(last, Math.floor(from / ns + 1e-6));
	return [first, Math.min(last, Math.max(first, Math.ceil(until / ns - 1e-6) - 1))];
}

class TimeStrip {
	constructor(app) {
		this.app = app;
		this.grid = null;
		this.ofValue = -1;
		this.ofIdle = false;
		this.drag = null;   // the cell where it began
		this.anchor = null; // of a range chosen by keys: the end that stays
		this.canvas = make('canvas', { 'aria-hidden': 'true' });
		this.slider = make('div', {
			class: 'ft-time-slider', role: 'slider', tabindex: 0, 'aria-label': 'Range of time',
			'aria-valuemin': 0, 'aria-orientation': 'horizontal',
		}, [this.canvas]);
		this.from = make('input', { type: 'number', min: 0, 'aria-label': 'From second' });
		this.until = make('input', { type: 'number', min: 0, 'aria-label': 'Until second' });
		this.clear = make('button', { type: 'button' }, ['Whole time']);
		this.told = make('output', { class: 'ft-time-told' });
		// The strip is put away at first: the graph stays where the picture had it.
		this.opener = make('button', {
			type: 'button', hidden: true, 'aria-expanded': 'false', 'aria-controls': 'time-strip',
			title: 'Samples over time; a drag chooses a part (t)',
			onclick: () => this.toggle(this.element.hidden),
		}, 'Time');
		app.places.tools.append(this.opener);
		app.keys.add(['t'], 'Samples over time', () => this.toggle(this.element.hidden));
		this.element = make('section', {
			id: 'time-strip', class: 'ft-time', 'aria-label': 'Samples over time', hidden: true,
		}, [
			make('div', { class: 'ft-time-pane' }, [this.slider, this.told]),
			make('div', { class: 'ft-time-line' }, [
				make('label', {}, ['from ', this.from, ' s']),
				make('label', {}, ['until ', this.until, ' s']),
				this.clear,
			]),
		]);
		this.listen();
	}

	listen() {
		const { slider } = this;

		slider.addEventListener('pointerdown', event => this.onDown(event));
		slider.addEventListener('pointermove', event => this.onMove(event));
		slider.addEventListener('pointerup', event => this.onUp(event));
		slider.addEventListener('pointercancel', () => {
			this.drag = null;
			this.draw();
		});
		slider.addEventListener('pointerleave', () => this.drag === null && this.tell(null));
		slider.addEventListener('keydown', event => this.onKey(event));
		for (const field of [this.from, this.until])
			field.addEventListener('change', () => this.onFields());
		this.clear.addEventListener('click', () => {
			this.choose(null);
			slider.focus();
		});
		if (typeof ResizeObserver === 'function')
			new ResizeObserver(() => this.draw()).observe(slider);
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
	}

	/** Shows the strip, or puts it away; a range that was chosen stays, as a chip. */
	toggle(open) {
		const focused = this.element.contains(document.activeElement);

		if (!this.grid)
			return false;
		this.element.hidden = !open;
		this.opener.setAttribute('aria-expanded', String(open));
		if (open) {
			this.draw();
			this.slider.focus({ preventScroll: true });
		} else if (focused) {
			this.opener.focus();
		}
		return true;
	}

	cellOf(event) {
		const { left, top, width, height } = this.canvas.getBoundingClientRect();
		return cellAt(this.grid, (event.clientX - left) / width, (event.clientY - top) / height);
	}

	onDown(event) {
		if (event.button)
			return;
		this.drag = this.cellOf(event);
		this.slider.setPointerCapture(event.pointerId);
		this.draw([this.drag, this.drag]);
	}

	onMove(event) {
		const cell = this.cellOf(event);

		this.tell(cell);
		if (this.drag !== null)
			this.draw([Math.min(this.drag, cell), Math.max(this.drag, cell)]);
	}

	onUp(event) {
		if (this.drag === null)
			return;
		const cell = this.cellOf(event), from = this.drag;
		this.drag = null;
		this.choose(cellsTime(this.grid, from, cell));
	}

	onKey(event) {
		const { rows, columns } = this.grid;
		const steps = { ArrowRight: rows, ArrowLeft: -rows, ArrowUp: 1, ArrowDown: -1,
			PageUp: 10 * rows, PageDown: -10 * rows, Home: -Infinity, End: Infinity };
		const { time } = this.app.store.get();
		const last = rows * columns - 1;

		if (event.ctrlKey || event.metaKey || event.altKey)
			return;
		if (time && (event.key === 'Delete' || event.key === 'Backspace'))
			this.choose(null);
		else if (event.key === 'Escape')
			this.toggle(false);
		else if (event.key in steps)
			this.step(steps[event.key], event.shiftKey, last);
		else
			return;
		event.preventDefault();
		event.stopPropagation();
	}

	// Without a range the first key chooses the first second; Shift moves the end alone.
	step(by, extend, last) {
		const { rows } = this.grid;
		const { time } = this.app.store.get();

		if (!time) {
			this.choose(cellsTime(this.grid, 0, Math.min(last, rows - 1)));
			return;
		}
		const [first, end] = timeCells(this.grid, time);
		if (extend) {
			this.choose(cellsTime(this.grid, first, Math.min(last, Math.max(first, end + by))));
			return;
		}
		const move = Math.max(-first, Math.min(last - end, by));
		this.choose(cellsTime(this.grid, first + move, end + move));
	}

	onFields() {
		const from = Math.round(Number(this.from.value) * 1e9);
		const until = Math.round(Number(this.until.value) * 1e9);
		const wrong = !(from >= 0 && until > from);

		for (const field of [this.from, this.until])
			field.setAttribute('aria-invalid', String(wrong));
		if (!wrong)
			this.choose([from, until]);
	}

	// What reaches from end to end is no choice.
	choose(time) {
		const end = this.grid.columns * 1e9;
		const whole = time && time[0] <= 0 && time[1] >= end;
		this.app.store.set({ time: whole ? null : time });
	}

	tell(cell) {
		if (cell === null) {
			this.told.textContent = '';
			return;
		}
		const [from] = cellsTime(this.grid, cell, cell);
		this.told.textContent =
			`${secondsOf(from)} s: ${formatValue(this.grid.cells[cell], this.style)}`;
	}

	takeGrid(view, state) {
		const { profile } = this.app;

		if (this.ofValue === state.value && this.ofIdle === state.noIdle)
			return;
		this.ofValue = state.value;
		this.ofIdle = state.noIdle;
		this.grid = timeGrid(profile, state.value, state.noIdle ? profile.core.sampleIdle : null);
		this.style = shownStyle(view.profile, state.value);
	}

	render(view, state) {
		this.takeGrid(view, state);
		this.opener.hidden = !this.grid;
		if (!this.grid)
			return;
		const { columns, rows } = this.grid;
		const [from, until] = state.time || [0, columns * 1e9];
		const words = state.time ? `${secondsOf(from)} s to ${secondsOf(until)} s` : 'the whole time';

		for (const field of [this.from, this.until]) {
			field.setAttribute('max', columns);
			field.setAttribute('step', secondsOf(1e9 / rows));
			field.setAttribute('aria-invalid', 'false');
		}
		this.from.value = secondsOf(from);
		this.until.value = secondsOf(until);
		this.clear.hidden = !state.time;
		this.slider.setAttribute('aria-valuemax', columns);
		this.slider.setAttribute('aria-valuenow', secondsOf(from));
		this.slider.setAttribute('aria-valuetext', words);
		this.draw();
	}

	draw(cells = this.grid && this.chosenCells()) {
		const { clientWidth: width, clientHeight: height } = this.slider;
		if (!this.grid || !width || this.element.hidden)
			return;
		const scale = window.devicePixelRatio || 1;
		const pen = this.canvas.getContext('2d');

		this.canvas.width = Math.round(width * scale);
		this.canvas.height = Math.round(height * scale);
		pen.scale(scale, scale);
		this.drawCells(pen, width, height, cells);
	}

	chosenCells() {
		const { time } = this.app.store.get();
		return time && timeCells(this.grid, time);
	}

	drawCells(pen, width, height, chosen) {
		const { columns, rows, cells, max } = this.grid;
		const style = getComputedStyle(this.element);
		const [empty, full] = ['--strip-empty', '--strip-full']
			.map(name => style.getPropertyValue(name).trim());
		const w = width / columns, h = height / rows;

		pen.fillStyle = empty;
		pen.fillRect(0, 0, width, height);
		pen.fillStyle = full;
		for (let cell = 0; cell < cells.length; cell++) {
			if (!cells[cell] || !max)
				continue;
			const inside = !chosen || (cell >= chosen[0] && cell <= chosen[1]);
			const x = Math.floor(cell / rows) * w, y = height - (cell % rows + 1) * h;
			// The eye tells few from none best where the scale is no straight line.
			pen.globalAlpha = (inside ? 1 : 0.25) * (0.15 + 0.85 * Math.sqrt(cells[cell] / max));
			pen.fillRect(x, y, Math.max(0.5, w - (w > 4 ? 1 : 0)), Math.max(0.5, h - (h > 4 ? 1 : 0)));
		}
		pen.globalAlpha = 1;
	}
}

/** Gives { element, render }. */
export function createTimeStrip(app) {
	return new TimeStrip(app);
}
