/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A budget by its path; what is wrong with it is said, by file and line. */
#ifndef FLAMETAP_PROFILER_BUDGET_FILE_H
#define FLAMETAP_PROFILER_BUDGET_FILE_H

struct gate_budget;

/* Reads into a zeroed *ret, which the caller deinits in any case. 0; -EINVAL: it is no good, and it
 * was said; -ENOMEM. */
int budget_file_read(const char *path, struct gate_budget *ret);

#endif
