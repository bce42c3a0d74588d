// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `flametap report`: recordings of whatever format come in and are added up;
 * what has no name yet is looked for in the files that it ran from; the sum
 * goes out in whatever formats were asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/output_set.h"
#include "profiler/verb.h"
#include "report/format.h"
#include "report/profile.h"
#include "report/resolve.h"
#include "symbolize/symbolizer.h"

/* Files that the recording names and that are looked for here. */
struct files {
	const struct profile *profile;
	size_t n_absent, n_other; /* not there; there, but of another build */
	bool verbose;
};

/* 0; -EINVAL when it was said that the input is no good; another negative errno. */
static int read_input(const char *path, struct profile *profile)
{
	struct report_error error = {""};
	guard_close int opened = -1;
	int fd = STDIN_FILENO;
	int err;

	if (strcmp(path, "-")) {
		fd = opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0) {
			message("%s: %s; name a recording that can be read", path, strerror(errno));
			return -EINVAL;
		}
	}
	err = report_read(fd, profile, &error);
	if (!err || err == -ENOMEM)
		return err;
	/* The error's text may bring a remedy of its own. */
	message("%s: %s%s", fd == opened ? path : "standard input", error.text,
		strchr(error.text, ';') ? "" : "; name a .pb.gz recording or folded stacks");
	return -EINVAL;
}

static int read_inputs(const struct report_verb_options *options, struct profile *profile)
{
	vec_each(&options->inputs, path) {
		int err = read_input(*path, profile);

		if (err)
			return err;
	}
	return 0;
}

static char hex_digit(unsigned int value)
{
	return "0123456789abcdef"[value & 15];
}

/* By build-id; a file without one stands only for a module without one. */
static bool is_same_build(int fd, const char *build_id)
{
	struct elf_info info;
	char text[2 * sizeof(info.build_id) + 1];

	if (elf_info_read(fd, &info))
		return false;
	for (size_t i = 0; i < info.build_id_size; i++) {
		text[2 * i] = hex_digit(info.build_id[i] >> 4);
		text[2 * i + 1] = hex_digit(info.build_id[i]);
	}
	text[2 * info.build_id_size] = '\0';
	return !strcmp(text, build_id);
}

/* For profile_resolve. The path comes from a file that anyone may have written. */
static int open_module(void *ctx, uint32_t number, int *ret_fd)
{
	struct files *files = ctx;
	const struct profile *profile = files->profile;
	const struct profile_module *module = &profile->modules.data[number];
	const char *path = strings_get(&profile->strings, module->path);
	guard_close int fd = -1;
	struct stat st;

	if (*path == '/')
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		files->n_absent++;
		if (files->verbose)
			message("%s: not here; its addresses stay without names", path);
		return -ENOENT;
	}
	if (!is_same_build(fd, strings_get(&profile->strings, module->build_id))) {
		files->n_other++;
		if (files->verbose)
			message("%s: another build than the one recorded; "
				"its addresses stay without names",
				path);
		return -ESTALE;
	}
	*ret_fd = take_fd(fd);
	return 0;
}

static int resolve(const struct report_verb_options *options, struct profile *profile)
{
	struct files files = {.profile = profile, .verbose = options->verbose};
	struct symbolizer *symbolizer = NULL;
	struct resolve_stats stats;
	int err = symbolizer_create(&(struct symbolizer_options){0}, &symbolizer);

	if (!err)
		err = profile_resolve(profile, symbolizer, open_module, &files, &stats);
	symbolizer_destroy(symbolizer);
	if (!err && !options->quiet && !options->verbose && files.n_absent + files.n_other)
		message("%zu files of the recording are not here, %zu are of another build; "
			"run flametap report where it was recorded, or -v to see which",
			files.n_absent, files.n_other);
	return err;
}

static int report(const struct report_verb_options *options, struct profile *profile,
		  struct output_set *outputs, const struct invoker *invoker)
{
	int err = output_set_open(outputs, &options->outputs, options->default_output, invoker);

	if (err)
		return EXIT_FAILED;
	err = read_inputs(options, profile);
	if (err == -EINVAL)
		return EXIT_USAGE;
	if (!err)
		err = resolve(options, profile);
	if (!err)
		err = profile_finish(profile);
	if (err) {
		message("report: %s; try fewer inputs at once", strerror(-err));
		return EXIT_FAILED;
	}
	if (output_set_write(outputs, profile, &options->report, invoker))
		return EXIT_FAILED;
	if (options->default_output && !options->quiet)
		message("flametap.svg: written; open it in a browser");
	return EXIT_DONE;
}

int verb_report(int argc, char **argv)
{
	struct report_verb_options options;
	struct output_set outputs = {0};
	struct invoker invoker = {0};
	struct profile profile = {0};
	int status = EXIT_FAILED;
	int err = report_options_parse(&options, argc, argv);

	if (err) {
		report_options_deinit(&options);
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	}
	err = invoker_init(&invoker);
	if (!err)
		err = profile_init(&profile);
	if (err)
		message("report: %s; free some memory", strerror(-err));
	else
		status = report(&options, &profile, &outputs, &invoker);
	output_set_deinit(&outputs);
	profile_deinit(&profile);
	invoker_deinit(&invoker);
	report_options_deinit(&options);
	return status;
}
