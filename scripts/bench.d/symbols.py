# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses to functions, inlined ones too, and lines: time and memory, beside the tools for it."""

import random
import re
import shutil
import subprocess
from pathlib import Path

from bench import FLAMETAP, Failed, Table

TITLE = "addresses to frames"
NOTE = ("random addresses of .text on standard input; functions, inlined functions and lines, "
        "demangled, to /dev/null; from the page cache; at most 20 s each, and who took longer\n  "
        "or failed is not asked for more. \"again\" is a second run, from the cache. Memory below 30 MB is the bench's own, before the tool starts")
COUNTS = {"1": 1, "1k": 1000, "100k": 100_000}
LIMIT = "20"
N_TYPES = 16
TOOLS = {
    "flametap": lambda file: [FLAMETAP, "symbolize", "--no-cache", "-fiCa", "-e", file],
    "flametap again": lambda file: [FLAMETAP, "symbolize", "-fiCa", "-e", file],
    "addr2line": lambda file: ["addr2line", "-fiCa", "-e", file],
    "eu-addr2line": lambda file: ["eu-addr2line", "-fiCa", "-e", file],
    "llvm-symbolizer": lambda file: ["llvm-symbolizer-14", "--output-style=GNU", f"--obj={file}"],
}

# What C++ programs are made of: the library's containers, for many types.
HEAD = """
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <regex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>
"""
TYPE = """
struct type_N { int a; std::string b; bool operator<(const type_N &o) const { return a < o.a; } };
int use_N(int n)
{
	std::map<std::string, std::vector<type_N>> m;
	std::unordered_map<int, std::shared_ptr<type_N>> u;
	std::set<type_N> s;
	std::vector<type_N> v;
	std::vector<std::function<int(const type_N &)>> f;
	for (int i = 0; i < n; i++) {
		type_N t{i * N, std::to_string(i)};
		m[t.b].push_back(t);
		u[i] = std::make_shared<type_N>(t);
		s.insert(t);
		v.push_back(t);
		f.push_back([i](const type_N &x) { return x.a + i; });
	}
	std::sort(v.begin(), v.end());
	std::stable_sort(v.begin(), v.end(), [](auto &x, auto &y) { return x.b < y.b; });
	v.erase(std::remove_if(v.begin(), v.end(), [](auto &x) { return x.a % 3 == 0; }), v.end());
	return std::accumulate(v.begin(), v.end(), 0, [&](int sum, auto &x) {
		return sum + f[x.a % f.size()](x) + std::regex_match(x.b, std::regex("[0-9]+")); })
		+ m.size() + u.size() + s.size();
}
"""


def big_program(bench, compiler):
    if not shutil.which(compiler):
        raise Failed(f"no {compiler} here")
    source = Path(bench.dir) / "big.cc"
    source.write_text(HEAD + "".join(TYPE.replace("N", str(i)) for i in range(N_TYPES))
                      + "int main(int n, char **)\n{\n\treturn 0"
                      + "".join(f" + use_{i}(n)" for i in range(N_TYPES)) + ";\n}\n")
    program = Path(bench.dir) / f"big-{compiler}"
    bench.run(compiler, "-O2", "-g", "-std=c++17", source, "-o", program)
    return program


def first_file(what, *patterns):
    files = [path for pattern in patterns for path in sorted(Path("/").glob(pattern)) if path.is_file()]
    if not files:
        raise Failed(f"{what} is not installed")
    return files[-1]


FILES = {
    "C++ by gcc": lambda bench: big_program(bench, "g++"),
    "C++ by clang": lambda bench: big_program(bench, "clang++"),
    "python3.11d": lambda bench: first_file("python3.11-dbg", "usr/bin/python3.11d"),
    "vmlinux": lambda bench: first_file("linux-image-*-dbg", "usr/lib/debug/boot/vmlinux-*",
                                        "usr/lib/debug/lib/modules/*/vmlinux"),
}


def write_addresses(bench, file, count):
    sections = subprocess.run(["readelf", "-SW", file], capture_output=True, text=True, check=True)
    start, size = (int(number, 16) for number in
                   re.search(r"\] \.text +PROGBITS +(\w+) \w+ (\w+)", sections.stdout).groups())
    chosen = random.Random(1)
    path = Path(bench.dir) / "addresses"
    path.write_text("".join(f"{start + chosen.randrange(size):#x}\n" for _ in range(count)))
    return path


def measure(bench, tool, file, addresses):
    argv = TOOLS[tool](file)
    if not shutil.which(argv[0]):
        raise Failed(f"no {argv[0]} here")
    run = lambda: bench.run("timeout", LIMIT, "env", f"XDG_CACHE_HOME={bench.dir}", "sh", "-c",
                            'exec "$@" < "$0" > /dev/null', addresses, *argv)
    if tool == "flametap again":
        run()
    return run()


def run(bench):
    for name, find in FILES.items():
        try:
            file = find(bench)
        except Failed as error:
            print(f"\n  {name}: skipped: {error}", flush=True)
            continue
        megabytes = file.stat().st_size / 1e6
        tools = list(TOOLS)
        for label, count in COUNTS.items():
            addresses = write_addresses(bench, file, count)
            results = bench.interleave({tool: lambda tool=tool: measure(bench, tool, file, addresses)
                                        for tool in tools})
            tools = [tool for tool in tools if all(results[tool])]
            title = f"{name} ({megabytes:.0f} MB), {label}"
            part = lambda figure: {tool: [done and figure(done) for done in rounds]
                                   for tool, rounds in results.items()}
            yield Table(f"{title}: time", "s", part(lambda done: done.seconds), base="flametap")
            yield Table(f"{title}: peak memory", "MB", part(lambda done: done.rss_bytes),
                        base="flametap", scale=1e-6, digits=0)
