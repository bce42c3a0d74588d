# SPDX-License-Identifier: GPL-2.0-or-later
"""Files in every format: other readers see in them what ours shows, and the same input gives the
same bytes, wherever and whenever. Needs no privileges."""

import os
import re
import shutil

import support

# Recursion, and functions that are both leaf and caller.
FOLDED = ("app;main;work;hot 400\napp;main;work;hot;deep;hot 150\napp;main;work;hot;deep 50\n"
          "app;main;work;warm 300\napp;main;work 20\napp;main;entry;io 80\n")
WHOLE = 1000
SELF = {"hot": 550, "deep": 50, "warm": 300, "work": 20, "io": 80}
TOTAL = {"app": 1000, "main": 1000, "work": 920, "hot": 600, "deep": 200, "warm": 300,
         "entry": 80, "io": 80}
FORMATS = ("svg", "html", "folded", "txt", "md", "pb.gz", "speedscope.json")


class Formats(support.Case):
    def setUp(self):
        super().setUp()
        (self.dir / "in.folded").write_text(FOLDED)

    def rows(self):
        """Of our table: {name: (self, total)}."""
        self.flametap("report", "in.folded", "-o", "o.txt")
        found = re.findall(r"(?m)^ +(\d+) +[\d.]+% +(\d+) +[\d.]+%  (\S+)$",
                           (self.dir / "o.txt").read_text())
        return {name: (int(own), int(total)) for own, total, name in found}

    def test_our_table(self):
        self.assertEqual(self.rows(), {name: (SELF.get(name, 0), TOTAL[name]) for name in TOTAL})

    def pprof(self, *options):
        run = self.run_command("go", "tool", "pprof", *options, "o.pb.gz", status=0,
                               env={"HOME": str(self.dir)}, timeout=120)
        return run.out

    def test_go_tool_pprof_agrees(self):
        if not shutil.which("go"):
            self.skipTest("go is not installed")
        self.flametap("report", "in.folded", "-o", "o.pb.gz")
        top = re.findall(r"(?m)^ +(\d+) +[\d.]+% +[\d.]+% +(\d+) +[\d.]+%  (\S+)$",
                         self.pprof("-top", "-nodefraction=0"))
        self.assertEqual({name: (int(own), int(total)) for own, total, name in top}, self.rows())
        # What calls hot, and what it calls: "150 27.27% | deep", the callers first.
        peek = self.pprof("-peek", "^hot$", "-nodefraction=0")
        before, after = re.split(r"(?m)^ +550 .*\| *hot$|^ +550 +[\d.]+%.* 600 .*hot$", peek)[:2]
        callers = dict((name, int(n)) for n, name in re.findall(r"(\d+) +[\d.]+% \| +(\w+)", before))
        callees = dict((name, int(n)) for n, name in re.findall(r"(\d+) +[\d.]+% \| +(\w+)", after))
        self.assertEqual(callers, {"work": 600, "deep": 150}, peek)
        self.assertEqual(callees, {"deep": 200}, peek)
        self.assertIn(str(WHOLE), peek)

    def test_round_trips(self):
        """From folded stacks through each format that can be read, and back."""
        self.flametap("report", "in.folded", "-o", "0.folded", "-o", "0.pb.gz")
        for number, extension in enumerate(("svg", "html", "pb.gz", "speedscope.json", "svg")):
            with self.subTest(extension):
                self.flametap("report", f"{number}.folded", "-o", f"x.{extension}")
                self.flametap("report", f"x.{extension}", "-o", f"{number + 1}.folded")
                self.assertEqual((self.dir / f"{number + 1}.folded").read_bytes(),
                                 (self.dir / "0.folded").read_bytes())
        for extension in ("svg", "html"):
            self.flametap("report", "0.pb.gz", "-o", f"y.{extension}")
            self.flametap("report", f"y.{extension}", "-o", "y.pb.gz")
            self.assertEqual((self.dir / "y.pb.gz").read_bytes(),
                             (self.dir / "0.pb.gz").read_bytes())

    def test_same_input_same_bytes(self):
        """In another time zone and locale, from an older file of another name."""
        (self.dir / "other").write_text(FOLDED)
        os.utime(self.dir / "other", (1000000000, 1000000000))
        for number, (name, env) in enumerate((
                ("in.folded", {"TZ": "UTC"}),
                ("other", {"TZ": "Asia/Kathmandu", "LC_ALL": "de_DE.UTF-8",
                           "SOURCE_DATE_EPOCH": "1"}))):
            outputs = [word for e in FORMATS for word in ("-o", f"{number}.{e}")]
            self.flametap("report", name, *outputs, env=env)
        for extension in FORMATS:
            self.assertEqual((self.dir / f"0.{extension}").read_bytes(),
                             (self.dir / f"1.{extension}").read_bytes(), extension)


class Recorded(support.BpfCase):
    def test_tags_and_top_of_a_recording(self):
        """Processes as `pprof -tags` has them are the roots of our stacks."""
        if not shutil.which("go"):
            self.skipTest("go is not installed")
        recording = self.record("--", support.workload("kernel_work"), 0.3)
        run = self.run_command("go", "tool", "pprof", "-tags", recording.path("pb.gz"), status=0,
                               env={"HOME": str(self.dir)}, timeout=120)
        block = run.out.split(" comm:")[1].split("\n\n")[0]
        tags = {name: int(float(n)) for n, name in
                re.findall(r"(?m)^ +([\d.]+) \( *[\d.]+%\): (.+?)\s*$", block)}
        roots = {}
        for frames, count in recording.folded.lines:
            roots[frames[0]] = roots.get(frames[0], 0) + count
        self.assertEqual(tags, roots, run.out)
        back = self.flametap("report", recording.path("pb.gz"), "-o", "t.html")
        self.flametap("report", "t.html", "-o", "t.pb.gz")
        self.assertEqual((self.dir / "t.pb.gz").read_bytes(), recording.path("pb.gz").read_bytes(),
                         back)


if __name__ == "__main__":
    support.unittest.main()
