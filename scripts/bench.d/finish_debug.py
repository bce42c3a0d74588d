# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the end of a recording takes with 500 MB of debug information, first and again."""

import time
from pathlib import Path

import symbols
from bench import FLAMETAP, Failed, Table

TITLE = "from the end of a recording to the end of flametap, 500 MB of debug information"
NOTE = ("interrupted after 3 s at 999 Hz of a program that works in 50 libraries of C++ (gcc -g) of 10 MB\n  "
        "each; without names, without a cache, with one that is empty, and then with what it has: another\n  "
        "recording meets many addresses that the first one did not. Below: one and the same recording by\n  "
        "`flametap report`")
N_LIBRARIES = 50
DRIVER = """
#include <dlfcn.h>
#include <stdio.h>
int main(int n, char **paths)
{
	int (*use[1000])(int);
	for (int i = 1; i < n; i++) {
		void *library = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);
		if (!library || !(use[i] = (int (*)(int))dlsym(library, "use_all"))) {
			puts(dlerror());
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		for (int i = 1; i < n; i++)
			use[i](10);
}
"""


def target(bench):
    """The program's arguments; built once. The libraries differ in nothing but their build-id."""
    directory = Path(bench.dir)
    libraries = [directory / f"big-{i}.so" for i in range(N_LIBRARIES)]
    if not libraries[-1].exists():
        source = directory / "libbig.cc"
        source.write_text(symbols.HEAD
                          + "".join(symbols.TYPE.replace("N", str(i)) for i in range(symbols.N_TYPES))
                          + 'extern "C" int use_all(int n)\n{\n\treturn 0'
                          + "".join(f" + use_{i}(n)" for i in range(symbols.N_TYPES)) + ";\n}\n")
        (directory / "driver.c").write_text(DRIVER)
        bench.run("gcc", "-O1", directory / "driver.c", "-o", directory / "driver", "-ldl")
        bench.run("g++", "-O2", "-g", "-std=c++17", "-fPIC", "-c", source, "-o", directory / "big.o")
        for i, library in enumerate(libraries):
            bench.run("g++", "-shared", "-Wl,-Bsymbolic", f"-Wl,--build-id=0x{i:040x}",
                      directory / "big.o", "-o", library)
    return [directory / "driver", *libraries]


def check_names(bench):
    if "std::__detail::_Executor" not in (Path(bench.dir) / "debug.folded").read_text():
        raise Failed("the file has no names")


def finish(bench, *options, output="debug.folded"):
    """Seconds and peak memory."""
    program = bench.start(*target(bench))
    program.wait_for(r"^ready$")
    recorder = bench.start("env", f"XDG_CACHE_HOME={bench.dir}", FLAMETAP, "cpu", "-q", "-e", "cpu-clock",
                           "-F", 999, "-p", program.pid, "-d", "inf", *options, "-o", output)
    bench.wait_for_programs(recorder)
    time.sleep(3)
    recorder.interrupt()
    at = time.monotonic()
    finished = recorder.wait()
    seconds = time.monotonic() - at
    bench.stop_all()
    if finished.status:
        raise Failed(f"flametap: status {finished.status}: {finished.out[-300:]}")
    if output == "debug.folded":
        check_names(bench)
    return seconds, finished.rss_bytes


def without_names(bench):
    return finish(bench, "--no-symbols", output="raw.pb.gz")


def first(bench, what):
    for path in (Path(bench.dir) / "flametap").glob("*"):
        path.unlink()
    return what(bench)


def report(bench, *options):
    if not (Path(bench.dir) / "raw.pb.gz").exists():
        without_names(bench)
    done = bench.run("env", f"XDG_CACHE_HOME={bench.dir}", FLAMETAP, "report", *options, "raw.pb.gz",
                     "-o", "debug.folded")
    check_names(bench)
    return done.seconds, done.rss_bytes


def again(bench, what):
    what(bench)
    return what(bench)


def run(bench):
    target(bench)
    for name, what, rest in (("recording", finish, {"without names": lambda: without_names(bench)}),
                             ("report of the same recording", report, {})):
        results = bench.interleave({**rest, "without a cache": lambda: what(bench, "--no-cache"),
                                    "first": lambda: first(bench, what),
                                    "again": lambda: again(bench, what)})
        part = lambda number: {variant: [pair and pair[number] for pair in pairs]
                               for variant, pairs in results.items()}
        yield Table(f"{name}: finished after", "s", part(0), base="first")
        yield Table(f"{name}: peak memory", "MiB", part(1), base="first", scale=1 / (1 << 20), digits=1)
