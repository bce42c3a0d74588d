/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes two functions at run time, at addresses that are the same in every
 * process, and burns the seconds given in them, a quarter in the first. How it
 * tells their names, two further arguments, the fourth says: map
 * (/tmp/perf-PID.map), dump (a jitdump), none; or in a map that should not be
 * read: link, fifo, other (owner); or large (2 GiB, names at its beginning) and
 * sparse (the same, names at its end). With fork, a child of the process with the
 * map burns and has none of its own; with refork it has one, and its parent's is
 * of other names.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "workload.h"

#define PLACE 0x7e0000000000ULL

enum { FAR = 256, LARGE = 0x7fffffff };

/* mov %rdi,%rcx; 1: dec %rcx; jnz 1b; ret */
static const unsigned char loop[] = {0x48, 0x89, 0xf9, 0x48, 0xff, 0xc9, 0x75, 0xfb, 0xc3};

static void write_map(const char *path, const char *const *names, off_t at)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	char text[1024];
	/* One that an address was used for before, then both. */
	int n = snprintf(text, sizeof(text), "\n%llx %x before\n%llx %x %s\n0x%llx 0x%x %s\n",
			 PLACE, 2 * FAR, PLACE, FAR, names[0], PLACE + FAR, FAR, names[1]);

	if (fd < 0 || pwrite(fd, text, n, at) != n)
		err(1, "%s", path);
	close(fd);
}

struct load {
	uint32_t id, total_size;
	uint64_t time;
	uint32_t pid, tid;
	uint64_t vma, address, size, index;
};

static void write_dump(const char *const *names)
{
	uint32_t head[10] = {0x4a695444, 1, 40, 62, 0, getpid()};
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "jit-%d.dump", getpid());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	/* By this mapping others find it. */
	if (fd < 0 || write(fd, head, sizeof(head)) != sizeof(head) ||
	    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		err(1, "%s", path);
	for (uint64_t i = 0; i < 2; i++) {
		struct load load = {
			.total_size = sizeof(load) + strlen(names[i]) + 1 + FAR,
			.pid = getpid(),
			.tid = getpid(),
			.vma = PLACE + i * FAR,
			.address = PLACE + i * FAR,
			.size = FAR,
			.index = i,
		};

		if (write(fd, &load, sizeof(load)) != sizeof(load) ||
		    write(fd, names[i], strlen(names[i]) + 1) < 0 ||
		    write(fd, (void *)load.address, FAR) != FAR)
			err(1, "%s", path);
	}
	close(fd);
}

static void tell(const char *how, const char *const *names)
{
	char path[64], other[80];

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	snprintf(other, sizeof(other), "%s.other", path);
	if (!strcmp(how, "dump"))
		write_dump(names);
	else if (!strcmp(how, "link")) {
		write_map(other, names, 0);
		if (symlink(other, path))
			err(1, "%s", path);
	} else if (!strcmp(how, "fifo")) {
		if (mkfifo(path, 0644))
			err(1, "%s", path);
	} else if (strcmp(how, "none")) {
		write_map(path, names, strcmp(how, "sparse") ? 0 : LARGE);
		if ((!strcmp(how, "large") && truncate(path, LARGE)) ||
		    (!strcmp(how, "other") && chown(path, 12345, 12345)))
			err(1, "%s", path);
	}
}

static void burn(const unsigned char *code, double seconds)
{
	double end = clock_s(CLOCK_PROCESS_CPUTIME_ID) + seconds;
	/* The address is only a number to the compiler. */
	void (*function)(uint64_t) = (void (*)(uint64_t))(uintptr_t)code;

	while (clock_s(CLOCK_PROCESS_CPUTIME_ID) < end)
		function(1000000);
}

/* Goes on in a child; the process itself ends with it. */
static void go_on_in_child(void)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		err(1, "fork");
	if (!child)
		return;
	printf("parent=%d\n", getpid());
	fflush(stdout);
	waitpid(child, &status, 0);
	_exit(!WIFEXITED(status) || WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	static const char *const others[] = {"before", "before"};
	unsigned char *code = mmap((void *)PLACE, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	double seconds;

	if (argc < 5)
		errx(2, "SECONDS NAME NAME HOW");
	if (code == MAP_FAILED)
		err(1, "mmap");
	seconds = strtod(argv[1], NULL);
	memcpy(code, loop, sizeof(loop));
	memcpy(code + FAR, loop, sizeof(loop));
	tell(argv[4], strcmp(argv[4], "refork") ? (const char *const *)argv + 2 : others);
	if (!strcmp(argv[4], "fork") || !strcmp(argv[4], "refork"))
		go_on_in_child();
	if (!strcmp(argv[4], "refork"))
		tell("map", (const char *const *)argv + 2);
	printf("pid=%d\n", getpid());
	fflush(stdout);
	burn(code, seconds / 4);
	burn(code + FAR, seconds * 3 / 4);
	return 0;
}
