// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of names: in Linux 5.10 to 6.18, in C libraries, and in the
 * runtimes of languages. See wait_rules.h.
 */
#include "report/wait_rules.h"

#include <string.h>

/* Names are parted by spaces; a "*" in one stands for anything. */
struct rule_row {
	uint8_t class, kind;
	const char *names;
};

static const struct rule_row kernel_rules[] = {
	{WAIT_THROTTLED, RULE_SURE, "throttle_cfs_rq_work throttle_cfs_rq dequeue_throttled_task"},
	{WAIT_STOPPED, RULE_SURE,
	 "do_signal_stop do_jobctl_trap ptrace_stop ptrace_signal_stop "
	 "do_freezer_trap __refrigerator schedule_freezer"},
	{WAIT_LOCK, RULE_SURE,
	 "mutex_lock* __mutex_lock* __ww_mutex_lock* ww_mutex_lock* rwsem_down_* "
	 "down_read* down_write* __down_read* __down_write* down down_killable "
	 "down_interruptible down_timeout __down __down_common __down_killable "
	 "__down_interruptible __down_timeout percpu_down_write percpu_rwsem_wait "
	 "__percpu_down_read rt_mutex_lock* rt_mutex_slowlock* "
	 "__rt_mutex_slowlock* __rt_mutex_lock* rtlock_slowlock* rwbase_*lock* "
	 "__lock_sock __lock_sock_fast futex_lock_pi flock_lock_inode_wait "
	 "flock_lock_file_wait posix_lock_inode_wait posix_lock_file_wait "
	 "locks_lock_inode_wait fcntl_setlk do_lock_file_wait vma_start_write "
	 "__vma_start_write mmap_read_lock* mmap_write_lock* lock_mm_and_find_vma "
	 "inode_lock*"},
	{WAIT_FUTEX, RULE_SURE,
	 "futex_wait __futex_wait futex_do_wait futex_wait_queue "
	 "futex_wait_queue_me futex_wait_multiple futex_wait_multiple_setup"},
	{WAIT_CONDITION, RULE_WORK, "futex_wait_requeue_pi"},
	{WAIT_CONDITION, RULE_SURE,
	 "__do_semtimedop do_semtimedop ksys_semtimedop do_msgrcv do_msgsnd "
	 "ksys_msgrcv ksys_msgsnd do_mq_timedreceive do_mq_timedsend wq_sleep "
	 "eventfd_read eventfd_write eventfd_ctx_do_read"},
	{WAIT_CONDITION, RULE_WORK, "kvm_vcpu_block kvm_vcpu_halt"},
	{WAIT_MEMORY, RULE_SURE,
	 "reclaim_throttle throttle_direct_reclaim mem_cgroup_handle_over_high "
	 "mem_cgroup_oom_synchronize mem_cgroup_out_of_memory out_of_memory "
	 "compact_zone compact_zone_order do_try_to_free_pages try_to_free_pages "
	 "try_to_free_mem_cgroup_pages wait_iff_congested too_many_isolated"},
	{WAIT_PAGE_FAULT, RULE_SURE,
	 "swap_readpage swap_read_folio swap_read_unplug handle_userfault "
	 "kvm_async_pf_task_wait_schedule migration_entry_wait* "
	 "softleaf_entry_wait*"},
	{WAIT_NONE, RULE_FAULT,
	 "handle_mm_fault __handle_mm_fault filemap_fault do_swap_page "
	 "do_user_addr_fault exc_page_fault asm_exc_page_fault do_page_fault "
	 "__do_page_fault page_fault async_page_fault do_translation_fault "
	 "do_mem_abort el0_da el0_ia el1_abort faultin_page"},
	{WAIT_NETWORK, RULE_WORK,
	 "inet_csk_accept inet_csk_wait_for_connect inet_accept unix_accept "
	 "svc_recv svc_get_next_xprt do_accept __sys_accept4_file __sys_accept4 "
	 "io_accept"},
	{WAIT_NETWORK, RULE_SURE,
	 "sk_wait_data sk_stream_wait_memory sk_stream_wait_connect "
	 "sk_stream_wait_close tcp_recvmsg tcp_recvmsg_locked tcp_sendmsg "
	 "tcp_sendmsg_locked tcp_close inet_wait_for_connect inet_stream_connect "
	 "__inet_stream_connect unix_stream_read_generic unix_stream_data_wait "
	 "unix_stream_recvmsg unix_stream_sendmsg unix_stream_connect "
	 "unix_wait_for_peer unix_dgram_recvmsg __unix_dgram_recvmsg "
	 "unix_dgram_sendmsg __skb_wait_for_more_packets __skb_recv_datagram "
	 "skb_recv_datagram __skb_recv_udp udp_recvmsg udpv6_recvmsg raw_recvmsg "
	 "ping_recvmsg netlink_recvmsg packet_recvmsg packet_wait_for_new_tx "
	 "sock_alloc_send_pskb sock_wait_for_wmem tls_sw_recvmsg tls_rx_rec_wait "
	 "mptcp_recvmsg mptcp_wait_data sctp_wait_for_* sctp_recvmsg "
	 "vsock_connectible_recvmsg vsock_stream_recvmsg vsock_connect "
	 "bt_sock_wait_state bt_sock_recvmsg rpc_wait_bit_killable "
	 "nfs_wait_bit_killable"},
	{WAIT_NETWORK, RULE_WEAK,
	 "sock_recvmsg sock_sendmsg sock_read_iter sock_write_iter ____sys_recvmsg "
	 "____sys_sendmsg __sys_recvfrom __sys_sendto __sys_connect __rpc_execute "
	 "rpc_* nfs_* nfs4_* cifs_* smb2_* ceph_* wait_for_response"},
	{WAIT_PIPE, RULE_SURE,
	 "pipe_read pipe_write anon_pipe_read anon_pipe_write fifo_pipe_read "
	 "fifo_pipe_write pipe_wait pipe_wait_readable pipe_wait_writable "
	 "wait_for_partner fifo_open wait_for_space ipipe_prep opipe_prep "
	 "splice_from_pipe_next"},
	{WAIT_TERMINAL, RULE_WORK, "n_tty_read"},
	{WAIT_TERMINAL, RULE_SURE, "n_tty_write tty_wait_until_sent tty_ldisc_ref_wait"},
	{WAIT_POLL, RULE_WORK,
	 "ep_poll do_epoll_wait do_poll do_sys_poll do_select core_sys_select "
	 "poll_schedule_timeout inotify_read fanotify_read do_syslog syslog_print "
	 "devkmsg_read evdev_read fuse_dev_do_read fuse_dev_read"},
	{WAIT_SLEEP, RULE_SURE,
	 "do_nanosleep hrtimer_nanosleep common_nsleep common_nsleep_timens "
	 "alarm_timer_nsleep timerfd_read timerfd_read_iter msleep "
	 "msleep_interruptible usleep_range usleep_range_state fsleep"},
	{WAIT_CHILD, RULE_WORK, "do_wait __do_wait kernel_wait4 kernel_waitid do_wait_pid"},
	{WAIT_CHILD, RULE_SURE, "wait_for_vfork_done"},
	{WAIT_CHILD, RULE_WEAK,
	 "kernel_clone _do_fork do_fork __do_sys_vfork __x64_sys_vfork "
	 "__ia32_sys_vfork"},
	{WAIT_SIGNAL, RULE_WORK,
	 "sigsuspend do_sigtimedwait signalfd_read signalfd_read_iter "
	 "signalfd_dequeue do_pause"},
	{WAIT_IO_URING, RULE_WORK,
	 "io_cqring_wait __io_cqring_wait_schedule io_cqring_wait_schedule "
	 "io_cqring_schedule_timeout read_events do_io_getevents"},
	{WAIT_DISK, RULE_SURE,
	 "folio_wait_bit* wait_on_page_bit* folio_wait_writeback* "
	 "folio_wait_stable folio_put_wait_locked put_and_wait_on_page_locked "
	 "__folio_lock* __lock_page* wait_on_page_writeback* wait_on_page_locked "
	 "filemap_update_page filemap_get_pages filemap_read filemap_fdatawait* "
	 "__filemap_fdatawait_range file_write_and_wait_range "
	 "generic_file_buffered_read generic_file_read_iter wait_on_buffer "
	 "__wait_on_buffer __lock_buffer __bread_gfp __bread bh_read __bh_read "
	 "jbd2_log_wait_commit jbd2_complete_transaction jbd2_log_do_checkpoint "
	 "jbd2_journal_commit_transaction jbd2_fc_wait_bufs "
	 "wait_transaction_locked wait_transaction_switching "
	 "add_transaction_credits start_this_handle do_get_write_access "
	 "submit_bio_wait blk_execute_rq blk_mq_get_tag blk_mq_get_request "
	 "blk_mq_alloc_request __blk_mq_alloc_requests blk_mq_freeze_queue_wait "
	 "blk_queue_enter __bio_queue_enter blk_throttle* blkdev_issue_* "
	 "__blkdev_issue_* __blkdev_direct_IO* blkdev_direct_IO* blk_io_schedule "
	 "iomap_dio_rw __iomap_dio_rw do_blockdev_direct_IO dio_await_one "
	 "dio_await_completion rq_qos_wait wbt_wait balance_dirty_pages "
	 "balance_dirty_pages_ratelimited* congestion_wait sync_inodes_sb "
	 "wb_wait_for_completion wait_sb_inodes writeback_single_inode "
	 "request_wait_answer fuse_simple_request __fuse_simple_request "
	 "p9_client_rpc d_alloc_parallel d_wait_lookup __wait_on_freeing_inode "
	 "bit_wait_io out_of_line_wait_on_bit_lock wait_on_inode"},
	{WAIT_DISK, RULE_WEAK,
	 "io_schedule io_schedule_timeout io_schedule_prepare ext4_* xfs_* btrfs_* "
	 "f2fs_* jbd2_* zfs_* zil_* zio_wait txg_wait_* cv_wait_common* bcache_* "
	 "bch_* dm_* md_* raid1_* raid5_* nvme_* scsi_* fuse_* fsync_* vfs_fsync* "
	 "do_fsync ksys_sync sync_filesystem"},
	{WAIT_KERNEL, RULE_SURE,
	 "io_wq_worker io_wqe_worker io_sq_thread vhost_worker vhost_task_fn "
	 "do_idle cpu_startup_entry cpuidle_idle_call kthread_parkme "
	 "__kthread_parkme"},
	{WAIT_KERNEL, RULE_LOOP,
	 "worker_thread rescuer_thread smpboot_thread_fn kthreadd kswapd "
	 "kswapd_try_to_sleep kcompactd khugepaged khugepaged_wait_work "
	 "ksm_scan_thread oom_reaper rcu_gp_kthread rcu_gp_fqs_loop rcu_gp_init "
	 "rcu_tasks_kthread rcu_tasks_one_gp rcu_nocb_gp_kthread "
	 "rcu_nocb_cb_kthread nocb_gp_wait nocb_cb_wait rcu_boost_kthread "
	 "kauditd_thread kjournald2 irq_thread irq_wait_for_interrupt "
	 "irq_thread_check_affinity scsi_error_handler watchdog devtmpfsd "
	 "devtmpfs_work_loop nfsd lockd kthread_worker_fn psi_rtpoll_worker "
	 "psi_poll_worker drm_sched_main xfsaild transaction_kthread "
	 "cleaner_kthread loop_thread dmcrypt_write md_thread hwrng_fillfn "
	 "balance_dirty_kthread kdamond_fn kdamond_wait_activation"},
	{WAIT_NONE, RULE_SCHEDULER,
	 "schedule __schedule __schedule_loop preempt_schedule* __cond_resched "
	 "schedule_timeout* schedule_hrtimeout* schedule_preempt_disabled "
	 "schedule_rtlock io_schedule* wait_woken prepare_to_wait* "
	 "prepare_to_swait* swait_event* do_wait_intr* kthread ret_from_fork* "
	 "wait_for_completion* __wait_for_common do_wait_for_common "
	 "wait_for_common* __wait_rcu_gp wait_rcu_gp wait_for_kthread "
	 "kthread_should_* __switch_to* synchronize_rcu* synchronize_srcu* "
	 "rcu_tasks_wait_gp sched_* rt_mutex_schedule freezable_schedule* bit_wait "
	 "try_to_wake_up ttwu_* default_wake_function wake_up_process wake_up_state "
	 "wake_up_q __wake_up* autoremove_wake_function woken_wake_function "
	 "swake_up_* complete complete_all complete_with_flags pollwake "
	 "ep_poll_callback ep_autoremove_wake_function wake_page_function "
	 "wake_up_bit"},
};

static const struct rule_row user_rules[] = {
	/* The GNU C library and musl. */
	{WAIT_LOCK, RULE_LIBRARY,
	 "__lll_lock_wait __lll_lock_wait_private lll_lock_wait* "
	 "__pthread_mutex_lock* ___pthread_mutex_lock __GI___pthread_mutex_lock "
	 "pthread_mutex_lock pthread_mutex_timedlock __pthread_mutex_timedlock "
	 "___pthread_mutex_timedlock pthread_mutex_clocklock "
	 "__pthread_mutex_clocklock* ___pthread_mutex_clocklock "
	 "__pthread_mutex_cond_lock* __pthread_mutex_lock_full __pthread_rwlock_* "
	 "___pthread_rwlock_* pthread_rwlock_* __pthread_once_slow* __pthread_once "
	 "___pthread_once pthread_once __cxa_guard_acquire _IO_lock_lock flockfile "
	 "__flockfile __lockfile __lock __tl_lock arena_get2 malloc_lock"},
	{WAIT_CONDITION, RULE_LIBRARY,
	 "__pthread_cond_* ___pthread_cond_* pthread_cond_* sem_wait sem_timedwait "
	 "sem_clockwait __new_sem_wait* __sem_wait* __sem_timedwait* "
	 "do_futex_wait* pthread_barrier_wait __pthread_barrier_wait "
	 "___pthread_barrier_wait pthread_join __pthread_join ___pthread_join "
	 "__pthread_clockjoin* ___pthread_clockjoin* __pthread_timedjoin* "
	 "pthread_timedjoin_np pthread_clockjoin_np PlatformEvent::park* "
	 "os::PlatformEvent::park* Parker::park* Unsafe_Park*"},
	/* C++ and C libraries. */
	{WAIT_LOCK, RULE_RUNTIME,
	 "std::mutex::lock* std::timed_mutex::* std::recursive_mutex::lock* "
	 "std::shared_mutex::* std::lock_guard<* std::unique_lock<*lock* "
	 "std::call_once*"},
	{WAIT_CONDITION, RULE_RUNTIME,
	 "std::condition_variable::* std::condition_variable_any::* "
	 "std::_V2::condition_variable_any::* std::__condvar::* "
	 "std::counting_semaphore* std::__atomic_wait* std::__detail::__wait* "
	 "std::thread::join* std::future<* std::shared_future<* "
	 "std::__future_base::*wait* std::barrier* std::latch::*"},
	{WAIT_LOCK, RULE_RUNTIME,
	 "absl::*Mutex::Lock* absl::*Mutex::ReaderLock* AbslInternalMutex* "
	 "g_mutex_lock* g_rec_mutex_lock* g_rw_lock_* QMutex::lock* "
	 "QBasicMutex::lock* QRecursiveMutex::lock* QReadWriteLock::* "
	 "folly::SharedMutex*lock* folly::*MicroLock* uv_mutex_lock uv_rwlock_* "
	 "je_malloc_mutex_lock_slow malloc_mutex_lock_slow LWLockAcquire "
	 "LWLockAcquireOrWait LWLockWaitForVar ProcSleep"},
	{WAIT_CONDITION, RULE_RUNTIME,
	 "absl::*CondVar::* absl::*Mutex::Await* absl::*BlockingCounter::* "
	 "absl::*Notification::* g_cond_wait* g_async_queue_* g_thread_join "
	 "QWaitCondition::* QSemaphore::* QThread::wait* folly::*Baton* "
	 "folly::*LifoSem* uv_cond_* uv_sem_wait uv_barrier_wait gomp_*wait* "
	 "GOMP_*barrier* GOMP_taskwait __kmp_*suspend* __kmp_*wait* tbb::*wait* "
	 "rml::*wait*"},
	/* Go: a thread, not a goroutine. */
	{WAIT_LOCK, RULE_RUNTIME,
	 "runtime.lock runtime.lock2 runtime.lockWithRank runtime.lockSlow "
	 "runtime.(*mutex)*"},
	{WAIT_CONDITION, RULE_RUNTIME,
	 "runtime.notesleep runtime.notetsleep runtime.notetsleep_internal "
	 "runtime.notetsleepg runtime.semasleep"},
	{WAIT_CONDITION, RULE_REST,
	 "runtime.mPark runtime.stopm runtime.stoplockedm runtime.startlockedm "
	 "runtime.gcstopm runtime.templateThread runtime.sysmon "
	 "runtime.findRunnable runtime.findrunnable runtime.handoffp "
	 "os/signal.signal_recv"},
	/* Rust. */
	{WAIT_LOCK, RULE_RUNTIME,
	 "*::lock_contended *::Mutex::lock_contended *::RwLock::read_contended "
	 "*::RwLock::write_contended *::RawMutex::lock_slow *RawMutex>::lock_slow "
	 "*::RawRwLock::lock_*slow *::ReentrantLock<*::lock "
	 "std::sys::*::once::*Once::call std::sys::*::once::*Once::wait "
	 "*::OnceLock<*"},
	{WAIT_CONDITION, RULE_RUNTIME,
	 "*::Condvar::wait* *::condvar::*::wait* std::thread::park* "
	 "std::thread::*::park* *Thread>::park* *Parker>::park* *Condvar>::wait* "
	 "*Barrier>::wait* *::thread_parking::*::park* *::Parker::park* "
	 "crossbeam_*::park* crossbeam_channel::* std::sync::mpsc::* "
	 "std::sync::mpmc::* std::thread::*JoinHandle<*::join *::Barrier::wait* "
	 "tokio::runtime::*::park* rayon_core::sleep::* rayon_core::latch::*wait*"},
	/* HotSpot and what runs in it. */
	{WAIT_LOCK, RULE_RUNTIME,
	 "ObjectMonitor::enter* ObjectMonitor::EnterI* ObjectMonitor::ReenterI* "
	 "ObjectSynchronizer::*enter* Monitor::lock* Mutex::lock* "
	 "PlatformMutex::lock* SharedRuntime::complete_monitor_locking* "
	 "SharedRuntime::monitor_enter* SafepointMechanism::* "
	 "SafepointSynchronize::block* ThreadSafepointState::*block*"},
	{WAIT_CONDITION, RULE_RUNTIME,
	 "ObjectMonitor::wait* Monitor::wait* PlatformMonitor::wait* "
	 "JVM_MonitorWait Semaphore::wait* PosixSemaphore::*wait* WatcherThread::* "
	 "VMThread::*wait* *LockSupport::park* *LockSupport.park* "
	 "*LockSupport;::park*"},
	{WAIT_LOCK, RULE_MANAGED,
	 "*AbstractQueuedSynchronizer*::acquire* "
	 "*AbstractQueuedSynchronizer*.acquire* *ReentrantLock*::lock* "
	 "*ReentrantLock*.lock* *ReentrantReadWriteLock*::*lock* "
	 "*StampedLock*::*Lock* *StampedLock*::acquire*"},
	{WAIT_CONDITION, RULE_MANAGED,
	 "*ConditionObject::await* *ConditionObject.await* "
	 "*ConditionObject;::await* *Object::wait* *Object.wait* "
	 "*CountDownLatch*::await* *CyclicBarrier*::* *SynchronousQueue*::* "
	 "*LinkedTransferQueue*::* *ForkJoinPool*::awaitWork* "
	 "*ForkJoinPool*.awaitWork* *FutureTask*::awaitDone* "
	 "*CompletableFuture*::*wait* *Semaphore*::acquire*"},
	/* CPython. */
	{WAIT_LOCK, RULE_RUNTIME,
	 "take_gil* drop_gil* PyEval_RestoreThread PyEval_AcquireThread "
	 "_PyMutex_Lock* PyMutex_Lock _PyMutex_LockTimed _PyParkingLot_Park "
	 "PyThread_acquire_lock* rlock_acquire* lock_PyThread_acquire_lock* "
	 "acquire_timed"},
	{WAIT_CONDITION, RULE_MANAGED, "py::*wait:* py::get:*queue* py::*join:*threading*"},
	/* .NET, Node.js, Ruby. */
	{WAIT_LOCK, RULE_RUNTIME,
	 "AwareLock::Enter* Monitor_Enter* JIT_MonEnter* thread_sched_to_running* "
	 "gvl_acquire* rb_mutex_lock* v8::base::Mutex::Lock* "
	 "v8::base::SharedMutex::Lock*"},
	{WAIT_CONDITION, RULE_RUNTIME,
	 "SyncBlock::Wait* CLREvent*::Wait* WaitHandle_* "
	 "v8::base::ConditionVariable::* v8::base::Semaphore::* "
	 "node::*Task*::BlockingPop* node::*WorkerThread*::BlockingPop* "
	 "rb_condvar_* rb_queue_pop* sleep_forever"},
};

static const struct rule_row syscall_rules[] = {
	{WAIT_FUTEX, RULE_SURE, "futex futex_wait futex_waitv"},
	{WAIT_LOCK, RULE_SURE, "flock futex_lock_pi"},
	{WAIT_POLL, RULE_WORK,
	 "poll ppoll select pselect6 epoll_wait epoll_pwait epoll_pwait2 "
	 "epoll_wait_old syslog"},
	{WAIT_SLEEP, RULE_SURE, "nanosleep clock_nanosleep"},
	{WAIT_CHILD, RULE_WORK, "wait4 waitid waitpid"},
	{WAIT_CHILD, RULE_SURE, "vfork"},
	{WAIT_NETWORK, RULE_WORK, "accept accept4"},
	{WAIT_NETWORK, RULE_SURE,
	 "connect recvfrom recvmsg recvmmsg sendto sendmsg sendmmsg recv send "
	 "shutdown"},
	{WAIT_PIPE, RULE_SURE, "splice tee vmsplice"},
	{WAIT_DISK, RULE_SURE,
	 "fsync fdatasync sync syncfs msync sync_file_range fallocate pread64 "
	 "pwrite64 preadv pwritev preadv2 pwritev2 ftruncate rename renameat2 "
	 "unlink unlinkat getdents64 openat"},
	{WAIT_SIGNAL, RULE_WORK, "pause rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64"},
	{WAIT_IO_URING, RULE_WORK, "io_uring_enter io_getevents io_pgetevents"},
	{WAIT_CONDITION, RULE_SURE, "semop semtimedop msgrcv msgsnd mq_timedreceive mq_timedsend"},
};

/* True where a pattern is the name; "*" is anything, and the last one met is what is extended. */
static bool match(const char *pattern, size_t n_pattern, const char *name, size_t n)
{
	size_t p = 0, i = 0, star = SIZE_MAX, from = 0;

	while (i < n) {
		if (p < n_pattern && pattern[p] == '*') {
			star = ++p;
			from = i;
		} else if (p < n_pattern && pattern[p] == name[i]) {
			p++;
			i++;
		} else if (star != SIZE_MAX) {
			p = star;
			i = ++from;
		} else {
			return false;
		}
	}
	while (p < n_pattern && pattern[p] == '*')
		p++;
	return p == n_pattern;
}

static bool match_any(const char *names, const char *name, size_t n)
{
	for (;;) {
		size_t length = strcspn(names, " ");

		if ((names[0] == name[0] || names[0] == '*') && match(names, length, name, n))
			return true;
		names += length;
		if (!*names)
			return false;
		names++;
	}
}

/* What a symbol is called in the source: "pipe_read.isra.0", "pthread_cond_wait@@GLIBC_2.3.2". */
static size_t source_name(const char *name, size_t n)
{
	static const char *const ends[] = {".isra.",	".part.", ".constprop.", ".cold", ".llvm.",
					   ".lto_priv", "@"};
	size_t least = n;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char *end = memmem(name, n, ends[i], strlen(ends[i]));

		if (end && end > name && (size_t)(end - name) < least)
			least = end - name;
	}
	return least;
}

#define find_rule(rows, name, n)                                                                   \
	find_in((rows), sizeof(rows) / sizeof((rows)[0]), (name), source_name((name), (n)))

static struct wait_rule find_in(const struct rule_row *rows, size_t n_rows, const char *name,
				size_t n)
{
	for (size_t i = 0; n && i < n_rows; i++)
		if (match_any(rows[i].names, name, n))
			return (struct wait_rule){rows[i].class, rows[i].kind};
	return (struct wait_rule){};
}

struct wait_rule wait_rule_syscall(const char *name, size_t n)
{
	return find_rule(syscall_rules, name, n);
}

/* "__x64_sys_poll", "__arm64_sys_ppoll": where nothing inside it tells, the call does. */
static struct wait_rule entry_rule(const char *name, size_t n)
{
	const char *entry =
		n > 2 && name[0] == '_' && name[1] == '_' ? memmem(name, n, "_sys_", 5) : NULL;
	struct wait_rule rule = {};

	if (entry)
		rule = wait_rule_syscall(entry + 5, n - (entry + 5 - name));
	if (rule.kind == RULE_SURE)
		rule.kind = RULE_WEAK;
	else if (rule.kind == RULE_WORK)
		rule.kind = RULE_WEAK_WORK;
	return rule;
}

struct wait_rule wait_rule_kernel(const char *name, size_t n)
{
	struct wait_rule rule = find_rule(kernel_rules, name, n);

	return rule.kind ? rule : entry_rule(name, n);
}

struct wait_rule wait_rule_user(const char *name, size_t n)
{
	return find_rule(user_rules, name, n);
}
