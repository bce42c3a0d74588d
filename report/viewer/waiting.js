// SPDX-License-Identifier: GPL-2.0-or-later
// A script of its own, before the picture: the graph is not laid out for a second, as the viewer at
// the end of the file is about to take its place, and laying it out takes longer than reading it.
// Who has to wait longer, as the file comes slowly or the viewer is not let run, sees the picture.
const script = document.currentScript;
const picture = script.ownerSVGElement;
const page = document.documentElement;

// In somebody's page the picture stays what it is.
if (!picture || picture === page) {
	page.classList.add('waiting');
	setTimeout(() => page.classList.remove('waiting'), 1000);
}
script.remove();
