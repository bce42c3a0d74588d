// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes, types and ranges of records are checked here and nowhere else. */
#include "profiler/wire.h"

#include <errno.h>
#include <string.h>

static const enum unwind_result results[WIRE_RESULTS] = {
	[WIRE_WHOLE] = UNWIND_WHOLE,
	[WIRE_KERNEL_ONLY] = UNWIND_KERNEL_ONLY,
	[WIRE_OMITTED] = UNWIND_OMITTED,
	[WIRE_FRAME_POINTER] = UNWIND_FRAME_POINTER,
	[WIRE_DEPTH] = UNWIND_DEPTH,
	[WIRE_UNREADABLE] = UNWIND_UNREADABLE,
	[WIRE_NO_REGISTERS] = UNWIND_NO_REGISTERS,
	[WIRE_NO_TABLE] = UNWIND_NO_TABLE,
	[WIRE_UNMAPPED] = UNWIND_UNMAPPED,
	[WIRE_UNSUPPORTED] = UNWIND_UNSUPPORTED,
	[WIRE_BAD_CFA] = UNWIND_BAD_CFA,
	[WIRE_COPIED] = UNWIND_COPY_LOST, /* unless the copy is there */
	[WIRE_COPY_SHORT] = UNWIND_COPY_SHORT,
	[WIRE_OVER_BUDGET] = UNWIND_OVER_BUDGET,
	[WIRE_COPY_LOST] = UNWIND_COPY_LOST,
};

enum unwind_result wire_result(enum wire_result result)
{
	return results[result];
}

uint64_t wire_bucket_ns(uint8_t bucket)
{
	uint32_t octave = bucket < WIRE_BUCKET_STEPS ? 0 : bucket / WIRE_BUCKET_STEPS - 1;
	uint64_t n = bucket < WIRE_BUCKET_STEPS ? bucket :
						  WIRE_BUCKET_STEPS + bucket % WIRE_BUCKET_STEPS;

	return n << octave << WIRE_BUCKET_SHIFT;
}

static int check_sample(const struct wire_sample *wire, struct checked_sample *ret)
{
	if (wire->header.size != sizeof(*wire) || wire->pid <= 0 || wire->tid <= 0 ||
	    wire->result >= WIRE_RESULTS)
		return -EBADMSG;
	*ret = (struct checked_sample){
		.time_ns = wire->time_ns,
		.kernel_id = wire->kernel_id,
		.user_id = wire->user_id,
		.copy_id = wire->copy_id,
		.start_ns = wire->start_ns,
		.exec_id = wire->exec_id,
		.weight = wire->weight,
		.pid = wire->pid,
		.tid = wire->tid,
		.cpu = wire->cpu,
		.result = wire_result(wire->result),
		.in_kernel = wire->flags & WIRE_IN_KERNEL,
		.untabled = wire->flags & WIRE_UNTABLED,
	};
	memcpy(ret->process, wire->process, WIRE_COMM - 1);
	memcpy(ret->comm, wire->comm, WIRE_COMM - 1);
	return 0;
}

static int check_stack(const struct wire_stack *wire, struct checked_stack *ret)
{
	size_t bytes = wire->header.size - sizeof(*wire);

	if (wire->header.size <= sizeof(*wire) || bytes % sizeof(uint64_t) || !wire->id ||
	    bytes / sizeof(uint64_t) > WIRE_MAX_USER_FRAMES)
		return -EBADMSG;
	*ret = (struct checked_stack){
		.kernel = wire->header.type == WIRE_KERNEL_STACK,
		.id = wire->id,
		.addresses = wire->addresses,
		.n = bytes / sizeof(uint64_t),
	};
	return 0;
}

static int check_remap(const struct wire_remap *wire, struct checked_remap *ret)
{
	if (wire->header.size != sizeof(*wire) || wire->pid <= 0)
		return -EBADMSG;
	*ret = (struct checked_remap){
		.time_ns = wire->time_ns,
		.start_ns = wire->start_ns,
		.old_start = wire->old_start,
		.old_size = wire->old_size,
		.pid = wire->pid,
	};
	return 0;
}

static int check_exec(const struct wire_exec *wire, struct checked_exec *ret)
{
	if (wire->header.size != sizeof(*wire) || wire->pid <= 0)
		return -EBADMSG;
	*ret = (struct checked_exec){
		.time_ns = wire->time_ns,
		.start_ns = wire->start_ns,
		.exec_id = wire->exec_id,
		.pid = wire->pid,
	};
	return 0;
}

static int check_copy(const struct wire_copy *wire, struct checked_copy *ret)
{
	if (wire->header.size != sizeof(*wire) || !wire->id ||
	    wire->n_pages > WIRE_MAX_COPY_PAGES)
		return -EBADMSG;
	*ret = (struct checked_copy){
		.id = wire->id,
		.time_ns = wire->time_ns,
		.registers = wire->registers.dwarf,
		.ip = wire->ip,
		.n_pages = wire->n_pages,
		.cut = wire->cut,
		.lost = wire->lost,
	};
	return 0;
}

static int check_page(const struct wire_page *wire, struct checked_page *ret)
{
	if (wire->header.size != sizeof(*wire) || !wire->id || wire->address % WIRE_PAGE_BYTES)
		return -EBADMSG;
	*ret = (struct checked_page){ wire->id, wire->address, wire->bytes };
	return 0;
}

int wire_check(const void *data, size_t size, struct checked_record *ret)
{
	const struct wire_header *header = data;

	/* The ring rounds sizes up to 8. */
	if (size < sizeof(*header) || header->size < sizeof(*header) || header->size > size)
		return -EBADMSG;
	ret->type = header->type;
	switch (header->type) {
	case WIRE_SAMPLE:
		return check_sample(data, &ret->sample);
	case WIRE_KERNEL_STACK:
	case WIRE_USER_STACK:
		return check_stack(data, &ret->stack);
	case WIRE_REMAP:
		return check_remap(data, &ret->remap);
	case WIRE_EXEC:
		return check_exec(data, &ret->exec);
	case WIRE_COPY:
		return check_copy(data, &ret->copy);
	case WIRE_PAGE:
		return check_page(data, &ret->page);
	default:
		return -EBADMSG;
	}
}
