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
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A function, or what was inlined into its parent. */
struct dwarf_oracle_scope {
	Dwarf_Die die, cu;
	size_t parent; /* number + 1 */
};

/* Gives the addresses of an entry's code to whom has a number. */
static void take_ranges(struct dwarf_oracle *oracle, Dwarf_Die *die, uint32_t *takers,
			uint32_t number)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0)
		for (uint64_t vaddr = start; vaddr < end; vaddr++)
			if (vaddr - oracle->start < oracle->n)
				takers[vaddr - oracle->start] = number;
}

static void walk_die(struct dwarf_oracle *oracle, Dwarf_Die *cu, Dwarf_Die *die, size_t parent)
{
	int tag = dwarf_tag(die);
	Dwarf_Die child;

	if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine) {
		struct dwarf_oracle_scope scope = { *die, *cu,
						    tag == DW_TAG_subprogram ? 0 : parent };

		assert_int_equal(vec_push(&oracle->scopes, scope), 0);
		parent = oracle->scopes.n;
		take_ranges(oracle, die, oracle->owners, parent);
	}
	if (dwarf_child(die, &child))
		return;
	do
		walk_die(oracle, cu, &child, parent);
	while (!dwarf_siblingof(&child, &child));
}

/* libdw calls file 0 "???". */
static const char *known(const char *s)
{
	return s && strcmp(s, "???") ? s : NULL;
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

static const char *call_file(struct dwarf_oracle_scope *scope)
{
	Dwarf_Files *files;
	size_t n;

	if (dwarf_getsrcfiles(&scope->cu, &files, &n))
		return NULL;
	return dwarf_filesrc(files, number_of(&scope->die, DW_AT_call_file), NULL, NULL);
}

void dwarf_oracle_answer(struct dwarf_oracle *oracle, size_t at, struct dwarf_oracle_answer *ret)
{
	size_t owner = oracle->owners[at], unit_number = oracle->unit_of[at];
	Dwarf_Die *unit = owner ? &oracle->scopes.data[owner - 1].cu :
			  unit_number ? &oracle->units.data[unit_number - 1] : NULL;
	Dwarf_Line *row = unit ? dwarf_getsrc_die(unit, oracle->start + at) : NULL;
	const char *file = row ? dwarf_linesrc(row, NULL, NULL) : NULL;
	int line = 0;

	ret->frames.n = 0;
	if (row)
		dwarf_lineno(row, &line);
	if (!owner && file) {
		struct dwarf_oracle_frame frame = { .file = known(file), .line = line };

		assert_int_equal(vec_push(&ret->frames, frame), 0);
	}
	while (owner) {
		struct dwarf_oracle_scope *scope = &oracle->scopes.data[owner - 1];
		const char *name = string_of(&scope->die, DW_AT_linkage_name);
		struct dwarf_oracle_frame frame = { .file = known(file), .line = line };

		if (!name)
			name = string_of(&scope->die, DW_AT_MIPS_linkage_name);
		frame.name = known(name ? name : string_of(&scope->die, DW_AT_name));
		dwarf_decl_line(&scope->die, &frame.start_line);
		assert_int_equal(vec_push(&ret->frames, frame), 0);
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

static void walk_units(struct dwarf_oracle *oracle)
{
	uint8_t type;
	Dwarf_CU *cu = NULL;
	Dwarf_Die die, split;

	while (!dwarf_get_units(oracle->dwarf, cu, &cu, NULL, &type, &die, &split)) {
		Dwarf_Die *own = type == DW_UT_skeleton && split.addr ? &split : &die;

		if (type == DW_UT_type)
			continue;
		assert_int_equal(vec_push(&oracle->units, die), 0);
		take_ranges(oracle, &die, oracle->unit_of, oracle->units.n);
		walk_die(oracle, own, own, 0);
	}
}

void dwarf_oracle_init(struct dwarf_oracle *oracle, const char *path)
{
	*oracle = (struct dwarf_oracle){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	oracle->dwarf = dwarf_begin(oracle->fd, DWARF_C_READ);
	assert_non_null(oracle->dwarf);
	find_text(oracle->dwarf, oracle);
	oracle->owners = calloc(oracle->n, sizeof(*oracle->owners));
	oracle->unit_of = calloc(oracle->n, sizeof(*oracle->unit_of));
	assert_non_null(oracle->owners);
	assert_non_null(oracle->unit_of);
	walk_units(oracle);
}

void dwarf_oracle_deinit(struct dwarf_oracle *oracle)
{
	free(oracle->owners);
	free(oracle->unit_of);
	vec_deinit(&oracle->scopes);
	vec_deinit(&oracle->units);
	dwarf_end(oracle->dwarf);
	close(oracle->fd);
}
