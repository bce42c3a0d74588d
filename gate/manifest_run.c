// SPDX-License-Identifier: GPL-2.0-or-later
/* The list itself. Every member is written, and has to be there when it is read. */
#include "gate/manifest_run.h"

#include "gate/manifest.h"

#define FIELD(kind, name) { #name, kind, offsetof(struct gate_manifest_run, name) }

const struct manifest_field *manifest_run_fields(void)
{
	static const struct manifest_field fields[] = {
		FIELD(MANIFEST_COUNT, number),	 FIELD(MANIFEST_COUNT, pair),
		FIELD(MANIFEST_SIDE, side),	 FIELD(MANIFEST_TRUTH, warm_up),
		FIELD(MANIFEST_STRING, file),	 FIELD(MANIFEST_COUNT, status),
		FIELD(MANIFEST_COUNT, cpu_ns),	 FIELD(MANIFEST_COUNT, user_ns),
		FIELD(MANIFEST_COUNT, system_ns), FIELD(MANIFEST_COUNT, wall_ns),
		FIELD(MANIFEST_COUNT, offcpu_ns), FIELD(MANIFEST_NUMBER, operations),
		FIELD(MANIFEST_COUNT, samples),	 FIELD(MANIFEST_COUNT, lost),
		FIELD(MANIFEST_NUMBER, covered), FIELD(MANIFEST_NUMBER, whole),
		FIELD(MANIFEST_NUMBER, load1),	 FIELD(MANIFEST_NUMBER, started),
		FIELD(MANIFEST_TRUTH, profile),	 { NULL, MANIFEST_COUNT, 0 },
	};

	return fields;
}
