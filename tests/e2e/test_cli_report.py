# SPDX-License-Identifier: GPL-2.0-or-later
"""flametap report: inputs are added up and turned into any format; a bad one is one clear line,
status 2, and nothing is written. Needs no privileges."""

import base64
import gzip
import json
import os
import re
import resource

import pprof
import support

FOLDED = "prog;main;work;a 60\nprog;main;work;b 30\nprog;main;work;c 10\n"
STACKS = {("prog", "main", "work", "a"): 60, ("prog", "main", "work", "b"): 30,
          ("prog", "main", "work", "c"): 10}


class Report(support.Case):
    def setUp(self):
        super().setUp()
        self.put("in.folded", FOLDED)
        self.put("in.pb.gz", pprof.write(STACKS))

    def put(self, name, content):
        path = self.dir / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def folded_of(self, *inputs, **options):
        return support.Folded(self.flametap("report", *inputs, "-o", "-", **options).out)

    def test_every_format(self):
        for name in ("in.folded", "in.pb.gz"):
            with self.subTest(input=name):
                run = self.flametap("report", name, "-o", "o.svg", "-o", "o.folded", "-o", "o.txt",
                                    "-o", "o.pb.gz", "-o", "o.html", "-o", "o.md",
                                    "-o", "o.speedscope.json")
                self.assertEqual((run.out, run.err), ("", ""))
                self.assertEqual((self.dir / "o.folded").read_text(), FOLDED)
                made = pprof.Profile((self.dir / "o.pb.gz").read_bytes())
                self.assertEqual(made.total("samples"), 100)
                text = (self.dir / "o.txt").read_text()
                self.assertRegex(text, r"(?m) 60\.00%.*  a *$")
                self.assertIn("<svg", (self.dir / "o.svg").read_text())
                self.assertIn("<!DOCTYPE html>", (self.dir / "o.html").read_text())
                self.assertIn("| 60.0% | `a` |", (self.dir / "o.md").read_text())

    def test_what_is_written_reads_back(self):
        self.flametap("report", "in.folded", "-o", "1.pb.gz")
        self.flametap("report", "1.pb.gz", "-o", "2.pb.gz", "-o", "2.folded")
        self.assertEqual((self.dir / "2.folded").read_text(), FOLDED)
        self.assertEqual((self.dir / "1.pb.gz").read_bytes(), (self.dir / "2.pb.gz").read_bytes())

    def test_nothing_is_lost_in_a_picture(self):
        for picture in ("svg", "html"):
            for name in ("in.folded", "in.pb.gz"):
                with self.subTest(input=name, picture=picture):
                    self.flametap("report", name, "-o", "1.pb.gz", "-o", f"1.{picture}", "-o",
                                  "1.folded")
                    os.rename(self.dir / f"1.{picture}", self.dir / "any name")
                    self.flametap("report", "any name", "-o", "2.pb.gz", "-o", f"2.{picture}",
                                  "-o", "2.folded")
                    for extension in ("pb.gz", "folded"):
                        self.assertEqual((self.dir / f"1.{extension}").read_bytes(),
                                         (self.dir / f"2.{extension}").read_bytes(), extension)
                    self.assertEqual((self.dir / "any name").read_bytes(),
                                     (self.dir / f"2.{picture}").read_bytes())

    def test_totals_are_refused(self):
        self.flametap("report", "in.pb.gz", "-o", "o.txt", "-o", "o.md")
        for name in ("o.txt", "o.md"):
            self.refuse(name, words=[name, "totals only", ".pb.gz"])

    def test_speedscope_and_back(self):
        for name in ("in.folded", "in.pb.gz"):
            with self.subTest(input=name):
                self.flametap("report", name, "-o", "o.speedscope.json", "-o", "1.folded")
                self.flametap("report", "o.speedscope.json", "-o", "2.folded", "-o",
                              "2.speedscope.json", "-o", "2.txt")
                self.assertEqual((self.dir / "2.folded").read_text(), FOLDED)
                self.assertEqual(*(json.loads((self.dir / f"{n}.speedscope.json").read_text())
                                   ["profiles"][0]["weights"] for n in ("o", "2")))
                self.assertRegex((self.dir / "2.txt").read_text(), r"(?m) 60\.00%.*  a *$")

    def test_packed_by_hand(self):
        outputs = ("o.folded", "o.svg", "o.html", "o.speedscope.json", "o.md", "o.txt")
        self.flametap("report", "in.pb.gz", *(word for name in outputs for word in ("-o", name)))
        for name, content in [(name, (self.dir / name).read_bytes()) for name in outputs]:
            packed = gzip.compress(content)
            self.put("packed", packed)
            with self.subTest(name):
                if name in ("o.md", "o.txt"):
                    self.refuse("packed", words=["packed", "totals only"])
                    continue
                self.flametap("report", "packed", "-o", "2.folded")
                self.assertEqual((self.dir / "2.folded").read_text(), FOLDED)
                self.refuse(self.put("cut", packed[:-20]), words=["cut"])

    def test_damaged_speedscope(self):
        self.flametap("report", "in.pb.gz", "-o", "w.speedscope.json")
        whole = (self.dir / "w.speedscope.json").read_bytes()
        for damaged, word in ((whole[:-9], "truncated"), (whole.replace(b"]", b"}", 1), "byte"),
                              (whole.replace(b'"frames"', b'"names"'), "not there"),
                              (b'{"speedscope": ' + b"[" * 1000000, "deeper"),
                              (b'{"speedscope": 1}', "$schema")):
            self.refuse(self.put("d.json", damaged), words=["d.json", word])

    def test_damaged_pictures(self):
        """One line, and soon, whatever is done to the profile in them."""
        bomb = gzip.compress(pprof.encode(6, "") * (8 << 20), 9) * 64  # 1 GiB out of 1 MB
        lengths = gzip.compress(pprof.encode_varint(6 << 3 | 2) + pprof.encode_varint(1 << 40) +
                                b"x" * 13)
        for picture, close in (("svg", b"</metadata>"), ("html", b"</script>")):
            self.flametap("report", "in.folded", "-o", f"w.{picture}")
            whole = (self.dir / f"w.{picture}").read_bytes()
            start = whole.index(b' id="flametap-profile">\n') + 24
            end = whole.index(close, start)
            element = whole[whole.rindex(b"<", 0, start):end + len(close)]
            before, data, after = whole[:start], whole[start:end], whole[end:]
            for what, damaged, word in (
                    *((f"cut at {size}", whole[:size], "d.")
                      for size in (5, 60, start - 30, start, start + 50, end - 1, end)),
                    ("letter", before + b"*" + data + after, "damaged"),
                    ("padding", before + data[:40] + b"=" + data[41:] + after, "damaged"),
                    ("missing", before + data[:40] + data[44:] + after, "its profile"),
                    ("nothing", before + after, "its profile"),
                    ("two", before + data + after + element, "more than one profile"),
                    ("bomb", before + base64.b64encode(bomb) + after, "unpacks"),
                    ("lengths", before + base64.b64encode(lengths) + after, "its profile")):
                with self.subTest(picture=picture, damage=what):
                    self.refuse(self.put(f"d.{picture}", damaged), words=[f"d.{picture}", word],
                                timeout=60)
                    self.assertLess(self.peak_of("report", self.dir / f"d.{picture}", "-o", "-"),
                                    1 << 30)

    def peak_of(self, *args):
        """Bytes of memory that flametap took."""
        with open(os.devnull, "w") as null:
            pid = os.posix_spawn(support.FLAMETAP, ["flametap", *args], os.environ, file_actions=[
                (os.POSIX_SPAWN_DUP2, null.fileno(), 1), (os.POSIX_SPAWN_DUP2, null.fileno(), 2)])
        return os.wait4(pid, 0)[2].ru_maxrss << 10

    def test_pictures_of_nothing(self):
        """Pages of others, however deep; the profile behind a million levels is found."""
        self.flametap("report", "in.folded", "-o", "w.html")
        whole = (self.dir / "w.html").read_text()
        for name, text in (("d.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
                           ("d.html", "<!DOCTYPE html>"), ("e.html", "<html>" + "<b>" * 1000000)):
            self.refuse(self.put(name, text), words=[name, "no profile in it"])
        self.put("deep.html", whole.replace("<body>", "<body>" + "<div>" * 1000000))
        self.assertEqual(self.folded_of("deep.html").total(), 100)

    def test_deep_profile(self):
        """A stack of a million frames goes into a page and comes out of it."""
        deep = ";".join(["f"] * 1000000)
        self.put("deep.folded", f"m;{deep} 1\n")
        for output in ("1.html", "2.svg"):
            self.flametap("report", "deep.folded", "-o", output)
            self.assertEqual(self.folded_of(output).total(), 1)

    def test_inputs_are_added_up(self):
        total = self.folded_of("in.folded", "in.folded", "-", input=FOLDED.encode())
        self.assertEqual(total.total(), 300)
        self.assertEqual(total.count(lambda frames: frames[-1] == "a"), 180)
        self.assertEqual(self.folded_of("in.pb.gz", "in.pb.gz").total(), 200)

    def test_by_content_not_by_name(self):
        os.rename(self.dir / "in.pb.gz", self.dir / "x.folded")
        self.assertEqual(self.folded_of("x.folded").total(), 100)
        self.assertEqual(self.folded_of("-", input=pprof.write(STACKS)).total(), 100)

    def test_input_is_output(self):
        self.flametap("report", "in.folded", "in.folded", "-o", "in.folded")
        self.assertEqual(self.folded_of("in.folded").total(), 200)

    def test_refined(self):
        """Every output shows the same part, and says which."""
        self.put("r.folded", "m;a;b;b;c 50\nm;a;d 30\nn;a;e;x 15\nm;f 4\nm;g 1\n")
        self.flametap("report", "r.folded", "--comm", "^m", "--hide", "^a$", "--collapse-recursion",
                      "--min-share", "5", "-o", "o.svg", "-o", "o.folded", "-o", "o.txt", "-o",
                      "o.pb.gz")
        expected = "m;[below 5%] 5\nm;b;c 50\nm;d 30\n"
        self.assertEqual((self.dir / "o.folded").read_text(), expected)
        for name in ("o.svg", "o.pb.gz"):
            self.assertEqual(self.flametap("report", name, "-o", "-").out, expected)
        said = "comm ^m, hide ^a$, recursion collapsed, below 5% folded, 85.00% of the samples"
        self.assertIn(f"refined: {said}", (self.dir / "o.svg").read_text())
        self.assertRegex((self.dir / "o.txt").read_text(), f"refined +{re.escape(said)}")

    def test_refined_away(self):
        run = self.flametap("report", "in.folded", "--focus", "no such function", "-o", "-")
        self.assertEqual(run.out, "")
        self.assert_one_line(run, "no sample is left of 100;")
        run = self.flametap("report", "in.folded", "--time", "1..2", "-o", "-", status=2)
        self.assert_one_line(run, "--time")

    def test_after_the_separator(self):
        self.put("-o", FOLDED)
        run = self.flametap("report", "-o", "-", "--", "-o")
        self.assertEqual(support.Folded(run.out).total(), 100)

    def test_default_output(self):
        run = self.flametap("report", "in.folded")
        self.assert_one_line(run, "flametap.svg")
        first = (self.dir / "flametap.svg").read_bytes()
        self.flametap("report", "in.folded", "in.folded", "-q")
        self.assertEqual((self.dir / "flametap.svg.old").read_bytes(), first)
        self.assertNotEqual((self.dir / "flametap.svg").read_bytes(), first)

    def refuse(self, *inputs, words=(), **options):
        self.put("o.svg", "old")
        before = sorted(os.listdir(self.dir))
        run = self.flametap("report", *inputs, "-o", "o.svg", "-o", "new.txt", status=2,
                            **options)
        self.assert_one_line(run, *words)
        self.assertRegex(run.err, r"^flametap: [^:]+: .+; .+\n$")
        self.assertEqual(sorted(os.listdir(self.dir)), before, run)
        self.assertEqual((self.dir / "o.svg").read_text(), "old")

    def test_unreadable_inputs(self):
        os.mkdir(self.dir / "directory")
        self.refuse("absent", words=["absent", "No such file"])
        self.refuse("directory", words=["directory"])
        self.refuse("in.folded", "absent", words=["absent"])
        self.refuse(self.put("empty", ""), words=["empty"])
        self.refuse("-", words=["standard input"])
        run = self.flametap("report", "-o", "x.svg", status=2)
        self.assert_one_line(run, "no input")

    def test_truncated_recording(self):
        whole = pprof.write({(f"function_{i}", f"leaf_{i}"): i + 1 for i in range(500)})
        for size in (1, 2, 9, 10, 11, len(whole) // 2, len(whole) - 9, len(whole) - 1):
            with self.subTest(size=size):
                self.refuse(self.put("cut.pb.gz", whole[:size]), words=["cut.pb.gz"])

    def test_rubbish(self):
        rubbish = bytes(range(256)) * 40
        self.refuse(self.put("r.folded", rubbish), words=["r.folded"])
        self.refuse(self.put("r.folded", FOLDED.encode() + b"\0\1\2\3 not a count\n"),
                    words=["r.folded"])
        self.refuse(self.put("r.pb.gz", gzip.compress(rubbish)), words=["r.pb.gz"])
        self.refuse(self.put("r.pb.gz", b"\x1f\x8b" + rubbish), words=["r.pb.gz"])

    def test_a_string_of_1_gb_in_20_bytes(self):
        bomb = pprof.encode_varint(6 << 3 | 2) + pprof.encode_varint(1 << 30) + b"x" * 13
        self.refuse(self.put("b.pb.gz", gzip.compress(bomb)), words=["b.pb.gz"])
        self.refuse(self.put("b.pb", bomb), words=["b.pb"])

    def test_unpacks_without_end(self):
        """16 GiB of empty strings out of 16 MB: refused with bounded memory and time."""
        member = gzip.compress(pprof.encode(6, "") * (8 << 20), 9)
        with open(self.dir / "bomb.pb.gz", "wb") as file:
            for _ in range(1024):
                file.write(member)

        self.refuse("bomb.pb.gz", words=["bomb.pb.gz"], timeout=60)
        peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of all so far
        self.assertLess(peak_kib, 1 << 20)

    def test_names_are_data(self):
        """They reach no terminal, no markup and no folded line unescaped."""
        names = ["<script>alert(1)</script>", "a;b 5", "\x1b[31mred", "bad\udcff\udcfe",
                 "x" * 50000]
        self.put("n.pb.gz", pprof.write({("prog", name): 10 for name in names}))
        run = self.flametap("report", "n.pb.gz", "-o", "-", "-o", "n.txt", "-o", "n.svg")
        folded = support.Folded(run.out)
        self.assertEqual((folded.total(), len(folded.lines)), (50, 5))
        for text in (run.out, (self.dir / "n.txt").read_text()):
            self.assertFalse(re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text))

        import xml.dom.minidom  # an XML parser of its own
        xml.dom.minidom.parse(str(self.dir / "n.svg"))
        self.assertNotIn("<script>alert", (self.dir / "n.svg").read_text())


class Resolve(support.Case):
    """Addresses get their names where the file is the one that was recorded."""

    def setUp(self):
        super().setUp()
        source = self.dir / "program.c"
        source.write_text("int shown(int x) { return x * 3; }\n"
                          "int main(void) { return shown(0); }\n")
        made = self.run_command("cc", "-O0", "-Wl,--build-id", "-o", "program", source)
        if made.status:
            self.skipTest("no C compiler")
        self.program = self.dir / "program"

    def recording(self, build_id=None):
        """A pprof file with one unresolved location, in shown()."""
        symbols = self.run_command("nm", self.program, status=0).out
        address = int(re.search(r"^([0-9a-f]+) T shown$", symbols, re.MULTILINE)[1], 16)
        notes = self.run_command("readelf", "-n", self.program, status=0).out
        build_id = build_id or re.search(r"Build ID: ([0-9a-f]+)", notes)[1]
        headers = self.run_command("readelf", "-lW", self.program, status=0).out
        offset, start = next((int(o, 16), int(v, 16)) for o, v in re.findall(
            r"LOAD +(0x[0-9a-f]+) (0x[0-9a-f]+) .* R E ", headers))
        strings = ["", "samples", "count", str(self.program), build_id]
        encode = pprof.encode
        base = 0x555500000000 + start
        data = encode(1, encode(1, 1) + encode(2, 2))
        data += encode(2, encode(1, pprof.encode_varint(1)) + encode(2, pprof.encode_varint(7)))
        data += encode(3, encode(1, 1) + encode(2, base) + encode(3, base + 0x1000)
                       + encode(4, offset) + encode(5, 3) + encode(6, 4))
        data += encode(4, encode(1, 1) + encode(2, 1) + encode(3, 0x555500000000 + address + 4))
        for text in strings:
            data += encode(6, text)
        (self.dir / "u.pb.gz").write_bytes(gzip.compress(data))

    def test_the_right_file(self):
        self.recording()
        run = self.flametap("report", "u.pb.gz", "-o", "-")
        self.assertRegex(run.out, r"(?m)^(.*;)?shown 7$")
        self.assertEqual(run.err, "", run)

    def with_comments(self):
        """What the recording said when its program had no names."""
        raw = gzip.decompress((self.dir / "u.pb.gz").read_bytes())
        number = sum(field == 6 for field, _ in pprof.fields(raw))
        for text in ("quality: samples=7 unnamed=100.0% event=cpu-clock",
                     f"unnamed: 100.0% of the samples, in {self.program}: stripped; install it"):
            raw += pprof.encode(6, text) + pprof.encode(13, number)
            number += 1
        (self.dir / "u.pb.gz").write_bytes(gzip.compress(raw))

    def test_comments_about_names(self):
        """They are no longer there when the names are; nor do other formats have them."""
        self.recording()
        self.with_comments()
        self.flametap("report", "u.pb.gz", "-o", "o.txt", "-o", "o.md", "-o", "o.svg", "-o",
                      "o.pb.gz")
        for name in ("o.txt", "o.md", "o.svg"):
            text = (self.dir / name).read_text()
            self.assertNotIn("install it", text, name)
        self.assertIn("unnamed=0.0% event", (self.dir / "o.txt").read_text())
        again = self.flametap("report", "o.pb.gz", "-f", "txt", "-o", "-").out
        self.assertEqual(again, (self.dir / "o.txt").read_text())
        self.program.unlink()
        text = self.flametap("report", "u.pb.gz", "-f", "txt", "-o", "-").out
        self.assertIn(f"100.0% of the samples, in {self.program}: stripped; install it", text)
        self.assertIn("unnamed=100.0% event", text)

    def test_another_build(self):
        self.recording(build_id="0123456789abcdef0123456789abcdef01234567")
        run = self.flametap("report", "u.pb.gz", "-o", "-")
        self.assertNotIn("shown", run.out)
        self.assertIn("[program+0x", run.out)
        self.assert_one_line(run, self.program, "another build")
        run = self.flametap("report", "-v", "u.pb.gz", "-o", "-")
        self.assert_one_line(run, self.program, "another build")

    def test_the_file_is_gone(self):
        self.recording()
        self.program.unlink()
        run = self.flametap("report", "u.pb.gz", "-o", "-")
        self.assertIn("[program+0x", run.out)
        self.assert_one_line(run, self.program, "not found")
        self.program.mkdir()
        self.flametap("report", "u.pb.gz", "-o", "-")
        self.program.rmdir()
        os.mkfifo(self.program)  # is not waited for
        self.flametap("report", "u.pb.gz", "-o", "-", timeout=10)
