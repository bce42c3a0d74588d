#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The statistics of gate/ beside another implementation of the same formulas (doc/gate.md), in numpy
and scipy: `test_scipy.py TOOL` makes matrices of runs, asks TOOL (tool.c) and compares. Where all
flips are looked at, p has to be the very same; where they are drawn, the share of other draws has
to be within what chance allows. Reports in TAP."""

import itertools
import subprocess
import sys

import numpy as np
from scipy import integrate, special, stats

PRIOR = 4.0
ALIKE = 1e-9


class Runs:
    """A matrix: cpu, operations, samples are (2, pairs), x is (rows, 2, pairs)."""

    def __init__(self, rng, pairs, rows, samples, noise, effect=0.0, few=False):
        shares = rng.dirichlet(np.full(rows, 0.3 if few else 2.0)) * 0.9
        slow = np.ones((2, rows))
        slow[1, 0] += effect
        cost = shares[None, :, None] * slow[:, :, None] * rng.lognormal(0, noise, (2, rows, pairs))
        rest = 0.1 * rng.lognormal(0, noise, (2, 1, pairs))
        total = cost.sum(axis=1) + rest[:, 0]
        self.operations = np.floor(rng.uniform(900, 1100, (2, pairs)))
        self.cpu = np.floor(total * self.operations * 1e6)
        self.n = np.floor(rng.poisson(samples, (2, pairs))) + 1
        counts = [[rng.multinomial(self.n[s, j], np.append(cost[s, :, j], rest[s, 0, j]) / total[s, j])
                   for j in range(pairs)] for s in range(2)]
        self.x = np.array(counts, dtype=float).transpose(2, 0, 1)[:-1]
        # What calls the first three functions, so that rows depend on each other.
        self.x = np.concatenate([self.x, self.x[:3].sum(axis=0, keepdims=True)])

    def text(self, level, seed):
        rows, _, pairs = self.x.shape
        lines = [f"{pairs} {rows} {level!r} {seed}"]
        for side in range(2):
            lines += [f"{c:.0f} {o:.0f} {n:.0f}" for c, o, n in
                      zip(self.cpu[side], self.operations[side], self.n[side])]
        lines += [" ".join(f"{x:.0f}" for x in row.ravel()) for row in self.x]
        return "\n".join(lines) + "\n"


def program(runs, level):
    logs = np.log((runs.cpu / runs.operations)[1] / (runs.cpu / runs.operations)[0])
    pairs = len(logs)
    test = stats.ttest_1samp(logs, 0, alternative="greater")
    width = stats.t.isf(level, pairs - 1) * stats.sem(logs)
    error = stats.sem(logs)
    limit = np.log1p(0.02) / error
    seen = effect_of(stats.t.isf(level, pairs - 1), limit, pairs - 1)
    return [test.statistic, test.pvalue, np.exp(logs.mean() - width), np.exp(logs.mean() + width),
            np.expm1(error * seen)]


def effect_of(quantile, least, df, power=0.9):
    """The same integral by Simpson's rule on a grid of both estimates of the noise."""
    chi = stats.chi(df, scale=1 / np.sqrt(df))
    grid = np.linspace(chi.isf(1 - 1e-9), chi.isf(1e-9), 401)
    density = chi.pdf(grid)

    def seen(effect):
        needed = np.maximum(quantile * grid[None, :], least * grid[:, None])
        inner = integrate.simpson(special.ndtr(effect * grid[:, None] - needed) * density, grid)
        return integrate.simpson(inner * density, grid)

    low, high = 0.0, 1024.0
    for _ in range(26):
        middle = (low + high) / 2
        low, high = (middle, high) if seen(middle) < power else (low, middle)
    return high


def seen_of_noncentral(effect, quantile, df):
    """The same by scipy's noncentral t, where no least effect counts: of what the next comparison
    finds when the noise is 1/s of what the earlier one took it for."""
    chi = stats.chi(df, scale=1 / np.sqrt(df))
    with np.errstate(invalid="ignore"):
        return integrate.quad(lambda s: chi.pdf(s) * stats.nct.sf(quantile, df, effect * s),
                              chi.isf(1 - 1e-9), chi.isf(1e-9), epsabs=1e-9)[0]


def all_t(d, v):
    """t of every row, from (rows, pairs) of differences."""
    pairs = d.shape[1]
    s2 = d.var(axis=1, ddof=1)
    phi = max(1.0, np.median(s2 / v))
    squared = np.maximum(v, (PRIOR * phi * v + (pairs - 1) * s2) / (PRIOR + pairs - 1))
    return d.mean(axis=1) / np.sqrt(squared / pairs), np.sqrt(squared / pairs), phi


def maxt(runs, level, rng, draws=2000):
    pairs = runs.x.shape[2]
    pooled = runs.x.sum(axis=(1, 2))
    candidate = (pooled >= 60) & (pooled >= 0.002 * runs.n.sum())
    each = runs.cpu / runs.operations / runs.n
    d = (each[1] * runs.x[:, 1] - each[0] * runs.x[:, 0])[candidate]
    v = (each[None] ** 2 * runs.x).sum(axis=1).mean(axis=1)[candidate]
    t, error, phi = all_t(d, v)
    if pairs <= 12:
        flips = np.array(list(itertools.product([1, -1], repeat=pairs)))
    else:
        flips = np.concatenate([np.ones((1, pairs)), rng.choice([1, -1], (draws, pairs))])
    maxima = np.array([all_t(d * flip, v)[0].max() for flip in flips])
    largest = np.sort(maxima)[::-1]
    reach = lambda value: max(1, (maxima >= value - ALIKE * abs(value)).sum()) / len(flips)  # noqa: E731
    rank = level * len(flips)
    quantile = largest[int(rank * (1 + ALIKE)) - 1]
    # Where the quantile of other draws is but for chance: five standard deviations of both ranks.
    off = 5 * np.sqrt(rank * (1 + len(flips) / 10000))
    within = largest[min(int(rank + off), len(flips) - 1)], largest[max(int(rank - off), 0)]
    return {"candidate": candidate, "mean": d.mean(axis=1), "error": error, "t": t, "phi": phi,
            "p": np.array([reach(x) for x in t]), "faster": np.array([reach(-x) for x in t]),
            "quantile": quantile, "within": within, "flips": len(flips)}


def ask(tool, runs, level, seed=1):
    out = subprocess.run([tool], input=runs.text(level, seed), capture_output=True, text=True,
                         check=True).stdout
    return [line.split() for line in out.splitlines()]


def near(name, got, expected, tolerance=1e-6):
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    off = np.abs(got - expected) > tolerance * np.maximum(np.abs(expected), 1e-12)
    assert not off.any(), f"{name}: {got[off][:3]} is not {expected[off][:3]}"


def compare(tool, seed, level=0.01, **shape):
    rng = np.random.default_rng(seed)
    runs = Runs(rng, **shape)
    lines = ask(tool, runs, level)
    near("program", lines[0][1:], program(runs, level), 1e-4)
    near("program's t, p and limits", lines[0][1:5], program(runs, level)[:4], 1e-8)
    expected = maxt(runs, level, rng)
    rows = np.array([line[1:] for line in lines if line[0] == "row"], dtype=float)
    assert (rows[:, 0].astype(bool) == expected["candidate"]).all(), "candidates"
    rows = rows[expected["candidate"]]
    assert len(rows) > 5, "too few candidates for a test"
    near("mean", rows[:, 1], expected["mean"], 1e-9)
    near("error", rows[:, 2], expected["error"], 1e-9)
    near("t", rows[:, 3], expected["t"], 1e-9)
    near("phi", lines[1][4], expected["phi"], 1e-9)
    if shape["pairs"] <= 12:
        assert (rows[:, 4] == expected["p"]).all(), "p"
        assert (rows[:, 5] == expected["faster"]).all(), "p of faster"
        near("quantile", lines[1][3], expected["quantile"], 1e-9)
        near("detectable", lines[1][5], effect_of(expected["quantile"], 0, shape["pairs"] - 1), 1e-4)
    else:
        # Two estimates of one share from other draws: five standard deviations of their difference.
        p, q = rows[:, 4], expected["p"]
        pooled = (p + q) / 2
        spread = np.sqrt(pooled * (1 - pooled) * (1 / int(lines[1][2]) + 1 / expected["flips"]))
        assert (np.abs(p - q) <= 5 * spread + 1e-3).all(), "p by draws"
        assert int(lines[1][2]) == 10000, "flips"
        low, high = expected["within"]
        assert low <= float(lines[1][3]) <= high, f"quantile {lines[1][3]}, not in {low} to {high}"
    quantile = float(lines[1][3])
    near("low", rows[:, 6], expected["mean"] - quantile * expected["error"], 1e-7)
    near("high", rows[:, 7], expected["mean"] + quantile * expected["error"], 1e-7)
    seen = seen_of_noncentral(float(lines[1][5]), quantile, shape["pairs"] - 1)
    assert abs(seen - 0.9) < 1e-5, f"what is said to be seen in 90 % is in {100 * seen} %"
    return lines, runs


def test_all_flips(tool):
    """8 pairs, 40 functions and one that calls three of them."""
    compare(tool, 1, pairs=8, rows=40, samples=10000, noise=0.03)


def test_one_is_slower(tool):
    lines, _ = compare(tool, 2, pairs=8, rows=40, samples=10000, noise=0.03, effect=0.3)
    first = next(line for line in lines if line[0] == "row")
    assert float(first[5]) == 2 ** -8, f"the slower function's p is {first[5]}"


def test_fewer_and_more_pairs(tool):
    for pairs in (3, 5, 10):
        compare(tool, pairs, level=0.2, pairs=pairs, rows=15, samples=3000, noise=0.02)


def test_much_noise_and_none(tool):
    """Where sampling explains all of it phi is 1, where runs vary it is large."""
    quiet, _ = compare(tool, 21, pairs=6, rows=20, samples=2000, noise=0.0005, level=0.05)
    loud, _ = compare(tool, 22, pairs=6, rows=20, samples=100000, noise=0.2, level=0.05)
    assert float(quiet[1][4]) < 2 and float(loud[1][4]) > 20, (quiet[1], loud[1])


def test_few_samples(tool):
    """Most functions have no sample in some of the runs."""
    _, runs = compare(tool, 31, pairs=7, rows=60, samples=150, noise=0.03, few=True, level=0.05)
    assert (runs.x == 0).any()


def test_drawn_flips(tool):
    compare(tool, 41, pairs=16, rows=30, samples=10000, noise=0.03)


def test_same_seed_same_bytes(tool):
    runs = Runs(np.random.default_rng(5), pairs=14, rows=10, samples=5000, noise=0.03)
    assert ask(tool, runs, 0.01, 7) == ask(tool, runs, 0.01, 7)
    others = [line[5] for line in ask(tool, runs, 0.01, 8)[2:12]]
    assert others != [line[5] for line in ask(tool, runs, 0.01, 7)[2:12]]


def test_clopper_pearson(tool):
    lines = ask(tool, Runs(np.random.default_rng(6), pairs=4, rows=10, samples=500, noise=0.03), 0.2)
    for k, line in zip((0, 5, 10), (line for line in lines if line[0] == "clopper")):
        interval = stats.binomtest(k, 10).proportion_ci(0.95, "exact")
        near(f"{k} of 10", line[1:], interval)


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, test) in enumerate(tests, 1):
        try:
            test(sys.argv[1])
            print(f"ok {number} - {name}")
        except (AssertionError, subprocess.CalledProcessError) as error:
            failed += 1
            print(f"not ok {number} - {name}\n# {error!r}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
