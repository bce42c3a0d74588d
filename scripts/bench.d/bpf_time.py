# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the BPF program runs for one sample, by the kernel's own statistics."""

from pathlib import Path

from bench import Failed, Table, programs_of, workload

TITLE = "BPF time for a sample"
NOTE = ("run time of the perf_event program (kernel.bpf_stats_enabled) for each sample of the target, "
        "27 frames deep, 999 Hz")
HZ = 999
SWITCH = Path("/proc/sys/kernel/bpf_stats_enabled")


def measure(bench, tool):
    target = bench.start(workload("fixed_work"), 3000)
    pid = target.wait_for(r"^pid=(\d+)$")[1]
    recorder = bench.record(tool, HZ, pid)
    target.wait_for(r"^cpu_seconds=")
    ns = sum(program.get("run_time_ns", 0) for program in programs_of(recorder.pid))
    if not ns:
        raise Failed(f"{tool}: its program never ran")
    # Not by the number of runs: bpftrace's program also runs, and ends at once, on other CPUs.
    return ns / (HZ * target.wait().values()["cpu_seconds"])


def run(bench):
    before = SWITCH.read_text()
    SWITCH.write_text("1")
    try:
        results = bench.interleave({tool: lambda tool=tool: measure(bench, tool)
                                    for tool in ("flametap", "bpftrace")})
    finally:
        SWITCH.write_text(before)
    yield Table("one sample", "µs", results, base="bpftrace", scale=1e-3)
