# SPDX-License-Identifier: GPL-2.0-or-later
"""offcpu and wall from the command line: targets, options that choose waits, outputs that agree,
ledgers, ends and exit statuses. What waits are like is in test_offcpu.py."""

import json
import os
import re
import signal
import time

import built
import support
import waiting

WAITS = support.workload("waits")
OFFCPU = [("offcpu", "nanoseconds"), ("blocked", "nanoseconds"), ("runqueue", "nanoseconds"),
          ("waits", "count"), ("queued", "count")]
WALL = [("wall", "nanoseconds"), ("cpu", "nanoseconds"), *OFFCPU, ("samples", "count")]
MS = 1000000


class WaitsCase(support.BpfCase):
    def record_waits(self, verb, *args, status=0):
        self.n_recordings += 1
        name = f"out{self.n_recordings}"
        run = self.flametap(verb, *self.outputs(name), *args, status=status)
        return support.Recording(self.dir, name, run)

    def start_waits(self, *kinds):
        """Processes that wait until they are killed, one for each kind, and their parent."""
        process = self.start(WAITS, "-n", "0", *kinds)
        children = f"/proc/{process.pid}/task/{process.pid}/children"
        end = time.monotonic() + 60
        while True:
            with open(children, encoding="ascii") as file:
                pids = [int(pid) for pid in file.read().split()]
            names = {open(f"/proc/{pid}/comm", encoding="ascii").read().strip(): pid
                     for pid in pids}
            if set(kinds) <= set(names):
                return process, names
            self.assertLess(time.monotonic(), end, names)
            time.sleep(0.005)

    def assert_ledgers_close(self, recording):
        ledgers = recording.stats["ledgers"]
        self.assertTrue(ledgers, recording.run)
        for ledger in ledgers:
            parts = sum(ledger[f"{part}_seconds"] for part in ("on", "blocked", "runqueue"))
            self.assertAlmostEqual(parts, ledger["lived_seconds"], msg=str(ledger),
                                   delta=0.01 * ledger["lived_seconds"] + 1e-6)

    def tids(self, recording):
        return {ledger["tid"] for ledger in recording.stats["ledgers"]}


class Outputs(WaitsCase):
    def test_offcpu(self):
        """Files, figures and ledgers are of one mind, and nothing in them is flametap's own."""
        recording = self.record_waits("offcpu", "-v", "--", WAITS, "-n", "20", "nanosleep", "mutex")
        pprof, stats, run = recording.pprof, recording.stats, recording.run
        self.assertEqual(pprof.sample_types, OFFCPU)
        total = pprof.total("offcpu")
        self.assertEqual(total, pprof.total("blocked") + pprof.total("runqueue"))
        self.assertAlmostEqual(total / 1e9, stats["waits"]["offcpu_seconds"], places=6)
        # Folded stacks are in us, each of them rounded.
        self.assertAlmostEqual(recording.folded.total(), total / 1000,
                               delta=len(recording.folded.lines))
        self.assertAlmostEqual(float(recording.quality["offcpu"].rstrip("s")), total / 1e9,
                               delta=0.006)
        self.assertGreaterEqual(pprof.total("waits"), 40, run)
        self.assertEqual(int(recording.quality["waits"]), stats["waits"]["n"])
        for word in ("accounted", "ledger", "whole", "unnamed", "elapsed"):
            self.assertIn(word, recording.quality)
        for word in ("samples", "covered", "event", "hz", "count"):
            self.assertNotIn(word, recording.quality)
        # What flametap's own child waited for before its exec is counted as left out.
        self.assertNotIn("flametap", recording.folded.roots())
        accounted = stats["waits"]["offcpu_seconds"] + stats["waits"]["filtered_seconds"]
        off = stats["ledger"]["blocked_seconds"] + stats["ledger"]["runqueue_seconds"]
        self.assert_close(accounted, off, 1)
        self.assert_ledgers_close(recording)
        for frames, _ in recording.folded.lines:
            for frame in frames:
                self.assertNotRegex(frame, r"^(bpf_|__bpf_|__traceiter_|__schedule$)", frames)
        self.assertGreater(recording.folded.with_frame("wait_nanosleep"), 0)
        self.assertGreater(recording.folded.with_frame("wait_mutex"), 0)
        # -v: a line of each thread, where "until its end" says that it has ended.
        lines = re.findall(r"(?m)^flametap: ledger: (\S+) \((\d+)\): ([\d.]+) s on the CPU \+ "
                           r"([\d.]+) s blocked \+ ([\d.]+) s run queue of ([\d.]+) s", run.err)
        self.assertEqual({int(tid) for _, tid, *_ in lines}, self.tids(recording))
        self.assertEqual(run.err.count("until its end"),
                         sum(ledger["ended"] for ledger in stats["ledgers"]))

    def test_many_ledgers(self):
        """Of many threads 40 have a line, those that lived longest, and the rest one for all."""
        recording = self.record_waits("offcpu", "-v", "--", "sh", "-c",
                                      "for i in $(seq 60); do /bin/true; done")
        err, ledgers = recording.run.err, recording.stats["ledgers"]
        told = re.findall(r"(?m)^flametap: ledger: \S+ \((\d+)\): .* run queue of ([\d.]+) s", err)
        rest = re.findall(r"(?m)^flametap: ledger: (\d+) more threads: ([\d.]+) s on the CPU \+ "
                          r"([\d.]+) s blocked \+ ([\d.]+) s run queue of ([\d.]+) s: [\d.]+%; "
                          r"the worst is off by [\d.]+%; --stats lists them$", err)
        self.assertGreater(len(ledgers), 60)
        self.assertEqual([len(told), len(rest)], [40, 1], recording.run)
        lived = [float(seconds) for _, seconds in told]
        self.assertEqual(lived, sorted(lived, reverse=True))
        self.assertEqual(int(rest[0][0]), len(ledgers) - 40)
        left = [ledger for ledger in ledgers if str(ledger["tid"]) not in dict(told)]
        self.assertLessEqual(max(ledger["lived_seconds"] for ledger in left), lived[-1] + 0.001)
        for part, told_sum in zip(("on", "blocked", "runqueue", "lived"), rest[0][1:]):
            self.assertAlmostEqual(float(told_sum), delta=0.001, msg=part,
                                   second=sum(ledger[f"{part}_seconds"] for ledger in left))

    def test_wall(self):
        """What runs and what waits, in one file, and no second is in both."""
        recording = self.record_waits(
            "wall", "-F", "499", "--", "sh", "-c",
            "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep 0.2")
        pprof = recording.pprof
        self.assertEqual(pprof.sample_types, WALL)
        self.assertEqual(pprof.total("wall"), pprof.total("cpu") + pprof.total("offcpu"))
        self.assertEqual(pprof.total("samples"), recording.stats["samples"])
        self.assertEqual(int(recording.quality["samples"]), recording.stats["samples"])
        self.assertEqual(int(recording.quality["waits"]), recording.stats["waits"]["n"])
        self.assertGreater(pprof.total("cpu"), 0)
        for sample in pprof.samples:
            self.assertTrue(not sample.values["cpu"] or not sample.values["offcpu"], sample.values)
            self.assertEqual(bool(sample.values["samples"]), bool(sample.values["cpu"]))
        slept = sum(sample.values["offcpu"] for sample in pprof.samples
                    if any("nanosleep" in frame for frame in sample.stack))
        self.assertGreaterEqual(slept, 199 * MS)
        self.assert_ledgers_close(recording)


class Choices(WaitsCase):
    """Options that choose waits. The 10 ms of nanosleep and the 5 ms of mutex are at least that."""

    def record_chosen(self, *options, kinds=("nanosleep", "mutex")):
        return self.record_waits("offcpu", *options, "--", WAITS, "-n", "20", *kinds)

    def blocked(self, recording):
        return [sample for sample in recording.pprof.samples if sample.values["blocked"]]

    def test_at_least(self):
        recording = self.record_chosen("--min-block", "8ms")
        self.assertGreater(recording.folded.with_frame("wait_nanosleep"), 0)
        for sample in recording.pprof.samples:
            # Nobody is preempted for want of what it would block for.
            self.assertNotEqual(sample.labels.get("state"), "R")
        for sample in self.blocked(recording):
            self.assertGreaterEqual(sample.values["blocked"], 8 * MS * sample.values["waits"])
        self.assertGreater(recording.stats["waits"]["filtered_seconds"], 0)

    def test_at_most(self):
        recording = self.record_chosen("--max-block", "8ms")
        # Where the machine is busy it may be preempted there.
        for sample in self.blocked(recording):
            self.assertNotIn("wait_nanosleep", sample.stack)
            self.assertLessEqual(sample.labels["longest"], 8 * MS)
        # 20 naps of 10 ms.
        self.assertGreaterEqual(recording.stats["waits"]["filtered_seconds"], 0.2)

    def test_states(self):
        recording = self.record_chosen("--state", "D,R", kinds=("nanosleep", "vfork"))
        states = {sample.labels["state"] for sample in recording.pprof.samples}
        self.assertLessEqual(states, {"D", "R", "new"})  # R: also who has not run yet
        self.assertIn("D", states)  # who waits for a vforked child is not to be interrupted
        self.assertGreater(recording.folded.with_frame("wait_vfork"), 0)

    def test_rate(self):
        """Each thread gives a wait for each interval of its time off the CPU: what is there before
        the first and is left over at the end is less than one."""
        recording = self.record_chosen("--rate", "99", "--threads", kinds=("nanosleep",))
        off = {ledger["tid"]: ledger["blocked_seconds"] + ledger["runqueue_seconds"]
               for ledger in recording.stats["ledgers"]}
        seen = {}
        for sample in recording.pprof.samples:
            tid = sample.labels["tid"]
            seen[tid] = seen.get(tid, 0) + sample.values["offcpu"] / 1e9
        held = recording.stats["waits"]["filtered_seconds"]
        self.assertTrue(seen)
        for tid, seconds in off.items():
            self.assertLessEqual(seen.get(tid, 0), seconds + 1 / 99 + 0.001, tid)
            self.assertGreaterEqual(seen.get(tid, 0), seconds - 1 / 99 - held - 0.001, tid)
        self.assertGreater(recording.folded.with_frame("wait_nanosleep"), 0)

    def test_rate_counts_what_is_longer_than_an_interval(self):
        """None of 100 naps of one and a half intervals is left out, and each is one wait, although
        every other one stands for two intervals."""
        recording = self.record_waits("offcpu", "--rate", "150", "--", WAITS, "-n", "100",
                                      "nanosleep")
        n = sum(sample.values["waits"] for sample in recording.pprof.samples
                if "wait_nanosleep" in sample.stack)
        self.assertLessEqual(n, 100)
        # Two of which neither switch was to be seen are one.
        self.assertGreaterEqual(n, 95)

    def test_rate_of_those_that_live_for_less_than_an_interval(self):
        """400 naps of a fifth of one: what is seen of them is their sum in the mean. It is left to
        chance; half of it is five times the deviation away."""
        recording = self.record_waits(
            "offcpu", "--rate", "10", "--", "sh", "-c",
            "i=0; while [ $i -lt 400 ]; do sleep 0.02 & i=$((i+1)); done; wait")
        ledger = recording.stats["ledger"]
        off = ledger["blocked_seconds"] + ledger["runqueue_seconds"]
        self.assertGreater(off, 400 * 0.02)
        self.assertGreater(recording.pprof.total("offcpu") / 1e9, off / 2)
        # Not of what they stand for, but of what they were taken of.
        self.assert_close(recording.stats["waits"]["accounted"], 1, 1)
        # From their first moment on, nobody's time goes back: figures have nine digits.
        for ledger in recording.stats["ledgers"]:
            parts = sum(ledger[f"{part}_seconds"] for part in ("on", "blocked", "runqueue"))
            self.assertAlmostEqual(parts, ledger["lived_seconds"], msg=str(ledger),
                                   delta=4e-8 * max(1, ledger["lived_seconds"]))

    def test_what_execve_has_just_mapped(self):
        """Who is to be preempted in execve(2) is at its end: where it goes on is mapped by then."""
        recording = self.record_waits(
            "offcpu", "--", "sh", "-c",
            "i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done")
        if "lost-sideband" in recording.quality:
            self.skipTest("others mapped too much")
        unmapped = sum(value for frames, value in recording.folded.lines
                       if "[incomplete: unmapped address]" in frames)
        self.assertLess(unmapped, 0.02 * recording.folded.total())

    def test_nothing_is_left(self):
        recording = self.record_chosen("--min-block", "1h", kinds=("nanosleep",))
        self.assertEqual(recording.pprof.samples, [])
        self.assertRegex(recording.run.err, r"(?m)^flametap: no waits: of [\d.]+ s off the CPU ")
        self.assertAlmostEqual(float(recording.quality["accounted"].rstrip("%")), 100, delta=1)

    def test_interrupts_end_naps(self):
        """Whom the timer interrupted has no part in it."""
        recording = self.record_chosen("--wakers", kinds=("nanosleep",))
        chains = [frames for frames, _ in recording.folded.lines
                  if "--" in frames and "wait_nanosleep" in frames[:frames.index("--")]]
        self.assertTrue(chains, recording.folded.lines)
        self.assertIn("[interrupt]", [frames[-1] for frames in chains])

    def test_wakers(self):
        recording = self.record_chosen("--wakers", kinds=("pipe",))
        chains = [frames for frames, _ in recording.folded.lines if "--" in frames]
        self.assertTrue(chains)
        for frames in chains:
            self.assertEqual(frames.count("--"), 1)
            self.assertLess(frames.index("--"), len(frames) - 1, frames)
        self.assertTrue(any("wait_pipe" in frames[:frames.index("--")] and
                            frames[-1] == "pipe-writer" for frames in chains), chains)


# Two threads wake each other; what does it is inlined, twice. It stops before it begins.
WAKERS = """
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#define INLINED static inline __attribute__((always_inline))
static int there[2], back[2];
INLINED void put(int fd) { char byte = 0; if (write(fd, &byte, 1) != 1) _exit(1); }
INLINED void get(int fd) { char byte; if (read(fd, &byte, 1) != 1) _exit(1); }
INLINED void give(int fd) { usleep(200); put(fd); }
__attribute__((noinline)) static void turn(int in, int out)
{
	get(in);
	give(out);
	__asm__ volatile("" ::: "memory");
}
static void *answer(void *arg)
{
	for (int i = 0; i < 100; i++)
		turn(there[0], back[1]);
	return arg;
}
int main(void)
{
	pthread_t thread;
	raise(SIGSTOP);
	if (pipe(there) || pipe(back) || pthread_create(&thread, 0, answer, 0))
		return 1;
	put(there[1]);
	for (int i = 0; i < 99; i++)
		turn(back[0], there[1]);
	return pthread_join(thread, 0);
}
"""


class NamedLater(built.Built):
    def chains(self, name):
        """{who waited in `turn`, and who ended that, innermost first, both from there on}."""
        found = set()
        for frames, _ in support.Folded((self.dir / name).read_text()).lines:
            mark = frames.index("--") if "--" in frames else len(frames)
            waiter, waker = frames[:mark], frames[mark + 1:]
            if "read" in "".join(waiter) and "turn" in waiter and "turn" in waker:
                of = [name for name in waker if name in ("put", "give", "turn")]
                found.add((*waiter[waiter.index("turn"):][:2], "--", *of))
        return found

    def record_wakers(self, *options):
        """With the program's tables in the kernel before it begins: without them, a waker's stack is
        not copied, and the program may be over before they are there."""
        target = self.start("./wakers")
        end = time.monotonic() + 60
        while waiting.state_of(target.pid) != "T":
            self.assertLess(time.monotonic(), end, "it does not stop")
            time.sleep(0.002)
        recorder = self.start(support.FLAMETAP, "offcpu", "--wakers", *options, "-d", "inf",
                              "-o", "raw.pb.gz", "-p", target.pid)
        self.wait_for_recording(recorder.pid, recorder)
        os.kill(target.pid, signal.SIGCONT)
        self.assertEqual(recorder.wait(), 0)

    def test_what_is_inlined_in_wakers(self):
        """It is upside down as their stacks are, whoever gives it its name, and when."""
        self.compile("wakers", "gcc", "-g", "-pthread", source=WAKERS)
        for options in ((), ("--no-symbols",)):
            self.record_wakers(*options)
            self.flametap("report", "raw.pb.gz", "-o", "named.folded", "-o", "named.pb.gz")
            self.assertEqual(self.chains("named.folded"),
                             {("turn", "get", "--", "put", "give", "turn")}, options)
            # Names that a file has stay as they are.
            self.flametap("report", "named.pb.gz", "-o", "again.folded", "-o", "again.pb.gz")
            for end in ("folded", "pb.gz"):
                self.assertEqual((self.dir / f"again.{end}").read_bytes(),
                                 (self.dir / f"named.{end}").read_bytes(), options)


class Targets(WaitsCase):
    def test_each_kind(self):
        process, names = self.start_waits("nanosleep", "poll")
        nanosleep, poll = names["nanosleep"], names["poll"]
        for args, inside, outside in (
            (("-p", nanosleep), {nanosleep}, {poll, process.pid}),
            (("-t", f"{poll}"), {poll}, {nanosleep, process.pid}),
            (("-p", process.pid), {process.pid}, {nanosleep, poll}),
            (("-p", process.pid, "--follow"), {process.pid, nanosleep, poll}, {os.getpid()}),
            (("-C", f"@{poll}"), {process.pid, nanosleep, poll}, set()),
            (("-a",), {process.pid, nanosleep, poll, os.getpid()}, set()),
        ):
            with self.subTest(args=args):
                recording = self.record_waits("offcpu", *map(str, args), "-d", "300ms")
                self.assertLessEqual(inside, self.tids(recording), recording.run)
                self.assertFalse(outside & self.tids(recording), recording.run)
                self.assert_ledgers_close(recording)
                if nanosleep in inside:
                    self.assertGreater(recording.folded.with_frame("wait_nanosleep"), 0)
                # Whoever waits all the time is there with all of it.
                if process.pid in inside:
                    waited = sum(sample.values["offcpu"] for sample in recording.pprof.samples
                                 if sample.labels["tid"] == process.pid)
                    self.assertGreaterEqual(waited, 290 * MS)

    def test_its_end_ends_the_recording(self):
        process, names = self.start_waits("nanosleep")
        recorder = self.start(support.FLAMETAP, "offcpu", "-d", "1000", "-p",
                              str(names["nanosleep"]), "-o", "out.folded")
        self.wait_for_recording(recorder.pid, recorder)
        os.kill(names["nanosleep"], signal.SIGKILL)
        self.assertEqual(recorder.wait(), 0)
        self.assertTrue((self.dir / "out.folded").exists())
        process.stop()

    def test_control_c(self):
        _, names = self.start_waits("nanosleep")
        recorder = self.start(support.FLAMETAP, "wall", "-d", "inf", "-p", str(names["nanosleep"]),
                              "-o", "out.folded", "--stats", "out.json")
        self.wait_for_recording(recorder.pid, recorder)
        time.sleep(0.2)
        os.kill(recorder.pid, signal.SIGINT)
        self.assertEqual(recorder.wait(), 0)
        folded = support.Folded((self.dir / "out.folded").read_text())
        self.assertGreater(folded.with_frame("wait_nanosleep"), 0)
        stats = json.loads((self.dir / "out.json").read_text())
        self.assertGreater(stats["waits"]["n"], 0)

    def test_status_of_a_command(self):
        script = self.dir / "script"
        script.write_text("#!/bin/sh\nexit 7\n")
        self.flametap("offcpu", "-o", "out.folded", "--", script, status=126)
        self.assertFalse((self.dir / "out.folded").exists())
        self.flametap("wall", "-o", "out.folded", "--", self.dir / "none", status=127)
        script.chmod(0o755)
        self.flametap("offcpu", "-q", "-o", "out.folded", "--", script, status=7)
        self.assertTrue((self.dir / "out.folded").exists())

    def test_nobody(self):
        run = self.flametap("offcpu", "-p", "4194304", status=1)
        self.assert_one_line(run, "4194304", "no such process")


class Words(WaitsCase):
    def test_quality_that_is_asked_for(self):
        run = self.flametap("offcpu", "--min-quality", "100", "--unwind", "fp", "-o", "out.folded",
                            "--", WAITS, "-n", "3", "nanosleep", status=None)
        self.assertIn(run.status, (0, 1))
        words = support.quality_words(run.err)
        self.assertEqual(run.status, 0 if words["whole"] == "100.0%" else 1, run)

    def test_the_file_says_how_good_it_is(self):
        recording = self.record_waits("offcpu", "--", "sleep", "0.01")
        self.assertIn("quality: " + re.search(r"(?m)^flametap: quality: (.*)$",
                                              recording.run.err)[1], recording.pprof.comments)
        run = self.flametap("report", recording.path("pb.gz"), "-o", "again.folded")
        self.assertEqual((self.dir / "again.folded").read_bytes(),
                         recording.path("folded").read_bytes(), run)
