// SPDX-License-Identifier: GPL-2.0-or-later
/* Comments about functions come in, and changes; out go changes with the gate's verdict on them. */
#include "report/diff_gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/diff.h"
#include "report/diff_words.h"
#include "report/profile.h"

static const char FUNCTION[] = "gated: ";

static int compare(const void *a, const void *b)
{
	const struct diff_gated *x = a, *y = b;

	return strcmp(x->name, y->name) ?: x->is_total - y->is_total;
}

static bool word_is(const char *words, const char *key, const char *text)
{
	size_t n;
	const char *found = diff_words_find(words, key, &n);

	return found && n == strlen(text) && !memcmp(found, text, n);
}

/* NULL: no memory. */
static const char *keep_text(struct diff_gate *gate, const char *words, const char *key)
{
	char *text = diff_words_text(words, key);

	if (!text || !vec_push(&gate->texts, text))
		return text;
	free(text);
	return NULL;
}

static int add_function(struct diff_gate *gate, const char *words)
{
	struct diff_gated function = {
		.is_slower = word_is(words, "change", "slower"),
		.is_renamed = word_is(words, "change", "renamed"),
		.is_total = word_is(words, "of", "total"),
	};

	if (!function.is_slower && !function.is_renamed && !word_is(words, "change", "faster"))
		return 0;
	function.name = keep_text(gate, words, "name");
	function.says = keep_text(gate, words, "says");
	if (!function.name || !function.says)
		return -ENOMEM;
	return vec_push(&gate->functions, function);
}

int diff_gate_init(struct diff_gate *gate, const struct profile *profile)
{
	const char *words = value_comment(profile, "gate");
	int err = 0;

	*gate = (struct diff_gate){};
	if (!words)
		return 0;
	gate->is_judged = true;
	gate->verdict = diff_words_text(words, "verdict");
	gate->alpha = diff_words_number(words, "alpha");
	if (!gate->verdict)
		return -ENOMEM;
	vec_each(&profile->comments, comment) {
		const char *text = strings_get(&profile->strings, *comment);

		if (!strncmp(text, FUNCTION, strlen(FUNCTION)))
			err = err ?: add_function(gate, text + strlen(FUNCTION));
	}
	if (gate->functions.n)
		qsort(gate->functions.data, gate->functions.n, sizeof(*gate->functions.data),
		      compare);
	return err;
}

void diff_gate_deinit(struct diff_gate *gate)
{
	free(gate->verdict);
	gate->verdict = NULL;
	vec_each(&gate->texts, text)
		free(*text);
	vec_deinit(&gate->texts);
	vec_deinit(&gate->functions);
}

const struct diff_gated *diff_gate_find(const struct diff_gate *gate, const char *name,
					bool is_total)
{
	struct diff_gated key = {.name = name, .is_total = is_total};

	if (!gate->functions.n)
		return NULL;
	return bsearch(&key, gate->functions.data, gate->functions.n,
		       sizeof(*gate->functions.data), compare);
}

void diff_gate_judge(const struct diff_gate *gate, const char *name, bool is_total,
		     struct diff_change *change)
{
	const struct diff_gated *found;

	if (!gate->is_judged)
		return;
	change->is_judged = true;
	found = name ? diff_gate_find(gate, name, is_total) : NULL;
	change->is_renamed = found && found->is_renamed;
	if (found && !found->is_renamed) {
		change->verdict = found->is_slower ? DIFF_GROWN : DIFF_SHRUNK;
		change->level = diff_level(change->amounts);
	} else {
		change->verdict = DIFF_TOO_FEW;
		change->level = 0;
	}
}

int diff_gate_add(struct profile *profile, const char *verdict, double alpha, size_t n_pairs)
{
	guard_free char *text = NULL;

	if (asprintf(&text, "gate: verdict=%s alpha=%g pairs=%zu", verdict, alpha, n_pairs) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return profile_add_comment(profile, text);
}

int diff_gate_add_function(struct profile *profile, const struct diff_gated *function)
{
	guard_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	fprintf(out, "%schange=%s of=%s name=", FUNCTION,
		function->is_renamed ? "renamed" :
		function->is_slower  ? "slower" :
				       "faster",
		function->is_total ? "total" : "self");
	diff_words_put(function->name, out);
	fputs(" says=", out);
	diff_words_put(function->says, out);
	if (fclose(out))
		return -ENOMEM;
	return profile_add_comment(profile, text);
}
