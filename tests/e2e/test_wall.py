# SPDX-License-Identifier: GPL-2.0-or-later
"""Running, waiting for a CPU and blocked, in one pass: for each thread they add up to its life."""

import support
import waiting

HZ = 999


class Wall(waiting.WaitCase):
    def record_kinds(self, *args):
        recording = self.record_waits("wall", "-F", HZ, *args, "--",
                                      support.workload("waits"), "nanosleep", "mutex", "runqueue")
        return recording, waiting.tallies(recording.run.out), recording.pprof.samples

    def test_it_is_cpu_and_offcpu(self):
        recording, found, samples = self.record_kinds()
        for sample in samples:
            values = sample.values
            self.assertEqual(values["wall"], values["cpu"] + values["offcpu"], sample.labels)
            self.assertEqual(values["offcpu"], values["blocked"] + values["runqueue"])
            self.assertEqual(bool(values["cpu"]), "class" not in sample.labels, sample.labels)
        self.assertEqual(recording.pprof.sample_types[0], ("wall", "nanoseconds"))
        mine = lambda tid, name: sum(s.values[name] for s in samples if s.labels["tid"] == tid)
        for kind, tally in found.items():
            with self.subTest(kind=kind):
                ledger = self.ledger_of(recording, tally.tid, kind)
                self.assert_closes(ledger)
                off = ledger.blocked_ns + ledger.runqueue_ns
                self.assertLessEqual(abs(mine(tally.tid, "offcpu") - off), 0.01 * ledger.lived_ns)
        # Samples stand for the time of who computes; one tick is left over at each end of a turn.
        tally = found["runqueue"]
        ledger = self.ledger_of(recording, tally.tid, "runqueue")
        sampled = mine(tally.tid, "cpu")
        slack = 0.05 * ledger.on_ns + 2e9 / HZ + recording.stolen * 1e9
        self.assertLessEqual(abs(sampled - ledger.on_ns), slack, ledger)
        self.assertLessEqual(abs(mine(tally.tid, "wall") - ledger.lived_ns),
                             slack + 0.01 * ledger.lived_ns, ledger)

    def test_one_graph_has_both(self):
        recording, found, samples = self.record_kinds()
        tally = found["runqueue"]
        spun = [s for s in samples if s.labels["tid"] == tally.tid and tally.function in s.stack]
        self.assertTrue(any(s.values["cpu"] for s in spun))
        waited = [s for s in spun if s.values["runqueue"]]
        self.assertEqual({s.labels["class"] for s in waited}, {"preempted"})
        nanosleep = found["nanosleep"]
        slept = waiting.Waits([s for s in samples if s.labels.get("class")]).of(
            nanosleep.tid, nanosleep.function)
        self.assertGreaterEqual(slept.where(**{"class": "sleep"}).total(), 0.98 * nanosleep.sum_ns)
        self.assertLessEqual(slept.where(**{"class": "sleep"}).total(), 1.02 * nanosleep.sum_ns)
