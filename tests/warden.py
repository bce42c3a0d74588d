# SPDX-License-Identifier: GPL-2.0-or-later
"""Sees to it that no process outlives the tests that started it. What calls warden.watch() goes on
in a child, below a warden: when that child ends, or the process that called is killed, by whatever
signal, everything that was started below is killed, too. A server that daemonizes, or has a session
of its own, becomes the warden's child when its parent is gone, so that it is found."""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h
PR_SET_CHILD_SUBREAPER = 36
LIBC = ctypes.CDLL(None, use_errno=True)


def control(option, value):
    if LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def descendants(pid):
    """Of all that run now; parents stand before their children."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has ended meanwhile
            continue
        if state not in "ZX":
            parents.setdefault(int(parent), []).append(int(path.parent.name))
    found = [pid]
    for known in found:
        found += parents.get(known, [])
    return found[1:]


def kill_below():
    """Everything below this process, until nothing is: what is killed may have forked just now."""
    while left := descendants(os.getpid()):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        reap()


def reap(until=None):
    """Waits for children until this one has ended, or for all; its status."""
    while True:
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return None
        if pid == until:
            return os.waitstatus_to_exitcode(status)


def be_warden(caller):
    """Returns in the child that is to go on. In a session of its own, so that what is sent to the
    caller's group does not end it."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    control(PR_SET_CHILD_SUBREAPER, 1)

    def stop(*_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        kill_below()
        os._exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    control(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != caller:
        os._exit(128 + signal.SIGTERM)
    child = os.fork()
    if not child:
        return
    # Whoever reads the tests' output, reads to its end.
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    status = reap(until=child)
    kill_below()
    os._exit(status if status >= 0 else 128 - status)


def watch():
    """Returns in the child; its caller waits for that one and exits as it does."""
    sys.stdout.flush()
    sys.stderr.flush()
    # A job in the background, or under nohup, has them ignored, and so would every program that is
    # started below.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    caller = os.getpid()
    warden = os.fork()
    if warden:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(warden, 0)[1]))
    be_warden(caller)
    for number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
