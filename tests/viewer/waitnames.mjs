// SPDX-License-Identifier: GPL-2.0-or-later
// Names in report/wait_rules.c and wait_code.c come in; out goes report/viewer/waitnames.js, in
// which the viewer has them: `node waitnames.mjs > ../../report/viewer/waitnames.js`. A test holds
// the file to this.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const COLUMNS = 95; // a tab has eight

const source = name => fs.readFileSync(new URL(`../../report/${name}`, import.meta.url), 'utf8');
const strings = text => [...text.matchAll(/"([^"]*)"/g)].map(([, string]) => string);

/** Rows of a table of wait_rules.c: { kind, names }. */
function ruleRows(table) {
	const text = source('wait_rules.c');
	const from = text.indexOf(`${table}[] = {`);
	const rows = text.slice(from, text.indexOf('\n};', from));
	const found = [...rows.matchAll(/\{WAIT_\w+, (RULE_\w+),((?:\s*"[^"]*")+)\}/g)]
		.map(([, kind, names]) => ({ kind, names: strings(names).join('').split(' ') }));

	if (from < 0 || found.length !== rows.split('{WAIT_').length - 1)
		throw new Error(`wait_rules.c: ${table} has rows that are not understood`);
	return found;
}

/** The lists of names that a function of wait_code.c has. */
function listsOf(name) {
	const text = source('wait_code.c');
	const from = text.indexOf(`${name}(const`);
	const body = text.slice(from, text.indexOf('\n}', from));

	return [...body.matchAll(/static const char \*const \w+\[\] = \{([^}]*)\}/g)]
		.map(([, list]) => strings(list));
}

/** True where one text could be both. */
function overlap(a, b) {
	if (!a || !b)
		return /^\**$/.test(a + b);
	if (a[0] === '*')
		return overlap(a.slice(1), b) || overlap(a, b.slice(1));
	if (b[0] === '*')
		return overlap(a, b.slice(1)) || overlap(a.slice(1), b);
	return a[0] === b[0] && overlap(a.slice(1), b.slice(1));
}

/** Names by what they are called in the viewer, each with what is told of them. */
function nameLists() {
	const all = rows => rows.flatMap(({ names }) => names);
	const kernel = ruleRows('kernel_rules');
	const first = kernel.findIndex(({ kind }) => kind === 'RULE_SCHEDULER');
	const scheduler = all(kernel.filter(({ kind }) => kind === 'RULE_SCHEDULER'));
	const [plumbing] = listsOf('wait_code_is_plumbing'), [starts, calls] = listsOf('is_wrapper');
	const [library] = listsOf('is_library');

	// The first row that has a name decides.
	if (kernel.slice(first).some(({ kind }) => kind !== 'RULE_SCHEDULER'))
		throw new Error('wait_rules.c: kernel_rules has others behind RULE_SCHEDULER');
	return [
		['WAITING_NAMES', 'Functions of C libraries and runtimes that are known for waiting.',
			all(ruleRows('user_rules'))],
		['CALL_NAMES', 'System calls that wait.', all(ruleRows('syscall_rules'))],
		['SCHEDULER_NAMES', 'Of the kernel: how a thread is put to sleep and woken, ...', scheduler],
		['NOT_SCHEDULER_NAMES', '... but what another rule, which comes before, knows for ' +
			'something else.', all(kernel.slice(0, first)).filter(name =>
			scheduler.some(other => overlap(name, other)))],
		['WRAPPER_STARTS', 'What names begin with that are only there to wait, to call the ' +
			'kernel or to start a program.', [...plumbing, ...starts]],
		['WRAPPER_NAMES', 'And whole names.', calls],
		['LIBRARY_STARTS', 'What the files of the C library and its parts are called, from the ' +
			'beginning.', library],
	];
}

/** A text of many words, in lines. */
function textLines(words) {
	const lines = [''];

	for (const word of words) {
		if (8 + lines[lines.length - 1].length + word.length + 5 > COLUMNS)
			lines.push('');
		lines[lines.length - 1] += `${word} `;
	}
	return lines.map((line, i) => `\t'${i < lines.length - 1 ? line : line.trimEnd()}'`).join(' +\n');
}

/** The whole file. */
export function waitNamesText() {
	const lists = nameLists().map(([name, words, names]) =>
		`\n/** ${words} */\nexport const ${name} =\n${textLines(names)};\n`);

	return '// SPDX-License-Identifier: GPL-2.0-or-later\n' +
		'// Names of functions that are only there to wait: written from report/wait_rules.c and\n' +
		'// wait_code.c by tests/viewer/waitnames.mjs. Parted by spaces; a "*" in one stands for ' +
		'anything.\n// Pure: no document.\n' + lists.join('');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
	process.stdout.write(waitNamesText());
