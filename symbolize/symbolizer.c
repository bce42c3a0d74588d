// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The front of the room: takes addresses, hands each with its answer to the
 * caller, and works out (resolving.c) only what the cache does not know. Names
 * and the kernel's symbols are kept, and the answers that are to go into the
 * cache; of a file nothing is kept once its addresses are resolved.
 */
#include "symbolize/symbolizer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/kallsyms.h"
#include "symbolize/name_cache_module.h"
#include "symbolize/resolving.h"

enum {
	KALLSYMS_READ = 256 * 1024,
	KALLSYMS_MAX = 256 << 20, /* 16 MiB in a distribution's kernel */
};

struct symbolizer {
	struct demangler names;
	struct kallsyms kernel;
	char *kallsyms_path;
	struct symbolizer_options options;
	VEC(struct name_cache_module *) cached;
};

int symbolizer_create(const struct symbolizer_options *options, struct symbolizer **ret)
{
	const char *path = options->kallsyms_path ? options->kallsyms_path : "/proc/kallsyms";
	struct symbolizer *symbolizer = calloc(1, sizeof(*symbolizer));
	int err;

	if (!symbolizer)
		return -ENOMEM;
	err = demangler_init(&symbolizer->names, options->no_demangle);
	if (err) {
		free(symbolizer);
		return err;
	}
	symbolizer->options = *options;
	symbolizer->names.strings.limit =
		options->max_names ? options->max_names : SYMBOLIZER_MAX_NAMES;
	symbolizer->kallsyms_path = strdup(path);
	if (!symbolizer->kallsyms_path) {
		symbolizer_destroy(symbolizer);
		return -ENOMEM;
	}
	symbolizer->options.kallsyms_path = symbolizer->kallsyms_path;
	*ret = symbolizer;
	return 0;
}

int symbolizer_create_like(const struct symbolizer *symbolizer, struct symbolizer **ret)
{
	return symbolizer_create(&symbolizer->options, ret);
}

void symbolizer_save(struct symbolizer *symbolizer)
{
	vec_each(&symbolizer->cached, module)
		name_cache_module_save(*module, symbolizer->options.cache);
}

void symbolizer_destroy(struct symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	/* Their answers point to names. */
	symbolizer_save(symbolizer);
	vec_each(&symbolizer->cached, module)
		name_cache_module_destroy(*module);
	vec_deinit(&symbolizer->cached);
	kallsyms_deinit(&symbolizer->kernel);
	demangler_deinit(&symbolizer->names);
	free(symbolizer->kallsyms_path);
	free(symbolizer);
}

/* Every address gets an answer, if only that nothing is known. */
static int answer_nothing(size_t n, symbolizer_result result, void *ctx)
{
	const struct symbol_frame frame = { .start = UINT64_MAX };

	for (size_t i = 0; i < n; i++) {
		int err = result(ctx, i, &frame, 1);

		if (err < 0)
			return err;
	}
	return -ENOEXEC;
}

/* The answers of the module at hand, if its names are such as can be kept. *ret is NULL if not. */
static int find_cached(struct symbolizer *symbolizer, struct resolving *resolving,
		       struct name_cache_module **ret)
{
	struct name_cache_key key;
	int err;

	*ret = NULL;
	if (!symbolizer->options.cache)
		return 0;
	name_cache_begin_key(symbolizer->options.cache, &key);
	key.no_demangle = symbolizer->options.no_demangle;
	err = name_cache_key_init(&key, &resolving->module);
	if (err)
		return err == -ENOMEM ? err : 0;
	vec_each(&symbolizer->cached, module)
		if (!memcmp(&(*module)->key, &key, sizeof(key))) {
			*ret = *module;
			return 0;
		}
	err = vec_reserve(&symbolizer->cached, symbolizer->cached.n + 1) ?:
	      name_cache_module_create(symbolizer->options.cache, &key, ret);
	if (!err)
		symbolizer->cached.data[symbolizer->cached.n++] = *ret;
	return err;
}

struct symbolizer_opened {
	struct resolving resolving;
	struct name_cache *cache; /* borrowed */
	struct name_cache_module *cached; /* borrowed; NULL: there is none */
	bool is_no_elf;
};

void symbolizer_close_module(struct symbolizer_opened *opened)
{
	if (opened)
		resolving_deinit(&opened->resolving);
	free(opened);
}

static void guard_close_module(struct symbolizer_opened **opened)
{
	symbolizer_close_module(*opened);
}

/* Offsets of which the cache does not know the answer, and the numbers of the others' answers. */
struct missing {
	struct name_cache_module *to;
	VEC(uint64_t) offsets;
	VEC(uint32_t) known; /* by offset; UINT32_MAX: what came since has it */
};

static void missing_deinit(struct missing *missing)
{
	vec_deinit(&missing->offsets);
	vec_deinit(&missing->known);
}

static int keep_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct missing *missing = ctx;

	return name_cache_table_add(&missing->to->fresh, missing->offsets.data[index], frames, n);
}

/* Works out what the cache does not know. */
static int resolve_missing(struct resolving *resolving, struct missing *missing,
			   const uint64_t *offsets, size_t n)
{
	struct name_cache_module *cached = missing->to;
	uint64_t refused;
	int err = vec_reserve(&missing->known, n);

	for (size_t i = 0; i < n && !err; i++) {
		uint32_t *known = &missing->known.data[i];

		if (name_cache_entry_find(&cached->known, offsets[i], known))
			continue;
		*known = UINT32_MAX;
		if (!name_cache_module_has(cached, offsets[i]))
			err = vec_push(&missing->offsets, offsets[i]);
	}
	if (err || !missing->offsets.n)
		return err;
	refused = resolving->module.names->strings.n_refused;
	err = name_cache_module_outline(cached, &resolving->module.outline);
	if (err)
		return err;
	err = resolving_all(resolving, missing->offsets.data, missing->offsets.n, keep_answer,
			    missing);
	cached->stripped |= resolving->module.debug.stripped;
	/* Good for whoever asked, but not for later. */
	if (resolving->module.is_volatile || refused != resolving->module.names->strings.n_refused ||
	    !name_cache_key_holds(&cached->key, &resolving->module))
		cached->is_volatile = true;
	return err;
}

static int resolve_cached(struct resolving *resolving, struct name_cache_module *cached,
			  const uint64_t *offsets, size_t n, symbolizer_result result, void *ctx)
{
	guard(missing_deinit) struct missing missing = { .to = cached };
	struct name_cache_frames frames = {};
	int err = resolve_missing(resolving, &missing, offsets, n);

	for (size_t i = 0; i < n && err >= 0; i++) {
		err = missing.known.data[i] == UINT32_MAX ?
			      name_cache_module_get(cached, offsets[i], &frames) :
			      name_cache_module_known(cached, missing.known.data[i], &frames);
		if (!err)
			err = result(ctx, i, frames.frames.data, frames.frames.n);
	}
	vec_deinit(&frames.frames);
	resolving->module.debug.stripped = cached->stripped;
	return err;
}

int symbolizer_open_module(struct symbolizer *symbolizer, const struct symbolizer_module *module,
			   struct symbolizer_opened **ret)
{
	guard(guard_close_module) struct symbolizer_opened *opened = calloc(1, sizeof(*opened));
	struct resolving *resolving;
	int err;

	if (!opened)
		return -ENOMEM;
	opened->cache = symbolizer->options.cache;
	resolving = &opened->resolving;
	resolving->module.names = &symbolizer->names;
	err = elf_file_init(&resolving->module.file, module->fd);
	opened->is_no_elf = err == -ENOEXEC;
	if (!err)
		err = debug_file_restore_segments(&resolving->module.file);
	if (!err)
		module_debug_init(&resolving->module.debug, module, symbolizer->options.debug_dirs,
				  symbolizer->options.n_debug_dirs, symbolizer->options.debuginfod);
	if (!err)
		err = find_cached(symbolizer, resolving, &opened->cached);
	if (err && !opened->is_no_elf)
		return err;
	*ret = take_ptr(opened);
	return 0;
}

int symbolizer_resolve_opened(struct symbolizer_opened *opened, const uint64_t *offsets, size_t n,
			      symbolizer_result result, void *ctx, struct symbolizer_debug *debug)
{
	struct resolving *resolving = &opened->resolving;
	uint64_t refused;
	int err;

	if (debug)
		*debug = (struct symbolizer_debug){};
	if (opened->is_no_elf)
		return answer_nothing(n, result, ctx);
	refused = resolving->module.names->strings.n_refused;
	err = opened->cached ? resolve_cached(resolving, opened->cached, offsets, n, result, ctx) :
			       resolving_all(resolving, offsets, n, result, ctx);
	if (opened->cached)
		name_cache_module_bound(opened->cached, opened->cache);
	if (debug) {
		module_debug_outcome(&resolving->module.debug, debug);
		debug->n_names_refused = resolving->module.names->strings.n_refused - refused;
	}
	return err < 0 ? err : 0;
}

int symbolizer_resolve_module(struct symbolizer *symbolizer, const struct symbolizer_module *module,
			      const uint64_t *offsets, size_t n, symbolizer_result result,
			      void *ctx, struct symbolizer_debug *debug)
{
	guard(guard_close_module) struct symbolizer_opened *opened = NULL;
	int err = symbolizer_open_module(symbolizer, module, &opened);

	if (err && debug)
		*debug = (struct symbolizer_debug){};
	return err ?: symbolizer_resolve_opened(opened, offsets, n, result, ctx, debug);
}

int symbolizer_resolve_file(struct symbolizer *symbolizer, int fd, const uint64_t *offsets,
			    size_t n, symbolizer_result result, void *ctx)
{
	const struct symbolizer_module module = { .fd = fd, .root_fd = -1 };

	return symbolizer_resolve_module(symbolizer, &module, offsets, n, result, ctx, NULL);
}

int symbolizer_open_by_build_id(const struct symbolizer *symbolizer, const uint8_t *build_id,
				size_t build_id_size, const char *path,
				enum debuginfod_answer *ret_debuginfod)
{
	const struct debug_wanted wanted = {
		.build_id = build_id,
		.build_id_size = build_id_size,
		.path = path,
		.root_fd = -1,
		.dirs = symbolizer->options.debug_dirs,
		.n_dirs = symbolizer->options.n_debug_dirs,
		.debuginfod = ret_debuginfod ? symbolizer->options.debuginfod : NULL,
	};
	struct debug_file file;
	int err = debug_file_find(&wanted, &file);

	if (ret_debuginfod)
		*ret_debuginfod = file.debuginfod;
	if (err)
		return err;
	if (file.fd < 0)
		return file.refused ? -ESTALE : -ENOENT;
	return file.fd;
}

int symbolizer_resolve_image(struct symbolizer *symbolizer, const void *image, size_t size,
			     const uint64_t *offsets, size_t n, symbolizer_result result, void *ctx)
{
	guard(resolving_deinit) struct resolving resolving = {
		.module.names = &symbolizer->names,
	};
	int err = elf_file_init_image(&resolving.module.file, image, size);

	if (err == -ENOEXEC)
		return answer_nothing(n, result, ctx);
	return err ? err : resolving_all(&resolving, offsets, n, result, ctx);
}

struct text {
	VEC(char) bytes;
};

/* A file of /proc tells its size only by ending. */
static int read_text(const char *path, struct text *text)
{
	guard_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t got;

		if (vec_reserve(&text->bytes, text->bytes.n + KALLSYMS_READ))
			return -ENOMEM;
		got = read(fd, text->bytes.data + text->bytes.n, KALLSYMS_READ);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : 0;
		text->bytes.n += got;
		if (text->bytes.n > KALLSYMS_MAX)
			return -EFBIG;
	}
}

int symbolizer_load_kernel(struct symbolizer *symbolizer)
{
	struct text text = {};
	int err = read_text(symbolizer->kallsyms_path, &text);

	if (!err)
		err = kallsyms_add(&symbolizer->kernel, text.bytes.data, text.bytes.n,
				   &symbolizer->names);
	vec_deinit(&text.bytes);
	return err;
}

bool symbolizer_kernel(struct symbolizer *symbolizer, uint64_t address, struct kernel_symbol *ret)
{
	return kallsyms_find(&symbolizer->kernel, address, &symbolizer->names, ret) > 0;
}
