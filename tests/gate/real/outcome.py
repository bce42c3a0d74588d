# SPDX-License-Identifier: GPL-2.0-or-later
"""What flametap gate says of a comparison: runs it, as a CI job does, and keeps what is counted."""

import json
import math
import subprocess
import tempfile
from pathlib import Path

import pool

PASS, FAIL, INCONCLUSIVE = 0, 1, 3


def root_of(result):
    root = result and result["root_frame"]
    return pool.plain(root["name"]) if root else None


class Outcome:
    """A verdict, its root frame, and the functions it accuses."""

    def __init__(self, said, status, n_pairs):
        self.status, self.n_pairs = status, n_pairs
        self.root = root_of(said)
        self.accused = {pool.plain(finding["name"]) for finding in said["findings"]
                        if finding["verdict"] == "FAIL" and not finding["accepted"]}
        waits = said.get("offcpu")
        self.waits = waits["status"] if waits else None
        self.waits_root = root_of(waits)


class Gate:
    def __init__(self, flametap, alpha):
        self.flametap, self.alpha = flametap, alpha

    def look(self, directory):
        path = directory / "verdict.json"
        run = subprocess.run([self.flametap, "gate", "-q", "--alpha", str(self.alpha), "--json",
                              path, directory], capture_output=True, text=True, timeout=600)
        if run.returncode not in (PASS, FAIL, INCONCLUSIVE):
            raise RuntimeError(f"flametap gate: status {run.returncode}: {run.stderr.strip()}")
        return json.loads(path.read_text()), run.returncode

    def compare(self, pairs, first, waits=False):
        """The second look is taken only where the first does not decide; waits: neither on what
        ran nor on what waited."""
        with tempfile.TemporaryDirectory() as directory:
            comparison = pool.Comparison(Path(directory) / "ab", pairs, first)
            for n_pairs in (first, len(pairs)):
                comparison.write(n_pairs)
                said, status = self.look(comparison.directory)
                outcome = Outcome(said, status, n_pairs)
                is_open = INCONCLUSIVE in (status, waits and outcome.waits)
                if not is_open or n_pairs == len(pairs):
                    return outcome


def upper_bound(k, n, tail=0.05):
    """Of the probability of what was seen k times in n, by Clopper and Pearson; wrong in a share
    tail of the cases."""
    low, high = k / n if n else 0, 1.0
    for _ in range(60 if n and k < n else 0):
        middle = (low + high) / 2
        seen = sum(math.comb(n, i) * middle ** i * (1 - middle) ** (n - i) for i in range(k + 1))
        low, high = (middle, high) if seen > tail else (low, middle)
    return high
