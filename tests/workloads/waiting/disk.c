/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits for the disk, in a file of the current directory: fsync after 4 KiB were written, and major
 * page faults on pages of a mapped file that the page cache has dropped. Where the file system has
 * no disk behind it there is nothing to wait for, and the kind says so.
 */
#include <fcntl.h>
#include <string.h>

#include "waits.h"

enum { PAGE = 4096, STRIDE = 16 * PAGE };

static int scratch_file(const char *name)
{
	int fd = (int)check(open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), name);

	unlink(name);
	return fd;
}

FRAME void wait_fsync(struct tally *tally, int fd)
{
	struct mark mark = wait_begin();

	check(fsync(fd), "fsync");
	wait_end(tally, &mark);
}

static void run_fsync(struct tally *tally, int rounds)
{
	int fd = scratch_file("waits-fsync.tmp");
	char page[PAGE];

	memset(page, 'x', sizeof(page));
	for (int i = 0; !rounds || i < rounds; i++) {
		check(pwrite(fd, page, sizeof(page), (off_t)(i % 1000) * PAGE), "pwrite");
		wait_fsync(tally, fd);
	}
	if (tally->voluntary < tally->n / 2)
		kind_skip(tally, "fsync does not wait on this file system");
}

FRAME char wait_fault(struct tally *tally, const volatile char *page)
{
	struct mark mark = wait_begin();
	char byte = *page;

	wait_end(tally, &mark);
	return byte;
}

/* Pages far from each other, so that none comes along with another. */
static void run_fault(struct tally *tally, int rounds)
{
	size_t n = rounds ? (size_t)rounds : 100, size = n * STRIDE;
	int fd = scratch_file("waits-fault.tmp");
	char page[PAGE];
	const char *map;

	memset(page, 'x', sizeof(page));
	for (size_t at = 0; at < size; at += PAGE)
		check(pwrite(fd, page, sizeof(page), (off_t)at), "pwrite");
	check(fsync(fd), "fsync");
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		check(-1, "mmap");
	madvise((void *)map, size, MADV_RANDOM);
	do {
		posix_fadvise(fd, 0, (off_t)size, POSIX_FADV_DONTNEED);
		for (size_t i = 0; i < n; i++)
			wait_fault(tally, map + i * STRIDE);
		madvise((void *)map, size, MADV_DONTNEED);
	} while (!rounds);
	if (tally->major_faults < n / 2)
		kind_skip(tally, "this file system keeps its pages: %lu major faults of %zu",
			  tally->major_faults, n);
}

const struct kind kinds_disk[] = {
	{"fsync", "wait_fsync", NULL, NULL, run_fsync},
	{"fault", "wait_fault", NULL, NULL, run_fault},
	{0},
};
