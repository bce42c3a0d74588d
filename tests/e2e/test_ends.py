# SPDX-License-Identifier: GPL-2.0-or-later
"""Every way to the end: by itself, by a signal, by the command; and what is left behind."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import support


# Of bpf/sampler.bpf.c, as bpftool shows them: programs' names are cut.
OWN_NAMES = {"process_exit", "enter_mremap", "sample_ring", "process_ring", "user_stackmap"}


def own_objects():
    """{(kind, id)} of BPF objects that a flametap has made, whoever started that."""
    objects = {}
    for kind in ("prog", "map", "link"):
        run = subprocess.run(["bpftool", "-j", kind, "show"], capture_output=True, check=False)
        for item in json.loads(run.stdout or b"[]") or []:
            objects[kind, item["id"]] = item
    own = {key for key, item in objects.items() if item.get("name") in OWN_NAMES}
    return own | {key for key, item in objects.items()
                  if key[0] == "link" and ("prog", item.get("prog_id")) in own}


def unheld_objects():
    """Those that no process has a descriptor of. They are looked up first: what ends meanwhile
    has been held."""
    own = own_objects()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        own -= support.held_objects(pid)
    return own


class Ends(support.BpfCase):
    def setUp(self):
        super().setUp()
        self.before = own_objects()
        self.temporary = self.dir / "tmp"
        self.temporary.mkdir()
        os.environ["TMPDIR"] = str(self.temporary)
        self.addCleanup(os.environ.pop, "TMPDIR")

    def assert_nothing_left(self, pids=(), files=()):
        """No BPF object that nobody holds, no process, no file but those expected."""
        # They are freed a moment after their last holder; and others come and go meanwhile.
        left, end = unheld_objects() - self.before, time.monotonic() + 60
        while left and time.monotonic() < end:
            time.sleep(0.1)
            left &= unheld_objects()
        self.assertEqual(left, set())
        for pid in pids:
            self.assertFalse(os.path.exists(f"/proc/{pid}"), pid)
        self.assertEqual(set(os.listdir(self.dir)) - {"tmp"}, set(files))
        self.assertEqual(os.listdir(self.temporary), [])

    def busy(self):
        target = self.start("shares", 0)
        target.value("pid")
        return target

    def test_by_itself(self):
        target = self.busy()
        process = self.start_recording("-o", "a.folded", "-d", 1, "-p", target.pid)
        self.assertEqual(process.wait(), 0, process.out)
        self.assert_nothing_left([process.pid], ["a.folded"])
        self.assertIsNone(target.popen.poll())  # the target goes on

    def test_signals_end_early_and_all_is_written(self):
        target = self.busy()
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process = self.start_recording("-o", "a.folded", "-o", "a.svg", "-d", 100,
                                               "-p", target.pid)
                support.wait_for_cpu(target.pid, 0.3)
                os.kill(process.pid, number)
                self.assertEqual(process.wait(), 0, process.out)
                folded = support.Folded((self.dir / "a.folded").read_text())
                self.assertGreater(folded.with_frame("sixty"), 50)
                self.assertTrue((self.dir / "a.svg").read_text().rstrip().endswith("</svg>"))
                self.assert_nothing_left([process.pid], ["a.folded", "a.svg"])

    def test_second_interrupt_ends_at_once(self):
        """Also while files are written: nothing half is left behind."""
        target = self.busy()
        process = self.start_recording("-o", "a.svg", "-d", 100, "-p", target.pid)
        os.kill(process.pid, signal.SIGINT)
        os.kill(process.pid, signal.SIGINT)
        status = process.wait()
        files = [name for name in os.listdir(self.dir) if name != "tmp"]
        # The first may have been enough by then, or the file been written already: it is whole.
        if status == 0:
            self.assertEqual(files, ["a.svg"])
        else:
            self.assertIn(status, (-signal.SIGINT, 128 + signal.SIGINT, 1), process.out)
        if files:
            self.assertTrue((self.dir / "a.svg").read_text().rstrip().endswith("</svg>"))
        self.assert_nothing_left([process.pid], ["a.svg"] if files else [])

    def test_kill_9(self):
        target = self.busy()
        process = self.start_recording("-o", "a.svg", "-d", 100, "-p", target.pid)
        os.kill(process.pid, signal.SIGKILL)
        self.assertEqual(process.wait(), -signal.SIGKILL)
        self.assert_nothing_left([process.pid])
        self.assertIsNone(target.popen.poll())

    def test_kill_9_with_a_command(self):
        """A command that runs is not held any more: it outlives flametap."""
        process = self.start_recording("-o", "a.svg", "--", support.workload("shares"), 0.3,
                                       env=dict(os.environ, WORKLOAD_WAIT="1"))
        command = process.value("pid")
        process.value("waiting")
        os.kill(process.pid, signal.SIGKILL)
        process.popen.wait()
        os.kill(command, signal.SIGUSR1)
        self.assertGreaterEqual(process.value("cpu_seconds"), 0.3)
        self.assert_nothing_left([process.pid])

    THREAD_EXECS = '''
import os, sys, threading, time

def run():
    print(f"tid={threading.get_native_id()}", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        pass
    os.execv("/bin/sleep", ["sleep", "600"])

threading.Thread(target=run).start()
time.sleep(600)
'''

    def test_a_thread_that_executes_another_program(self):
        """It takes its process's id, and the one that was asked for is gone: that is said."""
        with subprocess.Popen(["python3", "-c", self.THREAD_EXECS], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as target:
            self.addCleanup(target.kill)
            tid = int(target.stdout.readline().split(b"=")[1])
            process = self.start_recording("-t", tid, "-o", "a.folded", "-d", "inf")
            target.stdin.write(b"go\n")
            target.stdin.flush()
            self.assertEqual(process.wait(), 0)
            target.kill()
        said = process.out.decode()
        # On a busy machine the thread is gone well before its exec is told of.
        self.assertRegex(said, rf"(?m)^flametap: {tid}: the thread (ended when process {target.pid} "
                               rf"executed another program|has ended, and its process {target.pid} "
                               rf"goes on); use -p {target.pid}$")

    def test_closed_pipe(self):
        """-o - | head -1: no message, no crash, nothing left."""
        target = self.busy()
        run = self.run_command("/bin/bash", "-c",
                               '"$1" cpu -q -o - -d 1 -p "$2" | head -1; echo "${PIPESTATUS[@]}" >&2',
                               "bash", support.FLAMETAP, target.pid, status=0)
        self.assertEqual(len(run.out.splitlines()), 1, run)
        self.assertRegex(run.out, r"^shares;.* \d+\n$")
        statuses = run.err.splitlines()
        self.assertEqual(len(statuses), 1, run)
        self.assertNotIn(statuses[0].split()[0], ("134", "139"))
        self.assert_nothing_left()

    def test_closed_pipe_with_more_than_a_pipe_holds(self):
        run = self.run_command(
            "/bin/bash", "-c",
            '"$1" cpu -q -o - -e page-faults -c 1 -- "$2" 50000 2>err.txt | head -1 >/dev/null; '
            'echo "${PIPESTATUS[0]}"; cat err.txt; rm err.txt',
            "bash", support.FLAMETAP, support.workload("distinct_stacks"), timeout=90)
        self.assertNotIn(run.out.split()[0], ("134", "139"))
        self.assertEqual(run.err, "", run)
        self.assert_nothing_left()

    def test_an_old_picture_is_kept(self):
        (self.dir / "flametap.svg").write_text("old")
        self.flametap("cpu", "-q", "--", support.workload("shares"), 0.2)
        self.assertEqual((self.dir / "flametap.svg.old").read_text(), "old")
        self.assertIn("</svg>", (self.dir / "flametap.svg").read_text())
        self.assert_nothing_left([], ["flametap.svg", "flametap.svg.old"])


class Command(support.BpfCase):
    def run_cmd(self, *cmd, options=(), **more):
        return self.run_command(support.FLAMETAP, "cpu", "-q", "-o", "a.folded", *options, "--",
                                *cmd, **more)

    def wait_for_file(self, name):
        end = time.monotonic() + 60
        while not (self.dir / name).exists():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def test_its_status_is_ours(self):
        for status in (0, 1, 3, 125):
            self.run_cmd("/bin/sh", "-c", f"exit {status}", status=status)
        self.assertTrue((self.dir / "a.folded").exists())

    def test_its_signal_is_ours(self):
        self.run_cmd("/bin/sh", "-c", "kill -TERM $$", status=128 + signal.SIGTERM)
        self.run_cmd("/bin/sh", "-c", "kill -KILL $$", status=128 + signal.SIGKILL)

    def test_not_found(self):
        run = self.run_cmd("no-such-command-anywhere", status=127)
        self.assert_one_line(run, "no-such-command-anywhere")
        run = self.run_cmd("./no-such-file", status=127)
        self.assert_one_line(run, "./no-such-file")
        self.assertEqual(os.listdir(self.dir), [])

    def test_cannot_be_run(self):
        (self.dir / "data").write_text("no program\n")
        self.assert_one_line(self.run_cmd("./data", status=126), "./data")
        self.assert_one_line(self.run_cmd("/", status=126), "/")

    def test_own_failure_is_125(self):
        run = self.run_command(support.FLAMETAP, "cpu", "-o", "/no/such/dir/a.svg", "--",
                               "/bin/touch", "ran", status=125)
        self.assert_one_line(run, "/no/such/dir")
        self.assertFalse((self.dir / "ran").exists())

    def test_it_is_held_until_everything_is_attached(self):
        """Of what the command does all is seen, from its first instruction on."""
        for _ in range(10):
            self.run_cmd(support.workload("distinct_stacks"), 100, status=0,
                         options=map(str, support.FAULTS))
            folded = support.Folded((self.dir / "a.folded").read_text())
            self.assertEqual(folded.with_frame("touch"), 100)
            self.assertGreater(folded.with_frame("_start"), 100)  # ld.so's work

    def test_it_inherits(self):
        """Directory, standard input and output, environment, limits, further descriptors."""
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        run = self.run_cmd("/bin/sh", "-c",
                           "pwd; cat; echo $COLOUR; ulimit -n; ulimit -Hn; "
                           f"echo through >&{writing}",
                           input=b"from stdin\n", env={"COLOUR": "green"}, pass_fds=[writing],
                           preexec_fn=lambda: __import__("resource").setrlimit(
                               __import__("resource").RLIMIT_NOFILE, (777, 4096)))
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.assertEqual(pipe.read(), "through\n")
        self.assertEqual(run.out.splitlines(),
                         [str(self.dir), "from stdin", "green", "777", "4096"], run)

    def test_it_gets_no_descriptor_of_ours(self):
        run = self.run_cmd("/bin/ls", "/proc/self/fd", status=0)
        self.assertEqual(run.out.split(), ["0", "1", "2", "3"], run)

    def test_it_gets_default_signals(self):
        run = self.run_cmd("/bin/grep", "-E", "Sig(Ign|Blk)", "/proc/self/status", status=0)
        self.assertEqual({line.split()[1] for line in run.out.splitlines()},
                         {"0" * 16}, run)

    def test_it_runs_on_when_the_duration_ends_first(self):
        """What it does then is not recorded."""
        process = self.start(support.FLAMETAP, "cpu", "-q", "-o", "a.folded", *support.FAULTS,
                             "-d", 0.3, "--", "/bin/sh", "-c", 'echo pid=$$; exec "$0" 0',
                             support.workload("exec_first"),
                             env=dict(os.environ, WORKLOAD_WAIT="1"))
        self.wait_for_file("a.folded")
        process.value("waiting")
        os.kill(process.value("pid"), signal.SIGUSR1)
        self.assertEqual(process.wait(), 0)
        folded = support.Folded((self.dir / "a.folded").read_text())
        self.assertGreater(folded.total(), 0)
        self.assertEqual(folded.with_frame("first_image"), 0)

    def test_a_signal_while_it_runs_on_is_passed_on(self):
        process = self.start(support.FLAMETAP, "cpu", "-q", "-o", "a.folded", "-d", 0.3, "--",
                             "/bin/sleep", 600)
        self.wait_for_file("a.folded")
        os.kill(process.pid, signal.SIGTERM)
        self.assertEqual(process.wait(), 128 + signal.SIGTERM)

    def test_standard_output_is_the_commands(self):
        run = self.run_command(support.FLAMETAP, "cpu", "-o", "a.folded", "--",
                               support.workload("shares"), 0.2, status=0)
        self.assertRegex(run.out, r"^pid=\d+\ncpu_seconds=[\d.]+\n$")


class Sudo(support.BpfCase):
    """As sudo would start it: root, with SUDO_UID and so on of the person."""

    def setUp(self):
        super().setUp()
        import pwd
        self.person = pwd.getpwnam("daemon")
        os.chown(self.dir, self.person.pw_uid, self.person.pw_gid)
        self.env = {"SUDO_UID": str(self.person.pw_uid), "SUDO_GID": str(self.person.pw_gid),
                    "SUDO_USER": "daemon", "SUDO_COMMAND": "x", "HOME": "/root"}

    def test_files_belong_to_the_person(self):
        self.flametap("cpu", "-q", "-o", "a.svg", "-o", "a.pb.gz", "--stats", "a.json", "--",
                      "/bin/true", env=self.env)
        for name in ("a.svg", "a.pb.gz", "a.json"):
            stat = os.stat(self.dir / name)
            self.assertEqual((stat.st_uid, stat.st_gid),
                             (self.person.pw_uid, self.person.pw_gid), name)

    def test_the_command_runs_as_the_person(self):
        run = self.flametap("cpu", "-q", "-o", "a.folded", "--", "/bin/sh", "-c",
                            "id -u; id -g; id -G; echo $HOME", env=self.env)
        self.assertEqual(run.out.splitlines(),
                         [str(self.person.pw_uid), str(self.person.pw_gid),
                          " ".join(str(group) for group in sorted(
                              os.getgrouplist("daemon", self.person.pw_gid))),
                          self.person.pw_dir], run)

    def test_as_root(self):
        run = self.flametap("cpu", "-q", "-o", "a.folded", "--as-root", "--", "/usr/bin/id", "-u",
                            env=self.env)
        self.assertEqual(run.out, "0\n")

    def test_the_persons_rights_decide_where_files_go(self):
        run = self.run_command(support.FLAMETAP, "cpu", "-o", "/root/flametap-test.svg", "-d", 1,
                               "-a", env=self.env, status=1)
        self.assert_one_line(run, "/root/flametap-test.svg")
        self.assertFalse(Path("/root/flametap-test.svg").exists())

    def test_not_through_anothers_link(self):
        """A link to a file of root is not written through."""
        secret = self.dir / "secret"
        secret.write_text("root's\n")
        os.chmod(secret, 0o600)
        os.symlink(secret, self.dir / "a.folded")
        os.lchown(self.dir / "a.folded", self.person.pw_uid, self.person.pw_gid)
        self.run_command(support.FLAMETAP, "cpu", "-q", "-o", "a.folded", "--", "/bin/true",
                         env=self.env)
        self.assertEqual(secret.read_text(), "root's\n")
