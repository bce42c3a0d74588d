// SPDX-License-Identifier: GPL-2.0-or-later
// What the JavaScript of the viewer and of its tests keeps to; see lint.
import js from '@eslint/js';

// What the viewer may use of a browser; of these nothing asks anybody for anything.
const BROWSER = ['Blob', 'CSS', 'DecompressionStream', 'Node', 'Path2D', 'ResizeObserver',
	'TextDecoder', 'TextEncoder', 'URL', 'addEventListener', 'atob', 'cancelAnimationFrame',
	'clearTimeout', 'devicePixelRatio', 'document', 'getComputedStyle', 'history',
	'innerHeight', 'innerWidth', 'location', 'matchMedia', 'navigator', 'performance',
	'queueMicrotask', 'requestAnimationFrame', 'setTimeout', 'window'];
const NODE = ['Buffer', 'Blob', 'URL', 'TextDecoder', 'TextEncoder', 'clearTimeout', 'console',
	'performance', 'process', 'setTimeout'];

const readonly = names => Object.fromEntries(names.map(name => [name, 'readonly']));

const rules = {
	...js.configs.recommended.rules,
	'array-callback-return': 'error',
	'consistent-return': 'error',
	'eqeqeq': 'error',
	'max-len': ['error', { code: 100, tabWidth: 2, ignoreUrls: true,
		ignoreRegExpLiterals: true }],
	'no-eval': 'error',
	'no-implied-eval': 'error',
	'no-implicit-globals': 'error',
	'no-new-func': 'error',
	'no-shadow': 'error',
	'no-trailing-spaces': 'error',
	'no-unused-vars': ['error', { caughtErrors: 'none' }],
	'no-use-before-define': ['error', { functions: false, classes: false, variables: false }],
	'no-var': 'error',
	'object-shorthand': 'error',
	'prefer-const': 'error',
	'quotes': ['error', 'single', { avoidEscape: true, allowTemplateLiterals: true }],
	'semi': 'error',
	'no-constant-condition': ['error', { checkLoops: false }],
};

// The document may be XML, and what is in a name must stay text.
const noMarkup = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write', 'writeln']
	.map(property => ({ property, message: 'use make() of dom.js' }));

export default [
	{ ignores: ['**/node_modules/**', 'build*/**'] },
	{
		files: ['report/viewer/*.js'],
		languageOptions: { ecmaVersion: 2022, sourceType: 'module', globals: readonly(BROWSER) },
		rules: { ...rules, 'no-console': 'error', 'no-restricted-properties': ['error', ...noMarkup] },
	},
	{
		files: ['tests/**/*.mjs'],
		languageOptions: { ecmaVersion: 2022, sourceType: 'module', globals: readonly(NODE) },
		rules,
	},
	{
		// What stands in page.evaluate() runs in the browser.
		files: ['tests/browser/*.js'],
		languageOptions: { ecmaVersion: 2022, sourceType: 'commonjs',
			globals: readonly([...NODE, ...BROWSER, 'CanvasRenderingContext2D',
				'HTMLCanvasElement']) },
		rules: { ...rules, 'no-shadow': 'off' },
	},
];
