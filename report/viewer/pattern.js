// SPDX-License-Identifier: GPL-2.0-or-later
// A regular expression as a person types it comes in, the one that finds it in a name goes out. On
// the command line PCRE2 reads them (report/refine_match.c), here the browser. Both mean the same
// by letters, . [] () | ? * + {n,m} ^ $ \b \d \s \., and by no capitals: then case does not count.
// They differ in what only PCRE2 has ((?i), \A, \z, \h, \Q..\E, [[:alpha:]], possessive + and
// atomic groups: an error here), in \w, \b and \d beyond ASCII (no letters, no digits here), and in
// $ before a last newline (here only at the very end).

/**
 * @param {string} text
 * @returns {RegExp} unanchored, without a memory of its own
 * @throws {SyntaxError}
 */
export function compilePattern(text) {
	const flags = /[A-Z]/.test(text) ? '' : 'i';
	try {
		return new RegExp(text, `${flags}u`);
	} catch (error) {
		/* Without 'u' also what needs no escape may have one (\-, \<, \_), as in PCRE2; but words
		 * of PCRE2 that are none here would mean their letters. */
		if (/\\[AGhHKNQRvVXzZ]|\[\[:|\(\?[#a-zA-Z&]/.test(text))
			throw error;
		return new RegExp(text, flags);
	}
}
