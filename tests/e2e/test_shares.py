# SPDX-License-Identifier: GPL-2.0-or-later
"""Work of known shares is reported with these shares, and all accounts of it agree."""

import re

import support

HZ = 999
SHARES = {"sixty": 0.60, "thirty": 0.30, "ten": 0.10}


def text_functions(text):
    """The rows of a .txt: {function: (self samples, total samples)}."""
    rows = {}
    # Samples have columns of their own where the first ones are seconds.
    first, further = ((r"[\d.]+", r"(\d+)\s+(\d+)\s\s") if "self samples" in text else
                      (r"(\d+)", ""))
    for line in text.splitlines():
        match = re.match(rf"\s*{first}\s+[\d.]+%\s+{first}\s+[\d.]+%\s\s\s*{further}(.*)", line)
        if match:
            rows.setdefault(match[3].split("  ")[0], (int(match[1]), int(match[2])))
    return rows


class Shares(support.BpfCase):
    def assert_is_share(self, recording):
        """covered is what the samples stand for, of the CPU time that the kernel accounts."""
        stats = recording.stats
        self.assert_close(stats["covered"],
                          stats["samples"] / HZ / stats["target_cpu_seconds"], 0.2)

    def assert_cpu_time(self, recording, cpu_seconds):
        samples = recording.stats["samples"]
        self.assert_ticks(recording, samples, cpu_seconds, 2, HZ)
        self.assertEqual(recording.stats["lost"]["total"], 0)
        self.assert_cpu_seconds(recording, cpu_seconds, 1)
        self.assert_is_share(recording)

    def test_three_functions(self):
        recording = self.record("-F", HZ, "-e", "cpu-clock", "--", support.workload("shares"), 5)
        folded = recording.folded
        for name, share in SHARES.items():
            self.assert_share(folded.share(name), share)
        full = folded.matching(r"shares;(.*;)?main;work;(sixty|thirty|ten)(;.*)?")
        self.assertGreaterEqual(full, 0.99 * folded.total(), folded.lines[:20])
        self.assert_cpu_time(recording, recording.run.values()["cpu_seconds"])

    def test_refined_while_recording(self):
        """The files show a part; the figures are those of the recording."""
        run = self.flametap("cpu", "-F", HZ, "-e", "cpu-clock", "--focus", "^sixty$", "-o", "o.folded",
                            "-o", "o.pb.gz", "--stats", "o.json", "--", support.workload("shares"), 1)
        recording = support.Recording(self.dir, "o", run)
        folded = recording.folded
        self.assertEqual(folded.with_frame("sixty"), folded.total())
        self.assertEqual(recording.pprof.total("samples"), folded.total())
        samples = recording.stats["samples"]
        self.assertEqual(int(recording.quality["samples"]), samples)
        self.assert_share(folded.total() / samples, SHARES["sixty"], 6)
        self.assertNotIn("thirty", run.err)

    def test_four_threads(self):
        recording = self.record("-F", HZ, "-e", "cpu-clock", "--", support.workload("threads4"), 4)
        folded = recording.folded
        for name, share in {"forty": .4, "thirty": .3, "twenty": .2, "ten": .1}.items():
            self.assert_share(folded.share(name), share)
        full = folded.matching(r"threads4;(.*;)?run;(forty|thirty|twenty|ten)(;.*)?")
        self.assertGreaterEqual(full, 0.98 * folded.total(), folded.lines[:20])
        self.assert_cpu_time(recording, recording.run.values()["cpu_seconds"])

    def test_threads_by_name(self):
        recording = self.record("-F", HZ, "--threads", "--", support.workload("threads4"), 1)
        tids = recording.run.values()
        for name, function, share in (("t40", "forty", .4), ("t30", "thirty", .3),
                                      ("t20", "twenty", .2), ("t10", "ten", .1)):
            thread = f"{name} ({tids[name]})"
            inside = recording.folded.matching(rf"threads4;{re.escape(thread)};(.*;)?{function}(;.*)?")
            self.assert_share(inside / recording.folded.total(), share, 4)

    def test_a_running_process(self):
        target = self.start("shares", 0)
        pid = target.value("pid")
        recording = self.record_busy(pid, "-F", HZ, "-e", "cpu-clock", "-p", pid, seconds=2)
        for name, share in SHARES.items():
            self.assert_share(recording.folded.share(name), share, 3)
        self.assert_covered(recording)

    def test_bursts_print_sampled_and_exact_seconds(self):
        """Under a millisecond, sampling sees less than the kernel accounts, and says so."""
        run_args = ("-F", HZ, "-e", "cpu-clock", "--", support.workload("bursts"), 3)
        recording = self.record(*run_args)
        exact = recording.run.values()["cpu_seconds"]
        sampled = recording.stats["samples"] / HZ
        self.assert_cpu_seconds(recording, exact, 2)
        self.assert_close(recording.stats["sampled_seconds"], sampled, 2)
        self.assert_is_share(recording)
        if recording.stats["covered"] < 0.98:
            said = [float(number) for number in re.findall(r"(\d+\.\d+) ?s\b", recording.run.err)]
            for figure in (recording.stats["target_cpu_seconds"], sampled):
                self.assertTrue(any(abs(number - figure) <= 0.006
                                    for number in said), (figure, recording.run.err))

    def assert_taken_over(self, recording):
        """All is missed that was used before events on every CPU took over, and little after it."""
        said = re.findall(r"events on every CPU took over after (\d+\.\d+) s", recording.run.err)
        self.assertEqual(len(said), 1, recording.run)
        used = recording.stats["target_cpu_seconds"]
        seen = max(used - float(said[0]) - recording.stolen, 0) / used
        self.assertGreater(recording.stats["covered"], 0.9 * seen, recording.run)
        self.assertLess(recording.stats["covered"], 1.05 + recording.stolen / used, recording.run)

    def test_threads_shorter_than_a_tick(self):
        """An event that begins anew with each thread never sees them; those on every CPU do."""
        recording = self.record("-F", HZ, "-e", "cpu-clock", "--",
                                support.workload("short_threads"), 3)
        self.assert_taken_over(recording)
        self.assert_cpu_seconds(recording, recording.run.values()["cpu_seconds"], 2)
        self.assertEqual(set(recording.folded.roots()), {"short_threads"})
        self.assertGreater(recording.folded.with_frame("piece"), 0.6 * recording.folded.total())

    def test_bystanders_of_short_threads_are_no_target(self):
        self.start("shares", 0).value("pid")
        other = self.start("short_threads", 0.1)
        target = self.start("short_threads", 100)
        pid = target.value("pid")
        other.value("pid")
        recording = self.record_busy(pid, "-F", HZ, "-e", "cpu-clock", "-p", pid, "--per-pid",
                                     seconds=1.5)
        self.assert_taken_over(recording)
        self.assertEqual(set(recording.folded.roots()), {f"short_threads ({pid})"})

    def test_long_threads_stay_with_events_of_their_own(self):
        recording = self.record("-F", HZ, "-e", "cpu-clock", "--", support.workload("threads4"), 3)
        self.assertNotIn("events on every CPU", recording.run.err)

    def test_kernel_time(self):
        recording = self.record("-F", HZ, "--", support.workload("kernel_work"), 1)
        folded = recording.folded
        below = folded.matching(r"kernel_work;(.*;)?main;fill;.+")
        self.assertGreater(below, 0.9 * folded.total(), folded.lines[:10])
        self.assertGreater(folded.count(lambda frames: any("read_zero" in f for f in frames)),
                           0.8 * folded.total(), folded.lines[:10])

    def test_user_only_and_kernel_only_keep_all_samples(self):
        for option, frame, gone in (("--user-only", "[kernel]", "read_zero"),
                                    ("--kernel-only", "[user]", "fill")):
            with self.subTest(option=option):
                recording = self.record("-F", HZ, option, "--", support.workload("kernel_work"), 1)
                folded = recording.folded
                self.assert_ticks(recording, folded.total(),
                                  recording.run.values()["cpu_seconds"], 3, HZ)
                self.assertGreater(folded.with_frame(frame), 0.9 * folded.total(), folded.lines[:9])
                self.assertEqual(folded.with_frame(gone), 0)

    def test_deep_stacks(self):
        """400 frames of recursion, all of them there: bpf_get_stack() would stop at 127."""
        recording = self.record("-F", HZ, "--", support.workload("deep"), 1)
        full = recording.folded.count(
            lambda frames: frames.count("down") == 400 and "bottom" in frames
            and "main" in frames)
        self.assertGreaterEqual(full, 0.98 * recording.folded.total())


class Pprof(support.BpfCase):
    def test_go_tool_pprof_agrees_with_the_text(self):
        recording = self.record("-F", HZ, "--", support.workload("shares"), 2)
        rows = text_functions(recording.text)
        run = self.run_command("go", "tool", "pprof", "-top", "-sample_index=samples",
                               recording.path("pb.gz"), status=0,
                               env={"HOME": str(self.dir), "PPROF_TMPDIR": str(self.dir)})
        self.assertNotRegex(run.err + run.out, r"(?i)warning|not available|error|fail")
        listed = {}
        for line in run.out.splitlines():
            match = re.fullmatch(r"\s*(\d+)\s+[\d.]+%\s+[\d.]+%\s+(\d+)\s+[\d.]+%\s+(.*)", line)
            if match:
                listed[match[3].replace(" (inline)", "")] = (int(match[1]), int(match[2]))
        for name in ("sixty", "thirty", "ten", "work", "main"):
            self.assertIn(name, listed, run)
            self.assertEqual(listed[name], rows.get(name), f"{name}\n{run}\n{recording.text}")
        # The same order of the same functions, where counts do not tie.
        top = sorted((name for name in rows if rows[name][0] > 20), key=lambda n: -rows[n][0])
        self.assertEqual([name for name in listed if listed[name][0] > 20], top)

    def test_labels(self):
        recording = self.record("-F", HZ, "--", support.workload("threads4"), 0.5)
        values = recording.run.values()
        self.assertEqual({sample.labels.get("pid") for sample in recording.pprof.samples},
                         {values["pid"]})
        tids = {sample.labels.get("tid") for sample in recording.pprof.samples}
        self.assertLessEqual({values[name] for name in ("t40", "t30", "t20", "t10")}, tids)


class Report(support.BpfCase):
    def test_a_recording_read_back_gives_the_same_files(self):
        recording = self.record("-F", HZ, "--", support.workload("shares"), 0.5)
        self.flametap("report", recording.path("pb.gz"), "-o", "again.folded", "-o", "again.svg",
                      "-o", "again.txt", "-o", "again.pb.gz")
        for extension in ("folded", "svg", "txt", "pb.gz"):
            self.assertEqual((self.dir / f"again.{extension}").read_bytes(),
                             recording.path(extension).read_bytes(), extension)

    def test_names_can_come_later(self):
        recording = self.record("-F", HZ, "--no-symbols", "--", support.workload("shares"), 1)
        self.assertEqual(recording.folded.with_frame("sixty"), 0)
        self.flametap("report", recording.path("pb.gz"), "-o", "later.folded")
        later = support.Folded((self.dir / "later.folded").read_text())
        self.assertEqual(later.total(), recording.folded.total())
        for name, share in SHARES.items():
            self.assert_share(later.share(name), share, 4)

    def test_recordings_add_up(self):
        one = self.record("-F", HZ, "--", support.workload("shares"), 0.3)
        two = self.record("-F", HZ, "--", support.workload("threads4"), 0.3)
        self.flametap("report", one.path("pb.gz"), two.path("pb.gz"), "-o", "sum.folded")
        both = support.Folded((self.dir / "sum.folded").read_text())
        self.assertEqual(both.total(), one.folded.total() + two.folded.total())
        self.assertEqual(both.roots()["shares"], one.folded.total())


class Own(support.BpfCase):
    def test_peak_memory_is_its_own(self):
        """Not that of what has started it."""
        ballast = b"x" * (400 << 20)
        recording = self.record("--", support.workload("shares"), 0.2)
        self.assertEqual(len(ballast), 400 << 20)
        self.assertGreater(recording.stats["peak_rss_bytes"], 5 << 20)
        self.assertLess(recording.stats["peak_rss_bytes"], 200 << 20)
