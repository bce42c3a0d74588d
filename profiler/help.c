// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The help texts. An option, its line here, the man page, the completions and
 * NEWS change together; tests/e2e/test_cli_help.py compares them.
 */
#include "profiler/help.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "profiler/event_name.h"

static const char overview[] =
	"flametap " FLAMETAP_VERSION
	": what runs on the CPU and what waits, in flame graphs\n"
	"usage: flametap VERB [OPTION...] [FILE...] [-- CMD [ARG...]]\n"
	"\n"
	"  sudo flametap cpu -p 1234                  10 s of a process, into flametap.svg\n"
	"  sudo flametap cpu -a -d 30 -o all.pb.gz    30 s of the whole machine\n"
	"  sudo flametap wall -o make.svg -- make -j4 a command, and what it waits for\n"
	"\n"
	"verbs: cpu  samples what runs   offcpu  adds up what waits   wall  both in one pass\n"
	"       report  recordings into other files   diff  compares   symbolize  addresses to frames\n"
	"       ab, gate, calibrate  for CI   doctor  what works here;   more: flametap VERB --help\n";

static const char cpu_head[] =
	"usage: flametap cpu TARGET [OPTION...] [-- CMD [ARG...]]\n"
	"\n"
	"Samples what runs on the CPU and writes where the time went.\n"
	"\n";

static const char offcpu_head[] =
	"usage: flametap offcpu TARGET [OPTION...] [-- CMD [ARG...]]\n"
	"\n"
	"Adds up the time that threads are off the CPU, and writes where they wait, for what and how\n"
	"long: blocked (in a lock, for a disk, asleep, ...) and then on the run queue, for a CPU.\n"
	"\n";

static const char wall_head[] =
	"usage: flametap wall TARGET [OPTION...] [-- CMD [ARG...]]\n"
	"\n"
	"Samples what runs on the CPU and adds up the time off it, in one pass: where the seconds of\n"
	"each thread went.\n"
	"\n";

static const char target[] =
	"Target, exactly one:\n"
	"  -p, --pid PID[,PID...]    processes, with all of their threads\n"
	"      --follow              and their descendants, those of the future too\n"
	"  -t, --tid TID[,TID...]    threads\n"
	"  -C, --cgroup CGROUP       a cgroup and those below it: a path, @PID for the cgroup\n"
	"                            of a process, or the start of a container's id\n"
	"  -a, --all                 the whole machine\n"
	"  -- CMD [ARG...]           runs a command and follows it; under sudo it runs as the\n"
	"                            person who typed it\n"
	"      --as-root             it runs as root\n"
	"\n"
	"Recording:\n"
	"  -d, --duration TIME       10, 0.5, 250ms, 90s, 10m, 1h or inf (default: 10 s; with CMD\n"
	"                            until it ends). Ctrl-C ends earlier, and all is written\n";

static const char frequency[] =
	"  -F, --frequency HZ        samples a second of CPU time (default: 999; with -a 99)\n";

static const char events[] =
	"  -c, --count N             one sample every N events, instead of -F\n"
	"  -e, --event EVENT         what is counted (default: cycles where they work, else\n"
	"                            cpu-clock); the events are listed below\n";

static const char waits[] =
	"      --wakers              who ended each wait, too: past a frame --, the waker's stack\n"
	"                            from its leaf to its root, and its name\n"
	"      --rate HZ             sample time off the CPU, so many times a second of each thread,\n"
	"                            for less cost; long waits are never missed\n"
	"      --min-block TIME      waits that block at least so long: 500us, 10ms, 1s\n"
	"      --max-block TIME      and at most so long\n"
	"      --state LIST          waits in such states, as S,D: R (preempted), S, D (disk),\n"
	"                            T (stopped), t (traced), I (idle kernel thread)\n";

static const char recording[] =
	"      --unwind WAY          how user stacks are found: auto (default), cfi, copy or fp\n"
	"      --stack-copy BYTES    of a user stack, at most, when it is copied (32K;\n"
	"                            auto, which copies few stacks: 128K; of waits 16K)\n"
	"      --user-only           kernel frames become one frame [kernel]\n"
	"      --kernel-only         user frames become one frame [user]\n"
	"      --no-symbols          user addresses are named later, by flametap report\n"
	"      --with-cmdline        arguments and the host's name go into the files\n"
	"      --min-quality PCT     fail (status 1) when fewer of the stacks are whole\n"
	"      --stats FILE          the figures of the quality line and more, as JSON\n"
	"\n";

static const char report_head[] =
	"usage: flametap report IN... [OPTION...] -o OUT...\n"
	"\n"
	"Turns recordings (.pb.gz, folded stacks and .speedscope.json of anyone, .svg and .html of\n"
	"flametap) into other files. Several inputs are added up; - is standard input. What has no\n"
	"name yet gets one where the files that it ran from are still there.\n"
	"\n";

static const char diff_head[] =
	"usage: flametap diff BASE NEW [OPTION...] -o OUT...\n"
	"       flametap diff -b BASE... -n NEW... [OPTION...] -o OUT...\n"
	"\n"
	"What has changed from one recording to another, function by function: a flame graph with\n"
	"boxes as wide as the mean of before and after, orange for what has grown and blue for what\n"
	"has shrunk, tables of the largest changes (.txt, .md), stacks with two counts (.folded).\n"
	"What is too few samples to tell is grey.\n"
	"\n"
	"  -b, --base FILE...        before; several are added up, - is standard input\n"
	"  -n, --new FILE...         after\n"
	"      --per-second          compare amounts per second of recording, not shares\n"
	"      --ops A,B             compare amounts per operation: base did A of them, new B\n"
	"\n";

static const char ab_head[] =
	"usage: flametap ab --base CMD --head CMD [OPTION...] -o DIR\n"
	"\n"
	"Runs two commands in pairs, in balanced random order, and records each run alike: a profile of\n"
	"each, and its exact CPU time, in DIR. flametap gate DIR says whether the head is slower, and\n"
	"which function. Interrupted, the same words go on where it was.\n"
	"\n"
	"      --base CMD            as it would be typed; /bin/sh runs what is more than plain words\n"
	"      --head CMD            the same after the change\n"
	"      --max-pairs N         pairs at the second look (default: twice --pairs)\n"
	"      --waits               record what waits, too, as flametap wall does\n"
	"      --budget FILE         judge at the first look, go on to the second where that is needed,\n"
	"                            and end with the verdict and status of flametap gate\n"
	"      --alpha P             of the verdict: probability of a false FAIL (default: 0.01)\n";

static const char calibrate_head[] =
	"usage: flametap calibrate --cmd CMD [OPTION...]\n"
	"\n"
	"Compares a command with itself, as flametap ab would: how much its runs vary here, which\n"
	"regressions 8 and 16 pairs could see, how many pairs and how long runs it takes to see 1, 2\n"
	"and 5 % of the program, how much time that is, and what would help.\n"
	"\n"
	"      --cmd CMD             as it would be typed; /bin/sh runs what is more than plain words\n";

static const char ab_shared[] =
	"      --pairs N             pairs of runs, from 2 on (default: 8, or what --alpha needs)\n"
	"      --ops-from WHAT       how many operations a run has done: a pattern with a group, found\n"
	"                            in its standard output, as 'served ([0-9]+)', or a file that the\n"
	"                            command writes; 1200, 1.5e6, 12k (default: a run is one)\n"
	"      --warm-up N           runs of each side before, that do not count (default: 1)\n"
	"      --seed N              of the random order (default: another each time, printed)\n"
	"      --pin CPUS            keep the command on these CPUs: 2, 0-3,6\n"
	"      --as-root             under sudo, the command runs as root\n"
	"\n"
	"Recording:\n"
	"  -e, --event EVENT         what is counted (default: cpu-clock); see flametap cpu --help\n"
	"  -F, --frequency HZ        samples a second of CPU time (default: 999)\n"
	"  -c, --count N             one sample every N events, instead of -F\n"
	"      --unwind WAY          how user stacks are found: auto (default), cfi, copy or fp\n"
	"      --debug-dir DIR       where debug files are looked for first; several times\n"
	"      --no-cache            work all names out anew, and keep none for the next time\n"
	"      --with-cmdline        arguments and the host's name go into the files\n"
	"\n";

static const char ab_tail[] =
	"  -o, --output DIR          where profiles and manifest.json go\n"
	"  -q, --quiet               only errors          -v, --verbose   more\n"
	"  -h, --help                this                     --version\n"
	"\n"
	"Exit status: 0 all runs are there, 2 wrong usage, a run that failed, interrupted. With\n"
	"--budget: 0 PASS, 1 FAIL, 2, 3 inconclusive, 4 the sides cannot be compared.\n";

static const char calibrate_tail[] =
	"  -o, --output DIR          keep the runs in DIR (default: they are thrown away)\n"
	"  -q, --quiet               only errors          -v, --verbose   more\n"
	"  -h, --help                this                     --version\n"
	"\n"
	"Exit status: 0 done, 2 wrong usage, a run that failed, interrupted.\n";

static const char gate_text[] =
	"usage: flametap gate DIR [OPTION...]\n"
	"       flametap gate --base FILE... --head FILE... [--paired] [OPTION...]\n"
	"       flametap gate --self-test [DIR]\n"
	"\n"
	"Says whether the head is slower than the base, which function did it, and how sure that is.\n"
	"DIR is what flametap ab has made; files are profiles of anyone (pprof, folded stacks and what\n"
	"flametap writes), one a run. What is missing or cannot be compared never passes.\n"
	"\n"
	"      --base FILE...        runs of before        --head FILE...  runs of after\n"
	"      --paired              the k-th files of both sides ran beside each other; without it, or\n"
	"                            with one run a side, there is a report and status 3, no verdict\n"
	"      --budget FILE         what may get how much slower: [total], [function NAME or /RE/] with\n"
	"                            limit = 5% or 1% of program, [accept NAME] with reason and until,\n"
	"                            [offcpu]; the man page has it all. Default: nothing may by 0.5 %\n"
	"                            of the program and more than by chance\n"
	"      --alpha P             probability of a false FAIL (default: 0.01)\n"
	"      --inconclusive STATUS of what is not decided: fail (1) or pass (0), in place of 3\n"
	"      --self-test           show that it can fail: slows a function down and compares; with DIR,\n"
	"                            says from which size on a regression there would be seen\n"
	"\n"
	"Output, beside the verdict on standard error; - is standard output:\n"
	"      --md FILE             a summary in Markdown, for a comment\n"
	"      --junit FILE          JUnit: a test for each entry of the budget\n"
	"      --json FILE           all of it, as doc/gate.schema.json says\n"
	"      --benchmark-json FILE the program's cost, for github-action-benchmark\n"
	"      --github              annotations, and the summary in GITHUB_STEP_SUMMARY\n"
	"      --flame FILE          .svg or .html: both sides, coloured where the change is significant\n"
	"\n"
	"      --debug-dir DIR       where debug files are looked for first; several times\n"
	"      --debuginfod          then ask the servers that DEBUGINFOD_URLS names\n"
	"      --no-cache            work all names out anew, and keep none for the next time\n"
	"  -q, --quiet               only errors and the verdict\n"
	"  -v, --verbose             more, and more functions\n"
	"  -h, --help                this                     --version\n"
	"\n"
	"Exit status: 0 PASS, 1 FAIL, 2 wrong usage or unreadable input, 3 inconclusive, 4 the sides\n"
	"cannot be compared.\n";

static const char outputs[] =
	"Output:\n"
	"  -o, --output FILE         may stand several times; the extension decides: .svg, .html\n"
	"                            (flame graph), .folded (stacks), .txt, .md (top functions),\n"
	"                            .pb.gz (recording, pprof), .speedscope.json. - is standard\n"
	"                            output, folded without -f.\n"
	"                            Default: flametap.svg; the last one moves to "
	"flametap.svg.old\n"
	"  -f, --format NAME         format of the next -o: svg, html, folded, txt, markdown, pprof,\n"
	"                            speedscope\n"
	"      --per-pid             stacks begin with \"comm (pid)\" instead of comm\n"
	"      --threads             and \"thread (tid)\" beneath it\n"
	"      --show-idle           idle waits with their stacks, not as one frame [idle]\n"
	"      --no-inlines          leave inlined functions out\n"
	"      --lines               show file:line\n"
	"      --annotate            folded: _[k] _[i] _[j] after kernel, inlined, JIT names\n"
	"      --title TEXT          of pictures\n"
	"      --palette NAME        of pictures: hot (default), cool, mono\n"
	"      --inverted            pictures with the root at the top\n"
	"      --width PX            of pictures (default: as wide as the window)\n"
	"      --debug-dir DIR       where debug files are looked for first; several times\n"
	"      --debuginfod          then ask the servers that DEBUGINFOD_URLS names\n"
	"      --no-cache            work all names out anew, and keep none for the next time\n"
	"\n"
	"Refining, for all outputs; RE is a regular expression, found anywhere in a name (capitals\n"
	"count where it has any), and its option may stand several times:\n"
	"      --focus RE            samples that have such a function in their stack\n"
	"      --ignore RE           samples that have none\n"
	"      --comm RE             samples of such processes: comm or \"comm (pid)\"\n"
	"      --thread RE           samples of such threads: comm or \"comm (tid)\"\n"
	"      --class RE            waits of such a class: lock, disk ...; \"running\" is on the CPU\n"
	"      --no-idle             no idle waits; what is left out stands in the subtitle\n"
	"      --time A..B           samples between two times since the start: 2s..5s, ..500ms\n"
	"      --hide RE             leave such functions out of the stacks\n"
	"      --by-module           one frame for what follows in the same module\n"
	"      --collapse-recursion  one frame for a function that calls itself\n"
	"      --wakeups             of a recording with --wakers: who ended waits, and whose they were\n"
	"      --min-share PCT       what is below becomes one frame, [below 1%]\n"
	"\n"
	"  -q, --quiet               only errors          -v, --verbose   more\n"
	"  -h, --help                this                     --version\n"
	"\n";

static const char record_tail[] =
	"Exit status: 0 done, 1 failed, 2 wrong usage. With CMD: its own (128 + N for signal N),\n"
	"125 flametap failed, 126 CMD cannot be run, 127 CMD was not found.\n";

static const char report_tail[] =
	"Exit status: 0 done, 1 failed, 2 wrong usage or unreadable input.\n";

static const char symbolize_text[] =
	"usage: flametap symbolize -e FILE [OPTION...] [ADDR...]\n"
	"\n"
	"Addresses in a program, library or debug file to functions and lines, asked and answered\n"
	"as addr2line does. Addresses are hexadecimal, with or without 0x, and virtual: as nm and\n"
	"objdump show them. Without ADDR they come on standard input, one a line.\n"
	"\n"
	"  -e, --exe FILE            the file\n"
	"  -j, --section NAME        addresses are offsets in that section\n"
	"  -a, --addresses           show the address first\n"
	"  -f, --functions           show functions\n"
	"  -i, --inlines             show the functions that it was inlined into, too\n"
	"  -C, --demangle            show C++, Rust and D names as they were written\n"
	"  -p, --pretty-print        one line a function\n"
	"  -s, --basenames           file names without directories\n"
	"      --debug-dir DIR       where debug files are looked for first; several times\n"
	"      --debuginfod          then ask the servers that DEBUGINFOD_URLS names\n"
	"      --no-cache            work all names out anew, and keep none for the next time\n"
	"\n"
	"  -h, --help                this                     --version\n"
	"\n"
	"Exit status: 0 done, also when some addresses are not known (\?\?, \?\?:0), 1 the file or\n"
	"standard input cannot be read, 2 wrong usage.\n";

static const char doctor_text[] =
	"usage: flametap doctor\n"
	"\n"
	"Says what this machine and this user can do, line by line, and how to get the rest:\n"
	"kernel features, privileges, BTF, the PMU, limits, what hides names, debug packages.\n"
	"\n"
	"  -q, --quiet               only what is not ok\n"
	"  -h, --help                this                     --version\n"
	"\n"
	"The last line says so of cpu, and of offcpu and wall.\n"
	"Exit status: 0 when flametap cpu can work here, else 1; 2 wrong usage.\n";

static void print_events(void)
{
	const char *name;
	int column = 0;

	fputs("Events, and those of caches (LLC-load-misses, dTLB-loads, ...) and rNNN:\n", stdout);
	for (unsigned int i = 0; (name = event_name_get(i)); i++) {
		column += (int)strlen(name) + 1;
		if (i && column > 88) {
			fputc('\n', stdout);
			column = (int)strlen(name) + 1;
		}
		printf("%s%s", column == (int)strlen(name) + 1 ? "  " : " ", name);
	}
	fputs("\n\n", stdout);
}

/* What each verb that records has, in order. */
static bool print_recording(const char *verb)
{
	bool cpu = !strcmp(verb, "cpu"), wall = !strcmp(verb, "wall");

	if (!cpu && !wall && strcmp(verb, "offcpu"))
		return false;
	fputs(cpu ? cpu_head : wall ? wall_head : offcpu_head, stdout);
	fputs(target, stdout);
	if (cpu || wall)
		fputs(frequency, stdout);
	fputs(cpu ? events : waits, stdout);
	fputs(recording, stdout);
	fputs(outputs, stdout);
	if (cpu)
		print_events();
	fputs(record_tail, stdout);
	return true;
}

void help_print(const char *verb)
{
	if (!verb) {
		fputs(overview, stdout);
	} else if (print_recording(verb)) {
		return;
	} else if (!strcmp(verb, "report")) {
		fputs(report_head, stdout);
		fputs(outputs, stdout);
		fputs(report_tail, stdout);
	} else if (!strcmp(verb, "diff")) {
		fputs(diff_head, stdout);
		fputs(outputs, stdout);
		fputs(report_tail, stdout);
	} else if (!strcmp(verb, "ab")) {
		fputs(ab_head, stdout);
		fputs(ab_shared, stdout);
		fputs(ab_tail, stdout);
	} else if (!strcmp(verb, "gate")) {
		fputs(gate_text, stdout);
	} else if (!strcmp(verb, "calibrate")) {
		fputs(calibrate_head, stdout);
		fputs(ab_shared, stdout);
		fputs(calibrate_tail, stdout);
	} else if (!strcmp(verb, "symbolize")) {
		fputs(symbolize_text, stdout);
	} else if (!strcmp(verb, "doctor")) {
		fputs(doctor_text, stdout);
	}
}

void help_print_version(void)
{
	puts("flametap " FLAMETAP_VERSION);
}
