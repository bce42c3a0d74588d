/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwind tables of stock files against libdw's interpretation of the same
 * call-frame information: for each of its rows, the caller's rsp, return
 * address, rbp and rbx at the row's first byte and its last. What a table
 * cannot express is counted by reason and has to be little.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <time.h>

#include "base/guard.h"
#include "unwind_oracle.h"

enum { N_CFA_KINDS = UNWIND_CFA_INDEXED + 1, MOST_PADDING = 15 };

struct module {
	const char *name;
	struct elf_file file;
	struct unwind_rules rules;
	struct unwind_table table;
	struct unwind_table_stats stats;
	Dwarf_CFI *cfi;
	/* Results. */
	uint64_t n_rows;
	uint64_t n_of_kind[N_CFA_KINDS];
	uint64_t n_of_register[DWARF_N_REGISTERS];
	uint64_t n_lost_fp, n_lost_bx;
	uint64_t n_outermost; /* nothing called it, which its FDE does not say */
	uint64_t n_different;
};

static struct unwind_rule rule_at(const struct module *module, uint64_t pc)
{
	return unwind_table_rule(&module->table, &module->rules, pc);
}

static bool callers_differ(const struct oracle_caller *a, const struct oracle_caller *b)
{
	if (a->end || b->end)
		return a->end != b->end;
	return a->sp != b->sp || a->ra != b->ra ||
	       (a->has_fp && b->has_fp && a->fp != b->fp) ||
	       (a->has_bx && b->has_bx && a->bx != b->bx) || (b->has_fp && !a->has_fp) ||
	       (b->has_bx && !a->has_bx);
}

static void check_pc(struct module *module, Dwarf_Frame *frame, uint64_t pc)
{
	struct unwind_rule rule = rule_at(module, pc);
	struct oracle_caller expected, got;
	struct oracle_machine machine;

	oracle_machine_init(&machine, pc, pc * 31 + 1);
	got = oracle_rule(&rule, &machine);
	if (!got.known && rule.cfa == UNWIND_CFA_UNSUPPORTED)
		return;
	expected = oracle_libdw(frame, &machine);
	if (got.known && expected.known && !callers_differ(&expected, &got))
		return;
	if (got.known && got.end && expected.known && !expected.end) {
		module->n_outermost++;
		return;
	}
	if (module->n_different++ < 10)
		print_message("# %s %#" PRIx64 ": rule %d of %d%+d, ra %d fp %d bx %d%s%s%s%s\n",
			      module->name, pc, rule.cfa, rule.cfa_register, rule.cfa_offset,
			      rule.ra, rule.fp, rule.bx, expected.sp != got.sp ? " sp" : "",
			      expected.ra != got.ra ? " ra" : "",
			      expected.fp != got.fp ? " fp" : "",
			      expected.bx != got.bx ? " bx" : "");
}

/* One row of libdw's. The table must say the same in all of it. */
static void check_row(struct module *module, Dwarf_Frame *frame, uint64_t start, uint64_t end)
{
	struct unwind_rule rule = rule_at(module, start);

	module->n_rows++;
	module->n_of_kind[rule.cfa]++;
	if (rule.cfa == UNWIND_CFA_REGISTER || rule.cfa == UNWIND_CFA_DEREF)
		module->n_of_register[rule.cfa_register]++;
	module->n_lost_fp += rule.fp == UNWIND_LOST_REGISTER;
	module->n_lost_bx += rule.bx == UNWIND_LOST_REGISTER;
	check_pc(module, frame, start);
	check_pc(module, frame, end - 1);
	for (uint64_t pc = start + 1; pc < end; pc++) {
		struct unwind_rule other = rule_at(module, pc);

		if (memcmp(&other, &rule, sizeof(rule)) || rule.cfa == UNWIND_CFA_PLT)
			check_pc(module, frame, pc);
	}
}

/* clone()'s FDE ends at its system call, before which nothing is pushed. */
static bool is_system_call(const struct module *module, uint64_t vaddr)
{
	const struct elf_segment *segment = elf_file_segment(&module->file, vaddr);
	char bytes[2];

	return segment &&
	       !elf_file_pread(&module->file, vaddr - segment->vaddr + segment->offset, bytes,
			       sizeof(bytes)) &&
	       !memcmp(bytes, "\x0f\x05", sizeof(bytes));
}

/* No FDE is here: no rule, but for padding, clone()'s system call and the entry point. */
static void check_gap(struct module *module, uint64_t start, uint64_t end)
{
	for (uint64_t pc = start; pc < end; pc++) {
		struct unwind_rule rule = rule_at(module, pc);
		uint8_t cfa = rule.cfa;

		if (cfa == UNWIND_CFA_NONE || cfa == UNWIND_CFA_SIGNAL)
			continue;
		if (cfa == UNWIND_CFA_REGISTER && rule.cfa_register == DWARF_RSP &&
		    rule.cfa_offset == 8 && end - start <= MOST_PADDING &&
		    (end % 16 == 0 || is_system_call(module, start)))
			continue;
		if (cfa == UNWIND_CFA_END) {
			assert_true(pc >= module->file.header.e_entry);
			continue;
		}
		fail_msg("%s: a rule at %#" PRIx64 ", where no FDE is", module->name, pc);
	}
}

static void check_segment(struct module *module, uint64_t start, uint64_t end)
{
	uint64_t gap = start;

	for (uint64_t pc = start; pc < end;) {
		guard_free Dwarf_Frame *frame = NULL;
		Dwarf_Addr row_start, row_end;
		bool is_signal;

		if (dwarf_cfi_addrframe(module->cfi, pc, &frame)) {
			pc++;
			continue;
		}
		check_gap(module, gap, pc);
		assert_int_equal(dwarf_frame_info(frame, &row_start, &row_end, &is_signal), 16);
		assert_true(row_start <= pc && row_end > pc);
		row_end = row_end < end ? row_end : end;
		check_row(module, frame, pc, row_end);
		gap = pc = row_end;
	}
	check_gap(module, gap, end);
}

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void print_results(const struct module *module, double ms)
{
	static const char *const kinds[N_CFA_KINDS] = { "none", "register", "deref", "plt",
							"signal", "end", "unsupported",
							"indexed" };
	static const char *const gaps[UNWIND_N_GAPS] = { "program", "cfa", "ra", "sp",
							 "signal", "rbp", "rbx" };
	const struct unwind_table_stats *stats = &module->stats;

	print_message("# %s: %" PRIu64 " rows of libdw, %" PRIu64 " different\n", module->name,
		      module->n_rows, module->n_different);
	print_message("#   %" PRIu64 " FDEs, %zu rows, %zu rules, %.1f KB for each MB of text, "
		      "%.2f ms of CPU\n", stats->n_fdes, module->table.rows.n,
		      module->rules.rules.n,
		      unwind_table_bytes(&module->table) / 1e3 / (stats->text / 1e6), ms);
	for (int i = 0; i < N_CFA_KINDS; i++)
		if (module->n_of_kind[i])
			print_message("#   CFA %s: %" PRIu64 "\n", kinds[i], module->n_of_kind[i]);
	for (int i = 0; i < DWARF_N_REGISTERS; i++)
		if (module->n_of_register[i])
			print_message("#   CFA by register %d: %" PRIu64 "\n", i,
				      module->n_of_register[i]);
	for (int i = 0; i < UNWIND_N_GAPS; i++)
		if (stats->gaps[i])
			print_message("#   not expressible, %s: %" PRIu64 "\n", gaps[i],
				      stats->gaps[i]);
}

/* most_unsupported: rows of libdw's that may be without a rule. */
static void check_module(struct module *module, Elf *elf, uint64_t most_unsupported)
{
	double begin = milliseconds();

	assert_int_equal(unwind_rules_init(&module->rules), 0);
	assert_int_equal(unwind_table_build(&module->file, &module->rules, &module->table,
					    &module->stats), 0);
	begin = milliseconds() - begin;
	module->cfi = dwarf_getcfi_elf(elf);
	assert_non_null(module->cfi);
	vec_each(&module->file.by_vaddr, segment)
		check_segment(module, segment->vaddr, segment->vaddr + segment->size);
	print_results(module, begin);
	assert_true(module->n_rows > 0);
	assert_int_equal(module->n_different, 0);
	/* The first and the last byte of what makecontext() lets coroutines return to. */
	assert_true(module->n_outermost <= 2);
	assert_true(module->n_of_kind[UNWIND_CFA_UNSUPPORTED] <= most_unsupported);
	assert_int_equal(module->rules.n_overflow, 0);
	assert_int_equal(dwarf_cfi_end(module->cfi), 0);
	unwind_table_deinit(&module->table);
	unwind_rules_deinit(&module->rules);
	elf_file_deinit(&module->file);
}

static void check_file(const char *path, uint64_t most_unsupported)
{
	guard_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct module module = { .name = path };
	Elf *elf;

	if (fd < 0) {
		print_message("# %s is not installed\n", path);
		skip();
	}
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	assert_non_null(elf);
	assert_int_equal(elf_file_init(&module.file, fd), 0);
	check_module(&module, elf, most_unsupported);
	elf_end(elf);
}

#define LIB "/usr/lib/x86_64-linux-gnu/"

static void test_libc(void **state)
{
	(void)state;
	check_file(LIB "libc.so.6", 2);
}

static void test_libstdcxx(void **state)
{
	(void)state;
	check_file(LIB "libstdc++.so.6", 0);
}

static void test_libcrypto(void **state)
{
	(void)state;
	check_file(LIB "libcrypto.so.3", 8);
}

static void test_ld_so(void **state)
{
	(void)state;
	check_file(LIB "ld-linux-x86-64.so.2", 0);
}

static void test_python(void **state)
{
	(void)state;
	check_file("/usr/bin/python3.11", 0);
}

static void test_vdso(void **state)
{
	const Elf64_Ehdr *header = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct module module = { .name = "vDSO" };
	size_t size;
	Elf *elf;

	(void)state;
	if (!header)
		skip();
	size = header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
	elf = elf_memory((char *)header, size);
	assert_non_null(elf);
	assert_int_equal(elf_file_init_image(&module.file, header, size), 0);
	check_module(&module, elf, 0);
	elf_end(elf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libc),   cmocka_unit_test(test_libstdcxx),
		cmocka_unit_test(test_libcrypto), cmocka_unit_test(test_ld_so),
		cmocka_unit_test(test_python), cmocka_unit_test(test_vdso),
	};

	elf_version(EV_CURRENT);
	return cmocka_run_group_tests_name("profiler_unwind_libdw", tests, NULL, NULL);
}
