# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of every form that a linker gives them, and code in places that names get wrong easily:
pieces and copies of functions, stubs, symbols without a size, and the first and the last
instruction of a function."""

import re
import shutil
import unittest

import built


class Layouts(built.Built):
    FORMS = {
        "fixed": ("-no-pie", "-fno-pie"),
        "pie": ("-pie", "-fPIE"),
        "static": ("-static", "-no-pie", "-fno-pie"),
        "static-pie": ("-static-pie", "-fPIE"),
        "lld": ("-fuse-ld=lld",),
        "one segment": ("-Wl,-z,noseparate-code", "-Wl,-Ttext-segment=0x10000000", "-no-pie",
                        "-fno-pie"),
    }

    def test_forms(self):
        for form, flags in self.FORMS.items():
            with self.subTest(form=form):
                self.compile_chain("gcc", "-g", *flags)
                self.assert_chain(self.sample("chain"))

    def test_stripped(self):
        for form in ("fixed", "static-pie", "lld"):
            with self.subTest(form=form):
                self.compile_chain("gcc", "-g", *self.FORMS[form])
                self.assert_no_other_names("chain")
                self.assert_bare(self.sample("bare"), "chain", {
                    "main": 1, "first": 0.75, "twice": 0.75, "second": 0.25})

    def test_segments(self):
        """Code in two segments, a long way from each other in memory, not in the file."""
        for flags, far in ((("-no-pie", "-fno-pie"), 0x10000000), (("-pie", "-fPIE"), 0x8000000)):
            with self.subTest(flags=flags):
                for name in ("chain", "chain_part"):
                    self.make("gcc", "-O2", "-w", "-g", *flags, "-c", built.SOURCES / f"{name}.c")
                self.make("objcopy", "--rename-section",
                          ".text=far,alloc,load,readonly,code,contents", "chain_part.o")
                self.make("gcc", *flags, f"-Wl,--section-start=far={far:#x}", "-o", "chain",
                          "chain.o", "chain_part.o")
                headers = self.make("readelf", "-lW", "chain").out
                self.assertEqual(len(re.findall(r" LOAD .* R E ", headers)), 2)
                self.assertEqual(self.symbols("chain")["twice"], far)
                self.assert_chain(self.sample("chain"))
                shutil.copy(self.dir / "chain", self.dir / "bare")
                self.make("strip", "bare")
                self.assert_bare(self.sample("bare"), "chain", {"main": 1, "twice": 0.75,
                                                               "second": 0.25})


class Pieces(built.Built):
    # By the rule for other names of the same code: global before weak before local, then the
    # shortest, then the first.
    NAMES = {"whole", "whole.cold", "partial.part.0", "reduced.isra.0", "fixed.constprop.0",
             "chosen_now", "sizeless", "alias"}

    def assert_names(self, recording, names):
        """Each has some of what is under main, and no other function has."""
        functions = {}
        for stack, count in self.under_main(recording, lines=False).items():
            name = [name for name in stack if name != "burn"][-1]
            functions[name] = functions.get(name, 0) + count
        total = sum(functions.values())
        for name in names:
            self.assertGreater(functions.get(name, 0), 0.04 * total, functions)
        self.assertLess(sum(count for name, count in functions.items() if name not in names),
                        0.04 * total, functions)

    def test_gcc(self):
        for debug in ("-g0", "-g"):
            with self.subTest(debug=debug):
                self.compile("clones", "gcc", debug, sources=("clones.c",))
                self.assertLessEqual(self.NAMES, set(self.symbols("clones")))
                recording = self.sample("clones")
                self.assert_names(recording, self.NAMES)
                if debug == "-g":
                    stacks = {stack[1:] for stack in self.under_main(recording, lines=False)}
                    for stack in (("whole.cold", "burn"), ("partial", "partial.part.0", "burn"),
                                  ("reduced.isra.0", "burn"), ("fixed.constprop.0", "burn")):
                        self.assertIn(stack, stacks)
                self.assert_no_other_names("clones")
                # Of the two names of the code that chooses, the global one.
                self.assertGreater(recording.folded.count(lambda frames: any(
                    re.match(r"chosen($| )", frame) for frame in frames)), 50)

    def test_clang(self):
        """It makes no such pieces, and partial is inlined."""
        self.compile("clones", "clang", sources=("clones.c",))
        self.assert_names(self.sample("clones"), {"main", "whole", "reduced", "fixed",
                                                  "chosen_now", "sizeless", "alias"})


class Stubs(built.Built):
    CALLER = """
        #include <time.h>
        void leaf(void);
        int main(void)
        {
            struct timespec t;

            do {
                for (int i = 0; i < 1000000; i++) { leaf(); leaf(); leaf(); leaf(); }
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
            } while (!t.tv_sec && t.tv_nsec < 200000000);
            return 0;
        }"""
    # What is executed is in one of these sections.
    LINKS = {
        ".plt": ("-Wl,-z,lazy",),
        ".plt, bound at start": ("-Wl,-z,now",),
        ".plt.sec": ("-fcf-protection=full", "-Wl,-z,ibtplt", "-Wl,-z,now"),
        ".plt of gold": ("-fuse-ld=gold",),
        ".plt of lld": ("-fuse-ld=lld",),
        ".plt of lld, bound at start": ("-fuse-ld=lld", "-Wl,-z,now"),
        ".plt.sec of lld": ("-fuse-ld=lld", "-fcf-protection=full", "-Wl,-z,force-ibt"),
    }

    def test_all(self):
        self.compile("libleaf.so", "gcc", "-shared", "-fPIC", source="void leaf(void) {}")
        for name, flags in self.LINKS.items():
            with self.subTest(name):
                self.compile("program", "gcc", *flags, "./libleaf.so", source=self.CALLER)
                sections = self.make("readelf", "-SW", "program").out
                self.assertIn(f" {name.split()[0].rstrip(',')} ", sections)
                recording = self.sample("program")
                stacks = self.under_main(recording)
                # The three have a third each of the instructions.
                self.assert_stacks(stacks, {("main",): 1 / 3, ("main", "leaf"): 1 / 3,
                                            ("main", "leaf@plt"): 1 / 3}, points=18)
                # None of them is without main.
                self.assertEqual(stacks[("main", "leaf@plt")],
                                 recording.folded.count(lambda frames: frames[-1] == "leaf@plt"))


class Edges(built.Built):
    STACKS = {
        ("main edges.c:100", "faulting faulting.S:17", "__restore_rt", "handler edges.c:50"): 0.5,
        ("main edges.c:110", "last_call edges.c:30", "ends_all edges.c:20"): 0.5,
    }

    def test_edges(self):
        for compiler in ("gcc", "clang"):
            with self.subTest(compiler=compiler):
                self.compile("edges", compiler, "-g", "-falign-functions=1",
                             sources=("edges.c", "faulting.S"))
                symbols = self.symbols("edges")
                self.assertEqual(symbols["before_it"] + 2, symbols["faulting"])
                stacks = self.under_main(self.sample("edges"))
                self.assert_stacks(stacks, self.STACKS)
                self.assertEqual([stack for stack in stacks for frame in stack
                                  if frame.startswith(("before_it", "next_function"))], [])

    def test_stripped(self):
        self.compile("edges", "gcc", "-falign-functions=1", sources=("edges.c", "faulting.S"))
        self.assert_no_other_names("edges")
        self.assert_bare(self.sample("bare"), "edges", {
            "main": 1, "faulting": 0.5, "handler": 0.5, "last_call": 0.5, "ends_all": 0.5})


if __name__ == "__main__":
    unittest.main()
