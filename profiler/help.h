/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --help, --version and flametap alone print, on standard output. */
#ifndef FLAMETAP_PROFILER_HELP_H
#define FLAMETAP_PROFILER_HELP_H

/* "cpu", "report", "doctor"; NULL: the ten lines of flametap alone. */
void help_print(const char *verb);
void help_print_version(void);

#endif
