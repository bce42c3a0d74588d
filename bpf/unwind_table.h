/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwind tables as the BPF programs read them: for each address of a module
 * that .eh_frame covers, the rule that finds the caller. A row is 4 bytes: the
 * low half of the address where it begins to hold, and a rule's number. Rows
 * lie in pages of 64 KiB of text, each with a directory entry; the first row of
 * a page holds from its first byte on. The rules are few (478 distinct
 * ones in the 16,781 rows of libc) and shared by all modules.
 */
#ifndef FLAMETAP_BPF_UNWIND_TABLE_H
#define FLAMETAP_BPF_UNWIND_TABLE_H

#include "bpf/sample.h"

enum {
	UNWIND_PAGE_SHIFT = 16,
	UNWIND_MAX_RULES = 1 << 16,
};

/* DWARF's numbers of registers of x86-64 (psABI, figure 3.36). */
enum {
	DWARF_RBX = 3,
	DWARF_RBP = 6,
	DWARF_RSP = 7,
	DWARF_RA = 16,
	DWARF_N_REGISTERS = 17,
};

/* From the stack pointer at the signal trampoline to struct sigcontext: uc_flags, uc_link,
 * uc_stack. arch/x86/include/uapi/asm/sigcontext.h, asm-generic/ucontext.h. */
enum { UNWIND_SIGCONTEXT_OFFSET = 40 };

struct unwind_row {
	uint16_t pc;   /* address within the page */
	uint16_t rule;
};

/* Where the canonical frame address comes from. */
enum unwind_cfa {
	UNWIND_CFA_NONE,     /* no rule: not covered, or one that cannot be expressed */
	UNWIND_CFA_REGISTER, /* register + cfa_offset */
	UNWIND_CFA_DEREF,    /* *(register + cfa_offset) + cfa_extra */
	UNWIND_CFA_PLT,      /* rsp + 8 + ((rip & 15) >= cfa_offset) * 8 */
	UNWIND_CFA_SIGNAL,   /* a signal frame: registers from the struct ucontext at rsp */
	UNWIND_CFA_END,      /* the return address is undefined: the outermost frame */
	UNWIND_CFA_UNSUPPORTED, /* there is a rule, but none of these */
	UNWIND_CFA_INDEXED,  /* *(register + cfa_offset + 8 * cfa_index's) + cfa_extra: RSA */
};

/* Where a register of the caller is. */
enum unwind_where {
	UNWIND_SAME,      /* not changed */
	UNWIND_AT_CFA,    /* *(CFA + offset) */
	UNWIND_AT_FP,     /* *(rbp + offset): stack realignment */
	UNWIND_IN_REGISTER, /* offset is the number of the register */
	UNWIND_LOST_REGISTER, /* undefined, or by a rule that cannot be expressed */
};

struct unwind_rule {
	uint8_t cfa;          /* enum unwind_cfa */
	uint8_t cfa_register;
	uint8_t cfa_index;    /* UNWIND_CFA_INDEXED: the other register */
	uint8_t ra;           /* enum unwind_where; UNWIND_AT_CFA with -8 nearly always */
	uint8_t fp;           /* of rbp */
	uint8_t bx;           /* of rbx: the CFA of ld.so's lazy binding stands on it */
	/* A run of pushes or pops is one row: see unwind_cfa_offset(). */
	int8_t step;
	uint8_t step_shift;
	uint8_t n_steps;
	uint8_t pad[3];
	int32_t cfa_offset;
	int16_t cfa_extra;
	int16_t ra_offset;
	int16_t fp_offset;
	int16_t bx_offset;
};

/*
 * Of UNWIND_CFA_REGISTER: the offset this many bytes after the row's pc. It changes by step
 * every 1 << step_shift bytes, n_steps times, exactly where the call-frame program says so.
 */
static inline int32_t unwind_cfa_offset(const struct unwind_rule *rule, uint32_t distance)
{
	uint32_t n = distance >> (rule->step_shift & 3);

	if (n > rule->n_steps)
		n = rule->n_steps;
	return rule->cfa_offset + (int32_t)n * rule->step;
}

/*
 * Where the tables lie in the BPF maps. Rows are in chunks, each an inner map
 * that is made when it is needed; a page's rows never cross from one chunk
 * into the next.
 */
enum {
	/* 1 MiB. Smaller ones save nothing: the kernel waits 15 ms for every one that is added. */
	UNWIND_CHUNK_ROWS = 1 << 18,
	UNWIND_MAX_CHUNKS = 1 << 8,        /* 256 MiB, of which the user side bounds the use */
	UNWIND_MAP_PAGES = 1 << 16,        /* 4 GiB of text */
	UNWIND_MAX_MODULES = 1 << 14,
	UNWIND_MAX_MAPPINGS = 1 << 18,
};

/* Marks that user space takes away: a walk used a module's table, or met it before it was there. */
struct unwind_marks {
	uint8_t used[UNWIND_MAX_MODULES];
	uint32_t missed[UNWIND_MAX_MODULES];
};

struct unwind_map_page {
	uint32_t first; /* row in the chunk */
	uint16_t chunk;
	uint16_t n_rows; /* 0: not there (yet) */
};

struct unwind_module {
	uint32_t page;       /* number of its first page: address >> UNWIND_PAGE_SHIFT */
	uint32_t first_page; /* where that page's entry stands */
	uint32_t n_pages;    /* 0: no table. Written after the two above, which change only then. */
	uint8_t never;       /* and none is to come: no call-frame information, or no room */
	uint8_t pad[3];
};

/* An executable mapping; those of a process stand together, sorted. */
struct unwind_mapping {
	uint64_t start, end;
	uint64_t bias; /* pc - bias is the address in the module's file */
	uint32_t module;
	/* Must be the process entry's: else these are another one's by now. It is written before
	 * all the rest, and to be read after it. */
	uint32_t owner;
};

struct unwind_process {
	uint64_t start_ns; /* as in a sample: the entry is void for another process ... */
	uint64_t exec_id;  /* ... and for another image */
	uint32_t first_mapping;
	uint32_t n_mappings;
	uint32_t owner; /* a fork has its parent's entries until it gets its own */
	uint32_t pad;
};

_Static_assert(sizeof(struct unwind_map_page) == 8, "unwind_map_page");
_Static_assert(sizeof(struct unwind_module) == 16, "unwind_module");
_Static_assert(sizeof(struct unwind_mapping) == 32, "unwind_mapping");
_Static_assert(sizeof(struct unwind_process) == 32, "unwind_process");
_Static_assert(sizeof(struct unwind_row) == 4, "unwind_row");
_Static_assert(sizeof(struct unwind_rule) == 24, "unwind_rule");

#endif
