#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Records the pool of runs that evaluate.py compares: every variant of three real programs, by
flametap ab, in random order so that drift hits all of them alike. `record.py DIR` makes and
calibrates the builds first. Interrupted, the same words go on where it was. As root."""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import variants

# A neighbour makes runs slow: under it there is one size of each place, and what must not fail.
NOISY = ("base", *(f"{place}+5" for place in variants.PLACES), "faster-10", *variants.REFACTORINGS,
         "still")
RUNS_OF_BLOCK = 4  # two of each of two variants: the least that ab takes


def plan(workloads, names, runs, base_factor, seed):
    """[(workload, variant, variant)]: rounds, in each of which every variant has two runs and the
    base base_factor times as many ("still" half as many as that), in random order and beside
    random others that are recorded alike."""
    rng = random.Random(seed)
    blocks = []
    for _ in range(runs // 2):
        turn = []
        for workload in workloads:
            for base, factor in (("base", base_factor), ("still", max(1, base_factor // 2))):
                doubles = [name for name in names if variants.base_of(name) == base != name]
                doubles += [base] * (factor if base in names else 0)
                if len(doubles) % 2:
                    doubles.append(base)
                rng.shuffle(doubles)
                turn += [(workload, *pair) for pair in zip(doubles[::2], doubles[1::2])]
        rng.shuffle(turn)
        blocks += turn
    return blocks


def is_done(directory):
    try:
        runs = json.loads((directory / "manifest.json").read_text())["runs"]
    except (OSError, ValueError):
        return False
    return len(runs) == RUNS_OF_BLOCK and all(run["status"] == 0 for run in runs)


def record(flametap, directory, commands, more, seed):
    """One block. A run that fails ends it all: there must be none."""
    quoted = [" ".join(words) for words in commands]
    subprocess.run([flametap, "ab", "-q", "--pairs", "2", "--max-pairs", "2", "--warm-up", "0",
                    "--seed", str(seed), "--base", quoted[0], "--head", quoted[1], "-o", directory, *more],
                   check=True, env=variants.environment())


def record_all(args, calibration, condition, blocks):
    top = args.directory / condition
    top.mkdir(parents=True, exist_ok=True)
    said = {"seed": args.seed, "blocks": blocks}
    path = top / "plan.json"
    if path.exists() and json.loads(path.read_text()) != json.loads(json.dumps(said)):
        sys.exit(f"{path}: was begun with other words; name another directory, or the same words")
    path.write_text(json.dumps(said))
    began, n_done = time.monotonic(), 0
    for number, (workload, *names) in enumerate(blocks):
        directory = top / f"{number:04}"
        if is_done(directory):
            continue
        commands = [calibration[workload]["commands"][name] for name in names]
        more = ["--waits"] if variants.base_of(names[0]) == "still" else []
        record(args.flametap, directory, commands, more, args.seed * 10000 + number)
        (directory / "variants.json").write_text(json.dumps([workload, *names]))
        n_done += 1
        if n_done % 10 == 0:
            each = (time.monotonic() - began) / n_done
            print(f"{condition}: block {number + 1} of {len(blocks)}, "
                  f"{each / RUNS_OF_BLOCK:.2f} s a run, "
                  f"{each * (len(blocks) - number - 1) / 60:.1f} min to go", flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="where all of it goes, outside the repository")
    parser.add_argument("--runs", type=int, default=16, help="of a variant (default: 16)")
    parser.add_argument("--base-factor", type=int, default=4,
                        help="the base has so many times as many")
    parser.add_argument("--noisy", action="store_true", help="beside a neighbour")
    parser.add_argument("--workloads", default=",".join(variants.STEPS))
    parser.add_argument("--variants", help="these alone, with commas")
    parser.add_argument("--rounds", type=int, default=10, help="of the calibration")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only-prepare", action="store_true", help="build and calibrate")
    parser.add_argument("--flametap", type=lambda path: Path(path).resolve(),
                        default=Path(__file__).resolve().parents[3] / "build/profiler/flametap")
    return parser.parse_args()


def main():
    args = parse()
    args.directory = args.directory.resolve()
    workloads = args.workloads.split(",")
    calibration = variants.prepare(args.directory, workloads, args.rounds, args.seed)
    if args.only_prepare:
        return
    names = NOISY if args.noisy else variants.VARIANTS
    names = args.variants.split(",") if args.variants else names
    blocks = plan(workloads, names, args.runs, args.base_factor, args.seed + args.noisy)
    print(f"{RUNS_OF_BLOCK * len(blocks)} runs in {len(blocks)} blocks", flush=True)
    if not args.noisy:
        record_all(args, calibration, "quiet", blocks)
        return
    with subprocess.Popen([sys.executable, "-B", variants.HERE / "neighbour.py",
                           str(args.seed)]) as neighbour:
        try:
            record_all(args, calibration, "noisy", blocks)
        finally:
            neighbour.terminate()


if __name__ == "__main__":
    os.chdir("/")
    main()
