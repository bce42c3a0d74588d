# SPDX-License-Identifier: GPL-2.0-or-later
"""The variants of three real programs: builds that differ in one place by a known amount of work.
How much a step of that work costs is measured here, by exact CPU time (rusage), so that "+5 %" is
about 5 % of what the program takes on this machine; recorded runs tell how much it is."""

import hashlib
import json
import os
import random
import re
import shlex
import sqlite3
import statistics
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIZES = (2, 5, 10)
N_WAITS = 12  # calls of wait_turn() in a run of any workload
# Where work is added: the macro that place.h has for it, and the function that does it.
PLACES = {"leaf": ("LEAF", "score_word"), "shared": ("SHARED", "mix_key"),
          "library": ("LIBRARY", "library_pack"), "wait": ("WAIT", "wait_turn")}
REFACTORINGS = ("rename", "split", "inlining", "link-order")
# Recorded with what waits: "still" is the base of those that wait.
WAITING = ("still", *(f"wait+{more}" for more in SIZES))
VARIANTS = ("base", *(f"{place}+{more}" for place in PLACES if place != "wait" for more in SIZES),
            "faster-10", *REFACTORINGS, *WAITING)
# Steps at each call in the base: so many that a processor finds no other work to do beside one more.
# What the leaf does is a good part, so that it can get faster.
STEPS = {"cpp": {"LEAF": 100, "SHARED": 160, "LIBRARY": 64},
         "sqlite": {"LEAF": 350, "SHARED": 160, "LIBRARY": 64},
         "python": {"LEAF": 900, "SHARED": 160, "LIBRARY": 64}}
PROBE = 1.5  # a probe takes so much longer than the base at least: 1.5 is 150 %
SOURCES = {"cpp": ("main", "text", "keys", "sort", "score", "pack"),
           "sqlite": ("text", "score", "extension"), "python": ("text", "score")}
# What a macro changes beside the files that name it.
STANDS_FOR = {"RENAME": "score_word", "FLIP": "HELPER"}
FLAGS = ["-O2", "-g", "-Wall", "-Wextra", "-Werror", "-fPIC", f"-ffile-prefix-map={HERE}=real"]
STATIC_SQLITE = "/usr/lib/x86_64-linux-gnu/libsqlite3.a"


def expected(variant):
    """The function that a variant makes slower; None: there is none."""
    return PLACES[variant.split("+")[0]][1] if "+" in variant else None


def base_of(variant):
    """What it is compared with."""
    return "still" if variant in WAITING else "base"


def size(variant):
    """In %."""
    return int(variant.split("+")[1])


class Builder:
    """Makes the builds of one workload below a directory, those that are not there yet."""

    def __init__(self, top, workload):
        self.top, self.workload = Path(top) / "build" / workload, workload
        self.top.mkdir(parents=True, exist_ok=True)

    def run(self, *words):
        subprocess.run([str(word) for word in words], check=True)

    def compile(self, source, macros):
        text = source.read_text()
        used = [f"-D{name}={value}" for name, value in sorted(macros.items())
                if re.search(rf"\b{STANDS_FOR.get(name, name)}\b", text)]
        key = hashlib.sha256(" ".join(used).encode()).hexdigest()[:12]
        target = self.top / "objects" / f"{source.stem}-{key}.o"
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            compiler = ["g++", "-std=c++17", "-pthread"] if source.suffix == ".cc" else ["gcc"]
            self.run(*compiler, *FLAGS, *used, "-c", source, "-o", target)
        return target

    def link(self, out, compiler, *words):
        self.run(compiler, *FLAGS, "-o", out, *words, f"-Wl,-rpath,{'$ORIGIN'}")

    def make(self, name, macros, reverse=False):
        """Builds a variant and returns the words of its command."""
        out = self.top / name
        folder, suffix = (HERE / "cpp", ".cc") if self.workload == "cpp" else (HERE / "c", ".c")
        macros = {**STEPS[self.workload], **macros}
        stamp = out / "macros"
        words = json.dumps([sorted(macros.items()), reverse])
        if not (stamp.exists() and stamp.read_text() == words):
            out.mkdir(exist_ok=True)
            objects = [self.compile(folder / f"{source}{suffix}", macros)
                       for source in SOURCES[self.workload]]
            library = out / "liblibrary.so"
            self.link(library, "gcc", "-shared", self.compile(HERE / "library.c", macros))
            self.link_program(out, objects[::-1] if reverse else objects, library)
            stamp.write_text(words)
        return self.command(out)

    def link_program(self, out, objects, library):
        if self.workload == "cpp":
            self.link(out / "program", "g++", "-pthread", *objects, library)
            return
        self.link(out / "work.so", "gcc", "-shared", *objects, library)
        if self.workload == "sqlite":
            self.link(out / "ask", "gcc", self.compile(HERE / "c" / "ask.c", {}), STATIC_SQLITE,
                      "-lm", "-lpthread", "-ldl")

    def command(self, out):
        if self.workload == "cpp":
            return [out / "program"]
        if self.workload == "sqlite":
            return [out / "ask", make_database(self.top / "data.db"), out / "work.so",
                    self.keep("queries.sql")]
        return ["/usr/bin/python3", "-S", "-B", self.keep("script.py"), out / "work.so"]

    def keep(self, name):
        """A copy, which stays as it is while runs are recorded."""
        copy = self.top / name
        if not copy.exists():
            copy.write_text((HERE / name).read_text())
        return copy


def make_database(path):
    """The same bytes of rows on every machine."""
    if path.exists():
        return path
    rng = random.Random(1)
    syllables = ["ba", "zo", "ri", "tu", "ka", "me", "lo", "shi", "ra", "no", "pe", "wi"]
    text = lambda n: "".join(rng.choices(syllables, k=n))  # noqa: E731
    half = path.with_suffix(".part")
    half.unlink(missing_ok=True)
    db = sqlite3.connect(half)
    db.execute("create table item(id integer primary key, owner integer, price integer,"
               " title text, body text)")
    db.execute("create table person(id integer primary key, age integer, name text)")
    db.executemany("insert into item values(?,?,?,?,?)",
                   ((i, rng.randrange(500), rng.randrange(10000), text(5), text(40))
                    for i in range(1, 90001)))
    db.executemany("insert into person values(?,?,?)",
                   ((i, rng.randrange(90), text(4)) for i in range(500)))
    db.commit()
    db.close()
    half.rename(path)
    return path


def environment():
    """Python orders its dictionaries' keys by a hash that is another one each time."""
    return {**os.environ, "PYTHONHASHSEED": "0"}


def cpu_time(command):
    """Exact CPU time of a run, in s."""
    with open(os.devnull, "r+b") as null:
        pid = os.posix_spawnp(str(command[0]), [str(word) for word in command], environment(),
                              file_actions=[(os.POSIX_SPAWN_DUP2, null.fileno(), 0),
                                            (os.POSIX_SPAWN_DUP2, null.fileno(), 1)])
        _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{shlex.join(map(str, command))}: ended with status {status}")
    return usage.ru_utime + usage.ru_stime


def measure(commands, rounds, rng):
    """{name: [CPU times]}: all in each round, in random order, so that drift hits them alike."""
    times = {name: [] for name in commands}
    for _ in range(rounds):
        for name in rng.sample(sorted(commands), len(commands)):
            times[name].append(cpu_time(commands[name]))
    return times


def step_shares(builder, rng, rounds):
    """What a step in each place costs, as a share of the base. Probes are several times slower, and
    held against the base that ran beside them: a busy machine slows both by one factor, which
    leaves a change of 5 % one of 5 %."""
    base = builder.make("base", {})
    shares, least = {}, []
    for macro in (macro for macro, _ in PLACES.values() if macro != "WAIT"):
        extra, slower = 64, 0
        while slower < PROBE:
            extra *= 4
            probe = builder.make("probe", {macro: STEPS[builder.workload][macro] + extra})
            times = measure({"base": base, "probe": probe}, 1, rng)
            slower = times["probe"][0] / times["base"][0] - 1
        times = measure({"base": base, "probe": probe}, rounds, rng)
        ratios = [probe / base for probe, base in zip(times["probe"], times["base"])]
        shares[macro] = (statistics.median(ratios) - 1) / extra
        least.append(min(times["base"]))
    return shares, min(least)


def macros_of(variant, workload, shares, base_seconds):
    place = variant.split("+")[0]
    if place in PLACES and PLACES[place][0] == "WAIT":
        return {"WAIT": round(base_seconds * size(variant) / 100 / N_WAITS * 1e9)}
    if place in PLACES:
        macro = PLACES[place][0]
        more = size(variant) / 100 / shares[macro]
        return {macro: STEPS[workload][macro] + round(more)}
    if variant == "faster-10":
        return {"LEAF": max(0, STEPS[workload]["LEAF"] - round(0.1 / shares["LEAF"]))}
    return {"rename": {"RENAME": 1}, "split": {"SPLIT": 1},
            "inlining": {"FLIP": 1}}.get(variant, {})


def calibrate(top, workload, rounds, rng):
    builder = Builder(top, workload)
    shares, base = step_shares(builder, rng, rounds)
    macros = {variant: macros_of(variant, workload, shares, base) for variant in VARIANTS}
    commands = {variant: builder.make(variant, macros[variant], variant == "link-order")
                for variant in VARIANTS}
    return {"base_seconds": base, "step_shares": shares, "macros": macros,
            "commands": {variant: [str(word) for word in words]
                         for variant, words in commands.items()}}


def prepare(top, workloads=tuple(STEPS), rounds=15, seed=1):
    """Builds and calibrates what is not there yet; {workload: calibration}."""
    path = Path(top) / "calibration.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    for workload in workloads:
        if workload not in known:
            print(f"{workload}: building and calibrating", flush=True)
            known[workload] = calibrate(top, workload, rounds, random.Random(f"{seed} {workload}"))
            path.write_text(json.dumps(known, indent=1))
            say(workload, known[workload])
    return known


def say(workload, calibration):
    steps = ", ".join(f"{macro} {1 / share / 100:.2f}"
                      for macro, share in calibration["step_shares"].items())
    print(f"{workload}: {calibration['base_seconds']:.3f} s of CPU time; steps for 1 %: {steps}",
          flush=True)
