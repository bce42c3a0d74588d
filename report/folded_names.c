// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Texts of frames in, functions and locations of the profile out. Nearly all
 * texts of a file are those of a few thousand functions, so they are looked
 * for in a small table first, by a hash of three words of them. Texts that
 * differ elsewhere share a place there, and those that came last have it.
 */
#include "report/folded_names.h"

#include <stdlib.h>
#include <string.h>

#include "report/profile.h"

enum { RECENT_BITS = 13 };

void folded_names_deinit(struct folded_names *names)
{
	vec_deinit(&names->items);
	free(names->recent);
}

static int folded_module(struct folded_names *names, const char *path, enum module_kind kind,
			 uint32_t *ret)
{
	struct profile_module module = {.kind = kind};
	int err;

	if (*ret)
		return 0;
	err = profile_intern(names->profile, path, &module.path);
	return err ? err : profile_intern_module(names->profile, &module, ret);
}

/* Looks at a frame's text for the first time. */
static int folded_make_name(struct folded_names *names, const char *text, size_t n,
			    struct folded_name *name)
{
	struct profile_function function = {};
	struct profile_frame frame = {};
	uint32_t module = 0;
	char kind = 0;
	int err = 0;

	if (n > 4 && !memcmp(text + n - 4, "_[", 2) && text[n - 1] == ']')
		kind = text[n - 2];
	if (kind == 'k') {
		err = folded_module(names, "[kernel]", MODULE_KERNEL, &names->kernel);
		module = names->kernel;
	} else if (kind == 'j') {
		err = folded_module(names, "[jit]", MODULE_JIT, &names->jit);
		module = names->jit;
	}
	name->inlined = kind == 'i';
	if (module || name->inlined)
		n -= 4;
	if (!n) {
		text = "[unknown]";
		n = strlen(text);
	}
	if (!err)
		err = profile_intern_bytes(names->profile, text, n, &function.name);
	if (!err)
		err = profile_intern_function(names->profile, &function, &name->function);
	frame.function = name->function;
	if (!err)
		err = profile_intern_location(names->profile, module, 0, &frame, 1,
					      &name->location);
	return err;
}

/* The text is a string of the profile; its item may not be there yet. */
static int folded_name_of_string(struct folded_names *names, const char *text, size_t n,
				 uint32_t string, struct folded_name *ret)
{
	size_t grown = (size_t)string + 1;
	int err;

	if (string >= names->items.n) {
		err = vec_reserve(&names->items, grown);
		if (err)
			return err;
		memset(names->items.data + names->items.n, 0,
		       (grown - names->items.n) * sizeof(*names->items.data));
		names->items.n = grown;
	}
	*ret = names->items.data[string];
	if (ret->location)
		return 0;
	err = folded_make_name(names, text, n, ret);
	names->items.data[string] = *ret;
	return err;
}

/* The recent texts with a hash like this one's. */
static struct folded_recent *folded_recent(const struct folded_names *names, const char *text,
					   size_t n)
{
	uint64_t words[3] = {};

	if (n >= sizeof(*words)) {
		memcpy(&words[0], text, sizeof(*words));
		memcpy(&words[1], text + n / 2 - sizeof(*words) / 2, sizeof(*words));
		memcpy(&words[2], text + n - sizeof(*words), sizeof(*words));
	} else {
		memcpy(words, text, n);
	}
	return names->recent[hash_u64(words[0] + words[1] * 3 + words[2] * 5 + n) >>
			     (64 - RECENT_BITS)];
}

/* A text that is no UTF-8 is kept as the string that it became, which is not found by its bytes:
 * that costs time, and nothing else. */
static void folded_keep_recent(const struct folded_names *names, struct folded_recent *recent,
			       uint32_t string)
{
	const struct strings *strings = &names->profile->strings;

	memmove(recent + 1, recent, (FOLDED_WAYS - 1) * sizeof(*recent));
	*recent = (struct folded_recent){
		.bytes = strings_get(strings, string),
		.length = strings_length(strings, string),
		.string = string,
	};
}

int folded_names_get(struct folded_names *names, const char *text, size_t n,
		     struct folded_name *ret)
{
	struct folded_recent *recent;
	uint32_t string;
	int err;

	if (!names->recent) {
		names->recent = calloc(1 << RECENT_BITS, sizeof(*names->recent));
		if (!names->recent)
			return -ENOMEM;
	}
	recent = folded_recent(names, text, n);
	for (int i = 0; i < FOLDED_WAYS; i++) {
		if (recent[i].length != n || !recent[i].bytes || memcmp(recent[i].bytes, text, n))
			continue;
		*ret = names->items.data[recent[i].string];
		return 0;
	}
	err = profile_intern_bytes(names->profile, text, n, &string);
	if (!err)
		err = folded_name_of_string(names, text, n, string, ret);
	if (!err)
		folded_keep_recent(names, recent, string);
	return err;
}
