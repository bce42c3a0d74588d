/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits, in known ways: `waits [-n ROUNDS] KIND[=ARGUMENT]...` runs each of these kinds in a
 * process of its own, named after it, all beside each other, for so many rounds (100; 0: until
 * SIGTERM). The stack of a wait goes from the function that the kind's entry names up to run_kind
 * and main. Ends with one JSON object: of each kind what it has measured of its own waits, and the
 * kernel's accounts of each of its threads over their whole lives.
 */
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "waits.h"

enum { MAX_KINDS = 32 };

static const struct kind *const groups[] = {kinds_time,	 kinds_talk, kinds_disk,
					    kinds_child, kinds_cpu,  kinds_life};
const char *kind_argument;
int tallies_fd, tally_number;

long check(long result, const char *what)
{
	if (result < 0) {
		perror(what);
		_exit(1);
	}
	return result;
}

FRAME void rest(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

	while (nanosleep(&t, &t) < 0)
		;
	NO_TAIL_CALL();
}

void kind_skip(struct tally *tally, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(tally->skipped, sizeof(tally->skipped), format, arguments);
	va_end(arguments);
	_exit(0);
}

static void read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(text, 1, size - 1, file) : 0;

	text[n] = '\0';
	if (file)
		fclose(file);
}

static uint64_t status_number(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* Of a thread in /proc/PID or /proc/thread-self, which need not be alive any more. */
static void account_read(struct account *account, const char *directory)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "%s/status", directory);
	read_file(path, text, sizeof(text));
	sscanf(text, "Name: %15[^\n]", account->comm);
	account->pid = (pid_t)status_number(text, "\nTgid:");
	account->tid = (pid_t)status_number(text, "\nPid:");
	account->voluntary = status_number(text, "\nvoluntary_ctxt_switches:");
	account->involuntary = status_number(text, "\nnonvoluntary_ctxt_switches:");
	snprintf(path, sizeof(path), "%s/schedstat", directory);
	read_file(path, text, sizeof(text));
	sscanf(text, "%lu %lu", &account->on_ns, &account->runqueue_ns);
}

static struct account *next_account(struct tally *tally)
{
	uint32_t i = __atomic_fetch_add(&tally->n_threads, 1, __ATOMIC_RELAXED);

	if (i >= MAX_THREADS) {
		fprintf(stderr, "too many threads\n");
		_exit(1);
	}
	return &tally->threads[i];
}

void thread_finish(struct tally *tally, uint64_t started_ns)
{
	struct account *account = next_account(tally);

	account->lived_ns = now_ns(CLOCK_MONOTONIC) - started_ns;
	account_read(account, "/proc/thread-self");
}

static void account_of(struct account *account, pid_t pid)
{
	char directory[32];

	snprintf(directory, sizeof(directory), "/proc/%d", pid);
	account_read(account, directory);
}

/* It comes after a process can be waited for; then its stack is given back. While it runs on
 * another CPU none is shown either, but not for long. */
static void await_last_switch(pid_t pid)
{
	char path[32], stack[16];

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	for (int i = 0; i < 2; i++) {
		do {
			rest(5 * MS);
			read_file(path, stack, sizeof(stack));
		} while (stack[0]);
	}
}

/* A process that has ended is read before its parent takes its status, when nothing is left. What
 * it had at the gate is no part of its account. */
static void finish_since(struct tally *tally, pid_t pid, const struct account *gate)
{
	struct account *account = next_account(tally);
	siginfo_t info;

	check(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), "waitid");
	await_last_switch(pid);
	account_of(account, pid);
	account->leads = true;
	waitpid(pid, NULL, 0);
	/* After an exec, another thread may have its place. */
	if (strcmp(account->comm, gate->comm))
		return;
	account->gate = true;
	account->on_ns -= gate->on_ns;
	account->runqueue_ns -= gate->runqueue_ns;
	account->voluntary -= gate->voluntary;
	account->involuntary -= gate->involuntary;
}

void partner_finish(struct tally *tally, pid_t pid)
{
	const struct account none = {0};

	finish_since(tally, pid, &none);
}

FRAME pid_t partner_start(const char *name, void (*run)(void *), void *argument)
{
	pid_t pid = (pid_t)check(fork(), "fork");

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		run(argument);
		_exit(0);
	}
	return pid;
}

FRAME void run_kind(const struct kind *kind, struct tally *tally, int rounds)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, kind->name);
	tally->pid = getpid();
	tally->tid = gettid();
	kind->run(tally, rounds);
	NO_TAIL_CALL();
}

static const struct kind *find_kind(const char *name)
{
	size_t length = strcspn(name, "=");

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		for (const struct kind *kind = groups[i]; kind->name; kind++) {
			if (strlen(kind->name) == length && !strncmp(kind->name, name, length))
				return kind;
		}
	}
	return NULL;
}

static void print_account(const struct account *account)
{
	printf("{\"pid\": %d, \"tid\": %d, \"comm\": \"%s\", \"leads\": %s, \"on_ns\": %lu, "
	       "\"runqueue_ns\": %lu, \"voluntary\": %lu, \"involuntary\": %lu, \"lived_ns\": %lu, "
	       "\"gate\": %d}",
	       account->pid, account->tid, account->comm, account->leads ? "true" : "false",
	       account->on_ns, account->runqueue_ns, account->voluntary, account->involuntary,
	       account->lived_ns, account->gate);
}

static void print_tally(const struct kind *kind, const struct tally *tally)
{
	printf("\"%s\": {\"pid\": %d, \"tid\": %d, \"function\": \"%s\", ", kind->name, tally->pid,
	       tally->tid, kind->function);
	printf("\"waker\": \"%s\", \"waker_function\": \"%s\", ", kind->waker ? kind->waker : "",
	       kind->waker_function ? kind->waker_function : "");
	printf("\"skipped\": \"%s\", \"n\": %lu, \"sum_ns\": %lu, \"off_ns\": %lu, ",
	       tally->skipped, tally->n, tally->sum_ns, tally->off_ns);
	printf("\"longest_ns\": %lu, \"voluntary\": %lu, \"involuntary\": %lu, ", tally->longest_ns,
	       tally->voluntary, tally->involuntary);
	printf("\"major_faults\": %lu, \"moved\": %lu, \"threads\": [", tally->major_faults,
	       tally->n_moved);
	for (uint32_t i = 0; i < tally->n_threads; i++) {
		printf(i ? ", " : "");
		print_account(&tally->threads[i]);
	}
	printf("]}");
}

static struct tally *map_tallies(int fd)
{
	void *tallies = mmap(NULL, MAX_KINDS * sizeof(struct tally), PROT_READ | PROT_WRITE,
			     MAP_SHARED, fd, 0);

	if (tallies == MAP_FAILED)
		check(-1, "mmap");
	return tallies;
}

static volatile sig_atomic_t told_to_stop;

static void stop(int signal)
{
	(void)signal;
	told_to_stop = 1;
}

/* Until the other end of the pipe is closed. */
FRAME void wait_gate(const int *gate)
{
	char byte;

	close(gate[1]);
	(void)!read(gate[0], &byte, 1);
	close(gate[0]);
	NO_TAIL_CALL();
}

/* What it has had before it waits there: who records begins later. */
static void account_at_gate(struct account *account, pid_t pid)
{
	char path[32], text[512] = "";

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while (!strstr(text, ") S ")) {
		rest(MS);
		read_file(path, text, sizeof(text));
	}
	rest(5 * MS); /* it sleeps before it has left its CPU */
	account_of(account, pid);
}

static void start_kinds(const struct kind *const *chosen, char **names, int n,
			struct tally *tallies, int rounds, pid_t *pids, struct account *gates)
{
	int gate[2];

	check(pipe(gate), "pipe");
	printf("pid=%d\n", getpid());
	fflush(stdout);
	for (int i = 0; i < n; i++) {
		kind_argument = strchr(names[i], '=') ? strchr(names[i], '=') + 1 : NULL;
		tally_number = i;
		pids[i] = (pid_t)check(fork(), "fork");
		if (pids[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			prctl(PR_SET_NAME, chosen[i]->name);
			wait_gate(gate);
			run_kind(chosen[i], &tallies[i], rounds);
			_exit(0);
		}
		printf("%s=%d\n", chosen[i]->name, pids[i]);
	}
	fflush(stdout);
	for (int i = 0; getenv("WORKLOAD_WAIT") && i < n; i++)
		account_at_gate(&gates[i], pids[i]);
	wait_for_go();
	close(gate[0]);
	close(gate[1]);
}

/* Runs all kinds to their ends; those that have none until SIGTERM. */
static void run_kinds(const struct kind *const *chosen, char **names, int n, struct tally *tallies,
		      int rounds)
{
	struct sigaction action = {.sa_handler = stop};
	struct account gates[MAX_KINDS] = {0};
	pid_t pids[MAX_KINDS];

	start_kinds(chosen, names, n, tallies, rounds, pids, gates);
	sigaction(SIGTERM, &action, NULL);
	printf("running=1\n");
	fflush(stdout);
	if (rounds == 0) {
		while (!told_to_stop)
			pause();
		for (int i = 0; i < n; i++)
			kill(pids[i], SIGKILL);
	}
	for (int i = 0; i < n; i++)
		finish_since(&tallies[i], pids[i], &gates[i]);
}

int main(int argc, char **argv)
{
	const struct kind *chosen[MAX_KINDS];
	int rounds = 100, first = 1, n;
	struct tally *tallies;

	if (argc > 4 && !strcmp(argv[1], "--go-on")) { /* a kind that has executed itself */
		chosen[0] = find_kind(argv[4]);
		run_kind(chosen[0], &map_tallies(atoi(argv[2]))[atoi(argv[3])], 100);
		return 0;
	}
	if (argc > 2 && !strcmp(argv[1], "-n")) {
		rounds = atoi(argv[2]);
		first = 3;
	}
	n = argc - first;
	if (n < 1 || n > MAX_KINDS) {
		fprintf(stderr, "usage: waits [-n ROUNDS] KIND[=ARGUMENT]...\n");
		return 2;
	}
	for (int i = 0; i < n; i++) {
		chosen[i] = find_kind(argv[first + i]);
		if (!chosen[i]) {
			fprintf(stderr, "%s: no such kind\n", argv[first + i]);
			return 2;
		}
	}
	tallies_fd = (int)check(memfd_create("tallies", 0), "memfd_create");
	check(ftruncate(tallies_fd, MAX_KINDS * sizeof(struct tally)), "ftruncate");
	tallies = map_tallies(tallies_fd);
	run_kinds(chosen, argv + first, n, tallies, rounds);
	printf("{");
	for (int i = 0; i < n; i++) {
		printf(i ? ",\n " : "");
		print_tally(chosen[i], &tallies[i]);
	}
	printf("}\n");
	return 0;
}
