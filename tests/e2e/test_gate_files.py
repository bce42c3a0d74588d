# SPDX-License-Identifier: GPL-2.0-or-later
"""What flametap gate writes for CI systems is what they read. Needs no privileges."""

import json
import re
import xml.etree.ElementTree as ElementTree

import jsonschema

import gated
import schemas
import support

GOLDEN = support.ROOT / "tests" / "golden"
VERDICTS = ("fail", "pass", "invalid")


class Golden(support.Case):
    """The files that the unit tests compare with."""

    def test_json_is_as_its_schema_says(self):
        found = {name: schemas.read_gate_json(GOLDEN / f"gate_{name}.json") for name in VERDICTS}
        self.assertEqual({name: (what["verdict"], what["status"]) for name, what in found.items()},
                         {"fail": ("FAIL", 1), "pass": ("PASS", 0),
                          "invalid": ("INCOMPARABLE", 4)})

    def test_the_schema_refuses_what_is_not_as_it_says(self):
        whole = (GOLDEN / "gate_fail.json").read_text()
        for old, new in (('"p": 0.0039', '"p": 1.5'), ('"of": "total"', '"of": "sum"'),
                         ('"share"', '"shares"'), ('"phi": 1.25,', ""), ('"FAIL"', '"FAILED"'),
                         ('"p": 0.0039', '"p": NaN')):
            with self.subTest(old=old, new=new):
                path = self.dir / "broken.json"
                path.write_text(whole.replace(old, new, 1))
                self.assertNotEqual(path.read_text(), whole)
                with self.assertRaises((jsonschema.ValidationError, ValueError)):
                    schemas.read_gate_json(path)

    def test_junit_is_as_the_schema_says(self):
        for name, outcomes in (("fail", ["failure", "failure", "skipped", "skipped"]),
                               ("pass", ["passed"]), ("invalid", ["error"])):
            with self.subTest(name=name):
                root = schemas.read_junit(GOLDEN / f"gate_{name}.xml")
                self.assertEqual([case[0].tag if len(case) else "passed"
                                  for case in root.iter("testcase")], outcomes)

    def test_the_junit_schema_refuses(self):
        path = self.dir / "broken.xml"
        path.write_text((GOLDEN / "gate_fail.xml").read_text().replace("<skipped>", "<left-out/>"
                                                                       "<skipped>", 1))
        with self.assertRaises(AssertionError):
            schemas.read_junit(path)

    def test_benchmark(self):
        for name, n in (("fail", 1), ("pass", 1), ("invalid", 0)):
            found = json.loads((GOLDEN / f"gate_{name}.benchmark.json").read_text())
            self.assertEqual(len(found), n)
            for item in found:
                self.assertEqual(list(item), ["name", "unit", "value", "range", "extra"])
                self.assertIsInstance(item["value"], (int, float))


SLOWER = gated.changed(gated.PROGRAM, parse_header=1.5)


class Written(support.Case):
    """What the verb writes, of runs that are made up."""

    ALL = ("--md", "gate.md", "--junit", "gate.xml", "--json", "gate.json", "--benchmark-json",
           "bench.json", "--flame", "gate.svg")

    def gate(self, *args, **options):
        return self.flametap("gate", "runs", *args, **options)

    def read(self, name):
        return (self.dir / name).read_text()

    def outcomes(self):
        return [case[0].tag if len(case) else "passed"
                for case in schemas.read_junit(self.dir / "gate.xml").iter("testcase")]

    def test_a_fail(self):
        gated.Runs(self.dir / "runs", head=SLOWER)
        run = self.gate(*self.ALL, "--github", status=1,
                        env={"GITHUB_STEP_SUMMARY": str(self.dir / "summary"),
                             "GITHUB_WORKSPACE": str(self.dir)})
        found = schemas.read_gate_json(self.dir / "gate.json")
        self.assertEqual((found["verdict"], found["status"], found["unit"]), ("FAIL", 1, "ns"))
        slower = {item["name"] for item in found["findings"]
                  if item["change"] == "slower" and item["of"] == "total"}
        self.assertLessEqual({"parse_header"}, slower)
        self.assertNotIn("draw_line", slower)
        self.assertIn("failure", self.outcomes())
        markdown = self.read("gate.md")
        self.assertIn("### flametap gate: FAIL", markdown)
        self.assertIn("`parse_header`", markdown)
        self.assertIn("gate.svg", markdown)
        self.assertEqual(self.read("summary"), markdown)
        lines = run.out.splitlines()
        self.assertTrue(1 < len(lines) <= 5, lines)
        self.assertTrue(lines[0].startswith("::error title=flametap gate%3A FAIL::"), lines)
        self.assertTrue(any("title=parse_header is slower" in line for line in lines), lines)
        (item,) = json.loads(self.read("bench.json"))
        self.assertAlmostEqual(item["value"], found["program"]["head"], delta=1)
        self.assertIn("flametap gate: FAIL", self.read("gate.svg"))
        self.assertIn("significant changes of total", self.read("gate.svg"))

    def test_a_pass_and_standard_output(self):
        gated.Runs(self.dir / "runs", seed=3)
        run = self.gate("--json", "-", "--junit", "gate.xml", "--flame", "gate.html")
        (self.dir / "gate.json").write_text(run.out)
        self.assertEqual(schemas.read_gate_json(self.dir / "gate.json")["verdict"], "PASS")
        self.assertNotIn("failure", self.outcomes())
        self.assertIn("<html", self.read("gate.html"))

    def test_a_function_that_is_perhaps_renamed(self):
        """Not gone, in the picture; and named once."""
        gated.Runs(self.dir / "runs", seed=3,
                   head=gated.renamed(gated.PROGRAM, "draw_line", "stroke_line"))
        self.gate("--md", "gate.md", "--flame", "gate.svg", status=0)
        self.assertIn("gate: perhaps renamed to stroke_line (a guess", self.read("gate.svg"))
        self.assertNotRegex(self.read("gate.svg"), 'class="m[0-9] x"')
        markdown = self.read("gate.md")
        self.assertRegex(markdown, r"Perhaps renamed \(a guess.*draw\\_line to stroke\\_line, ")
        self.assertNotRegex(markdown, "(?m)^(New|Gone): ")

    def test_a_budget_has_a_test_for_each_entry(self):
        gated.Runs(self.dir / "runs", head=SLOWER)
        (self.dir / "budget").write_text("[total]\nlimit = 20%\n"
                                         "[function parse_header]\nlimit = 5%\n"
                                         "[function nowhere]\nlimit = 5%\n")
        self.gate("--budget", "budget", "--junit", "gate.xml", status=1)
        self.assertEqual(self.outcomes(), ["passed", "failure", "skipped"])

    def check_invalid(self, status, verdict):
        """CI sees from the files alone that there is no verdict; a picture would be a claim."""
        run = self.gate(*self.ALL, "--github", status=status)
        found = schemas.read_gate_json(self.dir / "gate.json")
        self.assertEqual((found["verdict"], found["status"]), (verdict, status))
        self.assertTrue(found["cause"])
        self.assertEqual(self.outcomes(), ["error"])
        self.assertIn(f"flametap gate: {verdict}", self.read("gate.md"))
        self.assertRegex(run.out, rf"^::error title=flametap gate%3A {verdict}::.+\n$")
        self.assertEqual(self.read("bench.json"), "[]\n")
        self.assertFalse((self.dir / "gate.svg").exists())

    def test_runs_that_are_not_there(self):
        self.check_invalid(2, "INVALID")

    def test_a_profile_that_is_cut(self):
        runs = gated.Runs(self.dir / "runs")
        path = runs.path(3)
        path.write_bytes(path.read_bytes()[:100])
        self.check_invalid(2, "INVALID")

    def test_another_machine(self):
        runs = gated.Runs(self.dir / "runs")
        runs.path(3).write_bytes(gated.profile(runs.samples[3], machine="Linux 6.6.0 x86_64"))
        self.check_invalid(4, "INCOMPARABLE")

    def test_words_that_do_not_go_together(self):
        gated.Runs(self.dir / "runs")
        (self.dir / "budget").write_text("[total]\nlimit = 2%\n")
        for args, word in ((("--md", "a", "--md", "b"), "once"), (("--md", ""), "empty"),
                           (("--md", "a", "--json", "a"), "twice"),
                           (("--md", "a", "--json", "./a"), "twice"),
                           (("--json", "-", "--github"), "standard output"),
                           (("--flame", "a.txt"), ".svg"), (("--flame", "-"), ".svg"),
                           (("--budget", "budget", "--md", "budget"), "lost"),
                           (("--junit", "nowhere/a.xml"), "nowhere")):
            with self.subTest(args=args):
                run = self.gate(*args, status=2)
                self.assert_one_line(run, word)
                self.assertEqual(run.out, "")
        self.assertEqual(sorted(path.name for path in self.dir.iterdir()), ["budget", "runs"])

    def test_a_summary_that_cannot_be_written(self):
        gated.Runs(self.dir / "runs", seed=3)
        run = self.gate("-q", "--github", status=2,
                        env={"GITHUB_STEP_SUMMARY": str(self.dir / "nowhere" / "summary")})
        self.assertIn("summary: cannot be written", run.err)

    def test_what_was_in_the_summary_stays(self):
        gated.Runs(self.dir / "runs", seed=3)
        (self.dir / "summary").write_text("before\n")
        self.gate("--github", env={"GITHUB_STEP_SUMMARY": str(self.dir / "summary")})
        self.assertRegex(self.read("summary"), r"\Abefore\n### flametap gate: PASS\n")


# What a name can do to a file that it stands in. The escapes are bytes that are no UTF-8.
HOSTILE = (
    "std::map<std::string, std::vector<int>>::at(char const*) const [with T = void (*)(A&, B&&)]",
    "pipe | cell | `code` ``more`` | *bold* _it_ [x](http://example.org)",
    "<script>alert('&amp;')</script> & <!-- <![CDATA[ ]]> --> </failure>",
    "two\nlines\r\n::error title=made up::by a name\n### flametap gate: PASS",
    "bytes \udcff\udcfe\udc80 cut \udce2\udc82",
    "no XML: \x01\x08\x0b\x1b[31m\x7f \ufffe\uffff",
    "\u202eturned \U0001f525 \u00e9\u0301 \u6f22\u5b57 @someone #123 https://example.org",
    "a" * 3000 + "<" * 3000,
    "template<" * 200 + "int" + ">" * 200,
    '"quoted" \\ back\\|slash \\` 100% %0A ${{ secrets }}',
)
N_COLD = 10200  # a run has a sample of one in five
N_HOT = 300  # as many as can have the share that it takes to be tested


def hot_name(i):
    return f"{HOSTILE[i % len(HOSTILE)]}{i}"


def large_program(slower):
    """Called from main, all of them; every other one of the hot has its cost times that."""
    hot = {("main", hot_name(i)): 4 * (slower if i % 2 else 1) for i in range(N_HOT)}
    return hot | {("main", f"cold::{i}"): .0125 for i in range(N_COLD)}


class Large(support.Case):
    """Ten thousand functions with hundreds of them slower, and names of all kinds."""

    def test_every_file_is_what_its_readers_take(self):
        runs = gated.Runs(self.dir / "runs", base=large_program(1), head=large_program(3), pairs=8,
                          last=8)
        self.assertGreater(len({stack for samples in runs.samples
                                for stack, n in samples.items() if n}), 10000)
        (self.dir / "budget").write_text("[total]\nlimit = 5%\n" + "".join(
            f"[function /^cold::{i}$/]\nlimit = 5%\n" for i in range(100)) + "".join(
            f"[function /{i}$/]\nlimit = {i}%\n" for i in range(1, 200)))
        run = self.flametap(
            "gate", "runs", "--budget", "budget", "--md", "gate.md", "--junit", "gate.xml",
            "--json", "gate.json", "--flame", "gate.svg", "--github", status=1,
            env={"GITHUB_STEP_SUMMARY": str(self.dir / "summary"), "GITHUB_WORKSPACE": "/"})
        self.check_json(schemas.read_gate_json(self.dir / "gate.json"))
        self.check_markdown((self.dir / "gate.md").read_bytes())
        self.check_junit()
        self.check_commands(run.raw_out)
        ElementTree.parse(self.dir / "gate.svg")
        self.assertEqual((self.dir / "summary").read_bytes(),
                         (self.dir / "gate.md").read_bytes())

    def check_json(self, found):
        slower = [item for item in found["findings"] if item["change"] == "slower"
                  and item["name"] != "main"]
        self.assertEqual(len(slower), N_HOT // 2)
        self.assertEqual(found["verdict"], "FAIL")
        self.assertEqual(len(found["budgets"]), 300)
        self.assertGreater(len({item["name"] for item in found["findings"]}), N_HOT)

    def check_markdown(self, raw):
        self.assertLess(len(raw), 65536)
        text = raw.decode()
        self.assertTrue(text.startswith("### flametap gate: FAIL\n"))
        self.assertEqual(len(re.findall(r"^#", text, re.MULTILINE)), 1)
        self.assertRegex(text, r"\nAnd \d{2,} more\.\n")
        tables = [block.splitlines() for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]
        self.assertEqual([len(lines) for lines in tables[:2]], [12, 22])
        for lines in tables:
            self.assertEqual(len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}), 1, lines)
        outside = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text)
        self.assertEqual(set(re.findall(r"(?<!\\)<[^>]*>", outside)),
                         {"<details>", "<summary>", "</summary>", "</details>"})
        self.assertNotRegex(text, "[\x00-\x09\x0b-\x1f\x7f\u202e]")

    def check_junit(self):
        root = schemas.read_junit(self.dir / "gate.xml")
        cases = list(root.iter("testcase"))
        self.assertEqual(len(cases), 300)
        self.assertGreater(len(list(root.iter("failure"))), 50)
        self.assertLess((self.dir / "gate.xml").stat().st_size, 1 << 20)

    def check_commands(self, raw):
        lines = raw.decode().split("\n")
        self.assertEqual((len(lines), lines[-1]), (6, ""))
        for line in lines[:-1]:
            self.assertRegex(line, "^::error (file=[^,]+,)?title=")
        self.assertNotRegex(raw.decode(), "[\r\x00-\x09\x0b-\x1f]")
