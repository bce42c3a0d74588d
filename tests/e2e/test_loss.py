# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens when there is more than the buffers hold: nothing is lost in silence, and
nothing is taken for something else. Flametap stands still while a buffer is filled, so that how
much is lost does not depend on who is faster."""

import os
import signal
import time

import support
from support import FAULTS

N = 100_000
SMALL_RING_BYTES = 16384
REMAP_RING_BYTES = 1 << 20  # bpf/sampler.bpf.c
COPY_RING_BYTES = 8 << 20  # profiler/capture.c
# bpf/sample.h
SAMPLE_BYTES, REMAP_BYTES, COPY_BYTES, PAGE_BYTES = 112, 48, 168, 24 + 4096
RECORD_HEADER_BYTES = 8
# When it prints and when it ends a workload takes a few page faults more.
SOME_FAULTS = 1000


def fitting(ring_bytes, *record_bytes):
    """How many records of that size, or sets of records, a ring buffer has room for, where the
    reader stands still: one byte of it stays free."""
    each = sum(size + RECORD_HEADER_BYTES for size in record_bytes)
    return (ring_bytes - 1) // each


def walked(frames):
    """The number whose bits the calls of left and right spell, or None for another stack."""
    if frames[-1] != "touch" or "tree" not in frames:
        return None
    calls = frames[frames.index("tree") + 1:-1]
    if len(calls) != 17 or set(calls) - {"left", "right"}:
        return None
    return int("".join("1" if call == "right" else "0" for call in calls), 2)


def counts_of(recording):
    """How many samples each of the walked stacks has."""
    counts = {}
    for frames, count in recording.folded.lines:
        number = walked(frames)
        if number is not None:
            counts[number] = counts.get(number, 0) + count
    return counts


def ring(size):
    return {"FLAMETAP_TEST_RING_BYTES": str(size)}


class DistinctStacks(support.BpfCase):
    def test_100000_stacks(self):
        """Each of the stacks that are walked is there once, and no other one is. The buffer has
        room for all of them, for a machine on which flametap does not get to run meanwhile."""
        recording = self.record(*FAULTS, "--", support.workload("distinct_stacks"), N,
                                env=ring(64 << 20), timeout=120)
        self.assertEqual(recording.stats["lost"]["total"], 0)
        self.assertEqual(recording.stats["lost_stacks"], 0)
        others = [(frames, count) for frames, count in recording.folded.lines
                  if walked(frames) is None and "touch" in frames]
        self.assertEqual(others, [])
        seen = counts_of(recording)
        self.assertEqual(len(seen), N)
        self.assertEqual(set(seen), set(range(N)))
        self.assertEqual(set(seen.values()), {1})


class TinyRing(support.BpfCase):
    """With a ring buffer of the size that the environment says (for tests only)."""

    def record_waiting(self, workload, size, *args):
        return self.start_recording(*FAULTS, *self.outputs(), "-d", "inf", *args, "-p",
                                    workload.pid, env=dict(os.environ, **ring(size)))

    def test_reported_plus_lost_is_taken(self):
        """While flametap reads as fast as it can. How much is lost depends on the machine."""
        n = 30_000
        recording = self.record(*FAULTS, "--", support.workload("distinct_stacks"), n,
                                env=ring(SMALL_RING_BYTES), timeout=120)
        # Known from the workload: n faults, and those of starting up.
        taken = recording.stats["samples"] + recording.stats["lost"]["total"]
        self.assertGreaterEqual(taken, n)
        self.assertLess(taken, n + SOME_FAULTS)
        counts = counts_of(recording)
        self.assertLessEqual(set(counts), set(range(n)))
        self.assertLessEqual(set(counts.values()), {1})

    def test_what_found_no_room_is_told(self):
        """While flametap does not read at all: what the buffer holds is there, and not more."""
        n = 10_000
        workload = self.start_waiting("distinct_stacks", n)
        recorder = self.record_waiting(workload, SMALL_RING_BYTES)
        with self.standing_still(recorder):
            os.kill(workload.pid, signal.SIGUSR1)
            self.assertEqual(workload.wait(), 0)
        recording = self.finished(recorder)
        lost, samples = recording.stats["lost"]["total"], recording.stats["samples"]
        self.assertGreaterEqual(samples + lost, n)
        self.assertLess(samples + lost, n + SOME_FAULTS)
        self.assertGreater(samples, 0)
        self.assertLessEqual(samples, fitting(SMALL_RING_BYTES, SAMPLE_BYTES))
        counts = counts_of(recording)
        self.assertGreater(len(counts), 0)
        self.assertLessEqual(set(counts), set(range(n)))
        self.assertEqual(set(counts.values()), {1})

    def test_a_dropped_stack_comes_when_it_is_seen_again(self):
        """1,000 stacks, once while flametap stands still and again in pieces that it reads one by
        one: what was dropped the first time is not lost for good."""
        n, piece, size = 1000, 100, 65536
        workload = self.start_waiting("distinct_stacks", n, 2, piece)
        recorder = self.record_waiting(workload, size)
        with self.standing_still(recorder):
            for touched in range(piece, n + 1, piece):
                os.kill(workload.pid, signal.SIGUSR1)
                workload.value("touched", least=touched)
        for touched in range(n + piece, 2 * n + 1, piece):
            self.wait_for_reading(recorder)
            os.kill(workload.pid, signal.SIGUSR1)
            workload.value("touched", least=touched)
        self.assertEqual(workload.wait(), 0)
        recording = self.finished(recorder)
        lost = recording.stats["lost"]["total"]
        self.assertGreaterEqual(lost, n - fitting(size, SAMPLE_BYTES))
        self.assertLessEqual(lost, n + SOME_FAULTS)
        self.assertGreater(recording.stats["lost_stacks"], 0)
        counts = counts_of(recording)
        self.assertEqual(set(counts), set(range(n)))
        # The second time nothing was lost.
        self.assertLessEqual(set(counts.values()), {1, 2})
        self.assertEqual(sum(counts.values()),
                         n + sum(count == 2 for count in counts.values()))


class Remaps(support.BpfCase):
    """Moved mappings have a ring buffer of their own, which a flood of them fills."""

    n = 40_000

    def test_those_of_the_target_that_found_no_room_are_told(self):
        workload = self.start_waiting("remaps", self.n)
        recorder = self.start_recording(*self.outputs(), "-d", "inf", "-p", workload.pid)
        with self.standing_still(recorder):
            os.kill(workload.pid, signal.SIGUSR1)
            self.assertEqual(workload.wait(), 0)
        self.assertEqual(workload.values()["moves"], self.n)
        recording = self.finished(recorder)
        self.assertEqual(recording.stats["lost_remaps"],
                         self.n - fitting(REMAP_RING_BYTES, REMAP_BYTES), recording.run)
        self.assertEqual(int(recording.quality["lost-remaps"]), recording.stats["lost_remaps"])

    def test_those_of_others_take_no_room(self):
        for option in ("-p", "-t"):
            with self.subTest(option):
                others = self.start_waiting("remaps", self.n)
                target = self.start_waiting("shares", 0.5)
                recorder = self.start_recording(*self.outputs(), "-d", "inf", option, target.pid)
                with self.standing_still(recorder):
                    for process in (others, target):
                        os.kill(process.pid, signal.SIGUSR1)
                        self.assertEqual(process.wait(), 0)
                recording = self.finished(recorder)
                self.assertEqual(recording.stats["lost_remaps"], 0, recording.run)
                self.assertGreater(recording.stats["samples"], 10)
        self.start(support.workload("remaps"), 0)
        recording = self.record("--", support.workload("fixed_work"), 300)
        self.assertEqual(recording.stats["lost_remaps"], 0, recording.run)


class Copies(support.BpfCase):
    def test_copies_whose_samples_were_lost_are_told(self):
        """The copies' ring buffer has room where that of the samples has none. A copy waits for its
        sample for two to four seconds."""
        n, size = 10_000, 4096
        workload = self.start_waiting("distinct_stacks", n, 2, n)
        recorder = self.start_recording(*FAULTS, "--unwind", "copy", "--stack-copy", 4096,
                                        *self.outputs(), "-d", "inf", "-p", workload.pid,
                                        env=dict(os.environ, **ring(size)))
        with self.standing_still(recorder):
            os.kill(workload.pid, signal.SIGUSR1)
            workload.value("touched", least=n)
            time.sleep(0.01)  # by now all of it is older than the horizon
        for _ in range(2):
            self.wait_for_reading(recorder)
            time.sleep(2.1)
        self.wait_for_reading(recorder)
        workload.stop()
        recording = self.finished(recorder)
        copies, lost = recording.stats["copies"], recording.stats["lost"]["total"]
        # A page of each stack, and that below it.
        self.assertGreaterEqual(copies["taken"], fitting(COPY_RING_BYTES, COPY_BYTES, PAGE_BYTES,
                                                         PAGE_BYTES), recording.run)
        self.assertGreaterEqual(lost, n - fitting(size, SAMPLE_BYTES), recording.run)
        self.assertGreater(copies["unwound"], 0, recording.run)
        self.assertLessEqual(copies["unwound"], recording.stats["samples"], recording.run)
        self.assertEqual(copies["forgotten"], copies["taken"] - copies["unwound"], recording.run)
        self.assertLessEqual(copies["forgotten"], lost)
