// SPDX-License-Identifier: GPL-2.0-or-later
// Names of functions that are only there to wait: written from report/wait_rules.c and
// wait_code.c by tests/viewer/waitnames.mjs. Parted by spaces; a "*" in one stands for anything.
// Pure: no document.

/** Functions of C libraries and runtimes that are known for waiting. */
export const WAITING_NAMES =
	'__lll_lock_wait __lll_lock_wait_private lll_lock_wait* __pthread_mutex_lock* ' +
	'___pthread_mutex_lock __GI___pthread_mutex_lock pthread_mutex_lock ' +
	'pthread_mutex_timedlock __pthread_mutex_timedlock ___pthread_mutex_timedlock ' +
	'pthread_mutex_clocklock __pthread_mutex_clocklock* ___pthread_mutex_clocklock ' +
	'__pthread_mutex_cond_lock* __pthread_mutex_lock_full __pthread_rwlock_* ' +
	'___pthread_rwlock_* pthread_rwlock_* __pthread_once_slow* __pthread_once ' +
	'___pthread_once pthread_once __cxa_guard_acquire _IO_lock_lock flockfile ' +
	'__flockfile __lockfile __lock __tl_lock arena_get2 malloc_lock __pthread_cond_* ' +
	'___pthread_cond_* pthread_cond_* sem_wait sem_timedwait sem_clockwait ' +
	'__new_sem_wait* __sem_wait* __sem_timedwait* do_futex_wait* pthread_barrier_wait ' +
	'__pthread_barrier_wait ___pthread_barrier_wait pthread_join __pthread_join ' +
	'___pthread_join __pthread_clockjoin* ___pthread_clockjoin* __pthread_timedjoin* ' +
	'pthread_timedjoin_np pthread_clockjoin_np PlatformEvent::park* ' +
	'os::PlatformEvent::park* Parker::park* Unsafe_Park* std::mutex::lock* ' +
	'std::timed_mutex::* std::recursive_mutex::lock* std::shared_mutex::* ' +
	'std::lock_guard<* std::unique_lock<*lock* std::call_once* ' +
	'std::condition_variable::* std::condition_variable_any::* ' +
	'std::_V2::condition_variable_any::* std::__condvar::* std::counting_semaphore* ' +
	'std::__atomic_wait* std::__detail::__wait* std::thread::join* std::future<* ' +
	'std::shared_future<* std::__future_base::*wait* std::barrier* std::latch::* ' +
	'absl::*Mutex::Lock* absl::*Mutex::ReaderLock* AbslInternalMutex* g_mutex_lock* ' +
	'g_rec_mutex_lock* g_rw_lock_* QMutex::lock* QBasicMutex::lock* ' +
	'QRecursiveMutex::lock* QReadWriteLock::* folly::SharedMutex*lock* ' +
	'folly::*MicroLock* uv_mutex_lock uv_rwlock_* je_malloc_mutex_lock_slow ' +
	'malloc_mutex_lock_slow LWLockAcquire LWLockAcquireOrWait LWLockWaitForVar ' +
	'ProcSleep absl::*CondVar::* absl::*Mutex::Await* absl::*BlockingCounter::* ' +
	'absl::*Notification::* g_cond_wait* g_async_queue_* g_thread_join ' +
	'QWaitCondition::* QSemaphore::* QThread::wait* folly::*Baton* folly::*LifoSem* ' +
	'uv_cond_* uv_sem_wait uv_barrier_wait gomp_*wait* GOMP_*barrier* GOMP_taskwait ' +
	'__kmp_*suspend* __kmp_*wait* tbb::*wait* rml::*wait* runtime.lock runtime.lock2 ' +
	'runtime.lockWithRank runtime.lockSlow runtime.(*mutex)* runtime.notesleep ' +
	'runtime.notetsleep runtime.notetsleep_internal runtime.notetsleepg ' +
	'runtime.semasleep runtime.mPark runtime.stopm runtime.stoplockedm ' +
	'runtime.startlockedm runtime.gcstopm runtime.templateThread runtime.sysmon ' +
	'runtime.findRunnable runtime.findrunnable runtime.handoffp os/signal.signal_recv ' +
	'*::lock_contended *::Mutex::lock_contended *::RwLock::read_contended ' +
	'*::RwLock::write_contended *::RawMutex::lock_slow *RawMutex>::lock_slow ' +
	'*::RawRwLock::lock_*slow *::ReentrantLock<*::lock std::sys::*::once::*Once::call ' +
	'std::sys::*::once::*Once::wait *::OnceLock<* *::Condvar::wait* ' +
	'*::condvar::*::wait* std::thread::park* std::thread::*::park* *Thread>::park* ' +
	'*Parker>::park* *Condvar>::wait* *Barrier>::wait* *::thread_parking::*::park* ' +
	'*::Parker::park* crossbeam_*::park* crossbeam_channel::* std::sync::mpsc::* ' +
	'std::sync::mpmc::* std::thread::*JoinHandle<*::join *::Barrier::wait* ' +
	'tokio::runtime::*::park* rayon_core::sleep::* rayon_core::latch::*wait* ' +
	'ObjectMonitor::enter* ObjectMonitor::EnterI* ObjectMonitor::ReenterI* ' +
	'ObjectSynchronizer::*enter* Monitor::lock* Mutex::lock* PlatformMutex::lock* ' +
	'SharedRuntime::complete_monitor_locking* SharedRuntime::monitor_enter* ' +
	'SafepointMechanism::* SafepointSynchronize::block* ThreadSafepointState::*block* ' +
	'ObjectMonitor::wait* Monitor::wait* PlatformMonitor::wait* JVM_MonitorWait ' +
	'Semaphore::wait* PosixSemaphore::*wait* WatcherThread::* VMThread::*wait* ' +
	'*LockSupport::park* *LockSupport.park* *LockSupport;::park* ' +
	'*AbstractQueuedSynchronizer*::acquire* *AbstractQueuedSynchronizer*.acquire* ' +
	'*ReentrantLock*::lock* *ReentrantLock*.lock* *ReentrantReadWriteLock*::*lock* ' +
	'*StampedLock*::*Lock* *StampedLock*::acquire* *ConditionObject::await* ' +
	'*ConditionObject.await* *ConditionObject;::await* *Object::wait* *Object.wait* ' +
	'*CountDownLatch*::await* *CyclicBarrier*::* *SynchronousQueue*::* ' +
	'*LinkedTransferQueue*::* *ForkJoinPool*::awaitWork* *ForkJoinPool*.awaitWork* ' +
	'*FutureTask*::awaitDone* *CompletableFuture*::*wait* *Semaphore*::acquire* ' +
	'take_gil* drop_gil* PyEval_RestoreThread PyEval_AcquireThread _PyMutex_Lock* ' +
	'PyMutex_Lock _PyMutex_LockTimed _PyParkingLot_Park PyThread_acquire_lock* ' +
	'rlock_acquire* lock_PyThread_acquire_lock* acquire_timed py::*wait:* ' +
	'py::get:*queue* py::*join:*threading* AwareLock::Enter* Monitor_Enter* ' +
	'JIT_MonEnter* thread_sched_to_running* gvl_acquire* rb_mutex_lock* ' +
	'v8::base::Mutex::Lock* v8::base::SharedMutex::Lock* SyncBlock::Wait* ' +
	'CLREvent*::Wait* WaitHandle_* v8::base::ConditionVariable::* ' +
	'v8::base::Semaphore::* node::*Task*::BlockingPop* ' +
	'node::*WorkerThread*::BlockingPop* rb_condvar_* rb_queue_pop* sleep_forever';

/** System calls that wait. */
export const CALL_NAMES =
	'futex futex_wait futex_waitv flock futex_lock_pi poll ppoll select pselect6 ' +
	'epoll_wait epoll_pwait epoll_pwait2 epoll_wait_old syslog nanosleep ' +
	'clock_nanosleep wait4 waitid waitpid vfork accept accept4 connect recvfrom recvmsg ' +
	'recvmmsg sendto sendmsg sendmmsg recv send shutdown splice tee vmsplice fsync ' +
	'fdatasync sync syncfs msync sync_file_range fallocate pread64 pwrite64 preadv ' +
	'pwritev preadv2 pwritev2 ftruncate rename renameat2 unlink unlinkat getdents64 ' +
	'openat pause rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 io_uring_enter ' +
	'io_getevents io_pgetevents semop semtimedop msgrcv msgsnd mq_timedreceive ' +
	'mq_timedsend';

/** Of the kernel: how a thread is put to sleep and woken, ... */
export const SCHEDULER_NAMES =
	'schedule __schedule __schedule_loop preempt_schedule* __cond_resched ' +
	'schedule_timeout* schedule_hrtimeout* schedule_preempt_disabled schedule_rtlock ' +
	'io_schedule* wait_woken prepare_to_wait* prepare_to_swait* swait_event* ' +
	'do_wait_intr* kthread ret_from_fork* wait_for_completion* __wait_for_common ' +
	'do_wait_for_common wait_for_common* __wait_rcu_gp wait_rcu_gp wait_for_kthread ' +
	'kthread_should_* __switch_to* synchronize_rcu* synchronize_srcu* rcu_tasks_wait_gp ' +
	'sched_* rt_mutex_schedule freezable_schedule* bit_wait try_to_wake_up ttwu_* ' +
	'default_wake_function wake_up_process wake_up_state wake_up_q __wake_up* ' +
	'autoremove_wake_function woken_wake_function swake_up_* complete complete_all ' +
	'complete_with_flags pollwake ep_poll_callback ep_autoremove_wake_function ' +
	'wake_page_function wake_up_bit';

/** ... but what another rule, which comes before, knows for something else. */
export const NOT_SCHEDULER_NAMES =
	'io_schedule io_schedule_timeout io_schedule_prepare';

/** What names begin with that are only there to wait, to call the kernel or to start a program. */
export const WRAPPER_STARTS =
	'__ _L_ pthread_ futex syscall sem_ lll_ runtime.futex runtime.note runtime.sem ' +
	'runtime.unlock runtime.ready std::sys:: std::condition_variable std::mutex ' +
	'std::unique_lock std::lock_guard wait_for< wait_until< std::sync:: core:: ' +
	'parking_lot Parker:: os:: Unsafe_ runtime. internal/ std::thread:: PyCOND_';

/** And whole names. */
export const WRAPPER_NAMES =
	'read write readv writev open wait usleep sleep ioctl start_thread clone clone3 ' +
	'_start sccp';

/** What the files of the C library and its parts are called, from the beginning. */
export const LIBRARY_STARTS =
	'libc.so libc-2 libc.musl- ld-linux ld-2 ld-musl- libpthread librt.so librt-2 ' +
	'libstdc++.so libgcc_s libc++.so libc++abi';
