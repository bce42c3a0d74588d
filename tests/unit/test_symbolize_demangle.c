/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Demangling. The pairs for C++ are from the Itanium C++ ABI's text and from
 * c++filt; those for Rust from RFC 2603 and from names in rustc's own binaries.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/demangle.h"
#include "tests/unit/cpu_time.h"

static char out[DEMANGLE_MAX_OUTPUT];

static void test_cases(void **state)
{
	static const struct {
		const char *mangled, *plain; /* NULL: not mangled */
	} cases[] = {
		{ "_ZN3foo3barEi", "foo::bar(int)" },
		{ "_ZN3foo3barEi.cold", "foo::bar(int) [clone .cold]" },
		{ "_ZN3foo3barEi.part.0.isra.1",
		  "foo::bar(int) [clone .part.0] [clone .isra.1]" },
		{ "_ZNSt6vectorIiSaIiEE9push_backERKi",
		  "std::vector<int, std::allocator<int> >::push_back(int const&)" },
		{ "_ZThn8_N1A1fEv", "non-virtual thunk to A::f()" },
		{ "_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const" },
		/* Rust, legacy: the hash is gone, escapes are read. */
		{ "_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write" },
		{ "_ZN4core3fmt5write17h0123456789abcdefE.llvm.1234", "core::fmt::write" },
		{ "_ZN4core3fmt5write17h0123456789abcdefE.cold",
		  "core::fmt::write [clone .cold]" },
		{ "_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar"
		  "17h930b740aa94f1d3aE",
		  "<Test + 'static as foo::Bar<Test>>::bar" },
		/* Rust, v0. */
		{ "_RNvC6_123foo3bar", "123foo::bar" },
		{ "_RNvCs1234_7mycrate3foo", "mycrate::foo" },
		{ "_RNvCs1234_7mycrate3foo.llvm.99", "mycrate::foo" },
		{ "_RNvCs1234_7mycrate3foo.cold", "mycrate::foo [clone .cold]" },
		{ "_RINvNtC3std3mem8align_ofjE", "std::mem::align_of::<usize>" },
		/* D: names, types and what refers back to them. */
		{ "_Dmain", "D main" },
		{ "_D8demangle4testFaZv", "demangle.test(char)" },
		{ "_D3foo3barFNbNiAyaZv", "foo.bar(immutable(char)[])" },
		{ "_D3foo__T3barTiZQhFiZi", "foo.bar!(int).bar(int)" },
		{ "_D8demangle4testFAiQcZv", "demangle.test(int[], int[])" },
		/* Many of them, most to identifiers. */
		{ "_D3std10checkedint__T7CheckedTmTSQBfQBe5AbortZQz__T8opEqualsTxSQCjQCi__TQBzTmTQBu"
		  "ZQCjTxQzZQBnMxFNfxQBlZb",
		  "std.checkedint.Checked!(ulong, std.checkedint.Abort).Checked.opEquals!(const("
		  "std.checkedint.Checked!(ulong, std.checkedint.Abort).Checked), const("
		  "std.checkedint.Checked!(ulong, std.checkedint.Abort).Checked)).opEquals(const("
		  "std.checkedint.Checked!(ulong, std.checkedint.Abort).Checked)) const" },
		{ "_DYNAMIC", NULL },
		{ "_D", NULL },
		{ "_D99999999999999999999999x", NULL },
		/* Go: the calling convention is no part of the name. */
		{ "runtime.goexit.abi0", "runtime.goexit" },
		{ "runtime.goexit", NULL },
		{ ".abi0", NULL },
		{ "x.abi0", NULL },
		/* Not mangled, or only the look of it. */
		{ "main", NULL },
		{ "foo.cold", NULL },
		{ "_Z", NULL },
		{ "_R", NULL },
		{ "_ZN", NULL },
		{ "_ZN3foo3bar", NULL },
		{ "_RNvC", NULL },
		{ "", NULL },
		{ "_", NULL },
		{ "_start", NULL },
		{ "_Zzzz<script>", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t n = demangle(cases[i].mangled, out);

		if (cases[i].plain) {
			assert_int_equal(n, strlen(cases[i].plain));
			assert_string_equal(out, cases[i].plain);
		} else {
			assert_int_equal(n, 0);
		}
	}
}

/* PREFIX REPEATED... SUFFIX: free. */
static char *build(const char *prefix, const char *repeated, size_t times, const char *suffix)
{
	char *name = malloc(strlen(prefix) + strlen(repeated) * times + strlen(suffix) + 1);
	char *p;

	assert_non_null(name);
	p = stpcpy(name, prefix);
	while (times--)
		p = stpcpy(p, repeated);
	strcpy(p, suffix);
	return name;
}

/* libiberty alone refuses C++ names above 1024 bytes. */
static void test_long_names(void **state)
{
	guard_free char *many = build("_Z1f", "3abc", 600, "");
	guard_free char *too_long = build("_Z1f", "i", DEMANGLE_MAX_INPUT, "");

	(void)state;
	/* f(abc, abc, ...) */
	assert_int_equal(demangle(many, out), 2 + 600 * 3 + 599 * 2 + 1);
	assert_memory_equal(out, "f(abc, abc, abc", 15);
	assert_string_equal(out + strlen(out) - 6, ", abc)");
	assert_int_equal(demangle(too_long, out), 0);
}

/* Each level doubles: 20 of them, in 210 bytes, are 35 MB of text; 60 have no end. */
static void test_bombs(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const size_t levels[] = { 20, 36, 60, 200 };
	double start = cpu_seconds();

	(void)state;
	for (size_t k = 0; k < sizeof(levels) / sizeof(*levels); k++) {
		char name[4096] = "_Z1f1AIiiE";
		char *p = name + strlen(name);

		for (size_t i = 0; i < levels[k]; i++) {
			char s[8];

			if (i < 36)
				snprintf(s, sizeof(s), "S%c_", digits[i]);
			else
				snprintf(s, sizeof(s), "S%c%c_", digits[i / 36], digits[i % 36]);
			p += sprintf(p, "S_I%s%sE", s, s);
		}
		assert_int_equal(demangle(name, out), 0);
	}
	assert_cpu_seconds_since(start, 5);
}

/* A reference back of D: Q and how far, in base 26, the last digit small. */
static char *put_reference(char *at, size_t distance)
{
	char digits[16];
	size_t n = 0;

	*at++ = 'Q';
	digits[n++] = 'a' + distance % 26;
	while (distance /= 26)
		digits[n++] = 'A' + distance % 26;
	while (n)
		*at++ = digits[--n];
	*at = '\0';
	return at;
}

/* f(int, int[int], int[int][int[int]], ...): each is made of the one before, twice. */
static void test_bombs_of_d(void **state)
{
	static const size_t levels[] = { 3, 20, 60, 500 };
	double start = cpu_seconds();

	(void)state;
	for (size_t k = 0; k < sizeof(levels) / sizeof(*levels); k++) {
		char name[8192] = "_D1fFi";
		char *at = name + strlen(name), *before = at - 1;

		for (size_t i = 0; i < levels[k]; i++) {
			char *here = at;

			*at++ = 'H';
			at = put_reference(at, at - before);
			at = put_reference(at, at - before);
			before = here;
		}
		strcpy(at, "Zv");
		if (levels[k] == 3)
			assert_int_not_equal(demangle(name, out), 0);
		else
			assert_int_equal(demangle(name, out), 0);
	}
	assert_cpu_seconds_since(start, 5);
}

/* An identifier of a thousand letters, referred to ten times and a thousand times. */
static void test_long_identifiers_of_d(void **state)
{
	char name[8192];

	(void)state;
	for (int n = 10; n <= 1000; n *= 100) {
		char *at = name + sprintf(name, "_D1000%01000d", 0);

		memset(name + 6, 'a', 1000);
		for (int i = 0; i < n; i++)
			at = put_reference(at, at - (name + 2));
		strcpy(at, "FZv");
		if (n == 10)
			assert_int_equal(demangle(name, out), 11 * 1001 - 1 + 2);
		else
			assert_int_equal(demangle(name, out), 0);
	}
}

/* Nesting as deep as the bound on length allows must not run out of stack. */
static void test_deep(void **state)
{
	static const char *const parts[] = { "P", "N", "XX", "F", "I", "T_", "DTL", "St4pairI",
					     "XcvP", "Xpl", "Z1f", "XsZ", "M1f", "A_", "Xad",
					     "NS", "Dp", "J", "XL_Z1f", "1aI", "RT_", "R1aIiE",
					     "K", "C", "H", "x", "G1", "D", "FNb" };

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		size_t times = (DEMANGLE_MAX_INPUT - 16) / strlen(parts[i]);
		guard_free char *cpp = build("_Z1f", parts[i], times, "i");
		guard_free char *closed = build("_Z1fIiE", parts[i], times / 2, "iEEEEEEE");
		guard_free char *medium = build("_Z1f", parts[i], 1000 / strlen(parts[i]), "i");
		guard_free char *rust = build("_RNv", parts[i], times, "E");
		guard_free char *d = build("_D1fF", parts[i], times, "iZv");
		guard_free char *d_name = build("_D1f", parts[i], times, "iZv");

		demangle(cpp, out);
		demangle(closed, out);
		demangle(medium, out);
		demangle(rust, out);
		demangle(d, out);
		demangle(d_name, out);
	}
}

static void test_demangler(void **state)
{
	struct demangler demangler;
	struct demangled_name first, second;
	uint32_t number;

	(void)state;
	assert_int_equal(demangler_init(&demangler, false), 0);
	assert_int_equal(demangler_intern(&demangler, "_Z1fi", 5, &number), 0);
	assert_int_equal(demangler_get(&demangler, number, &first), 0);
	assert_string_equal(first.name, "f(int)");
	assert_string_equal(first.system_name, "_Z1fi");
	assert_int_equal(demangler_get(&demangler, number, &second), 0);
	assert_ptr_equal(first.name, second.name);
	assert_int_equal(demangler_intern(&demangler, "memcpy@@GLIBC_2.14", 18, &number), 0);
	assert_int_equal(demangler_get(&demangler, number, &first), 0);
	assert_string_equal(first.name, "memcpy");
	assert_string_equal(first.system_name, "memcpy@@GLIBC_2.14");
	assert_int_equal(demangler_intern(&demangler, "_Z1gv@V1", 8, &number), 0);
	assert_int_equal(demangler_get(&demangler, number, &first), 0);
	assert_string_equal(first.name, "g()");
	assert_int_equal(demangler_intern(&demangler, "@odd", 4, &number), 0);
	assert_int_equal(demangler_get(&demangler, number, &first), 0);
	assert_string_equal(first.name, "@odd");
	demangler_deinit(&demangler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),	   cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_bombs),	   cmocka_unit_test(test_deep),
		cmocka_unit_test(test_bombs_of_d),
		cmocka_unit_test(test_long_identifiers_of_d),
		cmocka_unit_test(test_demangler),
	};

	return cmocka_run_group_tests_name("symbolize_demangle", tests, NULL, NULL);
}
