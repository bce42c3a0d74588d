# SPDX-License-Identifier: GPL-2.0-or-later
"""How soon after the command is typed the first sample is taken."""

import re
import sys
import time
from pathlib import Path

from bench import BPFTRACE, FLAMETAP, PERF, Failed, Table, workload

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "e2e"))
import pprof  # noqa: E402

TITLE = "from command to first sample"
NOTE = ("the target is busy; all sample it at 999 Hz. With 50 modules: it has so many shared libraries "
        "of this machine mapped, besides its own")
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")


def busy(bench):
    return bench.start(workload("shares"), 0).wait_for(r"^pid=(\d+)$")[1]


def busy_with_modules(bench):
    files = sorted(path for path in LIBRARIES.glob("*.so*")
                   if not path.is_symlink() and 100_000 < path.stat().st_size < 4_000_000)[:50]
    return bench.start(workload("modules"), *files).wait_for(r"^pid=(\d+)$")[1]


def flametap(bench, pid):
    """The recording's file says when it began, -v how much later the first sample came."""
    typed = time.time()
    finished = bench.run(FLAMETAP, "cpu", "-v", "-e", "cpu-clock", "-F", 999, "-d", 1, "-p", pid,
                         "-o", "a.pb.gz")
    profile = pprof.Profile((Path(bench.dir) / "a.pb.gz").read_bytes())
    later = re.search(r"first sample after ([\d.]+) ms", finished.out)
    if not profile.samples or not later:
        raise Failed(f"flametap: {finished.out.strip()[-200:]}")
    return profile.time_ns / 1e9 + float(later[1]) / 1e3 - typed


def perf(bench, pid, *way):
    typed = time.monotonic()
    bench.run(PERF, "record", "-q", "-k", "CLOCK_MONOTONIC", "-e", "cpu-clock", "-F", 999, *way,
              "-o", "perf.data", "-p", pid, "--", "sleep", 1)
    script = bench.run(PERF, "script", "-i", "perf.data", "-F", "time", "--ns")
    times = re.findall(r"^\s*(\d+\.\d+):", script.out, re.MULTILINE)
    if not times:
        raise Failed("perf: no samples")
    return min(map(float, times)) - typed


def bpftrace(bench, pid):
    typed = time.monotonic()
    run_ = bench.run(BPFTRACE, "-e", f"profile:hz:999 /pid == {pid}/ "
                     '{ printf("first %llu\\n", nsecs); exit(); }')
    match = re.search(r"^first (\d+)$", run_.out, re.MULTILINE)
    if not match:
        raise Failed(f"bpftrace: {run_.out.strip()[-200:]}")
    return int(match[1]) / 1e9 - typed


def run(bench):
    results = bench.interleave({"flametap": lambda: flametap(bench, busy(bench)),
                                "perf -g": lambda: perf(bench, busy(bench), "-g"),
                                "bpftrace": lambda: bpftrace(bench, busy(bench))})
    yield Table("first sample after", "ms", results, base="perf -g", scale=1e3, digits=1)
    many = busy_with_modules
    results = bench.interleave({"flametap": lambda: flametap(bench, many(bench)),
                                "perf dwarf": lambda: perf(bench, many(bench), "--call-graph", "dwarf"),
                                "bpftrace": lambda: bpftrace(bench, many(bench))})
    yield Table("with 50 modules", "ms", results, base="perf dwarf", scale=1e3, digits=1)
