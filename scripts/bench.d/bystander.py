# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs everyone else that one process is sampled."""

from bench import Table, workload

TITLE = "slow-down of a bystander"
NOTE = ("one process is sampled at 999 Hz while another, which is no target, does a fixed amount of "
        "work: computing, and starting 300 programs")


def measure(bench, tool, work):
    target = bench.start(workload("shares"), 0)
    pid = target.wait_for(r"^pid=(\d+)$")[1]
    if tool != "nothing":
        bench.record(tool, 999, pid)
    bystander = bench.run(*work)
    return bystander.values().get("cpu_seconds", bystander.seconds)


def run(bench):
    tools = ["nothing", "flametap", "perf -g", "bpftrace"]
    for title, work in (("computing (CPU seconds)", (workload("fixed_work"), 2000)),
                        ("starting programs (wall seconds)",
                         (workload("spawner"), workload("short5ms"), 300))):
        results = bench.interleave({tool: lambda tool=tool: measure(bench, tool, work)
                                    for tool in tools})
        yield Table(title, "s", results, base="nothing")
