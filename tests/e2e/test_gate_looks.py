# SPDX-License-Identifier: GPL-2.0-or-later
"""What flametap gate makes of the first of two looks, and of waiting, on runs that are made up."""

import gzip
import json
import math
import random

import gated
import pprof
import support

SLOWER = gated.changed(gated.PROGRAM, parse_header=1.5)


class Looks(support.Case):
    def gate(self, *args, **options):
        return self.flametap("gate", "runs", *args, **options)

    def test_a_regression_at_the_first_look_is_not_let_pass(self):
        """Where nobody makes the pairs of the second look, a gate could never fail else."""
        gated.Runs(self.dir / "runs", head=SLOWER, pairs=8)
        self.assertIn("have to confirm it", self.gate(status=3).err)
        self.gate("--inconclusive", "pass", status=3)
        self.gate("--inconclusive", "fail", status=1)

    def test_it_is_confirmed(self):
        gated.Runs(self.dir / "runs", head=SLOWER)
        self.gate("--inconclusive", "pass", status=1)

    def test_what_is_just_open_passes(self):
        """So much noise that nothing is seen."""
        gated.Runs(self.dir / "runs", pairs=8, noise=0.3)
        self.gate(status=3)
        self.gate("--inconclusive", "pass", status=0)


class Waits(support.Case):
    """Recordings of flametap wall: what runs, and one wait of so many ms."""

    TYPES = (("samples", "count"), ("cpu", "nanoseconds"), ("waits", "count"),
             ("blocked", "nanoseconds"), ("runqueue", "nanoseconds"))
    LABELS = (("phase", "blocked"), ("class", "disk"))
    QUEUED = (("phase", "runqueue"), ("class", "preempted"))

    def setUp(self):
        super().setUp()
        self.rng = random.Random(1)
        (self.dir / "both").write_text("[total]\nlimit = 5%\n[offcpu]\ngate = yes\nlimit = 5%\n")

    def profile(self, wait_ms, most_queued_ms=0):
        strings = {"": 0}

        def text(word):
            return strings.setdefault(word, len(strings))

        samples = [((1, 3), (n := gated.poisson(self.rng, 5000), n * gated.SAMPLE_NS, 0, 0, 0), ())]
        if wait_ms:
            waited = round(wait_ms * gated.MS * math.exp(self.rng.gauss(0, 0.005)))
            samples.append(((4, 2, 3), (0, 0, 100, waited, 0), self.LABELS))
        if most_queued_ms:
            queued = round(self.rng.random() * most_queued_ms * gated.MS)
            samples.append(((1, 3), (0, 0, 0, 0, queued), self.QUEUED))
        out = b"".join(pprof.encode(1, pprof.encode(1, text(name)) + pprof.encode(2, text(unit)))
                       for name, unit in self.TYPES)
        for stack, values, labels in samples:
            out += pprof.encode(2, pprof.encode(1, bytes(stack))
                                + pprof.encode(2, b"".join(map(pprof.encode_varint, values)))
                                + b"".join(pprof.encode(3, pprof.encode(1, text(key))
                                                        + pprof.encode(2, text(word)))
                                           for key, word in labels))
        for number, name in ((1, "compute"), (2, "fetch_block"), (3, "main"), (4, "pread64")):
            out += pprof.encode(4, pprof.encode(1, number) + pprof.encode(2, 1)
                                + pprof.encode(4, pprof.encode(1, number)))
            out += pprof.encode(5, pprof.encode(1, number) + pprof.encode(2, text(name))
                                + pprof.encode(3, text(name)))
        out += pprof.encode(3, pprof.encode(1, 1) + pprof.encode(3, 1 << 20)
                            + pprof.encode(5, text("/program")))
        return gzip.compress(out + b"".join(pprof.encode(6, word) for word in strings), mtime=0)

    def runs(self, base_ms, head_ms, n=10, most_queued_ms=0):
        self.files = []
        for side, wait_ms in ("base", base_ms), ("head", head_ms):
            self.files.append("--" + side)
            for number in range(n):
                path = self.dir / f"{side}{number}.pb.gz"
                path.write_bytes(self.profile(wait_ms, most_queued_ms))
                self.files.append(path.name)

    def gate(self, *args, **options):
        return self.flametap("gate", "--paired", *self.files, *args, **options)

    def test_only_told(self):
        self.runs(1000, 1300)
        run = self.gate("--json", "said", status=0)
        self.assertIn("off the CPU (decides nothing): FAIL: the program waits 3", run.err)
        waits = json.loads((self.dir / "said").read_text())["offcpu"]
        self.assertEqual(waits["root_frame"]["name"], "fetch_block", "who waits, and not in what")

    def test_beside_the_run_queue(self):
        """Who waits for a CPU waits for others: up to 2 s of that hide no 20 ms of one's own."""
        self.runs(0, 20, most_queued_ms=2000)
        self.gate("--json", "said")
        waits = json.loads((self.dir / "said").read_text())["offcpu"]
        self.assertEqual((waits["verdict"], waits["program"]["verdict"]), ("FAIL", "INCONCLUSIVE"))
        self.assertEqual(waits["root_frame"]["name"], "fetch_block")

    def test_decides(self):
        self.runs(1000, 1300)
        run = self.gate("--budget", "both", status=1)
        self.assertIn("off the CPU: FAIL", run.err)

    def test_as_before(self):
        self.runs(1000, 1000)
        self.gate("--budget", "both", status=0)

    def test_runs_that_did_not_wait(self):
        """Waiting cannot be judged, and that is no PASS where it decides."""
        self.runs(1000, 0)
        run = self.gate(status=0)
        self.assertIn("off the CPU (decides nothing): INVALID: a run did not wait", run.err)
        run = self.gate("--budget", "both", status=2)
        self.assertIn("a run did not wait at all", run.err)

    def test_runs_without_waits(self):
        """A budget on what was not recorded is not kept."""
        gated.Runs(self.dir / "runs")
        run = self.flametap("gate", "runs", "--budget", "both", status=2)
        self.assertIn("both: waiting is to decide", run.err)
