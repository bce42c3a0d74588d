# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs on the scheduler's events against the kernel's own account of the same threads."""

import os

import support

PING_PONG = support.workload("ping_pong")


def taken_seconds():
    """What interrupts and the hypervisor have had of all CPUs: the kernel leaves it out of what it
    says a thread has had."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [int(word) for word in file.readline().split()[1:]]
    return sum(ticks[5:8]) / os.sysconf("SC_CLK_TCK")


class Ledgers(support.BpfCase):
    def record_ledgers(self, *args):
        before = taken_seconds()
        run = self.flametap("offcpu", *self.outputs("out"), *args)
        # To a tick of each kind.
        self.taken = taken_seconds() - before + 0.03
        ledgers = support.Recording(self.dir, "out", run).stats["ledgers"]
        self.assertTrue(ledgers, run)
        return ledgers

    def assert_ledger(self, ledger):
        """Its terms are those of schedstat, and add up to the time that the thread lived."""
        terms = {name: ledger[f"{name}_seconds"] for name in ("on", "blocked", "runqueue")}
        lived = ledger["lived_seconds"]
        self.assertAlmostEqual(sum(terms.values()), lived, delta=0.001 * lived + 1e-5,
                               msg=str(ledger))
        for name, slack in (("on", self.taken), ("runqueue", 0.002)):
            kernel = ledger[f"schedstat_{name}_seconds"]
            self.assertAlmostEqual(terms[name], kernel, delta=0.02 * kernel + slack,
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
