/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second way to a user stack: its registers and the top of its memory are
 * sent, page by page, and user space unwinds them. A page that is not in
 * memory ends the copy, and what was read before is kept (one read of it all
 * would fail for every stack that is smaller than the read).
 */
#ifndef FLAMETAP_BPF_COPY_H
#define FLAMETAP_BPF_COPY_H

enum {
	RED_ZONE = 128, /* below the stack pointer and in use: psABI 3.2.2 */
	BUDGET_WINDOW_SHIFT = 27, /* the budget is counted anew every 134 ms */
};

/* Copies have a ring of their own, so that they can crowd out no sample. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} copy_ring SEC(".maps");

/* The budget is the whole machine's. CPUs race for it: they may go over it by a copy each. */
uint64_t copy_window;
uint64_t copy_window_bytes; /* copied in it */

static __always_inline bool copy_is_affordable(uint64_t time_ns)
{
	uint64_t window = time_ns >> BUDGET_WINDOW_SHIFT;

	if (copy_window != window) {
		copy_window = window;
		copy_window_bytes = 0;
	}
	return copy_window_bytes < config.copy_window_bytes;
}

static __always_inline uint64_t copy_ring_flags(void)
{
	return bpf_ringbuf_query(&copy_ring, BPF_RB_AVAIL_DATA) >= config.copy_wakeup ?
		       BPF_RB_FORCE_WAKEUP :
		       BPF_RB_NO_WAKEUP;
}

/* Sends pages from that of the stack pointer upwards. How many is counted in the record, where
 * the verifier does not follow it. */
static __always_inline void copy_pages(struct wire_copy *copy, uint64_t sp)
{
	/* The red zone's page need not be there, and is no part of what was asked for. */
	uint64_t address = (sp - RED_ZONE) & ~(uint64_t)(WIRE_PAGE_BYTES - 1);
	uint32_t most = config.copy_pages + (address + WIRE_PAGE_BYTES <= sp);

	copy->n_pages = 0;
	copy->cut = copy->lost = false;
	for (uint32_t i = 0; i < WIRE_MAX_COPY_PAGES && i < most; i++) {
		struct wire_page *page = bpf_ringbuf_reserve(&copy_ring, sizeof(*page), 0);

		if (!page) {
			copy->cut = copy->lost = true;
			return;
		}
		if (!bpf_probe_read_user(page->bytes, sizeof(page->bytes),
					 (const void *)address)) {
			page->header.type = WIRE_PAGE;
			page->header.size = sizeof(*page);
			page->id = copy->id;
			page->address = address;
			bpf_ringbuf_submit(page, BPF_RB_NO_WAKEUP);
			copy->n_pages++;
		} else {
			bpf_ringbuf_discard(page, BPF_RB_NO_WAKEUP);
			if (address + WIRE_PAGE_BYTES > sp)
				return;
		}
		address += WIRE_PAGE_BYTES;
	}
	copy->cut = true;
}

/*
 * 0 or the reason why there is no copy. The registers are those in this CPU's
 * buffer. Their record is reserved first and sent last: its reader sees it
 * before its pages, and by then it tells how many there are. A global
 * function: the verifier looks at it once, however often it is called.
 */
__noinline int copy_send(uint64_t id, uint64_t time_ns, uint64_t ip, uint64_t sp)
{
	uint32_t zero = 0;
	const struct stack_buffer *buffer = bpf_map_lookup_elem(&stack_buffers, &zero);
	struct wire_copy *copy;

	if (!buffer || !copy_is_affordable(time_ns))
		return WIRE_OVER_BUDGET;
	copy = bpf_ringbuf_reserve(&copy_ring, sizeof(*copy), 0);
	if (!copy)
		return WIRE_COPY_LOST;
	copy->header.type = WIRE_COPY;
	copy->header.size = sizeof(*copy);
	copy->id = id;
	copy->time_ns = time_ns;
	copy->registers = buffer->scratch.registers;
	copy->ip = ip;
	copy_pages(copy, sp);
	__sync_fetch_and_add(&copy_window_bytes,
			     (uint64_t)copy->n_pages * sizeof(struct wire_page));
	bpf_ringbuf_submit(copy, copy_ring_flags());
	return 0;
}

#endif
