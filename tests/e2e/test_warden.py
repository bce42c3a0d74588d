# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests have started is gone when they are, however they end."""

import os
import re
import signal
import subprocess
import sys
import time

import support

# A test with a daemon and a command, each in a session of its own. It runs on for so long.
TEST = """
import os, subprocess, sys, time
sys.path.insert(0, sys.argv[1])
import warden
warden.watch()
daemon = "import os, time; os.fork() and os._exit(0); os.setsid(); print('up', os.getpid(), " \\
         "flush=True); time.sleep(1000)"
subprocess.run([sys.executable, "-c", daemon], check=True)
print("up", subprocess.Popen(["sleep", "1000"], start_new_session=True).pid, flush=True)
print("up", os.getpid(), flush=True)
time.sleep(float(sys.argv[2]))
sys.exit(7)
"""


class Warden(support.Case):
    def start_test(self, seconds):
        """What it has started, once that runs."""
        program = self.dir / "program.py"
        program.write_text(TEST)
        test = self.start(sys.executable, "-B", program, support.ROOT / "tests", seconds)
        end = time.monotonic() + 60
        os.set_blocking(test.popen.stdout.fileno(), False)
        while len(pids := re.findall(rb"^up (\d+)\n", test.out, re.MULTILINE)) < 3:
            self.assertLess(time.monotonic(), end, test.out)
            test.out += test.popen.stdout.read() or b""
            time.sleep(0.01)
        return test, [int(pid) for pid in pids]

    def assert_gone(self, pids):
        end = time.monotonic() + 60
        while any(os.path.exists(f"/proc/{pid}") for pid in pids):
            self.assertLess(time.monotonic(), end, subprocess.run(
                ["ps", "-f", *map(str, pids)], capture_output=True, text=True).stdout)
            time.sleep(0.01)

    def test_at_its_end(self):
        test, pids = self.start_test(0)
        self.assertEqual(test.popen.wait(60), 7)
        self.assert_gone(pids)

    def test_killed(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
            with self.subTest(signal=number):
                test, pids = self.start_test(1000)
                os.kill(test.pid, number)
                self.assertEqual(test.popen.wait(60), -number)
                self.assert_gone(pids)

    def test_its_group_killed(self):
        """As the runner of all tests does with one that hangs."""
        test, pids = self.start_test(1000)
        os.killpg(test.pid, signal.SIGKILL)
        self.assertEqual(test.popen.wait(60), -signal.SIGKILL)
        self.assert_gone(pids)
