// SPDX-License-Identifier: GPL-2.0-or-later
/* A strict UTF-8 decoder and encoder, after table 3-7 of the Unicode standard. */
#include "base/utf8.h"

enum { REPLACEMENT = 0xFFFD };

uint32_t utf8_next(const char **p, const char *end)
{
	const unsigned char *s = (const unsigned char *)*p;
	size_t left = end - *p;
	unsigned char low = 0x80, high = 0xBF;
	uint32_t point;
	size_t n;

	*p += 1;
	if (s[0] < 0x80)
		return s[0];
	if (s[0] < 0xC2 || s[0] > 0xF4)
		return REPLACEMENT;
	n = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
	/* The second byte alone decides about overlong forms, surrogates, and the limit. */
	if (s[0] == 0xE0)
		low = 0xA0;
	else if (s[0] == 0xED)
		high = 0x9F;
	else if (s[0] == 0xF0)
		low = 0x90;
	else if (s[0] == 0xF4)
		high = 0x8F;
	if (left < n || s[1] < low || s[1] > high)
		return REPLACEMENT;
	point = s[0] & (0x7F >> n);
	point = point << 6 | (s[1] & 0x3F);
	for (size_t i = 2; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return REPLACEMENT;
		point = point << 6 | (s[i] & 0x3F);
	}
	*p += n - 1;
	return point;
}

size_t utf8_put(uint32_t point, char *out)
{
	if (point < 0x80) {
		out[0] = point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = 0xC0 | point >> 6;
		out[1] = 0x80 | (point & 0x3F);
		return 2;
	}
	if (point < 0x10000) {
		out[0] = 0xE0 | point >> 12;
		out[1] = 0x80 | (point >> 6 & 0x3F);
		out[2] = 0x80 | (point & 0x3F);
		return 3;
	}
	out[0] = 0xF0 | point >> 18;
	out[1] = 0x80 | (point >> 12 & 0x3F);
	out[2] = 0x80 | (point >> 6 & 0x3F);
	out[3] = 0x80 | (point & 0x3F);
	return 4;
}

int utf8_is_unsafe(uint32_t point)
{
	return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x200E ||
	       point == 0x200F || point == 0x061C || (point >= 0x2028 && point <= 0x202E) ||
	       (point >= 0x2066 && point <= 0x2069) || (point >= 0xD800 && point <= 0xDFFF) ||
	       (point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF);
}
