# SPDX-License-Identifier: GPL-2.0-or-later
"""Names come from the image that ran, whatever became of its file or its address since."""

import os
import re
import shutil

import support
from support import FAULTS


class ShortLived(support.BpfCase):
    def test_500_processes(self):
        recording = self.record("-F", 999, "--annotate", "--", support.workload("spawner"),
                                support.workload("short5ms"), 500, timeout=120)
        ran = recording.run.values()
        self.assertEqual(ran["sh"] + ran["true"] + ran["program"], 500)

        # Each run of the C program takes five samples or so: all of them are there, by pid.
        pids = {sample.labels["pid"] for sample in recording.pprof.samples
                if "burn" in sample.stack}
        self.assertEqual(len(pids), ran["program"])

        # User samples: those that did not interrupt the kernel (in exec, in page faults, ...).
        mine = [(frames, count) for frames, count in recording.folded.lines
                if frames[0] == "short5ms" and not frames[-1].endswith("_[k]")]
        user = sum(count for _, count in mine)
        # Events on every CPU, which take over here, see how it starts up, too: that has names as well.
        unnamed = [(frames, count) for frames, count in mine
                   if "burn" not in frames and any(frame.startswith("[") for frame in frames)]
        named = user - sum(count for _, count in unnamed)
        self.assertGreaterEqual(user, ran["program"] * 4)
        self.assertGreaterEqual(named, 0.95 * user, unnamed[:40])
        self.assertGreaterEqual(sum(count for frames, count in mine if "burn" in frames),
                                0.85 * user)

    def test_every_exec_is_seen(self):
        recording = self.record("-v", "-F", 999, "--", support.workload("spawner"),
                                support.workload("short5ms"), 500, timeout=120)
        seen = re.search(r"\b(\d+) execs\b", recording.run.err)
        # 500 programs and the command itself; the machine may have had others.
        self.assertGreaterEqual(int(seen[1]), 501, recording.run)


class Vanished(support.BpfCase):
    def copy(self):
        shutil.copy2(support.workload("vanish"), self.dir / "vanish")
        shutil.copy2(support.workload("vanish_other"), self.dir / "other")
        return str(self.dir / "vanish")

    def assert_original(self, recording, share=0.98):
        folded = recording.folded
        self.assertGreaterEqual(folded.with_frame("original_code"), share * folded.total(),
                                folded.lines[:20])
        self.assertEqual(folded.with_frame("replacing_code"), 0)

    def test_deleted_while_recording(self):
        recording = self.record("--", self.copy(), 1)
        self.assertFalse(os.path.exists(self.dir / "vanish"))
        self.assert_original(recording, 0.97)

    def test_replaced_while_recording(self):
        recording = self.record("--", self.copy(), 1, self.dir / "other")
        self.assertFalse(os.path.exists(self.dir / "other"))
        self.assert_original(recording, 0.97)

    def test_deleted_before_recording(self):
        target = self.start(self.copy(), 600)
        pid = target.value("pid")
        os.unlink(self.dir / "vanish")
        self.assert_original(self.record_busy(pid, "-p", pid))

    def test_replaced_before_recording(self):
        target = self.start(self.copy(), 600)
        pid = target.value("pid")
        os.rename(self.dir / "other", self.dir / "vanish")
        self.assert_original(self.record_busy(pid, "-p", pid))

    def test_overwritten_after_exit(self):
        """The report is made after the process: the file it ran from is another by then."""
        path = self.copy()
        script = f'"$1" 1; cp --remove-destination other vanish'
        recording = self.record("--", "/bin/sh", "-c", script, "sh", path)
        folded = recording.folded
        self.assertGreater(folded.with_frame("original_code"), 700)
        self.assertGreater(folded.with_frame("original_code"), 0.7 * folded.total())
        self.assertEqual(folded.with_frame("replacing_code"), 0)


class SameAddress(support.BpfCase):
    def test_dlopen_of_another_library(self):
        recording = self.record(*FAULTS, "--", support.workload("dlopen_swap"),
                                support.workload("libswap_a.so"), support.workload("libswap_b.so"),
                                0)
        self.assertEqual(recording.run.values()["same_address"], 1)
        for name in ("spin_a", "spin_b"):
            self.assert_faults(recording.folded.with_frame(name))

    def test_dlopen_of_another_library_while_attached(self):
        target = self.start_waiting("dlopen_swap", support.workload("libswap_a.so"),
                                    support.workload("libswap_b.so"), 0)
        recording = self.record_from_start(target.pid, *FAULTS, "-d", "inf", "-p", target.pid)
        self.assertEqual(target.wait(), 0)
        self.assertEqual(target.values()["same_address"], 1)
        for name in ("spin_a", "spin_b"):
            self.assert_faults(recording.folded.with_frame(name))

    def test_exec_of_another_program(self):
        recording = self.record(*FAULTS, "--", support.workload("exec_first"), 0,
                                support.workload("exec_second"), 0,
                                support.workload("exec_third"), 0)
        folded = recording.folded
        for which in ("first", "second", "third"):
            count = folded.matching(rf"exec_{which};(.*;)?{which}_image(;.*)?")
            self.assert_faults(count)
            self.assertEqual(folded.with_frame(f"{which}_image"), count)


class Names(support.BpfCase):
    def test_mangled(self):
        recording = self.record("--", support.workload("mangled_names"), 1)
        for name in ("ns::Widget<int>::spin(long)", "mycrate::engine::run", "mycrate::fast_path",
                     "mymodule.spin(char)"):
            self.assert_share(recording.folded.share(name), 1 / 4, 4)
        system_names = {value.decode(errors="replace") for value in recording.pprof.strings}
        self.assertIn("_ZN2ns6WidgetIiE4spinEl", system_names)

    def test_hostile(self):
        """Attacks in names reach no parser: each file is still well-formed."""
        recording = self.record("--", support.workload("hostile_names"), 1.4)
        folded = recording.folded  # parsed line by line: one bad line fails
        # Seven equal parts; a semicolon becomes a colon, and at the end of a stack a number after
        # a space would be taken for a count.
        for names in ({"<script>alert(1)</script>"}, {"a:b 5", "a:b_5"}, {"x&amp:y]]>'z'"},
                      {"L" * 50000}):
            share = folded.count(lambda frames, n=names: n & set(frames)) / folded.total()
            self.assert_share(share, 1 / 7, 4)
        for extension in ("folded", "txt", "svg"):
            data = recording.path(extension).read_bytes()
            data.decode("utf-8")  # raises on invalid UTF-8
            self.assertNotIn(b"\x1b", data)
            self.assertNotIn("\u202e".encode(), data)
        self.assertNotIn("\x1b", recording.run.err)
        self.assertNotIn("\u202e", recording.run.err)

        svg = recording.path("svg")
        self.run_command("xmllint", "--noout", "--nonet", "--huge", svg, status=0)
        self.assertNotIn(b"<script>alert", svg.read_bytes())
        self.run_command("go", "tool", "pprof", "-top", recording.path("pb.gz"), status=0,
                         env={"HOME": str(self.dir)})
        # And once more through the readers.
        for source in ("folded", "pb.gz"):
            self.flametap("report", recording.path(source), "-o", "again.svg", "-o", "again.folded")
            self.run_command("xmllint", "--noout", "--nonet", "--huge", "again.svg", status=0)
            again = support.Folded((self.dir / "again.folded").read_text())
            self.assertEqual(again.total(), folded.total())

    def test_kernel_frames_are_named(self):
        recording = self.record("--", support.workload("kernel_work"), 0.5)
        self.assertEqual([frames for frames, _ in recording.folded.lines
                          if any("[kernel" in frame for frame in frames)], [])

    def test_vdso(self):
        recording = self.record("--", support.workload("vdso_work"), 1)
        in_vdso = recording.folded.count(
            lambda frames: frames[-1] in ("__vdso_clock_gettime", "clock_gettime"))
        self.assertGreater(in_vdso, 0.8 * recording.folded.total(), recording.folded.lines[:10])
        self.assertGreater(recording.folded.with_frame("__vdso_clock_gettime"),
                           0.5 * recording.folded.total(), recording.folded.lines[:10])

    def test_vdso_cannot_be_named_later(self):
        self.flametap("cpu", "-q", "-F", 999, "--no-symbols", "-o", "r.pb.gz", "--",
                      support.workload("vdso_work"), 0.5)
        run = self.flametap("report", "r.pb.gz", "-o", "-")
        self.assertEqual(run.err, "")
        folded = support.Folded(run.out)
        self.assertGreater(folded.matching(r".*;__vdso_[a-z_]+(;.*)?"), 0.3 * folded.total(),
                           folded.lines[:20])

    def test_stripped_code_is_one_box_a_function(self):
        """Without symbols the frame is [module+start of function], as .eh_frame tells it."""
        shutil.copy2(support.workload("shares"), self.dir / "stripped")
        addresses = {}
        listing = self.run_command("nm", self.dir / "stripped", status=0).out
        for line in listing.splitlines():
            words = line.split()
            addresses[words[-1]] = words[0]
        self.run_command("strip", self.dir / "stripped", status=0)
        recording = self.record("--", self.dir / "stripped", 1)
        for name, share in (("sixty", .6), ("thirty", .3), ("ten", .1)):
            frame = f"[stripped+0x{int(addresses[name], 16):x}]"
            self.assert_share(recording.folded.share(frame), share, 4)
