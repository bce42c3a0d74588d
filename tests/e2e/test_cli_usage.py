# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong usage: one clear line and status 2, before anything is recorded or written. Needs no
privileges."""

import os

import support


class Usage(support.Case):
    def refuse(self, *args, words=(), **options):
        run = self.flametap(*args, status=2, **options)
        self.assert_one_line(run, *words)
        self.assertEqual(run.out, "", run)
        self.assertEqual(os.listdir(self.dir), [], run)
        return run

    def test_alone(self):
        """Ten lines with three examples."""
        run = self.flametap()
        lines = run.out.splitlines()
        self.assertEqual(len(lines), 10, run)
        self.assertEqual(sum("  sudo flametap " in line for line in lines), 3, run)
        self.assertEqual(run.err, "", run)
        self.assertLessEqual(max(map(len, lines)), 100)
        self.assertEqual(self.flametap("--help").out, run.out)

    def test_version(self):
        expected = self.flametap("--version").out
        self.assertRegex(expected, r"^flametap \d+\.\d+\.\d+\n$")
        for verb in ("cpu", "offcpu", "wall", "report", "diff", "ab", "gate", "calibrate", "symbolize", "doctor"):
            self.assertEqual(self.flametap(verb, "--version").out, expected)

    def test_verbs(self):
        self.refuse("cpi", words=["cpi", "no such verb"])
        self.refuse("-p", "1", words=["-p", "a verb comes first"])

    def test_targets(self):
        for args, words in (
            ((), ["no target"]),
            (("-p", "1", "-a"), ["-p", "-a", "two targets"]),
            (("-t", "1", "-C", "x"), ["-t", "-C", "two targets"]),
            (("-p", "1", "--", "true"), ["-p", "-- CMD", "two targets"]),
            (("--",), ["no command"]),
            (("true",), ["true", "--"]),
            (("-p", "0"), ["-p 0"]),
            (("-p", "x"), ["-p x"]),
            (("-p", "1,,2"), ["-p 1,,2"]),
        ):
            with self.subTest(args=args):
                self.refuse("cpu", *args, words=words)

    def test_values(self):
        for args, words in (
            (("-F", "0"), ["-F 0"]),
            (("-F", "1e9"), ["-F 1e9"]),
            (("-F", "1000000000"), ["-F 1000000000"]),
            (("-F", "99", "-c", "1"), ["-F", "-c"]),
            (("-c", "0"), ["-c 0"]),
            (("-d", "-1"), ["-d -1"]),
            (("-d", "0"), ["-d 0"]),
            (("-d", "soon"), ["-d soon"]),
            (("-d",), ["-d", "missing"]),
            (("-e", "nothing"), ["-e nothing"]),
            (("--unwind", "magic"), ["--unwind magic"]),
            (("--stack-copy", "much"), ["--stack-copy much"]),
            (("--min-quality", "101"), ["--min-quality 101"]),
            (("--zork",), ["--zork", "flametap cpu --help"]),
            (("--focus", "a(b"), ["--focus a(b", "no regular expression", "character 4"]),
            (("--time", "soon"), ["--time soon"]),
            (("--time", "5..2"), ["--time 5..2"]),
            (("--min-share", "101"), ["--min-share 101"]),
            (("--min-share", "few"), ["--min-share few"]),
            (("--user-only", "--kernel-only"), ["--user-only", "--kernel-only"]),
        ):
            with self.subTest(args=args):
                self.refuse("cpu", "-a", *args, words=words)

    def test_frequency_above_the_kernels_limit(self):
        path = "/proc/sys/kernel/perf_event_max_sample_rate"
        with open(path, encoding="ascii") as file:
            limit = int(file.read())
        if not 0 < limit < 1000000:
            self.skipTest(f"the limit is {limit}")
        self.refuse("cpu", "-a", "-F", limit + 1,
                    words=[f"-F {limit + 1}", limit,
                           f"sysctl -w kernel.perf_event_max_sample_rate={limit + 1}"])

    def test_outputs(self):
        for args, words in (
            (("-o", "a.png"), ["a.png", ".svg", ".html", ".folded", ".txt", ".md", ".pb.gz", ".speedscope.json"]),
            (("-o", "a"), ["a", "extension"]),
            (("-f", "png", "-o", "a"), ["png", "svg"]),
            (("-f", "svg"), ["-f svg"]),
            (("-o", "a.svg", "-o", "a.svg"), ["a.svg", "twice"]),
            (("-o", "a.svg", "-o", "./a.svg"), ["a.svg", "twice"]),
            (("-o", "a.svg", "--stats", "a.svg"), ["--stats a.svg"]),
            (("-o", "-", "-o", "-"), ["-o -", "twice"]),
        ):
            with self.subTest(args=args):
                self.refuse("cpu", "-a", *args, words=words)

    def test_hostile_words(self):
        """What was typed comes back in the message; the terminal is not harmed by it."""
        run = self.refuse("cpu", "-o", "\x1b]0;title\x07\n\x1b[31m", "-a")
        self.assertTrue(all(c >= " " for c in run.err.rstrip("\n")), run)

    def test_full_standard_output(self):
        """Help that did not arrive is no success."""
        run = self.run_command("sh", "-c", f"{support.FLAMETAP} cpu --help > /dev/full", status=1)
        self.assert_one_line(run, "space")
        run = self.run_command("sh", "-c", f"{support.FLAMETAP} --version >&-", status=1)
        self.assert_one_line(run, "descriptor")
        run = self.run_command("sh", "-c", f"{support.FLAMETAP} cpu --help | true", status=0)
        self.assertEqual(run.err, "", run)
