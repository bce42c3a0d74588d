# SPDX-License-Identifier: GPL-2.0-or-later
"""What an unwind table takes: time to build it, and memory."""

from pathlib import Path

from bench import Failed, Table, workload

TITLE = "unwind tables of shared libraries"
NOTE = "CPU time to build each on one core, from the page cache, and kernel memory for each MB of text"
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
NAMES = {"libc": "libc.so.6", "libstdc++": "libstdc++.so.6", "libcrypto": "libcrypto.so.*",
         "libLLVM-14": "libLLVM-14.so.1"}


def measure(bench, pattern):
    files = sorted(LIBRARIES.glob(pattern))
    if not files:
        raise Failed(f"no {LIBRARIES / pattern} here")
    return bench.run(workload("build_table"), files[0]).values()


def run(bench):
    results = bench.interleave({name: lambda pattern=pattern: measure(bench, pattern)
                                for name, pattern in NAMES.items()})
    part = lambda figure: {name: [values and figure(values) for values in rounds]
                           for name, rounds in results.items()}
    yield Table("built in", "ms", part(lambda values: values["cpu_seconds"]), scale=1e3)
    yield Table("for each MB of text", "KB",
                part(lambda values: values["table_bytes"] / values["text_bytes"] * 1e3), digits=1)
