// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arguments come in; the verb's function gets them, and its exit status
 * goes out. A new verb is one row here and one file.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "profiler/help.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/verb.h"

/* clang-format off */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv); /* NULL: not in this version */
} verbs[] = {
	{ "cpu", verb_cpu },
	{ "offcpu", verb_offcpu },
	{ "wall", verb_wall },
	{ "report", verb_report },
	{ "diff", verb_diff },
	{ "symbolize", verb_symbolize },
	{ "doctor", verb_doctor },
	{ "ab", verb_ab },
	{ "gate", verb_gate },
	{ "calibrate", verb_calibrate },
	{ "self-test-work", verb_self_test_work }, /* what gate --self-test runs */
};
/* clang-format on */

/*
 * A file that happened to be opened as descriptor 1 or 2 would get what is printed. The wrong
 * way round, so that using them is still an error; and a command does not inherit them.
 */
static void open_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
}

static void on_signal(int number)
{
	(void)number;
}

/*
 * A reader that has had enough and a file that may not grow are errors of one output, seen
 * where it is written, and not the end of the others. Not SIG_IGN: a command would inherit it.
 */
static void survive_signal(int number)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigaction old;

	if (!sigaction(number, NULL, &old) && old.sa_handler == SIG_DFL)
		sigaction(number, &action, NULL);
}

/* Help that did not arrive is no success: "flametap --help > /dev/full". */
static int flush_standard_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (errno == EPIPE)
		return status;
	message("standard output: %s; see where it leads", strerror(errno));
	return status ? status : EXIT_FAILED;
}

static int run_verb(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(argv[0], verbs[i].name))
			continue;
		if (verbs[i].run)
			return verbs[i].run(argc, argv);
		message("%s: not available in this version", argv[0]);
		return EXIT_USAGE;
	}
	if (argv[0][0] == '-')
		message("%s: a verb comes first, as in flametap cpu -p 1234; see flametap --help",
			argv[0]);
	else
		message("%s: no such verb; cpu, offcpu, wall, report, diff, ab, calibrate, symbolize or doctor, see "
			"flametap --help",
			argv[0]);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	open_standard_descriptors();
	survive_signal(SIGPIPE);
	survive_signal(SIGXFSZ);
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		help_print(NULL);
		return flush_standard_output(EXIT_DONE);
	}
	if (!strcmp(argv[1], "--version")) {
		help_print_version();
		return flush_standard_output(EXIT_DONE);
	}
	return flush_standard_output(run_verb(argc - 1, argv + 1));
}
