# SPDX-License-Identifier: GPL-2.0-or-later
"""flametap calibrate, and gate --self-test: what they say and leave behind. How noisy the machine
is decides over their figures, and over none of these tests."""

import re

import support
import test_ab

PERCENT = r"(?:[\d.]+ %|-)"
NEEDED = r"(?:\d+ in \d+:\d\d|-)"


class Base(test_ab.Ab):
    def calibrate(self, *args, prefix=None, **options):
        (self.dir / "tmp").mkdir(exist_ok=True)
        return self.flametap("calibrate", *args, prefix=self.prefix if prefix is None else prefix,
                             env={"TMPDIR": str(self.dir / "tmp")}, **options)


class Calibrate(Base):
    def test_without_profiles(self):
        run = self.calibrate("--cmd", "true", "--pairs", 3, "-q")
        self.assertRegex(run.out, r"\A3 pairs of runs of one command: [\d.]+ s of CPU time each, ")
        for line in (rf"noise     CPU time varies by {PERCENT} from run to run",
                     rf"drift     [-+][\d.]+ % from the first run to the last, \+- {PERCENT}",
                     r"samples   none: functions cannot be seen",
                     rf"the program +{PERCENT} +{PERCENT}",
                     r"time that takes +\d+:\d\d +\d+:\d\d",
                     r"what it takes to see a regression of so much of the program's cost:",
                     r" +1 % +2 % +5 %$",
                     rf"pairs, the program( +({NEEDED})){{3}}$",
                     rf"- more pairs: --pairs 32 --max-pairs 32 would see {PERCENT} of the "):
            self.assertRegex(run.out, rf"(?m)^{line}")
        self.assertNotIn("a function of", run.out)
        self.assertNotIn("pairs of runs of ", run.out.partition("\n")[2])
        self.assertEqual(list((self.dir / "tmp").iterdir()), [])

    def test_runs_are_kept(self):
        """Both sides are the command."""
        self.calibrate("--cmd", "echo did 5", "--pairs", 3, "--ops-from", "did (.*)", "-o", "kept")
        manifest = self.manifest("kept")
        self.assertEqual(manifest["base"], manifest["head"])
        self.assertEqual(len(self.counted(manifest)), 6)
        self.assertEqual((manifest["first_pairs"], manifest["max_pairs"]), (3, 3))

    def test_failing_command(self):
        run = self.calibrate("--cmd", "exit 3", "-q", status=2)
        self.assertIn("ended with status 3", run.err.splitlines()[-1])
        self.assertEqual(run.out, "")
        self.assertEqual(list((self.dir / "tmp").iterdir()), [])

    def test_wrong(self):
        for args, words in (((), ["no command"]), (("--cmd", " "), ["--cmd", "is empty"]),
                            (("--cmd", "a", "--base", "b"), ["--base", "no such option"])):
            with self.subTest(args):
                run = self.flametap("calibrate", *args, status=2)
                self.assert_one_line(run, *words)


class Recorded(support.BpfCase, Base):
    def setUp(self):
        Base.setUp(self)
        self.prefix = ()

    def test_functions(self):
        """By page faults, of which each run has the same number on every machine."""
        run = self.calibrate(*support.FAULTS, "--cmd", support.workload("fork_chain"), "--pairs", 3)
        self.assertRegex(run.out, r"(?m)^samples   \d{4,} a run; the variance of functions is "
                                  r"[\d.]+ times what samples explain \(phi, of \d+ functions\)$")
        for share in (20, 5, 1):
            self.assertRegex(run.out, rf"(?m)^a function of {share} % +{PERCENT} +{PERCENT}$")
        self.assertRegex(run.out, rf"(?m)^pairs, a function of 5 %( +({NEEDED})){{3}}$")
        self.assertRegex(run.out, r"(?m)^or 16 pairs of runs of( +([\d.e+-]+ s|-)){3}$")


class SelfTest(support.BpfCase, Base):
    """The noise of the machine decides over the comparisons of runs, not over those of made-up
    numbers, and not over what is said of the outcome."""

    def setUp(self):
        Base.setUp(self)
        self.prefix = ()

    def assert_outcome(self, run):
        self.assertNotIn("flametap:", run.err)
        if run.status:
            self.assertEqual(run.status, 1, run)
            self.assertRegex(run.out, r"(?m)^FAIL  ")
            self.assertRegex(run.out, r"(?m)^the gate does not decide as it must")
        else:
            self.assertNotRegex(run.out, r"(?m)^FAIL")
            self.assertRegex(run.out, r"(?m)^the gate fails where it must, and only there")

    def test_of_the_gate(self):
        (self.dir / "tmp").mkdir()
        run = self.flametap("gate", "--self-test", status=None,
                            env={"TMPDIR": str(self.dir / "tmp"), "FLAMETAP_TEST_RUN_MS": "30"})
        self.assertEqual(run.out.splitlines()[:3],
                         ["ok    made-up numbers, a function of 5 % that is 50 % slower: FAIL",
                          "ok    made-up numbers, nothing slower: PASS",
                          "ok    made-up numbers, that function 50 % faster: PASS"])
        self.assertRegex(run.out, r"(?m)^(ok  |FAIL)  a program with a function that is 15 % "
                                  r"slower: \w+, the program [-+][\d.]+ % \([-+][\d.]+ to [-+][\d.]+\)$")
        self.assertRegex(run.out, r"(?m)^(ok  |FAIL)  and that function is named: ")
        self.assertRegex(run.out, r"(?m)^(ok  |FAIL)  the same program twice: ")
        self.assert_outcome(run)
        self.assertEqual(list((self.dir / "tmp").iterdir()), [])

    def test_of_a_directory(self):
        chain = support.workload("fork_chain")
        self.ab(*support.FAULTS, "--pairs", 8, "--max-pairs", 8, base=chain, head=chain)
        run = self.flametap("gate", "ab", "--self-test", status=None)
        self.assertRegex(run.out, r"\A(ok|FAIL)  with the head brought to the base's mean: ")
        rows = re.findall(r"(?m)^ +([\d.]+) % +(\+\d+ %|no)  (\S+)", run.out)
        self.assertEqual(len(rows), 3, run)
        self.assertEqual(len({name for _, _, name in rows}), 3, run)
        self.assertFalse(run.err, run)
        self.assertIn(run.status, (0, 1), run)
        again = self.flametap("gate", "ab", "--self-test", status=run.status)
        self.assertEqual(again.out, run.out)

    def test_that_cannot_be(self):
        run = self.flametap("gate", "--self-test", "--base", "a", status=2)
        self.assert_one_line(run, "--self-test")
        self.ab("--pairs", 2, prefix=test_ab.NO_RIGHTS)
        run = self.flametap("gate", "ab", "--self-test", status=2)
        self.assert_one_line(run, "ab: has no profiles")
