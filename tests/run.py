#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs every test of the given build directories and counts them: `tests/run.py BUILD...`.
CMake's add_test() is the list of what there is to run. A test program that speaks TAP (cmocka,
tests/e2e/run.py, node --test) counts as many tests as it reports; any other one counts as one,
by its exit status (77: skipped). The higher its COST, the earlier it begins; what is marked
RUN_SERIAL runs alone, after the rest. What has the label "measures" depends on the machine's other
work: where it fails beside others it runs again alone, and that is what counts; both are shown.
The last line is "N passed, N failed, N skipped"."""

import argparse
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import warden

SKIPPED_STATUS = 77
DEFAULT_TIMEOUT_S = 900
# cmocka 1.1.5 says "not ok 3 # SKIP name", others "ok 3 - name # SKIP reason".
TAP_LINE = re.compile(r"^\s*(not )?ok\b\s*(\d*)\s*(?:-\s*)?(.*)$")
TAP_SKIP = re.compile(r"^(.*?)\s*#\s*(?:SKIP|TODO)\b:?\s*(.*)$", re.IGNORECASE)


class Program:
    """One row of add_test()."""

    def __init__(self, build, row):
        self.build = build
        self.name = row["name"]
        self.command = row["command"]
        properties = {p["name"]: p["value"] for p in row.get("properties", [])}
        self.serial = bool(properties.get("RUN_SERIAL"))
        self.cost = float(properties.get("COST", 0))
        self.measures = "measures" in properties.get("LABELS", [])
        self.timeout = properties.get("TIMEOUT", DEFAULT_TIMEOUT_S)
        self.directory = properties.get("WORKING_DIRECTORY", str(build))
        self.environment = dict(item.split("=", 1) for item in properties.get("ENVIRONMENT", []))
        self.failed_in_company = []  # names, of a first run
        self.forget()

    def forget(self):
        """Before it runs, for the first time or again."""
        self.passed = 0
        self.failed = []  # names
        self.skipped = []  # (name, reason)
        self.output = ""
        self.seconds = 0.0

    def title(self):
        return f"{self.build.name}: {self.name}"

    def run(self):
        started = time.monotonic()
        environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", LC_ALL="C.UTF-8",
                           FLAMETAP_BUILD=str(self.build), **self.environment)
        try:
            process = subprocess.Popen(self.command, cwd=self.directory, env=environment,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as error:
            self.failed.append(f"{self.command[0]}: {error.strerror}")
            return
        try:
            raw, _ = process.communicate(timeout=self.timeout)
            status, late = process.returncode, False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raw, _ = process.communicate()
            status, late = process.returncode, True
        self.output = raw.decode("utf-8", "replace")
        self.seconds = time.monotonic() - started
        self.count(status, late)

    def count(self, status, late):
        planned = None
        seen = 0
        for line in self.output.splitlines():
            if plan := re.fullmatch(r"1\.\.(\d+)(?:\s*#.*)?", line):
                planned = (planned or 0) + int(plan[1])
                continue
            match = TAP_LINE.match(line)
            # Indented lines are subtests, whose parent has a line of its own.
            if not match or line[0].isspace():
                continue
            seen += 1
            skip = TAP_SKIP.match(match[3])
            if skip:
                name, reason = (skip[1], skip[2]) if skip[1] else (skip[2], "")
                self.skipped.append((name, reason or "the test says so"))
            elif match[1]:
                self.failed.append(match[3])
            else:
                self.passed += 1
        if late:
            self.failed.append(f"still running after {self.timeout:.0f} s, killed")
        elif seen == 0 and planned is None:
            self.count_by_status(status)
        elif planned is not None and seen != planned:
            self.failed.append(f"{planned} tests planned, {seen} reported; exit status {status}")
        elif planned is None:
            self.failed.append(f"no plan: it did not come to its end; exit status {status}")
        elif status != 0 and not self.failed:
            self.failed.append(f"all reported well, but exit status {status}")

    def count_by_status(self, status):
        if status == SKIPPED_STATUS:
            lines = self.output.strip().splitlines()
            self.skipped.append((self.name, lines[-1] if lines else "the test says so"))
        elif status != 0:
            self.failed.append(f"exit status {status}")
        else:
            self.passed += 1


def programs_of(build):
    listing = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, check=True,
                             capture_output=True, text=True)
    rows = json.loads(listing.stdout)["tests"]
    return [Program(build, row) for row in rows if "command" in row]


class Reporter:
    def __init__(self):
        self.lock = threading.Lock()

    def show(self, program):
        with self.lock:
            words = [f"{program.passed} passed"]
            if program.failed:
                words.append(f"{len(program.failed)} FAILED")
            if program.skipped:
                words.append(f"{len(program.skipped)} skipped")
            print(f"{program.title():<48} {program.seconds:6.1f} s  {', '.join(words)}", flush=True)
            if program.failed:
                print("".join(f"    {line}\n" for line in self.tail(program)), end="", flush=True)

    @staticmethod
    def tail(program):
        """What its output says about the failures; long output is cut in its middle."""
        lines = [line for line in program.output.splitlines() if not re.match(r"ok\b", line)]
        if len(lines) > 400:
            lines = lines[:200] + [f"... {len(lines) - 400} lines left out ..."] + lines[-200:]
        return lines + [f"FAILED: {name}" for name in program.failed]


def run_all(programs, jobs):
    reporter = Reporter()

    def run(program):
        program.run()
        reporter.show(program)

    together = sorted((p for p in programs if not p.serial), key=lambda p: -p.cost)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run, together))
    for program in programs:
        if program.serial:
            run(program)
    for program in together:
        if program.measures and program.failed:
            program.failed_in_company = program.failed
            program.forget()
            print(f"{program.title()} failed beside others; alone:", flush=True)
            run(program)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-j", type=int, default=os.cpu_count(), metavar="JOBS")
    parser.add_argument("-k", metavar="WORD", help="only programs whose name holds this")
    parser.add_argument("builds", nargs="+", type=Path)
    options = parser.parse_args()

    programs = [p for build in options.builds for p in programs_of(build.resolve())]
    if options.k:
        programs = [p for p in programs if options.k in p.name]
    run_all(programs, options.j)

    passed = sum(p.passed for p in programs)
    failed = [(p.title(), name) for p in programs for name in p.failed]
    skipped = [(p.title(), name, reason) for p in programs for name, reason in p.skipped]
    company = [(p.title(), name) for p in programs for name in p.failed_in_company]
    if company:
        print("\nFailed beside others, and ran again alone:")
        for title, name in company:
            print(f"  {title}: {name}")
    if skipped:
        print("\nSkipped:")
        for title, name, reason in skipped:
            print(f"  {title}: {name}: {reason}")
    if failed:
        print("\nFailed:")
        for title, name in failed:
            print(f"  {title}: {name}")
    if not passed and not failed:
        failed.append(("", "no test was found"))
    print(f"\n{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    warden.watch()
    sys.exit(main())
