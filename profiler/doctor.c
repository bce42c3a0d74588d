// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `flametap doctor`: the machine and the user as they are come in; a list goes
 * out of what works, what does not, and what to do, with exit status 1 where
 * `flametap cpu` cannot work.
 */
#include "profiler/doctor.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/help.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/privilege.h"
#include "profiler/verb.h"

/* In the order in which they are read: what stands below rests on what is above. */
static void (*const checks[])(struct doctor *doctor) = {
	doctor_check_kernel,	   doctor_check_privileges,	doctor_check_lockdown,
	doctor_check_btf,	   doctor_check_maps,		doctor_check_programs,
	doctor_check_helpers,	   doctor_check_memlock,	doctor_check_sampler,
	doctor_check_cpu_clock,	   doctor_check_cycles,		doctor_check_paranoid,
	doctor_check_sample_rate,  doctor_check_descriptors,	doctor_check_tracefs,
	doctor_check_schedstat,	   doctor_check_cgroups,	doctor_check_pid_namespace,
	doctor_check_kernel_names, doctor_check_kernel_lines,
	doctor_check_debug_packages,
};

static const struct {
	const char *name, *colour;
} levels[] = {
	[DOCTOR_OK] = {"ok", "\033[32m"},
	[DOCTOR_WARN] = {"warn", "\033[33m"},
	[DOCTOR_FAIL] = {"FAIL", "\033[31m"},
};

void doctor_say(struct doctor *doctor, enum doctor_level level, const char *what,
		const char *format, ...)
{
	char text[1024];
	va_list args;

	if (level == DOCTOR_WARN)
		doctor->n_warn++;
	if (level == DOCTOR_FAIL)
		doctor->n_fail++;
	if (doctor->quiet && level == DOCTOR_OK)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	message_clean(text);
	fprintf(doctor->out, "%s%-4s%s  %s: %s\n", doctor->colour ? levels[level].colour : "",
		levels[level].name, doctor->colour ? "\033[0m" : "", what, text);
}

void doctor_say_refused(struct doctor *doctor, const char *what, int err, const char *remedy)
{
	char why[PRIVILEGE_EXPLAIN_SIZE];

	if (err != -EPERM && err != -EACCES) {
		doctor_say(doctor, DOCTOR_FAIL, what, "%s; %s", strerror(-err), remedy);
		return;
	}
	snprintf(why, sizeof(why), "see capabilities");
	if (!doctor->denied)
		privilege_explain(why, sizeof(why));
	doctor_say(doctor, DOCTOR_FAIL, what, "%s%s %s", strerror(-err), doctor->denied ? ";" : ":",
		   why);
}

const char *doctor_rights_remedy(void)
{
	return geteuid() ? "run it with sudo" : "run flametap outside the container";
}

bool doctor_read_line(const char *path, char *buf, size_t n)
{
	FILE *file guard_fclose = fopen(path, "re");

	if (!file || !fgets(buf, (int)n, file))
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

bool doctor_read_number(const char *path, long long *ret)
{
	char line[64];
	char *end;

	if (!doctor_read_line(path, line, sizeof(line)))
		return false;
	*ret = strtoll(line, &end, 10);
	return end != line;
}

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

/* 0: go on; 1: answered; -1: wrong, and said. */
static int parse(struct doctor *doctor, int argc, char **argv)
{
	static const struct option table[] = {
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int id;

	optind = 0;
	opterr = 0;
	while ((id = getopt_long(argc, argv, "+:qh", table, NULL)) != -1) {
		switch (id) {
		case 'q':
			doctor->quiet = true;
			break;
		case 'h':
			help_print("doctor");
			return 1;
		case 'V':
			help_print_version();
			return 1;
		default:
			message("%s: %s; see flametap doctor --help", argv[optind - 1],
				optopt && strchr(argv[optind - 1], '=') ? "takes no value"
									: "no such option");
			return -1;
		}
	}
	if (optind < argc) {
		message("%s: doctor takes no arguments; see flametap doctor --help", argv[optind]);
		return -1;
	}
	return 0;
}

/* What stands in the way of cpu stands in that of all; offcpu and wall need more. */
static void say_verdict(const struct doctor *doctor)
{
	if (doctor->n_fail)
		fprintf(doctor->out, "flametap cpu, offcpu and wall cannot work here: see the %s FAIL\n",
			doctor->n_fail == 1 ? "line that says" : "lines that say");
	else if (doctor->no_switches)
		fprintf(doctor->out, "flametap cpu can work here, offcpu and wall cannot: see the "
				     "line \"off-CPU time\"\n");
	else if (!doctor->quiet)
		fprintf(doctor->out, "flametap cpu can work here, and so can offcpu and wall%s%s%s\n",
			doctor->switches_lack ? " (" : "",
			doctor->switches_lack ? doctor->switches_lack : "",
			doctor->switches_lack ? ")" : "");
}

int verb_doctor(int argc, char **argv)
{
	struct doctor doctor = {.out = stdout, .colour = wants_colour()};
	int answer = parse(&doctor, argc, argv);

	if (answer)
		return answer < 0 ? EXIT_USAGE : EXIT_DONE;
	libbpf_set_print(NULL); /* what it tries and fails to do is what is looked for */
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		checks[i](&doctor);
		fflush(doctor.out);
	}
	say_verdict(&doctor);
	return doctor.n_fail ? EXIT_FAILED : EXIT_DONE;
}
