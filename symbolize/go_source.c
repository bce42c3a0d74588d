// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The source of chains for Go programs: finds the table of functions in the ELF
 * file, and by way of the runtime's struct moduledata, which points to it, where
 * the text and the trees of inlined calls are.
 */
#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/go_pclntab.h"
#include "symbolize/source.h"

enum {
	MAX_TABLE = 128 << 20, /* Kubernetes' kubelet has 23 MiB */
	MAX_DATA = 128 << 20,  /* of all sections in which moduledata is looked for */
	MAX_RELOCATIONS = 64 << 20,
	MAX_CANDIDATES = 16,   /* relocations to the table: moduledata's is the only one */
	/* Places in struct moduledata, in words of 8 bytes. */
	MODULE_NAMES = 1,
	MODULE_TEXT = 22,
	MODULE_INLINED_1_18 = 38,
	MODULE_INLINED_1_20 = 40,
};

struct go_source {
	const struct elf_file *file;
	struct strings *strings; /* the symbolizer's */
	unsigned char *bytes;	 /* of the table's section */
	const unsigned char *at; /* the table in it */
	uint64_t vaddr;		 /* of the table */
	unsigned char *relocations; /* what linkers of position-independent programs leave to them */
	uint64_t n_relocations;
	struct go_pclntab table;
	bool *is_volatile; /* the module's */
};

static void go_source_destroy(void *state)
{
	struct go_source *source = state;

	if (!source)
		return;
	free(source->bytes);
	free(source->relocations);
	free(source);
}

static void destroy_guard(struct go_source **source)
{
	go_source_destroy(*source);
}

/* Data, too: what elf_file_offset() knows is code. */
static int read_at(void *ctx, uint64_t vaddr, void *to, size_t n)
{
	const struct elf_file *file = ctx;

	vec_each(&file->segments, segment)
		if (segment->p_type == PT_LOAD && vaddr >= segment->p_vaddr &&
		    vaddr - segment->p_vaddr < segment->p_filesz &&
		    n <= segment->p_filesz - (vaddr - segment->p_vaddr))
			return elf_file_pread(file, segment->p_offset + (vaddr - segment->p_vaddr),
					      to, n);
	return -ENOENT;
}

static bool relocation_at(const struct go_source *source, uint64_t i, Elf64_Rela *ret)
{
	memcpy(ret, source->relocations + i * sizeof(*ret), sizeof(*ret));
	return ELF64_R_TYPE(ret->r_info) == R_X86_64_RELATIVE;
}

/* A pointer in the data, which may stand in a relocation only. */
static uint64_t pointer_at(const struct go_source *source, uint64_t vaddr)
{
	uint64_t value = 0;
	Elf64_Rela relocation;

	if (read_at((void *)source->file, vaddr, &value, sizeof(value)))
		return 0;
	for (uint64_t i = 0; !value && i < source->n_relocations; i++)
		if (relocation_at(source, i, &relocation) && relocation.r_offset == vaddr)
			value = relocation.r_addend;
	return value;
}

static uint64_t names_vaddr(const struct go_source *source)
{
	return source->vaddr + (source->table.names.data - source->at);
}

/* Its first pointer is that to the table, its next that to the names in it. *budget: bytes that may
 * be looked at, as any number of sections may have the same ones. */
static uint64_t module_in_section(const struct go_source *source, const Elf64_Shdr *section,
				  uint64_t *budget)
{
	guard_free unsigned char *data = NULL;
	uint64_t words[2], names = names_vaddr(source);

	if (elf_file_read(source->file, section->sh_offset, section->sh_size, *budget, &data))
		return 0;
	*budget -= section->sh_size;
	for (uint64_t at = 0; at + sizeof(words) <= section->sh_size; at += 8) {
		memcpy(words, data + at, sizeof(words));
		if (words[0] == source->vaddr && words[1] == names)
			return section->sh_addr + at;
	}
	return 0;
}

static uint64_t find_module(const struct go_source *source)
{
	uint64_t found = 0, budget = MAX_DATA;
	Elf64_Rela relocation;
	int candidates = 0;

	vec_each(&source->file->sections, section)
		if (!found && section->sh_type == SHT_PROGBITS &&
		    (section->sh_flags & (SHF_ALLOC | SHF_WRITE)) == (SHF_ALLOC | SHF_WRITE))
			found = module_in_section(source, section, &budget);
	for (uint64_t i = 0; !found && i < source->n_relocations; i++)
		if (relocation_at(source, i, &relocation) &&
		    (uint64_t)relocation.r_addend == source->vaddr &&
		    candidates++ < MAX_CANDIDATES &&
		    pointer_at(source, relocation.r_offset + 8 * MODULE_NAMES) ==
			    names_vaddr(source))
			found = relocation.r_offset;
	return found;
}

/* The table's own word for where the text is was not filled in by every linker. */
static void read_module(struct go_source *source)
{
	const Elf64_Shdr *text = elf_file_section(source->file, ".text");
	struct go_pclntab *table = &source->table;
	uint64_t module = find_module(source);

	if (module) {
		uint64_t start = pointer_at(source, module + 8 * MODULE_TEXT);
		int inlined = table->version == GO_1_18 ? MODULE_INLINED_1_18 : MODULE_INLINED_1_20;

		table->text = start ? start : table->text;
		table->inlined = pointer_at(source, module + 8 * inlined);
		table->read = read_at;
		table->ctx = (void *)source->file;
	}
	if (!table->text && text)
		table->text = text->sh_addr;
}

static int read_relocations(struct go_source *source)
{
	int err = 0;

	vec_each(&source->file->sections, section) {
		if (err || source->relocations || section->sh_type != SHT_RELA ||
		    !(section->sh_flags & SHF_ALLOC) || section->sh_entsize != sizeof(Elf64_Rela))
			continue;
		/* ".rela.plt" has no pointers in it. */
		if (section->sh_flags & SHF_INFO_LINK)
			continue;
		err = elf_file_read(source->file, section->sh_offset, section->sh_size,
				    MAX_RELOCATIONS, &source->relocations);
		source->n_relocations = err ? 0 : section->sh_size / sizeof(Elf64_Rela);
	}
	return err == -ENOMEM ? err : 0;
}

/* The linkers of C put all such sections into one. */
static const Elf64_Shdr *find_section(const struct elf_file *file)
{
	const Elf64_Shdr *section = elf_file_section(file, ".gopclntab");

	if (!section)
		section = elf_file_section(file, ".data.rel.ro.gopclntab");
	if (!section && elf_file_section(file, ".go.buildinfo"))
		section = elf_file_section(file, ".data.rel.ro");
	return section;
}

/* Finds the table in its section: at the beginning, but in one that it shares. */
static int find_table(struct go_source *source, const Elf64_Shdr *section)
{
	enum { ALIGNMENT = 32 };

	for (uint64_t at = 0; at < section->sh_size; at += ALIGNMENT) {
		if (go_pclntab_init(&source->table, source->bytes + at, section->sh_size - at))
			continue;
		source->at = source->bytes + at;
		source->vaddr = section->sh_addr + at;
		return 0;
	}
	return -ENOENT;
}

static int go_source_open(struct symbol_module *module, void **ret)
{
	guard(destroy_guard) struct go_source *source = NULL;
	const Elf64_Shdr *section = find_section(&module->file);
	int err;

	if (!section)
		return -ENOENT;
	source = calloc(1, sizeof(*source));
	if (!source)
		return -ENOMEM;
	source->file = &module->file;
	source->strings = &module->names->strings;
	source->is_volatile = &module->is_volatile;
	err = elf_file_read(&module->file, section->sh_offset, section->sh_size, MAX_TABLE,
			    &source->bytes);
	if (!err)
		err = find_table(source, section);
	if (!err && source->table.version >= GO_1_18) {
		err = read_relocations(source);
		if (!err)
			read_module(source);
	}
	if (!err)
		*ret = take_ptr(source);
	return err;
}

static int intern(struct go_source *source, struct go_bytes text, const char **ret)
{
	uint32_t number = 0;
	int err = text.size ? strings_intern(source->strings, (const char *)text.data, text.size,
					     &number) : 0;

	*ret = text.size && !err && number ? strings_get(source->strings, number) : NULL;
	return err;
}

static int find_chain(struct go_source *source, uint64_t vaddr, size_t number,
		      struct symbol_chains *chains)
{
	struct go_frame found[GO_MAX_FRAMES];
	struct symbol_frame frames[GO_MAX_FRAMES];
	size_t n = go_pclntab_find(&source->table, vaddr, found);
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		frames[i] = (struct symbol_frame){
			.line = found[i].line,
			.start_line = found[i].start_line,
			.start = found[i].start,
		};
		err = intern(source, found[i].name, &frames[i].name);
		if (!err)
			err = intern(source, found[i].file, &frames[i].file);
		frames[i].system_name = frames[i].name;
	}
	return err || !n ? err : symbol_chains_set(chains, number, frames, n);
}

static int go_source_find_chains(void *state, const uint64_t *vaddrs, size_t n,
				 struct symbol_chains *ret)
{
	struct go_source *source = state;
	int err = 0;

	source->table.work = GO_WORK + GO_WORK_AN_ADDRESS * (uint64_t)n;
	for (size_t i = 0; !err && i < n; i++)
		if (!ret->of[i].n)
			err = find_chain(source, vaddrs[i], i, ret);
	if (err || !source->table.work)
		*source->is_volatile = true;
	return err;
}

const struct symbol_source go_source = {
	.open = go_source_open,
	.close = go_source_destroy,
	.find_chains = go_source_find_chains,
};
