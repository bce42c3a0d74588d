# SPDX-License-Identifier: GPL-2.0-or-later
"""20,000 random addresses of each of many programs: frame for frame what llvm-symbolizer says,
and what libdw's entries say where that one fails (dwz, LTO, split DWARF); on stripped copies no
name differs. `tests/e2e/run.py test_agreement.py` prints what differs by class, with counts."""

import collections
import concurrent.futures
import gzip
import os
import re
import shutil
import tempfile
from pathlib import Path

import agreement
import pprof
import support
from agreement import run

SOURCES = support.ROOT / "tests" / "workloads" / "agreement"
# A library of flametap's own C, with all that it needs elsewhere left open.
C_SOURCES = sorted(map(str, (support.ROOT / "symbolize").glob("dwarf_*.c")))
C_FLAGS = ("-std=gnu11", "-D_GNU_SOURCE", f"-I{support.ROOT}", "-fPIC")
LIBRARY = ("-shared", "-fPIC", "-fno-semantic-interposition", "-Wl,--unresolved-symbols=ignore-all",
           "-Wl,--build-id=sha1")
OPTIMIZED = ("-O2", "-g", "-w")

# Programs by name: the tools that they need, what makes them, and how a table calls them.
Recipe = collections.namedtuple("Recipe", "title tools make")
RECIPES = {}
MAX_SHARE = 0.005
HANDFUL = 5  # of differences of no known class


def recipe(name, title, *tools):
    def add(make):
        RECIPES[name] = Recipe(title, tools, make)
    return add


def library(compiler, *flags):
    def make(directory, name):
        run(compiler, *OPTIMIZED, *C_FLAGS, *LIBRARY, *flags, "-o", directory / name, *C_SOURCES)
    return make


def program(compiler):
    def make(directory, name):
        run(compiler, *OPTIMIZED, "-std=c++17", "-Wl,--build-id=sha1", "-o", directory / name,
            SOURCES / "templates.cc")
    return make


recipe("c-gcc", "C, gcc", "gcc")(library("gcc"))
recipe("c-clang", "C, clang", "clang")(library("clang"))
recipe("cxx-gcc", "C++, gcc", "g++")(program("g++"))
recipe("cxx-clang", "C++, clang", "clang++")(program("clang++"))
recipe("lto-gcc", "C, gcc -flto", "gcc")(library("gcc", "-flto"))
recipe("lto-clang", "C, clang -flto", "clang", "ld.lld")(library("clang", "-flto", "-fuse-ld=lld"))


@recipe("rust", "Rust", "rustc")
def make_rust(directory, name):
    rustc = "/usr/bin/rustc" if os.path.exists("/usr/bin/rustc") else "rustc"
    run(rustc, "--edition", "2021", "-g", "-O", "-C", "link-arg=-Wl,--build-id=sha1",
        "-o", directory / name, SOURCES / "words.rs")


def split(compiler, version):
    def make(directory, name):
        """The .dwo files stay in the directory that the compiler runs in."""
        own = directory / f"{name}.d"
        own.mkdir()
        run(compiler, *OPTIMIZED, *C_FLAGS, f"-gdwarf-{version}", "-gsplit-dwarf", "-c", *C_SOURCES,
            cwd=own)
        run(compiler, *LIBRARY, "-o", directory / name, *own.glob("*.o"))
    return make


recipe("split-gcc", "C, gcc -gsplit-dwarf", "gcc")(split("gcc", 4))
recipe("split-clang", "C, clang -gsplit-dwarf", "clang")(split("clang", 5))


def make_dwz(directory):
    """What dwz makes of programs that are there: smaller ones, and two with a common third file."""
    for name, copies in (("cxx-gcc", ("dwz", "dwz-m-cxx")), ("c-gcc", ("dwz-m-c",))):
        for copy in copies:
            shutil.copy(directory / name, directory / copy)
    run("dwz", directory / "dwz")
    run("dwz", "-m", directory / "dwz.common", "-M", directory / "dwz.common",
        directory / "dwz-m-cxx", directory / "dwz-m-c")


PLAIN = ("c-gcc", "c-clang", "cxx-gcc", "cxx-clang", "rust")
DWZ = {"dwz": "C++, gcc, dwz", "dwz-m-cxx": "C++, gcc, dwz -m", "dwz-m-c": "C, gcc, dwz -m"}
LTO = ("lto-gcc", "lto-clang")
SPLIT = {"split-gcc": ("dwp",), "split-clang": ("llvm-dwp-14", "llvm-dwp")}


def find_tool(*names):
    return next(filter(None, map(shutil.which, names)), None)


class Agreement(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.programs = Path(tempfile.mkdtemp(prefix="flametap-agreement-"))
        cls.addClassCleanup(shutil.rmtree, cls.programs, ignore_errors=True)
        cls.asked = {}
        names = [name for name, made in RECIPES.items() if all(map(shutil.which, made.tools))]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: RECIPES[name].make(cls.programs, name), names))
            if {"cxx-gcc", "c-gcc"} <= set(names) and shutil.which("dwz"):
                make_dwz(cls.programs)
                names += DWZ
            list(pool.map(lambda name: cls.ask(cls.programs / name), names))

    def needs(self, *names):
        """The path of a tool, by any of its names."""
        path = find_tool(*names)
        if not path:
            self.skipTest(f"no {names[0]} here")
        return path

    def built(self, names):
        """The paths of programs; skips what their compilers are not here for."""
        for name in names:
            for tool in RECIPES[name].tools if name in RECIPES else ("dwz",):
                self.needs(tool)
        return [self.programs / name for name in names]

    @classmethod
    def ask(cls, path):
        """The file, its addresses, flametap's answers and libdw's; once each."""
        if path not in cls.asked:
            elf = agreement.Elf(path)
            addresses = elf.random_addresses()
            text = agreement.flametap(path, addresses)
            cls.asked[path] = (elf, addresses, agreement.read_answers(text),
                               agreement.read_answers(agreement.libdw(path, addresses)), text)
        return cls.asked[path]

    def show(self, comparison):
        print(f"# {comparison}", flush=True)

    def judge(self, comparison):
        self.show(comparison)
        self.assertEqual(comparison.n, agreement.N_ADDRESSES)
        unknown = agreement.UNKNOWN
        self.assertLessEqual(comparison.count(*unknown), HANDFUL,
                             f"{comparison}\n{comparison.examples(*unknown)}")
        self.assertLessEqual(comparison.count(*unknown, agreement.ALIAS),
                             MAX_SHARE * comparison.n, f"{comparison}")

    def beside_libdw(self, title, elf, ours, walked):
        comparison = agreement.Comparison(title, "libdw")
        for address, frames in ours.items():
            kind = agreement.compare_libdw(elf, address, frames, walked[address])
            comparison.add(kind, address, frames, walked[address])
        self.judge(comparison)
        # There is something to compare.
        self.assertGreater(sum(map(bool, walked.values())), 0.8 * comparison.n)
        self.assertGreater(sum(len(frames) > 1 for frames in walked.values()), 0.1 * comparison.n)

    def test_plain(self):
        tool = self.needs("llvm-symbolizer-14", "llvm-symbolizer")
        for name, path in zip(PLAIN, self.built(PLAIN)):
            with self.subTest(name):
                elf, addresses, ours, walked, _ = self.ask(path)
                theirs = agreement.read_answers(agreement.llvm_symbolizer(tool, path, addresses))
                comparison = agreement.Comparison(RECIPES[name].title, "llvm-symbolizer")
                for address in addresses:
                    kind = agreement.compare_llvm(elf, address, ours[address], theirs[address],
                                                  walked[address])
                    comparison.add(kind, address, ours[address], theirs[address])
                self.judge(comparison)
                self.beside_libdw(RECIPES[name].title, elf, ours, walked)

    def test_lto(self):
        for name, path in zip(LTO, self.built(LTO)):
            with self.subTest(name):
                elf, _, ours, walked, _ = self.ask(path)
                self.beside_libdw(RECIPES[name].title, elf, ours, walked)

    def test_dwz(self):
        for path in self.built(DWZ):
            with self.subTest(path.name):
                elf, _, ours, walked, _ = self.ask(path)
                self.beside_libdw(DWZ[path.name], elf, ours, walked)

    def test_split(self):
        """With .dwo files; with a .dwp instead, which libdw does not know; and with neither."""
        for name, path in zip(SPLIT, self.built(SPLIT)):
            with self.subTest(name):
                elf, addresses, ours, walked, _ = self.ask(path)
                self.beside_libdw(RECIPES[name].title, elf, ours, walked)
                run(self.needs(*SPLIT[name]), "-e", path, "-o", f"{path}.dwp",
                    cwd=f"{path}.d")
                Path(f"{path}.d").rename(f"{path}.moved")
                package = agreement.read_answers(agreement.flametap(path, addresses))
                self.beside_libdw(RECIPES[name].title + ", .dwp", elf, package, walked)
                Path(f"{path}.dwp").rename(f"{path}.dwp.moved")
                neither = agreement.read_answers(agreement.flametap(path, addresses))
                Path(f"{path}.moved").rename(f"{path}.d")
                plain = {address: [(frames[-1].name, *frames[0][1:])]
                         for address, frames in ours.items() if walked[address]}
                self.assertEqual({address: neither[address] for address in plain}, plain)

    def build_id(self, path):
        return re.search(r"Build ID: (\w+)", run("readelf", "-n", path))[1]

    def separate(self, path, symbols):
        """A stripped copy; the debug file is put by its build-id under a directory."""
        build_id = self.build_id(path)
        place = symbols / ".build-id" / build_id[:2]
        place.mkdir(parents=True, exist_ok=True)
        run("objcopy", "--only-keep-debug", path, place / f"{build_id[2:]}.debug")
        stripped = self.dir / path.name
        run("strip", "-o", stripped, path)
        return stripped

    def test_stripped(self):
        """With their debug file the frames of stripped copies are all the same; without it each
        name that there is still is the same."""
        names = [*PLAIN, *LTO, *DWZ, "split-clang"]
        for path in self.built(names):
            with self.subTest(path.name):
                elf, addresses, ours, _, text = self.ask(path)
                stripped = self.separate(path, self.dir / "symbols")
                self.assertEqual(agreement.flametap(stripped, addresses, "--debug-dir",
                                                    self.dir / "symbols"), text)
                bare = agreement.read_answers(agreement.flametap(stripped, addresses))
                comparison = agreement.Comparison(path.name + ", stripped", "itself")
                named = 0
                for address in addresses:
                    name, whole = (elf.demangled(frames[-1].name) if frames else None
                                   for frames in (bare[address], ours[address]))
                    named += name is not None
                    kind = None if name in (None, whole) else "name"
                    comparison.add(kind, address, bare[address], ours[address][-1:])
                self.judge(comparison)
                if path.name in ("c-gcc", "lto-clang"):  # these export functions
                    self.assertGreater(named, 0.3 * comparison.n)

    def recording(self, path, addresses, elf):
        """A recording of one sample at each address, without names."""
        strings = ["", "samples", "count", str(path), self.build_id(path)]
        start = 0x7f0000000000
        out = pprof.encode(1, pprof.encode(1, 1) + pprof.encode(2, 2))
        out += pprof.encode(3, pprof.encode(1, 1) + pprof.encode(2, start) +
                            pprof.encode(3, start + path.stat().st_size) + pprof.encode(5, 3) +
                            pprof.encode(6, 4))
        for i, address in enumerate(addresses, 1):
            out += pprof.encode(2, pprof.encode(1, i) + pprof.encode(2, 1))
            out += pprof.encode(4, pprof.encode(1, i) + pprof.encode(2, 1) +
                                pprof.encode(3, start + address + elf.to_offset))
        out += b"".join(pprof.encode(6, string) for string in strings)
        (self.dir / "raw.pb.gz").write_bytes(gzip.compress(out))
        return "raw.pb.gz"

    def folded(self, recording, *options):
        """{frames below the root: samples}"""
        out = self.flametap("report", recording, *options, "-o", "-").out
        counts = collections.Counter()
        for frames, n in support.Folded(out).lines:
            counts[tuple(name for name in frames if not name.startswith("["))] += n
        return counts

    def test_without_inlines(self):
        """A report has the frames that symbolize gives, and without inlined ones the outermost."""
        for path in self.built(("c-clang", "rust")):
            with self.subTest(path.name):
                elf, addresses, _, _, _ = self.ask(path)
                text = agreement.flametap(path, addresses, "-C").replace(";", ":")
                answers = agreement.read_answers(text)
                recording = self.recording(path, addresses, elf)
                whole, outermost = collections.Counter(), collections.Counter()
                for address in addresses:
                    names = [frame.name for frame in answers[address][::-1] if frame.name]
                    whole[tuple(names)] += 1
                    outermost[tuple(names[:1])] += 1
                self.assertEqual(self.folded(recording), whole)
                self.assertEqual(self.folded(recording, "--no-inlines"), outermost)

    def test_stock_libraries(self):
        """Whatever a stripped library of Debian's gives a name is that function, as the debug
        package has it: never the nearest one below."""
        judged = 0
        for name in ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libcrypto.so.3"):
            path = Path("/usr/lib/x86_64-linux-gnu") / name
            if not path.exists():
                continue
            build_id = self.build_id(path)
            debug = Path("/usr/lib/debug/.build-id") / build_id[:2] / f"{build_id[2:]}.debug"
            if not debug.exists():
                continue
            # With another build-id nothing leads to the debug file.
            other = path.read_bytes().replace(bytes.fromhex(build_id), bytes(len(build_id) // 2))
            (self.dir / name).write_bytes(other)
            elf = agreement.Elf(path)
            addresses = elf.random_addresses()
            whole = agreement.Elf(path, run("readelf", "-sW", debug))
            comparison = agreement.Comparison(name, "its debug file")
            bare = agreement.read_answers(agreement.flametap(self.dir / name, addresses))
            for address in addresses:
                name_here = bare[address][-1].name if bare[address] else None
                fits = not name_here or name_here.split("@")[0] in whole.names_at(address)
                comparison.add(None if fits else "name", address, bare[address],
                               whole.names_at(address))
            self.judge(comparison)
            self.assertGreater(sum(map(bool, bare.values())), 0.1 * comparison.n)
            judged += 1
        if not judged:
            self.skipTest("no debug package of a library here")
