// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `flametap symbolize`: virtual addresses of one ELF file come in, as arguments
 * or as lines of standard input; functions and lines go out as text, laid out
 * byte for byte as addr2line does it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/guard.h"
#include "profiler/address_input.h"
#include "profiler/address_output.h"
#include "profiler/cache.h"
#include "profiler/downloads.h"
#include "profiler/invoker.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/verb.h"
#include "symbolize/elf_address.h"
#include "symbolize/symbolizer.h"

enum {
	/* How long more addresses are waited for. At first: time for the writer of a pipe to
	 * write. Then as long as the last batch took, so that little batches of a slow writer
	 * cost no more than twice what one batch would. */
	FIRST_PATIENCE_NS = 10 * 1000 * 1000,
	MAX_PATIENCE_NS = 500 * 1000 * 1000,
};

struct symbolizing {
	const struct symbolize_options *options;
	int fd;
	struct symbolizer *symbolizer;
	struct symbolizer_opened *module; /* the file, open for all batches */
	struct name_cache *cache; /* NULL: there is none */
	struct downloads downloads;
	struct invoker invoker;
	uint64_t section, section_size; /* of -j */
	struct text_addresses texts;	/* of one batch */
	VEC(uint64_t) offsets;
	uint64_t n_names_refused;
	struct address_output output;
};

static void symbolizing_deinit(struct symbolizing *all)
{
	vec_deinit(&all->texts);
	vec_deinit(&all->offsets);
	address_output_deinit(&all->output);
	symbolizer_close_module(all->module);
	symbolizer_destroy(all->symbolizer);
	cache_close(all->cache, false);
	downloads_deinit(&all->downloads);
	invoker_deinit(&all->invoker);
	if (all->fd >= 0)
		close(all->fd);
}

static int write_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct symbolizing *all = ctx;

	return address_output_add(&all->output, all->texts.data[index].value, frames, n);
}

/* What was no number is not address 0, and an offset beyond the section is in no other. */
static uint64_t address_of(const struct symbolizing *all, const struct text_address *text)
{
	uint64_t address;

	if (!text->given)
		return UINT64_MAX;
	if (!all->options->section)
		return text->value;
	if (text->value >= all->section_size ||
	    __builtin_add_overflow(all->section, text->value, &address))
		return UINT64_MAX;
	return address;
}

/* Answers a batch, and hands the answers on. 0 or a negative errno. */
static int answer(struct symbolizing *all)
{
	struct symbolizer_debug debug = {};
	int err, flushed;

	all->offsets.n = 0;
	if (vec_reserve(&all->offsets, all->texts.n))
		return -ENOMEM;
	vec_each(&all->texts, text)
		all->offsets.data[all->offsets.n++] = address_of(all, text);
	err = elf_address_to_offsets(all->fd, all->offsets.data, all->offsets.n);
	if (!err)
		err = symbolizer_resolve_opened(all->module, all->offsets.data, all->offsets.n,
						write_answer, all, &debug);
	all->n_names_refused += debug.n_names_refused;
	flushed = address_output_flush(&all->output);
	return err ? err : flushed;
}

static int answer_arguments(struct symbolizing *all)
{
	vec_each(&all->options->addresses, text)
		if (vec_push(&all->texts, address_from_text(*text)))
			return -ENOMEM;
	return answer(all);
}

static int answer_input(struct symbolizing *all)
{
	struct address_input input = {.fd = STDIN_FILENO};
	uint64_t patience = FIRST_PATIENCE_NS;
	int more, err;

	do {
		uint64_t began;

		all->texts.n = 0;
		more = address_input_read(&input, patience, &all->texts);
		began = clock_monotonic_ns();
		err = all->texts.n ? answer(all) : 0;
		patience = clock_monotonic_ns() - began;
		if (patience > MAX_PATIENCE_NS)
			patience = MAX_PATIENCE_NS;
	} while (more > 0 && !err);
	if (err || !more)
		return err;
	message("standard input: %s; give a file or a pipe of addresses, one a line",
		strerror(-more));
	return -EINVAL;
}

static int find_section(struct symbolizing *all)
{
	const char *name = all->options->section;
	int err = name ? elf_address_of_section(all->fd, name, &all->section, &all->section_size) :
			 0;

	if (err == -ENOENT)
		message("-j %s: %s has no such section; readelf -S lists them", name,
			all->options->path);
	return err == -ENOENT ? -EINVAL : err;
}

/* 0; -EINVAL: it was said why not. */
static int open_file(struct symbolizing *all)
{
	const char *path = all->options->path;
	struct elf_info info;
	struct stat st;
	int err;

	/* Neither waits for a pipe's other end nor makes a terminal this process's own. */
	all->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	err = all->fd < 0 || fstat(all->fd, &st) ? -errno : 0;
	if (!err && !S_ISREG(st.st_mode)) {
		message("%s: no regular file; give a program, a library or a debug file", path);
		return -EINVAL;
	}
	if (!err)
		err = elf_info_read(all->fd, &info);
	if (err)
		message("%s: %s; give a program, a library or a debug file", path,
			err == -ENOEXEC ? "no 64-bit ELF file" : strerror(-err));
	return err ? -EINVAL : 0;
}

static int open_module(struct symbolizing *all)
{
	const struct symbolizer_module module = {.fd = all->fd, .root_fd = -1};

	return symbolizer_open_module(all->symbolizer, &module, &all->module);
}

static int symbolize(struct symbolizing *all)
{
	struct symbolizer_options options = {
		.debug_dirs = all->options->debug_dirs.data,
		.n_debug_dirs = all->options->debug_dirs.n,
	};
	int err = open_file(all);

	if (!err)
		err = find_section(all);
	if (!err && !all->options->no_cache)
		err = cache_open(false, &all->cache);
	options.cache = all->cache;
	if (!err)
		err = invoker_init(&all->invoker);
	if (!err && downloads_init(&all->downloads, all->options->debuginfod, false, &all->invoker))
		err = -EINVAL;
	options.debuginfod = all->downloads.debuginfod;
	if (!err)
		err = symbolizer_create(&options, &all->symbolizer);
	if (!err)
		err = open_module(all);
	if (err)
		return err;
	return all->options->addresses.n ? answer_arguments(all) : answer_input(all);
}

int verb_symbolize(int argc, char **argv)
{
	struct symbolize_options options;
	struct symbolizing all = {.options = &options, .fd = -1, .output.options = &options};
	int err = symbolize_options_parse(&options, argc, argv);

	if (err) {
		symbolize_options_deinit(&options);
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	}
	err = symbolize(&all);
	if (err && err != -EINVAL && !all.output.write_error)
		message("%s: %s; not all addresses have an answer", options.path, strerror(-err));
	if (all.n_names_refused)
		message("names: %llu found no room in %d MiB and were left out; ask for fewer addresses "
			"at once",
			(unsigned long long)all.n_names_refused, SYMBOLIZER_MAX_NAMES >> 20);
	downloads_tell(&all.downloads);
	symbolizing_deinit(&all);
	symbolize_options_deinit(&options);
	if (!all.output.write_error)
		return err ? EXIT_FAILED : EXIT_DONE;
	/* A reader who has had enough is no failure; what else it is main() tells. */
	errno = all.output.write_error;
	return EXIT_DONE;
}
