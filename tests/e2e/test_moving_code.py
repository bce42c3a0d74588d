# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets whose code does not stay where it is, or of which there is more than is usual: nothing
breaks, flametap's own cost stays bounded, samples add up, and a stack that is said to be whole is
right: its own functions are the beginning of one of those that the source states."""

import re
import unittest

import support
import test_unwind
import whole

RSS = 128 << 20  # bytes; an ordinary recording takes 20 MB


class Moving(support.BpfCase):
    def sample(self, program, *args):
        recording = self.record("--user-only", "-F", 999, "--", test_unwind.PROGRAMS / program,
                                *args, timeout=100)
        stats = recording.stats
        self.assertLessEqual(stats["own_cpu_seconds"], stats["elapsed_seconds"], recording.run)
        self.assertLessEqual(stats["peak_rss_bytes"], RSS, recording.run)
        self.assertGreaterEqual(stats["covered"], 0.9, recording.run)
        return recording

    def own_functions(self, source):
        """The stacks that a source states, without what libc has put before main."""
        return [[{"ANON": "[anon]"}.get(word, word) for word in stack.split(";")[1:]]
                for stack in test_unwind.stacks_of(source)]

    def check(self, recording, source, share):
        """The share of the samples after warm_up that is whole; all of those must be right."""
        stacks = self.own_functions(source)
        known = {name for stack in stacks for name in stack}
        entries = whole.entries()
        seen = right = 0
        reached = set()
        wrong, cut = [], []
        for frames, count in recording.folded.lines:
            if "warm_up" in frames or not whole.is_user(frames):
                continue
            seen += count
            own = [name for name in frames if name in known]
            if frames[1].startswith("[incomplete: "):
                cut.append(f"{count} {';'.join(frames)}")
            elif frames[1] in entries and any(own == stack[:len(own)] for stack in stacks):
                right += count
                reached.update(i for i, stack in enumerate(stacks) if own == stack)
            else:
                wrong.append(f"{count} {';'.join(frames)}")
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(right, share * seen, "\n".join(cut))
        self.assertEqual(len(reached), len(stacks), recording.folded.lines)

    def libraries(self):
        return [test_unwind.PROGRAMS / f"{name}_library.so" for name in ("dlopened", "other")]

    def test_text_that_moves(self):
        """Written, then made executable; moved by mremap; another library's put over it."""
        recording = self.sample("remapped", 0.4, *self.libraries(), 1)
        self.check(recording, "remapped.c", 0.97)

    def test_text_that_changes_every_20_ms(self):
        recording = self.sample("remapped", 0.4, *self.libraries(), 20)
        self.check(recording, "remapped.c", 0.95)

    def test_code_that_comes_and_goes(self):
        recording = self.sample("churn", 1)
        mapped = re.search(r"^mapped=(\d+)$", recording.run.out, re.MULTILINE)
        self.assertGreater(int(mapped[1]), 1000, recording.run)
        self.check(recording, "churn.c", 0.97)

    def test_ten_thousand_mappings(self):
        recording = self.sample("many_mappings", 1, self.libraries()[0])
        self.check(recording, "many_mappings.c", 0.95)


if __name__ == "__main__":
    unittest.main()
