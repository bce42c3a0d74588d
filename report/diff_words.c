// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of a comment come in, their texts and numbers go out. */
#include "report/diff_words.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *diff_words_find(const char *words, const char *key, size_t *ret_n)
{
	size_t length = strlen(key);

	while (*words) {
		size_t n = strcspn(words, " ");

		if (n > length && !strncmp(words, key, length) && words[length] == '=') {
			*ret_n = n - length - 1;
			return words + length + 1;
		}
		words += n;
		words += strspn(words, " ");
	}
	*ret_n = 0;
	return NULL;
}

double diff_words_number(const char *words, const char *key)
{
	size_t n;
	const char *text = diff_words_find(words, key, &n);
	char *end;
	double number;

	if (!text || strspn(text, "0123456789.e+-") < n || !n)
		return 0;
	number = strtod(text, &end);
	return end == text + n && isfinite(number) && number > 0 ? number : 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

char diff_words_take(const char **text, const char *end)
{
	const char *at = *text;
	bool is_hex = at[0] == '%' && end - at > 2 && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0;

	*text += is_hex ? 3 : 1;
	return is_hex ? hex_digit(at[1]) << 4 | hex_digit(at[2]) : at[0];
}

char *diff_words_text(const char *words, const char *key)
{
	size_t n, used = 0;
	const char *text = diff_words_find(words, key, &n), *end = text ? text + n : NULL;
	char *ret = malloc(n + 1);

	while (ret && text < end)
		ret[used++] = diff_words_take(&text, end);
	if (ret)
		ret[used] = '\0';
	return ret;
}

void diff_words_put(const char *text, FILE *out)
{
	for (; *text; text++) {
		unsigned char c = *text;

		if (c <= ' ' || c > '~' || c == ',' || c == '%')
			fprintf(out, "%%%02x", c);
		else
			fputc(c, out);
	}
}
