# SPDX-License-Identifier: GPL-2.0-or-later
"""The pool that record.py made: every run of it, by what was run and when; and directories as
flametap ab leaves them, made of any runs of the pool, for flametap gate."""

import functools
import json
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "e2e"))
import pprof  # noqa: E402

SIDES = ("base", "head")
CONDITIONS = ("quiet", "noisy")
LOOKS = (8, 16)  # pairs


class Run:
    def __init__(self, directory, manifest, entry):
        self.path = directory / entry["file"]
        self.entry, self.manifest = entry, manifest
        self.when = float(manifest["machine"].get("begun", 0)) + entry["started"]
        self.cpu_ns = entry["cpu_ns"]

    def stacks(self):
        """Names of functions, root first, without parameters."""
        for sample in pprof.Profile(self.path.read_bytes()).samples:
            yield [plain(name) for name in sample.stack]


    @functools.cache
    def cost(self, name):
        """CPU time, in ns, with this function on the stack: total."""
        counts = {True: 0, False: 0}
        for sample in pprof.Profile(self.path.read_bytes()).samples:
            counts[name in map(plain, sample.stack)] += sample.values["samples"]
        return self.cpu_ns * counts[True] / sum(counts.values())


def plain(name):
    """Without parameters, and without what a compiler appends."""
    return re.sub(r"(\.(isra|constprop|part|cold|lto_priv)(\.\d+)?)+$", "", name.split("(")[0])


def read_block(directory):
    """{variant: [Run]} and the workload."""
    workload, *names = json.loads((directory / "variants.json").read_text())
    manifest = json.loads((directory / "manifest.json").read_text())
    runs = {name: [] for name in names}
    for entry in manifest["runs"]:
        if not entry["warm_up"] and entry["status"] == 0 and entry["profile"]:
            runs[names[SIDES.index(entry["side"])]].append(Run(directory, manifest, entry))
    return workload, runs


def read(top):
    """{condition: {workload: {variant: [Run in the order of time]}}}"""
    pool = {}
    for condition in CONDITIONS:
        for path in sorted((Path(top) / condition).glob("*/variants.json")):
            workload, runs = read_block(path.parent)
            known = pool.setdefault(condition, {}).setdefault(workload, {})
            for name, some in runs.items():
                known.setdefault(name, []).extend(some)
    for workloads in pool.values():
        for names in workloads.values():
            for runs in names.values():
                runs.sort(key=lambda run: run.when)
    return pool


def callers_of(runs, name):
    """All functions that were seen on a stack with this one, further out."""
    found = set()
    for run in runs:
        for stack in run.stacks():
            if name in stack:
                found.update(stack[:stack.index(name)])
    return found


class Comparison:
    """A directory with these pairs of runs, as if they had been recorded for it."""

    def __init__(self, directory, pairs, first_pairs):
        self.directory, self.pairs, self.first_pairs = Path(directory), pairs, first_pairs
        self.entries, self.order = [], []
        (self.directory / "runs").mkdir(parents=True)
        for number, pair in enumerate(pairs):
            self.add_pair(number, pair)

    def add_pair(self, pair_number, pair):
        for side in sorted((0, 1), key=lambda side: pair[side].when):
            run, name = pair[side], SIDES[side]
            number = len(self.entries)
            file = f"runs/{number:03}-{name}.pb.gz"
            os.symlink(run.path.resolve(), self.directory / file)
            self.order.append(name)
            self.entries.append({**run.entry, "number": number, "pair": pair_number, "side": name,
                                 "file": file, "started": max(0, run.when - self.began())})

    def began(self):
        return min(run.when for pair in self.pairs for run in pair)

    def write(self, n_pairs):
        """As it was after so many pairs."""
        sides = self.pairs[0]
        manifest = {**sides[0].manifest, "order": self.order, "first_pairs": self.first_pairs,
                    "max_pairs": len(self.pairs), "runs": self.entries[:2 * n_pairs]}
        for side, name in enumerate(SIDES):
            source, was = sides[side].manifest, sides[side].entry["side"]
            manifest[name] = source[was]
            manifest["build_ids"] = {**manifest["build_ids"], name: source["build_ids"][was]}
        (self.directory / "manifest.json").write_text(json.dumps(manifest))

