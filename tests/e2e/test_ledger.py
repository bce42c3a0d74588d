# SPDX-License-Identifier: GPL-2.0-or-later
"""The ledger of every thread of servers under load, and of a build, closes: what flametap measured
of its time on the CPU, blocked and in the run queue is its life, and what the kernel has
counted."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

import support
import waiting


class LedgerCase(waiting.WaitCase):
    def program(self, name, *directories):
        path = shutil.which(name, path=":".join((os.environ["PATH"], *directories)))
        if not path:
            raise AssertionError(f"{name} is not installed; run: scripts/setup test")
        return path

    def wait_until(self, condition, what):
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.02)

    def record_standing(self, pids, seconds, verb="offcpu"):
        """
        Records processes that stand still when it begins and when it ends, and run in between: what
        the kernel counts of their threads meanwhile is what happens inside the recording. Gives the
        recording and an account of each thread that was there all the time.
        """
        before = waiting.stand_still(pids)
        after = {}

        def run():
            waiting.go_on(pids)
            time.sleep(seconds)
            after.update(waiting.stand_still(pids))

        try:
            recording = self.record_waits_while(run, verb, "-p", ",".join(map(str, pids)))
        finally:
            waiting.go_on(pids)
        accounts = [after[tid].since(before[tid], tid) for tid in before if tid in after]
        self.assertTrue(accounts)
        return recording, accounts

    def assert_all(self, recording, accounts):
        waits = self.waits_of(recording)
        self.assert_ledgers(recording, accounts)
        for account in accounts:
            with self.subTest(waits_of=account["comm"], tid=account["tid"]):
                # The wait at the beginning and that at the end are the two that are not whole.
                n = waits.of(account["tid"]).total("waits")
                self.assertLessEqual(abs(n - account["voluntary"]), 0.01 * n + 1)
        used = sum(account["on_ns"] for account in accounts)
        self.assertGreater(used, 1e8, "there was nothing to count")


class Redis(LedgerCase):
    def test_redis_server(self):
        socket = self.dir / "redis"
        server = self.start(self.program("redis-server"), "--port", 0, "--unixsocket", socket,
                            "--save", "", "--appendonly", "no", "--daemonize", "no")
        self.wait_until(socket.exists, "redis-server does not start")
        load = self.start(self.program("redis-benchmark"), "-s", socket, "-n", 100000000, "-c", 4,
                          "-q", "-t", "get,set")
        support.wait_for_cpu(server.pid, 0.1)
        recording, accounts = self.record_standing([server.pid], 1.5)
        self.assertGreater(len(accounts), 2)  # it has threads that wait for work
        self.assert_all(recording, accounts)
        load.stop()


class Postgres(LedgerCase):
    """As a user without rights: it refuses to run as root."""

    def bin(self):
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not found:
            raise AssertionError("postgresql is not installed; run: scripts/setup test")
        return found[-1]

    def as_user(self, *argv, **options):
        done = subprocess.run([str(arg) for arg in argv], user=self.user.pw_uid,
                              group=self.user.pw_gid, extra_groups=[], cwd=self.data.parent,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
                              **options)
        self.assertEqual(done.returncode, 0, done.stdout)

    def children(self, pid):
        """The server's, by kind: those that serve a client, and its own. Those that are just made or
        at their end are neither."""
        clients, own = [], []
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            with contextlib.suppress(OSError):
                name = Path(f"/proc/{child}/cmdline").read_text()
                if name.startswith("postgres: "):
                    (clients if "[local]" in name else own).append(child)
        return clients, own

    def busy(self, pid):
        """Those that serve pgbench's clients; that which it asks about its tables first is gone after
        a few waits."""
        clients, _ = self.children(pid)
        busy = []
        for child in clients:
            with contextlib.suppress(OSError):
                if waiting.Scheduled(child).voluntary > 200:
                    busy.append(child)
        return busy

    def test_postgresql(self):
        self.user = pwd.getpwnam("nobody")
        self.dir.chmod(0o755)
        home = self.dir / "home"
        home.mkdir()
        os.chown(home, self.user.pw_uid, self.user.pw_gid)
        self.data = home / "data"
        binaries = self.bin()
        self.as_user(binaries / "initdb", "-D", self.data, "-A", "trust", "-U", "bench",
                     "--no-sync", "--no-instructions", "--no-locale")
        server = self.start(binaries / "postgres", "-D", self.data, "-k", home, "-h", "",
                            "-c", "autovacuum=off", user=self.user.pw_uid, group=self.user.pw_gid,
                            extra_groups=[])
        self.addCleanup(self.stop_server, server)
        reach = ["-h", home, "-U", "bench", "postgres"]
        ready = lambda: subprocess.run([str(binaries / "pg_isready"), "-h", home], check=False,
                                       stdout=subprocess.DEVNULL).returncode == 0
        self.wait_until(ready, "postgresql does not start")
        self.as_user(binaries / "pgbench", "-i", "-q", "-s", 1, *reach)
        self.wait_until(lambda: not self.children(server.pid)[0], "pgbench -i does not go")
        load = self.start(binaries / "pgbench", "-n", "-c", 4, "-T", 600, *reach)
        self.wait_until(lambda: len(self.busy(server.pid)) == 4, "pgbench does not connect")
        pids = [server.pid, *self.busy(server.pid), *self.children(server.pid)[1]]
        recording, accounts = self.record_standing(pids, 1.5)
        self.assertGreaterEqual(len(accounts), 8)
        self.assert_all(recording, accounts)
        load.stop()

    @staticmethod
    def stop_server(server):
        """Its processes have sessions of their own."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGQUIT)
        server.popen.wait(60)


class Make(LedgerCase):
    N = 6

    def test_make(self):
        """A preloaded library has kept the kernel's account of each child when it was dead."""
        for number in range(self.N):
            (self.dir / f"f{number}.c").write_text(
                "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
                f"int f{number}(const char *s) {{ return puts(s) + (int)strlen(s); }}\n")
        names = " ".join(f"f{number}.o" for number in range(self.N))
        (self.dir / "Makefile").write_text(f"all: {names}\n%.o: %.c\n\t@:; gcc -O2 -c $< -o $@\n")
        library = support.WORKLOADS / "libaccount_children.so"
        recording = self.record_waits(
            "offcpu", "--", "env", f"LD_PRELOAD={library}", f"ACCOUNT_CHILDREN={self.dir}/accounts",
            "make", "-s", "-j4", "-C", self.dir)
        accounts = []
        for line in (self.dir / "accounts").read_text().splitlines():
            *numbers, comm = line.split(" ", 5)
            pid, on_ns, runqueue_ns, voluntary, involuntary = map(int, numbers)
            accounts.append({"pid": pid, "tid": pid, "on_ns": on_ns, "runqueue_ns": runqueue_ns,
                             "voluntary": voluntary, "involuntary": involuntary, "comm": comm})
        self.assertEqual(len([a for a in accounts if a["comm"] == "cc1"]), self.N)
        self.assertEqual(len([a for a in accounts if a["comm"] == "as"]), self.N)
        self.assert_all(recording, accounts)
        for ledger in recording.stats["ledgers"]:
            self.assert_closes(waiting.Ledger(ledger))
