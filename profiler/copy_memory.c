// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks an address up in the pages of a copy; one in a module's text is read
 * from its file, as it is now, with pread: the file may have been truncated.
 */
#include "profiler/copy_memory.h"

#include <string.h>
#include <unistd.h>

static bool page_has(const struct copy_page *page, uint64_t address)
{
	return address - page->address < COPY_PAGE;
}

static const struct copy_page *find_page(struct copy_memory *memory, uint64_t address)
{
	const struct stack_copy *copy = memory->copy;
	uint32_t low = 0, high = copy->n_pages;

	if (memory->last < high && page_has(&copy->pages[memory->last], address))
		return &copy->pages[memory->last];
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (copy->pages[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || !page_has(&copy->pages[low - 1], address))
		return NULL;
	memory->last = low - 1;
	return &copy->pages[low - 1];
}

static bool read_text(const struct copy_memory *memory, uint64_t address, void *to, size_t n)
{
	const struct mapping *mapping = process_mapping(memory->process, address);
	const struct modules *modules = memory->modules;
	uint64_t offset;
	int fd;

	if (!mapping || n > mapping->end - address || mapping->module >= modules->items.n)
		return false;
	fd = modules->items.data[mapping->module].fd;
	offset = mapping->offset + (address - mapping->start);
	return fd >= 0 && offset <= INT64_MAX - n && pread(fd, to, n, (off_t)offset) == (ssize_t)n;
}

/* Above the last page there may have been more. */
static uint32_t why_missing(const struct stack_copy *copy, uint64_t address)
{
	if (!copy->cut ||
	    (copy->n_pages && address < copy->pages[copy->n_pages - 1].address + COPY_PAGE))
		return WIRE_UNREADABLE;
	return copy->lost ? WIRE_COPY_LOST : WIRE_COPY_SHORT;
}

uint32_t copy_memory_read(struct copy_memory *memory, uint64_t address, void *to, size_t n)
{
	unsigned char *bytes = to;

	if (address > UINT64_MAX - n)
		return WIRE_UNREADABLE;
	while (n) {
		const struct copy_page *page = find_page(memory, address);
		size_t within = page ? address - page->address : 0;
		size_t size = COPY_PAGE - within < n ? COPY_PAGE - within : n;

		if (!page) {
			if (read_text(memory, address, bytes, n))
				return 0;
			return why_missing(memory->copy, address);
		}
		memcpy(bytes, page->bytes + within, size);
		bytes += size;
		address += size;
		n -= size;
	}
	return 0;
}
