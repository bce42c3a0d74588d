# SPDX-License-Identifier: GPL-2.0-or-later
"""What flametap symbolize says of addresses beside what others say: reads the answers of each,
tells what kind of difference there is between two, and who of the two is wrong where the file
itself, read by readelf and libdw, shows it."""

import bisect
import collections
import functools
import itertools
import random
import re
import subprocess

import support

N_ADDRESSES = 20_000
LINES_UNKNOWN = ("", "0", "?")

# A function, its file and its line; unknown is None, None, 0.
Frame = collections.namedtuple("Frame", "name file line")


def run(*argv, text="", cwd=None):
    done = subprocess.run([str(arg) for arg in argv], input=text.encode(), capture_output=True,
                          timeout=200, check=False, cwd=cwd)
    if done.returncode:
        raise AssertionError(f"{argv}: status {done.returncode}\n{done.stderr.decode()[:2000]}")
    return done.stdout.decode("utf-8", "surrogateescape")


class Elf:
    """What readelf says of a file."""

    def __init__(self, path, more_symbols=""):
        self.path = path
        listing = run("readelf", "-SWl", path)
        start, offset, size = re.search(r" \.text +PROGBITS +(\w+) (\w+) (\w+)", listing).groups()
        self.text = range(int(start, 16), int(start, 16) + int(size, 16))
        self.to_offset = int(offset, 16) - self.text.start
        self.read_symbols(run("readelf", "-sW", path) + more_symbols)

    def read_symbols(self, listing):
        self.files = set()  # names of FILE symbols
        names = collections.defaultdict(set)  # of code, by start
        ends = {}
        for line in listing.splitlines():
            words = line.split()
            if len(words) < 8 or not re.fullmatch(r"\d+:", words[0]):
                continue
            start, size, kind, section = int(words[1], 16), int(words[2], 0), words[3], words[6]
            name = " ".join(words[7:]).split("@")[0]
            if kind == "FILE":
                self.files.add(name)
            elif section != "UND" and kind in ("FUNC", "IFUNC", "NOTYPE"):
                names[start].add(name)
                ends[start] = max(ends.get(start, start), start + size)
        self.starts = sorted(names)
        self.names = [names[start] for start in self.starts]
        self.ends = [ends[start] for start in self.starts]
        self.reach = list(itertools.accumulate(self.ends, max))

    @functools.cached_property
    def all_demangled(self):
        names = sorted(set().union(*self.names))
        return dict(zip(names, run("c++filt", text="\n".join(names)).split("\n")))

    def demangled(self, name):
        return self.all_demangled.get(name, name)

    def names_at(self, address):
        """All names of the innermost symbol that covers an address. What none covers is of the
        last one, if that does not say how long it is."""
        last = at = bisect.bisect_right(self.starts, address) - 1
        while at >= 0 and address < self.reach[at]:
            if address < self.ends[at]:
                return self.names[at]
            at -= 1
        return self.names[last] if last >= 0 and self.ends[last] == self.starts[last] else set()

    def random_addresses(self):
        """Any byte of the text, also amid an instruction; the same ones each time."""
        chosen = random.Random(4)
        return sorted(chosen.sample(self.text, min(N_ADDRESSES, len(self.text))))


def read_answers(text):
    """{address: frames, innermost first} from what addr2line -fia would print."""
    answers, frames, name = {}, None, None
    for line in text.split("\n"):
        if line.startswith("0x"):
            frames, name = answers.setdefault(int(line, 16), []), None
        elif not line:
            name = None
        elif name is None:
            name = line
        else:
            file, number = line.rsplit(":", 1)
            frames.append(Frame(None if name == "??" else name, None if file == "??" else file,
                                0 if number in LINES_UNKNOWN else int(number)))
            name = None
    return {address: [] if frames == [Frame(None, None, 0)] else frames
            for address, frames in answers.items()}


def lines_of(addresses):
    return "".join(f"{address:#x}\n" for address in addresses)


def flametap(path, addresses, *options):
    return run(support.FLAMETAP, "symbolize", "--no-cache", "-fia", *options, "-e", path,
               text=lines_of(addresses))


def llvm_symbolizer(tool, path, addresses):
    out = run(tool, f"--obj={path}", "--addresses", "--no-demangle", text=lines_of(addresses))
    return re.sub(r"(?m)^(.*:\d+):\d+$", r"\1", out)  # columns


def libdw(path, addresses):
    return run(support.BUILD / "tests" / "unit" / "dwarf_walk", path, text=lines_of(addresses))


def outermost_is(elf, address, name, function):
    """Whether a symbol's name is of the function that DWARF names."""
    if function is None or name == function:
        return True
    if name not in elf.names_at(address):
        return False
    if name.startswith(function + "."):  # .isra.0, .cold, ...: what compilers make of a function
        return True
    # Of what is in a nameless namespace gcc does not say the mangled name.
    base = re.escape(function.split("<")[0])
    return (not function.startswith(("_Z", "_R")) and
            re.search(rf"(^|\W){base}[<(\[]", elf.demangled(name)) is not None)


def same_file(a, b):
    """libdw leaves out the compilation's directory in DWARF 4."""
    if a is None or b is None:
        return a == b
    return a == b or a.endswith("/" + b)


def kind_of_difference(ours, theirs):
    if ours == theirs:
        return None
    if len(ours) != len(theirs):
        return "number of frames"
    for kind in ("name", "line", "file"):
        if [getattr(frame, kind) for frame in ours] != [getattr(frame, kind) for frame in theirs]:
            return kind
    return None


# Differences that are llvm-symbolizer's own by what the file itself says. They are counted apart.
# That of a FILE symbol may be right, but for a global function it is of any unit;
# "miniz_oxide.e9edb4a8-cgu.1" is no file.
LLVM_FILE = "llvm: a FILE symbol's name where nothing has a line"
LLVM_UNIT = "llvm: a FILE symbol's name that is no file, where nothing has a line"
LLVM_ALIAS = "llvm: an alias of the name in DWARF"
# Other known ones.
ALIAS = "other alias"
# What no class is known for.
UNKNOWN = ("number of frames", "name", "line", "file")


def compare_llvm(elf, address, ours, theirs, walked):
    """The class of difference of an address's frames, or None. walked: what libdw says."""
    kind = kind_of_difference(ours, theirs)
    if kind == "file" and len(ours) == 1 and not walked:
        if not ours[0].file and not theirs[0].line and theirs[0].file in elf.files:
            is_source = re.search(r"\.(c|cc|cpp|cxx|rs|s|S|asm)$", theirs[0].file)
            return LLVM_FILE if is_source else LLVM_UNIT
    if kind == "name" and ours[:-1] == theirs[:-1]:
        names = elf.names_at(address)
        if ours[-1].name in names and theirs[-1].name in names:
            return LLVM_ALIAS if walked and walked[-1].name == ours[-1].name else ALIAS
    return kind


def compare_libdw(elf, address, ours, walked):
    """The same beside libdw, which knows no symbols."""
    if not walked:
        if not ours:
            return None
        fits = len(ours) == 1 and ours[0].name in elf.names_at(address)
        return "number of frames" if len(ours) > 1 else None if fits else "name"
    if len(ours) != len(walked):
        return "number of frames"
    if [frame.name for frame in ours[:-1]] != [frame.name for frame in walked[:-1]]:
        return "name"
    if not outermost_is(elf, address, ours[-1].name, walked[-1].name):
        names = elf.names_at(address)
        is_alias = any(name.split(".llvm.")[0] == walked[-1].name for name in names)
        return ALIAS if is_alias and ours[-1].name in names else "name"
    if [frame.line for frame in ours] != [frame.line for frame in walked]:
        return "line"
    return None if all(same_file(a.file, b.file) for a, b in zip(ours, walked)) else "file"


class Comparison:
    """Addresses of one program beside another's answers, by class of difference."""

    def __init__(self, title, other):
        self.title, self.other = title, other
        self.classes = collections.defaultdict(list)  # of (address, ours, theirs)
        self.n = 0

    def add(self, kind, *what):
        self.n += 1
        if kind:
            self.classes[kind].append(what)

    def count(self, *kinds):
        return sum(len(self.classes.get(kind, ())) for kind in kinds)

    def __str__(self):
        same = self.n - self.count(*self.classes)
        classes = "".join(f"; {len(found):,} {kind}"
                          for kind, found in sorted(self.classes.items()))
        return f"{self.title} beside {self.other}: {same:,} of {self.n:,} the same{classes}"

    def examples(self, *kinds):
        found = [(kind, *what) for kind in kinds for what in self.classes.get(kind, ())[:3]]
        return "\n".join(f"{kind} at {address:#x}: flametap {ours}\n  {self.other} {theirs}"
                         for kind, address, ours, theirs in found)
