// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The notes that the kernel shows of itself say which build it is, kallsyms
 * where its text begins, and the file's own symbol table where it was linked to
 * begin: the difference of both is what KASLR has added.
 */
#include "symbolize/kernel_debug.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/debug_file.h"
#include "symbolize/elf_note.h"

enum {
	MAX_NOTES = 64 << 10,	 /* 168 to 504 bytes in kernels of distributions */
	MAX_SYMBOLS = 256 << 20, /* 4 to 10 MB */
	PAGE = 4096,		 /* the kernel is moved by whole pages; x86 by 2 MiB at least */
};

static int read_build_id(const char *notes, struct elf_info *ret)
{
	guard_free unsigned char *bytes = malloc(MAX_NOTES);
	guard_close int fd = open(notes ? notes : "/sys/kernel/notes", O_RDONLY | O_CLOEXEC);
	size_t used = 0;

	if (fd < 0 || !bytes)
		return fd < 0 ? -errno : -ENOMEM;
	while (used < MAX_NOTES) {
		ssize_t got = read(fd, bytes + used, MAX_NOTES - used);

		if (got < 0)
			return -errno;
		if (!got)
			break;
		used += got;
	}
	*ret = (struct elf_info){};
	return elf_note_build_id(bytes, used, ret) ? 0 : -ENODATA;
}

/* The first of the places that has it; *ret is a descriptor. */
static int find_in_places(const struct elf_info *running, const char *release, int *ret)
{
	static const char *const dirs[] = { "/usr/lib/debug", "" };
	static const char *const formats[] = {
		"/boot/vmlinux-%s",
		"/lib/modules/%s/vmlinux",
		"/lib/modules/%s/build/vmlinux",
	};
	enum debug_file_refusal refused = DEBUG_FILE_NOT_REFUSED;
	char path[256];

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		const struct debug_wanted wanted = {
			.build_id = running->build_id,
			.build_id_size = running->build_id_size,
			.path = path,
			.root_fd = -1,
			.dirs = dirs,
			.n_dirs = sizeof(dirs) / sizeof(*dirs),
		};
		struct debug_file file;
		int err;

		snprintf(path, sizeof(path), formats[i], release);
		err = debug_file_find(&wanted, &file);
		if (err)
			return err;
		*ret = file.fd;
		if (file.fd >= 0)
			return 0;
		refused = file.refused > refused ? file.refused : refused;
	}
	return refused ? -ESTALE : -ENOENT;
}

static int find_file(const struct symbolizer *symbolizer, const struct kernel_debug_system *system,
		     int *ret)
{
	struct elf_info running;
	struct utsname machine;
	char path[256];
	int err = read_build_id(system->notes, &running), other;

	if (!err && !system->release && uname(&machine))
		err = -errno;
	if (err)
		return err;
	err = find_in_places(&running, system->release ? system->release : machine.release, ret);
	if (err != -ENOENT && err != -ESTALE)
		return err;
	snprintf(path, sizeof(path), "/boot/vmlinux-%s",
		 system->release ? system->release : machine.release);
	other = symbolizer_open_by_build_id(symbolizer, running.build_id, running.build_id_size,
					    path, NULL);
	if (other < 0)
		return other == -ENOENT ? err : other;
	*ret = other;
	return 0;
}

/* The address of a symbol. 0; -ENOENT; another negative errno. */
static int find_symbol(const struct elf_file *file, const char *name, uint64_t *ret)
{
	const Elf64_Shdr *table = elf_file_section(file, ".symtab");
	const Elf64_Shdr *strings = elf_file_section(file, ".strtab");
	guard_free unsigned char *symbols = NULL, *text = NULL;
	size_t n = strlen(name) + 1;
	Elf64_Sym symbol;
	int err;

	if (!table || !strings)
		return -ENOENT;
	err = elf_file_read(file, table->sh_offset, table->sh_size, MAX_SYMBOLS, &symbols) ?:
	      elf_file_read(file, strings->sh_offset, strings->sh_size, MAX_SYMBOLS, &text);
	if (err)
		return err;
	for (uint64_t at = 0; at + sizeof(symbol) <= table->sh_size; at += sizeof(symbol)) {
		memcpy(&symbol, symbols + at, sizeof(symbol));
		if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= strings->sh_size ||
		    strings->sh_size - symbol.st_name < n || memcmp(text + symbol.st_name, name, n))
			continue;
		*ret = symbol.st_value;
		return 0;
	}
	return -ENOENT;
}

int kernel_debug_init(struct kernel_debug *ret, const struct symbolizer *symbolizer,
		      const struct kernel_debug_system *system)
{
	guard_close int fd = -1;
	int err = find_file(symbolizer, system, &fd);

	*ret = (struct kernel_debug){};
	if (!err)
		err = elf_file_init(&ret->file, fd);
	if (err)
		return err;
	err = debug_file_restore_segments(&ret->file) ?:
	      find_symbol(&ret->file, "_stext", &ret->stext);
	if (err)
		elf_file_deinit(&ret->file);
	else
		take_fd(fd);
	return err;
}

void kernel_debug_deinit(struct kernel_debug *debug)
{
	close(debug->file.fd);
	elf_file_deinit(&debug->file);
}

struct resolving {
	VEC(uint64_t) offsets;
	VEC(size_t) indices; /* of their addresses */
	symbolizer_result result;
	void *ctx;
};

static void resolving_deinit(struct resolving *resolving)
{
	vec_deinit(&resolving->offsets);
	vec_deinit(&resolving->indices);
}

static int pass_on(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct resolving *resolving = ctx;

	return resolving->result(resolving->ctx, resolving->indices.data[index], frames, n);
}

int kernel_debug_resolve(const struct kernel_debug *debug, struct symbolizer *symbolizer,
			 uint64_t stext, const uint64_t *addresses, size_t n,
			 symbolizer_result result, void *ctx)
{
	guard(resolving_deinit) struct resolving resolving = { .result = result, .ctx = ctx };
	/* No path: nothing beside the file is of interest. */
	const struct symbolizer_module module = { .fd = debug->file.fd, .root_fd = -1 };
	uint64_t slide = stext - debug->stext, offset;
	int err = 0;

	if (slide % PAGE)
		return -EINVAL;
	for (size_t i = 0; i < n && !err; i++)
		if (elf_file_offset(&debug->file, addresses[i] - slide, &offset))
			err = vec_push(&resolving.offsets, offset) ?:
			      vec_push(&resolving.indices, i);
	if (err || !resolving.offsets.n)
		return err;
	return symbolizer_resolve_module(symbolizer, &module, resolving.offsets.data,
					 resolving.offsets.n, pass_on, &resolving, NULL);
}
