/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stripped file in; out comes what to install so that its functions get
 * their names, where the file came in a package of Debian's or its kin.
 */
#ifndef FLAMETAP_PROFILER_DEBUG_PACKAGE_H
#define FLAMETAP_PROFILER_DEBUG_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>

enum { DEBUG_PACKAGE_SIZE = 128 };

/*
 * Looks through the lists of dpkg's packages (10 MB in a system of 900
 * packages; 8 to 32 ms), so ask for one file only. lists is "/var/lib/dpkg/info"
 * but in tests. The package's name, without its architecture, goes into ret.
 * 0; -ENOENT: no package has the file; a negative errno.
 */
int debug_package_owner(const char *lists, const char *path, char ret[DEBUG_PACKAGE_SIZE]);

/* Where the system keeps what is to be known of it; others are for tests. */
struct debug_package_system {
	const char *lists;   /* "/var/lib/dpkg/info" */
	const char *release; /* "/etc/os-release" */
	const char *apt;     /* "/etc/apt" */
	bool debuginfod;     /* --debuginfod would work, and was not asked for */
};

void debug_package_here(struct debug_package_system *ret);

/* "apt install libc6-dbg", with the line for apt's sources where the archive of such packages is
 * not among them; or what else there is to be done. build_id is the file's, in hex: when the file
 * at the path is another (a container's), its package is nobody's business. */
void debug_package_remedy(const struct debug_package_system *system, const char *path,
			  const char *build_id, char *ret, size_t n);

/* The same for the vmlinux of a kernel's release, as uname tells it. */
void debug_package_kernel_remedy(const struct debug_package_system *system, const char *release,
				 char *ret, size_t n);

#endif
