/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copied stacks. The first byte chooses: random registers and memory over the
 * call-frame information of this very program and its libraries, or an ELF
 * image with call-frame information of its own over a fixed stack. Whatever
 * comes in, the walk ends, within its room, and what is remembered of other
 * stacks makes no difference.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/copy_unwind.h"
#include "symbolize/elf_file.h"

enum { N_PAGES = 4, N_ADDRESSES = 16, MOST_FRAMES = 256, MOST_TEXT = 1 << 20 };
static const uint64_t STACK = 0x7ffd00000000, IMAGE = 0x10000000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct walk {
	uint64_t addresses[MOST_FRAMES];
	uint32_t n;
	enum wire_result result;
};

/* What is read once: this process's own mappings. */
struct own {
	struct profile profile;
	struct modules modules;
	struct timeline timeline;
	struct copy_unwinder *unwinder;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static struct own *own_get(void)
{
	static struct own *own;

	if (own)
		return own;
	own = calloc(1, sizeof(*own));
	require(own && !profile_init(&own->profile) && !modules_init(&own->modules, &own->profile));
	timeline_init(&own->timeline, &own->modules);
	require(!timeline_add(&own->timeline, getpid()) &&
		!copy_unwinder_create(&own->modules, &own->unwinder));
	return own;
}

static void unwind(struct copy_unwinder *unwinder, const struct process *process,
		   const struct stack_copy *copy, struct walk *ret)
{
	memset(ret, 0, sizeof(*ret));
	require(!copy_unwind(unwinder, process, copy, ret->addresses, MOST_FRAMES, &ret->n,
			     &ret->result));
	require(ret->n >= 1 && ret->n <= MOST_FRAMES && ret->result < WIRE_RESULTS);
}

/* The second unwinder may be the first one, which remembers. */
static void unwind_twice(struct copy_unwinder *one, struct copy_unwinder *other,
			 const struct process *process, const struct stack_copy *copy)
{
	struct walk first, second;

	unwind(one, process, copy, &first);
	unwind(other, process, copy, &second);
	require(!memcmp(&first, &second, sizeof(first)));
}

/* The next eight bytes: mostly an address of the stack or in some text, by the topmost. */
static uint64_t next_word(const struct process *process, const uint8_t *data, size_t size,
			  size_t *at)
{
	const struct mapping *mapping;
	uint64_t word = 0;

	for (int i = 0; i < 8; i++)
		word = word << 8 | (size ? data[(*at)++ % size] : 0);
	switch (word >> 61) {
	case 0:
	case 1:
		return word;
	case 2:
	case 3:
		return STACK + word % (N_PAGES * COPY_PAGE + 64);
	case 4:
		return STACK + 8 * (word % (N_PAGES * COPY_PAGE / 8));
	default:
		mapping = &process->mappings.data[(word >> 48) % process->mappings.n];
		return mapping->start + (word & 0xffffffffffff) % (mapping->end - mapping->start);
	}
}

static void fuzz_stack(const uint8_t *data, size_t size)
{
	static uint64_t memory[N_PAGES * COPY_PAGE / sizeof(uint64_t)];
	struct own *own = own_get();
	struct process *process = own->timeline.processes.data[0];
	struct copy_page pages[N_PAGES];
	struct stack_copy copy = { .pages = pages, .n_pages = N_PAGES, .cut = size & 1 };
	size_t at = 0;

	for (uint32_t i = 0; i < DWARF_N_REGISTERS; i++)
		copy.registers[i] = next_word(process, data, size, &at);
	for (size_t i = 0; i < sizeof(memory) / sizeof(*memory); i++)
		memory[i] = next_word(process, data, size, &at);
	for (uint32_t i = 0; i < N_PAGES; i++)
		pages[i] = (struct copy_page){ STACK + i * COPY_PAGE,
					       (const uint8_t *)memory + i * COPY_PAGE };
	unwind_twice(own->unwinder, own->unwinder, process, &copy);
}

/* Starts at addresses all over the image, and returns to others. */
static void unwind_image(const struct modules *modules, const struct process *process,
			 uint64_t size)
{
	static uint64_t words[COPY_PAGE / sizeof(uint64_t)];
	const struct copy_page page = { STACK, (const uint8_t *)words };
	struct stack_copy copy = { .pages = &page, .n_pages = 1 };
	struct copy_unwinder *unwinder;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		words[i] = i % 3 ? IMAGE + i * 37 % size : STACK + (i * 8 + 64) % COPY_PAGE;
	for (uint32_t i = 0; i < DWARF_RA; i++)
		copy.registers[i] = STACK + 16 * i;
	require(!copy_unwinder_create(modules, &unwinder));
	for (uint32_t i = 0; i < N_ADDRESSES; i++) {
		struct copy_unwinder *fresh;

		require(!copy_unwinder_create(modules, &fresh));
		copy.registers[DWARF_RA] = IMAGE + i * (size / N_ADDRESSES + 1) % size;
		unwind_twice(unwinder, fresh, process, &copy);
		copy_unwinder_destroy(fresh);
	}
	copy_unwinder_destroy(unwinder);
}

/* The first executable segment is mapped. */
static bool find_text(const uint8_t *data, size_t size, struct mapping *ret)
{
	guard(elf_file_deinit) struct elf_file file = {};
	const struct elf_segment *segment;

	if (elf_file_init_image(&file, data, size) || !file.by_offset.n)
		return false;
	segment = file.by_offset.data;
	ret->start = IMAGE;
	ret->end = IMAGE + (segment->size < MOST_TEXT ? segment->size : MOST_TEXT);
	ret->offset = segment->offset;
	return true;
}

static void fuzz_image(const uint8_t *data, size_t size)
{
	guard_close int fd = memfd_create("image", MFD_CLOEXEC);
	struct module module = { .fd = fd };
	struct modules modules = { .items = { .data = &module, .n = 1 } };
	struct mapping mapping = {};
	struct process process = { .serial = 1, .mappings = { .data = &mapping, .n = 1 } };

	if (!find_text(data, size, &mapping))
		return;
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	unwind_image(&modules, &process, mapping.end - mapping.start);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (data[0] & 1)
		fuzz_image(data + 1, size - 1);
	else
		fuzz_stack(data + 1, size - 1);
	return 0;
}
