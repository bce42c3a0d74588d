#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes fixture/ of a small pool: samples without labels, and without words of the machine that it
was recorded on. `shrink.py DIR FIXTURE`"""

import gzip
import json
import sys
from pathlib import Path

import pool
from pool import pprof

SAMPLE, LOCATION, FUNCTION, STRING = 2, 4, 5, 6  # fields of a profile
WAITS = (b"phase", b"class", b"idle")  # labels


def replace(text, words):
    for old, new in words.items():
        text = text.replace(old, new)
    return text


def one(fields, number):
    return pprof.integers(fields.get(number, [0]))[0]


def merge_locations(messages):
    """{location: the one that stands for it}, and those: a module and functions, no address."""
    first, kept = {}, {}
    for fields in map(pprof.message, messages):
        functions = tuple(one(pprof.message(line), 1) for line in fields.get(4, []))
        known = kept.setdefault((one(fields, 2), functions), one(fields, 1))
        first[one(fields, 1)] = known
    return first, [pprof.encode(1, number) + pprof.encode(2, module) +
                   b"".join(pprof.encode(4, pprof.encode(1, function)) for function in functions)
                   for (module, functions), number in kept.items()]


def merge_samples(messages, locations, strings):
    """Samples of one stack become one, without labels but those that tell waits from the rest."""
    kept = {strings.index(word) for word in WAITS if word in strings}
    stacks = {}
    for fields in map(pprof.message, messages):
        stack = tuple(locations[number] for number in pprof.integers(fields.get(1, [])))
        labels = tuple(label for label in fields.get(3, [])
                       if one(pprof.message(label), 1) in kept)
        values, key = pprof.integers(fields[2]), (stack, labels)
        stacks[key] = [sum(pair) for pair in zip(stacks.get(key, [0] * len(values)), values)]
    pack = lambda items: b"".join(map(pprof.encode_varint, items))  # noqa: E731
    return [pprof.encode(1, pack(stack)) + pprof.encode(2, pack(values)) +
            b"".join(pprof.encode(3, label) for label in labels)
            for (stack, labels), values in sorted(stacks.items())]


def shrink_profile(raw, words):
    fields = pprof.message(gzip.decompress(raw))
    locations, fields[LOCATION] = merge_locations(fields[LOCATION])
    fields[SAMPLE] = merge_samples(fields[SAMPLE], locations, fields[STRING])
    functions = [pprof.message(value) for value in fields[FUNCTION]]
    linkers = {one(function, 3) for function in functions}
    linkers -= {one(function, field) for function in functions for field in (2, 4)}
    fields[FUNCTION] = [b"".join(pprof.encode(field, one(function, field)) for field in (1, 2, 4))
                        for function in functions]
    fields[STRING] = ["" if number in linkers else replace(value.decode(), words)
                      for number, value in enumerate(fields[STRING])]
    out = b"".join(pprof.encode(number, value) for number, values in sorted(fields.items())
                   for value in values)
    return gzip.compress(out, 9, mtime=0)


def main():
    top, target = map(Path, sys.argv[1:])
    for path in sorted(top.glob("*/*/variants.json")):
        manifest = json.loads((path.parent / "manifest.json").read_text())
        machine = manifest["machine"]
        command = manifest["base"]["shell"].split()[0]
        words = {command[:command.index("/build/")]: "/pool",
                 machine["kernel"].split()[1]: "6.1.0", machine["cpu_model"]: "a CPU"}
        out = target / path.parent.relative_to(top)
        (out / "runs").mkdir(parents=True)
        (out / "variants.json").write_text(path.read_text())
        machine["kernel"] = "Linux 6.1.0"
        (out / "manifest.json").write_text(replace(json.dumps(manifest), words))
        for run in manifest["runs"]:
            raw = (path.parent / run["file"]).read_bytes()
            (out / run["file"]).write_bytes(shrink_profile(raw, words))


if __name__ == "__main__":
    main()
