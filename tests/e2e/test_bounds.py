# SPDX-License-Identifier: GPL-2.0-or-later
"""More stacks than there is room for: the lightest are cut short, no time is lost, and it is said how
much is cut."""

import support

WAITS = support.workload("distinct_waits")
NOTE = "[too many stacks]"


class TooManyStacks(support.BpfCase):
    def record_waits(self, *args):
        self.n_recordings += 1
        name = f"out{self.n_recordings}"
        run = self.flametap("offcpu", *self.outputs(name), *args, "--", WAITS, "2000",
                            env={"FLAMETAP_TEST_STACKS": "1000"}, status=0)
        return support.Recording(self.dir, name, run)

    def assert_nothing_is_lost(self, recording):
        pprof, waits = recording.pprof, recording.stats["waits"]
        self.assertEqual(sum(sample.values["offcpu"] for sample in pprof.samples),
                         recording.stats["total_weight"])
        self.assertAlmostEqual(recording.stats["total_weight"] / 1e9, waits["offcpu_seconds"],
                               delta=1e-6 * waits["offcpu_seconds"] + 1e-6)

    def test_stacks(self):
        recording = self.record_waits()
        self.assert_nothing_is_lost(recording)
        cut = recording.stats["shortened_weight"]
        self.assertGreater(cut, 0)
        self.assertEqual(recording.stats["shortened_wakers_weight"], 0)
        folded = [frames for frames, _ in recording.folded.lines if NOTE in frames]
        # The outer frames are there, and what the wait was for.
        self.assertTrue(any("main" in stack and stack[-1] == "[pipe]" and
                            stack.index("main") < stack.index(NOTE) for stack in folded), folded)
        self.assertRegex(recording.run.err, r"stacks: there were too many .*\[too many stacks\]")
        share = float(recording.quality["shortened"].rstrip("%"))
        self.assertAlmostEqual(share, 100 * cut / recording.stats["total_weight"],
                               delta=0.11)

    def test_wakers(self):
        recording = self.record_waits("--wakers")
        self.assert_nothing_is_lost(recording)
        self.assertGreater(recording.stats["shortened_wakers_weight"], 0)
        self.assertIn("shortened-wakers", recording.quality)
