# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user stack costs in the kernel, by how deep it is and by the way it is unwound."""

import json
from pathlib import Path

from bench import FLAMETAP, Failed, Table, workload

TITLE = "BPF time for a sample by depth"
NOTE = ("run time of flametap's program (kernel.bpf_stats_enabled) for each sample; a busy loop under 10, 30 "
        "and 100 frames in three modules, 64 paths through 768 functions; for fp the same with "
        "frame pointers. Copies are bound to a budget: over it, a stack is walked by frame pointer")
HZ = 999
SECONDS = 1.5
WAYS = ("cfi", "fp", "copy")
SWITCH = Path("/proc/sys/kernel/bpf_stats_enabled")


def measure(bench, way, depth):
    target = bench.start(workload("depth_fp" if way == "fp" else "depth"), depth, 1000000)
    pid = target.wait_for(r"^pid=(\d+)$")[1]
    bench.run(FLAMETAP, "cpu", "-q", "-e", "cpu-clock", "-F", HZ, "-d", SECONDS, "-p", pid, "--unwind", way,
              "-o", "unwind.pb.gz", "--stats", "unwind.json")
    stats = json.loads((Path(bench.dir) / "unwind.json").read_text())
    if way == "cfi" and stats["whole"] < 0.9:
        raise Failed(f"{way}: only {stats['whole']:.1%} of the stacks are whole")
    return stats["bpf_ns_per_sample"]


def run(bench):
    before = SWITCH.read_text()
    SWITCH.write_text("1")
    try:
        variants = {f"{way}, {depth} frames": lambda way=way, depth=depth: measure(bench, way, depth)
                    for depth in (10, 30, 100) for way in WAYS}
        results = bench.interleave(variants)
    finally:
        SWITCH.write_text(before)
    for depth in (10, 30, 100):
        names = [f"{way}, {depth} frames" for way in WAYS]
        yield Table(f"one sample, {depth} frames", "µs", {name: results[name] for name in names},
                    base=names[1], scale=1e-3)
    cfi = {name: results[name] for name in results if name.startswith("cfi")}
    yield Table(f"at {HZ} Hz, of a CPU", "%", cfi, scale=HZ * 1e-9 * 100)
