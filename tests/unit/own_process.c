// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goes the way that a recording does, but for the kernel: the mappings are read
 * from /proc, and tables of all modules are built before anything is unwound.
 */
#include "tests/unit/own_process.h"

#include <unistd.h>

#include "tests/unit/bpf_native.h"

int own_process_init(struct own_process *own)
{
	static const struct capture_tables no_maps;
	bool more = true;

	if (profile_init(&own->profile) || modules_init(&own->modules, &own->profile))
		return -1;
	timeline_init(&own->timeline, &own->modules);
	if (tables_init(&own->tables, &no_maps, &own->modules) ||
	    timeline_add(&own->timeline, getpid()))
		return -1;
	own->process = own->timeline.processes.data[0];
	own->process->start_ns = NATIVE_START_NS;
	own->process->exec_id = NATIVE_EXEC_ID;
	if (tables_update(&own->tables, own->process))
		return -1;
	while (more)
		if (tables_build(&own->tables, 1000000000, &more))
			return -1;
	return 0;
}

void own_process_deinit(struct own_process *own)
{
	tables_deinit(&own->tables);
	native_reset();
	timeline_deinit(&own->timeline);
	modules_deinit(&own->modules);
	profile_deinit(&own->profile);
}
