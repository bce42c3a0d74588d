# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs that waits are recorded: how fast two processes still pass a byte to each other,
what 30,000 threads that wait and a million distinct stacks take, and how much memory that is."""

import re
import shutil
import time
from pathlib import Path

from bench import BPFTRACE, FLAMETAP, PERF, Failed, Table, workload

TITLE = "time off the CPU: passes a second, memory"
NOTE = ("two processes pass a byte through pipes on one CPU, a switch each time, while the whole "
        "machine or this program is recorded; then a process of 30,000 threads, and a million "
        "stacks")

OFFCPUTIME = shutil.which("offcputime") or shutil.which("offcputime", path="/usr/sbin:/sbin")
# As offcputime does: a total for each thread and the two stacks it had when it left its CPU.
SCRIPT = """BEGIN { printf("ready\\n"); }
tracepoint:sched:sched_switch {
    @from[tid] = nsecs; @kernel[tid] = kstack; @user[tid] = ustack;
    $next = args->next_pid; $last = @from[$next];
    if ($last != 0) {
        @total[$next, @kernel[$next], @user[$next]] = sum(nsecs - $last); delete(@from[$next]);
    }
}"""
FLAMETAP_MODES = {
    "flametap": [], "flametap --wakers": ["--wakers"], "flametap --rate 1000": ["--rate", 1000],
    "flametap --min-block": ["--min-block", "1ms"], "flametap -a": ["-a"],
}


def start(bench, tool, pid):
    """Starts a recorder of waits, and gives it when it records."""
    if tool.startswith("flametap"):
        mode = FLAMETAP_MODES[tool]
        target = [] if "-a" in mode else ["-p", pid, "--follow"]
        process = bench.start(FLAMETAP, "offcpu", *mode, *target, "-d", "inf",
                              "-o", "flametap.pb.gz", "--stats", "stats.json")
        wait_for_switches(process)
    elif tool == "offcputime":
        process = bench.start(OFFCPUTIME or "offcputime", "--stack-storage-size", 16384)
        wait_for_switches(process)
    elif tool == "perf sched":
        process = bench.start(PERF or "perf", "sched", "record", "-g", "-o", "perf.data")
        time.sleep(1)
    elif tool == "bpftrace":
        process = bench.start(BPFTRACE or "bpftrace", "-e", SCRIPT)
        process.wait_for(r"^ready$")
        time.sleep(0.3)
    else:
        raise ValueError(tool)
    return process


def wait_for_switches(process):
    """Until a process holds a link to a program of the scheduler, and a moment more."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.popen.poll() is None:
        for entry in Path(f"/proc/{process.pid}/fdinfo").glob("*"):
            try:
                if re.search(r"^link_id:", entry.read_text(), re.MULTILINE):
                    time.sleep(0.5)
                    return
            except OSError:
                pass
        time.sleep(0.01)
    raise Failed(f"{' '.join(process.argv)}: {process.output().strip()[-300:]}")


def end(recorder):
    """How long it took to end, and its peak memory."""
    at = time.monotonic()
    recorder.interrupt()
    finished = recorder.wait()
    if finished.status not in (0, -2):
        raise Failed(f"{' '.join(finished.argv)}: status {finished.status}: {finished.out[-300:]}")
    return time.monotonic() - at, finished.rss_bytes


def ping_pong(bench, tool):
    """(microseconds a pass, seconds to end, bytes)."""
    target = bench.start("env", "WORKLOAD_WAIT=1", workload("ping_pong"), 3)
    pid = target.wait_for(r"^pid=(\d+)$")[1]
    target.wait_for(r"^waiting=1$")
    recorder = start(bench, tool, pid) if tool != "nothing" else None
    bench.run("kill", "-USR1", pid)
    passes = target.wait().values()["passes_per_second"]
    return (1e6 / passes, *(end(recorder) if recorder else (None, None)))


def blocked(bench, tool):
    """30,000 threads that wait, and are woken twice: (seconds to start, to end, bytes)."""
    target = bench.start("env", "WORKLOAD_WAIT=1", workload("many_blocked"), 30000, 2)
    target.wait_for(r"^waiting=1$", timeout=60)
    pid = target.wait_for(r"^pid=(\d+)$")[1]
    at = time.monotonic()
    recorder = start(bench, tool, pid)
    began = time.monotonic() - at
    bench.run("kill", "-USR1", pid)
    target.wait_for(r"^woken=1$", timeout=120)
    return (began, *end(recorder))


def stacks(bench, tool):
    """A million stacks: (microseconds a wait, bytes, share of off-CPU time in the file)."""
    target = bench.start("env", "WORKLOAD_WAIT=1", workload("distinct_waits"), 1000000)
    pid = target.wait_for(r"^pid=(\d+)$")[1]
    target.wait_for(r"^waiting=1$")
    recorder = start(bench, tool, pid) if tool != "nothing" else None
    bench.run("kill", "-USR1", pid)
    values = target.wait().values()
    rss = end(recorder)[1] if recorder else None
    return values["elapsed"], rss


def column(results, number):
    return {name: [figures and figures[number] for figures in rounds]
            for name, rounds in results.items()}


def tools(*others):
    return [*others, *FLAMETAP_MODES]


def run(bench):
    measure = lambda function, names, rounds=None: bench.interleave(
        {name: lambda name=name: function(bench, name) for name in names}, rounds)
    results = measure(ping_pong, tools("nothing", "offcputime", "perf sched", "bpftrace"))
    yield Table("ping-pong: a pass", "us", column(results, 0), base="nothing")
    results.pop("nothing")
    yield Table("ping-pong: end of the recording", "s", column(results, 1))
    yield Table("ping-pong: peak memory", "MiB", column(results, 2), scale=1 / (1 << 20), digits=1)
    names = ["offcputime", "flametap", "flametap --wakers", "flametap --rate 1000"]
    results = measure(blocked, names, 1)
    yield Table("30,000 threads: from command to recording", "s", column(results, 0))
    yield Table("30,000 threads: end of the recording", "s", column(results, 1))
    yield Table("30,000 threads: peak memory", "MiB", column(results, 2), scale=1 / (1 << 20),
                digits=1)
    results = measure(stacks, ["nothing", *names], 1)
    yield Table("a million stacks: elapsed", "s", column(results, 0), base="nothing")
    results.pop("nothing")
    yield Table("a million stacks: peak memory", "MiB", column(results, 1), scale=1 / (1 << 20),
                digits=1)
