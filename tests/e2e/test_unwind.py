# SPDX-License-Identifier: GPL-2.0-or-later
"""Stacks of programs that know their own: each opens with "Stack:" lines (see
tests/workloads/unwind/unwind.h), and every sample of it must read as one of them, frame by
frame from the root on. Before they come to the point, the programs give flametap half a second
to make its tables (warm_up, 25 ms of CPU time); samples until then may be incomplete, none may
be later."""

import re
import unittest

import support
import whole

SOURCES = support.ROOT / "tests" / "workloads" / "unwind"
PROGRAMS = support.WORKLOADS / "unwind"

NAMELESS = r"\[[^\];]+\+0x[0-9a-f]+\]"
LIBC = rf"(?:\[libc\.so\.6\+0x[0-9a-f]+\]|[_a-zA-Z][_a-zA-Z0-9@.]*)"
WORDS = {
    # libc's own function below main has no name where libc's symbols are not installed.
    "MAIN": rf"_start;__libc_start_main(?:@\S+|_impl)?;(?:{NAMELESS}|__libc_start_call_main)",
    "THREAD": rf"(?:__)?clone3?(?:;{NAMELESS}|;start_thread)|{NAMELESS};{NAMELESS}",
    "LIBC": LIBC,
    # With its debug file, all of its functions have names.
    "LDSO": r"(?:\[ld-linux-x86-64\.so\.2\+0x[0-9a-f]+\]|[a-z_]\w*)",
    "STUB": rf"(?:\w+@plt|{NAMELESS}|\[\w+ plt\])",
    "ANY": r"[^;]+",
}


def pattern_of(stack, words):
    """A "Stack:" line as a regular expression."""
    pattern = r"[^;]+"
    for word in stack.split(";"):
        name, mark, times = re.fullmatch(r"(\w+)([*?]?)([0-9-]*)", word).groups()
        if mark == "?":
            times = "{0,1}"
        elif mark:
            times = f"{{{times.replace('-', ',')}}}" if times else "*"
        pattern += f"(?:;(?:{words.get(name, re.escape(name))})){times}"
    return pattern


def stacks_of(source):
    return re.findall(r"^ \* Stack: (\S+)$", (SOURCES / source).read_text(), re.MULTILINE)


class Known(support.BpfCase):
    def sample(self, program, *args, **options):
        return self.record("--user-only", "--no-inlines", "-F", 999, "--unwind", "auto", "--",
                           PROGRAMS / program, *args, **options)

    def assert_stacks(self, recording, source, share=0.995, least=400, words=None, frames=()):
        """Of the samples after warm_up, this share reads exactly as the source says, and each of
        these frames is in some."""
        patterns = [pattern_of(stack, {**WORDS, **(words or {})}) for stack in stacks_of(source)]
        self.assertTrue(patterns)
        # The rest to 100 % is for what main calls of libc between.
        patterns.append(pattern_of("MAIN;main", {**WORDS, **(words or {})}))
        compiled = re.compile(rf"(?:{'|'.join(patterns)})(?:;\[kernel\])?")
        seen = right = 0
        wrong = []
        for stack, count in self.of_interest(recording):
            seen += count
            if compiled.fullmatch(";".join(stack)):
                right += count
            else:
                wrong.append(f"{';'.join(stack)} {count}")
        self.assertGreaterEqual(seen, least, recording.folded.lines)
        self.assertGreaterEqual(right, share * seen, "\n".join(wrong))
        self.assertEqual([stack for stack in wrong if "[incomplete" in stack], [])
        for frame in frames:
            self.assertGreater(recording.folded.with_frame(frame), 0, frame)
        return right, seen

    def of_interest(self, recording):
        """Stacks that show main or burn after warm_up, whole or not. What shows neither is ld.so's
        and libc's work before and after main."""
        for stack, count in recording.folded.lines:
            names = set(stack)
            if "warm_up" not in names and names & {"main", "burn"}:
                yield stack, count

    def check(self, program, *args, source=None, share=0.995, least=400, words=None, frames=(),
              **options):
        recording = self.sample(program, *args, **options)
        self.assert_stacks(recording, source or f"{program}.c", share, least, words, frames)
        return recording


class Compiled(Known):
    def test_chain(self):
        self.check("chain")

    def test_through_qsort(self):
        self.check("through_qsort")

    def test_signal_on_an_alternate_stack(self):
        self.check("signal_stack")

    def test_signal_that_interrupts_a_prologue(self):
        self.check("signal_prologue", frames=["pushes"], least=300)

    def test_many_signals(self):
        self.check("many_signals", frames=["handler"])

    def test_prologue(self):
        self.check("prologue", frames=["pushes", "room"])

    def test_plt_stubs(self):
        self.check("stubs", frames=["callee"])

    def test_lazy_binding(self):
        self.check("stubs", env={"LD_BIND_NOT": "1"})

    def test_recursion_400_deep(self):
        self.check("recursion")

    def test_recursion_2000_deep(self):
        """Too deep: said so, and the part nearest to the leaf is right."""
        recording = self.sample("recursion", 0.5, 2000)
        count = recording.folded.matching(
            r"[^;]+;\[incomplete: [^;]*depth[^;]*\](;recurse){510,};burn(;\[kernel\])?")
        burning = recording.folded.with_frame("burn")
        self.assertGreaterEqual(burning, 400)
        self.assertGreaterEqual(count, 0.99 * burning, recording.run)

    def test_dlopen(self):
        self.check("dlopened", 0.5, PROGRAMS / "dlopened_library.so")

    def test_thread(self):
        self.check("thread")

    def test_threads_and_processes_are_made(self):
        """Most of that is in clone3()'s system call, which no FDE covers."""
        folded = self.sample("new_threads", 0.3).folded
        for caller in ("pthread_create", "posix_spawn"):
            self.assertGreater(folded.with_frame(caller), 50, folded.lines)
        # The rest is children at their first instruction, whose stacks hold other things.
        shares = whole.Shares(folded, whole.entries(), ["new_threads"])
        self.assertGreaterEqual(shares.share(), 0.95, "\n".join(shares.report()))

    def test_vfork(self):
        self.check("vfork_child", frames=["__vfork"])

    def test_longjmp(self):
        self.check("jump")

    def test_frame_address_in_any_register(self):
        """The kernel side follows rsp, rbp and rbx; for others the stack is copied."""
        self.check("cfa_registers", frames=["on_r12", "on_r13", "on_r14", "on_r15"])

    def test_exception(self):
        self.check("exception", source="exception.cc", frames=["_Unwind_RaiseException", "thrower"])

    def test_alloca(self):
        self.check("alloca")

    def test_realigned_stack(self):
        self.check("realign", frames=["inner", "aligned_leaf"])

    def test_tail_calls(self):
        self.check("tail_calls")

    def test_static_pie(self):
        self.check("static_pie", source="chain.c")

    def test_assembly(self):
        self.check("assembly")

    def test_musl(self):
        """musl has no tables; flametap knows the call of main by its bytes, and ends there."""
        main = rf"libc_start_main_stage2|{NAMELESS}"
        for program in ("musl", "musl_static"):
            with self.subTest(program):
                self.check(program, source="chain.c", words={"MAIN": main})

    def test_coroutine(self):
        self.check("coroutine")

    def test_coroutines_that_take_turns(self):
        self.check("switches", frames=["first", "second", "last"])

    def test_switch_of_stacks(self):
        self.check("stack_switch")


if __name__ == "__main__":
    unittest.main()
