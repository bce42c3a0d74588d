# SPDX-License-Identifier: GPL-2.0-or-later
"""The work after a recording grows no faster than the recording."""

import random

import pprof
import support


def stacks(n, seed=7):
    """n different stacks over 2,000 functions, as bushy as those of a large program."""
    rng = random.Random(seed)
    result = {}
    while len(result) < n:
        depth = rng.randint(5, 40)
        # The outer frames repeat, the inner ones spread.
        frames = tuple(f"function_{rng.randrange(min(2000, 3 + level ** 3))}"
                       for level in range(depth))
        result[("program",) + frames] = rng.randint(1, 9)
    return result


class Linear(support.Case):
    SMALL, LARGE = 500, 5000

    def check(self, write):
        counts = []
        for n in (self.SMALL, self.LARGE):
            source = write(n)
            outputs = []
            for extension in ("svg", "folded", "txt", "pb.gz"):
                outputs += ["-o", f"out{n}.{extension}"]
            counts.append(self.instructions("report", source, *outputs))
        self.assertLessEqual(counts[1], 12 * counts[0], counts)

    def test_folded(self):
        def write(n):
            path = self.dir / f"in{n}.folded"
            path.write_text("".join(f"{';'.join(stack)} {count}\n"
                                    for stack, count in stacks(n).items()))
            return path

        self.check(write)

    def test_pprof(self):
        def write(n):
            path = self.dir / f"in{n}.pb.gz"
            path.write_bytes(pprof.write(stacks(n)))
            return path

        self.check(write)
