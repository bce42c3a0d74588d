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
NOTE = "the target is busy; all sample it at 999 Hz"


def busy(bench):
    return bench.start(workload("shares"), 0).wait_for(r"^pid=(\d+)$")[1]


def flametap(bench):
    """The recording's file says when it began, -v how much later the first sample came."""
    pid = busy(bench)
    typed = time.time()
    finished = bench.run(FLAMETAP, "cpu", "-v", "-e", "cpu-clock", "-F", 999, "-d", 1, "-p", pid,
                         "-o", "a.pb.gz")
    profile = pprof.Profile((Path(bench.dir) / "a.pb.gz").read_bytes())
    later = re.search(r"first sample after ([\d.]+) ms", finished.out)
    if not profile.samples or not later:
        raise Failed(f"flametap: {finished.out.strip()[-200:]}")
    return profile.time_ns / 1e9 + float(later[1]) / 1e3 - typed


def perf(bench):
    pid = busy(bench)
    typed = time.monotonic()
    bench.run(PERF, "record", "-q", "-k", "CLOCK_MONOTONIC", "-e", "cpu-clock", "-F", 999, "-g",
              "-o", "perf.data", "-p", pid, "--", "sleep", 1)
    script = bench.run(PERF, "script", "-i", "perf.data", "-F", "time", "--ns")
    times = re.findall(r"^\s*(\d+\.\d+):", script.out, re.MULTILINE)
    if not times:
        raise Failed("perf: no samples")
    return min(map(float, times)) - typed


def bpftrace(bench):
    pid = busy(bench)
    typed = time.monotonic()
    run_ = bench.run(BPFTRACE, "-e", f"profile:hz:999 /pid == {pid}/ "
                     '{ printf("first %llu\\n", nsecs); exit(); }')
    match = re.search(r"^first (\d+)$", run_.out, re.MULTILINE)
    if not match:
        raise Failed(f"bpftrace: {run_.out.strip()[-200:]}")
    return int(match[1]) / 1e9 - typed


def run(bench):
    results = bench.interleave({"flametap": lambda: flametap(bench), "perf -g": lambda: perf(bench),
                                "bpftrace": lambda: bpftrace(bench)})
    yield Table("first sample after", "ms", results, base="perf -g", scale=1e3, digits=1)
