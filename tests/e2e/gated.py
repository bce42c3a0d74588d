# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes what `flametap ab` would have made of a program whose functions cost what the test says:
profiles with as many samples as chance would give, CPU time with the noise of runs, a manifest. No
program runs, so that what a gate finds depends on the seed alone and on no machine."""

import gzip
import json
import math
import random

import pprof

MS = 1000000
SAMPLE_NS = 1001001  # of 999 Hz

# {stack from the root on: ms of CPU time for an operation}
PROGRAM = {
    ("main", "read_input"): 8,
    ("main", "parse", "parse_header"): 10,
    ("main", "parse", "parse_body", "copy_bytes"): 16,
    ("main", "parse", "parse_body"): 12,
    ("main", "render", "draw_line"): 24,
    ("main", "render", "draw_text", "copy_bytes"): 12,
    ("main", "render"): 10,
    ("main", "write_output"): 8,
}


def poisson(rng, mean):
    """By a normal where that is as good."""
    if mean > 200:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, n = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        n += 1
    return n


def run_of(program, rng, noise=0.005, operations=20, drift=0.0):
    """(samples by stack, CPU ns, operations) of one run: the whole of it is slower or faster by
    chance, and so is each function a little."""
    whole = math.exp(rng.gauss(drift, noise))
    costs = {stack: ms * whole * math.exp(rng.gauss(0, noise)) for stack, ms in program.items()}
    samples = {stack: poisson(rng, ms * MS * operations / SAMPLE_NS) for stack, ms in costs.items()}
    return samples, round(sum(costs.values()) * MS * operations), operations


def comments(raw, *texts):
    """A pprof file with these comments."""
    raw = gzip.decompress(raw)
    strings = sum(number == 6 for number, _ in pprof.fields(raw))
    for text in texts:
        raw += pprof.encode(6, text) + pprof.encode(13, strings)
        strings += 1
    return gzip.compress(raw, mtime=0)


def quality(samples, lost=0, event="cpu-clock", hz=999):
    n = sum(samples.values())
    return (f"quality: samples={n} lost={lost} covered=99.9% whole=100.0% unnamed=0.0% "
            f"event={event} hz={hz} elapsed=1.00s")


def profile(samples, machine="Linux 6.1.0 x86_64", **words):
    """As flametap writes it. Where nothing was sampled there is no sample."""
    stacks = {stack: n for stack, n in samples.items() if n}
    return comments(pprof.write(stacks, period=SAMPLE_NS), quality(samples, **words),
                    f"machine: {machine}")


class Runs:
    """A directory of runs, base and head, made from two programs."""

    def __init__(self, directory, base=None, head=None, pairs=16, seed=1, first=8, last=16,
                 noise=0.005, operations=(20, 20), drift=None):
        self.directory = directory
        self.rng = random.Random(seed)
        (directory / "runs").mkdir(parents=True)
        programs = (PROGRAM if base is None else base, PROGRAM if head is None else head)
        order = []
        for _ in range(last):
            first_side = self.rng.randrange(2)
            order += [("base", "head")[first_side], ("base", "head")[1 - first_side]]
        self.manifest = {
            "flametap": "0.1.0", "format": 1, "seed": str(seed), "order": order,
            "first_pairs": first, "max_pairs": last, "base": {"shell": "./old"},
            "head": {"shell": "./new"}, "options": {"event": "cpu-clock", "frequency": "999"},
            "operations_from": "ops=(\\d+)", "pin": "", "cpu_time_from": "rusage",
            "machine": {"kernel": "6.1.0", "cpu_model": "Some CPU"},
            "build_ids": {"base": {}, "head": {}}, "environment": {}, "runs": []}
        self.samples = []
        for number, side in enumerate(order[:2 * pairs]):
            is_head = side == "head"
            samples, cpu_ns, ops = run_of(programs[is_head], self.rng, noise,
                                          operations[is_head],
                                          drift(number) if drift else 0.0)
            self.samples.append(samples)
            name = f"runs/{number:03}-{side}.pb.gz"
            (directory / name).write_bytes(profile(samples))
            self.manifest["runs"].append({
                "number": number, "pair": number // 2, "side": side, "warm_up": False,
                "file": name, "status": 0, "cpu_ns": cpu_ns, "user_ns": cpu_ns, "system_ns": 0,
                "wall_ns": cpu_ns, "offcpu_ns": 0, "operations": ops,
                "samples": sum(samples.values()), "lost": 0, "covered": 0.999, "whole": 1.0,
                "load1": 0.5, "started": float(number), "profile": True})
        self.write()

    def write(self):
        (self.directory / "manifest.json").write_text(json.dumps(self.manifest))

    def path(self, number):
        return self.directory / self.manifest["runs"][number]["file"]


def changed(program, **times):
    """The same program, where frames at the end of a stack cost so many times as much."""
    return {stack: ms * times.get(stack[-1], 1) for stack, ms in program.items()}


def renamed(program, old, new):
    return {tuple(new if frame == old else frame for frame in stack): ms
            for stack, ms in program.items()}


def more(raw, *fields):
    """A pprof file with these fields behind its own."""
    return gzip.compress(gzip.decompress(raw) + b"".join(fields), mtime=0)


def begun(raw, time_ns, duration_ns=10**9):
    """As of a recording that began at such a time."""
    return more(raw, pprof.encode(9, time_ns), pprof.encode(10, duration_ns))


def built(raw, path, build_id):
    """All of it in one program, of such a build."""
    raw = gzip.decompress(raw)
    n_strings = sum(number == 6 for number, _ in pprof.fields(raw))
    out = bytearray()
    for number, value in pprof.fields(raw):
        out += pprof.encode(number, pprof.encode(2, 1) + value if number == 4 else value)
    mapping = pprof.encode(1, 1) + pprof.encode(5, n_strings) + pprof.encode(6, n_strings + 1)
    out += pprof.encode(3, mapping) + pprof.encode(6, path) + pprof.encode(6, build_id)
    return gzip.compress(bytes(out), mtime=0)


def waiting(samples, ns):
    """The same that was asleep for so long, too, as flametap wall writes it."""
    raw = gzip.decompress(profile(samples))
    n_strings = sum(number == 6 for number, _ in pprof.fields(raw))
    strings = ("blocked", "nanoseconds", "runqueue", "waits", "count", "phase", "class", "sleep")
    blocked, nanoseconds, runqueue, waits, count, phase, class_, sleep = (
        n_strings + i for i in range(len(strings)))
    out = bytearray()
    for number, value in pprof.fields(raw):
        out += pprof.encode(number, value + pprof.encode(2, bytes(3)) if number == 2 else value)
    for name, unit in ((blocked, nanoseconds), (runqueue, nanoseconds), (waits, count)):
        out += pprof.encode(1, pprof.encode(1, name) + pprof.encode(2, unit))
    values = b"".join(map(pprof.encode_varint, (0, 0, ns, 0, 1)))
    labels = b"".join(pprof.encode(3, pprof.encode(1, key) + pprof.encode(2, text))
                      for key, text in ((phase, blocked), (class_, sleep)))
    out += pprof.encode(2, pprof.encode(1, b"\1") + pprof.encode(2, values) + labels)
    out += b"".join(pprof.encode(6, text) for text in strings)
    return gzip.compress(bytes(out), mtime=0)
