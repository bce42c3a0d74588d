# SPDX-License-Identifier: GPL-2.0-or-later
"""Inlined functions and lines, of a program that is written to have them: in every format, and
left out or shown as the options say."""

import gzip

import pprof
import support


class Inlines(support.BpfCase):
    def record_inlined(self, *outputs):
        names = [word for output in outputs for word in ("-o", output)]
        return self.record("-F", 999, "-e", "cpu-clock", *names, "--",
                           support.workload("inlined"), 2)

    def test_frames(self):
        recording = self.record_inlined("o.pb.gz", "o.svg", "o.txt")
        folded = recording.folded
        total = folded.total()
        deep = folded.matching(r"inlined;(.*;)?main;first;twice;burn(;.*)?")
        plain = folded.matching(r"inlined;(.*;)?main;second;burn(;.*)?")
        self.assert_share(deep / total, 0.75, 3)
        self.assert_share(plain / total, 0.25, 3)
        # A recording has the lines; they are shown when asked for.
        lines = self.flametap("report", "o.pb.gz", "--lines", "-o", "-").out
        self.assertRegex(lines, r"first inlined\.c:300;twice inlined\.c:200;burn inlined\.c:100 ")
        self.assertRegex(lines, r"second inlined\.c:400;burn inlined\.c:100 ")
        svg = (self.dir / "o.svg").read_text()
        text = (self.dir / "o.txt").read_text()
        for name in ("first", "twice", "burn", "second"):
            self.assertIn(f">{name}", svg)
            self.assertRegex(text, rf"(?m)  {name}( |$)")

    def test_without(self):
        self.record_inlined("o.pb.gz")
        folded = support.Folded(self.flametap("report", "o.pb.gz", "--no-inlines", "-o", "-").out)
        outer = folded.matching(r"inlined;(.*;)?main;first")
        self.assert_share(outer / folded.total(), 0.75, 3)
        self.assertEqual(folded.matching(r".*;(burn|twice)(;.*)?"), 0)

    def test_pprof(self):
        """One location of several lines, innermost first, each with its function's file."""
        self.record_inlined("o.pb.gz")
        top = pprof.message(gzip.decompress((self.dir / "o.pb.gz").read_bytes()))
        number = lambda item, field: pprof.integers(item.get(field, [0]))[0]
        functions = {}
        for item in map(pprof.message, top[5]):
            functions[number(item, 1)] = (top[6][number(item, 2)].decode(),
                                          top[6][number(item, 4)].decode().split("/")[-1])
        chains = set()
        for item in map(pprof.message, top[4]):
            lines = map(pprof.message, item.get(4, []))
            chains.add(tuple((*functions[number(line, 1)], number(line, 2)) for line in lines))
        file = "inlined.c"
        self.assertIn((("burn", file, 100), ("twice", file, 200), ("first", file, 300)), chains)
        self.assertIn((("burn", file, 100), ("second", file, 400)), chains)
