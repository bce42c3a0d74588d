/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libdw's view of a program. Each function and each inlined one that is met
 * takes the addresses of its ranges; what is met later is further inside.
 */
#include "dwarf_oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>

#include "base/guard.h"

/* A function, or what was inlined into its parent. */
struct scope {
	Dwarf_Die die, cu;
	size_t parent; /* number + 1 */
};

struct walk {
	struct dwarf_oracle *oracle;
	VEC(struct scope) scopes;
	size_t *owners; /* by address: number + 1 */
	Dwarf_Die *units;
	bool *has_unit;
};

static void take_ranges(struct walk *walk, Dwarf_Die *die, void (*take)(struct walk *, size_t,
									Dwarf_Die *))
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0)
		for (uint64_t vaddr = start; vaddr < end; vaddr++)
			if (vaddr - walk->oracle->start < walk->oracle->n)
				take(walk, vaddr - walk->oracle->start, die);
}

static void take_scope(struct walk *walk, size_t at, Dwarf_Die *die)
{
	(void)die;
	walk->owners[at] = walk->scopes.n;
}

static void take_unit(struct walk *walk, size_t at, Dwarf_Die *die)
{
	walk->units[at] = *die;
	walk->has_unit[at] = true;
}

static void walk_die(struct walk *walk, Dwarf_Die *cu, Dwarf_Die *die, size_t parent)
{
	int tag = dwarf_tag(die);
	Dwarf_Die child;

	if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine) {
		struct scope scope = { *die, *cu, tag == DW_TAG_subprogram ? 0 : parent };

		assert_int_equal(vec_push(&walk->scopes, scope), 0);
		parent = walk->scopes.n;
		take_ranges(walk, die, take_scope);
	}
	if (dwarf_child(die, &child))
		return;
	do
		walk_die(walk, cu, &child, parent);
	while (!dwarf_siblingof(&child, &child));
}

/* libdw calls file 0 "???". */
static char *copy(const char *s)
{
	return s && strcmp(s, "???") ? strdup(s) : NULL;
}

static const char *string_of(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;

	return dwarf_formstring(dwarf_attr_integrate(die, name, &attr));
}

static Dwarf_Word number_of(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;
	Dwarf_Word number = 0;

	dwarf_formudata(dwarf_attr(die, name, &attr), &number);
	return number;
}

static const char *call_file(struct scope *scope)
{
	Dwarf_Files *files;
	size_t n;

	if (dwarf_getsrcfiles(&scope->cu, &files, &n))
		return NULL;
	return dwarf_filesrc(files, number_of(&scope->die, DW_AT_call_file), NULL, NULL);
}

static void make_answer(struct walk *walk, size_t at)
{
	struct dwarf_oracle_answer *answer = &walk->oracle->answers[at];
	size_t owner = walk->owners[at];
	Dwarf_Die *unit = owner ? &walk->scopes.data[owner - 1].cu :
			  walk->has_unit[at] ? &walk->units[at] : NULL;
	Dwarf_Line *row = unit ? dwarf_getsrc_die(unit, walk->oracle->start + at) : NULL;
	const char *file = row ? dwarf_linesrc(row, NULL, NULL) : NULL;
	int line = 0;

	if (row)
		dwarf_lineno(row, &line);
	if (!owner && file) {
		struct dwarf_oracle_frame frame = { .file = copy(file), .line = line };

		assert_int_equal(vec_push(&answer->frames, frame), 0);
	}
	while (owner) {
		struct scope *scope = &walk->scopes.data[owner - 1];
		const char *name = string_of(&scope->die, DW_AT_linkage_name);
		struct dwarf_oracle_frame frame = { .file = copy(file), .line = line };

		if (!name)
			name = string_of(&scope->die, DW_AT_MIPS_linkage_name);
		frame.name = copy(name ? name : string_of(&scope->die, DW_AT_name));
		dwarf_decl_line(&scope->die, &frame.start_line);
		assert_int_equal(vec_push(&answer->frames, frame), 0);
		owner = scope->parent;
		line = number_of(&scope->die, DW_AT_call_line);
		file = owner ? call_file(scope) : NULL;
	}
}

static void find_text(Dwarf *dwarf, struct dwarf_oracle *oracle)
{
	Elf *elf = dwarf_getelf(dwarf);
	Elf_Scn *scn = NULL;
	size_t names;

	assert_int_equal(elf_getshdrstrndx(elf, &names), 0);
	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		GElf_Shdr header;

		assert_non_null(gelf_getshdr(scn, &header));
		if (strcmp(elf_strptr(elf, names, header.sh_name), ".text"))
			continue;
		oracle->start = header.sh_addr;
		oracle->n = header.sh_size;
	}
	assert_true(oracle->n > 0);
}

static void walk_units(struct walk *walk, Dwarf *dwarf)
{
	uint8_t type;
	Dwarf_CU *cu = NULL;
	Dwarf_Die die, split;

	while (!dwarf_get_units(dwarf, cu, &cu, NULL, &type, &die, &split)) {
		Dwarf_Die *own = type == DW_UT_skeleton && split.addr ? &split : &die;

		if (type == DW_UT_type)
			continue;
		take_ranges(walk, &die, take_unit);
		walk_die(walk, own, own, 0);
	}
}

void dwarf_oracle_init(struct dwarf_oracle *oracle, const char *path)
{
	guard_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct walk walk = { .oracle = oracle };
	Dwarf *dwarf = dwarf_begin(fd, DWARF_C_READ);

	assert_non_null(dwarf);
	*oracle = (struct dwarf_oracle){};
	find_text(dwarf, oracle);
	oracle->answers = calloc(oracle->n, sizeof(*oracle->answers));
	walk.owners = calloc(oracle->n, sizeof(*walk.owners));
	walk.units = calloc(oracle->n, sizeof(*walk.units));
	walk.has_unit = calloc(oracle->n, sizeof(*walk.has_unit));
	walk_units(&walk, dwarf);
	for (size_t i = 0; i < oracle->n; i++)
		make_answer(&walk, i);
	free(walk.owners);
	free(walk.units);
	free(walk.has_unit);
	vec_deinit(&walk.scopes);
	dwarf_end(dwarf);
}

void dwarf_oracle_deinit(struct dwarf_oracle *oracle)
{
	for (size_t i = 0; i < oracle->n; i++) {
		vec_each(&oracle->answers[i].frames, frame) {
			free(frame->name);
			free(frame->file);
		}
		vec_deinit(&oracle->answers[i].frames);
	}
	free(oracle->answers);
}
