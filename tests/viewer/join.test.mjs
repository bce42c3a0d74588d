// SPDX-License-Identifier: GPL-2.0-or-later
// How the build makes one script of the viewer's modules, and which modules it refuses.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';

import { FLAMETAP, makeDirectory } from './support.mjs';

const JOIN = new URL('../../report/join.cmake', import.meta.url).pathname;
const EMBED = new URL('../../report/embed.cmake', import.meta.url).pathname;

const GOOD = {
	'a.js': '// Begins.\n\n/** What\n * it is. */\nexport const list = [1, 2]; // two\n' +
		'const own = \'a;b [c]\';\n/** @returns 3 */\nexport function three() {\n' +
		'\t/* of list */\n\treturn list.length + 1 + (own ? 0 : 1);\n}\n',
	'b.js': 'import { list, three } from \'./a.js\';\n\nexport class Sum {\n\tget() {\n' +
		'\t\treturn list.concat(three());\n\t}\n}\nexport async function later() {\n' +
		'\tawait null;\n}\nresult = [new Sum().get(), typeof later];\n',
};

/** Joins modules by name; returns the outcome of cmake and the script. */
function join(t, modules) {
	const directory = makeDirectory(t);
	const files = Object.keys(modules).map(name => path.join(directory, name));
	Object.values(modules).forEach((text, i) => fs.writeFileSync(files[i], text));
	const out = path.join(directory, 'out.js');
	const run = spawnSync('cmake', [`-DOUT=${out}`, `-DFILES=${files.join(';')}`, '-P', JOIN],
		{ encoding: 'utf8' });
	return { ...run, script: run.status ? '' : fs.readFileSync(out, 'utf8'), directory, out };
}

test('modules become one strict script without comments', t => {
	const { status, stderr, script } = join(t, GOOD);
	assert.equal(status, 0, stderr);
	const context = vm.createContext({ result: null });
	vm.runInContext(script, context);
	assert.equal(JSON.stringify(context.result), '[[1,2,3],"function"]');
	assert.match(script, /'use strict';\nconst list = \[1, 2\];/);
	assert.doesNotMatch(script, /import|export|Begins|it is|of list|\t/);
});

test('what would not work when joined is refused', t => {
	const refused = (change, words) => {
		const { status, stderr } = join(t, { ...GOOD, ...change });
		assert.notEqual(status, 0);
		assert.match(stderr.replace(/\s+/g, ' '), words);
	};
	refused({ 'c.js': 'function three() {\n}\n' }, /c\.js: another module declares three too/);
	refused({ 'c.js': 'export default 3;\n' }, /c\.js: exports what is not/);
	refused({ 'c.js': 'let count = 0;\n' }, /c\.js: has at its top what is not/);
	refused({ 'c.js': 'const { x, y } = {};\n' }, /c\.js: has at its top what is not/);
	refused({ 'c.js': 'import { four } from \'./a.js\';\n' }, /imports four, which a\.js does not/);
	refused({ 'c.js': 'import { own } from \'./a.js\';\n' }, /imports own, which a\.js does not/);
	refused({ 'c.js': 'import { x } from \'./d.js\';\n' }, /from d\.js, which is not among/);
	refused({ 'c.js': 'import * as all from \'./a.js\';\n' }, /c\.js: imports other than by/);
	refused({ 'c.js': 'import { list as l } from \'./a.js\';\n' }, /imports as, which a\.js does not/);
});

test('what would end the place that it is put in is refused', t => {
	for (const bad of [']]>', '</script', '</SCRIPT', '<!--']) {
		const { out, directory } = join(t, { 'a.js': `export const text = '${bad}';\n` });
		const options = ['-DOUT=out.c', '-DHEADER=x.h', `-DFILES=js=${out}`, '-P', EMBED];
		const run = spawnSync('cmake', options, { cwd: directory, encoding: 'utf8' });
		assert.notEqual(run.status, 0, bad);
		assert.match(run.stderr.replace(/\s+/g, ' '), /which cannot stand in SVG and HTML/);
	}
});

test('the viewer that was built is one script', () => {
	const built = path.join(path.dirname(FLAMETAP), '../report/viewer.js');
	const script = fs.readFileSync(built, 'utf8');
	assert.doesNotThrow(() => new vm.Script(script));
	assert.doesNotMatch(script, /^(import|export) /m);
	assert.match(script, /takeOver\(document\.currentScript\);/);
});
