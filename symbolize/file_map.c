// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps files behind a handler of SIGBUS. The handler puts an empty page where
 * one of a truncated file was to be read. It needs no list of what is mapped
 * and so no state: whatever a page was of, without it the process would die.
 */
#include "symbolize/file_map.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* Async-signal-safe: mmap and sigaction are bare system calls. Other threads may be at the same
 * page; they then put their empty page over this one. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
	const struct sigaction by_default = {.sa_handler = SIG_DFL};
	uintptr_t page = (uintptr_t)info->si_addr & ~(uintptr_t)(PAGE - 1);
	int saved = errno;

	(void)context;
	/* Broken memory, kill(2), and no room for one more mapping: as without a handler. A fault
	 * comes again at once; what was sent does not, and is raised. */
	if (info->si_code != BUS_ADRERR ||
	    mmap((void *)page, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		    MAP_FAILED) {
		sigaction(SIGBUS, &by_default, NULL);
		if (info->si_code <= 0)
			raise(number);
	}
	errno = saved;
}

/* Asked for with each mapping rather than once: there is nothing to remember, and it takes
 * effect again after something else has taken the signal. */
static int take_sigbus(void)
{
	struct sigaction action;

	if (sigaction(SIGBUS, NULL, &action))
		return -errno;
	if ((action.sa_flags & SA_SIGINFO) && action.sa_sigaction == on_sigbus)
		return 0;
	action = (struct sigaction){
		.sa_sigaction = on_sigbus,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};
	sigemptyset(&action.sa_mask);
	return sigaction(SIGBUS, &action, NULL) ? -errno : 0;
}

int file_map(int fd, uint64_t offset, size_t size, const unsigned char **ret)
{
	size_t before = offset % PAGE;
	unsigned char *bytes;
	int err = take_sigbus();

	if (err)
		return err;
	if (size > SIZE_MAX - before || offset - before > INT64_MAX)
		return -EOVERFLOW;
	bytes = mmap(NULL, before + size, PROT_READ, MAP_PRIVATE, fd, offset - before);
	if (bytes == MAP_FAILED)
		return -errno;
	*ret = bytes + before;
	return 0;
}

void file_map_release(const unsigned char *bytes, size_t size)
{
	size_t before = (uintptr_t)bytes % PAGE;

	munmap((void *)(bytes - before), before + size);
}

void file_map_drop(const unsigned char *bytes, size_t size)
{
	uintptr_t start = ((uintptr_t)bytes + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	uintptr_t end = ((uintptr_t)bytes + size) & ~(uintptr_t)(PAGE - 1);

	if (start < end)
		madvise((void *)start, end - start, MADV_DONTNEED);
}
