// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Classes of waits: stacks of Linux 5.10 to 6.18 with the C libraries' and
 * runtimes' own functions, and what each was for; which waits are idle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/guard.h"
#include "report/profile.h"
#include "report/wait_class.h"
#include "report/wait_rules.h"
#include "report/wakers.h"
#include "tests/unit/report_maker.h"

/* A stack, leaf first: functions of the kernel, then after the bar those of the program. */
struct row {
	enum wait_class class;
	const char *state, *syscall, *stack;
};

#define X64 "do_syscall_64;entry_SYSCALL_64_after_hwframe"
#define FUTEX_6_1                                                                                  \
	"__schedule;schedule;futex_wait_queue;futex_wait;do_futex;__x64_sys_futex;" X64 "|"
#define FUTEX_6_18                                                                                 \
	"__schedule;schedule;futex_do_wait;__futex_wait;futex_wait;do_futex;__x64_sys_futex;" X64  \
	"|"
#define FUTEX_5_10                                                                                 \
	"__schedule;schedule;futex_wait_queue_me;futex_wait;do_futex;__x64_sys_futex;" X64 "|"
#define KTHREAD "kthread;ret_from_fork;ret_from_fork_asm"

static const struct row rows[] = {
	/* Pipes, sockets. */
	{WAIT_PIPE, "S", "read",
	 "__schedule;schedule;pipe_wait;pipe_read;new_sync_read;vfs_read;" X64},
	{WAIT_PIPE, "S", "read",
	 "__schedule;schedule;pipe_read;vfs_read;ksys_read;" X64 "|read;main"},
	{WAIT_PIPE, "S", "read", "schedule;anon_pipe_read;vfs_read;ksys_read;" X64 "|read;main"},
	{WAIT_PIPE, "S", "write",
	 "schedule;anon_pipe_write;vfs_write;ksys_write;" X64 "|write;main"},
	{WAIT_PIPE, "S", "openat",
	 "schedule;wait_for_partner;fifo_open;do_dentry_open;vfs_open;" X64},
	{WAIT_NETWORK, "S", "recvfrom",
	 "schedule;schedule_timeout;unix_stream_data_wait;unix_stream_read_generic;"
	 "unix_stream_recvmsg;sock_recvmsg;__sys_recvfrom;" X64},
	{WAIT_NETWORK, "S", "read",
	 "schedule;schedule_timeout;unix_stream_read_generic.isra.0;unix_stream_recvmsg;"
	 "sock_recvmsg;sock_read_iter;vfs_read;" X64},
	{WAIT_NETWORK, "S", "recvfrom",
	 "schedule;schedule_timeout;wait_woken;sk_wait_data;tcp_recvmsg_locked;tcp_recvmsg;"
	 "inet_recvmsg;sock_recvmsg;__sys_recvfrom;" X64},
	{WAIT_NETWORK, "S", "sendto",
	 "schedule;schedule_timeout;wait_woken;sk_stream_wait_memory;tcp_sendmsg_locked;" X64},
	{WAIT_NETWORK, "S", "recvmsg",
	 "schedule;schedule_timeout;__skb_wait_for_more_packets;__skb_recv_udp;udp_recvmsg;" X64},
	{WAIT_NETWORK, "S", "connect",
	 "schedule;schedule_timeout;wait_woken;inet_wait_for_connect;__inet_stream_connect;" X64},
	{WAIT_NETWORK, "S", "accept4",
	 "schedule;schedule_timeout;inet_csk_wait_for_connect;inet_csk_accept;inet_accept;" X64},
	{WAIT_NETWORK, "S", "accept",
	 "schedule;schedule_timeout;__skb_wait_for_more_packets;"
	 "__skb_recv_datagram;unix_accept;do_accept;" X64},
	{WAIT_NETWORK, "D", "read",
	 "schedule;rpc_wait_bit_killable;__rpc_wait_for_completion_task;nfs4_file_open;" X64},
	/* poll, time, terminals, children, signals. */
	{WAIT_POLL, "S", "epoll_wait",
	 "schedule;schedule_hrtimeout_range_clock;ep_poll;do_epoll_wait;__x64_sys_epoll_wait;" X64},
	{WAIT_POLL, "S", "poll",
	 "schedule;schedule_hrtimeout_range_clock;do_poll;do_sys_poll;__x64_sys_poll;" X64},
	{WAIT_POLL, "S", "pselect6",
	 "schedule;schedule_hrtimeout_range;poll_schedule_timeout.constprop.0;do_select;" X64},
	{WAIT_POLL, "S", "read", "schedule;do_syslog;kmsg_read;proc_reg_read;vfs_read;" X64},
	{WAIT_SLEEP, "S", "clock_nanosleep",
	 "schedule;do_nanosleep;hrtimer_nanosleep;common_nsleep;__x64_sys_clock_nanosleep;" X64},
	{WAIT_SLEEP, "S", "read", "schedule;timerfd_read_iter;vfs_read;ksys_read;" X64},
	{WAIT_TERMINAL, "S", "read",
	 "schedule;schedule_timeout;wait_woken;n_tty_read;iterate_tty_read;tty_read;vfs_read;" X64},
	{WAIT_CHILD, "S", "wait4",
	 "schedule;do_wait;kernel_wait4;__do_sys_wait4;" X64 "|wait4;main"},
	{WAIT_CHILD, "D", "vfork",
	 "schedule;schedule_timeout;wait_for_completion_killable;kernel_clone;__do_sys_vfork;" X64},
	{WAIT_CHILD, "D", "clone3",
	 "schedule;schedule_timeout;__wait_for_common;wait_for_completion_state;kernel_clone;"
	 "__do_sys_clone3;" X64 "|__clone3;__spawnix;__spawni;posix_spawn;main"},
	{WAIT_SIGNAL, "S", "rt_sigtimedwait",
	 "schedule;schedule_hrtimeout_range;do_sigtimedwait;__x64_sys_rt_sigtimedwait;" X64},
	{WAIT_SIGNAL, "S", "pause", "schedule;__do_sys_pause;__x64_sys_pause;" X64 "|pause;main"},
	{WAIT_SIGNAL, "S", "rt_sigsuspend", "schedule;sigsuspend;__x64_sys_rt_sigsuspend;" X64},
	/* Files, pages, memory. */
	{WAIT_DISK, "D", "fsync",
	 "schedule;jbd2_log_wait_commit;jbd2_complete_transaction;ext4_fc_commit;"
	 "ext4_sync_file;vfs_fsync_range;do_fsync;__x64_sys_fsync;" X64 "|fsync;main"},
	{WAIT_DISK, "D", "fsync",
	 "schedule;io_schedule;folio_wait_bit_common;folio_wait_writeback;"
	 "__filemap_fdatawait_range;file_write_and_wait_range;ext4_sync_file;" X64},
	{WAIT_DISK, "D", "fdatasync",
	 "schedule;io_schedule;bit_wait_io;__wait_on_bit;"
	 "out_of_line_wait_on_bit;__wait_on_buffer;" X64},
	{WAIT_DISK, "D", "fsync",
	 "schedule;schedule_timeout;io_schedule_timeout;__wait_for_common;"
	 "submit_bio_wait;blkdev_issue_flush;ext4_sync_file;" X64},
	{WAIT_DISK, "D", "read",
	 "schedule;io_schedule;folio_wait_bit_common;filemap_update_page;filemap_get_pages;"
	 "filemap_read;ext4_file_read_iter;vfs_read;ksys_read;" X64},
	{WAIT_DISK, "D", "read",
	 "schedule;io_schedule;wait_on_page_bit_common;__lock_page_killable;"
	 "generic_file_buffered_read;vfs_read;ksys_read;" X64},
	{WAIT_DISK, "D", "pread64",
	 "schedule;io_schedule;__iomap_dio_rw;iomap_dio_rw;xfs_file_dio_read;vfs_read;" X64},
	{WAIT_DISK, "D", "write",
	 "schedule;schedule_timeout;io_schedule_timeout;balance_dirty_pages;"
	 "balance_dirty_pages_ratelimited_flags;generic_perform_write;" X64},
	{WAIT_DISK, "D", "write",
	 "schedule;io_schedule;rq_qos_wait;wbt_wait;__rq_qos_throttle;" X64},
	{WAIT_DISK, "D", "read", "schedule;cv_wait_common;zio_wait;dmu_buf_hold_array;" X64},
	{WAIT_DISK, "S", "read",
	 "schedule;request_wait_answer;__fuse_simple_request;fuse_file_read_iter;" X64},
	{WAIT_PAGE_FAULT, "D", "",
	 "schedule;io_schedule;folio_wait_bit_common;filemap_fault;__do_fault;do_fault;"
	 "__handle_mm_fault;handle_mm_fault;do_user_addr_fault;exc_page_fault;"
	 "asm_exc_page_fault|memcpy;main"},
	{WAIT_PAGE_FAULT, "D", "",
	 "schedule;io_schedule;__lock_page_killable;filemap_fault;__do_fault;handle_mm_fault;"
	 "do_user_addr_fault;exc_page_fault;asm_exc_page_fault|work;main"},
	{WAIT_PAGE_FAULT, "D", "",
	 "schedule;io_schedule;folio_wait_bit_common;do_swap_page;__handle_mm_fault;"
	 "handle_mm_fault;do_page_fault;do_translation_fault;do_mem_abort;el0_da|work;main"},
	{WAIT_PAGE_FAULT, "D", "",
	 "schedule;io_schedule;submit_bio_wait;swap_read_folio;swap_cluster_readahead;"
	 "do_swap_page;handle_mm_fault;exc_page_fault|work"},
	{WAIT_PAGE_FAULT, "S", "",
	 "schedule;handle_userfault;do_anonymous_page;handle_mm_fault;"
	 "exc_page_fault|work;main"},
	/* A read that faults on the buffer it copies to. */
	{WAIT_PAGE_FAULT, "D", "read",
	 "schedule;io_schedule;folio_wait_bit_common;filemap_fault;handle_mm_fault;"
	 "exc_page_fault;copy_page_to_iter;filemap_read;vfs_read;ksys_read;" X64 "|read;main"},
	{WAIT_MEMORY, "D", "",
	 "schedule;schedule_timeout;reclaim_throttle;shrink_node;do_try_to_free_pages;"
	 "try_to_free_pages;__alloc_pages;handle_mm_fault;exc_page_fault|work"},
	/* Locks in the kernel. */
	{WAIT_LOCK, "D", "",
	 "schedule;schedule_preempt_disabled;rwsem_down_read_slowpath;down_read;"
	 "do_user_addr_fault;exc_page_fault;asm_exc_page_fault|work;main"},
	{WAIT_LOCK, "D", "write",
	 "schedule;schedule_preempt_disabled;__mutex_lock.constprop.0;__mutex_lock_slowpath;"
	 "mutex_lock;pipe_write;vfs_write;" X64},
	{WAIT_LOCK, "S", "flock", "schedule;flock_lock_inode_wait;locks_lock_inode_wait;" X64},
	{WAIT_LOCK, "S", "fcntl", "schedule;fcntl_setlk;do_fcntl;__x64_sys_fcntl;" X64},
	{WAIT_LOCK, "S", "futex",
	 "schedule;rt_mutex_schedule;rt_mutex_slowlock;futex_lock_pi;do_futex;" X64 "|main"},
	/* Stopped, preempted, throttled, new. */
	{WAIT_STOPPED, "T", "",
	 "schedule;do_signal_stop;get_signal;arch_do_signal_or_restart|work"},
	{WAIT_STOPPED, "t", "", "schedule;ptrace_stop;ptrace_signal;get_signal|work;main"},
	{WAIT_STOPPED, "S", "read",
	 "schedule;do_freezer_trap;get_signal;exit_to_user_mode_loop|read"},
	{WAIT_PREEMPTED, "R", "", "__schedule;schedule;exit_to_user_mode_prepare|spin;main"},
	{WAIT_PREEMPTED, "R", "read", "__schedule;preempt_schedule_common;filemap_read;" X64},
	{WAIT_THROTTLED, "R", "",
	 "__schedule;preempt_schedule;throttle_cfs_rq_work;task_work_run|spin;main"},
	{WAIT_THROTTLED, "throttled", "", "__schedule;schedule;exit_to_user_mode_loop|spin;main"},
	{WAIT_FIRST_RUN, "new", "", "ret_from_fork_asm|"},
	/* io_uring, AIO, messages, and what has no row. */
	{WAIT_IO_URING, "S", "io_uring_enter",
	 "schedule;io_cqring_wait;__do_sys_io_uring_enter;__x64_sys_io_uring_enter;" X64},
	{WAIT_IO_URING, "S", "io_getevents", "schedule;read_events;do_io_getevents;" X64},
	{WAIT_CONDITION, "S", "semtimedop", "schedule;__do_semtimedop;do_semtimedop;" X64},
	{WAIT_CONDITION, "S", "read", "schedule;eventfd_read;vfs_read;ksys_read;" X64 "|read"},
	{WAIT_OTHER, "S", "ioctl", "schedule;some_driver_ioctl;vfs_ioctl;__x64_sys_ioctl;" X64},
	{WAIT_OTHER, "D", "", "|"},
	/* Kernel threads: their own loops, and what else they do. */
	{WAIT_KERNEL, "I", "", "__schedule;schedule;worker_thread;" KTHREAD},
	{WAIT_KERNEL, "S", "", "__schedule;schedule;kthreadd;ret_from_fork;ret_from_fork_asm"},
	{WAIT_KERNEL, "I", "", "schedule;schedule_timeout;rcu_gp_fqs_loop;rcu_gp_kthread;" KTHREAD},
	{WAIT_KERNEL, "S", "", "schedule;smpboot_thread_fn;" KTHREAD},
	{WAIT_KERNEL, "S", "", "schedule;kswapd_try_to_sleep;kswapd;" KTHREAD},
	{WAIT_KERNEL, "S", "", "schedule;kjournald2;" KTHREAD},
	{WAIT_KERNEL, "S", "", "schedule;schedule_timeout;a_new_thread_fn;" KTHREAD},
	{WAIT_KERNEL, "P", "", "schedule;kthread_parkme;" KTHREAD},
	{WAIT_KERNEL, "S", "", "schedule;io_wq_worker;ret_from_fork;ret_from_fork_asm"},
	{WAIT_DISK, "D", "",
	 "schedule;io_schedule;folio_wait_bit_common;folio_wait_writeback;"
	 "jbd2_journal_commit_transaction;kjournald2;" KTHREAD},
	{WAIT_LOCK, "D", "",
	 "schedule;schedule_preempt_disabled;__mutex_lock;a_work;process_one_work;worker_"
	 "thread;" KTHREAD},
	{WAIT_OTHER, "D", "",
	 "schedule;a_driver_wait;a_work;process_one_work;worker_thread;" KTHREAD},
	/* Futexes: glibc, musl. */
	{WAIT_LOCK, "S", "futex", FUTEX_6_1 "__lll_lock_wait;pthread_mutex_lock;work;start_thread"},
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_18 "futex_wait;__GI___lll_lock_wait;lll_mutex_lock_optimized;"
		    "___pthread_mutex_lock;work;start_thread"},
	{WAIT_LOCK, "S", "futex",
	 FUTEX_5_10 "__timedwait_cp;__timedwait;pthread_mutex_timedlock;work"},
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_1 "__futex_abstimed_wait64;__pthread_rwlock_wrlock_full64;"
		   "___pthread_rwlock_wrlock;work"},
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_1 "__lll_lock_wait;__pthread_mutex_cond_lock;__pthread_cond_wait_common;"
		   "___pthread_cond_wait;work"},
	{WAIT_CONDITION, "S", "futex",
	 FUTEX_6_1 "__futex_abstimed_wait_common64;__futex_abstimed_wait_common;"
		   "__GI___futex_abstimed_wait_cancelable64;__pthread_cond_wait_common;"
		   "___pthread_cond_wait;worker;start_thread;clone3"},
	{WAIT_CONDITION, "S", "futex", FUTEX_5_10 "pthread_cond_wait@@GLIBC_2.3.2;worker;start"},
	{WAIT_CONDITION, "S", "futex",
	 FUTEX_6_18 "__futex_abstimed_wait_common;__new_sem_wait_slow64."
		    "constprop.0;work"},
	{WAIT_CONDITION, "S", "futex", FUTEX_6_1 "__pthread_clockjoin_ex;main;__libc_start_main"},
	{WAIT_FUTEX, "S", "futex", FUTEX_6_1 "syscall;my_own_lock;main"},
	{WAIT_FUTEX, "S", "futex", "|[program+0x123];main"},
	/* C++, Rust, Go. */
	{WAIT_CONDITION, "S", "futex",
	 FUTEX_6_1 "___pthread_cond_wait;std::condition_variable::wait(std::unique_lock<std::mutex>"
		   "&);pool::run()"},
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_1 "syscall;absl::lts_20230125::Mutex::LockSlowLoop(int);f"},
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_1 "syscall;std::sys::pal::unix::futex::futex_wait;"
		   "std::sys::sync::mutex::futex::Mutex::lock_contended;app::work"},
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_1 "syscall;parking_lot_core::thread_parker::imp::ThreadParker::futex_wait;"
		   "parking_lot::raw_mutex::RawMutex::lock_slow;app::work"},
	{WAIT_CONDITION, "S", "futex",
	 FUTEX_6_1 "syscall;std::sys::sync::condvar::futex::Condvar::wait_timeout;app::work"},
	{WAIT_CONDITION, "S", "futex",
	 FUTEX_6_1 "syscall;std::sys::sync::thread_parking::futex::Parker::park;"
		   "std::thread::park;app::work"},
	{WAIT_CONDITION, "S", "futex",
	 FUTEX_6_1 "runtime.futex;runtime.futexsleep;runtime.notesleep;runtime.mPark;"
		   "runtime.stopm;runtime.findRunnable;runtime.schedule;runtime.mcall"},
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_1 "runtime.futex;runtime.futexsleep;runtime.lock2;runtime.lockWithRank;main.main"},
	/* Java: the monitor decides, not the condition variable that it is made of. */
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_1 "pthread_cond_wait;os::PlatformEvent::park();ObjectMonitor::EnterI(JavaThread*);"
		   "ObjectMonitor::enter(JavaThread*);void App.work()"},
	{WAIT_CONDITION, "S", "futex",
	 FUTEX_6_1 "pthread_cond_timedwait;os::PlatformEvent::park(long);"
		   "ObjectMonitor::wait(long, bool, JavaThread*);JVM_MonitorWait;Object.wait"},
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_1 "pthread_cond_wait;Parker::park(bool, long);Unsafe_Park;"
		   "java.util.concurrent.locks.LockSupport::park;"
		   "java.util.concurrent.locks.AbstractQueuedSynchronizer::acquire;App::work"},
	{WAIT_CONDITION, "S", "futex",
	 FUTEX_6_1 "pthread_cond_wait;Parker::park(bool, long);Unsafe_Park;"
		   "java.util.concurrent.locks.LockSupport::park;java.util.concurrent.locks."
		   "AbstractQueuedSynchronizer$ConditionObject::await;App::work"},
	/* Python: the interpreter's lock, a lock, a queue. */
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_1
	 "___pthread_cond_timedwait;take_gil;PyEval_RestoreThread;time_sleep;py::f:/a.py"},
	{WAIT_LOCK, "S", "futex",
	 FUTEX_6_1 "__new_sem_wait_slow64.constprop.0;PyThread_acquire_lock_timed;acquire_timed;"
		   "lock_PyThread_acquire_lock;py::work:/a.py"},
	{WAIT_CONDITION, "S", "futex",
	 FUTEX_6_1 "sem_wait;PyThread_acquire_lock_timed;lock_PyThread_acquire_lock;"
		   "py::Condition.wait:/usr/lib/python3.12/threading.py;py::work:/a.py"},
	/* No names of the kernel: the call tells. */
	{WAIT_POLL, "S", "epoll_wait", "[kernel]|epoll_wait;main"},
	{WAIT_CONDITION, "S", "futex", "[kernel]|pthread_cond_wait;main"},
	{WAIT_SLEEP, "S", "", "schedule;a_new_name;__arm64_sys_nanosleep;el0_svc|nanosleep"},
};

/* Adds the functions of a list, leaf first, so outermost first from its end. */
static uint32_t add_calls(struct maker *maker, uint32_t stack, const char *list, size_t n,
			  uint32_t module)
{
	while (n) {
		const char *name = memrchr(list, ';', n);
		guard_free char *text = NULL;
		struct profile_frame frame;
		static uint64_t offset = 4096;

		name = name ? name + 1 : list;
		text = strndup(name, list + n - name);
		maker_frame(maker, text, "", 0, &frame);
		stack = maker_call(maker, stack, module, offset++, &frame, 1);
		n = name > list ? name - 1 - list : 0;
	}
	return stack;
}

static uint32_t make_stack(struct maker *maker, const char *text)
{
	uint32_t kernel = maker_module(maker, "[kernel]", MODULE_KERNEL);
	uint32_t user = maker_module(maker, "/bin/program", MODULE_USER);
	size_t n = strcspn(text, "|");
	uint32_t stack = 0;

	if (text[n])
		stack = add_calls(maker, 0, text + n + 1, strlen(text + n + 1), user);
	return add_calls(maker, stack, text, n, kernel);
}

static uint32_t make_wait(struct maker *maker, const char *state, const char *syscall)
{
	struct profile_wait wait = {};
	uint32_t number;

	assert_int_equal(profile_intern(&maker->profile, state, &wait.state), 0);
	assert_int_equal(profile_intern(&maker->profile, syscall, &wait.syscall), 0);
	assert_int_equal(profile_intern_wait(&maker->profile, &wait, &number), 0);
	return number;
}

static void init(struct maker *maker)
{
	struct profile_value_type type;

	memset(maker, 0, sizeof(*maker));
	assert_int_equal(profile_init(&maker->profile), 0);
	assert_int_equal(profile_intern(&maker->profile, "blocked", &type.type), 0);
	assert_int_equal(profile_intern(&maker->profile, "nanoseconds", &type.unit), 0);
	assert_int_equal(profile_set_values(&maker->profile, &type, 1), 0);
	maker->profile.duration_ns = 1000;
}

static void add(struct maker *maker, struct profile_sample sample, int64_t ns)
{
	sample.thread = maker->thread;
	assert_int_equal(profile_add_wait(&maker->profile, &sample, &ns, ns), 0);
}

/* The class that a wait gets, and its flags. */
static enum wait_class classify(const struct row *row, uint8_t flags, uint8_t *ret_flags)
{
	struct maker maker;
	struct profile_sample sample = {.wait_class = WAIT_UNKNOWN, .flags = flags};
	enum wait_class class;

	init(&maker);
	sample.stack = make_stack(&maker, row->stack);
	sample.wait = make_wait(&maker, row->state, row->syscall);
	add(&maker, sample, 900);
	maker_finish(&maker);
	class = maker.profile.samples.data[0].wait_class;
	*ret_flags = maker.profile.samples.data[0].flags;
	maker_deinit(&maker);
	return class;
}

static void test_classes(void **state)
{
	bool failed = false;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t flags;
		enum wait_class blocked = classify(&rows[i], 0, &flags);
		enum wait_class queued = classify(&rows[i], SAMPLE_RUNQUEUE, &flags);

		/* Both phases of a wait are of its class. */
		if (blocked == rows[i].class && queued == blocked && flags & SAMPLE_RUNQUEUE)
			continue;
		print_error("%s is not %s but %s, %s\n", rows[i].stack,
			    wait_class_name(rows[i].class), wait_class_name(blocked),
			    wait_class_name(queued));
		failed = true;
	}
	assert_false(failed);
}

/* Idle: for work, for half of the recording, at one place of one thread. */
static void test_idle(void **state)
{
	static const char pool[] = FUTEX_6_1 "pthread_cond_wait;worker;start_thread";
	static const char poll[] = "schedule;ep_poll;do_epoll_wait;" X64 "|epoll_wait;loop";
	static const char lock[] = FUTEX_6_1 "pthread_mutex_lock;worker;start_thread";
	static const struct {
		const char *stack;
		int tid;
		int64_t ns;
		bool idle;
	} waits[] = {
		{pool, 1, 600, true}, {poll, 1, 100, false}, {pool, 2, 400, false},
		{poll, 3, 500, true}, {lock, 4, 990, false}, {poll, 5, 499, false},
	};
	struct maker maker;
	size_t n_idle = 0;

	(void)state;
	init(&maker);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct profile_sample sample = {.wait_class = WAIT_UNKNOWN};

		maker_thread(&maker, 1, waits[i].tid, "app", "app");
		sample.stack = make_stack(&maker, waits[i].stack);
		sample.wait = make_wait(&maker, "S", "");
		add(&maker, sample, waits[i].ns);
		sample.flags = SAMPLE_RUNQUEUE;
		add(&maker, sample, waits[i].ns + 1);
	}
	maker_finish(&maker);
	for (size_t i = 0; i < maker.profile.samples.n; i++) {
		const struct profile_sample *sample = &maker.profile.samples.data[i];
		int tid = maker.profile.threads.data[sample->thread].tid;
		bool idle = false;

		for (size_t k = 0; k < sizeof(waits) / sizeof(waits[0]); k++)
			if (waits[k].tid == tid &&
			    (maker.profile.values.data[i] == waits[k].ns ||
			     maker.profile.values.data[i] == waits[k].ns + 1))
				idle = waits[k].idle;
		assert_int_equal(!!(sample->flags & SAMPLE_IDLE), idle);
		n_idle += idle;
	}
	assert_int_equal(n_idle, 4); /* both phases of two */
	maker_deinit(&maker);
}

/* The stack of a sample, innermost frame first. */
static void print_stack(const struct profile *profile, uint32_t stack, char *text)
{
	*text = '\0';
	for (; stack; stack = profile->stacks.data[stack].parent) {
		const struct profile_location *location =
			&profile->locations.data[profile->stacks.data[stack].location];
		uint32_t function = profile->frames.data[location->first_frame].function;

		sprintf(text + strlen(text), "%s%s", *text ? ";" : "",
			strings_get(&profile->strings, profile->functions.data[function].name));
	}
}

static void add_mark(struct maker *maker, uint32_t *stack)
{
	uint32_t location;

	assert_int_equal(wakers_intern_name(&maker->profile, WAKERS_MARK, &location), 0);
	assert_int_equal(profile_intern_stack(&maker->profile, *stack, location, stack), 0);
}

/* Classes get frames: before the mark where there is a waker, whose stack tells nothing of who
 * waited. */
static void test_frames(void **state)
{
	static const struct {
		const char *waiter, *waker, *state;
		uint8_t flags;
		const char *expected;
	} cases[] = {
		{"schedule;pipe_read|main", NULL, "S", 0, "[pipe];schedule;pipe_read;main"},
		{"schedule;pipe_read|main", NULL, "S", SAMPLE_RUNQUEUE,
		 "[run queue];schedule;pipe_read;main"},
		{"schedule|main", NULL, "R", SAMPLE_RUNQUEUE, "[preempted];schedule;main"},
		{"", NULL, "D", 0, "[other]"},
		{"schedule;ep_poll|main", "waker;main;pipe_write", "S", 0,
		 "waker;main;pipe_write;--;[poll];schedule;ep_poll;main"},
		{"schedule;ep_poll|main", "waker;main;pipe_write", "S", SAMPLE_RUNQUEUE,
		 "waker;main;pipe_write;--;[run queue];schedule;ep_poll;main"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct profile_sample sample = {
			.wait_class = WAIT_UNKNOWN,
			.flags = cases[i].flags,
		};
		char text[256];
		struct maker maker;

		init(&maker);
		sample.stack = make_stack(&maker, cases[i].waiter);
		sample.wait = make_wait(&maker, cases[i].state, "");
		if (cases[i].waker) {
			add_mark(&maker, &sample.stack);
			sample.stack = add_calls(&maker, sample.stack, cases[i].waker,
						 strlen(cases[i].waker), 0);
		}
		add(&maker, sample, 10);
		maker_finish(&maker);
		print_stack(&maker.profile, maker.profile.samples.data[0].stack, text);
		assert_string_equal(text, cases[i].expected);
		maker_deinit(&maker);
	}
}

/* What is known stays, with its stack; names that come later tell what a futex was, and names that
 * were left out do not make it less. */
static void test_known(void **state)
{
	struct profile_sample sample = {.wait_class = WAIT_SLEEP};
	struct maker maker;
	uint32_t location;
	char text[256];

	(void)state;
	init(&maker);
	sample.stack = make_stack(&maker, "schedule;pipe_read|main");
	add(&maker, sample, 10);
	sample.wait_class = WAIT_FUTEX;
	add(&maker, sample, 15);
	sample.stack = make_stack(&maker, "futex_wait|pthread_mutex_lock;main");
	assert_int_equal(wakers_intern_name(&maker.profile, "[futex]", &location), 0);
	assert_int_equal(
		profile_intern_stack(&maker.profile, sample.stack, location, &sample.stack), 0);
	add(&maker, sample, 20);
	/* The same wait, already known: the two become one. */
	sample.stack = maker.profile.stacks.data[sample.stack].parent;
	assert_int_equal(wakers_intern_name(&maker.profile, "[lock]", &location), 0);
	assert_int_equal(
		profile_intern_stack(&maker.profile, sample.stack, location, &sample.stack), 0);
	sample.wait_class = WAIT_LOCK;
	add(&maker, sample, 30);
	maker_finish(&maker);
	assert_int_equal(maker.profile.samples.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct profile_sample *found = &maker.profile.samples.data[i];

		print_stack(&maker.profile, found->stack, text);
		switch (maker.profile.values.data[i]) {
		case 10:
			assert_int_equal(found->wait_class, WAIT_SLEEP);
			assert_string_equal(text, "schedule;pipe_read;main");
			break;
		case 15:
			assert_int_equal(found->wait_class, WAIT_FUTEX);
			assert_string_equal(text, "schedule;pipe_read;main");
			break;
		default:
			assert_int_equal(maker.profile.values.data[i], 50);
			assert_int_equal(found->wait_class, WAIT_LOCK);
			assert_string_equal(text, "[lock];futex_wait;pthread_mutex_lock;main");
			break;
		}
	}
	maker_deinit(&maker);
}

/* No row hides a later one: each name finds its own. */
static void test_rules(void **state)
{
	static const struct {
		const char *name;
		uint8_t kind;
	} names[] = {
		{"pipe_read", RULE_SURE},
		{"pipe_read.isra.0", RULE_SURE},
		{"pipe_reader", RULE_NONE},
		{"", RULE_NONE},
		{"__x64_sys_poll", RULE_WEAK_WORK},
		{"__x64_sys_", RULE_NONE},
		{"schedule", RULE_SCHEDULER},
		{"handle_mm_fault", RULE_FAULT},
		{"worker_thread", RULE_LOOP},
		{"ext4_file_read_iter", RULE_WEAK},
		{"*", RULE_NONE},
		{"ep_poll", RULE_WORK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(wait_rule_kernel(names[i].name, strlen(names[i].name)).kind,
				 names[i].kind);
	assert_int_equal(wait_rule_user("std::mutex::lock()", 18).class, WAIT_LOCK);
	assert_int_equal(wait_rule_user("my_pthread_mutex_lock", 21).kind, RULE_NONE);
	assert_int_equal(wait_rule_syscall("epoll_pwait2", 12).class, WAIT_POLL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes), cmocka_unit_test(test_idle),
		cmocka_unit_test(test_frames),	cmocka_unit_test(test_known),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
