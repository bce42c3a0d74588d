# SPDX-License-Identifier: GPL-2.0-or-later
"""One program, built by every compiler and linker in every way that puts its debug information
somewhere else: it has the same frames and lines, inlined or not, whatever did that. And where the
information is not there, what is left of it is right."""

import re
import shutil
import struct
import unittest

import built
import support
from built import CHAIN, without_lines


class Compilers(built.Built):
    def check(self, compiler, *flags):
        self.compile_chain(compiler, *flags)
        self.assert_chain(self.sample("chain"))
        self.assert_no_other_names("chain")

    def test_gcc(self):
        self.check("gcc", "-g")

    def test_clang(self):
        """It writes no .debug_aranges."""
        self.check("clang", "-g", "-gdwarf-4")
        sections = self.make("readelf", "-SW", "chain").out
        self.assertNotIn(".debug_aranges", sections)

    def test_clang_ranges(self):
        """In DWARF 5 an inlined function in two pieces is an index in a table of ranges."""
        self.check("clang", "-g", "-gdwarf-5")
        abbreviations = self.make("readelf", "--debug-dump=abbrev", "chain").out
        self.assertRegex(abbreviations, r"DW_TAG_inlined_subroutine .*\n(?: +DW_AT_.*\n)*?"
                                        r" +DW_AT_ranges +DW_FORM_rnglistx")

    def test_mixed(self):
        for first, second in (("gcc", "clang"), ("clang", "gcc")):
            with self.subTest(first=first):
                for compiler, name in ((first, "chain"), (second, "chain_part")):
                    self.make(compiler, "-O2", "-w", "-g", "-c", built.SOURCES / f"{name}.c")
                self.make("gcc", "-o", "chain", "chain.o", "chain_part.o")
                self.assert_chain(self.sample("chain"))
                self.assert_no_other_names("chain")


class LinkTime(built.Built):
    def check(self, compiler, *flags):
        self.compile_chain(compiler, "-g", *flags)
        # The other file's function is in here now, and refers to what is said of it there.
        self.assertNotIn("twice", self.symbols("chain"))
        self.assert_chain(self.sample("chain"))
        self.assert_no_other_names("chain")

    def test_gcc(self):
        self.check("gcc", "-flto")

    def test_clang(self):
        self.tool("ld.lld")
        self.check("clang", "-flto", "-fuse-ld=lld")

    def test_stripped(self):
        """All that was inlined is gone; what is left are the functions that the code lies in."""
        self.compile_chain("gcc", "-g", "-flto")
        shutil.copy(self.dir / "chain", self.dir / "bare")
        self.make("strip", "bare")
        recording = self.sample("bare")
        self.assert_bare(recording, "chain", {"main": 1, "first": 0.75, "second": 0.25})
        for name in ("main", "first", "twice", "burn", "second"):
            self.assertEqual(recording.folded.with_frame(name), 0)


class Split(built.Built):
    """Entries in files beside the program: .dwo, or all of them in a .dwp."""

    def build(self, compiler, version):
        for name in ("chain", "chain_part"):
            self.make(compiler, "-O2", "-w", f"-gdwarf-{version}", "-gsplit-dwarf", "-c",
                      built.SOURCES / f"{name}.c")
        self.make("gcc", "-o", "chain", "chain.o", "chain_part.o")
        self.assertTrue((self.dir / "chain_part.dwo").exists())

    def remove_dwo(self):
        for path in self.dir.glob("*.dwo"):
            path.unlink()

    def test_files(self):
        for compiler, version in (("gcc", 4), ("gcc", 5), ("clang", 5)):
            with self.subTest(compiler=compiler, version=version):
                self.build(compiler, version)
                recording = self.sample("chain")
                self.assert_chain(recording)
                self.assertNotIn("split DWARF", recording.run.err)
                self.assert_no_other_names("chain")

    def test_files_that_are_gone(self):
        """Functions from the symbol table, lines from the program's own table, nothing inlined."""
        for compiler in ("gcc", "clang"):
            with self.subTest(compiler=compiler):
                self.build(compiler, 5)
                self.remove_dwo()
                recording = self.sample("chain")
                self.assert_chain(recording, CHAIN[0][:2] + ("twice chain.h:100",),
                                  ("main chain.c:520", "second chain.h:100"))
                self.assert_no_other_names("chain")
                self.assertRegex(recording.run.err, r"flametap: \S*/chain: split DWARF is not here "
                                 r"\(2 missing, the first is chain\S*\.dwo\), .*--debug-dir")

    def test_one_file_of_two(self):
        self.build("gcc", 5)
        (self.dir / "chain_part.dwo").unlink()
        recording = self.sample("chain")
        stacks = self.under_main(recording, lines=False)
        self.assert_stacks(stacks, {("main", "first", "twice"): 0.75,
                                    ("main", "second", "burn"): 0.25})
        self.assertIn("(1 missing, the first is chain_part.dwo)", recording.run.err)

    def test_package(self):
        for compiler, version, tools in (("gcc", 4, ("dwp",)),
                                         ("clang", 5, ("llvm-dwp", "llvm-dwp-14"))):
            with self.subTest(compiler=compiler):
                self.build(compiler, version)
                self.make(self.tool(*tools), "-e", "chain", "-o", "chain.dwp")
                self.remove_dwo()
                self.assert_chain(self.sample("chain"))
                self.assert_no_other_names("chain")

    def test_another_build(self):
        """A .dwo that is there, but of another build, says nothing of this one."""
        self.build("gcc", 5)
        self.make("gcc", "-O2", "-w", "-gdwarf-5", "-gsplit-dwarf", "-Dburn=scorch", "-c",
                  "-o", "other.o", built.SOURCES / "chain_part.c")
        (self.dir / "other.dwo").rename(self.dir / "chain_part.dwo")
        stacks = self.under_main(self.sample("chain"), lines=False)
        self.assert_stacks(stacks, {("main", "first", "twice"): 0.75,
                                    ("main", "second", "burn"): 0.25})


class Broken(built.Built):
    """Debug information that is damaged: functions are still those of the symbol table, and what
    can still be read of the rest is right."""

    def section(self, name):
        """Where the header of a section is in the program, and what it says: (at, offset, size)."""
        data = (self.dir / "chain").read_bytes()
        table, = struct.unpack_from("<Q", data, 0x28)
        size, count, strings = struct.unpack_from("<HHH", data, 0x3a)
        headers = [(at, *struct.unpack_from("<QQ", data, at + 24),
                    *struct.unpack_from("<I", data, at))
                   for at in range(table, table + size * count, size)]
        names = headers[strings][1]
        for at, offset, length, word in headers:
            if data[names + word:].startswith(name.encode() + b"\0"):
                return at, offset, length
        return self.fail(f"no section {name}")

    def patch(self, at, data):
        with (self.dir / "chain").open("r+b") as file:
            file.seek(at)
            file.write(data)

    def check(self):
        """Stacks without lines: what the symbols say, with or without inlined functions."""
        stacks = self.under_main(self.sample("chain"), lines=False)
        functions = {}
        for stack, count in stacks.items():
            if "burn" in stack:
                self.assertIn(stack, [without_lines(chain) for chain in CHAIN])
            own = tuple(name for name in stack if name in ("first", "second", "twice"))
            functions[own] = functions.get(own, 0) + count
        self.assert_stacks(functions, {("first", "twice"): 0.75, ("second",): 0.25}, points=8)

    def test_cut(self):
        for names in ((".debug_info",), (".debug_abbrev",), (".debug_line", ".debug_str")):
            with self.subTest(sections=names):
                self.compile_chain("gcc", "-g")
                for name in names:
                    at, _, length = self.section(name)
                    self.patch(at + 32, struct.pack("<Q", length // 2 + 1))
                self.check()

    def test_cycle(self):
        """Every reference to another entry is to the entry that burn's copy in twice is."""
        self.compile_chain("gcc", "-g")
        dump = self.make("readelf", "--debug-dump=info", "chain").out
        inlined = re.findall(r"<([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_inlined_subroutine\)\n"
                             r" +<([0-9a-f]+)> +DW_AT_abstract_origin: <0x[0-9a-f]+>", dump)
        self.assertGreaterEqual(len(inlined), 2)
        _, offset, _ = self.section(".debug_info")
        units = [int(unit, 16) for unit in re.findall(r"Compilation Unit @ offset (\S+):", dump)]
        for entry, place in inlined:
            entry, place = int(entry, 16), int(place, 16)
            unit = max(unit for unit in units if unit < entry)
            self.patch(offset + place, struct.pack("<I", entry - unit))
        self.check()


class Languages(built.Built):
    def line(self, source, mark):
        """The line that has this comment."""
        for number, line in enumerate((built.SOURCES / source).read_text().splitlines(), 1):
            if line.endswith(f"// line: {mark}"):
                return f"{source}:{number}"
        return self.fail(mark)

    def check(self, source, program, main, expected):
        """{functions from main on, innermost last, with their marks: share}"""
        stacks = {}
        for stack, count in self.under_main(self.sample(program), main).items():
            key = tuple(re.sub(r"(?<= )(\S+):(\d+)$",
                               lambda found: self.marks.get(found[0], ""), frame).rstrip()
                        for frame in stack)
            stacks[key] = stacks.get(key, 0) + count
        self.assert_stacks(stacks, expected)
        self.assert_no_other_names(program)

    def test_rust(self):
        rustc = self.tool("rustc")
        source = "chain.rs"
        self.marks = {self.line(source, mark): mark for mark in ("first", "second", "burn")}
        for mangling in ((), ("-C", "symbol-mangling-version=v0")):
            with self.subTest(mangling=mangling):
                self.make(rustc, "-O", "-g", *mangling, "-o", "chain", built.SOURCES / source)
                legacy = not any(re.match("_R.*5chain4main", name)
                                 for name in self.symbols("chain"))
                apply, piston = "chain::apply", "chain::engine::Piston<u64>"
                closures = ("{{closure}}", "{{closure}}") if legacy else \
                    ("{closure#0}", "{closure#1}")
                calls = [(apply if legacy else f"{apply}::<chain::main::{name}>",
                          f"chain::main::{name}") for name in closures]
                first = f"{piston}::first" if legacy else f"<{piston}>::first"
                second = f"<{piston} as chain::engine::Second>::second"
                self.check(source, "chain", "chain::main", {
                    ("chain::main", *calls[0], f"{first} first", "chain::burn burn"): 0.75,
                    ("chain::main", *calls[1], f"{second} second", "chain::burn burn"): 0.25})

    def test_d(self):
        source = "chain.d"
        self.marks = {self.line(source, mark): mark for mark in ("first", "second", "burn")}
        self.make("gdc", "-O2", "-g", "-o", "chain", built.SOURCES / source)
        burn = "chain.burn!(ulong).burn(ulong) burn"
        self.check(source, "chain", "D main", {
            ("D main", "chain.Engine!(ulong).Engine.first(ulong) first", burn): 0.75,
            ("D main", "chain.second(ulong) second", burn): 0.25})

    def test_long_name(self):
        """A template with 8000 arguments: more than is demangled: as the compiler made it."""
        self.compile("chain", "g++", "-g", source="""
            #include <ctime>
            #include <utility>
            template <std::size_t... I>
            __attribute__((noinline)) void work(std::index_sequence<I...>)
            {
                for (int i = 0; i < 200000; i++) asm volatile("imul %%rax, %%rax" ::: "rax");
                asm volatile("");
            }
            int main()
            {
                while (clock() < 200000)
                    work(std::make_index_sequence<8000>());
            }""")
        name, = (name for name in self.symbols("chain") if "work" in name)
        self.assertGreater(len(name), 50000)
        self.assertGreater(self.under_main(self.sample("chain"), lines=False)[("main", name)], 300)


class Table(support.Case):
    def test_it_names_tests(self):
        """doc/hard-cases.md has all 20 cases, and each test it names is one."""
        table = (support.ROOT / "doc" / "hard-cases.md").read_text()
        self.assertEqual(re.findall(r"(?m)^\| (\d+) \|", table), [str(n) for n in range(1, 21)])
        n = 0
        for file, names in re.findall(r"`([\w/.]+\.(?:py|c))`: ((?:[\w.]+(?:, )?)+)", table):
            folder = "tests" if "/" in file else "tests/e2e"
            text = (support.ROOT / folder / file).read_text()
            for name in names.rstrip(", ").split(", "):
                n += 1
                for part in name.split("."):
                    self.assertRegex(text, rf"(class|def|static void) {part}\b", (file, name))
        self.assertGreater(n, 45)


if __name__ == "__main__":
    unittest.main()
