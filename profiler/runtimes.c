// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One pass over the stacks tells what each runs through, one over the samples adds that up by
 * process. A process with stacks that go through the runtime's own library is one of that
 * runtime; its stacks are cut by the runtime's code where they are incomplete and run
 * through memory without a file.
 */
#include "profiler/runtimes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"

enum { LEAST_PERCENT = 1 };

/*
 * To add one, add a row. V8 (node) keeps frame pointers always, and so does .NET: their stacks
 * are whole.
 */
static const struct runtime {
	const char *library; /* name of its file */
	const char *cause, *remedy;
} runtimes[] = {
	{"libjvm.so", "are cut in compiled Java code, which keeps no frame pointer",
	 "run java with -XX:+PreserveFramePointer"},
};

enum {
	N_RUNTIMES = sizeof(runtimes) / sizeof(*runtimes),
	MADE_CODE = 1 << N_RUNTIMES, /* bits below it: a runtime's library */
};

_Static_assert(N_RUNTIMES < 8, "a byte has the bits");

struct process {
	int32_t pid;
	uint32_t comm;
	uint8_t libraries; /* seen on its stacks, a bit each */
	int64_t weight, cut;
};

struct finder {
	const struct profile *profile;
	uint8_t *modules, *stacks; /* what is in them, a bit each */
	VEC(struct process) processes;
	struct idmap by_pid;
};

static void finder_deinit(struct finder *finder)
{
	free(finder->modules);
	free(finder->stacks);
	vec_deinit(&finder->processes);
	idmap_deinit(&finder->by_pid);
}

static uint8_t module_bits(const struct profile *profile, const struct profile_module *module)
{
	const char *path = strings_get(&profile->strings, module->path);
	const char *slash = strrchr(path, '/');

	if (module->kind == MODULE_JIT)
		return strcmp(path, "[unmapped]") ? MADE_CODE : 0;
	for (int i = 0; i < N_RUNTIMES; i++)
		if (!strcmp(slash ? slash + 1 : path, runtimes[i].library))
			return 1 << i;
	return 0;
}

/* A stack's outer part has a lower number. */
static int mark_stacks(struct finder *finder)
{
	const struct profile *profile = finder->profile;

	finder->modules = calloc(profile->modules.n + 1, 1);
	finder->stacks = calloc(profile->stacks.n + 1, 1);
	if (!finder->modules || !finder->stacks)
		return -ENOMEM;
	for (size_t i = 0; i < profile->modules.n; i++)
		finder->modules[i] = module_bits(profile, &profile->modules.data[i]);
	for (size_t i = 1; i < profile->stacks.n; i++) {
		const struct profile_stack *stack = &profile->stacks.data[i];

		finder->stacks[i] =
			finder->stacks[stack->parent] |
			finder->modules[profile->locations.data[stack->location].module];
	}
	return 0;
}

static int find_process(struct finder *finder, const struct profile_thread *thread,
			struct process **ret)
{
	struct process process = {.pid = thread->pid, .comm = thread->process};
	uint32_t number;
	int err = 0;

	if (!idmap_find(&finder->by_pid, thread->pid, &number)) {
		number = finder->processes.n;
		err = vec_push(&finder->processes, process);
		if (!err)
			err = idmap_put(&finder->by_pid, thread->pid, number);
	}
	if (!err)
		*ret = &finder->processes.data[number];
	return err;
}

static int add_samples(struct finder *finder)
{
	const struct profile *profile = finder->profile;

	for (size_t i = 0; i < profile->samples.n; i++) {
		const struct profile_sample *sample = &profile->samples.data[i];
		int64_t weight = profile->values.data[i * profile->n_values];
		uint8_t bits = finder->stacks[sample->stack];
		bool incomplete = unwind_result_is_incomplete(sample->unwind);
		struct process *process;
		int err;

		if (!incomplete && sample->unwind != UNWIND_WHOLE)
			continue;
		err = find_process(finder, &profile->threads.data[sample->thread], &process);
		if (err)
			return err;
		/* By an exec it may have become another; what ran last names it. */
		if (bits & (MADE_CODE - 1))
			process->comm = profile->threads.data[sample->thread].process;
		process->libraries |= bits & (MADE_CODE - 1);
		process->weight += weight;
		if (incomplete && bits & MADE_CODE)
			process->cut += weight;
	}
	return 0;
}

static bool is_cut(const struct process *process, int runtime)
{
	return process->libraries & 1 << runtime && process->cut > 0 &&
	       process->cut * 100 >= process->weight * LEAST_PERCENT;
}

int runtimes_find(const struct profile *profile, struct runtime_remedy *ret)
{
	guard(finder_deinit) struct finder finder = {.profile = profile};
	int64_t most = 0;
	int err = mark_stacks(&finder);

	*ret = (struct runtime_remedy){};
	if (!err)
		err = add_samples(&finder);
	for (int i = 0; !err && i < N_RUNTIMES; i++) {
		uint32_t n = 0;

		vec_each(&finder.processes, process) {
			n += is_cut(process, i);
			if (!is_cut(process, i) || process->cut <= most)
				continue;
			most = process->cut;
			ret->cause = runtimes[i].cause;
			ret->remedy = runtimes[i].remedy;
			ret->process = strings_get(&profile->strings, process->comm);
			ret->pid = process->pid;
			ret->share = (double)process->cut / process->weight;
		}
		if (n && ret->cause == runtimes[i].cause)
			ret->n_others = n - 1;
	}
	return err;
}
