#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The path from recorded runs to the figures of doc/gate.md, on the few runs in fixture/ (64 of the
C++ program; of 32, half are 10 % slower in score_word; of 32 with what waits, half wait 10 % longer
in wait_turn): `test_real.py FLAMETAP`. Reports in TAP."""

import collections
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import evaluate
import outcome
import pool
import record
import section
import variants

FIXTURE = Path(__file__).resolve().parent / "fixture"


def args_of(flametap, directory=FIXTURE):
    return evaluate.parse([str(directory), "--flametap", flametap, "--alike", "2", "--changed", "1",
                           "--jobs", "2"])


def test_a_slower_function_is_found(flametap):
    """Two looks, as in the large evaluation; and the same seed gives the same text."""
    outcomes, text = evaluate.evaluate(args_of(flametap))
    found, = outcomes["changed", "quiet", "cpp", "leaf+10"]
    assert (found.status, found.root) == (outcome.FAIL, "score_word"), vars(found)
    assert "score_word" in found.accused
    names = pool.read(FIXTURE)["quiet"]["cpp"]
    callers = pool.callers_of(names["leaf+10"], "score_word")
    assert {"main", "score_words"} <= callers and "mix_key" not in callers, callers
    assert found.accused <= callers | {"score_word"}, found.accused
    row, = (line for line in text.splitlines() if line.startswith("| quiet | 10 % | leaf | cpp |"))
    assert row.endswith("| 100 % | 100 % | 0 % | 0 % |"), row
    assert evaluate.evaluate(args_of(flametap))[1] == text


def test_a_longer_wait_is_found(flametap):
    """Off the CPU; on it nothing has changed."""
    jobs = [job for job in evaluate.jobs_changed("quiet", "cpp", pool.read(FIXTURE)["quiet"]["cpp"],
                                                 1, 1) if job.waits]
    found, = evaluate.run_jobs(outcome.Gate(flametap, 0.01), jobs, 1).values()
    said, = found
    assert (said.waits, said.waits_root) == (outcome.FAIL, "wait_turn"), vars(said)
    assert said.status != outcome.FAIL and not said.accused, vars(said)


def test_the_same_on_both_sides(flametap):
    """Nothing fails, and blocks share no run."""
    runs = pool.read(FIXTURE)["quiet"]["cpp"]
    jobs = list(evaluate.jobs_alike("quiet", "cpp", runs, 1, 1))
    used = collections.Counter(run.path for job in jobs for pair in job.pairs for run in pair)
    assert len(jobs) == 4 and set(used.values()) == {1}, (len(jobs), used)
    assert all(len(job.pairs) == job.first == pool.LOOKS[0] for job in jobs)
    for said in evaluate.run_jobs(outcome.Gate(flametap, 0.01), jobs, 2).values():
        assert all(one.status in (outcome.PASS, outcome.INCONCLUSIVE) for one in said)


def test_faster_accuses_nobody(flametap):
    """The slower runs as the base."""
    runs = pool.read(FIXTURE)["quiet"]["cpp"]
    pairs = list(zip(runs["leaf+10"], runs["base"]))
    said = outcome.Gate(flametap, 0.01).compare(pairs, pool.LOOKS[0])
    assert said.status != outcome.FAIL and not said.accused, vars(said)


def test_what_is_missing_ends_it(flametap):
    """No figure comes of a pool with holes."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "pool"
        shutil.copytree(FIXTURE, copy)
        run = subprocess.run([sys.executable, "-B", evaluate.__file__, Path(directory)],
                             capture_output=True, text=True)
        assert run.returncode and "not enough runs" in run.stderr, run
        runs = pool.read(copy)["quiet"]["cpp"]["base"]
        runs[0].path.unlink()
        try:
            outcome.Gate(flametap, 0.01).compare(evaluate.pair_alike(runs, random.Random(1)), 8)
        except RuntimeError as error:
            assert "status 2" in str(error), error
        else:
            raise AssertionError("a run without its profile was taken")


def test_pairs_are_balanced(_):
    runs = pool.read(FIXTURE)["quiet"]["cpp"]["base"]
    pairs = evaluate.pair_alike(runs, random.Random(3))
    assert {run.path for pair in pairs for run in pair} == {run.path for run in runs}
    assert sum(base.when < head.when for base, head in pairs) == len(pairs) / 2


def test_plan(_):
    """Every variant as often in each round, the base more often; the same seed, the same order."""
    blocks = record.plan(("cpp", "python"), variants.VARIANTS, 16, 4, 1)
    assert blocks == record.plan(("cpp", "python"), variants.VARIANTS, 16, 4, 1)
    assert blocks != record.plan(("cpp", "python"), variants.VARIANTS, 16, 4, 2)
    assert all(variants.base_of(one) == variants.base_of(other) for _, one, other in blocks)
    counts = collections.Counter((block[0], name) for block in blocks for name in block[1:])
    assert counts.pop(("cpp", "base")) == counts.pop(("python", "base")) == 4 * 8
    # An odd number of others beside two.
    assert counts.pop(("cpp", "still")) == counts.pop(("python", "still")) == 3 * 8
    assert set(counts.values()) == {8} and len(counts) == 2 * (len(variants.VARIANTS) - 2)
    half = collections.Counter(name for block in blocks[:len(blocks) // 2] for name in block[1:])
    assert set(half.values()) == {2 * 4, 2 * 4 * 4, 2 * 3 * 4}, half


def test_upper_bound(_):
    """Worked values: 0 of n is 1 - 0.05^(1/n); 2 of 20 by Clopper and Pearson's own tables."""
    assert abs(outcome.upper_bound(0, 149) - 0.0199) < 1e-4
    assert abs(outcome.upper_bound(2, 20, 0.025) - 0.3170) < 1e-4
    assert outcome.upper_bound(3, 3) == 1


def test_section_is_replaced(_):
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "gate.md"
        path.write_text("# Gate\n\n## Method\n\ntext\n")
        section.put_into(path, f"{section.HEADING}\n\nold\n")
        path.write_text(path.read_text() + "\n## After\n")
        section.put_into(path, f"{section.HEADING}\n\nnew\n")
        assert path.read_text() == ("# Gate\n\n## Method\n\ntext\n\n"
                                    f"{section.HEADING}\n\nnew\n\n## After\n")


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, test) in enumerate(tests, 1):
        try:
            test(sys.argv[1])
            print(f"ok {number} - {name}")
        except Exception as error:  # noqa: BLE001 - each test is to be heard
            failed += 1
            print(f"not ok {number} - {name}\n# {error!r}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
