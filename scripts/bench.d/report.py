# SPDX-License-Identifier: GPL-2.0-or-later
"""How long `report` takes from a big folded file to one SVG, how much memory and how large a file;
then what the viewer in it takes. `report.py SHAPE FILE [shuffled]` writes one of the inputs."""

import random
import shutil
import sys
from pathlib import Path

if __name__ != "__main__":
    from bench import FLAMETAP, Failed, Table

TITLE = "folded stacks to an SVG with the whole profile in it"
NOTE = ("input from the page cache, one process on one CPU; peers where they are installed\n  "
        "(inferno-flamegraph, flamegraph.pl). On a machine like our own they took, for a file like small:\n  "
        "inferno 0.41 s, 157 MiB, flamegraph.pl 8.6 s, 420 MiB; for one like big: inferno 6.2 s, 2.3 GiB,\n  "
        "flamegraph.pl 128 s, 5.6 GiB")


class Shape:
    """A folded file: so many distinct stacks, all as deep, of so many functions."""

    def __init__(self, stacks, depth, new, functions=10_000):
        self.stacks, self.depth, self.new, self.functions = stacks, depth, new, functions


# new: how many frames a stack has on average that the one before it has not, so that there are
# 640 k nodes in the tree of small, and 8.8 M in that of big.
SHAPES = {
    "small": Shape(50_000, 40, 12.8),    # 125 MB
    "big": Shape(500_000, 60, 17.6),     # 1.9 GB
    "quick": Shape(2_500, 40, 12.8),     # a twentieth of small
}

WORDS = ("alloc apply array batch begin block buffer build cache call check child close codec column "
         "commit config context copy create cursor decode delete detail dispatch encode entry error "
         "event execute expression fetch field filter flush format frame get graph group handle hash "
         "header heap index init insert item iterator join key layer link list lock lookup loop map "
         "match memory merge message method module mutex name next node notify object open optimize "
         "option order output page parse path plan pool process program queue query range read record "
         "region register release render request reserve resolve result row run scan schedule schema "
         "segment select send session set shard slot sort split stack state store stream string table "
         "task thread token trace transaction tree type update value vector visit wait walk worker "
         "write").split()


def make_name(chosen):
    """A C++ function's name of 20 to 120 characters: namespaces, class, method, parameters."""
    word = lambda: chosen.choice(WORDS)
    want = chosen.randint(20, 87)
    name = f"{word()}::{word()}_{word()}::{word()}_{word()}("
    while len(name) < want:
        name += f"{word()}::{word()} const&, " if chosen.random() < .5 else f"{word()}*, "
    return (name.rstrip(", ") + ")")[:120]


def make_functions(shape, chosen):
    """Names, sorted; and for each function those that it calls, in order."""
    names = set()
    while len(names) < shape.functions:
        names.add(make_name(chosen))
    calls = [sorted(chosen.sample(range(shape.functions), chosen.choice((3, 6, 12, 24))))
             for _ in range(shape.functions)]
    return sorted(names), calls


def make_lines(shape):
    """The lines of the file, sorted as the programs that fold stacks write them: each stack goes
    another way than the one before at some depth, to a function that is called later in order."""
    chosen = random.Random(1)
    names, calls = make_functions(shape, chosen)
    callees = lambda depth, frames: calls[frames[depth - 1]] if depth else range(shape.functions)
    places = [0] * shape.depth
    frames = [0] * shape.depth
    texts = [""] * shape.depth
    depth = 0
    for _ in range(shape.stacks):
        while depth and places[depth] >= len(callees(depth, frames)):
            depth -= 1
            places[depth] += 1
        for at in range(depth, shape.depth):
            if at > depth:
                places[at] = 0 if chosen.random() < .7 else 1
            frames[at] = callees(at, frames)[places[at]]
            texts[at] = names[frames[at]]
        yield f"{';'.join(texts)} {int(chosen.paretovariate(1.2))}\n"
        depth = shape.depth - min(shape.depth, 1 + int(chosen.random() * shape.new * 1.9))
        places[depth] += 1


def write_input(shape, path, shuffled=False):
    lines = make_lines(SHAPES[shape])
    if shuffled:
        lines = list(lines)
        random.Random(2).shuffle(lines)
    with open(path, "w", encoding="ascii", buffering=1 << 20) as file:
        file.writelines(lines)


TOOLS = {
    "flametap .svg": lambda path: [FLAMETAP, "report", path, "-o", "out.svg"],
    "flametap .pb.gz": lambda path: [FLAMETAP, "report", path, "-o", "out.pb.gz"],
    "inferno": lambda path: ["inferno-flamegraph", path],
    "flamegraph.pl": lambda path: ["flamegraph.pl", path],
}


def measure(bench, tool, path):
    """CPU seconds, bytes of memory, bytes of the file."""
    argv = TOOLS[tool](path)
    if not shutil.which(argv[0]):
        raise Failed(f"no {argv[0]} here")
    out = Path(bench.dir) / "out"
    done = bench.run("taskset", "-c", "0", "sh", "-c", 'exec "$@" > out', "sh", *argv)
    if argv[0] == FLAMETAP:
        out = Path(bench.dir) / argv[-1]
    return done.cpu_seconds, done.rss_bytes, out.stat().st_size


VIEWER = {"opening": "ready", "a key": "key", "a zoom": "zoom"}


def measure_viewer(bench, picture):
    """What the viewer took, in ms, as scripts/bench.d/report_viewer.js prints it."""
    script = Path(__file__).with_name("report_viewer.js")
    if not shutil.which("node") or not (script.parents[2] / "tests/browser/node_modules").is_dir():
        raise Failed("no browser here; tests/browser/run installs it")
    return bench.run("node", script, picture).values()


def viewer_tables(bench, name):
    found = bench.interleave({"viewer": lambda: measure_viewer(bench, "out.svg")}, min(bench.rounds, 3))
    for suffix, what in (("_ms", "on the wall"), ("_cpu_ms", "CPU time of the page")):
        yield Table(f"{name}: the viewer, {what}", "ms",
                    {label: [one and one[key + suffix] for one in found["viewer"]]
                     for label, key in VIEWER.items()}, digits=1)


def run(bench):
    path = Path(bench.dir) / "in.folded"
    for name, shape, shuffled, rounds in (("small", "small", False, bench.rounds),
                                          ("small, in no order", "small", True, bench.rounds),
                                          ("big", "big", False, min(bench.rounds, 3))):
        # In a process of its own: what a program starts with is what its parent had.
        bench.run(sys.executable, "-B", __file__, shape, path, *(["shuffled"] if shuffled else []))
        results = bench.interleave({tool: lambda tool=tool: measure(bench, tool, path)
                                    for tool in TOOLS}, rounds)
        part = lambda i: {tool: [done and done[i] for done in figures]
                          for tool, figures in results.items()}
        title = f"{name} ({path.stat().st_size / 1e6:.0f} MB)"
        yield Table(f"{title}: CPU time", "s", part(0), base="flametap .svg")
        yield Table(f"{title}: peak memory", "MiB", part(1), base="flametap .svg", scale=2**-20, digits=0)
        yield Table(f"{title}: file", "MB", part(2), base="flametap .svg", scale=1e-6, digits=2)
        if not shuffled:
            yield from viewer_tables(bench, name)


if __name__ == "__main__":
    write_input(sys.argv[1], sys.argv[2], "shuffled" in sys.argv[3:])
