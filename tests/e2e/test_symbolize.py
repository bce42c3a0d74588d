# SPDX-License-Identifier: GPL-2.0-or-later
"""flametap symbolize: byte for byte what addr2line answers where that is right, the few honest
differences, and whatever comes as input. Needs no privileges."""

import os
import re
import select
import shutil
import subprocess
import time

import support

SOURCE = r"""
#include <stdlib.h>
static inline __attribute__((always_inline)) int square(int x)
{
	return x * x +
	       1;
}
static inline __attribute__((always_inline)) int twice(int x)
{
	return square(x) + square(x + 1);
}
struct point { int x, y; };
__attribute__((noinline)) int area(struct point *p, int n)
{
	int sum = 0;
	for (int i = 0; i < n; i++)
		sum += twice(p[i].x) * square(p[i].y);
	return sum;
}
int main(int argc, char **argv)
{
	struct point points[8] = {{argc, argc + 1}};
	return area(points, argc > 1 ? atoi(argv[1]) % 8 : 8);
}
"""
CXX_SOURCE = r"""
namespace shapes {
template <typename T> struct box {
	T side;
	T volume() const { return side * side * side; }
	__attribute__((noinline)) T scaled(T by) const { return volume() * by + side / (by + 1); }
};
}
int main(int argc, char **)
{
	shapes::box<int> a{argc};
	shapes::box<long> b{argc + 1L};
	return a.scaled(3) + static_cast<int>(b.scaled(argc));
}
"""
UNKNOWN = "??\n??:0\n"


class Symbolize(support.Case):
    def compile(self, name="prog", source=SOURCE, compiler="gcc", flags=("-O2", "-g")):
        if not shutil.which(compiler):
            self.skipTest(f"no {compiler} here")
        file = "source.cc" if source == CXX_SOURCE else "source.c"
        (self.dir / file).write_text(source)
        self.run_command(compiler, *flags, file, "-o", name, status=0)
        return name

    def functions(self, program):
        """{name: (address, size)} of the functions that the source has."""
        out = self.run_command("nm", "-S", program, status=0).out
        found = {name: (int(start, 16), int(size, 16)) for start, size, name in
                 re.findall(r"(?m)^(\w{16}) (\w{16}) [Tt] (\S+)$", out)}
        return {name: place for name, place in found.items()
                if name in ("area", "main") or "shapes" in name}

    def addresses(self, program):
        return [start + at for start, size in self.functions(program).values()
                for at in range(size)]

    def both(self, program, options, addresses):
        """addr2line's answers, but for discriminators, and flametap's."""
        if not shutil.which("addr2line"):
            self.skipTest("no addr2line here")
        lines = "".join(f"{address:x}\n" for address in addresses).encode()
        theirs = self.run_command("addr2line", *options, "-e", program, status=0, input=lines).out
        ours = self.flametap("symbolize", *options, "-e", program, input=lines)
        self.assertEqual(ours.err, "", ours)
        return re.sub(r" \(discriminator \d+\)", "", theirs), ours.out

    def test_as_addr2line(self):
        for source, compilers in ((SOURCE, ("gcc", "clang")), (CXX_SOURCE, ("g++", "clang++"))):
            for compiler in compilers:
                # A clone has its symbol's name here, and another one in addr2line.
                whole = () if "clang" in compiler else ("-fno-ipa-sra", "-fno-ipa-cp")
                for flags in (("-O0", "-g"), ("-O2", "-g"), ("-O2", "-g", "-gdwarf-4"),
                              ("-O2", "-g", "-no-pie")):
                    if "clang" in compiler and "-O2" in flags and "-gdwarf-4" not in flags:
                        continue  # addr2line misses inlined functions (DW_FORM_rnglistx)
                    with self.subTest(compiler=compiler, flags=flags):
                        program = self.compile(source=source, compiler=compiler,
                                               flags=(*flags, *whole))
                        addresses = self.addresses(program)
                        self.assertGreater(len(addresses), 50)
                        theirs, ours = self.both(program, ["-fiCa"], addresses)
                        self.assertEqual(ours, theirs)

    def test_every_layout(self):
        program = self.compile(source=CXX_SOURCE, compiler="g++",
                               flags=("-O2", "-g", "-fno-ipa-sra", "-fno-ipa-cp"))
        addresses = [*self.addresses(program), 0, 1 << 63]
        for options in ("", "-a", "-f", "-i", "-fi", "-fC", "-s", "-p", "-fp", "-fip", "-fiCap",
                        "-fiCs", "-fiCaps"):
            with self.subTest(options=options):
                theirs, ours = self.both(program, [options] if options else [], addresses)
                self.assertEqual(ours, theirs)

    def test_clones_have_their_names(self):
        program = self.compile(source=CXX_SOURCE, compiler="g++", flags=("-O2", "-g"))
        for symbol, (start, _) in self.functions(program).items():
            run = self.flametap("symbolize", "-fie", program, f"{start:x}")
            self.assertEqual(run.out.split("\n")[-3], symbol, run)

    def test_arguments_and_input_agree(self):
        program = self.compile()
        addresses = [f"{address:#x}" for address in self.addresses(program)[:50]]
        by_argument = self.flametap("symbolize", "-e", program, "-fiCa", *addresses).out
        by_input = self.flametap("symbolize", "-e", program, "-fiCa",
                                 input="\n".join(addresses).encode()).out
        self.assertEqual(by_argument, by_input)
        short = [address[2:].upper() for address in addresses]
        self.assertEqual(self.flametap("symbolize", "-e", program, "-fiCa", *short).out, by_input)

    def test_section(self):
        program = self.compile()
        theirs, ours = self.both(program, ["-fa", "-j", ".text"], [0x10, 0x12, 1 << 40])
        self.assertEqual(ours, theirs)
        run = self.flametap("symbolize", "-e", program, "-j", ".nothing", "0", status=1)
        self.assert_one_line(run, ".nothing", "no such section")

    def test_without_debug_information(self):
        program = self.compile(flags=("-O2",))
        start, size = self.functions(program)["area"]
        run = self.flametap("symbolize", "-fe", program, f"{start:x}")
        self.assertEqual(run.out, "area\n??:?\n")
        run = self.flametap("symbolize", "-fe", program, f"{start + size - 1:x}")
        self.assertEqual(run.out, "area\n??:?\n")

    def test_a_debug_file_alone(self):
        program = self.compile()
        addresses = [f"{address:x}" for address in self.addresses(program)]
        whole = self.flametap("symbolize", "-fiCae", program, *addresses).out
        self.run_command("objcopy", "--only-keep-debug", program, "prog.debug", status=0)
        self.assertEqual(self.flametap("symbolize", "-fiCae", "prog.debug", *addresses).out, whole)
        self.run_command("strip", program, status=0)
        self.assertNotEqual(self.flametap("symbolize", "-fiCae", program, *addresses).out, whole)
        (self.dir / "debug").mkdir()
        build_id = re.search(r"Build ID: (\w\w)(\w+)",
                             self.run_command("readelf", "-n", program, status=0).out)
        place = self.dir / "debug" / ".build-id" / build_id[1]
        place.mkdir(parents=True)
        shutil.copy(self.dir / "prog.debug", place / f"{build_id[2]}.debug")
        found = self.flametap("symbolize", "--debug-dir", "debug", "-fiCae", program, *addresses)
        self.assertEqual(found.out, whole)

    def test_split_files_elsewhere(self):
        """A .dwo or .dwp in a --debug-dir: as the compiler named it, under the whole path, or bare."""
        for compiler, version in (("gcc", 4), ("gcc", 5), ("clang", 5)):
            (self.dir / "out").mkdir(exist_ok=True)
            program = self.compile(compiler=compiler,
                                   flags=("-O2", f"-gdwarf-{version}", "-gsplit-dwarf", "-c"),
                                   name="out/split.o")
            self.run_command("gcc", "out/split.o", "-o", "prog", status=0)
            program = "prog"
            addresses = [f"{address:x}" for address in self.addresses(program)]
            whole = self.flametap("symbolize", "-fiCae", program, *addresses).out
            self.assertIn("square", whole)
            dwo = next(path for path in self.dir.rglob("*.dwo"))
            data = dwo.read_bytes()
            tool = next((t for t in ("dwp", "llvm-dwp-14") if shutil.which(t)), None)
            packed = version == 4 and tool and self.run_command(
                tool, "-e", program, "-o", "packed", status=0)
            dwo.unlink()
            self.assertNotIn("square", self.flametap("symbolize", "-fiCae", program, *addresses).out)
            places = [self.dir / "debug" / dwo.relative_to(self.dir),
                      self.dir / "debug" / str(dwo)[1:], self.dir / "debug" / dwo.name]
            if packed:
                data_of = {self.dir / "debug" / "prog.dwp": (self.dir / "packed").read_bytes(),
                           self.dir / "debug" / f"{self.dir}/prog.dwp"[1:]:
                           (self.dir / "packed").read_bytes()}
            else:
                data_of = {}
            for place, content in [(place, data) for place in places] + list(data_of.items()):
                with self.subTest(compiler=compiler, version=version, place=place):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(content)
                    run = self.flametap("symbolize", "--debug-dir", "debug", "-fiCae", program,
                                        *addresses)
                    self.assertEqual(run.out, whole)
                    place.unlink()

    def test_every_line_has_one_answer(self):
        program = self.compile()
        lines = [b"", b" ", b"main", b"zzz", b"-1", b"0x", b"\xff\0\x01", b"1" * 100_000,
                 b"ffffffffffffffff", b"0" * 300, b"\r", b"; rm -rf", b"%s%n"]
        run = self.flametap("symbolize", "-fe", program, input=b"\n".join(lines))
        self.assertEqual(run.out, UNKNOWN * len(lines))
        self.assertEqual(run.err, "")
        self.assertEqual(self.flametap("symbolize", "-fe", program, input=b"").out, "")
        self.assertEqual(self.flametap("symbolize", "-fe", program, input=b"\n").out, UNKNOWN)
        run = self.flametap("symbolize", "-ae", program, input=b"main\n0x1 main+0x1\n")
        self.assertEqual(run.out, f"0x{0:016x}\n??:0\n0x{1:016x}\n??:0\n")
        start = self.functions(program)["main"][0]
        run = self.flametap("symbolize", "-fse", program, input=f" 0x{start:x} main\r\n".encode())
        self.assertTrue(run.out.startswith("main\n"), run)

    def test_names_cannot_break_lines(self):
        """A name in a symbol table may be anything."""
        program = self.compile(flags=("-O2",))
        data = (self.dir / program).read_bytes()
        (self.dir / program).write_bytes(data.replace(b"\0area\0", b"\0a\n\x1ba\0"))
        start = self.functions(self.compile("other", flags=("-O2",)))["area"][0]
        run = self.flametap("symbolize", "-fe", program, f"{start:x}")
        self.assertEqual(run.out, "a??a\n??:?\n")

    def test_a_hundred_thousand(self):
        program = self.compile()
        addresses = self.addresses(program)
        many = (addresses * (100_000 // len(addresses) + 1))[:100_000]
        once = self.flametap("symbolize", "-fie", program, "-a",
                             input="".join(f"{a:x}\n" for a in addresses).encode()).out
        answers = dict(zip(addresses, re.split(r"(?m)^(?=0x)", once)[1:]))
        run = self.flametap("symbolize", "-fie", program, "-a",
                            input="".join(f"{a:x}\n" for a in many).encode())
        self.assertEqual(run.out, "".join(answers[a] for a in many))

    def test_cost_is_linear(self):
        program = self.compile()
        addresses = self.addresses(program)

        def cost(count):
            lines = "".join(f"{addresses[i % len(addresses)]:x}\n" for i in range(count)).encode()
            return self.instructions("symbolize", "-fie", program, input=lines)

        few, more = cost(5_000), cost(40_000)
        self.assertLess(more, 10 * few)
        self.assertLess((more - few) / 35_000, 20_000)  # for each address

    def test_who_waits_for_each_answer_gets_it(self):
        program = self.compile()
        start = self.functions(program)["area"][0]
        process = subprocess.Popen([support.FLAMETAP, "symbolize", "-fse", program], cwd=self.dir,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        try:
            for line, expected in ((f"{start:x}\n", "area"), ("zz\n", "??"), (f"{start:x}\n", "area")):
                process.stdin.write(line.encode())
                answer = b""
                while answer.count(b"\n") < 2:
                    self.assertTrue(select.select([process.stdout], [], [], 20)[0], answer)
                    answer += os.read(process.stdout.fileno(), 4096)
                self.assertEqual(answer.decode().split("\n")[0], expected)
            process.stdin.close()
            self.assertEqual(process.wait(20), 0)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def test_a_slow_writer(self):
        program = self.compile()
        addresses = self.addresses(program)[:20]
        process = subprocess.Popen([support.FLAMETAP, "symbolize", "-fie", program], cwd=self.dir,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for address in addresses:
            for part in (f"{address:x}"[:2], f"{address:x}"[2:] + "\n"):
                process.stdin.write(part.encode())
                process.stdin.flush()
                time.sleep(0.002)
        out = process.communicate(timeout=20)[0].decode()
        self.assertEqual(out, self.flametap("symbolize", "-fie", program,
                                            *(f"{a:x}" for a in addresses)).out)

    def test_the_reader_has_had_enough(self):
        program = self.compile()
        done = self.run_command("bash", "-c", "set -o pipefail; yes 1 | head -300000 | "
                                f"{support.FLAMETAP} symbolize -fe {program} | head -1", timeout=60)
        self.assertEqual((done.out, done.err), ("??\n", ""), done)
        done = self.run_command("bash", "-c",
                                f"{support.FLAMETAP} symbolize -fe {program} 1 > /dev/full")
        self.assertEqual(done.status, 1)
        self.assert_one_line(done, "standard output", "No space left")

    def test_files_that_are_none(self):
        os.mkfifo(self.dir / "fifo")
        (self.dir / "text").write_text("no program\n")
        (self.dir / "empty").write_text("")
        for path, words in (("missing", "No such file"), ("fifo", "no regular file"),
                            (".", "no regular file"), ("/dev/null", "no regular file"),
                            ("text", "no 64-bit ELF"), ("empty", "no 64-bit ELF")):
            run = self.flametap("symbolize", "-e", path, "1", status=1, timeout=10)
            self.assert_one_line(run, path, words)
            self.assertEqual(run.out, "")
        run = self.run_command("sh", "-c", f"{support.FLAMETAP} symbolize -e {support.FLAMETAP} < /",
                               status=1)
        self.assert_one_line(run, "standard input")

    def test_a_file_that_shrinks_meanwhile(self):
        """Its owner truncates it, and writes it anew, while it is read: every address has an answer
        each time, or one line says why not."""
        # Sections of 128 KiB are mapped; this one's .debug_info has more.
        (self.dir / "large.c").write_text("".join(
            f"int function_{i}(struct s{i} {{ int a, b; }} *p, int n) {{ return p->a + n; }}\n"
            for i in range(2000)) + "int main(void) { return 0; }\n")
        self.run_command("gcc", "-w", "-g", "large.c", "-o", "large", status=0)
        sections = self.run_command("readelf", "-SW", "large", status=0).out
        self.assertGreater(int(re.search(r"\.debug_info +\w+ +\w+ \w+ (\w+)", sections)[1], 16), 1 << 17)
        data = (self.dir / "large").read_bytes()
        lines = "".join(f"{at:x}\n" for at in range(0x1000, 0x5000)).encode()
        for rounds in range(1, 21):
            (self.dir / "large").write_bytes(data)
            with open(self.dir / "in", "wb") as file:
                file.write(lines)
            with open(self.dir / "in", "rb") as given:
                running = subprocess.Popen([support.FLAMETAP, "symbolize", "--no-cache", "-fie",
                                            "large"],
                                           stdin=given, stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE, cwd=self.dir)
            time.sleep(0.001 * (rounds % 20))
            for size in (len(data) // 2, len(data), len(data) // 7, 0, len(data)):
                os.truncate(self.dir / "large", size)
            out, err = running.communicate(timeout=60)
            self.assertIn(running.returncode, (0, 1), err)
            if running.returncode:
                self.assertEqual(err.count(b"\n"), 1, err)
            else:
                self.assertGreaterEqual(out.count(b"\n"), 2 * lines.count(b"\n"))

    def test_truncated_files(self):
        """Whatever part of a file is there, each address has an answer."""
        program = self.compile()
        data = (self.dir / program).read_bytes()
        start = self.functions(program)["area"][0]
        for part in range(1, 24):
            (self.dir / "cut").write_bytes(data[:len(data) * part // 24])
            run = self.flametap("symbolize", "-fie", "cut", f"{start:x}", status=None)
            self.assertIn(run.status, (0, 1), run)
            self.assertTrue(run.out or run.status, run)

    def test_wrong_usage(self):
        for args, words in (((), "no file"), (("12",), "no file"), (("-e",), "missing"),
                            (("-e", "a", "-e", "b"), "once"), (("-e", "a", "-z"), "no such option"),
                            (("-e", "a", "-o", "b"), "no such option"),
                            (("-e", "a", "--no-cache=1"), "takes no value")):
            run = self.flametap("symbolize", *args, status=2)
            self.assert_one_line(run, words)
