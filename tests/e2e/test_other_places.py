# SPDX-License-Identifier: GPL-2.0-or-later
"""Code whose file is not where its path leads: in another root directory, deleted or replaced by
another build before its debug information is read; and code in the kernel, of modules, of BPF
programs, and where the kernel keeps its addresses to itself."""

import os
import re
import shutil
import sys
import time
import unittest
from pathlib import Path

import built
import support


class Gone(built.Built):
    def test_replaced_by_another_build(self):
        """While it runs. What was inlined is read after its end, from the file that ran."""
        self.compile_chain("clang", "-O0", "-g", "-Dburn=scorch", program="other")
        self.compile_chain("gcc", "-g")
        recording = self.record("--user-only", "--lines", "-F", 3999, "--", "sh", "-c",
                                "./chain 0.4 & until grep -q chain /proc/$!/comm; do :; done; "
                                "mv other chain; wait")
        self.assert_chain(recording)
        self.assertEqual(recording.folded.with_frame("scorch chain.h:100"), 0)

    def test_deleted_after_its_end(self):
        self.compile_chain("gcc", "-g")
        self.assert_chain(self.record("--user-only", "--lines", "-F", 3999, "--", "sh", "-c",
                                      "./chain; rm chain; exit 0"))


class OtherRoot(built.Built):
    """A root directory where another libc lies at the path of this one's, behind a link that is
    absolute there, and that leads to libm here."""

    PROGRAM = r"""
        #include <string.h>
        #include <time.h>
        static char a[1 << 16], b[1 << 16];
        int (*volatile compare)(const void *, const void *, size_t) = memcmp;
        __attribute__((noinline)) void work(void)
        {
            for (int i = 0; i < 200000; i++) __asm__ volatile("imul %%rax, %%rax" ::: "rax");
        }
        int main(int argc, char **argv)
        {
            struct timespec t;

            do {
                for (int i = 0; i < 10; i++)
                    compare(a, b, sizeof(a));
                work();
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
            } while (t.tv_sec < 600 && (argc > 1 || (!t.tv_sec && t.tv_nsec < 300000000)));
            return 0;
        }"""
    LIBC = "/lib/x86_64-linux-gnu/libc.so.6"
    LINK = "/lib/x86_64-linux-gnu/libm.so.6"
    # The root directory that was is nowhere any more: paths here and there look the same.
    PIVOT = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *args):
    if function(*args):
        raise OSError(ctypes.get_errno(), str(args))
root = sys.argv[1].encode()
call(libc.unshare, 0x20000)                                    # CLONE_NEWNS
call(libc.mount, b"none", b"/", None, 0x4000 | 1 << 18, None)  # MS_REC | MS_PRIVATE
call(libc.mount, root, root, None, 0x1000, None)               # MS_BIND
os.chdir(root)
call(libc.syscall, 155, b".", b".")                            # pivot_root
call(libc.umount2, b".", 2)                                    # MNT_DETACH
os.chdir("/")
os.execv("/program", ["/program"] + sys.argv[2:])
"""

    def setUp(self):
        super().setUp()
        self.assertTrue(os.path.exists(self.LINK), "this machine's libm is somewhere else")
        root = self.dir / "root"
        (root / self.LIBC[1:]).parent.mkdir(parents=True)
        self.compile("program", "musl-gcc", "-g", f"-Wl,--dynamic-linker={self.LIBC}",
                     source=self.PROGRAM)
        shutil.move(self.dir / "program", root / "program")
        shutil.copy("/lib/ld-musl-x86_64.so.1", root / self.LINK[1:])
        os.symlink(self.LINK, root / self.LIBC[1:])
        self.write("pivot.py", self.PIVOT)

    def check(self, recording):
        """(musl has no call-frame information: what called its functions is not known.)"""
        line = next(number for number, text in enumerate(self.PROGRAM.splitlines(), 1)
                    if "imul" in text)
        leaves = {}
        for frames, count in recording.folded.lines:
            if frames[0] == "program" and frames[-1] != "[kernel]":
                leaves[frames[-1]] = leaves.get(frames[-1], 0) + count
        names = ("memcmp", f"work program.c:{line}")
        for name in names:
            self.assertGreater(leaves.get(name, 0), 0.1 * sum(leaves.values()), leaves)
        self.assertGreaterEqual(sum(leaves[name] for name in names), 0.93 * sum(leaves.values()),
                                leaves)
        files = {Path(mapping["file"]).name for mapping in recording.pprof.mappings}
        self.assertIn("libm.so.6", files)

    def test_chroot(self):
        self.check(self.record("--user-only", "--lines", "--", "chroot", "root", "/program"))

    def test_mount_namespace(self):
        self.check(self.record("--user-only", "--lines", "--", sys.executable, "pivot.py", "root"))

    def test_attached(self):
        process = self.start(sys.executable, "pivot.py", "root", "long")
        end = time.monotonic() + 60
        while Path(f"/proc/{process.pid}/comm").read_text() != "program\n":
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        self.check(self.record_busy(process.pid, "--user-only", "--lines", "-p", process.pid))


class Kernel(support.BpfCase):
    def test_bpf_program(self):
        """It is gone before names are looked up."""
        recording = self.record("--", support.workload("bpf_work"), 0.4)
        folded = recording.folded
        named = folded.matching(r"bpf_work;(.*;)?main;.*;bpf_prog_[0-9a-f]{16}_burn_in_bpf(;.*)?")
        self.assertGreater(named, 0.8 * folded.total(), folded.lines[:10])
        self.assertIn("[bpf]", {mapping["file"] for mapping in recording.pprof.mappings})

    def bind(self, text, *options):
        """Records kernel_work where /proc/kallsyms says this to flametap, and to nobody else."""
        (self.dir / "kallsyms").write_text(text)
        return self.flametap("cpu", "-o", "out.folded", "-o", "out.pb.gz", "--stats", "out.json",
                             *options, "--", support.workload("kernel_work"), 0.4,
                             prefix=("unshare", "-m", "sh", "-c",
                                     'mount --bind kallsyms /proc/kallsyms && exec "$@"', "sh"))

    def test_module(self):
        """A function that a module has, by the look of it: only its file is another."""
        text = Path("/proc/kallsyms").read_text()
        text, n = re.subn(r"(?m)^(\w+ [tT] do_syscall_64)$", r"\1\t[some_module]", text)
        self.assertEqual(n, 1)
        recording = support.Recording(self.dir, "out", self.bind(text))
        self.assertGreater(recording.folded.with_frame("do_syscall_64"),
                           0.3 * recording.folded.total())
        self.assertIn("[kernel:some_module]",
                      {mapping["file"] for mapping in recording.pprof.mappings})

    def test_kptr_restrict(self):
        """Of 1, for who lacks CAP_SYSLOG: it disturbs nobody who has it. (What 2 hides is the same,
        see test_made_code.py.)"""
        path = Path("/proc/sys/kernel/kptr_restrict")
        before = path.read_text()
        if before.strip() == "2":
            self.skipTest("kernel.kptr_restrict is 2 already")
        self.addCleanup(path.write_text, before)
        path.write_text("1\n")
        without = ("setpriv", "--bounding-set", "-syslog", "--inh-caps", "-syslog")
        shown = self.run_command(*without, "head", "-1", "/proc/kallsyms", status=0).out
        self.assertEqual(set(shown.split()[0]), {"0"})
        run = self.flametap("cpu", "-o", "out.folded", "--stats", "out.json", "--",
                            support.workload("kernel_work"), 0.4, prefix=without)
        path.write_text(before)
        said = [line for line in run.err.splitlines() if "kptr_restrict" in line]
        self.assertEqual(len(said), 1, run)
        self.assertRegex(said[0], r"^flametap: kernel names: hidden by kptr_restrict; \S")
        folded = support.Recording(self.dir, "out", run).folded
        self.assertGreater(folded.with_frame("[kernel+?]"), 0.3 * folded.total())
        self.assertEqual(folded.with_frame("do_syscall_64"), 0)
        # And who has it sees all of them.
        named = self.record("--", support.workload("kernel_work"), 0.2)
        self.assertGreater(named.folded.with_frame("do_syscall_64"), 0.3 * named.folded.total())


if __name__ == "__main__":
    unittest.main()
