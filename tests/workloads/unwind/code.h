/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code that programs put into memory themselves: a function with a frame pointer, and the text of
 * a library. It needs nothing but its arguments, so it runs wherever it is put. */
#ifndef CODE_H
#define CODE_H

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CODE_PAGE = 4096 };

/* Calls the function with the seconds. */
typedef void code_function(void (*function)(double), double seconds);

/* push %rbp; mov %rsp,%rbp; call *%rdi; pop %rbp; ret */
static const unsigned char code_bytes[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 };

static inline code_function *code_at(char *address)
{
	code_function *function;

	memcpy(&function, &address, sizeof(function));
	return function;
}

/* A page of that function, first written and then made executable. */
static inline char *code_map(char *at)
{
	char *page = mmap(at, CODE_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);

	if (page == MAP_FAILED)
		exit(1);
	memcpy(page, code_bytes, sizeof(code_bytes));
	if (mprotect(page, CODE_PAGE, PROT_READ | PROT_EXEC))
		exit(1);
	return page;
}

/* A library and the part of its file that is its text. */
struct code_library {
	int fd;
	char *text;
	size_t size, offset;
	size_t function; /* from the start of text */
};

struct code_search {
	void *function;
	struct code_library *library;
};

static inline int code_find_text(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct code_search *search = arg;
	size_t page = CODE_PAGE - 1;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		char *start = (char *)info->dlpi_addr + (part->p_vaddr & ~page);
		char *end = (char *)info->dlpi_addr + part->p_vaddr + part->p_memsz;

		if (part->p_type != PT_LOAD || (char *)search->function < start ||
		    (char *)search->function >= end)
			continue;
		search->library->text = start;
		search->library->size = ((size_t)(end - start) + page) & ~page;
		search->library->offset = part->p_offset & ~page;
		search->library->function = (size_t)((char *)search->function - start);
		return 1;
	}
	return 0;
}

static inline void code_open_library(const char *path, const char *name, struct code_library *ret)
{
	void *handle = dlopen(path, RTLD_NOW);
	struct code_search search = { handle ? dlsym(handle, name) : NULL, ret };

	ret->fd = open(path, O_RDONLY);
	if (ret->fd < 0 || !search.function || !dl_iterate_phdr(code_find_text, &search))
		exit(1);
}

#endif
