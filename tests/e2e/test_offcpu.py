# SPDX-License-Identifier: GPL-2.0-or-later
"""Waits of known kinds are reported with their class, number, time and stack, beside what the
program has measured of itself and what the kernel says of its threads."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import support
import waiting
from waiting import is_chain, waiter, waker

WAITS = support.workload("waits")

# What each kind waits for, as flametap calls it.
CLASSES = {
    "nanosleep": "sleep", "poll": "poll", "epoll": "poll", "migrate": "sleep", "stop": "stopped",
    "pipe": "pipe", "unix": "network", "tcp": "network", "mutex": "lock", "condition": "condition",
    "fsync": "disk", "fault": "page fault", "waitpid": "child", "vfork": "child",
    "runqueue": "preempted", "throttled": "throttled", "exec": "sleep", "killed": "pipe",
    "exit-group": "pipe",
}
BUSY = ("runqueue", "throttled")
LIVES = ("exec", "killed", "exit-group")
STATES = {"stop": "T", "fsync": "D", "fault": "D", "vfork": "D"}


@contextlib.contextmanager
def quota_cgroup(percent):
    """A cgroup whose CPU time is limited, or None where none can be made: v1, or v2."""
    parent = next((path for path in (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))
                   if os.access(path / "cgroup.procs", os.W_OK)), None)
    directory = None
    with contextlib.suppress(OSError):
        if parent and (parent / "cgroup.controllers").exists():
            (parent / "cgroup.subtree_control").write_text("+cpu")
        directory = Path(tempfile.mkdtemp(dir=parent, prefix="flametap-test-")) if parent else None
        if (directory / "cpu.max").exists():
            (directory / "cpu.max").write_text(f"{500 * percent} 50000")
        else:
            (directory / "cpu.cfs_period_us").write_text("50000")
            (directory / "cpu.cfs_quota_us").write_text(str(500 * percent))
    try:
        limited = directory and any((directory / name).exists()
                                    for name in ("cpu.max", "cpu.cfs_quota_us"))
        yield directory if limited else None
    finally:
        end = time.monotonic() + 60
        while directory and directory.exists() and time.monotonic() < end:
            with contextlib.suppress(OSError):
                directory.rmdir()
            time.sleep(0.01)


def throttled_ns(cgroup):
    text = (cgroup / "cpu.stat").read_text()
    found = re.search(r"^throttled_(time|usec) (\d+)", text, re.MULTILINE)
    return int(found[2]) * (1000 if found[1] == "usec" else 1)


class Kinds(waiting.WaitCase):
    """One recording of all kinds, each a process beside the others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = tempfile.mkdtemp(prefix="flametap-test-")
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        case = cls("setUp")
        case.dir, case.n_recordings = Path(cls.shared), 0
        cls.addClassCleanup(case.doCleanups)
        with quota_cgroup(10) as cgroup:
            kinds = [kind for kind in CLASSES if kind != "throttled"]
            kinds += [f"throttled={cgroup}"] if cgroup else []
            cls.recording, cls.found = case.record_from_gate(kinds)
            cls.throttled_ns = throttled_ns(cgroup) if cgroup else None
        cls.waits = case.waits_of(cls.recording)

    def each_kind(self, check, without=()):
        """check(name, tally, samples of its waits) for each kind that there was, as a subtest."""
        for name, tally in self.found.items():
            if not tally.skipped and name not in without:
                with self.subTest(kind=name):
                    check(name, tally, self.waits.of(tally.tid, tally.function))

    def test_all_kinds_were_to_be_had(self):
        """But for what a file system or a machine of one CPU does not give."""
        skipped = {name: tally.skipped for name, tally in self.found.items() if tally.skipped}
        self.assertLessEqual(set(skipped), {"fsync", "fault", "migrate"}, skipped)

    def test_class(self):
        def check(name, _, waits):
            # Of a wait whose switch was not seen (--stats: unseen) no kernel frame is known.
            waits = waits.select(lambda s: "[kernel]" not in waiting.waiter(s))
            # Whoever waits for something is preempted now and then, too.
            classes = waits.where(phase="runqueue" if name in BUSY else "blocked").sums("class")
            total = sum(classes.values())
            self.assertGreater(classes.get(CLASSES[name], 0), 0, waits)
            if name == "throttled":  # how much of it, the cgroup knows
                self.assertEqual(set(classes), {"throttled", "preempted"})
            else:
                self.assertGreaterEqual(classes[CLASSES[name]], 0.99 * total, waits)

        self.each_kind(check)

    def test_state(self):
        def check(name, _, waits):
            states = waits.where(phase="blocked").sums("state", "blocked")
            self.assertGreaterEqual(states.get(STATES.get(name, "S"), 0),
                                    0.99 * sum(states.values()), states)

        self.each_kind(check, without=BUSY)

    def test_number_of_waits(self):
        """Of each kind in its function, and of each thread in all."""
        def check(_, tally, waits):
            # Who is killed in a wait may wait once more on its way out, from the same place.
            waits = waits.select(lambda s: "do_exit" not in s.stack)
            self.assert_close(waits.total("waits"), tally.voluntary, 1)

        self.each_kind(check, without=BUSY)
        for account in waiting.all_accounts(self.found):
            # exec gives it another number, and what it had waited for is told under its first one.
            if account["comm"] != "after-exec":
                with self.subTest(thread=account["comm"]):
                    expected = waiting.waits_of(account)
                    self.assert_close(self.waits.of(account["tid"]).total("waits"), expected, 1)

    def test_time(self):
        """Within 2 % of the clock's. Between its waits, where no clock looks, a thread may be
        preempted too; and it is on the CPU for a good part of what fsync, faults and hogs take."""
        def check(name, tally, waits):
            self.assertEqual(waits.total(), waits.total("blocked") + waits.total("runqueue"))
            if name not in LIVES and tally.mean_ms() < 1:
                return
            if name in ("killed", "exit-group"):  # its waker's clock: it has to get a CPU to end
                self.assert_close(waits.total("blocked"), tally.sum_ns, 2)
                return
            # The clock has what the thread itself does in there, too.
            most = tally.off_ns if name in (*BUSY, "fsync", "fault") else tally.sum_ns
            preempted = 0 if name in BUSY else waits.where(**{"class": "preempted"}).total()
            stolen = self.recording.stolen * 1e9  # the host's: neither it has of its own CPU time
            words = (f"{waits.total()} ns, {preempted} of them preempted, {stolen} stolen, "
                     f"{tally.raw}\n{waits}")
            self.assertLessEqual(waits.total() - preempted, 1.02 * most, words)
            self.assertGreaterEqual(waits.total(), 0.98 * tally.off_ns - stolen, words)

        self.each_kind(check)

    def test_longest(self):
        """No phase is longer than the longest wait, and one of them is half as long."""
        def check(name, tally, waits):
            if tally.mean_ms() >= 1:
                phases = waits.sums("longest", "waits")
                self.assertLessEqual(max(phases), tally.longest_ns * 1.02)
                if name not in ("fsync", "fault", "unix"):  # several waits, one after the other
                    self.assertGreaterEqual(2.04 * max(phases), tally.longest_ns, phases)

        self.each_kind(check, without=LIVES)

    def test_stacks_go_down_to_main(self):
        outer = {"exit-group": ["wait_exit_group"],
                 "killed": ["main", "run_kind", "run_killed", "partner_start", "wait_blocked"]}

        def check(name, tally, waits):
            functions = outer.get(name, ["main", "run_kind", tally.function])
            every = self.waits.of(tally.tid).select(
                lambda s: is_chain(waiter(s), functions[:-1]))
            whole = waits.select(lambda s: is_chain(waiter(s), functions))
            self.assertGreaterEqual(whole.total(), 0.99 * waits.total(), waits)
            # Nor is a part of the waits somewhere else, in stacks that lack their function.
            if name in CLASSES and name not in (*LIVES, "mutex"):
                self.assertGreaterEqual(whole.total(), 0.9 * every.where(
                    **{"class": CLASSES[name]}).total(), every)

        self.each_kind(check)

    def test_stacks_have_kernel_frames_and_none_of_flametap(self):
        for sample in self.waits.samples:
            for frame in sample.stack:
                self.assertNotRegex(frame, waiting.OWN_FRAME, sample.stack)

        unseen = self.recording.stats["waits"]["unseen"]
        bare = self.waits.select(lambda s: s.stack[-2:-1] == ["[kernel]"])
        self.assertLessEqual(bare.total("queued"), unseen, bare)

        def check(_, __, waits):
            entered = waits.select(lambda s: any(re.match(r"entry_SYSCALL|asm_|\[kernel\]$", frame)
                                                 for frame in s.stack))
            self.assertEqual(entered.total(), waits.total(), waits)

        self.each_kind(check)

    def test_a_mutex_is_one_address(self):
        for kind in ("mutex", "condition"):
            tally = self.found[kind]
            waits = self.waits.of(tally.tid, tally.function).where(phase="blocked")
            addresses = waits.sums("futex")
            addresses.pop(None, None)
            self.assertGreaterEqual(sum(addresses.values()), 0.99 * waits.total(), waits)
            # A condition variable of glibc has two groups of waiters, that take turns.
            self.assertLessEqual(len(addresses), 1 if kind == "mutex" else 2, waits)

    def test_throttled_time_is_the_cgroup_s(self):
        if self.throttled_ns is None:
            self.skipTest("no cgroup with a quota can be made here")
        tally = self.found["throttled"]
        waits = self.waits.of(tally.tid, tally.function).where(**{"class": "throttled"})
        # The cgroup's clock stops where its quota comes again, the thread's when it runs again.
        self.assertGreaterEqual(waits.total(), 0.9 * self.throttled_ns, waits)

    def test_ledgers(self):
        self.assert_ledgers(self.recording, waiting.all_accounts(self.found))


class Wakers(waiting.WaitCase):
    WOKEN = ("stop", "pipe", "unix", "tcp", "mutex", "condition", "waitpid", "vfork", "killed")
    BY_NOBODY = ("nanosleep", "poll")

    def test_who_ended_each_wait(self):
        recording, found = self.record_from_gate((*self.WOKEN, *self.BY_NOBODY), "--wakers")
        waits = self.waits_of(recording)
        for kind in self.WOKEN:
            with self.subTest(kind=kind):
                tally = found[kind]
                mine = waits.of(tally.tid, tally.function).where(phase="blocked")
                self.assertGreater(mine.total(), 0, waits)
                by = mine.select(lambda s: waker(s)[-1:] == [tally.waker])
                self.assertGreaterEqual(by.total(), 0.98 * mine.total(), mine)
                if tally.waker_function:
                    by = by.select(lambda s: tally.waker_function in waker(s))
                    # Reading its byte, a unix socket's other side wakes who wrote it, too.
                    self.assertGreaterEqual(by.total(), (0.8 if kind == "unix" else 0.98) *
                                            mine.total(), mine)
        for kind in self.BY_NOBODY:
            with self.subTest(kind=kind):
                mine = waits.of(found[kind].tid, found[kind].function).where(phase="blocked")
                blamed = mine.select(lambda s: "main" in waker(s))
                self.assertLessEqual(blamed.total(), 0.02 * mine.total(), mine)


class Edges(waiting.WaitCase):
    """What begins before the recording or ends after it is counted inside it, and flagged."""

    # What the first thread of each kind may wait for when it is met.
    OF = {"nanosleep": {"sleep"}, "pipe": {"pipe"}, "mutex": {"lock", "condition"},
          "condition": {"condition", "lock"}, "stop": {"stopped"}, "waitpid": {"child"}}

    def start_kinds(self, *kinds):
        workload = self.start("waits", "-n", 0, *kinds)
        workload.value("running")
        return {kind: workload.value(kind) for kind in kinds}

    def test_blocked_all_the_time(self):
        pid = self.start_kinds("blocked")["blocked"]
        recording = self.record_waits("offcpu", "-d", 0.5, "-p", pid)
        waits = self.waits_of(recording)
        self.assertEqual({s.labels["edge"] for s in waits.samples}, {"both"}, waits)
        self.assertEqual(waits.total("waits"), 1, waits)
        self.assertTrue(is_chain(waits.samples[0].stack, ["main", "run_kind", "wait_blocked"]),
                        waits)
        self.assertEqual(set(waits.sums("class")), {"pipe"})
        ledger = self.ledger_of(recording, pid, "blocked")
        self.assert_closes(ledger)
        self.assert_close(waits.total(), recording.stats["elapsed_seconds"] * 1e9, 1)
        self.assert_close(ledger.lived_ns, recording.stats["elapsed_seconds"] * 1e9, 1)

    def test_threads_in_the_middle(self):
        kinds = ("nanosleep", "pipe", "mutex", "condition", "stop", "waitpid")
        pids = self.start_kinds(*kinds)
        recording = self.record_waits("offcpu", "-d", 1, "-p", ",".join(map(str, pids.values())))
        waits = self.waits_of(recording)
        for kind, pid in pids.items():
            with self.subTest(kind=kind):
                mine = waits.of(pid)
                whole = mine.select(lambda s: is_chain(s.stack, ["main", "run_kind"]))
                self.assertGreaterEqual(whole.total(), 0.98 * mine.total(), mine)
                # Where its registers were to be had, what it waited for is known by them, too.
                begun = mine.where(edge="before", phase="blocked").select(
                    lambda s: s.labels.get("syscall"))
                self.assertLessEqual(set(begun.sums("class")), self.OF[kind], begun)
                for edge in ("before", "open"):
                    blocked = mine.where(edge=edge, phase="blocked")
                    self.assertLessEqual(blocked.total("waits"), 1, mine)
                ledger = self.ledger_of(recording, pid, kind)
                self.assert_closes(ledger)
                self.assert_close(ledger.lived_ns, recording.stats["elapsed_seconds"] * 1e9, 1)
                self.assertLessEqual(abs(mine.total() - ledger.blocked_ns - ledger.runqueue_ns),
                                     0.01 * ledger.lived_ns, ledger)

    def test_it_outlives_the_recording(self):
        """CMD goes on behind its end: what it waits for then is counted up to the end."""
        recording = self.record_waits("offcpu", "-d", 0.5, "--", "/bin/sleep", 1.5)
        waits = self.waits_of(recording).where(phase="blocked")
        self.assertEqual(set(waits.where(edge="open").sums("class")), {"sleep"}, waits)
        self.assertEqual(waits.where(edge="open").total("waits"), 1, waits)
        self.assertLessEqual(waits.total(), recording.stats["elapsed_seconds"] * 1e9, waits)


class Options(waiting.WaitCase):
    KINDS = ("nanosleep", "pipe", "fsync")

    def test_filters_choose_waits_and_not_what_is_accounted(self):
        for args, kept, gone in ((("--min-block", "5ms"), "nanosleep", "pipe"),
                                 (("--max-block", "9ms"), "pipe", "nanosleep"),
                                 (("--state", "D"), "fsync", "nanosleep")):
            with self.subTest(args=args):
                recording = self.record_waits("offcpu", *args, "--", WAITS, "-n", 30, *self.KINDS)
                found = waiting.tallies(recording.run.out)
                waits = self.waits_of(recording)
                if not found[kept].skipped:
                    mine = waits.of(found[kept].tid, found[kept].function)
                    self.assertGreater(mine.total("waits"), 0, waits)
                # A machine that is busy may make a short wait a long one, but few of them.
                mine = waits.of(found[gone].tid, found[gone].function)
                self.assertLessEqual(mine.total("waits"), 0.5 * found[gone].n, waits)
                for tally in found.values():
                    for account in tally.threads:
                        self.assert_closes(self.ledger_of(recording, account["tid"],
                                                          account["comm"]))

    def test_a_rate_gives_the_same_sums(self):
        """A thread's sum is at most one interval off, and that of each of its waits is right in
        the mean."""
        recording, found = self.record_from_gate(self.KINDS, "--rate", 1000)
        waits = self.waits_of(recording)
        every = sum(ledger["blocked_seconds"] + ledger["runqueue_seconds"]
                    for ledger in recording.stats["ledgers"]) * 1e9
        self.assertLessEqual(abs(waits.total() - every),
                             0.01 * every + 1e6 * len(recording.stats["ledgers"]), recording.run)
        for kind in ("nanosleep", "pipe"):
            tally = found[kind]
            found_ns = waits.of(tally.tid, tally.function).total()
            # Each wait is up to one interval off, half of one in the mean: four deviations.
            slack = 4 * 0.5e6 * tally.n ** 0.5 + recording.stolen * 1e9
            self.assertLessEqual(found_ns, 1.03 * tally.sum_ns + slack, tally.raw)
            self.assertGreaterEqual(found_ns, 0.97 * tally.off_ns - slack, tally.raw)


class Beside(waiting.WaitCase):
    def test_libbpf_tools_offcputime(self):
        """The same total for each thread where both count; what it drops is there."""
        program = shutil.which("offcputime", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        if not program:
            raise AssertionError("offcputime is not installed; run: scripts/setup test")
        theirs = {}

        def beside():
            # What it says of stacks that it has lost would come in the middle of a line.
            other = self.start(program, "--stack-storage-size", 16384, stderr=subprocess.DEVNULL)
            end = time.monotonic() + 60
            while not any(kind == "link" for kind, _ in support.held_objects(other.pid)):
                self.assertLess(time.monotonic(), end, other.out)
                time.sleep(0.05)
            time.sleep(0.5)  # it attaches its programs one by one

            def ended():
                os.kill(other.pid, signal.SIGINT)
                other.wait()
                out = other.out.decode(errors="replace")
                pairs = re.findall(r"^ +- +.* \((\d+)\)\n +(\d+)$", out, re.MULTILINE)
                for tid, microseconds in pairs:
                    theirs[int(tid)] = theirs.get(int(tid), 0) + int(microseconds) * 1000

            return ended

        kinds = ("nanosleep", "poll", "pipe", "mutex", "condition", "migrate", "stop")
        recording, found = self.record_from_gate(kinds, beside=beside)
        waits = self.waits_of(recording)
        for kind in kinds:
            tally = found[kind]
            if tally.skipped:
                continue
            with self.subTest(kind=kind):
                mine = waits.of(tally.tid)
                # It drops the whole of a wait whose begin it has not seen.
                before = mine.select(lambda s: "wait_gate" in s.stack)
                self.assertGreater(before.where(edge="before").total(), 0, mine)
                ours, other = mine.total() - before.total(), theirs.get(tally.tid, 0)
                self.assertLessEqual(other, 1.02 * ours)
                # Where a switch was not to be seen flametap has its time from the kernel's counts.
                lost = recording.stats["waits"]["unseen"] * tally.longest_ns
                self.assertLessEqual(ours, 1.02 * other + lost, recording.run)


class Machine(waiting.WaitCase):
    """Of a machine that is mostly idle, what waits for something comes first."""

    def record_machine(self, verb):
        self.start("waits", "-n", 0, "nanosleep", "mutex").value("running")
        recording = self.record_waits(verb, "-a", "-d", 2, "-o", "all.folded", "-o", "all.txt")
        text = (self.dir / "all.txt").read_text()
        return recording, self.waits_of(recording), text

    def assert_graph(self, waits):
        """All loops of kernel threads are one frame, below one root, and none is anywhere else."""
        threads = waits.where(**{"class": "kernel"})
        self.assertEqual(threads.where(idle="yes").total(), threads.total(), threads)
        folded = support.Folded((self.dir / "all.folded").read_text())
        loops = [frames for frames, _ in folded.lines if "[kernel thread]" in frames]
        self.assertEqual(loops, [["[kernel threads]", "[idle]", "[kernel thread]"]])

    def assert_tables(self, waits, text):
        """Idle waits stand below all others, of classes and of places, and a share is one of what
        is not idle; the table of processes leaves them out."""
        classes = re.findall(r"^(\S.*?\S)  +\d+ .*%$", text, re.MULTILINE)
        idle = [name for name in classes if name.endswith(" (idle)")]
        self.assertIn("kernel thread (idle)", idle, text)
        for name in ("sleep", "lock"):
            self.assertIn(name, classes[:-len(idle)], text)
        self.assertEqual(classes[-len(idle):], idle, text)
        _, found, places = text.partition("\ntop waits")
        self.assertTrue(found, text)
        shares = re.findall(r"^ *[0-9.]+ \w+ +(-|[0-9.]+%) ", places, re.MULTILINE)
        n = len([share for share in shares if share != "-"])
        self.assertEqual(set(shares[n:]), {"-"}, text)
        self.assertNotIn("kernel thread", "".join(places.splitlines(True)[:n + 2]))
        most = waits.select(lambda s: not s.labels.get("idle")).total()
        for process, function in (("nanosleep", "wait_nanosleep"), ("mutex", "wait_mutex")):
            row = re.search(rf"^ *\S+ \w+ +([0-9.]+)% .* {process} +{function} ", places,
                            re.MULTILINE)
            self.assertTrue(row, text)
            mine = waits.select(lambda s: not s.labels.get("idle") and function in s.stack and
                                s.labels["class"] in ("sleep", "lock"))
            self.assertLessEqual(abs(float(row[1]) - 100 * mine.total() / most), 0.5, row[0])

    def test_offcpu(self):
        recording, waits, text = self.record_machine("offcpu")
        self.assert_graph(waits)
        self.assert_tables(waits, text)
        processes = recording.run.err.partition("waits for")[0]
        for name in ("cpuhp/0", "ksoftirqd/0", "kthreadd", "migration/0"):
            self.assertNotIn(f"  {name}  ", processes, recording.run)

    def test_wall(self):
        _, waits, text = self.record_machine("wall")
        self.assert_graph(waits)
        self.assert_tables(waits, text)
