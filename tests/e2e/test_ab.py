# SPDX-License-Identifier: GPL-2.0-or-later
"""flametap ab: pairs of runs in balanced order, each with its exact CPU time and a profile; what
ends it, and how it goes on. Nothing here depends on how long anything takes."""

import contextlib
import gzip
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time

import jsonschema

import pprof
import schemas
import support

# Root without its rights: files are its own, and BPF is not to be had. Runs take milliseconds.
NO_RIGHTS = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")
NOBODY = 65534

# Prints what it has used of the CPU itself, children included, and is gone.
BURN = """
import os, resource, sys
def burn(): sum(i * i for i in range(int(sys.argv[1])))
burn()
for _ in range(int(sys.argv[2])):
    child = os.fork()
    if not child:
        burn()
        os._exit(0)
    os.waitpid(child, 0)
used = 0
for who in resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN:
    usage = resource.getrusage(who)
    used += usage.ru_utime + usage.ru_stime
print(f"used={used:.6f}", flush=True)
os._exit(0)
"""

# Each run adds a line to the file `log`; run STOP does what the last argument says.
STEP = """#!/bin/sh
echo "$1" >> log
test "$(wc -l < log)" = "$2" || exit 0
read _ _ _ parent _ < /proc/$PPID/stat
case $3 in
kill) kill -9 $parent ;;
interrupt) kill -INT $parent; exec sleep 600 ;;
fail) echo first >&2; echo "out of $1" >&2; exit 7 ;;
esac
"""


def sessions_of(sid):
    """Processes of this session that have not ended."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = path.read_text().rpartition(")")[2].split()
            if int(words[3]) == sid and words[0] not in "ZX":
                found.append(path.parent.name)
    return found


class Ab(support.Case):
    def setUp(self):
        super().setUp()
        if support.machine_lacks():
            self.prefix = ()
        else:
            self.prefix = NO_RIGHTS

    def script(self, name, text):
        path = self.dir / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def ab(self, *args, base="true", head="true", out="ab", prefix=None, **options):
        prefix = self.prefix if prefix is None else prefix
        return self.flametap("ab", "--base", base, "--head", head, "-o", out, *args, prefix=prefix,
                             **options)

    def manifest(self, out="ab"):
        return schemas.read_manifest(self.dir / out / "manifest.json")

    def counted(self, manifest):
        return [run for run in manifest["runs"] if not run["warm_up"]]

    def refuse(self, *args, words=(), **options):
        run = self.ab(*args, status=2, **options)
        self.assert_one_line(run, *words)
        return run


class Plan(Ab):
    def test_order(self):
        """Balanced within each look, and runs follow it."""
        self.ab("--pairs", 4, "--max-pairs", 10, "--seed", 7)
        manifest = self.manifest()
        order = manifest["order"]
        self.assertEqual(len(order), 20)
        pairs = [tuple(order[i:i + 2]) for i in range(0, 20, 2)]
        for block in (pairs[:4], pairs[4:]):
            self.assertEqual(sorted(block), sorted([("base", "head"), ("head", "base")]
                                                   * (len(block) // 2)))
        runs = self.counted(manifest)
        self.assertEqual([run["side"] for run in runs], order[:8])
        self.assertEqual([run["pair"] for run in runs], [0, 0, 1, 1, 2, 2, 3, 3])
        self.assertEqual([run["number"] for run in manifest["runs"]], list(range(10)))
        self.assertEqual([run["side"] for run in manifest["runs"] if run["warm_up"]],
                         ["base", "head"])
        started = [run["started"] for run in manifest["runs"]]
        self.assertEqual(started, sorted(started))
        self.assertEqual((manifest["first_pairs"], manifest["max_pairs"]), (4, 10))
        self.assertEqual(manifest["seed"], "7")

    def test_seed(self):
        """The same one, the same order; none, one that is printed and kept."""
        orders = []
        for out, seed in (("a", 11), ("b", 11), ("c", 12)):
            self.ab("--pairs", 16, "--seed", seed, "--warm-up", 0, out=out)
            orders.append(self.manifest(out)["order"])
        self.assertEqual(orders[0], orders[1])
        self.assertNotEqual(orders[0], orders[2])
        run = self.ab("--pairs", 2, out="d")
        printed = re.search(r"--seed (\d+)$", run.err.splitlines()[0])
        self.assertEqual(self.manifest("d")["seed"], printed[1])

    def test_each_runs_its_command(self):
        """As typed: plain words, and what a shell understands; in the directory, with the
        environment that there is."""
        self.script("say", '#!/bin/sh\necho "$# $1 $2" >> "$OUT"; pwd >> "$OUT"\n')
        self.ab("--pairs", 2, "--warm-up", 0, base="./say a b", head="./say 'a  b' $((1 + 1)) && :",
                env={"OUT": "said"})
        lines = (self.dir / "said").read_text().splitlines()
        self.assertEqual(sorted(lines[::2]), ["2 a  b 2"] * 2 + ["2 a b"] * 2)
        self.assertEqual({os.path.realpath(line) for line in lines[1::2]},
                         {os.path.realpath(self.dir)})
        self.assertEqual(self.manifest()["head"], {"shell": "./say 'a  b' $((1 + 1)) && :"})

    def test_machine_and_environment(self):
        self.ab("--pairs", 2, base="A=1 B=2 true", head="B=2 A=3 C=x true")
        manifest = self.manifest()
        uname = os.uname()
        self.assertIn(uname.release, manifest["machine"]["kernel"])
        self.assertEqual(manifest["machine"]["n_cpus"], str(os.cpu_count()))
        for word in ("cpu_model", "governor", "memory"):
            self.assertTrue(manifest["machine"][word], word)
        self.assertNotIn(uname.nodename, json.dumps(manifest["machine"]).split())
        self.assertNotIn("host", manifest["machine"])
        self.assertEqual(manifest["environment"], {"A": {"base": "1", "head": "3"},
                                                   "C": {"base": "", "head": "x"}})
        self.ab("--pairs", 2, "--with-cmdline", out="named")
        self.assertEqual(self.manifest("named")["machine"]["host"], uname.nodename)

    def test_pin(self):
        cpu = max(os.sched_getaffinity(0))
        self.script("where", "#!/bin/sh\ngrep Cpus_allowed_list /proc/self/status >> where.txt\n")
        self.ab("--pairs", 2, "--pin", cpu, base="./where", head="./where")
        self.assertEqual(set((self.dir / "where.txt").read_text().split()[1::2]), {str(cpu)})
        self.assertEqual(self.manifest()["pin"], str(cpu))
        self.refuse("--pin", "60000", out="x", words=["--pin 60000", "not there"])

    def test_progress_on_a_terminal(self):
        """One line that is rewritten, and nothing is left of it."""
        main, other = pty.openpty()
        shown = []

        def read():
            while True:
                try:
                    piece = os.read(main, 65536)
                except OSError:  # the other end is closed
                    return
                if not piece:
                    return
                shown.append(piece)

        reader = threading.Thread(target=read)
        reader.start()
        argv = [*self.prefix, str(support.FLAMETAP), "ab", "--base", "true", "--head", "true"]
        done = subprocess.run([*argv, "--pairs", "2", "-o", "ab"], cwd=self.dir, stderr=other,
                              timeout=120, check=False)
        os.close(other)
        reader.join()
        os.close(main)
        self.assertEqual(done.returncode, 0)
        text = b"".join(shown).decode()
        for line in ("run 1 of 6 (warm-up, base)", "run 3 of 6 (pair 1, ", "run 6 of 6 (pair 2, "):
            self.assertIn("\r\033[K" + line, text)
        self.assertRegex(text, r"run 6 of 6 \(pair 2, (base|head)\), \d+:\d\d left\r\033\[K")
        self.assertNotIn("s of CPU time", text)

    def test_verbose(self):
        """More of each run; --quiet is stronger."""
        run = self.ab("--pairs", 2, "-v")
        self.assertEqual(len(re.findall(r"(?m)^flametap:   load \d+\.\d\d", run.err)), 6, run)
        self.ab("--pairs", 2, "-v", "-q", out="quiet")

    def test_quiet(self):
        run = self.ab("--pairs", 2, "-q", prefix=())
        self.assertEqual((run.out, run.err), ("", ""), run)


class Ends(Ab):
    def step(self, stop, what):
        self.script("step", STEP)
        return {"base": f"./step base {stop} {what}", "head": f"./step head {stop} {what}"}

    def log(self):
        return (self.dir / "log").read_text().split()

    def assert_complete(self, manifest, n_pairs):
        runs = self.counted(manifest)
        self.assertEqual([run["side"] for run in runs], manifest["order"][:2 * n_pairs])
        self.assertEqual([run["pair"] for run in runs], [i // 2 for i in range(2 * n_pairs)])
        self.assertEqual({run["status"] for run in runs}, {0})

    def test_killed(self):
        """kill -9 in the second run of the third pair: that pair is done again, no other."""
        commands = self.step(6, "kill")
        words = ("--pairs", 4, "--max-pairs", 4, "--seed", 3, "--warm-up", 0)
        self.ab(*words, **commands, status=-signal.SIGKILL, prefix=self.prefix)
        before = self.manifest()
        self.assertEqual(len(before["runs"]), 5)
        self.assertEqual(self.log(), before["order"][:6])
        run = self.ab(*words, **commands)
        self.assertIn("2 pairs are there", run.err)
        after = self.manifest()
        self.assert_complete(after, 4)
        self.assertEqual(after["runs"][:4], before["runs"][:4])
        self.assertEqual(self.log()[6:], after["order"][4:8])
        # Nothing is left to do.
        self.ab(*words, **commands)
        self.assertEqual(len(self.log()), 10)
        self.assertEqual(self.manifest(), after)

    def test_second_look(self):
        """As gate says when it needs more pairs: the same words go on to those, and no further."""
        words = ("--pairs", 2, "--max-pairs", 3, "--warm-up", 0)
        for n_pairs in 2, 3, 3:
            self.ab(*words)
            self.assert_complete(self.manifest(), n_pairs)

    def test_interrupted(self):
        """The command is ended, too, and its run does not count."""
        commands = self.step(3, "interrupt")
        words = ("--pairs", 2, "--warm-up", 0)
        run = self.ab(*words, **commands, status=2, timeout=60)
        self.assertIn("interrupted with 1 pairs; the same words go on", run.err)
        self.assertEqual(len(self.manifest()["runs"]), 2)
        self.ab(*words, **commands)
        self.assert_complete(self.manifest(), 2)

    def test_failed(self):
        """Its last words are told, and kept; the run is in the manifest."""
        commands = self.step(4, "fail")
        words = ("--pairs", 2, "--warm-up", 1, "--seed", 5)
        run = self.ab(*words, "-q", **commands, status=2)
        side = self.manifest()["order"][1]
        self.assertEqual(run.err.splitlines()[-1],
                         f"flametap: run 3 ({side}) ended with status 7: out of {side}; see "
                         f"ab/runs/003-{side}.stderr")
        self.assertEqual((self.dir / f"ab/runs/003-{side}.stderr").read_text(),
                         f"first\nout of {side}\n")
        self.assertEqual([run["status"] for run in self.manifest()["runs"]], [0, 0, 0, 7])
        self.assertEqual(list((self.dir / "ab/runs").glob("*.stderr")),
                         [self.dir / f"ab/runs/003-{side}.stderr"])
        self.ab(*words, **commands)
        self.assert_complete(self.manifest(), 2)

    def test_killed_by_a_signal(self):
        run = self.ab("--pairs", 2, "-q", head="kill -SEGV $$", status=2)
        self.assertIn(f"status {128 + signal.SIGSEGV}", run.err.splitlines()[-1])

    def test_no_such_command(self):
        run = self.ab("-q", head="./missing", status=2)
        self.assertEqual(run.err.splitlines()[-1], "flametap: ./missing: No such file or directory")
        self.assertEqual([run["status"] for run in self.manifest()["runs"]], [0, 127])

    def test_other_words(self):
        """What the runs depend on must be as it was."""
        words = {"--pairs": 2, "--max-pairs": 4, "--seed": 9, "--warm-up": 0}

        def flat(changed):
            return [str(word) for pair in (words | changed).items() for word in pair]

        self.ab(*flat({}))
        for changed, told in (({"--pairs": 3}, "--pairs 2, and this is 3"),
                              ({"--max-pairs": 5}, "--max-pairs 4"),
                              ({"--seed": 10}, "--seed 9"),
                              ({"--warm-up": 1}, "warm_up 0"),
                              ({"--pin": min(os.sched_getaffinity(0))}, "--pin (none)"),
                              ({"--ops-from": "n=(.)"}, "--ops-from (none)"),
                              ({"-F": 99}, "frequency 999"),
                              ({"-e": "task-clock"}, "event cpu-clock"),
                              ({"--unwind": "fp"}, "unwind auto")):
            with self.subTest(changed):
                self.refuse(*flat(changed), words=["ab: was begun with", told])
        self.refuse(*flat({}), base="true -x", words=["--base true, and this is true -x"])
        # Another machine.
        path = self.dir / "ab/manifest.json"
        path.write_text(re.sub(r'"cpu_model": "[^"]*"', '"cpu_model": "another"', path.read_text()))
        self.refuse(*flat({}), words=["cpu_model another"])

    def test_directories(self):
        (self.dir / "full").mkdir()
        (self.dir / "full/file").touch()
        self.refuse(out="full", words=["full: is not empty"])
        self.refuse(out="full/file", words=["full/file: is no directory"])
        self.refuse(out="not/there", words=["not/there"])
        # Of a flametap that was killed early, and what is not its own.
        (self.dir / "begun/runs").mkdir(parents=True)
        self.ab("--pairs", 2, out="begun")
        (self.dir / "other/runs").mkdir(parents=True)
        (self.dir / "other/runs/file").touch()
        self.refuse(out="other", words=["other: is not empty"])
        (self.dir / "empty").mkdir()
        self.ab("--pairs", 2, out="empty")
        for damage in ("", "{", '{"flametap": 1}', "[]"):
            (self.dir / "empty/manifest.json").write_text(damage)
            self.refuse("--pairs", 2, out="empty", words=["empty/manifest.json"])

    def test_schema_refuses(self):
        """What ab would not write."""
        self.ab("--pairs", 2)
        good = self.manifest()
        for change in ({"format": 2}, {"seed": 1}, {"more": 1}, {"order": ["base", "other"] * 2},
                       {"runs": [good["runs"][0] | {"file": "../000-base.pb.gz"}]},
                       {"runs": [good["runs"][0] | {"cpu_ns": -1}]},
                       {"runs": [{"number": 0}]}, {"base": {"argv": []}}):
            with self.subTest(change):
                (self.dir / "ab/manifest.json").write_text(json.dumps(good | change))
                with self.assertRaises(jsonschema.ValidationError):
                    self.manifest()

    def test_two_at_once(self):
        self.script("again", f"#!/bin/sh\n{support.FLAMETAP} ab --base true --head true --pairs 2 "
                             "-o ab 2> second.txt; echo $? >> second.txt\n")
        self.ab("--pairs", 2, "--warm-up", 0, base="./again")
        self.assertRegex((self.dir / "second.txt").read_text(),
                         r"^flametap: ab: another flametap is at work in it[^\n]*\n2\n$")


class Commands(Ab):
    """Commands that behave badly; each way to run them, with profiles and without."""

    def test_standard_descriptors(self):
        """Nothing comes in, what goes out is nobody's, however much it is."""
        self.script("talks", '#!/bin/sh\ncat > in.txt\nls -l /proc/self/fd > fds.txt\n'
                             "head -c 5000000 /dev/zero\nhead -c 5000000 /dev/zero >&2\n")
        run = self.ab("--pairs", 2, base="./talks", input=b"for nobody")
        self.assertEqual((run.out, len(run.err) < 2000), ("", True), run)
        self.assertEqual((self.dir / "in.txt").read_bytes(), b"")
        fds = {line.split()[-1] for line in (self.dir / "fds.txt").read_text().splitlines()[1:]}
        self.assertLessEqual({name.rpartition("/")[2] for name in fds},
                             {"null", "fds.txt", "fd"} | {f"{n:03}-base.stderr" for n in range(6)})
        self.assertEqual(list((self.dir / "ab/runs").glob("*.std*")), [])

    def left(self):
        """Its processes that are there, by what they print of themselves."""
        pids = (self.dir / "pids").read_text().split()
        return [pid for pid in pids if os.path.exists(f"/proc/{pid}")]

    def check_daemons(self, prefix):
        """Whoever outlives the command is left alone, and told of; who has ended is counted."""
        self.script("starts", '#!/bin/sh\n(sh -c \'echo $$ >> pids; exec sleep 600\' '
                              '> /dev/null 2>&1 &)\nwhile ! test -s pids; do sleep .01; done\n')
        try:
            run = self.ab("--pairs", 2, "--warm-up", 0, head="./starts", prefix=prefix, timeout=120)
            self.assertEqual(run.err.count("of the processes that it started live on"), 1, run)
            self.assertRegex(run.err, r"run \d \(head\): 1 of the processes")
            self.assertGreaterEqual(len(self.left()), 1)
        finally:
            for pid in self.left():
                os.kill(int(pid), signal.SIGKILL)

    def test_daemons(self):
        self.check_daemons(self.prefix)

    def test_orphans_are_counted(self):
        """A process that nobody waits for uses CPU time and ends before the command."""
        (self.dir / "burn.py").write_text(BURN)
        python = f"{os.path.realpath(sys.executable)} -S -E burn.py"
        # What has ended has no program any more, whoever reaps it.
        self.script("orphans", f"""#!/bin/sh
rm -f said pid
(sh -c 'echo $$ > pid; exec {python} 1000000 0' > said &)
until grep -qs used said; do sleep .01; done
while readlink /proc/$(cat pid)/exe; do sleep .01; done
cat said
""")
        self.ab("--pairs", 2, "--warm-up", 0, "--ops-from", "used=([0-9.]+)", base="./orphans",
                head="./orphans", timeout=120)
        for run in self.manifest()["runs"]:
            self.assertGreaterEqual(run["cpu_ns"], run["operations"] * 0.98e9, run)

    def check_sent_signal(self, prefix):
        """SIGTERM to flametap alone: of what the command has started nothing is left."""
        self.script("tree", '#!/bin/sh\nsh -c \'echo $$ >> pids; sleep 600 & echo $! >> pids; wait\'\n'
                            ":\n")
        argv = [*prefix, str(support.FLAMETAP), "ab", "--base", "./tree", "--head", "./tree", "-o", "ab"]
        process = self.start(*argv)
        end = time.monotonic() + 60
        while not (self.dir / "pids").exists() or len(self.left()) < 2:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), 2)
        self.assertIn(b"interrupted with 0 pairs", process.out)
        self.assertEqual(self.left(), [])
        self.assertEqual(list((self.dir / "ab/runs").iterdir()), [])

    def test_sent_signal(self):
        self.check_sent_signal(self.prefix)


class Operations(Ab):
    def test_from_the_output(self):
        """The last match of a run, and the output is kept."""
        run = self.ab("--pairs", 2, "--ops-from", "did ([0-9.]+k?)", base="echo did 1, did 12",
                      head="echo did 1.5k")
        manifest = self.manifest()
        self.assertEqual({(run["side"], run["operations"]) for run in manifest["runs"]},
                         {("base", 12), ("head", 1500)})
        self.assertEqual(manifest["operations_from"], "did ([0-9.]+k?)")
        self.assertEqual((self.dir / "ab/runs/001-head.stdout").read_text(), "did 1.5k\n")
        self.assertEqual(run.out, "")

    def test_long_output_is_cut_to_its_end(self):
        self.ab("--pairs", 2, "--warm-up", 0, "--ops-from", "([0-9]+) done",
                base="seq 400000; echo 5 done", head="echo 5 done")
        outputs = sorted((self.dir / "ab/runs").glob("*-base.stdout"))
        self.assertEqual([path.stat().st_size for path in outputs], [1 << 20] * 2)
        self.assertTrue(outputs[0].read_text().endswith("\n400000\n5 done\n"))

    def test_from_a_file(self):
        self.ab("--pairs", 2, "--ops-from", "ops.txt", base="echo 20 > ops.txt",
                head="echo 30 > ops.txt")
        self.assertEqual({(run["side"], run["operations"]) for run in self.manifest()["runs"]},
                         {("base", 20), ("head", 30)})

    def test_that_are_not_there(self):
        """No run counts whose operations are not known."""
        for n, (what, base, told) in enumerate((
                ("did ([0-9]+)", "echo did nothing", "nowhere"),
                ("did (.*)", "echo did nothing", '"nothing" is no number'),
                ("did ([0-9]+)", "echo did 0", '"0" is no number'),
                ("ops.txt", "true", "ops.txt: No such file"),
                ("./stale.txt", "true", "stale.txt: is as it was"),
                ("ops.txt", "echo many > ops.txt", "holds no number"))):
            with self.subTest(told):
                (self.dir / "stale.txt").write_text("5\n")
                run = self.ab("-q", "--ops-from", what, base=base, out=f"ab{n}", status=2)
                self.assertIn("--ops-from: run 0 (base)", run.err.splitlines()[-1])
                self.assertIn(told, run.err.splitlines()[-1])
                (only,) = self.manifest(f"ab{n}")["runs"]
                self.assertEqual((only["status"], only["operations"]), (0, 0))


class Usage(Ab):
    def test_wrong(self):
        for args, words in (
                ((), ["no command of the base"]),
                (("--base", "a"), ["no command of the head"]),
                (("--base", "a", "--head", "b"), ["no directory"]),
                (("--base", " ", "--head", "b"), ["--base", "is empty"]),
                (("--base", "a", "--base", "b"), ["--base b", "was there already"]),
                (("--pairs", 1), ["--pairs 1", "from 2"]),
                (("--pairs", "x"), ["--pairs x"]),
                (("--seed", -1), ["--seed -1"]),
                (("--warm-up", 1000), ["--warm-up 1000"]),
                (("--base", "a", "--head", "b", "--pairs", 8, "--max-pairs", 4, "-o", "d"),
                 ["--max-pairs 4", "fewer than --pairs 8"]),
                (("--ops-from", "n=(["), ["--ops-from n=([", "at character"]),
                (("--ops-from", "(?:x)"), ["no group"]),
                (("--pin", "0-"), ["--pin 0-", "not a list"]),
                (("-F", 9, "-c", 9), ["-F and -c"]),
                (("--waits", "-e", "instructions"), ["--waits", "leave -e out"]),
                (("--waits", "-c", 9), ["--waits", "leave -c out"]),
                (("-e", "none"), ["-e none"]),
                (("true",), ["ab true", "not an option"]),
                (("--", "true"), ["ab true", "not an option"])):
            with self.subTest(args):
                run = self.flametap("ab", *args, status=2)
                self.assert_one_line(run, *words)
        self.assertEqual(list(self.dir.iterdir()), [])


class CpuTime(Ab):
    """What the kernel accounts to a run, beside what it says itself."""

    def check(self, prefix):
        script = self.dir / "burn.py"
        script.write_text(BURN)
        python = f"{os.path.realpath(sys.executable)} -S -E burn.py"
        self.ab("--pairs", 2, "--ops-from", "used=([0-9.]+)", "--warm-up", 0, prefix=prefix,
                base=f"{python} 300000 0", head=f"{python} 300000 2")
        runs = self.manifest()["runs"]
        self.assertEqual(len(runs), 4)
        for run in runs:
            # Its own figure stands in its output.
            said = run["operations"] * 1e9
            self.assertLessEqual(abs(run["cpu_ns"] - said), said * 0.02 + 5e6, run)
            self.assertEqual(run["cpu_ns"], run["user_ns"] + run["system_ns"])
        self.assertEqual(self.manifest()["cpu_time_from"], "rusage")
        return runs

    def test_without_rights(self):
        """Only profiles need them. It is said once."""
        for run in self.check(self.prefix):
            self.assertEqual((run["profile"], run["file"], run["samples"]), (False, "", 0))
        self.assertEqual(list((self.dir / "ab/runs").glob("*.pb.gz")), [])
        run = self.ab("--pairs", 2, out="again")
        self.assertEqual(run.err.count("BPF: needs CAP_BPF"), 1, run)
        self.assertEqual(run.err.count("the program's CPU time alone"), 1, run)


class Recorded(support.BpfCase, Commands):
    """With profiles, where that makes a difference."""

    def setUp(self):
        Ab.setUp(self)
        self.prefix = ()

    check = CpuTime.check
    test_orphans_are_counted = test_standard_descriptors = None

    def test_no_such_command(self):
        run = self.ab("-q", base="./missing", status=2)
        self.assert_one_line(run, "./missing: No such file or directory")
        self.assertEqual([run["status"] for run in self.manifest()["runs"]], [127])

    def test_interrupted_whenever(self):
        """By Ctrl-C, sooner or later in a run or between two: what is there is whole, the same words
        go on, and nothing else is left."""
        # Once there are all pairs that it may make, the same words make no more.
        words = ("ab", "--base", "sleep .02", "--head", "sleep .02", "--pairs", 2, "--max-pairs", 2,
                 "-o", "ab", "-q", *support.FAULTS)
        for i in range(7):
            process = self.start(support.FLAMETAP, *words)
            time.sleep(0.15 * i)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            # Before it catches the signal, it ends by it.
            self.assertIn(process.wait(timeout=120), (0, 2, -signal.SIGINT), process.out)
            self.assertEqual(sessions_of(process.pid), [])
            if (self.dir / "ab/manifest.json").exists():
                self.manifest()
        self.flametap(*words)
        manifest = self.manifest()
        self.assertEqual([run["side"] for run in self.counted(manifest)], manifest["order"][:4])
        for run in self.counted(manifest):
            gzip.decompress((self.dir / "ab" / run["file"]).read_bytes())
        self.assertLessEqual({path.name for path in (self.dir / "ab/runs").iterdir()},
                             {f"{run['number']:03}-{run['side']}.pb.gz" for run in manifest["runs"]})
        self.assertEqual({path.name for path in (self.dir / "ab").iterdir()},
                         {"manifest.json", "runs"})

    def test_full_disk(self):
        """What was there stays; once there is room, the same words go on."""
        disk = self.dir / "disk"
        disk.mkdir()
        self.run_command("mount", "-t", "tmpfs", "-o", "size=256k", "none", disk, status=0)
        self.addCleanup(self.run_command, "umount", disk)
        self.script("fill", '#!/bin/sh\necho >> log\ntest "$(wc -l < log)" != 3 || '
                            "head -c 300000 /dev/zero > disk/full\ntrue\n")
        for prefix in ((), NO_RIGHTS):
            with self.subTest(prefix):
                (self.dir / "log").write_text("")
                words = (*support.FAULTS, "--pairs", 2, "--warm-up", 1, "--seed", 1, "-q")
                commands = {"base": "./fill", "head": "./fill", "out": "disk/ab", "prefix": prefix}
                run = self.ab(*words, **commands, status=2)
                self.assertIn("No space left on device", run.err)
                self.assertLessEqual(len(self.manifest("disk/ab")["runs"]), 3)
                (disk / "full").unlink()
                self.ab(*words, **commands)
                self.assertEqual(len(self.counted(self.manifest("disk/ab"))), 4)
                shutil.rmtree(disk / "ab")

    def test_directory_that_may_not_be_written_to(self):
        """By the person who typed sudo; nothing is run."""
        sudo = {"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY), "SUDO_USER": "nobody"}
        self.dir.chmod(0o755)
        self.refuse(env=sudo, words=["ab: Permission denied"])
        self.ab("--pairs", 2, "-q", prefix=NO_RIGHTS, base="echo >> log", head="echo >> log")
        (self.dir / "log").unlink()
        (self.dir / "ab").chmod(0o777)
        self.refuse("--pairs", 2, "-q", env=sudo, base="echo >> log", head="echo >> log",
                    words=["Permission denied"])
        self.assertFalse((self.dir / "log").exists())

    def test_profiles(self):
        for run in self.check(()):
            self.assertTrue(run["profile"])
            profile = pprof.Profile((self.dir / "ab" / run["file"]).read_bytes())
            self.assertEqual(run["file"], f"runs/{run['number']:03}-{run['side']}.pb.gz")
            self.assertEqual(profile.total("samples"), run["samples"])

    def test_without_samples(self):
        """An event that does not come: said at the first run, since gate takes no such run."""
        run = self.ab("-e", "page-faults", "-c", 10 ** 9, "--pairs", 2)
        self.assertEqual(run.err.count("no samples in"), 1, run)
        self.assertRegex(run.err, r"run 1 of 6 .*\nflametap: run 0 \(base\): no samples in ")

    def test_waits(self):
        """A sleep is never shorter than it was asked to be."""
        words = ("--pairs", 2, "--max-pairs", 2, "--warm-up", 0, "--seed", 3)
        self.ab("--waits", *words, base="sleep 0.01", head="sleep 0.5")
        manifest = self.manifest()
        self.assertEqual(manifest["options"]["waits"], "yes")
        for run in manifest["runs"]:
            profile = pprof.Profile((self.dir / "ab" / run["file"]).read_bytes())
            least = 5e8 if run["side"] == "head" else 1e7
            self.assertGreaterEqual(profile.total("blocked"), least)
        self.refuse(*words, base="sleep 0.01", head="sleep 0.5",
                    words=["waits yes, and this is no"])

    def test_builds(self):
        """The build-id of what was run, by page faults: those are there on every machine."""
        program = self.dir / "program"
        shutil.copy(support.workload("fixed_work"), program)
        note = self.run_command("readelf", "-n", program, status=0).out
        build_id = re.search(r"Build ID: (\w+)", note)[1]
        self.ab(*support.FAULTS, "--pairs", 2, base="./program 1", head="true")
        path = os.path.realpath(program)
        ids = self.manifest()["build_ids"]
        self.assertEqual(ids["base"][path], build_id)
        self.assertNotIn(path, ids["head"])
        self.assertIn("libc.so.6", " ".join(ids["head"]))

    def test_program_that_is_built_anew(self):
        """Its runs are no replicates."""
        shutil.copy(support.workload("fixed_work"), self.dir / "program")
        run = self.ab(*support.FAULTS, "-q", "--pairs", 2, base="./program 1", status=2,
                      head=f"cp --remove-destination {shutil.which('true')} program")
        self.assertRegex(run.err.splitlines()[-1], r"program: was built anew since the first run "
                                                   r"of the base")

    def test_files_belong_to_the_person(self):
        """Who typed sudo; and as that person the commands are run."""
        os.chown(self.dir, NOBODY, NOBODY)
        sudo = {"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY), "SUDO_USER": "nobody"}
        self.ab("--pairs", 2, "--ops-from", "uid=([0-9]+)", base="echo uid=$(id -u)",
                head="echo uid=$(id -u)", env=sudo)
        self.assertEqual({run["operations"] for run in self.manifest()["runs"]}, {NOBODY})
        for path in [self.dir / "ab", *(self.dir / "ab").rglob("*")]:
            self.assertEqual(path.stat().st_uid, NOBODY, path)

    def test_killed(self):
        """As without profiles, and those of pairs that are there stay as they are."""
        self.script("step", STEP)
        commands = {"base": "./step base 4 kill", "head": "./step head 4 kill"}
        words = ("--pairs", 2, "--warm-up", 0)
        self.ab(*words, **commands, status=-signal.SIGKILL)
        before = self.manifest()
        kept = [(self.dir / "ab" / run["file"]).read_bytes() for run in before["runs"][:2]]
        # Not without what the others have.
        run = self.ab(*words, **commands, prefix=NO_RIGHTS, status=2)
        self.assertIn("ab: its runs so far have profiles", run.err)
        self.ab(*words, **commands)
        after = self.manifest()
        self.assertEqual(after["runs"][:2], before["runs"][:2])
        self.assertEqual([(self.dir / "ab" / run["file"]).read_bytes()
                          for run in after["runs"][:2]], kept)
        self.assertEqual(len(after["runs"]), 4)
        for run in after["runs"]:
            gzip.decompress((self.dir / "ab" / run["file"]).read_bytes())
            self.assertFalse(stat.S_IMODE((self.dir / "ab" / run["file"]).stat().st_mode) & 0o111)


class Budget(support.BpfCase, Ab):
    """ab --budget judges by what gate does. What is found is made of the numbers that the runs say
    of themselves: operations, of which one side has a tenth."""

    def setUp(self):
        Ab.setUp(self)
        (self.dir / "budget").write_text("[total]\nlimit = 50%\n")

    def judged(self, head, *args):
        return self.ab("--pairs", 8, "--max-pairs", 10, "--budget", "budget", "--ops-from",
                       "ops ([0-9]+)", *args, base="echo ops 1000", head=f"echo ops {head}",
                       status=None)

    def test_fails_and_is_confirmed(self):
        """Ten times the cost of an operation: the second look confirms it."""
        run = self.judged(100)
        self.assertEqual(run.status, 1, run)
        self.assertEqual(run.err.count("FAIL: "), 1, run)
        self.assertEqual(len(self.counted(self.manifest())), 20)
        # All is there: the same words say the same, and nothing is run.
        again = self.judged(100)
        self.assertEqual(again.status, 1, again)
        self.assertEqual(len(self.manifest()["runs"]), 22)

    def test_passes_at_the_first_look(self):
        run = self.judged(10000)
        self.assertEqual(run.status, 0, run)
        self.assertIn("PASS: ", run.err)
        self.assertEqual(len(self.counted(self.manifest())), 16)

    def test_pairs_that_cannot_reach_alpha(self):
        """Before anything is run: no p of a function is below 2^-n."""
        function = "[function main]\nlimit = 5%\n"
        for budget, words, told in (
                (function, ("--pairs", 6), "take 8"),
                (function, ("--pairs", 6, "--max-pairs", 6), "take 7"),
                (function + "[total]\nlimit = 2%\n", ("--pairs", 7, "--max-pairs", 7), "take 8"),
                (function, ("--max-pairs", 6), "--pairs 6"),
                (function, ("--alpha", 0.001, "--pairs", 11), "take 12"),
                (function, ("--alpha", 0.0001), "--alpha 0.0001: no number of pairs")):
            with self.subTest(words):
                (self.dir / "budget").write_text(budget)
                self.refuse("--budget", "budget", *words, words=[told])
                self.assertFalse((self.dir / "ab").exists())
        # The program is tested by t, which has no smallest p.
        (self.dir / "budget").write_text("[total]\nlimit = 1000%\n")
        run = self.ab("--budget", "budget", "--pairs", 3, "--max-pairs", 3, "-q", status=None)
        self.assertIn(run.status, (0, 3), run)

    def test_default_pairs(self):
        """As many as alpha needs; without a budget a note says what a verdict would need."""
        (self.dir / "budget").write_text("[total]\nlimit = 1000%\n")
        self.ab("--budget", "budget", "--alpha", 0.001, status=None)
        self.assertEqual(self.manifest()["first_pairs"], 12)
        run = self.ab("--pairs", 2, out="few")
        self.assertIn("--pairs 2: flametap gate needs 8", run.err.splitlines()[1])
        run = self.ab("--pairs", 8, out="enough", base="true")
        self.assertNotIn("needs 8", run.err)

    def test_alpha_without_a_budget(self):
        self.refuse("--alpha", 0.05, words=["--alpha", "--budget"])
        self.refuse("--alpha", "x", "--budget", "budget", words=["--alpha x"])

    def test_budget_that_is_none(self):
        """Before anything is run."""
        (self.dir / "budget").write_text("[totl]\n")
        run = self.judged(1000)
        self.assertEqual(run.status, 2, run)
        self.assert_one_line(run, "budget:1:")
        self.assertFalse((self.dir / "ab").exists())
        (self.dir / "budget").write_text("[offcpu]\ngate = yes\n")
        run = self.judged(1000)
        self.assertEqual(run.status, 2, run)
        self.assert_one_line(run, "budget: waiting is to decide", "--waits")
        # With them, it can; each of the two verdicts has half of alpha, which takes a pair more.
        self.refuse("--budget", "budget", "--waits", "--pairs", 8, "--max-pairs", 8,
                    words=["too few to judge functions", "take 9"])
