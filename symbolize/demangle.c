// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Demangling by libiberty, which has no bound of its own on output and, for
 * names above 1024 bytes, none on recursion. So its callback forms are used,
 * which allocate nothing and can be left by longjmp() once the output is too
 * long, and a long name runs on a thread whose stack is large enough for the
 * worst of its length.
 */
#include "symbolize/demangle.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <libiberty/demangle.h>

#include "base/guard.h"

enum {
	OPTIONS = DMGL_PARAMS | DMGL_ANSI,
	/* libiberty refuses C++ names above this unless told not to limit recursion. */
	SHORT_NAME = 1024,
	RUST_HASH = 20, /* 17h, 16 digits, E */
	D_MAX_EXPANDED = 64 * 1024,
};

struct output {
	char *bytes;
	size_t n;
	jmp_buf full;
};

static void output_append(const char *bytes, size_t n, void *ctx)
{
	struct output *output = ctx;

	if (!n) /* and bytes may be NULL */
		return;
	if (n >= DEMANGLE_MAX_OUTPUT - output->n)
		longjmp(output->full, 1);
	memcpy(output->bytes + output->n, bytes, n);
	output->n += n;
}

/* Runs one of libiberty's demanglers. 0 if it refuses or has too much to say. */
static size_t demangle_with(int (*run)(const char *, int, demangle_callbackref, void *),
			    const char *name, int options, char *out)
{
	struct output output = { .bytes = out };

	if (setjmp(output.full))
		return 0;
	if (!run(name, options, output_append, &output))
		return 0;
	out[output.n] = '\0';
	return output.n;
}

/*
 * Where what a compiler appended to a Rust name begins: ".cold", ".llvm.123".
 * A dot inside a legacy name is none; those end with a hash.
 */
static const char *rust_suffix(const char *name)
{
	const char *hash = name;
	const char *dot;

	if (!strncmp(name, "_R", 2))
		return strchr(name, '.');
	while ((hash = strstr(hash, "17h")) != NULL) {
		dot = strnlen(hash, RUST_HASH + 1) == RUST_HASH + 1 ? hash + RUST_HASH : NULL;
		if (dot && dot[0] == '.' && dot[-1] == 'E')
			return dot;
		hash++;
	}
	return NULL;
}

/* libiberty drops suffixes of Rust names silently, but .cold is another piece of code. The
 * number that ThinLTO gives an internal name says nothing. */
static size_t demangle_rust(const char *name, char *out)
{
	size_t n = demangle_with(rust_demangle_callback, name, OPTIONS, out);
	const char *suffix = n ? rust_suffix(name) : NULL;

	if (!suffix || !strncmp(suffix, ".llvm.", 6))
		return n;
	if (n + strlen(suffix) + sizeof(" [clone ]") > DEMANGLE_MAX_OUTPUT)
		return 0;
	return stpcpy(stpcpy(stpcpy(out + n, " [clone "), suffix), "]") - out;
}

/* What a reference refers to at most: an identifier, which stands behind its length, or a type, which
 * ends before the reference. before: sums up to each place. */
static uint64_t d_referred(const char *name, size_t from, size_t to, const uint64_t *before)
{
	uint64_t length = 0;
	size_t at = from;

	while (at < to && name[at] >= '0' && name[at] <= '9' && length <= D_MAX_EXPANDED)
		length = length * 10 + (name[at++] - '0');
	return at > from ? at - from + length : before[to] - before[from];
}

/* What a D name is at most as if all that it refers back to stood there; more than a limit counts
 * as UINT64_MAX. A reference is Q and a distance, in letters of base 26 of which the last is small. */
static uint64_t d_expanded(const char *name, size_t length)
{
	guard_free uint64_t *before = calloc(length + 1, sizeof(*before)); /* sums up to a place */

	if (!before)
		return UINT64_MAX;
	for (size_t i = 0; i < length; i++) {
		size_t distance = 0, at = i + 1;

		before[i + 1] = before[i] + 1;
		if (name[i] != 'Q')
			continue;
		while (name[at] >= 'A' && name[at] <= 'Z' && distance <= length)
			distance = distance * 26 + (name[at++] - 'A');
		if (name[at] < 'a' || name[at] > 'z')
			continue;
		distance = distance * 26 + (name[at] - 'a');
		if (distance && distance <= i)
			before[i + 1] += d_referred(name, i - distance, i, before);
		if (before[i + 1] > D_MAX_EXPANDED)
			return UINT64_MAX;
	}
	return before[length];
}

static size_t demangle_d(const char *name, char *out)
{
	guard_free char *text = dlang_demangle(name, OPTIONS);
	size_t n = text ? strlen(text) : 0;

	if (!n || n >= DEMANGLE_MAX_OUTPUT)
		return 0;
	memcpy(out, text, n + 1);
	return n;
}

/* Go's assembly functions have their calling convention behind their name. */
static size_t demangle_go(const char *name, char *out)
{
	size_t length = strnlen(name, DEMANGLE_MAX_INPUT + 1), tail = sizeof(".abi0") - 1;

	if (length <= tail || length > DEMANGLE_MAX_INPUT || strcmp(name + length - tail, ".abi0") ||
	    !memchr(name, '.', length - tail))
		return 0;
	memcpy(out, name, length - tail);
	out[length - tail] = '\0';
	return length - tail;
}

struct long_name {
	const char *name;
	char *out;
	size_t n;
};

static void *demangle_long(void *ctx)
{
	struct long_name *job = ctx;

	job->n = demangle_with(cplus_demangle_v3_callback, job->name,
			       OPTIONS | DMGL_NO_RECURSE_LIMIT, job->out);
	return NULL;
}

static void *demangle_long_d(void *ctx)
{
	struct long_name *job = ctx;

	job->n = demangle_d(job->name, job->out);
	return NULL;
}

static size_t run_on_thread(void *(*run)(void *), const char *name, size_t stack_size, char *out)
{
	struct long_name job = { name, out, 0 };
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	if (pthread_attr_init(&attr))
		return 0;
	err = pthread_attr_setstacksize(&attr, stack_size);
	if (!err)
		err = pthread_create(&thread, &attr, run, &job);
	pthread_attr_destroy(&attr);
	if (err)
		return 0;
	pthread_join(thread, NULL);
	return job.n;
}

/*
 * Measured: parsing takes up to 320 bytes of stack for each byte of the name;
 * printing has arrays on the stack that grow with (template arguments *
 * references to them), less than n * n / 3 bytes.
 */
static size_t demangle_on_thread(const char *name, size_t length, char *out)
{
	return run_on_thread(demangle_long, name,
			     512 * 1024 + 1024 * length + length * length / 2, out);
}

/* libiberty's demangler of D has no bounds either: what it allocates and how deep it goes is in
 * proportion to the expanded name. */
static size_t demangle_bounded_d(const char *name, size_t length, char *out)
{
	uint64_t expanded = d_expanded(name, length);

	if (expanded == UINT64_MAX)
		return 0;
	if (expanded <= SHORT_NAME)
		return demangle_d(name, out);
	return run_on_thread(demangle_long_d, name, 512 * 1024 + 1024 * expanded, out);
}

size_t demangle(const char *name, char out[DEMANGLE_MAX_OUTPUT])
{
	size_t length, n = 0;

	if (name[0] != '_' || (name[1] != 'Z' && name[1] != 'R' && name[1] != 'D'))
		return demangle_go(name, out);
	length = strnlen(name, DEMANGLE_MAX_INPUT + 1);
	if (length > DEMANGLE_MAX_INPUT)
		return 0;
	if (name[1] == 'D')
		return demangle_bounded_d(name, length, out);
	n = demangle_rust(name, out);
	if (n || name[1] != 'Z')
		return n;
	if (length > SHORT_NAME)
		return demangle_on_thread(name, length, out);
	return demangle_with(cplus_demangle_v3_callback, name, OPTIONS, out);
}

size_t demangle_unversioned(const char *name, size_t length)
{
	const char *at = memchr(name, '@', length);

	/* "?f@@YAXXZ" is how Microsoft's compilers mangle. */
	return at && at > name && name[0] != '?' ? (size_t)(at - name) : length;
}

int demangler_init(struct demangler *demangler, bool off)
{
	int err;

	memset(demangler, 0, sizeof(*demangler));
	demangler->off = off;
	demangler->buffer = malloc(DEMANGLE_MAX_OUTPUT);
	if (!demangler->buffer)
		return -ENOMEM;
	err = strings_init(&demangler->strings);
	if (err)
		demangler_deinit(demangler);
	return err;
}

void demangler_deinit(struct demangler *demangler)
{
	strings_deinit(&demangler->strings);
	idmap_deinit(&demangler->demangled);
	free(demangler->buffer);
	demangler->buffer = NULL;
}

int demangler_intern(struct demangler *demangler, const char *name, size_t length, uint32_t *ret)
{
	return strings_intern(&demangler->strings, name, length, ret);
}

/* Interns the demangled form of a name without its version. */
static int demangler_plain(struct demangler *demangler, const char *name, size_t length,
			   uint32_t *ret)
{
	struct strings *strings = &demangler->strings;
	int err = strings_intern(strings, name, length, ret);
	uint32_t plain;
	size_t n;

	if (err || !*ret)
		return err;
	plain = *ret;
	n = demangle(strings_get(strings, *ret), demangler->buffer);
	if (n)
		err = strings_intern(strings, demangler->buffer, n, ret);
	if (!*ret) /* there was no room for it */
		*ret = plain;
	return err;
}

/* Interns a name with what stood behind its '@', if that is to be seen. */
static int demangler_suffixed(struct demangler *demangler, uint32_t name, const char *suffix,
			      uint32_t *ret)
{
	struct strings *strings = &demangler->strings;
	size_t n = strings_length(strings, name);
	int err;

	if (strcmp(suffix, "@plt") || n + strlen(suffix) >= DEMANGLE_MAX_OUTPUT) {
		*ret = name;
		return 0;
	}
	memcpy(demangler->buffer, strings_get(strings, name), n);
	strcpy(demangler->buffer + n, suffix);
	err = strings_intern(strings, demangler->buffer, n + strlen(suffix), ret);
	if (!err && !*ret)
		*ret = name;
	return err;
}

static int demangler_add(struct demangler *demangler, uint32_t name, uint32_t *ret)
{
	struct strings *strings = &demangler->strings;
	const char *system_name = strings_get(strings, name);
	size_t plain = demangle_unversioned(system_name, strings_length(strings, name));
	int err = demangler_plain(demangler, system_name, plain, ret);

	if (!err && system_name[plain] == '@')
		err = demangler_suffixed(demangler, *ret, system_name + plain, ret);
	if (!err && !*ret)
		*ret = name;
	return err ? err : idmap_put(&demangler->demangled, name, *ret);
}

int demangler_get(struct demangler *demangler, uint32_t name, struct demangled_name *ret)
{
	uint32_t number = name;
	int err = 0;

	if (!demangler->off && !idmap_find(&demangler->demangled, name, &number))
		err = demangler_add(demangler, name, &number);
	if (err)
		return err;
	ret->name = strings_get(&demangler->strings, number);
	ret->system_name = strings_get(&demangler->strings, name);
	return 0;
}
