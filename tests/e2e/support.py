# SPDX-License-Identifier: GPL-2.0-or-later
"""What the end-to-end tests share: running flametap and the workloads, and reading what came
out. A test file holds one theme; its classes derive from Case, or from BpfCase when they
record, which needs root and BTF. Each test runs in an empty directory of its own."""

import atexit
import contextlib
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import pprof

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FLAMETAP_BUILD", ROOT / "build")).resolve()
WORKLOADS = BUILD / "tests" / "workloads"
# Programs of the tests, not of flametap, that make something hard to come by.
FLAMETAP = next((path for path in (BUILD / "flametap", BUILD / "profiler" / "flametap")
                 if path.is_file()), BUILD / "profiler" / "flametap")

# Strings are made, sorted and joined by four goroutines: so many times each, or, as "2s", for that
# long.
GO = """
package main
import ("fmt"; "os"; "sort"; "strconv"; "strings"; "sync"; "time")
func work(rounds int, end time.Time) int {
    n := 0
    for j := 0; j < rounds || time.Now().Before(end); j++ {
        words := make([]string, 0, 1000)
        for i := 0; i < 1000; i++ { words = append(words, strconv.Itoa(i*7919%1000)) }
        sort.Strings(words)
        n += len(strings.Join(words, ","))
    }
    return n
}
func main() {
    rounds, _ := strconv.Atoi(os.Args[1])
    limit, _ := time.ParseDuration(os.Args[1])
    end := time.Now().Add(limit)
    var all sync.WaitGroup
    for i := 0; i < 3; i++ { all.Add(1); go func() { work(rounds, end); all.Done() }() }
    all.Wait()
    fmt.Println(work(rounds, end))
}
"""


SYS_PPOLL = 271  # of x86-64

# An event that comes as often as a program makes it come, however fast the machine is, and how many
# of it work_for() of tests/workloads/workload.h makes when it is asked for no CPU time.
FAULTS = ("-e", "page-faults", "-c", 1)
N_FAULTS = 1000

# A cache of names for all tests, and not that of whoever runs them.
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="flametap-cache-")
atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)


def machine_lacks():
    """Why BPF tests cannot run here, or None when they must."""
    if os.geteuid() != 0:
        return "needs root"
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        return "the kernel has no BTF"
    return None


def stolen_seconds():
    """What a virtual machine's host has taken of its CPUs so far."""
    with open("/proc/stat") as stat:
        return int(stat.readline().split()[8]) / os.sysconf("SC_CLK_TCK")


def taken_seconds():
    """What interrupts and the host have had of all CPUs: the kernel leaves it out of what it says a
    thread has had."""
    with open("/proc/stat") as stat:
        return sum(map(int, stat.readline().split()[6:9])) / os.sysconf("SC_CLK_TCK")


def workload(name):
    return str(WORKLOADS / name)


def cpu_seconds(pid):
    """What all threads of a process have used so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def wait_for_cpu(pid, seconds, timeout=120):
    """Returns once a process has used so many more seconds of CPU time, however long that takes."""
    target, end = cpu_seconds(pid) + seconds, time.monotonic() + timeout
    while cpu_seconds(pid) < target:
        if time.monotonic() > end:
            raise AssertionError(f"process {pid} does not get {seconds} s of CPU time")
        time.sleep(0.02)


class Run:
    """A finished command."""

    def __init__(self, argv, status, out, err):
        self.argv = argv
        self.status = status  # negative: killed by that signal
        self.raw_out, self.raw_err = out, err
        self.out = out.decode("utf-8", "surrogateescape")
        self.err = err.decode("utf-8", "surrogateescape")

    def __str__(self):
        return (f"$ {' '.join(map(str, self.argv))}\nexit status {self.status}\n"
                f"--- standard output\n{self.out[:4000]}\n--- standard error\n{self.err[:4000]}")

    def values(self):
        """The NAME=VALUE lines that a workload printed."""
        return read_values(self.out)


def read_values(text):
    values = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and re.fullmatch(r"[a-z0-9_]+", name):
            with contextlib.suppress(ValueError):
                values[name] = float(value) if "." in value else int(value)
    return values


class Folded:
    """A folded file: lines of (frames from the root on, count)."""

    def __init__(self, text):
        self.lines = []
        for line in text.split("\n"):
            if not line:
                continue
            match = re.fullmatch(r"(.*) (\d+)", line)
            if not match:
                raise AssertionError(f"not a folded line: {line!r}")
            self.lines.append((match[1].split(";"), int(match[2])))

    def total(self):
        return sum(count for _, count in self.lines)

    def count(self, condition):
        return sum(count for frames, count in self.lines if condition(frames))

    def with_frame(self, name):
        return self.count(lambda frames: name in frames)

    def matching(self, pattern):
        """The weight of lines whose joined frames match the whole pattern."""
        compiled = re.compile(pattern)
        return self.count(lambda frames: compiled.fullmatch(";".join(frames)))

    def roots(self):
        totals = {}
        for frames, count in self.lines:
            totals[frames[0]] = totals.get(frames[0], 0) + count
        return totals

    def share(self, name):
        return self.with_frame(name) / self.total()


class Recording:
    """All that one run of flametap wrote, under the name given, in a directory."""

    def __init__(self, directory, name, run, stolen=0):
        self.run = run
        self.base = Path(directory) / name
        self.stolen = stolen  # seconds that the host took meanwhile

    def path(self, extension):
        return Path(f"{self.base}.{extension}")

    @functools.cached_property
    def folded(self):
        return Folded(self.path("folded").read_bytes().decode("utf-8", "surrogateescape"))

    @functools.cached_property
    def pprof(self):
        return pprof.Profile(self.path("pb.gz").read_bytes())

    @functools.cached_property
    def text(self):
        return self.path("txt").read_text()

    @functools.cached_property
    def stats(self):
        return json.loads(self.path("json").read_text())

    @functools.cached_property
    def quality(self):
        """The words of the quality line, as strings."""
        return quality_words(self.run.err)


def quality_words(err):
    lines = re.findall(r"^flametap: quality: (.*)$", err, re.MULTILINE)
    if len(lines) != 1:
        raise AssertionError(f"{len(lines)} quality lines in:\n{err}")
    return dict(word.split("=", 1) for word in lines[0].split(" "))


class Process:
    """A command that runs in the background and prints NAME=VALUE lines."""

    def __init__(self, argv, **options):
        self.argv = argv
        self.out = b""
        options.setdefault("stderr", subprocess.STDOUT)
        self.popen = subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                      start_new_session=True, **options)
        self.pid = self.popen.pid

    def value(self, name, timeout=60, least=None):
        """Waits until NAME=VALUE is printed, of a number that goes up until it is at least that."""
        end = time.monotonic() + timeout
        os.set_blocking(self.popen.stdout.fileno(), False)
        while time.monotonic() < end:
            values = read_values(self.out.decode("utf-8", "replace"))
            if name in values and (least is None or values[name] >= least):
                return values[name]
            with contextlib.suppress(BlockingIOError):
                piece = os.read(self.popen.stdout.fileno(), 65536)
                if not piece:
                    break
                self.out += piece
                continue
            time.sleep(0.005)
        raise AssertionError(f"{self.argv}: no {name}= in {self.out!r}")

    def wait(self, timeout=300):
        """Its status, after all its output has been read."""
        os.set_blocking(self.popen.stdout.fileno(), True)
        rest, _ = self.popen.communicate(timeout=timeout)
        self.out += rest
        return self.popen.returncode

    def values(self):
        return read_values(self.out.decode("utf-8", "replace"))

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()
        self.popen.stdout.close()


def held_objects(pid):
    """The (kind, id) of each BPF object that a process has a descriptor of; kinds are those of
    bpftool: prog, map, link."""
    held = set()
    fdinfo = Path(f"/proc/{pid}/fdinfo")
    with contextlib.suppress(OSError):
        for name in os.listdir(fdinfo):
            with contextlib.suppress(OSError):
                if "bpf" in os.readlink(fdinfo.parent / "fd" / name):
                    found = re.search(r"^(prog|map|link)_id:\s*(\d+)", (fdinfo / name).read_text(),
                                      re.MULTILINE)
                    if found:
                        held.add((found[1], int(found[2])))
    return held


def waits_for_samples(pid):
    """Whether flametap waits for what its programs send: nothing else in it calls ppoll()."""
    try:
        return Path(f"/proc/{pid}/syscall").read_text().split()[0] == str(SYS_PPOLL)
    except OSError:
        return False


def waits_so_far(pid):
    """How often a flametap that waits for samples has gone to sleep, or None while it does not
    wait."""
    def sleeps():
        status = Path(f"/proc/{pid}/status").read_text()
        return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.MULTILINE)[1])

    before = sleeps()
    # Between the two it was in one and the same sleep.
    return before if waits_for_samples(pid) and sleeps() == before else None


class Case(unittest.TestCase):
    longMessage = True
    maxDiff = 4000

    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="flametap-test-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.n_recordings = 0

    def run_command(self, *argv, status=None, input=b"", env=None, timeout=300, **options):
        """Runs a command in the test's directory. env adds to the environment."""
        environment = dict(os.environ, LC_ALL="C.UTF-8")
        environment.update(env or {})
        argv = [str(arg) for arg in argv]
        options.setdefault("cwd", self.dir)
        try:
            done = subprocess.run(argv, input=input, capture_output=True, env=environment,
                                  timeout=timeout, **options)
        except subprocess.TimeoutExpired as late:
            self.fail(f"still running after {timeout} s: {' '.join(argv)}\n"
                      f"{(late.stdout or b'').decode(errors='replace')}\n"
                      f"{(late.stderr or b'').decode(errors='replace')}")
        run = Run(argv, done.returncode, done.stdout, done.stderr)
        if status is not None:
            self.assertEqual(run.status, status, run)
        return run

    def flametap(self, *args, prefix=(), status=0, **options):
        return self.run_command(*prefix, FLAMETAP, *args, status=status, **options)

    def instructions(self, *args, **options):
        """How many instructions flametap ran, as callgrind counts."""
        run = self.run_command("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                               FLAMETAP, *args, status=0, timeout=600, **options)
        return int(re.search(r"Collected : (\d+)", run.err)[1])

    def assert_one_line(self, run, *words):
        """The run said one line, about these words, and nothing crashed."""
        lines = run.err.splitlines()
        self.assertEqual(len(lines), 1, run)
        self.assertTrue(lines[0].startswith("flametap: "), run)
        for word in words:
            self.assertIn(str(word), lines[0], run)

    def start(self, *argv, **options):
        """Starts a workload (by its name) or another command; it is gone when the test ends."""
        argv = [str(arg) for arg in argv]
        if "/" not in argv[0] and (WORKLOADS / argv[0]).exists():
            argv[0] = workload(argv[0])
        options.setdefault("cwd", self.dir)
        process = Process(argv, **options)
        self.addCleanup(process.stop)
        return process

    def assert_share(self, actual, expected, points=2.0):
        self.assertLessEqual(abs(actual - expected) * 100, points,
                             f"share {actual * 100:.2f} %, expected {expected * 100:.2f} %")

    def assert_close(self, actual, expected, percent):
        self.assertLessEqual(abs(actual - expected), abs(expected) * percent / 100,
                             f"{actual}, expected {expected} within {percent} %")


class BpfCase(Case):
    """Records for real. On a machine that can, none of these may be skipped."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lacks = machine_lacks()
        if lacks:
            raise unittest.SkipTest(lacks)

    def outputs(self, name="out"):
        """Options that make flametap write everything that a Recording reads."""
        options = []
        for extension in ("folded", "pb.gz", "txt", "svg"):
            options += ["-o", f"{name}.{extension}"]
        return options + ["--stats", f"{name}.json"]

    def record(self, *args, status=0, name=None, **options):
        """flametap cpu ARGS, with every output."""
        if name is None:
            self.n_recordings += 1
            name = f"out{self.n_recordings}"
        before = stolen_seconds()
        run = self.flametap("cpu", *self.outputs(name), *args, status=status, **options)
        recording = Recording(self.dir, name, run, stolen_seconds() - before)
        if status == 0:
            self.assert_adds_up(recording)
        return recording

    def start_recording(self, *args, **options):
        """flametap cpu ARGS in the background, once it records."""
        process = self.start(FLAMETAP, "cpu", *args, **options)
        self.wait_for_recording(process.pid, process)
        return process

    def wait_for_recording(self, pid, process):
        """Returns once the flametap of this pid, which ends no later than the process that was
        started for it, is in the loop in which it records."""
        end = time.monotonic() + 60
        while not waits_for_samples(pid):
            if process.popen.poll() is not None:
                process.wait()
                self.fail(process.out.decode(errors="replace"))
            self.assertLess(time.monotonic(), end, f"flametap does not record: {process.argv}")
            time.sleep(0.002)

    def wait_for_reading(self, recorder):
        """Returns once flametap has read all that was there to be read at the call: it has woken
        up from a wait that began before, has read, and waits again."""
        n, end = None, time.monotonic() + 60
        while True:
            now = waits_so_far(recorder.pid)
            if now is not None and n is not None and now > n:
                return
            n = now if n is None else n
            self.assertIsNone(recorder.popen.poll(), "flametap has ended")
            self.assertLess(time.monotonic(), end, "flametap does not read")
            time.sleep(0.002)

    @contextlib.contextmanager
    def standing_still(self, recorder):
        """Meanwhile flametap reads nothing of what its programs in the kernel send."""
        os.kill(recorder.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, recorder.pid, os.WSTOPPED)
        try:
            yield
        finally:
            os.kill(recorder.pid, signal.SIGCONT)

    def start_waiting(self, *argv):
        """A workload that does nothing until record_from_start lets it."""
        process = self.start(*argv, env=dict(os.environ, WORKLOAD_WAIT="1"))
        process.value("waiting")
        return process

    def record_until(self, until, *args):
        """Records ARGS until until() has returned, which is called once the recording is on."""
        self.n_recordings += 1
        name = f"until{self.n_recordings}"
        before = stolen_seconds()
        process = self.start_recording(*self.outputs(name), "-d", "inf", *args)
        until()
        with contextlib.suppress(ProcessLookupError):  # it may have ended with its target
            os.kill(process.pid, signal.SIGINT)
        recording = self.finished(process, name)
        recording.stolen = stolen_seconds() - before
        return recording

    def record_busy(self, pid, *args, seconds=0.5):
        """Records ARGS until this process has used so many seconds of CPU time meanwhile."""
        return self.record_until(lambda: wait_for_cpu(pid, seconds), *args)

    def record_from_start(self, go, *args, until=None):
        """Records ARGS, and lets the process go that waits, once the recording is on. It ends by
        itself, or when until() has returned."""
        if until:
            return self.record_until(lambda: (os.kill(go, signal.SIGUSR1), until()), *args)
        process = self.start_recording(*self.outputs("attached"), *args)
        os.kill(go, signal.SIGUSR1)
        return self.finished(process, "attached")

    def finished(self, recorder, name="out"):
        """What a flametap that was started with outputs(name) has recorded, once it has ended."""
        status = recorder.wait()
        run = Run(recorder.argv, status, b"", recorder.out)
        self.assertEqual(status, 0, run)
        recording = Recording(self.dir, name, run)
        self.assert_adds_up(recording)
        return recording

    def assert_ticks(self, recording, ticks, seconds, percent, hz=999):
        """So many samples of a CPU time; but for what the host took from under the timer."""
        slack = hz * (seconds * percent / 100 + recording.stolen)
        self.assertLessEqual(abs(ticks - hz * seconds), slack,
                             f"{ticks} of {hz * seconds:.0f} ticks within {percent} %, "
                             f"{recording.stolen:.2f} s stolen\n{recording.run}")

    def assert_cpu_seconds(self, recording, cpu_seconds, percent):
        """The kernel's account of the target beside the workload's own. Perf's clocks go on while
        the host has the CPU, those of tasks do not on every kernel."""
        actual = recording.stats["target_cpu_seconds"]
        self.assertLessEqual(abs(actual - cpu_seconds),
                             cpu_seconds * percent / 100 + recording.stolen,
                             f"{actual}, expected {cpu_seconds} within {percent} % and "
                             f"{recording.stolen} s stolen")

    def assert_covered(self, recording, percent=2):
        stats = recording.stats
        slack = percent / 100 + recording.stolen / stats["target_cpu_seconds"]
        self.assertLessEqual(abs(stats["covered"] - 1), slack, recording.run)

    def assert_faults(self, count, works=1):
        """The page faults of so many times work_for(0), and a few more for its code and stack."""
        self.assertGreaterEqual(count, works * N_FAULTS)
        self.assertLessEqual(count, 1.05 * works * N_FAULTS)

    def assert_adds_up(self, recording):
        """Folded = pprof = what --stats says, exactly."""
        samples = recording.stats["samples"]
        self.assertEqual(recording.folded.total(), samples, recording.run)
        self.assertEqual(recording.pprof.total("samples"), samples, recording.run)
        self.assertEqual(int(recording.quality["samples"]), samples, recording.run)
