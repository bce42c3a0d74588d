// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of -o options and a profile come in; the files stand where they
 * were asked for.
 */
#include "profiler/output_set.h"

#include <errno.h>
#include <string.h>

#include "profiler/message.h"

int output_set_open(struct output_set *set, const struct output_list *list, bool keep_old,
		    const struct invoker *invoker)
{
	set->list = list;
	for (size_t i = 0; i < list->n; i++) {
		struct output output;
		int err = vec_reserve(&set->outputs, i + 1);

		if (!err)
			err = output_open(&output, list->data[i].path, keep_old, invoker);
		if (err) {
			output_set_deinit(set);
			return err;
		}
		vec_push(&set->outputs, output);
	}
	return 0;
}

static int write_one(struct output *output, const struct report_format *format,
		     const struct profile *profile, const struct report_options *options,
		     const struct invoker *invoker)
{
	int err = format->write(profile, options, output->stream);

	if (err && !ferror(output->stream)) {
		message("%s: cannot be written as %s: %s; %s", output->path, format->name,
			strerror(-err),
			err == -ENOMEM ? "free some memory" : "try another format");
		output_discard(output);
		return err;
	}
	err = output_commit(output, invoker);
	return err == -EPIPE && output->direct ? 0 : err;
}

int output_set_write(struct output_set *set, const struct profile *profile,
		     const struct report_options *options, const struct invoker *invoker)
{
	int first = 0;

	for (size_t i = 0; i < set->outputs.n; i++) {
		int err = write_one(&set->outputs.data[i], set->list->data[i].format, profile,
				    options, invoker);

		if (!first)
			first = err;
	}
	return first;
}

void output_set_deinit(struct output_set *set)
{
	vec_each(&set->outputs, output)
		output_discard(output);
	vec_deinit(&set->outputs);
}
