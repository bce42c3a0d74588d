# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of waiting share: recordings of offcpu and wall, what the workload `waits` has
measured of itself, and the kernel's account of every thread of a process that stands still."""

import contextlib
import json
import os
import re
import signal
import time
from pathlib import Path

import support

# A part of the programs that record: it may never stand in a stack.
OWN_FRAME = re.compile(r"bpf_prog_|bpf_trace_run|^__bpf_trace_|^__traceiter_")
CHAIN = "--"  # between the stack that waits and the one that woke it


# What may part a thread's ledger from the kernel's account beside 2 %, whatever its length: the
# account is closed at a look at /proc, the ledger at the thread's last switch. Between two switches
# nothing may: both take times from the same two clocks of a run queue, which the scheduler reads
# once for each event, flametap behind it.
EDGE_NS = 20000


class Tally:
    """What one kind of the workload has measured of its waits."""

    def __init__(self, name, raw):
        self.name = name
        self.raw = raw
        self.__dict__.update(raw)
        self.account = next((a for a in raw["threads"] if a["tid"] == raw["tid"]), None)

    def mean_ms(self):
        return self.sum_ns / max(self.n, 1) / 1e6


def tallies(out):
    """{kind: Tally} of what the workload printed."""
    return {name: Tally(name, raw) for name, raw in json.loads(out[out.index("{"):]).items()}


def all_accounts(found):
    return [account for tally in found.values() for account in tally.threads]


def waits_of(account):
    """How often this thread gave its CPU away to wait: not the last time, at its death."""
    return account["voluntary"] - account["leads"] + account["gate"]


def is_chain(stack, functions):
    """These functions stand in a stack, root first, in this order."""
    rest = iter(stack)
    return all(name in rest for name in functions)


class Waits:
    """The samples of waiting of a recording; some of them."""

    def __init__(self, samples):
        self.samples = samples

    def select(self, condition):
        return Waits([sample for sample in self.samples if condition(sample)])

    def of(self, tid, function=None):
        return self.select(lambda s: s.labels.get("tid") == tid and
                           (function is None or function in waiter(s)))

    def total(self, name="offcpu"):
        return sum(sample.values[name] for sample in self.samples)

    def where(self, **labels):
        return self.select(lambda s: all(s.labels.get(k) == v for k, v in labels.items()))

    def sums(self, label, value="offcpu"):
        found = {}
        for sample in self.samples:
            key = sample.labels.get(label)
            found[key] = found.get(key, 0) + sample.values[value]
        return found

    def __str__(self):
        lines = sorted(self.samples, key=lambda s: -s.values["offcpu"])
        return "\n".join(f"{s.values} {s.labels} {';'.join(s.stack)}" for s in lines[:12])


def waiter(sample):
    """The stack of who waited, root first, without who woke it."""
    stack = sample.stack
    return stack[:stack.index(CHAIN)] if CHAIN in stack else stack


def waker(sample):
    """The stack of who ended the wait, leaf first as in the chain, or nothing."""
    stack = sample.stack
    return stack[stack.index(CHAIN) + 1:] if CHAIN in stack else []


class Ledger:
    """What flametap says of one thread's time."""

    def __init__(self, raw):
        self.raw = raw
        self.lived_ns, self.on_ns, self.blocked_ns, self.runqueue_ns = (
            raw[f"{name}_seconds"] * 1e9 for name in ("lived", "on", "blocked", "runqueue"))
        self.taken_ns = raw["taken_seconds"] * 1e9
        self.asleep_ns = raw["asleep_queued_seconds"] * 1e9
        self.voluntary, self.involuntary = raw["voluntary"], raw["involuntary"]

    def __repr__(self):
        return str(self.raw)


class Scheduled:
    """What the kernel says of a thread up to now."""

    def __init__(self, tid):
        directory = Path(f"/proc/{tid}/task/{tid}")
        status = (directory / "status").read_text()
        self.comm = (directory / "comm").read_text().rstrip("\n")
        self.on_ns, self.runqueue_ns, _ = map(int, (directory / "schedstat").read_text().split())
        self.voluntary, self.involuntary = (
            int(re.search(rf"^{name}_ctxt_switches:\s*(\d+)", status, re.MULTILINE)[1])
            for name in ("voluntary", "nonvoluntary"))

    def since(self, before, tid):
        """The account of the time in between."""
        account = {name: getattr(self, name) - getattr(before, name)
                   for name in ("on_ns", "runqueue_ns", "voluntary", "involuntary")}
        return dict(account, tid=tid, comm=self.comm)


def state_of(tid):
    try:
        return Path(f"/proc/{tid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def threads_of(pids):
    """Of those that are alive."""
    return [int(tid) for pid in pids if state_of(pid) not in "ZX"
            for tid in os.listdir(f"/proc/{pid}/task")]


def stand_still(pids, timeout=60):
    """Stops these processes; gives the accounts of their threads, which do not change any more."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + timeout
    while any(state_of(tid) not in "Tt" for tid in threads_of(pids)):
        if time.monotonic() > end:
            raise AssertionError(f"{pids} do not stop")
        time.sleep(0.002)
    time.sleep(0.02)  # a thread's state is T before it has left its CPU
    return {tid: Scheduled(tid) for tid in threads_of(pids)}


def go_on(pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


class WaitCase(support.BpfCase):
    def options(self, name):
        return ["-o", f"{name}.pb.gz", "--stats", f"{name}.json"]

    def record_waits(self, verb, *args, status=0, **options):
        """flametap offcpu or wall ARGS."""
        self.n_recordings += 1
        name = f"{verb}{self.n_recordings}"
        before = support.stolen_seconds()
        run = self.flametap(verb, *self.options(name), *args, status=status, **options)
        return support.Recording(self.dir, name, run, support.stolen_seconds() - before)

    def record_waits_while(self, until, verb, *args):
        """flametap offcpu or wall ARGS from before until() is called until it has returned."""
        self.n_recordings += 1
        name = f"{verb}{self.n_recordings}"
        before = support.stolen_seconds()
        process = self.start(support.FLAMETAP, verb, *self.options(name), "-d", "inf", *args)
        self.wait_for_recording(process.pid, process)
        until()
        os.kill(process.pid, signal.SIGINT)
        status = process.wait()
        run = support.Run(process.argv, status, b"", process.out)
        self.assertEqual(status, 0, run)
        return support.Recording(self.dir, name, run, support.stolen_seconds() - before)

    def record_from_gate(self, kinds, *args, beside=None):
        """flametap offcpu ARGS of a workload whose kinds are all there before they begin. beside:
        to be called once it is recorded, and gives what is to be called at its end. (recording,
        tallies)"""
        workload = self.start_waiting("waits", *kinds)
        pid = workload.value("pid")
        self.n_recordings += 1
        name = f"gate{self.n_recordings}"
        before = support.stolen_seconds()
        recorder = self.start(support.FLAMETAP, "offcpu", *self.options(name), "-d", "inf", *args,
                              "-p", pid, "--follow")
        self.wait_for_recording(recorder.pid, recorder)
        ended = beside() if beside else lambda: None
        os.kill(pid, signal.SIGUSR1)
        self.assertEqual(workload.wait(), 0, workload.out)
        ended()
        status = recorder.wait()
        run = support.Run(recorder.argv, status, b"", recorder.out)
        self.assertEqual(status, 0, run)
        recording = support.Recording(self.dir, name, run, support.stolen_seconds() - before)
        return recording, tallies(workload.out.decode())

    def waits_of(self, recording):
        waits = Waits([s for s in recording.pprof.samples if s.labels.get("class")])
        self.assertTrue(waits.samples, recording.run)
        return waits

    def ledger_of(self, recording, tid, comm):
        """The one of this thread; by its name, too, since exec gives a thread another's number."""
        found = [Ledger(raw) for raw in recording.stats["ledgers"]
                 if raw["tid"] == tid and raw["comm"] == comm[:15]]
        self.assertEqual(len(found), 1, f"ledgers of thread {comm} {tid}: " + str(
            [raw for raw in recording.stats["ledgers"] if raw["tid"] == tid]))
        return found[0]

    def assert_closes(self, ledger):
        """What a thread did adds up to its life inside the recording."""
        parts = ledger.on_ns + ledger.blocked_ns + ledger.runqueue_ns
        self.assertLessEqual(abs(parts - ledger.lived_ns), ledger.lived_ns * 0.01,
                             f"{parts} of {ledger}")

    def assert_ledgers(self, recording, accounts):
        for account in accounts:
            with self.subTest(thread=account["comm"], tid=account["tid"]):
                self.assert_ledger(recording, account)

    def assert_ledger(self, recording, account):
        """
        Within 2 % of what the kernel has counted, each. It leaves out what interrupts and a virtual
        machine's host had of the CPU while the thread was on it (`taken`, by its own clocks), and
        since Linux 6.12 it takes for time in a run queue what a thread that is moved to another
        CPU sleeps from there on (`asleep`, its own count when the thread wakes up; of which run
        queue's clock is not told, so that microseconds of each are uncertain).
        """
        ledger = self.ledger_of(recording, account["tid"], account["comm"])
        self.assert_closes(ledger)
        # Where its last switch was not to be seen, what it did in exit is not in its ledger; how
        # long that takes nobody knows.
        cut = account.get("leads") and ledger.voluntary < account["voluntary"]
        slack = EDGE_NS + 0.05 * ledger.asleep_ns
        for name, ours, kernel in (
                ("on", ledger.on_ns - ledger.taken_ns, account["on_ns"]),
                ("run queue", ledger.runqueue_ns + ledger.asleep_ns, account["runqueue_ns"])):
            words = (f"{name}: {ours / 1e6} ms, the kernel has {kernel / 1e6} ms; stolen "
                     f"{recording.stolen} s; {account} {ledger} {recording.stats['waits']}")
            if not cut:
                self.assertGreaterEqual(ours, 0.98 * kernel - slack, words)
            # A thread that is not its process's first one can only look before it ends: what the
            # kernel has counted at its last switch is flametap's to tell.
            own = ledger.raw[f"schedstat_{'on' if name == 'on' else 'runqueue'}_seconds"] * 1e9
            most = kernel if account.get("leads", True) else max(kernel, own)
            self.assertLessEqual(ours, 1.02 * most + slack, words)
