# SPDX-License-Identifier: GPL-2.0-or-later
"""The five kinds of target, on the machine itself and inside a pid namespace of its own, where
pids are those that the namespace knows."""

import contextlib
import os
import shlex
import time
from pathlib import Path

import support


def cgroup_mount(kind, controller=None):
    """Where cgroup2 (or a v1 controller) is mounted, or None."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, filesystem, options = line.split()[:4]
        if filesystem == kind and (controller is None or controller in options.split(",")):
            return where
    return None


class Targets(support.BpfCase):
    """Each test is a shell script that knows its target as $1 does: SHARES is a busy one."""

    prefix = ()

    def script(self, text, **options):
        """Runs it with WORKLOADS, FLAMETAP and the options for all outputs as variables."""
        header = "\n".join(f"{name}={shlex.quote(str(value))}" for name, value in {
            "SHARES": support.workload("shares"), "THREADS4": support.workload("threads4"),
            "FLAMETAP": support.FLAMETAP}.items())
        outputs = "OUT='" + " ".join(self.outputs()) + "'\n"
        stop = "trap 'kill $busy $other 2>/dev/null' EXIT\n"
        run = self.run_command(*self.prefix, "/bin/sh", "-euc",
                               f"{header}\n{outputs}{stop}{self.RECORD}{text}",
                               **options)
        recording = support.Recording(self.dir, "out", run)
        self.assertEqual(run.status, 0, run)
        self.assert_adds_up(recording)
        return recording

    # Flametap with these options, until busy and other have used 0.3 s of CPU time each meanwhile.
    RECORD = f"""
        used() {{ awk '{{ print $14 + $15 }}' /proc/$1/stat; }}
        record() {{
            $FLAMETAP cpu $OUT --per-pid "$@" & tap=$!
            until grep -q '^{support.SYS_PPOLL} ' /proc/$tap/syscall; do sleep 0.01; done
            for target in $busy $other; do
                enough=$(($(used $target) + 30))
                until [ $(used $target) -ge $enough ]; do sleep 0.02; done
            done
            kill -TERM $tap
            wait $tap
        }}
        """

    def assert_only(self, recording, comm, pid, frame="main"):
        """All that was seen is this one process, by its right pid, with a stack through frame."""
        folded = recording.folded
        self.assertEqual(set(folded.roots()), {f"{comm} ({pid})"})
        self.assertGreater(folded.total(), 100, recording.run)
        self.assertGreater(folded.with_frame(frame), 0.95 * folded.total(), folded.lines[:5])
        self.assertEqual({sample.labels["pid"] for sample in recording.pprof.samples}, {pid})

    START_TWO = """
        $SHARES 0 >busy.txt & busy=$!
        $SHARES 0 >/dev/null & other=$!
        while ! [ -s busy.txt ]; do sleep 0.01; done
        """

    def busy_pid(self):
        return support.read_values((self.dir / "busy.txt").read_text())["pid"]

    def test_pid(self):
        recording = self.script(self.START_TWO + "record -p $busy")
        self.assert_only(recording, "shares", self.busy_pid())

    def test_two_pids(self):
        recording = self.script(self.START_TWO +
                                "record -p $busy,$other; echo other=$other")
        other = recording.run.values()["other"]
        self.assertEqual(set(recording.folded.roots()),
                         {f"shares ({self.busy_pid()})", f"shares ({other})"})

    def test_tid(self):
        recording = self.script("""
            $THREADS4 60 >busy.txt & busy=$! other=$!
            while ! grep -q t20 busy.txt; do sleep 0.01; done
            tid=$(sed -n s/t20=//p busy.txt)
            record --threads -t $tid
            """)
        values = support.read_values((self.dir / "busy.txt").read_text())
        folded = recording.folded
        self.assertGreater(folded.total(), 100)
        expected = rf"threads4 \({values['pid']}\);t20 \({values['t20']}\);(.*;)?twenty(;.*)?"
        self.assertGreater(folded.matching(expected), 0.97 * folded.total(), folded.lines[:5])
        self.assertEqual({sample.labels["tid"] for sample in recording.pprof.samples},
                         {values["t20"]})

    def test_command(self):
        recording = self.script("""
            $SHARES 0 >/dev/null & other=$! busy=$!
            $FLAMETAP cpu $OUT --per-pid -- $SHARES 1 >busy.txt
            """)
        self.assert_only(recording, "shares", self.busy_pid())

    def test_all(self):
        recording = self.script(self.START_TWO + "record -F 999 -a; echo other=$other")
        roots = recording.folded.roots()
        other = recording.run.values()["other"]
        for pid in (self.busy_pid(), other):
            root = f"shares ({pid})"
            self.assertGreater(roots.get(root, 0), 100, roots)
            within = recording.folded.matching(rf"shares \({pid}\);(.*;)?main;work;\w+")
            self.assertGreater(within, 0.95 * roots[root])
        return recording

    def check_cgroup(self, mount, how):
        """Busy is inside a cgroup below the one that is named; other is outside."""
        group = f"{mount}/flametap-test-{os.getpid()}"
        inner = group + "/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope"
        os.makedirs(inner)
        self.addCleanup(self.remove_cgroup, inner)
        recording = self.script(self.START_TWO + f"echo $busy >{inner}/cgroup.procs\n" + how.format(
            group=group, inner=inner))
        self.assert_only(recording, "shares", self.busy_pid())

    def remove_cgroup(self, inner):
        for path in (inner, os.path.dirname(inner)):
            for _ in range(100):
                with contextlib.suppress(OSError):
                    os.rmdir(path)
                    break
                time.sleep(0.02)

    BY_PATH = "record -C {group}"
    BY_PROCESS = "record -C @$busy"
    BY_CONTAINER = "record -C 0123456789ab"

    def v2(self):
        mount = cgroup_mount("cgroup2")
        if not mount:
            mount = str(self.dir / "cgroup2")
            os.mkdir(mount)
            self.run_command("mount", "-t", "cgroup2", "none", mount, status=0)
            self.addCleanup(self.run_command, "umount", mount, cwd="/")
        return mount

    def test_cgroup_v2_by_path(self):
        self.check_cgroup(self.v2(), self.BY_PATH)

    def test_cgroup_of_a_process(self):
        self.check_cgroup(self.v2(), self.BY_PROCESS)

    def test_cgroup_v1_of_a_process(self):
        mount = cgroup_mount("cgroup", "cpu")
        if not mount:
            self.skipTest("no cgroup v1 hierarchy is mounted")
        self.check_cgroup(mount, self.BY_PROCESS)

    def test_cgroup_of_a_container(self):
        self.check_cgroup(self.v2(), self.BY_CONTAINER)

    def test_cgroup_v1_by_path(self):
        mount = cgroup_mount("cgroup", "cpuacct") or cgroup_mount("cgroup", "freezer")
        if not mount and not Path("/sys/fs/cgroup/cgroup.controllers").exists():
            self.skipTest("no cgroup v1 controller is mounted")
        if not mount:  # a machine of today: a v1 hierarchy with a name, without a controller
            mount = str(self.dir / "cgroup1")
            os.mkdir(mount)
            self.run_command("mount", "-t", "cgroup", "-o", "none,name=flametap", "none", mount,
                             status=0)
            self.addCleanup(self.run_command, "umount", mount, cwd="/")
        self.check_cgroup(mount, self.BY_PATH)


class TargetsInNamespace(Targets):
    """The same from inside: pid 1 is the script, and pids are small numbers."""

    prefix = ("unshare", "-pf", "--mount-proc")

    def busy_pid(self):
        pid = super().busy_pid()
        self.assertLess(pid, 100)  # or it was not inside
        return pid

    def test_all(self):
        """Whatever runs outside is counted as foreign and shown nowhere."""
        outside = self.start("shares", 0)
        outside.value("pid")
        recording = super().test_all()
        self.assertGreater(recording.stats["foreign"], 100)
        for sample in recording.pprof.samples:
            self.assertLess(sample.labels.get("pid", 0), 1000)


class TargetInAContainer(support.BpfCase):
    def test_a_process_of_an_inner_namespace_by_its_pid_here(self):
        """flametap outside, the target inside: pids are those of flametap's own namespace."""
        target = self.start("unshare", "-pf", "--mount-proc", support.workload("shares"), "0")
        self.assertLess(target.value("pid"), 10)  # what it calls itself
        children = Path(f"/proc/{target.pid}/task/{target.pid}/children").read_text().split()
        pid = int(children[0])
        recording = self.record_busy(pid, "--per-pid", "-p", pid)
        self.assertEqual(set(recording.folded.roots()), {f"shares ({pid})"})
        self.assertGreater(recording.folded.matching(r".*;main;work;\w+(;.*)?"),
                           0.98 * recording.folded.total())
        self.assertGreater(recording.folded.total(), 100)
