# SPDX-License-Identifier: GPL-2.0-or-later
"""How long it takes from the end of a recording to the finished file, and how much memory."""

import time

from bench import FLAMETAP, PERF, Failed, Table, workload

TITLE = "from the end of a recording to the finished file; peak memory"
NOTE = ("interrupted after 5 s of the whole machine at 999 Hz with a busy target and a program that "
        "starts others; for perf until `perf script` has written its text")


def load(bench):
    bench.start(workload("fixed_work"), 20000).wait_for(r"^pid=(\d+)$")
    bench.start(workload("spawner"), workload("short5ms"), 100000)


def stop(recorder, good=(0,)):
    """Interrupts; gives how long it took to end."""
    at = time.monotonic()
    recorder.interrupt()
    finished = recorder.wait()
    if finished.status not in good:
        raise Failed(f"{' '.join(finished.argv)}: status {finished.status}: {finished.out[-300:]}")
    return time.monotonic() - at, finished.rss_bytes


def flametap(bench):
    load(bench)
    recorder = bench.start(FLAMETAP, "cpu", "-q", "-e", "cpu-clock", "-F", 999, "-a", "-d", "inf",
                           "-o", "a.svg", "-o", "a.pb.gz")
    bench.wait_for_programs(recorder)
    time.sleep(5)
    return stop(recorder)


def perf(bench):
    load(bench)
    recorder = bench.start(PERF, "record", "-q", "-e", "cpu-clock", "-F", 999, "-g", "-a",
                           "-o", "perf.data")
    time.sleep(5.5)
    seconds, rss = stop(recorder, (0, -2))
    bench.stop_all()
    script = bench.run(PERF, "script", "-i", "perf.data")
    return seconds + script.seconds, max(rss, script.rss_bytes)


def bpftrace(bench):
    load(bench)
    recorder = bench.start("bpftrace", "-e", 'BEGIN { printf("ready\\n"); } profile:hz:999 '
                           "{ @[ustack, kstack, comm] = count(); }")
    recorder.wait_for(r"^ready$")
    time.sleep(5)
    return stop(recorder)


def run(bench):
    results = bench.interleave({"flametap": lambda: flametap(bench), "perf -g, script": lambda: perf(bench),
                                "bpftrace": lambda: bpftrace(bench)})
    part = lambda number: {name: [pair and pair[number] for pair in pairs]
                           for name, pairs in results.items()}
    yield Table("finished after", "s", part(0), base="perf -g, script")
    yield Table("peak memory", "MiB", part(1), base="perf -g, script", scale=1 / (1 << 20), digits=1)
