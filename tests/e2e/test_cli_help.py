# SPDX-License-Identifier: GPL-2.0-or-later
"""--help, the man page, the completions and NEWS tell of the same options."""

import re

import support

DOC = support.ROOT / "doc"


def options_in(text):
    """The long options at the start of a line of --help, or after its letter."""
    return set(re.findall(r"(?:^  |, |^ +|   )(--[a-z][a-z-]+)(?= |$)", text, re.MULTILINE))


class Help(support.Case):
    def help_options(self, verb):
        run = self.flametap(verb, "--help")
        self.assertEqual(run.err, "", run)
        self.assertLessEqual(max(map(len, run.out.splitlines())), 100, run)
        return options_in(run.out)

    def every_option(self):
        found = set()
        for verb in ("cpu", "report", "symbolize", "doctor"):
            found |= self.help_options(verb)
        self.assertGreater(len(found), 25)
        return found

    def test_every_option_is_taken(self):
        """None is only talked about: each is known to the parser of its verb."""
        for verb in ("cpu", "report", "symbolize", "doctor"):
            for option in self.help_options(verb):
                run = self.flametap(verb, f"{option}=", status=None)
                self.assertNotIn("no such option", run.err, run)
                self.assertNotIn("not available", run.err, run)

    def test_man_page(self):
        page = (DOC / "flametap.1").read_text().replace("\\-", "-")
        for option in self.every_option():
            self.assertRegex(page, rf"(?m)^\.(B|BI|BR|TP).*{option}\b", option)
        self.assertEqual(set(re.findall(r"(?m)^\.BI? [^\n]*?(--[a-z][a-z-]+)$", page))
                         - self.every_option(), set())

    def test_man_page_is_well_formed(self):
        run = self.run_command("sh", "-c", "command -v man")
        if run.status:
            self.skipTest("man is not installed")
        run = self.run_command("man", "--warnings", "-E", "UTF-8", "-l", DOC / "flametap.1",
                               status=0, env={"MANROFFOPT": "-ww", "MANWIDTH": "100"})
        self.assertEqual(run.err, "")

    def test_completions(self):
        files = {
            "flametap.bash": lambda option: rf"(?<![\w-]){option}(?![\w-])",
            "_flametap": lambda option: rf"(?<![\w-]){option}(?![\w-])",
            "flametap.fish": lambda option: rf"-l {option[2:]}(?![\w-])",
        }
        options = self.every_option()
        for name, pattern in files.items():
            text = (DOC / "completions" / name).read_text()
            for option in options:
                self.assertRegex(text, pattern(option), f"{name}: {option}")

    def test_completion_scripts_parse(self):
        for shell, name in (("bash", "flametap.bash"), ("zsh", "_flametap"),
                            ("fish", "flametap.fish")):
            if self.run_command("sh", "-c", f"command -v {shell}").status:
                continue  # that shell is not here
            self.run_command(shell, "-n", DOC / "completions" / name, status=0)

    def test_news_names_the_verbs(self):
        news = (support.ROOT / "NEWS.md").read_text()
        for word in ("cpu", "report", "symbolize", "doctor", "--stats", "--min-quality"):
            self.assertIn(word, news)
