# SPDX-License-Identifier: GPL-2.0-or-later
"""flametap diff: what has grown, shrunk, come and gone, in every format, by share, per second and
per operation; and what cannot be compared is refused or told."""

import gzip
import re
import resource

import pprof
import support

BEFORE = """prog;main;parse;lex 100
prog;main;parse 50
prog;main;render;draw 600
prog;main;render 150
prog;main;old;older 96
prog;main;rare 4
"""
AFTER = """prog;main;parse;lex 550
prog;main;parse 150
prog;main;render;draw 150
prog;main;render 50
prog;main;new;newer 93
prog;main;rare 7
"""
NOT_TOLD = "  (too few samples to tell)"


def rows(text, table):
    """Of a .txt, the rows of one table: {function: (base, new, change, ratio, told)}."""
    found = {}
    for line in text.split(f"largest changes of {table},")[1].split("\n\n")[0].splitlines()[2:]:
        match = re.match(r" *([\d.]+) +([\d.]+) +([-+.\d]+) +(\S+)  (.+)$", line)
        if match:
            told = not match[5].endswith(NOT_TOLD)
            name = re.split(r"  ", match[5])[0].strip()
            found[name] = (float(match[1]), float(match[2]), float(match[3]), match[4], told)
    return found


def recording(stacks, seconds=None, comments=(), **options):
    """A pprof file with a duration and comments."""
    raw = gzip.decompress(pprof.write(stacks, **options))
    strings = sum(number == 6 for number, _ in pprof.fields(raw))
    for text in comments:
        raw += pprof.encode(6, text) + pprof.encode(13, strings)
        strings += 1
    if seconds:
        raw += pprof.encode(10, int(seconds * 1e9))
    return gzip.compress(raw, mtime=0)


class Diff(support.Case):
    def setUp(self):
        super().setUp()
        self.put("before.folded", BEFORE)
        self.put("after.folded", AFTER)

    def put(self, name, content):
        path = self.dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def text_of(self, *args, **options):
        return self.flametap("diff", *args, "-f", "txt", "-o", "-", **options).out

    def refuse(self, *args, words=()):
        run = self.flametap("diff", *args, "-o", "new.txt", status=2)
        self.assert_one_line(run, *words)
        self.assertRegex(run.err, r"^flametap: [^:]+: .+; .+\n$")
        self.assertFalse((self.dir / "new.txt").exists())

    def test_largest_changes(self):
        text = self.text_of("before.folded", "after.folded")
        self.assertEqual(rows(text, "self"), {
            "lex": (10, 55, 45, "x5.5", True), "draw": (60, 15, -45, "x0.25", True),
            "older": (9.6, 0, -9.6, "gone", True), "newer": (0, 9.3, 9.3, "new", True),
            "parse": (5, 15, 10, "x3", True), "render": (15, 5, -10, "x0.333", True)})
        total = rows(text, "total")
        # A parent that grows from 15 to 70, most of it in what it calls.
        self.assertEqual(total["parse"], (15, 70, 55, "x4.67", True))
        self.assertEqual(total["old"], (9.6, 0, -9.6, "gone", True))
        self.assertEqual(list(total)[:2], ["parse", "render"])
        self.assertNotIn("main", total)
        self.assertNotIn("rare", total)
        self.assertRegex(text, r"base +before.folded \(before\): 1,000 samples\n"
                               r"new +after.folded \(after\): 1,000 samples")
        self.assertRegex(text, r"compared +samples by share, new minus base")

    def test_small_counts_are_counts(self):
        self.flametap("diff", "before.folded", "after.folded", "-o", "o.folded")
        expected = ["prog;main;new;newer 0 93", "prog;main;old;older 96 0", "prog;main;parse 50 150",
                    "prog;main;parse;lex 100 550", "prog;main;rare 4 7", "prog;main;render 150 50",
                    "prog;main;render;draw 600 150"]
        self.assertEqual((self.dir / "o.folded").read_text().splitlines(), expected)

    def test_what_is_written_reads_back(self):
        self.flametap("diff", "before.folded", "after.folded", "-o", "1.pb.gz", "-o", "1.svg", "-o",
                      "1.html", "-o", "1.folded", "-o", "1.txt", "-o", "1.md")
        for name in ("1.pb.gz", "1.svg", "1.html"):
            self.flametap("report", name, "-o", "2.pb.gz", "-o", "2.svg", "-o", "2.html", "-o",
                          "2.folded", "-o", "2.txt", "-o", "2.md")
            for extension in ("pb.gz", "svg", "html", "folded", "txt", "md"):
                self.assertEqual((self.dir / f"1.{extension}").read_bytes(),
                                 (self.dir / f"2.{extension}").read_bytes(), extension)
        # Folded stacks have the counts alone.
        self.flametap("report", "1.folded", "-o", "3.folded", "-o", "3.txt")
        self.assertEqual((self.dir / "1.folded").read_text(), (self.dir / "3.folded").read_text())
        self.assertEqual(*(rows((self.dir / name).read_text(), "total") for name in
                           ("1.txt", "3.txt")))

    def test_totals_only(self):
        """Tables are refused as inputs, like those of one recording."""
        self.flametap("diff", "before.folded", "after.folded", "-o", "1.txt", "-o", "1.md")
        for name in ("1.txt", "1.md"):
            run = self.flametap("report", name, "-o", "x.svg", status=2)
            self.assert_one_line(run, name, "totals only")

    def test_speedscope_has_one_side(self):
        both = ["before.folded", "after.folded"]
        run = self.flametap("diff", *both, "-o", "o.speedscope.json")
        self.assert_one_line(run, "o.speedscope.json", "the new one", ".svg")
        self.flametap("report", "o.speedscope.json", "-o", "o.folded")
        self.assertEqual(sorted((self.dir / "o.folded").read_text().splitlines()),
                         sorted(AFTER.splitlines()))
        run = self.flametap("diff", *both, "-q", "-o", "o.speedscope.json")
        self.assertEqual(run.err, "")

    def test_markdown(self):
        self.flametap("diff", "before.folded", "after.folded", "-o", "o.md")
        text = (self.dir / "o.md").read_text()
        self.assertIn("| 15.00 | 70.00 | +55.00 | x4.67 | `parse` |", text)
        self.assertIn("| 0.00 | 9.30 | +9.30 | new | `newer` |", text)
        self.assertIn("Before (base): before.folded, 1000 samples", text)
        self.assertNotIn("rare", text)

    def test_pprof_has_both_sides(self):
        self.put("before.pb.gz", pprof.write({("main", "a"): 60, ("main", "b"): 40}))
        self.put("after.pb.gz", pprof.write({("main", "a"): 20, ("main", "c"): 80}))
        self.flametap("diff", "before.pb.gz", "after.pb.gz", "-o", "o.pb.gz")
        made = pprof.Profile((self.dir / "o.pb.gz").read_bytes())
        self.assertEqual(made.sample_types, [("base", "nanoseconds"), ("new", "nanoseconds")])
        period = 1001001
        self.assertEqual({tuple(sample.stack): tuple(sample.values.values()) for sample in
                          made.samples},
                         {("main", "a"): (60 * period, 20 * period),
                          ("main", "b"): (40 * period, 0), ("main", "c"): (0, 80 * period)})
        words = dict(word.split("=") for word in made.comments[0].split()[1:])
        self.assertEqual((words["by"], words["value"], words["base"], words["new"]),
                         ("share", "cpu", "before.pb.gz", "after.pb.gz"))
        self.assertEqual(float(words["base-sample"]), period)

    def test_swapped(self):
        for table in ("self", "total"):
            there = rows(self.text_of("before.folded", "after.folded"), table)
            back = rows(self.text_of("after.folded", "before.folded"), table)
            self.assertEqual({name: row[:3] for name, row in there.items()},
                             {name: (new, base, -change) for name, (base, new, change, _, _) in
                              back.items()})

    def test_the_same(self):
        text = self.text_of("before.folded", "before.folded")
        self.assertEqual(text.count("no change that can be told"), 2)
        self.assertEqual((rows(text, "self"), rows(text, "total")), ({}, {}))

    def test_several_inputs(self):
        one = self.text_of("before.folded", "after.folded")
        several = self.text_of("-b", "before.folded", "before.folded", "-n", "after.folded", "-n",
                               "after.folded")
        self.assertEqual(rows(several, "total"), rows(one, "total"))
        self.assertIn("before.folded, before.folded (before): 2,000 samples", several)
        piped = self.text_of("-n", "after.folded", "-b", "-", input=BEFORE.encode())
        self.assertEqual(rows(piped, "total"), rows(one, "total"))
        self.assertIn("standard input (before)", piped)

    def test_names_of_inputs(self):
        self.put("b dir/r,1.folded", BEFORE)
        self.put("a dir/r,1.folded", AFTER)
        directory = self.dir.name
        text = self.text_of(self.dir / "b dir/r,1.folded", f"../{directory}/a dir/r,1.folded",
                            cwd=self.dir)
        self.assertIn(f"{self.dir}/b dir/r,1.folded (before)", text)
        text = self.text_of(self.dir / "b dir/r,1.folded", self.dir / "a dir/r,1.folded")
        self.assertRegex(text, r"base +b dir/r,1.folded \(before\)")

    def test_too_few_to_tell(self):
        """The same shares on fewer samples: less and less can be told."""
        def told(base, new, of):
            self.put("b.folded", f"f {base}\nrest {of - base}\n")
            self.put("n.folded", f"f {new}\nrest {of - new}\n")
            found = rows(self.text_of("b.folded", "n.folded"), "self")
            return found.get("f", [0] * 5)[4]

        self.assertTrue(told(1000, 2000, 10000))
        self.assertTrue(told(10, 40, 100))
        self.assertFalse(told(10, 20, 100))
        self.assertFalse(told(0, 9, 50))
        self.assertFalse(told(0, 9, 5000))
        self.assertTrue(told(0, 11, 5000))
        self.assertFalse(told(5000, 5050, 10000))
        self.assertTrue(told(5000, 5300, 10000))
        # 4 and 7 in a thousand.
        self.put("b.folded", "f 4\nrest 96\n")
        self.put("n.folded", "f 7\nrest 93\n")
        text = self.text_of("b.folded", "n.folded")
        self.assertEqual(rows(text, "self")["f"], (4, 7, 3, "x1.75", False))

    def test_per_second(self):
        """Twice as much in twice the time is no change, though it is with --ops."""
        stacks = {("main", "a"): 1000, ("main", "b"): 1000}
        self.put("b.pb.gz", recording(stacks, 2))
        self.put("n.pb.gz", recording({("main", "a"): 2000, ("main", "b"): 8000}, 4))
        text = self.text_of("b.pb.gz", "n.pb.gz", "--per-second")
        self.assertIn("CPU time per second", text)
        found = rows(text, "self")
        self.assertNotIn("a", found)
        self.assertEqual(found["b"][3:], ("x4", True))
        self.assert_close(found["b"][0], 0.5005, 1)
        text = self.text_of("b.pb.gz", "n.pb.gz", "--ops", "100,100")
        self.assertIn("ms/op", text)
        found = rows(text, "self")
        self.assertEqual(found["a"][3:], ("x2", True))
        self.assert_close(found["a"][0], 10.01, 1)
        # By share, what has not changed has less.
        found = rows(self.text_of("b.pb.gz", "n.pb.gz"), "self")
        self.assertEqual(found["a"][:3], (50, 20, -30))
        # Two runs of a side add their times.
        text = self.text_of("-b", "b.pb.gz", "b.pb.gz", "-n", "n.pb.gz", "--per-second")
        self.assertNotIn("a", rows(text, "self"))

    def test_refined(self):
        text = self.text_of("before.folded", "after.folded", "--focus", "^parse$")
        self.assertEqual(rows(text, "self")["lex"][:2], (66.67, 78.57))
        self.assertRegex(text, r"base refined +focus \^parse\$, 15.00% of the samples")
        run = self.flametap("diff", "before.folded", "after.folded", "--min-share", "5", "-o", "-")
        self.assertIn("prog;main;[below 5%] 4 7\n", run.out)
        self.assertIn("prog;main;old;older 96 0\n", run.out)
        self.assertIn("prog;main;new;newer 0 93\n", run.out)
        run = self.flametap("diff", "before.folded", "after.folded", "--focus", "older", "-o", "-",
                            status=2)
        self.assert_one_line(run, "no sample is left of 1000;")

    def test_programs_of_other_names(self):
        """a.out-old and a.out-new are compared, and not one new and one gone."""
        def named(comm):
            raw = gzip.decompress(pprof.write({("main", "work"): 100}))
            strings = sum(number == 6 for number, _ in pprof.fields(raw))
            sample = next(value for number, value in pprof.fields(raw) if number == 2)
            label = pprof.encode(3, pprof.encode(1, strings) + pprof.encode(2, strings + 1))
            raw = raw.replace(pprof.encode(2, sample), pprof.encode(2, sample + label))
            return gzip.compress(raw + pprof.encode(6, "comm") + pprof.encode(6, comm))

        self.put("b.pb.gz", named("prog-old"))
        self.put("n.pb.gz", named("prog-new"))
        out = self.flametap("diff", "b.pb.gz", "n.pb.gz", "-o", "-").out
        self.assertEqual(out, "prog-old → prog-new;main;work 100 100\n")

    def of_build(self, name, build_id, values, named=""):
        """A recording of a program that is not here: of two addresses in it, unless they have a
        name."""
        encode = pprof.encode
        strings = ["", "samples", "count", "/nowhere/prog", build_id, named]
        data = encode(1, encode(1, 1) + encode(2, 2))
        for i, value in enumerate(values, 1):
            data += encode(2, encode(1, pprof.encode_varint(i)) +
                           encode(2, pprof.encode_varint(value)))
            line = encode(4, encode(1, 1)) if named else b""
            data += encode(4, encode(1, i) + encode(2, 1) + encode(3, 0x1000 * i) + line)
        data += encode(3, encode(1, 1) + encode(3, 0x10000) + encode(5, 3) + encode(6, 4))
        if named:
            data += encode(5, encode(1, 1) + encode(2, 5))
        for text in strings:
            data += encode(6, text)
        self.put(name, gzip.compress(data))

    def test_builds_without_names(self):
        """The same address is other code in another build: that it is compared is told."""
        words = ("/nowhere/prog: another build on either side", "100.0% of base, 100.0% of new",
                 "compared by address", "--debug-dir")
        self.of_build("b.pb.gz", "aaaa", (60, 40))
        self.of_build("n.pb.gz", "bbbb", (50, 50))
        run = self.flametap("diff", "b.pb.gz", "n.pb.gz", *(f"-oo.{name}" for name in
                            ("txt", "md", "svg", "html", "pb.gz")))
        said = [line for line in run.err.splitlines() if "another build on" in line]
        self.assertEqual(len(said), 1, run)
        text = (self.dir / "o.txt").read_text()
        for word in words:
            self.assertIn(word, said[0])
            self.assertIn(word, re.sub(r"\s+", " ", text))
        for name in ("o.md", "o.svg", "o.html"):
            self.assertIn("compared by address", (self.dir / name).read_text(), name)
        again = self.flametap("report", "-q", "o.pb.gz", "-f", "txt", "-o", "-").out
        self.assertEqual(again, text)
        # Nothing is told of one build, nor of code that has names.
        self.of_build("n.pb.gz", "aaaa", (50, 50))
        self.assertNotIn("by address", self.text_of("b.pb.gz", "n.pb.gz"))
        self.of_build("b.pb.gz", "aaaa", (60, 40), "work")
        self.of_build("n.pb.gz", "bbbb", (50, 50), "work")
        self.assertNotIn("by address", self.text_of("b.pb.gz", "n.pb.gz"))

    def test_little_memory(self):
        """Whatever there is no memory for, the line says what helps."""
        self.put("big.folded", "".join(f"main;f{i};g{i};h{i};i{i} 1\n" for i in range(8000)))
        failed, done = 0, False
        for size in range(14, 100, 2):
            limit = size << 20
            run = self.flametap("diff", "-q", "big.folded", "big.folded", "-o", "o.folded",
                                status=None, preexec_fn=lambda limit=limit: resource.setrlimit(
                                    resource.RLIMIT_AS, (limit, limit)))
            done = not run.status
            if done:
                break
            if not run.err.startswith("flametap: "):
                continue  # not even the libraries found room
            self.assertEqual(run.status, 1, run)
            for line in run.err.splitlines():
                self.assertRegex(line, "^flametap: .*Cannot allocate memory; .*", run)
            failed += 1
        if not done and not failed:
            self.skipTest("does not run with a limit of address space, as with sanitizers")
        self.assertGreater(failed, 0)

    def test_what_makes_it_hard_to_compare(self):
        stacks = {("main", "a"): 100}
        self.put("b.pb.gz", recording(stacks, 1, ["quality: samples=1 event=cpu-clock hz=999",
                                                  "machine: Linux 6.1 x86_64"]))
        self.put("n.pb.gz", recording(stacks, 1, ["quality: samples=1 event=cycles hz=99",
                                                  "machine: Linux 6.9 x86_64"]))
        lines = self.flametap("diff", "b.pb.gz", "n.pb.gz", "-o", "-").err.splitlines()
        self.assertEqual(len(lines), 3, lines)
        for line, words in zip(lines, (("event", "cpu-clock", "cycles"), ("frequency", "999", "99"),
                                       ("machine", "6.1", "6.9"))):
            for word in words:
                self.assertIn(word, line)
        self.assertEqual(self.flametap("diff", "b.pb.gz", "n.pb.gz", "-q", "-o", "-").err, "")
        self.assertEqual(self.flametap("diff", "b.pb.gz", "b.pb.gz", "-o", "-").err, "")
        # One that is the beginning of another is another.
        for name, hz in (("1.pb.gz", 999), ("2.pb.gz", 99)):
            self.put(name, recording(stacks, 1, [f"quality: samples=1 event=cycles hz={hz}"]))
        run = self.flametap("diff", "-b", "1.pb.gz", "2.pb.gz", "-n", "1.pb.gz", "-o", "-")
        self.assert_one_line(run, "frequency", "base has 999, 99, new side 999;")

    def test_many_recordings_are_told_in_a_line(self):
        stacks = {("main", "a"): 100}
        for side in ("base", "new"):
            self.put(f"{side}.pb.gz", recording(
                stacks, 1, [f"machine: {side} {i} {'x' * 9000}" for i in range(9)]))
        run = self.flametap("diff", "base.pb.gz", "new.pb.gz", "-o", "-")
        self.assert_one_line(run, "machine", "base 3", "new 0", "...")
        self.assertLess(len(run.err), 1500)

    def test_values_that_differ(self):
        """Samples alone beside samples and time are compared by samples."""
        self.put("b.pb.gz", pprof.write({("prog", "main", "rare"): 100}))
        self.assertIn("samples by share", self.text_of("b.pb.gz", "after.folded"))
        self.put("n.pb.gz", pprof.write({("main",): 1}, types=(("alloc", "bytes"),)))
        self.refuse("b.pb.gz", "n.pb.gz", words=["cpu/nanoseconds", "alloc/bytes"])

    def test_refused(self):
        both = ("before.folded", "after.folded")
        self.refuse("before.folded", words=["no input of the new side"])
        self.refuse("-n", "before.folded", words=["no input of the base"])
        self.refuse(*both, "after.folded", words=["3 inputs", "-b"])
        self.refuse("x", "-b", *both, words=["x", "before -b"])
        self.refuse("absent", "after.folded", words=["absent", "No such file"])
        self.refuse(self.put("empty.folded", "# nothing\n"), "after.folded",
                    words=["empty.folded", "no samples"])
        self.refuse(*both, "--per-second", words=["--per-second", "how long"])
        self.refuse(*both, "--per-second", "--ops", "1,2", words=["--per-second", "--ops"])
        for ops in ("", "1", "1,", ",1", "0,1", "1,0", "-1,2", "1,nan", "inf,1", "1,2,3", "0x1,2"):
            self.refuse(*both, f"--ops={ops}", words=["--ops", "above 0"])
        self.refuse("-", "-", words=["-", "only once"])
        self.refuse("", "after.folded", words=["empty"])
        self.flametap("diff", *both, "-o", "d.pb.gz")
        self.refuse("d.pb.gz", "after.folded", words=["d.pb.gz", "difference already"])
        run = self.flametap("report", "d.pb.gz", "d.pb.gz", "-o", "new.txt", status=2)
        self.assert_one_line(run, "d.pb.gz", "difference")

    def test_inputs_are_kept(self):
        """A difference never takes the place of a recording that it is made of."""
        (self.dir / "a").mkdir()
        for path in ("before.folded", "./after.folded", "a/../before.folded"):
            run = self.flametap("diff", "before.folded", "after.folded", "-o", "o.txt", "-o", path,
                                status=2)
            self.assert_one_line(run, path, "an input", "another file")
        self.assertEqual((self.dir / "before.folded").read_text(), BEFORE)
        self.assertEqual((self.dir / "after.folded").read_text(), AFTER)
        self.assertFalse((self.dir / "o.txt").exists())
        # The same recording twice, by hand: the one before is where the old output goes.
        self.flametap("report", "before.folded")
        self.flametap("report", "after.folded")
        both = ["flametap.svg.old", "flametap.svg"]
        kept = [(self.dir / name).read_bytes() for name in both]
        run = self.flametap("diff", *both, status=2)
        self.assert_one_line(run, "flametap.svg.old", "an input", "-o")
        self.assertEqual([(self.dir / name).read_bytes() for name in both], kept)
        self.flametap("diff", *both, "-o", "o.txt")
        # Without a file to be moved, nothing is in danger.
        (self.dir / "flametap.svg").unlink()
        self.flametap("diff", "flametap.svg.old", "after.folded")

    def test_default_output(self):
        run = self.flametap("diff", "before.folded", "after.folded")
        self.assert_one_line(run, "flametap.svg")


class RealDiff(support.BpfCase):
    def test_a_function_became_slower(self):
        operations = []
        for which in ("before", "after"):
            run = self.flametap("cpu", "-e", "cpu-clock", "-o", f"{which}.pb.gz", "--",
                                support.workload("slower"), which, 2)
            operations.append(run.values()["operations"])
        self.flametap("diff", "before.pb.gz", "after.pb.gz", "-o", "share.txt", "-o", "o.svg")
        found = rows((self.dir / "share.txt").read_text(), "total")
        expected = {"parse": (.15, .70), "lex": (.15, .70), "steady": (.70, 70 / 283),
                    "dropped": (.15, 0), "added": (0, 15 / 283)}
        for name, shares in expected.items():
            for k, share in enumerate(shares):
                self.assert_share(found[name][k] / 100, share, 4)
            self.assertTrue(found[name][4], name)
        self.assertEqual((found["dropped"][3], found["added"][3]), ("gone", "new"))
        # For each operation, what has not changed has not changed, whatever the shares are.
        self.flametap("diff", "before.pb.gz", "after.pb.gz", "--ops",
                      ",".join(f"{n:.0f}" for n in operations), "-o", "ops.txt")
        found = rows((self.dir / "ops.txt").read_text(), "total")
        self.assertTrue(found["operate"][4])
        self.assertGreater(found["lex"][1] / found["lex"][0], 8)
        self.assertLess(abs(found["steady"][2]) if "steady" in found else 0, found["lex"][2] / 4)
