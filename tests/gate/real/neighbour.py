# SPDX-License-Identifier: GPL-2.0-or-later
"""A noisy neighbour: on each CPU a process that works on a few MiB and waits, by turns and for
random times. Runs until it is ended, or until who began it is gone. `neighbour.py SEED`"""

import os
import random
import sys
import time


def disturb(cpu, seed, parent):
    rng = random.Random(f"{seed} {cpu}")
    data = bytearray(8 << 20)
    os.sched_setaffinity(0, {cpu})
    while os.getppid() == parent:
        end = time.monotonic() + rng.expovariate(1 / 0.08)
        while time.monotonic() < end:
            at = rng.randrange(0, len(data) - 65536, 4096)
            data[at:at + 65536] = data[at // 2:at // 2 + 65536]
        time.sleep(rng.expovariate(1 / 0.12))


def main():
    cpus = sorted(os.sched_getaffinity(0))
    parent = os.getpid()
    began = os.getppid()
    for cpu in cpus:
        if not os.fork():
            disturb(cpu, sys.argv[1], parent)
            os._exit(0)
    while os.getppid() == began:
        time.sleep(0.5)


if __name__ == "__main__":
    main()
