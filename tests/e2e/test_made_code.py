# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of code that has no ELF symbols: made at run time, or by Go and stripped."""

import contextlib
import os
import re
import shutil

import support


class MadeCode(support.BpfCase):
    """The workload made_code: two functions, the first has a quarter of the time."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_maps)
        self.pids = []

    def remove_maps(self):
        for pid in self.pids:
            for name in (f"/tmp/perf-{pid}.map", f"/tmp/perf-{pid}.map.other"):
                with contextlib.suppress(OSError):
                    os.unlink(name)

    def burn(self, how, seconds=0.8, names=("first", "second"), **options):
        recording = self.record("--", support.workload("made_code"), seconds, *names, how,
                                **options)
        self.pids += [value for name, value in recording.run.values().items()
                      if name in ("pid", "parent")]
        return recording

    def assert_named(self, recording, first="first", second="second", points=5):
        self.assert_share(recording.folded.share(first), 1 / 4, points)
        self.assert_share(recording.folded.share(second), 3 / 4, points)
        self.assertEqual(recording.folded.with_frame("before"), 0)

    def assert_not_read(self, recording, *words):
        """No name, and one line that says why."""
        self.assertGreater(recording.folded.share("[anon]"), 0.9)
        self.assertEqual(recording.folded.with_frame("first"), 0)
        pid = recording.run.values()["pid"]
        lines = [line for line in recording.run.err.splitlines() if "made at run time" in line]
        self.assertEqual(len(lines), 1, recording.run)
        self.assertRegex(lines[0], rf"^flametap: names: \d+\.\d% of the samples are in code that "
                                   rf"PID {pid} \(made_code\) made at run time; ")
        for word in words:
            self.assertIn(word.replace("PID", str(pid)), lines[0])
        place = [place for place in recording.stats["unnamed_in"] if place.get("pid") == pid]
        self.assertEqual(len(place), 1, recording.stats)
        self.assertEqual(place[0]["where"], "made_code")
        self.assertTrue(lines[0].endswith("made at run time; " + place[0]["remedy"]))
        self.assertEqual(recording.stats["unnamed_causes"][place[0]["cause"]], place[0]["weight"])
        self.assertEqual(sum(recording.stats["unnamed_causes"].values()),
                         recording.stats["unnamed_weight"])
        return place[0]

    def test_perf_map(self):
        recording = self.burn("map")
        self.assert_named(recording)
        self.assertNotIn("made at run time", recording.run.err)
        self.assertEqual({sample.stack[0] for sample in recording.pprof.samples} &
                         {"[anon]"}, set())

    def test_odd_names(self):
        recording = self.burn("map", names=("a b (c) [d]/e", "LazyCompile:*f x.js:1:2"))
        self.assert_named(recording, "a b (c) [d]/e", "LazyCompile:*f x.js:1:2")

    def test_annotated(self):
        recording = self.record("--annotate", "--", support.workload("made_code"), 0.4, "first",
                                "second", "map")
        self.pids.append(recording.run.values()["pid"])
        self.assert_named(recording, "first_[j]", "second_[j]", 8)

    def test_jitdump(self):
        self.assert_named(self.burn("dump"))

    def test_none(self):
        place = self.assert_not_read(self.burn("none"), "it has written no /tmp/perf-PID.map")
        self.assertEqual(place["cause"], "JIT without a map")

    def test_many(self):
        """Processes with one cause have one line."""
        script = "for n in 1 2 3; do $0 0.4 first second none & done; wait"
        recording = self.record("--", "sh", "-c", script, support.workload("made_code"))
        lines = [line for line in recording.run.err.splitlines() if "made at run time" in line]
        self.assertEqual(len(lines), 1, recording.run)
        self.assertIn("(made_code) and 2 more made at run time", lines[0])

    def test_symbolic_link(self):
        self.assert_not_read(self.burn("link"), "/tmp/perf-PID.map is a symbolic link")

    def test_fifo(self):
        self.assert_not_read(self.burn("fifo"), "/tmp/perf-PID.map is no regular file")

    def test_other_owner(self):
        self.assert_not_read(self.burn("other"), "/tmp/perf-PID.map belongs to another user")

    def test_large(self):
        recording = self.burn("large")
        self.assert_not_read(recording, "its first 1791 MiB were not read")
        self.assertLess(recording.stats["peak_rss_bytes"], 500e6)

    def test_fork(self):
        """A child that was forked has its parent's code, and its map until it has its own."""
        recording = self.burn("fork")
        self.assert_named(recording)
        self.assertNotIn("made at run time", recording.run.err)

    def test_fork_with_a_map_of_its_own(self):
        self.assert_named(self.burn("refork"))

    def test_not_a_fork(self):
        """What another program's child executes is not its code, whatever map there is."""
        script = "import os, subprocess, sys; " \
                 "open(f'/tmp/perf-{os.getpid()}.map', 'w').write('7e0000000000 200 first\\n'); " \
                 "print(f'parent={os.getpid()}', flush=True); subprocess.call(sys.argv[1:])"
        recording = self.record("--", "/usr/bin/python3", "-c", script,
                                support.workload("made_code"), 0.5, "first", "second", "none")
        self.pids.append(recording.run.values()["parent"])
        self.assertEqual(recording.folded.with_frame("first"), 0)
        self.assertGreater(recording.folded.share("[anon]"), 0.5)

    def test_sparse(self):
        self.assert_named(self.burn("sparse"))

    def test_same_addresses_in_two_processes(self):
        script = "for n in a b; do $0 0.6 $n-first $n-second map & done; wait"
        recording = self.record("--", "sh", "-c", script, support.workload("made_code"))
        self.pids += [int(pid) for pid in re.findall(r"pid=(\d+)", recording.run.out)]
        for name in "ab":
            self.assert_share(recording.folded.share(f"{name}-first"), 1 / 8, 4)
            self.assert_share(recording.folded.share(f"{name}-second"), 3 / 8, 4)

    def test_map_that_is_gone_with_its_process(self):
        # In a /tmp of its own, where no other test's map is, and perhaps not the workload either.
        shutil.copy2(support.workload("made_code"), self.dir / "made_code")
        script = "mount -t tmpfs none /tmp; ./made_code 0.5 first second map; echo ended=1; " \
                 "until [ -e go ]; do sleep 0.01; done; rm /tmp/perf-*.map"
        recorder = self.start_recording(*self.outputs(), "--", "unshare", "-m", "sh", "-c", script)
        recorder.value("ended")
        # Its end is told of, and all that was known by then has been read.
        for _ in range(2):
            self.wait_for_reading(recorder)
        (self.dir / "go").touch()
        recording = self.finished(recorder)
        self.assertGreater(recording.folded.with_frame("second"),
                           0.6 * recording.folded.total())

    def test_not_roots(self):
        """The map of a process without root's rights is its own."""
        recording = self.record("--", "setpriv", "--reuid=12345", "--regid=12345",
                                "--clear-groups", support.workload("made_code"), 0.6, "first",
                                "second", "map")
        self.pids.append(recording.run.values()["pid"])
        self.assert_named(recording, points=8)


class Runtimes(support.BpfCase):
    SCRIPT = """
        function quarter(n) { let x = 1; for (let i = 0; i < n; i++) x = (x * 7 + i) % 1000003;
                              return x }
        function rest(n) { let x = 1; for (let i = 0; i < n; i++) x = (x * 5 + i) % 1000003;
                           return x }
        function until(f, us) { const end = process.cpuUsage().user + us;
                                while (process.cpuUsage().user < end) f(1000000) }
        console.log('pid=' + process.pid);
        for (let i = 0; i < 4; i++) { until(quarter, 2.5e5); until(rest, 7.5e5) }
        """

    def tool(self, name):
        path = shutil.which(name)
        if not path:
            raise AssertionError(f"{name} is not installed; run: scripts/setup test")
        return path

    def remove_map(self, pid):
        with contextlib.suppress(OSError):
            os.unlink(f"/tmp/perf-{pid}.map")

    def assert_script(self, recording):
        """Of the time in the script's own functions, and that is most of it."""
        def in_function(name):
            return recording.folded.count(
                lambda frames: any(re.match(rf"\w+:.?{name} .*(work\.js|\[stdin\])", f) for f in frames))

        own = in_function("quarter") + in_function("rest")
        self.assertGreater(own, 0.8 * recording.folded.total(), recording.folded.lines[:5])
        self.assert_share(in_function("quarter") / own, 1 / 4, 5)

    def test_node(self):
        (self.dir / "work.js").write_text(self.SCRIPT)
        recording = self.record("--user-only", "--", self.tool("node"), "--perf-basic-prof",
                                "work.js")
        os.unlink(f"/tmp/perf-{recording.run.values()['pid']}.map")
        self.assert_script(recording)
        plain = self.record("--user-only", "--", self.tool("node"), "work.js")
        pid = plain.run.values()["pid"]
        self.assertRegex(plain.run.err, rf"code that PID {pid} \((node|MainThread)\) made at run "
                                        "time; run node with --perf-basic-prof")

    def test_node_in_namespaces(self):
        """Its pid is 1 or so there, and its /tmp nobody else's."""
        (self.dir / "work.js").write_text(self.SCRIPT)
        recording = self.record(
            "--user-only", "--", "unshare", "-pfm", "--mount-proc", "sh", "-c",
            "mount -t tmpfs none /tmp && node --perf-basic-prof - <work.js; exit $?")
        self.assertLess(recording.run.values()["pid"], 100)
        self.assert_script(recording)

    def test_java(self):
        (self.dir / "Main.java").write_text("""
            public class Main {
                static long quarter(int n) { long x = 1;
                    for (int i = 0; i < n; i++) x = (x * 7 + i) % 1000003; return x; }
                static long rest(int n) { long x = 1;
                    for (int i = 0; i < n; i++) x = (x * 5 + i) % 1000003; return x; }
                public static void main(String[] args) {
                    var cpu = java.lang.management.ManagementFactory.getThreadMXBean();
                    long x = 0;
                    System.out.println("pid=" + ProcessHandle.current().pid());
                    for (;;) {
                        long end = cpu.getCurrentThreadCpuTime() + 50000000;
                        while (cpu.getCurrentThreadCpuTime() < end) x += quarter(100000);
                        end += 150000000;
                        while (cpu.getCurrentThreadCpuTime() < end) x += rest(100000);
                        if (x == 1) System.out.println(x);
                    }
                }
            }""")
        self.run_command(self.tool("javac"), "Main.java", status=0, timeout=120)
        java = self.start(self.tool("java"), "-XX:+UseSerialGC", "Main")
        pid = java.value("pid")
        support.wait_for_cpu(pid, 1)  # compiled by then
        plain = self.record_busy(pid, "--user-only", "-p", pid)
        self.assertIn(f"made at run time; jcmd {pid} Compiler.perfmap", plain.run.err)
        self.addCleanup(self.remove_map, pid)

        def write_map():
            self.run_command(self.tool("jcmd"), pid, "Compiler.perfmap", status=0)
            support.wait_for_cpu(pid, 1)

        folded = self.record_until(write_map, "--user-only", "-p", pid).folded
        own = [sum(count for frames, count in folded.lines
                   if any(re.search(rf"Main(::|\.){name}\b", frame) for frame in frames))
               for name in ("quarter", "rest")]
        self.assertGreater(sum(own), 0.7 * folded.total(), folded.lines[:5])
        self.assert_share(own[0] / sum(own), 1 / 4, 10)


class Go(support.BpfCase):
    PROGRAM = """
        package main
        import ("fmt"; "os"; "strconv"; "time")
        func inlined(x int) int { return x*7 + 3 }
        //go:noinline
        func quarter(n int) (x int) { for i := 0; i < n; i++ { x = inlined(x) % 1000003 }; return }
        //go:noinline
        func rest(n int) (x int) { for i := 0; i < n; i++ { x = (x*5 + i) % 1000003 }; return }
        func until(f func(int) int, part float64) {
            for end := time.Now().Add(time.Duration(part * 1e9)); time.Now().Before(end); {
                f(100000)
            }
        }
        func main() {
            seconds, _ := strconv.ParseFloat(os.Args[1], 64)
            for i := 0; i < 10; i++ {
                until(quarter, seconds/40)
                until(rest, seconds*3/40)
            }
            fmt.Println("done")
        }
        """

    def build(self, name, *flags):
        (self.dir / "work.go").write_text(self.PROGRAM)
        self.run_command("go", "build", "-o", name, *flags, "work.go", status=0, timeout=200,
                         env={"HOME": str(self.dir), "GOFLAGS": "-buildvcs=false"})
        return self.dir / name

    def test_stripped(self):
        full = self.build("full")
        symbols = {re.sub(r"\.abi0$", "", line.split()[2]) for line in
                   self.run_command("nm", full, status=0).out.splitlines()
                   if line.split()[-2] in "tT"}
        for flags in ([], ["-buildmode=pie"]):
            stripped = self.build("stripped", "-ldflags=-s -w", *flags)
            self.assertEqual(self.run_command("nm", stripped).out, "")
            recording = self.record("--user-only", "--", stripped, 1)
            folded = recording.folded
            self.assert_share(folded.share("main.quarter"), 1 / 4, 6)
            self.assert_share(folded.share("main.rest"), 3 / 4, 6)
            self.assertGreater(folded.with_frame("main.inlined"), 0)
            # Every frame of Go has a name, and no name that the symbols of the other do not have.
            names = {frame for frames, _ in folded.lines for frame in frames
                     if frame.startswith(("main.", "runtime.", "time.", "sync"))}
            self.assertLessEqual(names - symbols, {"main.inlined"} | {
                name for name in names if self.is_inlined(full, name)})
            self.assertEqual([frames for frames, _ in folded.lines
                              if any(frame.startswith("[stripped+") for frame in frames)], [])

    def test_all_functions(self):
        """Stripped and not, at the first byte of each function, also as C's linker lays it out."""
        for flags in ([], ["-buildmode=pie"], ["-buildmode=pie", "-ldflags=-linkmode=external"]):
            full = self.build("full", *flags)
            flags[-1:] = [flags[-1] + " -s -w"] if "external" in "".join(flags) else \
                flags[-1:] + ["-ldflags=-s -w"]
            stripped = self.build("stripped", *flags)
            symbols = {}
            for line in self.run_command("nm", full, status=0).out.splitlines():
                address, kind, name = line.split(None, 2) if line[0] != " " else ("", "", "")
                if kind in ("t", "T") and re.match(r"[a-z/]+\.", name):
                    symbols.setdefault(address, set()).add(re.sub(r"\.abi0$", "", name))
            # Marks of the linker, which are no functions.
            for address in [a for a, names in symbols.items()
                            if names <= {"runtime.text", "runtime.etext"}]:
                del symbols[address]
            self.assertGreater(len(symbols), 1000)
            out = self.flametap("symbolize", "-a", "-f", "-i", "-e", stripped,
                                input="\n".join(symbols).encode() + b"\n").out
            # The outermost of what is inlined at an address comes last, before its line.
            names = [answer.splitlines()[-2] for answer in re.split("^0x", out, flags=re.M)[1:]]
            self.assertEqual(len(names), len(symbols))
            # Type arguments and array lengths are "[...]" in Go's own table.
            wrong = [(address, right, name) for (address, right), name in zip(symbols.items(), names)
                     if name not in right and
                     name not in {re.sub(r"\[[^\]]+\]", "[...]", other) for other in right}]
            self.assertEqual(wrong, [])

    def is_inlined(self, full, name):
        """The compiler's own word for a function without code of its own."""
        dump = self.run_command("go", "tool", "objdump", "-s", f"^{re.escape(name)}$", full).out
        return not dump.strip()


class Kernel(support.BpfCase):
    def test_kallsyms_without_addresses(self):
        """As kernel.kptr_restrict=2 shows them to everybody; here only to flametap."""
        text = re.sub(r"^[0-9a-f]{16}", "0" * 16, open("/proc/kallsyms").read(2000000),
                      flags=re.MULTILINE)
        (self.dir / "kallsyms").write_text(text)
        run = self.flametap("cpu", "-o", "out.folded", "--stats", "out.json", "--",
                            support.workload("kernel_work"), 0.4,
                            prefix=("unshare", "-m", "sh", "-c",
                                    'mount --bind kallsyms /proc/kallsyms && exec "$@"', "sh"))
        self.assertIn("flametap: kernel names: hidden by kptr_restrict", run.err)
        self.assertEqual(run.err.count("kernel names"), 1, run.err)
        recording = support.Recording(self.dir, "out", run)
        self.assertGreater(recording.folded.with_frame("[kernel+?]"),
                           0.3 * recording.folded.total())
        causes = recording.stats["unnamed_causes"]
        self.assertGreater(causes["kernel addresses are hidden"], 0.3 * recording.folded.total())


    def test_without_the_capability(self):
        """Root without CAP_SYSLOG, as in a container: the remedy is not a sysctl."""
        with open("/proc/sys/kernel/kptr_restrict") as file:
            if int(file.read()) > 1:
                self.skipTest("kernel.kptr_restrict hides addresses from everybody")
        recording = self.record("--", support.workload("kernel_work"), 0.4,
                                prefix=("setpriv", "--bounding-set=-syslog", "--inh-caps=-syslog"))
        self.assertIn("hidden by kptr_restrict; flametap lacks CAP_SYSLOG", recording.run.err)
        place = recording.stats["unnamed_in"][0]
        self.assertEqual((place["where"], place["cause"]),
                         ("[kernel]", "kernel addresses are hidden"))
        self.assertIn("CAP_SYSLOG", place["remedy"])
        self.assertTrue(any(text.startswith("unnamed: ") and place["remedy"] in text
                            for text in recording.pprof.comments), recording.pprof.comments)
        report = self.flametap("report", recording.path("pb.gz"), "-f", "markdown", "-o", "-").out
        self.assertIn("no names: ", report.split("What falls short")[1])


if __name__ == "__main__":
    support.unittest.main()
