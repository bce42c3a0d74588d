/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions of which gcc makes pieces and copies under other names. Much the
 * same CPU time each: whole and whole.cold, which whole goes on in; partial.part.0;
 * reduced.isra.0; fixed.constprop.0; chosen_now, which is called as chosen (IFUNC);
 * sizeless, of assembly, without type and size; and alias, which has other names:
 * alias_long is longer, al is weak, a is local. Before main, resolve chooses for
 * 50 ms. Ends after the CPU seconds given (0.4).
 */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define NO_TAIL_CALL() __asm__ volatile("" ::: "memory")

static inline __attribute__((always_inline)) void burn(uint64_t n)
{
	uint64_t x = n | 1;

	for (uint64_t i = 0; i < n; i += 4)
		__asm__ volatile("imul %0, %0; imul %0, %0; imul %0, %0; imul %0, %0" : "+r"(x));
}

static double cpu_seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

__attribute__((cold, noinline)) static void rare(void)
{
	__asm__ volatile("");
}

__attribute__((noinline, noclone)) void whole(uint64_t n, int is_rare)
{
	if (is_rare) {
		rare();
		burn(n);
	} else {
		burn(n);
	}
	NO_TAIL_CALL();
}

static void partial(uint64_t *n)
{
	if (__builtin_expect(!n, 1))
		return;
	burn(*n);
	NO_TAIL_CALL();
	burn(*n / 64);
	burn(*n / 128);
}

struct wide {
	uint64_t a, n, b;
};

__attribute__((noinline)) static void reduced(const struct wide *wide)
{
	burn(wide->n);
	NO_TAIL_CALL();
}

__attribute__((noinline)) static void fixed(uint64_t n, uint64_t times)
{
	for (uint64_t i = 0; i < times; i++)
		burn(n / times);
	NO_TAIL_CALL();
}

__attribute__((noinline)) static void chosen_now(uint64_t n)
{
	burn(n);
	NO_TAIL_CALL();
}

/* Its symbol's address is the IFUNC's, too, whose name is a global one: that counts. Nothing is
 * bound yet: no calls. */
__attribute__((used)) static void (*resolve(void))(uint64_t)
{
	burn(60000000);
	return chosen_now;
}

void chosen(uint64_t n) __attribute__((ifunc("resolve")));

__attribute__((noinline, noclone)) void alias_long(uint64_t n)
{
	burn(n);
	NO_TAIL_CALL();
}
void alias(uint64_t n) __attribute__((alias("alias_long")));
void al(uint64_t n) __attribute__((weak, alias("alias_long")));
__attribute__((used)) static void a(uint64_t n) __attribute__((alias("alias_long")));

void sizeless(uint64_t n);
__asm__(".text\n"
	".balign 16\n"
	".globl sizeless\n"
	"sizeless:\n"
	".cfi_startproc\n"
	"mov $3, %eax\n"
	"0: imul %rax, %rax\n"
	"dec %rdi\n"
	"jnz 0b\n"
	"ret\n"
	".cfi_endproc\n");

uint64_t *volatile nothing;

int main(int argc, char **argv)
{
	double seconds = cpu_seconds() + (argc > 1 ? strtod(argv[1], NULL) : 0.4);
	uint32_t seed = 1;

	for (int i = 1; i % 4 || cpu_seconds() < seconds; i++) {
		seed = seed * 1664525 + 1013904223;
		uint64_t unit = 20000 + (seed >> 18);
		struct wide wide = { .n = unit };

		whole(unit, 0);
		whole(unit, 1);
		partial(&unit);
		partial(nothing);
		reduced(&wide);
		fixed(unit, 2);
		chosen(unit);
		sizeless(unit);
		alias(unit);
	}
	return 0;
}
