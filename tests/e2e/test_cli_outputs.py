# SPDX-License-Identifier: GPL-2.0-or-later
"""Output files: whole or not there, of the right owner, and devices stay devices. Through
`flametap report`, which writes them as the recording verbs do."""

import contextlib
import os
import signal
import stat
import subprocess
import time

import support

FOLDED = "prog;main;a 60\nprog;main;b 40\n"
NOBODY = 65534


class Outputs(support.Case):
    def setUp(self):
        super().setUp()
        (self.dir / "in.folded").write_text(FOLDED)
        self.out = self.dir / "out"
        self.out.mkdir()

    def report(self, *args, **options):
        return self.flametap("report", self.dir / "in.folded", *args, cwd=self.out, **options)

    def left(self):
        return sorted(os.listdir(self.out))

    def refuse(self, path, *words, **options):
        before = self.left()
        run = self.report("-f", "txt", "-o", path, status=1, **options)
        self.assert_one_line(run, path, *words)
        self.assertEqual(self.left(), before, run)

    def need_root(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")

    def test_places_that_are_refused(self):
        os.mkdir(self.out / "directory")
        os.symlink("nothing", self.out / "dangling")
        self.refuse("directory", "directory")
        self.refuse("directory/", "directory")
        self.refuse("absent/a.txt", "no such directory")
        self.refuse("dangling", "symbolic link")
        self.refuse("/proc/a.txt")
        self.refuse("/dev/full", "space")

    def test_unwritable_directory(self):
        self.need_root()
        os.chmod(self.dir, 0o755)
        os.chmod(self.out, 0o755)
        (self.out / "mine.txt").write_text("old")
        as_nobody = ("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups")
        self.refuse("a.txt", "Permission denied", prefix=as_nobody)
        os.chmod(self.out, 0o777)
        self.refuse("mine.txt", "Permission denied", prefix=as_nobody)
        self.assertEqual((self.out / "mine.txt").read_text(), "old")

    def test_full_disk(self):
        self.need_root()
        disk = self.out / "disk"
        disk.mkdir()
        if self.run_command("mount", "-t", "tmpfs", "-o", "size=8k", "none", disk).status:
            self.skipTest("no mount here")
        self.addCleanup(self.run_command, "umount", disk, cwd="/")
        (disk / "a.svg").write_text("old")
        (self.dir / "in.folded").write_text(
            "".join(f"prog;function_{i} {i + 1}\n" for i in range(3000)))
        run = self.report("-o", "disk/a.svg", "-o", "b.folded", status=1)
        self.assert_one_line(run, "disk/a.svg", "space")
        self.assertEqual(os.listdir(disk), ["a.svg"])
        self.assertEqual((disk / "a.svg").read_text(), "old")
        self.assertTrue((self.out / "b.folded").exists())  # one does not cost the others

    def test_file_size_limit(self):
        (self.out / "a.svg").write_text("old")
        run = self.run_command("sh", "-c", f"ulimit -f 1; exec {support.FLAMETAP} report "
                               f"{self.dir}/in.folded -o a.svg", cwd=self.out, status=1)
        self.assert_one_line(run, "a.svg", "ulimit -f")
        self.assertEqual((self.out / "a.svg").read_text(), "old")
        self.assertEqual(self.left(), ["a.svg"])

    def test_devices_and_pipes(self):
        self.report("-o", "/dev/null")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        self.assertEqual(os.stat("/dev/null").st_rdev, os.makedev(1, 3))
        self.assertEqual(self.report("-o", "/dev/stdout").out, FOLDED)
        run = self.run_command("bash", "-c", f"{support.FLAMETAP} report {self.dir}/in.folded "
                               "-o >(cat; echo end) | cat", cwd=self.out, status=0)
        self.assertEqual(run.out, FOLDED + "end\n")
        self.assertEqual(self.left(), [])

    def test_redirected_standard_output_is_not_replaced(self):
        run = self.run_command("sh", "-c", f"{{ echo before; {support.FLAMETAP} report "
                               f"{self.dir}/in.folded -o /dev/stdout; echo after; }} > file",
                               cwd=self.out, status=0)
        self.assertEqual((self.out / "file").read_text(), f"before\n{FOLDED}after\n", run)
        self.assertEqual(self.left(), ["file"])

    def test_permissions(self):
        (self.out / "old.txt").write_text("old")
        os.chmod(self.out / "old.txt", 0o600)
        self.report("-o", "old.txt", "-o", "new.txt", preexec_fn=lambda: os.umask(0o027))
        self.assertEqual(stat.S_IMODE(os.stat(self.out / "old.txt").st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.out / "new.txt").st_mode), 0o640)

    def test_symbolic_link_stays(self):
        (self.out / "real.folded").write_text("old")
        os.symlink("real.folded", self.out / "link.folded")
        self.report("-o", "link.folded")
        self.assertTrue((self.out / "link.folded").is_symlink())
        self.assertEqual((self.out / "real.folded").read_text(), FOLDED)
        self.assertEqual(self.left(), ["link.folded", "real.folded"])

    def test_links_that_others_planted(self):
        """As protected_symlinks has it: root does not follow another user's link in /tmp."""
        self.need_root()
        with open("/proc/sys/fs/protected_symlinks", encoding="ascii") as file:
            if file.read().strip() != "1":
                self.skipTest("fs.protected_symlinks is off")
        os.chmod(self.out, 0o1777)
        victim = self.dir / "victim.txt"
        victim.write_text("old")
        os.symlink(victim, self.out / "a.txt")
        os.chown(self.out / "a.txt", NOBODY, NOBODY, follow_symlinks=False)
        self.refuse("a.txt", "Permission denied")
        self.assertEqual(victim.read_text(), "old")

    def test_under_sudo(self):
        """Files are opened with the person's rights and belong to that person."""
        self.need_root()
        os.chmod(self.dir, 0o755)
        sudo = {"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY), "SUDO_USER": "nobody"}
        self.refuse("a.txt", "Permission denied", "nobody", "sudo", env=sudo)
        os.chown(self.out, NOBODY, NOBODY)
        self.report("-o", "a.txt", env=sudo)
        self.report(env=sudo)
        self.report(env=sudo)
        self.assertEqual(self.left(), ["a.txt", "flametap.svg", "flametap.svg.old"])
        for name in self.left():
            self.assertEqual(os.stat(self.out / name).st_uid, NOBODY)
            self.assertEqual(os.stat(self.out / name).st_gid, NOBODY)
        # Who may write a file in another's directory, but not that directory, may not replace it.
        (self.out / "roots.txt").write_text("old")
        os.chmod(self.out / "roots.txt", 0o644)
        self.refuse("roots.txt", "Permission denied", env=sudo)

    def test_reader_that_has_had_enough(self):
        """No word about it, no failure, and the other output is written."""
        (self.dir / "in.folded").write_text(
            "".join(f"prog;function_{i} {i + 1}\n" for i in range(50000)))
        run = self.run_command("bash", "-c", f"{support.FLAMETAP} report {self.dir}/in.folded "
                               "-o - -o a.txt | head -1; exit ${PIPESTATUS[0]}", cwd=self.out)
        self.assertEqual((run.status, run.err), (0, ""), run)
        self.assertEqual(len(run.out.splitlines()), 1)
        self.assertEqual(self.left(), ["a.txt"])

    def test_signals_leave_nothing(self):
        os.mkfifo(self.dir / "fifo")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with self.subTest(signal=number):
                process = subprocess.Popen(
                    [str(support.FLAMETAP), "report", self.dir / "fifo", "-o", "a.svg", "-o",
                     "b.folded"], cwd=self.out, stderr=subprocess.DEVNULL)
                # Its outputs are open when it waits for the input's writer.
                writer = os.open(self.dir / "fifo", os.O_WRONLY)
                os.write(writer, b"prog;main 1\n")
                time.sleep(0.1)
                self.assertEqual(self.left(), [])
                process.send_signal(number)
                self.assertEqual(process.wait(60), -number)
                os.close(writer)
                self.assertEqual(self.left(), [])

    def test_binary_on_a_terminal(self):
        master, slave = os.openpty()
        self.addCleanup(os.close, master)
        process = subprocess.run([str(support.FLAMETAP), "report", self.dir / "in.folded", "-f",
                                  "pprof", "-o", "-"], stdout=slave, stderr=subprocess.PIPE,
                                 cwd=self.out, check=False)
        os.close(slave)
        self.assertEqual(process.returncode, 2)
        self.assertIn(b"terminal", process.stderr)
        os.set_blocking(master, False)
        with contextlib.suppress(OSError):
            self.assertEqual(os.read(master, 100), b"")
