# SPDX-License-Identifier: GPL-2.0-or-later
"""flametap gate on runs that are made up (gated.py): what cannot be relied on never passes, what is
accepted does not fail, and nobody is accused of what another has done. Needs no privileges."""

import contextlib
import datetime
import fcntl
import gzip
import json
import os
import pty
import random
import shutil
import struct
import subprocess
import termios

import gated
import pprof
import schemas
import support

TOTAL = "[total]\nlimit = 2%\n"
SLOWER = gated.changed(gated.PROGRAM, parse_header=1.5)


class Gate(support.Case):
    def gate(self, *args, **options):
        return self.flametap("gate", *args, **options)

    def make(self, name="runs", **what):
        return gated.Runs(self.dir / name, **what)

    def write(self, name, text):
        (self.dir / name).write_text(text)
        return name

    def findings(self, *args, status):
        """{name: finding of its total}, and the whole."""
        self.gate(*args, "-q", "--json", "gate.json", status=status)
        found = schemas.read_gate_json(self.dir / "gate.json")
        return {item["name"]: item for item in found["findings"] if item["of"] == "total"}, found

    def slower(self, *args, status):
        found, _ = self.findings(*args, status=status)
        return {name for name, item in found.items() if item["change"] == "slower"}


class FailClosed(Gate):
    """One line, status 2 or 4, and files that say the same to those who see nothing else."""

    FILES = ("--md", "gate.md", "--junit", "gate.xml", "--json", "gate.json")

    def refuse(self, status, *words, args=("runs",), files=True):
        run = self.gate(*args, *(self.FILES if files else ()), status=status)
        self.assert_one_line(run, *words)
        self.assertNotIn("PASS", run.err)
        self.assertEqual(run.out, "")
        if not files:
            return
        verdict = {2: "INVALID", 4: "INCOMPARABLE"}[status]
        found = schemas.read_gate_json(self.dir / "gate.json")
        self.assertEqual((found["verdict"], found["status"]), (verdict, status), run)
        (case,) = schemas.read_junit(self.dir / "gate.xml").iter("testcase")
        self.assertEqual([child.tag for child in case], ["error"])
        markdown = (self.dir / "gate.md").read_text()
        self.assertIn(verdict, markdown)
        self.assertNotIn("PASS", markdown)

    def test_directories_that_are_none(self):
        self.refuse(2, "manifest.json", "No such file")
        (self.dir / "runs").mkdir()
        self.refuse(2, "manifest.json", "No such file")
        self.write("file", "")
        self.refuse(2, "file", args=("file",))
        (self.dir / "runs" / "manifest.json").mkdir()
        self.refuse(2, "manifest.json", "regular file")

    def test_manifests(self):
        runs = self.make(pairs=8, last=8)
        whole = json.dumps(runs.manifest)
        path = self.dir / "runs" / "manifest.json"
        for text, word in (("", "manifest"), (whole[:-1], "manifest"), (whole[:200], "manifest"),
                           (whole.replace('"status": 0', '"status": 0, "extra": 1', 1), "extra"),
                           (whole.replace('"format": 1', '"format": 2', 1), "format"),
                           (whole.replace('"pair": 3', '"pair": 2', 1), "pair 2"),
                           (whole.replace('"cpu_ns": ', '"cpu_ns": -', 1), "manifest"),
                           (whole.replace('"file": "runs/', '"file": "/runs/', 1), "file"),
                           (whole.replace('"file": "runs/', '"file": "runs/../../', 1), "file")):
            with self.subTest(word=word, start=text[:40]):
                self.assertNotEqual(text, whole)
                path.write_text(text)
                self.refuse(2, word)

    def change_run(self, number, **what):
        runs = self.make(pairs=8, last=8)
        runs.manifest["runs"][number].update(what)
        runs.write()

    def test_a_run_that_failed(self):
        self.change_run(5, status=1)
        self.refuse(2, "run 5", "status 1")

    def test_a_run_that_failed_beside_the_pairs(self):
        """The head that crashes may be why there are no more pairs."""
        for warm_up in (False, True):
            runs = self.make(f"runs{warm_up}", pairs=8, last=16)
            run = {**runs.manifest["runs"][0], "number": 16, "pair": 0 if warm_up else 8,
                   "warm_up": warm_up, "status": 134, "profile": False, "file": ""}
            runs.manifest["runs"].append(run)
            runs.write()
            self.refuse(2, "run 16", "status 134", args=(f"runs{warm_up}",))

    def test_a_run_without_cpu_time(self):
        self.change_run(5, cpu_ns=0)
        self.refuse(2, "run 5", "no CPU time")

    def test_operations_that_do_not_parse(self):
        self.change_run(5, operations=0)
        self.refuse(4, "run 5", "operations", "--ops-from")

    def test_operations_that_cannot_be(self):
        """Nothing can be calculated from them, and a cost without bounds once was 100 % faster."""
        for operations in (1e-300, 1e300):
            shutil.rmtree(self.dir / "runs", ignore_errors=True)
            self.change_run(5, operations=operations)
            self.refuse(4, "run 5", "operations", "cannot be")

    def test_some_runs_without_a_profile(self):
        self.change_run(5, profile=False, file="")
        self.refuse(4, "1 of 16 runs have no profile")

    def test_pairs_that_are_missing(self):
        runs = self.make(pairs=8, last=8)
        del runs.manifest["runs"][4:6]
        for number, run in enumerate(runs.manifest["runs"]):
            run["number"] = number
        runs.write()
        self.refuse(2, "pair 2 is missing")
        runs.manifest["runs"] = []
        runs.write()
        self.refuse(2, "no pair")

    def test_profiles(self):
        runs = self.make(pairs=8, last=8)
        path = runs.path(3)
        whole = path.read_bytes()
        nothing = pprof.write({})
        for raw, word in ((None, "No such file"), (b"", path.name), (whole[:100], path.name),
                          (whole[:-9], path.name), (gzip.compress(b""), path.name),
                          (b"neither this nor that", path.name), (nothing, path.name)):
            with self.subTest(raw=raw and raw[:20]):
                path.unlink()
                if raw is not None:
                    path.write_bytes(raw)
                else:
                    path = path.parent / path.name
                self.refuse(2, path.name, word)
                path.touch()

    def put(self, number, **words):
        """A run of 16 is of other samples, or says something else of itself."""
        runs = self.make(pairs=8, last=8)
        samples = words.pop("samples", runs.samples[number])
        runs.path(number).write_bytes(gated.profile(samples, **words))

    def test_another_kernel(self):
        self.put(7, machine="Linux 6.6.0 x86_64")
        self.refuse(4, "machine or kernel", "6.6.0", "6.1.0")

    def test_another_architecture(self):
        self.put(7, machine="Linux 6.1.0 aarch64")
        self.refuse(4, "machine or kernel", "aarch64")

    def test_another_event(self):
        self.put(7, event="cycles")
        self.refuse(4, "event", "cycles", "cpu-clock")

    def test_another_frequency(self):
        self.put(7, hz=99)
        self.refuse(4, "rate", "99 Hz", "999 Hz")

    def test_lost_samples(self):
        self.put(7, lost=10000)
        self.refuse(4, "lost", "-F")

    def test_code_without_names(self):
        runs = self.make(pairs=8, last=8)
        for number, samples in enumerate(runs.samples):
            if runs.manifest["runs"][number]["side"] == "head":
                stacks = {stack[:-1] + ("0x4005d0",) if "draw_line" in stack else stack: n
                          for stack, n in samples.items()}
                runs.path(number).write_bytes(gated.profile(stacks))
        self.refuse(4, "head", "without names", "10 %", "--debug-dir")

    def test_mixed_builds(self):
        runs = self.make(pairs=8, last=8)
        number = next(run["number"] for run in runs.manifest["runs"][6:] if run["side"] == "head")
        for run, samples in enumerate(runs.samples):
            side = runs.manifest["runs"][run]["side"]
            runs.path(run).write_bytes(gated.built(gated.profile(samples), "/srv/prog",
                                                   "ab" * 20 if side == "base" else "cd" * 20))
        # The sides are of different builds, each is of one.
        self.gate("runs")
        runs.path(number).write_bytes(gated.built(gated.profile(runs.samples[number]), "/srv/prog",
                                                  "ab" * 20))
        self.refuse(4, "another build of /srv/prog", "one build a side")

    def test_a_run_twice(self):
        runs = self.make(pairs=8, last=8)
        for number, samples in enumerate(runs.samples):
            runs.path(number).write_bytes(gated.begun(gated.profile(samples), 10**18 + number))
        self.gate("runs")
        runs.path(9).write_bytes(runs.path(2).read_bytes())
        self.refuse(4, "the same recording", runs.path(2).name, runs.path(9).name)

    def test_two_runs_of_one_file(self):
        """Also where the profiles do not say when they began."""
        runs = self.make(pairs=8, last=8)
        runs.manifest["runs"][5]["file"] = runs.manifest["runs"][2]["file"]
        runs.write()
        self.refuse(2, "runs 2 and 5 in the same file")

    def test_the_file_of_another_run(self):
        """Two directories of ab that were thrown together, say."""
        samples = dict(self.make("other", pairs=8, last=8).samples[5])
        samples[("main", "read_input")] += 1
        self.put(5, samples=samples)
        self.refuse(2, "005-", "manifest.json says")

    def test_a_pipe_for_a_profile(self):
        """Nobody will ever write into it."""
        runs = self.make(pairs=8, last=8)
        runs.path(5).unlink()
        os.mkfifo(runs.path(5))
        self.refuse(2, runs.path(5).name, "no regular file")

    def test_budgets(self):
        self.make(pairs=8, last=8)
        accept = "[accept f]\nreason = r\n"
        for text, line, word in (
                ("[totl]\nlimit = 2%\n", 1, "totl"), ("[total]\nlimt = 2%\n", 2, "limt"),
                ("[total]\nlimit = 2\n", 2, "limit"), ("[total]\nlimit = two%\n", 2, "limit"),
                ("[total]\nlimit = -2%\n", 2, "limit"), ("[total]\n", 1, "limit"),
                ("[total]\nlimit = 2%\nlimit = 3%\n", 3, "already"),
                (TOTAL + TOTAL, 3, "already"), ("limit = 2%\n", 1, "section"),
                ("[function]\nlimit = 2%\n", 1, "name"), ("[total\nlimit = 2%\n", 1, "]"),
                ("[function f]\nlimit = 2%\n[function f]\nlimit = 3%\n", 3, "already"),
                ("[function /(/]\nlimit = 2%\n", 1, "expression"),
                ("[total]\nlimit = 1% of program\n", 2, "of program"),
                (accept + "until = 2027-02-30\n", 3, "no such day"),
                (accept + "until = tomorrow\n", 3, "no such day"), (accept, 1, "until"),
                ("[accept f]\nuntil = 2099-01-01\n", 1, "reason"),
                ("[offcpu]\ngate = maybe\n", 2, "maybe"), ("two percent\n", 1, "key = value")):
            with self.subTest(text=text):
                self.write("budget", text)
                self.refuse(2, f"budget:{line}: ", word, args=("runs", "--budget", "budget"),
                            files=line == 1)
        for raw, word in ((b"", "no section"), (b"# nothing\n", "no section"),
                          (b"\xff\xfe[\0t\0", "no text"), (None, "No such file")):
            with self.subTest(raw=raw):
                (self.dir / "budget").unlink(missing_ok=True)
                if raw is not None:
                    (self.dir / "budget").write_bytes(raw)
                self.refuse(2, "budget", word, args=("runs", "--budget", "budget"))

    def test_alpha(self):
        self.make(pairs=8, last=8)
        for alpha in ("0", "1", "-0.01", "0.3", "nan", "1%", "", "0.01x"):
            with self.subTest(alpha=alpha):
                self.refuse(2, "--alpha", args=("runs", f"--alpha={alpha}"), files=False)
        # So few pairs have no p as small as that: a PASS would be one that could not fail.
        self.refuse(2, "out of reach", args=("runs", "--alpha", "0.0001"))

    def test_words(self):
        self.make(pairs=8, last=8)
        for args, word in (((), "no runs"), (("runs", "runs"), "second directory"),
                           (("--base", "a"), "head"), (("runs", "--base", "a", "--head", "b"), "one"),
                           (("runs", "--paired"), "paired"),
                           (("--base", "a", "--head", "a"), "twice"),
                           (("--paired", "--base", "a", "b", "--head", "c"), "--paired"),
                           (("runs", "--inconclusive", "maybe"), "maybe")):
            with self.subTest(args=args):
                self.refuse(2, word, args=args, files=False)

    def test_a_budget_that_names_nothing_to_fail(self):
        """One that only accepts, or is about waiting, does not let the rest through."""
        self.make(head=SLOWER)
        for text in ("[accept draw_line]\nreason = r\nuntil = 2099-01-01\n", "[offcpu]\ngate = no\n"):
            with self.subTest(text=text):
                self.assertIn("parse_header", self.slower("runs", "--budget",
                                                          self.write("budget", text), status=1))

    def test_a_function_that_is_nowhere(self):
        """A name with a typo is no limit that is kept."""
        self.make()
        run = self.gate("runs", "--budget",
                        self.write("budget", "[function prase_header]\nlimit = 5%\n"), status=3)
        self.assertIn("INCONCLUSIVE", run.err)
        self.assertIn("prase_header", run.err)
        self.gate("runs", "--budget", "budget", "--inconclusive", "pass", status=3)

    def test_too_few_pairs_of_the_plan(self):
        self.make(pairs=3)
        run = self.gate("runs", status=3)
        self.assertRegex(run.err, r"INCONCLUSIVE.*3 pairs are too few; the plan has 8")
        self.gate("runs", "--inconclusive", "fail", status=1)
        # They are not open by noise, and whoever lets that pass would never hear of them.
        self.gate("runs", "--inconclusive", "pass", status=3)

    def test_noise_passes_where_that_is_wanted(self):
        self.make(noise=0.5)
        for words, status in (((), 3), (("pass",), 0), (("fail",), 1)):
            self.gate("runs", *(("--inconclusive", *words) if words else ()), status=status)


class Verdicts(Gate):
    def test_fail_and_pass(self):
        self.make(head=SLOWER)
        run = self.gate("runs", status=1)
        self.assertRegex(run.err, r"\Aflametap: FAIL: the program is \d")
        self.assertIn("where: parse_header", run.err)
        self.make("same", seed=3)
        run = self.gate("same")
        self.assertRegex(run.err, r"\Aflametap: PASS: ")
        self.assertIn("could have seen", run.err)

    def test_what_became_faster_accuses_nobody(self):
        """Its share shrinks, so all others' grow; their costs do not."""
        self.make(head=gated.changed(gated.PROGRAM, draw_line=0.5))
        found, whole = self.findings("runs", status=0)
        self.assertEqual(whole["verdict"], "PASS")
        self.assertEqual(found["draw_line"]["change"], "faster")
        self.assertEqual({name for name, item in found.items() if item["change"] == "slower"}, set())

    def test_more_work_of_the_same(self):
        """Twice as many operations in a run that takes twice as long: nothing has changed."""
        self.make(operations=(20, 40))
        self.assertEqual(self.slower("runs", status=0), set())

    def test_a_rename(self):
        self.make(head=gated.renamed(gated.PROGRAM, "draw_line", "draw_segment"))
        run = self.gate("runs", status=0)
        self.assertRegex(run.err, r"(?m)^perhaps renamed \(a guess.*\): draw_line -> draw_segment")
        self.assertRegex(run.err, r"(?m)^new: draw_segment$")
        self.assertRegex(run.err, r"(?m)^gone: draw_line$")

    def test_new_functions(self):
        self.make(head={**gated.PROGRAM, ("main", "render", "check_spelling"): 12})
        run = self.gate("runs", status=1)
        self.assertRegex(run.err, r"(?m)^new: check_spelling$")
        self.assertNotRegex(run.err, r"(?m)^gone:")
        self.assertRegex(run.err, r"(?m)^where: check_spelling\b")

    def test_vanished_functions(self):
        self.make(head={stack: ms for stack, ms in gated.PROGRAM.items() if stack[-1] != "read_input"})
        run = self.gate("runs", status=0)
        self.assertRegex(run.err, r"(?m)^gone: read_input$")
        self.assertNotIn("renamed", run.err)

    def test_nothing_to_compare(self):
        """One command twice, or two of one build: what was to be compared did not run."""
        runs = self.make(pairs=8, last=8)
        self.assertNotIn("same", self.gate("runs").err)
        builds = {"/lib/libc.so.6": "ab" * 20}
        runs.manifest["build_ids"] = {"base": {**builds, "/srv/old/prog": "cd" * 20},
                                      "head": {**builds, "/srv/new/prog": "cd" * 20}}
        runs.write()
        self.assertRegex(self.gate("runs").err, r"(?m)^note: all programs .* of the same builds")
        runs.manifest["build_ids"]["head"]["/srv/new/prog"] = "ef" * 20
        runs.write()
        self.assertNotIn("same", self.gate("runs").err)
        runs.manifest["head"] = runs.manifest["base"]
        runs.write()
        self.assertRegex(self.gate("runs").err, r"(?m)^note: base and head are the same command")

    def test_samples_of_something_else(self):
        """Of a process that lives on there are samples, and no CPU time; of short bursts, few."""
        for factor, words in ((2, r"only \d+ % of the (base|head)'s CPU time was sampled"),
                              (0.5, r"the (base|head) has samples of \d+ % of its CPU time"),
                              (1, None)):
            runs = self.make(f"runs{factor}", pairs=8, last=8)
            for run in runs.manifest["runs"]:
                run["cpu_ns"] = round(run["cpu_ns"] * factor)
            runs.write()
            notes = [line for line in self.gate(f"runs{factor}").err.splitlines()
                     if line.startswith("note: ")]
            self.assertEqual(len(notes), 2 if words else 0, notes)
            for note in notes:
                self.assertRegex(note, words)

    def test_functions_that_call_each_other(self):
        """Each is below the others somewhere, and the way down to the root frame has an end."""
        base = {(*(f"f{i * k % 97}" for k in range(200)), f"leaf{i}"): 1.0 for i in range(97)}
        self.make(base=base, head={stack: 1.2 * ms for stack, ms in base.items()}, pairs=8, last=8)
        self.assertRegex(self.gate("runs", status=1).err, r"(?m)^where: ")

    def test_no_profiles(self):
        """Without the rights to take samples the program is judged, and a function is not."""
        for name, head, status, verdict in (("slow", 1.2, 1, "FAIL"), ("same", 1, 0, "PASS")):
            with self.subTest(name=name):
                program = {stack: ms * head for stack, ms in gated.PROGRAM.items()}
                runs = self.make(name, head=program, seed=5)
                for run in runs.manifest["runs"]:
                    run.update(profile=False, file="", samples=0)
                runs.write()
                run = self.gate(name, status=status)
                self.assertIn(f"flametap: {verdict}: the program is", run.err)
                self.assertIn("functions: unavailable", run.err)
                self.assertIn("flametap doctor", run.err)
                # What a budget says of functions is open, then, and no PASS.
                run = self.gate(name, "--budget", self.write(
                    "budget", TOTAL + "[function parse_header]\nlimit = 5%\n" +
                    "[accept draw_line]\nreason = r\nuntil = 2099-01-01\n"),
                    status=1 if status else 3)
                self.assertIn("budget: parse_header: at most 5.0 % slower: not known", run.err)
                self.assertNotIn("draw_line", run.err)


class Budgets(Gate):
    def budget(self, text):
        return ("runs", "--budget", self.write("budget", text))

    @staticmethod
    def accept(name, days=30, reason="wanted: bug 4711"):
        until = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=days)
        return f"[accept {name}]\nreason = {reason}\nuntil = {until}\n"

    def test_accepted(self):
        self.make(head=SLOWER)
        limits = "[total]\nlimit = 1%\n[function parse_header]\nlimit = 5%\n"
        run = self.gate(*self.budget(limits), status=1)
        self.assertNotIn("accepted", run.err)
        run = self.gate(*self.budget(limits + self.accept("parse_header")), status=0)
        self.assertIn("wanted: bug 4711", run.err)
        self.assertIn("accepted", run.err)
        # Its callers are slower by that alone.
        found, _ = self.findings(*self.budget("[function /^/]\nlimit = 4% of program\n" +
                                              self.accept("parse_header")), status=0)
        self.assertTrue(found["parse_header"]["accepted"])
        # Theirs without it may be 3.05 %, at the noise of these runs: not shown to be kept, no FAIL.
        limit = "[function /^/]\nlimit = 3% of program\n"
        self.gate(*self.budget(limit), status=1)
        self.findings(*self.budget(limit + self.accept("parse_header")), status=3)

    def test_accepted_too_long_ago(self):
        self.make(head=SLOWER)
        limits = "[function parse_header]\nlimit = 5%\n"
        run = self.gate(*self.budget(limits + self.accept("parse_header", days=-2)), status=1)
        self.assertRegex(run.err, r"(?m)^note: \[accept parse_header\] ended on \d{4}-\d\d-\d\d")
        self.gate(*self.budget(limits + self.accept("parse_header", days=2)), status=0)

    def test_another_is_accepted(self):
        self.make(head=gated.changed(gated.PROGRAM, parse_header=1.5, draw_line=1.3))
        self.assertIn("draw_line", self.slower(
            *self.budget("[function /./]\nlimit = 5%\n" + self.accept("parse_header")), status=1))
        run = self.gate(*self.budget("[function draw_line]\nlimit = 5%\n" +
                                     self.accept("nobody")), status=1)
        self.assertRegex(run.err, r"(?m)^note: \[accept nobody\] names no function")

    def test_the_program_is_accepted(self):
        self.make(head=SLOWER)
        self.gate(*self.budget("[total]\nlimit = 1%\n"), status=1)
        self.gate(*self.budget("[total]\nlimit = 1%\n" + self.accept("total")), status=0)

    def test_a_new_function_is_accepted(self):
        """Its callers have got slower by it, and it has no cost before that it could be held to."""
        self.make(head={**gated.PROGRAM, ("main", "render", "check_spelling"): 12})
        self.gate("runs", status=1)
        run = self.gate(*self.budget(self.accept("check_spelling")), status=0)
        self.assertIn("wanted: bug 4711", run.err)
        self.assertNotIn("names no function", run.err)
        self.gate(*self.budget(self.accept("check_spelling", days=-2)), status=1)

    def test_what_is_left_of_an_accepted_change(self):
        """Under a limit it has to be shown to be kept, as without the function that is accepted."""
        slower = {stack: 1.04 * ms for stack, ms in gated.PROGRAM.items()}
        limit = "[total]\nlimit = 2%\n"
        self.make("rest", head=slower, noise=0.06, seed=1)
        self.gate("rest", *self.budget(limit)[1:], status=3)
        self.make(head=gated.changed(slower, parse_header=1.6), noise=0.06, seed=1)
        self.gate(*self.budget(limit), status=1)
        self.gate(*self.budget(limit + self.accept("parse_header")), status=3)

    def test_no_limit_and_too_much_noise(self):
        """Where nothing may get slower, and nothing that did would have been seen."""
        self.make(head=SLOWER, noise=0.8)
        self.gate(*self.budget("[function parse_header]\nlimit = 0%\n"), status=3)

    def test_limits_of_functions(self):
        self.make(head=SLOWER)  # by 50 % of its own cost, by 5 % of the program
        for text, status in (("[function parse_header]\nlimit = 5%\n", 1),
                             ("[function parse_header]\nlimit = 90%\n", 0),
                             ("[function /^parse_h/]\nlimit = 5%\n", 1),
                             ("[function draw_line]\nlimit = 20%\n", 0),
                             ("[function parse_header]\nlimit = 2% of program\n", 1),
                             ("[function parse_header]\nlimit = 9% of program\n", 0),
                             ("[function parse_header]\nlimit = 5%\nmin-share = 5%\n", 1),
                             ("[function parse_header]\nlimit = 5%\nmin-share = 50%\n", 0)):
            with self.subTest(text=text):
                run = self.gate(*self.budget(text), status=status)
                self.assertEqual("nothing of that name has its min-share" in run.err,
                                 "50%" in text, run)


class Waits(Gate):
    """Profiles with time off the CPU: 20 ms of it an operation, of the head 40."""

    TYPES = (("samples", "count"), ("cpu", "nanoseconds"), ("blocked", "nanoseconds"),
             ("runqueue", "nanoseconds"), ("waits", "count"))

    def make_waits(self, head):
        runs = self.make(pairs=16)
        rng = random.Random(7)
        for number, samples in enumerate(runs.samples):
            ms = {"base": 20, "head": head}[runs.manifest["runs"][number]["side"]]
            waiting = round(ms * 20 * gated.MS * rng.gauss(1, 0.01))
            runs.path(number).write_bytes(gated.waiting(samples, waiting))

    def test_advisory_unless_the_budget_says_so(self):
        self.make_waits(head=40)
        run = self.gate("runs")
        self.assertRegex(run.err, r"\Aflametap: PASS: ")
        self.assertRegex(run.err, r"(?m)^off the CPU \(decides nothing\): FAIL: .*waits .* longer")
        self.gate("runs", "--budget", self.write("budget", TOTAL + "[offcpu]\ngate = no\n"))
        self.gate("runs", "--budget",
                  self.write("budget", TOTAL + "[offcpu]\ngate = yes\nlimit = 500%\n"))
        run = self.gate("runs", "--budget",
                        self.write("budget", TOTAL + "[offcpu]\ngate = yes\nlimit = 10%\n"), status=1)
        self.assertRegex(run.err, r"\Aflametap: FAIL: ")
        self.assertRegex(run.err, r"(?m)^off the CPU: FAIL: ")

    def test_no_waits_to_gate(self):
        """A budget for what was not recorded is not kept."""
        self.make()
        run = self.gate("runs", "--budget",
                        self.write("budget", TOTAL + "[offcpu]\ngate = yes\nlimit = 10%\n"), status=2)
        self.assert_one_line(run, "budget: waiting is to decide")


class Files(Gate):
    """Profiles without a directory."""

    def write_runs(self, head, n=8, folded=False):
        rng = random.Random(11)
        names = {"base": [], "head": []}
        for k in range(n):
            for side, program in (("base", gated.PROGRAM), ("head", head)):
                samples, _, _ = gated.run_of(program, rng)
                name = f"{side}{k}.{'folded' if folded else 'pb.gz'}"
                if folded:
                    self.write(name, "".join(f"{';'.join(stack)} {n}\n" for stack, n in samples.items()))
                else:  # as others write it: no machine, no quality
                    (self.dir / name).write_bytes(pprof.write(samples))
                names[side].append(name)
        return names["base"], names["head"]

    def test_paired(self):
        for folded in (False, True):
            with self.subTest(folded=folded):
                base, head = self.write_runs(SLOWER, folded=folded)
                run = self.gate("--paired", "--base", *base, "--head", *head, status=1)
                self.assertRegex(run.err, r"\Aflametap: FAIL: ")
                self.assertIn("where: parse_header", run.err)
                self.assertRegex(run.err, r"(?m)^note: the profiles have no CPU time" if folded else
                                 r"(?m)^note: the CPU time is that of the profiles' own samples")
                base, head = self.write_runs(gated.PROGRAM, folded=folded)
                run = self.gate("--paired", "--base", *base, "--head", *head)
                self.assertRegex(run.err, r"\Aflametap: PASS: ")

    def test_no_verdict_without_pairs(self):
        base, head = self.write_runs(SLOWER)
        for args in (("--base", *base, "--head", *head), ("--base", base[0], "--head", head[0]),
                     ("--paired", "--base", base[0], "--head", head[0]),
                     ("--base", *base[:3], "--head", *head[:5])):
            for more in ((), ("--inconclusive", "pass"), ("--inconclusive", "fail")):
                run = self.gate(*args, *more, status=3)
                self.assertRegex(run.err, r"\Aflametap: INCONCLUSIVE: ")
                self.assertIn("parse_header", run.err)
                self.assertIn("next: let flametap ab make pairs", run.err)
        self.gate(*args, "--junit", "gate.xml", status=3)
        (case,) = schemas.read_junit(self.dir / "gate.xml").iter("testcase")
        self.assertEqual([child.tag for child in case], ["skipped"])

    def test_few_pairs(self):
        """So few cannot fail, and so must not pass."""
        base, head = self.write_runs(gated.PROGRAM, n=4)
        run = self.gate("--paired", "--base", *base, "--head", *head, status=2)
        self.assert_one_line(run, "INVALID", "out of reach", "at least 8 pairs")

    def test_one_side_of_another_kind(self):
        base, _ = self.write_runs(gated.PROGRAM)
        _, head = self.write_runs(gated.PROGRAM, folded=True)
        run = self.gate("--paired", "--base", *base, "--head", *head, status=4)
        self.assert_one_line(run, "INCOMPARABLE", "event")

    def test_a_difference_is_no_run(self):
        base, head = self.write_runs(gated.PROGRAM, folded=True)
        self.write(head[3], "main;parse 3000\nmain;render -2\n")
        run = self.gate("--paired", "--base", *base, "--head", *head, status=2)
        self.assert_one_line(run, head[3], "is a difference already")

    def test_values_beyond_all_numbers(self):
        base, head = self.write_runs(gated.PROGRAM, folded=True)
        for name in base + head:
            self.write(name, f"main;work {10 ** 17}\n")
        run = self.gate("--paired", "--base", *base, "--head", *head, status=2)
        self.assert_one_line(run, "base0.folded", "more than can be counted")

    def test_missing_and_broken(self):
        base, head = self.write_runs(gated.PROGRAM)
        for name, raw in (("nowhere.pb.gz", None), ("empty.pb.gz", b""), ("dir.pb.gz", "dir")):
            with self.subTest(name=name):
                if raw == "dir":
                    (self.dir / name).mkdir()
                elif raw is not None:
                    (self.dir / name).write_bytes(raw)
                run = self.gate("--paired", "--base", *base, "--head", *head[:-1], name, status=2)
                self.assert_one_line(run, name)

    GO = """
package work
import "testing"
//go:noinline
func mix(x uint64) uint64 { for i := 0; i < 400; i++ { x = x*6364136223846793005 + 1 }; return x }
//go:noinline
func mixAll(x uint64) uint64 { for i := 0; i < 100; i++ { x += mix(x) }; return x }
var sink uint64
func BenchmarkMix(b *testing.B) { for i := 0; i < b.N; i++ { sink += mixAll(uint64(i)) } }
"""

    def test_go(self):
        """Real profiles of go test -cpuprofile: costs are what a reader of one's own adds up."""
        if not shutil.which("go"):
            self.skipTest("go is not installed")
        self.write("go.mod", "module example.com/work\ngo 1.19\n")
        self.write("work_test.go", self.GO)
        self.run_command("go", "test", "-c", "-o", "work.test", ".", status=0,
                         env={"GOFLAGS": "-mod=mod", "GOCACHE": str(self.dir / "cache"),
                              "HOME": str(self.dir)})
        costs = {"base": [], "head": []}
        for name in ("base0", "head0", "base1", "head1"):
            self.run_command("./work.test", "-test.run", "none", "-test.bench", ".",
                             "-test.benchtime", "0.4s", "-test.cpuprofile", f"{name}.prof", status=0)
            samples = pprof.Profile((self.dir / f"{name}.prof").read_bytes()).samples
            costs[name[:4]].append(sum(sample.values["cpu"] for sample in samples
                                       if "example.com/work.mixAll" in sample.stack))
        found, whole = self.findings("--base", "base0.prof", "base1.prof", "--head", "head0.prof",
                                     "head1.prof", status=3)
        self.assertEqual((whole["verdict"], whole["unit"]), ("INCONCLUSIVE", "ns"))
        for side in ("base", "head"):
            self.assertAlmostEqual(found["example.com/work.mixAll"][side], sum(costs[side]) / 2,
                                   delta=1e-6 * sum(costs[side]))


class Terminal(Gate):
    """What a person sees, by the width of the terminal."""

    def show(self, columns, *args, status, env=()):
        main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        process = subprocess.Popen([support.FLAMETAP, "gate", *args], cwd=self.dir, stderr=other,
                                   env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **dict(env)})
        os.close(other)
        out = b""
        with contextlib.suppress(OSError):  # the end of a terminal
            while data := os.read(main, 65536):
                out += data
        os.close(main)
        self.assertEqual(process.wait(timeout=60), status, out)
        return out.decode().replace("\r\n", "\n")

    def test_widths(self):
        self.make(head=SLOWER)
        for columns, has_costs, has_limits in ((60, False, False), (80, True, False),
                                               (120, True, True)):
            with self.subTest(columns=columns):
                text = self.show(columns, "runs", status=1)
                self.assertTrue(text.startswith("flametap: \033[1;31mFAIL\033[0m: the program is "), text)
                lines = text.replace("\033[1;31m", "").replace("\033[0m", "").splitlines()
                for line in lines:
                    if not line.startswith("next: "):
                        self.assertLessEqual(len(line), columns, text)
                self.assertEqual("surely between" in text, has_limits, text)
                (header,) = (line for line in lines if "function" in line and "change" in line)
                self.assertEqual(header.split()[0] == "base", has_costs, text)
                (row,) = (line for line in lines if line.endswith(" parse_header"))
                self.assertTrue(row.startswith(" FAIL "), row)
                self.assertLess(lines.index(row), next(i for i, line in enumerate(lines)
                                                       if line.startswith("where: parse_header")))

    def test_long_names(self):
        long = "std::vector<" * 20 + "int" + ">" * 20 + "::push_back"
        self.make(head=gated.renamed(SLOWER, "parse_header", long),
                  base=gated.renamed(gated.PROGRAM, "parse_header", long))
        rows = [line for line in self.show(80, "runs", status=1).splitlines()
                if line.startswith(" FAIL ")]
        self.assertTrue(any("push_back" in row for row in rows), rows)
        self.assertLessEqual(max(map(len, rows)), 80)

    def test_colours(self):
        self.make(seed=3)
        self.assertIn("\033[1;32mPASS\033[0m", self.show(80, "runs", status=0))
        self.assertNotIn("\033", self.show(80, "runs", status=0, env=(("NO_COLOR", "1"),)))
        self.assertNotIn("\033", self.show(80, "runs", status=0, env=(("TERM", "dumb"),)))
        self.assertNotIn("\033", self.gate("runs").err)

    def test_quiet_is_the_verdict(self):
        self.make(head=SLOWER)
        self.assert_one_line(self.gate("-q", "runs", status=1), "FAIL")
