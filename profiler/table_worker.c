// SPDX-License-Identifier: GPL-2.0-or-later
/* Two queues under one lock, and an eventfd for whoever waits for reports with poll(). */
#include "profiler/table_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A tenth of a CPU that the target keeps busy, for tables that nobody has missed yet. While one is
 * missed each tick copies its stack, and costs the target more than the table does, whose price is
 * the same whenever it is paid.
 */
enum { BACKGROUND_NICE = 10 };

struct table_worker {
	struct table_store store; /* the thread's own */
	pthread_t thread;
	bool threaded; /* else requests are carried out as they are sent */
	int event_fd;

	pthread_mutex_t lock;
	pthread_cond_t work;
	/* Under the lock: */
	VEC(struct table_request) requests;
	size_t next;
	struct table_reports reports;
	pid_t tid;
	int own_nice; /* of the whole process */
	bool stop;
	int error;
};

static int carry_out(struct table_worker *worker, const struct table_request *request,
		     struct table_report *report)
{
	if (request->kind == TABLE_LOAD)
		return table_store_load(&worker->store, request->number, request->fd, report);
	return table_store_drop(&worker->store, request->number,
				request->kind == TABLE_DROP_FOR_EVER);
}

/* Under the lock. */
static void answer(struct table_worker *worker, const struct table_request *request,
		   const struct table_report *report, int err)
{
	struct table_report refused = { .number = request->number, .outcome = TABLE_NONE };

	/* What the kernel will not take is no reason to end a recording: such stacks are copied. */
	if (request->kind == TABLE_LOAD)
		err = vec_push(&worker->reports.items, err ? refused : *report);
	if (err && !worker->error)
		worker->error = err;
	if (err || request->kind == TABLE_LOAD)
		(void)!write(worker->event_fd, &(uint64_t){ 1 }, sizeof(uint64_t));
}

static void *work(void *ctx)
{
	struct table_worker *worker = ctx;

	pthread_mutex_lock(&worker->lock);
	worker->tid = syscall(SYS_gettid);
	pthread_cond_broadcast(&worker->work);
	while (!worker->stop && !worker->error) {
		struct table_request request;
		struct table_report report = {};
		int err;

		if (worker->next == worker->requests.n) {
			worker->requests.n = worker->next = 0;
			pthread_cond_wait(&worker->work, &worker->lock);
			continue;
		}
		request = worker->requests.data[worker->next++];
		pthread_mutex_unlock(&worker->lock);
		err = carry_out(worker, &request, &report);
		pthread_mutex_lock(&worker->lock);
		answer(worker, &request, &report, err);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

/* Signals are the session's. */
static bool start_thread(struct table_worker *worker)
{
	sigset_t all, old;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	started = !pthread_create(&worker->thread, NULL, work, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return started;
}

int table_worker_create(const struct capture_tables *maps, uint64_t max_bytes,
			struct table_worker **ret)
{
	struct table_worker *worker = calloc(1, sizeof(*worker));
	int err;

	if (!worker)
		return -ENOMEM;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->work, NULL);
	worker->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = worker->event_fd < 0 ? -errno : 0;
	if (!err)
		err = table_store_init(&worker->store, maps, max_bytes);
	if (err) {
		table_worker_destroy(worker);
		return err;
	}
	worker->own_nice = getpriority(PRIO_PROCESS, 0);
	worker->threaded = start_thread(worker);
	*ret = worker;
	return 0;
}

void table_worker_stop(struct table_worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->stop = true;
	pthread_cond_broadcast(&worker->work);
	pthread_mutex_unlock(&worker->lock);
}

void table_worker_destroy(struct table_worker *worker)
{
	if (!worker)
		return;
	table_worker_stop(worker);
	if (worker->threaded)
		pthread_join(worker->thread, NULL);
	table_store_deinit(&worker->store);
	vec_deinit(&worker->requests);
	vec_deinit(&worker->reports.items);
	if (worker->event_fd >= 0)
		close(worker->event_fd);
	pthread_cond_destroy(&worker->work);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

int table_worker_send(struct table_worker *worker, const struct table_request *request)
{
	int err = 0;

	pthread_mutex_lock(&worker->lock);
	if (worker->threaded) {
		err = vec_push(&worker->requests, *request);
		pthread_cond_signal(&worker->work);
	} else {
		struct table_report report = {};

		answer(worker, request, &report, carry_out(worker, request, &report));
	}
	pthread_mutex_unlock(&worker->lock);
	return err;
}

int table_worker_fd(const struct table_worker *worker)
{
	return worker->event_fd;
}

int table_worker_take(struct table_worker *worker, struct table_reports *reports)
{
	uint64_t n;
	int err;

	(void)!read(worker->event_fd, &n, sizeof(n));
	pthread_mutex_lock(&worker->lock);
	err = worker->error;
	if (!err)
		err = vec_append(&reports->items, worker->reports.items.data,
				 worker->reports.items.n);
	if (!err)
		worker->reports.items.n = 0;
	pthread_mutex_unlock(&worker->lock);
	return err;
}

void table_worker_hurry(struct table_worker *worker, bool hurry)
{
	pthread_mutex_lock(&worker->lock);
	while (worker->threaded && !worker->tid)
		pthread_cond_wait(&worker->work, &worker->lock);
	/* Without CAP_SYS_NICE it stays in the background. */
	if (worker->threaded)
		setpriority(PRIO_PROCESS, worker->tid,
			    worker->own_nice + (hurry ? 0 : BACKGROUND_NICE));
	pthread_mutex_unlock(&worker->lock);
}
