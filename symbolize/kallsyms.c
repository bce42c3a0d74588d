// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parses lines "ffffffff81000000 T _stext" and, for modules and BPF programs,
 * "ffffffffc0201000 t name\t[module]". Only text symbols (tTwW) become names;
 * others end the text symbol before them.
 */
#include "symbolize/kallsyms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/demangle.h"
#include "symbolize/symbolizer.h"

/* How far the last symbol of a module or the last BPF program reaches when nothing follows:
 * there is no size in kallsyms, and JIT-compiled programs are larger than a page. */
enum { LAST_SYMBOL_MAX = 64 * 1024 };

enum rank { RANK_GLOBAL, RANK_WEAK, RANK_LOCAL, RANK_MARK, RANK_DATA };

/* A line, its strings still in the text. */
struct line {
	uint64_t address;
	const char *name, *module;
	uint32_t name_length, module_length;
	uint8_t rank;
};

struct lines {
	VEC(struct line) items;
	bool text_seen; /* any text symbol, at address 0 too */
	uint64_t stext; /* 0: no such symbol */
};

void kallsyms_deinit(struct kallsyms *kallsyms)
{
	vec_deinit(&kallsyms->entries);
	vec_deinit(&kallsyms->modules);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool ends_with(const char *name, size_t n, const char *end)
{
	size_t k = strlen(end);

	return n >= k && !memcmp(name + n - k, end, k);
}

/* Linker scripts mark the bounds of sections with symbols such as __irqentry_text_start, and
 * early boot code has second names "__pi_..."; the function at the same address has the better
 * name. The marks at the ends of sections name nothing. */
static uint8_t text_rank(uint8_t rank, const char *name, size_t n)
{
	if (ends_with(name, n, "text_end") || ends_with(name, n, "_etext"))
		return RANK_DATA;
	if (ends_with(name, n, "text_start") || ends_with(name, n, "_stext") ||
	    (n == 5 && !memcmp(name, "_text", n)) || (n > 5 && !memcmp(name, "__pi_", 5)))
		return RANK_MARK;
	return rank;
}

static uint8_t line_rank(char type, const char *name, size_t n)
{
	switch (type) {
	case 'T':
		return text_rank(RANK_GLOBAL, name, n);
	case 't':
		return text_rank(RANK_LOCAL, name, n);
	case 'W':
	case 'w':
		return RANK_WEAK;
	default:
		return RANK_DATA;
	}
}

/* The part from *at up to a blank or the end, and *at moved past the blanks that follow. */
static size_t next_word(const char **at, const char *end, const char **word)
{
	const char *p = *at;
	size_t n;

	*word = p;
	while (p < end && *p != ' ' && *p != '\t')
		p++;
	n = p - *word;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	*at = p;
	return n;
}

static bool parse_line(const char *at, const char *end, struct line *line)
{
	const char *word;
	size_t n = next_word(&at, end, &word);
	char type;

	line->address = 0;
	if (!n || n > 16)
		return false;
	for (size_t i = 0; i < n; i++) {
		int digit = hex_digit(word[i]);

		if (digit < 0)
			return false;
		line->address = line->address << 4 | digit;
	}
	if (next_word(&at, end, &word) != 1)
		return false;
	type = *word;
	line->name_length = next_word(&at, end, &line->name);
	line->module_length = next_word(&at, end, &line->module);
	if (!line->name_length)
		return false;
	if (line->module_length >= 2 && line->module[0] == '[' &&
	    line->module[line->module_length - 1] == ']') {
		line->module++;
		line->module_length -= 2;
	} else {
		line->module_length = 0;
	}
	line->rank = line_rank(type, line->name, line->name_length);
	return true;
}

static int parse_text(struct lines *lines, const char *text, size_t size)
{
	const char *end = text + size;
	int err = 0;

	while (text < end && !err) {
		const char *eol = memchr(text, '\n', end - text);
		struct line line;

		if (!eol)
			eol = end;
		if (eol - text < UINT16_MAX && parse_line(text, eol, &line)) {
			lines->text_seen |= line.rank != RANK_DATA;
			if (line.name_length == 6 && !memcmp(line.name, "_stext", 6))
				lines->stext = line.address;
			/* Per-CPU variables are offsets from 0. */
			if (line.address)
				err = vec_push(&lines->items, line);
		}
		text = eol + 1;
	}
	return err;
}

static int compare_names(const struct line *x, const struct line *y)
{
	if (x->name_length != y->name_length)
		return x->name_length < y->name_length ? -1 : 1;
	return memcmp(x->name, y->name, x->name_length);
}

static int compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return compare_names(x, y);
}

static bool is_text(const struct line *line)
{
	return line->rank != RANK_DATA;
}

/* Keeps the best line of each address, and data only where it ends a text symbol. */
static void drop_aliases(struct lines *lines)
{
	struct line *items = lines->items.data;
	size_t kept = 0;

	for (size_t i = 0; i < lines->items.n; i++) {
		if (kept && items[kept - 1].address == items[i].address)
			continue;
		if (!is_text(&items[i]) && (!kept || !is_text(&items[kept - 1])))
			continue;
		items[kept++] = items[i];
	}
	lines->items.n = kept;
}

/* What is being made of the lines and of what was known before. */
struct merge {
	struct kallsyms *kallsyms;
	struct demangler *names;
	const struct lines *lines;
	struct idmap modules; /* of this text: name -> number in kallsyms.modules */
	VEC(struct kallsyms_entry) entries;
};

/* A module that did not move since the last text is the same one. */
static int add_module(struct kallsyms *kallsyms, uint32_t name, uint64_t start, uint32_t *ret)
{
	struct kallsyms_module module = { name, start };

	for (size_t i = 0; i < kallsyms->modules.n; i++) {
		if (kallsyms->modules.data[i].name == name &&
		    kallsyms->modules.data[i].start == start) {
			*ret = i;
			return 0;
		}
	}
	*ret = kallsyms->modules.n;
	return vec_push(&kallsyms->modules, module);
}

/* Lines come by address, so the first one of a module has its start. */
static int find_module(struct merge *merge, const struct line *line, uint32_t *ret)
{
	uint64_t start = line->address;
	uint32_t name = 0;
	int err = 0;

	if (line->module_length)
		err = demangler_intern(merge->names, line->module, line->module_length, &name);
	else if (merge->lines->stext)
		start = merge->lines->stext;
	if (err || idmap_find(&merge->modules, name, ret))
		return err;
	err = add_module(merge->kallsyms, name, start, ret);
	return err ? err : idmap_put(&merge->modules, name, *ret);
}

static int merge_line(struct merge *merge, const struct line *line)
{
	struct kallsyms_entry entry = { .start = line->address };
	int err = find_module(merge, line, &entry.module);

	if (!err && is_text(line))
		err = demangler_intern(merge->names, line->name, line->name_length, &entry.name);
	return err ? err : vec_push(&merge->entries, entry);
}

static bool same_module(const struct line *x, const struct line *y)
{
	return x->module_length == y->module_length &&
	       !memcmp(x->module, y->module, x->module_length);
}

/* Whether what was known at an address before line i is gone for good: it is now inside
 * another module's text. BPF programs stand side by side, so one may be gone between two. */
static bool is_replaced(const struct lines *lines, size_t i)
{
	const struct line *line = &lines->items.data[i];

	return i > 0 && i < lines->items.n && same_module(line - 1, line) &&
	       !(line->module_length == 3 && !memcmp(line->module, "bpf", 3));
}

static int merge_lines(struct merge *merge)
{
	const struct kallsyms_entry *old = merge->kallsyms->entries.data;
	const struct line *line = merge->lines->items.data;
	size_t n_old = merge->kallsyms->entries.n;
	size_t n = merge->lines->items.n;
	int err = 0;

	for (size_t i = 0, k = 0; (i < n || k < n_old) && !err;) {
		if (k < n_old && (i == n || old[k].start < line[i].address)) {
			if (!is_replaced(merge->lines, i))
				err = vec_push(&merge->entries, old[k]);
			k++;
			continue;
		}
		if (k < n_old && old[k].start == line[i].address)
			k++;
		err = merge_line(merge, &line[i++]);
	}
	return err;
}

static int lay_over(struct kallsyms *kallsyms, const struct lines *lines, struct demangler *names)
{
	struct merge merge = { .kallsyms = kallsyms, .names = names, .lines = lines };
	int err = merge_lines(&merge);

	if (!err) {
		vec_deinit(&kallsyms->entries);
		kallsyms->entries.data = take_ptr(merge.entries.data);
		kallsyms->entries.n = merge.entries.n;
		kallsyms->entries.cap = merge.entries.cap;
	}
	vec_deinit(&merge.entries);
	idmap_deinit(&merge.modules);
	return err;
}

int kallsyms_add(struct kallsyms *kallsyms, const char *text, size_t size, struct demangler *names)
{
	struct lines lines = {};
	int err = parse_text(&lines, text, size);

	if (!err && lines.items.n) {
		qsort(lines.items.data, lines.items.n, sizeof(struct line), compare_lines);
		drop_aliases(&lines);
	}
	if (!err && !lines.items.n)
		err = lines.text_seen ? -EACCES : -ENODATA;
	if (!err)
		err = lay_over(kallsyms, &lines, names);
	vec_deinit(&lines.items);
	return err;
}

/* The last entry at or below an address. */
static const struct kallsyms_entry *find_entry(const struct kallsyms *kallsyms, uint64_t address)
{
	const struct kallsyms_entry *base = kallsyms->entries.data;
	size_t n = kallsyms->entries.n;

	if (!n || address < base->start)
		return NULL;
	while (n > 1) {
		size_t half = n / 2;

		base += base[half].start <= address ? half : 0;
		n -= half;
	}
	return base;
}

int kallsyms_find(const struct kallsyms *kallsyms, uint64_t address, struct demangler *names,
		  struct kernel_symbol *ret)
{
	const struct kallsyms_entry *entry = find_entry(kallsyms, address);
	const struct kallsyms_module *module;
	const struct kallsyms_entry *next;
	struct demangled_name name;
	int err;

	if (!entry || !entry->name)
		return 0;
	next = entry + 1 < kallsyms->entries.data + kallsyms->entries.n ? entry + 1 : NULL;
	if ((!next || next->module != entry->module) && address - entry->start >= LAST_SYMBOL_MAX)
		return 0;
	err = demangler_get(names, entry->name, &name);
	if (err)
		return err;
	module = &kallsyms->modules.data[entry->module];
	*ret = (struct kernel_symbol){
		.name = name.name,
		.system_name = name.system_name,
		.module = module->name ? strings_get(&names->strings, module->name) : NULL,
		.start = entry->start,
		.module_start = module->start,
	};
	return 1;
}
