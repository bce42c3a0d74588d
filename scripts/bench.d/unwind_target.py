# SPDX-License-Identifier: GPL-2.0-or-later
"""What whole stacks cost the target, and the disk."""

from pathlib import Path

from bench import Table, workload

TITLE = "whole stacks of a program without frame pointers: slow-down of the target, bytes written"
NOTE = ("CPU seconds of a fixed amount of work, 30 frames deep, at 999 Hz; the bare event is a cpu-clock event "
        "without stacks that nobody reads")
FILES = {"flametap": "flametap.pb.gz", "perf dwarf": "perf.data"}


def measure(bench, tool):
    target = bench.start(workload("depth"), 30, 3000)
    pid = target.wait_for(r"^pid=(\d+)$")[1]
    recorder = bench.record(tool, 999, pid)
    seconds = target.wait().values()["cpu_seconds"]
    if tool not in FILES:
        return seconds, None
    recorder.interrupt()
    recorder.wait()
    return seconds, (Path(bench.dir) / FILES[tool]).stat().st_size


def run(bench):
    results = bench.interleave({tool: lambda tool=tool: measure(bench, tool)
                                for tool in ("bare event", *FILES)})
    seconds = {tool: [pair and pair[0] for pair in pairs] for tool, pairs in results.items()}
    yield Table("the work", "s", seconds, base="bare event")
    # Its least time: what disturbs a run only adds to it.
    bare = min(filter(None, seconds["bare event"]), default=0)
    above = {tool: [own and own - bare for own in seconds[tool]] for tool in FILES}
    yield Table("above the bare event", "ms", above, base="perf dwarf", scale=1e3, digits=1)
    size = {tool: [pair and pair[1] for pair in results[tool]] for tool in FILES}
    yield Table("written", "KiB", size, base="perf dwarf", scale=1 / 1024, digits=1)
