# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of doc/ci, as far as they run without the service: the workflow and the GitLab job are
held to what those services accept, and their steps are run for real, with gate.sh, on small
programs that this file makes. Nothing here depends on how fast anything is."""

import json
import os
import re
import subprocess

import yaml

import schemas
import support

CI = support.ROOT / "doc" / "ci"
MODULES = support.ROOT / "tests" / "browser" / "node_modules"
WORKFLOW = CI / "flametap-gate.yml"
GITLAB = CI / "flametap-gate.gitlab-ci.yml"
SCRIPT = CI / "gate.sh"
VERBS = ("ab", "calibrate", "diff", "doctor", "gate", "report")

# Root without its rights: BPF is not to be had, and runs take milliseconds.
NO_RIGHTS = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")

# Reads {name: text}, writes {name: [what is wrong]}.
LINT = """
const fs = require("node:fs");
require(process.argv[1]).createLinter().then(lint => {
    const found = {};
    for (const [name, text] of Object.entries(JSON.parse(fs.readFileSync(0, "utf8"))))
        found[name] = lint(text, ".github/workflows/gate.yml").map(error => error.message);
    console.log(JSON.stringify(found));
});
"""

# As GitLab's reference has them, of what a job of ours could want: a word that is none of these is
# a slip, or belongs here.
GITLAB_JOB = {"after_script", "allow_failure", "artifacts", "before_script", "cache",
              "dependencies", "image", "interruptible", "needs", "resource_group", "retry", "rules",
              "script", "services", "stage", "tags", "timeout", "variables", "when"}
GITLAB_ARTIFACTS = {"exclude", "expire_in", "expose_as", "name", "paths", "reports", "untracked",
                    "when"}

# Works for a twentieth of a second of CPU time, and says how much it has done.
PROGRAM = """
#include <stdio.h>
#include <time.h>
static volatile unsigned sink;
__attribute__((noinline)) static void spin(int n) { for (int i = 0; i < n; i++) sink += i; }
__attribute__((noinline)) void parse(void) { spin(PARSE); sink++; }
__attribute__((noinline)) void draw(void) { spin(5000); sink++; }
int main(void)
{
    int n = 0;
    for (; clock() < CLOCKS_PER_SEC / 20; n++) { parse(); draw(); }
    printf("%d operations\\n", n);
}
"""
MAKEFILE = """benchmark: benchmark.c
\t$(CC) -g -O1 -fno-inline -fno-optimize-sibling-calls -DPARSE={parse} -o $@ $<
"""
BUDGET = "[total]\nlimit = 100%\n"  # more than any noise, less than the change


class StrictLoader(yaml.SafeLoader):
    """A key that stands twice is no mapping: yaml itself would take the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key} stands twice",
                                                        node.start_mark)
        return super().construct_mapping(node, deep)


def read_yaml(path):
    return yaml.load(path.read_text(), Loader=StrictLoader)


def steps():
    return {step["name"]: step for step in read_yaml(WORKFLOW)["jobs"]["gate"]["steps"]}


def job():
    return read_yaml(GITLAB)["flametap-gate"]


def shell_lines():
    """(name, shell, text) of all that a shell reads in the two."""
    for name, step in steps().items():
        if "run" in step:
            yield name, "bash", step["run"]
    yield "gitlab", "sh", "\n".join(job()["script"])


class Static(support.Case):
    def test_the_script(self):
        for argv in (["sh", "-n"], ["bash", "-n"], ["shellcheck", "--shell=sh"]):
            self.run_command(*argv, SCRIPT, status=0)
        self.assertTrue(os.access(SCRIPT, os.X_OK))

    def test_lines_for_a_shell(self):
        found = list(shell_lines())
        self.assertEqual(len(found), 4)
        for name, shell, text in found:
            with self.subTest(name=name):
                self.assertNotIn("${{", text)  # what others have written would be run
                path = self.dir / "lines"
                path.write_text(text)
                self.run_command(shell, "-n", path, status=0)
                self.run_command("shellcheck", f"--shell={shell}", path, status=0)

    def test_the_workflow(self):
        """As actionlint takes it; and it does find what is wrong."""
        text = WORKFLOW.read_text()
        broken = {"runs-on": "run-on", "github.event.pull": "github.events.pull",
                  "if: always()": "if: allways()", "uses: actions/checkout@v4": "uses: checkout",
                  "  gate:\n": "  gate:\n  gate:\n"}
        texts = {"": text, **{old: text.replace(old, new, 1) for old, new in broken.items()}}
        run = self.run_command("node", "-e", LINT, MODULES / "actionlint" / "node.cjs", status=0,
                               input=json.dumps(texts).encode())
        found = json.loads(run.out)
        self.assertEqual(found.pop(""), [])
        self.assertEqual([old for old, errors in found.items() if not errors], [])

    def test_the_gitlab_job(self):
        jobs = read_yaml(GITLAB)
        self.assertEqual(list(jobs), ["flametap-gate"])
        self.assertLessEqual(set(job()), GITLAB_JOB)
        self.assertLessEqual(set(job()["artifacts"]), GITLAB_ARTIFACTS)
        self.assertEqual(list(job()["artifacts"]["reports"]), ["junit"])
        self.assertEqual([list(rule) for rule in job()["rules"]], [["if"]])
        self.assertEqual(job()["allow_failure"], {"exit_codes": 3})
        for name, value in job()["variables"].items():
            self.assertIsInstance(value, str, name)
        for line in job()["script"]:
            self.assertIsInstance(line, str)

    def test_what_stands_twice_is_refused(self):
        path = self.dir / "twice.yml"
        path.write_text(GITLAB.read_text() + "  stage: test\n")
        with self.assertRaises(yaml.YAMLError):
            read_yaml(path)

    def test_words_of_the_environment(self):
        """What the two set is what the script says it reads."""
        known = set(re.findall(r"^#   ([A-Z_]+)=", SCRIPT.read_text(), re.MULTILINE))
        self.assertEqual(known, set(re.findall(r"\$\{([A-Z_]+):-", SCRIPT.read_text()))
                         - {"GITHUB_ACTIONS"})
        self.assertLessEqual(set(steps()["Compare"]["env"]), known)
        self.assertLessEqual(set(job()["variables"]) - {"GIT_DEPTH"}, known)

    def test_options_exist(self):
        """Those of the texts; what gate.sh says, it runs, below."""
        text = "\n".join(path.read_text() for path in sorted(CI.iterdir()))
        found = {(verb, option) for verb, words in
                 re.findall(rf"flametap ({'|'.join(VERBS)})\b([^`\n]*)`", text)
                 for option in re.findall(r"--[a-z-]+", words)}
        self.assertIn(("gate", "--benchmark-json"), found)
        for verb, option in sorted(found):
            with self.subTest(verb=verb, option=option):
                run = self.flametap(verb, option, status=2)
                self.assertNotRegex(run.err, "unknown|unrecognized|no such option")
        run = self.flametap("gate", "--benchmarks-json", status=2)
        self.assertRegex(run.err, "unknown|unrecognized|no such option")

    def test_files_that_are_named(self):
        text = (CI / "README.md").read_text()
        self.assertEqual({path.name for path in CI.iterdir()} - {"README.md"},
                         set(re.findall(r"^\| `([a-z.-]+)` \|", text, re.MULTILINE))
                         - {"gate.md", "gate.xml", "gate.json", "gate.svg"})

    def test_the_budget(self):
        """Also what is commented out in it."""
        text = (CI / "flametap.budget").read_text()
        (self.dir / "whole").write_text(re.sub(r"^#(?=[\[a-z])", "", text, flags=re.MULTILINE))
        self.assertEqual((self.dir / "whole").read_text().count("\n["), 4)
        for budget in (CI / "flametap.budget", "whole"):
            run = self.flametap("gate", "--budget", budget, "nowhere", status=2)
            self.assert_one_line(run, "nowhere")


class Steps(support.Case):
    """The lines that a service would run, in a directory as it would have made it."""

    def setUp(self):
        super().setUp()
        bin_dir = self.dir / "bin"
        bin_dir.mkdir()
        (bin_dir / "flametap").symlink_to(support.FLAMETAP)
        (bin_dir / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
        (bin_dir / "sudo").chmod(0o755)
        self.env = {"PATH": f"{bin_dir}:{os.environ['PATH']}", "MAKEFLAGS": ""}

    def tree(self, name, parse):
        """A repository's files: what a user would have copied, with a budget of his own."""
        tree = self.dir / name
        (tree / "ci").mkdir(parents=True, exist_ok=True)
        (tree / "benchmark.c").write_text(PROGRAM)
        (tree / "Makefile").write_text(MAKEFILE.format(parse=parse))
        (tree / "flametap.budget").write_text(BUDGET)
        (tree / "ci" / "gate.sh").write_bytes(SCRIPT.read_bytes())
        (tree / "ci" / "gate.sh").chmod(0o755)
        return tree

    def git(self, tree, *words):
        run = self.run_command(
            "git", "-c", "user.name=A", "-c", "user.email=a@example.org",
            "-c", "init.defaultBranch=main", *words, cwd=tree, status=0,
            env={"GIT_CONFIG_GLOBAL": "/dev/null"})
        return run.out.strip()

    def files(self, out):
        """What is there, each as its readers want it."""
        self.assertEqual({path.name for path in out.iterdir()},
                         {"gate.md", "gate.xml", "gate.json", "gate.svg", "runs"} if
                         (out / "gate.svg").exists() else
                         {"gate.md", "gate.xml", "gate.json", "runs"})
        schemas.read_junit(out / "gate.xml")
        return schemas.read_gate_json(out / "gate.json")


class Github(Steps, support.BpfCase):
    def test_a_change_that_is_slower(self):
        workspace = self.tree("workspace", 25000)
        self.tree("workspace/base", 5000)
        found = steps()
        compare = found["Compare"]
        for name in ("Build both sides alike", "Compare"):
            run = self.run_command(
                "bash", "-e", "-c", found[name]["run"], cwd=workspace,
                status=1 if name == "Compare" else 0,
                env={**self.env, **compare["env"], "GITHUB_ACTIONS": "true",
                     "GITHUB_WORKSPACE": str(workspace),
                     "GITHUB_STEP_SUMMARY": str(self.dir / "summary")})
        self.assertRegex(run.out, r"(?m)^::error file=benchmark.c,title=flametap gate%3A FAIL::")
        out = workspace / found["Keep what was found"]["with"]["path"]
        result = self.files(out)
        self.assertEqual((result["verdict"], result["status"]), ("FAIL", 1))
        self.assertIn("parse", {item["name"] for item in result["findings"]
                                if item["change"] == "slower"})
        self.assertNotIn("draw", {item["name"] for item in result["findings"]
                                  if item["change"] == "slower"})
        self.assertEqual((out / "gate.md").read_text(), (self.dir / "summary").read_text())
        self.assertIn("<svg", (out / "gate.svg").read_text())


class Gitlab(Steps):
    def test_a_change_that_costs_nothing(self):
        """Without rights, as in most containers: judged by CPU time alone."""
        tree = self.tree("repository", 5000)
        self.git(tree, "init", "-q")
        self.git(tree, "add", ".")
        self.git(tree, "commit", "-q", "-m", "base")
        base = self.git(tree, "rev-parse", "HEAD")
        (tree / "README").write_text("new\n")
        self.git(tree, "add", ".")
        self.git(tree, "commit", "-q", "-m", "change")
        lines = "\n".join(["set -eo pipefail", *job()["script"]])
        self.run_command(*NO_RIGHTS if os.geteuid() == 0 else (), "bash", "-c", lines, cwd=tree,
                         status=0, env={**self.env, **job()["variables"],
                                        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base})
        result = self.files(tree / job()["artifacts"]["paths"][0])
        self.assertEqual((result["verdict"], result["status"]), ("PASS", 0))
        self.assertTrue((tree / job()["artifacts"]["reports"]["junit"]).is_file())


class Script(Steps):
    """What ends it otherwise; without rights, so that all is quick."""

    def script(self, *commands, **env):
        prefix = NO_RIGHTS if os.geteuid() == 0 else ()
        (self.dir / "flametap.budget").write_text(BUDGET)
        return self.run_command(*prefix, SCRIPT, *commands, env={**self.env, **env})

    def test_wrong_usage(self):
        for commands in ((), ("true",), ("true", "true", "true")):
            run = self.script(*commands)
            self.assertEqual(run.status, 2)
            self.assertIn("usage: gate.sh", run.err)
        self.assertFalse((self.dir / "flametap-gate").exists())

    def test_a_command_that_fails(self):
        run = self.script("true", "exit 7", OUT="a place", FLAMETAP_SUDO="sudo")
        self.assertEqual(run.status, 2, run)
        self.assertEqual(schemas.read_gate_json(self.dir / "a place" / "gate.json")["status"], 2)
        (case,) = schemas.read_junit(self.dir / "a place" / "gate.xml").iter("testcase")
        self.assertEqual(case[0].tag, "error")

    def test_a_budget_with_a_slip(self):
        (self.dir / "slip").write_text("[total]\nlimits = 2%\n")
        run = self.script("true", "true", BUDGET="slip")
        self.assertEqual(run.status, 2, run)
        self.assertIn("slip:2", run.err)

    def test_no_such_program(self):
        run = self.script("true", "true", FLAMETAP="no-such-flametap")
        self.assertEqual(run.status, 2, run)
