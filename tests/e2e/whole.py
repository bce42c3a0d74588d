# SPDX-License-Identifier: GPL-2.0-or-later
"""Which stacks of a folded file are whole, found out without asking flametap: a user stack is
whole only if its outermost function is one where stacks begin, by its name or, in a stripped
file, by its address. The addresses come from readelf and .eh_frame_hdr."""

import collections
import functools
import os
import re
import struct
import subprocess

NAMES = {
    "_start", "clone", "__clone", "clone3", "__clone3",
    # ld.so's entry is two symbols: from the second on it has relocated itself, and calls _dl_init.
    "_dl_start_user",
    # Go's: the program's first function, goroutines, and threads that cgo has not made.
    "_rt0_amd64_linux", "runtime.rt0_go", "runtime.goexit", "runtime.mstart", "runtime.clone",
    # Here Go goes on upon the thread's own stack; what called them is on the goroutine's.
    "runtime.systemstack", "runtime.mcall", "runtime.morestack",
    "runtime.nanotime1", "runtime.walltime", "time.now",
    "runtime.asmcgocall", "crosscall_amd64",
}
LIBRARIES = ("/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2")
NAMELESS = re.compile(r"\[([^\];]+)\+0x([0-9a-f]+)\]")


def readelf(option, path):
    return subprocess.run(["readelf", option, path], capture_output=True, text=True,
                          check=True).stdout


@functools.lru_cache(maxsize=None)
def segments(path):
    """(address, end, file offset) of what is loaded."""
    found = re.findall(r"^  LOAD +0x(\w+) 0x(\w+) 0x\w+ 0x(\w+)", readelf("-lW", path),
                       re.MULTILINE)
    return [(int(address, 16), int(address, 16) + int(size, 16), int(offset, 16))
            for offset, address, size in found]


def file_offset(path, address):
    """What stands in a nameless frame."""
    for start, end, offset in segments(path):
        if start <= address < end:
            return address - start + offset
    return address


@functools.lru_cache(maxsize=None)
def entry_frames(path):
    """Frames of a stripped file where stacks begin: its entry point, and the functions whose FDE
    says that they have no return address (thread starts)."""
    name = os.path.basename(path)
    entry = int(re.search(r"Entry point address:\s+(0x[0-9a-f]+)", readelf("-hW", path))[1], 16)
    starts = {entry}
    outermost_cies = set()
    # readelf takes half a minute for cc1.
    listing = "" if os.path.getsize(path) > 4 << 20 else subprocess.run(
        ["readelf", "-W", "--debug-dump=frames", path], capture_output=True, text=True,
        check=False).stdout
    for part in listing.split("\n\n"):
        number = part.strip().split(" ")[0]
        fde = re.search(r" FDE cie=([0-9a-f]+) pc=([0-9a-f]+)\.\.", part)
        undefined = "DW_CFA_undefined: r16 (rip)" in part
        if not fde and undefined:
            outermost_cies.add(number)
        if fde and (undefined or fde[1] in outermost_cies):
            starts.add(int(fde[2], 16))
    # A new thread comes out of clone()'s system call, right before its first function.
    starts |= {at for start in starts - {entry} for at in range(start - 8, start)}
    # ld.so's entry has no FDE, so each of its first instructions is a frame of its own.
    if name.startswith("ld-linux"):
        starts |= set(range(entry, entry + 64))
    return {f"[{name}+0x{file_offset(path, start):x}]" for start in starts}


def entries(*paths):
    """All frames where stacks begin, in libc, ld.so and these files."""
    frames = set(NAMES)
    for path in (*LIBRARIES, *paths):
        frames |= entry_frames(os.path.realpath(path))
    return frames


@functools.lru_cache(maxsize=None)
def function_starts(path):
    """The file offsets where .eh_frame_hdr says that a function begins."""
    found = re.search(r" \.eh_frame_hdr\s+\S+\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)",
                      readelf("-SW", path))
    if not found:
        return frozenset()
    address, offset, size = (int(text, 16) for text in found.groups())
    with open(path, "rb") as file:
        file.seek(offset)
        data = file.read(size)
    # Version 1, the form that every linker writes: 4-byte counts, pairs relative to the section.
    if data[:4] != b"\x01\x1b\x03\x3b":
        return frozenset()
    (n,) = struct.unpack_from("<I", data, 8)
    return frozenset(file_offset(path, address + start)
                     for start, _ in struct.iter_unpack("<ii", data[12:12 + 8 * n]))


def is_user(frames):
    """The sample has a user stack (the recording was made with --user-only)."""
    return frames[1:] != ["[kernel]"]


class Shares:
    """Of the stacks with one of these comms (all, if None): how many there are, how many are
    whole, and what the others are."""

    def __init__(self, folded, entry_set, comms=None):
        self.whole = self.total = 0
        self.others = collections.Counter()  # by the frames they begin with
        self.reasons = collections.Counter()  # by comm and reason
        for frames, count in folded.lines:
            if (comms and frames[0] not in comms) or not is_user(frames):
                continue
            self.total += count
            if len(frames) > 1 and frames[1] in entry_set:
                self.whole += count
                continue
            self.others[";".join(frames[1:4])] += count
            reason = frames[1] if len(frames) > 1 else "[no frames]"
            self.reasons[frames[0], reason if reason.startswith("[incomplete: ") else
                         "not at an entry"] += count

    def share(self):
        return self.whole / max(self.total, 1)

    def report(self):
        yield f"{self.whole} of {self.total} stacks are whole, {100 * self.share():.2f} %"
        for (comm, reason), count in self.reasons.most_common(12):
            yield f"  {count} {comm} {reason}"
        for key, count in self.others.most_common(12):
            yield f"    {count} {key[:160]}"


class Names:
    """How the frames of a folded file are named, by weight: by a function's name, by module and
    function start, or not at all. files: those where starts can be looked up; entry_set: what
    has no FDE and is known all the same."""

    def __init__(self, folded, entry_set, files=()):
        starts = {os.path.basename(path): function_starts(os.path.realpath(path))
                  for path in (*files, *LIBRARIES)}
        starts = {name: found for name, found in starts.items() if found}
        self.named = self.placed = self.misplaced = 0
        self.nameless = collections.Counter()
        for frames, count in folded.lines:
            for frame in frames[1:]:
                match = NAMELESS.fullmatch(frame)
                if frame == "[kernel]" or frame.startswith("[incomplete: "):
                    continue
                if match:
                    self.placed += count
                    known = starts.get(match[1])
                    if known and frame not in entry_set and int(match[2], 16) not in known:
                        self.misplaced += count
                        self.nameless[frame] += count
                elif frame.startswith("["):
                    self.nameless[frame] += count
                else:
                    self.named += count

    def total(self):
        return self.named + self.placed + self.unplaced()

    def unplaced(self):
        return sum(self.nameless.values()) - self.misplaced

    def report(self):
        total = max(self.total(), 1)
        yield (f"{100 * self.named / total:.2f} % of the frames have a name, "
               f"{100 * self.placed / total:.2f} % a module and a place in it "
               f"({self.misplaced} where no function begins), "
               f"{100 * self.unplaced() / total:.2f} % neither")
        for frame, count in self.nameless.most_common(8):
            yield f"    {count} {frame}"
