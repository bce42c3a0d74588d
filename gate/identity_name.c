// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A name out of a profile comes in; out goes what is left of it when all that
 * changes from build to build without anyone having written it is cut off.
 */
#include <ctype.h>
#include <string.h>

#include "gate/identity.h"

/* What compilers append: a dot, a word, and for some a number. Sources: gcc's cgraphclones.cc and
 * ipa-*.cc, LLVM's ThinLTO ("llvm", of the module's hash), UniqueInternalLinkageNames and
 * splitting of cold code. */
static const struct {
	const char *word;
	bool has_number; /* always; without it a number may stand there */
} appended[] = {
	{ "isra", true },     { "constprop", true }, { "part", true },	 { "cold", false },
	{ "llvm", true },     { "lto_priv", true },  { "localalias", false },
	{ "__uniq", true },
};

static size_t skip_digits_back(const char *name, size_t n)
{
	while (n && isdigit((unsigned char)name[n - 1]))
		n--;
	return n;
}

/* The length without one ".word.123", or n if there is none at the end. */
static size_t cut_appended(const char *name, size_t n)
{
	size_t before = skip_digits_back(name, n), end = n;
	bool has_number = before < n && before && name[before - 1] == '.';

	if (has_number)
		end = before - 1;
	for (size_t i = 0; i < sizeof(appended) / sizeof(*appended); i++) {
		size_t length = strlen(appended[i].word);

		if (appended[i].has_number && !has_number)
			continue;
		if (end > length + 1 && name[end - length - 1] == '.' &&
		    !memcmp(name + end - length, appended[i].word, length))
			return end - length - 1;
	}
	return n;
}

/* The same of " [clone .cold]" and " (.llvm.123)", as demanglers write it. */
static size_t cut_clone(const char *name, size_t n)
{
	static const char *const opens[] = { " [clone .", " (." };
	const char *closes = "])";

	for (size_t i = 0; i < sizeof(opens) / sizeof(*opens); i++) {
		size_t length = strlen(opens[i]), at;

		if (n <= length || name[n - 1] != closes[i])
			continue;
		for (at = n - 1; at > length; at--)
			if (name[at - 1] == closes[i] || name[at - 1] == opens[i][1])
				break;
		/* at: behind the last opening bracket, where nothing closes in between */
		if (at <= 2 || name[at - 1] != opens[i][1])
			continue;
		at -= 2;
		if (at && !strncmp(name + at, opens[i], length))
			return at;
	}
	return n;
}

/* "::h" and 16 digits: the hash of a Rust function whose name is in the legacy form. */
static size_t cut_rust_hash(const char *name, size_t n)
{
	enum { DIGITS = 16, LENGTH = DIGITS + 3 };

	if (n <= LENGTH || memcmp(name + n - LENGTH, "::h", 3))
		return n;
	for (size_t i = n - DIGITS; i < n; i++)
		if (!isdigit((unsigned char)name[i]) && !(name[i] >= 'a' && name[i] <= 'f'))
			return n;
	return n - LENGTH;
}

/* "+0x1f": where in the function, as perf script and others write it. */
static size_t cut_offset(const char *name, size_t n)
{
	size_t at = n;

	while (at && isxdigit((unsigned char)name[at - 1]))
		at--;
	if (at == n || at < 4 || memcmp(name + at - 3, "+0x", 3))
		return n;
	return at - 3;
}

/* "[846717f741e54dfd]" behind the name of a crate, in Rust's v0 form. In place. */
static size_t drop_crate_hashes(char *name, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		size_t digits = 0;

		if (name[i] == '[' && i && (isalnum((unsigned char)name[i - 1]) || name[i - 1] == '_'))
			while (i + 1 + digits < n && isxdigit((unsigned char)name[i + 1 + digits]))
				digits++;
		if (digits >= 12 && digits <= 16 && i + 1 + digits < n &&
		    name[i + 1 + digits] == ']') {
			i += digits + 1;
			continue;
		}
		name[to++] = name[i];
	}
	return to;
}

/* "0x7f12", "[libc.so.6+0x12]", "[0x12]", "[unknown]". */
static bool is_address(const char *name, size_t n)
{
	static const char unknown[] = "[unknown]";
	size_t end, at;

	if (n == strlen(unknown) && !memcmp(name, unknown, n))
		return true;
	end = n && name[n - 1] == ']' && name[0] == '[' ? n - 1 : n;
	for (at = end; at && isxdigit((unsigned char)name[at - 1]); at--)
		;
	if (at == end || at < 2 || memcmp(name + at - 2, "0x", 2))
		return false;
	return at == 2 || (end < n && (at == 3 || name[at - 3] == '+'));
}

static size_t cut_once(const char *name, size_t n)
{
	n = cut_appended(name, n);
	n = cut_clone(name, n);
	n = cut_rust_hash(name, n);
	return cut_offset(name, n);
}

size_t gate_identity_name(const char *name, size_t n, char *out)
{
	size_t before;

	if (!n || is_address(name, n))
		return 0;
	do {
		before = n;
		n = cut_once(name, n);
	} while (n < before);
	memmove(out, name, n);
	n = drop_crate_hashes(out, n);
	out[n] = '\0';
	return n;
}
