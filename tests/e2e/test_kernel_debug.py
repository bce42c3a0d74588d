# SPDX-License-Identifier: GPL-2.0-or-later
"""Inlined functions and lines of the kernel that runs, from a vmlinux that is made for it: it has
the kernel's build-id, and one function over all of its text. Real ones: tests/kernels/run."""

import gzip
import re
import struct

import pprof
import support

# Anywhere but where any kernel runs, so that what KASLR adds is met.
LINKED_AT = 0xffffffff80400000

SOURCE = """
static inline __attribute__((always_inline)) void made_inlined(void)
{
#line 100 "made.c"
    __asm__ volatile(".skip SIZE, 0x90");
}
__attribute__((section(".made"), naked)) void _stext(void)
{
#line 200 "made.c"
    made_inlined();
}
"""


def kernel_build_id():
    """As the kernel's own notes have it."""
    with open("/sys/kernel/notes", "rb") as file:
        notes = file.read()
    at = 0
    while at < len(notes):
        name_size, size, kind = struct.unpack_from("<III", notes, at)
        name = notes[at + 12:at + 12 + name_size]
        at += 12 + (name_size + 3) // 4 * 4
        if name == b"GNU\0" and kind == 3:
            return notes[at:at + size].hex()
        at += (size + 3) // 4 * 4
    return None


def text_size():
    with open("/proc/kallsyms") as file:
        found = dict((name, int(address, 16)) for address, name in
                     re.findall(r"^(\w+) \w (_stext|_etext)$", file.read(), re.M))
    return found["_etext"] - found["_stext"]


class KernelDebug(support.BpfCase):
    def make_vmlinux(self, build_id):
        place = self.dir / ".build-id" / build_id[:2]
        place.mkdir(parents=True)
        (self.dir / "made.c").write_text(SOURCE.replace("SIZE", str(text_size())))
        self.run_command("gcc", "-g", "-O1", "-nostdlib", "-static", "-no-pie", "-fno-asynchronous-unwind-tables",
                         f"-Wl,--build-id=0x{build_id}", f"-Wl,--section-start=.made={LINKED_AT:#x}",
                         "-Wl,-e,_stext", "-o", place / f"{build_id[2:]}.debug", "made.c", status=0)

    def setUp(self):
        super().setUp()
        self.build_id = kernel_build_id()
        if not self.build_id:
            self.skipTest("the kernel has no build-id")

    def record_kernel(self, *options):
        return self.record("--debug-dir", self.dir, *options, "--",
                           support.workload("kernel_work"), 0.4)

    def test_lines(self):
        self.make_vmlinux(self.build_id)
        recording = self.record_kernel()
        # Names are the kernel's own; what is inlined comes after each of them.
        in_read = recording.folded.count(
            lambda frames: any(a == "vfs_read" and b == "made_inlined"
                               for a, b in zip(frames, frames[1:])))
        self.assertGreater(in_read, 0.5 * recording.folded.total())
        self.assertEqual(recording.folded.with_frame("_stext"), 0)
        self.assertEqual(recording.folded.count(lambda frames: frames[-1] == "vfs_read"), 0)
        lines = support.Folded(self.flametap("report", recording.path("pb.gz"), "--lines",
                                             "-o", "-").out)
        self.assertEqual(lines.count(
            lambda frames: any(a == "vfs_read made.c:200" and b == "made_inlined made.c:100"
                               for a, b in zip(frames, frames[1:]))), in_read)
        plain = support.Folded(self.flametap("report", recording.path("pb.gz"), "--no-inlines",
                                             "-o", "-").out)
        self.assertEqual(plain.with_frame("made_inlined"), 0)
        self.assertGreaterEqual(plain.with_frame("vfs_read"), in_read)
        top = pprof.message(gzip.decompress(recording.path("pb.gz").read_bytes()))
        numbers = {tuple(pprof.integers(pprof.message(line).get(2, [0]))[0]
                         for line in pprof.message(place).get(4, [])) for place in top[4]}
        self.assertIn((100, 200), numbers)

    def test_without_symbols(self):
        """They cannot be had later, so they are there at once."""
        self.make_vmlinux(self.build_id)
        recording = self.record_kernel("--no-symbols")
        self.assertGreater(recording.folded.with_frame("made_inlined"),
                           0.5 * recording.folded.total())

    def test_other_build(self):
        """Another kernel's file is not taken, even where this one's should be."""
        other = f"{int(self.build_id[:2], 16) ^ 1:02x}{self.build_id[2:]}"
        self.make_vmlinux(other)
        right = self.dir / ".build-id" / self.build_id[:2]
        right.mkdir()
        (self.dir / ".build-id" / other[:2] / f"{other[2:]}.debug").rename(
            right / f"{other[2:]}.debug")
        recording = self.record_kernel()
        self.assertEqual(recording.folded.with_frame("made_inlined"), 0)
        self.assertGreater(recording.folded.with_frame("vfs_read"), 0.5 * recording.folded.total())
        self.assertIn("flametap: kernel lines: ", recording.run.err)


if __name__ == "__main__":
    support.unittest.main()
