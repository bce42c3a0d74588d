// SPDX-License-Identifier: GPL-2.0-or-later
/* A reason why stacks are cut short comes in; out goes what it means, and what helps. */
#include "report/profile.h"

/* Of threads that leave their CPU: bpf/switches.bpf.c copies less, and is not told how often. */
static const char *wait_remedy(enum unwind_result result)
{
	static const char *const remedies[UNWIND_N] = {
		[UNWIND_COPY_SHORT] =
			"stacks larger than 16 KiB, of code whose tables were not loaded yet",
		[UNWIND_OVER_BUDGET] =
			"more than 64 MiB of stacks to copy in a second; --rate or --min-block "
			"takes fewer",
		[UNWIND_COPY_LOST] =
			"copies of stacks came faster than they could be unwound; --rate or "
			"--min-block takes fewer",
	};
	return remedies[result];
}

const char *unwind_result_remedy(enum unwind_result result, bool waits)
{
	static const char *const remedies[UNWIND_N] = {
		[UNWIND_FRAME_POINTER] =
			"the code keeps no frame pointer; --unwind auto does without",
		[UNWIND_DEPTH] = "deeper than 1024 frames; the innermost ones are kept",
		[UNWIND_UNREADABLE] = "stack memory that was not there to be read",
		[UNWIND_NO_TABLE] =
			"code without unwind tables and frame pointers (JIT, assembly), or "
			"run before its tables were loaded",
		[UNWIND_UNMAPPED] = "code that was mapped just before, or in no mapping at all",
		[UNWIND_UNSUPPORTED] = "an unwind rule that is too unusual",
		[UNWIND_BAD_CFA] = "unwind tables that do not fit the stack",
		[UNWIND_COPY_SHORT] =
			"stacks larger than what is copied of them; raise --stack-copy",
		[UNWIND_OVER_BUDGET] =
			"more than 64 MiB of stacks to copy in a second; a lower -F or "
			"--stack-copy",
		[UNWIND_COPY_LOST] =
			"copies of stacks came faster than they could be unwound; a lower "
			"-F or --stack-copy",
		[UNWIND_LOST] = "the stack's record was dropped",
	};
	if (waits && wait_remedy(result))
		return wait_remedy(result);
	return remedies[result] ? remedies[result] : "no more is known";
}
