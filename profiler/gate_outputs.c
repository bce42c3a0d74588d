// SPDX-License-Identifier: GPL-2.0-or-later
/* A result comes in; the files that were asked for stand in place. */
#include "profiler/gate_outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/message.h"
#include "report/format.h"

static const char SUMMARY[] = "GITHUB_STEP_SUMMARY";

static const gate_show_write writers[GATE_FILES] = {
	[GATE_FILE_MARKDOWN] = gate_markdown_write,
	[GATE_FILE_JUNIT] = gate_junit_write,
	[GATE_FILE_JSON] = gate_json_write,
	[GATE_FILE_BENCHMARK] = gate_benchmark_write,
};

int gate_outputs_open(struct gate_outputs *outputs, const struct gate_verb_options *options,
		      const struct invoker *invoker)
{
	int err = 0;

	outputs->options = options;
	outputs->invoker = invoker;
	for (int i = 0; !err && i < GATE_FILES; i++)
		if (options->files[i])
			err = output_open(&outputs->files[i], options->files[i], false, invoker);
	return err ?: output_set_open(&outputs->flame, &options->flame, false, invoker);
}

void gate_outputs_deinit(struct gate_outputs *outputs)
{
	for (int i = 0; i < GATE_FILES; i++)
		output_discard(&outputs->files[i]);
	output_set_deinit(&outputs->flame);
}

static int say_failed(const char *name, int err)
{
	message("%s: cannot be written: %s; %s", name, strerror(-err),
		err == -ENOMEM ? "free some memory" : "name another file");
	return err;
}

static int write_file(struct gate_outputs *outputs, int i, const struct gate_show *show)
{
	struct output *output = &outputs->files[i];
	int err = writers[i](show, output->stream);

	if (err && !ferror(output->stream)) {
		output_discard(output);
		return say_failed(outputs->options->files[i], err);
	}
	err = output_commit(output, outputs->invoker);
	return err == -EPIPE && output->direct ? 0 : err;
}

static int write_annotations(const struct gate_show *show)
{
	int err = gate_github_write(show, stdout);

	if (fflush(stdout) && !err)
		err = -errno;
	return err ? say_failed("standard output", err) : 0;
}

/* Other steps, and what runs beside this, write there, too: only ever to its end, and at once. */
static int append(const char *path, const char *text, size_t size)
{
	guard_close int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, size);
	return n < 0 ? -errno : (size_t)n < size ? -EIO : 0;
}

static int write_summary(const struct gate_outputs *outputs, const struct gate_show *show)
{
	const char *path = getenv(SUMMARY);
	guard_free char *text = NULL;
	size_t size;
	FILE *out;
	int err;

	if (!path || !*path)
		return 0;
	out = open_memstream(&text, &size);
	err = out ? gate_markdown_write(show, out) : -ENOMEM;
	if (out && fclose(out) && !err)
		err = -ENOMEM;
	err = err ?: invoker_begin(outputs->invoker);
	if (!err) {
		err = append(path, text, size);
		invoker_end(outputs->invoker);
	}
	return err ? say_failed(path, err) : 0;
}

static int write_flame(struct gate_outputs *outputs, const struct gate_show *show,
		       const struct profile *flame)
{
	struct report_options options = {};
	guard_free char *title = NULL;

	if (!outputs->options->flame.n || !flame)
		return 0;
	if (asprintf(&title, "flametap gate: %s", gate_verdict_name(show->result->verdict)) < 0) {
		title = NULL;
		return say_failed(outputs->options->flame.data[0].path, -ENOMEM);
	}
	options.title = title;
	return output_set_write(&outputs->flame, flame, &options, outputs->invoker);
}

int gate_outputs_write(struct gate_outputs *outputs, const struct gate_show *show,
		       const struct profile *flame)
{
	struct gate_show shown = *show;
	int first = 0, err = write_flame(outputs, show, flame);

	shown.workspace = getenv("GITHUB_WORKSPACE");
	shown.flame = outputs->options->flame.n && flame && !err ?
			      outputs->options->flame.data[0].path :
			      NULL;
	first = err;
	for (int i = 0; i < GATE_FILES; i++) {
		if (!outputs->options->files[i])
			continue;
		err = write_file(outputs, i, &shown);
		first = first ?: err;
	}
	if (!outputs->options->github)
		return first;
	err = write_annotations(&shown);
	first = first ?: err;
	err = write_summary(outputs, &shown);
	return first ?: err;
}
