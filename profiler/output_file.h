/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two ends of an output file's life: finding out what a path is and
 * opening a nameless temporary for it, and giving that its name. For output.c.
 */
#ifndef FLAMETAP_PROFILER_OUTPUT_FILE_H
#define FLAMETAP_PROFILER_OUTPUT_FILE_H

#include "profiler/output.h"

/* Errors that no errno tells apart. */
enum {
	OUTPUT_DANGLING = 10000, /* a symbolic link to nothing */
	OUTPUT_NOT_A_FILE,	 /* a socket, a block device */
	OUTPUT_CHANGED,		 /* became something else while it was looked at */
	OUTPUT_NO_DIRECTORY,
};

/* Fills fd, dir_fd, name, mode and direct. 0, a negative errno or one of the above, negative. */
int output_file_open(struct output *output);
/* The same results. */
int output_file_place(struct output *output);

#endif
