# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot be done while recording is said in one line, with the right status, and leaves
nothing behind. (What the command line alone is wrong about is tested in test_cli_*.)"""

import os
import stat
import time
from pathlib import Path

import support


class Refusals(support.BpfCase):
    def refuse(self, *args, status=1, words=(), **options):
        run = self.run_command(support.FLAMETAP, "cpu", *args, status=status, **options)
        self.assert_one_line(run, *words)
        return run

    @staticmethod
    def state(pid):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]

    def unused_pid(self):
        """One that nobody has."""
        with open("/proc/sys/kernel/pid_max", encoding="ascii") as file:
            pid = int(file.read()) - 1
        while os.path.exists(f"/proc/{pid}"):
            pid -= 1
        return pid

    def test_no_such_process(self):
        pid = self.unused_pid()
        self.refuse("-d", 1, "-p", pid, words=[pid])
        self.refuse("-d", 1, "-t", pid, words=[pid])
        self.assertEqual(os.listdir(self.dir), [])

    def test_a_process_that_exits_at_once(self):
        """A zombie, or gone between look and attach: refused, or recorded as empty. No hang."""
        child = self.start("/bin/true")  # not waited for: a zombie from its exit on
        while self.state(child.pid) != "Z":
            time.sleep(0.01)
        run = self.run_command(support.FLAMETAP, "cpu", "-d", "inf", "-p", child.pid)
        self.assertEqual(run.status, 1, run)
        self.assert_one_line(run, child.pid)

    def test_no_such_cgroup(self):
        self.refuse("-d", 1, "-C", "/sys/fs/cgroup/no-such-group", words=["no-such-group"])
        self.refuse("-d", 1, "-C", "fedcba9876543210", words=["fedcba9876543210"])

    def test_unwritable_outputs(self):
        os.mkdir(self.dir / "directory.svg")
        for path in ("/no/such/directory/a.svg", "directory.svg", "/proc/a.svg"):
            with self.subTest(path=path):
                self.refuse("-d", 1, "-a", "-o", path, words=[path])

    def test_full_disk(self):
        os.mkdir(self.dir / "full")
        self.run_command("mount", "-t", "tmpfs", "-o", "size=8k", "none", "full", status=0)
        self.addCleanup(self.run_command, "umount", self.dir / "full", cwd="/")
        (self.dir / "full" / "a.svg").write_text("old")
        run = self.run_command(support.FLAMETAP, "cpu", "-q", "-d", 0.3, "-a", "-o", "full/a.svg",
                               status=1)
        self.assert_one_line(run, "full/a.svg", "space")
        self.assertEqual(os.listdir(self.dir / "full"), ["a.svg"])
        self.assertEqual((self.dir / "full" / "a.svg").read_text(), "old")

    def test_dev_full(self):
        run = self.run_command(support.FLAMETAP, "cpu", "-q", "-d", 0.3, "-a", "-f", "svg",
                               "-o", "/dev/full", status=1)
        self.assert_one_line(run, "/dev/full", "space")

    def test_dev_null_stays_a_device(self):
        self.flametap("cpu", "-q", "-d", 0.3, "-a", "-f", "folded", "-o", "/dev/null")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        self.assertEqual(os.stat("/dev/null").st_rdev, os.makedev(1, 3))

    def test_no_privilege(self):
        """Without capabilities the line names one of those that are missing."""
        os.chmod(self.dir, 0o777)
        for prefix in (("setpriv", "--reuid", "65534", "--clear-groups"),
                       ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")):
            with self.subTest(prefix=prefix):
                run = self.run_command(*prefix, support.FLAMETAP, "cpu", "-d", 1, "-a", status=1)
                self.assert_one_line(run)
                self.assertRegex(run.err, r"CAP_(BPF|PERFMON|SYS_ADMIN)")

    def test_bpf_refused_by_the_kernel(self):
        run = self.run_command(support.workload("refuse_bpf"), support.FLAMETAP, "cpu", "-d", 1,
                               "-a", status=1)
        self.assert_one_line(run)
        self.assertRegex(run.err, r"(?i)bpf")

    def test_min_quality(self):
        """cmd fails when the share of whole stacks is under what was asked for."""
        self.start("shares", 0).value("pid")  # or there may be no stack at all
        run = self.run_command(support.FLAMETAP, "cpu", "-o", "a.folded", "--min-quality", "100",
                               "-d", 0.5, "-a")
        self.assertIn(run.status, (0, 1))
        whole = float(support.quality_words(run.err)["whole"].rstrip("%"))
        self.assertEqual(run.status, 0 if whole == 100 else 1, run)
        self.assertTrue((self.dir / "a.folded").exists())
