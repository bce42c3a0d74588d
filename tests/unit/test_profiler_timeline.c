// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes in time: mappings that overlap, exec, fork, a reused pid, and the
 * raw records of perf that tell of them. Pids are above the kernel's limit, so
 * that /proc has nothing to say of them; how often it was asked is counted.
 */
#include <linux/perf_event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "profiler/proc.h"
#include "profiler/timeline.h"

enum { PID = 0x7f000000, CHILD };

int __real_proc_open(pid_t pid);
int __wrap_proc_open(pid_t pid);

static int n_asked;

int __wrap_proc_open(pid_t pid)
{
	n_asked++;
	return __real_proc_open(pid);
}

struct world {
	struct profile profile;
	struct modules modules;
	struct timeline timeline;
};

static int world_create(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	*state = world;
	if (!world || profile_init(&world->profile) || modules_init(&world->modules, &world->profile))
		return -1;
	timeline_init(&world->timeline, &world->modules);
	return 0;
}

static int world_destroy(void **state)
{
	struct world *world = *state;

	timeline_deinit(&world->timeline);
	modules_deinit(&world->modules);
	profile_deinit(&world->profile);
	free(world);
	return 0;
}

/* The first sample puts a process on the timeline; it has no /proc directory. */
static struct process *begin(struct world *world, pid_t pid, uint64_t start_ns)
{
	struct process *process;

	assert_int_equal(timeline_process(&world->timeline, pid, start_ns, 0, false, &process), 0);
	return process;
}

static void map(struct world *world, pid_t pid, uint64_t start, uint64_t end, uint64_t offset,
		const char *path, uint64_t inode)
{
	struct side_event event = {
		.kind = SIDE_MMAP,
		.pid = pid,
		.start = start,
		.end = end,
		.offset = offset,
		.file = { .path = (char *)path, .inode = inode },
	};

	assert_int_equal(timeline_apply(&world->timeline, &event), 0);
}

static const char *path_at(struct world *world, const struct process *process, uint64_t address)
{
	const struct mapping *mapping = process_mapping(process, address);
	uint32_t number;

	if (!mapping)
		return NULL;
	number = world->modules.items.data[mapping->module].number;
	return strings_get(&world->profile.strings,
			   world->profile.modules.data[number].path);
}

static void a_new_mapping_takes_its_range(void **state)
{
	struct world *world = *state;
	struct process *process = begin(world, PID, 1000000000);
	const struct mapping *tail;
	uint32_t epoch;

	map(world, PID, 0x1000, 0x9000, 0, "/no/a", 1);
	epoch = process->epoch;
	map(world, PID, 0x3000, 0x5000, 0x100, "/no/b", 2);
	assert_true(process->epoch > epoch);
	assert_string_equal(path_at(world, process, 0x2fff), "/no/a");
	assert_string_equal(path_at(world, process, 0x3000), "/no/b");
	assert_string_equal(path_at(world, process, 0x4fff), "/no/b");
	assert_string_equal(path_at(world, process, 0x5000), "/no/a");
	/* What is left of a keeps its place in the file. */
	tail = process_mapping(process, 0x5000);
	assert_int_equal(tail->offset + (0x5000 - tail->start), 0x4000);
	assert_null(path_at(world, process, 0x9000));
	assert_null(path_at(world, process, 0xfff));
	/* One that covers everything. */
	map(world, PID, 0, 0x10000, 0, "/no/c", 3);
	assert_int_equal(process->mappings.n, 1);
	/* The same again changes nothing: what was resolved stays resolved. */
	epoch = process->epoch;
	map(world, PID, 0x2000, 0x3000, 0x2000, "/no/c", 3);
	assert_int_equal(process->epoch, epoch);
}

static void exec_voids_and_fork_inherits(void **state)
{
	struct world *world = *state;
	struct process *process = begin(world, PID, 1000000000);
	struct side_event fork = { .kind = SIDE_FORK, .pid = CHILD, .parent = PID };
	struct side_event exec = { .kind = SIDE_EXEC, .pid = PID };
	struct process *child;
	uint32_t epoch;

	map(world, PID, 0x1000, 0x2000, 0, "/no/a", 1);
	assert_int_equal(timeline_apply(&world->timeline, &fork), 0);
	epoch = process->epoch;
	assert_int_equal(timeline_apply(&world->timeline, &exec), 0);
	assert_true(process->epoch > epoch);
	assert_null(path_at(world, process, 0x1000));
	child = begin(world, CHILD, 2000000000);
	assert_string_equal(path_at(world, child, 0x1000), "/no/a");
	assert_int_not_equal(child->serial, process->serial);
	assert_int_equal(world->timeline.n_unread, 1); /* the first one's only */
}

static void a_reused_pid_is_another_process(void **state)
{
	struct world *world = *state;
	struct process *process = begin(world, PID, 1000000000);
	uint32_t serial = process->serial;

	map(world, PID, 0x1000, 0x2000, 0, "/no/a", 1);
	process = begin(world, PID, 3000000000);
	assert_int_not_equal(process->serial, serial);
	assert_null(path_at(world, process, 0x1000));
}

static void strangers_are_ignored(void **state)
{
	struct world *world = *state;
	struct side_event exec = { .kind = SIDE_EXEC, .pid = PID };

	map(world, PID, 0x1000, 0x2000, 0, "/no/a", 1);
	assert_int_equal(timeline_apply(&world->timeline, &exec), 0);
	assert_int_equal(world->timeline.processes.n, 0);
	assert_int_equal(world->timeline.n_execs, 0);
}

/* A record as perf_event_open(2) lays it out, with the 24 bytes of sample_id at its end. */
struct raw {
	_Alignas(8) unsigned char bytes[512];
	size_t n;
};

static void raw_put(struct raw *raw, const void *data, size_t n)
{
	memcpy(raw->bytes + raw->n, data, n);
	raw->n += n;
}

static const struct perf_event_header *raw_finish(struct raw *raw, uint32_t type, uint16_t misc,
						  uint64_t time)
{
	struct perf_event_header header = { .type = type, .misc = misc };
	uint64_t id[3] = { 0, time, 0 };

	raw->n = (raw->n + 7) / 8 * 8;
	raw_put(raw, id, sizeof(id));
	header.size = raw->n;
	memcpy(raw->bytes, &header, sizeof(header));
	return (const void *)raw->bytes;
}

static void mmap2_records_are_parsed(void **state)
{
	struct raw raw = { .n = sizeof(struct perf_event_header) };
	uint32_t ids[2] = { PID, PID }, device[2] = { 8, 1 }, prot[2] = { PROT_READ | PROT_EXEC, 0 };
	uint64_t range[3] = { 0x400000, 0x2000, 0x1000 }, inode[2] = { 77, 1 };
	struct side_events events = {};
	const struct perf_event_header *header;

	(void)state;
	raw_put(&raw, ids, sizeof(ids));
	raw_put(&raw, range, sizeof(range));
	raw_put(&raw, device, sizeof(device));
	raw_put(&raw, inode, sizeof(inode));
	raw_put(&raw, prot, sizeof(prot));
	raw_put(&raw, "/bin/x", 7);
	header = raw_finish(&raw, PERF_RECORD_MMAP2, 0, 123);
	sideband_parse(header, &events);
	assert_int_equal(events.items.n, 1);
	assert_int_equal(events.items.data[0].kind, SIDE_MMAP);
	assert_int_equal(events.items.data[0].time_ns, 123);
	assert_int_equal(events.items.data[0].start, 0x400000);
	assert_int_equal(events.items.data[0].end, 0x402000);
	assert_int_equal(events.items.data[0].offset, 0x1000);
	assert_int_equal(events.items.data[0].file.inode, 77);
	assert_string_equal(events.items.data[0].file.path, "/bin/x");
	/* Any shorter size is refused, or gives a shorter path; never a read past the end. */
	for (size_t size = sizeof(*header); size < raw.n; size++) {
		struct raw *cut = malloc(sizeof(*cut));

		assert_non_null(cut);
		memcpy(cut->bytes, raw.bytes, size);
		((struct perf_event_header *)cut->bytes)->size = size;
		sideband_parse((const void *)cut->bytes, &events);
		free(cut);
	}
	side_events_deinit(&events);
}

static void tasks_and_losses_are_parsed(void **state)
{
	struct raw fork = { .n = sizeof(struct perf_event_header) }, lost = fork, comm = fork;
	uint32_t thread[4] = { PID, PID, PID + 5, PID }, process[4] = { CHILD, PID, CHILD, PID };
	uint64_t time = 1, counts[2] = { 1, 42 };
	struct side_events events = {};

	(void)state;
	raw_put(&fork, thread, sizeof(thread));
	raw_put(&fork, &time, sizeof(time));
	sideband_parse(raw_finish(&fork, PERF_RECORD_FORK, 0, 1), &events);
	assert_int_equal(events.items.n, 0); /* threads are not told of */
	fork.n = sizeof(struct perf_event_header);
	raw_put(&fork, process, sizeof(process));
	raw_put(&fork, &time, sizeof(time));
	sideband_parse(raw_finish(&fork, PERF_RECORD_FORK, 0, 2), &events);
	assert_int_equal(events.items.n, 1);
	assert_int_equal(events.items.data[0].pid, CHILD);
	assert_int_equal(events.items.data[0].parent, PID);
	raw_put(&comm, process, 8);
	raw_put(&comm, "name\0\0\0", 8);
	sideband_parse(raw_finish(&comm, PERF_RECORD_COMM, 0, 3), &events);
	assert_int_equal(events.items.n, 1); /* prctl(PR_SET_NAME) */
	sideband_parse(raw_finish(&comm, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC, 4), &events);
	assert_int_equal(events.items.n, 2);
	assert_int_equal(events.items.data[1].kind, SIDE_EXEC);
	raw_put(&lost, counts, sizeof(counts));
	sideband_parse(raw_finish(&lost, PERF_RECORD_LOST, 0, 5), &events);
	assert_int_equal(events.n_lost, 42);
	/* Anything may have been among them from the record before until now. */
	assert_int_equal(events.items.n, 4);
	assert_int_equal(events.items.data[2].kind, SIDE_LOST);
	assert_int_equal(events.items.data[2].time_ns, 4);
	assert_int_equal(events.items.data[3].kind, SIDE_LOST);
	assert_true(events.items.data[3].time_ns > 5);
	side_events_deinit(&events);
}

#define world_test(test) cmocka_unit_test_setup_teardown(test, world_create, world_destroy)

/* 300,000 short processes, one after the other, 1,000 a second: no more is kept of them than of
 * those of the last seconds. */
static void those_long_gone_are_forgotten(void **state)
{
	struct world *world = *state;

	begin(world, PID, 1);
	map(world, PID, 0x1000, 0x2000, 0, "/bin/sh", 1);
	for (uint64_t i = 1; i <= 300000; i++) {
		struct side_event event = { .kind = SIDE_FORK, .parent = PID };

		event.pid = CHILD + i;
		event.time_ns = i * 1000000;
		assert_int_equal(timeline_apply(&world->timeline, &event), 0);
		event.kind = SIDE_EXIT;
		assert_int_equal(timeline_apply(&world->timeline, &event), 0);
		/* As the session does once tables were told. */
		vec_each(&world->timeline.changed, process)
			(*process)->changed = false;
		world->timeline.changed.n = 0;
	}
	assert_true(world->timeline.processes.n < 25000);
	assert_string_equal(path_at(world, begin(world, PID, 1), 0x1000), "/bin/sh");
}

/* The thread group's leader has exited, and another thread still has the memory. */
static void a_leader_may_go_first(void **state)
{
	struct world *world = *state;
	struct side_event event = { .kind = SIDE_EXIT, .pid = PID, .time_ns = 100 };
	struct process *process = begin(world, PID, 1);

	map(world, PID, 0x1000, 0x2000, 0, "/bin/sh", 1);
	assert_int_equal(timeline_apply(&world->timeline, &event), 0);
	assert_true(process->gone);
	/* What it did in the kernel after it had given its memory back. */
	assert_int_equal(timeline_process(&world->timeline, PID, 1, 110, false, &process), 0);
	assert_true(process->gone);
	assert_int_equal(timeline_process(&world->timeline, PID, 1, 90, true, &process), 0);
	assert_true(process->gone);
	assert_int_equal(timeline_process(&world->timeline, PID, 1, 120, true, &process), 0);
	assert_false(process->gone);
	assert_true(process->changed);
	assert_string_equal(path_at(world, process, 0x1000), "/bin/sh");
}

static void apply(struct world *world, enum side_kind kind, pid_t pid)
{
	struct side_event event = { .kind = kind, .pid = pid };

	assert_int_equal(timeline_apply(&world->timeline, &event), 0);
}

/* Records were lost while 10,000 processes were known: only those that go on are asked. */
static void a_loss_makes_nobody_read_everything(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 10000; i++) {
		begin(world, PID + i, 1);
		map(world, PID + i, 0x1000, 0x2000, 0, "/bin/sh", 1);
	}
	n_asked = 0;
	apply(world, SIDE_LOST, 0);
	apply(world, SIDE_LOST, 0);
	assert_int_equal(n_asked, 0);
	/* Who cannot be asked keeps what was known, and is asked once. */
	assert_string_equal(path_at(world, begin(world, PID + 5, 1), 0x1000), "/bin/sh");
	assert_int_equal(n_asked, 1);
	begin(world, PID + 5, 1);
	assert_int_equal(n_asked, 1);
	map(world, PID + 7, 0x3000, 0x4000, 0, "/bin/sh", 1);
	map(world, PID + 7, 0x5000, 0x6000, 0, "/bin/sh", 1);
	assert_int_equal(n_asked, 2);
	apply(world, SIDE_EXIT, PID + 8);
	apply(world, SIDE_EXEC, PID + 9);
	map(world, PID + 9, 0x3000, 0x4000, 0, "/bin/sh", 1);
	begin(world, PID + 9, 1);
	assert_int_equal(n_asked, 2);
}

/* This very program, whose mapping was told in a record that was lost. */
static void what_was_lost_is_read(void **state)
{
	struct world *world = *state;
	struct process *process;
	FILE *own = fopen("/proc/self/exe", "r");
	struct proc_stat stat;
	int proc_fd = proc_open(getpid());
	uint64_t start_ns;
	uint32_t epoch;
	char *code;

	assert_non_null(own);
	assert_int_equal(proc_read_stat(proc_fd, &stat), 0);
	start_ns = stat.start_ticks * 10000000;
	assert_int_equal(timeline_add(&world->timeline, getpid()), 0);
	process = begin(world, getpid(), start_ns);
	/* The same as before: nothing that was resolved is void. */
	epoch = process->epoch;
	apply(world, SIDE_LOST, 0);
	assert_ptr_equal(begin(world, getpid(), start_ns), process);
	assert_int_equal(process->epoch, epoch);

	code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(own), 0);
	assert_true(code != MAP_FAILED);
	begin(world, getpid(), start_ns);
	assert_null(process_mapping(process, (uint64_t)code));
	apply(world, SIDE_LOST, 0);
	begin(world, getpid(), start_ns);
	assert_non_null(strstr(path_at(world, process, (uint64_t)code), "test_profiler_timeline"));
	assert_true(process->epoch > epoch);
	munmap(code, 4096);
	close(proc_fd);
	fclose(own);
}

/* Of the old image's code nothing is left, whether or not the exec's own record came. */
static void an_exec_that_was_lost_is_found_out(void **state)
{
	struct world *world = *state;
	struct process *process = begin(world, PID, 1);
	struct side_event image = { .kind = SIDE_IMAGE, .pid = PID, .image_start_ns = 1 };

	map(world, PID, 0x1000, 0x2000, 0, "/bin/sh", 1);
	apply(world, SIDE_EXEC, PID);
	map(world, PID, 0x1000, 0x2000, 0, "/bin/true", 2);
	image.exec_id = 2;
	assert_int_equal(timeline_apply(&world->timeline, &image), 0);
	assert_string_equal(path_at(world, process, 0x1000), "/bin/true");
	image.exec_id = 3;
	assert_int_equal(timeline_apply(&world->timeline, &image), 0);
	assert_null(process_mapping(process, 0x1000));
	assert_false(process->known);
	assert_int_equal(world->timeline.n_execs, 2);
}

static void pass(struct world *world, enum side_kind kind, pid_t pid, uint64_t ms)
{
	struct side_event event = { .kind = kind, .pid = pid, .time_ns = ms * 1000000 };

	assert_int_equal(timeline_apply(&world->timeline, &event), 0);
}

/* Its entries in the kernel would be held for ever. One that only comes late is none. */
static void an_exit_that_was_lost_is_found_out(void **state)
{
	enum { LATE = CHILD, STRANGER };
	struct world *world = *state;
	struct timeline *timeline = &world->timeline;
	struct process *lost = begin(world, PID, 1000000000);
	struct process *late = begin(world, LATE, 1000000000);
	struct process *lives;

	assert_int_equal(timeline_add(timeline, getpid()), 0);
	lives = timeline_find(timeline, getpid());
	pass(world, SIDE_EXIT, STRANGER, 9000);
	assert_false(lost->gone);
	pass(world, SIDE_LOST, 0, 10000);
	pass(world, SIDE_EXIT, STRANGER, 10900);
	pass(world, SIDE_EXIT, STRANGER, 11100);
	assert_false(lost->gone);
	pass(world, SIDE_EXIT, LATE, 11200);
	lost->changed = false;
	timeline->changed.n = 0;
	pass(world, SIDE_EXIT, STRANGER, 12200);
	assert_true(lost->gone);
	assert_int_equal(timeline->n_exits_lost, 1);
	assert_int_equal(timeline->changed.n, 1);
	assert_ptr_equal(timeline->changed.data[0], lost);
	assert_true(late->gone);
	assert_false(lives->gone);
	/* Nothing is left to look for. */
	assert_int_equal(timeline->look_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_new_mapping_takes_its_range),
		world_test(exec_voids_and_fork_inherits),
		world_test(a_reused_pid_is_another_process),
		world_test(strangers_are_ignored),
		world_test(those_long_gone_are_forgotten),
		world_test(a_leader_may_go_first),
		world_test(a_loss_makes_nobody_read_everything),
		world_test(what_was_lost_is_read),
		world_test(an_exec_that_was_lost_is_found_out),
		world_test(an_exit_that_was_lost_is_found_out),
		cmocka_unit_test(mmap2_records_are_parsed),
		cmocka_unit_test(tasks_and_losses_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
