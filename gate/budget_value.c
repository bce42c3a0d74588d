// SPDX-License-Identifier: GPL-2.0-or-later
/* Text of a budget file in, percentages and days out. */
#include "gate/budget_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "gate/budget.h"

enum { MOST_PERCENT = 1000 };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

char *budget_value_trim(char *text)
{
	size_t n;

	while (is_blank(*text))
		text++;
	n = strlen(text);
	while (n && is_blank(text[n - 1]))
		n--;
	text[n] = '\0';
	return text;
}

static const char *skip_blanks(const char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

/* Not strtod: its decimal point depends on the locale, and it takes "nan" and "0x1p3". */
static bool parse_decimal(const char **text, double *ret)
{
	const char *p = *text;
	double value = 0, scale = 1;

	if (!isdigit((unsigned char)*p))
		return false;
	for (; isdigit((unsigned char)*p); p++) {
		value = value * 10 + (*p - '0');
		if (value > MOST_PERCENT)
			return false;
	}
	if (*p == '.') {
		if (!isdigit((unsigned char)*++p))
			return false;
		/* Digits that a double has no room for say nothing. */
		for (; isdigit((unsigned char)*p); p++) {
			if (scale >= 1e12)
				continue;
			value = value * 10 + (*p - '0');
			scale *= 10;
		}
	}
	*text = p;
	*ret = value / scale;
	return *ret <= MOST_PERCENT;
}

int budget_value_limit(const char *text, struct gate_budget_limit *ret)
{
	static const char of[] = "of", program[] = "program";
	double percent;

	if (!parse_decimal(&text, &percent))
		return -EINVAL;
	text = skip_blanks(text);
	if (*text != '%')
		return -EINVAL;
	*ret = (struct gate_budget_limit){ .fraction = percent / 100 };
	text = skip_blanks(text + 1);
	if (!*text)
		return 0;
	if (strncmp(text, of, strlen(of)) || text[strlen(of)] != ' ' ||
	    strcmp(skip_blanks(text + strlen(of)), program))
		return -EINVAL;
	ret->of_program = true;
	return 0;
}

bool budget_value_is_text(const char *text, size_t n)
{
	static const char replacement[] = "\xef\xbf\xbd";
	const char *p = text, *end = text + n;

	while (p < end) {
		const char *start = p;

		if (utf8_next(&p, end) == 0xfffd &&
		    (p - start != 3 || memcmp(start, replacement, 3)))
			return false;
	}
	return true;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar: years begin in March, so that the leap
 * day is the last of a year, and 400 of them have 146,097 days. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

int gate_budget_parse_date(const char *text, int64_t *ret)
{
	static const char form[] = "0000-00-00";
	int year, month, day;

	if (strlen(text) != strlen(form))
		return -EINVAL;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-' : !isdigit((unsigned char)text[i]))
			return -EINVAL;
	if (sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3)
		return -EINVAL;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return -EINVAL;
	*ret = days_of(year, month, day);
	return 0;
}

void gate_budget_print_date(int64_t days, char text[GATE_DATE_TEXT])
{
	/* The years up to 9999 have few months: the first whose end is not before the day. */
	int year = 1970 + (int)(days / 366), month = 1;

	while (days_of(year + 1, 1, 1) <= days)
		year++;
	while (month < 12 && days_of(year, month + 1, 1) <= days)
		month++;
	snprintf(text, GATE_DATE_TEXT, "%04u-%02u-%02u", (unsigned int)year % 10000,
		 (unsigned int)month, (unsigned int)(days - days_of(year, month, 1) + 1) % 100);
}
