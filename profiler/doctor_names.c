// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands in the way of names and lines: hidden kernel addresses, missing debug packages. */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/debug_package.h"
#include "profiler/doctor.h"
#include "profiler/privilege.h"
#include "symbolize/kernel_debug.h"
#include "symbolize/symbolizer.h"

/* True when /proc/kallsyms shows an address that is not zero. */
static bool sees_kernel_addresses(void)
{
	FILE *file guard_fclose = fopen("/proc/kallsyms", "re");
	unsigned long long address;

	/* The very first symbols may be at 0 indeed (per-CPU ones). */
	for (int i = 0; file && i < 5000 && fscanf(file, "%llx %*[^\n]", &address) == 1; i++)
		if (address)
			return true;
	return false;
}

void doctor_check_kernel_names(struct doctor *doctor)
{
	long long restricted = -1;

	doctor_read_number("/proc/sys/kernel/kptr_restrict", &restricted);
	if (sees_kernel_addresses())
		doctor_say(doctor, DOCTOR_OK, "kernel names",
			   "/proc/kallsyms shows addresses (kptr_restrict is %lld)", restricted);
	else if (access("/proc/kallsyms", R_OK))
		doctor_say(doctor, DOCTOR_WARN, "kernel names",
			   "/proc/kallsyms: %s; use a kernel with CONFIG_KALLSYMS",
			   strerror(errno));
	else if (restricted > 1)
		doctor_say(doctor, DOCTOR_WARN, "kernel names",
			   "hidden from everyone, kernel frames are [kernel+0x...]; "
			   "sysctl -w kernel.kptr_restrict=1");
	else
		doctor_say(doctor, DOCTOR_WARN, "kernel names",
			   "hidden from you (kptr_restrict is %lld, CAP_SYSLOG is missing); %s",
			   restricted, doctor_rights_remedy());
}

/* Where a descriptor's file is; "?" if that is not to be told. */
static void path_of(int fd, char *ret, size_t n)
{
	char link[64];
	ssize_t got;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	got = readlink(link, ret, n - 1);
	snprintf(ret + (got > 0 ? got : 0), n - (size_t)(got > 0 ? got : 0), got > 0 ? "" : "?");
}

/* The kernel's debug information. Without it there are names, but no inlined functions. */
void doctor_check_kernel_lines(struct doctor *doctor)
{
	static const char what[] = "kernel lines";
	const struct symbolizer_options options = {};
	const struct kernel_debug_system here = {};
	struct debug_package_system system;
	struct symbolizer *symbolizer;
	struct kernel_debug debug;
	struct utsname machine;
	char text[512];
	int err = uname(&machine) ? -errno : symbolizer_create(&options, &symbolizer);

	if (!err) {
		err = kernel_debug_init(&debug, symbolizer, &here);
		symbolizer_destroy(symbolizer);
	}
	if (!err) {
		path_of(debug.file.fd, text, sizeof(text));
		kernel_debug_deinit(&debug);
		doctor_say(doctor, DOCTOR_OK, what, "from %s", text);
		return;
	}
	debug_package_here(&system);
	debug_package_kernel_remedy(&system, machine.release, text, sizeof(text));
	if (err == -ENOENT)
		doctor_say(doctor, DOCTOR_WARN, what,
			   "the debug information of %s is not here, its frames have neither lines "
			   "nor inlined functions; %s",
			   machine.release, text);
	else if (err == -ESTALE)
		doctor_say(doctor, DOCTOR_WARN, what,
			   "the vmlinux that is here is of another build than the running kernel; "
			   "boot the kernel that is installed, or %s",
			   text);
	else
		doctor_say(doctor, DOCTOR_WARN, what,
			   "/sys/kernel/notes: %s; without the kernel's build-id there are none",
			   strerror(-err));
}

struct libc {
	char path[256];
};

static int find_libc(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct libc *libc = ctx;
	const char *slash = strrchr(info->dlpi_name, '/');

	(void)size;
	if (!slash || strncmp(slash, "/libc.", 6))
		return 0;
	snprintf(libc->path, sizeof(libc->path), "%s", info->dlpi_name);
	return 1;
}

/* "/usr/lib/debug/.build-id/ab/cdef....debug" */
static bool debug_file_name(const char *path, char *buf, size_t n)
{
	guard_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct elf_info info;
	size_t used;

	if (fd < 0 || elf_info_read(fd, &info) || info.build_id_size < 2)
		return false;
	used = (size_t)snprintf(buf, n, "/usr/lib/debug/.build-id/%02x/", info.build_id[0]);
	for (size_t i = 1; i < info.build_id_size && used + 9 < n; i++)
		used += (size_t)snprintf(buf + used, n - used, "%02x", info.build_id[i]);
	snprintf(buf + used, n - used, ".debug");
	return true;
}

/* The C library stands for all of them: it is in nearly every stack, and comes stripped. */
void doctor_check_debug_packages(struct doctor *doctor)
{
	struct libc libc = {""};
	char file[256];

	dl_iterate_phdr(find_libc, &libc);
	if (!*libc.path || !debug_file_name(libc.path, file, sizeof(file)))
		doctor_say(doctor, DOCTOR_WARN, "debug packages",
			   "the C library has no build-id to look for; take one that has");
	else if (!access(file, R_OK))
		doctor_say(doctor, DOCTOR_OK, "debug packages", "the C library's is installed");
	else
		doctor_say(doctor, DOCTOR_WARN, "debug packages",
			   "the C library's is not installed, its own functions stay without "
			   "names; %s",
			   access("/usr/bin/apt-get", X_OK) ? "install it"
							    : "apt install libc6-dbg");
}
