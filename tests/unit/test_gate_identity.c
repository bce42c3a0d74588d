// SPDX-License-Identifier: GPL-2.0-or-later
/* Names as compilers leave them in two builds, and which of them are the same function. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "gate/identity.h"

static void test_names(void **state)
{
	static const struct {
		const char *name, *expected;
	} names[] = {
		{ "parse", "parse" },
		{ "parse.isra.0", "parse" },
		{ "parse.constprop.1.isra.0", "parse" },
		{ "parse.part.0.cold", "parse" },
		{ "parse.cold", "parse" },
		{ "parse.cold.12", "parse" },
		{ "parse.llvm.12345678901234567890", "parse" },
		{ "parse.lto_priv.0", "parse" },
		{ "parse.localalias", "parse" },
		{ "parse.__uniq.123.llvm.4", "parse" },
		{ "ns::parse(char const*) [clone .isra.0] [clone .cold]", "ns::parse(char const*)" },
		{ "ns::parse(char const*) (.llvm.77)", "ns::parse(char const*)" },
		{ "core::fmt::write::h0123456789abcdef", "core::fmt::write" },
		{ "core[846717f741e54dfd]::fmt::write", "core::fmt::write" },
		{ "main+0x1f", "main" },
		/* What only looks like it. */
		{ "parse.isra", "parse.isra" },
		{ ".cold", ".cold" },
		{ "parse.old", "parse.old" },
		{ "main.scold", "main.scold" },
		{ "f(int (*) [3])", "f(int (*) [3])" },
		{ "f(int)::{lambda()#1}::operator()() const", "f(int)::{lambda()#1}::operator()() const" },
		{ "std::h0123456789abcde", "std::h0123456789abcde" },
		{ "f::h0123456789abcdeg", "f::h0123456789abcdeg" },
		{ "buffer[12]", "buffer[12]" },
		{ "[vdso]", "[vdso]" },
		{ "[clone .cold]", "[clone .cold]" },
		{ "main.func1.2", "main.func1.2" },
		{ "]", "]" },
		/* Addresses. */
		{ "0x7f12ab", "" },
		{ "[0x7f12ab]", "" },
		{ "[libc.so.6+0x12]", "" },
		{ "[kernel+0xff]", "" },
		{ "[unknown]", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i].name);
		guard_free char *out = malloc(n + 1);
		size_t length = gate_identity_name(names[i].name, n, out);

		out[length] = '\0';
		assert_string_equal(out, names[i].expected);
		/* What was cut once is not cut again. */
		assert_int_equal(gate_identity_name(out, length, out), length);
	}
}

static void identities_free(struct gate_identities *identities)
{
	gate_identities_deinit(identities);
}

struct place {
	enum gate_side side;
	const char *name, *file, *module;
};

/* The functions after a match, as "name: base | head" lines. */
static void expect(const struct place *places, size_t n, const char *expected)
{
	guard(identities_free) struct gate_identities all;
	guard_free char *text = NULL;
	size_t size;
	uint32_t number;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(gate_identities_init(&all), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(gate_identities_add(&all, places[i].side, places[i].name,
						     strlen(places[i].name), places[i].file,
						     places[i].module, &number), 0);
	assert_int_equal(gate_identities_match(&all), 0);
	vec_each(&all.functions, function)
		fprintf(out, "%s: %s | %s\n", strings_get(&all.strings, function->name),
			function->is_there[GATE_BASE] ?
				strings_get(&all.strings, function->place[GATE_BASE]) : "-",
			function->is_there[GATE_HEAD] ?
				strings_get(&all.strings, function->place[GATE_HEAD]) : "-");
	fclose(out);
	assert_string_equal(text, expected);
	vec_each(&all.items, item)
		assert_true(item->function < all.functions.n);
}

#define EXPECT(expected, ...)                                             \
	do {                                                              \
		static const struct place places_[] = { __VA_ARGS__ };    \
		expect(places_, sizeof(places_) / sizeof(*places_), expected); \
	} while (0)

static void test_one_name_on_each_side(void **state)
{
	(void)state;
	/* Moved to another file, built elsewhere, stripped: it is the only one. */
	EXPECT("f: /b/a.c | /h/b.c\n", { GATE_BASE, "f", "/b/a.c", "/b/prog" },
	       { GATE_HEAD, "f", "/h/b.c", "/h/prog" });
	EXPECT("f: /b/a.c | /h/prog-new\n", { GATE_BASE, "f", "/b/a.c", "/b/prog" },
	       { GATE_HEAD, "f.isra.0", "", "/h/prog-new" });
	EXPECT("f: - | x.c\ng: x.c | -\n", { GATE_HEAD, "f", "x.c", "" },
	       { GATE_BASE, "g", "x.c", "" });
	/* Clones are the function that they are of. */
	EXPECT("f: x.c | x.c\n", { GATE_BASE, "f", "x.c", "" }, { GATE_BASE, "f.part.0", "x.c", "" },
	       { GATE_HEAD, "f.cold", "x.c", "" });
}

static void test_several_of_a_name(void **state)
{
	(void)state;
	EXPECT("init: /b/src/a.c | /h/src/a.c\ninit: /b/src/b.c | /h/src/b.c\n",
	       { GATE_BASE, "init", "/b/src/b.c", "" }, { GATE_BASE, "init", "/b/src/a.c", "" },
	       { GATE_HEAD, "init", "/h/src/a.c", "" }, { GATE_HEAD, "init", "/h/src/b.c", "" });
	/* The same base name: the directories decide. */
	EXPECT("init: /b/x/a.c | /h/x/a.c\ninit: /b/y/a.c | /h/y/a.c\n",
	       { GATE_BASE, "init", "/b/y/a.c", "" }, { GATE_BASE, "init", "/b/x/a.c", "" },
	       { GATE_HEAD, "init", "/h/y/a.c", "" }, { GATE_HEAD, "init", "/h/x/a.c", "" });
	/* One more than there was. */
	EXPECT("init: a.c | a.c\ninit: - | b.c\n", { GATE_BASE, "init", "a.c", "" },
	       { GATE_HEAD, "init", "a.c", "" }, { GATE_HEAD, "init", "b.c", "" });
	/* Same path first; what is left alone on both sides is the same. */
	EXPECT("init: /lib/libc.so | /lib/libc.so\ninit: /b/old | /h/new\n",
	       { GATE_BASE, "init", "", "/lib/libc.so" }, { GATE_BASE, "init", "", "/b/old" },
	       { GATE_HEAD, "init", "", "/lib/libc.so" }, { GATE_HEAD, "init", "", "/h/new" });
	/* Also when one side alone was seen in the library's: old has become new, as main says. */
	EXPECT("main: a.c | a.c\ninit: /b/old | /h/new\ninit: /lib/libc.so | -\n",
	       { GATE_BASE, "init", "", "/lib/libc.so" }, { GATE_BASE, "init", "", "/b/old" },
	       { GATE_HEAD, "init", "", "/h/new" }, { GATE_BASE, "main", "a.c", "/b/old" },
	       { GATE_HEAD, "main", "a.c", "/h/new" });
}

static void test_without_names(void **state)
{
	(void)state;
	EXPECT("[unnamed code]: /l/a.so | /l/a.so\n[unnamed code]: /l/b.so | -\n",
	       { GATE_BASE, "[a.so+0x12]", "", "/l/a.so" }, { GATE_BASE, "0x99", "", "/l/a.so" },
	       { GATE_BASE, "", "", "/l/b.so" }, { GATE_HEAD, "[a.so+0x77]", "", "/l/a.so" });
}

/* Go's, Java's and Python's names end as their authors wanted. */
static void test_names_of_other_languages(void **state)
{
	(void)state;
	EXPECT("main.cold: m.go | m.go\n", { GATE_BASE, "main.cold", "m.go", "" },
	       { GATE_HEAD, "main.cold", "m.go", "" });
}

static void test_many_of_a_name(void **state)
{
	guard(identities_free) struct gate_identities all;
	uint32_t number;

	(void)state;
	assert_int_equal(gate_identities_init(&all), 0);
	for (int side = 0; side < GATE_SIDES; side++) {
		for (int i = 0; i < 3000; i++) {
			char file[32];

			snprintf(file, sizeof(file), "/src/%d/%s%d.c", i % 10,
				 i % 2 && side ? "new" : "", i);
			assert_int_equal(gate_identities_add(&all, side, "f", 1, file, "", &number), 0);
		}
	}
	assert_int_equal(gate_identities_match(&all), 0);
	assert_int_equal(all.functions.n, 3000 + 1500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_one_name_on_each_side),
		cmocka_unit_test(test_several_of_a_name),
		cmocka_unit_test(test_without_names),
		cmocka_unit_test(test_names_of_other_languages),
		cmocka_unit_test(test_many_of_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
