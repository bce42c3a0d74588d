# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs on the scheduler's events against the kernel's own account of the same threads."""

import support
import waiting

PING_PONG = support.workload("ping_pong")


class Ledgers(support.BpfCase):
    def record_ledgers(self, *args):
        before = support.taken_seconds()
        run = self.flametap("offcpu", *self.outputs("out"), *args)
        most = support.taken_seconds() - before
        ledgers = support.Recording(self.dir, "out", run).stats["ledgers"]
        self.assertTrue(ledgers, run)
        # What the kernel says of the machine is in ticks of each kind, and of when they came.
        self.assertLessEqual(sum(ledger["taken_seconds"] for ledger in ledgers), 1.1 * most + 0.1)
        return ledgers

    def assert_ledger(self, ledger):
        """Its terms are those of schedstat, but for what the kernel counts of no thread, and add
        up to the time that the thread lived."""
        terms = {name: ledger[f"{name}_seconds"] for name in ("on", "blocked", "runqueue")}
        lived = ledger["lived_seconds"]
        self.assertAlmostEqual(sum(terms.values()), lived, delta=0.001 * lived + 1e-5,
                               msg=str(ledger))
        terms["on"] -= ledger["taken_seconds"]
        for name in ("on", "runqueue"):
            kernel = ledger[f"schedstat_{name}_seconds"]
            self.assertAlmostEqual(terms[name], kernel, delta=0.02 * kernel + waiting.EDGE_NS / 1e9,
                                   msg=f"{name}: {ledger}")

    def test_of_short_waits(self):
        """Hundreds of thousands of microseconds each: what a wait is out by shows in the sums."""
        ledgers = self.record_ledgers("--", PING_PONG, "1")
        self.assertGreaterEqual(len(ledgers), 2, ledgers)
        for ledger in ledgers:
            self.assert_ledger(ledger)

    def test_by_a_rate(self):
        """Sampled or not, the ledgers are of all time."""
        for ledger in self.record_ledgers("--rate", "999", "--", PING_PONG, "1"):
            self.assert_ledger(ledger)

    def test_with_wakers(self):
        for ledger in self.record_ledgers("--wakers", "--", PING_PONG, "1"):
            self.assert_ledger(ledger)
