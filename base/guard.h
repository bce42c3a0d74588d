/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scope guards: a variable declared with one of these releases what it holds
 * when it goes out of scope, on every path. take_ptr() and take_fd() hand the
 * thing on to the caller and disarm the guard.
 */
#ifndef FLAMETAP_BASE_GUARD_H
#define FLAMETAP_BASE_GUARD_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define guard(function) __attribute__((cleanup(function)))

static inline void guard_free_(void *p)
{
	free(*(void **)p);
}

static inline void guard_close_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void guard_fclose_(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void guard_closedir_(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define guard_free guard(guard_free_)         /* any pointer from malloc() */
#define guard_close guard(guard_close_)       /* an int descriptor, -1 for none */
#define guard_fclose guard(guard_fclose_)     /* a FILE * */
#define guard_closedir guard(guard_closedir_) /* a DIR * */

#define take_ptr(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

#define take_fd(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

#endif
