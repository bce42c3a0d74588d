#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How often flametap gate is right about real programs: compares runs of a pool (record.py) again
and again, each time paired anew, and counts verdicts. `evaluate.py DIR` prints a section of
doc/gate.md; the same seed gives the same comparisons."""

import argparse
import collections
import concurrent.futures
import os
import random
import sys
from pathlib import Path

import pool
import section
import variants
from outcome import Gate

FIRST, LAST = pool.LOOKS


def pair_alike(runs, rng):
    """Neighbours in time, one of them the base by chance: half of the pairs each way round."""
    first = [i % 2 for i in range(len(runs) // 2)]
    rng.shuffle(first)
    return [(runs[2 * i + swap], runs[2 * i + 1 - swap]) for i, swap in enumerate(first)]


def draw(runs, n, rng):
    """n of them in the order of time."""
    return [runs[i] for i in sorted(rng.sample(range(len(runs)), n))]


def blocks(runs, n):
    """Neighbours, no run in two of them."""
    return [runs[at:at + n] for at in range(0, len(runs) - n + 1, n)]


class Job:
    """A comparison that is to be made, under a key that its outcome is counted under."""

    def __init__(self, key, pairs, first=FIRST, waits=False):
        self.key, self.pairs, self.first, self.waits = key, pairs, first, waits


def jobs_alike(condition, workload, names, draws, seed):
    """A/A: the same build on both sides."""
    rng = random.Random(f"{seed} {condition} {workload} alike")
    for base in ("base", "still"):
        runs = names.get(base, [])
        if len(runs) >= 2 * LAST:
            for _ in range(draws):
                yield Job(("alike", condition, workload, base),
                          pair_alike(draw(runs, 2 * LAST, rng), rng), waits=base == "still")
        for some in blocks(runs, 2 * LAST):
            yield Job(("blocks", condition, "two looks"), pair_alike(some, rng),
                      waits=base == "still")
    for name in sorted(names):
        for runs in blocks(names[name], 2 * FIRST):
            yield Job(("blocks", condition, "one look"), pair_alike(runs, rng))


def jobs_changed(condition, workload, names, draws, seed):
    """Each variant beside its base, k-th of one with k-th of the other in the order of time."""
    for name in variants.VARIANTS:
        base = variants.base_of(name)
        if name == base or name not in names:
            continue
        rng = random.Random(f"{seed} {condition} {workload} {name}")
        n = min(LAST, len(names[name]), len(names[base]))
        for _ in range(draws if n >= FIRST else 0):
            pairs = list(zip(draw(names[base], n, rng), draw(names[name], n, rng)))
            yield Job(("changed", condition, workload, name), pairs, min(FIRST, n),
                      base == "still")


def jobs_more(more):
    """Runs that were recorded at another time than the variants are only compared with each
    other."""
    for condition, workloads in more.items():
        for workload, names in workloads.items():
            yield from jobs_alike(condition, workload, names, 0, None)


def make_jobs(runs, args):
    for condition, workloads in runs.items():
        for workload, names in workloads.items():
            yield from jobs_alike(condition, workload, names, args.alike, args.seed)
            yield from jobs_changed(condition, workload, names, args.changed, args.seed)
    for directory in args.more:
        yield from jobs_more(pool.read(directory))


def run_jobs(gate, jobs, n_workers):
    """{key: [Outcome]} in the order of the jobs."""
    outcomes = collections.defaultdict(list)
    with concurrent.futures.ThreadPoolExecutor(n_workers) as executor:
        compared = executor.map(lambda job: gate.compare(job.pairs, job.first, job.waits), jobs)
        for number, (job, outcome) in enumerate(zip(jobs, compared), 1):
            outcomes[job.key].append(outcome)
            if number % 100 == 0:
                print(f"{number} of {len(jobs)} comparisons", file=sys.stderr, flush=True)
    return outcomes


def parse(words=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="that record.py was given")
    parser.add_argument("--more", type=Path, nargs="+", default=[],
                        help="further ones, for blocks of the same program alone")
    parser.add_argument("--alike", type=int, default=200,
                        help="comparisons of a workload with itself (default: 200)")
    parser.add_argument("--changed", type=int, default=20, help="of each variant (default: 20)")
    parser.add_argument("--alpha", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--into", type=Path, help="a document whose section is replaced")
    parser.add_argument("--flametap", type=lambda path: Path(path).resolve(),
                        default=Path(__file__).resolve().parents[3] / "build/profiler/flametap")
    return parser.parse_args(words)


def evaluate(args):
    """The outcomes, and the text of the section."""
    runs = pool.read(args.directory)
    jobs = list(make_jobs(runs, args))
    if not jobs:
        sys.exit(f"{args.directory}: not enough runs; record.py makes them")
    outcomes = run_jobs(Gate(args.flametap, args.alpha), jobs, args.jobs)
    return outcomes, "\n".join(section.Section(runs, outcomes, args).lines()).rstrip() + "\n"


def main():
    args = parse()
    _, text = evaluate(args)
    if args.into:
        section.put_into(args.into, text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
