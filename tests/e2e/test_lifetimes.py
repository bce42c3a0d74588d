# SPDX-License-Identifier: GPL-2.0-or-later
"""Threads and processes that come, go, turn into others and leave their number behind."""

import re
import time
from pathlib import Path

import support
from support import FAULTS


class Threads(support.BpfCase):
    def test_short_threads_and_a_leader_that_is_gone(self):
        folded = self.record(*FAULTS, "--", support.workload("thread_exits"), 0).folded
        self.assert_faults(folded.with_frame("orphan_thread"))
        self.assert_faults(folded.with_frame("short_thread"), 50)

    def test_ticks_of_short_threads_and_a_leader_that_is_gone(self):
        recording = self.record("--", support.workload("thread_exits"), 1)
        self.assert_ticks(recording, recording.folded.total(),
                          recording.run.values()["cpu_seconds"], 3)
        self.assert_ticks(recording, recording.folded.with_frame("orphan_thread"), 1, 3)

    def test_attach_to_a_process_whose_leader_is_gone(self):
        target = self.start("thread_exits", 60)
        pid = target.value("pid")
        while "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]:
            time.sleep(0.02)
        recording = self.record_busy(pid, "-p", pid, seconds=1)
        self.assertGreater(recording.folded.total(), 100)
        self.assertGreater(recording.folded.share("orphan_thread"), 0.97)
        self.assert_covered(recording)

    def test_a_thread_that_exits(self):
        target = self.start_waiting("threads4", 2)
        tid = target.value("t10")
        # It ends with the thread.
        recording = self.record_from_start(target.pid, "-d", "inf", "-t", tid)
        self.assertGreater(recording.folded.total(), 100)
        self.assertGreater(recording.folded.share("ten"), 0.97, recording.folded.lines[:10])
        self.assertEqual({sample.labels["tid"] for sample in recording.pprof.samples}, {tid})


class Processes(support.BpfCase):
    def test_exit_of_the_target_ends_the_recording(self):
        target = self.start_waiting("shares", 0.5)
        recording = self.record_from_start(target.pid, "-d", "inf", "-p", target.pid)
        self.assertGreater(recording.folded.total(), 100)

    def test_exec_while_attached(self):
        target = self.start_waiting("exec_first", 0, support.workload("exec_second"), 0,
                                    support.workload("exec_third"), 0)
        recording = self.record_from_start(target.pid, *FAULTS, "-d", "inf", "-p", target.pid)
        folded = recording.folded
        for which in ("first", "second", "third"):
            self.assert_faults(folded.with_frame(f"{which}_image"))
            self.assertEqual(folded.matching(rf"exec_{which};(.*;)?{which}_image(;.*)?"),
                             folded.with_frame(f"{which}_image"))

    def test_a_pid_that_is_used_again(self):
        target = self.start_waiting("pid_reuse", 0)
        child = target.value("child")
        recording = self.record_from_start(child, *FAULTS, "-d", "inf", "-p", child)
        target.wait()
        self.assertEqual(target.values()["same_pid"], 1)
        self.assert_faults(recording.folded.with_frame("first_life"))
        self.assertEqual(recording.folded.with_frame("second_life"), 0)

    def test_a_pid_that_is_used_again_by_a_descendant(self):
        recording = self.record(*FAULTS, "--per-pid", "--", support.workload("pid_reuse"), 0)
        values = recording.run.values()
        self.assertEqual(values["same_pid"], 1)
        root = f"pid_reuse \\({values['child']}\\)"
        for name in ("first_life", "second_life"):
            self.assert_faults(recording.folded.matching(rf"{root};(.*;)?{name}(;.*)?"))

    def test_a_chain_of_forks(self):
        """Each process's parent is gone before it is; CMD's descendants are followed."""
        # cat ends when the last of them has.
        recording = self.record(*FAULTS, "--", "/bin/sh", "-c",
                                f"{support.workload('fork_chain')} | cat")
        for number in range(1, 6):
            # Twice each: once before and once after the next one was born, which works elsewhere.
            innermost = recording.folded.count(
                lambda frames, n=number: [f for f in frames if f.startswith("link_")][-1:]
                == [f"link_{n}"])
            self.assert_faults(innermost, 2)


class Follow(support.BpfCase):
    def check_idle_parent(self, target, until):
        recording = self.record_from_start(target.pid, "-d", "inf", "-p", target.pid, until=until)
        self.assertEqual(recording.folded.with_frame("child_work"), 0)
        said = [line for line in recording.run.err.splitlines() if "--follow" in line]
        self.assertEqual(len(said), 1, recording.run)
        match = re.search(rf"{target.pid} was idle; its (\d+) children used (\d+\.\d) s; "
                          "add --follow", said[0])
        self.assertTrue(match, said[0])
        return int(match[1]), float(match[2])

    def test_an_idle_parent_is_told(self):
        target = self.start_waiting("idle_parent", 2, 600)
        children, seconds = self.check_idle_parent(target, lambda: target.value("done"))
        self.assertEqual(children, 8)
        self.assert_close(seconds, 2, 6)

    def test_an_idle_parent_that_ended_is_told(self):
        self.check_idle_parent(self.start_waiting("idle_parent", 2), None)

    def test_follow(self):
        target = self.start_waiting("idle_parent", 0)
        recording = self.record_from_start(target.pid, *FAULTS, "-d", "inf", "--follow", "-p",
                                           target.pid)
        self.assertNotIn("add --follow", recording.run.err)
        self.assert_faults(recording.folded.with_frame("child_work"), 8)

    def test_follow_takes_existing_children_too(self):
        parent = self.start("/bin/sh", "-c", f"{support.workload('shares')} 0 & wait")
        child = parent.value("pid")
        self.assertNotEqual(child, parent.pid)
        recording = self.record_busy(child, "--follow", "--per-pid", "-p", parent.pid, seconds=1)
        self.assertGreater(recording.folded.roots().get(f"shares ({child})", 0), 100)
        self.assert_covered(recording)
