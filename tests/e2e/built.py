# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests share that build their own subjects with compilers of all kinds: building,
recording, and judging what lies under main (a short program's start is a good part of its samples,
and not what is tested). Sources are in tests/workloads/hard/; doc/hard-cases.md lists the cases."""

import re
import shutil

import support

SOURCES = support.ROOT / "tests" / "workloads" / "hard"
# Three quarters of chain's CPU time are in the first stack: see chain.h.
CHAIN = (("main chain.c:510", "first chain.c:300", "twice chain_part.c:200", "burn chain.h:100"),
         ("main chain.c:520", "second chain.c:400", "burn chain.h:100"))


def without_lines(frames):
    return tuple(re.sub(r" \S+:\d+$", "", frame) for frame in frames)


class Built(support.BpfCase):
    def tool(self, *names):
        """The path of the first of these that is installed."""
        for name in names:
            path = shutil.which(name)
            if path:
                return path
        return self.skipTest(f"{' or '.join(names)} is not installed; run: scripts/setup test")

    def make(self, tool, *args, **options):
        return self.run_command(self.tool(tool), *args, status=0, timeout=120, **options)

    def write(self, name, text):
        (self.dir / name).write_text(text)
        return name

    def compile(self, program, compiler, *flags, sources=None, source=None):
        """program from files of tests/workloads/hard/, or from a text."""
        if source is not None:
            suffix = ".cc" if "++" in compiler else ".c"
            files = [self.write(program + suffix, source)]
        else:
            files = [SOURCES / name for name in sources]
        self.make(compiler, "-O2", "-w", "-o", program, *files, *flags)
        return program

    def compile_chain(self, compiler, *flags, program="chain"):
        return self.compile(program, compiler, *flags, sources=("chain.c", "chain_part.c"))

    def sample(self, program, *args, options=(), **more):
        """Records ./program: at 3999 Hz, a third of a second is enough for shares."""
        return self.record("--user-only", "--lines", "-F", 3999, *options, "--", f"./{program}",
                           *args, **more)

    def under_main(self, recording, main="main", lines=True):
        """{stack from main on: samples}, without those that the kernel took for itself there, which
        may be many at once and at any place."""
        stacks = {}
        for frames, count in recording.folded.lines:
            names = without_lines(frames)
            if main not in names or names[-1] == "[kernel]":
                continue
            stack = (tuple(frames) if lines else names)[names.index(main):]
            stacks[stack] = stacks.get(stack, 0) + count
        return stacks

    def assert_stacks(self, stacks, expected, main=0.04, points=12):
        """{stack: share} of what is under main; but for a little that main does itself."""
        total = sum(stacks.values())
        self.assertGreaterEqual(total, 300, stacks)
        for stack, share in expected.items():
            part = stacks.get(stack, 0) / total
            self.assertLessEqual(abs(part - share) * 100, points, (stack, part, stacks))
        other = {stack: count for stack, count in stacks.items() if stack not in expected}
        self.assertLessEqual(sum(other.values()), main * total, other)

    def assert_chain(self, recording, long=CHAIN[0], short=CHAIN[1], lines=True):
        if not lines:
            long, short = without_lines(long), without_lines(short)
        self.assert_stacks(self.under_main(recording, lines=lines), {long: 0.75, short: 0.25})

    def symbols(self, program):
        """{name: address} of all its symbols."""
        out = self.run_command("nm", program, status=0).out
        return {name: int(address, 16) for address, name in
                re.findall(r"(?m)^([0-9a-f]{16}) \w (\S+)$", out)}

    def outermost(self, program, addresses):
        """The name of the function that each address lies in, as flametap symbolize has it."""
        lines = "".join(f"{address:x}\n" for address in addresses).encode()
        out = self.flametap("symbolize", "-afie", program, input=lines).out
        return [answer.splitlines()[-2] for answer in re.split("^0x", out, flags=re.M)[1:]]

    def assert_no_other_names(self, program):
        """A stripped copy has the same name for every address of the text, or none."""
        headers = self.run_command("readelf", "-SW", program, status=0).out
        start, size = re.search(r" \.text +PROGBITS +(\w+) \w+ (\w+)", headers).groups()
        start, size = int(start, 16), int(size, 16)
        addresses = range(start, start + size, max(1, size // 4096))
        shutil.copy(self.dir / program, self.dir / "bare")
        self.make("strip", "bare")
        full = self.outermost(program, addresses)
        bare = self.outermost("bare", addresses)
        self.assertEqual(len(bare), len(full))
        self.assertEqual([(hex(address), is_, was) for address, was, is_ in
                          zip(addresses, full, bare) if is_ not in (was, "??")], [])

    def assert_bare(self, recording, program, functions):
        """Of a stripped copy: boxes at the starts of these functions, and their shares."""
        headers = self.run_command("readelf", "-lW", program, status=0).out
        segments = [[int(word, 16) for word in words] for words in
                    re.findall(r" LOAD +(\w+) (\w+) \w+ \w+ (\w+) R E", headers)]
        # The offset in the file, which is not that in memory.
        frames = {name: f"[bare+{address - start + offset:#x}]"
                  for name, address in self.symbols(program).items()
                  for offset, start, size in segments if start <= address < start + size}
        total = recording.folded.with_frame(frames["main"])
        for name, share in functions.items():
            self.assert_share(recording.folded.with_frame(frames[name]) / total, share, 12)
