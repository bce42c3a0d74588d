/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every form of call-frame information, from the assembler sources in
 * unwind_fixtures/: at each label the rule has to be what is written there.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/guard.h"
#include "profiler/unwind_table.h"

struct module {
	unsigned char *image;
	size_t size;
	struct elf_file file;
	struct unwind_rules rules;
	struct unwind_table table;
	struct unwind_table_stats stats;
};

static void module_read(struct module *module, const char *name)
{
	guard_close int fd = -1;
	char path[4096];
	struct stat st;

	*module = (struct module){};
	snprintf(path, sizeof(path), "%s/%s", UNWIND_FIXTURES, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	module->size = st.st_size;
	module->image = malloc(module->size);
	assert_non_null(module->image);
	assert_int_equal(pread(fd, module->image, module->size, 0), module->size);
}

static void module_build(struct module *module)
{
	assert_int_equal(elf_file_init_image(&module->file, module->image, module->size), 0);
	assert_int_equal(unwind_rules_init(&module->rules), 0);
	assert_int_equal(unwind_table_build(&module->file, &module->rules, &module->table,
					    &module->stats), 0);
}

static void module_deinit(struct module *module)
{
	unwind_table_deinit(&module->table);
	unwind_rules_deinit(&module->rules);
	elf_file_deinit(&module->file);
	free(module->image);
}

static const void *section(const struct module *module, const char *name, size_t *n)
{
	const Elf64_Shdr *header = elf_file_section(&module->file, name);

	assert_non_null(header);
	*n = header->sh_size;
	return module->image + header->sh_offset;
}

static uint64_t symbol(const struct module *module, const char *name)
{
	size_t size, n;
	const char *names = section(module, ".strtab", &n);
	const Elf64_Sym *symbols = section(module, ".symtab", &size);

	for (size_t i = 0; i < size / sizeof(*symbols); i++)
		if (symbols[i].st_name < n && !strcmp(names + symbols[i].st_name, name))
			return symbols[i].st_value;
	fail_msg("no label %s", name);
	return 0;
}

static const char *const registers[] = { "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8",
					 "r9", "r10", "r11", "r12", "r13", "r14", "r15", "ra" };

static void print_where(FILE *out, const char *name, uint8_t where, int offset)
{
	switch (where) {
	case UNWIND_SAME:
		break;
	case UNWIND_AT_CFA:
		fprintf(out, " %s=cfa%+d", name, offset);
		break;
	case UNWIND_AT_FP:
		fprintf(out, " %s=fp%+d", name, offset);
		break;
	case UNWIND_IN_REGISTER:
		fprintf(out, " %s=%s", name, registers[offset]);
		break;
	default:
		fprintf(out, " %s=lost", name);
	}
}

/* "rsp+16 ra=cfa-8 fp=cfa-16"; what is the same is left out. */
static char *describe(const struct unwind_rule *rule)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *reg = registers[rule->cfa_register];

	switch (rule->cfa) {
	case UNWIND_CFA_NONE:
		fprintf(out, "none");
		break;
	case UNWIND_CFA_REGISTER:
		fprintf(out, "%s%+d", reg, rule->cfa_offset);
		break;
	case UNWIND_CFA_DEREF:
		fprintf(out, "*(%s%+d)%+d", reg, rule->cfa_offset, rule->cfa_extra);
		break;
	case UNWIND_CFA_INDEXED:
		fprintf(out, "*(%s%+d+8*%s)%+d", reg, rule->cfa_offset, registers[rule->cfa_index],
			rule->cfa_extra);
		break;
	case UNWIND_CFA_PLT:
		fprintf(out, "plt %d", rule->cfa_offset);
		break;
	case UNWIND_CFA_SIGNAL:
		fprintf(out, "signal");
		break;
	case UNWIND_CFA_END:
		fprintf(out, "end");
		break;
	case UNWIND_CFA_UNSUPPORTED:
		fprintf(out, "unsupported");
		break;
	}
	print_where(out, "ra", rule->ra, rule->ra_offset);
	print_where(out, "fp", rule->fp, rule->fp_offset);
	print_where(out, "bx", rule->bx, rule->bx_offset);
	fclose(out);
	return text;
}

struct expected {
	const char *label;
	int distance;
	const char *rule;
};

static void check_at(const struct module *module, uint64_t vaddr, const struct expected *expected)
{
	struct unwind_rule rule = unwind_table_rule(&module->table, &module->rules, vaddr);
	guard_free char *text = describe(&rule);

	if (strcmp(text, expected->rule))
		fail_msg("%s%+d: %s, not %s", expected->label, expected->distance, text,
			 expected->rule);
}

static void check_all(const struct module *module, const struct expected *expected, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_at(module, symbol(module, expected[i].label) + expected[i].distance,
			 &expected[i]);
}

#define CHECK(module, ...)                                                           \
	do {                                                                         \
		static const struct expected list_[] = { __VA_ARGS__ };              \
		check_all((module), list_, sizeof(list_) / sizeof(*list_));          \
	} while (0)

static int setup(void **state)
{
	struct module *module = malloc(sizeof(*module));

	module_read(module, "forms.so");
	module_build(module);
	*state = module;
	return 0;
}

static int teardown(void **state)
{
	module_deinit(*state);
	free(*state);
	return 0;
}

static void test_realign(void **state)
{
	CHECK(*state, { "realign", 0, "rsp+8 ra=cfa-8" }, { "realign", 4, "rsp+8 ra=cfa-8" },
	      { "realign_1", 0, "r10+0 ra=cfa-8" }, { "realign_2", 0, "r10+0 ra=cfa-8 fp=fp+0" },
	      { "realign_3", 0, "*(rbp-8)+0 ra=cfa-8 fp=fp+0 bx=fp-16" },
	      { "realign_4", 0, "r10+0 ra=cfa-8 fp=fp+0 bx=fp-16" },
	      { "realign_5", 0, "rsp+8 ra=cfa-8" });
}

static void test_steps(void **state)
{
	const struct module *module = *state;
	uint64_t start = symbol(module, "pushes");

	CHECK(module, { "pushes", 0, "rsp+8 ra=cfa-8" }, { "pushes", 1, "rsp+8 ra=cfa-8" },
	      { "pushes", 2, "rsp+16 ra=cfa-8" }, { "pushes", 3, "rsp+16 ra=cfa-8" },
	      { "pushes", 4, "rsp+24 ra=cfa-8" }, { "pushes", 6, "rsp+32 ra=cfa-8" },
	      { "pushes", 7, "rsp+32 ra=cfa-8" }, { "pushes", 8, "rsp+40 ra=cfa-8" },
	      { "pushes_1", -1, "rsp+40 ra=cfa-8" }, { "pushes_1", 0, "rsp+48 ra=cfa-8 fp=cfa-48" },
	      { "pushes_1", 1, "rsp+48 ra=cfa-8 fp=cfa-48" },
	      { "pushes_1", 2, "rsp+40 ra=cfa-8 fp=cfa-48" },
	      { "pushes_1", 4, "rsp+32 ra=cfa-8 fp=cfa-48" },
	      { "pushes_1", 6, "rsp+24 ra=cfa-8 fp=cfa-48" },
	      { "pushes_2", 0, "rsp+48 ra=cfa-8 fp=cfa-48" },
	      { "pushes_2", 1, "rsp+48 ra=cfa-8 fp=cfa-48" },
	      { "pushes_3", 0, "rsp+304 ra=cfa-8 fp=cfa-48" });
	/* Four rules, one row; the first is that of the padding too. */
	assert_ptr_equal(unwind_table_find(&module->table, start + 2),
			 unwind_table_find(&module->table, start + 8));
}

static void test_remember(void **state)
{
	CHECK(*state, { "remember", 0, "rsp+8 ra=cfa-8" }, { "remember_1", -1, "rsp+32 ra=cfa-8" },
	      { "remember_1", 0, "rsp+8 ra=cfa-8" }, { "remember_2", 0, "rsp+32 ra=cfa-8" },
	      { "remember_3", 0, "rax+80 ra=cfa-8" }, { "remember_4", 0, "rsp+32 ra=cfa-8" },
	      { "remember_5", 0, "unsupported" });
}

static void test_plt(void **state)
{
	CHECK(*state, { "plt_11", 0, "plt 11 ra=cfa-8" }, { "plt_11", 31, "plt 11 ra=cfa-8" },
	      { "plt_10", 0, "plt 10 ra=cfa-8" }, { "plt_almost", 0, "unsupported" });
}

static void test_signal(void **state)
{
	const struct module *module = *state;

	CHECK(module, { "signal_early", -1, "none" }, { "signal_early", 0, "signal" },
	      { "signal", 0, "signal" }, { "signal", 1, "signal" }, { "signal", 2, "signal" },
	      { "signal", 3, "none" },
	      { "signal_other", 0, "unsupported" }, { "trampoline_early", -1, "none" },
	      { "trampoline_early", 0, "signal" }, { "trampoline", 0, "signal" },
	      { "trampoline_end", -1, "signal" }, { "trampoline_end", 0, "signal" },
	      { "trampoline_short", -2, "none" }, { "trampoline_short", -1, "signal" },
	      { "trampoline_short", 0, "signal" }, { "trampoline_short", 6, "signal" },
	      { "trampoline_short", 7, "signal" }, { "trampoline_short", 8, "none" });
	assert_int_equal(module->stats.n_trampolines, 2);
}

static void test_registers(void **state)
{
	CHECK(*state, { "ra_register", 0, "rsp+8 ra=cfa-8" }, { "ra_register_1", 0, "rsp+0 ra=rdi" },
	      { "ra_register_2", 0, "rsp+8 ra=cfa-8" }, { "ra_undefined", 0, "end" },
	      { "sp_register", 0, "r8+0 ra=rdx fp=r9 bx=lost" }, { "sp_memory", 0, "unsupported" },
	      { "cfa_rbx_1", 0, "rsp+16 ra=cfa-8 bx=cfa-16" },
	      { "cfa_rbx_2", 0, "rbx+16 ra=cfa-8 bx=cfa-16" });
}

static void test_expressions(void **state)
{
	CHECK(*state, { "openssl", 0, "*(rsp+152)+8 ra=cfa-8" },
	      { "openssl_1", 0, "*(rsp+8+8*r9)+8 ra=cfa-8" }, { "openssl_2", 0, "unsupported" },
	      { "openssl_3", 0, "*(rsp+0)+8 ra=cfa-8" }, { "openssl_4", 0, "r11+24 ra=cfa-8" });
}

static void test_instructions(void **state)
{
	CHECK(*state, { "escapes", 0, "rsp+8 ra=cfa-8 fp=cfa-32" },
	      { "escapes_1", 0, "rbp+16 ra=cfa-8 fp=cfa-32 bx=cfa-40" },
	      { "escapes_2", 0, "rbp+24 ra=cfa-8" },
	      { "escapes_3", 0, "rbp+24 ra=cfa-8 fp=lost bx=cfa+48" },
	      { "escapes_4", 0, "rbp+24 ra=cfa-8 fp=r12 bx=lost" },
	      { "escapes_5", 0, "unsupported" }, { "escapes_6", 0, "unsupported" },
	      { "escapes_7", 0, "unsupported" },
	      { "large", 0, "rsp+2147483632 ra=cfa-8 fp=cfa-32768" },
	      { "large_1", 0, "rsp+2147483632 ra=cfa-8 fp=lost" },
	      { "large_2", 0, "unsupported" }, { "cold", 0, "rbp+16 ra=cfa-8 fp=cfa-16 bx=cfa-24" });
}

static void test_ranges(void **state)
{
	const struct module *module = *state;

	CHECK(module, { "entry", -1, "none" }, { "entry", 0, "end" }, { "entry", 255, "end" },
	      { "entry", 256, "none" }, { "wide", 0, "rsp+8 ra=cfa-8" },
	      { "wide", 0xffff, "rsp+8 ra=cfa-8" }, { "wide", 0x10000, "rsp+8 ra=cfa-8" },
	      { "wide", 0x1ffff, "rsp+8 ra=cfa-8" }, { "wide", 0x20000, "rsp+8 ra=cfa-8" },
	      { "wide_1", -1, "rsp+8 ra=cfa-8" }, { "wide_1", 0, "rsp+16 ra=cfa-8" },
	      { "gap", 0, "none" }, { "gap", 63, "none" }, { "last", 0, "rsp+8 ra=cfa-8" },
	      { "end", 0, "none" }, { "end", 0x100000, "none" });
	assert_int_equal(unwind_table_rule(&module->table, &module->rules, 0).cfa, UNWIND_CFA_NONE);
	assert_null(unwind_table_find(&module->table, UINT64_MAX));
}

/* A table is in order: pages follow each other, rows too, and no two neighbours are the same. */
static void test_layout(void **state)
{
	const struct module *module = *state;
	const struct unwind_table *table = &module->table;
	uint32_t next = 0;

	vec_each(&table->pages, page) {
		const struct unwind_row *rows = table->rows.data + page->first;

		assert_int_equal(page->first, next);
		assert_true(page->count >= 1);
		next += page->count;
		assert_int_equal(rows[0].pc, 0);
		for (uint32_t i = 0; i < page->count; i++) {
			assert_true(rows[i].rule < module->rules.rules.n);
			if (i) {
				assert_true(rows[i].pc > rows[i - 1].pc);
				assert_true(rows[i].rule != rows[i - 1].rule);
			}
		}
	}
	assert_int_equal(next, table->rows.n);
}

static void test_debug_frame(void **state)
{
	static const char *const files[] = { "no-eh-frame.so", "compressed.so" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct module module;

		module_read(&module, files[i]);
		module_build(&module);
		CHECK(&module, { "entry", 0, "end" }, { "frame", 0, "rsp+8 ra=cfa-8" },
		      { "frame_1", 0, "rsp+16 ra=cfa-8 fp=cfa-16" },
		      { "frame_1", 3, "rbp+16 ra=cfa-8 fp=cfa-16" });
		assert_int_equal(module.stats.n_fdes, 2);
		module_deinit(&module);
	}
}

/* Found by .eh_frame_hdr, the table is the same. */
static void test_no_section_headers(void **state)
{
	struct module whole, module;

	(void)state;
	module_read(&whole, "plain.so");
	module_build(&whole);
	module_read(&module, "plain.so");
	memset(module.image + offsetof(Elf64_Ehdr, e_shoff), 0, sizeof(Elf64_Off));
	module_build(&module);
	assert_int_equal(whole.stats.n_fdes, 2);
	assert_int_equal(module.table.rows.n, whole.table.rows.n);
	assert_memory_equal(module.table.rows.data, whole.table.rows.data,
			    whole.table.rows.n * sizeof(*whole.table.rows.data));
	module_deinit(&module);
	module_deinit(&whole);
}

/* A full table of rules is no reason to stop. */
static void test_full_rules(void **state)
{
	struct unwind_table_stats stats;
	struct unwind_table table;
	struct module module;

	(void)state;
	module_read(&module, "forms.so");
	module_build(&module);
	unwind_rules_deinit(&module.rules);
	assert_int_equal(unwind_rules_init(&module.rules), 0);
	module.rules.limit = UNWIND_N_FIXED_RULES + 1;
	assert_int_equal(unwind_table_build(&module.file, &module.rules, &table, &stats), 0);
	assert_int_equal(module.rules.rules.n, UNWIND_N_FIXED_RULES + 1);
	assert_true(module.rules.n_overflow > 20);
	assert_int_equal(unwind_table_find(&table, symbol(&module, "openssl_4"))->rule,
			 UNWIND_RULE_UNSUPPORTED);
	assert_int_equal(unwind_table_find(&table, symbol(&module, "ra_undefined"))->rule,
			 UNWIND_RULE_END);
	unwind_table_deinit(&table);
	module_deinit(&module);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_realign),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_remember),
		cmocka_unit_test(test_plt),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_instructions),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_debug_frame),
		cmocka_unit_test(test_no_section_headers),
		cmocka_unit_test(test_full_rules),
	};

	return cmocka_run_group_tests_name("profiler_unwind_forms", tests, setup, teardown);
}
