// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What libdw says of addresses in a program's text, for the end-to-end tests:
 * `dwarf_walk FILE` reads an address a line, and answers as `addr2line -fia`
 * does, with linkage names where there are some.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/guard.h"
#include "dwarf_oracle.h"

static void print_answer(uint64_t vaddr, const struct dwarf_oracle_answer *answer)
{
	printf("0x%016" PRIx64 "\n", vaddr);
	vec_each(&answer->frames, frame) {
		puts(frame->name ? frame->name : "??");
		printf("%s:%d\n", frame->file ? frame->file : "??", frame->line);
	}
}

int main(int argc, char **argv)
{
	guard(dwarf_oracle_deinit) struct dwarf_oracle oracle;
	struct dwarf_oracle_answer answer = {};
	uint64_t vaddr;

	if (argc != 2)
		return 2;
	dwarf_oracle_init(&oracle, argv[1]);
	while (scanf("%" SCNx64, &vaddr) == 1) {
		if (vaddr - oracle.start >= oracle.n)
			return 1;
		dwarf_oracle_answer(&oracle, vaddr - oracle.start, &answer);
		print_answer(vaddr, &answer);
	}
	vec_deinit(&answer.frames);
	return 0;
}
