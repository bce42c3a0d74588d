# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person runs first: setup, the demo, the installation."""

import os
import resource
import subprocess

import support


class Setup(support.Case):
    def test_it_is_quick_and_silent_when_nothing_is_missing(self):
        """It asks no package manager for anything."""
        setup = support.ROOT / "scripts" / "setup"
        run = self.run_command(setup, "build", "test")  # what is missing is there from now on
        if run.err:
            self.skipTest(run.err.strip())
        for name in ("apt-get", "npm"):
            (self.dir / name).write_text(f"#!/bin/sh\necho {name} was called\n")
            (self.dir / name).chmod(0o755)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = self.run_command(setup, "build", "test",
                               env={"PATH": f"{self.dir}:{os.environ['PATH']}"})
        self.assertEqual((run.status, run.out, run.err), (0, "", ""))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2)

    def test_wrong_word(self):
        run = self.run_command(support.ROOT / "scripts" / "setup", "everything", status=2)
        self.assertIn("usage:", run.err)


class Install(support.Case):
    def test_program_man_page_and_completions(self):
        self.run_command("cmake", "--install", support.BUILD, "--prefix", self.dir / "usr", status=0)
        found = {str(path.relative_to(self.dir / "usr"))
                 for path in (self.dir / "usr").rglob("*") if path.is_file()}
        self.assertIn("bin/flametap", found)
        self.assertIn("share/man/man1/flametap.1", found)
        for shell in ("bash-completion", "zsh", "fish"):
            self.assertTrue(any(shell in path for path in found), found)
        # It needs nothing of the place it was built in.
        run = self.run_command(self.dir / "usr/bin/flametap", "--version", status=0)
        self.assertRegex(run.out, r"^flametap \d+\.\d+")
        needed = subprocess.run(["readelf", "-d", self.dir / "usr/bin/flametap"], check=True,
                                capture_output=True, text=True).stdout
        self.assertNotIn(str(support.ROOT), needed)


class Demo(support.BpfCase):
    def test_it_writes_a_picture_that_belongs_to_the_person(self):
        os.chown(self.dir, 1, 1)
        run = self.run_command(support.ROOT / "scripts" / "demo", status=0, timeout=200,
                               env={"SUDO_UID": "1", "SUDO_GID": "1", "SUDO_USER": "daemon",
                                    "FLAMETAP_BUILD": str(support.BUILD)})
        # The functions that the program spends its time in are on the terminal.
        for name in ("count_word", "compare_counts", "split_text"):
            self.assertIn(name, run.out + run.err)
        picture = self.dir / "flametap.svg"
        self.assertEqual(os.stat(picture).st_uid, 1)
        self.run_command("xmllint", "--noout", "--nonet", picture, status=0)
        self.assertIn("quicksort", picture.read_text())
