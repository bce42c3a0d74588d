// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bytes of a budget file come in, limits go out; or the line that is
 * wrong, and why. Values are read by gate/budget_value.c.
 *
 * Not by a library for INI files: those at hand cut the names of sections at
 * 49 bytes and lines at 199 without a word, and functions have longer names.
 */
#include "gate/budget.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/read.h"
#include "gate/budget_value.h"

enum section { SECTION_NONE, SECTION_TOTAL, SECTION_FUNCTION, SECTION_ACCEPT, SECTION_OFFCPU };

/* Keys of all sections, as bits of what a section had. */
enum { KEY_LIMIT = 1, KEY_MIN_SHARE = 2, KEY_REASON = 4, KEY_UNTIL = 8, KEY_GATE = 16 };

static const struct {
	const char *name;
	unsigned int key;
} keys[] = {
	{ "limit", KEY_LIMIT },	  { "min-share", KEY_MIN_SHARE }, { "reason", KEY_REASON },
	{ "until", KEY_UNTIL },	  { "gate", KEY_GATE },
};

static const struct {
	const char *name;
	unsigned int allowed, needed;
	bool has_pattern;
} sections[] = {
	[SECTION_TOTAL] = { "total", KEY_LIMIT, KEY_LIMIT, false },
	[SECTION_FUNCTION] = { "function", KEY_LIMIT | KEY_MIN_SHARE, KEY_LIMIT, true },
	[SECTION_ACCEPT] = { "accept", KEY_REASON | KEY_UNTIL, KEY_REASON | KEY_UNTIL, true },
	[SECTION_OFFCPU] = { "offcpu", KEY_GATE | KEY_LIMIT, KEY_GATE, false },
};

struct budget_reader {
	struct gate_budget *budget;
	struct report_error *error;
	unsigned int line;
	enum section section;
	unsigned int section_line, had; /* keys of the section at hand */
};

#define wrong(reader, ...)                                    \
	({                                                    \
		report_error_set((reader)->error, __VA_ARGS__); \
		-EINVAL;                                      \
	})

static const char *key_name(unsigned int key)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].key == key)
			return keys[i].name;
	return "";
}

/* Of a section that has ended: was everything there that it needs? */
static int end_section(struct budget_reader *reader)
{
	unsigned int missing = reader->section ?
				       sections[reader->section].needed & ~reader->had : 0;

	if (!missing)
		return 0;
	reader->line = reader->section_line;
	return wrong(reader, "[%s] has no \"%s\"; add that line",
		     sections[reader->section].name, key_name(missing & -missing));
}

static bool has_pattern(const struct gate_budget *budget, enum section section, const char *text)
{
	if (section == SECTION_FUNCTION)
		vec_each(&budget->functions, function)
			if (!strcmp(function->pattern.text, text))
				return true;
	if (section == SECTION_ACCEPT)
		vec_each(&budget->accepts, accept)
			if (!strcmp(accept->pattern.text, text))
				return true;
	return false;
}

static int make_pattern(struct budget_reader *reader, const char *text, struct gate_pattern *ret)
{
	size_t n = strlen(text);
	guard_free char *inner = NULL;
	struct report_error why = { "" };
	int err;

	*ret = (struct gate_pattern){};
	if (text[0] != '/')
		goto done;
	if (n < 3 || text[n - 1] != '/')
		return wrong(reader, "%.60s: the second slash is missing, or all between two "
			     "slashes; write it as in [function /^parse_/]", text);
	inner = strndup(text + 1, n - 2);
	if (!inner)
		return -ENOMEM;
	err = refine_check_pattern(inner, &why);
	if (err == -EINVAL)
		return wrong(reader, "%.60s: %.120s; mend the regular expression", text, why.text);
	if (err)
		return err;
	ret->is_expression = true;
done:
	ret->text = strdup(text);
	return ret->text ? 0 : -ENOMEM;
}

static int begin_function(struct budget_reader *reader, const char *name)
{
	struct gate_budget_function function = { .line = reader->line };
	int err = make_pattern(reader, name, &function.pattern);

	if (!err)
		err = vec_push(&reader->budget->functions, function);
	if (err)
		free(function.pattern.text);
	return err;
}

static int begin_accept(struct budget_reader *reader, const char *name)
{
	struct gate_budget_accept accept = { .line = reader->line };
	int err = make_pattern(reader, name, &accept.pattern);

	if (!err)
		err = vec_push(&reader->budget->accepts, accept);
	if (err)
		free(accept.pattern.text);
	return err;
}

static enum section find_section(const char *title, size_t n)
{
	for (size_t i = 1; i < sizeof(sections) / sizeof(*sections); i++)
		if (strlen(sections[i].name) == n && !memcmp(sections[i].name, title, n))
			return i;
	return SECTION_NONE;
}

/* The text between the brackets. */
static int begin_section(struct budget_reader *reader, char *title)
{
	size_t n = strcspn(title, " \t");
	enum section section = find_section(title, n);
	char *name = title + n + strspn(title + n, " \t");
	int err = end_section(reader);

	if (err)
		return err;
	if (!section)
		return wrong(reader, "[%.60s]: no such section; total, function NAME, accept NAME "
			     "or offcpu", title);
	if (sections[section].has_pattern && !*name)
		return wrong(reader, "[%s]: which one is not said; give a name, as in [%s main]",
			     sections[section].name, sections[section].name);
	if (!sections[section].has_pattern && *name)
		return wrong(reader, "[%.60s]: takes no name; write [%s]", title,
			     sections[section].name);
	if (has_pattern(reader->budget, section, name) ||
	    (section == SECTION_TOTAL && reader->budget->has_total) ||
	    (section == SECTION_OFFCPU && reader->budget->has_offcpu))
		return wrong(reader, "[%.60s]: was there already; give it once", title);
	reader->section = section;
	reader->section_line = reader->line;
	reader->had = 0;
	reader->budget->has_total |= section == SECTION_TOTAL;
	reader->budget->has_offcpu |= section == SECTION_OFFCPU;
	if (section == SECTION_FUNCTION)
		return begin_function(reader, name);
	return section == SECTION_ACCEPT ? begin_accept(reader, name) : 0;
}

static int take_limit(struct budget_reader *reader, const char *value)
{
	struct gate_budget *budget = reader->budget;
	struct gate_budget_limit limit;

	if (budget_value_limit(value, &limit))
		return wrong(reader, "limit = %.40s: no limit; a percentage, as in 2%% or 0.5%%%s",
			     value, reader->section == SECTION_FUNCTION ? ", or 1% of program" : "");
	if (reader->section == SECTION_FUNCTION) {
		budget->functions.data[budget->functions.n - 1].limit = limit;
		return 0;
	}
	if (limit.of_program)
		return wrong(reader, "limit = %.40s: \"of program\" is for functions; give the "
			     "percentage alone", value);
	if (reader->section == SECTION_TOTAL)
		budget->total_limit = limit.fraction;
	else
		budget->offcpu_limit = limit.fraction;
	budget->has_offcpu_limit |= reader->section == SECTION_OFFCPU;
	return 0;
}

static int take_min_share(struct budget_reader *reader, const char *value)
{
	struct gate_budget *budget = reader->budget;
	struct gate_budget_limit share;

	if (budget_value_limit(value, &share) || share.of_program || share.fraction > 1)
		return wrong(reader, "min-share = %.40s: no share; a percentage of the program up to "
			     "100%%, as in 0.5%%", value);
	budget->functions.data[budget->functions.n - 1].min_share = share.fraction;
	return 0;
}

static int take_until(struct budget_reader *reader, const char *value)
{
	struct gate_budget *budget = reader->budget;

	if (gate_budget_parse_date(value, &budget->accepts.data[budget->accepts.n - 1].until))
		return wrong(reader, "until = %.40s: there is no such day; write it as 2027-03-31",
			     value);
	return 0;
}

static int take_reason(struct budget_reader *reader, const char *value)
{
	struct gate_budget *budget = reader->budget;
	char *reason = strdup(value);

	if (!reason)
		return -ENOMEM;
	budget->accepts.data[budget->accepts.n - 1].reason = reason;
	return 0;
}

static int take_gate(struct budget_reader *reader, const char *value)
{
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return wrong(reader, "gate = %.40s: neither yes nor no; write one of them", value);
	reader->budget->gate_offcpu = !strcmp(value, "yes");
	return 0;
}

static int take_value(struct budget_reader *reader, unsigned int key, const char *value)
{
	switch (key) {
	case KEY_LIMIT:
		return take_limit(reader, value);
	case KEY_MIN_SHARE:
		return take_min_share(reader, value);
	case KEY_REASON:
		return take_reason(reader, value);
	case KEY_UNTIL:
		return take_until(reader, value);
	default:
		return take_gate(reader, value);
	}
}

static int read_value(struct budget_reader *reader, char *text)
{
	char *equals = strchr(text, '=');
	unsigned int key = 0;
	char *value;

	if (!equals)
		return wrong(reader, "%.60s: neither [section] nor key = value; mend the line", text);
	*equals = '\0';
	value = budget_value_trim(equals + 1);
	text = budget_value_trim(text);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(keys[i].name, text))
			key = keys[i].key;
	if (!reader->section)
		return wrong(reader, "%.60s: stands before the first section; begin with [total] or "
			     "[function NAME]", text);
	if (!(key & sections[reader->section].allowed))
		return wrong(reader, "%.60s: no such key in [%s]; see flametap gate --help", text,
			     sections[reader->section].name);
	if (key & reader->had)
		return wrong(reader, "%s: was there already; give it once", text);
	if (!*value)
		return wrong(reader, "%s: has no value; write it behind the =", text);
	reader->had |= key;
	return take_value(reader, key, value);
}

static int read_line(struct budget_reader *reader, char *text)
{
	size_t n;

	text = budget_value_trim(text);
	n = strlen(text);
	if (!n || *text == '#' || *text == ';')
		return 0;
	if (*text != '[')
		return read_value(reader, text);
	if (text[n - 1] != ']')
		return wrong(reader, "%.60s: the ] is missing; end the line with it", text);
	text[n - 1] = '\0';
	return begin_section(reader, budget_value_trim(text + 1));
}

static int read_lines(struct budget_reader *reader, char *text)
{
	static const char mark[] = "\xef\xbb\xbf";
	int err = 0;

	if (!strncmp(text, mark, strlen(mark)))
		text += strlen(mark);
	while (!err && text) {
		char *line = strsep(&text, "\n");

		reader->line++;
		err = read_line(reader, line);
	}
	if (!err)
		err = end_section(reader);
	if (!err && !reader->section) {
		reader->line = 0;
		return wrong(reader, "has no section, so it would let everything through; write "
			     "[total] with a limit, or leave the budget out");
	}
	return err;
}

static int compile_pattern(struct refine_patterns *list, char **inner, struct gate_pattern *pattern)
{
	if (!pattern->is_expression)
		return 0;
	*inner = strndup(pattern->text + 1, strlen(pattern->text) - 2);
	if (!*inner)
		return -ENOMEM;
	pattern->expression = list->n;
	return vec_push(list, *inner);
}

/* All expressions of the file, which were checked one by one. */
static int compile(struct gate_budget *budget)
{
	struct refine_patterns list = {};
	size_t n = budget->functions.n + budget->accepts.n, i = 0;
	char **inner = calloc(n + 1, sizeof(*inner));
	int err = inner ? 0 : -ENOMEM;

	vec_each(&budget->functions, function)
		err = err ?: compile_pattern(&list, &inner[i++], &function->pattern);
	vec_each(&budget->accepts, accept)
		err = err ?: compile_pattern(&list, &inner[i++], &accept->pattern);
	if (!err)
		err = refine_matchers_init(&budget->matchers, &list, &budget->match_error);
	for (i = 0; inner && i < n; i++)
		free(inner[i]);
	free(inner);
	vec_deinit(&list);
	return err;
}

/* *ret is what fd holds and a 0; the caller frees it. */
static int read_text(struct budget_reader *reader, int fd, char **ret)
{
	guard_free char *text = malloc(GATE_BUDGET_MAX + 2);
	ssize_t n;

	if (!text)
		return -ENOMEM;
	n = read_full(fd, text, GATE_BUDGET_MAX + 1, READ_ON);
	if (n < 0)
		return n;
	if (n > GATE_BUDGET_MAX)
		return wrong(reader, "is larger than 1 MiB; is it a budget?");
	text[n] = '\0';
	if (strlen(text) < (size_t)n || !budget_value_is_text(text, n))
		return wrong(reader, "is no text in UTF-8; is it a budget?");
	*ret = take_ptr(text);
	return 0;
}

int gate_budget_read(int fd, struct gate_budget *ret, unsigned int *ret_line,
		     struct report_error *error)
{
	struct budget_reader reader = { .budget = ret, .error = error };
	guard_free char *text = NULL;
	int err;

	*ret = (struct gate_budget){};
	err = read_text(&reader, fd, &text);
	if (!err)
		err = read_lines(&reader, text);
	*ret_line = reader.line;
	return err ?: compile(ret);
}

void gate_budget_deinit(struct gate_budget *budget)
{
	vec_each(&budget->functions, function)
		free(function->pattern.text);
	vec_each(&budget->accepts, accept) {
		free(accept->pattern.text);
		free(accept->reason);
	}
	vec_deinit(&budget->functions);
	vec_deinit(&budget->accepts);
	refine_matchers_deinit(&budget->matchers);
}

bool gate_budget_matches(struct gate_budget *budget, const struct gate_pattern *pattern,
			 const char *name)
{
	size_t n = strlen(pattern->text);

	if (pattern->is_expression) {
		/* The budget may have been moved since it was read. */
		budget->matchers.error = &budget->match_error;
		return refine_match(&budget->matchers, pattern->expression, name, strlen(name));
	}
	return !strncmp(name, pattern->text, n) && (!name[n] || name[n] == '(');
}
