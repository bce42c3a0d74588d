// SPDX-License-Identifier: GPL-2.0-or-later
// The text of the element that holds the profile comes in; its bytes go out.

/**
 * @param {string} text base64; white space in it means nothing
 * @returns {Uint8Array}
 * @throws {Error} for what is no base64
 */
export function base64Bytes(text) {
	let binary;
	try {
		binary = atob(text);
	} catch (cause) {
		throw new Error('the profile in this file is damaged: it is no base64', { cause });
	}
	const bytes = new Uint8Array(binary.length);
	for (let i = 0; i < binary.length; i++)
		bytes[i] = binary.charCodeAt(i);
	return bytes;
}
