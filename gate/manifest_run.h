/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of a run in manifest.json: one list for who writes and who reads. */
#ifndef FLAMETAP_GATE_MANIFEST_RUN_H
#define FLAMETAP_GATE_MANIFEST_RUN_H

#include <stdbool.h>
#include <stddef.h>

enum manifest_kind {
	MANIFEST_COUNT,	 /* uint64_t */
	MANIFEST_NUMBER, /* double */
	MANIFEST_TRUTH,	 /* bool */
	MANIFEST_STRING, /* char * */
	MANIFEST_SIDE,	 /* enum gate_side */
};

struct manifest_field {
	const char *name; /* NULL: the end of the list */
	enum manifest_kind kind;
	size_t offset; /* in struct gate_manifest_run */
};

const struct manifest_field *manifest_run_fields(void);

#endif
