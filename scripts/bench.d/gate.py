# SPDX-License-Identifier: GPL-2.0-or-later
"""What a comparison costs: ab for each run beside plain runs and hyperfine, and gate for programs
with many functions."""

import os
import random
import shutil
import sys
from pathlib import Path

from bench import FLAMETAP, Failed, Table, workload

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "e2e"))
import gated  # noqa: E402

TITLE = "comparing two commands"
NOTE = ("a run is of 0.15 s of CPU time; ab: 16 runs of each side, recorded at 999 Hz, warm-up and start\n  "
        "shared out among them. gate: 16 pairs; functions of many sizes, and a budget that names them all")

PAIRS = 16
WORK = (workload("fixed_work"), 150)
HYPERFINE = shutil.which("hyperfine")
NO_RIGHTS = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")


# Each gives seconds by the clock and of CPU time, for a run.


def plain(bench):
    runs = [bench.run(*WORK) for _ in range(4)]
    return [sum(run.seconds for run in runs) / len(runs), sum(run.cpu_seconds for run in runs) / len(runs)]


def compare(bench, *argv):
    finished = bench.run(*argv)
    return [finished.seconds / (2 * PAIRS), finished.cpu_seconds / (2 * PAIRS)]


def hyperfine(bench):
    command = " ".join(map(str, WORK))
    return compare(bench, HYPERFINE or "hyperfine", "-N", "-w", 1, "-r", PAIRS, command, command)


def ab(bench, *prefix):
    command = " ".join(map(str, WORK))
    try:
        return compare(bench, *prefix, FLAMETAP, "ab", "-q", "--base", command, "--head", command,
                       "--pairs", PAIRS, "--max-pairs", PAIRS, "-o", "ab")
    finally:
        shutil.rmtree(Path(bench.dir) / "ab", ignore_errors=True)


def program(n_functions):
    """Costs by Zipf's law, in stacks of some depth; each function has samples."""
    chosen = random.Random(n_functions)
    stacks = {}
    for i in range(n_functions):
        depth = chosen.randint(2, 12)
        callers = tuple(f"ns::caller_{chosen.randint(0, i // 4)}::call(int)" for _ in range(depth))
        stacks[("main", *callers, f"ns::function_{i}::run(Context const&, std::string)")] = \
            1 + 400 / (i + 1)
    return stacks


def make_runs(bench, n_functions):
    directory = Path(bench.dir) / f"runs-{n_functions}"
    if not directory.exists():
        made = program(n_functions)
        gated.Runs(directory, base=made, head=made, pairs=PAIRS, operations=(3, 3))
    return directory


def gate(bench, directory, *args):
    """(CPU seconds, peak memory)"""
    finished = bench.run(FLAMETAP, "gate", "-q", "--no-cache", *args, directory, status=None)
    if finished.status not in (0, 1, 3):
        raise Failed(finished.out)
    return finished.cpu_seconds, finished.rss_bytes


def column(results, place):
    return {name: [figure and figure[place] for figure in figures] for name, figures in results.items()}


def run(bench):
    results = bench.interleave(
        {"plain": lambda: plain(bench), "hyperfine -N": lambda: hyperfine(bench),
         "ab": lambda: ab(bench), "ab without profiles": lambda: ab(bench, *NO_RIGHTS)})
    for place, title in enumerate(("for each run, by the clock", "for each run, CPU time")):
        yield Table(title, "ms", column(results, place), base="plain", scale=1e3, digits=1)
    budget = Path(bench.dir) / "all.budget"
    budget.write_text("[total]\nlimit = 2%\n[function /./]\nlimit = 5%\n")
    variants = {}
    for n in (5000, 10000):
        directory = make_runs(bench, n)
        variants[f"{n:,} functions"] = lambda directory=directory: gate(bench, directory)
        variants[f"{n:,}, all in the budget"] = \
            lambda directory=directory: gate(bench, directory, "--budget", budget)
    results = bench.interleave(variants)
    for title, unit, place, scale, digits in (("gate, CPU time", "s", 0, 1, 2),
                                              ("gate, peak memory", "MiB", 1, 1 / (1 << 20), 0)):
        yield Table(title, unit, column(results, place), scale=scale, digits=digits)
    for n in (5000, 10000):
        shutil.rmtree(Path(bench.dir) / f"runs-{n}")
    os.unlink(budget)
