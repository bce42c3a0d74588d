# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a pprof file (gzipped profile.proto) without any of flametap's code: what the tests
compare flametap's own words with. Also writes small ones, good and bad, as inputs."""

import gzip


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def signed(value):
    return value - (1 << 64) if value >> 63 else value


def fields(data):
    """Yields (field number, value): an int, or bytes for a length-delimited field."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            size, at = varint(data, at)
            value = data[at:at + size]
            if len(value) != size:
                raise ValueError("truncated field")
            at += size
        elif kind == 1:
            value, at = data[at:at + 8], at + 8
        elif kind == 5:
            value, at = data[at:at + 4], at + 4
        else:
            raise ValueError(f"wire type {kind}")
        yield key >> 3, value


def message(data):
    """A message as {field number: [values]}."""
    result = {}
    for number, value in fields(data):
        result.setdefault(number, []).append(value)
    return result


def integers(values):
    """A repeated integer field: packed, one by one, or both."""
    result = []
    for value in values:
        if isinstance(value, int):
            result.append(signed(value))
            continue
        at = 0
        while at < len(value):
            item, at = varint(value, at)
            result.append(signed(item))
    return result


class Sample:
    def __init__(self, stack, values, labels):
        self.stack = stack  # function names, root first; inlined calls included
        self.values = values  # {"samples": n, "cpu": ns}
        self.labels = labels  # {"pid": 12, "thread": "name"}


class Profile:
    def __init__(self, raw):
        top = message(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        self.strings = top.get(6, [])
        one = lambda fields_, number: integers(fields_.get(number, [0]))[0]
        self.sample_types = []
        for item in map(message, top.get(1, [])):
            self.sample_types.append((self.text(one(item, 1)), self.text(one(item, 2))))
        functions = {}
        for item in map(message, top.get(5, [])):
            functions[one(item, 1)] = self.text(one(item, 2))
        self.functions = set(functions.values())
        self.mappings = []
        for item in map(message, top.get(3, [])):
            self.mappings.append({"id": one(item, 1), "file": self.text(one(item, 5)),
                                  "build_id": self.text(one(item, 6))})
        locations = {}
        for item in map(message, top.get(4, [])):
            lines = [functions[one(message(line), 1)] for line in item.get(4, [])]
            locations[one(item, 1)] = lines
        self.samples = []
        for item in map(message, top.get(2, [])):
            stack = []
            for location in integers(item.get(1, [])):
                stack.extend(locations[location])
            values = dict(zip((name for name, _ in self.sample_types), integers(item.get(2, []))))
            labels = {}
            for label in map(message, item.get(3, [])):
                key = self.text(one(label, 1))
                labels[key] = self.text(one(label, 2)) if 2 in label else one(label, 3)
            self.samples.append(Sample(stack[::-1], values, labels))
        self.comments = [self.text(number) for number in integers(top.get(13, []))]
        self.time_ns = one(top, 9)
        self.duration_ns = one(top, 10)
        self.period = one(top, 12)

    def text(self, number):
        return self.strings[number].decode("utf-8", "surrogateescape")

    def total(self, name):
        return sum(sample.values[name] for sample in self.samples)


def encode_varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(number, value):
    """One field: an int as varint, bytes or str as length-delimited."""
    if isinstance(value, int):
        return encode_varint(number << 3) + encode_varint(value)
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    return encode_varint(number << 3 | 2) + encode_varint(len(value)) + value


def write(stacks, types=(("samples", "count"), ("cpu", "nanoseconds")), period=1001001):
    """The bytes of a gzipped pprof file of {(root, .., leaf): count}."""
    strings = {"": 0}
    out = bytearray()

    def text(s):
        return strings.setdefault(s, len(strings))

    for name, unit in types:
        out += encode(1, encode(1, text(name)) + encode(2, text(unit)))
    functions = {}
    for stack, count in stacks.items():
        ids = b"".join(encode_varint(functions.setdefault(name, len(functions) + 1))
                       for name in reversed(stack))
        values = b"".join(encode_varint(count if unit == "count" else count * period)
                          for _, unit in types)
        out += encode(2, encode(1, ids) + encode(2, values))
    for name, number in functions.items():
        out += encode(4, encode(1, number) + encode(4, encode(1, number)))
        out += encode(5, encode(1, number) + encode(2, text(name)) + encode(3, text(name)))
    for s in strings:
        out += encode(6, s)
    return gzip.compress(bytes(out), mtime=0)
