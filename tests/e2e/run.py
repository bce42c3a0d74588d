#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs end-to-end test files and reports in TAP: `tests/e2e/run.py [-k WORD] [test_FILE.py...]`.
The build is $FLAMETAP_BUILD, or build/. On a machine that can record, a BPF test that is skipped
counts as failed: it would otherwise look like one that passed."""

import argparse
import faulthandler
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import warden  # noqa: E402

if __name__ == "__main__":
    warden.watch()  # before there is anything that a child must not do again at its exit

import support  # noqa: E402


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class TapResult(unittest.TestResult):
    """A test with subtests is one test, failed when one of them is."""

    def __init__(self):
        super().__init__()
        self.n = 0
        self.failed = 0
        self.started = 0.0
        self.details = []

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        self.details = []
        self.skip_reason = None

    def stopTest(self, test):
        super().stopTest(test)
        self.report(test, self.skip_reason, self.details)

    def report(self, test, skip_reason, details):
        self.n += 1
        name = f"{test.id()} ({time.monotonic() - self.started:.1f} s)".replace("#", "")
        if skip_reason and isinstance(test, support.BpfCase) and not support.machine_lacks():
            details = details + [f"skipped on a machine that can record: {skip_reason}"]
            skip_reason = None
        if details:
            self.failed += 1
            say(f"not ok {self.n} - {name}")
            for detail in details:
                for line in detail.rstrip().splitlines():
                    say(f"# {line}")
        elif skip_reason:
            say(f"ok {self.n} - {name} # SKIP {skip_reason}")
        else:
            say(f"ok {self.n} - {name}")

    def fails(self, test, error):
        text = self._exc_info_to_string(error, test)
        if isinstance(test, unittest.suite._ErrorHolder):  # of setUpClass: no test was started
            self.started = time.monotonic()
            self.report(test, None, [text])
        else:
            self.details.append(text)

    def addError(self, test, err):
        self.fails(test, err)

    def addFailure(self, test, err):
        self.fails(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.details.append(f"{subtest}\n" + self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        if isinstance(test, unittest.suite._ErrorHolder):  # a whole class: see run()
            self.class_skip = reason
        else:
            self.skip_reason = reason

    def addExpectedFailure(self, test, err):
        self.fails(test, err)

    def addUnexpectedSuccess(self, test):
        pass


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def run(paths, words):
    result = TapResult()
    loader = unittest.TestLoader()
    groups = {}
    for path in paths:
        for test in flatten(loader.loadTestsFromName(Path(path).stem)):
            if not words or any(word in test.id() for word in words):
                groups.setdefault(type(test), []).append(test)
    for tests in groups.values():
        result.class_skip = None
        unittest.TestSuite(tests)(result)
        if result.class_skip:  # each of the class's tests, by its name
            for test in tests:
                result.started = time.monotonic()
                result.report(test, result.class_skip, [])
    say(f"1..{result.n}")
    return 1 if result.failed else 0


def main():
    faulthandler.enable()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", action="append", default=[], metavar="WORD",
                        help="only tests whose name holds this")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    return run(options.files or sorted(HERE.glob("test_*.py")), options.k)


if __name__ == "__main__":
    sys.exit(main())
