// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A profile of time on and off the CPU for the tests of the viewer's waits: a
 * server with a lock, a pool that is idle, a disk and a network, and a hog
 * beside. How often and how long each waited is plain to see here.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "report/wait_bucket.h"
#include "report/wait_class.h"
#include "report/wakers.h"
#include "tests/browser/make_views.h"

enum { WALL, CPU, OFFCPU, BLOCKED, RUNQUEUE, WAITS, QUEUED, SAMPLES, N_VALUES };

#define US INT64_C(1000)
#define MS INT64_C(1000000)

static void check(int err)
{
	if (err)
		exit(1);
}

static uint32_t intern(struct maker *maker, const char *text)
{
	uint32_t number;

	check(profile_intern(&maker->profile, text, &number));
	return number;
}

static void init(struct maker *maker)
{
	static const char *const types[N_VALUES] = {"wall",	"cpu",	 "offcpu", "blocked",
						    "runqueue", "waits", "queued", "samples"};
	struct profile_value_type values[N_VALUES];

	memset(maker, 0, sizeof(*maker));
	check(profile_init(&maker->profile));
	for (int i = 0; i < N_VALUES; i++) {
		values[i].type = intern(maker, types[i]);
		values[i].unit = intern(maker, i < WAITS ? "nanoseconds" : "count");
	}
	check(profile_set_values(&maker->profile, values, N_VALUES));
	maker->profile.default_value = WALL;
	maker->profile.duration_ns = 1000 * MS;
	maker->unwind = UNWIND_WHOLE;
}

/* On a stack, those of a list "outer;inner" in one module. */
static uint32_t add_calls(struct maker *maker, uint32_t stack, const char *path,
			  enum module_kind kind, const char *names)
{
	uint32_t module = maker_module(maker, path, kind);
	struct profile_frame frame;
	char name[64];

	for (const char *at = names; *at; at += at[0] == ';') {
		size_t n = strcspn(at, ";");

		memcpy(name, at, n);
		name[n] = '\0';
		maker_frame(maker, name, "", 0, &frame);
		stack = maker_call(maker, stack, module, hash_bytes(name, n) % 0x100000, &frame, 1);
		at += n;
	}
	return stack;
}

static uint32_t make_stack(struct maker *maker, const char *app, const char *libc,
			   const char *kernel)
{
	uint32_t stack = add_calls(maker, 0, "/usr/bin/app", MODULE_USER, app);

	stack = add_calls(maker, stack, "/usr/lib/libc.so.6", MODULE_USER, libc);
	return add_calls(maker, stack, "[kernel]", MODULE_KERNEL, kernel);
}

/* Who ended the wait: its stack leaf first, and its name. */
static uint32_t add_waker(struct maker *maker, uint32_t stack, const char *libc, const char *app,
			  const char *comm)
{
	uint32_t location;

	check(wakers_intern_name(&maker->profile, WAKERS_MARK, &location));
	check(profile_intern_stack(&maker->profile, stack, location, &stack));
	stack = add_calls(maker, stack, "/usr/lib/libc.so.6", MODULE_USER, libc);
	stack = add_calls(maker, stack, "/usr/bin/app", MODULE_USER, app);
	check(wakers_intern_name(&maker->profile, comm, &location));
	check(profile_intern_stack(&maker->profile, stack, location, &stack));
	return stack;
}

/* What the waits to come are for. */
static uint32_t make_wait(struct maker *maker, const char *state, const char *syscall,
			  uint64_t object)
{
	struct profile_wait wait = {
		.state = intern(maker, state),
		.syscall = intern(maker, syscall),
		.object = object,
	};
	uint32_t number;

	check(profile_intern_wait(&maker->profile, &wait, &number));
	return number;
}

/* n waits of this length each, and then that long in the run queue. */
static void add_waits(struct maker *maker, uint32_t stack, uint32_t wait, int64_t n,
		      int64_t blocked_ns, int64_t runqueue_ns)
{
	struct profile_sample sample = {
		.stack = stack,
		.thread = maker->thread,
		.wait = wait,
		.unwind = maker->unwind,
		.wait_class = WAIT_UNKNOWN,
	};

	if (blocked_ns) {
		int64_t values[N_VALUES] = {
			[WALL] = n * blocked_ns,
			[OFFCPU] = n * blocked_ns,
			[BLOCKED] = n * blocked_ns,
			[WAITS] = n,
		};

		sample.bucket = wait_bucket_of(blocked_ns);
		check(profile_add_wait(&maker->profile, &sample, values, blocked_ns));
	}
	if (runqueue_ns) {
		int64_t values[N_VALUES] = {
			[WALL] = n * runqueue_ns,
			[OFFCPU] = n * runqueue_ns,
			[RUNQUEUE] = n * runqueue_ns,
			[QUEUED] = n,
		};

		sample.bucket = wait_bucket_of(runqueue_ns);
		sample.flags = SAMPLE_RUNQUEUE;
		check(profile_add_wait(&maker->profile, &sample, values, runqueue_ns));
	}
}

static void add_cpu(struct maker *maker, uint32_t stack, int64_t n)
{
	struct profile_sample sample = {
		.stack = stack,
		.thread = maker->thread,
		.unwind = maker->unwind,
	};
	int64_t values[N_VALUES] = {[WALL] = n * MS, [CPU] = n * MS, [SAMPLES] = n};

	check(profile_add_sample(&maker->profile, &sample, values));
}

static const char FUTEX[] = "entry_SYSCALL_64;do_futex;futex_wait;schedule";

static void add_server(struct maker *maker)
{
	uint32_t get = make_stack(maker, "run;cache_get", "pthread_mutex_lock", FUTEX);
	uint32_t put = make_stack(maker, "run;cache_put", "pthread_mutex_lock", FUTEX);
	uint32_t woken = add_waker(maker, get, "pthread_mutex_unlock", "cache_put;run", "pool-2");
	uint32_t pool = make_stack(maker, "run;next_job", "pthread_cond_wait", FUTEX);
	uint32_t lock = make_wait(maker, "S", "futex", 0x7f0000002000);

	maker_thread(maker, 10, 11, "server", "pool-1");
	add_cpu(maker, make_stack(maker, "run;work", "", ""), 150);
	add_waits(maker, woken, lock, 30, 5 * MS, 100 * US);
	add_waits(maker, woken, lock, 1, 40 * MS, 0);
	add_waits(maker, pool, make_wait(maker, "S", "futex", 0x7f0000001000), 20, 35 * MS,
		  50 * US);
	maker_thread(maker, 10, 12, "server", "pool-2");
	add_cpu(maker, make_stack(maker, "run;work", "", ""), 50);
	add_waits(maker, put, make_wait(maker, "S", "futex", 0x7f0000003000), 2, 2 * MS, 0);
	add_waits(maker, pool, make_wait(maker, "S", "futex", 0x7f0000001000), 1, 940 * MS, 0);
	maker_thread(maker, 10, 10, "server", "server");
	add_waits(maker,
		  make_stack(maker, "main;log_write", "fsync",
			     "entry_SYSCALL_64;do_fsync;jbd2_log_wait_commit;schedule"),
		  make_wait(maker, "D", "fsync", 0), 4, 7 * MS, 20 * US);
	/* From microseconds to a hundred milliseconds, each twice as long as the one before. */
	for (int i = 0; i < 14; i++)
		add_waits(maker,
			  make_stack(maker, "main;fetch", "recv",
				     "entry_SYSCALL_64;tcp_recvmsg;sk_wait_data;schedule"),
			  make_wait(maker, "S", "recvfrom", 0), 64 >> (i / 2), (8 * US) << i,
			  3 * US);
}

void make_waits(struct maker *maker)
{
	init(maker);
	add_server(maker);
	maker_thread(maker, 20, 20, "hog", "hog");
	add_cpu(maker, make_stack(maker, "main;spin", "", ""), 600);
	add_waits(maker, make_stack(maker, "main;spin", "", "exit_to_user_mode_loop;schedule"),
		  make_wait(maker, "R", "", 0), 100, 0, 3 * MS);
	maker->unwind = UNWIND_KERNEL_ONLY;
	maker_thread(maker, 5, 5, "kworker/0:1", "kworker/0:1");
	add_waits(maker, make_stack(maker, "", "", "ret_from_fork;kthread;worker_thread;schedule"),
		  make_wait(maker, "I", "", 0), 3, 300 * MS, 5 * US);
	check(profile_add_comment(&maker->profile, "title: a server and a hog"));
	check(profile_add_comment(&maker->profile,
				  "quality: samples=800 lost=0 covered=100.0% waits=461 "
				  "offcpu=2.90s accounted=100.0% ledger=100.0% whole=100.0% "
				  "unnamed=0.0% event=cpu-clock hz=999 elapsed=1.00s"));
	maker_finish(maker);
}
