// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Layouts are those of src/internal/abi, src/runtime/symtab.go and
 * src/cmd/link/internal/ld/pcln.go of the Go releases; only programs of 64 bits
 * and little-endian are looked at. No offset is believed.
 */
#include "symbolize/go_pclntab.h"

#include <errno.h>
#include <string.h>

enum {
	INLINED_INDEX = 2, /* PCDATA_InlTreeIndex */
	INLINED_TREE = 3,  /* FUNCDATA_InlTree */
	MAX_STRING = 64 << 10,
};

/* A function's entry: numbers of 32 bits but for the address at first. */
struct function {
	struct go_bytes bytes; /* from its entry on */
	size_t fixed;	       /* bytes before its variable part */
	uint64_t start;
	uint32_t name, pcfile, pcln, n_pcdata, unit, start_line;
	uint8_t n_funcdata;
};

static struct go_bytes bytes_from(struct go_bytes bytes, uint64_t offset)
{
	if (offset > bytes.size)
		offset = bytes.size;
	return (struct go_bytes){bytes.data + offset, bytes.size - offset};
}

/* 0 beyond the end. */
static uint64_t number_at(struct go_bytes bytes, uint64_t offset, size_t size)
{
	uint64_t value = 0;

	if (offset < bytes.size && bytes.size - offset >= size)
		memcpy(&value, bytes.data + offset, size);
	return value;
}

static uint32_t u32_at(struct go_bytes bytes, uint64_t offset)
{
	return number_at(bytes, offset, 4);
}

static struct go_bytes string_at(struct go_bytes bytes, uint64_t offset)
{
	struct go_bytes text = bytes_from(bytes, offset);
	size_t most = text.size < MAX_STRING ? text.size : MAX_STRING;
	const unsigned char *end = most ? memchr(text.data, '\0', most) : NULL;

	text.size = end ? end - text.data : 0;
	return text;
}

static bool version_of(uint32_t magic, enum go_version *ret)
{
	switch (magic) {
	case 0xfffffffb:
		*ret = GO_1_2;
		return true;
	case 0xfffffffa:
		*ret = GO_1_16;
		return true;
	case 0xfffffff0:
		*ret = GO_1_18;
		return true;
	case 0xfffffff1:
		*ret = GO_1_20;
		return true;
	}
	return false;
}

int go_pclntab_init(struct go_pclntab *table, const void *data, size_t size)
{
	struct go_bytes all = {data, size};
	uint64_t at = 24; /* of the offsets, behind two counts */
	uint64_t end;

	memset(table, 0, sizeof(*table));
	if (size < 32 || !version_of(u32_at(all, 0), &table->version) || number_at(all, 4, 2) ||
	    number_at(all, 7, 1) != 8)
		return -ENOENT;
	table->work = GO_WORK;
	table->quantum = number_at(all, 6, 1);
	table->n_functions = number_at(all, 8, 8);
	table->field = table->version >= GO_1_18 ? 4 : 8;
	if (table->n_functions > size / table->field / 2)
		return -ENOENT;
	end = table->field * (2 * table->n_functions + 1);
	if (table->version == GO_1_2) {
		/* All offsets are from the beginning. */
		table->functions = bytes_from(all, 16);
		table->files = bytes_from(all, u32_at(all, 16 + end));
		table->names = table->tables = all;
		return 0;
	}
	if (table->version >= GO_1_18) {
		table->text = number_at(all, at, 8);
		at += 8;
	}
	table->names = bytes_from(all, number_at(all, at, 8));
	table->units = bytes_from(all, number_at(all, at + 8, 8));
	table->files = bytes_from(all, number_at(all, at + 16, 8));
	table->tables = bytes_from(all, number_at(all, at + 24, 8));
	table->functions = bytes_from(all, number_at(all, at + 32, 8));
	return table->functions.size >= end ? 0 : -ENOENT;
}

static uint64_t function_start(const struct go_pclntab *table, uint64_t i)
{
	uint64_t start = number_at(table->functions, 2 * i * table->field, table->field);

	return table->version >= GO_1_18 ? table->text + start : start;
}

/* False if the address is before the first function or behind the last. */
static bool function_find(const struct go_pclntab *table, uint64_t vaddr, struct function *ret)
{
	uint64_t low = 0, high = table->n_functions;
	size_t address = table->field, rest;
	struct go_bytes bytes = table->version == GO_1_2 ? table->names : table->functions;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (function_start(table, middle) <= vaddr)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || vaddr >= function_start(table, table->n_functions))
		return false;
	low--;
	bytes = bytes_from(bytes, number_at(table->functions, (2 * low + 1) * table->field,
					    table->field));
	*ret = (struct function){
		.bytes = bytes,
		.start = function_start(table, low),
		.name = u32_at(bytes, address),
		.pcfile = u32_at(bytes, address + 16),
		.pcln = u32_at(bytes, address + 20),
		.n_pcdata = u32_at(bytes, address + 24),
	};
	rest = address + 28;
	if (table->version >= GO_1_16)
		ret->unit = u32_at(bytes, rest);
	rest += table->version >= GO_1_16 ? 4 : 0;
	if (table->version >= GO_1_20)
		ret->start_line = u32_at(bytes, rest);
	rest += table->version >= GO_1_20 ? 4 : 0;
	ret->n_funcdata = number_at(bytes, rest + 3, 1);
	ret->fixed = rest + 4;
	return bytes.size >= ret->fixed;
}

/* False at the end of the bytes. */
static bool read_varint(struct go_bytes *bytes, uint32_t *ret)
{
	*ret = 0;
	for (int shift = 0; bytes->size && shift < 35; shift += 7) {
		unsigned char byte = *bytes->data++;

		bytes->size--;
		*ret |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* What a table of (difference of the value, length of code) says of an address; -1: nothing. */
static int32_t value_at(struct go_pclntab *table, const struct function *function,
			uint32_t offset, uint64_t vaddr)
{
	struct go_bytes bytes = bytes_from(table->tables, offset);
	uint64_t end = function->start;
	uint32_t value = -1, change, length;

	if (!offset)
		return -1;
	for (bool first = true; table->work && read_varint(&bytes, &change); first = false) {
		table->work--;
		if (!change && !first)
			return -1;
		value += change & 1 ? ~(change >> 1) : change >> 1;
		if (!read_varint(&bytes, &length))
			return -1;
		end += (uint64_t)length * table->quantum;
		if (vaddr < end)
			return value;
	}
	return -1;
}

static struct go_bytes file_of(struct go_pclntab *table, const struct function *function,
			       uint64_t vaddr)
{
	static const struct go_bytes none;
	int32_t number = value_at(table, function, function->pcfile, vaddr);
	uint32_t offset;

	if (number < 0)
		return none;
	if (table->version == GO_1_2)
		return string_at(table->names, u32_at(table->files, 4 * (uint64_t)number));
	if (4 * ((uint64_t)function->unit + number) + 4 > table->units.size)
		return none;
	offset = u32_at(table->units, 4 * ((uint64_t)function->unit + number));
	return string_at(table->files, offset);
}

struct inlined_call {
	uint32_t name;
	uint32_t parent; /* the call's place in the function */
	uint32_t start_line;
};

/* The innermost inlined call at an address; false if there is none. */
static bool inlined_find(struct go_pclntab *table, const struct function *function,
			 uint64_t vaddr, struct inlined_call *ret)
{
	uint32_t pcdata = u32_at(function->bytes, function->fixed + 4 * INLINED_INDEX);
	uint64_t funcdata = function->fixed + 4 * ((uint64_t)function->n_pcdata + INLINED_TREE);
	uint32_t tree = u32_at(function->bytes, funcdata);
	bool old = table->version < GO_1_20;
	size_t size = old ? 20 : 16;
	uint32_t words[5];
	int32_t index;

	if (!table->inlined || !table->read || function->n_pcdata <= INLINED_INDEX ||
	    function->n_funcdata <= INLINED_TREE || tree == UINT32_MAX)
		return false;
	index = value_at(table, function, pcdata, vaddr);
	if (index < 0 || table->read(table->ctx, table->inlined + tree + (uint64_t)index * size,
				     words, size))
		return false;
	*ret = old ? (struct inlined_call){words[3], words[4], 0} :
		     (struct inlined_call){words[1], words[2], words[3]};
	return true;
}

size_t go_pclntab_find(struct go_pclntab *table, uint64_t vaddr,
		       struct go_frame ret[GO_MAX_FRAMES])
{
	struct function function;
	struct inlined_call call;
	size_t n = 0;

	if (!function_find(table, vaddr, &function))
		return 0;
	for (;;) {
		int32_t line = value_at(table, &function, function.pcln, vaddr);
		bool inlined = n + 1 < GO_MAX_FRAMES &&
			       inlined_find(table, &function, vaddr, &call);

		/* What fills up the space behind a function has no line. */
		if (!n && function.pcln && line < 0)
			return 0;
		ret[n] = (struct go_frame){
			.name = string_at(table->names, inlined ? call.name : function.name),
			.file = file_of(table, &function, vaddr),
			.line = line > 0 ? line : 0,
			.start_line = inlined ? call.start_line : function.start_line,
			.start = function.start,
		};
		n++;
		if (!inlined)
			return n;
		/* It stands for the call: an instruction with the call's own place in the source. */
		vaddr = function.start + call.parent;
	}
}
