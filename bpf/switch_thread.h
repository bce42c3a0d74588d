/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads that are accounted for: an entry for each, found by its
 * task_struct, made when it is first met; its names; and its ledger, which is sent when it ends.
 */
#ifndef FLAMETAP_BPF_SWITCH_THREAD_H
#define FLAMETAP_BPF_SWITCH_THREAD_H

/* Sizes are set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, uint64_t);
	__type(value, struct wire_thread);
} switch_threads SEC(".maps");

/* By task_struct, too: places from the time when nothing is counted yet. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, uint64_t);
	__type(value, struct wire_first);
} first_places SEC(".maps");

/* Too large for the BPF stack. What uses it runs with interrupts off, or not at all. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct wire_thread);
} new_threads SEC(".maps");

/* User space sets these: nothing is counted before and behind; while it lists the threads that
 * were there before, a thread that is met first is accounted for since the start. */
uint64_t start_ns = 0;
uint64_t end_ns = 0;
uint32_t listed = 0;

static __always_inline bool is_recording(uint64_t now)
{
	uint64_t start = *(volatile uint64_t *)&start_ns;

	return start && now >= start && now < *(volatile uint64_t *)&end_ns;
}

static __always_inline void count_ns(uint32_t counter, uint64_t ns)
{
	uint64_t *value = bpf_map_lookup_elem(&counters, &counter);

	if (value)
		*value += ns;
}

/* 8 bytes at a time. Not by the field's name: libbpf would make of that a load of one char. */
static __always_inline void comm_read(bool direct, char *to, struct task_struct *task)
{
	const uint64_t *from = (const void *)task +
			       bpf_core_field_offset(struct task_struct, comm);
	uint64_t *words = (uint64_t *)to;

	if (!direct) {
		bpf_probe_read_kernel(to, WIRE_COMM, from);
		return;
	}
	words[0] = from[0];
	words[1] = from[1];
}

static __always_inline bool comm_set(char *to, const char *from)
{
	uint64_t *a = (uint64_t *)to;
	const uint64_t *b = (const uint64_t *)from;
	bool changed = a[0] != b[0] || a[1] != b[1];

	a[0] = b[0];
	a[1] = b[1];
	return changed;
}

/* What a thread is called now. The pids are the caller's to fill in. */
static __always_inline void identity_take(struct task_struct *task, struct wire_identity *ret,
					  bool direct)
{
	struct task_struct *leader = task_read(direct, task, group_leader);

	ret->start_ns = task_read(direct, leader, start_boottime);
	ret->exec_id = task_read(direct, leader, self_exec_id);
	comm_read(direct, ret->process, leader);
	comm_read(direct, ret->comm, task);
}

static __always_inline uint64_t serial_make(void)
{
	return (uint64_t)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
}

/* exec and prctl() change what a thread is called, exec also its tid: waits from then on are
 * another one's. */
static __always_inline void identity_refresh(struct task_struct *task, struct wire_thread *thread,
					     bool direct)
{
	struct wire_identity *known = &thread->identity, current;
	int32_t tgid = task_tgid(task, direct), tid = task_pid(task, direct);
	bool changed;

	identity_take(task, &current, direct);
	changed = known->start_ns != current.start_ns || known->exec_id != current.exec_id ||
		  known->pid != tgid || known->tid != tid;
	known->start_ns = current.start_ns;
	known->exec_id = current.exec_id;
	known->pid = tgid;
	known->tid = tid;
	changed |= comm_set(known->process, current.process);
	changed |= comm_set(known->comm, current.comm);
	if (changed)
		thread->serial = serial_make();
}

/* Where the kernel does not count the time in run queues it is taken for time on a CPU. */
static __always_inline uint64_t kernel_runqueue_ns(struct task_struct *task, bool direct)
{
	return bpf_core_field_exists(task->sched_info.run_delay) ?
		       task_read(direct, task, sched_info.run_delay) :
		       0;
}

static __always_inline uint64_t times_left(struct task_struct *task, bool direct)
{
	return task_read(direct, task, nvcsw) + task_read(direct, task, nivcsw);
}

static __always_inline bool task_is_wanted(struct task_struct *task, int32_t tgid, int32_t tid)
{
	return tgid && tgid != (int32_t)switches_config.own_pid && task_is_target(task, tgid, tid);
}

/* Makes the entry of a thread that is met the first time, doing something since then. NULL when it
 * is no target, or there is no room. */
static __always_inline struct wire_thread *thread_make(struct task_struct *task, uint64_t since,
						       uint32_t doing, uint64_t flags, bool direct)
{
	int32_t tgid = task_tgid(task, direct), tid = task_pid(task, direct);
	uint64_t key = (uint64_t)task;
	const struct wire_first *first;
	struct wire_thread *thread;
	uint32_t zero = 0;

	if (!task_is_wanted(task, tgid, tid))
		return NULL;
	thread = bpf_map_lookup_elem(&new_threads, &zero);
	if (!thread)
		return NULL;
	__builtin_memset(thread, 0, sizeof(*thread));
	thread->from_ns = thread->since_ns = thread->out_ns = since;
	thread->serial = serial_make();
	thread->doing = doing;
	identity_take(task, &thread->identity, direct);
	thread->identity.pid = tgid;
	thread->identity.tid = tid;
	thread->kernel_on_ns = task_read(direct, task, se.sum_exec_runtime);
	thread->kernel_runqueue_ns = kernel_runqueue_ns(task, direct);
	/* By chance, so that the first interval of a thread ends in its off-CPU time as all others
	 * do: those that live for less than one would never be seen. */
	thread->rate_ns = (bpf_get_prandom_u32() * switches_config.interval_ns) >> 32;
	thread->place.flags = flags;
	thread->place.syscall = -1;
	thread->place.state = doing == DOING_BLOCK   ? WIRE_STATE_OTHER :
			      flags & WAIT_BEFORE ? WIRE_STATE_RUNNABLE :
						    WIRE_STATE_NEW;
	/* One that begins to live has no user stack of its own. */
	thread->place.result = flags & WAIT_BEFORE ? WIRE_UNREADABLE : WIRE_KERNEL_ONLY;
	thread->before = thread->place;
	if (flags & WAIT_BEFORE) {
		first = bpf_map_lookup_elem(&first_places, &key);
		if (first && first->n_left == times_left(task, direct))
			thread->before = first->place;
	}
	/* Another CPU may have been faster. */
	if (bpf_map_update_elem(&switch_threads, &key, thread, BPF_NOEXIST) &&
	    !bpf_map_lookup_elem(&switch_threads, &key)) {
		count(COUNT_THREADS_FULL);
		return NULL;
	}
	return bpf_map_lookup_elem(&switch_threads, &key);
}

/* The entry of the thread that an event tells of, which it was doing something until then. */
static __always_inline struct wire_thread *thread_of(struct task_struct *task, uint64_t now,
						     uint32_t doing, bool direct)
{
	uint64_t key = (uint64_t)task;
	struct wire_thread *thread = bpf_map_lookup_elem(&switch_threads, &key);

	if (thread)
		return thread;
	return thread_make(task, *(volatile uint32_t *)&listed ? now : start_ns, doing,
			   WAIT_BEFORE, direct);
}

/* Time since the thread has been doing what it does, which ends now. Clocks of two CPUs may be
 * apart, but a thread's time never goes back: its sums are what it has lived. */
static __always_inline uint64_t thread_elapse(struct wire_thread *thread, uint64_t now)
{
	uint64_t since = thread->since_ns;

	if ((int64_t)(now - since) <= 0)
		return 0;
	thread->since_ns = now;
	return now - since;
}

/* Holds the thread's sums against the kernel's, which are those of this very moment. */
static __always_inline void account_take(struct wire_thread *thread)
{
	struct wire_account *account = &thread->account;

	if (!account->known) {
		account->on_base_ns = thread->kernel_on_ns - thread->on_ns;
		account->runqueue_base_ns = thread->kernel_runqueue_ns - thread->runqueue_ns;
		account->known = 1;
	}
	account->on_more_ns = thread->kernel_on_ns - account->on_base_ns - thread->on_ns;
	account->runqueue_more_ns =
		thread->kernel_runqueue_ns - account->runqueue_base_ns - thread->runqueue_ns;
}

/* It never runs again. Where the ring is full its entry stays, and user space finds it there. */
static __always_inline void thread_end(struct task_struct *task, struct wire_thread *thread,
				       bool direct)
{
	uint64_t key = (uint64_t)task;
	struct wire_ledger *ledger = bpf_ringbuf_reserve(&sample_ring, sizeof(*ledger), 0);

	/* It may have been called otherwise when it left a CPU the last time, before an exec. */
	comm_read(direct, thread->identity.comm, task);
	if (thread->identity.tid == thread->identity.pid)
		comm_read(direct, thread->identity.process, task);
	thread->ended = 1;
	if (!ledger) {
		count(COUNT_LEDGER_LOST);
		return;
	}
	ledger->header.type = WIRE_LEDGER;
	ledger->header.size = sizeof(*ledger);
	ledger->until_ns = thread->since_ns;
	ledger->from_ns = thread->from_ns;
	ledger->on_ns = thread->on_ns;
	ledger->blocked_ns = thread->blocked_ns;
	ledger->runqueue_ns = thread->runqueue_ns;
	ledger->n_voluntary = thread->n_voluntary;
	ledger->n_involuntary = thread->n_involuntary;
	ledger->account = thread->account;
	ledger->identity = thread->identity;
	bpf_ringbuf_submit(ledger, BPF_RB_NO_WAKEUP);
	bpf_map_delete_elem(&switch_threads, &key);
}

#endif
