// SPDX-License-Identifier: GPL-2.0-or-later
/* Compares two stacks from the leaf outwards and classes where they part. */
#include "profiler/agreement.h"

#include <inttypes.h>

#include "bpf/sample.h"

static const char *const class_names[AGREE_N] = {
	[AGREE_SAME] = "same",
	[AGREE_BOTH_CUT] = "both cut",
	[AGREE_KERNEL_CUT] = "kernel cut",
	[AGREE_COPY_CUT] = "copy cut",
	[AGREE_OTHER_END] = "other end",
	[AGREE_LEAF] = "part at the leaf",
	[AGREE_FURTHER_OUT] = "part further out",
};

static enum agreement_class classify(const struct agreement_stack *kernel,
				     const struct agreement_stack *copy, uint32_t agreed,
				     uint32_t common)
{
	bool kernel_whole = kernel->result == UNWIND_WHOLE;
	bool copy_whole = copy->result == UNWIND_WHOLE;

	if (agreed < common)
		return agreed <= 1 ? AGREE_LEAF : AGREE_FURTHER_OUT;
	if (kernel_whole && copy_whole)
		return kernel->n == copy->n ? AGREE_SAME : AGREE_OTHER_END;
	if (copy_whole)
		return AGREE_KERNEL_CUT;
	return kernel_whole ? AGREE_COPY_CUT : AGREE_BOTH_CUT;
}

void agreement_add(struct agreement *agreement, const struct agreement_stack *kernel,
		   const struct agreement_stack *copy)
{
	uint32_t common = kernel->n < copy->n ? kernel->n : copy->n, agreed = 0;
	enum agreement_class class;

	while (agreed < common &&
	       !((kernel->addresses[agreed] ^ copy->addresses[agreed]) & ~WIRE_EXACT))
		agreed++;
	class = classify(kernel, copy, agreed, common);
	agreement->stacks[class]++;
	agreement->common += common;
	agreement->agreed += agreed;
	if (class == AGREE_KERNEL_CUT)
		agreement->kernel_cut[kernel->result]++;
	if (class == AGREE_COPY_CUT)
		agreement->copy_cut[copy->result]++;
}

static void write_reasons(const char *name, const uint64_t *counts, FILE *out)
{
	const char *comma = "";

	fprintf(out, ", \"%s\": {", name);
	for (unsigned i = 0; i < UNWIND_N; i++) {
		if (!counts[i])
			continue;
		fprintf(out, "%s\"%s\": %" PRIu64, comma, unwind_result_name(i), counts[i]);
		comma = ", ";
	}
	fputs("}", out);
}

void agreement_write_json(const struct agreement *agreement, FILE *out)
{
	fprintf(out, "\"frames\": %" PRIu64 ", \"frames_agreed\": %" PRIu64 ", \"stacks\": {",
		agreement->common, agreement->agreed);
	for (unsigned i = 0; i < AGREE_N; i++)
		fprintf(out, "%s\"%s\": %" PRIu64, i ? ", " : "", class_names[i],
			agreement->stacks[i]);
	fputs("}", out);
	write_reasons("kernel_cut", agreement->kernel_cut, out);
	write_reasons("copy_cut", agreement->copy_cut, out);
}
