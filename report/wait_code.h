/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which code waited. The innermost function of a wait is one of the kernel's,
 * and within it one of a library that is there to wait; what a reader looks
 * for is the program's own function that called it, and who called that.
 */
#ifndef FLAMETAP_REPORT_WAIT_CODE_H
#define FLAMETAP_REPORT_WAIT_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct profile;

/* True for functions of libraries that are there to wait and to wake, by name alone. */
bool wait_code_is_plumbing(const char *name, size_t n);

/* Names: strings of the profile; 0: there is none. */
struct wait_code {
	uint32_t function;
	uint32_t caller;
	bool is_kernel; /* no code of a program is known */
	/* Where the function is: the stack that ends with its location, and how many of that one's
	 * frames are inside it. */
	uint32_t stack, n_inside;
};

struct wait_codes {
	const struct profile *profile;
	uint32_t *waiters; /* by stack: see wakers_find_waiters() */
	uint8_t *roles;    /* by function, in a program and in the kernel; 0: not looked at */
	uint8_t *library;  /* by module: 0 not looked at, 1 no, 2 the C library or a part of it */
	uint32_t note;     /* the location that stands for what was cut (profile_prune.h); 0: none */
};

/* The profile is finished, and outlives this. 0 or -ENOMEM. */
int wait_codes_init(struct wait_codes *codes, const struct profile *profile);
void wait_codes_deinit(struct wait_codes *codes);

/*
 * The innermost function that is of the program, and neither of the C library nor of a runtime's
 * own waiting; where that one has no name, the library's function that it called. The caller is the
 * nearest one of the program that has a name, or else the nearest. Where nothing is the program's
 * own: the outermost function that is known for waiting, or the innermost. Of kernel threads the
 * innermost function that is not the scheduler's. Of a stack that was cut short, what says so.
 */
void wait_codes_find(struct wait_codes *codes, uint32_t stack, struct wait_code *ret);

#endif
