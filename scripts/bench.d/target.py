# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs the target to be sampled."""

from bench import Table, workload

TITLE = "slow-down of the target"
NOTE = ("CPU seconds of a fixed amount of work, 27 frames deep; the bare event is a cpu-clock event "
        "without stacks that nobody reads")


def measure(bench, tool, hz):
    target = bench.start(workload("fixed_work"), 3000)
    pid = target.wait_for(r"^pid=(\d+)$")[1]
    if tool != "nothing":
        bench.record(tool, hz, pid)
    return target.wait().values()["cpu_seconds"]


def run(bench):
    for hz in (99, 999):
        tools = ["nothing", "bare event", "flametap", "perf -g", "bpftrace"]
        results = bench.interleave({tool: lambda tool=tool: measure(bench, tool, hz)
                                    for tool in tools})
        yield Table(f"at {hz} Hz", "s", results, base="bare event")
