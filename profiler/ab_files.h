/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of a comparison, and the files of one of its runs. They belong to whoever typed the
 * command. */
#ifndef FLAMETAP_PROFILER_AB_FILES_H
#define FLAMETAP_PROFILER_AB_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "gate/manifest.h"

struct invoker;

struct ab_files {
	const struct invoker *invoker;
	int dir_fd;
	char *profile_path;    /* as flametap opens it */
	char profile_name[64]; /* below the directory, as the others */
	char output_name[64], error_name[64];
	int output_fd, error_fd; /* the command's; output_fd is -1 where nobody reads it */
};

/* Makes it where it is not there yet, or takes one that is empty or has a manifest, and locks it.
 * 0 or a negative errno (said). */
int ab_files_open_directory(const char *path, const struct invoker *invoker, int *ret_fd);

/* output: the command's standard output is kept. 0 or a negative errno (said). Deinit in any case.
 */
int ab_files_init(struct ab_files *files, const char *directory, int dir_fd,
		  const struct invoker *invoker, const struct gate_manifest_run *run, bool output);
void ab_files_deinit(struct ab_files *files);
/* The output from its start on, or NULL. */
FILE *ab_files_output(const struct ab_files *files);
/* The last line of the error output that is not blank; "" if there is none. */
void ab_files_last_error(const struct ab_files *files, char *line, size_t n);
/* Once the run is over: of a good one the error output goes, and the output is cut to its end. */
void ab_files_keep(struct ab_files *files, bool failed);
/* All of them, of a run that does not count. */
void ab_files_drop(const struct ab_files *files);
/* Likewise, of a run of before. */
void ab_files_drop_run(int dir_fd, const struct invoker *invoker,
		       const struct gate_manifest_run *run);

#endif
