// SPDX-License-Identifier: GPL-2.0-or-later
// What axe-core finds wrong with a page: of all its rules, or of colours alone, which is all that
// changes with the dark.
'use strict';

const fs = require('node:fs');

const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
const COLOURS = ['color-contrast'];

/** @returns {Promise<Array>} of each rule that is broken its name and where */
async function violationsOf(page, only = RULES) {
	if (!await page.evaluate(() => Boolean(window.axe)))
		await page.evaluate(axe);
	const { violations } = await page.evaluate(runOnly =>
		window.axe.run(document, { runOnly, resultTypes: ['violations'] }), only);
	return violations.map(each => [each.id, each.nodes.map(node => node.html.slice(0, 300))]);
}

module.exports = { COLOURS, RULES, violationsOf };
