/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * This program as a process to unwind: its mappings, and the unwind tables of
 * its modules where the native BPF unwinder (bpf_native.h) looks for them.
 */
#ifndef FLAMETAP_TESTS_UNIT_OWN_PROCESS_H
#define FLAMETAP_TESTS_UNIT_OWN_PROCESS_H

#include "profiler/tables.h"

struct own_process {
	struct profile profile;
	struct modules modules;
	struct timeline timeline;
	struct tables tables;
	struct process *process; /* the timeline's */
};

/* 0 or -1, as a cmocka fixture. One at a time: the unwinder's maps are the program's. */
int own_process_init(struct own_process *own);
void own_process_deinit(struct own_process *own);

#endif
