// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PCRE2 behind a few functions. Its expressions are those of the viewer's
 * search, near enough, so that what was tried there can be typed here.
 */
#include "report/refine_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "report/format.h"

/* Of the stack that compiled expressions work on. The 32 KiB that they have otherwise do for (a|b)*
 * over 1,000 letters; a name of 64 KiB takes 2 MiB. */
enum { STACK_FIRST = 32 << 10, STACK_MOST = 16 << 20 };

static bool has_capital(const char *pattern)
{
	for (; *pattern; pattern++)
		if (*pattern >= 'A' && *pattern <= 'Z')
			return true;
	return false;
}

static int compile(const char *pattern, pcre2_code **ret, struct report_error *error)
{
	uint32_t flags = PCRE2_UTF | PCRE2_UCP | (has_capital(pattern) ? 0 : PCRE2_CASELESS);
	PCRE2_SIZE offset;
	int number;

	*ret = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, flags, &number, &offset,
			     NULL);
	if (!*ret) {
		char text[128] = "";

		pcre2_get_error_message(number, (PCRE2_UCHAR *)text, sizeof(text));
		report_error_set(error, "%s at character %zu", text, (size_t)offset + 1);
		return -EINVAL;
	}
	/* Where it is not to be had, matching is slower. */
	pcre2_jit_compile(*ret, PCRE2_JIT_COMPLETE);
	return 0;
}

int refine_check_pattern(const char *pattern, struct report_error *error)
{
	pcre2_code *code = NULL;
	int err = compile(pattern, &code, error);

	pcre2_code_free(code);
	return err;
}

int refine_matchers_init(struct refine_matchers *matchers, const struct refine_patterns *patterns,
			 struct report_error *error)
{
	matchers->error = error;
	matchers->match_data = pcre2_match_data_create(1, NULL);
	matchers->context = pcre2_match_context_create(NULL);
	if (!matchers->match_data || !matchers->context ||
	    vec_reserve(&matchers->compiled, patterns->n))
		return -ENOMEM;
	if (patterns->n)
		matchers->stack = pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, NULL);
	if (matchers->stack)
		pcre2_jit_stack_assign(matchers->context, NULL, matchers->stack);
	vec_each(patterns, pattern) {
		pcre2_code *code;
		int err = compile(*pattern, &code, error);

		if (err)
			return err;
		matchers->compiled.data[matchers->compiled.n++] = code;
	}
	return 0;
}

void refine_matchers_deinit(struct refine_matchers *matchers)
{
	vec_each(&matchers->compiled, code)
		pcre2_code_free(*code);
	vec_deinit(&matchers->compiled);
	pcre2_match_data_free(matchers->match_data);
	pcre2_match_context_free(matchers->context);
	pcre2_jit_stack_free(matchers->stack);
	matchers->match_data = matchers->context = matchers->stack = NULL;
}

bool refine_match(struct refine_matchers *matchers, size_t i, const char *text, size_t n)
{
	/* All strings of a profile are valid. */
	int found = pcre2_match(matchers->compiled.data[i], (PCRE2_SPTR)text, n, 0,
				PCRE2_NO_UTF_CHECK, matchers->match_data, matchers->context);

	if (found >= 0)
		return true;
	if (found == PCRE2_ERROR_NOMATCH)
		return false;
	report_error_set(matchers->error,
			 "a regular expression takes too long on \"%.60s\"; write it simpler", text);
	matchers->err = found == PCRE2_ERROR_NOMEMORY ? -ENOMEM : -EINVAL;
	return false;
}

bool refine_match_any(struct refine_matchers *matchers, const char *text, size_t n)
{
	for (size_t i = 0; i < matchers->compiled.n; i++)
		if (refine_match(matchers, i, text, n))
			return true;
	return false;
}
