# SPDX-License-Identifier: GPL-2.0-or-later
"""Stock programs, each doing a fixed amount of work: how many of their stacks are whole, what is
written, and what it costs, with flametap, `perf record -g` and `perf record --call-graph dwarf`.
Prints a Markdown table; $FLAMETAP_STOCK_ONLY is a part of the names of the programs to run."""

import bisect
import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from bench import FLAMETAP, PERF, Failed

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "e2e"))
import support  # noqa: E402
import whole  # noqa: E402

TITLE = "whole stacks of stock programs"
NOTE = ("a fixed amount of work each, 999 Hz: the share of samples whose outermost function is one "
        "where stacks begin, the size of the recording, and the work's CPU time beside that without "
        "a profiler (the least of all rounds, both)")
HZ = 999
TOOLS = ("nothing", "flametap", "perf -g", "perf dwarf")

FIB_JS = """
function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) }
for (let i = 0; i < 6000; i++) { f(22); JSON.parse(JSON.stringify({a: [1, 2, 'x'.repeat(1000)]})) }
console.log('pid=' + process.pid)
"""
JAVA = """
public class Main {
    static long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
    public static void main(String[] args) {
        long x = 0;
        for (int j = 0; j < 1000; j++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 1000; i++) text.append(fib(i % 15));
            x += text.toString().hashCode();
        }
        System.out.println(x);
    }
}
"""
C_FUNCTION = """int f%d(int *a, int n) { int s = %d; for (int i = 0; i < n; i++) { switch (a[i] & 7) {
 case 1: s += a[i] * 3; break; case 2: s ^= a[i] << 3; break; case 5: s -= i; break;
 default: s += 7; } if (s < 0) s = -s %% 1000; } return s; }
"""


class Program:
    """What to run and the stripped files in which its stacks may begin."""

    def __init__(self, name, argv, files=()):
        self.name, self.argv = name, [str(arg) for arg in argv]
        self.entries = whole.entries(*files)


def write_text(path, n_bytes):
    """Lines of words in no order."""
    state, lines = 1, []
    for _ in range(20000):
        words = []
        for _ in range(8):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            words.append(f"{state >> 40:x}")
        lines.append(" ".join(words))
    block = "\n".join(lines) + "\n"
    path.write_text((block * (n_bytes // len(block) + 1))[:n_bytes])
    return path


def programs(directory):
    """Each that is installed; about two seconds of CPU time."""
    def tool(name):
        return os.path.realpath(shutil.which(name))

    def has(*names):
        return all(shutil.which(name) for name in names)

    python, gcc = os.path.realpath("/usr/bin/python3"), tool("gcc")
    yield Program("python3, a loop", [python, "-c", "x = 0\nfor i in range(16000000): x += i * i"],
                  [python])
    yield Program("python3, json", [python, "-c", "import json\nd = [{'a': i, 'b': str(i) * 3, "
                                    "'c': [i] * 5} for i in range(2000)]\n"
                                    "for i in range(200): json.loads(json.dumps(d))"], [python])
    if has("perl"):
        yield Program("perl", [tool("perl"), "-e", "for (1..90) { my %h; $h{$_ % 1000} .= $_ for "
                               "1..20000; join ',', sort map { s/1/x/gr } values %h }"],
                      [tool("perl")])
    text = write_text(directory / "text", 80 << 20)
    small = write_text(directory / "small", 24 << 20)
    if has("xz"):
        tiny = write_text(directory / "tiny", 2 << 20)
        yield Program("xz -9", [tool("xz"), "-9", "-k", "-f", "-T1", tiny], [tool("xz")])
    yield Program("sort", [tool("sort"), "--parallel=1", "-o", directory / "sorted", text],
                  [tool("sort")])
    (directory / "large.c").write_text("".join(C_FUNCTION % (i, i) for i in range(220)))
    cc1 = subprocess.run([gcc, "-print-prog-name=cc1"], capture_output=True, text=True,
                         check=True).stdout.strip()
    yield Program("gcc -O2 (cc1)", [gcc, "-O2", "-c", "-o", directory / "large.o",
                                    directory / "large.c"], [gcc, cc1, tool("as")])
    (directory / "large.s").write_text("".join(
        f"l{i}: mov {i % 512}(%rsp), %rax\nadd $l{i % 97}-l0, %ebx\n" for i in range(600000)))
    yield Program("as", [tool("as"), "-o", directory / "large.o", directory / "large.s"],
                  [tool("as")])
    if has("openssl"):
        yield Program("openssl speed", [tool("openssl"), "speed", "-seconds", "1", "-bytes",
                                        "16384", "sha256", "aes-256-cbc"], [tool("openssl")])
    if has("node"):
        yield Program("node", [tool("node"), "--perf-basic-prof", "--interpreted-frames-native-stack",
                               "-e", FIB_JS], [tool("node")])
    if has("java", "javac"):
        (directory / "Main.java").write_text(JAVA)
        subprocess.run(["javac", "Main.java"], cwd=directory, check=True)
        java = [tool("java"), "-XX:+UseSerialGC"]
        yield Program("java", [*java, "Main"], [java[0]])
        yield Program("java, PreserveFramePointer", [*java, "-XX:+PreserveFramePointer", "Main"],
                      [java[0]])
    if has("go"):
        (directory / "main.go").write_text(support.GO)
        subprocess.run(["go", "build", "-o", "program", "main.go"], cwd=directory, check=True,
                       env=dict(os.environ, GOCACHE=str(directory / "cache"), HOME=str(directory),
                                GOFLAGS="-modcacherw"))
        yield Program("Go", [directory / "program", "2500"])
    if has("rg"):
        yield Program("ripgrep", [tool("rg"), "-c", "-j1", r"(\w+f\w*) (\w*[0-9]a){1,3}",
                                  *[text] * 5], [tool("rg")])
    yield Program("cat, gzip, gzip -d, wc", ["/bin/sh", "-c", f"cat {small} | gzip -6 | gzip -d | wc"],
                  [tool("gzip"), tool("cat"), tool("wc"), os.path.realpath("/bin/sh")])


def folded_share(path, entries):
    """Whole and all user stacks of a folded file with annotated kernel frames."""
    folded = support.Folded(path.read_text(errors="surrogateescape"))
    lines = []
    for frames, count in folded.lines:
        user = [re.sub(r"_\[[ijw]\]$", "", frame) for frame in frames if not frame.endswith("_[k]")]
        lines.append((user if len(user) > 1 else [frames[0], "[kernel]"], count))
    folded.lines = lines
    shares = whole.Shares(folded, entries)
    return shares.whole, shares.total


class PerfShares:
    """The same of what `perf script` prints: samples with a line for each frame, leaf first, of
    which user ones have the offset in their file."""

    def __init__(self, entries):
        self.entries = entries
        self.whole = self.total = 0
        self.starts = {}
        self.last = None  # offset, name and file of the outermost frame so far

    def line(self, line):
        frame = re.match(r"\s+([0-9a-f]+) (.*) \((.*)\)$", line)
        if frame:
            self.last = (int(frame[1], 16), frame[2].split("@")[0], frame[3])
        elif self.last:
            if not self.last[2].startswith("[kernel"):
                self.total += 1
                self.whole += self.last[1] in self.entries or self.is_entry(*self.last)
            self.last = None

    def is_entry(self, offset, _name, path):
        place = f"[{os.path.basename(path)}+0x"
        if path not in self.starts:
            self.starts[path] = sorted(whole.function_starts(path)) if is_elf(path) else []
        i = bisect.bisect_right(self.starts[path], offset)
        return f"{place}{offset:x}]" in self.entries or (
            i > 0 and f"{place}{self.starts[path][i - 1]:x}]" in self.entries)


def is_elf(path):
    """And no perf map, nor [vdso]."""
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"\x7fELF"
    except OSError:
        return False


def perf_share(directory, entries):
    shares = PerfShares(entries)
    script = subprocess.Popen([PERF, "script", "--no-inline", "-i", directory / "perf.data", "-F",
                               "comm,pid,ip,sym,dso"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, errors="surrogateescape")
    for line in script.stdout:
        shares.line(line.rstrip("\n"))
    script.wait()
    shares.line("")
    return shares.whole, shares.total


def run_timed(bench, argv, own):
    """Runs a command; its output, and the CPU seconds that it (own) or what it ran has used. A
    shell between that measures would be another program on the stacks."""
    process = bench.start(*argv)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = [int(ticks) for ticks in fields[11:15]]  # user, system, and those of waited children
    finished = process.wait()
    if finished.status:
        raise Failed(f"{argv[0]}: status {finished.status}: {finished.out.strip()[-300:]}")
    # openssl speed works for a time, not for an amount: it counts as a fixed number of blocks.
    done = re.findall(r"^Doing .*: (\d+) \S+ in ([\d.]+)s$", finished.out, re.MULTILINE)
    if done:
        return finished.out, sum(1e5 * float(seconds) / int(n) for n, seconds in done)
    return finished.out, sum(ticks if own else ticks[2:]) / os.sysconf("SC_CLK_TCK")


def measure(bench, directory, program, tool):
    """CPU seconds, whole, all, bytes."""
    if tool == "nothing":
        out, seconds = run_timed(bench, program.argv, True)
        share, size = (0, 1), 0
    elif tool == "flametap":
        out, seconds = run_timed(bench, [FLAMETAP, "cpu", "-q", "-e", "cpu-clock", "-F", HZ, "-o",
                                         "a.pb.gz", "--annotate", "-o", "a.folded", "--",
                                         *program.argv], False)
        share = folded_share(directory / "a.folded", program.entries)
        size = (directory / "a.pb.gz").stat().st_size
    else:
        graph = ["-g"] if tool == "perf -g" else ["--call-graph", "dwarf"]
        # Reading build-ids from the files ends perf 6.1 now and then.
        out, seconds = run_timed(bench, [PERF, "record", "-q", "--buildid-mmap", "-e", "cpu-clock",
                                         "-F", HZ, *graph, "-o", "perf.data", "--",
                                         *program.argv], False)
        share = perf_share(directory, program.entries)
        size = (directory / "perf.data").stat().st_size
        os.unlink(directory / "perf.data")
    for pid in re.findall(r"^pid=(\d+)$", out, re.MULTILINE):  # node's
        Path(f"/tmp/perf-{pid}.map").unlink(missing_ok=True)
    if not share[1]:
        raise Failed(f"{tool}: no user stacks")
    return seconds, *share, size


HEAD = ("| | whole: flametap | perf -g | perf dwarf | written: flametap | perf -g | perf dwarf "
        "| CPU time | with flametap | perf -g | perf dwarf |\n|---" + "|--:" * 10 + "|")


class Row:
    """A program's line of the table, under its head if it is the first one."""

    def __init__(self, first, program, results):
        self.text = HEAD if first else ""
        good = {tool: [run for run in runs if run] for tool, runs in results.items()}
        if not good["nothing"]:
            return
        base = min(run[0] for run in good["nothing"])
        shares, sizes, costs = [], [], []
        for tool in TOOLS[1:]:
            runs = good[tool]
            if not runs:
                for cells in (shares, sizes, costs):
                    cells.append("-")
                continue
            shares.append(f"{100 * sum(run[1] for run in runs) / sum(run[2] for run in runs):.1f} %")
            sizes.append(size_text(statistics.median(run[3] for run in runs)))
            costs.append(f"{100 * (min(run[0] for run in runs) / base - 1):+.1f} %")
        cells = [program.name, *shares, *sizes, f"{base:.2f} s", *costs]
        self.text += ("\n" if first else "") + "| " + " | ".join(cells) + " |"

    def show(self):
        print(self.text, flush=True)


def size_text(n_bytes):
    return f"{n_bytes / 1024:.0f} KB" if n_bytes < 1 << 20 else f"{n_bytes / (1 << 20):.1f} MB"


def run(bench):
    if not PERF:
        raise Failed("perf is not installed; run: scripts/setup bench")
    directory = Path(bench.dir)
    first = True
    only = os.environ.get("FLAMETAP_STOCK_ONLY")
    for program in programs(directory):
        if only and only not in program.name:
            continue
        yield Row(first, program, bench.interleave(
            {tool: lambda tool=tool: measure(bench, directory, program, tool) for tool in TOOLS}))
        first = False
