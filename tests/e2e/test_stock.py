# SPDX-License-Identifier: GPL-2.0-or-later
"""Stock binaries at work: the share of whole stacks, recomputed from the folded file. A user
stack is whole only if its outermost function is one where stacks begin: see whole.py. Each
program takes $FLAMETAP_STOCK_SECONDS of CPU time, 2 if that is not set."""

import contextlib
import os
import re
import shutil
import subprocess

import support
import whole

SECONDS = float(os.environ.get("FLAMETAP_STOCK_SECONDS", 2))


class Stock(support.BpfCase):
    def tool(self, name):
        path = shutil.which(name)
        if not path:
            raise AssertionError(f"{name} is not installed; run: scripts/setup test")
        return os.path.realpath(path)

    def sample(self, *command, files=(), status=(0, 137, 152), **options):
        """Records a command; files are the stripped ones in which stacks may begin."""
        run = self.flametap("cpu", "--user-only", "-F", 999, "-o", "out.folded", "--stats",
                            "out.json", "--", *command, status=None, timeout=200, **options)
        self.assertIn(run.status, status, run)
        recording = support.Recording(self.dir, "out", run)
        self.entries = whole.entries("/usr/bin/prlimit", *files)
        return recording

    def limited(self, *command):
        """A command that has more to do than the CPU time it gets."""
        return ["prlimit", f"--cpu={int(SECONDS)}", *command]

    def say(self, shares):
        if os.environ.get("FLAMETAP_STOCK_PRINT"):
            print("\n".join(f"# {line}" for line in (self.id(), *shares.report())))

    def assert_whole(self, recording, aim, comms=None, least=None):
        """The share that is whole, of all samples from the first one on."""
        shares = whole.Shares(recording.folded, self.entries, comms)
        self.say(shares)
        self.assertGreaterEqual(shares.total, 600 * SECONDS if least is None else least,
                                recording.run)
        self.assertGreaterEqual(100 * shares.share(), aim, "\n".join(shares.report()))

    def text(self, n_bytes):
        """Lines of words in no order."""
        path = self.dir / "text"
        state = 1
        lines = []
        for _ in range(20000):
            words = []
            for _ in range(8):
                state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
                words.append(f"{state >> 40:x}")
            lines.append(" ".join(words))
        block = "\n".join(lines) + "\n"
        with path.open("w") as file:
            for _ in range(n_bytes // len(block) + 1):
                file.write(block)
        return path


class Interpreters(Stock):
    def test_python_loop(self):
        code = f"import time\nx = 0\nwhile time.process_time() < {SECONDS}:\n" \
               " for i in range(10000): x += i * i\n"
        python = self.tool("/usr/bin/python3")
        self.assert_whole(self.sample(python, "-c", code, files=[python]), 99.5)

    def test_python_json(self):
        code = "import json, time\nd = [{'a': i, 'b': str(i) * 3, 'c': [i] * 5} for i in range" \
               f"(2000)]\nwhile time.process_time() < {SECONDS}:\n json.loads(json.dumps(d))\n"
        python = self.tool("/usr/bin/python3")
        self.assert_whole(self.sample(python, "-c", code, files=[python]), 99.5)

    def test_perl(self):
        code = "while ((times)[0] < %g) { my %%h; $h{$_ %% 1000} .= \"$_\" for 1..20000; " \
               "join ',', sort map { s/1/x/gr } values %%h }" % SECONDS
        perl = self.tool("perl")
        self.assert_whole(self.sample(perl, "-e", code, files=[perl]), 99.5)

    def test_node(self):
        code = "function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) }\n" \
               f"while (process.cpuUsage().user < {SECONDS * 1e6})" \
               " { f(22); JSON.parse(JSON.stringify({a: [1, 2, 3, 'x'.repeat(1000)]})) }\n" \
               "console.log('pid=' + process.pid)"
        node = self.tool("node")
        recording = self.sample(node, "--perf-basic-prof", "--interpreted-frames-native-stack",
                                "-e", code, files=[node])
        with contextlib.suppress(OSError):
            os.unlink(f"/tmp/perf-{recording.run.values()['pid']}.map")
        self.assert_whole(recording, 98)

    def test_java(self):
        (self.dir / "Main.java").write_text("""
            public class Main {
                static long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
                public static void main(String[] args) {
                    long end = System.nanoTime() + (long)(Double.parseDouble(args[0]) * 1e9), x = 0;
                    while (System.nanoTime() < end) {
                        StringBuilder text = new StringBuilder();
                        for (int i = 0; i < 1000; i++) text.append(fib(i % 15));
                        x += text.toString().hashCode();
                    }
                    System.out.println(x);
                }
            }""")
        java = self.tool("java")
        self.run_command("javac", "Main.java", status=0)
        recording = self.sample(java, "-XX:+UseSerialGC", "Main", SECONDS, files=[java])
        # Compiled code keeps no frame pointer: stacks break there, and the remedy is told.
        shares = whole.Shares(recording.folded, self.entries)
        self.say(shares)
        self.assertGreaterEqual(shares.total, 50 * SECONDS)
        self.assertGreater(shares.whole, 0)
        self.assertLess(shares.share(), 0.9)
        remedy = r"^flametap: java \(\d+\): [\d.]+% of the stacks are cut in .*; run java with " \
                 r"-XX:\+PreserveFramePointer$"
        self.assertRegex(recording.run.err, re.compile(remedy, re.MULTILINE))
        remedied = self.sample(java, "-XX:+UseSerialGC", "-XX:+PreserveFramePointer", "Main",
                               SECONDS, files=[java])
        self.assertNotIn("PreserveFramePointer", remedied.run.err)
        self.assert_whole(remedied, 98, least=50 * SECONDS)


class Compiled(Stock):
    def test_xz(self):
        xz = self.tool("xz")
        self.assert_whole(self.sample(*self.limited(xz, "-9", "-k", "-T1", self.text(20 << 20)),
                                      files=[xz]), 99.5, least=400 * SECONDS)

    def test_sort(self):
        sort = self.tool("sort")
        self.assert_whole(self.sample(*self.limited(sort, "-o", "sorted",
                                                    self.text(int(SECONDS * 40e6))),
                                      files=[sort]), 99.5, least=300 * SECONDS)

    def test_gcc(self):
        source = self.dir / "large.c"
        with source.open("w") as file:
            for i in range(int(120 * SECONDS)):
                file.write(f"int f{i}(int *a, int n) {{ int s = {i}; for (int i = 0; i < n; i++)"
                           f" {{ switch (a[i] & 7) {{ case 1: s += a[i] * {i}; break; case 2:"
                           " s ^= a[i] << 3; break; case 5: s -= i; break; default: s += 7; }"
                           " if (s < 0) s = -s % 1000; } return s; }\n")
        gcc = self.tool("gcc")
        cc1 = subprocess.run([gcc, "-print-prog-name=cc1"], capture_output=True, text=True,
                             check=True).stdout.strip()
        recording = self.sample(gcc, "-O2", "-c", source, "-o", "large.o", files=[gcc, cc1])
        self.assert_whole(recording, 99.5, ["cc1"], least=100)

    def test_as(self):
        source = self.dir / "large.s"
        with source.open("w") as file:
            for i in range(int(250000 * SECONDS)):
                file.write(f"l{i}: mov {i % 512}(%rsp), %rax\nadd $l{i % 97}-l0, %ebx\n")
        gcc = self.tool("gcc")
        recording = self.sample(gcc, "-c", source, "-o", "large.o", files=[gcc, self.tool("as")])
        self.assert_whole(recording, 99.5, ["as"], least=200)

    def test_openssl(self):
        openssl = self.tool("openssl")
        for options in (["sha256"], ["-evp", "aes-256-gcm"], ["rsa2048"], ["ecdhx25519"]):
            with self.subTest(" ".join(options)):
                # It would end by the clock on the wall, however much of a CPU it got.
                command = self.limited(openssl, "speed", "-seconds", "600", "-bytes", "16384",
                                       *options)
                self.assert_whole(self.sample(*command, files=[openssl]), 99.5,
                                  least=400 * SECONDS)

    def build_go(self):
        self.run_command("go", "build", "-o", "program", "main.go", status=0, timeout=200,
                         env={"HOME": str(self.dir), "GOCACHE": str(self.dir / "cache"),
                              "GOFLAGS": "-modcacherw", "CGO_ENABLED": "1"})

    def test_go(self):
        (self.dir / "main.go").write_text(support.GO)
        self.build_go()
        self.assert_whole(self.sample(self.dir / "program", f"{SECONDS}s"), 99.5,
                          least=50 * SECONDS)

    def test_go_that_calls_c(self):
        """C runs on the thread's own stack, which begins in runtime.asmcgocall."""
        (self.dir / "main.go").write_text("""
            package main
            // static __attribute__((noinline)) unsigned c_work(unsigned n) {
            //     unsigned x = n;
            //     for (unsigned i = 0; i < n; i++) { x = x * 3 + 1; __asm__ volatile("" : "+r"(x)); }
            //     return x;
            // }
            import "C"
            import ("fmt"; "os"; "strconv"; "time")
            func main() {
                s, _ := strconv.ParseFloat(os.Args[1], 64)
                end := time.Now().Add(time.Duration(s * 1e9))
                n := C.uint(0)
                for time.Now().Before(end) { n += C.c_work(100000) }
                fmt.Println(n)
            }""")
        self.build_go()
        recording = self.sample(self.dir / "program", SECONDS)
        self.assertGreater(recording.folded.with_frame("c_work"), 50 * SECONDS)
        self.assert_whole(recording, 99, least=50 * SECONDS)

    def test_ripgrep(self):
        rg = self.tool("rg")
        self.assert_whole(self.sample(*self.limited(rg, "-c", "-j1", r"(\w+f\w*) (\w*[0-9]a){1,3}",
                                                    *[self.text(50 << 20)] * 20), files=[rg]),
                          99.5)

    def test_pipeline(self):
        gzip = self.tool("gzip")
        text = self.text(30 << 20)
        recording = self.sample("sh", "-c", f"cat {text} | gzip -6 | gzip -d | wc",
                                files=[gzip, self.tool("cat"), self.tool("wc"),
                                       os.path.realpath("/bin/sh")])
        self.assert_whole(recording, 99.5, least=300)
