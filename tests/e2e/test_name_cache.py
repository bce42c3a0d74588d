# SPDX-License-Identifier: GPL-2.0-or-later
"""Names come out of the cache as they went in: a second run says what the first one said and what
one without a cache says, whatever became of the cache in between; and it is nobody else's."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import support

# Inlined functions and templates, so that there is something to know.
SOURCE = r"""
static volatile unsigned sink;
namespace space {
struct item { unsigned n; unsigned inner(unsigned k) const { return n * sink + k; } };
template <typename T> __attribute__((noinline)) unsigned work(const T *items, int n)
{
	unsigned sum = 0;
	for (int round = 0; round < 1000; round++)
		for (int i = 0; i < n; i++)
			sum += items[i].inner(round);
	return sum;
}
}
int main()
{
	static space::item items[3000];
	for (unsigned i = 0; i < 3000; i++)
		items[i].n = i;
	for (int i = 0; i < 100; i++)
		sink += space::work(items, 3000);
	return 0;
}
"""
INNER = "space::item::inner(unsigned int) const"
NOBODY = 65534


class NameCache(support.BpfCase):
    def setUp(self):
        super().setUp()
        self.cache = self.dir / "cache"
        self.cache.mkdir(mode=0o700)
        self.env = {"XDG_CACHE_HOME": str(self.cache)}

    def tool(self, *argv):
        subprocess.run([str(arg) for arg in argv], cwd=self.dir, check=True, timeout=100)

    def build(self, *flags):
        (self.dir / "program.cc").write_text(SOURCE)
        self.tool("g++", "-g", "-O2", "-Wl,--build-id=sha1", *flags, "-o", "program", "program.cc")

    def entries(self, directory=None):
        return sorted((directory or self.cache).glob("flametap/*.names"))

    def addresses(self):
        """Bytes of .text, one line each."""
        headers = subprocess.run(["readelf", "-SW", "program"], cwd=self.dir, check=True,
                                 capture_output=True, text=True).stdout
        row = next(line.split() for line in headers.splitlines() if " .text " in line)
        at = row.index(".text")
        start, size = int(row[at + 2], 16), int(row[at + 4], 16)
        return "".join(f"{address:#x}\n" for address in range(start, start + size)).encode()

    def symbolize(self, *options, **more):
        more.setdefault("env", self.env)
        run = self.flametap("symbolize", *options, "-fiCae", "program", input=self.addresses(), **more)
        self.assertEqual(run.err, "", run)
        return run.out

    def test_recording(self):
        """A recording, then the same one resolved by report, with a cache and without."""
        self.build()
        self.flametap("cpu", "-q", "-F", 999, "--no-symbols", "-o", "raw.pb.gz", "--", "./program",
                      env=self.env)
        self.assertEqual(self.entries(), [])
        outputs = {}
        for name, options in (("without", ["--no-cache"]), ("first", []), ("second", []),
                              ("again-without", ["--no-cache"])):
            self.flametap("report", "raw.pb.gz", *options, "--lines", "-o", f"{name}.folded",
                          "-o", f"{name}.pb.gz", env=self.env)
            outputs[name] = [(self.dir / f"{name}{end}").read_bytes() for end in (".folded", ".pb.gz")]
            self.assertEqual(bool(self.entries()), name != "without")
        self.assertIn(b"unsigned int space::work<space::item>", outputs["first"][0])
        for name, output in outputs.items():
            self.assertEqual(output, outputs["first"], name)
        self.assertEqual({path.stat().st_mode & 0o7777 for path in self.entries()}, {0o600})
        self.assertEqual((self.cache / "flametap").stat().st_mode & 0o7777, 0o700)
        self.flametap("cpu", "-q", "-F", 999, "-o", "cpu.folded", "--", "./program", env=self.env)
        self.assertIn("unsigned int space::work<space::item>", (self.dir / "cpu.folded").read_text())

    def test_whatever_becomes_of_it(self):
        self.build()
        right = self.symbolize("--no-cache")
        self.assertIn(INNER, right)
        self.assertEqual(self.entries(), [])
        self.assertEqual(self.symbolize(), right)
        entry, = self.entries()
        self.assertEqual(self.symbolize(), right)
        whole = entry.read_bytes()
        self.assertGreater(len(whole), 6000)
        for damaged in (b"", whole[:5000], whole[:-1], whole + b"\0" * 8,
                        whole[:3000] + b"!" + whole[3001:], b"\xff" * len(whole)):
            entry.write_bytes(damaged)
            self.assertEqual(self.symbolize(), right)
            self.assertEqual(entry.read_bytes(), whole)
        for gone in (entry, self.cache / "flametap", self.cache):
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
            self.assertEqual(self.symbolize(), right)
            self.assertEqual(entry.read_bytes(), whole)
        # A program of another time is another program.
        os.utime(self.dir / "program", (1, 1))
        self.assertEqual(self.symbolize(), right)
        self.assertEqual(len(self.entries()), 2)

    def test_at_once(self):
        self.build()
        right = self.symbolize("--no-cache")
        with ThreadPoolExecutor(4) as pool:
            for out in pool.map(lambda _: self.symbolize(), range(12)):
                self.assertEqual(out, right)
        self.assertEqual(len(self.entries()), 1)
        self.assertEqual(len(list((self.cache / "flametap").iterdir())), 1)

    def test_debug_file_that_comes_later(self):
        self.build()
        self.tool("objcopy", "--only-keep-debug", "program", "program.debug")
        self.tool("strip", "program")
        (self.dir / "symbols").mkdir()
        none = self.symbolize("--debug-dir", "symbols")
        self.assertEqual(self.symbolize("--debug-dir", "symbols"), none)
        self.assertNotIn(INNER, none)
        shutil.move(self.dir / "program.debug", self.dir / "symbols")
        right = self.symbolize("--no-cache", "--debug-dir", "symbols")
        self.assertIn(INNER, right)
        self.assertEqual(self.symbolize("--debug-dir", "symbols"), right)
        self.assertEqual(self.symbolize("--debug-dir", "symbols"), right)
        self.assertEqual(self.symbolize(), none)

    def in_namespace(self, script, *argv, **options):
        """Runs flametap after a script in a mount namespace, where root's home is ./home."""
        (self.dir / "home").mkdir(exist_ok=True)
        (self.dir / "passwd").write_text(f"root:x:0:0::{self.dir}/home:/bin/sh\n")
        return self.flametap(*argv, prefix=("unshare", "-m", "sh", "-ec", "mount --bind passwd /etc/passwd\n"
                                            f"{script}\n" 'exec "$@"', "sh"), **options)

    def test_whose_it_is(self):
        """Of root's own under sudo; what another user can lead astray is not followed."""
        self.build()
        roots = self.dir / "roots"
        roots.mkdir(mode=0o700)
        os.chown(self.cache, NOBODY, NOBODY)
        os.symlink(roots, self.dir / "link")
        writable = self.dir / "writable"
        writable.mkdir()
        writable.chmod(0o777)
        sudo = {"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY), "HOME": str(self.cache)}
        kept = self.dir / "home" / ".cache"
        for place in ("", self.cache, self.dir / "link", self.dir / "link" / "new", writable, "relative"):
            shutil.rmtree(kept, ignore_errors=True)
            self.in_namespace("", "symbolize", "-fe", "program", "0x1200",
                              env=sudo | {"XDG_CACHE_HOME": str(place)})
            self.assertEqual(len(self.entries(kept)), 1, place)
            for other in (roots, self.cache, writable):
                self.assertEqual(list(other.iterdir()), [], place)
        shutil.rmtree(kept)
        self.in_namespace("", "symbolize", "-fe", "program", "0x1200",
                          env=sudo | {"XDG_CACHE_HOME": str(roots)})
        self.assertEqual(len(self.entries(roots)), 1)
        # A directory that is a link, in one that is root's own.
        shutil.rmtree(roots / "flametap")
        victim = self.dir / "victim"
        victim.mkdir()
        os.symlink(victim, roots / "flametap")
        self.in_namespace("", "symbolize", "-fe", "program", "0x1200",
                          env=sudo | {"XDG_CACHE_HOME": str(roots)})
        self.assertEqual(list(victim.iterdir()), [])

    def test_user(self):
        """A user without privileges has a cache of their own, in their home."""
        self.build()
        os.chmod(self.dir, 0o755)
        home = self.dir / "of-nobody"
        home.mkdir()
        os.chown(home, NOBODY, NOBODY)
        program = self.dir / "flametap"
        shutil.copy(support.FLAMETAP, program)
        for environment in ({"HOME": str(home)}, {"XDG_CACHE_HOME": str(home / "xdg")}):
            run = self.run_command("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                                   "env", "-u", "XDG_CACHE_HOME",
                                   *(f"{name}={value}" for name, value in environment.items()),
                                   program, "symbolize", "-fe", "program", "0x1200", status=0)
            self.assertEqual(run.err, "", run)
        for place in (".cache", "xdg"):
            entry, = self.entries(home / place)
            self.assertEqual(entry.stat().st_uid, NOBODY)

    def test_no_room(self):
        """A full disk and no directory at all: the same output, and a word under -v only."""
        self.build()
        self.flametap("cpu", "-q", "-F", 999, "--no-symbols", "-o", "raw.pb.gz", "--", "./program")
        self.flametap("report", "-q", "--no-cache", "raw.pb.gz", "-o", "right.folded")
        right = (self.dir / "right.folded").read_text()
        no_home = "mount -t tmpfs none home\nmount -o remount,ro home"
        full = "mount -t tmpfs -o size=4k,mode=700 none cache\nhead -c 4096 /dev/zero > cache/full"
        for script, words in ((full, "No space left"), (no_home, "Read-only file system")):
            where = self.env if script == full else {"XDG_CACHE_HOME": ""}
            for options in ([], ["-v"]):
                with self.subTest(words=words, options=options):
                    self.check_no_room(script, where, options, words, right)

    def check_no_room(self, script, where, options, words, right):
        run = self.in_namespace(script, "report", *options, "raw.pb.gz", "-o", "out.folded", env=where)
        self.assertEqual((self.dir / "out.folded").read_text(), right)
        said = [line for line in run.err.splitlines() if words in line]
        self.assertEqual(len(said), bool(options), run)
