# SPDX-License-Identifier: GPL-2.0-or-later
"""The parsers, --help, the man page, the completions and NEWS tell of the same options; the man
page has every word of the quality line and every reason why a stack is incomplete."""

import re

import support

DOC = support.ROOT / "doc"
VERBS = ("cpu", "offcpu", "wall", "report", "diff", "ab", "gate", "calibrate", "symbolize",
         "doctor")


def options_in(text):
    """The long options at the start of a line of --help, or after its letter."""
    return set(re.findall(r"(?:^  |, |^ +|   )(--[a-z][a-z-]+)(?= |$)", text, re.MULTILINE))


def source(path):
    return (support.ROOT / path).read_text()


def table_options(text):
    """Options and their letters, or None, of a struct option table; not those of sister verbs."""
    return {"--" + name: letter or None for name, letter in
            re.findall(r"^\t\{ ?\"([a-z-]+)\", \w+, NULL, (?:'(\w)'|OPTION_\w+)", text, re.MULTILINE)}


def parsed_options(verb):
    """What the parser of a verb takes, as its source says."""
    if verb == "doctor":
        return {"--quiet": "q", "--help": "h", "--version": None}
    text = source(f"profiler/options_{verb}.c")
    options = table_options(text)
    if "OPTIONS_SHARED_LONG," in text:
        options |= table_options(source("profiler/options_shared.h"))
    for rows, header in (("RECORD", "record"), ("WAITS", "record"), ("AB", "ab")):
        if f"OPTIONS_{rows}_LONG," in text:
            header = source(f"profiler/options_{header}.h")
            options |= table_options(header.split(f"define OPTIONS_{rows}_LONG")[1].split("\n\n")[0])
    return options


def letters_in(text):
    """The same of --help."""
    return {option: letter or None for letter, option in
            re.findall(r"(?:-(\w), |^ +|   )(--[a-z][a-z-]+)(?= |$)", text, re.MULTILINE)}


def man_page():
    return (DOC / "flametap.1").read_text().replace("\\-", "-")


class Help(support.Case):
    def help_options(self, verb):
        run = self.flametap(verb, "--help")
        self.assertEqual(run.err, "", run)
        self.assertLessEqual(max(map(len, run.out.splitlines())), 100, run)
        return options_in(run.out)

    def every_option(self):
        found = set()
        for verb in VERBS:
            found |= self.help_options(verb)
        self.assertGreater(len(found), 25)
        return found

    def test_every_option_is_taken(self):
        """None is only talked about: each is known to the parser of its verb."""
        for verb in VERBS:
            for option in self.help_options(verb):
                run = self.flametap(verb, f"{option}=", status=None)
                self.assertNotIn("no such option", run.err, run)
                self.assertNotIn("not available", run.err, run)

    def test_every_option_is_told(self):
        """None is only taken, and each has the letter that it is said to have."""
        for verb in VERBS:
            with self.subTest(verb):
                run = self.flametap(verb, "--help")
                self.assertEqual(letters_in(run.out), parsed_options(verb))

    def test_letters_of_the_man_page(self):
        page = man_page()
        for verb in VERBS:
            for option, letter in parsed_options(verb).items():
                if letter:
                    self.assertRegex(page, rf'(?m)^\.BR -{letter} ", " {option}\b', option)

    def test_default_of_stack_copy(self):
        sizes = [int(size) for size in re.findall(r"DEFAULT_STACK_COPY\w* = (\d+) \* 1024",
                                                  source("profiler/options_record.c"))]
        self.assertEqual(len(sizes), 2)
        how = source("doc/how-it-works.md")
        for size in sizes:
            self.assertRegex(self.flametap("cpu", "--help").out, rf"\b{size}K\b")
            self.assertRegex(man_page(), rf"\b{size}K\b")
            self.assertRegex(how, rf"\b{size} KiB\b")

    def test_reasons_and_words_of_the_man_page(self):
        page = man_page()
        names = dict(re.findall(r"\[UNWIND_(\w+)\] = \"([^\"]+)\"", source("report/profile.c")))
        reasons = set(names.values()) - {"unknown", "whole", "kernel only", "omitted"}
        self.assertGreaterEqual(len(reasons), 12)
        told = page.split('INCOMPLETE STACKS"\n')[1].split(".SH")[0]
        self.assertEqual(set(re.findall(r"(?m)^\.TP\n\.B (.+)$", told)), reasons)
        words = re.findall(r"line_add_\w+\(&?line, \"([a-z-]+)\"", source("profiler/quality.c"))
        self.assertGreaterEqual(len(words), 15)
        told = page.split('THE QUALITY LINE"\n')[1].split(".SH")[0]
        for word in words:
            self.assertRegex(told, rf"(?m)^\.BR? .*\b{word}\b", word)
        for member in ("incomplete", "copies", "tables", "tables_full", "waits", "ledger"):
            self.assertIn(f'\\"{member}\\": {{',
                          source("profiler/quality.c") + source("profiler/quality_waits.c"))
            self.assertRegex(page, rf"(?m)^\.B {member}$")

    def test_man_page(self):
        page = man_page()
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
            # And none that there is not.
            text = re.sub(r"(?m)^set -l .*", "", text)
            written = r" -l ([a-z-]+)" if name.endswith(".fish") else r"(?<![\w-])--([a-z][a-z-]+)"
            self.assertEqual({f"--{option}" for option in re.findall(written, text)} - options,
                             set(), name)

    def test_completion_scripts_parse(self):
        for shell, name in (("bash", "flametap.bash"), ("zsh", "_flametap"),
                            ("fish", "flametap.fish")):
            if self.run_command("sh", "-c", f"command -v {shell}").status:
                continue  # that shell is not here
            self.run_command(shell, "-n", DOC / "completions" / name, status=0)

    def test_news_names_the_verbs(self):
        news = (support.ROOT / "NEWS.md").read_text()
        for word in (*VERBS, "--stats", "--min-quality"):
            self.assertIn(word, news)
