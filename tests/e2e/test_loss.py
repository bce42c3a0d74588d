# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens when there is more than the buffers hold: nothing is lost in silence, and
nothing is taken for something else."""

import support

N = 100_000
RING_BYTES = 16384
FAULTS = ("-e", "page-faults", "-c", 1)


def walked(frames):
    """The number whose bits the calls of left and right spell, or None for another stack."""
    if frames[-1] != "touch" or "tree" not in frames:
        return None
    calls = frames[frames.index("tree") + 1:-1]
    if len(calls) != 17 or set(calls) - {"left", "right"}:
        return None
    return int("".join("1" if call == "right" else "0" for call in calls), 2)


class DistinctStacks(support.BpfCase):
    def test_100000_stacks(self):
        """Each of the stacks that are walked is there once, and no other one is."""
        recording = self.record(*FAULTS, "--", support.workload("distinct_stacks"), N, timeout=120)
        self.assertEqual(recording.stats["lost"]["total"], 0)
        self.assertEqual(recording.stats["lost_stacks"], 0)
        seen = {}
        others = []
        for frames, count in recording.folded.lines:
            number = walked(frames)
            if number is None:
                others.append((frames, count))
            else:
                seen[number] = seen.get(number, 0) + count
        self.assertEqual(sum(count for frames, count in others if "touch" in frames), 0, others[:5])
        self.assertEqual(len(seen), N)
        self.assertEqual(set(seen), set(range(N)))
        self.assertEqual(set(seen.values()), {1})


class TinyRing(support.BpfCase):
    """With a ring buffer of the size that the environment says (for tests only)."""

    def tiny(self, *args, **options):
        return self.record(*args, env={"FLAMETAP_TEST_RING_BYTES": str(RING_BYTES)}, timeout=120, **options)

    def test_reported_plus_lost_is_taken(self):
        recording = self.tiny(*FAULTS, "--", support.workload("distinct_stacks"), N)
        lost = recording.stats["lost"]["total"]
        self.assertGreater(lost, 100)  # or the buffer was not tiny
        # Known from the workload: N faults, and those of starting up.
        taken = recording.stats["samples"] + lost
        self.assertGreaterEqual(taken, N)
        self.assertLess(taken, N + 1000)
        self.assertEqual(recording.folded.total(), recording.stats["samples"])
        for frames, count in recording.folded.lines:
            number = walked(frames)
            if number is not None:
                self.assertEqual((count, number < N), (1, True), frames)

    def test_a_dropped_stack_comes_when_it_is_seen_again(self):
        """1,000 stacks, 50 times over: what was dropped the first time is not lost for good."""
        recording = self.tiny(*FAULTS, "--", support.workload("distinct_stacks"), 1000, 50)
        self.assertGreater(recording.stats["lost_stacks"] + recording.stats["lost"]["total"], 100)
        seen = {walked(frames) for frames, _ in recording.folded.lines} - {None}
        self.assertEqual(seen, set(range(1000)))


class Remaps(support.BpfCase):
    """Moved mappings have a small ring buffer of their own, which a flood of them fills."""

    def test_those_of_the_target_that_found_no_room_are_told(self):
        n = 100_000
        recording = self.record("--", support.workload("remaps"), n)
        lost = recording.stats["lost_remaps"]
        self.assertGreater(lost, 0, recording.run)
        self.assertLess(lost, n)
        self.assertEqual(int(recording.quality["lost-remaps"]), lost)

    def test_those_of_others_take_no_room(self):
        self.start(support.workload("remaps"), 0)
        target = self.start(support.workload("shares"), 0)
        for option in ("-p", "-t"):
            with self.subTest(option):
                recording = self.record(option, target.pid, "-d", 1)
                self.assertEqual(recording.stats["lost_remaps"], 0, recording.run)
                self.assertGreater(recording.stats["samples"], 10)
        recording = self.record("--", support.workload("fixed_work"))
        self.assertEqual(recording.stats["lost_remaps"], 0, recording.run)


class Copies(support.BpfCase):
    def test_copies_whose_samples_were_lost_are_told(self):
        """The copies' ring buffer has room where that of the samples has none. A copy waits for its
        sample for two to four seconds."""
        command = (f"{support.workload('distinct_stacks')} 20000; "
                   f"sleep 5; exec {support.workload('distinct_stacks')} 10")
        recording = self.record(*FAULTS, "--unwind", "copy", "--stack-copy", 4096, "--", "sh", "-c",
                                command, env={"FLAMETAP_TEST_RING_BYTES": "4096"}, timeout=120)
        copies, lost = recording.stats["copies"], recording.stats["lost"]["total"]
        self.assertGreater(lost, 100, recording.run)
        self.assertGreater(copies["forgotten"], 0, recording.run)
        self.assertLessEqual(copies["unwound"] + copies["forgotten"], copies["taken"])
        self.assertLessEqual(copies["forgotten"], lost)
