# SPDX-License-Identifier: GPL-2.0-or-later
"""flametap doctor: a line for each matter, with and without privileges."""

import os
import re

import support

LINE = re.compile(r"(ok  |warn|FAIL)  ([^:]+): (.+)")


class Doctor(support.Case):
    def findings(self, run):
        lines = run.out.splitlines()
        for line in lines[:-1]:
            self.assertRegex(line, LINE, run)
        return [LINE.fullmatch(line).groups() for line in lines[:-1]], lines[-1]

    def test_here(self):
        run = self.flametap("doctor", status=None)
        found, verdict = self.findings(run)
        failed = [what for level, what, _ in found if level == "FAIL"]
        self.assertEqual(run.status, 1 if failed else 0, run)
        self.assertEqual("cpu, offcpu and wall cannot work here" in verdict, bool(failed), run)
        switches = {what: (level, finding) for level, what, finding in found}["off-CPU time"]
        if failed:
            self.assertNotEqual(switches[0], "ok  ", run)
        elif switches[0] == "ok  ":
            self.assertIn("tp_btf", switches[1], run)
            self.assertEqual(verdict, "flametap cpu can work here, and so can offcpu and wall", run)
        elif "verifier" in switches[1]:
            self.assertIn("offcpu and wall cannot: see", verdict, run)
        else:
            self.assertRegex(verdict, r"and so can offcpu and wall \((dearer|without).+\)$", run)
        self.assertEqual(run.err, "", run)
        matters = {what for _, what, _ in found}
        for what in ("kernel", "capabilities", "BTF", "BPF maps", "the sampler", "off-CPU time",
                     "cpu-clock", "cycles", "perf_event_paranoid", "RLIMIT_NOFILE", "tracefs", "schedstat",
                     "cgroups", "pid namespace", "kernel names", "kernel lines", "debug packages"):
            self.assertIn(what, matters, run)
        for level, _, finding in found:
            if level != "ok  ":  # and what is to be done about it
                self.assertIn(";", finding, run)
        if not support.machine_lacks():
            self.assertEqual(failed, [], run)

    def test_quiet(self):
        run = self.flametap("doctor", "-q", status=None)
        self.assertNotIn("ok  ", run.out)

    def test_without_privileges(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to give it up")
        as_root = self.flametap("doctor", status=None)
        os.chmod(self.dir, 0o755)
        for prefix in (("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"),
                       ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all"),
                       ("unshare", "--user", "--map-root-user")):
            with self.subTest(prefix=prefix):
                # In a chroot there are no new user namespaces: user_namespaces(7).
                if self.run_command(*prefix, "true").status:
                    self.skipTest(f"{prefix[0]}: refused here")
                run = self.flametap("doctor", status=1, prefix=prefix)
                found, verdict = self.findings(run)
                self.assertIn("cannot", verdict)
                self.assertIn("FAIL", [level for level, what, _ in found
                                       if what == "capabilities"])
                self.assertEqual(run.err, "", run)
                # Not one line fewer for it.
                missing = ({what for _, what, _ in self.findings(as_root)[0]}
                           - {what for _, what, _ in found} - {"RLIMIT_MEMLOCK"})
                self.assertEqual(missing, set(), run)

    def test_bpf_refused(self):
        if support.machine_lacks():
            self.skipTest(support.machine_lacks())
        run = self.flametap("doctor", status=1, prefix=(support.workload("refuse_bpf"),))
        failed = {what for level, what, _ in self.findings(run)[0] if level == "FAIL"}
        self.assertTrue({"BPF programs of perf events", "the sampler"} <= failed, run)
        self.assertNotIn("kernel", failed)

    def test_usage(self):
        self.assert_one_line(self.flametap("doctor", "1234", status=2), "1234")
        self.assert_one_line(self.flametap("doctor", "--zork", status=2), "--zork")
