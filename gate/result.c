// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The result's memory, and the names of verdicts: see result.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "gate/result.h"

int gate_result_init(struct gate_result *result)
{
	*result = (struct gate_result){.verdict = GATE_INVALID, .status = 2};
	return strings_init(&result->strings);
}

void gate_result_deinit(struct gate_result *result)
{
	vec_deinit(&result->findings);
	vec_deinit(&result->budgets);
	vec_deinit(&result->new_functions);
	vec_deinit(&result->vanished);
	vec_deinit(&result->renames);
	vec_deinit(&result->facts);
	vec_deinit(&result->differences);
	vec_deinit(&result->notes);
	strings_deinit(&result->strings);
	if (result->offcpu) {
		gate_result_deinit(result->offcpu);
		free(result->offcpu);
		result->offcpu = NULL;
	}
}

const char *gate_result_copy(struct gate_result *result, const char *text)
{
	uint32_t number;

	if (strings_intern_cstr(&result->strings, text, &number))
		return NULL;
	return strings_get(&result->strings, number);
}

/* NULL when there is no memory. */
static const char *print(struct gate_result *result, const char *format, va_list arguments)
{
	char *text guard_free = NULL;

	if (vasprintf(&text, format, arguments) < 0) {
		text = NULL;
		return NULL;
	}
	return gate_result_copy(result, text);
}

int gate_result_note(struct gate_result *result, const char *format, ...)
{
	const char *text;
	va_list arguments;

	va_start(arguments, format);
	text = print(result, format, arguments);
	va_end(arguments);
	return text ? vec_push(&result->notes, text) : -ENOMEM;
}

int gate_result_cause(struct gate_result *result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	result->cause = print(result, format, arguments);
	va_end(arguments);
	return result->cause ? 0 : -ENOMEM;
}

const char *gate_verdict_name(enum gate_verdict verdict)
{
	static const char *const names[] = {
		[GATE_PASS] = "PASS",
		[GATE_FAIL] = "FAIL",
		[GATE_INCONCLUSIVE] = "INCONCLUSIVE",
		[GATE_INVALID] = "INVALID",
	};

	return names[verdict];
}

int gate_verdict_status(enum gate_verdict verdict)
{
	static const int statuses[] = {
		[GATE_PASS] = 0,
		[GATE_FAIL] = 1,
		[GATE_INCONCLUSIVE] = 3,
		[GATE_INVALID] = 2,
	};

	return statuses[verdict];
}
