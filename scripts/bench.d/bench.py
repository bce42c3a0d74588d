# SPDX-License-Identifier: GPL-2.0-or-later
"""The frame of the bench: runs the rows (the other files of this folder), each of which compares
flametap with its peers on the same work, and prints what came out.

A row is a file with a TITLE, a NOTE that says what is measured, and run(bench), which gives
tables. To add one, add a file. Variants of one measurement are interleaved, in a new random order
each round, so that a machine that drifts drifts for all; a ratio is taken within a round."""

import argparse
import contextlib
import importlib.util
import json
import os
import platform
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("FLAMETAP_BUILD", HERE.parents[1] / "build-bench"))
FLAMETAP = str(BUILD / "profiler" / "flametap")
PERF = shutil.which("perf")
BPFTRACE = shutil.which("bpftrace")


def workload(name):
    return str(BUILD / "tests" / "workloads" / name)


class Failed(Exception):
    """One run did not give a figure; the row says so and goes on."""


class Finished:
    """A command that has ended: status, output, wall and CPU seconds, and peak memory."""

    def __init__(self, argv, status, out, seconds, usage):
        self.argv, self.status, self.out = argv, status, out
        self.seconds, self.rss_bytes = seconds, usage.ru_maxrss * 1024
        self.cpu_seconds = usage.ru_utime + usage.ru_stime

    def values(self):
        return {name: float(value)
                for name, value in re.findall(r"^(\w+)=([\d.]+)$", self.out, re.MULTILINE)}


class Running:
    """A command in the background; its output goes to a file, so that nobody has to read it."""

    def __init__(self, directory, argv):
        self.argv = [str(arg) for arg in argv]
        descriptor, self.path = tempfile.mkstemp(dir=directory, prefix="output-")
        self.started = time.monotonic()
        self.popen = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=descriptor,
                                      stderr=subprocess.STDOUT, cwd=directory,
                                      start_new_session=True)
        os.close(descriptor)
        self.pid = self.popen.pid
        self.finished = None

    def output(self):
        return Path(self.path).read_text(errors="replace")

    def wait_for(self, pattern, timeout=20):
        """Until its output matches; gives the match."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            match = re.search(pattern, self.output(), re.MULTILINE)
            if match:
                return match
            if self.popen.poll() is not None:
                break
            time.sleep(0.002)
        raise Failed(f"{' '.join(self.argv)}: {self.output().strip()[-300:]}")

    def interrupt(self):
        os.kill(self.pid, signal.SIGINT)

    def wait(self):
        if not self.finished:
            _, status, usage = os.wait4(self.pid, 0)
            seconds = time.monotonic() - self.started
            self.popen.returncode = os.waitstatus_to_exitcode(status)
            self.finished = Finished(self.argv, self.popen.returncode, self.output(), seconds, usage)
        return self.finished

    def stop(self):
        if not self.finished:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.wait()


class Table:
    """Figures of several variants; ratios are to the first one that is named as base."""

    def __init__(self, title, unit, results, base=None, scale=1.0, digits=3):
        self.title, self.unit, self.results, self.base = title, unit, results, base
        self.scale, self.digits = scale, digits

    def show(self):
        print(f"\n  {self.title}")
        head = f"    {'':<26} {'min':>10} {'median':>10} {'max':>10}  {self.unit:<8}"
        if self.base:
            head += f"  {'to ' + self.base + ': min':>22} {'median':>8} {'max':>8}"
        print(head)
        base = self.results.get(self.base, [])
        for name, figures in self.results.items():
            good = [figure for figure in figures if figure is not None]
            if not good:
                print(f"    {name:<26} {'not measured':>21}")
                continue
            line = f"    {name:<26}" + "".join(
                f" {figure * self.scale:>10.{self.digits}f}" for figure in spread(good))
            line += f"  {self.unit:<8}"
            if len(good) < len(figures):
                line += f"  ({len(good)} of {len(figures)} rounds)"
            ratios = [figure / other for figure, other in zip(figures, base)
                      if figure is not None and other]
            if self.base and name != self.base and ratios:
                low, middle, high = spread(ratios)
                line += f"  {low:>22.3f} {middle:>8.3f} {high:>8.3f}"
            print(line.rstrip(), flush=True)


def spread(figures):
    return min(figures), statistics.median(figures), max(figures)


class Bench:
    def __init__(self, rounds, directory):
        self.rounds = rounds
        self.dir = directory
        self.running = []

    def start(self, *argv):
        process = Running(self.dir, argv)
        self.running.append(process)
        return process

    def run(self, *argv, status=0):
        finished = self.start(*argv).wait()
        if status is not None and finished.status != status:
            raise Failed(f"{' '.join(finished.argv)}: status {finished.status}: "
                         f"{finished.out.strip()[-300:]}")
        return finished

    def stop_all(self):
        for process in self.running:
            process.stop()
            with contextlib.suppress(OSError):
                os.unlink(process.path)
        self.running = []

    def interleave(self, variants, rounds=None):
        """{name: [figure of each round]}; None where a variant failed, which is said once."""
        results = {name: [] for name in variants}
        said = set()
        for _ in range(rounds or self.rounds):
            order = list(variants)
            random.shuffle(order)
            for name in order:
                try:
                    figure = variants[name]()
                except (Failed, OSError, ValueError, KeyError, json.JSONDecodeError) as error:
                    figure = None
                    if name not in said:
                        print(f"    {name}: {' '.join(str(error).split())[-300:]}", flush=True)
                        said.add(name)
                finally:
                    self.stop_all()
                results[name].append(figure)
        return results

    # What several rows do alike: one recorder of a process by its pid, until it is interrupted.

    def record(self, tool, hz, pid):
        """Starts a recorder on a process and gives it when it records."""
        if tool == "bare event":
            process = self.start(workload("bare_event"), hz, pid)
            process.wait_for(r"^ready=1$")
        elif tool == "flametap":
            process = self.start(FLAMETAP, "cpu", "-e", "cpu-clock", "-F", hz, "-d", "inf", "-p", pid,
                                 "-o", "flametap.pb.gz", "-o", "flametap.svg", "--stats", "stats.json")
            self.wait_for_programs(process)
        elif tool in ("perf -g", "perf dwarf"):
            way = ["-g"] if tool == "perf -g" else ["--call-graph", "dwarf"]
            process = self.start(PERF or "perf", "record", "-q", "-e", "cpu-clock", "-F", hz, *way,
                                 "-o", "perf.data", "-p", pid)
            time.sleep(0.5)
        elif tool == "bpftrace":
            process = self.start(BPFTRACE or "bpftrace", "-e",
                                 f'BEGIN {{ printf("ready\\n"); }} profile:hz:{hz} /pid == {pid}/ '
                                 "{ @[ustack, kstack, comm] = count(); }")
            process.wait_for(r"^ready$")
        else:
            raise ValueError(tool)
        return process

    @staticmethod
    def wait_for_programs(process):
        """Until a process holds a BPF program of perf_event type, and a moment more."""
        end = time.monotonic() + 20
        while time.monotonic() < end and process.popen.poll() is None:
            if programs_of(process.pid):
                time.sleep(0.2)
                return
            time.sleep(0.01)
        raise Failed(f"{' '.join(process.argv)}: {process.output().strip()[-300:]}")


def programs_of(pid):
    """The perf_event programs that a process holds, with their statistics."""
    held = set()
    for entry in Path(f"/proc/{pid}/fdinfo").glob("*"):
        with contextlib.suppress(OSError):
            found = re.search(r"^prog_id:\s*(\d+)", entry.read_text(), re.MULTILINE)
            held.update({int(found[1])} if found else set())
    run = subprocess.run(["bpftool", "-j", "prog", "show"], capture_output=True, check=False)
    return [item for item in json.loads(run.stdout or b"[]") or []
            if item.get("type") == "perf_event" and item["id"] in held]


def machine():
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    words = [model[1] if model else platform.machine(), f"{os.cpu_count()} CPUs",
             f"Linux {platform.release()}"]
    for tool, argv in (("perf", [PERF, "--version"]), ("bpftrace", [BPFTRACE, "--version"])):
        if argv[0]:
            out = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
            words.append(out.strip() or tool)
        else:
            words.append(f"no {tool}")
    return ", ".join(words)


def load_rows(names):
    for path in sorted(HERE.glob("*.py")):
        if path.stem == "bench" or (names and path.stem not in names):
            continue
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield path.stem, module


def main():
    parser = argparse.ArgumentParser(description="compares flametap with its peers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("rows", nargs="*", help="only these rows, by name of file")
    options = parser.parse_args()

    sys.modules["bench"] = sys.modules["__main__"]  # the rows import it
    print(f"bench: {machine()}; {options.rounds} rounds, interleaved")
    with tempfile.TemporaryDirectory(prefix="flametap-bench-") as directory:
        bench = Bench(options.rounds, directory)
        try:
            for name, row in load_rows(options.rows):
                print(f"\n{name}: {row.TITLE}\n  {row.NOTE}", flush=True)
                for table in row.run(bench):
                    table.show()
        finally:
            bench.stop_all()


if __name__ == "__main__":
    main()
