# SPDX-License-Identifier: GPL-2.0-or-later
"""The second way to a stack: a copy of it, unwound in user space. The programs that know their
own stacks (see test_unwind.py) are read frame by frame; a copy that is too short or too dear is
said to be; and the same samples unwound both ways agree."""

import os
import unittest

import support
import test_unwind

# Frames that both ways have, and stacks that may part, as issue and doc/how-it-works.md say.
AGREE_FRAMES, PART_STACKS = 0.999, 0.005


class Copied(test_unwind.Known):
    def sample(self, program, *args, **options):
        recording = self.record("--user-only", "--no-inlines", "-F", 999, "--unwind", "copy",
                                "--", test_unwind.PROGRAMS / program, *args, **options)
        copies = recording.stats["copies"]
        self.assertEqual(copies["taken"], copies["unwound"], recording.run)
        self.assertGreaterEqual(copies["unwound"] + copies["over budget"] + copies["lost"],
                                recording.stats["user_samples"])
        return recording

    def test_compiled(self):
        for program in ("chain", "through_qsort", "stubs", "jump", "alloca", "realign",
                        "tail_calls", "assembly", "thread"):
            with self.subTest(program):
                self.check(program)

    def test_signal_that_interrupts_a_prologue(self):
        self.check("signal_prologue", frames=["pushes"], least=300)

    def test_recursion_400_deep(self):
        self.check("recursion")

    def test_vfork(self):
        self.check("vfork_child", frames=["__vfork"])

    def test_exception(self):
        self.check("exception", source="exception.cc", frames=["_Unwind_RaiseException", "thrower"])

    def test_dlopen(self):
        self.check("dlopened", 0.5, test_unwind.PROGRAMS / "dlopened_library.so")

    def test_static_pie(self):
        self.check("static_pie", source="chain.c")

    def test_musl(self):
        main = rf"libc_start_main_stage2|{test_unwind.NAMELESS}"
        for program in ("musl", "musl_static"):
            with self.subTest(program):
                self.check(program, source="chain.c", words={"MAIN": main})

    def test_stacks_on_the_heap(self):
        for program in ("coroutine", "switches"):
            with self.subTest(program):
                self.check(program)

    def test_stacks_in_two_places(self):
        """The one that the thread is on is copied; what lies on the other is not to be had."""
        inner = {"signal_stack": r"raiser;[^;]+;first_handler;second_raiser;[^;]+;second_handler",
                 "stack_switch": "on_other_stack;called;inner"}
        for program, frames in inner.items():
            with self.subTest(program):
                recording = self.sample(program)
                cut = recording.folded.matching(
                    rf"{program};\[incomplete: unreadable\];{frames};burn(;\[kernel\])?")
                self.assertGreaterEqual(cut, 400)
                self.assertGreaterEqual(cut, 0.99 * recording.folded.with_frame("burn"))


class Limits(support.BpfCase):
    def test_processes_that_are_gone(self):
        """Each lives for a few milliseconds; their copies are unwound when they have ended."""
        recording = self.record("--user-only", "-F", 4999, "--unwind", "copy", "--", "sh", "-c",
                                "i=0; while [ $i -lt 300 ]; do sh -c :; i=$((i+1)); done",
                                timeout=120)
        self.assertGreater(recording.stats["user_samples"], 200)
        # The rest has its stack not in memory, which the interrupted page fault brings in.
        self.assertGreaterEqual(recording.stats["whole"], 0.97, recording.run)

    def test_a_copy_too_short(self):
        """400 frames of 48 bytes and more do not fit into a page. How many do depends on where in
        it the stack pointer is."""
        recording = self.record("--user-only", "-F", 999, "--unwind", "copy", "--stack-copy", "4096",
                                "--", test_unwind.PROGRAMS / "recursion")
        burning = recording.folded.with_frame("burn")
        cut = recording.folded.matching(
            r"[^;]+;\[incomplete: copy too short\](;recurse)*;burn(;\[kernel\])?")
        self.assertGreaterEqual(burning, 400)
        self.assertGreaterEqual(cut, 0.99 * burning, recording.run)
        self.assertIn("--stack-copy", recording.run.err)

    def test_over_the_budget(self):
        """Of about 12 MB a second of CPU time a copy or two are allowed in each 134 ms by the clock:
        too few also where others have most of the CPU. The rest is walked by frame pointer, which
        proves nothing, and counted."""
        recording = self.record("--user-only", "-F", 999, "--unwind", "copy", "--min-quality", 90,
                                "--", test_unwind.PROGRAMS / "chain", 4, status=None, timeout=300,
                                env={"FLAMETAP_TEST_COPY_BYTES": "100000"})
        self.assertEqual(recording.run.status, 1, recording.run)
        over = recording.stats["copies"]["over budget"]
        self.assertGreater(over, 50, recording.run)
        self.assertGreater(recording.stats["copies"]["unwound"], 20)
        self.assertEqual(recording.stats["incomplete"]["over copy budget"], over)
        self.assertEqual(recording.folded.total(), recording.stats["samples"])
        said = recording.folded.matching(r"[^;]+;\[incomplete: over copy budget\](;.*)?")
        self.assertEqual(said, over)


class BothWays(support.BpfCase):
    """Every sample is unwound in the kernel, and copied, and the two are compared."""

    def compare(self, *command, least=300, **options):
        run = self.flametap("cpu", "--user-only", "-F", 999, "-o", "out.folded", "--stats",
                            "out.json", "--", *command, status=None, timeout=100,
                            env={"FLAMETAP_TEST_BOTH_WAYS": "1"}, **options)
        both = support.Recording(self.dir, "out", run).stats["both_ways"]
        stacks = both["stacks"]
        total = sum(stacks.values())
        if os.environ.get("FLAMETAP_STOCK_PRINT"):
            print(f"# {self.id()} {command[0]}: {both}")
        self.assertGreaterEqual(total, least, run)
        self.assertGreaterEqual(both["frames_agreed"], AGREE_FRAMES * both["frames"], both)
        parted = stacks["part at the leaf"] + stacks["part further out"] + stacks["other end"]
        self.assertLessEqual(parted, max(1, PART_STACKS * total), both)
        # What only one of the two brings to its end, start-up aside, which has no tables yet.
        self.assertLessEqual(stacks["copy cut"], max(1, PART_STACKS * total), both)
        return both

    def test_own(self):
        for program in ("chain", "through_qsort", "stubs", "exception", "realign", "switches"):
            with self.subTest(program):
                self.compare(test_unwind.PROGRAMS / program)

    def test_interpreters(self):
        python = "import json, time\nd = [{'a': i, 'b': str(i) * 3} for i in range(2000)]\n" \
                 "while time.process_time() < 1: json.loads(json.dumps(d))\n"
        self.compare("python3", "-c", python)
        self.compare("perl", "-e", "while ((times)[0] < 1) { my %h; $h{$_ % 1000} .= \"$_\" "
                     "for 1..20000; join ',', sort map { s/1/x/gr } values %h }")

    def test_assembly(self):
        for options in (["sha256"], ["-evp", "aes-256-gcm"], ["rsa2048"]):
            with self.subTest(" ".join(options)):
                # It would end by the clock on the wall, however much of a CPU it got.
                self.compare("prlimit", "--cpu=1", "openssl", "speed", "-seconds", "600", "-bytes",
                             "16384", *options)

    def test_compressor(self):
        (self.dir / "text").write_bytes(os.urandom(1 << 20) * 6)
        self.compare("xz", "-9", "-k", "text")


if __name__ == "__main__":
    unittest.main()
