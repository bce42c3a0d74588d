// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ring of jobs: put at one end, done by whoever is free, taken at the other
 * end. Each thread has a symbolizer of its own.
 */
#include "report/resolve_jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/guard.h"

/* Of the deepest recursion there is (names, chains of references), many times over. */
enum { STACK_BYTES = 8 << 20 };

struct slot {
	struct resolve_job job;
	int fd, root_fd; /* own copies; -1 */
	bool done;
};

struct worker {
	struct resolve_jobs *jobs;
	struct symbolizer *symbolizer;
	pthread_t thread;
	bool running;
};

struct resolve_jobs {
	struct symbolizer *symbolizer; /* of the caller */
	struct worker workers[RESOLVE_THREADS_MAX];
	size_t n_workers;
	pthread_mutex_t lock;
	pthread_cond_t to_do, done;
	/* Under the lock. Numbers only rise: taken <= begun <= put. */
	struct slot slots[RESOLVE_JOBS_MAX];
	size_t n_put, n_begun, n_taken;
	bool stop;
};

static struct slot *slot_of(struct resolve_jobs *jobs, size_t number)
{
	return &jobs->slots[number % RESOLVE_JOBS_MAX];
}

static int keep_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct resolve_job *job = ctx;
	struct resolve_answer answer = {job->frames.n, n};

	(void)index;
	if (job->frames.n + n > UINT32_MAX)
		return -ENOMEM;
	return vec_append(&job->frames, frames, n) ?: vec_push(&job->answers, answer);
}

static void do_job(struct resolve_job *job, struct symbolizer *symbolizer)
{
	job->err = vec_reserve(&job->answers, job->n_offsets) ?:
		   symbolizer_resolve_module(symbolizer, &job->file, job->offsets, job->n_offsets,
					     keep_answer, job, &job->debug);
}

static void close_files(struct slot *slot)
{
	if (slot->fd >= 0)
		close(slot->fd);
	if (slot->root_fd >= 0)
		close(slot->root_fd);
	slot->fd = slot->root_fd = -1;
}

static void *work(void *ctx)
{
	struct worker *worker = ctx;
	struct resolve_jobs *jobs = worker->jobs;

	pthread_mutex_lock(&jobs->lock);
	for (;;) {
		struct slot *slot;

		while (jobs->n_begun == jobs->n_put && !jobs->stop)
			pthread_cond_wait(&jobs->to_do, &jobs->lock);
		if (jobs->n_begun == jobs->n_put)
			break;
		slot = slot_of(jobs, jobs->n_begun++);
		if (slot->done)
			continue; /* the caller's own */
		pthread_mutex_unlock(&jobs->lock);
		do_job(&slot->job, worker->symbolizer);
		close_files(slot);
		pthread_mutex_lock(&jobs->lock);
		slot->done = true;
		pthread_cond_signal(&jobs->done);
	}
	pthread_mutex_unlock(&jobs->lock);
	/* At the same time as the others, and while their answers are made use of. */
	symbolizer_save(worker->symbolizer);
	return NULL;
}

/* Signals are for the thread that knows what to do, but for those that come of a thread's own
 * access to a file that was cut short. */
static bool start(struct worker *worker)
{
	static const int own[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
	pthread_attr_t attr;
	sigset_t mask, before;

	if (symbolizer_create_like(worker->jobs->symbolizer, &worker->symbolizer))
		return false;
	sigfillset(&mask);
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		sigdelset(&mask, own[i]);
	if (pthread_attr_init(&attr))
		return false;
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_sigmask(SIG_SETMASK, &mask, &before);
	worker->running = !pthread_create(&worker->thread, &attr, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return worker->running;
}

int resolve_jobs_create(struct symbolizer *symbolizer, size_t n_threads, struct resolve_jobs **ret)
{
	struct resolve_jobs *jobs = calloc(1, sizeof(*jobs));

	if (!jobs)
		return -ENOMEM;
	jobs->symbolizer = symbolizer;
	for (size_t i = 0; i < RESOLVE_JOBS_MAX; i++)
		jobs->slots[i].fd = jobs->slots[i].root_fd = -1;
	pthread_mutex_init(&jobs->lock, NULL);
	pthread_cond_init(&jobs->to_do, NULL);
	pthread_cond_init(&jobs->done, NULL);
	if (n_threads > RESOLVE_THREADS_MAX)
		n_threads = RESOLVE_THREADS_MAX;
	while (n_threads > 1 && jobs->n_workers < n_threads) {
		struct worker *worker = &jobs->workers[jobs->n_workers++];

		worker->jobs = jobs;
		if (!start(worker))
			break;
	}
	*ret = jobs;
	return 0;
}

void resolve_jobs_destroy(struct resolve_jobs *jobs)
{
	if (!jobs)
		return;
	pthread_mutex_lock(&jobs->lock);
	jobs->stop = true;
	/* What nobody waits for any more is not begun. */
	jobs->n_put = jobs->n_begun;
	pthread_cond_broadcast(&jobs->to_do);
	pthread_mutex_unlock(&jobs->lock);
	for (size_t i = 0; i < jobs->n_workers; i++) {
		if (jobs->workers[i].running)
			pthread_join(jobs->workers[i].thread, NULL);
		symbolizer_destroy(jobs->workers[i].symbolizer);
	}
	for (size_t i = 0; i < RESOLVE_JOBS_MAX; i++) {
		close_files(&jobs->slots[i]);
		vec_deinit(&jobs->slots[i].job.answers);
		vec_deinit(&jobs->slots[i].job.frames);
	}
	pthread_cond_destroy(&jobs->to_do);
	pthread_cond_destroy(&jobs->done);
	pthread_mutex_destroy(&jobs->lock);
	free(jobs);
}

bool resolve_jobs_full(const struct resolve_jobs *jobs)
{
	return jobs->n_put - jobs->n_taken == (jobs->workers[0].running ? RESOLVE_JOBS_MAX : 1);
}

bool resolve_jobs_empty(const struct resolve_jobs *jobs)
{
	return jobs->n_put == jobs->n_taken;
}

/* Copies of the descriptors, for the thread that will need them. */
static bool copy_files(struct slot *slot)
{
	struct symbolizer_module *file = &slot->job.file;

	slot->fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
	if (slot->fd >= 0 && file->root_fd >= 0)
		slot->root_fd = fcntl(file->root_fd, F_DUPFD_CLOEXEC, 3);
	if (slot->fd < 0 || (file->root_fd >= 0 && slot->root_fd < 0)) {
		close_files(slot);
		return false;
	}
	file->fd = slot->fd;
	file->root_fd = slot->root_fd;
	return true;
}

void resolve_jobs_put(struct resolve_jobs *jobs, const struct resolve_job *job)
{
	struct slot *slot = slot_of(jobs, jobs->n_put);

	/* Nobody looks at it yet. What the one before it had is used again. */
	slot->job.file = job->file;
	slot->job.offsets = job->offsets;
	slot->job.n_offsets = job->n_offsets;
	slot->job.answers.n = slot->job.frames.n = 0;
	slot->done = !jobs->workers[0].running || !copy_files(slot);
	if (slot->done)
		do_job(&slot->job, jobs->symbolizer);
	pthread_mutex_lock(&jobs->lock);
	jobs->n_put++;
	pthread_cond_signal(&jobs->to_do);
	pthread_mutex_unlock(&jobs->lock);
}

const struct resolve_job *resolve_jobs_take(struct resolve_jobs *jobs)
{
	struct slot *slot = slot_of(jobs, jobs->n_taken);

	pthread_mutex_lock(&jobs->lock);
	while (!slot->done)
		pthread_cond_wait(&jobs->done, &jobs->lock);
	/* The caller's own are passed by here, if no thread has done so. */
	if (jobs->n_begun == jobs->n_taken)
		jobs->n_begun++;
	jobs->n_taken++;
	pthread_mutex_unlock(&jobs->lock);
	return &slot->job;
}
