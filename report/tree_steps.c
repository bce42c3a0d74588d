// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Locations of a profile in, steps out: for each of a location's frames the
 * label, the kind and the module that a reader sees. Made once for each
 * location, and used for every stack that holds it.
 */
#include <stdio.h>
#include <string.h>

#include "report/format.h"
#include "report/profile.h"
#include "report/tree_private.h"
#include "report/wait_class.h"
#include "report/wakers.h"

int tree_text_add(struct tree_builder *builder, const char *bytes, size_t n)
{
	return vec_append(&builder->text, bytes, n);
}

int tree_text_intern(struct tree_builder *builder, uint32_t *ret)
{
	int err = strings_intern(&builder->tree->labels, builder->text.data ?: "", builder->text.n,
				 ret);

	builder->text.n = 0;
	return err;
}

static void base_name(const struct strings *strings, uint32_t number, const char **ret,
		      size_t *ret_n)
{
	const char *path = strings_get(strings, number);
	size_t n = strings_length(strings, number);
	const char *slash = memrchr(path, '/', n);

	*ret = slash ? slash + 1 : path;
	*ret_n = n - (*ret - path);
}

/* "[libc.so.6+0x1234]"; "[kernel+0x12]" for the module "[kernel]". */
static int label_unresolved(struct tree_builder *builder, const struct profile_location *location,
			    uint32_t *ret)
{
	const struct profile *profile = builder->profile;
	char offset[32];
	const char *name;
	size_t n;
	int err;

	base_name(&profile->strings, profile->modules.data[location->module].path, &name, &n);
	if (n >= 2 && name[0] == '[' && name[n - 1] == ']') {
		name++;
		n -= 2;
	}
	snprintf(offset, sizeof(offset), "%s0x%llx]", n ? "+" : "",
		 (unsigned long long)location->offset);
	err = tree_text_add(builder, "[", 1);
	if (!err)
		err = tree_text_add(builder, name, n);
	if (!err)
		err = tree_text_add(builder, offset, strlen(offset));
	return err ?: tree_text_intern(builder, ret);
}

static int label_function(struct tree_builder *builder, const struct profile_frame *frame,
			  uint32_t *ret)
{
	const struct strings *strings = &builder->profile->strings;
	const struct profile_function *function =
		&builder->profile->functions.data[frame->function];
	char line[16];
	const char *file;
	size_t n;
	int err;

	err = tree_text_add(builder, strings_get(strings, function->name),
			    strings_length(strings, function->name));
	base_name(strings, function->file, &file, &n);
	if (!err && builder->options->lines && n && frame->line) {
		snprintf(line, sizeof(line), ":%u", frame->line);
		err = tree_text_add(builder, " ", 1);
		if (!err)
			err = tree_text_add(builder, file, n);
		if (!err)
			err = tree_text_add(builder, line, strlen(line));
	}
	return err ?: tree_text_intern(builder, ret);
}

/* Folded files know no modules; what they may know is the annotation at a name's end. */
static enum frame_kind kind_by_name(const char *name, size_t n)
{
	if (!strcmp(name, "[kernel]") || !strcmp(name, "[user]") || !strncmp(name, "[below ", 7))
		return FRAME_NOTE;
	if (wait_class_of_frame(name, n))
		return FRAME_WAIT;
	if (!strcmp(name, WAKERS_MARK))
		return FRAME_WAKER;
	if (n >= 4 && name[n - 4] == '_' && name[n - 3] == '[' && name[n - 1] == ']') {
		switch (name[n - 2]) {
		case 'k':
			return FRAME_KERNEL;
		case 'i':
			return FRAME_INLINED;
		case 'j':
			return FRAME_JIT;
		case 'w':
			return FRAME_WAKER;
		}
	}
	return FRAME_USER;
}

static enum frame_kind kind_of(const struct tree_builder *builder, const struct tree_step *step,
			       bool inlined)
{
	const struct strings *labels = &builder->tree->labels;

	if (inlined)
		return FRAME_INLINED;
	switch (builder->profile->modules.data[step->module].kind) {
	case MODULE_KERNEL:
	case MODULE_BPF:
		return FRAME_KERNEL;
	case MODULE_JIT:
		return FRAME_JIT;
	case MODULE_NONE:
		return kind_by_name(strings_get(labels, step->label),
				    strings_length(labels, step->label));
	case MODULE_USER:
	case MODULE_VDSO:
		break;
	}
	return FRAME_USER;
}

static int add_step(struct tree_builder *builder, const struct profile_location *location,
		    const struct profile_frame *frame, bool inlined, bool is_last)
{
	const struct profile *profile = builder->profile;
	struct tree_step step = {.module = location->module};
	int err;

	if (frame)
		step.frame = frame - profile->frames.data + 1;
	/* A function without a name tells less than its address does. */
	if (!frame || !profile->functions.data[frame->function].name)
		err = label_unresolved(builder, location, &step.label);
	else
		err = label_function(builder, frame, &step.label);
	if (err)
		return err;
	step.kind = kind_of(builder, &step, inlined);
	step.is_last = is_last;
	return vec_push(&builder->steps, step);
}

int tree_steps_make(struct tree_builder *builder)
{
	const struct profile *profile = builder->profile;
	int err = 0;

	for (size_t k = 0; k < profile->locations.n; k++) {
		const struct profile_location *location = &profile->locations.data[k];
		const struct profile_frame *frames = NULL;
		uint32_t n = location->n_frames;

		err = vec_push(&builder->first_step, builder->steps.n);
		if (n)
			frames = &profile->frames.data[location->first_frame];
		/* Innermost first there, outermost first here; the outermost is the real one. */
		if (!err && !n)
			err = add_step(builder, location, NULL, false, true);
		for (uint32_t i = n; !err && i > 0; i--) {
			bool is_last = i == 1 || builder->options->no_inlines;

			err = add_step(builder, location, &frames[i - 1], i < n, is_last);
			if (is_last)
				break;
		}
		if (err)
			return err;
	}
	return 0;
}
