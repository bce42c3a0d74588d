// Zoom, search and details for the flame graph of svg.c. All it knows of the profile it reads
// from the picture: a box is <svg x width><title>NAME\nFIGURES\nMODULE</title><rect/><text/></svg>
// in the <g> of its row. Zooming only widens and shifts the element that holds the rows.
(() => {
	'use strict';

	const SVG = 'http://www.w3.org/2000/svg';
	const XHTML = 'http://www.w3.org/1999/xhtml';
	const TOOLS_WIDTH = 480, TOOLS_ROW = 32, PAD = 4, LEAST_TEXT = 28;
	const self = document.currentScript;
	const root = (self && self.ownerSVGElement) || document.documentElement;
	const graph = root.querySelector('#graph');
	const holder = root.querySelector('#boxes');
	const below = root.querySelector('#below');
	const height = Number(root.getAttribute('height'));

	// The boxes: x and width in percent of the whole.
	const boxes = [];
	const boxOf = new Map();
	let zoomed = null;  // a box, or null
	let matched = null; // the boxes found, or null when nothing is searched

	function make(name, attributes, parent, namespace = SVG) {
		const element = document.createElementNS(namespace, name);
		for (const key of Object.keys(attributes))
			element.setAttribute(key, attributes[key]);
		parent.append(element);
		return element;
	}

	function readBoxes() {
		[...holder.children].forEach((row, depth) => {
			for (const element of row.children) {
				const title = element.firstElementChild;
				const [name, figures, module] = title.textContent.split('\n');
				const box = {
					element, title, name, figures, module, depth,
					tooltip: title.textContent,
					text: element.querySelector('text'),
					x: parseFloat(element.getAttribute('x')) || 0,
					width: parseFloat(element.getAttribute('width')),
				};
				boxes.push(box);
				boxOf.set(element, box);
			}
		});
	}

	function boxAt(node) {
		for (; node && node !== holder; node = node.parentNode)
			if (boxOf.has(node))
				return boxOf.get(node);
		return null;
	}

	// Widths of letters are measured once each: asking the layout for every name is slow.
	const pen = document.createElementNS(XHTML, 'canvas').getContext('2d');
	const letters = new Map();

	function letterWidth(letter) {
		let width = letters.get(letter);
		if (width === undefined) {
			width = pen.measureText(letter).width;
			letters.set(letter, width);
		}
		return width;
	}

	function measureFont() {
		const style = getComputedStyle(root);
		pen.font = `12px ${style.fontFamily}`;
		letters.clear();
	}

	// As much of a name as fits, with an ellipsis if it is cut.
	function fit(name, room) {
		const dots = letterWidth('…');
		let width = 0, length = 0, cut = 0;
		for (const letter of name) {
			width += letterWidth(letter);
			if (width > room)
				return cut > 1 ? name.slice(0, cut) + '…' : '';
			length += letter.length;
			if (width + dots <= room)
				cut = length;
		}
		return name;
	}

	// The part of the whole that is in view.
	function view() {
		return zoomed ? { x: zoomed.x, width: zoomed.width } : { x: 0, width: 100 };
	}

	function fitTexts() {
		const { x, width } = view();
		const scale = graph.width.baseVal.value / width;
		for (const box of boxes) {
			const left = Math.max(box.x, x);
			const room = (Math.min(box.x + box.width, x + width) - left) * scale;
			const name = room < LEAST_TEXT ? '' : fit(box.name, room - 2 * PAD);
			if (!box.text) {
				if (!name)
					continue;
				box.text = make('text', {}, box.element);
			}
			box.text.textContent = name;
			// An outer box reaches out of view on the left: its name does not.
			box.text.setAttribute('x', (left - box.x) * scale);
		}
	}

	// Zoom.

	function zoom(box) {
		zoomed = box && box.width < 100 ? box : null;
		const { x, width } = view();
		holder.setAttribute('x', `${-100 * x / width}%`);
		holder.setAttribute('width', `${100 * 100 / width}%`);
		for (const other of boxes)
			other.element.classList.toggle('outer', zoomed !== null && other.depth < zoomed.depth);
		resetButton.hidden = !zoomed;
		fitTexts();
		showMatched();
	}

	function percent(share) {
		return `${share.toFixed(2)}%`;
	}

	function ofZoom(box) {
		return zoomed && box.depth >= zoomed.depth ?
			`${percent(100 * box.width / zoomed.width)} of ${zoomed.name}` : '';
	}

	// Search.

	// Boxes lie within each other, so that the union of their ranges counts a stack once.
	function shareOf(found, from, width) {
		const ranges = found.map(box => [Math.max(box.x, from),
			Math.min(box.x + box.width, from + width)]);
		let end = from, sum = 0;
		ranges.sort((a, b) => a[0] - b[0]);
		for (const [left, right] of ranges) {
			if (right > end) {
				sum += right - Math.max(left, end);
				end = right;
			}
		}
		return 100 * sum / width;
	}

	function showMatched() {
		const { x, width } = view();
		if (!matched) {
			result.textContent = '';
			return;
		}
		let text = `${percent(shareOf(matched, 0, 100))} matched`;
		if (zoomed)
			text += `, ${percent(shareOf(matched, x, width))} of zoom`;
		result.textContent = text;
	}

	function search(pattern) {
		let expression = null;
		field.setAttribute('aria-invalid', 'false');
		try {
			// Capitals in the pattern make them count.
			expression = pattern && new RegExp(pattern, /[A-Z]/.test(pattern) ? 'u' : 'iu');
		} catch (error) {
			field.setAttribute('aria-invalid', 'true');
		}
		matched = expression ? [] : null;
		for (const box of boxes) {
			const found = Boolean(expression) && expression.test(box.name);
			box.element.classList.toggle('match', found);
			if (found)
				matched.push(box);
		}
		showMatched();
	}

	function clearSearch() {
		field.value = '';
		search('');
	}

	// Tools and details.

	const toolsPlace = make('foreignObject', { x: 0, y: 6, width: TOOLS_WIDTH, height: 29 }, root);
	const tools = make('div', { id: 'tools' }, toolsPlace, XHTML);
	const result = make('output', { id: 'matched' }, tools, XHTML);
	const resetButton = make('button', {
		id: 'reset', type: 'button', hidden: '', title: 'Show the whole again (Esc)',
	}, tools, XHTML);
	const field = make('input', {
		id: 'search', type: 'search', placeholder: 'Search  /', 'aria-label': 'Search functions',
		autocomplete: 'off', spellcheck: 'false',
		title: 'A regular expression; capitals count if there are any',
	}, tools, XHTML);
	const detail = make('g', { id: 'detail', visibility: 'hidden', 'pointer-events': 'none' }, root);
	const detailBack = make('rect', { height: 26, width: '100%' }, detail);
	const detailText = make('text', { x: 10, y: 17 }, detail);
	resetButton.textContent = 'Reset';

	// Beside the title if that leaves room, else in a row of their own.
	function layOut() {
		const width = root.getBoundingClientRect().width;
		const title = root.querySelector('.h').getBoundingClientRect();
		const own = title.right - root.getBoundingClientRect().left + 20 > width - TOOLS_WIDTH;
		const shift = own ? TOOLS_ROW : 0;
		toolsPlace.setAttribute('width', Math.min(TOOLS_WIDTH, width * 0.98));
		toolsPlace.setAttribute('x', Math.max(0, width * 0.99 - TOOLS_WIDTH));
		toolsPlace.setAttribute('y', own ? 76 : 6);
		below.setAttribute('transform', `translate(0 ${shift})`);
		root.setAttribute('height', height + shift);
		fitTexts();
	}

	// At the lower edge of what is seen of the picture.
	function placeDetail() {
		const box = root.getBoundingClientRect();
		const y = Math.min(box.height, window.innerHeight - box.top) - 26;
		detail.setAttribute('transform', `translate(0 ${y})`);
	}

	function showDetail(box) {
		detail.setAttribute('visibility', box ? 'visible' : 'hidden');
		if (!box)
			return;
		const zoomShare = ofZoom(box);
		const figures = [box.figures, zoomShare, box.module].filter(Boolean).join('  ·  ');
		const width = detailBack.getBoundingClientRect().width - 20;
		const room = Math.max(width - figures.length * 6.5, width / 3);
		detailText.textContent = fit(`${fit(box.name, room)}  ·  ${figures}`, width);
		box.title.textContent = zoomShare ?
			box.tooltip.replace('\n', `\n${zoomShare}\n`) : box.tooltip;
		placeDetail();
	}

	function onKey(event) {
		const typing = event.target === field;
		const find = event.key === 'f' && (event.ctrlKey || event.metaKey) && !event.altKey;
		if ((event.key === '/' && !typing) || (find && !typing)) {
			event.preventDefault();
			field.focus();
			field.select();
		} else if (event.key === 'Escape') {
			if (typing && field.value)
				clearSearch();
			else if (typing)
				field.blur();
			else if (zoomed)
				zoom(null);
			else
				clearSearch();
		}
	}

	readBoxes();
	root.classList.add('live');
	measureFont();
	layOut();
	holder.addEventListener('click', event => {
		const box = boxAt(event.target);
		if (box)
			zoom(box);
	});
	holder.addEventListener('mouseover', event => showDetail(boxAt(event.target)));
	holder.addEventListener('mouseleave', () => showDetail(null));
	resetButton.addEventListener('click', () => zoom(null));
	field.addEventListener('input', () => search(field.value));
	window.addEventListener('keydown', onKey);
	window.addEventListener('resize', layOut);
	window.addEventListener('scroll', placeDetail, { passive: true });
})();
