# SPDX-License-Identifier: GPL-2.0-or-later
"""Threads and processes that come, go, turn into others and leave their number behind."""

import re
import time
from pathlib import Path

import support


class Threads(support.BpfCase):
    def test_short_threads_and_a_leader_that_is_gone(self):
        stolen = support.stolen_seconds()
        recording = self.record("--", support.workload("thread_exits"), 1)
        stolen = support.stolen_seconds() - stolen
        folded = recording.folded
        cpu_seconds = recording.run.values()["cpu_seconds"]
        self.assert_close(folded.total(), 999 * cpu_seconds, 3)
        orphan = folded.with_frame("orphan_thread")
        # The thread's clock stands still while the host has its CPU; the tick comes all the same.
        extra = min(max(orphan - 999, 0), 999 * stolen)
        self.assert_close(orphan - extra, 999 * 1.0, 3)
        self.assert_close(folded.with_frame("short_thread"), 999 * 0.5, 4)

    def test_attach_to_a_process_whose_leader_is_gone(self):
        target = self.start("thread_exits", 3)
        pid = target.value("pid")
        while "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]:
            time.sleep(0.02)
        recording = self.record("-d", 1, "-p", pid)
        self.assertGreater(recording.folded.total(), 100)
        self.assertGreater(recording.folded.share("orphan_thread"), 0.97)
        self.assert_close(recording.stats["covered"], 1, 2)

    def test_a_thread_that_exits(self):
        target = self.start("threads4", 4)
        tid = target.value("t10")
        started = time.monotonic()
        recording = self.record("-d", 20, "-t", tid)
        self.assertLess(time.monotonic() - started, 10)  # ended with the thread
        self.assertGreater(recording.folded.total(), 100)
        self.assertGreater(recording.folded.share("ten"), 0.97, recording.folded.lines[:10])
        self.assertEqual({sample.labels["tid"] for sample in recording.pprof.samples}, {tid})


class Processes(support.BpfCase):
    def test_exit_of_the_target_ends_the_recording(self):
        target = self.start("shares", 1)
        started = time.monotonic()
        recording = self.record("-d", 30, "-p", target.value("pid"))
        self.assertLess(time.monotonic() - started, 10)
        self.assertGreater(recording.folded.total(), 100)

    def test_exec_while_attached(self):
        target = self.start_waiting("exec_first", 0.5, support.workload("exec_second"), 1,
                                    support.workload("exec_third"), 0.5)
        recording = self.record_from_start(target.pid, "-d", 30, "-p", target.pid)
        folded = recording.folded
        self.assert_close(folded.with_frame("first_image"), 499, 5)
        self.assert_close(folded.with_frame("second_image"), 999, 5)
        self.assert_close(folded.with_frame("third_image"), 499, 5)
        for which in ("first", "second", "third"):
            self.assertEqual(folded.matching(rf"exec_{which};(.*;)?{which}_image(;.*)?"),
                             folded.with_frame(f"{which}_image"))

    def test_a_pid_that_is_used_again(self):
        target = self.start_waiting("pid_reuse", 1)
        child = target.value("child")
        recording = self.record_from_start(child, "-d", 30, "-p", child)
        target.wait()
        self.assertEqual(target.values()["same_pid"], 1)
        self.assert_close(recording.folded.with_frame("first_life"), 999, 4)
        self.assertEqual(recording.folded.with_frame("second_life"), 0)

    def test_a_pid_that_is_used_again_by_a_descendant(self):
        recording = self.record("--per-pid", "--", support.workload("pid_reuse"), 1)
        values = recording.run.values()
        self.assertEqual(values["same_pid"], 1)
        root = f"pid_reuse \\({values['child']}\\)"
        for name in ("first_life", "second_life"):
            self.assert_close(recording.folded.matching(rf"{root};(.*;)?{name}(;.*)?"), 999, 4)

    def test_a_chain_of_forks(self):
        """Each process's parent is gone before it is; CMD's descendants are followed."""
        # cat ends when the last of them has.
        recording = self.record("--", "/bin/sh", "-c", f"{support.workload('fork_chain')} | cat")
        for number in range(1, 6):
            # 100 ms each: 50 of its own, 50 after the next one was born, which burns elsewhere.
            innermost = recording.folded.count(
                lambda frames, n=number: [f for f in frames if f.startswith("link_")][-1:]
                == [f"link_{n}"])
            self.assert_close(innermost, 100, 12)


class Follow(support.BpfCase):
    def check_idle_parent(self, target, until):
        recording = self.record_from_start(target.pid, "-d", 30, "-p", target.pid, until=until)
        self.assertEqual(recording.folded.with_frame("child_work"), 0)
        said = [line for line in recording.run.err.splitlines() if "--follow" in line]
        self.assertEqual(len(said), 1, recording.run)
        match = re.search(rf"{target.pid} was idle; its (\d+) children used (\d+\.\d) s; "
                          "add --follow", said[0])
        self.assertTrue(match, said[0])
        return int(match[1]), float(match[2])

    def test_an_idle_parent_is_told(self):
        target = self.start_waiting("idle_parent", 2, 60)
        children, seconds = self.check_idle_parent(target, lambda: target.value("done"))
        self.assertEqual(children, 8)
        self.assert_close(seconds, 2, 6)

    def test_an_idle_parent_that_ended_is_told(self):
        self.check_idle_parent(self.start_waiting("idle_parent", 2), None)

    def test_follow(self):
        target = self.start_waiting("idle_parent", 2)
        recording = self.record_from_start(target.pid, "-d", 30, "--follow", "-p", target.pid)
        self.assertNotIn("add --follow", recording.run.err)
        self.assert_close(recording.folded.with_frame("child_work"), 999 * 2, 4)

    def test_follow_takes_existing_children_too(self):
        parent = self.start("/bin/sh", "-c", f"{support.workload('shares')} 0 & wait")
        child = parent.value("pid")
        self.assertNotEqual(child, parent.pid)
        recording = self.record("-d", 1, "--follow", "--per-pid", "-p", parent.pid)
        self.assertGreater(recording.folded.roots().get(f"shares ({child})", 0), 100)
        self.assert_close(recording.stats["covered"], 1, 2)
