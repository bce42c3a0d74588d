# SPDX-License-Identifier: GPL-2.0-or-later
"""Stripped programs have the names that they had before, from wherever their symbols went; where
they are nowhere, or in what is not theirs, it says so."""

import os
import shutil

import support
from stripped import Stripped, without_plt


class Files(Stripped):
    def test_as_built(self):
        self.build("program")
        self.assert_named(self.record_program())

    def test_build_id_in_a_directory(self):
        self.build("program")
        self.separate("program")
        self.put_by_id("program.debug", "symbols")
        self.assert_unnamed(self.record_program(), "it is stripped", "--debug-dir")
        self.assert_named(self.record_program("--debug-dir", "symbols"))

    def test_link(self):
        self.build("program")
        self.separate("program")
        self.tool("objcopy", "--add-gnu-debuglink=program.debug", "program")
        self.assert_named(self.record_program())
        (self.dir / ".debug").mkdir()
        shutil.move(self.dir / "program.debug", self.dir / ".debug")
        self.assert_named(self.record_program())

    def test_wrong_checksum(self):
        self.build("program", build_id="none")
        self.separate("program")
        self.tool("objcopy", "--add-gnu-debuglink=program.debug", "program")
        self.assert_named(self.record_program())
        with open(self.dir / "program.debug", "ab") as file:
            file.write(b"x")
        self.assert_unnamed(self.record_program(), "checksum")

    def test_link_to_itself_and_to_another_build(self):
        self.build("program")
        self.separate("program")
        shutil.copy(self.dir / "program", self.dir / "bare")
        self.tool("objcopy", "--add-gnu-debuglink=program", "bare")
        shutil.move(self.dir / "bare", self.dir / "program")
        self.assert_unnamed(self.record_program(), "it is stripped")
        self.build("other", build_id="0x" + "ff" * 20)
        self.tool("objcopy", "--only-keep-debug", "other", "program.debug")
        self.tool("objcopy", "--remove-section=.gnu_debuglink", "program")
        self.tool("objcopy", "--add-gnu-debuglink=program.debug", "program")
        self.assert_unnamed(self.record_program(), "another build")

    def test_compressed(self):
        for way in ("zlib", "zstd", "zlib-gnu"):
            with self.subTest(way):
                self.build("program")
                self.tool("objcopy", f"--compress-debug-sections={way}", "program")
                self.assert_named(self.record_program())
                self.separate("program")
                shutil.rmtree(self.dir / "symbols", ignore_errors=True)
                self.put_by_id("program.debug", "symbols")
                self.assert_named(self.record_program("--debug-dir", "symbols"))

    def test_minidebuginfo(self):
        self.build("program")
        self.separate("program")
        (self.dir / "keep").write_text("hot_a\nhot_b\nchoose\nmain\n_start\n")
        self.tool("objcopy", "-S", "--keep-symbols=keep", "program.debug", "mini")
        self.tool("xz", "mini")
        self.tool("objcopy", "--add-section", ".gnu_debugdata=mini.xz", "program")
        (self.dir / "program.debug").unlink()
        self.assert_named(self.record_program())

    def test_dwz(self):
        self.build("program")
        shutil.copy(self.dir / "program", self.dir / "second")
        (self.dir / "common").mkdir()
        self.tool("dwz", "-m", "common/both", "-M", "../common/both", "program", "second")
        self.assert_named(self.record_program())
        self.separate("program")
        self.put_by_id("program.debug", "symbols")
        self.assert_named(self.record_program("--debug-dir", "symbols"))

    def test_report_elsewhere(self):
        """The program is gone; its debug file is found by the build-id that was recorded."""
        for flags in ((), ("-no-pie", "-fno-pie"), ("-Wl,-z,noseparate-code",), ("-fuse-ld=lld",)):
            with self.subTest(flags):
                shutil.rmtree(self.dir / "symbols", ignore_errors=True)
                self.build("program", *flags)
                self.separate("program")
                self.put_by_id("program.debug", "symbols")
                self.flametap("cpu", "-q", "-F", 999, "--no-symbols", "-o", "raw.pb.gz", "--",
                              "./program")
                self.flametap("report", "raw.pb.gz", "--debug-dir", "symbols", "-o", "here.folded")
                (self.dir / "program").rename(self.dir / "moved")
                run = self.flametap("report", "raw.pb.gz", "-o", "nothing.folded")
                self.assertIn("file not found", run.err)
                self.flametap("report", "raw.pb.gz", "--debug-dir", "symbols", "-o", "there.folded")
                here, there, nothing = (
                    support.Folded((self.dir / f"{name}.folded").read_text())
                    for name in ("here", "there", "nothing"))
                self.assertEqual(nothing.with_frame("hot_a"), 0)
                self.assert_share(here.with_frame("hot_a") / here.with_frame("main"), 0.6, 4)
                self.assertEqual(without_plt(here), without_plt(there))

    def test_another_root(self):
        """/usr/lib/debug of a program's own root directory, through a link that is absolute there."""
        root = self.dir / "root"
        (root / "usr/lib/debug").mkdir(parents=True)
        self.build("program", "-static")
        self.separate("program")
        shutil.move(self.dir / "program", root / "program")
        self.put_by_id("program.debug", "root/opt")
        os.symlink("/opt/.build-id", root / "usr/lib/debug/.build-id")
        recording = self.record_program(command=("chroot", root, "/program"))
        folded = recording.folded
        self.assert_share(folded.with_frame("choose") / folded.total(), 1, 6)
        self.assertGreater(folded.with_frame("hot_a"), folded.with_frame("hot_b"))
        # The other file system's is not looked at.
        (root / "usr/lib/debug/.build-id").unlink()
        self.assertEqual(
            self.record_program(command=("chroot", root, "/program")).folded.with_frame("hot_a"), 0)

    def test_libc(self):
        """Functions of the C library that it does not export, from its debug package."""
        if not os.path.exists("/usr/share/doc/libc6-dbg"):
            self.skipTest("libc6-dbg is not installed")
        (self.dir / "sort.c").write_text(r"""
#include <stdlib.h>
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(void)
{
	static int numbers[1000000];
	for (int i = 0; i < 1000000; i++)
		numbers[i] = rand();
	qsort(numbers, 1000000, sizeof(int), compare);
	return 0;
}
""")
        self.tool("gcc", "-O1", "-o", "sort", "sort.c")
        folded = self.record("-F", 999, "--", "./sort").folded
        self.assertGreater(folded.matching(r".*msort_with_tmp.*"), 0.4 * folded.total())
